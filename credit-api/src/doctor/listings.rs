//! Each entry to a list, and each exit from it.

use super::anchored::{Anchored, Said, salt};
use super::{DoctorError, Report};
use crate::anchoring::outbox::Draft;
use crate::negative_list::record::{self, ListingRow};
use crate::negative_list::statement::Listed;
use crate::store::{DbConnection, StoreError};

pub struct Listings;

impl Anchored for Listings {
    const KIND: &'static str = "listing";
    const TABLES: &'static [&'static str] = &["listings"];
    const SUBJECT: &'static str = "uscc";
    const TITLE: &'static str = "entries of lists";

    fn count(report: &mut Report) -> &mut u64 {
        &mut report.listings
    }

    fn said(
        connection: &mut DbConnection,
        uscc: &str,
        report: &mut Report,
    ) -> Result<Vec<Said>, DoctorError> {
        let mut said = Vec::new();
        for row in record::of_enterprise(connection, uscc)? {
            report.listings += 1;
            let place = format!("listings {uscc} {}", row.seq);
            said.push(Said { place, what: "it", seq: Some(row.seq), draft: draft(&row)? });
        }
        Ok(said)
    }
}

/// What a row would be anchored as; nothing where its parts contradict each other or its salt is gone.
fn draft(row: &ListingRow) -> Result<Option<Draft>, StoreError> {
    let Ok(listed) = Listed::read(&row.uscc, &row.statement) else { return Ok(None) };
    let is_one = listed.uscc == row.uscc
        && i32::from(listed.list) == row.list
        && i32::from(listed.listed) == row.listed
        && listed.day == row.day;
    let Some(salt) = salt(row.salt.as_deref()).filter(|_| is_one) else { return Ok(None) };
    let commitment = listed.commitment(salt)?;
    Ok(Some(Draft::Listing { list: listed.list, listed: listed.listed, commitment }))
}
