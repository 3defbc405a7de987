//! `/extracts`: a department has the granted blocks of all enterprises written into files, and fetches them.

use std::fs::File;
use std::io::{self, Read};

use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::consents::signed_in;
use crate::access::Principal;
use crate::evaluation::view::rfc3339;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::cursor::{self, List};
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params;
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};
use crate::jobs;
use crate::sharing::acts::random;
use crate::sharing::extract::{self, Extract, FILES};
use crate::sharing::requests::{self, Standing, StandingRequest};
use crate::store::DbConnection;

/// Bytes of a file that are sent together.
const PART_BYTES: usize = 64 * 1024;
const ID_BYTES: usize = 16;

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
    /// Addresses of the files, once they are made.
    pub files: Vec<String>,
}

impl ExtractBody {
    fn of(extract: &Extract, state: &str) -> Self {
        let path = |name: &&str| format!("/api/v1/extracts/{}/{name}", extract.id);
        Self {
            id: extract.id.clone(),
            request: extract.request_id.clone(),
            state: state.to_owned(),
            requested_at: rfc3339(extract.asked_at),
            made_at: extract.made_at.map(rfc3339),
            as_of: extract.as_of.map(|seq| cursor::encode(List::Changes, &seq.to_string())),
            enterprises: extract.enterprises,
            files: extract.made_at.map(|_| FILES.iter().map(path).collect()).unwrap_or_default(),
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
        return Err(Problem::new(Code::RoleRequired));
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
    let now = state.service.clock.now();
    let mut connection = state.service.database.connection()?;
    let request = in_force(&mut connection, state, who, request)?;
    match extract::next_day(&mut connection, &request, now.shanghai_date())? {
        Ok(day) if day <= now.shanghai_date() => {}
        Ok(day) => {
            return Err(Problem::new(Code::WrongStanding).detail(Words::new(
                format!("按共享申请的周期，下一次提取最早在 {day}。"),
                format!("By the cycle of the standing request the next extract can be made on {day}."),
            )));
        }
        Err(()) => {
            return Err(Problem::new(Code::WrongStanding).detail(Words::new(
                "该共享申请只可提取一次，已经提取。",
                "The standing request is for one extract, which was made.",
            )));
        }
    }
    let mut made = Extract {
        id: hex::encode(random::<ID_BYTES>()?),
        request_id: request.id,
        audience: request.audience,
        organisation: request.organisation,
        asked_by: who.id.to_string(),
        asked_at: now.0,
        job_id: String::new(),
        made_at: None,
        as_of: None,
        enterprises: None,
    };
    let kept = |made: &Extract| Kept {
        status: 202,
        location: Some(format!("/api/v1/extracts/{}", made.id)),
        body: serde_json::to_string(&ExtractBody::of(made, "queued")).unwrap_or_default(),
    };
    let task = made.id.clone();
    let submitted = state.jobs.submit_extract(&mut connection, &task, |connection, job| {
        made.job_id.clone_from(&job.id);
        extract::insert(connection, &made)?;
        match key {
            Some(key) => idempotency::keep(connection, key, &kept(&made), now.0),
            None => Ok(()),
        }
    });
    match submitted {
        Ok(_) => Ok(kept(&made)),
        Err(error) => idempotency::overtaken(&mut connection, key, error, now.0),
    }
}

/// The caller's own standing request, while it is in force.
fn in_force(
    connection: &mut DbConnection,
    state: &State,
    who: &Principal,
    id: &str,
) -> Result<StandingRequest, Problem> {
    let request = requests::find(connection, id)?.filter(|request| request.is_of(who));
    let request = request.ok_or_else(|| Problem::new(Code::StandingRequestNotFound))?;
    if request.standing(state.service.clock.now()) == Standing::Active {
        Ok(request)
    } else {
        Err(Problem::new(Code::WrongStanding))
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
        let found = own(&mut connection, &caller.principal, &id)?;
        let job = jobs::store::find(&mut connection, &found.job_id)?;
        Ok(ExtractBody::of(&found, job.as_ref().map_or("failed", |job| job.state.as_str())))
    })
    .await?;
    answer::json(&request, &body)
}

fn own(connection: &mut DbConnection, who: &Principal, id: &str) -> Result<Extract, Problem> {
    let is_own = |found: &Extract| {
        found.audience == who.audience.code()
            && Some(found.organisation.as_str()) == who.organisation.as_deref()
    };
    extract::find(connection, id)?.filter(is_own).ok_or_else(|| Problem::new(Code::ExtractNotFound))
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
        (status = 200, content_type = "application/octet-stream", description = "The file"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such file, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The standing request is no longer in force"),
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
        let mut connection = state.service.database.connection()?;
        let found = own(&mut connection, &caller.principal, &id)?;
        in_force(&mut connection, state, &caller.principal, &found.request_id)?;
        if found.made_at.is_none() {
            return Err(Problem::new(Code::ExtractNotFound));
        }
        let path = extract::folder_of(&state.service, &found.id).join(name);
        let file = File::open(path).map_err(|error| Problem::internal(&error))?;
        let bytes = file.metadata().map_err(|error| Problem::internal(&error))?.len();
        Ok((file, bytes))
    });
    let (file, bytes) = opened.await?;
    let kind = match name.rsplit('.').next() {
        Some("csv") => "text/csv; charset=utf-8",
        Some("json") => "application/json",
        Some("ndjson") => "application/x-ndjson",
        _ => "text/plain; charset=utf-8",
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(SizedStream::new(bytes, parts(file))))
}

/// A file in parts, read on threads that may wait.
fn parts(file: File) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        let read = web::block(move || {
            let mut part = vec![0; PART_BYTES];
            let count = file.read(&mut part)?;
            part.truncate(count);
            Ok::<_, io::Error>((part, file))
        });
        let (part, file) = read.await.map_err(io::Error::other)??;
        Ok((!part.is_empty()).then(|| (Bytes::from(part), file)))
    })
}
