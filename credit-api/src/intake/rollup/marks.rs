//! Which groups of orders a pack of changes touches, and the marks that follow. Pure.
//!
//! A change that leaves an order where it was in a group (most do: a parcel arrives, a status comes) touches nothing
//! there, and the order keeps its mark.

use std::collections::BTreeMap;

use credit_core::records::Order;
use credit_core::trade::Marks;
use credit_core::trade::marks::{QuotaRow, WaybillRow, over_quota, quota_row, waybill_reused, waybill_row};
use credit_core::trade::view::Horizon;
use credit_core::uscc::Uscc;

use super::change::Change;
use crate::store::groups::{GroupKey, Groups};

/// A group of one merchant.
pub(super) type Group = (Uscc, GroupKey);
/// A minute of one merchant: minutes since 1970.
pub(super) type Minute = (Uscc, i64);

/// Which of a quota's orders must be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// Up to the first one over the quota: all later ones stay over it when orders are only added.
    ToFirstOver,
    Whole,
}

/// How many orders of a minute come and go.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shift {
    pub plus: usize,
    pub minus: usize,
}

/// The groups that changes touch.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub quotas: BTreeMap<Group, Extent>,
    /// The first and last time (milliseconds) at which an order of the group changed or stands among the changes.
    pub waybills: BTreeMap<Group, (i64, i64)>,
    pub minutes: BTreeMap<Minute, Shift>,
}

impl Wanted {
    pub fn of(changes: &[Change]) -> Self {
        let mut wanted = Self::default();
        for change in changes {
            wanted.add(change);
        }
        for change in changes {
            let (uscc, groups) = (change.order().uscc, change.groups());
            if let Some(span) = groups.waybill.and_then(|key| wanted.waybills.get_mut(&(uscc, key))) {
                *span = (span.0.min(groups.used_at), span.1.max(groups.used_at));
            }
        }
        wanted
    }

    fn add(&mut self, change: &Change) {
        let order = change.order();
        let moved = Moved::of(change);
        if moved.in_quota {
            if let Some(old) = change.replaced()
                && let Some(key) = old.groups.quota
            {
                self.quotas.insert((order.uscc, key), Extent::Whole);
            }
            if let Some(key) = change.groups().quota {
                self.quotas.entry((order.uscc, key)).or_insert(Extent::ToFirstOver);
            }
        }
        if moved.in_waybill {
            let old = change.replaced().map(|old| &old.groups);
            for groups in old.into_iter().chain([change.groups()]) {
                if let Some(key) = groups.waybill {
                    let at = groups.used_at;
                    let span = self.waybills.entry((order.uscc, key)).or_insert((at, at));
                    *span = (span.0.min(at), span.1.max(at));
                }
            }
        }
        if moved.in_minute {
            if let Some(old) = change.replaced() {
                self.minutes.entry((order.uscc, old.order.ordered_at.minute())).or_default().minus += 1;
            }
            self.minutes.entry((order.uscc, order.ordered_at.minute())).or_default().plus += 1;
        }
    }
}

/// In which of its groups a change moves an order, or brings it there.
struct Moved {
    in_quota: bool,
    in_waybill: bool,
    in_minute: bool,
}

impl Moved {
    fn of(change: &Change) -> Self {
        let (order, groups) = (change.order(), change.groups());
        let Some(old) = change.replaced() else {
            return Self { in_quota: true, in_waybill: true, in_minute: true };
        };
        let quota =
            |groups: &Groups, order: &Order| groups.quota.map(|key| (key, order.ordered_at, order.amount));
        let waybill = |groups: &Groups| groups.waybill.map(|key| (key, groups.used_at));
        Self {
            in_quota: quota(groups, order) != quota(&old.groups, &old.order),
            in_waybill: waybill(groups) != waybill(&old.groups),
            in_minute: order.ordered_at.minute() != old.order.ordered_at.minute(),
        }
    }
}

