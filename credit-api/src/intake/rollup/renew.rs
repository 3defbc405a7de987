//! Reading what a file touched, counting it anew, writing what came out different.

use std::collections::{BTreeMap, HashMap};

use credit_core::records::{Direction, Order};
use credit_core::trade::{Hs2, Marks};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::days::{around, reach, renewed_days, renewed_marks};
use super::touched::Touched;
use crate::store::bulk::{self, Bind, placeholders};
use crate::store::codec::day_of;
use crate::store::packs::{self, CODES_AT_ONCE, Days};
use crate::store::trade_days::TradeDay;
use crate::store::{DbConnection, StoreError};

/// Rows named in one statement.
const KEYS_AT_ONCE: usize = 2_000;

#[derive(QueryableByName)]
struct Stretch {
    #[diesel(sql_type = Integer)]
    first: i32,
    #[diesel(sql_type = Integer)]
    last: i32,
}

/// Brings the marks and rollups of orders up to date with what the file changed.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn renew(connection: &mut DbConnection, touched: &Touched) -> Result<(), StoreError> {
    write_dealings(connection, &touched.dealings)?;
    let merchants: Vec<Uscc> = touched.days.keys().copied().collect();
    for part in merchants.chunks(CODES_AT_ONCE) {
        let spans = part.iter().filter_map(|merchant| touched.days.get(merchant));
        let span = spans.fold(Days::NONE, |all, days| all.stretch(days.first, days.last));
        let read = read_span(connection, part, span)?;
        let mut rest = part;
        while !rest.is_empty() {
            let orders = packs::orders(connection, rest, read)?;
            let (settled, others) = rest.split_at_checked(orders.settled).unwrap_or((rest, &[]));
            renew_pack(connection, settled, orders.found, read, &touched.days)?;
            rest = others;
        }
    }
    Ok(())
}

/// The days to read: all that the change can reach, and as far as orders were placed whose parcels lie there.
fn read_span(connection: &mut DbConnection, merchants: &[Uscc], touched: Days) -> Result<Days, StoreError> {
    let sql = format!(
        "SELECT COALESCE(MIN(first_ordered_day), $1) AS first, COALESCE(MAX(last_ordered_day), $2) AS last \
         FROM trade_days WHERE {}",
        packs::within("day", merchants.len())
    );
    let found: Vec<Stretch> = bulk::load(connection, &sql, packs::binds(merchants, around(touched)))?;
    let read = reach(touched);
    Ok(found.iter().fold(read, |read, found| read.stretch(found.first, found.last)))
}

fn renew_pack(
    connection: &mut DbConnection,
    pack: &[Uscc],
    mut orders: BTreeMap<Uscc, Vec<(Order, Marks)>>,
    read: Days,
    touched: &BTreeMap<Uscc, Days>,
) -> Result<(), StoreError> {
    let mut stored = packs::all_trade_days(connection, pack, read)?;
    let mut changes = Changes::default();
    for merchant in pack {
        let touched = touched.get(merchant).copied().unwrap_or(Days::NONE);
        let stored = stored.remove(merchant).unwrap_or_default();
        let orders = orders.remove(merchant).unwrap_or_default();
        let marks = renewed_marks(&orders, touched);
        for ((order, _), new) in orders.iter().zip(&marks).filter(|((_, old), new)| old != *new) {
            changes.marks.entry(*new).or_default().push(order_key(order));
        }
        let marked: Vec<(&Order, Marks)> = orders.iter().map(|(order, _)| order).zip(marks).collect();
        changes.goods(&marked, touched);
        let days = renewed_days(*merchant, &marked, &stored, read, touched);
        changes.days(stored, days);
    }
    changes.write(connection)
}

fn order_key(order: &Order) -> [Bind; 3] {
    [order.uscc.as_str().into(), day_of(order.ordered_at).into(), order.order_no.as_str().into()]
}

