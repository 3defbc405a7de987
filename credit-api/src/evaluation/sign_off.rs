//! Two signatures for a move of two or more grades (ruling A1, rule 7 of the architecture): the first proposes, the
//! second, of another person, approves. Called by the command line and the API; read by every evaluation.
//!
//! A sign-off names the grade it moves from and the one it moves to. It holds for evaluations that compare with the
//! monthly run it was given against or an earlier one: the next run either takes it into its grade, or finds another
//! target and needs another signature.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::grade::{Grade, SignOff, Why};
use credit_core::records::Lang;
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::assess::{Assessed, Predecessor};
use super::gather::Who;
use super::knowledge::{self, Question};
use super::run::{self, Order};
use super::view::rfc3339;
use crate::service::Service;
use crate::store::bulk::{self, Bind};
use crate::store::schema::sign_offs;
use crate::store::{DbConnection, Lane, StoreError, write};

/// Longest name of a signatory, characters.
pub const NAME_CHARS_MAX: usize = 60;
/// Longest reason or basis, characters.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// Codes in one query.
const CODES_AT_ONCE: usize = 2_000;

/// A sign-off as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = sign_offs)]
pub struct SignOffRow {
    pub uscc: String,
    /// 1 for the first move of the enterprise that anybody signed.
    pub seq: i64,
    pub from_grade: String,
    pub grade: String,
    pub basis: String,
    pub proposed_by: String,
    pub proposed_at: i64,
    pub reason: String,
    pub approved_by: Option<String>,
    pub approved_at: Option<i64>,
    pub approval_reason: Option<String>,
}

/// The record of a sign-off beside the rating that rests on it; the statement carries its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignOffRecord {
    pub uscc: String,
    /// 1 for the first move of the enterprise that anybody signed.
    pub number: i64,
    pub from: String,
    pub to: String,
    /// The rule it rests on.
    pub basis: String,
    pub proposed_by: String,
    pub proposed_at: String,
    pub reason: String,
    pub approved_by: Option<String>,
    pub approved_at: Option<String>,
    pub approval_reason: Option<String>,
}

impl SignOffRow {
    /// The target, once two persons have signed.
    #[must_use]
    pub fn approved(&self) -> Option<SignOff> {
        self.approved_at?;
        self.grade.parse::<Grade>().ok().map(|grade| SignOff { grade })
    }

    #[must_use]
    pub fn record(&self) -> SignOffRecord {
        SignOffRecord {
            uscc: self.uscc.clone(),
            number: self.seq,
            from: self.from_grade.clone(),
            to: self.grade.clone(),
            basis: self.basis.clone(),
            proposed_by: self.proposed_by.clone(),
            proposed_at: rfc3339(self.proposed_at),
            reason: self.reason.clone(),
            approved_by: self.approved_by.clone(),
            approved_at: self.approved_at.map(rfc3339),
            approval_reason: self.approval_reason.clone(),
        }
    }

    /// The record as it is kept beside a rating.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(&self.record()).unwrap_or_default()
    }

    /// This as it stood at T: what came later is not known.
    fn known_at(mut self, known_at: i64) -> Option<Self> {
        if self.proposed_at > known_at {
            return None;
        }
        if self.approved_at.is_some_and(|at| at > known_at) {
            (self.approved_by, self.approved_at, self.approval_reason) = (None, None, None);
        }
        Some(self)
    }

    /// Whether it was given for a move away from this run, by D.
    fn holds(&self, run: &Predecessor, as_of: NaiveDate) -> bool {
        let last = Moment(self.approved_at.unwrap_or(self.proposed_at)).shanghai_date();
        self.from_grade == run.run.grade.as_str() && run.as_of <= last && last <= as_of
    }
}

/// SHA-256 of a record's text.
#[must_use]
pub fn digest_of(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Gives every run the last sign-off that was made for a move away from it.
///
/// # Errors
/// The database's.
pub fn attach(
    connection: &mut DbConnection,
    question: Question,
    runs: &mut HashMap<Uscc, Predecessor>,
) -> Result<(), StoreError> {
    let any: Option<i64> = sign_offs::table.select(sign_offs::seq).first(connection).optional()?;
    if any.is_none() {
        return Ok(());
    }
    let codes: Vec<String> = runs.keys().map(ToString::to_string).collect();
    for part in codes.chunks(CODES_AT_ONCE) {
        let rows: Vec<SignOffRow> = sign_offs::table
            .filter(sign_offs::uscc.eq_any(part))
            .order((sign_offs::uscc.asc(), sign_offs::seq.asc()))
            .select(SignOffRow::as_select())
            .load(connection)?;
        for row in rows {
            let run = Uscc::parse(&row.uscc).ok().and_then(|uscc| runs.get_mut(&uscc));
            let (Some(run), Some(row)) = (run, row.known_at(question.known_at)) else { continue };
            if row.holds(run, question.as_of) {
                run.sign_off = Some(row);
            }
        }
    }
    Ok(())
}

/// One person's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The grade that is to come into force; it must be the one that waits.
    pub grade: Grade,
    pub by: String,
    pub reason: String,
    /// The rule it rests on; the scorecard's paragraph on large moves when none is named.
    pub basis: Option<String>,
}

