//! `POST /sessions`, `GET /sessions`, `DELETE /sessions`, `DELETE /sessions/{id}`: signing in and out.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, PageBody};
use crate::http::authenticate::Who;
use crate::http::params;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::identity::sessions::{LONGEST_MS, Opened, SessionRow};
use crate::identity::sign_in::Typed;
use crate::portal::service::session_cookie;

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    pub login: String,
    pub password: String,
    /// Code of the second factor, where there is one.
    pub code: Option<String>,
    /// In place of a password that an administrator gave.
    pub new_password: Option<String>,
}

/// A session that was opened; its id is in the cookie.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignedInBody {
    /// To be sent in `X-CSRF-Token` with every request that changes something.
    pub csrf_token: String,
    /// When it ends at the latest; an hour without a request ends it sooner.
    pub ends_at: String,
}

/// A session that ended, of somebody who came from a provider.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignedOutBody {
    /// Where the browser goes to sign out there as well.
    pub provider_sign_out: String,
}

/// An open session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionBody {
    pub id: String,
    /// `password` or `provider`.
    pub method: String,
    /// Whether it is the one that asks.
    pub current: bool,
    pub address: Option<String>,
    pub created_at: String,
    pub seen_at: String,
    pub ends_at: String,
}

/// A session as it is shown.
#[must_use]
pub fn body_of(row: &SessionRow, current: Option<&str>) -> SessionBody {
    SessionBody {
        id: row.name().to_owned(),
        method: row.method.clone(),
        current: current.is_some_and(|digest| digest.starts_with(row.name())),
        address: row.address.clone(),
        created_at: rfc3339(row.created_at),
        seen_at: rfc3339(row.seen_at),
        ends_at: rfc3339(row.ends_at),
    }
}

/// Signs in with a local account; the session's cookie is in the answer.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/sessions",
    tag = "identity",
    request_body = SignInRequest,
    responses(
        (status = 201, body = SignedInBody, description = "Signed in"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body, or a weak new password"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Login, password or code is wrong"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "A new password is required"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "Too many wrong attempts"),
    )
)]
pub async fn post(state: Shared, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Problem> {
    let asked: SignInRequest = params::json(&request, &body)?;
    let address = request.peer_addr().map(|peer| peer.ip());
    let opened = blocking(&state, move |state| {
        let typed = Typed {
            login: &asked.login,
            password: &asked.password,
            code: asked.code.as_deref().unwrap_or_default(),
            new_password: asked.new_password.as_deref(),
        };
        Ok(state.identity.sign_in(&typed, address)?)
    })
    .await?;
    Ok(signed_in(&request, opened))
}

fn signed_in(request: &HttpRequest, opened: Opened) -> HttpResponse {
    let body = SignedInBody { csrf_token: opened.csrf, ends_at: rfc3339(opened.ends_at) };
    HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::LOCATION, "/api/v1/me"))
        .cookie(session_cookie(request, opened.id, LONGEST_MS))
        .json(body)
}

/// One's own open sessions.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/sessions",
    tag = "identity",
    responses(
        (status = 200, body = PageBody<SessionBody>, description = "The sessions, newest first; at most 20"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for keys"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let actor = who.actor();
    let rows = blocking(&state, move |state| Ok(state.identity.list_sessions(&actor)?)).await?;
    let items = rows.iter().map(|row| body_of(row, who.session())).collect();
    answer::json(&request, &PageBody::<SessionBody> { items, next_cursor: None })
}

/// Signs out everywhere: all sessions of the user end.
///
/// # Errors
/// Problems.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions",
    tag = "identity",
    responses(
        (status = 204, description = "No session of the user is open"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for keys, or the CSRF token is missing"),
    ),
    security(("token" = []))
)]
pub async fn end_all(state: Shared, who: Who) -> Result<HttpResponse, Problem> {
    let actor = who.actor();
    blocking(&state, move |state| Ok(state.identity.end_own_sessions(&actor)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends one session; `current` is the one that asks.
///
/// # Errors
/// Problems.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "Session id, or `current`")),
    responses(
        (status = 200, body = SignedOutBody, description = "The current session has ended, and the provider of its user has a place for signing out"),
        (status = 204, description = "The session has ended"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for keys, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such session"),
    ),
    security(("token" = []))
)]
pub async fn end(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::SessionNotFound)?;
    let place = blocking(&state, move |state| match id.as_str() {
        "current" => {
            state.identity.end_session(&who.0)?;
            Ok(state.identity.leave_for_good(&who.0))
        }
        name => {
            state.identity.end_own_session(&who.actor(), name)?;
            Ok(None)
        }
    })
    .await?;
    Ok(match place {
        Some(provider_sign_out) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(SignedOutBody { provider_sign_out }),
        None => HttpResponse::NoContent().finish(),
    })
}
