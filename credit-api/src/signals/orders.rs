//! Which orders an indicator counted against its enterprise: the rows behind T01 to T16, by the code that counts.
//!
//! The days of sums say on which days there are any, of a merchant as of a platform, a carrier or a payment institution
//! (`dealings` says with whom they deal); of those days, the newest first, the orders are read until there are enough.
//! T12 to T14 look at the orders of 90 days together, as the evaluation did.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use credit_core::dates::day_number;
use credit_core::facts::Facts;
use credit_core::indicator::{IndicatorId, SubjectKind};
use credit_core::observe::{ObserveParams, t06_direction, t11_month};
use credit_core::records::{Direction, Order};
use credit_core::trade::against::{Place, can_tell, counts_against, counts_in_window, is_of_window};
use credit_core::trade::day::contribution;
use credit_core::trade::exact::merchant_window;
use credit_core::trade::tally::{LONG_DAYS, month_days};
use credit_core::trade::windows::{QUOTA_ALERT, WINDOW_DAYS};
use credit_core::trade::{DayKey, Marks, Parties};
use credit_core::uscc::Uscc;

use crate::evaluation::gather::Ground;
use crate::evaluation::rollup::dealt_with;
use crate::store::packs::{self, Days};
use crate::store::{DbConnection, StoreError};

/// Days of merchants whose orders are read together.
const PLACES_AT_ONCE: usize = 16;

/// An order that counted against an enterprise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Against {
    /// When it was ordered; the newest come first.
    pub ordered_at: Reverse<i64>,
    pub merchant: Uscc,
    pub order_no: String,
}

/// The newest orders that each of these indicators counted against an enterprise, at most so many of each.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn against(
    connection: &mut DbConnection,
    ground: Ground<'_>,
    facts: &Facts,
    asked: &BTreeSet<IndicatorId>,
    most: usize,
) -> Result<BTreeMap<IndicatorId, BTreeSet<Against>>, StoreError> {
    let asked: BTreeSet<IndicatorId> = asked.iter().copied().filter(|id| can_tell(*id)).collect();
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut search = Search::new(ground, facts, asked, most);
    let merchants = match facts.kind {
        SubjectKind::E1 => vec![facts.uscc],
        _ => dealt_with(connection, &[facts.uscc], search.days.first)?,
    };
    search.look_at_sums(connection, &merchants)?;
    search.read_windows(connection, &merchants)?;
    search.read_days(connection)?;
    Ok(search.found)
}

/// What is looked for, and what is found.
struct Search<'a> {
    ground: Ground<'a>,
    uscc: Uscc,
    kind: SubjectKind,
    asked: BTreeSet<IndicatorId>,
    most: usize,
    /// The days that any of these indicators looks at.
    days: Days,
    /// What T06 is about, and the month of T11.
    direction: Option<Direction>,
    month: Option<(i32, i32)>,
    /// The newest days of merchants on which an indicator counted something.
    places: BTreeMap<IndicatorId, BTreeSet<(Reverse<i32>, Uscc)>>,
    /// What each merchant's imports since January come to, 分.
    imports: BTreeMap<Uscc, i128>,
    found: BTreeMap<IndicatorId, BTreeSet<Against>>,
}

impl<'a> Search<'a> {
    fn new(ground: Ground<'a>, facts: &Facts, asked: BTreeSet<IndicatorId>, most: usize) -> Self {
        let (params, last) = (ObserveParams::default(), day_number(ground.as_of));
        let month = t11_month(&facts.trade.months, &params).and_then(|place| month_days(ground.as_of, place));
        let mut days = Days { first: last - LONG_DAYS + 1, last };
        if let Some((first, _)) = month.filter(|_| asked.contains(&IndicatorId::T11)) {
            days = days.stretch(first, last);
        }
        Self {
            ground,
            uscc: facts.uscc,
            kind: facts.kind,
            asked,
            most,
            days,
            direction: t06_direction(&facts.trade, &params),
            month,
            places: BTreeMap::new(),
            imports: BTreeMap::new(),
            found: BTreeMap::new(),
        }
    }

    fn place(&self, key: &DayKey) -> Place {
        Place {
            direction: key.direction,
            days_ago: self.days.last - key.day,
            roles_hold: self.ground.roles_hold(&key.parties),
            has_peers: key.cell().is_some_and(|cell| self.ground.zone.peers.rate(&cell).is_some()),
            in_direction: self.direction == Some(key.direction),
            in_month: self.month.is_some_and(|(first, last)| first <= key.day && key.day <= last),
        }
    }

