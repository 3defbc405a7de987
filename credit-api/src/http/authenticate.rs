//! Who sends a request: by the administrator's token, an API key or the portal's cookie. What a key may be used for
//! and that a cookie alone changes nothing is seen to here, before any handler.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::problem::{Code, Problem, Words};
use super::rate_limit::{self, Quota};
use super::state::{Shared, State, blocking};
use super::tls::ClientCertificate;
use crate::access::{Audience, Principal};
use crate::identity::scopes::Scope;
use crate::identity::{Actor, IdentityError, Means, SignedIn, keys, secrets};
use crate::portal::service::SESSION_COOKIE;

/// Header that shows that a request with a cookie was made by a page that may read answers of ours.
pub const CSRF: &str = "x-csrf-token";
/// What lies below is for programs as well.
const API: &str = "/api/";

/// Somebody, or nobody.
pub type Known = Option<Arc<SignedIn>>;

/// Who sends the request. Credentials that are none are an error; a cookie that is none is nobody.
///
/// # Errors
/// [`Code::InvalidToken`], [`Code::TooManyRequests`], and what the database says.
pub async fn who(request: &ServiceRequest, state: &Shared) -> Result<Known, Problem> {
    if let Some(value) = request.headers().get(header::AUTHORIZATION) {
        let presented = value.to_str().ok().and_then(|text| {
            let (scheme, rest) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim().to_owned())
        });
        let presented = presented.ok_or_else(|| Problem::new(Code::InvalidToken))?;
        return bearer(request, state, presented).await.map(Some);
    }
    let Some(cookie) = request.cookie(SESSION_COOKIE) else { return certified(request, state).await };
    let id = cookie.value().to_owned();
    if let Some(known) = state.identity.recall(&id) {
        return Ok(Some(known));
    }
    not_spent(request, state)?;
    blocking(state, move |state| Ok(state.identity.session(&id)?)).await
}

async fn bearer(
    request: &ServiceRequest,
    state: &Shared,
    presented: String,
) -> Result<Arc<SignedIn>, Problem> {
    if state.identity.is_administrator(&presented) {
        return Ok(Arc::new(SignedIn::administrator()));
    }
    if !presented.starts_with(keys::PREFIX) {
        return Err(Problem::new(Code::InvalidToken));
    }
    if let Some(known) = state.identity.recall(&presented) {
        return Ok(known);
    }
    not_spent(request, state)?;
    let known = blocking(state, move |state| Ok(state.identity.key(&presented)?)).await?;
    known.ok_or_else(|| Problem::new(Code::InvalidToken))
}

/// Who the certificate of the connection belongs to; nobody without one. One that nobody put on record is an error, as
/// a key that is none.
async fn certified(request: &ServiceRequest, state: &Shared) -> Result<Known, Problem> {
    let Some(shown) = request.conn_data::<ClientCertificate>() else { return Ok(None) };
    let fingerprint = shown.fingerprint.clone();
    if let Some(known) = state.identity.recall_certificate(&fingerprint) {
        return Ok(Some(known));
    }
    not_spent(request, state)?;
    let words = format!("x5t#S256 {fingerprint}");
    let known = blocking(state, move |state| Ok(state.identity.certificate(&fingerprint)?)).await?;
    known.map(Some).ok_or_else(|| {
        Problem::new(Code::UnknownCertificate)
            .fault("#/tls/client-certificate", Words::new(words.clone(), words))
    })
}

/// An address that has asked too often as nobody does not make the database look for what it presents.
fn not_spent(request: &ServiceRequest, state: &State) -> Result<(), Problem> {
    let nobody = Principal::anonymous();
    let caller = rate_limit::Caller::of(&nobody, request.peer_addr().map(|peer| peer.ip()));
    let now = state.service.clock.now().0;
    match state.limiter.wait_of(&caller, state.limits.anonymous, now) {
        None => Ok(()),
        Some(seconds) => {
            let problem = Problem::new(Code::TooManyRequests);
            Err(problem.header(header::RETRY_AFTER, seconds.to_string()))
        }
    }
}

/// Whether somebody may use these credentials for this request at all; what may be seen is decided later.
///
/// # Errors
/// [`Code::CsrfTokenRequired`], [`Code::ScopeMissing`].
pub fn admit(request: &ServiceRequest, known: &SignedIn) -> Result<(), Problem> {
    let (method, path) = (request.method().as_str(), request.path());
    if !path.starts_with(API) {
        return Ok(());
    }
    match &known.means {
        Means::Token => Ok(()),
        Means::Session { csrf, .. } => {
            let reads = matches!(method, "GET" | "HEAD" | "OPTIONS");
            // Signing in anew does nothing with the session that is there.
            let signs_in = method == "POST" && path == "/api/v1/sessions";
            let given = request.headers().get(CSRF).and_then(|value| value.to_str().ok());
            if reads || signs_in || given.is_some_and(|given| secrets::same(given, csrf)) {
                return Ok(());
            }
            Err(Problem::new(Code::CsrfTokenRequired))
        }
        Means::Key { scopes, .. } | Means::Certificate { scopes, .. } => match Scope::needed(method, path) {
            Some(scope) if scopes.has(scope) => own_source(path, &known.principal),
            Some(scope) => Err(scope_missing(scope.code())),
            None => Err(scope_missing("—")),
        },
    }
}

