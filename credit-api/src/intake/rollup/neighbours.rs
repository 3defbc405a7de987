//! The stored orders of the groups that changes touch, each found by index.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::dates::Moment;
use credit_core::trade::Marks;
use credit_core::trade::marks::is_burst;
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer};

use super::change::Change;
use super::days::{Days, Place};
use super::marks::{Bursts, Extent, Minute, Other, Shift, Wanted};
use crate::store::bulk::{self, Bind};
use crate::store::codec::{day_of, decode_order};
use crate::store::groups::Groups;
use crate::store::packs::marks_of;
use crate::store::{DbConnection, StoreError};

const MINUTE_MS: i64 = 60_000;

#[derive(QueryableByName)]
struct OrderRow {
    #[diesel(sql_type = Integer)]
    marks: i32,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

#[derive(QueryableByName)]
struct TimeRow {
    #[diesel(sql_type = BigInt)]
    ordered_at: i64,
}

/// Reads the others of all touched groups, each once, and whether the touched minutes are bursts.
pub(super) fn read(
    connection: &mut DbConnection,
    changes: &[Change],
    wanted: &Wanted,
    days: &Days,
) -> Result<(Vec<Other>, Bursts), StoreError> {
    let mut found = Found {
        changed: changes
            .iter()
            .map(|change| (change.order().uscc, change.order().order_no.as_str()))
            .collect(),
        others: BTreeMap::new(),
    };
    found.quotas(connection, wanted)?;
    found.waybills(connection, wanted)?;
    let bursts = found.minutes(connection, wanted, days)?;
    Ok((found.others.into_values().collect(), bursts))
}

struct Found<'a> {
    /// Replaced by a change, so not read.
    changed: BTreeSet<(Uscc, &'a str)>,
    others: BTreeMap<(Uscc, String), Other>,
}

impl Found<'_> {
    fn take(&mut self, rows: Vec<OrderRow>) -> Result<(), StoreError> {
        for row in rows {
            let (order, marks) = (decode_order(&row.payload)?, marks_of(row.marks));
            if !self.changed.contains(&(order.uscc, order.order_no.as_str())) {
                let key = (order.uscc, order.order_no.clone());
                let groups = Groups::of(&order);
                self.others.entry(key).or_insert(Other { order, groups, before: marks, after: marks });
            }
        }
        Ok(())
    }

    fn quotas(&mut self, connection: &mut DbConnection, wanted: &Wanted) -> Result<(), StoreError> {
        let tail = format!(
            ") SELECT o.marks, o.payload FROM k CROSS JOIN orders o \
             WHERE o.uscc = k.uscc AND o.quota_group = k.quota_group AND o.ordered_at <= \
             CASE WHEN k.whole = 1 THEN {last} ELSE COALESCE((SELECT MIN(p.ordered_at) FROM orders p \
             WHERE p.uscc = k.uscc AND p.quota_group = k.quota_group AND (p.marks & {over}) <> 0), {last}) END",
            last = i64::MAX,
            over = Marks::OVER_QUOTA.0,
        );
        let binds = wanted.quotas.iter().flat_map(|((uscc, key), extent)| {
            let whole = i32::from(*extent == Extent::Whole);
            [uscc.as_str().into(), Bind::Bytes(key.to_vec()), whole.into()]
        });
        let head = "WITH k (uscc, quota_group, whole) AS (";
        self.take(bulk::load_rows(connection, head, 3, binds, &tail)?)
    }

    /// From the order next before the first change to the one next after the last.
    fn waybills(&mut self, connection: &mut DbConnection, wanted: &Wanted) -> Result<(), StoreError> {
        let same = "p.uscc = k.uscc AND p.waybill_group = k.waybill_group AND p.used_at";
        let tail = format!(
            ") SELECT o.marks, o.payload FROM k CROSS JOIN orders o \
             WHERE o.uscc = k.uscc AND o.waybill_group = k.waybill_group \
             AND o.used_at >= COALESCE((SELECT MAX(p.used_at) FROM orders p WHERE {same} < k.since), k.since) \
             AND o.used_at <= COALESCE((SELECT MIN(p.used_at) FROM orders p WHERE {same} > k.until), k.until)"
        );
        let binds = wanted.waybills.iter().flat_map(|((uscc, key), (since, until))| {
            [uscc.as_str().into(), Bind::Bytes(key.to_vec()), (*since).into(), (*until).into()]
        });
        let head = "WITH k (uscc, waybill_group, since, until) AS (";
        self.take(bulk::load_rows(connection, head, 4, binds, &tail)?)
    }

    /// Counts the minutes of those days only that hold enough orders for a burst, and reads the orders of the minutes
    /// that become one or cease to be one.
    fn minutes(
        &mut self,
        connection: &mut DbConnection,
        wanted: &Wanted,
        days: &Days,
    ) -> Result<Bursts, StoreError> {
        let mut by_day: BTreeMap<Place, Vec<(i64, Shift)>> = BTreeMap::new();
        for ((uscc, minute), shift) in &wanted.minutes {
            let day = (*uscc, day_of(Moment(minute * MINUTE_MS)));
            by_day.entry(day).or_default().push((*minute, *shift));
        }
        let mut bursts = Bursts::new();
        for ((uscc, day), minutes) in by_day {
            let plus: usize = minutes.iter().map(|(_, shift)| shift.plus).sum();
            let crowded = is_burst(days.orders_on(uscc, day) + plus);
            let stored = if crowded { times(connection, uscc, day)? } else { BTreeMap::new() };
            for (minute, shift) in minutes {
                let before = stored.get(&minute).copied().unwrap_or(0);
                let burst = is_burst((before + shift.plus).saturating_sub(shift.minus));
                if burst != is_burst(before) {
                    self.take(of_minute(connection, (uscc, minute), day)?)?;
                }
                bursts.insert((uscc, minute), burst);
            }
        }
        Ok(bursts)
    }
}

/// How many orders each minute of a day holds.
fn times(connection: &mut DbConnection, uscc: Uscc, day: i32) -> Result<BTreeMap<i64, usize>, StoreError> {
    let rows: Vec<TimeRow> = bulk::load(
        connection,
        "SELECT ordered_at FROM orders WHERE uscc = $1 AND ordered_day = $2",
        [uscc.as_str().into(), day.into()],
    )?;
    let mut minutes = BTreeMap::new();
    for row in rows {
        *minutes.entry(Moment(row.ordered_at).minute()).or_default() += 1;
    }
    Ok(minutes)
}

fn of_minute(
    connection: &mut DbConnection,
    (uscc, minute): Minute,
    day: i32,
) -> Result<Vec<OrderRow>, StoreError> {
    let first = minute * MINUTE_MS;
    Ok(bulk::load(
        connection,
        "SELECT marks, payload FROM orders WHERE uscc = $1 AND ordered_day = $2 AND ordered_at >= $3 \
         AND ordered_at < $4",
        [uscc.as_str().into(), day.into(), first.into(), (first + MINUTE_MS).into()],
    )?)
}
