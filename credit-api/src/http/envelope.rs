//! Around every request: its name, who asks, how often; around every answer: errors in the reader's language,
//! security headers, counters.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse};
use credit_core::records::Lang;
use sha2::{Digest, Sha256};

use super::answer::BodyDigest;
use super::authenticate::{self, Known};
use super::caller::{self, Caller};
use super::metrics;
use super::problem::{Code, MEDIA_TYPE, Problem};
use super::rate_limit::{self, Verdict};
use super::state::{Shared, State, blocking};
use crate::access::{Look, Looks, Principal};
use crate::identity::SignedIn;
use crate::{access_log, consents};

/// No script, style or picture from elsewhere, no frame around us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const SECURITY: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// The name of a request, kept for its handlers.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The envelope, for `actix_web::middleware::from_fn`.
///
/// # Errors
/// Only what no service below makes an answer of.
pub async fn envelope(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let Some(state) = request.app_data::<Shared>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError()));
    };
    let id = caller::request_id(request.headers());
    let trace = caller::traceparent(request.headers());
    let lang = caller::lang(request.headers());
    let who = authenticate::who(&request, &state).await;
    let known = who.as_ref().ok().and_then(Option::as_ref);
    let verdict = count(&request, &state, known.map(AsRef::as_ref));
    let refused = known.and_then(|known| authenticate::admit(&request, known).err());
    let watched = introduce(&request, &state, who);
    request.extensions_mut().insert(RequestId(id.clone()));
    let answered = match (verdict, refused) {
        (Some(verdict), _) if !verdict.allowed => {
            let problem = Problem::new(Code::TooManyRequests)
                .header(header::RETRY_AFTER, verdict.retry_after.to_string());
            request.error_response(problem)
        }
        (_, Some(problem)) => request.error_response(problem),
        // No clone of the request may be kept: routing takes it apart. Handlers' errors are answers by then.
        _ => next.call(request).await?.map_into_boxed_body(),
    };
    let answer = in_words(answered, lang, &id);
    let mut answer = logged(answer, &state, watched, lang, &id).await;
    let headers = answer.headers_mut();
    for (name, value) in SECURITY {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    put(headers, "x-request-id", &id);
    if let Some(trace) = &trace {
        put(headers, "traceparent", trace);
    }
    if let Some(verdict) = &verdict {
        put(headers, "ratelimit-policy", &verdict.policy());
        put(headers, "ratelimit", &verdict.state());
    }
    told(&answer, &id, trace.as_deref(), started);
    Ok(answer)
}

/// Tells the handlers who asks.
fn introduce(request: &ServiceRequest, state: &Shared, who: Result<Known, Problem>) -> Option<Watched> {
    let principal = match &who {
        Ok(Some(known)) => Ok(known.principal.clone()),
        Ok(None) => Ok(Principal::anonymous()),
        Err(problem) => Err(problem.clone()),
    };
    let looks = Looks::default();
    let caller = principal
        .and_then(|principal| Caller::read(request.headers(), principal, &state.service, looks.clone()));
    let watched = caller
        .as_ref()
        .ok()
        .map(|caller| Watched { principal: caller.principal.clone(), looks: looks.clone() });
    let mut extensions = request.extensions_mut();
    extensions.insert(caller);
    // Pages do not ask through a caller; they note what they show here.
    extensions.insert(looks);
    match who {
        Ok(Some(known)) => {
            authenticate::note_use(state, &known);
            extensions.insert(known);
        }
        Ok(None) => {}
        Err(problem) => drop(extensions.insert(problem)),
    }
    watched
}

/// Who asked, what for, and what the handler looked at for them.
struct Watched {
    principal: Principal,
    looks: Looks,
}