    /// On which days there is anything: each of them has one order at least, so that as many days as orders are wanted
    /// are enough, and some more for orders whose event is counted elsewhere.
    fn look_at_sums(&mut self, connection: &mut DbConnection, merchants: &[Uscc]) -> Result<(), StoreError> {
        let january = self.ground.as_of.with_ordinal(1).map_or(self.days.first, day_number);
        let enough = self.most.saturating_mul(2);
        let mut rest = merchants;
        while !rest.is_empty() {
            let pack = packs::trade_days(connection, rest, self.days)?;
            for (merchant, days) in &pack.found {
                for (key, sums) in days.iter().flat_map(|day| &day.orders) {
                    if key.direction == Direction::Import && key.day >= january {
                        *self.imports.entry(*merchant).or_default() += i128::from(sums.amount);
                    }
                    if !key.parties.in_population(self.uscc, self.kind) {
                        continue;
                    }
                    let place = self.place(key);
                    for id in self.asked.iter().filter(|id| counts_against(**id, place, sums)) {
                        let places = self.places.entry(*id).or_default();
                        places.insert((Reverse(key.day), *merchant));
                        if places.len() > enough {
                            places.pop_last();
                        }
                    }
                }
            }
            rest = rest.get(pack.settled..).unwrap_or_default();
        }
        Ok(())
    }

    /// T12 to T14: the orders of 90 days of whoever has any in them; the year's of those whose buyers may have used up
    /// their quota.
    fn read_windows(&mut self, connection: &mut DbConnection, merchants: &[Uscc]) -> Result<(), StoreError> {
        let ids: Vec<IndicatorId> = self.asked.iter().copied().filter(|id| is_of_window(*id)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let window = Days { first: self.days.last - WINDOW_DAYS + 1, last: self.days.last };
        let year =
            window.stretch(self.ground.as_of.with_ordinal(1).map_or(window.first, day_number), window.last);
        let reach = |merchant: &&Uscc| {
            let imports = self.imports.get(*merchant).copied().unwrap_or_default();
            ids.contains(&IndicatorId::T12) && imports >= QUOTA_ALERT
        };
        let (long, short): (Vec<Uscc>, Vec<Uscc>) = {
            let (long, short): (Vec<&Uscc>, Vec<&Uscc>) = merchants.iter().partition(reach);
            (long.into_iter().copied().collect(), short.into_iter().copied().collect())
        };
        for (merchants, days) in [(long, year), (short, window)] {
            let mut rest = merchants.as_slice();
            while !rest.is_empty() {
                let pack = packs::orders(connection, rest, days)?;
                pack.found.values().for_each(|rows| self.add_window(rows, &ids));
                rest = rest.get(pack.settled..).unwrap_or_default();
            }
        }
        Ok(())
    }

    fn add_window(&mut self, rows: &[(Order, Marks)], ids: &[IndicatorId]) {
        let rows: Vec<&Order> = rows.iter().map(|(order, _)| order).collect();
        let (as_of, prices) = (self.ground.as_of, &self.ground.zone.prices);
        for (order, counted) in merchant_window(&rows, as_of, prices, &BTreeSet::new()) {
            for id in ids.iter().filter(|id| counts_in_window(**id, &counted)) {
                self.add(*id, order);
            }
        }
    }

    /// The others: the days found, the newest first, until each indicator has its orders.
    fn read_days(&mut self, connection: &mut DbConnection) -> Result<(), StoreError> {
        let mut wanted: BTreeMap<(Reverse<i32>, Uscc), BTreeSet<IndicatorId>> = BTreeMap::new();
        for (id, places) in std::mem::take(&mut self.places) {
            for place in places {
                wanted.entry(place).or_default().insert(id);
            }
        }
        let mut wanted = wanted.into_iter().peekable();
        while wanted.peek().is_some() {
            let part: Vec<(Uscc, i32)> = wanted
                .by_ref()
                .filter(|((Reverse(day), _), ids)| ids.iter().any(|id| !self.is_full(*id, *day)))
                .map(|((Reverse(day), merchant), _)| (merchant, day))
                .take(PLACES_AT_ONCE)
                .collect();
            for (order, marks) in packs::orders_at(connection, part)? {
                self.add_order(&order, marks);
            }
        }
        Ok(())
    }

    fn add_order(&mut self, order: &Order, marks: Marks) {
        let key = DayKey::of(order);
        let (place, counted) = (self.place(&key), contribution(order, marks, Some(self.ground.as_of)));
        let ids: Vec<IndicatorId> =
            self.asked.iter().copied().filter(|id| counts_against(*id, place, &counted)).collect();
        for id in ids {
            self.add(id, order);
        }
    }

    fn add(&mut self, id: IndicatorId, order: &Order) {
        let is_own = Parties::of(order).in_population(self.uscc, self.kind);
        if !is_own || self.ground.excludes(&self.uscc, order) {
            return;
        }
        let found = self.found.entry(id).or_default();
        found.insert(Against {
            ordered_at: Reverse(order.ordered_at.0),
            merchant: order.uscc,
            order_no: order.order_no.clone(),
        });
        if found.len() > self.most {
            found.pop_last();
        }
    }

    /// Whether orders of that day are older than those there are enough of.
    fn is_full(&self, id: IndicatorId, day: i32) -> bool {
        let oldest = |found: &BTreeSet<Against>| {
            let Reverse(at) = found.last()?.ordered_at;
            Some(credit_core::trade::view::day_of(credit_core::dates::Moment(at)))
        };
        self.found.get(&id).is_some_and(|found| found.len() >= self.most && oldest(found) > Some(day))
    }
}
