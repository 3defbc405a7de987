//! The pages' views from the real service: database, evaluation and ledger.
//!
//! What a reader may see is decided here, by [`Sight`]; a view holds nothing that is not for its reader.

mod account;
mod agreements;
mod alerts;
mod cases;
mod consents;
mod docking;
mod enterprise;
mod extracts;
mod forms;
mod history;
mod home;
mod http;
mod inspections;
mod keys;
mod ledger;
mod looks;
mod measures;
mod my_credit;
mod negative_list;
mod oidc;
mod parts;
mod persons;
mod points;
mod portfolio;
mod public;
mod purpose;
mod rating;
mod sales;
mod screening;
mod seal;
mod search;
mod sharing;
mod statistics;
mod traces;
mod verify;
mod watch;
mod webhooks;
mod words;
mod zone;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

use std::sync::Arc;

use actix_web::web;
use credit_core::cases::Kind;
use credit_core::records::Lang as RecordLang;
use node::view::LedgerView as LedgerReader;

use super::case_texts::CaseTexts;
use super::desk_texts::DeskTexts;
use super::lang::Lang;
use super::render::Viewer;
use super::screening_texts::ScreeningTexts;
use super::traces_texts::TracesTexts;
use super::view::{EnterpriseView, HomeView, LedgerView, OverviewView, SearchView, Sort, VerifyView};
use super::{PortalData, PortalError, Reader, SearchAsk};
use crate::access::{
    Ask, Audience, Block, Granted, Look, Looks, Outcome, Principal, Purpose, Rules, Subject,
};
use crate::anchoring::Anchor;
use crate::cases as cases_room;
use crate::identity::{Identity, SignedIn};
use crate::jobs::Jobs;
use crate::service::Service;
use crate::store::PooledConnection;
use crate::webhooks::{Webhooks, subscribes};

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "xinji_session";
pub use http::session_cookie;

/// The folder in the data folder that a start with the sample zone leaves.
const SAMPLE_FOLDER: &str = "sample";

/// Who reads, and what for.
#[derive(Debug, Clone)]
struct Sight {
    principal: Principal,
    purpose: Option<Purpose>,
    rules: Rules,
    looks: Looks,
    now_ms: i64,
    /// Of one enterprise to the reader's institution.
    consents: Option<(String, Vec<Granted>)>,
}

impl Sight {
    /// `chosen` is what the reader says to look for; without it, it is the purpose that the role has for looking.
    fn of(principal: Principal, service: &Service, looks: Looks, chosen: Option<&str>) -> Self {
        Self {
            purpose: purpose::of(&principal, chosen, &service.rules),
            principal,
            rules: service.rules.clone(),
            looks,
            now_ms: service.clock.now().0,
            consents: None,
        }
    }

    /// With the consents of an enterprise, where the reader is one who needs them.
    fn about(mut self, service: &Service, uscc: &str) -> Result<Self, PortalError> {
        if self.principal.audience == Audience::Financier {
            let granted = service.consents.granted(&self.principal, uscc, self.now_ms).map_err(failed)?;
            // A page names no purpose; it is the one that the enterprise agreed to.
            self.purpose = granted.first().map(|granted| granted.purpose).or(self.purpose);
            self.consents = Some((uscc.to_owned(), granted));
        }
        Ok(self)
    }

    /// The same reader, under consents of an enterprise that were read already.
    fn under(&self, uscc: &str, granted: Vec<Granted>) -> Self {
        Self {
            purpose: granted.first().map(|granted| granted.purpose).or(self.purpose),
            consents: Some((uscc.to_owned(), granted)),
            ..self.clone()
        }
    }

    /// A case of this kind, or a list of such cases: whether it has ended, and whether the enterprise was told of it.
    fn may_see_case(&self, subject: Subject<'_>, kind: Kind, (closed, notified): (bool, bool)) -> Outcome {
        let purpose = cases_room::purpose(self.principal.audience, kind);
        let ask = Ask::new(&self.principal, cases_room::block(kind), purpose, subject);
        self.asked(Ask { closed, notified, ..ask })
    }

