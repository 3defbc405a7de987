//! The days on the board, when another calendar of working days is at hand than the one they were computed by: that of
//! a year whose notice was not out, or one that was changed. The case itself computes its terms when it is read.

use std::collections::HashMap;

use credit_core::cases::Step;
use diesel::prelude::*;

use super::store::{self, CaseRow, StepRow};
use crate::service::Service;
use crate::store::bulk;
use crate::store::schema::{case_steps, cases};
use crate::store::{DbConnection, Lane, StoreError, write};

/// Cases looked at in one transaction.
const AT_ONCE: i64 = 200;
/// Transactions of one look; the rest is for the next ones, since the worker has other things to do.
const PAGES_A_LOOK: usize = 25;

/// Computes the days of open cases anew that were computed by another calendar than the one in force. Returns of how
/// many, moved or not.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn look(service: &Service) -> Result<usize, StoreError> {
    let (calendar, now) = (service.calendars.now(), service.clock.now());
    let name = store::calendar_name(&calendar);
    let mut done = 0;
    for _ in 0..PAGES_A_LOOK {
        let mut connection = service.database.connection()?;
        // Most looks find nothing, and take no lock for it.
        if behind(&mut connection, &name, 1)?.is_empty() {
            break;
        }
        done += write(&mut connection, Lane::Bookkeeping, |connection| {
            let page = behind(connection, &name, AT_ONCE)?;
            let mut steps = steps_of(connection, &page)?;
            for row in &page {
                let steps = steps.remove(&row.id).unwrap_or_default();
                let day = store::due_day(&steps, &calendar, now);
                bulk::execute(
                    connection,
                    "UPDATE cases SET due_day = $1, due_by = $2 WHERE id = $3",
                    [day.into(), name.as_str().into(), row.id.as_str().into()],
                )?;
            }
            Ok::<_, StoreError>(page.len())
        })?;
    }
    Ok(done)
}

/// Open cases whose day was computed by another calendar: what the index has before that name, then what it has after.
fn behind(connection: &mut DbConnection, name: &str, limit: i64) -> Result<Vec<CaseRow>, StoreError> {
    let of =
        || cases::table.filter(cases::due_by.is_not_null()).order((cases::due_by.asc(), cases::id.asc()));
    let before: Vec<CaseRow> =
        of().filter(cases::due_by.lt(name)).limit(limit).select(CaseRow::as_select()).load(connection)?;
    if !before.is_empty() {
        return Ok(before);
    }
    Ok(of().filter(cases::due_by.gt(name)).limit(limit).select(CaseRow::as_select()).load(connection)?)
}

fn steps_of(
    connection: &mut DbConnection,
    page: &[CaseRow],
) -> Result<HashMap<String, Vec<Step>>, StoreError> {
    let ids: Vec<&str> = page.iter().map(|row| row.id.as_str()).collect();
    let rows: Vec<StepRow> = case_steps::table
        .filter(case_steps::case_id.eq_any(ids))
        .order((case_steps::case_id.asc(), case_steps::number.asc()))
        .select(StepRow::as_select())
        .load(connection)?;
    let mut steps: HashMap<String, Vec<Step>> = HashMap::new();
    for row in rows {
        steps.entry(row.case_id.clone()).or_default().push(row.read()?);
    }
    Ok(steps)
}
