//! `GET /single-window/classes`: the grades that changed since a cursor, beside the classes of a receiver.
//!
//! Which changes a caller learns of is decided by the reader of `/changes`; what is shown of each enterprise is what
//! holds now, asked of the same rule as `/enterprises/{uscc}/docking`. Nothing is decided here.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use credit_core::records::ClassAuthority;
use serde::Serialize;
use utoipa::ToSchema;

use super::changes::{AT_ONCE, LOOKED_AT_MAX, Reader};
use super::docking::{self, DockingBody, Receiving};
use super::single_window::unknown_place;
use crate::access::Subject;
use crate::docking::mapping::Receiver;
use crate::evaluation::view::rfc3339;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::cursor::{self, List};
use crate::http::params::Params;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, State, blocking};
use crate::sharing::feed::{self, Change, What};
use crate::single_window;
use crate::store::{DbConnection, StoreError};

/// An enterprise's grade and class as they are now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WindowClassBody {
    /// When the last change that this page tells of came.
    pub changed_at: String,
    #[serde(flatten)]
    pub docking: DockingBody,
}

/// A part of the enterprises whose grade or class changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WindowClassesBody {
    /// The one that changed longest ago first; an enterprise that changes again comes again.
    pub items: Vec<WindowClassBody>,
    /// What to ask for next as `since`; the same as was asked for while there is nothing new. It is good for ever, for
    /// the same `for`.
    pub next_cursor: String,
    /// Whether there is more already.
    pub more: bool,
}

/// Grades and classes that changed since a cursor, in the shape of `/enterprises/{uscc}/docking`: for the single
/// window's own source what is public; for a department the blocks of its standing requests; for operator and auditor.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/single-window/classes",
    tag = "single window",
    params(
        ("since" = Option<String>, Query, description = "next_cursor of the answer before; the beginning without it"),
        ("for" = Option<String>, Query, description = "customs (default), safe, tax, public_credit or hangzhou"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code: that of a department's standing request"),
    ),
    responses(
        (status = 200, body = WindowClassesBody, description = "As far as this caller may see them"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Unknown cursor, or bad parameter"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this role, no standing request in force, or purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No mapping holds for the receiver today"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if caller.principal.is_anonymous() {
        return Err(Problem::new(Code::SignInRequired));
    }
    let asked = Params::of(&request)?;
    let limit = usize::try_from(asked.limit()?).unwrap_or(0);
    let receiver = asked.one_of("for", &Receiver::CODES)?.and_then(Receiver::of_code);
    let receiver = receiver.unwrap_or(Receiver::Customs);
    let since = match asked.text("since") {
        Some(text) => place(&cursor::decode(List::WindowClasses, text)?, receiver)?,
        None => 0,
    };
    let body = blocking(&state, move |state| page(state, &caller, (receiver, since), limit)).await?;
    answer::json(&request, &body)
}

/// A place is one of the feed for its receiver: changes of other classes were passed over on the way to it.
fn place(text: &str, receiver: Receiver) -> Result<i64, Problem> {
    let seq = text.split_once('|').filter(|(code, _)| *code == receiver.code());
    seq.and_then(|(_, seq)| seq.parse().ok()).ok_or_else(unknown_place)
}

fn page(
    state: &State,
    caller: &Caller,
    (receiver, since): (Receiver, i64),
    limit: usize,
) -> Result<WindowClassesBody, Problem> {
    let mut connection = state.service.database.connection()?;
    let reader = reader(&mut connection, state, caller)?;
    if !(0..=feed::last(&mut connection)?).contains(&since) {
        return Err(unknown_place());
    }
    let found = changed(&mut connection, &reader, caller, (receiver, since), limit)?;
    let receiving = Receiving::today(state, receiver, reader.blocks())?;
    let mut items = Vec::with_capacity(found.changed.len());
    for (uscc, at_ms) in found.changed {
        let subject = Subject::Among(&uscc);
        if let Some(docking) = docking::beside(&mut connection, caller, subject, &receiving)? {
            items.push(WindowClassBody { changed_at: rfc3339(at_ms), docking });
        }
    }
    let next = format!("{}|{}", receiver.code(), found.place);
    Ok(WindowClassesBody { items, next_cursor: cursor::encode(List::WindowClasses, &next), more: found.more })
}

/// The single window's own source has no standing request: it learns of what everybody may see.
fn reader(connection: &mut DbConnection, state: &State, caller: &Caller) -> Result<Reader, Problem> {
    use crate::access::Audience::{Auditor, Operator};
    match caller.principal.audience {
        _ if single_window::is_source(&caller.principal) => Ok(Reader::All),
        audience if audience.is_department() || matches!(audience, Operator | Auditor) => {
            Reader::of(connection, caller, state.service.clock.now())
        }
        _ => Err(Problem::new(Code::RoleRequired)),
    }
}

struct Found {
    /// Enterprises with the time of their last change, by that change.
    changed: Vec<(String, i64)>,
    place: i64,
    more: bool,
}

fn changed(
    connection: &mut DbConnection,
    reader: &Reader,
    caller: &Caller,
    (receiver, since): (Receiver, i64),
    limit: usize,
) -> Result<Found, StoreError> {
    let mut last: HashMap<String, (i64, i64)> = HashMap::new();
    let (mut place, mut looked_at) = (since, 0);
    let more = 'pages: loop {
        let changes = reader.after(connection, place, AT_ONCE)?;
        let current = reader.current(connection, &changes)?;
        let is_last = i64::try_from(changes.len()).unwrap_or(0) < AT_ONCE;
        for change in changes {
            let is_about = is_about(&change, receiver);
            // Before the rule is asked, which would note a look at what this page does not show.
            if is_about && last.len() == limit && !last.contains_key(&change.uscc) {
                break 'pages true;
            }
            let told = is_about && reader.shown(caller, &change, &current).is_some();
            place = change.seq;
            looked_at += 1;
            if told {
                last.insert(change.uscc, (change.seq, change.at_ms));
            }
        }
        if is_last || looked_at >= LOOKED_AT_MAX {
            break !is_last;
        }
    };
    let mut changed: Vec<(String, (i64, i64))> = last.into_iter().collect();
    changed.sort_unstable_by_key(|(_, (seq, _))| *seq);
    let changed = changed.into_iter().map(|(uscc, (_, at_ms))| (uscc, at_ms)).collect();
    Ok(Found { changed, place, more })
}

fn is_about(change: &Change, receiver: Receiver) -> bool {
    match &change.what {
        What::Rating(_) => true,
        What::Class(class) => receiver.authority().is_some_and(|own: ClassAuthority| own == class.authority),
        _ => false,
    }
}
