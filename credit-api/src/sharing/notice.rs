//! What a received file changed, for the feed: entries of lists and classes that began, ended or were corrected, and
//! records that were superseded. Told from the rows themselves once all of them are in, a page at a time, so that a
//! large file costs no memory.
//!
//! A later version of an order or a review is news of it (paid, shipped, answered), no correction: the feed says what
//! came of it by the rating.

use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::records::{Class, ClassAuthority, Listing, Penalty, Record, Registration, SourceId};
use credit_core::rules::Severity;
use credit_core::rules::penalty::{counts_at, severity};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::de::DeserializeOwned;

use super::ends::{self, Entry};
use super::feed::{self, ClassChange, Event, ListChange, NewChange, RecordCorrection, What};
use crate::access::Block;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError, commit_in_order};

/// Rows read at once.
const PAGE: i64 = 1_000;
/// Between the parts of a natural key.
const SEPARATOR: char = '\u{1f}';

/// The file: its batch and when it was received, milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    pub batch: &'a str,
    pub at_ms: i64,
    pub source: SourceId,
}

/// Writes what the file changed into the feed, as the last thing of its transaction.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn of_batch(connection: &mut DbConnection, file: Received<'_>) -> Result<(), StoreError> {
    match file.source {
        SourceId::Transactions | SourceId::Reviews => Ok(()),
        SourceId::Registration => registrations(connection, file),
        SourceId::Lists | SourceId::Classes => standings(connection, file),
        _ => records(connection, file),
    }
}

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = BigInt)]
    line: i64,
    #[diesel(sql_type = Text)]
    natural_key: String,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = Nullable<Text>)]
    earlier: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    earlier_from: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    earlier_batch: Option<String>,
}

fn standings(connection: &mut DbConnection, file: Received<'_>) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT f.line, f.natural_key, f.payload, e.payload AS earlier, e.known_from AS earlier_from, \
         e.batch_id AS earlier_batch FROM facts f LEFT JOIN facts e ON e.uscc = f.uscc AND e.source = f.source \
         AND e.natural_key = f.natural_key AND e.known_to = $2 AND e.known_from < $2 \
         WHERE f.batch_id = $1 AND f.line > $3 AND f.known_to IS NULL ORDER BY f.line LIMIT {PAGE}"
    );
    // Before the ends are touched: the worker tells them in this order too.
    commit_in_order(connection)?;
    let today = Moment(file.at_ms).shanghai_date();
    let mut line = -1;
    loop {
        let binds: [Bind; 3] = [file.batch.into(), file.at_ms.into(), line.into()];
        let page: Vec<Standing> = bulk::load(connection, &sql, binds)?;
        let Some(last) = page.last() else { return Ok(()) };
        line = last.line;
        let (mut changes, mut versions) = (Vec::new(), Vec::with_capacity(page.len()));
        for row in &page {
            let (now, earlier) = (read(&row.payload, &row.natural_key)?, earlier(row)?);
            let event = event_of(earlier.as_ref(), &now, today);
            changes.extend(event.map(|event| of_standing(row, (&now, earlier.as_ref()), event, file)));
            versions.push((row, now, earlier, event));
        }
        let entries: Vec<Entry<'_>> = versions
            .iter()
            .map(|(row, now, earlier, event)| Entry {
                natural_key: &row.natural_key,
                earlier: earlier.as_ref(),
                now,
                event: *event,
            })
            .collect();
        ends::keep(connection, file.source.as_str(), &entries, today)?;
        feed::append(connection, &changes.concat())?;
    }
}

fn earlier(row: &Standing) -> Result<Option<Record>, StoreError> {
    row.earlier.as_deref().map(|payload| read(payload, &row.natural_key)).transpose()
}

/// What became of an entry on the day of the file; nothing where it was over already and nothing but the way of its end
/// is new.
fn event_of(earlier: Option<&Record>, now: &Record, today: NaiveDate) -> Option<Event> {
    let event = match (earlier, now) {
        (Some(Record::Lists(earlier)), Record::Lists(now)) => event_of_list(earlier, now),
        (Some(Record::Classes(earlier)), Record::Classes(now)) => event_of_class(earlier, now),
        _ => {
            let is_over = ends::last_day(now).is_some_and(|day| day < today);
            return Some(if is_over { Event::Ended } else { Event::Began });
        }
    };
    let end = earlier.and_then(ends::last_day).filter(|day| *day < today);
    match event {
        Event::Ended if end.is_some() && end == ends::last_day(now) => None,
        // It was told that it had ended, and that was not so, or not then.
        Event::Ended if end.is_some() => Some(Event::Corrected),
        event => Some(event),
    }
}

