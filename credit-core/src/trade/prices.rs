//! T14 (B9): unit prices against the zone's median of the same goods, country and direction.
//!
//! A price is the exact fraction amount ÷ quantity and is never divided out.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::dates::within_days;
use crate::records::{Direction, Order};
use crate::trade::view::filled;
use crate::uscc::Uscc;

/// A group with fewer lines than this has no median.
pub const MIN_LINES: usize = 10;
/// A group of fewer merchants than this has no median.
pub const MIN_MERCHANTS: usize = 3;
/// The window of T14, in days by `ordered_at`.
pub const PRICE_DAYS: i64 = 90;
/// A price off by more than this factor deviates.
const FACTOR: u128 = 3;

/// A unit price: 分 over millionths of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    amount: u64,
    /// Never zero.
    quantity: u64,
}

impl Price {
    /// The price of a line; `None` when the quantity is not positive or the amount negative.
    #[must_use]
    pub fn new(amount: i64, quantity_e6: i64) -> Option<Self> {
        let quantity = u64::try_from(quantity_e6).ok().filter(|quantity| *quantity > 0)?;
        Some(Self { amount: u64::try_from(amount).ok()?, quantity })
    }

    /// Both amounts over the common quantity; each is below 2^126, so three times it still fits.
    fn against(self, other: Self) -> (u128, u128) {
        (
            u128::from(self.amount) * u128::from(other.quantity),
            u128::from(other.amount) * u128::from(self.quantity),
        )
    }

    /// By value; equal values count as equal whatever fraction they are written as.
    #[must_use]
    pub fn compare(self, other: Self) -> Ordering {
        let (own, theirs) = self.against(other);
        own.cmp(&theirs)
    }
}

/// Whether `price` is more than three times the median or less than a third of it (A13).
#[must_use]
pub fn deviates(price: Price, median: Price) -> bool {
    let (own, reference) = price.against(median);
    own > FACTOR * reference || FACTOR * own < reference
}

/// Goods, country and direction: lines of one group are compared.
pub type Group<'a> = (&'a str, &'a str, Direction);

/// The group and price of a row; `None` when the row is no line (B9).
#[must_use]
pub fn line(order: &Order) -> Option<(Group<'_>, Price)> {
    let hs_code = filled(order.hs_code.as_ref())?;
    let country = filled(order.country.as_ref())?;
    let price = Price::new(order.amount.0, order.quantity_e6?)?;
    Some(((hs_code, country, order.direction), price))
}

/// Collects the zone's lines of one D; holds one price per line, since a median needs them all.
#[derive(Debug, Default)]
pub struct PriceCollector {
    groups: Codes<Lines>,
}

/// Groups by code, then country, then direction: text is looked up without being copied.
type Codes<T> = BTreeMap<String, BTreeMap<String, BTreeMap<Direction, T>>>;

#[derive(Debug, Default)]
struct Lines {
    prices: Vec<Price>,
    /// Distinct merchants, no more than are needed to know there are enough.
    merchants: Vec<Uscc>,
}

impl PriceCollector {
    /// Adds a line that lies in the window.
    pub fn add(&mut self, merchant: Uscc, group: Group<'_>, price: Price) {
        let lines = slot(&mut self.groups, group);
        lines.prices.push(price);
        if lines.merchants.len() < MIN_MERCHANTS && !lines.merchants.contains(&merchant) {
            lines.merchants.push(merchant);
        }
    }

    /// Adds a row if it is a line inside the window of D.
    pub fn add_order(&mut self, order: &Order, as_of: NaiveDate) {
        if !within_days(order.ordered_at.shanghai_date(), as_of, PRICE_DAYS) {
            return;
        }
        if let Some((group, price)) = line(order) {
            self.add(order.uscc, group, price);
        }
    }

    /// The medians of the groups that are large enough.
    #[must_use]
    pub fn finish(self) -> PriceBook {
        let mut book = PriceBook::default();
        for (hs_code, countries) in self.groups {
            for (country, directions) in countries {
                for (direction, lines) in directions {
                    if let Some(median) = lines.median() {
                        book.insert((&hs_code, &country, direction), median);
                    }
                }
            }
        }
        book
    }
}

impl Lines {
    /// The lower median, element ⌊(n−1)/2⌋ of the sorted prices.
    fn median(mut self) -> Option<Price> {
        let count = self.prices.len();
        if count < MIN_LINES || self.merchants.len() < MIN_MERCHANTS {
            return None;
        }
        let (_, median, _) = self.prices.select_nth_unstable_by((count - 1) / 2, |a, b| a.compare(*b));
        Some(*median)
    }
}

/// The zone's median prices of one D.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceBook {
    medians: Codes<Option<Price>>,
}

impl PriceBook {
    /// Sets a group's median, for a book that was stored.
    pub fn insert(&mut self, group: Group<'_>, median: Price) {
        *slot(&mut self.medians, group) = Some(median);
    }

    /// The median of a group, or `None` when the group is left out.
    #[must_use]
    pub fn median(&self, group: Group<'_>) -> Option<Price> {
        self.medians.get(group.0)?.get(group.1)?.get(&group.2).copied()?
    }
}

fn slot<'a, T: Default>(codes: &'a mut Codes<T>, group: Group<'_>) -> &'a mut T {
    codes
        .entry(group.0.to_owned())
        .or_default()
        .entry(group.1.to_owned())
        .or_default()
        .entry(group.2)
        .or_default()
}
