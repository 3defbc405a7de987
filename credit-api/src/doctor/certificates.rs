//! Each certificate of a repair.

use super::anchored::{Anchored, Said};
use super::{DoctorError, Report};
use crate::repair::certificate;
use crate::store::DbConnection;

pub struct Certificates;

impl Anchored for Certificates {
    const KIND: &'static str = certificate::KIND;
    const TABLES: &'static [&'static str] = &["repair_certificates"];
    const SUBJECT: &'static str = "uscc";
    const TITLE: &'static str = "certificates of repairs";

    fn count(report: &mut Report) -> &mut u64 {
        &mut report.certificates
    }

    fn said(
        connection: &mut DbConnection,
        uscc: &str,
        report: &mut Report,
    ) -> Result<Vec<Said>, DoctorError> {
        let mut said = Vec::new();
        for row in certificate::of_enterprise(connection, uscc)? {
            report.certificates += 1;
            let place = format!("repair_certificates {}", row.case_id);
            // One that does not read, or has no salt, is not what was anchored either.
            let draft = certificate::draft_of(&row).ok().flatten();
            said.push(Said { place, what: "it", seq: Some(row.seq), draft });
        }
        Ok(said)
    }
}
