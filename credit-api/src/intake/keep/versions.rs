//! Versions of rows whose current version has a table of its own: which to store, which they push aside.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Text};

use super::{Kept, Provenance, Rows};
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// A natural key of two texts.
pub(super) type Key = (String, String);

/// A stored version of a row.
pub(super) struct Version {
    pub payload: Vec<u8>,
    /// Of an order: see [`credit_core::trade::Marks`].
    pub marks: i32,
    pub known_from: i64,
    pub batch_id: String,
    pub line: i64,
}

/// A row to be stored.
pub(super) struct Fresh<T> {
    pub row: T,
    pub payload: Vec<u8>,
    pub line: i64,
}

/// A version that another has taken the place of.
pub(super) struct Aside {
    pub key: Key,
    pub version: Version,
    /// It was the current one in the database, not only earlier in the same chunk.
    pub was_stored: bool,
}

/// Rows to store and those they push aside. `current` is in the order of the keys.
pub(super) struct Sorted<T> {
    pub current: Vec<Fresh<T>>,
    pub aside: Vec<Aside>,
    pub kept: Kept,
}

/// What is known of one key while a chunk is sorted.
struct Slot<T> {
    stored: Option<Version>,
    fresh: Option<Fresh<T>>,
}

pub(super) fn sort_versions<T>(
    from: &Provenance,
    stored: BTreeMap<Key, Version>,
    rows: Rows<T>,
    key: impl Fn(&T) -> Key,
    encode: impl Fn(&T) -> Vec<u8>,
) -> Sorted<T> {
    let slot = |version| Slot { stored: Some(version), fresh: None };
    let mut slots: BTreeMap<Key, Slot<T>> =
        stored.into_iter().map(|(key, version)| (key, slot(version))).collect();
    let mut kept = Kept::default();
    let mut aside = Vec::new();
    for (line, row) in rows {
        let (key, payload) = (key(&row), encode(&row));
        let slot = slots.entry(key.clone()).or_insert_with(|| Slot { stored: None, fresh: None });
        let earlier = slot.fresh.as_ref().map(|fresh| &fresh.payload);
        match earlier.or(slot.stored.as_ref().map(|version| &version.payload)) {
            Some(known) if *known == payload => {
                kept.unchanged += 1;
                continue;
            }
            Some(_) => kept.superseding += 1,
            None => kept.new += 1,
        }
        let fresh = slot.fresh.replace(Fresh { row, payload, line });
        let pushed = fresh.map(|fresh| (version_of(from, fresh), false));
        if let Some((version, was_stored)) = pushed.or_else(|| Some((slot.stored.take()?, true))) {
            aside.push(Aside { key, version, was_stored });
        }
    }
    Sorted { current: slots.into_values().filter_map(|slot| slot.fresh).collect(), aside, kept }
}

fn version_of<T>(from: &Provenance, fresh: Fresh<T>) -> Version {
    Version {
        payload: fresh.payload,
        marks: 0,
        known_from: from.known_from,
        batch_id: from.batch_id.clone(),
        line: fresh.line,
    }
}

#[derive(QueryableByName)]
struct Current {
    #[diesel(sql_type = Text)]
    a: String,
    #[diesel(sql_type = Text)]
    b: String,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
    #[diesel(sql_type = Integer)]
    marks: i32,
    #[diesel(sql_type = BigInt)]
    known_from: i64,
    #[diesel(sql_type = Text)]
    batch_id: String,
    #[diesel(sql_type = BigInt)]
    line: i64,
}

/// The current versions of the keys that are stored. `columns` are those of the two keys, the marks, and the table.
pub(super) fn find_current(
    connection: &mut DbConnection,
    [a, b, marks, table]: [&str; 4],
    keys: BTreeSet<Key>,
) -> Result<BTreeMap<Key, Version>, StoreError> {
    // The keys come first, each looked up by index: planners take the table whole for so many.
    let tail = format!(
        ") SELECT t.{a} AS a, t.{b} AS b, t.payload, {marks} AS marks, t.known_from, t.batch_id, t.line \
         FROM k CROSS JOIN {table} t WHERE t.{a} = k.a AND t.{b} = k.b"
    );
    let binds = keys.into_iter().flat_map(|(a, b)| [Bind::Text(a), Bind::Text(b)]);
    let found: Vec<Current> = bulk::load_rows(connection, "WITH k (a, b) AS (", 2, binds, &tail)?;
    Ok(found
        .into_iter()
        .map(|Current { a, b, payload, marks, known_from, batch_id, line }| {
            ((a, b), Version { payload, marks, known_from, batch_id, line })
        })
        .collect())
}
