//! `GET /screenings`: the caller's own screenings of many names.

use actix_web::{HttpRequest, HttpResponse};

use super::screenings::ScreeningState;
use crate::http::acts::signed_in;
use crate::http::answer::{self, PageBody};
use crate::http::caller::Caller;
use crate::http::cursor::{self, List};
use crate::http::params::Params;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::screening::store;

/// The screenings that the caller, or the caller's department or institution, has had made, the newest first.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/screenings",
    tag = "screening",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = PageBody<ScreeningState>, description = "A page of screenings"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let params = Params::of(&request)?;
    let limit = params.limit()?;
    let after = params.text("cursor").map(after).transpose()?;
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let mut rows = store::own(&mut connection, &caller.principal, after, limit + 1)?;
        let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(0));
        let last = rows.last().filter(|_| more);
        let next_cursor =
            last.map(|(row, _)| cursor::encode(List::Screenings, &format!("{}|{}", row.asked_at, row.id)));
        let items = rows.iter().map(|(row, job)| ScreeningState::of(state, row, job)).collect();
        Ok(PageBody { items, next_cursor })
    })
    .await?;
    answer::json(&request, &body)
}

fn after(text: &str) -> Result<(i64, String), Problem> {
    let place = cursor::decode(List::Screenings, text)?;
    let (at, id) = place.split_once('|').ok_or_else(|| Problem::new(Code::InvalidCursor))?;
    Ok((at.parse().map_err(|_| Problem::new(Code::InvalidCursor))?, id.to_owned()))
}
