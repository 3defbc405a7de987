//! `/screenings`: names and codes of others against the enterprises here and the lists they are on.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::records::Lang;
use credit_core::screening::{Use, Uses};
use credit_core::uscc::Uscc;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::jobs::{JobBody, body_of};
use super::upload::{refuse_forms, streamed};
use crate::access::{Block, Outcome, Subject};
use crate::evaluation::view::rfc3339;
use crate::http::acts::signed_in;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::problem_texts;
use crate::http::state::{Shared, State, blocking};
use crate::jobs;
use crate::screening::acts::{self, Asker, FILES, Place, Refused};
use crate::screening::matching::{Screened, Screening, ScreeningError, TakenApart};
use crate::screening::store::ScreeningRow;
use crate::screening::{
    ANONYMOUS_MAX, AT_ONCE_MATCHES_MAX, AT_ONCE_MAX, Against, Asked, BODY_BYTES_MAX, FILE_BYTES_MAX,
    NAMES_MAX, REFERENCE_CHARS_MAX, Way, reviews,
};
use crate::sharing::attachment::attachment;
use crate::store::StoreError;

/// The use when none is named.
pub(crate) const USE_DEFAULT: &str = "list_check";
const ACCEPTED: u16 = 202;

/// Names to be screened.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreeningRequest {
    /// `list_check` (default), `onboarding` or `payment`: each has a threshold of its own.
    #[serde(rename = "use")]
    pub used_for: Option<String>,
    /// `list` (default): enterprises on a statutory list today; `enterprises`: all that are registered here;
    /// `watch_list`: for whoever may see it of many at once.
    pub against: Option<Vec<String>>,
    /// Shows reviewed false positives as well.
    #[serde(default)]
    pub include_reviewed: bool,
    pub names: Vec<NameIn>,
}

/// A name, a code or both.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameIn {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uscc: Option<String>,
    /// The asker's own number, at most 64 characters; it comes back with the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What came of a few names.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScreeningBody {
    #[serde(rename = "use")]
    pub used_for: String,
    /// Thousandths: the score from which on a match is shown.
    pub threshold: u16,
    /// Why it is that.
    pub threshold_reason: String,
    #[schema(value_type = Vec<String>)]
    pub against: Vec<Against>,
    /// Names received up to then were compared with; lists are those of the moment.
    pub names_known_at: Option<String>,
    /// In the order of the question.
    pub items: Vec<Screened>,
}

/// A screening that a job makes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScreeningState {
    pub id: String,
    pub job_id: String,
    /// `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
    #[serde(rename = "use")]
    pub used_for: String,
    #[schema(value_type = Vec<String>)]
    pub against: Vec<Against>,
    pub asked_at: String,
    pub made_at: Option<String>,
    /// Names screened, names with a match, names that could not be screened.
    pub rows: Option<i64>,
    pub matched: Option<i64>,
    pub failed: Option<i64>,
    /// Addresses of the results, once they are made and while they are kept.
    pub files: Vec<String>,
    pub files_until: Option<String>,
}

/// A screening and its job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScreeningTaken {
    pub screening: ScreeningState,
    pub job: JobBody,
}

impl ScreeningState {
    pub(super) fn of(state: &State, row: &ScreeningRow, job: &str) -> Self {
        let (days, now) = (state.service.config.extract_days, state.service.clock.now());
        let path = |name: &&str| format!("/api/v1/screenings/{}/{name}", row.id);
        let has_files = acts::has_files(row, days, now);
        Self {
            id: row.id.clone(),
            job_id: row.job_id.clone(),
            state: job.to_owned(),
            used_for: row.used_for.clone(),
            against: row.way().against,
            asked_at: rfc3339(row.asked_at),
            made_at: row.made_at.map(rfc3339),
            rows: row.row_count,
            matched: row.matched,
            failed: row.failed,
            files: if has_files { FILES.iter().map(path).collect() } else { Vec::new() },
            files_until: acts::kept_until(row, days).map(|until| rfc3339(until.0)),
        }
    }
}