/// A stored order of a touched group that is not itself replaced.
#[derive(Debug)]
pub(super) struct Other {
    pub order: Order,
    pub groups: Groups,
    pub before: Marks,
    pub after: Marks,
}

/// Whether the touched minutes are bursts now.
pub(super) type Bursts = BTreeMap<Minute, bool>;

/// The marks of the changed orders, in their order; those of the others are set.
pub(super) fn decide(
    changes: &[Change],
    wanted: &Wanted,
    bursts: &Bursts,
    others: &mut [Other],
) -> Vec<Marks> {
    let mut marks: Vec<Marks> =
        changes.iter().map(kept).chain(others.iter().map(|other| other.before)).collect();
    let rows: Vec<(&Order, &Groups)> = changes
        .iter()
        .map(|change| (change.order(), change.groups()))
        .chain(others.iter().map(|other| (&other.order, &other.groups)))
        .collect();
    let mut set = |at: usize, mark: Marks, on: bool| {
        if let Some(slot) = marks.get_mut(at) {
            *slot = slot.with(mark, on);
        }
    };
    for (_, group) in grouped(&rows, |order, groups| {
        groups.quota.map(|key| (order.uscc, key)).filter(|key| wanted.quotas.contains_key(key))
    }) {
        let quotas: Vec<QuotaRow<'_>> = group.iter().map(|(_, order)| quota_row(order)).collect();
        for ((at, _), over) in group.iter().zip(over_quota(&quotas)) {
            set(*at, Marks::OVER_QUOTA, over);
        }
    }
    let horizon = Horizon::new(None);
    for (key, group) in grouped(&rows, |order, groups| {
        groups.waybill.map(|key| (order.uscc, key)).filter(|key| wanted.waybills.contains_key(key))
    }) {
        let (since, until) = wanted.waybills.get(&key).copied().unwrap_or((i64::MAX, i64::MIN));
        let waybills: Vec<WaybillRow<'_>> =
            group.iter().map(|(_, order)| waybill_row(order, horizon)).collect();
        // What comes next before an order decides. Read was everything from the order before `since` to the one after
        // `until`; what else is there was read for another group, without what comes before it.
        let next = waybills.iter().map(|row| row.time.0).filter(|time| *time > until).min().unwrap_or(until);
        for (((at, _), row), reused) in group.iter().zip(&waybills).zip(waybill_reused(&waybills)) {
            if (since..=next).contains(&row.time.0) {
                set(*at, Marks::WAYBILL_REUSED, reused);
            }
        }
    }
    for (at, (order, _)) in rows.iter().enumerate() {
        if let Some(burst) = bursts.get(&(order.uscc, order.ordered_at.minute())) {
            set(at, Marks::BURST, *burst);
        }
    }
    let of_others = marks.split_off(changes.len());
    for (other, after) in others.iter_mut().zip(of_others) {
        other.after = after;
    }
    marks
}

/// The marks an order keeps where its change did not move it.
fn kept(change: &Change) -> Marks {
    let Some(old) = change.replaced() else { return Marks::NONE };
    let moved = Moved::of(change);
    old.marks
        .with(Marks::OVER_QUOTA, !moved.in_quota && old.marks.has(Marks::OVER_QUOTA))
        .with(Marks::WAYBILL_REUSED, !moved.in_waybill && old.marks.has(Marks::WAYBILL_REUSED))
        .with(Marks::BURST, !moved.in_minute && old.marks.has(Marks::BURST))
}

/// The rows of each group that `key` names, with their places.
fn grouped<'a>(
    rows: &[(&'a Order, &Groups)],
    key: impl Fn(&Order, &Groups) -> Option<Group>,
) -> BTreeMap<Group, Vec<(usize, &'a Order)>> {
    let mut found: BTreeMap<Group, Vec<(usize, &Order)>> = BTreeMap::new();
    for (at, (order, groups)) in rows.iter().enumerate() {
        if let Some(key) = key(order, groups) {
            found.entry(key).or_default().push((at, order));
        }
    }
    found
}
