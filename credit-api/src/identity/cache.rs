//! Who the keys and sessions of late requests are, so that a request costs no query.
//!
//! What is remembered holds only while the epoch in the database is the one it was read under. The epoch is asked for
//! when the last answer is older than the time of trust; this process's own changes are known at once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use diesel::prelude::*;

use super::SignedIn;
use crate::store::schema::identity_epoch;
use crate::store::{DbConnection, StoreError};

/// Keys and sessions remembered; when there are more, all are forgotten and read again.
const KNOWN_MAX: usize = 50_000;

/// SHA-256 of a key or of a session's id.
pub(super) type Digest = [u8; 32];

#[derive(Default)]
struct Inner {
    known: HashMap<Digest, Arc<SignedIn>>,
    epoch: i64,
    asked_at: Option<Instant>,
}

#[derive(Default)]
pub(super) struct Cache(RwLock<Inner>);

impl Cache {
    /// Who this is, when that is known and may be relied on at `now`.
    pub(super) fn recall(&self, digest: &Digest, trust: Duration, now: i64) -> Option<Arc<SignedIn>> {
        let inner = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if inner.asked_at.is_none_or(|at| at.elapsed() >= trust) {
            return None;
        }
        inner.known.get(digest).filter(|known| now < known.fresh_until).cloned()
    }

    /// Takes note of an epoch that was asked for at `asked_at`. Who this is, if it is known under that epoch.
    pub(super) fn confirm(
        &self,
        epoch: i64,
        asked_at: Instant,
        digest: &Digest,
        now: i64,
    ) -> Option<Arc<SignedIn>> {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if epoch < inner.epoch {
            // This answer was overtaken by a change of our own.
            return None;
        }
        if epoch > inner.epoch {
            inner.known.clear();
            inner.epoch = epoch;
        }
        inner.asked_at = Some(inner.asked_at.map_or(asked_at, |at| at.max(asked_at)));
        inner.known.get(digest).filter(|known| now < known.fresh_until).cloned()
    }

    /// Remembers who this is, unless something changed since the epoch it was read under.
    pub(super) fn keep(&self, epoch: i64, digest: Digest, known: Arc<SignedIn>) {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if inner.epoch != epoch {
            return;
        }
        if inner.known.len() >= KNOWN_MAX {
            inner.known.clear();
        }
        inner.known.insert(digest, known);
    }

    /// Forgets everybody: something changed, with this epoch.
    pub(super) fn forget(&self, epoch: i64) {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        inner.known.clear();
        inner.epoch = inner.epoch.max(epoch);
    }
}

/// The epoch of the database.
pub(super) fn epoch(connection: &mut DbConnection) -> Result<i64, StoreError> {
    Ok(identity_epoch::table.select(identity_epoch::epoch).first(connection)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);
    const KEY: Digest = [7; 32];

    fn somebody() -> Arc<SignedIn> {
        Arc::new(SignedIn::administrator())
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let cache = Cache::default();
        assert!(cache.confirm(4, Instant::now(), &KEY, 0).is_none());
        cache.keep(4, KEY, somebody());
        assert!(cache.recall(&KEY, LONG, 0).is_some());
        assert!(cache.recall(&KEY, Duration::ZERO, 0).is_none(), "without trust it is asked each time");

        cache.forget(5);
        assert!(cache.recall(&KEY, LONG, 0).is_none());
        // A reader who was on the way.
        assert!(cache.confirm(4, Instant::now(), &KEY, 0).is_none());
        cache.keep(4, KEY, somebody());
        assert!(cache.recall(&KEY, LONG, 0).is_none());
    }

    #[test]
    fn a_change_of_another_process_shows_in_the_epoch() {
        let cache = Cache::default();
        cache.confirm(1, Instant::now(), &KEY, 0);
        cache.keep(1, KEY, somebody());
        assert!(cache.confirm(1, Instant::now(), &KEY, 0).is_some());
        assert!(cache.confirm(2, Instant::now(), &KEY, 0).is_none());
        assert!(cache.recall(&KEY, LONG, 0).is_none());
    }

    #[test]
    fn nobody_is_relied_on_for_longer_than_they_are_fresh() {
        let cache = Cache::default();
        cache.confirm(1, Instant::now(), &KEY, 0);
        cache.keep(1, KEY, Arc::new(SignedIn { fresh_until: 10, ..SignedIn::administrator() }));
        assert!(cache.recall(&KEY, LONG, 9).is_some());
        assert!(cache.recall(&KEY, LONG, 10).is_none());
    }
}
