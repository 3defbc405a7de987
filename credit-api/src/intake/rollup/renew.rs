//! A pack of changed orders into marks and days of sums.

use std::collections::BTreeMap;

use credit_core::records::Order;
use credit_core::trade::{Marks, shipments};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer, Text};

use super::change::Change;
use super::days::{Days, Place, places};
use super::marks::{Other, Wanted, decide};
use super::neighbours;
use crate::statistics::marks as statistics;
use crate::store::bulk::{self, Bind, placeholders};
use crate::store::codec::{day_of, decode_order};
use crate::store::packs::{self, marks_of};
use crate::store::trade_days::TradeDay;
use crate::store::{DbConnection, StoreError};

/// Rows named in one statement.
const KEYS_AT_ONCE: usize = 2_000;
/// Orders read at once where days are counted anew.
const PAGE_ROWS: i64 = 5_000;

/// A pack of changes on its way: read before its orders are written, finished after.
pub struct Renewal {
    days: Days,
    marks: Vec<Marks>,
    others: Vec<Other>,
}

impl Renewal {
    /// Reads what the changes touch and decides the marks. Each order occurs once.
    ///
    /// # Errors
    /// The database's, and [`StoreError::Damaged`].
    pub fn begin(connection: &mut DbConnection, changes: &[Change]) -> Result<Self, StoreError> {
        let mut days = Days::default();
        let replaced = changes.iter().filter_map(Change::replaced).map(|old| &old.order);
        let touched = changes.iter().map(Change::order).chain(replaced).flat_map(places);
        read_days(connection, &mut days, touched)?;
        let wanted = Wanted::of(changes);
        let (mut others, bursts) = neighbours::read(connection, changes, &wanted, &days)?;
        let marks = decide(changes, &wanted, &bursts, &mut others);
        others.retain(|other| other.before != other.after);
        let remarked = others.iter().map(|other| (other.order.uscc, day_of(other.order.ordered_at)));
        read_days(connection, &mut days, remarked)?;
        Ok(Self { days, marks, others })
    }

    /// The marks of the changed orders, in their order.
    #[must_use]
    pub fn marks(&self) -> &[Marks] {
        &self.marks
    }

    /// Writes the others' marks and the days, when the changed orders are stored.
    ///
    /// # Errors
    /// The database's, and [`StoreError::Damaged`].
    pub fn finish(mut self, connection: &mut DbConnection, changes: &[Change]) -> Result<(), StoreError> {
        self.days.change(changes, &self.marks);
        for other in &self.others {
            self.days.remark(&other.order, other.before, other.after);
        }
        write_marks(connection, &self.others)?;
        let replaced = changes.iter().filter_map(Change::replaced).map(|old| &old.order);
        let days = changes.iter().map(Change::order).chain(replaced).map(|order| day_of(order.ordered_at));
        statistics::orders_changed(connection, days)?;
        let mut outcome = self.days.finish();
        let mut by_merchant: BTreeMap<Uscc, Vec<TradeDay>> = BTreeMap::new();
        for day in outcome.recount {
            by_merchant.entry(day.merchant).or_default().push(day);
        }
        for (merchant, days) in by_merchant {
            for day in counted_anew(connection, merchant, &days)? {
                if day.is_empty() {
                    outcome.delete.push((merchant, day.day));
                } else {
                    outcome.write.push(day);
                }
            }
        }
        write_days(connection, &outcome.write)?;
        delete_days(connection, &outcome.delete)
    }
}

fn read_days(
    connection: &mut DbConnection,
    days: &mut Days,
    places: impl IntoIterator<Item = Place>,
) -> Result<(), StoreError> {
    let missing = days.missing(places);
    for day in packs::trade_days_at(connection, &missing)? {
        days.put(day);
    }
    Ok(())
}

