//! Trade facts from days of sums.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::facts::TradeFacts;
use credit_core::indicator::SubjectKind;
use credit_core::records::Order;
use credit_core::trade::adjust::in_flight;
use credit_core::trade::exact::{Zone, merchant_window};
use credit_core::trade::marks::waybill_group;
use credit_core::trade::peers::CellCount;
use credit_core::trade::{
    Cell, DayCounters, DayKey, Marks, Parties, PeerMedians, PriceBook, ShipmentCounters, ShipmentKey,
    Subjects, Tally, exclusion, in_flight_deltas, marks_at,
};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer};

use super::memo::{Key, Medians};
use super::plan::{Calendar, Plan, plan};
use super::{Reach, medians, population};
use crate::store::bulk::{self, Bind};
use crate::store::codec::decode_order;
use crate::store::packs::{self, Days, listed, marks_of};
use crate::store::trade_days::TradeDay;
use crate::store::{DbConnection, StoreError};

type Asked = (Uscc, SubjectKind);
type Marked = Vec<(Order, Marks)>;

/// Events looked up in one query.
const EVENTS_AT_ONCE: usize = 2_000;

/// The trade facts of everyone asked for, with the knowledge of everything received so far, and the zone's medians of
/// their goods. `has_role` answers M9 for D, as for [`credit_core::trade::SubjectPass`]; `known` are medians of before.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn trade_facts(
    connection: &mut DbConnection,
    as_of: chrono::NaiveDate,
    subjects: &Subjects,
    reach: Reach,
    known: &Medians,
    has_role: impl Fn(&Uscc, SubjectKind) -> bool,
) -> Result<(BTreeMap<Asked, TradeFacts>, Zone), StoreError> {
    let calendar = Calendar::new(as_of);
    let days = Days { first: Tally::first_day(as_of), last: calendar.last };
    let merchants = match reach {
        Reach::Zone => population::all_merchants(connection)?,
        Reach::Few => {
            let asked: Vec<Uscc> = subjects.asked.iter().map(|(uscc, _)| *uscc).collect();
            population::dealt_with(connection, &asked, days.first)?
        }
    };
    let key = Key::read(connection, as_of)?;
    let prices = match reach {
        Reach::Zone => medians::all_prices(connection, &calendar, &merchants)?,
        Reach::Few => medians::prices_of(connection, &calendar, &merchants, (known, key))?,
    };
    let excluded = excluded_orders(connection, subjects)?;
    let mut pass = Pass {
        calendar,
        subjects,
        reach,
        has_role,
        prices,
        excluded,
        tallies: subjects.asked.iter().map(|asked| (*asked, Tally::new(as_of))).collect(),
        voices: Vec::new(),
    };
    let mut rest = merchants.as_slice();
    while !rest.is_empty() {
        let pack = packs::trade_days(connection, rest, days)?;
        pass.add_pack(connection, &pack.found)?;
        rest = rest.get(pack.settled..).unwrap_or_default();
    }
    let peers = match reach {
        Reach::Zone => PeerMedians::from_counts(std::mem::take(&mut pass.voices)),
        Reach::Few => {
            let cells: BTreeSet<Cell> =
                pass.tallies.values().flat_map(|tally| tally.cells().keys().copied()).collect();
            known.peers(key, &cells, |missing| medians::peers_of(connection, &calendar, missing))?
        }
    };
    let facts = pass.tallies.into_iter().map(|(asked, tally)| (asked, tally.finish(&peers))).collect();
    Ok((facts, Zone { peers, prices: pass.prices }))
}

