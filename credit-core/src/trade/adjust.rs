//! Corrections of stored day sums: rows in flight at D, and rows whose event is counted elsewhere.
//!
//! Stored sums know everything. For a D that lies before the last event of a row they know too much about it;
//! such rows are few for a recent D, and are read again and corrected.

use chrono::NaiveDate;

use crate::dates::{Moment, day_number, from_day_number};
use crate::records::Order;
use crate::trade::day::{DayCounters, contribution};
use crate::trade::key::{DayKey, ShipmentKey};
use crate::trade::marks::{Marks, marks_at};
use crate::trade::shipment::{ShipmentCounters, shipments};
use crate::trade::view::day_of;

/// The earliest Shanghai date under which a row is counted: ordered, shipped or promised. Before it, stored
/// sums hold nothing of the row.
#[must_use]
pub fn first_event_on(order: &Order) -> NaiveDate {
    let mut first = day_of(order.ordered_at);
    if let Some(shipped_at) = order.shipped_at {
        first = first.min(day_of(shipped_at));
    }
    if let Some(promised_on) = order.promised_on {
        first = first.min(day_number(promised_on));
    }
    from_day_number(first)
}

/// The latest Shanghai date of the row's times. From it on, stored sums are right about the row.
#[must_use]
pub fn last_event_on(order: &Order) -> NaiveDate {
    let times: [Option<Moment>; 8] = [
        order.paid_at,
        order.shipped_at,
        order.delivered_at,
        order.held_at,
        order.returned_at,
        order.cancelled_at,
        order.refund_requested_at,
        order.refund_closed_at,
    ];
    let last = times.into_iter().flatten().fold(order.ordered_at, Moment::max);
    from_day_number(day_of(last))
}

/// Whether stored sums can be wrong about the row at D: `first_event_on <= D < last_event_on`.
#[must_use]
pub fn in_flight(order: &Order, as_of: NaiveDate) -> bool {
    first_event_on(order) <= as_of && as_of < last_event_on(order)
}

/// What to add to tallies that were filled from stored sums.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deltas {
    pub days: Vec<(DayKey, DayCounters)>,
    pub shipments: Vec<(ShipmentKey, ShipmentCounters)>,
}

impl Deltas {
    fn push_day(&mut self, key: DayKey, counters: DayCounters) {
        if !counters.is_zero() {
            self.days.push((key, counters));
        }
    }
}

/// The correction for the rows in flight at D. `rows` holds, with their stored marks, every row
/// [`in_flight`] and every row of the same merchant that shares a waybill with one of them (which of two rows
/// is the later can depend on a shipping time that is hidden at D).
#[must_use]
pub fn in_flight_deltas(rows: &[(&Order, Marks)], as_of: NaiveDate) -> Deltas {
    let mut deltas = Deltas::default();
    for ((order, stored), at_d) in rows.iter().zip(marks_at(rows, as_of)) {
        let known = contribution(order, at_d, Some(as_of)) - contribution(order, *stored, None);
        deltas.push_day(DayKey::of(order), known);
        deltas.shipments.extend(shipments(order, Some(as_of)));
        deltas.shipments.extend(shipments(order, None).map(|(key, counters)| (key, -counters)));
    }
    deltas
}

/// Takes a row out of a tally: its event is counted in S2 (`event_id`, `domain.md` 5.4). `marks` are those at
/// D ([`marks_at`]), which are the stored ones unless the row was among those given to [`in_flight_deltas`].
#[must_use]
pub fn exclusion(order: &Order, marks: Marks, as_of: NaiveDate) -> Deltas {
    let mut deltas = Deltas::default();
    deltas.push_day(DayKey::of(order), -contribution(order, marks, Some(as_of)));
    deltas.shipments.extend(shipments(order, Some(as_of)).map(|(key, counters)| (key, -counters)));
    deltas
}
