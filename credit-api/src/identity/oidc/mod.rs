//! Signing in at a provider (OpenID Connect): authorization code with PKCE, state and nonce.
//!
//! Nothing is stored between going and coming back: state, nonce and PKCE verifier are made from one random text that
//! the browser keeps in a cookie for ten minutes. Tokens are verified by `openidconnect`, with the keys that the
//! provider publishes. Who came back is found, or added, by issuer and subject, never by a name or an address.

mod people;
mod published;
mod settings;
mod way;
mod wire;

use std::path::Path;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, Client,
    ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdToken, IdTokenClaims, IdTokenFields, IdTokenVerifier, IssuerUrl, LogoutRequest, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, RedirectUrl, RequestTokenError, Scope,
    StandardErrorResponse, StandardTokenResponse, TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::{IdentityError, secrets};
use published::{Metadata, Published};
pub use settings::CALLBACK;
use settings::{Mapped, Settings};
pub use way::WAY_MS;
use way::Way;
use wire::{Wire, WireError};

/// Longest code that is looked at, bytes.
const CODE_BYTES_MAX: usize = 4 * 1024;
/// Longest subject, bytes: as the standard has it.
const SUBJECT_BYTES_MAX: usize = 255;
/// How far the provider's clock may be ahead of ours, milliseconds.
const AHEAD_MS_MAX: i64 = 60_000;
/// Requests that wait for the provider at once. A provider that does not answer holds no more threads than these.
const AT_ONCE_MAX: usize = 8;
/// Signatures that are taken: with a key pair of the provider, so neither `none` nor a secret that two parties share.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Whatever claims the provider adds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct More(Map<String, Value>);

impl AdditionalClaims for More {}

type Claims = IdTokenClaims<More, CoreGenderClaim>;
type Token = IdToken<More, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Fields = IdTokenFields<
    More,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type ErrorAnswer = StandardErrorResponse<CoreErrorResponseType>;
type ProviderClient = Client<
    More,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    ErrorAnswer,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A browser that goes to the provider.
pub struct Leaving {
    /// Where it goes.
    pub url: String,
    /// What it keeps until it is back, at most [`WAY_MS`].
    pub way: String,
}

/// What a browser that came back brings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Came<'a> {
    /// [`Leaving::way`].
    pub way: &'a str,
    pub code: &'a str,
    pub state: &'a str,
    /// Who says so (RFC 9207), where the provider tells.
    pub issuer: Option<&'a str>,
}

/// Somebody whom the provider vouches for.
struct Vouched {
    issuer: String,
    subject: String,
    who: Mapped,
}

/// The provider of a zone.
pub struct Provider {
    settings: Settings,
    secret: Option<String>,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    after_sign_out: PostLogoutRedirectUrl,
    wire: Wire,
    published: Published,
    at_once: Semaphore,
}

