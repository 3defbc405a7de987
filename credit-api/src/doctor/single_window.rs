//! What the single window pushed: each message of a batch that was taken has one receipt, and a receipt names what is
//! there.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Text};

use super::{DoctorError, FINDINGS_MAX, Report};
use crate::ceb::sales;
use crate::single_window::store::{self, ReceiptRow};
use crate::store::DbConnection;
use crate::store::bulk;

/// Receipts looked at together.
const AT_ONCE: i64 = 1_000;

#[derive(QueryableByName)]
struct Batch {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Integer)]
    messages: i32,
    #[diesel(sql_type = BigInt)]
    receipts: i64,
}

/// Looks at every batch and every receipt.
pub fn examine(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    // A batch that failed or waits has no receipts, which its state says.
    let sql = format!(
        "SELECT b.id, b.messages, COUNT(r.seq) AS receipts FROM single_window_batches b \
         LEFT JOIN single_window_receipts r ON r.batch_id = b.id AND r.user_id = b.user_id \
         AND r.position BETWEEN 1 AND b.messages \
         WHERE EXISTS (SELECT 1 FROM batches t WHERE t.file_digest = b.file_digest AND t.source = 'ceb' \
         AND t.refused IS NULL) \
         GROUP BY b.id, b.messages HAVING COUNT(r.seq) <> b.messages ORDER BY b.id LIMIT {FINDINGS_MAX}"
    );
    let batches: Vec<Batch> = bulk::load(connection, &sql, [])?;
    for Batch { id, messages, receipts } in batches {
        report.finding(
            format!("single_window_batches {id}"),
            format!("{messages} messages have {receipts} receipts"),
        );
    }
    let sql = format!(
        "SELECT r.batch_id AS id, r.position AS messages, r.seq AS receipts FROM single_window_receipts r \
         LEFT JOIN single_window_batches b ON b.id = r.batch_id AND b.user_id = r.user_id \
         AND r.position BETWEEN 1 AND b.messages WHERE b.id IS NULL ORDER BY r.seq LIMIT {FINDINGS_MAX}"
    );
    let strays: Vec<Batch> = bulk::load(connection, &sql, [])?;
    for Batch { id, messages, receipts } in strays {
        report.finding(
            format!("single_window_receipts {receipts}"),
            format!("is of message {messages} of {id}, which its sender did not push"),
        );
    }
    contents(connection, report, progress)
}

/// What receipts say can be read, and the sales they name are there.
fn contents(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let (mut after, mut looked) = (0, 0);
    while !report.is_full() {
        let rows = store::receipts_after(connection, None, after, AT_ONCE)?;
        let Some(last) = rows.last() else { break };
        after = last.seq;
        let named = rows.iter().filter_map(|row| row.sale_ids().ok()).flatten().collect();
        let there = sales::these(connection, &named)?;
        for row in &rows {
            if let Some(what) = wrong(row, |id| there.contains_key(id)) {
                report.finding(format!("single_window_receipts {}", row.seq), what);
            }
        }
        looked += u64::try_from(rows.len()).unwrap_or_default();
        progress("receipts of the single window", looked);
    }
    Ok(())
}

fn wrong(row: &ReceiptRow, is_there: impl Fn(&str) -> bool) -> Option<String> {
    let sales = match (row.refusals(), row.sale_ids()) {
        (Ok(_), Ok(sales)) => sales,
        (Err(error), _) | (_, Err(error)) => return Some(error.to_string()),
    };
    let missing = sales.into_iter().find(|id| !is_there(id))?;
    Some(format!("names the sale {missing}, which is not there"))
}
