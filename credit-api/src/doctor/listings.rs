//! Each entry to a list and exit from it against what was anchored of it: one that was invented, changed or taken away
//! behind the service's back shows.

use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::Text;

use super::{DoctorError, FINDINGS_MAX, Report};
use crate::anchoring::outbox::{self, Draft};
use crate::negative_list::record::{self, ListingRow};
use crate::negative_list::statement::Listed;
use crate::store::{DbConnection, StoreError, bulk};

/// Enterprises looked at together.
const PAGE: i64 = 500;
const KIND: &str = "listing";

#[derive(QueryableByName)]
struct Subject {
    #[diesel(sql_type = Text)]
    uscc: String,
}

/// Looks at every row.
pub fn examine(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let mut last = String::new();
    loop {
        let codes = record::enterprises_after(connection, &last, PAGE)?;
        for uscc in &codes {
            examine_one(connection, uscc, report)?;
        }
        progress("entries of lists", report.listings);
        match codes.into_iter().next_back().filter(|_| !report.is_full()) {
            Some(end) => last = end,
            None => return name_lost(connection, report),
        }
    }
}

fn examine_one(connection: &mut DbConnection, uscc: &str, report: &mut Report) -> Result<(), DoctorError> {
    let mut anchored: BTreeMap<i64, Draft> = BTreeMap::new();
    for row in outbox::of_subject(connection, KIND, uscc)? {
        anchored.insert(row.seq, row.draft()?);
    }
    for row in record::of_enterprise(connection, uscc)? {
        report.listings += 1;
        let place = format!("listings {uscc} {}", row.seq);
        match (said(&row)?, anchored.remove(&row.seq)) {
            (_, None) => report.finding(place, "it was not anchored"),
            (Some(said), Some(draft)) if said == draft => {}
            _ => report.finding(place, "it is not the one that was anchored"),
        }
    }
    for seq in anchored.into_keys() {
        report.finding(format!("listings {uscc} {seq}"), "it was anchored, and is gone");
    }
    Ok(())
}

/// What a row would be anchored as; nothing where its parts contradict each other or its salt is gone.
fn said(row: &ListingRow) -> Result<Option<Draft>, StoreError> {
    let Ok(listed) = Listed::read(&row.uscc, &row.statement) else { return Ok(None) };
    let is_one = listed.uscc == row.uscc
        && i32::from(listed.list) == row.list
        && i32::from(listed.listed) == row.listed
        && listed.day == row.day;
    let salt = row.salt.as_deref().and_then(|salt| <[u8; 32]>::try_from(salt).ok());
    let Some(salt) = salt.filter(|_| is_one) else { return Ok(None) };
    let commitment = listed.commitment(salt)?;
    Ok(Some(Draft::Listing { list: listed.list, listed: listed.listed, commitment }))
}

/// Enterprises of which something was anchored and that have no row.
fn name_lost(connection: &mut DbConnection, report: &mut Report) -> Result<(), DoctorError> {
    let sql = format!(
        "SELECT DISTINCT uscc FROM outbox WHERE kind = $1 AND uscc NOT IN (SELECT uscc FROM listings) \
         ORDER BY uscc LIMIT {FINDINGS_MAX}"
    );
    let lost: Vec<Subject> = bulk::load(connection, &sql, [KIND.into()])?;
    for subject in lost {
        report.finding(format!("listings {}", subject.uscc), "it was anchored, and is gone");
    }
    Ok(())
}