/// Chapter, goods, country, direction, merchant.
type Goods = (String, String, String, &'static str, Uscc);

/// What comes out different for one pack.
#[derive(Default)]
struct Changes {
    upserts: Vec<Vec<Bind>>,
    deletes: Vec<[Bind; 2]>,
    marks: BTreeMap<Marks, Vec<[Bind; 3]>>,
    goods: BTreeMap<Goods, i32>,
}

impl Changes {
    fn days(&mut self, stored: Vec<TradeDay>, mut new: BTreeMap<i32, TradeDay>) {
        for old in stored {
            match new.remove(&old.day) {
                Some(day) if day == old => {}
                Some(day) => self.upsert(&day),
                None => self.deletes.push([old.merchant.as_str().into(), old.day.into()]),
            }
        }
        new.values().for_each(|day| self.upsert(day));
    }

    fn upsert(&mut self, day: &TradeDay) {
        self.upserts.push(vec![
            day.merchant.as_str().into(),
            day.day.into(),
            day.last_event_day.into(),
            day.first_ordered_day.into(),
            day.last_ordered_day.into(),
            Bind::Bytes(day.encode_sums()),
        ]);
    }

    fn goods(&mut self, orders: &[(&Order, Marks)], touched: Days) {
        for (order, _) in orders {
            let day = day_of(order.ordered_at);
            let Some(hs_code) = order.hs_code.as_ref().filter(|code| !code.is_empty() && touched.holds(day))
            else {
                continue;
            };
            let key = (
                Hs2::of(hs_code).map(|hs2| hs2.as_str().to_owned()).unwrap_or_default(),
                hs_code.clone(),
                order.country.clone().unwrap_or_default(),
                direction_word(order.direction),
                order.uscc,
            );
            let last = self.goods.entry(key).or_insert(day);
            *last = day.max(*last);
        }
    }

    fn write(self, connection: &mut DbConnection) -> Result<(), StoreError> {
        for (marks, keys) in self.marks {
            for part in keys.chunks(KEYS_AT_ONCE) {
                let sql = format!(
                    "UPDATE orders SET marks = {} WHERE (uscc, ordered_day, order_no) IN (VALUES {})",
                    marks.0,
                    placeholders(part.len(), 3)
                );
                bulk::execute(connection, &sql, part.iter().flatten().cloned())?;
            }
        }
        for part in self.deletes.chunks(KEYS_AT_ONCE) {
            let sql = format!(
                "DELETE FROM trade_days WHERE (uscc, day) IN (VALUES {})",
                placeholders(part.len(), 2)
            );
            bulk::execute(connection, &sql, part.iter().flatten().cloned())?;
        }
        bulk::execute_rows(
            connection,
            "INSERT INTO trade_days (uscc, day, last_event_day, first_ordered_day, last_ordered_day, sums)",
            6,
            self.upserts,
            "ON CONFLICT (uscc, day) DO UPDATE SET last_event_day = excluded.last_event_day, \
             first_ordered_day = excluded.first_ordered_day, last_ordered_day = excluded.last_ordered_day, \
             sums = excluded.sums",
        )?;
        let goods = self.goods.into_iter().map(|((hs2, hs_code, country, direction, uscc), day)| {
            vec![
                hs2.into(),
                hs_code.into(),
                country.into(),
                direction.into(),
                uscc.as_str().into(),
                day.into(),
            ]
        });
        bulk::execute_rows(
            connection,
            "INSERT INTO traded_goods (hs2, hs_code, country, direction, uscc, last_day)",
            6,
            goods.collect(),
            "ON CONFLICT (hs2, hs_code, country, direction, uscc) DO UPDATE SET last_day = excluded.last_day \
             WHERE excluded.last_day > traded_goods.last_day",
        )?;
        Ok(())
    }
}

/// The direction as `traded_goods` keeps it.
#[must_use]
pub fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Import => "import",
        Direction::Export => "export",
    }
}

fn write_dealings(
    connection: &mut DbConnection,
    dealings: &HashMap<(Uscc, Uscc), i32>,
) -> Result<(), StoreError> {
    let sorted: BTreeMap<_, _> = dealings.iter().collect();
    let rows = sorted
        .into_iter()
        .map(|((party, uscc), day)| vec![party.as_str().into(), uscc.as_str().into(), (*day).into()]);
    bulk::execute_rows(
        connection,
        "INSERT INTO dealings (party, uscc, last_day)",
        3,
        rows.collect(),
        "ON CONFLICT (party, uscc) DO UPDATE SET last_day = excluded.last_day \
         WHERE excluded.last_day > dealings.last_day",
    )?;
    Ok(())
}