fn of_standing(
    row: &Standing,
    (now, earlier): (&Record, Option<&Record>),
    event: Event,
    file: Received<'_>,
) -> Vec<NewChange> {
    let (uscc, at) = (now.uscc().to_string(), Moment(file.at_ms));
    let of_block = |block, since_ms, what| NewChange {
        uscc: uscc.clone(),
        at_ms: file.at_ms,
        block,
        since_ms,
        what,
        cause: file.batch.to_owned(),
    };
    let mut changes: Vec<NewChange> =
        what_of(now, event).into_iter().map(|what| of_block(block_of(now, at), None, what)).collect();
    if let (Event::Corrected, Some(earlier)) = (event, earlier) {
        let what = correction(file, &row.natural_key, row.earlier_batch.as_deref().unwrap_or_default());
        changes.push(of_block(block_of(earlier, at), row.earlier_from, what));
    }
    changes
}

/// An entry of a list, or a class, as the feed tells what became of it; nothing of any other record.
pub(super) fn what_of(record: &Record, event: Event) -> Option<What> {
    match record {
        Record::Lists(now) => Some(What::List(ListChange {
            event,
            list: now.list,
            authority: now.authority.clone(),
            decision_no: now.decision_no.clone(),
            effective_on: now.effective_on,
            expires_on: now.expires_on,
            removed_on: now.removed_on,
        })),
        Record::Classes(now) => Some(What::Class(ClassChange {
            event,
            authority: now.authority,
            class: now.class.clone(),
            valid_from: now.valid_from,
            valid_to: now.valid_to,
            decision_no: now.decision_no.clone(),
        })),
        _ => None,
    }
}

/// An end that was not known is news; anything else that differs was wrong.
fn event_of_list(earlier: &Listing, now: &Listing) -> Event {
    let new_end = (earlier.removed_on.is_none() && now.removed_on.is_some())
        || (earlier.expires_on.is_none() && now.expires_on.is_some());
    let same_but_end = Listing {
        removed_on: earlier.removed_on.or(now.removed_on),
        expires_on: earlier.expires_on.or(now.expires_on),
        event_id: now.event_id.clone(),
        // A list that begins to send names has corrected none of its entries.
        name: earlier.name.clone().or_else(|| now.name.clone()),
        ..earlier.clone()
    };
    if new_end && same_but_end == *now { Event::Ended } else { Event::Corrected }
}

fn event_of_class(earlier: &Class, now: &Class) -> Event {
    let new_end = earlier.valid_to.is_none() && now.valid_to.is_some();
    let same_but_end = Class { valid_to: now.valid_to, event_id: now.event_id.clone(), ..earlier.clone() };
    if new_end && same_but_end == *now { Event::Ended } else { Event::Corrected }
}

#[derive(QueryableByName)]
struct Superseded {
    #[diesel(sql_type = Text)]
    natural_key: String,
    #[diesel(sql_type = BigInt)]
    known_from: i64,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = Text)]
    batch_id: String,
}

/// Corrections of the other slow sources: each version that this file closed and that an earlier one had brought.
fn records(connection: &mut DbConnection, file: Received<'_>) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT natural_key, known_from, payload, batch_id FROM facts \
         WHERE known_to = $1 AND known_from < $1 AND natural_key > $2 ORDER BY natural_key LIMIT {PAGE}"
    );
    let mut key = String::new();
    loop {
        let binds: [Bind; 2] = [file.at_ms.into(), key.into()];
        let page: Vec<Superseded> = bulk::load(connection, &sql, binds)?;
        let Some(last) = page.last() else { return Ok(()) };
        key = last.natural_key.clone();
        let mut changes = Vec::new();
        for row in &page {
            let earlier: Record = read(&row.payload, &row.natural_key)?;
            changes.push(NewChange {
                uscc: earlier.uscc().to_string(),
                at_ms: file.at_ms,
                block: block_of(&earlier, Moment(file.at_ms)),
                since_ms: Some(row.known_from),
                what: correction(file, &row.natural_key, &row.batch_id),
                cause: file.batch.to_owned(),
            });
        }
        feed::append(connection, &changes)?;
    }
}

