//! The rollups of orders against the orders: marks, days of sums, who deals with whom, who trades which goods.
//!
//! Orders are read once, in the order of their key; held are one page, one merchant's days, and the orders of a
//! merchant as long as they are not too many.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::records::Order;
use credit_core::trade::{Hs2, Marks, mark_merchant, shipments};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer, Text};

use super::{Finding, Report};
use crate::intake::rollup::direction_word;
use crate::store::bulk::{self, Bind, placeholders};
use crate::store::codec::{date_of, day_of, decode_order};
use crate::store::packs::{self, Days, listed, marks_of};
use crate::store::trade_days::TradeDay;
use crate::store::{DbConnection, StoreError};

/// Orders read at once.
const PAGE: i64 = 10_000;
/// Orders of one merchant that are held to decide their marks anew.
const HELD_MAX: usize = 50_000;
/// Rows looked up in one query.
const KEYS_AT_ONCE: usize = 2_000;
const EVER: Days = Days { first: i32::MIN, last: i32::MAX };

#[derive(QueryableByName)]
struct OrderRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = Text)]
    order_no: String,
    #[diesel(sql_type = Integer)]
    marks: i32,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

#[derive(QueryableByName)]
struct CodeRow {
    #[diesel(sql_type = Text)]
    uscc: String,
}

/// Looks at all orders and everything counted from them.
pub fn examine(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), StoreError> {
    let mut without_orders = merchants_with_days(connection)?;
    let (mut after, mut merchant) = ((String::new(), i32::MIN, String::new()), None::<Merchant>);
    let mut orders = 0;
    loop {
        let page = page_after(connection, &after)?;
        let Some(end) = page.last() else { break };
        after = (end.uscc.clone(), end.day, end.order_no.clone());
        for row in page {
            orders += 1;
            let order = match decode_order(&row.payload) {
                Ok(order) => order,
                Err(error) => {
                    report.finding(format!("orders {}|{}", row.uscc, row.order_no), error.to_string());
                    continue;
                }
            };
            if merchant.as_ref().is_none_or(|current| current.uscc != order.uscc) {
                let next = Merchant::new(order.uscc);
                if let Some(done) = merchant.replace(next) {
                    without_orders.remove(done.uscc.as_str());
                    done.finish(connection, report)?;
                }
            }
            if let Some(current) = &mut merchant {
                current.add(order, marks_of(row.marks));
            }
        }
        progress("orders", orders);
        if report.is_full() {
            return Ok(());
        }
    }
    if let Some(done) = merchant {
        without_orders.remove(done.uscc.as_str());
        done.finish(connection, report)?;
    }
    for code in without_orders {
        report.finding(format!("trade_days {code}"), "there are sums of days and no orders");
    }
    Ok(())
}

fn page_after(
    connection: &mut DbConnection,
    after: &(String, i32, String),
) -> Result<Vec<OrderRow>, StoreError> {
    Ok(bulk::load(
        connection,
        "SELECT uscc, ordered_day AS day, order_no, marks, payload FROM orders \
         WHERE (uscc, ordered_day, order_no) > ($1, $2, $3) ORDER BY uscc, ordered_day, order_no LIMIT $4",
        [after.0.clone().into(), after.1.into(), after.2.clone().into(), PAGE.into()],
    )?)
}

fn merchants_with_days(connection: &mut DbConnection) -> Result<BTreeSet<String>, StoreError> {
    let sql = "SELECT DISTINCT uscc FROM trade_days";
    let rows: Vec<CodeRow> = bulk::load(connection, sql, std::iter::empty())?;
    Ok(rows.into_iter().map(|row| row.uscc).collect())
}

