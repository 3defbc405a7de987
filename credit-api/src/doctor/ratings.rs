//! Each rating against its statement, its commitment, its outbox row and its leaf.

use std::collections::{BTreeSet, HashMap};

use credit_core::dates::day_number;
use diesel::prelude::*;
use ledger::commitment::RecordSalt;
use ledger::entry::Entry;
use node::view::LedgerView;

use super::{DoctorError, Finding, Report};
use crate::anchoring::outbox::{Draft, OutboxRow};
use crate::evaluation::history::RatingRow;
use crate::evaluation::sign_off::{self, SignOffRecord, SignOffRow};
use crate::evaluation::statement::{committed, fields_of, statement_of};
use crate::store::schema::{enterprises, outbox, ratings, sign_offs};
use crate::store::{DbConnection, StoreError};

/// Rows read at once.
const PAGE: i64 = 1_000;

/// Looks at every rating and every outbox row.
pub fn examine(
    connection: &mut DbConnection,
    ledger: &LedgerView,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let shown = shown_grades(connection)?;
    let (mut after, mut last) = ((String::new(), 0i64), None::<RatingRow>);
    loop {
        let page = page_after(connection, &after)?;
        let end = page.last().map(|end| (end.uscc.clone(), end.seq));
        let mut anchored = outbox_between(connection, &after, end.as_ref())?;
        let signed = sign_offs_of(connection, &page)?;
        for row in page {
            report.ratings += 1;
            let expected_seq =
                last.as_ref().filter(|last| last.uscc == row.uscc).map_or(1, |last| last.seq + 1);
            if row.seq != expected_seq {
                report.finding(place(&row), format!("seq {expected_seq} is missing before it"));
            }
            if let Some(last) = last.as_ref().filter(|last| last.uscc != row.uscc) {
                check_shown(last, &shown, report);
            }
            check_row(&row, report);
            check_signatures(&row, &signed, report);
            match anchored.remove(&(row.uscc.clone(), row.seq)) {
                None => report.finding(place(&row), "it has no outbox row"),
                Some(entry) => check_entry(&row, &entry, ledger, report)?,
            }
            last = Some(row);
        }
        for ((uscc, seq), row) in anchored {
            let what = format!(
                "the ledger was given this rating (outbox row {}), the table does not have it",
                row.id
            );
            report.finding(format!("ratings {uscc} seq {seq}"), what);
        }
        progress("ratings", report.ratings);
        match end {
            Some(end) if !report.is_full() => after = end,
            _ => break,
        }
    }
    if let Some(last) = &last {
        check_shown(last, &shown, report);
    }
    Ok(())
}

fn place(row: &RatingRow) -> String {
    format!("ratings {} seq {}", row.uscc, row.seq)
}

fn page_after(connection: &mut DbConnection, after: &(String, i64)) -> Result<Vec<RatingRow>, StoreError> {
    Ok(ratings::table
        .filter(
            ratings::uscc
                .gt(after.0.clone())
                .or(ratings::uscc.eq(after.0.clone()).and(ratings::seq.gt(after.1))),
        )
        .order((ratings::uscc.asc(), ratings::seq.asc()))
        .limit(PAGE)
        .select(RatingRow::as_select())
        .load(connection)?)
}

type Anchored = HashMap<(String, i64), OutboxRow>;

/// Outbox rows of ratings after one and up to another, or to the end.
fn outbox_between(
    connection: &mut DbConnection,
    after: &(String, i64),
    end: Option<&(String, i64)>,
) -> Result<Anchored, StoreError> {
    let later =
        outbox::uscc.gt(after.0.clone()).or(outbox::uscc.eq(after.0.clone()).and(outbox::seq.gt(after.1)));
    let query = outbox::table.filter(outbox::kind.eq("rating")).filter(later).select(OutboxRow::as_select());
    let rows: Vec<OutboxRow> = match end {
        None => query.limit(PAGE).load(connection)?,
        Some((uscc, seq)) => query
            .filter(outbox::uscc.lt(uscc.clone()).or(outbox::uscc.eq(uscc.clone()).and(outbox::seq.le(*seq))))
            .load(connection)?,
    };
    Ok(rows.into_iter().map(|row| ((row.uscc.clone(), row.seq), row)).collect())
}

/// The records of the sign-offs of some enterprises, by enterprise and number.
fn sign_offs_of(
    connection: &mut DbConnection,
    page: &[RatingRow],
) -> Result<HashMap<(String, i64), SignOffRecord>, StoreError> {
    let codes: BTreeSet<&str> =
        page.iter().filter(|row| row.sign_off.is_some()).map(|row| row.uscc.as_str()).collect();
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<SignOffRow> = sign_offs::table
        .filter(sign_offs::uscc.eq_any(codes))
        .select(SignOffRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(|row| ((row.uscc.clone(), row.seq), row.record())).collect())
}

