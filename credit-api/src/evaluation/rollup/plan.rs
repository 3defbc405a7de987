//! Which orders of a merchant must be read beside its days of sums.

use chrono::{Datelike, NaiveDate};
use credit_core::dates::day_number;
use credit_core::records::Direction;
use credit_core::trade::windows::{QUOTA_ALERT, WINDOW_DAYS};

use crate::store::packs::Days;
use crate::store::trade_days::TradeDay;

/// At least six calendar months, in days.
const WAYBILL_DAYS: i32 = 186;

/// Day numbers of one D.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    pub as_of: NaiveDate,
    /// D itself.
    pub last: i32,
    /// The first of the 90 days.
    pub window: i32,
    /// 1 January of D's year.
    january: i32,
}

impl Calendar {
    pub fn new(as_of: NaiveDate) -> Self {
        let last = day_number(as_of);
        let january = as_of.with_ordinal(1).map_or(last, day_number);
        Self { as_of, last, window: last - WINDOW_DAYS + 1, january }
    }

    /// The 90 days.
    pub fn window_days(&self) -> Days {
        Days { first: self.window, last: self.last }
    }
}

/// What to read of one merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub orders: Days,
    /// Some order was in flight at D, so the sums need correcting.
    pub in_flight: bool,
}

/// From the merchant's days of the 24 months of D.
pub(super) fn plan(days: &[TradeDay], calendar: &Calendar) -> Plan {
    let flight = in_flight(days, calendar, true);
    let mut orders = flight;
    if days.iter().any(|day| day.day >= calendar.window && !day.orders.is_empty()) {
        let first = if quota_in_reach(days, calendar) {
            calendar.window.min(calendar.january)
        } else {
            calendar.window
        };
        orders = orders.stretch(first, calendar.last);
    }
    Plan { orders, in_flight: !flight.is_none() }
}

/// The days within which every order in flight at D was placed; with `groups`, also the orders that share a
/// waybill number with one and decide a mark of the last 90 days.
pub(super) fn in_flight(days: &[TradeDay], calendar: &Calendar, groups: bool) -> Days {
    let open = days.iter().filter(|day| day.last_event_day > calendar.last);
    let flight = open.fold(Days::NONE, |all, day| all.stretch(day.first_ordered_day, day.last_ordered_day));
    if flight.is_none() || !groups {
        return flight;
    }
    let since = calendar.window - WAYBILL_DAYS;
    days.iter()
        .filter(|day| day.day >= since)
        .fold(flight, |all, day| all.stretch(day.first_ordered_day, day.last_ordered_day))
        .stretch(since, calendar.last)
}

/// Whether any buyer can have reached the alert of T12: not when all imports of the year together have not.
fn quota_in_reach(days: &[TradeDay], calendar: &Calendar) -> bool {
    let imports = days
        .iter()
        .filter(|day| day.day >= calendar.january)
        .flat_map(|day| &day.orders)
        .filter(|(key, _)| key.direction == Direction::Import);
    imports.map(|(_, sums)| i128::from(sums.amount)).sum::<i128>() >= QUOTA_ALERT
}
