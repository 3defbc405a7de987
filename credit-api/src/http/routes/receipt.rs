//! `GET /enterprises/{uscc}/receipt`: the whole statement, opened, with its proof.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Block, Subject};
use crate::anchoring::receipts::{self, Format, NoReceipt};
use crate::http::answer::Written;
use crate::http::caller::Caller;
use crate::http::params;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::registry;

/// The verifiable receipt of the rating in force, or of an earlier one; `node verify` checks it without this service.
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
        ("seq" = Option<i64>, Query, description = "Number of a rating in the enterprise's history; the one in force without it. Needs the block `history` too"),
        ("format" = Option<String>, Query, description = "json (default) or tlog-proof; `Accept: text/x.tlog-proof` asks for the latter too"),
    ),
    responses(
        (status = 200, description = "The receipt, as docs/LEDGER.md describes it; or the bare C2SP proof with the entry in its extra line",
            content((Object = "application/json"), (String = "text/x.tlog-proof"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Unknown format"),
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
    let caller = caller.about(&state, uscc).await?;
    caller.needs_full(Subject::One(uscc.as_str()), Block::Receipt)?;
    let params = params::Params::of(&request)?;
    let format = asked(&params, &request)?;
    let seq = params.number("seq", 1, i64::MAX)?;
    if seq.is_some() {
        caller.needs_full(Subject::One(uscc.as_str()), Block::History)?;
    }
    let receipt = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        match receipts::of_enterprise(&mut connection, &state.anchor.reader(), uscc.as_str(), seq, format) {
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
    let mut answer = Written::new(receipt, format.media_type()).answer(&request);
    let name = format!("attachment; filename=\"receipt-{uscc}.{}\"", format.ending());
    if let Ok(value) = name.parse() {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}

/// By the query, else by what the caller accepts. Whoever accepts JSON as well gets the whole receipt.
fn asked(params: &params::Params, request: &HttpRequest) -> Result<Format, Problem> {
    if let Some(name) = params.one_of("format", &Format::NAMES)? {
        return Ok(Format::of(name).unwrap_or_default());
    }
    let accept =
        request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts = |kind: &str| {
        accept.split(',').any(|item| item.split(';').next().is_some_and(|name| name.trim() == kind))
    };
    let wants_proof = accepts(Format::TlogProof.media_type()) && !accepts(Format::Json.media_type());
    Ok(if wants_proof { Format::TlogProof } else { Format::Json })
}
