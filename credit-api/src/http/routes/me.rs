//! `GET /me`, `POST /me/password`, `POST /me/second-factor`, `POST /me/second-factor/confirm`,
//! `DELETE /me/second-factor`: who asks, and what one changes of oneself.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Purpose;
use crate::evaluation::view::rfc3339;
use crate::http::answer;
use crate::http::authenticate::Who;
use crate::http::params;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::identity::Means;

/// Who asks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeBody {
    /// As the access log names it: `administrator`, `user:ID` or `key:ID`.
    pub id: String,
    /// The login, or the key's name.
    pub name: String,
    /// Column of the disclosure matrix, or role.
    pub audience: &'static str,
    /// Code of the department, USCC of the institution, or id of the source.
    pub organisation: Option<String>,
    /// USCCs of the enterprises that the user speaks for.
    pub enterprises: Vec<String>,
    /// `token`, `key` or `session`.
    pub means: &'static str,
    /// What a key may be used for; `null` for others.
    pub scopes: Option<Vec<&'static str>>,
    /// Purposes that this caller may name in `X-Purpose`.
    pub purposes: Vec<Purpose>,
    /// To be sent in `X-CSRF-Token` with every request that changes something; `null` without a session.
    pub csrf_token: Option<String>,
    /// When the key or session ends at the latest; `null` for the administrator's token.
    pub ends_at: Option<String>,
}

/// Who asks, as the service sees it.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/me",
    tag = "identity",
    responses(
        (status = 200, body = MeBody, description = "Who asks"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let known = &who.0;
    let (means, scopes) = match &known.means {
        Means::Token => ("token", None),
        Means::Key { scopes, .. } => ("key", Some(scopes.iter().map(|scope| scope.code()).collect())),
        Means::Certificate { scopes, .. } => {
            ("certificate", Some(scopes.iter().map(|scope| scope.code()).collect()))
        }
        Means::Session { .. } => ("session", None),
    };
    let body = MeBody {
        id: known.principal.id.to_string(),
        name: known.name.to_string(),
        audience: known.principal.audience.code(),
        organisation: known.principal.organisation.as_deref().map(str::to_owned),
        enterprises: known.principal.enterprises.to_vec(),
        means,
        scopes,
        purposes: state.service.rules.purposes_of(&known.principal),
        csrf_token: known.csrf().map(str::to_owned),
        ends_at: (known.ends_at < i64::MAX).then(|| rfc3339(known.ends_at)),
    };
    answer::json(&request, &body)
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    pub old_password: String,
    /// 12 to 128 characters, without the login.
    pub new_password: String,
}

/// Changes one's password; all other sessions end.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/me/password",
    tag = "identity",
    request_body = PasswordRequest,
    responses(
        (status = 204, description = "Changed"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body, or a weak password"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required, or the old password is wrong"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for keys, or the CSRF token is missing"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The user has no password here"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "Too many wrong attempts"),
    ),
    security(("token" = []))
)]
pub async fn password(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked: PasswordRequest = params::json(&request, &body)?;
    blocking(&state, move |state| {
        let passwords = (asked.old_password.as_str(), asked.new_password.as_str());
        Ok(state.identity.change_password(&who.actor(), who.session(), passwords)?)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What an app needs to make codes.
#[derive(Serialize, ToSchema)]
pub struct SecondFactorBody {
    /// Base32; shown once.
    pub secret: String,
    /// `otpauth://…`, for apps that take a link.
    pub address: String,
}

/// Begins a second factor: codes that change every 30 seconds (RFC 6238).
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/me/second-factor",
    tag = "identity",
    responses(
        (status = 200, body = SecondFactorBody, description = "The secret; in use once a code is confirmed"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for keys, or the CSRF token is missing"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "One is in use"),
    ),
    security(("token" = []))
)]
pub async fn begin(state: Shared, who: Who) -> Result<HttpResponse, Problem> {
    let actor = who.actor();
    let (secret, address) =
        blocking(&state, move |state| Ok(state.identity.begin_second_factor(&actor)?)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(SecondFactorBody { secret, address }))
}

/// A code that an app shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    /// Six digits.
    pub code: String,
}

/// Confirms a second factor with a code of it; from then on signing in takes one.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/me/second-factor/confirm",
    tag = "identity",
    request_body = CodeRequest,
    responses(
        (status = 204, description = "In use"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required, or the code is wrong"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for keys, or the CSRF token is missing"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "None was begun"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn confirm(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked: CodeRequest = params::json(&request, &body)?;
    blocking(&state, move |state| Ok(state.identity.confirm_second_factor(&who.actor(), &asked.code)?))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// One's password, asked for again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnPasswordRequest {
    pub password: String,
}

/// Removes the second factor.
///
/// # Errors
/// Problems.
#[utoipa::path(
    delete,
    path = "/api/v1/me/second-factor",
    tag = "identity",
    request_body = OwnPasswordRequest,
    responses(
        (status = 204, description = "Signing in takes the password alone"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required, or the password is wrong"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for keys, or the CSRF token is missing"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The user has no password here"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "Too many wrong attempts"),
    ),
    security(("token" = []))
)]
pub async fn remove(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked: OwnPasswordRequest = params::json(&request, &body)?;
    blocking(&state, move |state| Ok(state.identity.remove_second_factor(&who.actor(), &asked.password)?))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
