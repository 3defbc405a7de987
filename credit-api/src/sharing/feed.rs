//! The feed's store: every change of what readers are shown, in the order of commit.
//!
//! A row is written in the transaction of the change, so no change is without its row and no row without its change.
//! Sequence numbers grow in the order of commit: on SQLite there is one writer; on PostgreSQL [`append`] takes a lock
//! that is held until the commit, and a reader who has seen a number has seen every smaller one that will ever be.
//! Numbers of transactions that were rolled back are missing; nothing else follows from a gap.

use chrono::NaiveDate;
use credit_core::cases::Kind as CaseKind;
use credit_core::grade::Grade;
use credit_core::records::{ClassAuthority, ListCode, SourceId};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Audience, Block, grade_block};
use crate::store::bulk::{self, Bind};
use crate::store::schema::changes;
use crate::store::{DbConnection, StoreError, commit_in_order};

/// What kind of change; the names are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Another rating came into force; the grade may be the same.
    RatingChanged,
    /// An entry of a statutory list began, ended or was corrected.
    ListChanged,
    /// A class given by a department began, ended or was corrected.
    ClassChanged,
    /// What was known is known otherwise: a later row or file superseded it, or a rating that rested on it.
    RecordCorrected,
    /// A measure of graded supervision began or ended.
    MeasureChanged,
    /// A case came to another state.
    CaseChanged,
    /// A notice was posted in a case: terms run from the day on which it is read, or is deemed served.
    CaseNotice,
}

impl Kind {
    pub const ALL: [Kind; 7] = [
        Kind::RatingChanged,
        Kind::ListChanged,
        Kind::ClassChanged,
        Kind::RecordCorrected,
        Kind::MeasureChanged,
        Kind::CaseChanged,
        Kind::CaseNotice,
    ];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Kind::RatingChanged => "rating.changed",
            Kind::ListChanged => "list.changed",
            Kind::ClassChanged => "class.changed",
            Kind::RecordCorrected => "record.corrected",
            Kind::MeasureChanged => "measure.changed",
            Kind::CaseChanged => "case.changed",
            Kind::CaseNotice => "case.notice",
        }
    }

    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What became of an entry of a list or a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Began,
    /// It was given an end, or came with one that has passed.
    Ended,
    Corrected,
}

