//! Each step of a case, also against the chain of its case.

use credit_core::calendar::WorkingDays;
use credit_core::cases::{Step, verify_chain};
use credit_core::dates::Moment;
use diesel::prelude::*;

use super::anchored::{Anchored, Said, salt};
use super::{DoctorError, Report};
use crate::anchoring::outbox::Draft;
use crate::cases::acts;
use crate::cases::store::{self, CaseRow, StepRow};
use crate::store::schema::cases;
use crate::store::{DbConnection, StoreError};

pub struct CaseSteps;

impl Anchored for CaseSteps {
    const KIND: &'static str = acts::KIND;
    const TABLES: &'static [&'static str] = &["cases"];
    const SUBJECT: &'static str = "uscc";
    const TITLE: &'static str = "steps of cases";

    fn count(report: &mut Report) -> &mut u64 {
        &mut report.case_steps
    }

    fn said(
        connection: &mut DbConnection,
        uscc: &str,
        report: &mut Report,
    ) -> Result<Vec<Said>, DoctorError> {
        let known: Vec<CaseRow> = cases::table
            .filter(cases::uscc.eq(uscc))
            .order(cases::id.asc())
            .select(CaseRow::as_select())
            .load(connection)?;
        let mut said = Vec::new();
        for case in known {
            let rows = store::rows_of(connection, &case.id)?;
            let steps: Vec<Step> = rows.iter().filter_map(|row| row.read().ok()).collect();
            if steps.len() != rows.len() || verify_chain(&steps).is_err() {
                report.finding(format!("case_steps {}", case.id), "its steps are no chain");
            }
            // Terms are left out: a calendar that came later moves them. No other thing of the row hangs on one.
            let (due_day, changed_at) = (case.due_day, Moment(case.changed_at));
            let led = case.kind().map(|kind| {
                let due_by = case.due_by.clone();
                CaseRow {
                    due_day,
                    due_by,
                    ..case.clone().after(&steps, kind, (changed_at, WorkingDays::embedded()))
                }
            });
            if led.as_ref().ok() != Some(&case) {
                report.finding(format!("cases {}", case.id), "it does not stand where its steps lead");
            }
            for row in &rows {
                report.case_steps += 1;
                let place = format!("case_steps {} {}", row.case_id, row.number);
                said.push(Said { place, what: "it", seq: Some(row.anchor_seq), draft: draft(row)? });
            }
        }
        Ok(said)
    }
}

/// What a step would be anchored as; nothing where it does not read, is not as its digest says, or has no salt.
fn draft(row: &StepRow) -> Result<Option<Draft>, StoreError> {
    let Ok(step) = row.read() else { return Ok(None) };
    let is_its = step.case == row.case_id
        && i64::from(step.number) == row.number
        && credit_core::cases::chain::digest_of(&step) == step.digest;
    let Some(salt) = salt(row.salt.as_deref()).filter(|_| is_its) else { return Ok(None) };
    Ok(Some(Draft::Case { commitment: acts::commitment(&step, salt)? }))
}
