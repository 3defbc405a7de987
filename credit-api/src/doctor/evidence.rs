//! Each received file against its digest, and each stored row against the file it came from.
//!
//! The file is read again as intake read it; every row it gave the database must still say what the file says,
//! and there must be as many as the batch counted.

use std::collections::BTreeMap;

use credit_core::dates::day_number;
use credit_core::records::{Record, Registration};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::{DoctorError, Finding, Report};
use crate::ceb;
use crate::intake::batches::Batch;
use crate::intake::evidence::{digest_of, digest_of_file};
use crate::intake::readers::{self, Input, RawRow};
use crate::service::Service;
use crate::store::bulk;
use crate::store::codec::{day_of, decode_order, decode_review, encode_order, encode_review, last_event_day};
use crate::store::schema::batches;
use crate::store::{DbConnection, StoreError};

/// Lines of a file whose rows are compared together.
const LINES_AT_ONCE: i64 = 50_000;

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = BigInt)]
    line: i64,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    payload: String,
}

#[derive(QueryableByName)]
struct BlobRow {
    #[diesel(sql_type = BigInt)]
    line: i64,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

/// A stored row: the columns beside the payload, and the payload.
struct StoredRow {
    key: String,
    payload: Vec<u8>,
}

/// Looks at every batch.
pub fn examine(
    service: &Service,
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let all: Vec<Batch> = batches::table
        .filter(batches::refused.is_null())
        .order(batches::received_at.asc())
        .select(Batch::as_select())
        .load(connection)
        .map_err(StoreError::from)?;
    for batch in all {
        report.files += 1;
        if batch.source == ceb::SOURCE {
            check_sealed(service, &batch, report);
            continue;
        }
        let path = service.evidence.path_of(&batch.file_digest);
        match digest_of(&path) {
            Ok(digest) if digest == batch.file_digest => {
                check_rows(connection, &batch, &path, report)?;
            }
            Ok(_) => report.findings.push(Finding::new(
                format!("evidence {}", batch.file_digest),
                format!("the file of batch {} ({}) was changed", batch.id, batch.file_name),
            )),
            Err(error) => report.findings.push(Finding::new(
                format!("evidence {}", batch.file_digest),
                format!("the file of batch {} ({}) cannot be read: {error}", batch.id, batch.file_name),
            )),
        }
        progress("files", report.files);
        if report.is_full() {
            break;
        }
    }
    Ok(())
}

/// Customs messages are kept sealed, or not at all. Their documents are looked at by [`super::sales`].
fn check_sealed(service: &Service, batch: &Batch, report: &mut Report) {
    let bytes = u64::try_from(batch.bytes).unwrap_or_default();
    let stored = service.evidence.stored(&batch.file_digest, bytes);
    if !stored.sealed {
        return;
    }
    let digest = service.evidence.open(&stored).and_then(digest_of_file);
    if digest.as_ref().ok() != Some(&batch.file_digest) {
        report.finding(
            format!("evidence {}", batch.file_digest),
            format!(
                "the sealed file of batch {} ({}) was changed, or its key is another",
                batch.id, batch.file_name
            ),
        );
    }
}

fn check_rows(
    connection: &mut DbConnection,
    batch: &Batch,
    path: &std::path::Path,
    report: &mut Report,
) -> Result<(), DoctorError> {
    let source = batch.source.parse().ok();
    let stream = readers::open(&Input::Path(path.to_path_buf()), source);
    let mut rows = stream.map(|stream| stream.filter_map(Result::ok)).into_iter().flatten().peekable();
    let (mut first, mut count) = (0, 0);
    loop {
        let last = first + LINES_AT_ONCE;
        let end = if rows.peek().is_none() { i64::MAX } else { last };
        let mut stored = stored_rows(connection, batch, first, end)?;
        count += i64::try_from(stored.len()).unwrap_or(i64::MAX);
        while let Some(raw) = rows.next_if(|raw| line_of(raw) < end) {
            if let Some(row) = stored.remove(&line_of(&raw)) {
                report.rows += 1;
                check_stored(batch, &raw, &row, report);
            }
        }
        for (line, row) in stored {
            report.finding(
                format!("{} {}", table_of(&batch.source), readable(&row.key)),
                format!("the file {} of batch {} has no row in line {line}", batch.file_name, batch.id),
            );
        }
        if end == i64::MAX || report.is_full() {
            break;
        }
        first = last;
    }
    let expected = batch.rows_new + batch.rows_superseding;
    if count != expected && !report.is_full() {
        report.finding(
            format!("batches {}", batch.id),
            format!("{count} rows of {} are stored, {expected} were taken", batch.file_name),
        );
    }
    Ok(())
}

fn line_of(raw: &RawRow) -> i64 {
    i64::try_from(raw.line).unwrap_or(i64::MAX - 1)
}

fn check_stored(batch: &Batch, raw: &RawRow, row: &StoredRow, report: &mut Report) {
    let Ok(record) = raw.parse() else { return };
    let says = said(&record);
    // Customs messages have the say in it: `super::sales` compares.
    if batch.source == "transactions"
        && decode_order(&row.payload).is_ok_and(|order| order.documents_agree.is_some())
    {
        return;
    }
    if row.key != says.key || row.payload != says.payload {
        report.finding(
            format!("{} {}", table_of(&batch.source), readable(&says.key)),
            format!(
                "it is not what line {} of {} (batch {}) says; the row now reads {} {}",
                raw.line,
                batch.file_name,
                batch.id,
                readable(&row.key),
                excerpt(&row.payload, &says.payload)
            ),
        );
    }
}

fn table_of(source: &str) -> &'static str {
    match source {
        "registration" => "registrations",
        "transactions" => "orders",
        "reviews" => "reviews",
        _ => "facts",
    }
}