/// Chapter, goods, country, direction.
type Goods = (String, String, String, &'static str);

/// One merchant's orders, counted as intake counts them.
struct Merchant {
    uscc: Uscc,
    days: BTreeMap<i32, TradeDay>,
    /// The last day of each.
    goods: BTreeMap<Goods, i32>,
    parties: BTreeMap<Uscc, i32>,
    /// `None` once they are too many to hold.
    held: Option<Vec<(Order, Marks)>>,
}

impl Merchant {
    fn new(uscc: Uscc) -> Self {
        Self {
            uscc,
            days: BTreeMap::new(),
            goods: BTreeMap::new(),
            parties: BTreeMap::new(),
            held: Some(Vec::new()),
        }
    }

    fn add(&mut self, order: Order, marks: Marks) {
        let (uscc, day) = (self.uscc, day_of(order.ordered_at));
        self.days.entry(day).or_insert_with(|| TradeDay::new(uscc, day)).add_order(&order, marks);
        for (key, counters) in shipments(&order, None) {
            let day = self.days.entry(key.day).or_insert_with(|| TradeDay::new(uscc, key.day));
            day.add_shipment(&order, key, counters);
        }
        if let Some(hs_code) = order.hs_code.as_ref().filter(|code| !code.is_empty()) {
            let chapter = Hs2::of(hs_code).map(|hs2| hs2.as_str().to_owned()).unwrap_or_default();
            let country = order.country.clone().unwrap_or_default();
            let goods = (chapter, hs_code.clone(), country, direction_word(order.direction));
            latest(self.goods.entry(goods).or_insert(day), day);
        }
        let parties = [
            order.platform_uscc,
            order.logistics_uscc,
            order.payment_uscc,
            order.agent_uscc,
            order.warehouse_uscc,
        ];
        for party in parties.into_iter().flatten().filter(|party| *party != uscc) {
            latest(self.parties.entry(party).or_insert(day), day);
        }
        match &mut self.held {
            Some(held) if held.len() < HELD_MAX => held.push((order, marks)),
            _ => self.held = None,
        }
    }

    fn finish(self, connection: &mut DbConnection, report: &mut Report) -> Result<(), StoreError> {
        match &self.held {
            Some(held) => check_marks(held, report),
            None => report.unmarked_merchants += 1,
        }
        let stored = match packs::all_trade_days(connection, &[self.uscc], EVER) {
            Ok(mut stored) => stored.remove(&self.uscc).unwrap_or_default(),
            Err(error @ StoreError::Damaged { .. }) => {
                report.finding(format!("trade_days {}", self.uscc), error.to_string());
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        check_days(self.days, stored, report);
        check_goods(connection, self.uscc, &self.goods, report)?;
        check_dealings(connection, self.uscc, &self.parties, report)
    }
}

fn latest(slot: &mut i32, day: i32) {
    *slot = day.max(*slot);
}

fn check_marks(held: &[(Order, Marks)], report: &mut Report) {
    let rows: Vec<&Order> = held.iter().map(|(order, _)| order).collect();
    for ((order, stored), found) in held.iter().zip(mark_merchant(&rows, None)) {
        if *stored != found {
            report.finding(
                format!("orders {}|{}", order.uscc, order.order_no),
                format!("marks is {}, the merchant's orders give {}", stored.0, found.0),
            );
        }
    }
}

/// The sums must be equal. The days between which the orders lie may be wider than need be: intake keeps them so.
fn check_days(mut counted: BTreeMap<i32, TradeDay>, stored: Vec<TradeDay>, report: &mut Report) {
    counted.retain(|_, day| !day.is_empty());
    for row in stored {
        report.days += 1;
        let place = format!("trade_days {} {}", row.merchant, date_of(row.day));
        let Some(own) = counted.remove(&row.day) else {
            report.finding(place, "no order is placed, shipped or promised on this day");
            continue;
        };
        if row.orders != own.orders {
            report.finding(place, "its sums are not those of the orders placed on this day");
        } else if row.shipments != own.shipments {
            report
                .finding(place, "its sums are not those of the parcels shipped on or promised for this day");
        } else if row.last_event_day < own.last_event_day
            || row.first_ordered_day > own.first_ordered_day
            || row.last_ordered_day < own.last_ordered_day
        {
            report.finding(place, "the days it gives do not hold all the orders it counts");
        }
    }
    for (day, own) in counted {
        report.finding(format!("trade_days {} {}", own.merchant, date_of(day)), "the row is missing");
    }
}

#[derive(QueryableByName)]
struct GoodsRow {
    #[diesel(sql_type = Text)]
    hs2: String,
    #[diesel(sql_type = Text)]
    hs_code: String,
    #[diesel(sql_type = Text)]
    country: String,
    #[diesel(sql_type = Text)]
    direction: String,
    #[diesel(sql_type = Integer)]
    last_day: i32,
}

/// What is traded must be listed with a day that is not too early; a row of goods no longer traded does no harm.
fn check_goods(
    connection: &mut DbConnection,
    merchant: Uscc,
    goods: &BTreeMap<Goods, i32>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let keys: Vec<(&Goods, &i32)> = goods.iter().collect();
    for part in keys.chunks(KEYS_AT_ONCE) {
        let sql = format!(
            "SELECT hs2, hs_code, country, direction, last_day FROM traded_goods \
             WHERE (hs2, hs_code, country, direction, uscc) IN (VALUES {})",
            placeholders(part.len(), 5)
        );
        let binds = part.iter().flat_map(|((hs2, hs_code, country, direction), _)| {
            let texts = [hs2.as_str(), hs_code, country, direction, merchant.as_str()];
            texts.map(Bind::from)
        });
        let rows: Vec<GoodsRow> = bulk::load(connection, &sql, binds)?;
        let listed: BTreeMap<_, i32> = rows
            .into_iter()
            .map(|row| ((row.hs2, row.hs_code, row.country, row.direction), row.last_day))
            .collect();
        for ((hs2, hs_code, country, direction), last) in part {
            let key = (hs2.clone(), hs_code.clone(), country.clone(), (*direction).to_owned());
            let place = format!("traded_goods {hs_code}|{country}|{direction}|{merchant}");
            too_early(place, listed.get(&key).copied(), **last, report);
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct DealingRow {
    #[diesel(sql_type = Text)]
    party: String,
    #[diesel(sql_type = Integer)]
    last_day: i32,
}

/// Whoever stands in an enterprise's orders or reviews must be listed with a day that is not too early.
pub(super) fn check_dealings(
    connection: &mut DbConnection,
    uscc: Uscc,
    parties: &BTreeMap<Uscc, i32>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let keys: Vec<(&Uscc, &i32)> = parties.iter().collect();
    for part in keys.chunks(KEYS_AT_ONCE) {
        let sql = format!(
            "SELECT party, last_day FROM dealings WHERE uscc = $1 AND party IN {}",
            listed(2, part.len())
        );
        let codes = part.iter().map(|(party, _)| Bind::from(party.as_str()));
        let rows: Vec<DealingRow> =
            bulk::load(connection, &sql, std::iter::once(Bind::from(uscc.as_str())).chain(codes))?;
        let listed: BTreeMap<String, i32> = rows.into_iter().map(|row| (row.party, row.last_day)).collect();
        for (party, last) in part {
            let found = listed.get(party.as_str()).copied();
            too_early(format!("dealings {party}|{uscc}"), found, **last, report);
        }
    }
    Ok(())
}

fn too_early(place: String, found: Option<i32>, last: i32, report: &mut Report) {
    match found {
        None => report.finding(place, "the row is missing"),
        Some(day) if day < last => {
            let what = format!("last_day is {}, the last row is of {}", date_of(day), date_of(last));
            report.findings.push(Finding::new(place, what));
        }
        Some(_) => {}
    }
}
