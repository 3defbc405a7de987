//! What the source says of a record now: whether it was repaired, in the words of the record itself.

use std::collections::HashMap;

use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::records::Record;
use credit_core::repair::repaired;
use credit_core::rules::class::{authority_name, authority_name_en, class_name};
use credit_core::rules::listing::{list_name, list_name_en};
use credit_core::scorecard::Text as Words;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};

use crate::cases::subject::{REPAIRED, RecordName};
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Between the parts of a natural key.
const SEPARATOR: &str = "\u{1f}";

/// A record in force, as its source sent it last.
#[derive(Debug, Clone)]
pub struct Known {
    pub record: Record,
    /// When this version was received.
    pub received_at: Moment,
}

/// That its source says that a record was repaired, and what the record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// What was repaired, with its number.
    pub title: Words,
    pub decision_no: String,
    pub authority: String,
    pub decided_on: NaiveDate,
    /// The first day without effect.
    pub repaired_on: NaiveDate,
    /// The day on which the source's file was received here.
    pub received_on: NaiveDate,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = BigInt)]
    known_from: i64,
}

/// The version of a record that counts now.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn current(
    connection: &mut DbConnection,
    uscc: &str,
    name: &RecordName,
) -> Result<Option<Known>, StoreError> {
    let sql = "SELECT payload, known_from FROM facts WHERE uscc = $1 AND source = $2 AND natural_key = $3 \
               AND known_to IS NULL ORDER BY known_from DESC, line DESC LIMIT 1";
    let key = name.key.join(SEPARATOR);
    let binds: [Bind; 3] = [uscc.into(), name.source.clone().into(), key.into()];
    let rows: Vec<Version> = bulk::load(connection, sql, binds)?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let record = read(uscc, &row.payload)?;
    Ok(Some(Known { record, received_at: Moment(row.known_from) }))
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    source: String,
    #[diesel(sql_type = Text)]
    natural_key: String,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = BigInt)]
    known_from: i64,
}

/// The versions that count now of all records of an enterprise that can be repaired, by source and natural key.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn all_current(
    connection: &mut DbConnection,
    uscc: &str,
) -> Result<HashMap<(String, String), Known>, StoreError> {
    let sources = REPAIRED.map(|source| format!("'{source}'")).join(",");
    // Of two versions the one that came last stays.
    let sql = format!(
        "SELECT source, natural_key, payload, known_from FROM facts WHERE uscc = $1 AND known_to IS NULL \
         AND source IN ({sources}) ORDER BY known_from, line"
    );
    let rows: Vec<Row> = bulk::load(connection, &sql, [uscc.into()])?;
    let known = |row: Row| {
        let record = read(uscc, &row.payload)?;
        Ok(((row.source, row.natural_key), Known { record, received_at: Moment(row.known_from) }))
    };
    rows.into_iter().map(known).collect()
}

fn read(uscc: &str, payload: &str) -> Result<Record, StoreError> {
    serde_json::from_str(payload).map_err(|error| StoreError::Damaged {
        what: "record",
        key: uscc.to_owned(),
        why: error.to_string(),
    })
}

/// The repair that the source's last row of a record speaks of; none while the record counts.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn repair_of(
    connection: &mut DbConnection,
    uscc: &str,
    name: &RecordName,
    today: NaiveDate,
) -> Result<Option<Repair>, StoreError> {
    Ok(current(connection, uscc, name)?.and_then(|known| known.repair(today)))
}

impl Known {
    /// The repair that it speaks of.
    #[must_use]
    pub fn repair(&self, today: NaiveDate) -> Option<Repair> {
        let repaired_on = repaired(&self.record, today)?.on;
        let (title, decision_no, authority, decided_on) = match &self.record {
            Record::Penalties(row) => {
                let title = Words {
                    zh: format!("行政处罚（{}）", row.doc_no),
                    en: format!("administrative penalty {}", row.doc_no),
                };
                (title, row.doc_no.clone(), row.authority.clone(), row.decided_on)
            }
            Record::Lists(row) => {
                let title = Words {
                    zh: format!("{}（{}）", list_name(row.list), row.decision_no),
                    en: format!("entry {} of the {}", row.decision_no, list_name_en(row.list)),
                };
                (title, row.decision_no.clone(), row.authority.clone(), row.effective_on)
            }
            Record::Classes(row) => {
                let class = class_name(row.authority, &row.class);
                let title = Words {
                    zh: format!("{}（{}）", authority_name(row.authority), class.zh),
                    en: format!("{} ({})", authority_name_en(row.authority), class.en),
                };
                let number = row.decision_no.clone().unwrap_or_default();
                (title, number, authority_name(row.authority).to_owned(), row.valid_from)
            }
            _ => return None,
        };
        let received_on = self.received_at.shanghai_date();
        Some(Repair { title, decision_no, authority, decided_on, repaired_on, received_on })
    }
}