#[derive(QueryableByName)]
struct Registered {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    record_source: String,
    #[diesel(sql_type = BigInt)]
    known_from: i64,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = Text)]
    batch_id: String,
    #[diesel(sql_type = Text)]
    now: String,
}

fn registrations(connection: &mut DbConnection, file: Received<'_>) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT e.uscc, e.record_source, e.known_from, e.payload, e.batch_id, n.payload AS now \
         FROM registrations e JOIN registrations n ON n.uscc = e.uscc AND n.record_source = e.record_source \
         AND n.known_to IS NULL WHERE e.known_to = $1 AND e.known_from < $1 \
         AND (e.uscc, e.record_source) > ($2, $3) ORDER BY e.uscc, e.record_source LIMIT {PAGE}"
    );
    let mut place = (String::new(), String::new());
    loop {
        let binds: [Bind; 3] = [file.at_ms.into(), place.0.into(), place.1.into()];
        let page: Vec<Registered> = bulk::load(connection, &sql, binds)?;
        let Some(last) = page.last() else { return Ok(()) };
        place = (last.uscc.clone(), last.record_source.clone());
        let mut changes = Vec::new();
        for row in &page {
            let (earlier, now): (Registration, Registration) =
                (read(&row.payload, &row.uscc)?, read(&row.now, &row.uscc)?);
            let key = format!("{}{SEPARATOR}{}", row.uscc, row.record_source);
            changes.extend(blocks_that_differ(&earlier, &now).into_iter().map(|block| NewChange {
                uscc: row.uscc.clone(),
                at_ms: file.at_ms,
                block,
                since_ms: Some(row.known_from),
                what: correction(file, &key, &row.batch_id),
                cause: file.batch.to_owned(),
            }));
        }
        feed::append(connection, &changes)?;
    }
}

fn blocks_that_differ(earlier: &Registration, now: &Registration) -> Vec<Block> {
    let mut blocks = Vec::new();
    if earlier.legal_representative != now.legal_representative {
        blocks.push(Block::LegalRepresentative);
    }
    if earlier.phone != now.phone {
        blocks.push(Block::Contact);
    }
    let rest = Registration {
        legal_representative: now.legal_representative.clone(),
        phone: now.phone.clone(),
        event_id: now.event_id.clone(),
        ..earlier.clone()
    };
    if rest != *now {
        blocks.push(Block::Identity);
    }
    blocks
}

fn correction(file: Received<'_>, natural_key: &str, batch: &str) -> What {
    What::Record(RecordCorrection {
        source: file.source,
        key: natural_key.split(SEPARATOR).map(str::to_owned).collect(),
        batch: batch.to_owned(),
    })
}

/// The row of the matrix in which a record was shown. What has no row of its own is shown in the indicators alone.
pub(super) fn block_of(record: &Record, at: Moment) -> Block {
    match record {
        Record::RegistrationChanges(_) => Block::Identity,
        Record::Permits(_) => Block::Permits,
        Record::Penalties(penalty) => block_of_penalty(penalty, at),
        Record::Lists(_) => Block::Lists,
        Record::Classes(class) => block_of_class(class),
        Record::Complaints(_) => Block::Complaints,
        _ => Block::Indicators,
    }
}

/// The block in which it stood until the file came.
fn block_of_penalty(penalty: &Penalty, at: Moment) -> Block {
    if !counts_at(penalty, at.shanghai_date()) {
        Block::PastPenalties
    } else if severity(penalty) == Severity::Minor {
        Block::MinorDishonesty
    } else {
        Block::Penalties
    }
}

/// The row of the matrix that a department's class belongs to.
#[must_use]
pub fn block_of_class(class: &Class) -> Block {
    match class.authority {
        ClassAuthority::Customs => Block::CustomsClass,
        ClassAuthority::Safe => Block::SafeClass,
        ClassAuthority::Tax if class.class.trim() == "A" => Block::TaxClassA,
        ClassAuthority::Tax => Block::TaxClass,
        ClassAuthority::PublicCredit => Block::Indicators,
    }
}

pub(super) fn read<T: DeserializeOwned>(payload: &str, key: &str) -> Result<T, StoreError> {
    serde_json::from_str(payload).map_err(|error| StoreError::Damaged {
        what: "record",
        key: key.to_owned(),
        why: error.to_string(),
    })
}
