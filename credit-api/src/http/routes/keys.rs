//! `GET /keys`, `POST /keys`, `POST /keys/{id}/rotate`, `DELETE /keys/{id}`: API keys.

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Audience;
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, PageBody};
use crate::http::authenticate::Who;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};
use crate::identity::keys::{DAYS_DEFAULT, KeyRow, NewKey, OVERLAP_HOURS_DEFAULT, Owner};
use crate::identity::scopes::{Scope, Scopes};
use crate::identity::{Actor, IdentityError};

/// An API key, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeyBody {
    pub id: String,
    /// What the key begins with.
    pub prefix: String,
    pub name: String,
    /// The user whose key it is; `null` for one of a department, an institution or a source.
    pub user_id: Option<String>,
    pub audience: String,
    pub organisation: Option<String>,
    /// What it may be used for: `read`, `intake`, `share`, `decide`, `identity`.
    pub scopes: Vec<String>,
    /// Requests a second; `null` for the service's own number.
    pub per_second: Option<i64>,
    /// `active`, `rotated` (holds until it ends), `expired` or `revoked`.
    pub state: &'static str,
    pub created_at: String,
    pub expires_at: String,
    /// To the minute.
    pub last_used_at: Option<String>,
    /// The key that replaces it.
    pub rotated_to: Option<String>,
}

/// An API key that was made just now.
#[derive(Serialize, ToSchema)]
pub struct NewKeyBody {
    #[serde(flatten)]
    pub key: KeyBody,
    /// The whole key, shown once; `null` when the request is repeated with its idempotency key, since it is not stored.
    pub secret: Option<String>,
}

/// A key as it is shown.
#[must_use]
pub fn body_of(row: &KeyRow, now: i64) -> KeyBody {
    KeyBody {
        id: row.id.clone(),
        prefix: row.prefix(),
        name: row.name.clone(),
        user_id: row.user_id.clone(),
        audience: row.audience.clone(),
        organisation: row.organisation.clone(),
        scopes: row.scopes.split(' ').map(str::to_owned).collect(),
        per_second: row.per_second,
        state: row.state(now),
        created_at: rfc3339(row.created_at),
        expires_at: rfc3339(row.expires_at),
        last_used_at: row.used_at.map(rfc3339),
        rotated_to: row.rotated_to.clone(),
    }
}

/// API keys, newest first: one's own; for the operator and the auditor all.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/keys",
    tag = "identity",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = PageBody<KeyBody>, description = "Keys"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Bad parameter"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let params = Params::of(&request)?;
    let limit = params.limit()?;
    let before = params.text("cursor").map(cursor).transpose()?;
    let now = state.service.clock.now().0;
    let rows = blocking(&state, move |state| {
        let before = before.as_ref().map(|(at, id)| (*at, id.as_str()));
        Ok(state.identity.list_keys(&who.actor(), before, limit + 1)?)
    })
    .await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    let rows: Vec<KeyRow> = rows.into_iter().take(shown).collect();
    let next_cursor = rows.last().filter(|_| more).map(|row| format!("{}.{}", row.created_at, row.id));
    let items = rows.iter().map(|row| body_of(row, now)).collect();
    answer::json(&request, &PageBody::<KeyBody> { items, next_cursor })
}

fn cursor(text: &str) -> Result<(i64, String), Problem> {
    let parts = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())));
    parts.ok_or_else(|| Problem::new(Code::InvalidCursor))
}

/// A key to be made. Without `user` and `audience` it is one's own.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// What it is for, 1 to 100 characters.
    pub name: String,
    /// `read`, `intake`, `share`, `decide`, `identity`; which of them depends on the audience.
    pub scopes: Vec<String>,
    /// 1 to 366, default 180.
    pub expires_in_days: Option<i64>,
    /// 1 to 10000; for the operator to give.
    pub per_second: Option<i64>,
    /// Id or login of the user whose key it is; for the operator.
    pub user: Option<String>,
    /// A key of no person: `customs` and the other departments, `financier`, `source`; for the operator.
    pub audience: Option<String>,
    /// Code of the department, USCC of the institution, or id of the source.
    pub organisation: Option<String>,
}

/// Makes an API key; its secret is in this answer alone.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/keys",
    tag = "identity",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer without the secret")),
    request_body = KeyRequest,
    responses(
        (status = 201, body = NewKeyBody, description = "Made"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such user"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Too many keys, or the idempotency key was used for another request"),
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
    let asked: KeyRequest = params::json(&request, &body)?;
    let new = new_key(asked)?;
    let kept = blocking(&state, move |state| {
        made(state, key.as_ref(), |also| state.identity.create_key(&who.actor(), &new, also))
    })
    .await?;
    Ok(kept.answer())
}

