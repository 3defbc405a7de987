//! S3, transactions (part B of the rulings, A9, A10, part G).

use std::collections::BTreeMap;

use super::days::{in_days, last_complete_month, month_index};
use super::facts::Order;
use super::fraction::Fraction;
use super::grade::Finding;
use super::peers::{RowFlags, cell, price_line};
use super::view::View;

/// The rows of one enterprise's population.
struct Rows<'a> {
    view: &'a View<'a>,
    rows: Vec<(&'a Order, &'a RowFlags)>,
}

pub fn findings(view: &View<'_>, uscc: &str) -> Vec<(&'static str, Finding)> {
    let population = view.population(uscc);
    let rows = Rows {
        view,
        rows: population.iter().map(|index| (&view.orders[*index], &view.order_flags[*index])).collect(),
    };
    vec![
        ("T01", rows.t01()),
        ("T02", rows.t02()),
        ("T03", rows.t03()),
        ("T04", rows.t04()),
        ("T05", rows.t05()),
        ("T06", rows.t06()),
        ("T07", rows.t07()),
        ("T09", rows.t09()),
        ("T10", rows.t10()),
        ("T11", rows.t11()),
        ("T12", rows.t12()),
        ("T13", rows.t13()),
        ("T14", rows.t14()),
        ("T15", rows.t15()),
        ("T16", rows.t16()),
    ]
}

/// M1–M12 as far as a flattened row carries them (ruling B2).
fn passes(order: &Order, flags: &RowFlags) -> bool {
    if order.told.is_some_and(|told| told.goods_differ) {
        return false;
    }
    if order.logistics_no.is_none() || flags.unknown_partner || flags.waybill_reused {
        return false;
    }
    if !order.import {
        return match (order.paid_at, order.paid_amount) {
            (Some(_), Some(paid)) => (paid - order.amount).abs() * Fraction::whole(20) <= order.amount,
            _ => true,
        };
    }
    let (Some(paid_at), Some(paid)) = (order.paid_at, order.paid_amount) else {
        return false;
    };
    // Reading: without a quantity the rule's input is absent, and it passes.
    let single = order.amount <= Fraction::whole(5000)
        || order.quantity.is_none_or(|pieces| pieces == Fraction::whole(1));
    (paid - order.amount).abs() <= Fraction::new(1, 100)
        && order.payer_matches_buyer != Some(false)
        && order.consignee_matches != Some(false)
        && single
        && !flags.above_quota
        && order.ordered_at <= paid_at
        && order.shipped_at.is_none_or(|shipped_at| order.ordered_at <= shipped_at)
}

/// Deviation of what was paid from what was due; `None` when nothing was due.
fn deviation(due: Fraction, paid: Fraction) -> Option<Fraction> {
    (due > Fraction::whole(0)).then(|| (due - paid).abs().over(due))
}

impl<'a> Rows<'a> {
    fn ordered_within(&self, days: i64) -> impl Iterator<Item = &(&'a Order, &'a RowFlags)> {
        self.rows.iter().filter(move |(order, _)| in_days(order.ordered_at.date(), self.view.as_of, days))
    }

    fn t01(&self) -> Finding {
        let released: Vec<_> =
            self.ordered_within(90).filter(|(o, _)| matches!(o.customs_status, Some(800 | 899))).collect();
        let passed = released.iter().filter(|(order, flags)| passes(order, flags)).count();
        Finding::share("T01", passed, released.len(), released.len())
    }

    fn t02(&self) -> Finding {
        let statuses: Vec<i64> =
            self.ordered_within(90).filter_map(|(order, _)| order.customs_status).collect();
        let returned = statuses.iter().filter(|status| **status == 100 || **status < 0).count();
        Finding::share("T02", returned, statuses.len(), statuses.len())
    }

    fn t03(&self) -> Finding {
        let documented: Vec<_> = self
            .ordered_within(90)
            .filter(|(order, _)| order.amended.is_some() || order.cancelled_at.is_some())
            .collect();
        let amended =
            documented.iter().filter(|(o, _)| o.amended == Some(true) || o.cancelled_at.is_some()).count();
        if documented.is_empty() {
            return Finding::not_applicable();
        }
        Finding::share("T03", amended, documented.len(), documented.len())
    }

