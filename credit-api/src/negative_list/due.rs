//! Entries and classes that begin or end by their own date, and records of which a rule of alerts counts the days (a
//! permit that ends): the enterprise is evaluated again on that day, so that its
//! rating, its consequences and what anybody is shown change with it.

use chrono::NaiveDate;
use credit_core::alerts::AlertRules;
use credit_core::dates::day_number;
use credit_core::facts::Facts;
use diesel::QueryableByName;
use diesel::sql_types::Text;

use super::standing;
use crate::clock::Clock;
use crate::intake::receive::mark_dirty;
use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// Enterprises that are marked in one transaction.
const AT_ONCE: i64 = 1_000;

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = Text)]
    uscc: String,
}

/// Keeps the next day of each of these enterprises; in the transaction that evaluated them.
pub(super) fn set(
    connection: &mut DbConnection,
    facts: &[Facts],
    rules: &AlertRules,
    day: NaiveDate,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for one in facts {
        // The day on which a rule of alerts may come to hold is one as well: a permit ends without a file.
        match standing::next_day(one, day).into_iter().chain(rules.next_day(one)).min() {
            Some(next) => rows.push(vec![one.uscc.to_string().into(), day_number(next).into()]),
            // Who has neither lists nor classes has a row for a rule of alerts alone, which goes when its day has come.
            None if one.listings.is_empty() && one.classes.is_empty() => {}
            None => {
                let sql = "DELETE FROM standing_days WHERE uscc = $1";
                bulk::execute(connection, sql, [Bind::Text(one.uscc.to_string())])?;
            }
        }
    }
    let tail = "ON CONFLICT (uscc) DO UPDATE SET day = excluded.day";
    bulk::execute_rows(connection, "INSERT INTO standing_days (uscc, day)", 2, rows, tail)?;
    Ok(())
}

/// Marks the enterprises whose day has come, to be evaluated. Returns how many.
///
/// # Errors
/// The database's.
pub fn mark(database: &Database, clock: &dyn Clock) -> Result<usize, StoreError> {
    let today = day_number(clock.today());
    let sql = format!("SELECT uscc FROM standing_days WHERE day <= $1 ORDER BY day, uscc LIMIT {AT_ONCE}");
    let mut connection = database.connection()?;
    let mut marked = 0;
    loop {
        let due: Vec<Due> = bulk::load(&mut connection, &sql, [today.into()])?;
        if due.is_empty() {
            return Ok(marked);
        }
        let now_ms = clock.now().0;
        write(&mut connection, Lane::Evaluation, |connection| {
            mark_dirty(connection, now_ms, &due.iter().map(|one| one.uscc.clone()).collect())?;
            for one in &due {
                let sql = "DELETE FROM standing_days WHERE uscc = $1";
                bulk::execute(connection, sql, [Bind::Text(one.uscc.clone())])?;
            }
            Ok::<_, StoreError>(())
        })?;
        marked += due.len();
    }
}
