//! Days of sums while a pack of changes goes into them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::dates::day_number;
use credit_core::records::Order;
use credit_core::trade::{DayKey, Marks, contribution, last_event_on, shipments};
use credit_core::uscc::Uscc;

use super::change::{Change, Replaced};
use crate::store::codec::day_of;
use crate::store::trade_days::{TradeDay, shipment_days};

/// A merchant's day.
pub(super) type Place = (Uscc, i32);

/// The days on which an order is counted.
pub(super) fn places(order: &Order) -> impl Iterator<Item = Place> {
    let uscc = order.uscc;
    std::iter::once(day_of(order.ordered_at)).chain(shipment_days(order)).map(move |day| (uscc, day))
}

struct Slot {
    day: TradeDay,
    is_stored: bool,
    /// An order at one of the day's bounds went; only reading the others tells the bound without it.
    lost: Lost,
    /// The bounds of what came; its sums are in `day`.
    came: TradeDay,
}

#[derive(Default)]
struct Lost {
    last_event: bool,
    first_ordered: bool,
    last_ordered: bool,
    /// A sum had reached its limit, so nothing can be taken from it.
    sum: bool,
}

/// The days that a pack of changes is counted on.
#[derive(Default)]
pub(super) struct Days(BTreeMap<Place, Slot>);

/// What becomes of the days.
#[derive(Default)]
pub(super) struct Outcome {
    pub write: Vec<TradeDay>,
    pub delete: Vec<Place>,
    /// To be counted anew: sums are not known, the orders behind them lie between the day's bounds.
    pub recount: Vec<TradeDay>,
}

impl Days {
    /// Those of the places that were not asked for before; they are then.
    pub fn missing(&mut self, places: impl IntoIterator<Item = Place>) -> BTreeSet<Place> {
        let mut missing = BTreeSet::new();
        for place in places {
            self.0.entry(place).or_insert_with(|| {
                missing.insert(place);
                let empty = TradeDay::new(place.0, place.1);
                Slot { day: empty.clone(), is_stored: false, lost: Lost::default(), came: empty }
            });
        }
        missing
    }

    /// Puts a stored day in its place.
    pub fn put(&mut self, day: TradeDay) {
        if let Some(slot) = self.0.get_mut(&(day.merchant, day.day)) {
            slot.day = day;
            slot.is_stored = true;
        }
    }

    /// How many stored orders were placed on a day.
    pub fn orders_on(&self, uscc: Uscc, day: i32) -> usize {
        let sums = self.0.get(&(uscc, day)).into_iter().flat_map(|slot| slot.day.orders.values());
        usize::try_from(sums.map(|sums| sums.rows).sum::<i64>()).unwrap_or(0)
    }

    /// Takes out what was replaced, then adds what came: bounds are compared with the stored ones.
    pub fn change(&mut self, changes: &[Change], marks: &[Marks]) {
        for old in changes.iter().filter_map(Change::replaced) {
            self.take_out(old);
        }
        for (change, marks) in changes.iter().zip(marks) {
            self.add(change.order(), *marks);
        }
    }

    /// Another mark changes sums and no bounds.
    pub fn remark(&mut self, order: &Order, before: Marks, after: Marks) {
        let key = DayKey::of(order);
        if let Some(slot) = self.0.get_mut(&(order.uscc, key.day)) {
            let sums = slot.day.orders.entry(key).or_default();
            slot.lost.sum |= sums.values().contains(&i64::MAX);
            *sums += contribution(order, after, None) - contribution(order, before, None);
        }
    }

    fn take_out(&mut self, old: &Replaced) {
        let order = &old.order;
        let key = DayKey::of(order);
        if let Some(slot) = self.0.get_mut(&(order.uscc, key.day)) {
            let sums = slot.day.orders.entry(key).or_default();
            slot.lost.sum |= sums.values().contains(&i64::MAX);
            *sums += -contribution(order, old.marks, None);
            if sums.is_zero() {
                slot.day.orders.remove(&key);
            }
            slot.lose(order);
        }
        for (key, counters) in shipments(order, None) {
            if let Some(slot) = self.0.get_mut(&(order.uscc, key.day)) {
                let sums = slot.day.shipments.entry(key).or_default();
                *sums += -counters;
                if sums.is_zero() {
                    slot.day.shipments.remove(&key);
                }
                slot.lose(order);
            }
        }
    }

    fn add(&mut self, order: &Order, marks: Marks) {
        let key = DayKey::of(order);
        if let Some(slot) = self.0.get_mut(&(order.uscc, key.day)) {
            *slot.day.orders.entry(key).or_default() += contribution(order, marks, None);
            slot.came.stretch(order);
        }
        for (key, counters) in shipments(order, None) {
            if let Some(slot) = self.0.get_mut(&(order.uscc, key.day)) {
                *slot.day.shipments.entry(key).or_default() += counters;
                slot.came.stretch(order);
            }
        }
    }

    pub fn finish(self) -> Outcome {
        let mut outcome = Outcome::default();
        for (place, slot) in self.0 {
            let (is_stored, is_known) = (slot.is_stored, slot.is_known());
            let mut day = slot.day;
            day.widen(&slot.came);
            if !is_known {
                outcome.recount.push(day);
            } else if !day.is_empty() {
                outcome.write.push(day);
            } else if is_stored {
                outcome.delete.push(place);
            }
        }
        outcome
    }
}

impl Slot {
    fn lose(&mut self, order: &Order) {
        let ordered = day_of(order.ordered_at);
        self.lost.last_event |= day_number(last_event_on(order)) >= self.day.last_event_day;
        self.lost.first_ordered |= ordered <= self.day.first_ordered_day;
        self.lost.last_ordered |= ordered >= self.day.last_ordered_day;
    }

    /// Whether sums and bounds are right: every bound that went is reached again by what came.
    fn is_known(&self) -> bool {
        let (day, came, lost) = (&self.day, &self.came, &self.lost);
        let is_bounded = (!lost.last_event || came.last_event_day >= day.last_event_day)
            && (!lost.first_ordered || came.first_ordered_day <= day.first_ordered_day)
            && (!lost.last_ordered || came.last_ordered_day >= day.last_ordered_day);
        !lost.sum && (is_bounded || day.is_empty())
    }
}