#[derive(QueryableByName)]
struct PageRow {
    #[diesel(sql_type = Integer)]
    ordered_day: i32,
    #[diesel(sql_type = Text)]
    order_no: String,
    #[diesel(sql_type = Integer)]
    marks: i32,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

/// The days from the orders behind them, which lie between the days' bounds.
fn counted_anew(
    connection: &mut DbConnection,
    merchant: Uscc,
    days: &[TradeDay],
) -> Result<Vec<TradeDay>, StoreError> {
    let first = days.iter().map(|day| day.first_ordered_day).min().unwrap_or(i32::MAX);
    let last = days.iter().map(|day| day.last_ordered_day).max().unwrap_or(i32::MIN);
    let mut anew: BTreeMap<i32, TradeDay> =
        days.iter().map(|day| (day.day, TradeDay::new(merchant, day.day))).collect();
    let mut after = (first, String::new());
    loop {
        let page: Vec<PageRow> = bulk::load(
            connection,
            "SELECT ordered_day, order_no, marks, payload FROM orders WHERE uscc = $1 \
             AND (ordered_day, order_no) > ($2, $3) AND ordered_day <= $4 ORDER BY ordered_day, order_no LIMIT $5",
            [merchant.as_str().into(), after.0.into(), after.1.into(), last.into(), PAGE_ROWS.into()],
        )?;
        let Some(end) = page.last() else { break };
        after = (end.ordered_day, end.order_no.clone());
        for row in page {
            add(&mut anew, &decode_order(&row.payload)?, marks_of(row.marks));
        }
    }
    Ok(anew.into_values().collect())
}

fn add(days: &mut BTreeMap<i32, TradeDay>, order: &Order, marks: Marks) {
    if let Some(day) = days.get_mut(&day_of(order.ordered_at)) {
        day.add_order(order, marks);
    }
    for (key, counters) in shipments(order, None) {
        if let Some(day) = days.get_mut(&key.day) {
            day.add_shipment(order, key, counters);
        }
    }
}

fn write_marks(connection: &mut DbConnection, others: &[Other]) -> Result<(), StoreError> {
    let mut by_marks: BTreeMap<Marks, Vec<&Order>> = BTreeMap::new();
    for other in others {
        by_marks.entry(other.after).or_default().push(&other.order);
    }
    for (marks, orders) in by_marks {
        for part in orders.chunks(KEYS_AT_ONCE) {
            let sql = format!(
                "UPDATE orders SET marks = {} WHERE (uscc, ordered_day, order_no) IN (VALUES {})",
                marks.0,
                placeholders(part.len(), 3)
            );
            let binds = part.iter().flat_map(|order| {
                [
                    order.uscc.as_str().into(),
                    day_of(order.ordered_at).into(),
                    Bind::from(order.order_no.as_str()),
                ]
            });
            bulk::execute(connection, &sql, binds)?;
        }
    }
    Ok(())
}

fn write_days(connection: &mut DbConnection, days: &[TradeDay]) -> Result<(), StoreError> {
    let rows = days.iter().map(|day| {
        vec![
            day.merchant.as_str().into(),
            day.day.into(),
            day.last_event_day.into(),
            day.first_ordered_day.into(),
            day.last_ordered_day.into(),
            Bind::Bytes(day.encode_sums()),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO trade_days (uscc, day, last_event_day, first_ordered_day, last_ordered_day, sums)",
        6,
        rows.collect(),
        "ON CONFLICT (uscc, day) DO UPDATE SET last_event_day = excluded.last_event_day, \
         first_ordered_day = excluded.first_ordered_day, last_ordered_day = excluded.last_ordered_day, \
         sums = excluded.sums",
    )?;
    Ok(())
}

fn delete_days(connection: &mut DbConnection, places: &[Place]) -> Result<(), StoreError> {
    for part in places.chunks(KEYS_AT_ONCE) {
        let sql =
            format!("DELETE FROM trade_days WHERE (uscc, day) IN (VALUES {})", placeholders(part.len(), 2));
        let binds = part.iter().flat_map(|(uscc, day)| [Bind::from(uscc.as_str()), (*day).into()]);
        bulk::execute(connection, &sql, binds)?;
    }
    Ok(())
}