impl Provider {
    /// Reads the provider's file; asks the provider nothing.
    ///
    /// # Errors
    /// What cannot be used, in words.
    pub fn open(path: &Path) -> Result<Self, String> {
        let (settings, secret) = Settings::read(path)?;
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|error| format!("issuer: {error}"))?;
        let redirect = RedirectUrl::new(settings.redirect_url.clone())
            .map_err(|error| format!("redirect_url: {error}"))?;
        let after_sign_out = PostLogoutRedirectUrl::from_url(settings.first_page()?);
        let wire = Wire::new(issuer.url().scheme() == "https");
        let at_once = Semaphore::new(AT_ONCE_MAX);
        let published = Published::default();
        Ok(Self { settings, secret, issuer, redirect, after_sign_out, wire, published, at_once })
    }

    /// Whether browsers reach this service by TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.settings.is_https()
    }

    /// Where a browser goes to sign in.
    ///
    /// # Errors
    /// [`IdentityError::ProviderDown`]; no randomness.
    pub(super) fn leave(&self, now: i64) -> Result<Leaving, IdentityError> {
        let _permit = self.at_once.try_acquire().map_err(|_| IdentityError::ProviderDown)?;
        let client = self.client(&*self.published.get(&self.issuer, &self.wire, now)?);
        let (text, way) = Way::begin(now)?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(way.verifier));
        let (state, nonce) = (way.state, way.nonce);
        let request = client.authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(nonce),
        );
        let scopes = self.settings.scopes.iter().map(|scope| Scope::new(scope.clone()));
        let (url, _, _) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();
        Ok(Leaving { url: url.into(), way: text })
    }

    /// Where a browser goes to sign out there as well (RP-Initiated Logout 1.0), and is sent back from to the first
    /// page here; nothing for a provider that has no such place, and where the operator does not want it.
    ///
    /// # Errors
    /// [`IdentityError::ProviderDown`].
    pub(super) fn leave_for_good(&self, now: i64) -> Result<Option<String>, IdentityError> {
        if !self.settings.sign_out_at_provider {
            return Ok(None);
        }
        let _permit = self.at_once.try_acquire().map_err(|_| IdentityError::ProviderDown)?;
        let published = self.published.get(&self.issuer, &self.wire, now)?;
        let Some(place) = published.additional_metadata().end_session_endpoint.clone() else {
            return Ok(None);
        };
        let scheme = place.url().scheme();
        if scheme != "https" && scheme != self.issuer.url().scheme() {
            tracing::warn!(%scheme, "the provider's place for signing out is none to send people to");
            return Ok(None);
        }
        let request = LogoutRequest::from(place)
            .set_client_id(ClientId::new(self.settings.client_id.clone()))
            .set_post_logout_redirect_uri(self.after_sign_out.clone());
        Ok(Some(request.http_get_url().into()))
    }

    /// The way that somebody came back on, when it is the one that the browser left on.
    ///
    /// # Errors
    /// [`IdentityError::NotVouched`].
    fn way(&self, came: &Came<'_>, now: i64) -> Result<Way, IdentityError> {
        let way = Way::read(came.way, now).ok_or(IdentityError::NotVouched)?;
        let is_own = secrets::same(&way.state, came.state)
            && came.issuer.is_none_or(|issuer| issuer == self.issuer.as_str());
        if is_own && (1..=CODE_BYTES_MAX).contains(&came.code.len()) {
            return Ok(way);
        }
        Err(IdentityError::NotVouched)
    }

    /// Who has the code that came back on this way.
    ///
    /// # Errors
    /// [`IdentityError::NotVouched`] for a code that is none and a token that does not verify;
    /// [`IdentityError::ProviderDown`], [`IdentityError::NoRule`].
    fn exchange(&self, way: Way, code: &str, now: i64) -> Result<Vouched, IdentityError> {
        let _permit = self.at_once.try_acquire().map_err(|_| IdentityError::ProviderDown)?;
        let published = self.published.get(&self.issuer, &self.wire, now)?;
        let client = self.client(&published);
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request = request.map_err(|error| {
            tracing::warn!(%error, "the provider publishes no place for codes");
            IdentityError::ProviderDown
        })?;
        let wire = |request| self.wire.send(request);
        let answer = request.set_pkce_verifier(PkceCodeVerifier::new(way.verifier)).request(&wire);
        let answer = answer.map_err(|error| no_token(&error))?;
        let token = answer.id_token().ok_or(IdentityError::NotVouched)?;
        let claims = self.verified(token, &Nonce::new(way.nonce), published.as_ref(), now)?;
        let (issuer, subject) = (claims.issuer().to_string(), claims.subject().to_string());
        if subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX {
            return Err(IdentityError::NotVouched);
        }
        let all = serde_json::to_value(&claims).ok();
        let all = all.as_ref().and_then(Value::as_object).ok_or(IdentityError::NotVouched)?;
        let who = self.settings.map(all)?;
        Ok(Vouched { issuer, subject, who })
    }

    /// The claims of a token; a key that is not known may have been published since.
    fn verified(
        &self,
        token: &Token,
        nonce: &Nonce,
        published: &Metadata,
        now: i64,
    ) -> Result<Claims, IdentityError> {
        let claims = match self.claims(token, nonce, published, now) {
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                let newer = self.published.get_again(&self.issuer, &self.wire, now)?;
                self.claims(token, nonce, &newer, now)
            }
            other => other,
        };
        claims.map_err(|error| {
            tracing::warn!(why = %error, "an ID token of the provider was refused");
            IdentityError::NotVouched
        })
    }

    fn claims(
        &self,
        token: &Token,
        nonce: &Nonce,
        published: &Metadata,
        now: i64,
    ) -> Result<Claims, ClaimsVerificationError> {
        let at = move || DateTime::<Utc>::from_timestamp_millis(now).unwrap_or_default();
        let verifier = IdTokenVerifier::<'_, CoreJsonWebKey>::new_public_client(
            ClientId::new(self.settings.client_id.clone()),
            self.issuer.clone(),
            published.jwks().clone(),
        )
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(at)
        .set_issue_time_verifier_fn(move |issued: DateTime<Utc>| {
            if issued.timestamp_millis() <= now.saturating_add(AHEAD_MS_MAX) {
                return Ok(());
            }
            Err("issued in the future".to_owned())
        });
        token.claims(&verifier, nonce).cloned()
    }

    fn client(&self, published: &Metadata) -> ProviderClient {
        let secret = self.secret.clone().map(ClientSecret::new);
        let id = ClientId::new(self.settings.client_id.clone());
        let methods = published.token_endpoint_auth_methods_supported();
        let by_body = methods.is_some_and(|methods| {
            methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
        let auth = if by_body { AuthType::RequestBody } else { AuthType::BasicAuth };
        Client::from_provider_metadata(published.clone(), id, secret)
            .set_redirect_uri(self.redirect.clone())
            .set_auth_type(auth)
    }
}

/// Whether the provider refused a code, or gave no answer. What it answered is not repeated: a token may stand in it.
fn no_token(error: &RequestTokenError<WireError, ErrorAnswer>) -> IdentityError {
    match error {
        RequestTokenError::Request(error) => {
            tracing::warn!(%error, "the provider cannot be asked for a token");
            IdentityError::ProviderDown
        }
        RequestTokenError::ServerResponse(answer) => {
            tracing::warn!(error = answer.error().as_ref(), "the provider refused a code");
            IdentityError::NotVouched
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            tracing::warn!("the provider's answer for a code cannot be read");
            IdentityError::NotVouched
        }
    }
}