    /// The rule of `access`, noted like a look through the API.
    fn may(&self, subject: Subject<'_>, block: Block) -> Outcome {
        self.may_ask(subject, block, false)
    }

    /// What the reader's own organisation read.
    fn may_read_own_looks(&self) -> bool {
        self.may_ask(Subject::Many, Block::AccessLog, true).is_allowed()
    }

    fn may_ask(&self, subject: Subject<'_>, block: Block, own_organisation: bool) -> Outcome {
        let consents: &[Granted] = match (&self.consents, subject) {
            (Some((uscc, granted)), Subject::One(asked)) if uscc == asked => granted,
            _ => &[],
        };
        let ask =
            Ask { consents, own_organisation, ..Ask::new(&self.principal, block, self.purpose, subject) };
        self.asked(ask)
    }

    /// As [`Sight::asked`], of what is only named to whoever sees it: a refusal is nothing that was asked for.
    fn sees(&self, ask: Ask<'_>) -> Option<Outcome> {
        let ask = Ask { now_ms: self.now_ms, ..ask };
        let decision = self.rules.decide(&ask);
        let outcome = decision.outcome;
        outcome.is_allowed().then(|| {
            self.looks.note(Look::of(&ask, decision, self.rules.is_public(&ask)));
            outcome
        })
    }

    /// A question with its circumstances.
    fn asked(&self, ask: Ask<'_>) -> Outcome {
        let ask = Ask { now_ms: self.now_ms, ..ask };
        let decision = self.rules.decide(&ask);
        let outcome = decision.outcome;
        if outcome.is_allowed() || !self.principal.is_anonymous() {
            self.looks.note(Look::of(&ask, decision, self.rules.is_public(&ask)));
        }
        outcome
    }
}

/// The portal on the opened service.
pub struct ServiceData {
    service: Service,
    anchor: Arc<Anchor>,
    identity: Arc<Identity>,
    webhooks: Arc<Webhooks>,
    jobs: Arc<Jobs>,
    is_sample: bool,
}

impl ServiceData {
    #[must_use]
    pub fn new(
        service: Service,
        anchor: Arc<Anchor>,
        (identity, webhooks): (Arc<Identity>, Arc<Webhooks>),
        jobs: Arc<Jobs>,
    ) -> Self {
        let is_sample = service.config.data.join(SAMPLE_FOLDER).is_dir();
        Self { service, anchor, identity, webhooks, jobs, is_sample }
    }

    /// Whose session the reader has.
    fn known(&self, reader: &Reader) -> Result<Option<Arc<SignedIn>>, PortalError> {
        match &reader.session {
            Some(id) => self.identity.session(id).map_err(failed),
            None => Ok(None),
        }
    }

    fn sight(&self, reader: &Reader) -> Result<Sight, PortalError> {
        let known = self.known(reader)?;
        let principal = known.map_or_else(Principal::anonymous, |known| known.principal.clone());
        Ok(Sight::of(principal, &self.service, reader.looks.clone(), reader.purpose.as_deref()))
    }

    fn ledger(&self) -> &LedgerReader {
        self.anchor.view()
    }

    /// Brings what an act anchored onto the ledger; what cannot be anchored at once is anchored by the worker.
    fn anchored(&self, what: &'static str) {
        if let Err(error) = self.anchor.drain(|_| ()) {
            tracing::error!(%error, what, "an act could not be brought onto the ledger at once");
        }
    }

    fn connection(&self) -> Result<PooledConnection, PortalError> {
        self.service.database.connection().map_err(failed)
    }
}

/// Adds the portal's pages, signing in and out, and the receipt's download.
pub fn configure(data: Arc<ServiceData>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        // Longer addresses first: `/enterprises/{uscc}/receipt.json` is no enterprise's page.
        http::configure(config, Arc::clone(&data));
        super::configure(data)(config);
    }
}

