//! Writes where enterprises stand, in the transaction of their evaluation: a row and its outbox row for each list that
//! one entered or left since the last row.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use credit_core::alerts::AlertRules;
use credit_core::facts::Facts;
use credit_core::records::Listing;
use diesel::prelude::*;
use parity_scale_codec::Encode;

use super::statement::Listed;
use super::{due, lists, standing};
use crate::anchoring::outbox::{self, Draft, NewRow};
use crate::store::bulk::{self, Bind};
use crate::store::schema::listings;
use crate::store::versioned::random;
use crate::store::{DbConnection, StoreError};

/// Enterprises asked about in one query.
const CODES_AT_ONCE: usize = 500;

/// A row as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = listings)]
pub struct ListingRow {
    pub uscc: String,
    pub seq: i64,
    pub list: i32,
    pub listed: i32,
    pub day: i32,
    pub recorded_at: i64,
    pub statement: Vec<u8>,
    pub salt: Option<Vec<u8>>,
}

/// Where an enterprise stands by its rows.
#[derive(Default)]
struct Last {
    seq: i64,
    /// The last row of each list.
    rows: BTreeMap<u16, ListingRow>,
}

/// Compares where these enterprises stand on a day with what was written of them last, and writes what differs.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn standings(
    connection: &mut DbConnection,
    facts: &[Facts],
    rules: &AlertRules,
    (day, now_ms): (NaiveDate, i64),
) -> Result<(), StoreError> {
    let codes: Vec<String> = facts.iter().map(|one| one.uscc.to_string()).collect();
    let mut last = last_of(connection, &codes)?;
    let (mut rows, mut entries) = (Vec::new(), Vec::new());
    for one in facts {
        let mut before = last.remove(one.uscc.as_str()).unwrap_or_default();
        for change in changes(&one.listings, &before, day)? {
            before.seq += 1;
            let salt = random()?;
            let commitment = change.commitment(salt)?;
            let draft = Draft::Listing { list: change.list, listed: change.listed, commitment };
            entries.push(NewRow { subject: change.uscc.clone(), seq: before.seq, at_ms: now_ms, draft });
            rows.push(vec![
                change.uscc.clone().into(),
                before.seq.into(),
                i32::from(change.list).into(),
                i32::from(change.listed).into(),
                change.day.into(),
                now_ms.into(),
                Bind::Bytes(change.encode()),
                Bind::Bytes(Vec::from(salt)),
            ]);
        }
    }
    bulk::execute_rows(
        connection,
        "INSERT INTO listings (uscc, seq, list, listed, day, recorded_at, statement, salt)",
        8,
        rows,
        "",
    )?;
    outbox::insert(connection, entries)?;
    show(connection, facts, day)?;
    due::set(connection, facts, rules, day)
}

/// The entries and exits since the last rows.
fn changes(all: &[Listing], before: &Last, day: NaiveDate) -> Result<Vec<Listed>, StoreError> {
    let now = standing::on(all, day);
    let mut found = Vec::new();
    for (list, row) in before.rows.iter().filter(|(_, row)| row.listed != 0) {
        if !now.contains_key(list) {
            let entered = Listed::read(&row.uscc, &row.statement)?;
            let is_its =
                |one: &&Listing| lists::number(one.list) == *list && one.decision_no == entered.decision_no;
            found.push(entered.exit(all.iter().find(is_its), day));
        }
    }
    for (list, entry) in now {
        if before.rows.get(&list).is_none_or(|row| row.listed == 0) {
            found.push(Listed::entry(entry, list, day));
        }
    }
    Ok(found)
}

/// What lists of enterprises show: whether one is on a list of dishonesty today.
fn show(connection: &mut DbConnection, facts: &[Facts], day: NaiveDate) -> Result<(), StoreError> {
    let is_listed = |one: &Facts| {
        let on = standing::on(&one.listings, day);
        on.into_keys().filter_map(lists::of_number).any(lists::is_negative)
    };
    let (listed, free): (Vec<&Facts>, Vec<&Facts>) = facts.iter().partition(|one| is_listed(one));
    for (value, codes) in [(1, listed), (0, free)] {
        for part in codes.chunks(CODES_AT_ONCE) {
            let places: Vec<String> = (2..part.len() + 2).map(|at| format!("${at}")).collect();
            let sql = format!(
                "UPDATE enterprises SET listed = $1 WHERE listed <> $1 AND uscc IN ({})",
                places.join(",")
            );
            let codes = part.iter().map(|one| Bind::Text(one.uscc.to_string()));
            bulk::execute(connection, &sql, std::iter::once(Bind::Int(value)).chain(codes))?;
        }
    }
    Ok(())
}

fn last_of(connection: &mut DbConnection, codes: &[String]) -> Result<HashMap<String, Last>, StoreError> {
    let mut found: HashMap<String, Last> = HashMap::new();
    for part in codes.chunks(CODES_AT_ONCE) {
        let rows: Vec<ListingRow> = listings::table
            .filter(listings::uscc.eq_any(part))
            .order((listings::uscc.asc(), listings::seq.asc()))
            .select(ListingRow::as_select())
            .load(connection)?;
        for row in rows {
            let last = found.entry(row.uscc.clone()).or_default();
            last.seq = row.seq;
            last.rows.insert(u16::try_from(row.list).unwrap_or(0), row);
        }
    }
    Ok(found)
}

/// All rows of an enterprise, in order.
///
/// # Errors
/// The database's.
pub fn of_enterprise(connection: &mut DbConnection, uscc: &str) -> Result<Vec<ListingRow>, StoreError> {
    Ok(listings::table
        .filter(listings::uscc.eq(uscc))
        .order(listings::seq.asc())
        .select(ListingRow::as_select())
        .load(connection)?)
}
