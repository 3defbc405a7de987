//! `GET /certificates`, `POST /certificates`, `DELETE /certificates/{id}`: certificates of clients.

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::keys::audience;
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, PageBody};
use crate::http::authenticate::Who;
use crate::http::cursor::List;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, blocking};
use crate::identity::IdentityError;
use crate::identity::certificates::{CertificateRow, NewCertificate};
use crate::identity::keys::DAYS_DEFAULT;
use crate::identity::scopes::{Scope, Scopes};

/// A certificate to be let in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateRequest {
    /// 1 to 100 characters.
    pub name: String,
    /// SHA-256 of the certificate: 64 hexadecimal digits, with or without colons, or `x5t#S256`.
    pub fingerprint: String,
    /// A department, `financier` or `source`.
    pub audience: String,
    /// Code of the department, USCC of the institution, or id of the source.
    pub organisation: Option<String>,
    /// `read`, `intake`, `share`; which of them depends on the audience.
    pub scopes: Vec<String>,
    /// 1 to 366, default 180. The certificate's own end holds as well.
    pub expires_in_days: Option<i64>,
}

/// A certificate that is let in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CertificateBody {
    pub id: String,
    /// `x5t#S256` (RFC 8705).
    pub fingerprint: String,
    pub name: String,
    pub audience: String,
    pub organisation: Option<String>,
    pub scopes: Vec<String>,
    /// `active`, `expired` or `revoked`.
    pub state: &'static str,
    pub created_at: String,
    pub expires_at: String,
    /// To the minute.
    pub last_used_at: Option<String>,
}

impl CertificateBody {
    fn of(row: &CertificateRow, now: i64) -> Self {
        Self {
            id: row.id.clone(),
            fingerprint: row.fingerprint.clone(),
            name: row.name.clone(),
            audience: row.audience.clone(),
            organisation: row.organisation.clone(),
            scopes: row.scopes.split(' ').map(str::to_owned).collect(),
            state: row.state(now),
            created_at: rfc3339(row.created_at),
            expires_at: rfc3339(row.expires_at),
            last_used_at: row.used_at.map(rfc3339),
        }
    }
}

/// Certificates of clients, the newest first; for the operator and the auditor.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/certificates",
    tag = "identity",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = PageBody<CertificateBody>, description = "A page of certificates"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = Params::of(&request)?;
    let page = asked.page(List::Certificates)?;
    let now = state.service.clock.now().0;
    let (rows, next_cursor) = blocking(&state, move |state| {
        let rows = state.identity.list_certificates(&who.actor(), page.before(), page.wanted())?;
        Ok(page.cut(rows, |row| (row.created_at, row.id.clone())))
    })
    .await?;
    let items = rows.iter().map(|row| CertificateBody::of(row, now)).collect();
    answer::json(&request, &PageBody::<CertificateBody> { items, next_cursor })
}

/// Lets the certificate of a department, an institution or a source in; for the operator.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/certificates",
    tag = "identity",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer")),
    request_body = CertificateRequest,
    responses(
        (status = 201, body = CertificateBody, description = "On record"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role, or the CSRF token is missing"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "On record already, or the idempotency key was used for another request"),
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
    let asked: CertificateRequest = params::json(&request, &body)?;
    let scopes: Option<Scopes> = asked.scopes.iter().map(|code| Scope::of_code(code)).collect();
    let scopes = scopes.ok_or_else(|| {
        let words = Words::new("应取自 read, intake, share", "expected some of read, intake, share");
        Problem::new(Code::InvalidBody).fault("#/scopes", words)
    })?;
    let new = NewCertificate {
        name: asked.name,
        fingerprint: asked.fingerprint,
        audience: audience(&asked.audience)?,
        organisation: asked.organisation,
        scopes,
        days: asked.expires_in_days.unwrap_or(DAYS_DEFAULT),
    };
    let kept = blocking(&state, move |state| {
        let now = state.service.clock.now().0;
        let kept = |row: &CertificateRow| Kept {
            status: 201,
            location: None,
            body: serde_json::to_string(&CertificateBody::of(row, now)).unwrap_or_default(),
        };
        let made = state.identity.add_certificate(&who.actor(), &new, |connection, row| match &key {
            Some(key) => idempotency::keep(connection, key, &kept(row), now),
            None => Ok(()),
        });
        match made {
            Ok(row) => Ok(kept(&row)),
            Err(IdentityError::Store(error)) => {
                idempotency::overtaken(&mut *state.service.database.connection()?, key.as_ref(), error, now)
            }
            Err(error) => Err(error.into()),
        }
    })
    .await?;
    Ok(kept.answer())
}

/// Revokes a certificate. When this is answered, nobody is let in with it.
///
/// # Errors
/// Problems.
#[utoipa::path(
    delete,
    path = "/api/v1/certificates/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "Certificate id")),
    responses(
        (status = 200, body = CertificateBody, description = "Revoked"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such certificate"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Revoked already"),
    ),
    security(("token" = []))
)]
pub async fn revoke(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::CertificateNotFound)?;
    let actor = who.actor();
    let row = blocking(&state, move |state| Ok(state.identity.revoke_certificate(&actor, &id)?)).await?;
    Ok(HttpResponse::Ok().json(CertificateBody::of(&row, state.service.clock.now().0)))
}
