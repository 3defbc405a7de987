//! What is stored of each sale, and its order, against the documents it is made of.

use std::collections::BTreeSet;

use super::{DoctorError, Report};
use crate::ceb::{differences, sales};
use crate::signals::rollup;
use crate::store::DbConnection;

/// Sales compared together.
const AT_ONCE: i64 = 500;

/// Looks at every sale.
pub fn examine(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let (mut after, mut looked) = (String::new(), 0);
    loop {
        let rows = sales::after(connection, &after, AT_ONCE)?;
        let Some(last) = rows.last() else { break };
        after = last.id.clone();
        let ids: BTreeSet<String> = rows.iter().map(|row| row.id.clone()).collect();
        for (id, what) in differences::of(connection, rows)? {
            report.finding(format!("ceb_sales {id}"), what);
        }
        looked += u64::try_from(ids.len()).unwrap_or_default();
        progress("sales", looked);
        if report.is_full() {
            return Ok(());
        }
    }
    for (counted, sales) in rollup::differences(connection)? {
        let what =
            format!("{} sales with the signs {:#x} are counted as {}", sales, counted.signs, counted.sales);
        report.finding(format!("sale_signs {} day {}", counted.uscc, counted.day), what);
    }
    Ok(())
}