/// Lets the answer go once its looks at what is not public are on the disk; without them nothing leaves.
async fn logged(
    answer: ServiceResponse<BoxBody>,
    state: &Shared,
    watched: Option<Watched>,
    lang: Lang,
    id: &str,
) -> ServiceResponse<BoxBody> {
    let Some(Watched { principal, looks }) = watched else { return answer };
    let looks: Vec<Look> = looks.take().into_iter().filter(|look| !look.public).collect();
    if looks.is_empty() {
        return answer;
    }
    let status = answer.status().as_u16();
    let (answer, result) = digest_of(answer);
    let at_ms = state.service.clock.now().0;
    let request = access_log::Request { at_ms, id, principal: &principal, result, status };
    let rows = access_log::rows(&request, &looks);
    let used: Vec<String> =
        rows.iter().filter(|row| !row.shown.is_empty()).filter_map(|row| row.consent.clone()).collect();
    let written = match state.access_log.write(rows).await {
        Ok(()) => note_consents(state, used).await,
        Err(error) => {
            tracing::error!(%error, request = id, "a look could not be recorded, so nothing is shown");
            Err(Problem::new(Code::Busy))
        }
    };
    match written {
        Ok(()) => answer,
        Err(problem) => {
            let path = answer.request().path().to_owned();
            answer.into_response(problem.response(lang, &path, id))
        }
    }
}

/// A consent for a single look holds for the day of the first.
async fn note_consents(state: &Shared, used: Vec<String>) -> Result<(), Problem> {
    if used.is_empty() {
        return Ok(());
    }
    blocking(state, move |state| {
        let now = state.service.clock.now();
        let mut connection = state.service.database.connection()?;
        for id in used {
            consents::note_look(&mut connection, &id, now)?;
        }
        Ok(())
    })
    .await
}

/// The answer, and the SHA-256 of its body where that is in memory.
fn digest_of(answer: ServiceResponse<BoxBody>) -> (ServiceResponse<BoxBody>, Option<String>) {
    let (request, response) = answer.into_parts();
    let known = response.extensions().get::<BodyDigest>().map(|digest| digest.0);
    let (head, body) = response.into_parts();
    match body.try_into_bytes() {
        Ok(bytes) => {
            let digest = (!bytes.is_empty())
                .then(|| hex::encode(known.unwrap_or_else(|| Sha256::digest(&bytes).into())));
            (ServiceResponse::new(request, head.set_body(BoxBody::new(bytes))), digest)
        }
        Err(body) => (ServiceResponse::new(request, head.set_body(body)), None),
    }
}

/// Pages and the ledger are made for caches; what costs a database is counted.
fn count(request: &ServiceRequest, state: &State, known: Option<&SignedIn>) -> Option<Verdict> {
    if !request.path().starts_with("/api/") {
        return None;
    }
    let anybody = Principal::anonymous();
    let principal = known.map_or(&anybody, |known| &known.principal);
    let quota = authenticate::quota(known, state);
    let caller = rate_limit::Caller::of(principal, request.peer_addr().map(|peer| peer.ip()));
    Some(state.limiter.take(caller, quota, state.service.clock.now().0))
}

/// Writes every error as a problem in the reader's language. What the ledger says stays: its readers are
/// programs of a standard that knows no problems.
fn in_words(answer: ServiceResponse<BoxBody>, lang: Lang, id: &str) -> ServiceResponse<BoxBody> {
    let status = answer.status();
    let path = answer.request().path().to_owned();
    if !(status.is_client_error() || status.is_server_error()) || path.starts_with("/ledger/") {
        return answer;
    }
    let own = answer.response().error().and_then(|error| error.as_error::<Problem>()).cloned();
    let is_page = own.is_none()
        && answer
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let is_written = own.is_none()
        && answer
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes() == MEDIA_TYPE.as_bytes());
    // A fenced process says where it stands, with the status that takes it out of a balancer.
    let is_readiness = own.is_none() && path == "/readyz";
    if is_page || is_written || is_readiness {
        return answer;
    }
    if status.is_server_error()
        && own.is_none()
        && let Some(error) = answer.response().error()
    {
        tracing::error!(%error, request = id, "a request failed below its handler");
    }
    let problem = own.unwrap_or_else(|| Problem::of_status(status));
    let allow = answer.headers().get(header::ALLOW).cloned();
    let mut written = problem.response(lang, &path, id);
    if let Some(allow) = allow {
        written.headers_mut().insert(header::ALLOW, allow);
    }
    answer.into_response(written)
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

fn told(answer: &ServiceResponse<BoxBody>, id: &str, trace: Option<&str>, started: Instant) {
    let request = answer.request();
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let took = started.elapsed();
    metrics::request(request.method().as_str(), &route, answer.status().as_u16(), took);
    tracing::debug!(
        request = id,
        trace,
        method = %request.method(),
        route,
        status = answer.status().as_u16(),
        took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
}