/// The sign-off beside a rating against the statement's digest and the signatures as they were given.
fn check_signatures(row: &RatingRow, signed: &HashMap<(String, i64), SignOffRecord>, report: &mut Report) {
    let Ok(statement) = statement_of(row) else { return };
    let recorded = row.sign_off.as_deref();
    if statement.sign_off != recorded.map(sign_off::digest_of) {
        return report.finding(
            place(row),
            "sign_off is not what the statement behind its commitment carries the digest of",
        );
    }
    let Some(record) = recorded.and_then(|text| serde_json::from_str::<SignOffRecord>(text).ok()) else {
        return;
    };
    let key = (row.uscc.clone(), record.number);
    if signed.get(&key) != Some(&record) {
        let what = format!("it is not what rating seq {} was recorded with", row.seq);
        report.finding(format!("sign_offs {} seq {}", row.uscc, record.number), what);
    }
}

type Shown = HashMap<String, (Option<String>, Option<i32>)>;

fn shown_grades(connection: &mut DbConnection) -> Result<Shown, StoreError> {
    let rows: Vec<(String, Option<String>, Option<i32>)> = enterprises::table
        .select((enterprises::uscc, enterprises::grade, enterprises::score))
        .load(connection)?;
    Ok(rows.into_iter().map(|(uscc, grade, score)| (uscc, (grade, score))).collect())
}

/// The lists show the grade and score of the last rating.
fn check_shown(last: &RatingRow, shown: &Shown, report: &mut Report) {
    if let Some((grade, score)) = shown.get(&last.uscc)
        && (grade.as_deref() != Some(last.grade.as_str()) || *score != Some(last.score))
    {
        let what = format!(
            "it shows {} {}, the rating in force is {} {}",
            grade.as_deref().unwrap_or("no grade"),
            score.map_or_else(|| "no score".to_owned(), |score| score.to_string()),
            last.grade,
            last.score
        );
        report.findings.push(Finding::new(format!("enterprises {}", last.uscc), what));
    }
}

/// The columns against the statement, the statement against the commitment.
fn check_row(row: &RatingRow, report: &mut Report) {
    let statement = match statement_of(row) {
        Ok(statement) => statement,
        Err(error) => return report.findings.push(Finding::new(place(row), error.to_string())),
    };
    let stated = [
        ("uscc", row.uscc.clone(), statement.uscc.to_string()),
        ("as_of_day", row.as_of_day.to_string(), day_number(statement.as_of).to_string()),
        ("known_at", row.known_at.to_string(), statement.known_at.0.to_string()),
        ("kind", row.kind.clone(), statement.kind.as_str().to_owned()),
        ("grade", row.grade.clone(), statement.grade.as_str().to_owned()),
        (
            "previous_grade",
            row.previous_grade.clone().unwrap_or_default(),
            statement.previous_grade.map(|grade| grade.as_str().to_owned()).unwrap_or_default(),
        ),
        ("score", row.score.to_string(), statement.score.to_string()),
    ];
    for (column, found, expected) in stated {
        if found != expected {
            let what =
                format!("{column} is {found:?}, the statement behind its commitment says {expected:?}");
            report.findings.push(Finding::new(place(row), what));
        }
    }
    let Some(salt) = row.salt.as_deref() else { return };
    let Ok(salt) = <[u8; 32]>::try_from(salt) else {
        return report.findings.push(Finding::new(place(row), "salt is not 32 bytes"));
    };
    let computed = fields_of(row)
        .map_err(|error| error.to_string())
        .and_then(|fields| committed(&fields))
        .map(|statement| hex::encode(statement.commitment(&RecordSalt::new(salt))));
    if computed.as_ref() != Ok(&row.commitment) {
        let what = "statement, salt and commitment do not belong together";
        report.findings.push(Finding::new(place(row), what));
    }
}

/// The outbox row and the leaf against the rating.
fn check_entry(
    row: &RatingRow,
    entry: &OutboxRow,
    ledger: &LedgerView,
    report: &mut Report,
) -> Result<(), DoctorError> {
    let drafted = match entry.draft() {
        Ok(Draft::Rating { commitment, .. }) => hex::encode(commitment),
        _ => String::new(),
    };
    if drafted != row.commitment {
        let what = format!(
            "commitment is {}, its outbox row {} was written with {drafted}",
            row.commitment, entry.id
        );
        report.findings.push(Finding::new(place(row), what));
    }
    let Some(index) = entry.leaf_index.and_then(|index| u64::try_from(index).ok()) else { return Ok(()) };
    let anchored = ledger.entry(index).ok().and_then(|bytes| Entry::decode_strict(&bytes).ok());
    // Consents and steps of cases stand in the same chain, so that its numbers run ahead of the ratings'.
    let same = matches!(&anchored, Some(Entry::Rating { env, .. })
        if hex::encode(env.commitment) == row.commitment
            && i64::try_from(env.seq + 1).is_ok_and(|place| place >= row.seq));
    if !same {
        let what = format!("leaf {index} of the ledger does not hold this rating");
        report.findings.push(Finding::new(place(row), what));
    }
    Ok(())
}
