//! `GET /changes`: what changed, in the order in which it did, for whoever may see it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use credit_core::dates::Moment;
use credit_core::uscc::Uscc;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Ask, Audience, Block, Granted, Outcome, Principal, Subject};
use crate::consents;
use crate::evaluation::history;
use crate::evaluation::view::rfc3339;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::cursor::{self, List};
use crate::http::params::Params;
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};
use crate::sharing::feed::{self, Change, RatingChange, What};
use crate::sharing::requests;
use crate::sharing::shown::{self, Values, is_of_grade, is_of_rating};
use crate::store::{DbConnection, StoreError};

/// Changes looked at for one page, whether they are shown or not: a reader of little is not answered for minutes.
pub(super) const LOOKED_AT_MAX: i64 = 5_000;
/// Changes read from the database at once.
pub(super) const AT_ONCE: i64 = 500;

/// A change, as far as this caller sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangeBody {
    /// Its place in the feed: a cursor after it.
    pub id: String,
    /// `rating.changed`, `list.changed`, `class.changed`, `record.corrected`, `measure.changed`,
    /// `case.changed` or `case.notice`.
    pub kind: &'static str,
    pub uscc: String,
    pub at: String,
    /// Code of the block that it belongs to; of a correction, that of the value that does not hold.
    pub block: &'static str,
    /// Of a correction: from when on the wrong value was shown.
    pub wrong_since: Option<String>,
    pub values: Values,
}

/// A part of the feed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FeedBody {
    pub items: Vec<ChangeBody>,
    /// What to ask for next as `since`; the same as was asked for while there is nothing new. It is good for ever.
    pub next_cursor: String,
    /// Whether there is more already.
    pub more: bool,
}

impl ChangeBody {
    /// As it is shown, with the values that the reader sees.
    #[must_use]
    pub fn of(change: &Change, values: Values) -> Self {
        Self {
            id: cursor::encode(List::Changes, &change.seq.to_string()),
            kind: change.kind.code(),
            uscc: change.uscc.clone(),
            at: rfc3339(change.at_ms),
            block: change.block.code(),
            wrong_since: change.since_ms.map(rfc3339),
            values,
        }
    }
}

