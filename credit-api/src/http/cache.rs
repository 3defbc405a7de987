//! Ratings already computed, for as long as nothing changed that they rest on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use credit_core::records::Lang;
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::answer::Written;
use crate::evaluation::ask::Answer;
use crate::store::bulk;
use crate::store::{DbConnection, StoreError};

/// How old the knowledge of "nothing changed" may be, milliseconds: an import by another process shows this much
/// later.
const STAMP_AGE_MS: i64 = 250;

/// What every rating rests on: while it is the same, so are the ratings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, QueryableByName)]
pub struct Stamp {
    /// The last file received.
    #[diesel(sql_type = BigInt)]
    knowledge: i64,
    /// The last monthly run, which hysteresis compares with.
    #[diesel(sql_type = BigInt)]
    run: i64,
    /// The last recorded change and how many wait for the ledger: what `anchor` shows.
    #[diesel(sql_type = BigInt)]
    change: i64,
    #[diesel(sql_type = BigInt)]
    pending: i64,
    /// The last signature on a large move.
    #[diesel(sql_type = BigInt)]
    signed: i64,
    /// Cosignatures that came: who has cosigned is shown in `anchor` too.
    #[diesel(sql_type = BigInt)]
    cosigned: i64,
}

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub uscc: Uscc,
    pub as_of: NaiveDate,
    /// `None`: everything known.
    pub known_at: Option<i64>,
    pub english: bool,
}

impl Key {
    #[must_use]
    pub fn new(uscc: Uscc, as_of: NaiveDate, known_at: Option<i64>, lang: Lang) -> Self {
        Self { uscc, as_of, known_at, english: lang == Lang::En }
    }
}

/// A computed rating and its body as it is sent to whoever may see all of it.
#[derive(Debug)]
pub struct Cached {
    pub answer: Answer,
    pub body: Written,
}

#[derive(Debug, Default)]
struct Inside {
    /// The stamp, when it was read, and the finished jobs of this process at that time.
    stamp: Option<(Stamp, i64, u64)>,
    young: HashMap<Key, Arc<Cached>>,
    old: HashMap<Key, Arc<Cached>>,
}

/// Two generations: what was not asked for during a whole generation is forgotten.
#[derive(Debug)]
pub struct RatingCache {
    generation: usize,
    inside: Mutex<Inside>,
}

impl RatingCache {
    /// A cache of at most `entries` ratings.
    #[must_use]
    pub fn new(entries: usize) -> Self {
        Self { generation: (entries / 2).max(1), inside: Mutex::default() }
    }

    fn inside(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stamp, when it was read so recently that nobody need ask again.
    #[must_use]
    pub fn fresh_stamp(&self, now_ms: i64, jobs_finished: u64) -> Option<Stamp> {
        let (stamp, at, jobs) = self.inside().stamp?;
        let age = now_ms.saturating_sub(at);
        ((0..STAMP_AGE_MS).contains(&age) && jobs == jobs_finished).then_some(stamp)
    }

    /// Takes note of the stamp; another than before empties the cache.
    pub fn set_stamp(&self, stamp: Stamp, now_ms: i64, jobs_finished: u64) {
        let mut inside = self.inside();
        if inside.stamp.is_none_or(|(before, _, _)| before != stamp) {
            inside.young.clear();
            inside.old.clear();
        }
        inside.stamp = Some((stamp, now_ms, jobs_finished));
    }

    /// The rating, when it is in the cache and the stamp is still this one.
    #[must_use]
    pub fn get(&self, stamp: Stamp, key: &Key) -> Option<Arc<Cached>> {
        let mut inside = self.inside();
        if inside.stamp.is_none_or(|(now, _, _)| now != stamp) {
            return None;
        }
        if let Some(found) = inside.young.get(key) {
            return Some(Arc::clone(found));
        }
        let found = inside.old.remove(key)?;
        self.add(&mut inside, *key, Arc::clone(&found));
        Some(found)
    }

    /// Keeps a rating that was computed while the stamp was this one.
    pub fn put(&self, stamp: Stamp, key: Key, cached: Arc<Cached>) {
        let mut inside = self.inside();
        if inside.stamp.is_some_and(|(now, _, _)| now == stamp) {
            self.add(&mut inside, key, cached);
        }
    }

    fn add(&self, inside: &mut Inside, key: Key, cached: Arc<Cached>) {
        if inside.young.len() >= self.generation {
            inside.old = std::mem::take(&mut inside.young);
        }
        inside.young.insert(key, cached);
    }
}

/// Reads the stamp; `cosigned` is the ledger's count of cosignatures.
///
/// # Errors
/// The database's.
pub fn stamp(connection: &mut DbConnection, cosigned: u64) -> Result<Stamp, StoreError> {
    let rows: Vec<Stamp> = bulk::load(
        connection,
        "SELECT (SELECT COALESCE(MAX(received_at), 0) FROM batches) AS knowledge, \
         (SELECT COALESCE(MAX(finished_at), 0) FROM runs) AS run, \
         (SELECT COALESCE(MAX(id), 0) FROM outbox) AS change, \
         (SELECT COUNT(*) FROM outbox WHERE leaf_index IS NULL) AS pending, \
         (SELECT COALESCE(MAX(COALESCE(approved_at, proposed_at)), 0) FROM sign_offs) AS signed, \
         CAST(0 AS BIGINT) AS cosigned",
        std::iter::empty(),
    )?;
    let none = Stamp { knowledge: 0, run: 0, change: 0, pending: 0, signed: 0, cosigned: 0 };
    let cosigned = i64::try_from(cosigned).unwrap_or(i64::MAX);
    Ok(Stamp { cosigned, ..rows.first().copied().unwrap_or(none) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_believed_for_a_moment_and_no_longer_than_a_job() {
        let cache = RatingCache::new(2);
        let stamp = Stamp { knowledge: 1, run: 2, change: 3, pending: 0, signed: 0, cosigned: 0 };
        assert_eq!(cache.fresh_stamp(1_000, 0), None);
        cache.set_stamp(stamp, 1_000, 0);
        assert_eq!(cache.fresh_stamp(1_000 + STAMP_AGE_MS - 1, 0), Some(stamp));
        assert_eq!(cache.fresh_stamp(1_000 + STAMP_AGE_MS, 0), None);
        assert_eq!(cache.fresh_stamp(1_001, 1), None);
        assert_eq!(cache.fresh_stamp(999, 0), None);
    }
}
