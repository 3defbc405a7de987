//! One merchant's days counted anew from its orders. Pure.
//!
//! Which orders a change can reach, beside itself: those of the same buyer and calendar year (quota), those of the
//! same waybill number up to six months later, those of the same minute. So marks are decided anew for the
//! orders of the years touched, for parcels up to half a year after, and kept for all others, whose groups are
//! not complete in what was read.

use std::collections::BTreeMap;

use chrono::Datelike;
use credit_core::dates::{day_number, from_day_number};
use credit_core::records::Order;
use credit_core::trade::{Marks, mark_merchant, shipments};
use credit_core::uscc::Uscc;

use crate::store::codec::day_of;
use crate::store::packs::Days;
use crate::store::trade_days::TradeDay;

/// At least six calendar months, in days.
pub(super) const WAYBILL_DAYS: i32 = 186;

/// The days whose orders decide what a change within `touched` means: its calendar years, and half a year around.
pub(super) fn reach(touched: Days) -> Days {
    let (first, last) = (from_day_number(touched.first), from_day_number(touched.last));
    let january = first.with_ordinal(1).map_or(touched.first, day_number);
    let december = last.with_month(12).and_then(|date| date.with_day(31)).map_or(touched.last, day_number);
    around(touched).stretch(january, december)
}

/// The days on which parcels share a waybill number with those of `touched`.
pub(super) fn around(touched: Days) -> Days {
    Days {
        first: touched.first.saturating_sub(WAYBILL_DAYS),
        last: touched.last.saturating_add(WAYBILL_DAYS),
    }
}

/// The marks of the orders read, in their order.
pub(super) fn renewed_marks(orders: &[(Order, Marks)], touched: Days) -> Vec<Marks> {
    let rows: Vec<&Order> = orders.iter().map(|(order, _)| order).collect();
    let (first, last) = (from_day_number(touched.first).year(), from_day_number(touched.last).year());
    let parcels = Days { first: touched.first, last: touched.last.saturating_add(WAYBILL_DAYS) };
    let decide = |(order, stored): &(Order, Marks), found: Marks| {
        let year = order.ordered_at.shanghai_date().year();
        let used = day_of(order.shipped_at.unwrap_or(order.ordered_at));
        let one = |mark: Marks, anew: bool| if anew { found.has(mark) } else { stored.has(mark) };
        Marks::NONE
            .with(Marks::OVER_QUOTA, one(Marks::OVER_QUOTA, first <= year && year <= last))
            .with(Marks::WAYBILL_REUSED, one(Marks::WAYBILL_REUSED, parcels.holds(used)))
            .with(Marks::BURST, found.has(Marks::BURST))
    };
    let found = mark_merchant(&rows, None);
    orders.iter().zip(found).map(|(order, found)| decide(order, found)).collect()
}

/// The merchant's days within `read`. Sums of orders are counted anew on all of them, for every order placed
/// within `read` is given; sums of parcels on the days of `touched` and kept from `stored` on the others.
pub(super) fn renewed_days(
    merchant: Uscc,
    orders: &[(&Order, Marks)],
    stored: &[TradeDay],
    read: Days,
    touched: Days,
) -> BTreeMap<i32, TradeDay> {
    let mut days: BTreeMap<i32, TradeDay> = BTreeMap::new();
    for old in stored.iter().filter(|old| !touched.holds(old.day)) {
        let mut day = TradeDay::new(merchant, old.day);
        if !old.shipments.is_empty() {
            // The stretch of the parcels is not told apart from that of the orders; the wider one is kept.
            day = TradeDay { orders: BTreeMap::new(), ..old.clone() };
        }
        days.insert(old.day, day);
    }
    for (order, marks) in orders {
        let day = day_of(order.ordered_at);
        if read.holds(day) {
            days.entry(day).or_insert_with(|| TradeDay::new(merchant, day)).add_order(order, *marks);
        }
        for (key, counters) in shipments(order, None).filter(|(key, _)| touched.holds(key.day)) {
            let day = days.entry(key.day).or_insert_with(|| TradeDay::new(merchant, key.day));
            day.add_shipment(order, key, counters);
        }
    }
    days.retain(|_, day| !day.is_empty());
    days
}
