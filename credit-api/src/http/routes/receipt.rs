//! `GET /enterprises/{uscc}/receipt`: the whole statement, opened, with its proof.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use crate::access::Block;
use crate::anchoring::receipts::{self, NoReceipt};
use crate::http::answer::Written;
use crate::http::caller::Caller;
use crate::http::params;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::registry;

/// The verifiable receipt of the rating in force; `node verify` checks it without this service.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}/receipt",
    tag = "ratings",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("X-Purpose" = String, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = Object, description = "The receipt, as docs/LEDGER.md describes it"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise, or no rating"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Not on the ledger yet"),
        (status = 410, body = ProblemBody, content_type = "application/problem+json", description = "Erased"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    caller.needs(Block::Receipt)?;
    let receipt = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        match receipts::current(&mut connection, &state.anchor.reader(), uscc.as_str()) {
            Ok(receipt) => Ok(receipt),
            Err(NoReceipt::NoRating(_)) => {
                let known = registry::find(&mut connection, uscc.as_str())?.is_some();
                Err(Problem::new(if known { Code::NoRating } else { Code::EnterpriseNotFound }))
            }
            Err(NoReceipt::Pending) => {
                Err(Problem::new(Code::RatingPending).header(header::RETRY_AFTER, "2"))
            }
            Err(NoReceipt::Erased) => Err(Problem::new(Code::Erased)),
            Err(NoReceipt::Store(error)) => Err(error.into()),
            Err(error) => Err(Problem::internal(&error)),
        }
    })
    .await?;
    let mut answer = Written::new(receipt, "application/json").answer(&request);
    let name = format!("attachment; filename=\"receipt-{uscc}.json\"");
    if let Ok(value) = name.parse() {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}
