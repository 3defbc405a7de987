//! What an enterprise's orders, reviews and complaints add up to over some months: what is shared in place of the rows.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use credit_core::dates::{add_months, day_number, from_day_number};
use credit_core::money::Fen;
use credit_core::records::{Complaint, Direction, Mode, Record};
use credit_core::uscc::Uscc;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;

use super::records;
use crate::store::bulk::{self, Bind};
use crate::store::packs::{self, Days};
use crate::store::{DbConnection, StoreError};

/// Orders of one month, mode and direction, of an enterprise as the merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthTotal {
    pub orders: u64,
    pub amount: Fen,
}

/// What a total is of: first day of the month, mode, direction.
pub type MonthKey = (NaiveDate, Mode, Direction);

/// Reviews of an enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewTotal {
    pub count: u64,
    /// Sum of stars, 1 to 5 each.
    pub stars: u64,
}

/// Complaints about an enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ComplaintTotal {
    pub accepted: u64,
    pub closed: u64,
    pub substantiated: u64,
}

/// Totals over whole months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The first day.
    pub from: NaiveDate,
    /// The last day, included.
    pub to: NaiveDate,
    pub transactions: BTreeMap<MonthKey, MonthTotal>,
    pub reviews: ReviewTotal,
    pub complaints: ComplaintTotal,
}

#[derive(QueryableByName)]
struct Reviews {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    stars: i64,
}

/// The totals of the `months` before the month of `today`, and of that month so far.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn activity(
    connection: &mut DbConnection,
    uscc: Uscc,
    months: u32,
    today: NaiveDate,
) -> Result<Activity, StoreError> {
    let this_month = today.with_day(1).unwrap_or(today);
    let from = add_months(this_month, -i32::try_from(months).unwrap_or(0));
    let days = Days { first: day_number(from), last: day_number(today) };
    Ok(Activity {
        from,
        to: today,
        transactions: transactions(connection, uscc, days)?,
        reviews: reviews(connection, uscc, days)?,
        complaints: complaints(connection, uscc, from, today)?,
    })
}

fn transactions(
    connection: &mut DbConnection,
    uscc: Uscc,
    days: Days,
) -> Result<BTreeMap<MonthKey, MonthTotal>, StoreError> {
    let mut totals: BTreeMap<MonthKey, MonthTotal> = BTreeMap::new();
    let found = packs::all_trade_days(connection, &[uscc], days)?;
    for day in found.into_values().flatten() {
        let date = from_day_number(day.day);
        let month = date.with_day(1).unwrap_or(date);
        for (key, counters) in &day.orders {
            let total = totals
                .entry((month, key.mode, key.direction))
                .or_insert(MonthTotal { orders: 0, amount: Fen(0) });
            total.orders = total.orders.saturating_add(u64::try_from(counters.rows).unwrap_or(0));
            total.amount = Fen(total.amount.0.saturating_add(counters.amount));
        }
    }
    Ok(totals)
}

fn reviews(connection: &mut DbConnection, uscc: Uscc, days: Days) -> Result<ReviewTotal, StoreError> {
    let rows: Vec<Reviews> = bulk::load(
        connection,
        "SELECT CAST(COALESCE(SUM(reviews), 0) AS BIGINT) AS count, CAST(COALESCE(SUM(stars), 0) AS BIGINT) AS stars \
         FROM review_days WHERE uscc = $1 AND day >= $2 AND day <= $3",
        [Bind::Text(uscc.to_string()), days.first.into(), days.last.into()],
    )?;
    let number = |number: i64| u64::try_from(number).unwrap_or(0);
    let found = rows.first();
    Ok(ReviewTotal {
        count: found.map_or(0, |row| number(row.count)),
        stars: found.map_or(0, |row| number(row.stars)),
    })
}

fn complaints(
    connection: &mut DbConnection,
    uscc: Uscc,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<ComplaintTotal, StoreError> {
    let mut total = ComplaintTotal::default();
    for record in records(connection, uscc.as_str())? {
        let Record::Complaints(complaint) = record else { continue };
        let Complaint { accepted_on, closed_on, substantiated, .. } = complaint;
        if from <= accepted_on && accepted_on <= to {
            total.accepted += 1;
            total.closed += u64::from(closed_on.is_some_and(|on| on <= to));
            total.substantiated += u64::from(substantiated == Some(true));
        }
    }
    Ok(total)
}