/// The values of a change, as stored: whoever shows them asks the rule for their blocks first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum What {
    Rating(RatingChange),
    List(ListChange),
    Class(ClassChange),
    Record(RecordCorrection),
    /// A rating that rested on what was corrected since.
    RatingCorrected(RatingCorrection),
    Measure(MeasureChange),
    Case(CaseChange),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatingChange {
    pub seq: i64,
    pub grade: Grade,
    pub score: i32,
    /// The rating that was in force before; none for the first one.
    pub previous: Option<Previous>,
    pub as_of: NaiveDate,
    /// What the ledger commits to, hexadecimal: the statement's digest with its salt.
    pub commitment: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    pub seq: i64,
    pub grade: Grade,
    pub score: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChange {
    pub event: Event,
    pub list: ListCode,
    pub authority: String,
    pub decision_no: String,
    pub effective_on: NaiveDate,
    /// The last day.
    pub expires_on: Option<NaiveDate>,
    /// The first day on which it no longer holds.
    pub removed_on: Option<NaiveDate>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassChange {
    pub event: Event,
    pub authority: ClassAuthority,
    pub class: String,
    pub valid_from: NaiveDate,
    /// The last day.
    pub valid_to: Option<NaiveDate>,
    pub decision_no: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordCorrection {
    pub source: SourceId,
    /// The parts of the natural key: which record of the source it is.
    pub key: Vec<String>,
    /// The batch that brought what is corrected.
    pub batch: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatingCorrection {
    /// The rating that does not hold.
    pub seq: i64,
    /// The one that took its place.
    pub by_seq: i64,
}

/// A measure that holds now, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureChange {
    pub event: Event,
    /// Of the measure, as `GET /measures/{id}` has it.
    pub id: String,
    /// Of the measure in the catalogue.
    pub code: String,
    pub catalogue: String,
    pub state: String,
    /// Whom a recommendation is told.
    pub agency: Option<String>,
}

/// Where a case stands after a step, and who was a party to it then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseChange {
    pub id: String,
    /// Code of the kind of case.
    pub kind: String,
    /// Number of the step: what is posted with it is read by `read` with this version or a later one.
    pub step: i64,
    pub verb: String,
    pub state: String,
    pub outcome: Option<String>,
    /// A notice was posted; else the state changed.
    pub notice: bool,
    /// The enterprise may know of it.
    pub told: bool,
    /// It has come to its end.
    pub closed: bool,
    /// The audience that was asked as the source of the record.
    pub asked: Option<String>,
}

/// A change that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    pub uscc: String,
    pub at_ms: i64,
    /// Of the value as it is now; of a correction, that of the value that does not hold.
    pub block: Block,
    /// Of a correction: from when on the wrong value was known.
    pub since_ms: Option<i64>,
    pub what: What,
    /// The batch, or `evaluation`.
    pub cause: String,
}

impl What {
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            What::Rating(_) => Kind::RatingChanged,
            What::List(_) => Kind::ListChanged,
            What::Class(_) => Kind::ClassChanged,
            What::Record(_) | What::RatingCorrected(_) => Kind::RecordCorrected,
            What::Measure(_) => Kind::MeasureChanged,
            What::Case(case) if case.notice => Kind::CaseNotice,
            What::Case(_) => Kind::CaseChanged,
        }
    }

    /// Whether it is addressed to this audience: a recommendation that it is told.
    #[must_use]
    pub fn is_addressed_to(&self, audience: Audience) -> bool {
        matches!(self, What::Measure(change) if change.agency.as_deref() == Some(audience.code()))
    }

    /// Whether this audience is one that may be told of it at all, before the rule of disclosure is asked: of a case
    /// its parties alone are, as they were at that step.
    #[must_use]
    pub fn may_reach(&self, audience: Audience) -> bool {
        let What::Case(case) = self else { return true };
        match audience {
            Audience::Enterprise => case.told,
            Audience::Commerce | Audience::Operator | Audience::Auditor => true,
            audience => audience.is_department() && case.asked.as_deref() == Some(audience.code()),
        }
    }

    /// Of a case: whether it is closed, and whether the enterprise was told of an entry of the watch list.
    #[must_use]
    pub fn standing(&self) -> (bool, bool) {
        match self {
            What::Case(case) => (case.closed, case.told && case.kind == CaseKind::ListEntry.code()),
            _ => (false, false),
        }
    }
}

impl NewChange {
    /// A rating that came into force.
    #[must_use]
    pub fn of_rating(uscc: &str, at_ms: i64, change: RatingChange) -> Self {
        Self {
            uscc: uscc.to_owned(),
            at_ms,
            block: grade_block(change.grade),
            since_ms: None,
            what: What::Rating(change),
            cause: "evaluation".to_owned(),
        }
    }

    /// A rating, known from `since_ms` on, that rested on what has been corrected since.
    #[must_use]
    pub fn of_corrected_rating(
        uscc: &str,
        at_ms: i64,
        since_ms: i64,
        grade: Grade,
        ratings: [i64; 2],
    ) -> Self {
        let [seq, by_seq] = ratings;
        Self {
            uscc: uscc.to_owned(),
            at_ms,
            block: grade_block(grade),
            since_ms: Some(since_ms),
            what: What::RatingCorrected(RatingCorrection { seq, by_seq }),
            cause: "evaluation".to_owned(),
        }
    }
}

/// A change as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place in the feed; greater than that of every change committed before.
    pub seq: i64,
    pub kind: Kind,
    pub uscc: String,
    pub at_ms: i64,
    pub block: Block,
    pub since_ms: Option<i64>,
    pub what: What,
    pub cause: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = changes)]
struct Row {
    seq: i64,
    kind: String,
    uscc: String,
    at: i64,
    block: String,
    since: Option<i64>,
    what: String,
    cause: String,
}

