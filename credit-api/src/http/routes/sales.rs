//! `/enterprises/{uscc}/sales` and `/sales/{id}`: orders, payments and parcels as customs messages tell them, and
//! whether they tell the same story.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse};
use credit_core::ceb::{self, Fields};
use credit_core::matching::{Compared, Outcome, Rule, Side, Verdict};
use credit_core::records::Lang;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Block, Subject};
use crate::ceb::gather::{self, Found, Known};
use crate::ceb::sales::{self, SaleRow, Which};
use crate::ceb::signatures::kept::Kept;
use crate::ceb::view::{self, Shown};
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, PageBody};
use crate::http::caller::Caller;
use crate::http::cursor::{List, Page};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::registry;

/// Times that an answer names.
pub(crate) const VERSIONS_MAX: usize = 50;

/// A sale in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SaleItem {
    pub id: String,
    pub order_no: String,
    /// Code of the platform as the messages name it.
    pub platform_code: String,
    #[schema(example = "import")]
    pub direction: &'static str,
    /// When the order was sent, or the first document of the sale.
    pub sent_at: String,
    /// Rules by outcome: `pass`, `fail`, `waiting`, `not_applicable`.
    pub rules: BTreeMap<&'static str, Vec<&'static str>>,
}

/// A sale with its documents and what each rule says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SaleBody {
    #[serde(flatten)]
    pub item: SaleItem,
    /// Who takes part, by the field that names it.
    pub parties: Vec<PartyBody>,
    pub documents: Vec<DocumentBody>,
    pub verdicts: Vec<VerdictBody>,
    /// When these documents came, in whichever version, the newest first: times for `known_at`.
    pub versions: Vec<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartyBody {
    /// `ebcCode`, `ebpCode`, `logisticsCode`, `payCode`, `agentCode`, …
    pub field: String,
    pub code: String,
    /// `null` for a code that no registration knows.
    pub uscc: Option<String>,
    pub name: Option<String>,
}

/// A message's business document. Of a buyer there is nothing but that the field was filled.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DocumentBody {
    #[schema(example = "CEB311")]
    pub kind: String,
    pub title: String,
    pub sent_at: String,
    /// The sender took it back (`appType` 3).
    pub withdrawn: bool,
    pub fields: BTreeMap<String, String>,
    pub lines: Vec<BTreeMap<String, String>>,
    /// Fields of the buyer that were filled; kept as tokens alone.
    pub personal: Vec<String>,
    /// Where it came from: the batch, the file in its archive, and the line there.
    pub batch_id: String,
    pub part: String,
    pub line: i64,
    /// The XML signature of its message, or else of the envelope around it; `null` where there is neither.
    pub signature: Option<SignatureBody>,
}