/// Screens names and codes: up to 200 are answered at once (20 without signing in); up to 10 000 in a body of JSON, or
/// a file of up to 200 000 rows, make a job, whose results are files.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/screenings",
    tag = "screening",
    params(
        ("use" = Option<String>, Query, description = "With a file: list_check (default), onboarding or payment"),
        ("against" = Option<String>, Query, description = "With a file: list (default), enterprises, watch_list, separated by commas"),
        ("include_reviewed" = Option<bool>, Query, description = "With a file: shows reviewed false positives as well"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code; needed for the watch list"),
        ("Idempotency-Key" = Option<String>, Header, description = "For a job: the same key and names within 24 hours: the same answer"),
    ),
    request_body(
        content(
            (ScreeningRequest = "application/json"),
            (String = "text/csv"),
            (String = "application/x-ndjson"),
            (String = "application/octet-stream"),
        ),
        description = "Names as JSON; or a file (CSV, XLSX, NDJSON) with the columns name, uscc, reference, of which name or uscc is needed",
    ),
    responses(
        (status = 200, body = ScreeningBody, description = "What each name is matched to"),
        (status = 202, body = ScreeningTaken, description = "A job; Location names it"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body or parameter"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "The watch list is not shown to this caller"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Idempotency key used for another request"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "Too large"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "A form"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "The service was started a moment ago and reads the names"),
    ),
    security((), ("token" = []))
)]
pub async fn post(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    refuse_forms(&request)?;
    if is_json(&request) {
        few(state, caller, request, payload).await
    } else {
        file_of(state, caller, request, payload).await
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let kind =
        request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

async fn few(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let limit = match caller.principal.is_anonymous() {
        true => u64::try_from(state.limits.body_bytes).unwrap_or(u64::MAX).min(BODY_BYTES_MAX),
        false => BODY_BYTES_MAX,
    };
    let body = streamed(&request, payload, limit, |mut parts| {
        let mut bytes = Vec::new();
        parts.read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let body = body.await?;
    let asked: ScreeningRequest = params::json(&request, &body)?;
    let against: Option<Vec<&str>> =
        asked.against.as_ref().map(|codes| codes.iter().map(String::as_str).collect());
    let wrong =
        |field: &str, words: Words| Problem::new(Code::InvalidBody).fault(format!("#/{field}"), words);
    let way = way(asked.used_for.as_deref(), against, asked.include_reviewed, &wrong)?;
    let count = asked.names.len();
    if count == 0 || count > NAMES_MAX {
        let words = Words::new(format!("应为 1 至 {NAMES_MAX} 个"), format!("expected 1 to {NAMES_MAX}"));
        return Err(wrong("names", words));
    }
    may_screen(&caller, &way)?;
    if caller.principal.is_anonymous() && count > ANONYMOUS_MAX {
        return Err(Problem::new(Code::SignInRequired));
    }
    if count > AT_ONCE_MAX {
        let key = Key::of(&request, &caller.principal, &[&body])?;
        let names = asked.names;
        return taken(state, caller, key, way, move |path| write_names(path, &names)).await;
    }
    let lang = caller.lang;
    let lines: Vec<Result<Asked, Box<Screened>>> =
        asked.names.into_iter().map(|one| read(one, lang)).collect();
    let body = blocking(&state, move |state| answer_few(state, &caller, way, lines)).await?;
    answer::json(&request, &body)
}

/// What the caller has to see for this to be answered.
fn may_screen(caller: &Caller, way: &Way) -> Result<(), Problem> {
    caller.needs(Subject::Many, Block::Identity)?;
    caller.needs(Subject::Many, Block::Lists)?;
    if way.has(Against::WatchList) {
        caller.needs_full(Subject::Many, Block::WatchList)?;
    }
    Ok(())
}

fn way(
    used_for: Option<&str>,
    against: Option<Vec<&str>>,
    include_reviewed: bool,
    wrong: &dyn Fn(&str, Words) -> Problem,
) -> Result<Way, Problem> {
    let used_for = used_for.unwrap_or(USE_DEFAULT);
    if Uses::embedded().get(used_for).is_none() {
        let known: Vec<&str> = Uses::embedded().all().iter().map(|one| one.name.as_str()).collect();
        return Err(wrong("use", one_of(&known)));
    }
    let codes = against.unwrap_or_else(|| vec![Against::List.code()]);
    let mut against = Vec::new();
    for code in codes {
        let one = Against::of_code(code.trim());
        against.push(one.ok_or_else(|| wrong("against", one_of(&Against::ALL.map(Against::code))))?);
    }
    against.sort_unstable();
    against.dedup();
    if against.is_empty() {
        return Err(wrong("against", one_of(&Against::ALL.map(Against::code))));
    }
    Ok(Way { r#use: used_for.to_owned(), against, include_reviewed })
}

fn one_of(known: &[&str]) -> Words {
    let known = known.join(", ");
    Words::new(format!("应为 {known} 之一"), format!("expected one of {known}"))
}

/// A name as it is screened, or what is wrong with it: one bad name costs itself alone.
pub(crate) fn read(one: NameIn, lang: Lang) -> Result<Asked, Box<Screened>> {
    let failed = |words: Words| {
        let reference = one.reference.as_deref().map(|text| text.chars().take(REFERENCE_CHARS_MAX).collect());
        Box::new(Screened {
            name: one.name.clone(),
            reference,
            ..Screened::failed(words.in_lang(lang).to_owned())
        })
    };
    if one.reference.as_deref().is_some_and(|text| text.chars().count() > REFERENCE_CHARS_MAX) {
        return Err(failed(Words::new(
            format!("reference 超过 {REFERENCE_CHARS_MAX} 个字符"),
            format!("reference has more than {REFERENCE_CHARS_MAX} characters"),
        )));
    }
    let uscc = match one.uscc.as_deref().map(Uscc::parse).transpose() {
        Ok(uscc) => uscc,
        Err(error) => return Err(failed(problem_texts::uscc(&error))),
    };
    Ok(Asked { name: one.name, uscc, reference: one.reference })
}

fn answer_few(
    state: &State,
    caller: &Caller,
    way: Way,
    lines: Vec<Result<Asked, Box<Screened>>>,
) -> Result<ScreeningBody, Problem> {
    let purpose = purpose_of(&way)?;
    let sees_watch =
        |uscc: &Uscc| caller.may(Subject::Among(uscc.as_str()), Block::WatchList).outcome == Outcome::Full;
    let names = state.jobs.names();
    let names_known_at = names.held().map(|held| held.known_at).filter(|at| *at > 0);
    let screening = Screening {
        names,
        way: &way,
        purpose,
        today: state.service.clock.today(),
        lang: caller.lang,
        owner: &reviews::owner_of(&caller.principal),
        most: AT_ONCE_MATCHES_MAX,
        taken_apart: &TakenApart::default(),
        sees_watch: &sees_watch,
    };
    let asked: Vec<Asked> = lines.iter().filter_map(|line| line.as_ref().ok().cloned()).collect();
    let answered = screening.answer(&mut *state.service.database.connection()?, &asked).map_err(not_now)?;
    let mut answered = answered.into_iter();
    let items = lines.into_iter().filter_map(|line| match line {
        Ok(_) => answered.next(),
        Err(failed) => Some(*failed),
    });
    let reason = if caller.lang == Lang::Zh { &purpose.reason_zh } else { &purpose.reason_en };
    Ok(ScreeningBody {
        used_for: purpose.name.clone(),
        threshold: purpose.threshold,
        threshold_reason: reason.clone(),
        names_known_at: names_known_at.map(rfc3339),
        items: items.collect(),
        against: way.against,
    })
}

fn purpose_of(way: &Way) -> Result<&'static Use, Problem> {
    Uses::embedded().get(&way.r#use).ok_or_else(|| Problem::new(Code::InvalidBody))
}

fn not_now(error: ScreeningError) -> Problem {
    match error {
        ScreeningError::NotReady => Problem::new(Code::Busy),
        ScreeningError::Store(error) => error.into(),
    }
}

async fn file_of(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let params = Params::of(&request)?;
    let against = params.text("against").map(|codes| codes.split(',').collect());
    let reviewed = params.yes_or_no("include_reviewed")?.unwrap_or(false);
    let wrong = |field: &str, words: Words| Problem::parameter(field, words.zh, words.en);
    let way = way(params.text("use"), against, reviewed, &wrong)?;
    may_screen(&caller, &way)?;
    let place =
        blocking(&state, |state| Place::new(&state.service).map_err(|error| Problem::internal(&error)))
            .await?;
    let path = place.input();
    let kept = streamed(&request, payload, FILE_BYTES_MAX, move |mut parts| {
        let mut hasher = Sha256::new();
        let mut file = File::create(path)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = parts.read(&mut buffer)?;
            let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else { break };
            hasher.update(part);
            file.write_all(part)?;
        }
        file.sync_all()?;
        Ok(hasher.finalize())
    });
    let digest = kept.await?;
    let key = Key::of(&request, &caller.principal, &[&digest, request.query_string().as_bytes()])?;
    taken_at(state, caller, key, way, place).await
}

/// A job of names that are written first.
async fn taken(
    state: Shared,
    caller: Caller,
    key: Option<Key>,
    way: Way,
    write: impl FnOnce(&Path) -> io::Result<()> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let place = blocking(&state, move |state| {
        let place = Place::new(&state.service).map_err(|error| Problem::internal(&error))?;
        write(&place.input()).map_err(|error| Problem::internal(&error))?;
        Ok(place)
    });
    let place = place.await?;
    taken_at(state, caller, key, way, place).await
}

async fn taken_at(
    state: Shared,
    caller: Caller,
    key: Option<Key>,
    way: Way,
    place: Place,
) -> Result<HttpResponse, Problem> {
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let kept = blocking(&state, move |state| take(state, &caller, key.as_ref(), &way, place)).await?;
    Ok(kept.answer())
}

fn take(state: &State, caller: &Caller, key: Option<&Key>, way: &Way, place: Place) -> Result<Kept, Problem> {
    let now = state.service.clock.now().0;
    let asker = Asker { who: &caller.principal, purpose: caller.purpose, lang: caller.lang };
    let mut answered = None;
    let asked = acts::ask(&state.service, &state.jobs, &asker, (place, way), |connection, row, job| {
        let body = body_of(state, job, caller.lang).map_err(|problem| StoreError::Damaged {
            what: "job",
            key: job.id.clone(),
            why: problem.to_string(),
        })?;
        let taken = ScreeningTaken { screening: ScreeningState::of(state, row, &job.state), job: body };
        let kept = Kept {
            status: ACCEPTED,
            location: Some(format!("/api/v1/jobs/{}", job.id)),
            body: serde_json::to_string(&taken).unwrap_or_default(),
        };
        if let Some(key) = key {
            idempotency::keep(connection, key, &kept, now)?;
        }
        answered = Some(kept);
        Ok(())
    });
    match asked {
        Ok(_) => answered.ok_or_else(|| Problem::new(Code::Internal)),
        Err(error) => idempotency::overtaken(&mut *state.service.database.connection()?, key, error, now),
    }
}

pub(crate) fn write_names(path: &Path, names: &[NameIn]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for name in names {
        serde_json::to_writer(&mut file, name)?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    file.get_ref().sync_all()
}

/// How far a screening is, and where its results are.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/screenings/{id}",
    tag = "screening",
    params(("id" = String, Path, description = "Id of the screening")),
    responses(
        (status = 200, body = ScreeningState, description = "The screening"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such screening, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let id = params::id(&request, Code::ScreeningNotFound)?;
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let row = acts::own(&mut connection, &caller.principal, &id).map_err(refused)?;
        let job = jobs::store::find(&mut connection, &row.job_id)?;
        Ok(ScreeningState::of(state, &row, job.as_ref().map_or("failed", |job| job.state.as_str())))
    })
    .await?;
    answer::json(&request, &body)
}

/// The results of a screening: `results.ndjson`, an object for each name, or `results.csv`, a row for each match.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/screenings/{id}/{file}",
    tag = "screening",
    params(
        ("id" = String, Path, description = "Id of the screening"),
        ("file" = String, Path, description = "results.ndjson or results.csv"),
    ),
    responses(
        (status = 200, description = "The file", content(
            (String = "application/x-ndjson"),
            (String = "text/csv")
        )),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such results, or not yours"),
        (status = 410, body = ProblemBody, content_type = "application/problem+json", description = "The results are no longer kept"),
    ),
    security(("token" = []))
)]
pub async fn file(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let id = params::id(&request, Code::ScreeningNotFound)?;
    let asked = request.match_info().get("file").unwrap_or_default();
    let name = FILES.into_iter().find(|name| *name == asked);
    let name = name.ok_or_else(|| Problem::new(Code::ScreeningNotFound))?;
    let opened = blocking(&state, move |state| {
        acts::open(&state.service, &caller.principal, &id, name).map_err(refused)
    });
    let (file, bytes) = opened.await?;
    Ok(attachment(name, file, bytes))
}

fn refused(error: Refused) -> Problem {
    match error {
        Refused::NotFound => Problem::new(Code::ScreeningNotFound),
        Refused::FilesGone => Problem::new(Code::FilesGone),
        Refused::Io(error) => Problem::internal(&error),
        Refused::Store(error) => error.into(),
    }
}
