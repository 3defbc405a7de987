//! `POST /enterprises/{uscc}/rating/sign-off`: one of the two signatures for a move of two or more grades.

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::grade::Grade;
use credit_core::records::Lang;
use credit_core::uscc::Uscc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Block, Subject};
use crate::evaluation::sign_off::{self, SignError, SignOffRecord, SignOffRow, Signature};
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params;
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};
use crate::identity::Means;

/// One person's signature.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOffRequest {
    /// The grade that is to come into force: the `pending_grade` of the rating.
    #[schema(value_type = String, example = "BB")]
    pub grade: Grade,
    /// Who signs, 1 to 60 characters; whoever signed in signs with the own login.
    pub by: String,
    /// Why, 1 to 1000 characters.
    pub reason: String,
    /// The rule it rests on; default the scorecard's paragraph on large moves.
    pub basis: Option<String>,
}

/// What a signature did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignOffBody {
    /// `proposed`: another person must sign; `approved`: the grade comes into force.
    pub state: &'static str,
    #[serde(flatten)]
    pub record: SignOffRecord,
}

/// Signs a move of two or more grades. The first signature proposes it, the second, of another person, brings it into
/// force; the change is then recorded with both signatures and anchored.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/enterprises/{uscc}/rating/sign-off",
    tag = "ratings",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("X-Purpose" = String, Header, description = "Purpose code"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
    ),
    request_body = SignOffRequest,
    responses(
        (status = 200, body = SignOffBody, description = "Signed"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise, or no rating"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Nothing or another grade waits, the same person has signed already, or the idempotency key was used for another request"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn post(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    caller.needs(Subject::One(uscc.as_str()), Block::SignOff)?;
    let key = Key::of(&request, &caller.principal, &[&body])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let asked: SignOffRequest = params::json(&request, &body)?;
    let kept = blocking(&state, move |state| {
        is_own_name(state, &who, &asked.by)?;
        sign(state, uscc, asked, key.as_ref())
    })
    .await?;
    Ok(kept.answer())
}

/// Two signatures take two persons: a user signs as nobody else, and a key of no person does not sign.
fn is_own_name(state: &State, who: &Who, by: &str) -> Result<(), Problem> {
    let login = match (&who.0.user, &who.0.means) {
        (Some(user), _) => state.identity.user(&who.actor(), user)?.login,
        (None, Means::Key { .. } | Means::Certificate { .. }) => {
            let words = Words::new("签署须由某一用户作出", "a person signs, and this key is of none");
            return Err(Problem::new(Code::RoleRequired).detail(words));
        }
        (None, _) => return Ok(()),
    };
    if by.trim().to_lowercase() == login {
        return Ok(());
    }
    let words = Words::new(format!("应为 {login}"), format!("expected {login}"));
    Err(Problem::new(Code::InvalidBody).fault("#/by", words))
}

fn sign(state: &State, uscc: Uscc, asked: SignOffRequest, key: Option<&Key>) -> Result<Kept, Problem> {
    let service = &state.service;
    let now = service.clock.now().0;
    let signature = Signature { grade: asked.grade, by: asked.by, reason: asked.reason, basis: asked.basis };
    let mut answered = None;
    let signed = sign_off::sign(service, uscc, &signature, |connection, row| {
        let kept = kept(row);
        if let Some(key) = key {
            idempotency::keep(connection, key, &kept, now)?;
        }
        answered = Some(kept);
        Ok(())
    });
    match signed {
        Ok(row) if row.approved_at.is_some() => take_effect(state, uscc),
        Ok(_) => {}
        Err(SignError::Store(error)) => {
            return idempotency::overtaken(&mut *service.database.connection()?, key, error, now);
        }
        Err(error) => return Err(problem(&error)),
    }
    answered.ok_or_else(|| Problem::new(Code::Internal))
}

/// The signatures are on record and the enterprise is marked: what fails here is done again by the worker.
fn take_effect(state: &State, uscc: Uscc) {
    if let Err(error) = sign_off::take_effect(&state.service, uscc) {
        tracing::error!(%uscc, %error, "a signed move could not be evaluated at once");
    }
    if let Err(error) = state.anchor.drain(|_| ()) {
        tracing::error!(%uscc, %error, "a signed move could not be brought onto the ledger at once");
    }
}

fn kept(row: &SignOffRow) -> Kept {
    let state = if row.approved_at.is_some() { "approved" } else { "proposed" };
    let body = serde_json::to_string(&SignOffBody { state, record: row.record() }).unwrap_or_default();
    Kept { status: 200, location: None, body }
}

fn problem(error: &SignError) -> Problem {
    let words = Words::new(error.message(Lang::Zh), error.message(Lang::En));
    match error {
        SignError::NotRegistered => Problem::new(Code::NoRating),
        SignError::NothingWaits { .. } => Problem::new(Code::NothingToSign).detail(words),
        SignError::OtherGrade { .. } => Problem::new(Code::NothingToSign).fault("#/grade", words),
        SignError::SamePerson { .. } => Problem::new(Code::SamePerson).fault("#/by", words),
        SignError::Text { what, .. } => Problem::new(Code::InvalidBody).fault(format!("#/{what}"), words),
        SignError::Store(error) => Problem::internal(error),
    }
}
