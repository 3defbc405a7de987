//! `GET /negative-list`: the mirror of the statutory lists on any day, and the proof of being or not being on them.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::negative_list::{Kind, kind_of_list};
use credit_core::records::{Lang, ListCode};
use credit_core::rules::listing::{list_name, list_name_en};
use credit_core::uscc::Uscc;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Block, Subject};
use crate::anchoring::receipts::{self, Format, NoReceipt};
use crate::evaluation::knowledge::latest_knowledge;
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, Written};
use crate::http::caller::Caller;
use crate::http::cursor::{self, List};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::problem_texts;
use crate::http::state::{Shared, blocking};
use crate::negative_list::lists;
use crate::negative_list::register::{self, Entry, Question};

/// An entry of a statutory list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NegativeListEntry {
    pub uscc: String,
    pub name: String,
    /// `N1` to `N6` of the rule pack; nothing for abnormal operation.
    pub kind: Option<&'static str>,
    /// Code of the list, as in the source files.
    #[schema(value_type = String)]
    pub list: ListCode,
    /// Number of the list on the ledger.
    pub list_number: u16,
    pub title: String,
    pub authority: String,
    pub decision_no: String,
    pub effective_on: NaiveDate,
    /// Last day in force.
    pub expires_on: Option<NaiveDate>,
    /// First day no longer in force.
    pub removed_on: Option<NaiveDate>,
    pub reason: Option<String>,
    pub basis: Option<String>,
    pub received_at: String,
}

/// Whether the lists are up to date.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FeedState {
    /// When a file of the lists was received last.
    pub received_at: Option<String>,
    /// Received too long ago: the record stands, and nothing new is done on its ground.
    pub is_stale: bool,
}

/// A part of the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NegativeListBody {
    pub as_of: NaiveDate,
    pub known_at: String,
    pub feed: FeedState,
    /// By enterprise; a page ends with all entries of its last one, so that there may be some more than `limit`.
    pub items: Vec<NegativeListEntry>,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
}

impl NegativeListEntry {
    fn of(entry: Entry, lang: Lang) -> Self {
        let Entry { listing, name, received_at } = entry;
        let title = if lang == Lang::Zh { list_name(listing.list) } else { list_name_en(listing.list) };
        Self {
            uscc: listing.uscc.to_string(),
            name,
            kind: kind_of_list(listing.list).map(Kind::code),
            list: listing.list,
            list_number: lists::number(listing.list),
            title: title.to_owned(),
            authority: listing.authority,
            decision_no: listing.decision_no,
            effective_on: listing.effective_on,
            expires_on: listing.expires_on,
            removed_on: listing.removed_on,
            reason: listing.reason,
            basis: listing.basis,
            received_at: rfc3339(received_at),
        }
    }
}

/// Who is on a statutory list, or was on a day: the zone's mirror of what other authorities published. Without `list`
/// the lists of dishonesty; abnormal operation, a notice of the register, when it is asked for.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/negative-list",
    tag = "negative list",
    params(
        ("list" = Option<String>, Query, description = "Code of one list, such as serious_dishonesty"),
        ("uscc" = Option<String>, Query, description = "One enterprise alone"),
        ("at" = Option<String>, Query, description = "Day of Asia/Shanghai; today without it"),
        ("known_at" = Option<String>, Query, description = "RFC 3339; as it was known then, instead of now"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = NegativeListBody, description = "Entries in force on the day"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or cursor"),
    ),
    security((), ("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    caller.needs(Subject::Many, Block::Lists)?;
    let params = Params::of(&request)?;
    let codes = lists::ALL.map(|(_, list)| list.as_str());
    let list = params.one_of("list", &codes)?;
    let after = params.text("cursor").map(|text| cursor::decode(List::NegativeList, text)).transpose()?;
    let now = state.service.clock.now();
    let known_at = params.time("known_at")?;
    let mut question = Question {
        day: params.date("at")?.unwrap_or_else(|| now.shanghai_date()),
        known_at: known_at.unwrap_or(now.0),
        list: list.and_then(lists::of_code),
        one: one(&params)?,
        after,
        limit: usize::try_from(params.limit()?).unwrap_or(0),
    };
    let lang = caller.lang;
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        if known_at.is_none() {
            question.known_at = latest_knowledge(&mut connection)?.max(now.0);
        }
        let page = register::page(&mut connection, &question)?;
        let received = register::last_received(&mut connection)?;
        Ok(NegativeListBody {
            as_of: question.day,
            known_at: rfc3339(question.known_at),
            feed: FeedState {
                received_at: received.map(rfc3339),
                is_stale: register::is_stale(received, now.0),
            },
            items: page.entries.into_iter().map(|entry| NegativeListEntry::of(entry, lang)).collect(),
            next_cursor: page.next.map(|place| cursor::encode(List::NegativeList, &place)),
        })
    })
    .await?;
    answer::json(&request, &body)
}

fn one(params: &Params) -> Result<Option<Uscc>, Problem> {
    let parsed = params.text("uscc").map(Uscc::parse).transpose();
    parsed.map_err(|error| {
        Problem::new(Code::InvalidParameter).fault("#/query/uscc", problem_texts::uscc(&error))
    })
}

/// Proof that an enterprise is, was or never was on each of the published lists: a status of the ledger, which `node
/// verify` and the page of verification check without this service. It says what the log says, and nothing of an
/// enterprise that nobody entered: the answer is the same whether it is known here or not.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/negative-list/{uscc}/proof",
    tag = "negative list",
    params(("uscc" = String, Path, description = "Unified social credit code")),
    responses(
        (status = 200, body = Object, content_type = "application/json", description = "The status, as docs/LEDGER.md describes it"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid USCC"),
    ),
    security((), ("token" = []))
)]
pub async fn proof(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    caller.needs(Subject::One(uscc.as_str()), Block::Lists)?;
    let status = blocking(&state, move |state| {
        let numbers: Vec<u16> = lists::ALL.iter().map(|(number, _)| *number).collect();
        receipts::public_status(&state.anchor.reader(), uscc.as_str(), &numbers).map_err(
            |error| match error {
                NoReceipt::Store(error) => error.into(),
                error => Problem::internal(&error),
            },
        )
    })
    .await?;
    let mut answer = Written::new(status, Format::Json.media_type()).answer(&request);
    if let Ok(value) = format!("attachment; filename=\"status-{uscc}.json\"").parse() {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}
