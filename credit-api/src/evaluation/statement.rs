//! The statement behind a rating: what is committed to, and how it is kept.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use credit_core::dates::{Moment, day_number};
use credit_core::grade::{Grade, Why};
use credit_core::scorecard::Scorecard;
use credit_core::statement::{Circumstances, Field, Statement};
use ledger::commitment::{self, RecordSalt};
use parity_scale_codec::{DecodeAll, Encode};
use sha2::{Digest, Sha256};

use super::assess::Assessed;
use super::history::RatingRow;
use super::knowledge::Question;
use super::sign_off::{self, SignOffRow};
use crate::store::StoreError;

/// A statement with the salt that opens its commitment.
#[derive(Debug, Clone)]
pub struct Written {
    /// SCALE of the field list.
    pub statement: Vec<u8>,
    pub salt: [u8; 32],
    pub commitment: [u8; 32],
}

/// The last day a rating of `as_of` may be shown as current: the day before the next monthly run, which is on
/// the first of a month (ruling F6).
#[must_use]
pub fn valid_until(as_of: NaiveDate) -> NaiveDate {
    as_of
        .with_day(1)
        .and_then(|first| first.checked_add_months(Months::new(1)))
        .and_then(|next| next.pred_opt())
        .unwrap_or(as_of)
}

/// Writes the statement of an evaluation and commits to it with a fresh salt.
///
/// # Errors
/// When the fields cannot be committed to, or the machine gives no randomness.
pub fn write(
    one: &Assessed,
    question: Question,
    previous_grade: Option<&str>,
    card: &Scorecard,
) -> Result<Written, StoreError> {
    let damaged = |why: String| StoreError::Damaged { what: "statement", key: one.uscc.to_string(), why };
    let previous_grade = previous_grade.map(str::parse::<Grade>).transpose().map_err(&damaged)?;
    let around = Circumstances {
        uscc: one.uscc,
        as_of: question.as_of,
        known_at: Moment(question.known_at),
        previous_grade,
        valid_until: valid_until(question.as_of),
        sign_off: sign_off_of(one).map(|text| sign_off::digest_of(&text)),
        evidence: evidence_digests(one),
    };
    let fields = Statement::new(card, &one.evaluation, &one.decision, &around).fields();
    let mut salt = [0u8; 32];
    getrandom::fill(&mut salt).map_err(|error| damaged(error.to_string()))?;
    let commitment = committed(&fields).map_err(damaged)?.commitment(&RecordSalt::new(salt));
    Ok(Written { statement: fields.encode(), salt, commitment })
}

/// The record of the signatures that the grade in force rests on, as it is kept beside the rating.
#[must_use]
pub fn sign_off_of(one: &Assessed) -> Option<String> {
    one.sign_off.as_ref().filter(|_| one.decision.why == Why::SignedOff).map(SignOffRow::text)
}

/// SHA-256 over the records behind each indicator: source, key and date of each, in order.
fn evidence_digests(one: &Assessed) -> BTreeMap<credit_core::indicator::IndicatorId, [u8; 32]> {
    one.evidence
        .iter()
        .map(|(id, records)| {
            let mut hasher = Sha256::new();
            for record in records {
                let day = day_number(record.occurred_on);
                hasher.update((record.source.as_str(), &record.key, day).encode());
            }
            (*id, hasher.finalize().into())
        })
        .collect()
}

/// The fields as the ledger commits to them.
///
/// # Errors
/// The reason, when the field list cannot be committed to.
pub fn committed(fields: &[Field]) -> Result<commitment::Statement, String> {
    let fields =
        fields.iter().map(|(id, value)| commitment::Field { id: *id, value: value.clone() }).collect();
    commitment::Statement::new(fields).map_err(|error| error.to_string())
}

/// The stored fields of a rating.
///
/// # Errors
/// [`StoreError::Damaged`] when the row does not hold what [`write`] wrote.
pub fn fields_of(row: &RatingRow) -> Result<Vec<Field>, StoreError> {
    Vec::<Field>::decode_all(&mut row.statement.as_slice()).map_err(|error| StoreError::Damaged {
        what: "statement",
        key: format!("{} seq {}", row.uscc, row.seq),
        why: error.to_string(),
    })
}

/// The stored statement of a rating.
///
/// # Errors
/// [`StoreError::Damaged`] when the row does not hold what [`write`] wrote.
pub fn statement_of(row: &RatingRow) -> Result<Statement, StoreError> {
    read_statement(&row.uscc, row.seq, &row.statement)
}

/// The statement in a column.
///
/// # Errors
/// [`StoreError::Damaged`] when it is not what [`write`] wrote.
pub fn read_statement(uscc: &str, seq: i64, bytes: &[u8]) -> Result<Statement, StoreError> {
    let damaged =
        |why: String| StoreError::Damaged { what: "statement", key: format!("{uscc} seq {seq}"), why };
    let fields = Vec::<Field>::decode_all(&mut &*bytes).map_err(|error| damaged(error.to_string()))?;
    Statement::from_fields(&fields).map_err(|error| damaged(error.to_string()))
}
