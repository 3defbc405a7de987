//! Who asks: users with passwords, sessions, API keys, letters of authorisation; for every request a
//! [`Principal`](crate::access::Principal), about which `access` then decides what it may see.
//!
//! Somebody may also come from a provider of OpenID Connect, where one is set ([`oidc`]).
//!
//! Called by `http::authenticate` for every request, by the routes and pages of accounts and keys, and by the commands
//! `credit-api user` and `credit-api key`. No secret is stored, logged or put into an error: of a password the
//! database has its argon2id, of sessions and keys the SHA-256, of a second factor the number of its seed.

mod attempts;
mod cache;
pub mod certificates;
mod error;
pub mod events;
pub mod key_file;
pub mod keys;
pub mod letters;
pub mod oidc;
mod own;
pub mod passwords;
pub mod sample;
pub mod scopes;
pub mod secrets;
pub mod sessions;
pub mod sign_in;
pub mod totp;
pub mod users;
mod who;

use std::sync::OnceLock;
use std::time::Duration;

use crate::access::token::AdminToken;
use crate::service::Service;
use crate::store::bulk;
use crate::store::{DbConnection, Lane, PooledConnection, StoreError, write};

pub use error::IdentityError;
pub use who::{Actor, Means, SignedIn};

/// How long a process relies on what it remembers of keys and sessions before it asks the database whether anything
/// ended. Who ends something waits as long before it says so: then it holds in every process.
pub const TRUST: Duration = Duration::from_millis(200);

/// Identities of one service. One for all threads.
pub struct Identity {
    service: Service,
    token: Option<AdminToken>,
    passwords: OnceLock<passwords::Passwords>,
    second_factor: totp::SecondFactor,
    cache: cache::Cache,
    /// Apart from the others: a fingerprint is no secret, and whoever sends one as a cookie is nobody.
    certificates: cache::Cache,
    trust: Duration,
}

impl Identity {
    /// With the administrator's token, where one is to be taken; see [`TRUST`].
    #[must_use]
    pub fn new(service: Service, token: Option<AdminToken>, trust: Duration) -> Self {
        let second_factor = totp::SecondFactor::new(service.config.keys_dir());
        Self {
            service,
            token,
            passwords: OnceLock::new(),
            second_factor,
            cache: cache::Cache::default(),
            certificates: cache::Cache::default(),
            trust,
        }
    }

    fn now(&self) -> i64 {
        self.service.clock.now().0
    }

    fn connection(&self) -> Result<PooledConnection, StoreError> {
        self.service.database.connection()
    }

    fn passwords(&self) -> Result<&passwords::Passwords, IdentityError> {
        if let Some(passwords) = self.passwords.get() {
            return Ok(passwords);
        }
        let made = passwords::Passwords::new()?;
        Ok(self.passwords.get_or_init(|| made))
    }

    /// Whether this is the administrator's token; takes the same time whatever was presented.
    #[must_use]
    pub fn is_administrator(&self, presented: &str) -> bool {
        self.token.as_ref().is_some_and(|token| token.is(presented))
    }

    /// Writes in one transaction.
    fn write<T>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, IdentityError>,
    ) -> Result<T, IdentityError> {
        write(&mut *self.connection()?, Lane::Bookkeeping, work)
    }

    /// Writes what ends or changes an identity. When this returns, no process lets the old one in any more.
    fn change<T>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, IdentityError>,
    ) -> Result<T, IdentityError> {
        let (outcome, epoch) = self.write(|connection| {
            let outcome = work(connection)?;
            bulk::execute(connection, "UPDATE identity_epoch SET epoch = epoch + 1 WHERE id = 1", [])?;
            Ok((outcome, cache::epoch(connection)?))
        })?;
        self.cache.forget(epoch);
        self.certificates.forget(epoch);
        std::thread::sleep(self.trust);
        Ok(outcome)
    }
}
