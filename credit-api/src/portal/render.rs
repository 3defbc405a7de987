//! Views to HTML. Every component (ruler, points ledger, seal, step line, counts) is one template, used the
//! same wherever it appears.

mod desk;
mod statistics;

pub use desk::{
    render_inspections, render_measure, render_measures, render_plan, render_sale, render_sales, render_task,
    render_traces,
};
pub use statistics::render_statistics;

use askama::Template;

use super::assets;
use super::case_texts::CaseTexts;
use super::desk_texts::DeskTexts;
use super::lang::Lang;
use super::screening_texts::ScreeningTexts;
use super::texts::Texts;
use super::view::{
    AccountView, CaseView, CasesView, ConsentsView, CountView, DockingView, EnterpriseView, HomeView,
    KeysView, LedgerView, LooksView, MyCreditView, NegativeListView, OpenView, OverviewView,
    PointsLedgerView, PortfolioView, PurposeView, ReasonKind, RulerView, ScreeningView, SealView, SearchView,
    SecondFactorView, SharingView, StepLineView, VerifyView, WebhooksView,
};

/// Why a page could not be written.
pub type RenderError = askama::Error;

/// A reader who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    pub name: String,
    /// What every form of this session brings along.
    pub csrf: String,
    /// Address and name of the pages that are this reader's.
    pub pages: Vec<(&'static str, &'static str)>,
    /// What this reader looks for, where the role has to say so.
    pub purpose: Option<PurposeView>,
}

/// What surrounds every page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub lang: Lang,
    /// Path of the page, such as `/zone`.
    pub path: String,
    /// Query without `lang`, percent-encoded; empty when there is none.
    pub query: String,
    /// The reader who is signed in.
    pub viewer: Option<Viewer>,
    /// Whether the data are a sample.
    pub sample: bool,
}

/// One entry of the navigation.
#[derive(Debug)]
pub struct NavItem {
    pub href: &'static str,
    pub words: &'static str,
    pub here: bool,
}

impl Page {
    /// The main pages, in their order.
    #[must_use]
    pub fn nav(&self) -> [NavItem; 6] {
        let t = self.lang.texts();
        let items = [
            ("/enterprises", t.nav_search),
            ("/negative-list", t.nav_lists),
            ("/zone", t.nav_zone),
            ("/statistics", t.nav_statistics),
            ("/ledger-view", t.nav_ledger),
            ("/verify", t.nav_verify),
        ];
        items.map(|(href, words)| NavItem { href, words, here: self.path.starts_with(href) })
    }

    /// This page in the other language, with what was asked kept.
    #[must_use]
    pub fn switch_href(&self) -> String {
        let amp = if self.query.is_empty() { "" } else { "&" };
        format!("{}?{}{amp}lang={}", self.path, self.query, self.lang.other().code())
    }

    /// Address of an asset, which changes with its content.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        assets::href(name)
    }
}

/// What an error page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorView {
    pub status: u16,
    pub title: &'static str,
    /// What to do.
    pub help: &'static str,
}

/// The forms that open a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignInView {
    /// Whether there is a provider to sign in at.
    pub provider: bool,
    /// What was typed as login.
    pub login: String,
    /// Whether login, password or code were refused just now.
    pub refused: bool,
    /// Whether a token was refused just now.
    pub token_refused: bool,
    /// Whether the password was right and a new one is to be chosen.
    pub new_password: bool,
    /// What else is wrong.
    pub message: Option<String>,
}

#[derive(Template)]
#[template(path = "ruler.html")]
struct Ruler<'a> {
    t: &'static Texts,
    view: &'a RulerView,
    words: String,
    change: Option<String>,
}

#[derive(Template)]
#[template(path = "points.html")]
struct PointsTable<'a> {
    t: &'static Texts,
    view: &'a PointsLedgerView,
}

#[derive(Template)]
#[template(path = "seal.html")]
struct Seal<'a> {
    t: &'static Texts,
    view: &'a SealView,
}

#[derive(Template)]
#[template(path = "steps.html")]
struct StepLine<'a> {
    t: &'static Texts,
    view: &'a StepLineView,
}

