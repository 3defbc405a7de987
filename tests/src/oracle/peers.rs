//! What one row can only be told among others: flags among the rows of the same merchant (rulings A6, B2, B8, B10),
//! and the medians of the zone (rulings B7, B9).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::days::{add_days, in_days, in_months};
use super::facts::Order;
use super::fraction::Fraction;
use super::view::Enterprise;

#[derive(Clone, Copy, Debug, Default)]
pub struct RowFlags {
    /// The waybill number had been used shortly before (M12, T15).
    pub waybill_reused: bool,
    /// The buyer's running total of the calendar year, this row included, is above 26 000 CNY (M10).
    pub above_quota: bool,
    /// One of platform, logistics, payment is not a registered enterprise of that role (M9).
    pub unknown_partner: bool,
    /// More than 200 rows of the merchant in that minute (T16).
    pub burst: bool,
    /// The buyer uses up the quota or orders too often (T12).
    pub heavy_buyer: bool,
    /// Many buyers at one address or telephone (T13).
    pub crowded: bool,
}

/// Row numbers of the orders that share a key.
fn grouped<K: Ord>(orders: &[Order], key: impl Fn(&Order) -> Option<K>) -> BTreeMap<K, Vec<usize>> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (index, order) in orders.iter().enumerate() {
        if let Some(key) = key(order) {
            groups.entry(key).or_default().push(index);
        }
    }
    groups
}

impl RowFlags {
    pub fn of_all(
        orders: &[Order],
        enterprises: &BTreeMap<&str, Enterprise<'_>>,
        as_of: NaiveDate,
    ) -> Vec<Self> {
        let mut flags = vec![Self::default(); orders.len()];
        let lacks = |uscc: &Option<String>, role: &str| {
            uscc.as_ref().is_some_and(|uscc| {
                !enterprises.get(uscc.as_str()).is_some_and(|e| e.current.roles.iter().any(|r| r == role))
            })
        };
        for (order, flag) in orders.iter().zip(&mut flags) {
            flag.unknown_partner = lacks(&order.platform_uscc, "platform")
                || lacks(&order.logistics_uscc, "logistics")
                || lacks(&order.payment_uscc, "service");
        }
        flag_reused_waybills(orders, &mut flags);
        flag_quota(orders, &mut flags);
        flag_bursts(orders, &mut flags);
        flag_heavy_buyers(orders, as_of, &mut flags);
        flag_crowds(orders, as_of, &mut flags, |order| order.address_token.clone());
        flag_crowds(orders, as_of, &mut flags, |order| order.phone_token.clone());
        flags
    }
}

/// When a waybill was used: shipped_at, else ordered_at.
fn waybill_time(order: &Order) -> NaiveDateTime {
    order.shipped_at.unwrap_or(order.ordered_at)
}

/// Reading: "less than 6 months before" as in A7, add_months(later,−6) < earlier; an empty carrier is one carrier.
fn flag_reused_waybills(orders: &[Order], flags: &mut [RowFlags]) {
    let key = |order: &Order| {
        order.logistics_no.as_ref().map(|no| (order.uscc.clone(), order.logistics_uscc.clone(), no.clone()))
    };
    for rows in grouped(orders, key).values() {
        for later in rows {
            flags[*later].waybill_reused = rows.iter().any(|earlier| {
                let (a, b) = (&orders[*earlier], &orders[*later]);
                (waybill_time(a), &a.order_no) < (waybill_time(b), &b.order_no)
                    && in_months(waybill_time(a).date(), waybill_time(b).date(), 6)
            });
        }
    }
}

fn flag_quota(orders: &[Order], flags: &mut [RowFlags]) {
    let key = |order: &Order| {
        let buyer = order.buyer_token.clone().filter(|_| order.import)?;
        Some((order.uscc.clone(), buyer, order.ordered_at.year()))
    };
    for (_, mut rows) in grouped(orders, key) {
        rows.sort_by_key(|row| (orders[*row].ordered_at, orders[*row].order_no.clone()));
        let mut total = Fraction::whole(0);
        for row in rows {
            total = total + orders[row].amount;
            flags[row].above_quota = total > Fraction::whole(26_000);
        }
    }
}

fn flag_bursts(orders: &[Order], flags: &mut [RowFlags]) {
    let key = |order: &Order| {
        let time = order.ordered_at;
        Some((order.uscc.clone(), time.date(), time.hour(), time.minute()))
    };
    for rows in grouped(orders, key).values().filter(|rows| rows.len() > 200) {
        for row in rows {
            flags[*row].burst = true;
        }
    }
}

