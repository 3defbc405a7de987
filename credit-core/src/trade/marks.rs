//! Marks of a row that depend on other rows of the same merchant: the yearly quota of a buyer (M10), a waybill
//! number used again (M12, T15) and a burst of orders in one minute (T16).
//!
//! Each mark depends on one small group of rows, so a new row touches only the groups it belongs to:
//! [`quota_group`], [`waybill_group`] and the minute. A store keeps the marks beside the row and renews the
//! groups a file touches; [`mark_merchant`] does all groups of a merchant through the same functions.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::dates::{Moment, add_months};
use crate::money::Fen;
use crate::records::{Direction, Order};
use crate::trade::view::{Horizon, filled};
use crate::uscc::Uscc;

/// A buyer's yearly limit for cross-border retail imports, 26 000 元 (财关税〔2018〕49号), in 分.
pub const YEARLY_QUOTA: i64 = 2_600_000;
/// A waybill number may be used again after this many months (B2).
pub const WAYBILL_MONTHS: i32 = 6;
/// A minute holding more rows of one merchant than this is a burst (B10).
pub const BURST_ROWS: usize = 200;

/// The marks of one row, as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(pub u8);

impl Marks {
    pub const NONE: Marks = Marks(0);
    /// The buyer's import rows of the year, up to and with this one, exceed [`YEARLY_QUOTA`].
    pub const OVER_QUOTA: Marks = Marks(1);
    /// The waybill number was in use less than six months before.
    pub const WAYBILL_REUSED: Marks = Marks(2);
    /// One of more than [`BURST_ROWS`] rows of its minute.
    pub const BURST: Marks = Marks(4);

    #[must_use]
    pub fn has(self, mark: Marks) -> bool {
        self.0 & mark.0 == mark.0
    }

    /// This with `mark` set or cleared.
    #[must_use]
    pub fn with(self, mark: Marks, on: bool) -> Marks {
        if on { Marks(self.0 | mark.0) } else { Marks(self.0 & !mark.0) }
    }
}

/// What the quota of M10 reads of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaRow<'a> {
    pub ordered_at: Moment,
    pub order_no: &'a str,
    pub amount: Fen,
}

/// What the reuse of a waybill reads of a row: `time` is `shipped_at`, else `ordered_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaybillRow<'a> {
    pub time: Moment,
    pub order_no: &'a str,
}

/// The buyer token and calendar year whose quota an import row draws on.
#[must_use]
pub fn quota_group(order: &Order) -> Option<(&str, i32)> {
    let buyer = filled(order.buyer_token.as_ref())?;
    (order.direction == Direction::Import).then(|| (buyer, order.ordered_at.shanghai_date().year()))
}

/// The carrier and waybill number of a row. Without a number the rule's input is absent and it passes; an empty
/// carrier is one carrier ("the same (logistics_uscc, logistics_no)", ruling B2).
#[must_use]
pub fn waybill_group(order: &Order) -> Option<(Option<Uscc>, &str)> {
    Some((order.logistics_uscc, filled(order.logistics_no.as_ref())?))
}

/// The row as its waybill group sees it at the horizon.
#[must_use]
pub fn waybill_row(order: &Order, horizon: Horizon) -> WaybillRow<'_> {
    WaybillRow { time: horizon.time(order.shipped_at).unwrap_or(order.ordered_at), order_no: &order.order_no }
}

