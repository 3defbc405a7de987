//! Who was listed on a day, as known at a time: read from the received rows themselves, a part at a time.

use std::sync::Arc;

use chrono::NaiveDate;
use credit_core::calendar::WorkingDays;
use credit_core::negative_list::{Kind, kind_of_list};
use credit_core::records::{ListCode, Listing, Record};
use credit_core::rules::listing::list_in_force;
use credit_core::uscc::Uscc;
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::lists;
use crate::store::bulk::{self, Bind};
use crate::store::schema::batches;
use crate::store::{DbConnection, StoreError};

/// Rows read at once.
const AT_ONCE: usize = 500;
/// Rows looked at for one page: a question that little answers is not looked for by the minute.
pub(super) const LOOKED_AT_MAX: usize = 20_000;
/// Hours without a file of the lists after which what they say is not acted on anew: the feeds come every day
/// (`domain.md` 7.6), and one may be late.
pub const STALE_AFTER_HOURS: i64 = 48;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    pub day: NaiveDate,
    /// By which entries of the watch list end.
    pub calendar: Arc<WorkingDays>,
    /// Milliseconds.
    pub known_at: i64,
    /// One list alone; all lists of dishonesty without it.
    pub list: Option<ListCode>,
    /// One kind of the rule pack alone.
    pub kind: Option<Kind>,
    /// One enterprise alone.
    pub one: Option<Uscc>,
    /// Enterprises after this one.
    pub after: Option<String>,
    pub limit: usize,
}

/// An entry in force, with the name of the enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub listing: Listing,
    pub name: String,
    /// Milliseconds.
    pub received_at: i64,
}

/// A part of the list, by enterprise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub entries: Vec<Entry>,
    /// The last enterprise, where there may be more.
    pub next: Option<String>,
}

/// After what a reading goes on: an enterprise, and the last row of it that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) uscc: String,
    pub(super) key: String,
}

impl Place {
    /// Where the answer to a question begins.
    pub(super) fn of(question: &Question) -> Self {
        match (question.one, &question.after) {
            (Some(uscc), _) => Self { uscc: uscc.to_string(), key: String::new() },
            // Everything of the enterprise that `after` names lies before the first possible key of the next.
            (None, after) => Self { uscc: after.clone().unwrap_or_default(), key: char::MAX.to_string() },
        }
    }
}

#[derive(QueryableByName)]
pub(super) struct Row {
    #[diesel(sql_type = Text)]
    pub(super) uscc: String,
    #[diesel(sql_type = Text)]
    natural_key: String,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = BigInt)]
    pub(super) known_from: i64,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
}

impl Row {
    pub(super) fn record(&self) -> Result<Record, StoreError> {
        serde_json::from_str(&self.payload).map_err(|error| StoreError::Damaged {
            what: "record",
            key: self.natural_key.clone(),
            why: error.to_string(),
        })
    }

    pub(super) fn place(self) -> Place {
        Place { uscc: self.uscc, key: self.natural_key }
    }
}

/// The entries in force on the day, all of one enterprise together. Enterprises that are not registered here have none.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn page(connection: &mut DbConnection, question: &Question) -> Result<Page, StoreError> {
    let mut place = Place::of(question);
    let (mut found, mut looked_at) = (Page::default(), 0);
    loop {
        let (rows, is_last) = rows_after(connection, "lists", question.known_at, &place)?;
        for row in rows {
            if question.one.is_some_and(|uscc| uscc.as_str() != row.uscc) {
                return Ok(found);
            }
            let is_full = found.entries.len() >= question.limit || looked_at >= LOOKED_AT_MAX;
            if is_full && row.uscc != place.uscc {
                found.next = Some(place.uscc);
                return Ok(found);
            }
            looked_at += 1;
            found.entries.extend(shown(&row, question)?);
            place = row.place();
        }
        if is_last {
            return Ok(found);
        }
    }
}

/// Rows of a source as known at a time, and whether they are the last.
pub(super) fn rows_after(
    connection: &mut DbConnection,
    source: &str,
    known_at: i64,
    place: &Place,
) -> Result<(Vec<Row>, bool), StoreError> {
    let sql = format!(
        "SELECT f.uscc, f.natural_key, f.payload, f.known_from, e.name FROM facts f \
         JOIN enterprises e ON e.uscc = f.uscc WHERE f.source = $4 AND (f.uscc, f.natural_key) > ($1, $2) \
         AND f.known_from <= $3 AND (f.known_to IS NULL OR f.known_to > $3) \
         ORDER BY f.uscc, f.natural_key LIMIT {AT_ONCE}"
    );
    let binds: [Bind; 4] =
        [place.uscc.clone().into(), place.key.clone().into(), known_at.into(), source.into()];
    let rows: Vec<Row> = bulk::load(connection, &sql, binds)?;
    let is_last = rows.len() < AT_ONCE;
    Ok((rows, is_last))
}

fn shown(row: &Row, question: &Question) -> Result<Option<Entry>, StoreError> {
    let Record::Lists(listing) = row.record()? else { return Ok(None) };
    let is_asked = match (question.list, question.kind) {
        (Some(list), _) if listing.list != list => false,
        (_, Some(kind)) => kind_of_list(listing.list) == Some(kind),
        (Some(_), None) => true,
        (None, None) => lists::is_negative(listing.list),
    };
    let is_shown = is_asked && list_in_force(&listing, question.day);
    Ok(is_shown.then(|| Entry { listing, name: row.name.clone(), received_at: row.known_from }))
}

/// When a file of the lists was received last, milliseconds.
///
/// # Errors
/// The database's.
pub fn last_received(connection: &mut DbConnection) -> Result<Option<i64>, StoreError> {
    Ok(batches::table
        .filter(batches::source.eq("lists"))
        .filter(batches::refused.is_null())
        .select(diesel::dsl::max(batches::received_at))
        .get_result(connection)?)
}

/// Whether the lists were received too long ago to act on them anew. The record stands; its consequence waits.
#[must_use]
pub fn is_stale(last_received: Option<i64>, now_ms: i64) -> bool {
    const HOUR_MS: i64 = 3_600_000;
    last_received.is_none_or(|at| now_ms.saturating_sub(at) > STALE_AFTER_HOURS * HOUR_MS)
}
