//! The certificate of a repair: a statement of its own on the ledger, opened as a receipt.
//!
//! It says in plain words which record of which enterprise was repaired on which day, and names the step of the case.
//! The file has the form of every receipt (docs/LEDGER.md), so that whoever can check one can check this. It is made in
//! the transaction of the step `sync`, so that there is never a synchronised repair without one.

use std::collections::HashMap;

use chrono::NaiveDate;
use credit_core::cases::Step;
use credit_core::repair::certificate::{FORMAT, field};
use credit_core::scorecard::Text as Words;
use diesel::prelude::*;
use ledger::commitment::{Field, RecordSalt, Statement};
use parity_scale_codec::{DecodeAll, Encode};

use super::source::{self, Repair};
use crate::anchoring::LedgerReader;
use crate::anchoring::outbox::{self, Draft, NewRow};
use crate::anchoring::receipts::{self, NoReceipt};
use crate::cases::store::CaseRow;
use crate::cases::subject::About;
use crate::registry;
use crate::store::bulk::{self, Bind};
use crate::store::schema::{cases, repair_certificates};
use crate::store::versioned::random;
use crate::store::{DbConnection, StoreError};

/// The `kind` of the outbox.
pub const KIND: &str = "certificate";
/// A certificate as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = repair_certificates)]
pub struct CertificateRow {
    pub case_id: String,
    pub uscc: String,
    pub seq: i64,
    pub made_at: i64,
    pub statement: Vec<u8>,
    pub salt: Option<Vec<u8>>,
}

impl CertificateRow {
    /// What it states, as the ledger commits to it.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn read(&self) -> Result<Statement, StoreError> {
        let damaged = |why: String| damaged(&self.case_id, why);
        let fields = Vec::<(u16, Vec<u8>)>::decode_all(&mut self.statement.as_slice());
        committed(&fields.map_err(|error| damaged(error.to_string()))?).map_err(damaged)
    }
}

fn damaged(case: &str, why: String) -> StoreError {
    StoreError::Damaged { what: "certificate", key: case.to_owned(), why }
}

fn committed(fields: &[(u16, Vec<u8>)]) -> Result<Statement, String> {
    let fields = fields.iter().map(|(id, value)| Field { id: *id, value: value.clone() }).collect();
    Statement::new(fields).map_err(|error| error.to_string())
}

/// What it says, for people.
fn words(name: &str, uscc: &str, repair: &Repair, case: &str) -> Words {
    let Repair { title, authority, decided_on, repaired_on, received_on, .. } = repair;
    Words {
        zh: format!(
            "{name}（{uscc}）的{}，{authority}，{decided_on}，已由信息来源单位标注为已修复：\
             自{repaired_on}起不再公示、不再共享和使用。本平台于{received_on}收到该结果（信用修复案件 {case}）。\
             认定与修复均由认定单位决定；官方修复不收费。",
            title.zh
        ),
        en: format!(
            "The {} of {name} ({uscc}), {authority}, {decided_on}, is marked as repaired by its source: from \
             {repaired_on} on it is neither published nor shared nor used. Received here on {received_on} (repair case \
             {case}). Who made the decision decided on its repair; official repair is free.",
            title.en
        ),
    }
}

/// Makes the certificate of a step in the transaction at hand.
///
/// # Errors
/// The database's.
pub fn make(
    connection: &mut DbConnection,
    (uscc, source): (&str, &str),
    step: &Step,
    repair: &Repair,
) -> Result<(), StoreError> {
    let name = registry::find(connection, uscc)?.map(|row| row.name).unwrap_or_default();
    let words = words(&name, uscc, repair, &step.case);
    let text = |id: u16, value: &str| (id, value.as_bytes().to_vec());
    let fields = vec![
        text(field::USCC, uscc),
        text(field::FORMAT, FORMAT),
        text(field::NAME, &name),
        text(field::SOURCE, source),
        text(field::DECISION_NO, &repair.decision_no),
        text(field::AUTHORITY, &repair.authority),
        text(field::DECIDED_ON, &repair.decided_on.to_string()),
        text(field::REPAIRED_ON, &repair.repaired_on.to_string()),
        text(field::RECEIVED_ON, &repair.received_on.to_string()),
        text(field::CASE, &step.case),
        (field::STEP, step.digest.0.to_vec()),
        text(field::WORDS_ZH, &words.zh),
        text(field::WORDS_EN, &words.en),
    ];
    let salt: [u8; 32] = random()?;
    let statement = committed(&fields).map_err(|why| damaged(&step.case, why))?;
    let commitment = statement.commitment(&RecordSalt::new(salt));
    let seq = outbox::next_seq(connection, KIND, uscc)?;
    bulk::execute(
        connection,
        "INSERT INTO repair_certificates (case_id, uscc, seq, made_at, statement, salt) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        [
            step.case.clone().into(),
            uscc.into(),
            seq.into(),
            step.at.0.into(),
            Bind::Bytes(fields.encode()),
            Bind::Bytes(salt.to_vec()),
        ],
    )?;
    let draft = Draft::Certificate { commitment };
    outbox::insert(connection, vec![NewRow { subject: uscc.to_owned(), seq, at_ms: step.at.0, draft }])
}

