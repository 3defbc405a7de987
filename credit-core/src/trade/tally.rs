//! Adds counters up over the windows of one D (ruling A7) into the [`TradeFacts`] of one population.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};

use crate::dates::{add_months, day_number};
use crate::facts::{MonthVolume, TradeFacts};
use crate::records::Direction;
use crate::trade::adjust::Deltas;
use crate::trade::counters::count;
use crate::trade::day::{DayCounters, RECEIPT_DAYS};
use crate::trade::key::{Cell, DayKey, Parties, ShipmentKey};
use crate::trade::peers::{CellCount, PeerMedians, expected};
use crate::trade::shipment::{DELIVERY_DAYS, ShipmentCounters};
use crate::trade::windows::WindowCounts;

/// Months kept for T10 and T11.
pub const MONTHS: usize = 24;
/// The windows of D, in days.
pub const SHORT_DAYS: i32 = 90;
pub const LONG_DAYS: i32 = 365;

/// The windows of D as day numbers.
#[derive(Debug, Clone, Copy)]
struct Windows {
    /// D itself.
    last: i32,
    /// The last day before the 12 months.
    before_year: i32,
    /// First days of the last 24 complete calendar months, then the day after them.
    months: [i32; MONTHS + 1],
}

impl Windows {
    fn new(as_of: NaiveDate) -> Self {
        let tomorrow = as_of.checked_add_days(Days::new(1)).unwrap_or(as_of);
        // D's month counts only when D is its last day: the months end where tomorrow's month begins.
        let end = tomorrow.with_day(1).unwrap_or(tomorrow);
        let mut months = [0; MONTHS + 1];
        let mut back = i32::try_from(MONTHS).unwrap_or(0);
        for first in &mut months {
            *first = day_number(add_months(end, -back));
            back -= 1;
        }
        Self { last: day_number(as_of), before_year: day_number(add_months(as_of, -12)), months }
    }

    fn holds(&self, day: i32, days: i32) -> bool {
        day <= self.last && self.last.saturating_sub(day) < days
    }

