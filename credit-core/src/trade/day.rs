//! What one order adds to its day.

use chrono::NaiveDate;

use crate::money::Fen;
use crate::records::{Direction, Order};
use crate::trade::counters::counters;
use crate::trade::marks::Marks;
use crate::trade::view::{Horizon, day_of, filled};

/// One order of more than one piece may cost at most 5 000 元 (M10), in 分.
pub const SINGLE_LIMIT: Fen = Fen(500_000);
/// One piece, in millionths.
const ONE_PIECE: i64 = 1_000_000;
/// Paid and ordered may differ by 0.01 元 (M3), in 分.
const PAID_TOLERANCE: u64 = 1;
/// For exports the tolerance is 5 %, one twentieth of the amount (B2).
const EXPORT_TOLERANCE_PART: u128 = 20;
/// Export receipts count when they come within this many days of the order (T06, B4).
pub const RECEIPT_DAYS: i32 = 180;

/// 放行 and 结关 (B2).
const RELEASED: [i32; 2] = [800, 899];
/// The held outcomes of T04 (B3).
const HELD: [i32; 5] = [501, 502, 503, 599, 700];
/// The examined outcomes of T04 that are not held.
const EXAMINED_ONLY: [i32; 3] = [500, 800, 899];

counters! {
    /// What the rows of one [`DayKey`](crate::trade::DayKey) add up to; the direction is in the key.
    DayCounters {
        rows,
        /// Σ amount, 分.
        amount,
        /// T01: released, and those of them that pass B2 without M9 (which the reader decides per key).
        released,
        matched,
        /// T02: with a customs status, and rejected or abnormal.
        declared,
        rejected,
        /// T03: with documents on file, and amended or cancelled.
        documented,
        amended,
        /// T04: examined, and held.
        examined,
        held,
        /// T05, imports only.
        payer_known,
        payer_matches,
        /// T06: Σ paid in 分. Import: the amount paid. Export: of paid rows, 0 when paid after 180 days.
        paid,
        /// T06, exports without a payment time: rows, Σ amount and Σ paid in 分; the reader leaves them out
        /// while they are younger than 180 days.
        unpaid_rows,
        unpaid_amount,
        unpaid_paid,
        /// T09.
        returned,
        /// T15: with a waybill number, and reused.
        waybills,
        waybills_reused,
        /// T16.
        sequence_abnormal,
    }
}

/// What `order` adds to its day as known at `as_of` (`None`: everything known). Nothing before it is placed.
#[must_use]
pub fn contribution(order: &Order, marks: Marks, as_of: Option<NaiveDate>) -> DayCounters {
    let horizon = Horizon::new(as_of);
    if !horizon.shows(order) {
        return DayCounters::default();
    }
    let mut counters = DayCounters { rows: 1, amount: order.amount.0, ..DayCounters::default() };
    count_customs(order, marks, horizon, &mut counters);
    count_payment(order, horizon, &mut counters);
    counters.returned = one(horizon.time(order.returned_at).is_some());
    counters.waybills = one(filled(order.logistics_no.as_ref()).is_some());
    let abnormal = marks.has(Marks::WAYBILL_REUSED) || order.weight_differs == Some(true);
    counters.waybills_reused = one(counters.waybills == 1 && abnormal);
    counters.sequence_abnormal = one(out_of_sequence(order, marks, horizon));
    counters
}

/// T01 to T04 (B2, B3, A10, G).
fn count_customs(order: &Order, marks: Marks, horizon: Horizon, counters: &mut DayCounters) {
    let status = order.customs_status;
    let released = status.is_some_and(|status| RELEASED.contains(&status));
    counters.released = one(released);
    counters.matched = one(released && matches_documents(order, marks, horizon));
    counters.declared = one(status.is_some());
    counters.rejected = one(status.is_some_and(|status| status == 100 || status < 0));
    let cancelled = horizon.time(order.cancelled_at).is_some();
    counters.documented = one(order.amended.is_some() || cancelled);
    counters.amended = one(order.amended == Some(true) || cancelled);
    let held = horizon.time(order.held_at).is_some() || status.is_some_and(|status| HELD.contains(&status));
    counters.held = one(held);
    counters.examined = one(held || status.is_some_and(|status| EXAMINED_ONLY.contains(&status)));
}

/// T05 and T06 (B4).
fn count_payment(order: &Order, horizon: Horizon, counters: &mut DayCounters) {
    let paid = order.paid_amount.map_or(0, |paid| paid.0);
    match (order.direction, horizon.time(order.paid_at)) {
        (Direction::Import, _) => {
            counters.payer_known = one(order.payer_matches_buyer.is_some());
            counters.payer_matches = one(order.payer_matches_buyer == Some(true));
            counters.paid = paid;
        }
        (Direction::Export, Some(paid_at)) => {
            let late = day_of(paid_at).saturating_sub(day_of(order.ordered_at)) > RECEIPT_DAYS;
            counters.paid = if late { 0 } else { paid };
        }
        (Direction::Export, None) => {
            counters.unpaid_rows = 1;
            counters.unpaid_amount = order.amount.0;
            counters.unpaid_paid = paid;
        }
    }
}

/// The row rules of B2 without M9. A rule whose inputs are absent passes.
fn matches_documents(order: &Order, marks: Marks, horizon: Horizon) -> bool {
    if filled(order.logistics_no.as_ref()).is_none() || marks.has(Marks::WAYBILL_REUSED) {
        return false;
    }
    if order.documents_agree == Some(false) {
        return false;
    }
    let paid_at = horizon.time(order.paid_at);
    let paid = order.paid_amount;
    match order.direction {
        Direction::Import => {
            paid_at.is_some()
                && paid.is_some_and(|paid| paid.0.abs_diff(order.amount.0) <= PAID_TOLERANCE)
                && order.payer_matches_buyer != Some(false)
                && order.consignee_matches != Some(false)
                && within_single_limit(order)
                && !marks.has(Marks::OVER_QUOTA)
                && paid_at.is_none_or(|paid_at| order.ordered_at <= paid_at)
                && horizon.time(order.shipped_at).is_none_or(|shipped_at| order.ordered_at <= shipped_at)
        }
        Direction::Export => match (paid_at, paid) {
            (Some(_), Some(paid)) => within_export_tolerance(paid, order.amount),
            _ => true,
        },
    }
}

/// M10's first half: at most 5 000 元, or a single piece. Without a quantity it cannot be told and passes.
fn within_single_limit(order: &Order) -> bool {
    order.amount <= SINGLE_LIMIT || order.quantity_e6.is_none_or(|quantity| quantity == ONE_PIECE)
}

fn within_export_tolerance(paid: Fen, amount: Fen) -> bool {
    let difference = u128::from(paid.0.abs_diff(amount.0));
    difference * EXPORT_TOLERANCE_PART <= u128::from(amount.0.unsigned_abs())
}

/// T16 (B10): paid before ordered, an import shipped before paid, or a burst.
fn out_of_sequence(order: &Order, marks: Marks, horizon: Horizon) -> bool {
    let paid_at = horizon.time(order.paid_at);
    let shipped_at = horizon.time(order.shipped_at);
    let shipped_unpaid = order.direction == Direction::Import
        && paid_at.zip(shipped_at).is_some_and(|(paid_at, shipped_at)| shipped_at < paid_at);
    marks.has(Marks::BURST) || paid_at.is_some_and(|paid_at| paid_at < order.ordered_at) || shipped_unpaid
}

fn one(yes: bool) -> i64 {
    i64::from(yes)
}