/// What is known of a signature. It decides nothing: an invalid one is told, and the message is taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignatureBody {
    /// What was signed: `message`, or the `envelope` around one that is not.
    #[schema(example = "message")]
    pub covers: &'static str,
    /// `valid`, `unknown_key` (by nobody for whom a configured certificate stands), `invalid`,
    /// `unsupported` (not verified).
    #[schema(example = "valid")]
    pub verdict: &'static str,
    /// The verdict and, where there is one, its reason in words.
    pub text: String,
    /// SHA-256 of the certificate of a valid one, hexadecimal.
    pub certificate: Option<String>,
    /// Its subject, while the certificate is configured.
    pub subject: Option<String>,
    /// SHA-256 of the configured certificate that issued it, hexadecimal; `null` where it is configured itself.
    pub issuer: Option<String>,
    /// The issuer's subject, while it is configured.
    pub issued_by: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VerdictBody {
    /// `M1` to `M12`, `X1`, `X2` (exports), `R1`, `R2` (returns).
    pub rule: &'static str,
    pub title: &'static str,
    /// `pass`, `fail`, `waiting` or `not_applicable`.
    pub outcome: &'static str,
    /// Why, as a code and in words.
    pub reason: &'static str,
    pub text: String,
    pub compared: Vec<ComparedBody>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparedBody {
    pub field: &'static str,
    pub left: SideBody,
    pub right: SideBody,
    pub agrees: bool,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SideBody {
    pub document: &'static str,
    /// Of a buyer's value only `same` or `different`.
    pub value: String,
}

pub(crate) fn item(row: &SaleRow) -> SaleItem {
    let mut rules: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for (place, rule) in Rule::ALL.into_iter().enumerate() {
        if let Some(outcome) = row.outcome(place) {
            rules.entry(outcome.code()).or_default().push(rule.code());
        }
    }
    SaleItem {
        id: row.id.clone(),
        order_no: row.order_no.clone(),
        platform_code: row.platform_code.clone(),
        direction: if row.import == 1 { "import" } else { "export" },
        sent_at: rfc3339(row.sent_at),
        rules,
    }
}

fn body(shown: &Shown, names: &BTreeMap<String, String>, versions: &[i64], lang: Lang) -> SaleBody {
    let mut item = item(&shown.row);
    item.rules.clear();
    for verdict in &shown.judgement.verdicts {
        item.rules.entry(verdict.outcome.code()).or_default().push(verdict.rule.code());
    }
    SaleBody {
        parties: parties(shown, names),
        documents: shown.documents.iter().map(|found| document(shown, found, lang)).collect(),
        verdicts: shown.judgement.verdicts.iter().map(|verdict| verdict_body(verdict, lang)).collect(),
        versions: versions.iter().map(|at| rfc3339(*at)).collect(),
        item,
    }
}

/// The fields of messages that name an enterprise.
const PARTY_FIELDS: [&str; 8] =
    ["ebcCode", "ebpCode", "logisticsCode", "payCode", "agentCode", "areaCode", "iacCode", "ownerCode"];

fn codes(shown: &Shown) -> BTreeSet<(usize, &'static str, String)> {
    let documents = shown.documents.iter().map(|found| &found.document);
    documents
        .flat_map(|document| {
            let named = PARTY_FIELDS.into_iter().enumerate();
            named.filter_map(|(at, field)| Some((at, field, document.code(field)?)))
        })
        .collect()
}

fn parties(shown: &Shown, names: &BTreeMap<String, String>) -> Vec<PartyBody> {
    let party = |(_, field, code): (usize, &'static str, String)| {
        let uscc = shown.party(&code).map(|found| found.uscc.to_string());
        let name = uscc.as_ref().and_then(|uscc| names.get(uscc).cloned());
        PartyBody { field: field.to_owned(), code, uscc, name }
    };
    codes(shown).into_iter().map(party).collect()
}

/// The registered enterprises of a sale.
pub(crate) fn registered(shown: &Shown) -> Vec<String> {
    let codes = codes(shown).into_iter();
    codes.filter_map(|(_, _, code)| shown.party(&code).map(|found| found.uscc.to_string())).collect()
}

fn signature(kept: &Kept, lang: Lang) -> SignatureBody {
    SignatureBody {
        covers: kept.layer.code(),
        verdict: kept.verdict.code(),
        text: kept.verdict.text(lang),
        certificate: kept.certificate.clone(),
        subject: kept.subject.clone(),
        issuer: kept.issuer.clone(),
        issued_by: kept.issued_by.clone(),
    }
}

fn document(shown: &Shown, found: &Found, lang: Lang) -> DocumentBody {
    let document = &found.document;
    DocumentBody {
        kind: document.kind.code().to_owned(),
        title: ceb::title(document.kind, lang).to_owned(),
        sent_at: rfc3339(document.sent_at().0),
        withdrawn: document.is_withdrawn(),
        fields: fields(&document.head),
        lines: document.lines.iter().map(fields).collect(),
        personal: document.tokens.names().map(str::to_owned).collect(),
        batch_id: found.batch_id.to_string(),
        part: found.part.to_string(),
        line: found.line,
        signature: shown.signature(found).map(|kept| signature(kept, lang)),
    }
}

fn fields(fields: &Fields) -> BTreeMap<String, String> {
    fields.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

fn verdict_body(verdict: &Verdict, lang: Lang) -> VerdictBody {
    VerdictBody {
        rule: verdict.rule.code(),
        title: verdict.rule.title(lang),
        outcome: verdict.outcome.code(),
        reason: verdict.why.code(),
        text: verdict.why.text(lang),
        compared: verdict.compared.iter().map(compared).collect(),
    }
}

fn compared(one: &Compared) -> ComparedBody {
    let side = |side: &Side| SideBody { document: side.document, value: side.value.clone() };
    ComparedBody { field: one.field, left: side(&one.left), right: side(&one.right), agrees: one.agrees }
}

/// Sales of an enterprise that came as customs messages, the newest first; `outcome=fail` those in which a rule fails.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}/sales",
    tag = "enterprises",
    params(
        ("uscc" = String, Path, description = "Unified social credit code of the merchant"),
        ("outcome" = Option<String>, Query, description = "fail: those in which a rule fails"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = PageBody<SaleItem>, description = "A page of sales"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid USCC, parameter or cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required, or not disclosed to this caller"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    let params = Params::of(&request)?;
    let caller = caller.about(&state, uscc).await?;
    caller.needs(Subject::One(uscc.as_str()), Block::Orders)?;
    let failed = params.one_of("outcome", &[Outcome::Fail.code()])?.is_some();
    let page: Page<(i64, String)> = params.page(List::Sales)?;
    let which = Which { uscc: uscc.to_string(), failed, after: page.place.clone() };
    let wanted = page.wanted();
    let rows = blocking(&state, move |state| {
        Ok(sales::list(&mut *state.service.database.connection()?, &which, wanted)?)
    })
    .await?;
    let (rows, next_cursor) = page.cut(rows, |row| (row.sent_at, row.id.clone()));
    answer::json(&request, &PageBody { items: rows.iter().map(item).collect(), next_cursor })
}

/// One sale: its documents side by side, and of each rule whether it passes, with the values compared; now, or as it
/// was known at an earlier time. Then limits and the reuse of waybills, which depend on other sales, are not looked up.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/sales/{id}",
    tag = "enterprises",
    params(
        ("id" = String, Path, description = "Id of the sale"),
        ("known_at" = Option<String>, Query, description = "The versions of documents known at this time (RFC 3339); default now"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = SaleBody, description = "The sale"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid time"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required, or not disclosed to this caller"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such sale, or none of it was known then"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::SaleNotFound)?;
    let known = Params::of(&request)?.time("known_at")?.map_or(Known::Now, Known::At);
    let row = blocking(&state, move |state| Ok(view::find(&mut *state.service.database.connection()?, &id)?))
        .await?;
    let row = permitted(&caller, row)?;
    let lang = caller.lang;
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let merchant = row.uscc.clone();
        let shown = view::show(&mut connection, state.service.evidence.certificates(), row, known)?
            .ok_or_else(|| Problem::new(Code::SaleNotFound))?;
        // It may have been another's then.
        if shown.row.uscc != merchant {
            permitted(&caller, Some(shown.row.clone()))?;
        }
        let names = registry::names(&mut connection, &registered(&shown))?.into_iter().collect();
        let versions = gather::times(&mut connection, &shown.documents, VERSIONS_MAX)?;
        Ok(body(&shown, &names, &versions, lang))
    })
    .await?;
    answer::json(&request, &body)
}

/// The sale, if the caller may see its merchant's orders; one without a registered merchant is the zone's own business.
pub(crate) fn permitted(caller: &Caller, row: Option<SaleRow>) -> Result<SaleRow, Problem> {
    match row.as_ref().and_then(|row| row.uscc.as_deref()) {
        Some(uscc) => caller.needs(Subject::One(uscc), Block::Orders)?,
        None => caller.needs(Subject::Zone, Block::Operations)?,
    };
    row.ok_or_else(|| Problem::new(Code::SaleNotFound))
}