/// The pages of somebody who is signed in, beside everybody's.
fn own_pages(audience: Audience, lang: Lang) -> Vec<(&'static str, &'static str)> {
    let t = lang.texts();
    let mut pages = vec![("/access-log", t.looks_title)];
    let is_party = matches!(
        audience,
        Audience::Enterprise | Audience::Reviewer | Audience::Operator | Audience::Auditor
    );
    if is_party || audience.is_department() {
        pages.insert(0, (cases::PATH, CaseTexts::of(lang).title));
    }
    if measures::is_desk_of(audience) {
        pages.insert(1, (measures::PATH, CaseTexts::of(lang).measures));
    }
    if inspections::is_page_of(audience) {
        pages.insert(2, (inspections::PATH, DeskTexts::of(lang).inspections));
    }
    if audience == Audience::Enterprise {
        pages.insert(0, (my_credit::PATH, CaseTexts::of(lang).my_credit));
    }
    if audience == Audience::Financier {
        pages.insert(0, (portfolio::PATH, t.portfolio_title));
    }
    if matches!(audience, Audience::Enterprise | Audience::Financier | Audience::Auditor) {
        pages.push(("/consents", t.consents_title));
    }
    if traces::is_page_of(audience) {
        pages.push((traces::PATH, TracesTexts::of(lang).title));
    }
    if screening::is_page_of(audience) {
        pages.push((screening::PATH, ScreeningTexts::of(lang).title));
    }
    if subscribes(audience) || matches!(audience, Audience::Operator | Audience::Auditor) {
        pages.push(("/webhooks", t.webhooks_title));
    }
    if audience.is_department() || matches!(audience, Audience::Operator | Audience::Auditor) {
        pages.push(("/docking", t.docking_title));
    }
    let shares = matches!(audience, Audience::Enterprise | Audience::Operator | Audience::Auditor);
    if shares || audience.is_department() {
        pages.push(("/sharing", t.sharing_title));
    }
    pages.push(("/keys", t.keys_title));
    pages
}

fn failed<E: std::error::Error + Send + Sync + 'static>(error: E) -> PortalError {
    PortalError(Box::new(error))
}

fn record_lang(lang: Lang) -> RecordLang {
    lang.pick(RecordLang::Zh, RecordLang::En)
}

impl PortalData for ServiceData {
    fn session_cookie(&self) -> &'static str {
        SESSION_COOKIE
    }

    fn viewer(&self, reader: &Reader) -> Result<Option<Viewer>, PortalError> {
        let viewer = |known: Arc<SignedIn>| Viewer {
            name: match known.user {
                Some(_) => known.name.to_string(),
                None => reader.lang.texts().administrator.to_owned(),
            },
            csrf: known.csrf().unwrap_or_default().to_owned(),
            pages: own_pages(known.principal.audience, reader.lang),
            purpose: purpose::view(
                &known.principal,
                reader.purpose.as_deref(),
                &self.service.rules,
                reader.lang,
            ),
        };
        Ok(self.known(reader)?.map(viewer))
    }

    fn is_sample(&self) -> bool {
        self.is_sample
    }

    fn home(&self, _: &Reader) -> Result<HomeView, PortalError> {
        home::view(self)
    }

    fn search(&self, ask: &SearchAsk, reader: &Reader) -> Result<SearchView, PortalError> {
        search::view(self, ask, reader.lang, &self.sight(reader)?)
    }

    fn enterprise(
        &self,
        uscc: &str,
        sort: Sort,
        reader: &Reader,
    ) -> Result<Option<EnterpriseView>, PortalError> {
        enterprise::view(self, uscc, sort, reader.lang, self.sight(reader)?)
    }

    fn zone(&self, reader: &Reader) -> Result<OverviewView, PortalError> {
        zone::view(self, reader.lang, &self.sight(reader)?)
    }

    fn ledger(&self, cursor: Option<&str>, _: &Reader) -> Result<LedgerView, PortalError> {
        ledger::view(ServiceData::ledger(self), cursor)
    }

    fn verify(&self, _: &Reader) -> Result<VerifyView, PortalError> {
        verify::view(ServiceData::ledger(self))
    }
}
