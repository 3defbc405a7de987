//! `GET /jobs/{id}`, `DELETE /jobs/{id}`.

use std::sync::atomic::Ordering;

use actix_web::{HttpRequest, HttpResponse};
use credit_core::records::Lang;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Block, Subject};
use crate::evaluation::view::rfc3339;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, State, blocking};
use crate::jobs::store::{self, JobRow};
use crate::jobs::{Cancel, Phase, SCREENING_LETTER};
use crate::screening;

const ACCEPTED: u16 = 202;

/// Long work and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JobBody {
    pub id: String,
    /// `batch`: a received file into facts, ratings and the ledger; `extract`: files for a department; `screening`:
    /// names against the enterprises.
    pub kind: String,
    /// `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
    /// While running: `waiting`, `receiving`, `evaluating`, `anchoring`, `extracting` or `screening`.
    pub phase: Option<&'static str>,
    pub progress: Progress,
    /// The batch, once the file is taken.
    pub batch_id: Option<String>,
    pub error: Option<JobErrorBody>,
    pub created_at: String,
    pub updated_at: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Progress {
    pub rows_done: u64,
    /// `null` until the file is read to its end.
    pub rows_total: Option<u64>,
    pub bytes_done: u64,
    pub bytes_total: u64,
    pub enterprises_done: u64,
    pub enterprises_total: u64,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JobErrorBody {
    pub code: String,
    pub message: String,
}

/// A job as it is shown.
///
/// # Errors
/// The database's.
pub fn body_of(state: &State, row: &JobRow, lang: Lang) -> Result<JobBody, Problem> {
    let bytes_total = if row.kind == store::BATCH { row.batch_task()?.bytes } else { 0 };
    let live = if row.is_finished() { None } else { state.jobs.live(&row.id) };
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let progress = match &live {
        Some(live) => Progress {
            rows_done: live.rows_done.load(Ordering::Relaxed),
            rows_total: None,
            bytes_done: live.bytes_done.load(Ordering::Relaxed),
            bytes_total,
            enterprises_done: live.enterprises_done.load(Ordering::Relaxed),
            enterprises_total: live.enterprises_total.load(Ordering::Relaxed),
        },
        None => Progress {
            rows_done: count(row.done),
            rows_total: Some(count(row.total)),
            bytes_done: if row.state == store::State::Succeeded.as_str() { bytes_total } else { 0 },
            bytes_total,
            enterprises_done: 0,
            enterprises_total: 0,
        },
    };
    let error = row.failure().map(|error| JobErrorBody {
        code: error.code,
        message: if lang == Lang::Zh { error.zh } else { error.en },
    });
    Ok(JobBody {
        id: row.id.clone(),
        kind: row.kind.clone(),
        state: row.state.clone(),
        phase: live
            .as_ref()
            .map(|live| live.phase())
            .or_else(|| (!row.is_finished()).then_some(Phase::Waiting))
            .map(Phase::as_str),
        progress,
        batch_id: row.batch_id.clone(),
        error,
        created_at: rfc3339(row.created_at),
        updated_at: rfc3339(row.updated_at),
    })
}

/// How far a job is.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{id}",
    tag = "intake",
    params(("id" = String, Path, description = "Job id")),
    responses(
        (status = 200, body = JobBody, description = "The job"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such job"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::JobNotFound)?;
    allowed(&state, &caller, &id).await?;
    let body = blocking(&state, move |state| show(state, &id, caller.lang)).await?;
    answer::json(&request, &body)
}

/// A job belongs to the running of the service; a screening also to whoever asked for it.
async fn allowed(state: &Shared, caller: &Caller, id: &str) -> Result<(), Problem> {
    if id.starts_with(SCREENING_LETTER) && !caller.principal.is_anonymous() {
        let (who, id) = (caller.principal.clone(), id.to_owned());
        let is_own = blocking(state, move |state| {
            let row = screening::store::of_job(&mut *state.service.database.connection()?, &id)?;
            Ok(row.is_some_and(|row| row.is_of(&who)))
        });
        if is_own.await? {
            return Ok(());
        }
    }
    caller.needs(Subject::Zone, Block::Delivery).map(|_| ())
}

fn show(state: &State, id: &str, lang: Lang) -> Result<JobBody, Problem> {
    let row = store::find(&mut *state.service.database.connection()?, id)?;
    body_of(state, &row.ok_or_else(|| Problem::new(Code::JobNotFound))?, lang)
}

/// Asks a job to stop; nothing of its file is then taken.
///
/// # Errors
/// Problems.
#[utoipa::path(
    delete,
    path = "/api/v1/jobs/{id}",
    tag = "intake",
    params(
        ("id" = String, Path, description = "Job id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key within 24 hours: the same answer"),
    ),
    responses(
        (status = 202, body = JobBody, description = "The job will stop"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Unusable Idempotency-Key"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such job"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Too late, or the idempotency key was used for another request"),
    ),
    security(("token" = []))
)]
pub async fn cancel(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::JobNotFound)?;
    allowed(&state, &caller, &id).await?;
    let key = Key::of(&request, &caller.principal, &[])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let kept = blocking(&state, move |state| stop(state, &id, key.as_ref(), caller.lang)).await?;
    Ok(kept.answer())
}

fn stop(state: &State, id: &str, key: Option<&Key>, lang: Lang) -> Result<Kept, Problem> {
    let now = state.service.clock.now().0;
    let kept = Kept { status: ACCEPTED, location: None, body: json(&show(state, id, lang)?)? };
    let asked = state.jobs.cancel(id, |connection| match key {
        Some(key) => idempotency::keep(connection, key, &kept, now),
        None => Ok(()),
    });
    match asked {
        Ok(Cancel::Asked) => Ok(kept),
        Ok(Cancel::TooLate) => Err(Problem::new(Code::JobFinished)),
        Ok(Cancel::Unknown) => Err(Problem::new(Code::JobNotFound)),
        Err(error) => idempotency::overtaken(&mut *state.service.database.connection()?, key, error, now),
    }
}

fn json(body: &JobBody) -> Result<String, Problem> {
    serde_json::to_string(body).map_err(|error| Problem::internal(&error))
}
