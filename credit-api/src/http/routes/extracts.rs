//! `/extracts`: a department has the granted blocks of all enterprises written into files, and fetches them.

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::records::Lang;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Principal;
use crate::evaluation::view::rfc3339;
use crate::http::acts::{Refusal, once, signed_in};
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::cursor::{self, List};
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params;
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};
use crate::jobs;
use crate::sharing::attachment::attachment;
use crate::sharing::extract::{Extract, FILES};
use crate::sharing::fetching::{self, Refused};
use crate::store::StoreError;

/// What an extract is made under.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtractRequest {
    /// Id of a standing request that is in force.
    pub request: String,
}

/// An extract.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExtractBody {
    pub id: String,
    /// Id of the standing request.
    pub request: String,
    /// `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
    pub requested_at: String,
    pub made_at: Option<String>,
    /// Where to go on in the feed: `since` of `/changes`.
    pub as_of: Option<String>,
    pub enterprises: Option<i64>,
    /// Addresses of the files, once they are made and while they are kept.
    pub files: Vec<String>,
    /// Until when the files are kept.
    pub files_until: Option<String>,
}

impl ExtractBody {
    fn of(service: &State, extract: &Extract, state: &str) -> Self {
        let (days, now) = (service.service.config.extract_days, service.service.clock.now());
        let has_files = fetching::has_files(extract, days, now);
        let path = |name: &&str| format!("/api/v1/extracts/{}/{name}", extract.id);
        Self {
            id: extract.id.clone(),
            request: extract.request_id.clone(),
            state: state.to_owned(),
            requested_at: rfc3339(extract.asked_at),
            made_at: extract.made_at.map(rfc3339),
            as_of: extract.as_of.map(|seq| cursor::encode(List::Changes, &seq.to_string())),
            enterprises: extract.enterprises,
            files: if has_files { FILES.iter().map(path).collect() } else { Vec::new() },
            files_until: fetching::kept_until(extract, days).map(|until| rfc3339(until.0)),
        }
    }
}

/// Has the granted blocks of all enterprises written into files, as often as the request's cycle allows.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/extracts",
    tag = "sharing",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer")),
    request_body = ExtractRequest,
    responses(
        (status = 202, body = ExtractBody, description = "On its way; Location names it"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not a department"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such standing request, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The request is not in force, or its cycle allows no other extract yet"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn post(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    if !caller.principal.audience.is_department() {
        return Err(problem(&Refused::NotDepartment));
    }
    let key = Key::of(&request, &caller.principal, &[&body])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let asked: ExtractRequest = params::json(&request, &body)?;
    let who = caller.principal.clone();
    let kept = blocking(&state, move |state| submit(state, &who, &asked.request, key.as_ref())).await?;
    Ok(kept.answer())
}

fn submit(state: &State, who: &Principal, request: &str, key: Option<&Key>) -> Result<Kept, Problem> {
    let kept = |made: &Extract| Kept {
        status: 202,
        location: Some(format!("/api/v1/extracts/{}", made.id)),
        body: serde_json::to_string(&ExtractBody::of(state, made, "queued")).unwrap_or_default(),
    };
    once(state, key, kept, |also| fetching::ask(&state.service, &state.jobs, who, request, also))
}

impl Refusal for Refused {
    fn of_store(self) -> Result<StoreError, Problem> {
        match self {
            Refused::Store(error) => Ok(error),
            refused => Err(problem(&refused)),
        }
    }
}

fn problem(refused: &Refused) -> Problem {
    let said =
        |code| Problem::new(code).detail(Words::new(refused.message(Lang::Zh), refused.message(Lang::En)));
    match refused {
        Refused::NotDepartment => Problem::new(Code::RoleRequired),
        Refused::NoRequest => Problem::new(Code::StandingRequestNotFound),
        Refused::NotInForce(_) | Refused::NotBefore(_) | Refused::Once => said(Code::WrongStanding),
        Refused::NotFound => Problem::new(Code::ExtractNotFound),
        Refused::FilesGone => Problem::new(Code::FilesGone),
        Refused::Io(error) => Problem::internal(error),
        Refused::Store(error) => Problem::internal(error),
    }
}

/// How far an extract is, and where its files are.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/extracts/{id}",
    tag = "sharing",
    params(("id" = String, Path, description = "Id of the extract")),
    responses(
        (status = 200, body = ExtractBody, description = "The extract"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such extract, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let id = params::id(&request, Code::ExtractNotFound)?;
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let found =
            fetching::own(&mut connection, &caller.principal, &id).map_err(|error| problem(&error))?;
        let job = jobs::store::find(&mut connection, &found.job_id)?;
        Ok(ExtractBody::of(state, &found, job.as_ref().map_or("failed", |job| job.state.as_str())))
    })
    .await?;
    answer::json(&request, &body)
}

/// A file of an extract: `extract.ndjson`, `extract.csv`, `manifest.json`, `manifest.sig`; while the standing request
/// is in force.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/extracts/{id}/{file}",
    tag = "sharing",
    params(
        ("id" = String, Path, description = "Id of the extract"),
        ("file" = String, Path, description = "Name of the file"),
    ),
    responses(
        (status = 200, description = "The file, kept under its name", content(
            (Object = "application/json"),
            (String = "application/x-ndjson"),
            (String = "text/csv"),
            (String = "text/plain")
        )),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such file, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The standing request is no longer in force"),
        (status = 410, body = ProblemBody, content_type = "application/problem+json", description = "The files are no longer kept"),
    ),
    security(("token" = []))
)]
pub async fn file(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let id = params::id(&request, Code::ExtractNotFound)?;
    let asked = request.match_info().get("file").unwrap_or_default();
    let name = FILES.into_iter().find(|name| *name == asked);
    let name = name.ok_or_else(|| Problem::new(Code::ExtractNotFound))?;
    let opened = blocking(&state, move |state| {
        fetching::open(&state.service, &caller.principal, &id, name).map_err(|refused| problem(&refused))
    });
    let (file, bytes) = opened.await?;
    Ok(attachment(name, file, bytes))
}
