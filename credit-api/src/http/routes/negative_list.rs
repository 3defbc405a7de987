//! `GET /negative-list`: the mirror of the statutory lists on any day, the proof of being or not being on them, and, to
//! those who may see them, SAFE class C and the zone's own watch list.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::negative_list::{Kind, NegativeListRules, Rule, kind_of_list};
use credit_core::records::{Lang, ListCode};
use credit_core::rules::listing::{list_name, list_name_en};
use credit_core::uscc::Uscc;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Ask, Audience, Block, Outcome, Subject};
use crate::anchoring::receipts::{self, Format, NoReceipt};
use crate::evaluation::knowledge::latest_knowledge;
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, Written};
use crate::http::caller::Caller;
use crate::http::cursor::{self, List, Page};
use crate::http::params::{self, Params};
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::negative_list::classes::{self, InClass};
use crate::negative_list::lists;
use crate::negative_list::register::{self, Entry, Question};
use crate::negative_list::watch::{self, Watched};
use crate::store::{DbConnection, StoreError};

/// An entry: of a statutory list, of SAFE class C, or of the zone's own watch list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NegativeListEntry {
    pub uscc: String,
    pub name: String,
    /// `N1` to `N7`, `W1` to `W5` of the rule pack; nothing for abnormal operation.
    pub kind: Option<&'static str>,
    /// Code of the statutory list, as in the source files.
    #[schema(value_type = Option<String>)]
    pub list: Option<ListCode>,
    /// Number of the list on the ledger.
    pub list_number: Option<u16>,
    pub title: String,
    /// Whose list it is; nothing for the zone's own.
    pub authority: Option<String>,
    pub decision_no: Option<String>,
    /// `null` for whoever sees the flag alone.
    pub effective_on: Option<NaiveDate>,
    /// Last day in force.
    pub expires_on: Option<NaiveDate>,
    /// First day no longer in force.
    pub removed_on: Option<NaiveDate>,
    pub reason: Option<String>,
    pub basis: Option<String>,
    /// An entry of the watch list was prolonged, which is possible once.
    pub renewed: Option<bool>,
    /// Id of the case that the entry of the watch list is.
    pub case: Option<String>,
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
    /// Of the statutory lists alone.
    pub feed: Option<FeedState>,
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
            list: Some(listing.list),
            list_number: Some(lists::number(listing.list)),
            title: title.to_owned(),
            authority: Some(listing.authority),
            decision_no: Some(listing.decision_no),
            effective_on: Some(listing.effective_on),
            expires_on: listing.expires_on,
            removed_on: listing.removed_on,
            reason: listing.reason,
            basis: listing.basis,
            renewed: None,
            case: None,
            received_at: rfc3339(received_at),
        }
    }

    fn of_rule(kind: Kind, (uscc, name): (String, String), received_at: i64, lang: Lang) -> Self {
        let rule = NegativeListRules::embedded().rule(kind);
        let say = |zh: fn(&Rule) -> &String, en: fn(&Rule) -> &String| {
            rule.map(|rule| if lang == Lang::Zh { zh(rule) } else { en(rule) }.clone())
        };
        Self {
            uscc,
            name,
            kind: Some(kind.code()),
            list: None,
            list_number: None,
            title: say(|rule| &rule.title_zh, |rule| &rule.title_en).unwrap_or_default(),
            authority: None,
            decision_no: None,
            effective_on: None,
            expires_on: None,
            removed_on: None,
            reason: None,
            basis: say(|rule| &rule.basis_zh, |rule| &rule.basis_en),
            renewed: None,
            case: None,
            received_at: rfc3339(received_at),
        }
    }

    fn of_class(one: InClass, outcome: Outcome, lang: Lang) -> Self {
        let flag = Self::of_rule(Kind::N7, (one.class.uscc.to_string(), one.name), one.received_at, lang);
        if outcome != Outcome::Full {
            return flag;
        }
        Self {
            decision_no: one.class.decision_no,
            effective_on: Some(one.class.valid_from),
            expires_on: one.class.valid_to,
            ..flag
        }
    }

    pub(super) fn of_watched(one: Watched, outcome: Outcome, lang: Lang) -> Self {
        let flag = Self::of_rule(one.kind, (one.uscc, one.name), one.since_ms, lang);
        if outcome != Outcome::Full {
            return flag;
        }
        Self {
            effective_on: Some(one.entry.effective_on),
            expires_on: Some(one.entry.last_day),
            removed_on: one.entry.released_on,
            reason: Some(one.facts),
            renewed: Some(one.entry.renewed),
            case: Some(one.case),
            ..flag
        }
    }
}

/// Which of the three parts of the list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The mirror of statutory lists, which everybody sees; one kind of it alone, or all.
    Statutory(Option<Kind>),
    /// N7.
    ClassC,
    /// The zone's own watch list; one kind of it alone, or all.
    Watch(Option<Kind>),
}

/// All kinds of the watch list together.
const WATCH: &str = "W";

impl Part {
    fn of(code: Option<&str>) -> Self {
        match (code, code.and_then(Kind::of)) {
            (Some(WATCH), _) => Part::Watch(None),
            (_, Some(Kind::N7)) => Part::ClassC,
            (_, Some(kind)) if !kind.is_mirror() => Part::Watch(Some(kind)),
            (_, kind) => Part::Statutory(kind),
        }
    }