/// Which rows of one (buyer token, year) group are over the quota, in the order given. The running total goes
/// by (`ordered_at`, `order_no`) and holds the row itself.
#[must_use]
pub fn over_quota(rows: &[QuotaRow<'_>]) -> Vec<bool> {
    let mut total: i64 = 0;
    in_order(
        rows,
        |row| (row.ordered_at, row.order_no),
        |row| {
            total = total.saturating_add(row.amount.0);
            total > YEARLY_QUOTA
        },
    )
}

/// Which rows of one waybill group use the number again, in the order given. By (`time`, `order_no`) the row
/// next before is the nearest, so it alone decides.
#[must_use]
pub fn waybill_reused(rows: &[WaybillRow<'_>]) -> Vec<bool> {
    let mut before: Option<NaiveDate> = None;
    in_order(
        rows,
        |row| (row.time, row.order_no),
        |row| {
            let date = row.time.shanghai_date();
            let earlier = before.replace(date);
            earlier.is_some_and(|earlier| earlier > add_months(date, -WAYBILL_MONTHS))
        },
    )
}

/// Whether a minute with so many rows of the merchant is a burst.
#[must_use]
pub fn is_burst(rows_in_minute: usize) -> bool {
    rows_in_minute > BURST_ROWS
}

/// The marks of all rows of one merchant, in the order given. `as_of` hides what is dated after it; a row
/// that does not exist yet has no mark and marks no other.
///
/// All rows that can matter must be there: for the marks of the rows since day d, those of the calendar year
/// of d and every row of the same waybill numbers.
#[must_use]
pub fn mark_merchant(rows: &[&Order], as_of: Option<NaiveDate>) -> Vec<Marks> {
    let horizon = Horizon::new(as_of);
    let mut quotas: BTreeMap<(&str, i32), Vec<usize>> = BTreeMap::new();
    let mut waybills: BTreeMap<(Option<Uscc>, &str), Vec<usize>> = BTreeMap::new();
    let mut minutes: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (at, order) in rows.iter().enumerate().filter(|(_, order)| horizon.shows(order)) {
        if let Some(group) = quota_group(order) {
            quotas.entry(group).or_default().push(at);
        }
        if let Some(group) = waybill_group(order) {
            waybills.entry(group).or_default().push(at);
        }
        minutes.entry(order.ordered_at.minute()).or_default().push(at);
    }
    let mut marks = vec![Marks::NONE; rows.len()];
    for places in quotas.values() {
        let group: Vec<QuotaRow<'_>> =
            places.iter().filter_map(|at| rows.get(*at)).map(|o| quota_row(o)).collect();
        set(&mut marks, places, &over_quota(&group), Marks::OVER_QUOTA);
    }
    for places in waybills.values().filter(|places| places.len() > 1) {
        let group: Vec<WaybillRow<'_>> =
            places.iter().filter_map(|at| rows.get(*at)).map(|o| waybill_row(o, horizon)).collect();
        set(&mut marks, places, &waybill_reused(&group), Marks::WAYBILL_REUSED);
    }
    for places in minutes.values().filter(|places| is_burst(places.len())) {
        set(&mut marks, places, &vec![true; places.len()], Marks::BURST);
    }
    marks
}

/// The marks at D of rows with stored marks. Only the waybill mark can differ, for the rows that decide the
/// other marks are not younger than the row itself. Whole waybill groups are needed.
#[must_use]
pub fn marks_at(rows: &[(&Order, Marks)], as_of: NaiveDate) -> Vec<Marks> {
    let horizon = Horizon::new(Some(as_of));
    let mut waybills: BTreeMap<(Uscc, Option<Uscc>, &str), Vec<usize>> = BTreeMap::new();
    let mut marks = Vec::with_capacity(rows.len());
    for (at, (order, stored)) in rows.iter().enumerate() {
        marks.push(stored.with(Marks::WAYBILL_REUSED, false));
        if let Some((carrier, number)) = waybill_group(order).filter(|_| horizon.shows(order)) {
            waybills.entry((order.uscc, carrier, number)).or_default().push(at);
        }
    }
    for places in waybills.values() {
        let group: Vec<WaybillRow<'_>> =
            places.iter().filter_map(|at| rows.get(*at)).map(|(o, _)| waybill_row(o, horizon)).collect();
        set(&mut marks, places, &waybill_reused(&group), Marks::WAYBILL_REUSED);
    }
    marks
}

/// The row as its quota group sees it.
#[must_use]
pub fn quota_row(order: &Order) -> QuotaRow<'_> {
    QuotaRow { ordered_at: order.ordered_at, order_no: &order.order_no, amount: order.amount }
}

fn set(marks: &mut [Marks], places: &[usize], on: &[bool], mark: Marks) {
    for (at, on) in places.iter().zip(on) {
        if let Some(slot) = marks.get_mut(*at) {
            *slot = slot.with(mark, *on);
        }
    }
}

/// Visits `rows` by ascending `key` and returns the answers at the rows' own places.
fn in_order<R, K: Ord>(rows: &[R], key: impl Fn(&R) -> K, mut visit: impl FnMut(&R) -> bool) -> Vec<bool> {
    let mut sorted: Vec<(usize, &R)> = rows.iter().enumerate().collect();
    sorted.sort_by_key(|(_, row)| key(row));
    let mut answers = vec![false; rows.len()];
    for (at, row) in sorted {
        if let Some(slot) = answers.get_mut(at) {
            *slot = visit(row);
        }
    }
    answers
}
