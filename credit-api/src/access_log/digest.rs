//! The end of a day: its digest goes to the ledger, its counts to the habits.

use credit_core::dates::day_number;

use super::behind::Log;
use super::{habit, store};
use crate::anchoring::outbox::{self, Draft, NewRow};
use crate::clock::Clock;
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// The subject of the digests' outbox rows.
pub const SUBJECT: &str = "access-log";
const KIND: &str = "access_log";
/// How long after midnight in Shanghai a day is taken for whole: what was asked before has its rows by then.
const AFTER_MIDNIGHT_MS: i64 = 5 * 60 * 1_000;

/// A day whose rows are no longer those that were anchored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Days of Asia/Shanghai since 1970-01-01.
    pub day: i32,
    /// Rows there are now.
    pub rows: u64,
}

/// Puts the digests of the days that are over into the outbox, as far as they are not there yet.
///
/// # Errors
/// The databases'.
pub fn anchor_days(credit: &Database, log: &Log, clock: &dyn Clock) -> Result<usize, StoreError> {
    let now = clock.now();
    let today = day_number(credit_core::dates::Moment(now.0 - AFTER_MIDNIGHT_MS).shanghai_date());
    let mut connection = credit.connection()?;
    let mut done = 0;
    loop {
        let last = last_day(&mut connection)?;
        let Some(next) = store::next_day(&mut *log.connection()?, last)?.map(day_number) else { break };
        if next >= today {
            break;
        }
        let (_, digest) = store::root_of_day(&mut *log.connection()?, next)?;
        let counts = store::enterprises_by_reader(&mut *log.connection()?, next)?;
        write(&mut connection, Lane::Bookkeeping, |connection| {
            // Another process may have been faster.
            if last_day(connection)? != last {
                return Ok::<(), StoreError>(());
            }
            let draft = Draft::AccessLog { day: u32::try_from(next).unwrap_or(0), digest };
            habit::close_day(connection, next, now.0, &counts)?;
            let row = NewRow { subject: SUBJECT.to_owned(), seq: i64::from(next), at_ms: now.0, draft };
            outbox::insert(connection, vec![row])
        })?;
        done += 1;
    }
    Ok(done)
}

fn last_day(connection: &mut DbConnection) -> Result<Option<i32>, StoreError> {
    let last = outbox::last_seq(connection, KIND, SUBJECT)?;
    Ok(last.and_then(|seq| i32::try_from(seq).ok()))
}

/// Days whose rows make another digest than the one on record, the earliest first. `progress` is told how many days
/// were looked at.
///
/// # Errors
/// The databases'.
pub fn differences(
    credit: &mut DbConnection,
    log: &Log,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<Difference>, StoreError> {
    let mut differences = Vec::new();
    for (looked, row) in (1..).zip(outbox::of_subject(credit, KIND, SUBJECT)?) {
        let Draft::AccessLog { day, digest } = row.draft()? else { continue };
        let day = i32::try_from(day).unwrap_or(i32::MAX);
        let (rows, found) = store::root_of_day(&mut *log.connection()?, day)?;
        if found != digest {
            differences.push(Difference { day, rows });
        }
        progress(looked);
    }
    Ok(differences)
}
