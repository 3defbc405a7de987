//! The access log against the digests of its days: a row that was changed, added or taken away shows.

use credit_core::dates::from_day_number;

use super::Report;
use crate::access_log::digest;
use crate::service::Service;
use crate::store::{DbConnection, StoreError};

/// Looks at every day that was anchored.
pub fn examine(
    service: &Service,
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), StoreError> {
    let mut looked = 0;
    let differences = digest::differences(connection, &service.access_log, &mut |days| {
        looked = days;
        progress("days of the access log", days);
    })?;
    report.access_days = looked;
    for difference in differences {
        let what = format!(
            "its {} rows do not make the digest that was anchored: a row was changed, added or taken away",
            difference.rows
        );
        report.finding(format!("access_looks of {}", from_day_number(difference.day)), what);
    }
    Ok(())
}