/// The certificate of a case.
///
/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, case: &str) -> Result<Option<CertificateRow>, StoreError> {
    Ok(repair_certificates::table
        .filter(repair_certificates::case_id.eq(case))
        .select(CertificateRow::as_select())
        .first(connection)
        .optional()?)
}

/// All certificates of an enterprise, in order.
///
/// # Errors
/// The database's.
pub fn of_enterprise(connection: &mut DbConnection, uscc: &str) -> Result<Vec<CertificateRow>, StoreError> {
    Ok(repair_certificates::table
        .filter(repair_certificates::uscc.eq(uscc))
        .order(repair_certificates::seq.asc())
        .select(CertificateRow::as_select())
        .load(connection)?)
}

/// What of it must stand on the ledger; none where its salt was destroyed.
///
/// # Errors
/// [`StoreError::Damaged`].
pub fn draft_of(row: &CertificateRow) -> Result<Option<Draft>, StoreError> {
    let salt = row.salt.as_deref().and_then(|salt| <[u8; 32]>::try_from(salt).ok());
    let Some(salt) = salt else { return Ok(None) };
    Ok(Some(Draft::Certificate { commitment: row.read()?.commitment(&RecordSalt::new(salt)) }))
}

/// Why no certificate is given.
#[derive(Debug, thiserror::Error)]
pub enum NotGiven {
    #[error("the source has not sent the record as repaired")]
    NotYet,
    #[error("the source has taken the repair back")]
    TakenBack,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The certificate of a case of repair that still stands on a day.
///
/// # Errors
/// [`NotGiven`].
pub fn standing(
    connection: &mut DbConnection,
    case: &CaseRow,
    day: NaiveDate,
) -> Result<CertificateRow, NotGiven> {
    let made = find(connection, &case.id)?.ok_or(NotGiven::NotYet)?;
    let stands = match case.about()? {
        About::Record(name) => source::repair_of(connection, &case.uscc, &name, day)?.is_some(),
        _ => false,
    };
    if stands { Ok(made) } else { Err(NotGiven::TakenBack) }
}

/// The certificates of an enterprise that stand on a day, the newest first, each with its case and what was repaired.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn all_standing(
    connection: &mut DbConnection,
    uscc: &str,
    day: NaiveDate,
) -> Result<Vec<(CaseRow, Repair)>, StoreError> {
    let made = of_enterprise(connection, uscc)?;
    if made.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = made.iter().map(|row| row.case_id.as_str()).collect();
    let found: Vec<CaseRow> =
        cases::table.filter(cases::id.eq_any(ids)).select(CaseRow::as_select()).load(connection)?;
    let mut cases: HashMap<String, CaseRow> = found.into_iter().map(|row| (row.id.clone(), row)).collect();
    let known = source::all_current(connection, uscc)?;
    let mut standing = Vec::new();
    for row in made.iter().rev() {
        let Some(case) = cases.remove(&row.case_id) else { continue };
        let About::Record(name) = case.about()? else { continue };
        let repair = known.get(&(name.source.clone(), name.natural_key())).and_then(|one| one.repair(day));
        standing.extend(repair.map(|repair| (case, repair)));
    }
    Ok(standing)
}

/// The file that third parties check.
///
/// # Errors
/// [`NoReceipt`] says what is missing.
pub fn file(
    connection: &mut DbConnection,
    ledger: &LedgerReader,
    row: &CertificateRow,
) -> Result<String, NoReceipt> {
    let anchored = (KIND, row.uscc.as_str(), row.seq);
    let receipt = receipts::of_statement(connection, ledger, anchored, &row.read()?, row.salt.as_deref())?;
    receipt.to_json().map_err(NoReceipt::Format)
}