impl Row {
    fn change(self) -> Result<Change, StoreError> {
        let damaged = |why: String| StoreError::Damaged { what: "change", key: self.seq.to_string(), why };
        Ok(Change {
            kind: Kind::of_code(&self.kind).ok_or_else(|| damaged(format!("no kind {}", self.kind)))?,
            block: Block::of_code(&self.block).ok_or_else(|| damaged(format!("no block {}", self.block)))?,
            what: serde_json::from_str(&self.what).map_err(|error| damaged(error.to_string()))?,
            seq: self.seq,
            uscc: self.uscc,
            at_ms: self.at,
            since_ms: self.since,
            cause: self.cause,
        })
    }
}

/// Writes changes, in this order. To be called in the transaction of what changed, as the last thing it does: on
/// PostgreSQL every other writer of changes waits from here to the commit, and must hold nothing that this one needs.
///
/// # Errors
/// The database's.
pub fn append(connection: &mut DbConnection, new: &[NewChange]) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    commit_in_order(connection)?;
    let mut rows = Vec::with_capacity(new.len());
    for change in new {
        let what = serde_json::to_string(&change.what).map_err(|error| StoreError::Damaged {
            what: "change",
            key: change.uscc.clone(),
            why: error.to_string(),
        })?;
        rows.push(vec![
            change.what.kind().code().into(),
            change.uscc.clone().into(),
            change.at_ms.into(),
            change.block.code().into(),
            Bind::OptionalBig(change.since_ms),
            what.into(),
            change.cause.clone().into(),
        ]);
    }
    bulk::execute_rows(
        connection,
        "INSERT INTO changes (kind, uscc, at, block, since, what, cause)",
        7,
        rows,
        "",
    )?;
    Ok(())
}

/// Changes after the one with this number (0: from the first), at most `limit`, in order. What is not committed is not
/// there, and will have a greater number than everything that is.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn after(connection: &mut DbConnection, seq: i64, limit: i64) -> Result<Vec<Change>, StoreError> {
    let rows: Vec<Row> = changes::table
        .filter(changes::seq.gt(seq))
        .order(changes::seq.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(Row::change).collect()
}

/// As [`after`], of these enterprises alone.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn after_of(
    connection: &mut DbConnection,
    enterprises: &[String],
    seq: i64,
    limit: i64,
) -> Result<Vec<Change>, StoreError> {
    let rows: Vec<Row> = changes::table
        .filter(changes::uscc.eq_any(enterprises))
        .filter(changes::seq.gt(seq))
        .order(changes::seq.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(Row::change).collect()
}

/// The number of the last change; 0 when there is none.
///
/// # Errors
/// The database's.
pub fn last(connection: &mut DbConnection) -> Result<i64, StoreError> {
    let last: Option<i64> = changes::table.select(diesel::dsl::max(changes::seq)).get_result(connection)?;
    Ok(last.unwrap_or(0))
}

/// When records of these enterprises were corrected last, of those that were at all.
///
/// # Errors
/// The database's.
pub fn last_correction_of_records(
    connection: &mut DbConnection,
    enterprises: &[&str],
) -> Result<std::collections::HashMap<String, i64>, StoreError> {
    let ratings = [Block::GradeTop.code(), Block::Grade.code()];
    let mut found = std::collections::HashMap::new();
    for part in enterprises.chunks(CODES_AT_ONCE) {
        let rows: Vec<(String, Option<i64>)> = changes::table
            .filter(changes::uscc.eq_any(part))
            .filter(changes::kind.eq(Kind::RecordCorrected.code()))
            .filter(changes::block.ne_all(ratings))
            .group_by(changes::uscc)
            .select((changes::uscc, diesel::dsl::max(changes::at)))
            .load(connection)?;
        found.extend(rows.into_iter().filter_map(|(uscc, at)| Some((uscc, at?))));
    }
    Ok(found)
}

/// Codes in one query.
const CODES_AT_ONCE: usize = 1_000;
