//! Where two sources disagree, over all enterprises, page by page.
//!
//! A page costs four queries for every [`ENTERPRISES_AT_ONCE`] enterprises that more than one record speaks of, however
//! many disagreements they have.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::records::{Record, Registration};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::disagree::{Disagreement, Fact, Known, Received, disagreements};
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Enterprises whose records are read together.
const ENTERPRISES_AT_ONCE: usize = 200;
/// Enterprises looked at for one page; past them the page ends, with a place to go on from.
const ENTERPRISES_A_PAGE: usize = 20_000;

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub uscc: String,
    pub name: String,
    pub about: Disagreement,
}

/// A place in the report: what comes after the `at`-th disagreement of an enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub uscc: String,
    pub at: usize,
}

impl Place {
    /// As it stands in a cursor.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}:{}", self.uscc, self.at)
    }

    /// Reads [`Place::text`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (uscc, at) = text.split_once(':')?;
        Some(Self { uscc: uscc.to_owned(), at: at.parse().ok()? })
    }
}

/// Lines, and where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    pub lines: Vec<Line>,
    pub next: Option<Place>,
}

#[derive(QueryableByName)]
struct Code {
    #[diesel(sql_type = Text)]
    uscc: String,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = BigInt)]
    known_from: i64,
}

/// What sources disagree on at a day, by enterprise, after a place: those that `shown` lets through, at most `limit`.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn page(
    connection: &mut DbConnection,
    day: NaiveDate,
    after: Option<&Place>,
    limit: usize,
    shown: &dyn Fn(Fact) -> bool,
) -> Result<Page, StoreError> {
    let mut page = Page::default();
    let mut skip = after.map_or(0, |place| place.at);
    // The enterprise of the place itself is read again: it may have more.
    let mut last = after.map(|place| place.uscc.clone());
    let mut include = after.is_some();
    for _ in 0..ENTERPRISES_A_PAGE / ENTERPRISES_AT_ONCE {
        let codes = spoken_of(connection, last.as_deref().unwrap_or_default(), include)?;
        let Some(newest) = codes.last().cloned() else { return Ok(page) };
        for (uscc, name, known) in known(connection, &codes)? {
            let all = disagreements(&known, day);
            let skipped =
                if after.is_some_and(|place| place.uscc == uscc) { std::mem::take(&mut skip) } else { 0 };
            for (at, about) in
                all.into_iter().enumerate().skip(skipped).filter(|(_, about)| shown(about.fact))
            {
                if page.lines.len() == limit {
                    page.next = Some(Place { uscc, at });
                    return Ok(page);
                }
                page.lines.push(Line { uscc: uscc.clone(), name: name.clone(), about });
            }
        }
        if codes.len() < ENTERPRISES_AT_ONCE {
            return Ok(page);
        }
        (last, include) = (Some(newest), false);
    }
    page.next = last.map(|uscc| Place { uscc, at: usize::MAX });
    Ok(page)
}

/// Enterprises of which two records may disagree: two registration rows, or a class or an entry of a list.
fn spoken_of(connection: &mut DbConnection, after: &str, include: bool) -> Result<Vec<String>, StoreError> {
    let than = if include { ">=" } else { ">" };
    let sql = format!(
        "SELECT uscc FROM (SELECT uscc FROM registrations WHERE known_to IS NULL AND uscc {than} $1 \
         GROUP BY uscc HAVING COUNT(*) > 1 ORDER BY uscc LIMIT {ENTERPRISES_AT_ONCE}) twice \
         UNION SELECT uscc FROM (SELECT DISTINCT uscc FROM facts WHERE known_to IS NULL AND uscc {than} $1 \
         AND source IN ('classes', 'lists') ORDER BY uscc LIMIT {ENTERPRISES_AT_ONCE}) named \
         ORDER BY uscc LIMIT {ENTERPRISES_AT_ONCE}"
    );
    let rows: Vec<Code> = bulk::load(connection, &sql, [after.into()])?;
    Ok(rows.into_iter().map(|row| row.uscc).collect())
}

/// What is known of some enterprises, in the order of their codes.
fn known(
    connection: &mut DbConnection,
    codes: &[String],
) -> Result<Vec<(String, String, Known)>, StoreError> {
    let list: Vec<String> = (1..=codes.len()).map(|at| format!("${at}")).collect();
    let list = list.join(",");
    let binds = || codes.iter().map(|code| Bind::from(code.as_str()));
    let mut found: BTreeMap<String, (String, Known)> = BTreeMap::new();
    let names: Vec<Name> = bulk::load(
        connection,
        &format!("SELECT uscc, name FROM enterprises WHERE uscc IN ({list})"),
        binds(),
    )?;
    for row in names {
        found.entry(row.uscc).or_default().0 = row.name;
    }
    let rows: Vec<Row> = bulk::load(
        connection,
        &format!(
            "SELECT uscc, payload, known_from FROM registrations WHERE known_to IS NULL AND uscc IN ({list}) \
             ORDER BY uscc, known_from, line"
        ),
        binds(),
    )?;
    for row in rows {
        let record: Registration = parsed("registration", &row)?;
        let received = Received { record, at: Moment(row.known_from) };
        found.entry(row.uscc).or_default().1.registrations.push(received);
    }
    let rows: Vec<Row> = bulk::load(
        connection,
        &format!(
            "SELECT uscc, payload, known_from FROM facts WHERE known_to IS NULL AND source IN ('classes', 'lists') \
             AND uscc IN ({list}) ORDER BY uscc, known_from, line"
        ),
        binds(),
    )?;
    for row in rows {
        let at = Moment(row.known_from);
        let record: Record = parsed("record", &row)?;
        let known = &mut found.entry(row.uscc).or_default().1;
        match record {
            Record::Classes(record) => known.classes.push(Received { record, at }),
            Record::Lists(record) => known.lists.push(Received { record, at }),
            _ => {}
        }
    }
    Ok(found.into_iter().map(|(uscc, (name, known))| (uscc, name, known)).collect())
}

fn parsed<T: serde::de::DeserializeOwned>(what: &'static str, row: &Row) -> Result<T, StoreError> {
    serde_json::from_str(&row.payload).map_err(|error| StoreError::Damaged {
        what,
        key: row.uscc.clone(),
        why: error.to_string(),
    })
}
