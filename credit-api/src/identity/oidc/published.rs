//! What the provider publishes, its addresses and keys, as it was last asked for.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use openidconnect::{IssuerUrl, ProviderMetadataWithLogout};

use super::super::IdentityError;
use super::wire::Wire;

/// How long what the provider publishes is believed, milliseconds.
const BELIEVED_MS: i64 = 60 * 60_000;
/// How soon its keys are asked for again when a signature is of none of them, milliseconds.
const AGAIN_MS: i64 = 60_000;
/// How long a provider that did not answer is left alone, milliseconds.
const DOWN_MS: i64 = 5_000;

/// As the provider's discovery document has it, with where it signs people out.
pub(super) type Metadata = ProviderMetadataWithLogout;

#[derive(Default)]
struct Known {
    /// With when it was asked for.
    found: Option<(i64, Arc<Metadata>)>,
    failed_at: Option<i64>,
}

#[derive(Default)]
pub(super) struct Published(Mutex<Known>);

impl Published {
    /// # Errors
    /// [`IdentityError::ProviderDown`].
    pub(super) fn get(
        &self,
        issuer: &IssuerUrl,
        wire: &Wire,
        now: i64,
    ) -> Result<Arc<Metadata>, IdentityError> {
        self.not_older_than(BELIEVED_MS, issuer, wire, now)
    }

    /// As [`Published::get`], for somebody who misses something.
    ///
    /// # Errors
    /// [`IdentityError::ProviderDown`].
    pub(super) fn get_again(
        &self,
        issuer: &IssuerUrl,
        wire: &Wire,
        now: i64,
    ) -> Result<Arc<Metadata>, IdentityError> {
        self.not_older_than(AGAIN_MS, issuer, wire, now)
    }

    /// Others wait meanwhile: there is no use in asking twice.
    fn not_older_than(
        &self,
        believed_ms: i64,
        issuer: &IssuerUrl,
        wire: &Wire,
        now: i64,
    ) -> Result<Arc<Metadata>, IdentityError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, found)) = &known.found
            && now.saturating_sub(*at) < believed_ms
        {
            return Ok(Arc::clone(found));
        }
        if known.failed_at.is_some_and(|at| now.saturating_sub(at) < DOWN_MS) {
            return Err(IdentityError::ProviderDown);
        }
        let send = |request| wire.send(request);
        match Metadata::discover(issuer, &send) {
            Ok(found) => {
                let found = Arc::new(found);
                *known = Known { found: Some((now, Arc::clone(&found))), failed_at: None };
                Ok(found)
            }
            Err(error) => {
                known.failed_at = Some(now);
                let cause = error.source().map(ToString::to_string);
                tracing::warn!(%error, cause, "what the provider publishes cannot be had");
                Err(IdentityError::ProviderDown)
            }
        }
    }
}
