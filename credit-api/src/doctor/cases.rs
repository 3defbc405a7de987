//! Each step of a case against the chain of its case and against what was anchored of it: a step that was invented,
//! changed or taken away behind the service's back shows.

use std::collections::BTreeMap;

use credit_core::cases::{Step, verify_chain};
use credit_core::dates::Moment;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{DoctorError, Report};
use crate::anchoring::outbox::{self, Draft};
use crate::cases::acts::{self, KIND};
use crate::cases::store::{self, CaseRow, StepRow};
use crate::store::bulk::{self, Bind};
use crate::store::schema::cases;
use crate::store::{DbConnection, StoreError};

/// Enterprises looked at together.
const PAGE: i64 = 200;

#[derive(QueryableByName)]
struct Subject {
    #[diesel(sql_type = Text)]
    uscc: String,
}

/// Looks at every case, by enterprise: also of those of which something was anchored and that have none.
pub fn examine(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let sql = format!(
        "SELECT uscc FROM (SELECT uscc FROM cases UNION SELECT uscc FROM outbox WHERE kind = '{KIND}') known \
         WHERE uscc > $1 ORDER BY uscc LIMIT {PAGE}"
    );
    let mut last = String::new();
    loop {
        let page: Vec<Subject> = bulk::load(connection, &sql, [Bind::Text(last.clone())])?;
        for one in &page {
            of_enterprise(connection, &one.uscc, report)?;
        }
        progress("steps of cases", report.case_steps);
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
    let known: Vec<CaseRow> = cases::table
        .filter(cases::uscc.eq(uscc))
        .order(cases::id.asc())
        .select(CaseRow::as_select())
        .load(connection)?;
    for case in known {
        let rows = store::rows_of(connection, &case.id)?;
        let steps: Vec<Step> = rows.iter().filter_map(|row| row.read().ok()).collect();
        if steps.len() != rows.len() || verify_chain(&steps).is_err() {
            report.finding(format!("case_steps {}", case.id), "its steps are no chain");
        }
        // Terms are left out: a calendar that came later moves them.
        let due_day = case.due_day;
        let changed_at = Moment(case.changed_at);
        let led = case.kind().map(|kind| CaseRow { due_day, ..case.clone().after(&steps, kind, changed_at) });
        if led.as_ref().ok() != Some(&case) {
            report.finding(format!("cases {}", case.id), "it does not stand where its steps lead");
        }
        for row in &rows {
            report.case_steps += 1;
            let place = format!("case_steps {} {}", row.case_id, row.number);
            match anchored.remove(&row.anchor_seq) {
                None => report.finding(place, "it was not anchored"),
                Some(draft) if said(row)?.as_ref() == Some(&draft) => {}
                Some(_) => report.finding(place, "it is not the one that was anchored"),
            }
        }
    }
    for seq in anchored.into_keys() {
        report.finding(format!("case_steps of {uscc}"), format!("number {seq} was anchored, and is gone"));
    }
    Ok(())
}

/// What a step would be anchored as; nothing where it does not read, is not as its digest says, or has no salt.
fn said(row: &StepRow) -> Result<Option<Draft>, StoreError> {
    let Ok(step) = row.read() else { return Ok(None) };
    let is_its = step.case == row.case_id
        && i64::from(step.number) == row.number
        && credit_core::cases::chain::digest_of(&step) == step.digest;
    let salt = row.salt.as_deref().and_then(|salt| <[u8; 32]>::try_from(salt).ok());
    let Some(salt) = salt.filter(|_| is_its) else { return Ok(None) };
    Ok(Some(Draft::Case { commitment: acts::commitment(&step, salt)? }))
}