#[derive(Template)]
#[template(path = "counts.html")]
struct Counts<'a> {
    t: &'static Texts,
    counts: &'a [CountView],
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a HomeView,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a SearchView,
}

#[derive(Template)]
#[template(path = "enterprise.html")]
struct EnterprisePage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a EnterpriseView,
    ruler: Option<Ruler<'a>>,
    seal: Option<Seal<'a>>,
    history: Option<StepLine<'a>>,
    points: Option<PointsTable<'a>>,
}

#[derive(Template)]
#[template(path = "negative_list.html")]
struct NegativeListPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    c: &'static CaseTexts,
    view: &'a NegativeListView,
}

#[derive(Template)]
#[template(path = "zone.html")]
struct ZonePage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a OverviewView,
    grades: Counts<'a>,
    kinds: Counts<'a>,
    coverage: Counts<'a>,
}

#[derive(Template)]
#[template(path = "ledger.html")]
struct LedgerPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a LedgerView,
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a VerifyView,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a SignInView,
}

#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedInPage<'a> {
    page: &'a Page,
    t: &'static Texts,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    place: &'a str,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a AccountView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "keys.html")]
struct KeysPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a KeysView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "looks.html")]
struct LooksPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a LooksView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "consents.html")]
struct ConsentsPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a ConsentsView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    c: &'static CaseTexts,
    d: &'static DeskTexts,
    view: &'a CasesView,
}

#[derive(Template)]
#[template(path = "my_credit.html")]
struct MyCreditPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    c: &'static CaseTexts,
    view: &'a MyCreditView,
    ruler: Option<Ruler<'a>>,
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage<'a> {
    page: &'a Page,
    t: &'static Texts,
    c: &'static CaseTexts,
    d: &'static DeskTexts,
    view: &'a CaseView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "case_open.html")]
struct CaseOpenPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    c: &'static CaseTexts,
    view: &'a OpenView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "portfolio.html")]
struct PortfolioPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a PortfolioView,
}

#[derive(Template)]
#[template(path = "docking.html")]
struct DockingPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a DockingView,
}

#[derive(Template)]
#[template(path = "webhooks.html")]
struct WebhooksPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a WebhooksView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "sharing.html")]
struct SharingPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a SharingView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "screening.html")]
struct ScreeningPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    s: &'static ScreeningTexts,
    view: &'a ScreeningView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    view: &'a ErrorView,
}

impl SearchPage<'_> {
    /// The same search, from the given cursor.
    fn page_href(&self, after: Option<&str>) -> String {
        let view = self.view;
        let mut parts = Vec::new();
        let cursor = after.unwrap_or_default();
        for (name, value) in
            [("q", &*view.q), ("kind", &*view.kind), ("grade", &*view.grade), ("cursor", cursor)]
        {
            if !value.is_empty() {
                parts.push(format!("{name}={}", encoded(value)));
            }
        }
        format!("/enterprises?{}", parts.join("&"))
    }
}