    /// What is not public is of one enterprise alone for an agent: of its own, where it has only one.
    fn only_own(self, caller: &Caller) -> Option<Uscc> {
        match (self, caller.principal.audience, &*caller.principal.enterprises) {
            (Part::Statutory(_), ..) => None,
            (_, Audience::Enterprise, [own]) => Uscc::parse(own).ok(),
            _ => None,
        }
    }

    /// How much of it the caller sees.
    fn sight(self, caller: &Caller, one: Option<&Uscc>) -> Result<Outcome, Problem> {
        let subject = one.map_or(Subject::Many, |uscc| Subject::One(uscc.as_str()));
        let decision = match self {
            Part::Statutory(_) => caller.needs(Subject::Many, Block::Lists),
            Part::ClassC => caller.needs(subject, Block::SafeClass),
            // What is in force was announced to the enterprise.
            Part::Watch(_) => {
                caller.needs_asked(&Ask { notified: true, ..caller.ask(subject, Block::WatchList) })
            }
        };
        Ok(decision?.outcome)
    }
}

/// Who is on a list, or was on a day. Without `list` and `kind`: the zone's mirror of the statutory lists of
/// dishonesty, which everybody sees. SAFE class C (`N7`) and the zone's own watch list (`W1` to `W5`, or `W` for all)
/// are not public: they need a purpose, and are shown to those who may see them. Abnormal operation, a notice of the
/// register, is shown when its list is asked for.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/negative-list",
    tag = "negative list",
    params(
        ("list" = Option<String>, Query, description = "Code of one statutory list, such as serious_dishonesty"),
        ("kind" = Option<String>, Query, description = "N1 to N7 or W1 to W5 of the rule pack; W: all of the watch list"),
        ("uscc" = Option<String>, Query, description = "One enterprise alone"),
        ("at" = Option<String>, Query, description = "Day of Asia/Shanghai; today without it"),
        ("known_at" = Option<String>, Query, description = "RFC 3339; as it was known then, instead of now"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code; for what is not public"),
    ),
    responses(
        (status = 200, body = NegativeListBody, description = "Entries in force on the day"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required for what is not public"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not disclosed to this caller, or without a purpose, or of one enterprise at a time"),
    ),
    security((), ("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let params = Params::of(&request)?;
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.code()).chain([WATCH]).collect();
    let part = Part::of(params.one_of("kind", &kinds)?);
    let one = params.uscc("uscc")?.or_else(|| part.only_own(&caller));
    let caller = match one {
        Some(uscc) => caller.about(&state, uscc).await?,
        None => caller,
    };
    let outcome = part.sight(&caller, one.as_ref())?;
    let codes = lists::ALL.map(|(_, list)| list.as_str());
    let list = params.one_of("list", &codes)?;
    let Page { limit, place: after, .. } = params.page(List::NegativeList)?;
    let now = state.service.clock.now();
    let known_at = params.time("known_at")?;
    let kind = match part {
        Part::Statutory(kind) | Part::Watch(kind) => kind,
        Part::ClassC => Some(Kind::N7),
    };
    let mut question = Question {
        day: params.date("at")?.unwrap_or_else(|| now.shanghai_date()),
        calendar: state.service.calendars.now(),
        known_at: known_at.unwrap_or(now.0),
        list: list.and_then(lists::of_code),
        kind,
        one,
        after,
        limit: usize::try_from(limit).unwrap_or(0),
    };
    let lang = caller.lang;
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        if known_at.is_none() {
            question.known_at = latest_knowledge(&mut connection)?.max(now.0);
        }
        let (items, next, feed) = part_of(&mut connection, part, &question, (outcome, lang))?;
        Ok(NegativeListBody {
            as_of: question.day,
            known_at: rfc3339(question.known_at),
            feed: feed.map(|received| FeedState {
                received_at: received.map(rfc3339),
                is_stale: register::is_stale(received, now.0),
            }),
            items,
            next_cursor: next.map(|place| cursor::encode(List::NegativeList, &place)),
        })
    })
    .await?;
    answer::json(&request, &body)
}

/// Entries, the enterprise after which the next page begins, and when a file of the lists was received.
type Found = (Vec<NegativeListEntry>, Option<String>, Option<Option<i64>>);

fn part_of(
    connection: &mut DbConnection,
    part: Part,
    question: &Question,
    (outcome, lang): (Outcome, Lang),
) -> Result<Found, StoreError> {
    Ok(match part {
        Part::Statutory(_) => {
            let page = register::page(connection, question)?;
            let items = page.entries.into_iter().map(|entry| NegativeListEntry::of(entry, lang));
            (items.collect(), page.next, Some(register::last_received(connection)?))
        }
        Part::ClassC => {
            let (found, next) = classes::page(connection, question)?;
            let items = found.into_iter().map(|one| NegativeListEntry::of_class(one, outcome, lang));
            (items.collect(), next, None)
        }
        Part::Watch(kind) => {
            let (found, next) = watch::page(connection, question, kind)?;
            let items = found.into_iter().map(|one| NegativeListEntry::of_watched(one, outcome, lang));
            (items.collect(), next, None)
        }
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
