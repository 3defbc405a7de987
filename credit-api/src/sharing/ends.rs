//! Entries of lists and classes that end by their own last day: the feed says so once, on the first day after.
//!
//! `ends` holds what has still to be told, by its last day. A file that brings an entry with such a day writes a row
//! (from [`super::notice`]), one that brings another version of it takes the row away or moves it; the worker tells
//! what is over and takes it away in the same transaction. So nothing depends on when, or how often, it looks. The
//! table is touched only by those who commit in order, so that a file and the worker never tell the same end both.

use std::collections::HashSet;

use chrono::NaiveDate;
use credit_core::dates::{day_number, from_day_number};
use credit_core::records::{Class, Listing, Record};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::feed::{self, Event, NewChange};
use super::notice;
use crate::clock::Clock;
use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, Lane, StoreError, commit_in_order, write};

/// Ends told in one transaction; writers of changes wait for it.
const AT_ONCE: usize = 500;
/// What the change says caused it.
const CAUSE: &str = "calendar";

/// The last day on which an entry holds, where it has one.
#[must_use]
pub fn last_day(record: &Record) -> Option<NaiveDate> {
    match record {
        Record::Lists(Listing { expires_on, removed_on, .. }) => {
            let before_removed = removed_on.map(|day| from_day_number(day_number(day) - 1));
            [*expires_on, before_removed].into_iter().flatten().min()
        }
        Record::Classes(Class { valid_to, .. }) => *valid_to,
        _ => None,
    }
}

/// An entry as a file left it.
pub(super) struct Entry<'a> {
    pub natural_key: &'a str,
    pub earlier: Option<&'a Record>,
    pub now: &'a Record,
    /// What the feed says of it; nothing where it says nothing.
    pub event: Option<Event>,
}

/// Keeps `ends` as the entries of a page of one file are now; `today` is the day of the file. To be called by whoever
/// has called [`commit_in_order`].
///
/// # Errors
/// The database's.
pub(super) fn keep(
    connection: &mut DbConnection,
    source: &str,
    entries: &[Entry<'_>],
    today: NaiveDate,
) -> Result<(), StoreError> {
    let versions = entries.iter().filter(|entry| entry.earlier.is_some());
    let keys: Vec<Bind> = versions.flat_map(|entry| [Bind::from(source), entry.natural_key.into()]).collect();
    let waiting: Vec<Waiting> = bulk::load_rows(
        connection,
        "DELETE FROM ends WHERE (source, natural_key) IN (",
        2,
        keys,
        ") RETURNING natural_key",
    )?;
    let waiting: HashSet<String> = waiting.into_iter().map(|row| row.natural_key).collect();
    let mut rows = Vec::new();
    for entry in entries {
        let Some(day) = last_day(entry.now) else { continue };
        let was_to_be_told = waiting.contains(entry.natural_key);
        let is_to_be_told = match entry.event {
            // The file said nothing of it, and the worker may not have looked since its last day.
            None => was_to_be_told,
            // What the feed says of the file has the day, and the day is over.
            Some(_) if day < today => false,
            Some(Event::Began) => true,
            // The file said that it ends, with the day.
            Some(Event::Ended) => false,
            // Said before, unless it was still to be told or has become another day.
            Some(Event::Corrected) => was_to_be_told || entry.earlier.and_then(last_day) != Some(day),
        };
        if is_to_be_told {
            rows.push(vec![source.into(), entry.natural_key.into(), day_number(day).into()]);
        }
    }
    bulk::execute_rows(
        connection,
        "INSERT INTO ends (source, natural_key, last_day)",
        3,
        rows,
        "ON CONFLICT (source, natural_key) DO UPDATE SET last_day = excluded.last_day",
    )?;
    Ok(())
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = Text)]
    natural_key: String,
}

#[derive(QueryableByName)]
struct Over {
    #[diesel(sql_type = Text)]
    natural_key: String,
    #[diesel(sql_type = Text)]
    source: String,
    #[diesel(sql_type = Text)]
    payload: String,
}

/// Tells of each entry whose last day is over that it has ended; answers how many.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`]; what was told before stays told.
pub fn tell(database: &Database, clock: &dyn Clock) -> Result<usize, StoreError> {
    let mut connection = database.connection()?;
    let mut told = 0;
    // Nobody waits for anybody while nothing is over.
    while is_anything_over(&mut connection, day_number(clock.today()))? {
        told += write(&mut connection, Lane::Bookkeeping, |connection| {
            commit_in_order(connection)?;
            tell_some(connection, clock)
        })?;
    }
    Ok(told)
}

fn is_anything_over(connection: &mut DbConnection, today: i32) -> Result<bool, StoreError> {
    let sql = "SELECT natural_key FROM ends WHERE last_day < $1 LIMIT 1";
    let found: Vec<Waiting> = bulk::load(connection, sql, [Bind::from(today)])?;
    Ok(!found.is_empty())
}

fn tell_some(connection: &mut DbConnection, clock: &dyn Clock) -> Result<usize, StoreError> {
    let (now, today) = (clock.now(), day_number(clock.today()));
    let sql = format!(
        "SELECT w.natural_key, w.source, f.payload FROM ends w JOIN facts f ON f.source = w.source \
         AND f.natural_key = w.natural_key AND f.known_to IS NULL \
         WHERE w.last_day < $1 ORDER BY w.last_day, w.source, w.natural_key LIMIT {AT_ONCE}"
    );
    let over: Vec<Over> = bulk::load(connection, &sql, [Bind::from(today)])?;
    if over.is_empty() {
        // Rows without an entry cannot be; were there any, they would be looked at for ever.
        bulk::execute(connection, "DELETE FROM ends WHERE last_day < $1", [Bind::from(today)])?;
        return Ok(0);
    }
    let mut changes = Vec::with_capacity(over.len());
    for row in &over {
        let entry: Record = notice::read(&row.payload, &row.natural_key)?;
        let Some(what) = notice::what_of(&entry, Event::Ended) else { continue };
        changes.push(NewChange {
            uscc: entry.uscc().to_string(),
            at_ms: now.0,
            block: notice::block_of(&entry, now),
            since_ms: None,
            what,
            cause: CAUSE.to_owned(),
        });
        let key = [row.source.clone().into(), row.natural_key.clone().into()];
        bulk::execute(connection, "DELETE FROM ends WHERE source = $1 AND natural_key = $2", key)?;
    }
    feed::append(connection, &changes)?;
    Ok(changes.len())
}
