//! Which days and orders an indicator counted against its population: what an officer who is told a share asks for.
//!
//! The sums of a day and what one order adds to it are told by the same function, so that a day is passed over exactly
//! when none of its orders counts. T06 alone sums what may cancel: two orders of one day, paid too little and too much
//! by the same 分, are passed over, as the indicator passes them over.

use crate::indicator::IndicatorId;
use crate::records::Direction;
use crate::trade::day::{DayCounters, RECEIPT_DAYS};
use crate::trade::tally::{LONG_DAYS, SHORT_DAYS};
use crate::trade::windows::WindowCounts;

/// Where sums, or an order, stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub direction: Direction,
    /// Days before the one looked at; 0 is that day itself.
    pub days_ago: i32,
    /// M9 of the parties.
    pub roles_hold: bool,
    /// Whether its goods and mode have peers (T09).
    pub has_peers: bool,
    /// Whether it is of the direction that T06 is about.
    pub in_direction: bool,
    /// Whether it lies in the month that T11 found.
    pub in_month: bool,
}

/// Whether an indicator's orders can be told by the sums of their day, or within the window of 90 days
/// ([`counts_in_window`]). T07 and T08 count parcels by the day of their shipping, T10 months.
#[must_use]
pub fn can_tell(id: IndicatorId) -> bool {
    use IndicatorId as I;
    matches!(id, I::T01 | I::T02 | I::T03 | I::T04 | I::T05 | I::T06 | I::T09 | I::T11 | I::T15 | I::T16)
        || is_of_window(id)
}

/// Whether an indicator looks at the orders of 90 days together.
#[must_use]
pub fn is_of_window(id: IndicatorId) -> bool {
    use IndicatorId as I;
    matches!(id, I::T12 | I::T13 | I::T14)
}

/// Whether an indicator counted some of these against the population. Nothing of those of the window.
#[must_use]
pub fn counts_against(id: IndicatorId, place: Place, counted: &DayCounters) -> bool {
    use IndicatorId as I;
    let within = |days: i32| (0..days).contains(&place.days_ago);
    match id {
        I::T01 => within(SHORT_DAYS) && counted.released > if place.roles_hold { counted.matched } else { 0 },
        I::T02 => within(SHORT_DAYS) && counted.rejected > 0,
        I::T03 => within(SHORT_DAYS) && counted.amended > 0,
        I::T04 => within(LONG_DAYS) && counted.held > 0,
        I::T05 => {
            let is_import = place.direction == Direction::Import;
            within(SHORT_DAYS) && is_import && counted.payer_known > counted.payer_matches
        }
        I::T06 => within(LONG_DAYS) && place.in_direction && money_differs(place, counted),
        I::T09 => within(LONG_DAYS) && place.has_peers && counted.returned > 0,
        I::T11 => place.in_month && counted.rows > 0,
        I::T15 => within(SHORT_DAYS) && counted.waybills_reused > 0,
        I::T16 => within(SHORT_DAYS) && counted.sequence_abnormal > 0,
        _ => false,
    }
}

/// As [`counts_against`], of an order of the window.
#[must_use]
pub fn counts_in_window(id: IndicatorId, counted: &WindowCounts) -> bool {
    match id {
        IndicatorId::T12 => counted.quota_flagged > 0,
        IndicatorId::T13 => counted.clustered > 0,
        IndicatorId::T14 => counted.price_off > 0,
        _ => false,
    }
}

