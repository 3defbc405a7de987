//! Each act on measures of supervision against what was anchored of it, and each measure against its steps: a step that
//! was invented, changed or taken away behind the service's back shows, and so does a measure that does not stand where
//! its steps lead.

use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::Text;

use super::{DoctorError, Report};
use crate::anchoring::outbox::{self, Draft};
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};
use crate::supervision::KIND;
use crate::supervision::statement::{self, Step};
use crate::supervision::store::{self, ActRow, StepRow};

/// Enterprises looked at together.
const PAGE: i64 = 200;

#[derive(QueryableByName)]
struct Subject {
    #[diesel(sql_type = Text)]
    uscc: String,
}

/// Looks at every measure, by enterprise: also of those of which something was anchored and that have none.
pub fn examine(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let sql = format!(
        "SELECT uscc FROM (SELECT uscc FROM measures UNION SELECT uscc FROM measure_steps UNION \
         SELECT uscc FROM outbox WHERE kind = '{KIND}') known WHERE uscc > $1 ORDER BY uscc LIMIT {PAGE}"
    );
    let mut last = String::new();
    loop {
        let page: Vec<Subject> = bulk::load(connection, &sql, [Bind::Text(last.clone())])?;
        for one in &page {
            of_enterprise(connection, &one.uscc, report)?;
        }
        progress("steps of measures", report.measure_steps);
        match page.into_iter().next_back().filter(|_| !report.is_full()) {
            Some(end) => last = end.uscc,
            None => return Ok(()),
        }
    }
}

fn of_enterprise(connection: &mut DbConnection, uscc: &str, report: &mut Report) -> Result<(), DoctorError> {
    let mut anchored: BTreeMap<i64, Draft> = BTreeMap::new();
    for row in outbox::of_subject(connection, KIND, uscc)? {
        anchored.insert(row.seq, row.draft()?);
    }
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
        match anchored.remove(&act.seq) {
            None => report.finding(place, "it was not anchored"),
            Some(draft) if said(&act, &of_act)?.as_ref() == Some(&draft) => {}
            Some(_) => report.finding(place, "it is not the one that was anchored"),
        }
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
    for seq in anchored.into_keys() {
        report.finding(format!("measure_acts {uscc} {seq}"), "it was anchored, and is gone");
    }
    Ok(())
}

/// What an act would be anchored as; nothing where a step does not read or is not as its columns say, or where the
/// salt is gone.
fn said(act: &ActRow, rows: &[StepRow]) -> Result<Option<Draft>, StoreError> {
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
    let Some(salt) = act.salt.as_deref().and_then(|salt| <[u8; 32]>::try_from(salt).ok()) else {
        return Ok(None);
    };
    Ok(Some(Draft::Measure { commitment: statement::commitment(&act.uscc, act.at, &steps, salt)? }))
}