    fn t04(&self) -> Finding {
        let held = |order: &Order| {
            matches!(order.customs_status, Some(501 | 502 | 503 | 599 | 700)) || order.held_at.is_some()
        };
        let decided = |order: &Order| held(order) || matches!(order.customs_status, Some(500 | 800 | 899));
        let all: Vec<_> = self.ordered_within(365).filter(|(order, _)| decided(order)).collect();
        Finding::share("T04", all.iter().filter(|(order, _)| held(order)).count(), all.len(), all.len())
    }

    /// Import rows of 90 days, or `None` when there is none in 365 (ruling A9).
    fn recent_imports(&self) -> Option<Vec<&(&'a Order, &'a RowFlags)>> {
        self.ordered_within(365).find(|(order, _)| order.import)?;
        Some(self.ordered_within(90).filter(|(order, _)| order.import).collect())
    }

    /// Reading: the sample that is compared with the minimum is all import rows of 90 days, as A9 says, not only
    /// those whose answer is known.
    fn t05(&self) -> Finding {
        let Some(imports) = self.recent_imports() else {
            return Finding::not_applicable();
        };
        let answers: Vec<bool> = imports.iter().filter_map(|(order, _)| order.payer_matches_buyer).collect();
        let matching = answers.iter().filter(|matches| **matches).count();
        Finding::share("T05", matching, answers.len(), imports.len())
    }

    fn t06(&self) -> Finding {
        let zero = Fraction::whole(0);
        let (mut import, mut export) = ((0, zero, zero), (0, zero, zero));
        for (order, _) in self.ordered_within(365) {
            let ordered = order.ordered_at.date();
            let paid = order.paid_amount.unwrap_or(zero);
            let days_after = |date: chrono::NaiveDate| (date - ordered).num_days();
            let side = if order.import { &mut import } else { &mut export };
            let paid = match order.paid_at {
                _ if order.import => paid,
                None if days_after(self.view.as_of) < 180 => continue,
                Some(paid_at) if days_after(paid_at.date()) > 180 => zero,
                _ => paid,
            };
            *side = (side.0 + 1, side.1 + order.amount, side.2 + paid);
        }
        let sides = [import, export].into_iter().filter(|(rows, _, _)| *rows >= 30);
        sides
            .filter_map(|(_, due, paid)| deviation(due, paid))
            .max()
            .map_or_else(Finding::insufficient, Finding::number)
    }

    fn t07(&self) -> Finding {
        let as_of = self.view.as_of;
        let (mut good, mut all) = (0, 0);
        for (order, _) in &self.rows {
            let Some(shipped) = order.shipped_at.map(|time| time.date()) else { continue };
            let delivered = order.delivered_at.map(|time| time.date());
            if !in_days(shipped, as_of, 90) || (delivered.is_none() && (as_of - shipped).num_days() < 45) {
                continue;
            }
            all += 1;
            good += usize::from(delivered.is_some_and(|day| (day - shipped).num_days() <= 45));
        }
        Finding::share("T07", good, all, all)
    }

    fn t09(&self) -> Finding {
        let mut cells: BTreeMap<_, (usize, i128)> = BTreeMap::new();
        for (order, _) in self.ordered_within(365) {
            if let Some(cell) = cell(order).filter(|cell| self.view.peers.return_rates.contains_key(cell)) {
                let entry = cells.entry(cell).or_default();
                entry.0 += usize::from(order.returned_at.is_some());
                entry.1 += 1;
            }
        }
        let rows: i128 = cells.values().map(|(_, rows)| *rows).sum();
        let returned: usize = cells.values().map(|(returned, _)| *returned).sum();
        let n = usize::try_from(rows).unwrap();
        if n < 100 {
            return Finding::insufficient().with_n(n);
        }
        let expected: Fraction = cells
            .iter()
            .map(|(cell, (_, rows))| Fraction::whole(*rows) * self.view.peers.return_rates[cell])
            .sum();
        if expected > Fraction::whole(0) {
            let returned = Fraction::whole(returned.try_into().unwrap());
            return Finding::number(returned.over(expected)).with_n(n);
        }
        match returned {
            0 => Finding::count(0).with_n(n),
            _ => Finding::word("no_peer_returns").with_bp(0).with_n(n),
        }
    }