    /// The place of the day's month among the 24, oldest first.
    fn month(&self, day: i32) -> Option<usize> {
        let at = self.months.partition_point(|first| *first <= day);
        at.checked_sub(1).filter(|at| *at < MONTHS)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Month {
    rows: i64,
    amount: i128,
}

/// The first and last day of a month, by its place among the [`MONTHS`] that facts have.
#[must_use]
pub fn month_days(as_of: NaiveDate, place: usize) -> Option<(i32, i32)> {
    let months = Windows::new(as_of).months;
    Some((*months.get(place)?, *months.get(place + 1)? - 1))
}

/// The running sums of one population for one D. Its size does not grow with the rows.
#[derive(Debug, Clone)]
pub struct Tally {
    windows: Windows,
    rows_12_months: i64,
    short: DayCounters,
    short_imports: DayCounters,
    /// `matched` of 90 days whose parties' roles hold (M9).
    matched: i64,
    long: DayCounters,
    long_imports: i64,
    import_amount: i128,
    import_paid: i128,
    export_amount: i128,
    export_paid: i128,
    export_rows: i64,
    shipped: i64,
    in_time: i64,
    promised: i64,
    kept: i64,
    months: [Month; MONTHS],
    cells: BTreeMap<Cell, CellCount>,
    window: WindowCounts,
}

impl Tally {
    #[must_use]
    pub fn new(as_of: NaiveDate) -> Self {
        Self {
            windows: Windows::new(as_of),
            rows_12_months: 0,
            short: DayCounters::default(),
            short_imports: DayCounters::default(),
            matched: 0,
            long: DayCounters::default(),
            long_imports: 0,
            import_amount: 0,
            import_paid: 0,
            export_amount: 0,
            export_paid: 0,
            export_rows: 0,
            shipped: 0,
            in_time: 0,
            promised: 0,
            kept: 0,
            months: [Month::default(); MONTHS],
            cells: BTreeMap::new(),
            window: WindowCounts::default(),
        }
    }

    /// The first day of which anything can count: rollups before it need not be read.
    #[must_use]
    pub fn first_day(as_of: NaiveDate) -> i32 {
        let windows = Windows::new(as_of);
        windows.months.first().copied().unwrap_or(windows.last).min(windows.last - LONG_DAYS + 1)
    }

    /// Adds a day's counters. `roles_hold` is M9 for the key's parties ([`Parties::roles_hold`]). Days outside
    /// the windows, and after D, count nowhere.
    pub fn add_day(&mut self, key: &DayKey, counters: &DayCounters, roles_hold: bool) {
        let day = key.day;
        if day > self.windows.last {
            return;
        }
        if day > self.windows.before_year {
            self.rows_12_months = self.rows_12_months.saturating_add(counters.rows);
        }
        if let Some(month) = self.windows.month(day).and_then(|at| self.months.get_mut(at)) {
            month.rows = month.rows.saturating_add(counters.rows);
            month.amount = month.amount.saturating_add(i128::from(counters.amount));
        }
        if self.windows.holds(day, LONG_DAYS) {
            self.add_long(key, counters);
        }
        if self.windows.holds(day, SHORT_DAYS) {
            self.short += *counters;
            if key.direction == Direction::Import {
                self.short_imports += *counters;
            }
            if roles_hold {
                self.matched = self.matched.saturating_add(counters.matched);
            }
        }
    }

    fn add_long(&mut self, key: &DayKey, counters: &DayCounters) {
        self.long += *counters;
        if let Some(cell) = key.cell() {
            let own = self.cells.entry(cell).or_default();
            own.rows = own.rows.saturating_add(counters.rows);
            own.returned = own.returned.saturating_add(counters.returned);
        }
        let (amount, paid) = (i128::from(counters.amount), i128::from(counters.paid));
        match key.direction {
            Direction::Import => {
                self.long_imports = self.long_imports.saturating_add(counters.rows);
                self.import_amount = self.import_amount.saturating_add(amount);
                self.import_paid = self.import_paid.saturating_add(paid);
            }
            Direction::Export => {
                // Rows not paid yet are left out while they may still be paid in time (B4).
                let young = self.windows.last.saturating_sub(key.day) < RECEIPT_DAYS;
                let (rows, unpaid, extra) = if young {
                    (counters.unpaid_rows, i128::from(counters.unpaid_amount), 0)
                } else {
                    (0, 0, i128::from(counters.unpaid_paid))
                };
                self.export_rows = self.export_rows.saturating_add(counters.rows - rows);
                self.export_amount = self.export_amount.saturating_add(amount - unpaid);
                self.export_paid = self.export_paid.saturating_add(paid + extra);
            }
        }
    }

    /// Adds the counters of a day of shipping or promise (T07, T08).
    pub fn add_shipments(&mut self, key: &ShipmentKey, counters: &ShipmentCounters) {
        if !self.windows.holds(key.day, SHORT_DAYS) {
            return;
        }
        // Undelivered parcels are left out while they may still arrive in time (B4).
        let young = self.windows.last.saturating_sub(key.day) < DELIVERY_DAYS;
        let counted = if young { counters.delivered } else { counters.shipped };
        self.shipped = self.shipped.saturating_add(counted);
        self.in_time = self.in_time.saturating_add(counters.in_time);
        self.promised = self.promised.saturating_add(counters.promised);
        self.kept = self.kept.saturating_add(counters.kept);
    }

    /// Adds rows of the window of 90 days (T12 to T14); negated, takes them out.
    pub fn add_window(&mut self, counts: WindowCounts) {
        self.window += counts;
    }

    /// Adds those corrections that `belongs` says concern this population.
    pub fn add_deltas(
        &mut self,
        deltas: &Deltas,
        belongs: impl Fn(&Parties) -> bool,
        roles_hold: impl Fn(&Parties) -> bool,
    ) {
        for (key, counters) in deltas.days.iter().filter(|(key, _)| belongs(&key.parties)) {
            self.add_day(key, counters, roles_hold(&key.parties));
        }
        for (key, counters) in deltas.shipments.iter().filter(|(key, _)| belongs(&key.parties)) {
            self.add_shipments(key, counters);
        }
    }

    /// Rows and returns of 365 days by cell: a merchant's own (corrected for rows in flight, but before anything
    /// is excluded for it) are its voice in the peer medians.
    #[must_use]
    pub fn cells(&self) -> &BTreeMap<Cell, CellCount> {
        &self.cells
    }

    /// The facts, with the zone's peer medians of the same D and knowledge time.
    #[must_use]
    pub fn finish(&self, peers: &PeerMedians) -> TradeFacts {
        let peer = expected(&self.cells, peers);
        TradeFacts {
            rows_12_months: count(self.rows_12_months),
            rows_365: count(self.long.rows),
            import_rows_90: count(self.short_imports.rows),
            import_rows_365: count(self.long_imports),
            released_90: count(self.short.released),
            matched_90: count(self.matched),
            declared_90: count(self.short.declared),
            rejected_90: count(self.short.rejected),
            documented_90: count(self.short.documented),
            amended_90: count(self.short.amended),
            examined_365: count(self.long.examined),
            held_365: count(self.long.held),
            payer_known_90: count(self.short_imports.payer_known),
            payer_matches_90: count(self.short_imports.payer_matches),
            import_amount_365: self.import_amount,
            import_paid_365: self.import_paid,
            export_amount_365: self.export_amount,
            export_paid_365: self.export_paid,
            export_rows_365: count(self.export_rows),
            shipped_90: count(self.shipped),
            delivered_in_time_90: count(self.in_time),
            promised_90: count(self.promised),
            kept_promise_90: count(self.kept),
            peer_rows_365: count(peer.rows),
            peer_returned_365: count(peer.returned),
            peer_expected_num: peer.num,
            peer_expected_den: peer.den,
            months: self
                .months
                .iter()
                .map(|month| MonthVolume { rows: count(month.rows), amount: month.amount })
                .collect(),
            quota_flagged_90: count(self.window.quota_flagged),
            addressed_90: count(self.window.addressed),
            clustered_90: count(self.window.clustered),
            priced_90: count(self.window.priced),
            price_off_90: count(self.window.price_off),
            waybills_90: count(self.short.waybills),
            waybills_abnormal_90: count(self.short.waybills_reused),
            rows_90: count(self.short.rows),
            sequence_abnormal_90: count(self.short.sequence_abnormal),
        }
    }
}
