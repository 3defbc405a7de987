//! Each act on measures of supervision, and each measure against its steps: one that does not stand where its steps
//! lead shows.

use std::collections::BTreeMap;

use super::anchored::{Anchored, Said, salt};
use super::{DoctorError, Report};
use crate::anchoring::outbox::Draft;
use crate::store::{DbConnection, StoreError};
use crate::supervision::KIND;
use crate::supervision::statement::{self, Step};
use crate::supervision::store::{self, ActRow, StepRow};

pub struct Measures;

impl Anchored for Measures {
    const KIND: &'static str = KIND;
    const TABLES: &'static [&'static str] = &["measure_acts", "measure_steps", "measures"];
    const SUBJECT: &'static str = "uscc";
    const TITLE: &'static str = "steps of measures";

    fn count(report: &mut Report) -> &mut u64 {
        &mut report.measure_steps
    }

    fn said(
        connection: &mut DbConnection,
        uscc: &str,
        report: &mut Report,
    ) -> Result<Vec<Said>, DoctorError> {
        of_enterprise(connection, uscc, report)
    }
}

fn of_enterprise(
    connection: &mut DbConnection,
    uscc: &str,
    report: &mut Report,
) -> Result<Vec<Said>, DoctorError> {
    let mut said = Vec::new();
    let mut steps: BTreeMap<i64, Vec<StepRow>> = BTreeMap::new();
    for row in store::steps_by_act(connection, uscc)? {
        report.measure_steps += 1;
        steps.entry(row.act).or_default().push(row);
    }
    // Where each measure stands by the steps that read: number and state of its last one.
    let mut stands: BTreeMap<String, (i64, String)> = BTreeMap::new();
    // Which measure it is and why, by its first step.
    let mut begun: BTreeMap<String, (String, String)> = BTreeMap::new();
    for act in store::acts_of(connection, uscc)? {
        let of_act = steps.remove(&act.seq).unwrap_or_default();
        let place = format!("measure_acts {uscc} {}", act.seq);
        said.push(Said { place, what: "it", seq: Some(act.seq), draft: draft(&act, &of_act)? });
        for row in of_act {
            let last = stands.entry(row.measure_id.clone()).or_default();
            if row.number != last.0 + 1 {
                report
                    .finding(format!("measure_steps of {uscc}"), format!("number {} is missing", last.0 + 1));
            }
            *last = (row.number, row.state.clone());
            if row.number == 1
                && let Ok(step) = Step::read(&row.measure_id, &row.step)
            {
                begun.insert(row.measure_id, (step.code, step.cause));
            }
        }
    }
    for row in steps.into_values().flatten() {
        report.finding(format!("measure_steps {} {}", row.measure_id, row.number), "it is of no act");
    }
    for measure in store::of_enterprise(connection, uscc)? {
        let expected = stands.remove(&measure.id);
        if expected != Some((measure.version, measure.state)) {
            report.finding(format!("measures {}", measure.id), "it does not stand where its steps lead");
        }
        if begun.get(&measure.id) != Some(&(measure.code, measure.cause)) {
            report.finding(format!("measures {}", measure.id), "it is not the one that its first step began");
        }
    }
    for id in stands.into_keys() {
        report.finding(format!("measures {id}"), "it has steps, and is gone");
    }
    Ok(said)
}

/// What an act would be anchored as; nothing where a step does not read or is not as its columns say, or where the
/// salt is gone.
fn draft(act: &ActRow, rows: &[StepRow]) -> Result<Option<Draft>, StoreError> {
    let mut steps = Vec::with_capacity(rows.len());
    for row in rows {
        let Ok(step) = Step::read(&row.measure_id, &row.step) else { return Ok(None) };
        let is_its = step.measure == row.measure_id
            && i64::from(step.number) == row.number
            && step.state == row.state
            && (step.at, row.at) == (act.at, act.at)
            && step.uscc == act.uscc;
        if !is_its {
            return Ok(None);
        }
        steps.push(step);
    }
    let Some(salt) = salt(act.salt.as_deref()) else { return Ok(None) };
    Ok(Some(Draft::Measure { commitment: statement::commitment(&act.uscc, act.at, &steps, salt)? }))
}
