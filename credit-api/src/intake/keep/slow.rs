//! Registrations and the slow sources' records: every version in one table, the one known now left open.

use std::collections::{BTreeSet, HashMap};

use credit_core::dates::day_number;
use credit_core::records::{Record, Registration};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Kept, Provenance, Rows};
use crate::store::bulk::{self, Bind, placeholders};
use crate::store::{DbConnection, StoreError};

#[derive(QueryableByName)]
struct CurrentText {
    #[diesel(sql_type = Text)]
    a: String,
    #[diesel(sql_type = Text)]
    b: String,
    #[diesel(sql_type = Text)]
    payload: String,
}

/// Versions kept side by side in one table: rows to close and rows to insert, in order.
struct SideBySide<T> {
    close: Vec<(String, String)>,
    insert: Vec<(i64, T, String, Option<i64>)>,
    kept: Kept,
}

fn sort_side_by_side<T>(
    from: &Provenance,
    mut last: HashMap<(String, String), String>,
    rows: Rows<T>,
    key: impl Fn(&T) -> (String, String),
    payload: impl Fn(&T) -> Result<String, StoreError>,
) -> Result<SideBySide<T>, StoreError> {
    let mut sorted = SideBySide { close: Vec::new(), insert: Vec::new(), kept: Kept::default() };
    let mut here: HashMap<(String, String), usize> = HashMap::new();
    for (line, row) in rows {
        let (key, payload) = (key(&row), payload(&row)?);
        match last.insert(key.clone(), payload.clone()) {
            Some(known) if known == payload => {
                sorted.kept.unchanged += 1;
                continue;
            }
            Some(_) => {
                sorted.kept.superseding += 1;
                match here.get(&key).and_then(|at| sorted.insert.get_mut(*at)) {
                    Some(earlier) => earlier.3 = Some(from.known_from),
                    None => sorted.close.push(key.clone()),
                }
            }
            None => sorted.kept.new += 1,
        }
        here.insert(key, sorted.insert.len());
        sorted.insert.push((line, row, payload, None));
    }
    Ok(sorted)
}

fn current_texts(
    connection: &mut DbConnection,
    select: &str,
    keys: BTreeSet<(String, String)>,
) -> Result<HashMap<(String, String), String>, StoreError> {
    let sql = format!("{select} IN (VALUES {})", placeholders(keys.len(), 2));
    let binds = keys.into_iter().flat_map(|(a, b)| [Bind::Text(a), Bind::Text(b)]);
    let found: Vec<CurrentText> = bulk::load(connection, &sql, binds)?;
    Ok(found.into_iter().map(|row| ((row.a, row.b), row.payload)).collect())
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Damaged {
        what: "record",
        key: String::new(),
        why: error.to_string(),
    })
}

fn record_source(registration: &Registration) -> String {
    use credit_core::records::RecordSource;
    match registration.record_source {
        None => "",
        Some(RecordSource::Samr) => "samr",
        Some(RecordSource::Zone) => "zone",
        Some(RecordSource::Customs) => "customs",
    }
    .to_owned()
}

pub(super) fn keep_registrations(
    connection: &mut DbConnection,
    from: &Provenance,
    rows: Rows<Registration>,
) -> Result<Kept, StoreError> {
    let key = |row: &Registration| (row.uscc.to_string(), record_source(row));
    let stored = current_texts(
        connection,
        "SELECT uscc AS a, record_source AS b, payload FROM registrations \
         WHERE known_to IS NULL AND (uscc, record_source)",
        rows.iter().map(|(_, row)| key(row)).collect(),
    )?;
    let sorted = sort_side_by_side(from, stored, rows, key, to_json)?;
    for (uscc, source) in sorted.close {
        bulk::execute(
            connection,
            "UPDATE registrations SET known_to = $1 WHERE uscc = $2 AND record_source = $3 AND known_to IS NULL",
            [from.known_from.into(), uscc.into(), source.into()],
        )?;
    }
    let rows = sorted.insert.into_iter().map(|(line, row, payload, known_to)| {
        vec![
            row.uscc.to_string().into(),
            record_source(&row).into(),
            from.known_from.into(),
            Bind::OptionalBig(known_to),
            row.legal_representative.clone().into(),
            Bind::OptionalText(row.phone.clone()),
            Bind::OptionalText(row.address.clone()),
            payload.into(),
            from.batch_id.clone().into(),
            line.into(),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO registrations (uscc, record_source, known_from, known_to, legal_representative, phone, \
         address, payload, batch_id, line)",
        10,
        rows.collect(),
        "",
    )?;
    Ok(sorted.kept)
}

pub(super) fn keep_facts(
    connection: &mut DbConnection,
    from: &Provenance,
    rows: Rows<Record>,
) -> Result<Kept, StoreError> {
    let key = |row: &Record| (row.source().as_str().to_owned(), row.natural_key());
    let stored = current_texts(
        connection,
        "SELECT source AS a, natural_key AS b, payload FROM facts WHERE known_to IS NULL AND (source, natural_key)",
        rows.iter().map(|(_, row)| key(row)).collect(),
    )?;
    let sorted = sort_side_by_side(from, stored, rows, key, to_json)?;
    for (source, natural_key) in sorted.close {
        bulk::execute(
            connection,
            "UPDATE facts SET known_to = $1 WHERE source = $2 AND natural_key = $3 AND known_to IS NULL",
            [from.known_from.into(), source.into(), natural_key.into()],
        )?;
    }
    let rows = sorted.insert.into_iter().map(|(line, row, payload, known_to)| {
        vec![
            row.uscc().to_string().into(),
            row.source().as_str().into(),
            row.natural_key().into(),
            from.known_from.into(),
            Bind::OptionalBig(known_to),
            row.occurred_on().map_or(0, day_number).into(),
            Bind::OptionalText(row.event_id().map(str::to_owned)),
            payload.into(),
            from.batch_id.clone().into(),
            line.into(),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO facts (uscc, source, natural_key, known_from, known_to, occurred_day, event_id, payload, \
         batch_id, line)",
        10,
        rows.collect(),
        "",
    )?;
    Ok(sorted.kept)
}