/// Why a signature is not taken.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error("not registered, so nothing waits")]
    NotRegistered,
    #[error("no move of two or more grades waits; the grade in force is {grade}")]
    NothingWaits { grade: Grade },
    #[error("{waits} waits to come into force, not {named}")]
    OtherGrade { waits: Grade, named: Grade },
    #[error("{by} has signed already; the second signature must be another person's")]
    SamePerson { by: String },
    #[error("{what} has 1 to {max} characters")]
    Text { what: &'static str, max: usize },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for SignError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

impl SignError {
    /// What is wrong and what to do, for the signatory.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            Self::NotRegistered => "企业未登记，没有待签署的变动。".to_owned(),
            Self::NothingWaits { grade } => format!("没有两级以上的变动等待签署；现行等级为 {grade}。"),
            Self::OtherGrade { waits, named } => {
                format!("等待签署的等级是 {waits}，不是 {named}；请核对后重新签署。")
            }
            Self::SamePerson { by } => format!("{by} 已签署；第二次签署须由另一人作出。"),
            Self::Text { what, max } => format!("{what} 应为 1 至 {max} 个字符。"),
            Self::Store(error) => error.to_string(),
        }
    }
}

/// Without spaces around it and with one space where there are several; control characters are refused.
fn tidy(what: &'static str, text: &str, max: usize) -> Result<String, SignError> {
    let tidied = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let good = (1..=max).contains(&tidied.chars().count()) && !tidied.chars().any(char::is_control);
    if good { Ok(tidied) } else { Err(SignError::Text { what, max }) }
}

/// Whether two names are one person's as far as names can tell.
fn same_person(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Takes a signature: the first proposes, the second approves, and the enterprise is then to be evaluated
/// ([`take_effect`]). `also` is written in the same transaction.
///
/// # Errors
/// [`SignError`] says what is wrong; nothing is kept then.
pub fn sign(
    service: &Service,
    uscc: Uscc,
    signature: &Signature,
    also: impl FnOnce(&mut DbConnection, &SignOffRow) -> Result<(), StoreError>,
) -> Result<SignOffRow, SignError> {
    let by = tidy("by", &signature.by, NAME_CHARS_MAX)?;
    let reason = tidy("reason", &signature.reason, TEXT_CHARS_MAX)?;
    let basis = match &signature.basis {
        Some(basis) => tidy("basis", basis, TEXT_CHARS_MAX)?,
        None => format!("{} [hysteresis] sign_off_steps", service.card.id),
    };
    let mut connection = service.database.connection()?;
    let now = service.clock.now().0.max(knowledge::latest_knowledge(&mut connection)?);
    let question = Question { as_of: service.clock.today(), known_at: now };
    let who = Who::These(BTreeSet::from([uscc]));
    let seen = service
        .in_parallel(|| run::ask(&mut connection, question, &who, (&service.card, &service.medians)))?;
    let seen = seen.into_iter().next().ok_or(SignError::NotRegistered)?;
    let from = waiting(&seen, signature.grade)?;
    let first = seen.sign_off.filter(|row| row.approved_at.is_none());
    write(&mut connection, Lane::Evaluation, |connection| {
        let row = match first {
            None => propose(connection, uscc, from, signature.grade, (by, reason, basis), now)?,
            Some(row) if same_person(&row.proposed_by, &by) => return Err(SignError::SamePerson { by }),
            Some(row) => approve(connection, row, (by, reason), now)?,
        };
        also(connection, &row)?;
        Ok(row)
    })
}

/// The grade in force, when `target` is what waits to replace it.
fn waiting(seen: &Assessed, target: Grade) -> Result<Grade, SignError> {
    let decision = seen.decision;
    match decision.pending_grade {
        Some(waits) if decision.why == Why::AwaitsSignOff && waits == target => Ok(decision.grade),
        Some(waits) if decision.why == Why::AwaitsSignOff => {
            Err(SignError::OtherGrade { waits, named: target })
        }
        _ => Err(SignError::NothingWaits { grade: decision.grade }),
    }
}

fn propose(
    connection: &mut DbConnection,
    uscc: Uscc,
    from: Grade,
    grade: Grade,
    (by, reason, basis): (String, String, String),
    now: i64,
) -> Result<SignOffRow, StoreError> {
    let last: Option<i64> = sign_offs::table
        .filter(sign_offs::uscc.eq(uscc.as_str()))
        .select(diesel::dsl::max(sign_offs::seq))
        .first(connection)?;
    let row = SignOffRow {
        uscc: uscc.to_string(),
        seq: last.unwrap_or(0) + 1,
        from_grade: from.as_str().to_owned(),
        grade: grade.as_str().to_owned(),
        basis,
        proposed_by: by,
        proposed_at: now,
        reason,
        approved_by: None,
        approved_at: None,
        approval_reason: None,
    };
    bulk::execute(
        connection,
        "INSERT INTO sign_offs (uscc, seq, from_grade, grade, basis, proposed_by, proposed_at, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            row.uscc.clone().into(),
            row.seq.into(),
            row.from_grade.clone().into(),
            row.grade.clone().into(),
            row.basis.clone().into(),
            row.proposed_by.clone().into(),
            row.proposed_at.into(),
            row.reason.clone().into(),
        ],
    )?;
    Ok(row)
}