/// T06: exports that are not paid yet are left out while they may still be paid in time (B4).
fn money_differs(place: Place, counted: &DayCounters) -> bool {
    match place.direction {
        Direction::Import => counted.paid != counted.amount,
        Direction::Export if place.days_ago < RECEIPT_DAYS => {
            counted.paid != counted.amount - counted.unpaid_amount
        }
        Direction::Export => counted.paid + counted.unpaid_paid != counted.amount,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(direction: Direction, days_ago: i32) -> Place {
        Place { direction, days_ago, roles_hold: true, has_peers: true, in_direction: true, in_month: false }
    }

    #[test]
    fn an_unpaid_export_counts_once_it_is_too_late_to_be_paid_in_time() {
        let unpaid = DayCounters {
            rows: 1,
            amount: 100,
            unpaid_rows: 1,
            unpaid_amount: 100,
            ..DayCounters::default()
        };
        let counts = |days_ago, counted: &DayCounters| {
            counts_against(IndicatorId::T06, place(Direction::Export, days_ago), counted)
        };
        assert!(!counts(179, &unpaid));
        assert!(counts(180, &unpaid) && counts(364, &unpaid));
        assert!(!counts(365, &unpaid) && !counts(-1, &unpaid));
        let short = DayCounters { rows: 1, amount: 100, paid: 60, ..DayCounters::default() };
        assert!(counts(0, &short));
        assert!(!counts(0, &DayCounters { paid: 100, ..short }));
        let both = DayCounters { rows: 2, amount: 200, paid: 100, ..unpaid };
        assert!(!counts(10, &both), "what came in is what was due");
        let import = place(Direction::Import, 0);
        assert!(counts_against(IndicatorId::T06, import, &short));
        let other = Place { in_direction: false, ..import };
        assert!(!counts_against(IndicatorId::T06, other, &short), "T06 is about one direction");
    }

    #[test]
    fn each_counts_what_its_indicator_counts() {
        use IndicatorId as I;
        let none = DayCounters {
            rows: 1,
            released: 1,
            matched: 1,
            payer_known: 1,
            payer_matches: 1,
            ..Default::default()
        };
        let import = place(Direction::Import, 89);
        for (id, against) in [
            (I::T01, DayCounters { matched: 0, ..none }),
            (I::T02, DayCounters { rejected: 1, ..none }),
            (I::T03, DayCounters { amended: 1, ..none }),
            (I::T05, DayCounters { payer_matches: 0, ..none }),
            (I::T15, DayCounters { waybills_reused: 1, ..none }),
            (I::T16, DayCounters { sequence_abnormal: 1, ..none }),
        ] {
            assert!(counts_against(id, import, &against), "{id:?}");
            assert!(!counts_against(id, import, &none), "{id:?}");
            assert!(!counts_against(id, Place { days_ago: 90, ..import }, &against), "{id:?}");
        }
        for (id, against) in
            [(I::T04, DayCounters { held: 1, ..none }), (I::T09, DayCounters { returned: 1, ..none })]
        {
            assert!(counts_against(id, Place { days_ago: 364, ..import }, &against), "{id:?}");
            assert!(!counts_against(id, Place { days_ago: 365, ..import }, &against), "{id:?}");
        }
        let returned = DayCounters { returned: 1, ..none };
        assert!(
            !counts_against(I::T09, Place { has_peers: false, ..import }, &returned),
            "no peers, no multiple"
        );
        // M9 is told by the parties, and not by the order.
        assert!(counts_against(I::T01, Place { roles_hold: false, ..import }, &none));
        let other_payer = DayCounters { payer_matches: 0, ..none };
        assert!(!counts_against(I::T05, place(Direction::Export, 0), &other_payer), "imports alone");
        assert!(counts_against(I::T11, Place { in_month: true, days_ago: 300, ..import }, &none));
        assert!(!counts_against(I::T11, import, &none));
        let window = WindowCounts { quota_flagged: 1, clustered: 0, price_off: 1, ..WindowCounts::default() };
        let told = [I::T12, I::T13, I::T14].map(|id| counts_in_window(id, &window));
        assert_eq!(told, [true, false, true]);
        for id in IndicatorId::ALL {
            assert!(
                can_tell(id) || !counts_against(id, Place { in_month: true, ..import }, &returned),
                "{id:?}"
            );
        }
    }
}