#[derive(QueryableByName)]
struct EventRow {
    #[diesel(sql_type = Integer)]
    marks: i32,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

/// The orders of events that are counted elsewhere, by merchant; few, and found by event.
fn excluded_orders(
    connection: &mut DbConnection,
    subjects: &Subjects,
) -> Result<BTreeMap<Uscc, Marked>, StoreError> {
    let events: BTreeSet<&str> = subjects.excluded_events.values().flatten().map(String::as_str).collect();
    let events: Vec<&str> = events.into_iter().collect();
    let mut found: BTreeMap<Uscc, Marked> = BTreeMap::new();
    for part in events.chunks(EVENTS_AT_ONCE) {
        let sql = format!("SELECT marks, payload FROM orders WHERE event_id IN {}", listed(1, part.len()));
        let rows: Vec<EventRow> = bulk::load(connection, &sql, part.iter().map(|event| Bind::from(*event)))?;
        for row in rows {
            let order = decode_order(&row.payload)?;
            found.entry(order.uscc).or_default().push((order, marks_of(row.marks)));
        }
    }
    Ok(found)
}

/// Fills the tallies, a pack of merchants at a time.
struct Pass<'a, R> {
    calendar: Calendar,
    subjects: &'a Subjects,
    reach: Reach,
    has_role: R,
    prices: PriceBook,
    excluded: BTreeMap<Uscc, Marked>,
    tallies: BTreeMap<Asked, Tally>,
    /// What each merchant of the zone says for the peer medians.
    voices: Vec<(Cell, CellCount)>,
}