    fn by_month(&self) -> BTreeMap<i32, Fraction> {
        let mut months = BTreeMap::new();
        for (order, _) in &self.rows {
            let sum = months.entry(month_index(order.ordered_at.date())).or_insert(Fraction::whole(0));
            *sum = *sum + order.amount;
        }
        months
    }

    fn t10(&self) -> Finding {
        let last = last_complete_month(self.view.as_of);
        let months = self.by_month();
        Finding::count((last - 11..=last).filter(|month| months.contains_key(month)).count())
    }

    /// The value is z squared (no square root, ruling B5).
    fn t11(&self) -> Finding {
        let last = last_complete_month(self.view.as_of);
        let logs: BTreeMap<i32, f64> = self
            .by_month()
            .into_iter()
            .filter(|(_, sum)| *sum > Fraction::whole(0))
            .map(|(month, sum)| (month, (sum.num as f64 / sum.den as f64).ln()))
            .collect();
        let mut worst: Option<f64> = None;
        for month in last - 11..=last {
            let baseline: Vec<f64> = logs.range(month - 12..month).map(|(_, x)| *x).collect();
            let Some(x) = logs.get(&month).filter(|_| baseline.len() >= 6) else { continue };
            let k = baseline.len() as f64;
            let mean = baseline.iter().sum::<f64>() / k;
            let variance = baseline.iter().map(|b| (b - mean).powi(2)).sum::<f64>() / k;
            let squared = (x - mean).powi(2) / variance.max(0.01);
            worst = Some(worst.unwrap_or(0.0).max(squared));
        }
        worst.map_or_else(Finding::insufficient, Finding::near)
    }

    fn t12(&self) -> Finding {
        let Some(imports) = self.recent_imports() else {
            return Finding::not_applicable();
        };
        let heavy = imports.iter().filter(|(_, flags)| flags.heavy_buyer).count();
        Finding::share("T12", heavy, imports.len(), imports.len())
    }

    /// Reading: with the telephone column, a row with either token is in the whole.
    fn t13(&self) -> Finding {
        let placed: Vec<_> = self
            .ordered_within(90)
            .filter(|(order, _)| order.address_token.is_some() || order.phone_token.is_some())
            .collect();
        let crowded = placed.iter().filter(|(_, flags)| flags.crowded).count();
        Finding::share("T13", crowded, placed.len(), placed.len())
    }

    fn t14(&self) -> Finding {
        let three = Fraction::whole(3);
        let (mut far, mut lines) = (0, 0);
        for (order, _) in self.ordered_within(90) {
            let Some((group, price)) = price_line(order) else { continue };
            let Some(median) = self.view.peers.prices.get(&group) else { continue };
            lines += 1;
            far += usize::from(price > three * *median || three * price < *median);
        }
        Finding::share("T14", far, lines, lines)
    }

    fn t15(&self) -> Finding {
        let waybills: Vec<_> = self.ordered_within(90).filter(|(o, _)| o.logistics_no.is_some()).collect();
        let weighs_otherwise = |order: &Order| order.told.is_some_and(|told| told.weight_differs);
        let abnormal =
            waybills.iter().filter(|(order, flags)| flags.waybill_reused || weighs_otherwise(order)).count();
        Finding::share("T15", abnormal, waybills.len(), waybills.len())
    }

    fn t16(&self) -> Finding {
        let all: Vec<_> = self.ordered_within(90).collect();
        let abnormal = |order: &Order, flags: &RowFlags| {
            let paid_early = order.paid_at.is_some_and(|paid_at| paid_at < order.ordered_at);
            let shipped_unpaid = order.import
                && order
                    .shipped_at
                    .zip(order.paid_at)
                    .is_some_and(|(shipped_at, paid_at)| shipped_at < paid_at);
            paid_early || shipped_unpaid || flags.burst
        };
        let count = all.iter().filter(|(order, flags)| abnormal(order, flags)).count();
        Finding::share("T16", count, all.len(), all.len())
    }
}