/// Whether some 30 consecutive days hold enough; `enough` judges the rows of such a span.
fn some_30_days(orders: &[Order], rows: &[usize], enough: impl Fn(&[usize]) -> bool) -> bool {
    let days: BTreeSet<NaiveDate> = rows.iter().map(|row| orders[*row].ordered_at.date()).collect();
    days.iter().any(|first| {
        let last = add_days(*first, 29);
        let inside = |row: &&usize| (*first..=last).contains(&orders[**row].ordered_at.date());
        enough(&rows.iter().filter(inside).copied().collect::<Vec<_>>())
    })
}

fn in_window(orders: &[Order], rows: &[usize], as_of: NaiveDate) -> Vec<usize> {
    rows.iter().copied().filter(|row| in_days(orders[*row].ordered_at.date(), as_of, 90)).collect()
}

fn flag_heavy_buyers(orders: &[Order], as_of: NaiveDate, flags: &mut [RowFlags]) {
    let key = |order: &Order| Some((order.uscc.clone(), order.buyer_token.clone().filter(|_| order.import)?));
    for rows in grouped(orders, key).values() {
        let this_year = rows.iter().filter(|row| orders[**row].ordered_at.year() == as_of.year());
        let spent: Fraction = this_year.map(|row| orders[*row].amount).sum();
        let recent = in_window(orders, rows, as_of);
        if spent >= Fraction::whole(20_800) || some_30_days(orders, &recent, |span| span.len() >= 15) {
            for row in rows {
                flags[*row].heavy_buyer = true;
            }
        }
    }
}

fn flag_crowds(
    orders: &[Order],
    as_of: NaiveDate,
    flags: &mut [RowFlags],
    place: impl Fn(&Order) -> Option<String>,
) {
    let key = |order: &Order| Some((order.uscc.clone(), place(order)?));
    for rows in grouped(orders, key).values() {
        let recent = in_window(orders, rows, as_of);
        let crowded = some_30_days(orders, &recent, |span| {
            let buyers: BTreeSet<_> =
                span.iter().filter_map(|row| orders[*row].buyer_token.as_ref()).collect();
            buyers.len() >= 5
        });
        if crowded {
            for row in rows {
                flags[*row].crowded = true;
            }
        }
    }
}

/// The lower median, element ⌊(k−1)/2⌋ of the sorted.
pub fn lower_median(mut values: Vec<Fraction>) -> Fraction {
    values.sort();
    values[(values.len() - 1) / 2]
}

pub type Cell = (String, String);
pub type PriceGroup = (String, String, bool);

/// Medians over all merchants of the zone; cells and groups that are too small are absent.
pub struct Peers {
    /// Return rate by (first two digits of the HS code, mode), 365 days.
    pub return_rates: HashMap<Cell, Fraction>,
    /// Price by (HS code, country, import), 90 days.
    pub prices: HashMap<PriceGroup, Fraction>,
}

pub fn cell(order: &Order) -> Option<Cell> {
    let chapter: String = order.hs_code.as_ref()?.chars().take(2).collect();
    (chapter.len() == 2).then(|| (chapter, order.mode.clone()))
}

pub fn price_line(order: &Order) -> Option<(PriceGroup, Fraction)> {
    let quantity = order.quantity.filter(|q| *q > Fraction::whole(0))?;
    let group = (order.hs_code.clone()?, order.country.clone()?, order.import);
    Some((group, order.amount.over(quantity)))
}

impl Peers {
    pub fn new(orders: &[Order], as_of: NaiveDate) -> Self {
        let recent = |order: &&Order, days| in_days(order.ordered_at.date(), as_of, days);
        let mut rates: HashMap<Cell, HashMap<&str, (i128, i128)>> = HashMap::new();
        for order in orders.iter().filter(|order| recent(order, 365)) {
            if let Some(cell) = cell(order) {
                let merchant = rates.entry(cell).or_default().entry(&order.uscc).or_default();
                merchant.0 += i128::from(order.returned_at.is_some());
                merchant.1 += 1;
            }
        }
        let mut return_rates = HashMap::new();
        for (cell, merchants) in rates {
            let large = merchants.values().filter(|(_, rows)| *rows >= 30);
            let rates: Vec<Fraction> =
                large.map(|(returned, rows)| Fraction::new(*returned, *rows)).collect();
            if rates.len() >= 5 {
                return_rates.insert(cell, lower_median(rates));
            }
        }
        let mut lines: HashMap<PriceGroup, (Vec<Fraction>, BTreeSet<&str>)> = HashMap::new();
        for order in orders.iter().filter(|order| recent(order, 90)) {
            if let Some((group, price)) = price_line(order) {
                let entry = lines.entry(group).or_default();
                entry.0.push(price);
                entry.1.insert(&order.uscc);
            }
        }
        let prices = lines
            .into_iter()
            .filter(|(_, (prices, merchants))| prices.len() >= 10 && merchants.len() >= 3)
            .map(|(group, (prices, _))| (group, lower_median(prices)))
            .collect();
        Self { return_rates, prices }
    }
}