impl<R: Fn(&Uscc, SubjectKind) -> bool> Pass<'_, R> {
    fn add_pack(
        &mut self,
        connection: &mut DbConnection,
        pack: &BTreeMap<Uscc, Vec<TradeDay>>,
    ) -> Result<(), StoreError> {
        let plans: BTreeMap<Uscc, Plan> =
            pack.iter().map(|(merchant, days)| (*merchant, plan(days, &self.calendar))).collect();
        let window = self.calendar.window_days();
        let short = |plan: &Plan| !plan.orders.is_none() && plan.orders == window;
        // Two reads, so that who needs a year does not make everyone's year be read.
        self.read(connection, pack, &plans, short)?;
        self.read(connection, pack, &plans, |plan| !plan.orders.is_none() && plan.orders != window)?;
        for merchant in plans.iter().filter(|(_, plan)| plan.orders.is_none()).map(|(merchant, _)| merchant) {
            self.add_merchant(merchant, pack, &[], false);
        }
        Ok(())
    }

    fn read(
        &mut self,
        connection: &mut DbConnection,
        pack: &BTreeMap<Uscc, Vec<TradeDay>>,
        plans: &BTreeMap<Uscc, Plan>,
        which: impl Fn(&Plan) -> bool,
    ) -> Result<(), StoreError> {
        let wanted: Vec<(&Uscc, &Plan)> = plans.iter().filter(|(_, plan)| which(plan)).collect();
        let days =
            wanted.iter().fold(Days::NONE, |all, (_, plan)| all.stretch(plan.orders.first, plan.orders.last));
        let merchants: Vec<Uscc> = wanted.iter().map(|(merchant, _)| **merchant).collect();
        let mut rest = merchants.as_slice();
        while !rest.is_empty() {
            let orders = packs::orders(connection, rest, days)?;
            let (settled, others) = rest.split_at_checked(orders.settled).unwrap_or((rest, &[]));
            for merchant in settled {
                let rows = orders.found.get(merchant).map_or(&[][..], Vec::as_slice);
                let in_flight = plans.get(merchant).is_some_and(|plan| plan.in_flight);
                self.add_merchant(merchant, pack, rows, in_flight);
            }
            rest = others;
        }
        Ok(())
    }

    fn add_merchant(
        &mut self,
        merchant: &Uscc,
        pack: &BTreeMap<Uscc, Vec<TradeDay>>,
        rows: &[(Order, Marks)],
        in_flight: bool,
    ) {
        let as_of = self.calendar.as_of;
        // In a question about the zone everyone has a voice, also who is not asked for.
        let voice = (*merchant, SubjectKind::E1);
        let guest = self.reach == Reach::Zone && !self.tallies.contains_key(&voice);
        if guest {
            self.tallies.insert(voice, Tally::new(as_of));
        }
        for day in pack.get(merchant).into_iter().flatten() {
            day.orders.iter().for_each(|(key, sums)| self.add_day(key, sums));
            day.shipments.iter().for_each(|(key, sums)| self.add_shipments(key, sums));
        }
        let touched = if in_flight { touched(rows, as_of) } else { Vec::new() };
        let deltas = in_flight_deltas(&touched, as_of);
        deltas.days.iter().for_each(|(key, sums)| self.add_day(key, sums));
        deltas.shipments.iter().for_each(|(key, sums)| self.add_shipments(key, sums));
        if let Some(tally) = self.tallies.get(&voice).filter(|_| self.reach == Reach::Zone) {
            self.voices.extend(tally.cells().iter().map(|(cell, count)| (*cell, *count)));
        }
        if guest {
            self.tallies.remove(&voice);
        }
        self.take_out(merchant, &touched);
        self.add_windows(rows);
    }

    fn add_day(&mut self, key: &DayKey, sums: &DayCounters) {
        let mut roles_hold = None;
        for asked in key.parties.populations() {
            if let Some(tally) = self.tallies.get_mut(&asked) {
                let roles = *roles_hold.get_or_insert_with(|| key.parties.roles_hold(&self.has_role));
                tally.add_day(key, sums, roles);
            }
        }
    }

    fn add_shipments(&mut self, key: &ShipmentKey, sums: &ShipmentCounters) {
        for asked in key.parties.populations() {
            if let Some(tally) = self.tallies.get_mut(&asked) {
                tally.add_shipments(key, sums);
            }
        }
    }

    /// Takes the merchant's excluded orders out of those tallies for which they are excluded.
    fn take_out(&mut self, merchant: &Uscc, touched: &[(&Order, Marks)]) {
        let Some(orders) = self.excluded.get(merchant) else { return };
        let as_of = self.calendar.as_of;
        let renewed = marks_at(touched, as_of);
        for (order, stored) in orders {
            let at_d = touched.iter().zip(&renewed).find(|((other, _), _)| other.order_no == order.order_no);
            let marks = at_d.map_or(*stored, |(_, marks)| *marks);
            for asked in Parties::of(order).populations() {
                if let Some(tally) =
                    self.tallies.get_mut(&asked).filter(|_| excludes(self.subjects, &asked.0, order))
                {
                    let belongs = |parties: &Parties| parties.in_population(asked.0, asked.1);
                    let roles = |parties: &Parties| parties.roles_hold(&self.has_role);
                    tally.add_deltas(&exclusion(order, marks, as_of), belongs, roles);
                }
            }
        }
    }

    fn add_windows(&mut self, rows: &[(Order, Marks)]) {
        let rows: Vec<&Order> = rows.iter().map(|(order, _)| order).collect();
        let window = merchant_window(&rows, self.calendar.as_of, &self.prices, &self.subjects.lockers);
        for (order, counts) in window {
            for asked in Parties::of(order).populations() {
                if let Some(tally) = self.tallies.get_mut(&asked)
                    && !excludes(self.subjects, &asked.0, order)
                {
                    tally.add_window(counts);
                }
            }
        }
    }
}

fn excludes(subjects: &Subjects, uscc: &Uscc, order: &Order) -> bool {
    let event = order.event_id.as_ref().filter(|event| !event.is_empty());
    event.zip(subjects.excluded_events.get(uscc)).is_some_and(|(event, events)| events.contains(event))
}

/// The orders in flight at D and those that share a waybill number with one.
fn touched(rows: &[(Order, Marks)], as_of: chrono::NaiveDate) -> Vec<(&Order, Marks)> {
    let flying = rows.iter().filter(|(order, _)| in_flight(order, as_of));
    let groups: BTreeSet<(Option<Uscc>, &str)> =
        flying.filter_map(|(order, _)| waybill_group(order)).collect();
    rows.iter()
        .filter(|(order, _)| {
            in_flight(order, as_of) || waybill_group(order).is_some_and(|group| groups.contains(&group))
        })
        .map(|(order, marks)| (order, *marks))
        .collect()
}
