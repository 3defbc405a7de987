//! `GET /users`, `POST /users`, `GET /users/{id}`, `POST /users/{id}/disable | enable | reset`.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::keys::audience;
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, PageBody};
use crate::http::authenticate::Who;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, State, blocking};
use crate::identity::users::{NewUser, UserRow};
use crate::identity::{Actor, Identity, IdentityError};

/// A user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserBody {
    pub id: String,
    pub login: String,
    pub name: String,
    /// Column of the disclosure matrix, or role.
    pub audience: String,
    /// Code of the department, USCC of the institution, or id of the source.
    pub organisation: Option<String>,
    /// `active` or `disabled`.
    pub state: String,
    /// Whether the password was given by an administrator and is to be changed.
    pub must_change_password: bool,
    pub second_factor: bool,
    /// The provider where the user signs in; `null` for a local account.
    pub issuer: Option<String>,
    pub created_at: String,
    pub created_by: String,
    pub disabled_at: Option<String>,
}

/// A user who was added, or has a new password.
#[derive(Serialize, ToSchema)]
pub struct NewUserBody {
    #[serde(flatten)]
    pub user: UserBody,
    /// To be handed over and changed at the first sign-in; `null` when one was given, and when the request is repeated
    /// with its idempotency key, since it is not stored.
    pub one_time_password: Option<String>,
}

fn body_of(row: UserRow) -> UserBody {
    UserBody {
        second_factor: row.has_second_factor(),
        must_change_password: row.must_change != 0,
        id: row.id,
        login: row.login,
        name: row.name,
        audience: row.audience,
        organisation: row.organisation,
        state: row.state,
        issuer: row.issuer,
        created_at: rfc3339(row.created_at),
        created_by: row.created_by,
        disabled_at: row.disabled_at.map(rfc3339),
    }
}

/// Users in the order of their logins; for the operator, reviewers and the auditor.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    tag = "identity",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = PageBody<UserBody>, description = "Users"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Bad parameter"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let params = Params::of(&request)?;
    let limit = params.limit()?;
    let after = params.text("cursor").map(str::to_owned);
    let rows = blocking(&state, move |state| {
        Ok(state.identity.list_users(&who.actor(), after.as_deref(), limit + 1)?)
    })
    .await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    let items: Vec<UserBody> = rows.into_iter().take(shown).map(body_of).collect();
    let next_cursor = items.last().filter(|_| more).map(|user| user.login.clone());
    answer::json(&request, &PageBody { items, next_cursor })
}

/// A user; oneself, or for the operator, reviewers and the auditor anybody.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "User id, or login")),
    responses(
        (status = 200, body = UserBody, description = "The user"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such user"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::UserNotFound)?;
    let row = blocking(&state, move |state| Ok(state.identity.user(&who.actor(), &id)?)).await?;
    answer::json(&request, &body_of(row))
}

/// Somebody to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserRequest {
    /// 2 to 64 letters, digits and . _ - @
    pub login: String,
    /// 1 to 100 characters.
    pub name: String,
    /// Column of the disclosure matrix, or role: `enterprise`, `customs`, `financier`, `reviewer` …
    pub audience: String,
    /// Code of a department, USCC of an institution, or the id of a source.
    pub organisation: Option<String>,
}

/// Adds a local user, with a password to be changed at the first sign-in; for the operator.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    tag = "identity",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer without the password")),
    request_body = UserRequest,
    responses(
        (status = 201, body = NewUserBody, description = "Added"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role, or the CSRF token is missing"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The login is taken, or the idempotency key was used for another request"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn post(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let key = Key::of(&request, &who.0.principal, &[&body])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let asked: UserRequest = params::json(&request, &body)?;
    let new = NewUser {
        audience: audience(&asked.audience)?,
        login: asked.login,
        name: asked.name,
        organisation: asked.organisation,
        password: None,
    };
    let actor = who.actor();
    let answered = blocking(&state, move |state| {
        let (user, made) = state.identity.add_user(&actor, &new)?;
        kept(state, key.as_ref(), 201, body_of(user), made)
    })
    .await?;
    Ok(answered.answer())
}

/// Keeps the answer without the password, and gives it with it.
fn kept(
    state: &State,
    key: Option<&Key>,
    status: u16,
    user: UserBody,
    one_time_password: Option<String>,
) -> Result<Kept, Problem> {
    let write = |user, one_time_password| {
        let body = NewUserBody { user, one_time_password };
        Kept { status, location: None, body: serde_json::to_string(&body).unwrap_or_default() }
    };
    if let Some(key) = key {
        idempotency::remember(state, key, write(user.clone(), None))?;
    }
    Ok(write(user, one_time_password))
}

/// Nobody signs in as this user any more: sessions end, keys are revoked; for the operator.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/disable",
    tag = "identity",
    params(("id" = String, Path, description = "User id")),
    responses(
        (status = 200, body = UserBody, description = "Disabled"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such user"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Disabled already"),
    ),
    security(("token" = []))
)]
pub async fn disable(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    change(state, who, request, Identity::disable_user).await
}

/// A disabled user may sign in again; for the operator.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/enable",
    tag = "identity",
    params(("id" = String, Path, description = "User id")),
    responses(
        (status = 200, body = UserBody, description = "Enabled; sessions and keys stay ended"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such user"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Not disabled"),
    ),
    security(("token" = []))
)]
pub async fn enable(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    change(state, who, request, Identity::enable_user).await
}

type Change = fn(&Identity, &Actor, &str) -> Result<UserRow, IdentityError>;

async fn change(
    state: Shared,
    who: Who,
    request: HttpRequest,
    change: Change,
) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::UserNotFound)?;
    let row = blocking(&state, move |state| Ok(change(&state.identity, &who.actor(), &id)?)).await?;
    Ok(HttpResponse::Ok().json(body_of(row)))
}

/// What is set anew.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetRequest {
    /// Whether the second factor is removed too.
    #[serde(default)]
    pub second_factor: bool,
}

/// Gives a user a new password, to be changed at the next sign-in; sessions end; for the operator.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/reset",
    tag = "identity",
    params(("id" = String, Path, description = "User id")),
    request_body = ResetRequest,
    responses(
        (status = 200, body = NewUserBody, description = "The new password"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such user"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The user has no password here"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn reset(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::UserNotFound)?;
    let asked: ResetRequest = params::json(&request, &body)?;
    let body = blocking(&state, move |state| {
        let actor = who.actor();
        let password = state.identity.reset_user(&actor, &id, asked.second_factor)?;
        let user = body_of(state.identity.user(&actor, &id)?);
        Ok(NewUserBody { user, one_time_password: Some(password) })
    })
    .await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}
