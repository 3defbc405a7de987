//! `GET /repairs/{id}/certificate`: that a record was repaired, for third parties to check without asking anybody.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::cases::Kind;

use super::case_body::Here;
use super::case_sight;
use crate::anchoring::receipts::NoReceipt;
use crate::http::answer::Written;
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::params;
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};
use crate::repair::certificate::{self, NotGiven};

/// The certificate of a repair that its source has sent: a receipt (docs/LEDGER.md) whose fields say in plain words
/// which record was repaired on which day. Anybody checks it with `node verify` or on the Verify page.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/repairs/{id}/certificate",
    tag = "cases",
    params(
        ("id" = String, Path, description = "Id of the case"),
        ("X-Purpose" = String, Header, description = "Purpose code, such as self or supervision"),
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/json", description = "The certificate, a file"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such case, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The source has not sent the record as repaired, has taken it back, or the ledger does not hold it yet"),
        (status = 410, body = ProblemBody, content_type = "application/problem+json", description = "Its salt was destroyed"),
    ),
    security(("token" = []))
)]
pub async fn get(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&caller, &who);
    let id = params::id(&request, Code::CaseNotFound)?;
    let named = id.clone();
    let file = blocking(&state, move |state| read(state, &caller, &here, &named)).await?;
    let mut answer = Written::new(file, "application/json").answer(&request);
    let short = id.get(..16).unwrap_or(&id);
    if let Ok(value) = format!("attachment; filename=\"repair-{short}.json\"").parse() {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}

fn read(state: &State, caller: &Caller, here: &Here, id: &str) -> Result<String, Problem> {
    let mut connection = state.service.database.connection()?;
    let (row, _) = case_sight::visible(&mut connection, caller, &here.party, (id, Some(Kind::Repair)))?;
    let refused = |zh: &str, en: &str| Problem::new(Code::CaseRefused).detail(Words::new(zh, en));
    let today = state.service.clock.today();
    let made = match certificate::standing(&mut connection, &row, today) {
        Ok(made) => made,
        Err(NotGiven::NotYet) => {
            return Err(refused(
                "来源单位尚未报送该记录的修复结果，暂无修复凭证。",
                "The source has not sent the record as repaired; there is no certificate yet.",
            ));
        }
        Err(NotGiven::TakenBack) => {
            return Err(refused(
                "来源单位已撤回该修复，不再出具凭证。",
                "The source has taken the repair back; no certificate is given any more.",
            ));
        }
        Err(NotGiven::Store(error)) => return Err(error.into()),
    };
    match certificate::file(&mut connection, &state.anchor.reader(), &made) {
        Ok(file) => Ok(file),
        Err(NoReceipt::Pending) => Err(refused(
            "凭证正等待写入账本，请稍后再试。",
            "The certificate waits to be written to the ledger; try again shortly.",
        )
        .header(header::RETRY_AFTER, "2")),
        Err(NoReceipt::Erased) => Err(Problem::new(Code::Erased)),
        Err(NoReceipt::Store(error)) => Err(error.into()),
        Err(error) => Err(Problem::internal(&error)),
    }
}