/// What the tables hold of some lines of a batch, by line.
fn stored_rows(
    connection: &mut DbConnection,
    batch: &Batch,
    first: i64,
    end: i64,
) -> Result<BTreeMap<i64, StoredRow>, StoreError> {
    let (text, blob): (&[&str], &[&str]) = match table_of(&batch.source) {
        "registrations" => (
            &["SELECT line, uscc || '|' || record_source || '|' || legal_representative || '|' || \
               COALESCE(phone, '') || '|' || COALESCE(address, '') AS key, payload \
               FROM registrations WHERE batch_id = $1"],
            &[],
        ),
        "orders" => (
            &[],
            &[
                "SELECT line, uscc || '|' || order_no || '|' || ordered_day || '|' || last_event_day || '|' || \
                 COALESCE(event_id, '') AS key, payload FROM orders WHERE batch_id = $1",
                "SELECT line, '' AS key, payload FROM order_versions WHERE batch_id = $1",
            ],
        ),
        "reviews" => (
            &[],
            &[
                "SELECT line, uscc || '|' || platform_uscc || '|' || review_id || '|' || created_day || '|' || \
                 buyer_token || '|' || deleted AS key, payload FROM reviews WHERE batch_id = $1",
                "SELECT line, '' AS key, payload FROM review_versions WHERE batch_id = $1",
            ],
        ),
        _ => (
            &["SELECT line, uscc || '|' || source || '|' || natural_key || '|' || occurred_day || '|' || \
               COALESCE(event_id, '') AS key, payload FROM facts WHERE batch_id = $1"],
            &[],
        ),
    };
    let mut found = BTreeMap::new();
    let lines = |sql: &str| format!("{sql} AND line >= $2 AND line < $3");
    let binds = || [batch.id.as_str().into(), first.into(), end.into()];
    for sql in text {
        for row in bulk::load::<TextRow>(connection, &lines(sql), binds())? {
            found.insert(row.line, StoredRow { key: row.key, payload: row.payload.into_bytes() });
        }
    }
    for sql in blob {
        for row in bulk::load::<BlobRow>(connection, &lines(sql), binds())? {
            let key = if row.key.is_empty() { key_of_blob(&batch.source, &row.payload) } else { row.key };
            found.insert(row.line, StoredRow { key, payload: row.payload });
        }
    }
    Ok(found)
}

/// Earlier versions have no columns beside the payload that anything reads.
fn key_of_blob(source: &str, payload: &[u8]) -> String {
    let record = match source {
        "transactions" => decode_order(payload).map(|order| Record::Transactions(Box::new(order))),
        _ => decode_review(payload).map(|review| Record::Reviews(Box::new(review))),
    };
    record.map(|record| said(&record).key).unwrap_or_default()
}

/// The row that intake would write for a record.
fn said(record: &Record) -> StoredRow {
    match record {
        Record::Registration(row) => {
            let Registration { uscc, legal_representative, phone, address, .. } = row.as_ref();
            let key = [
                uscc.to_string(),
                record.natural_key().split('\u{1f}').nth(1).unwrap_or_default().to_owned(),
                legal_representative.clone(),
                phone.clone().unwrap_or_default(),
                address.clone().unwrap_or_default(),
            ];
            StoredRow { key: key.join("|"), payload: json(row.as_ref()) }
        }
        Record::Transactions(order) => {
            let key = [
                order.uscc.to_string(),
                order.order_no.clone(),
                day_of(order.ordered_at).to_string(),
                last_event_day(order).to_string(),
                order.event_id.clone().unwrap_or_default(),
            ];
            StoredRow { key: key.join("|"), payload: encode_order(order) }
        }
        Record::Reviews(review) => {
            let key = [
                review.uscc.to_string(),
                review.platform_uscc.to_string(),
                review.review_id.clone(),
                day_of(review.created_at).to_string(),
                review.buyer_token.clone(),
                u8::from(review.deleted).to_string(),
            ];
            StoredRow { key: key.join("|"), payload: encode_review(review) }
        }
        other => {
            let key = [
                other.uscc().to_string(),
                other.source().as_str().to_owned(),
                other.natural_key(),
                other.occurred_on().map_or(0, day_number).to_string(),
                other.event_id().unwrap_or_default().to_owned(),
            ];
            StoredRow { key: key.join("|"), payload: json(other) }
        }
    }
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn readable(key: &str) -> String {
    key.replace('\u{1f}', "/")
}

/// The first place where two payloads differ, in a few characters around it.
fn excerpt(found: &[u8], expected: &[u8]) -> String {
    const AROUND: usize = 24;
    let at = found.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let cut = |bytes: &[u8]| {
        let part = bytes.get(at.saturating_sub(AROUND)..bytes.len().min(at + AROUND)).unwrap_or_default();
        String::from_utf8_lossy(part).chars().filter(|c| !c.is_control()).collect::<String>()
    };
    if found == expected {
        return String::new();
    }
    format!("(…{}… instead of …{}…)", cut(found), cut(expected))
}