/// What is asked for, as the service takes it.
///
/// # Errors
/// [`Code::InvalidBody`].
pub fn new_key(asked: KeyRequest) -> Result<NewKey, Problem> {
    let audience = match asked.audience.as_deref() {
        None => None,
        Some(code) => Some(audience(code)?),
    };
    let owner = match (asked.user, audience) {
        (Some(_), Some(_)) => {
            let words = Words::new("user 与 audience 只能填一项", "expected user or audience, not both");
            return Err(Problem::new(Code::InvalidBody).fault("#/user", words));
        }
        (Some(user), None) => Owner::User(user),
        (None, Some(audience)) => Owner::Organisation { audience, organisation: asked.organisation },
        (None, None) => Owner::Own,
    };
    let scopes: Option<Scopes> = asked.scopes.iter().map(|code| Scope::of_code(code)).collect();
    let scopes = scopes.ok_or_else(|| {
        let known: Vec<&str> = Scope::ALL.iter().map(|scope| scope.code()).collect();
        let known = known.join(", ");
        let words = Words::new(format!("应取自 {known}"), format!("expected some of {known}"));
        Problem::new(Code::InvalidBody).fault("#/scopes", words)
    })?;
    let days = asked.expires_in_days.unwrap_or(DAYS_DEFAULT);
    Ok(NewKey { name: asked.name, owner, scopes, days, per_second: asked.per_second })
}

/// An audience by its code.
///
/// # Errors
/// [`Code::InvalidBody`].
pub fn audience(code: &str) -> Result<Audience, Problem> {
    Audience::of_code(code).ok_or_else(|| {
        let known: Vec<&str> = Audience::ALL.iter().map(|audience| audience.code()).collect();
        let known = known.join(", ");
        let words = Words::new(format!("应为 {known} 之一"), format!("expected one of {known}"));
        Problem::new(Code::InvalidBody).fault("#/audience", words)
    })
}

/// Makes a key with `make`, and keeps the answer, without the secret, for a request that is repeated.
fn made(
    state: &State,
    key: Option<&Key>,
    make: impl FnOnce(
        &mut dyn FnMut(&mut crate::store::DbConnection, &KeyRow) -> Result<(), crate::store::StoreError>,
    ) -> Result<(KeyRow, String), IdentityError>,
) -> Result<Kept, Problem> {
    let now = state.service.clock.now().0;
    let outcome = make(&mut |connection, row| match key {
        Some(key) => idempotency::keep(connection, key, &kept(row, None, now), now),
        None => Ok(()),
    });
    match outcome {
        Ok((row, secret)) => Ok(kept(&row, Some(secret), now)),
        Err(IdentityError::Store(error)) => {
            idempotency::overtaken(&mut *state.service.database.connection()?, key, error, now)
        }
        Err(error) => Err(error.into()),
    }
}

fn kept(row: &KeyRow, secret: Option<String>, now: i64) -> Kept {
    let body = NewKeyBody { key: body_of(row, now), secret };
    Kept { status: 201, location: None, body: serde_json::to_string(&body).unwrap_or_default() }
}

/// How long the old key still holds.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateRequest {
    /// 0 to 720, default 24.
    pub overlap_hours: Option<i64>,
}

/// Makes the key that replaces another; the old one still holds for a while.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{id}/rotate",
    tag = "identity",
    params(
        ("id" = String, Path, description = "Key id, or its prefix"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer without the secret"),
    ),
    request_body = RotateRequest,
    responses(
        (status = 201, body = NewKeyBody, description = "Made"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such key"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The key has ended or was rotated, or the idempotency key was used for another request"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn rotate(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::KeyNotFound)?;
    let key = Key::of(&request, &who.0.principal, &[&body])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let asked: RotateRequest = params::json(&request, &body)?;
    let hours = asked.overlap_hours.unwrap_or(OVERLAP_HOURS_DEFAULT);
    let kept = blocking(&state, move |state| {
        made(state, key.as_ref(), |also| state.identity.rotate_key(&who.actor(), &id, hours, also))
    })
    .await?;
    Ok(kept.answer())
}

/// Revokes a key. When this is answered, nobody is let in with it.
///
/// # Errors
/// Problems.
#[utoipa::path(
    delete,
    path = "/api/v1/keys/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "Key id, or its prefix")),
    responses(
        (status = 200, body = KeyBody, description = "Revoked"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such key"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Revoked already"),
    ),
    security(("token" = []))
)]
pub async fn revoke(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::KeyNotFound)?;
    let actor: Actor = who.actor();
    let row = blocking(&state, move |state| Ok(state.identity.revoke_key(&actor, &id)?)).await?;
    Ok(HttpResponse::Ok().json(body_of(&row, state.service.clock.now().0)))
}
