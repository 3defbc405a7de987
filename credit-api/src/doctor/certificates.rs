//! Each certificate of a repair against what was anchored of it: one that was invented, changed or taken away shows.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{DoctorError, Report};
use crate::anchoring::outbox::{self, Draft};
use crate::repair::certificate::{self, KIND};
use crate::store::DbConnection;
use crate::store::bulk::{self, Bind};

/// Enterprises looked at together.
const PAGE: i64 = 200;

#[derive(QueryableByName)]
struct Subject {
    #[diesel(sql_type = Text)]
    uscc: String,
}

/// Looks at every certificate, by enterprise.
pub fn examine(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let sql = format!(
        "SELECT uscc FROM (SELECT uscc FROM repair_certificates UNION SELECT uscc FROM outbox \
         WHERE kind = '{KIND}') known WHERE uscc > $1 ORDER BY uscc LIMIT {PAGE}"
    );
    let (mut last, mut seen) = (String::new(), 0);
    loop {
        let page: Vec<Subject> = bulk::load(connection, &sql, [Bind::Text(last.clone())])?;
        for one in &page {
            seen += of_enterprise(connection, &one.uscc, report)?;
        }
        progress("certificates of repairs", seen);
        match page.into_iter().next_back().filter(|_| !report.is_full()) {
            Some(end) => last = end.uscc,
            None => return Ok(()),
        }
    }
}

fn of_enterprise(connection: &mut DbConnection, uscc: &str, report: &mut Report) -> Result<u64, DoctorError> {
    let mut anchored: BTreeMap<i64, Draft> = BTreeMap::new();
    for row in outbox::of_subject(connection, KIND, uscc)? {
        anchored.insert(row.seq, row.draft()?);
    }
    let mut seen = 0;
    for row in certificate::of_enterprise(connection, uscc)? {
        seen += 1;
        let place = format!("repair_certificates {}", row.case_id);
        // One that does not read, or has no salt, is not what was anchored either.
        let said = certificate::draft_of(&row).ok().flatten();
        match anchored.remove(&row.seq) {
            None => report.finding(place, "it was not anchored"),
            Some(draft) if said.as_ref() == Some(&draft) => {}
            Some(_) => report.finding(place, "it is not the one that was anchored"),
        }
    }
    for seq in anchored.into_keys() {
        let place = format!("repair_certificates of {uscc}");
        report.finding(place, format!("number {seq} was anchored, and is gone"));
    }
    Ok(seen)
}