/// A machine source delivers what it is, and nothing else.
fn own_source(path: &str, principal: &Principal) -> Result<(), Problem> {
    let Some(rest) = path.strip_prefix("/api/v1/sources/") else { return Ok(()) };
    let named = rest.split('/').next().unwrap_or_default();
    if principal.audience != Audience::Source || principal.organisation.as_deref() == Some(named) {
        return Ok(());
    }
    Err(scope_missing(named))
}

fn scope_missing(what: &str) -> Problem {
    Problem::new(Code::ScopeMissing).fault(
        "#/header/authorization",
        Words::new(format!("密钥缺少范围：{what}"), format!("the key is not for: {what}")),
    )
}

/// How often somebody may ask.
#[must_use]
pub fn quota(known: Option<&SignedIn>, state: &State) -> Quota {
    let limits = &state.limits;
    match known.map(|known| &known.means) {
        None => limits.anonymous,
        Some(Means::Token) => limits.administrator,
        Some(Means::Session { .. }) => limits.session,
        Some(Means::Key { per_second: None, .. } | Means::Certificate { .. }) => limits.key,
        Some(Means::Key { per_second: Some(number), .. }) => {
            let burst = number.saturating_mul(limits.key.burst / limits.key.per_second.max(1));
            Quota { burst, per_second: *number }
        }
    }
}

/// Writes down, off the way of the answer and at most once a minute, that somebody was here.
pub fn note_use(state: &Shared, known: &Arc<SignedIn>) {
    if !state.identity.see(known) {
        return;
    }
    let (state, known) = (state.clone(), Arc::clone(known));
    drop(actix_web::web::block(move || {
        if let Err(error) = state.identity.note_use(&known) {
            tracing::warn!(%error, "the last use of a key or session could not be written down");
        }
    }));
}

/// Somebody who was recognised, for handlers that work on identities.
pub struct Who(pub Arc<SignedIn>);

impl Who {
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.0.actor()
    }

    /// The digest of the session, when there is one.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        match &self.0.means {
            Means::Session { digest, .. } => Some(digest),
            _ => None,
        }
    }
}

impl FromRequest for Who {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let known = request.extensions().get::<Arc<SignedIn>>().cloned();
        let refused = request.extensions().get::<Problem>().cloned();
        ready(match (known, refused) {
            (Some(known), _) => Ok(Self(known)),
            (None, Some(problem)) => Err(problem),
            (None, None) => Err(Problem::new(Code::SignInRequired)),
        })
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        use credit_core::records::Lang;
        let words = || Words::new(error.message(Lang::Zh), error.message(Lang::En));
        match error {
            IdentityError::Refused => Problem::new(Code::SignInRefused),
            IdentityError::Blocked { seconds } => {
                let problem = Problem::new(Code::TooManyAttempts).detail(words());
                problem.header(header::RETRY_AFTER, seconds.to_string())
            }
            IdentityError::NewPasswordNeeded => Problem::new(Code::NewPasswordRequired),
            IdentityError::WeakPassword { .. } => Problem::new(Code::WeakPassword).detail(words()),
            IdentityError::LoginTaken => Problem::new(Code::LoginTaken).fault("#/login", words()),
            IdentityError::NotFound("user") => Problem::new(Code::UserNotFound),
            IdentityError::NotFound("key") => Problem::new(Code::KeyNotFound),
            IdentityError::NotFound("certificate") => Problem::new(Code::CertificateNotFound),
            IdentityError::NotFound("session") => Problem::new(Code::SessionNotFound),
            IdentityError::NotFound(_) => Problem::new(Code::LetterNotFound),
            IdentityError::Field { field, zh, en } => {
                Problem::new(Code::InvalidBody).fault(format!("#/{field}"), Words::new(zh, en))
            }
            IdentityError::SamePerson => Problem::new(Code::SamePerson).detail(words()),
            IdentityError::State { .. } => Problem::new(Code::WrongState).detail(words()),
            IdentityError::NotAllowed(_) => Problem::new(Code::RoleRequired).detail(words()),
            IdentityError::NotVouched | IdentityError::NoRule => {
                Problem::new(Code::SignInRefused).detail(words())
            }
            IdentityError::ProviderDown => Problem::new(Code::Busy).detail(words()),
            IdentityError::Store(error) => error.into(),
            error => Problem::internal(&error),
        }
    }
}
