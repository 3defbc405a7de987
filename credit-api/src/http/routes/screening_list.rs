//! `GET /screenings`: the caller's own screenings of many names.

use actix_web::{HttpRequest, HttpResponse};

use super::screenings::ScreeningState;
use crate::http::acts::signed_in;
use crate::http::answer::{self, PageBody};
use crate::http::caller::Caller;
use crate::http::cursor::{List, Page};
use crate::http::params::Params;
use crate::http::problem::{Problem, ProblemBody};
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
    let page: Page<(i64, String)> = params.page(List::Screenings)?;
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let rows = store::own(&mut connection, &caller.principal, page.place.clone(), page.wanted())?;
        let (rows, next_cursor) = page.cut(rows, |(row, _)| (row.asked_at, row.id.clone()));
        let items = rows.iter().map(|(row, job)| ScreeningState::of(state, row, job)).collect();
        Ok(PageBody { items, next_cursor })
    })
    .await?;
    answer::json(&request, &body)
}
