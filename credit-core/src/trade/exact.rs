//! The row road: facts straight from the orders, for any D and any knowledge time.
//!
//! Two passes over the merchants, each merchant's rows arriving together: [`ZonePass`] finds the medians of the
//! zone, [`SubjectPass`] counts. Memory is one merchant's rows, one price per line of 90 days, and one
//! [`Tally`] per enterprise asked for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::facts::TradeFacts;
use crate::indicator::SubjectKind;
use crate::records::Order;
use crate::trade::day::contribution;
use crate::trade::key::{Cell, DayKey, Parties};
use crate::trade::marks::{Marks, mark_merchant};
use crate::trade::peers::{CellCount, PeerMedians};
use crate::trade::prices::{PriceBook, PriceCollector};
use crate::trade::shipment::shipments;
use crate::trade::tally::Tally;
use crate::trade::view::{Horizon, day_of};
use crate::trade::windows::{WindowCounts, WindowInputs, WindowRow, in_window, window_rows, year_sums};
use crate::uscc::Uscc;

/// The zone's medians of one D and one knowledge time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zone {
    pub peers: PeerMedians,
    pub prices: PriceBook,
}

/// The first pass.
#[derive(Debug)]
pub struct ZonePass {
    as_of: NaiveDate,
    cells: Vec<(Cell, CellCount)>,
    prices: PriceCollector,
}

impl ZonePass {
    #[must_use]
    pub fn new(as_of: NaiveDate) -> Self {
        Self { as_of, cells: Vec::new(), prices: PriceCollector::default() }
    }

    /// Takes all rows of one merchant; a merchant must not come twice.
    pub fn add_merchant(&mut self, rows: &[Order]) {
        let mut tally = Tally::new(self.as_of);
        for order in rows {
            // Rows and returns carry no mark, so none is computed.
            let counters = contribution(order, Marks::NONE, Some(self.as_of));
            tally.add_day(&DayKey::of(order), &counters, true);
            self.prices.add_order(order, self.as_of);
        }
        self.cells.extend(tally.cells().iter().map(|(cell, count)| (*cell, *count)));
    }

    #[must_use]
    pub fn finish(self) -> Zone {
        Zone { peers: PeerMedians::from_counts(self.cells), prices: self.prices.finish() }
    }
}

/// Whose facts are asked for, and what is not to be counted for them.
#[derive(Debug, Clone, Default)]
pub struct Subjects {
    /// The populations to count.
    pub asked: BTreeSet<(Uscc, SubjectKind)>,
    /// Events counted in S2, by enterprise: its rows with such an `event_id` are left out for it.
    pub excluded_events: BTreeMap<Uscc, BTreeSet<String>>,
    /// Address and phone tokens of parcel lockers (rule pack).
    pub lockers: BTreeSet<String>,
}

impl Subjects {
    fn excludes(&self, uscc: &Uscc, order: &Order) -> bool {
        let event = order.event_id.as_ref().filter(|event| !event.is_empty());
        event.zip(self.excluded_events.get(uscc)).is_some_and(|(event, events)| events.contains(event))
    }
}

/// The second pass. `R` answers M9: whether a code is a registered enterprise having a role, at D.
#[derive(Debug)]
pub struct SubjectPass<'a, R> {
    as_of: NaiveDate,
    zone: &'a Zone,
    subjects: &'a Subjects,
    has_role: R,
    tallies: BTreeMap<(Uscc, SubjectKind), Tally>,
}

impl<'a, R: Fn(&Uscc, SubjectKind) -> bool> SubjectPass<'a, R> {
    #[must_use]
    pub fn new(as_of: NaiveDate, zone: &'a Zone, subjects: &'a Subjects, has_role: R) -> Self {
        let tallies = subjects.asked.iter().map(|asked| (*asked, Tally::new(as_of))).collect();
        Self { as_of, zone, subjects, has_role, tallies }
    }

    /// Takes all rows of one merchant, in any order; a merchant must not come twice.
    pub fn add_merchant(&mut self, rows: &[Order]) {
        let horizon = Horizon::new(Some(self.as_of));
        let rows: Vec<&Order> = rows.iter().filter(|order| horizon.shows(order)).collect();
        if !self.concerned(&rows) {
            return;
        }
        let marks = mark_merchant(&rows, Some(self.as_of));
        for (order, marks) in rows.iter().zip(marks) {
            self.add_row(order, marks);
        }
        self.add_windows(&rows);
    }

    /// Whether anyone asked for stands in these rows: most merchants concern nobody when few are asked for.
    fn concerned(&self, rows: &[&Order]) -> bool {
        rows.iter()
            .any(|order| Parties::of(order).populations().any(|asked| self.tallies.contains_key(&asked)))
    }

    fn add_row(&mut self, order: &Order, marks: Marks) {
        let key = DayKey::of(order);
        let counters = contribution(order, marks, Some(self.as_of));
        let mut roles_hold = None;
        for asked in key.parties.populations() {
            let Some(tally) = self.tallies.get_mut(&asked) else { continue };
            if self.subjects.excludes(&asked.0, order) {
                continue;
            }
            let roles_hold = *roles_hold.get_or_insert_with(|| key.parties.roles_hold(&self.has_role));
            tally.add_day(&key, &counters, roles_hold);
            for (key, counters) in shipments(order, Some(self.as_of)) {
                tally.add_shipments(&key, &counters);
            }
        }
    }

    fn add_windows(&mut self, rows: &[&Order]) {
        for (order, counts) in merchant_window(rows, self.as_of, &self.zone.prices, &self.subjects.lockers) {
            for asked in Parties::of(order).populations() {
                if let Some(tally) = self.tallies.get_mut(&asked)
                    && !self.subjects.excludes(&asked.0, order)
                {
                    tally.add_window(counts);
                }
            }
        }
    }

    /// The facts of everyone asked for; who stands in no row has none of anything.
    #[must_use]
    pub fn finish(self) -> BTreeMap<(Uscc, SubjectKind), TradeFacts> {
        let peers = &self.zone.peers;
        self.tallies.into_iter().map(|(asked, tally)| (asked, tally.finish(peers))).collect()
    }
}

/// The rows of one merchant that lie in the window of D, with what each adds (T12 to T14).
pub fn merchant_window<'a>(
    rows: &[&'a Order],
    as_of: NaiveDate,
    prices: &PriceBook,
    lockers: &BTreeSet<String>,
) -> Vec<(&'a Order, WindowCounts)> {
    let inside: Vec<&Order> =
        rows.iter().copied().filter(|order| in_window(day_of(order.ordered_at), as_of)).collect();
    let window: Vec<WindowRow<'_>> = inside.iter().map(|order| WindowRow::from(*order)).collect();
    let sums = year_sums(rows.iter().copied(), as_of);
    let counts = window_rows(&window, &WindowInputs { year_sums: &sums, prices, lockers });
    inside.into_iter().zip(counts).collect()
}