fn approve(
    connection: &mut DbConnection,
    row: SignOffRow,
    (by, reason): (String, String),
    now: i64,
) -> Result<SignOffRow, SignError> {
    let changed = bulk::execute(
        connection,
        "UPDATE sign_offs SET approved_by = $1, approved_at = $2, approval_reason = $3 \
         WHERE uscc = $4 AND seq = $5 AND approved_at IS NULL",
        [by.clone().into(), now.into(), reason.clone().into(), row.uscc.clone().into(), row.seq.into()],
    )?;
    if changed == 0 {
        // Somebody else was faster; their signature settled the move.
        let grade = row.grade.parse().unwrap_or(Grade::N);
        return Err(SignError::NothingWaits { grade });
    }
    // Whatever happens to this process, the enterprise is evaluated again.
    bulk::execute(
        connection,
        "INSERT INTO dirty (uscc, since) VALUES ($1, $2) ON CONFLICT (uscc) DO UPDATE SET since = excluded.since",
        [row.uscc.clone().into(), Bind::Big(now)],
    )?;
    Ok(SignOffRow { approved_by: Some(by), approved_at: Some(now), approval_reason: Some(reason), ..row })
}

/// Evaluates the enterprise, so that an approved move comes into force and goes into the outbox.
///
/// # Errors
/// The database's; the enterprise stays marked and is evaluated later.
pub fn take_effect(service: &Service, uscc: Uscc) -> Result<(), StoreError> {
    let who = Who::These(BTreeSet::from([uscc]));
    let order = Order { who, as_of: service.clock.today(), known_at: None, monthly: false };
    service.in_parallel(|| {
        run::run(
            &service.database,
            service.clock.as_ref(),
            service.by(&service.alerts.now(), &service.calendars.now()),
            &order,
            &|_, _| {},
        )
    })?;
    Ok(())
}

/// Enterprises whose large move waits for a signature today.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn all_waiting(service: &Service) -> Result<Vec<Assessed>, StoreError> {
    let mut connection = service.database.connection()?;
    let now = service.clock.now().0.max(knowledge::latest_knowledge(&mut connection)?);
    let question = Question { as_of: service.clock.today(), known_at: now };
    let all = service
        .in_parallel(|| run::ask(&mut connection, question, &Who::All, (&service.card, &service.medians)))?;
    Ok(all.into_iter().filter(|one| one.decision.why == Why::AwaitsSignOff).collect())
}

/// How a large move stands, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SignOffView {
    /// `awaited`: nobody has signed; `proposed`: one person has; `approved`: two have, and the grade is in force.
    pub state: &'static str,
    pub from: String,
    pub to: String,
    /// Who signed, when and why; `null` while nobody has.
    pub record: Option<SignOffRecord>,
    /// What it means and how it is settled, in words.
    pub text: String,
}

/// The state of a large move, when there is one.
#[must_use]
pub fn view(one: &Assessed, lang: Lang) -> Option<SignOffView> {
    let decision = one.decision;
    let record = one.sign_off.as_ref().map(SignOffRow::record);
    let (state, from, to) = match (decision.why, decision.pending_grade) {
        (Why::SignedOff, _) => {
            let from = record.as_ref().map(|record| record.from.clone()).unwrap_or_default();
            ("approved", from, decision.grade)
        }
        (Why::AwaitsSignOff, Some(to)) => {
            let state = if record.is_some() { "proposed" } else { "awaited" };
            (state, decision.grade.as_str().to_owned(), to)
        }
        _ => return None,
    };
    let (uscc, grade) = (one.uscc, to.as_str());
    let command = format!("credit-api rating sign-off {uscc} --grade {grade} --by … --reason …");
    let verb = format!("POST /api/v1/enterprises/{uscc}/rating/sign-off");
    let text = match (state, lang) {
        ("approved", Lang::Zh) => "变动两级以上，已由两人签署生效。".to_owned(),
        ("approved", Lang::En) => "A move of two or more grades; two persons have signed it.".to_owned(),
        ("proposed", Lang::Zh) => {
            format!("变动两级以上，已有一人签署，尚须另一人签署后生效：{command}（或 {verb}）。")
        }
        ("proposed", Lang::En) => format!(
            "A move of two or more grades; one person has signed, another must: {command} (or {verb})."
        ),
        (_, Lang::Zh) => format!("变动两级以上，须由两人签署后生效：{command}（或 {verb}）。"),
        (_, Lang::En) => {
            format!("A move of two or more grades waits for two persons' signatures: {command} (or {verb}).")
        }
    };
    Some(SignOffView { state, from, to: grade.to_owned(), record, text })
}
