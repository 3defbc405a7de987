//! What a step of one kind asks for beside its table, and what it brings with it in the same transaction.

use credit_core::cases::{Kind, Step, Verb};

use super::acts::CaseError;
use super::store::CaseRow;
use super::subject::{self, About};
use super::{disputes, subject::RecordName};
use crate::repair::{certificate, source};
use crate::store::DbConnection;
use crate::store::bulk::{self, Bind};

/// Before a step is kept; `steps` are those before it.
pub(super) fn before(
    connection: &mut DbConnection,
    row: &CaseRow,
    about: &About,
    step: &Step,
    steps: &[Step],
) -> Result<(), CaseError> {
    match (step.kind, step.verb, about) {
        (Kind::Objection, Verb::Correct, About::Record(record)) => {
            let accepted = steps.iter().rev().find(|step| step.verb == Verb::Accept);
            let since = accepted.map_or(row.opened_at, |step| step.at.0);
            let superseded = subject::superseded_since(connection, &row.uscc, record, since)?;
            superseded.map(|_| ()).ok_or(CaseError::NotSuperseded)
        }
        (Kind::Repair, Verb::Sync, About::Record(record)) => {
            repair(connection, row, record, step).map(|_| ())
        }
        (Kind::Repair, Verb::Rescore, _) if waits(connection, &row.uscc)? => Err(CaseError::NotEvaluated),
        _ => Ok(()),
    }
}

/// After a step is kept.
pub(super) fn after(
    connection: &mut DbConnection,
    row: &CaseRow,
    about: &About,
    steps: &[Step],
) -> Result<(), CaseError> {
    let Some(step) = steps.last() else { return Ok(()) };
    match (step.kind, step.verb, about) {
        (Kind::Repair, Verb::Sync, About::Record(record)) => {
            let found = repair(connection, row, record, step)?;
            Ok(certificate::make(connection, (&row.uscc, &record.source), step, &found)?)
        }
        (Kind::Dispute, _, About::Order(number)) => {
            Ok(disputes::write_row(connection, &row.uscc, number, steps)?)
        }
        _ => Ok(()),
    }
}

fn repair(
    connection: &mut DbConnection,
    row: &CaseRow,
    record: &RecordName,
    step: &Step,
) -> Result<source::Repair, CaseError> {
    let found = source::repair_of(connection, &row.uscc, record, step.at.shanghai_date())?;
    found.ok_or(CaseError::NotRepaired)
}

/// Whether something of the enterprise was received that it was not evaluated with.
fn waits(connection: &mut DbConnection, uscc: &str) -> Result<bool, CaseError> {
    #[derive(diesel::QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        value: i64,
    }
    let sql = "SELECT COUNT(*) AS value FROM dirty WHERE uscc = $1";
    let rows: Vec<Found> = bulk::load(connection, sql, [Bind::from(uscc)])?;
    Ok(rows.first().is_some_and(|row| row.value > 0))
}