/// Percent-encoding of a query value (RFC 3986): all but unreserved characters.
#[must_use]
pub fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// # Errors
/// When the template cannot be written.
pub fn render_home(page: &Page, view: &HomeView) -> Result<String, RenderError> {
    HomePage { page, t: page.lang.texts(), view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_search(page: &Page, view: &SearchView) -> Result<String, RenderError> {
    SearchPage { page, t: page.lang.texts(), view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_enterprise(page: &Page, view: &EnterpriseView) -> Result<String, RenderError> {
    let (lang, t) = (page.lang, page.lang.texts());
    let ruler = |view| Ruler { t, view, words: view.words(lang), change: view.change(lang) };
    EnterprisePage {
        page,
        t,
        view,
        ruler: view.ruler.as_ref().map(ruler),
        seal: view.seal.as_ref().map(|view| Seal { t, view }),
        history: view.history.as_ref().map(|view| StepLine { t, view }),
        points: view.points.as_ref().map(|view| PointsTable { t, view }),
    }
    .render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_zone(page: &Page, view: &OverviewView) -> Result<String, RenderError> {
    let t = page.lang.texts();
    let counts = |counts| Counts { t, counts };
    ZonePage {
        page,
        t,
        view,
        grades: counts(&view.grades),
        kinds: counts(&view.kinds),
        coverage: counts(&view.coverage),
    }
    .render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_ledger(page: &Page, view: &LedgerView) -> Result<String, RenderError> {
    LedgerPage { page, t: page.lang.texts(), view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_verify(page: &Page, view: &VerifyView) -> Result<String, RenderError> {
    VerifyPage { page, t: page.lang.texts(), view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_error(page: &Page, view: &ErrorView) -> Result<String, RenderError> {
    ErrorPage { page, t: page.lang.texts(), view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_sign_in(page: &Page, view: &SignInView) -> Result<String, RenderError> {
    SignInPage { page, t: page.lang.texts(), view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_signed_in(page: &Page) -> Result<String, RenderError> {
    SignedInPage { page, t: page.lang.texts() }.render()
}

/// Goes on to `place`, where somebody signs out as well.
///
/// # Errors
/// When the template cannot be written.
pub fn render_signed_out(page: &Page, place: &str) -> Result<String, RenderError> {
    SignedOutPage { page, t: page.lang.texts(), place }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_account(page: &Page, view: &AccountView) -> Result<String, RenderError> {
    AccountPage { page, t: page.lang.texts(), view, csrf: csrf_of(page) }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_keys(page: &Page, view: &KeysView) -> Result<String, RenderError> {
    KeysPage { page, t: page.lang.texts(), view, csrf: csrf_of(page) }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_looks(page: &Page, view: &LooksView) -> Result<String, RenderError> {
    LooksPage { page, t: page.lang.texts(), view, csrf: csrf_of(page) }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_cases(page: &Page, view: &CasesView) -> Result<String, RenderError> {
    let (c, d) = (CaseTexts::of(page.lang), DeskTexts::of(page.lang));
    CasesPage { page, t: page.lang.texts(), c, d, view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_my_credit(page: &Page, view: &MyCreditView) -> Result<String, RenderError> {
    let (lang, t) = (page.lang, page.lang.texts());
    let ruler = |view| Ruler { t, view, words: view.words(lang), change: view.change(lang) };
    let ruler = view.ruler.as_ref().map(ruler);
    MyCreditPage { page, t, c: CaseTexts::of(lang), view, ruler }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_case(page: &Page, view: &CaseView) -> Result<String, RenderError> {
    let (c, d) = (CaseTexts::of(page.lang), DeskTexts::of(page.lang));
    CasePage { page, t: page.lang.texts(), c, d, view, csrf: csrf_of(page) }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_case_open(page: &Page, view: &OpenView) -> Result<String, RenderError> {
    CaseOpenPage { page, t: page.lang.texts(), c: CaseTexts::of(page.lang), view, csrf: csrf_of(page) }
        .render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_consents(page: &Page, view: &ConsentsView) -> Result<String, RenderError> {
    ConsentsPage { page, t: page.lang.texts(), view, csrf: csrf_of(page) }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_portfolio(page: &Page, view: &PortfolioView) -> Result<String, RenderError> {
    PortfolioPage { page, t: page.lang.texts(), view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_negative_list(page: &Page, view: &NegativeListView) -> Result<String, RenderError> {
    NegativeListPage { page, t: page.lang.texts(), c: CaseTexts::of(page.lang), view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_docking(page: &Page, view: &DockingView) -> Result<String, RenderError> {
    DockingPage { page, t: page.lang.texts(), view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_webhooks(page: &Page, view: &WebhooksView) -> Result<String, RenderError> {
    WebhooksPage { page, t: page.lang.texts(), view, csrf: csrf_of(page) }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_sharing(page: &Page, view: &SharingView) -> Result<String, RenderError> {
    SharingPage { page, t: page.lang.texts(), view, csrf: csrf_of(page) }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_screening(page: &Page, view: &ScreeningView) -> Result<String, RenderError> {
    ScreeningPage { page, t: page.lang.texts(), s: ScreeningTexts::of(page.lang), view, csrf: csrf_of(page) }
        .render()
}

fn csrf_of(page: &Page) -> &str {
    page.viewer.as_ref().map_or("", |viewer| &viewer.csrf)
}