/// What changed since a cursor, in the order in which it did: for a department the blocks of its standing requests,
/// for a financier the enterprises of its continuous consents, for an enterprise its own.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/changes",
    tag = "sharing",
    params(
        ("since" = Option<String>, Query, description = "next_cursor of the answer before; the beginning without it"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code: that of a standing request or consent"),
    ),
    responses(
        (status = 200, body = FeedBody, description = "Changes, the oldest first"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Unknown cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "No standing request in force, or purpose required"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if caller.principal.is_anonymous() {
        return Err(Problem::new(Code::SignInRequired));
    }
    let params = Params::of(&request)?;
    let limit = params.limit()?;
    let since = match params.text("since") {
        Some(text) => cursor::decode_number(List::Changes, text)?,
        None => 0,
    };
    let body = blocking(&state, move |state| page(state, &caller, since, limit)).await?;
    answer::json(&request, &body)
}

fn page(state: &State, caller: &Caller, since: i64, limit: i64) -> Result<FeedBody, Problem> {
    let mut connection = state.service.database.connection()?;
    let reader = Reader::of(&mut connection, caller, state.service.clock.now())?;
    // A place that no answer has named is none of this feed: of another database, or of a restored one's future.
    if since < 0 || since > feed::last(&mut connection)? {
        return Err(Problem::new(Code::InvalidCursor).fault(
            "#/query/since",
            Words::new("应为上一次回答的 next_cursor", "expected next_cursor of the answer before"),
        ));
    }
    let wanted = usize::try_from(limit).unwrap_or(0);
    let (mut items, mut place, mut looked_at) = (Vec::new(), since, 0);
    let more = loop {
        let changes = reader.after(&mut connection, place, AT_ONCE)?;
        let current = reader.current(&mut connection, &changes)?;
        let is_last = i64::try_from(changes.len()).unwrap_or(0) < AT_ONCE;
        let mut full = false;
        for change in changes {
            if items.len() == wanted {
                full = true;
                break;
            }
            place = change.seq;
            looked_at += 1;
            let values = reader.shown(caller, &change, &current);
            items.extend(values.map(|values| ChangeBody::of(&change, values)));
        }
        if full || (!is_last && (items.len() == wanted || looked_at >= LOOKED_AT_MAX)) {
            break true;
        }
        if is_last {
            break false;
        }
    };
    Ok(FeedBody { items, next_cursor: cursor::encode(List::Changes, &place.to_string()), more })
}

/// Whose changes somebody follows.
pub(super) enum Reader {
    /// The blocks of its standing requests for the purpose it named, each with the moment from which on it has held.
    Department(BTreeMap<Block, i64>),
    /// Its own.
    Enterprises(Vec<String>),
    /// Those that consented for more than a day.
    Financier(HashMap<String, Consents>),
    All,
}

/// What an enterprise granted to an institution, each with the moment from which on it has held.
pub(super) struct Consents {
    granted: Arc<[Granted]>,
    since_ms: Vec<i64>,
}

/// Where a change stands for a reader.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Time {
    /// It came when the reader could see what it is about.
    Held,
    /// It came before, and is what holds now.
    Now,
    /// It came before, and has been overtaken: it is history.
    Past,
}

impl Reader {
    pub(super) fn of(connection: &mut DbConnection, caller: &Caller, now: Moment) -> Result<Self, Problem> {
        let who = &caller.principal;
        match who.audience {
            Audience::Enterprise => Ok(Reader::Enterprises(who.enterprises.to_vec())),
            Audience::Operator | Audience::Auditor => Ok(Reader::All),
            Audience::Financier => Ok(Reader::Financier(consented(connection, who, now)?)),
            audience if audience.is_department() => department(connection, caller, now),
            _ => Err(Problem::new(Code::RoleRequired)),
        }
    }

    pub(super) fn after(
        &self,
        connection: &mut DbConnection,
        place: i64,
        limit: i64,
    ) -> Result<Vec<Change>, StoreError> {
        match self {
            Reader::Department(_) | Reader::All => feed::after(connection, place, limit),
            Reader::Enterprises(codes) => feed::after_of(connection, codes, place, limit),
            Reader::Financier(consents) => {
                let codes: Vec<String> = consents.keys().cloned().collect();
                feed::after_of(connection, &codes, place, limit)
            }
        }
    }

    /// The blocks that were granted, where nothing else is shown that not everybody may see.
    pub(super) fn blocks(&self) -> Option<BTreeSet<Block>> {
        match self {
            Reader::Department(granted) => Some(granted.keys().copied().collect()),
            _ => None,
        }
    }

    /// The ratings in force of the enterprises whose ratings changed before the reader could see them.
    pub(super) fn current(
        &self,
        connection: &mut DbConnection,
        changes: &[Change],
    ) -> Result<HashMap<String, i64>, StoreError> {
        let earlier = changes.iter().filter(|change| is_of_rating(change) && !self.held(change));
        let codes: BTreeSet<Uscc> = earlier.filter_map(|change| Uscc::parse(&change.uscc).ok()).collect();
        if codes.is_empty() {
            return Ok(HashMap::new());
        }
        let current = history::current_of(connection, Some(&codes))?;
        Ok(current.into_iter().map(|(uscc, rating)| (uscc, rating.seq)).collect())
    }

    /// Whether the reader could see what a change of a rating is about when it came.
    fn held(&self, change: &Change) -> bool {
        let is_grade = |block: &Block| is_of_grade(*block);
        let since = match self {
            Reader::Department(granted) => {
                granted.iter().filter(|(block, _)| is_grade(block)).map(|(_, since)| *since).min()
            }
            Reader::Financier(consents) => consents.get(&change.uscc).and_then(|consents| {
                let all = consents.granted.iter().zip(&consents.since_ms);
                let of_grade = all.filter(|(granted, _)| granted.blocks.iter().any(is_grade));
                of_grade.map(|(_, since)| *since).min()
            }),
            Reader::Enterprises(_) | Reader::All => Some(i64::MIN),
        };
        since.is_some_and(|since| since <= change.at_ms)
    }

    fn time(&self, change: &Change, current: &HashMap<String, i64>) -> Time {
        match &change.what {
            _ if !is_of_rating(change) || self.held(change) => Time::Held,
            What::Rating(rating) if current.get(&change.uscc) == Some(&rating.seq) => Time::Now,
            _ => Time::Past,
        }
    }

    /// What the caller sees of a change; each block that is shown is noted as a look at the enterprise. A rating of
    /// before the grant is history, unless it is the one in force: then it is shown without the one before it.
    pub(super) fn shown(
        &self,
        caller: &Caller,
        change: &Change,
        current: &HashMap<String, i64>,
    ) -> Option<Values> {
        let uscc = change.uscc.as_str();
        if !change.what.may_reach(caller.principal.audience) {
            return None;
        }
        let of_one = match self {
            Reader::Financier(consents) => {
                let granted = Arc::clone(&consents.get(uscc)?.granted);
                Some(caller.with_consents(Uscc::parse(uscc).ok()?, granted))
            }
            _ => None,
        };
        let caller = of_one.as_ref().unwrap_or(caller);
        let subject = match self {
            Reader::Enterprises(_) | Reader::Financier(_) => Subject::One(uscc),
            Reader::Department(_) | Reader::All => Subject::Among(uscc),
        };
        let mut may = |block| {
            let asked = match self {
                Reader::Department(granted) => granted.contains_key(&block),
                _ => true,
            };
            let own = change.what.is_addressed_to(caller.principal.audience);
            let (closed, notified) = change.what.standing();
            let ask = Ask { own_organisation: own, closed, notified, ..caller.ask(subject, block) };
            if asked { caller.sees_ask(&ask) } else { None::<Outcome> }
        };
        let time = self.time(change, current);
        if time == Time::Held || may(Block::History) == Some(Outcome::Full) {
            return shown::values(change, &mut may);
        }
        match &change.what {
            What::Rating(rating) if time == Time::Now => {
                let alone = RatingChange { previous: None, ..rating.clone() };
                shown::values(&Change { what: What::Rating(alone), ..change.clone() }, &mut may)
            }
            _ => None,
        }
    }
}

/// The blocks of the requests in force for the purpose that was named.
fn department(connection: &mut DbConnection, caller: &Caller, now: Moment) -> Result<Reader, Problem> {
    let requests = requests::in_force_for(connection, &caller.principal, now)?;
    if requests.is_empty() {
        return Err(Problem::new(Code::StandingRequestRequired));
    }
    let purposes = || requests.iter().filter_map(requests::StandingRequest::known_purpose).collect();
    let Some(purpose) = caller.purpose else {
        return Err(Problem::new(Code::PurposeRequired).purposes(purposes()));
    };
    let mut granted: BTreeMap<Block, i64> = BTreeMap::new();
    for request in requests.iter().filter(|request| request.known_purpose() == Some(purpose)) {
        for (block, since) in requests::held_since(connection, request)? {
            let earliest = granted.entry(block).or_insert(since);
            *earliest = since.min(*earliest);
        }
    }
    if granted.is_empty() {
        return Err(Problem::new(Code::PurposeNotSufficient).purposes(purposes()));
    }
    Ok(Reader::Department(granted))
}

/// The continuous consents of an institution that are in force, by enterprise.
fn consented(
    connection: &mut DbConnection,
    who: &Principal,
    now: Moment,
) -> Result<HashMap<String, Consents>, StoreError> {
    let mut found: HashMap<String, (Vec<Granted>, Vec<i64>)> = HashMap::new();
    for (uscc, granted, since) in consents::continuous(connection, who, now)? {
        let of_one = found.entry(uscc).or_default();
        of_one.0.push(granted);
        of_one.1.push(since);
    }
    let whole = |(granted, since_ms): (Vec<Granted>, _)| Consents { granted: granted.into(), since_ms };
    Ok(found.into_iter().map(|(uscc, all)| (uscc, whole(all))).collect())
}
