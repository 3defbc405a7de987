//! Lists of cases: of one kind, and the board of all kinds by their deadlines.

use actix_web::{HttpRequest, HttpResponse};
use credit_core::cases::{Kind, State as CaseState};

use super::case_body::{CaseItem, Here};
use super::case_sight;
use crate::access::Audience;
use crate::cases::parties;
use crate::cases::store::{self, Filter, Order};
use crate::cases::subject::Severity;
use crate::http::answer::{self, PageBody};
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::cursor::{List, Page};
use crate::http::params::Params;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, blocking};

/// Cases of all kinds, the most urgent first: the board of whoever works on them. Kinds whose block the caller does not
/// see are not on it.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/cases",
    operation_id = "board_of_cases",
    tag = "cases",
    params(
        ("kind" = Option<String>, Query, description = "objection, appeal, repair, list_entry, alert or dispute"),
        ("uscc" = Option<String>, Query, description = "One enterprise alone"),
        ("state" = Option<String>, Query, description = "Code of a state"),
        ("open" = Option<bool>, Query, description = "true without it; false: those that have come to their end, the newest first"),
        ("overdue" = Option<bool>, Query, description = "true: only those whose day is over"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before, of the same board"),
        ("X-Purpose" = String, Header, description = "Purpose code, such as appeal or supervision"),
    ),
    responses(
        (status = 200, body = PageBody<CaseItem>, description = "A page of cases"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or cursor, no purpose"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not disclosed to this caller"),
    ),
    security(("token" = []))
)]
pub async fn board(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let params = Params::of(&request)?;
    let codes: Vec<&str> = Kind::ALL.iter().map(|kind| kind.code()).collect();
    let kind = params.one_of("kind", &codes)?.and_then(Kind::of);
    let kinds = kind.map_or_else(|| Kind::ALL.to_vec(), |kind| vec![kind]);
    let open = params.yes_or_no("open")?.unwrap_or(true);
    listed(state, (caller, who), request, Asked { kinds, open: Some(open), is_due: open, severity: None })
        .await
}

/// A list of one kind.
pub(super) async fn list(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    kind: Kind,
) -> Result<HttpResponse, Problem> {
    let params = Params::of(&request)?;
    let is_due = params.one_of("order", &["newest", "due"])? == Some("due");
    let open = params.yes_or_no("open")?.or(is_due.then_some(true));
    let severity = match kind {
        Kind::Alert => severity(&params, &caller)?,
        _ => None,
    };
    listed(state, (caller, who), request, Asked { kinds: vec![kind], open, is_due, severity }).await
}

/// How serious the alerts are that are asked for. An enterprise is told that there was an alert and no more, so it is
/// not answered which of them are serious either.
fn severity(params: &Params, caller: &Caller) -> Result<Option<Severity>, Problem> {
    let asked = params.one_of("severity", &Severity::ALL.map(Severity::code))?.and_then(Severity::of);
    match asked {
        Some(_) if caller.principal.audience == Audience::Enterprise => Err(Problem::new(Code::NotDisclosed)),
        asked => Ok(asked),
    }
}

struct Asked {
    kinds: Vec<Kind>,
    open: Option<bool>,
    is_due: bool,
    severity: Option<Severity>,
}

async fn listed(
    state: Shared,
    (caller, who): (Caller, Who),
    request: HttpRequest,
    asked: Asked,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&caller, &who);
    let params = Params::of(&request)?;
    let now = state.service.clock.now();
    let is_overdue = params.yes_or_no("overdue")? == Some(true);
    let codes: Vec<&str> = CaseState::ALL.iter().map(|state| state.code()).collect();
    let page: Page<String> = params.page(List::Cases)?;
    let order = order(asked.is_due, page.place.as_deref())?;
    let uscc = params.uscc("uscc")?;
    let filter = Filter {
        kinds: case_sight::of_list(&caller, &asked.kinds, uscc.as_ref())?,
        of: parties::Of::visible_to(&here.party),
        uscc: uscc.map(|uscc| uscc.to_string()),
        state: params.one_of("state", &codes)?.and_then(CaseState::of),
        open: if is_overdue { Some(true) } else { asked.open },
        due_before: is_overdue.then(|| now.shanghai_date()),
        severity: asked.severity,
    };
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let rows = store::list(&mut connection, &filter, &order, page.wanted())?;
        let (rows, next_cursor) = page.cut(rows, |row| match asked.is_due {
            true => format!("due|{}|{}", row.due_day, row.id),
            false => format!("newest|{}|{}", row.opened_at, row.id),
        });
        Ok(PageBody { items: rows.into_iter().map(|row| CaseItem::of(row, now)).collect(), next_cursor })
    })
    .await?;
    answer::json(&request, &body)
}

fn order(is_due: bool, after: Option<&str>) -> Result<Order, Problem> {
    let Some(after) = after else {
        return Ok(if is_due { Order::Due(None) } else { Order::Newest(None) });
    };
    let wrong = || Problem::new(Code::InvalidCursor);
    let mut parts = after.splitn(3, '|');
    let (kind, number, id) =
        (parts.next().ok_or_else(wrong)?, parts.next().ok_or_else(wrong)?, parts.next().ok_or_else(wrong)?);
    match (is_due, kind) {
        (true, "due") => Ok(Order::Due(Some((number.parse().map_err(|_| wrong())?, id.to_owned())))),
        (false, "newest") => Ok(Order::Newest(Some((number.parse().map_err(|_| wrong())?, id.to_owned())))),
        _ => Err(wrong()),
    }
}
