//! What must be seen row by row inside the 90 days of one merchant: quota use (T12), address and phone
//! clusters (T13) and prices (T14). Rulings B8, B9 and G.
//!
//! The answers are one [`WindowCounts`] per row, so that each row can be counted in every population it
//! belongs to, and left out where its event is counted elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use crate::dates::{day_number, from_day_number};
use crate::records::{Direction, Order};
use crate::trade::counters::counters;
use crate::trade::key::Parties;
use crate::trade::prices::{self, Group, Price, PriceBook, deviates};
use crate::trade::view::{day_of, filled};

/// The window of T12 to T14, in days by `ordered_at`.
pub const WINDOW_DAYS: i32 = 90;
/// Length of the sliding stretch inside the window, in consecutive calendar days.
pub const STRETCH_DAYS: i32 = 30;
/// Import rows of one buyer in a stretch that flag it.
pub const STRETCH_ROWS: usize = 15;
/// Distinct buyers at one address or phone in a stretch that flag it.
pub const STRETCH_BUYERS: usize = 5;
/// 80 % of the yearly quota of 26 000 元, in 分.
pub const QUOTA_ALERT: i128 = 2_080_000;

counters! {
    /// What one row of the window adds to the populations it is in.
    WindowCounts {
        /// T12: an import row of a flagged buyer token.
        quota_flagged,
        /// T13: with an address or phone token, and of a flagged one.
        addressed,
        clustered,
        /// T14: a line of a group that has a median, and off by more than a factor of three.
        priced,
        price_off,
    }
}

/// What the window reads of a row.
#[derive(Debug, Clone, Copy)]
pub struct WindowRow<'a> {
    pub parties: Parties,
    /// Days since 1970-01-01, Shanghai, of `ordered_at`.
    pub day: i32,
    pub direction: Direction,
    pub buyer: Option<&'a str>,
    pub address: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub line: Option<(Group<'a>, Price)>,
}

impl<'a> From<&'a Order> for WindowRow<'a> {
    fn from(order: &'a Order) -> Self {
        Self {
            parties: Parties::of(order),
            day: day_of(order.ordered_at),
            direction: order.direction,
            buyer: filled(order.buyer_token.as_ref()),
            address: filled(order.address_token.as_ref()),
            phone: filled(order.phone_token.as_ref()),
            line: prices::line(order),
        }
    }
}

/// Whether a row of that day lies in the window of D.
#[must_use]
pub fn in_window(day: i32, as_of: NaiveDate) -> bool {
    let last = day_number(as_of);
    day <= last && last - day < WINDOW_DAYS
}

/// Σ amount (分) of each buyer token's import rows in D's calendar year up to D, of one merchant.
#[must_use]
pub fn year_sums<'a>(
    orders: impl IntoIterator<Item = &'a Order>,
    as_of: NaiveDate,
) -> BTreeMap<&'a str, i128> {
    let last = day_number(as_of);
    let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
    for order in orders {
        let day = day_of(order.ordered_at);
        let counts = order.direction == Direction::Import
            && day <= last
            && from_day_number(day).year() == as_of.year();
        if let Some(buyer) = filled(order.buyer_token.as_ref()).filter(|_| counts) {
            *sums.entry(buyer).or_default() += i128::from(order.amount.0);
        }
    }
    sums
}

/// What the window of one merchant rests on besides its rows.
#[derive(Debug)]
pub struct WindowInputs<'a> {
    /// See [`year_sums`].
    pub year_sums: &'a BTreeMap<&'a str, i128>,
    pub prices: &'a PriceBook,
    /// Address and phone tokens of parcel lockers (rule pack; empty by default): never flagged.
    pub lockers: &'a BTreeSet<String>,
}

/// One answer per row, in the order given. All rows are of one merchant and lie in the window of D
/// ([`in_window`]), and none of its rows there is missing.
#[must_use]
pub fn window_rows(rows: &[WindowRow<'_>], inputs: &WindowInputs<'_>) -> Vec<WindowCounts> {
    let buyers = flagged_buyers(rows, inputs.year_sums);
    let addresses = clusters(rows, |row| row.address, inputs.lockers);
    let phones = clusters(rows, |row| row.phone, inputs.lockers);
    rows.iter()
        .map(|row| {
            let price = row.line.and_then(|(group, price)| Some((price, inputs.prices.median(group)?)));
            let clustered = row.address.is_some_and(|token| addresses.contains(token))
                || row.phone.is_some_and(|token| phones.contains(token));
            WindowCounts {
                quota_flagged: i64::from(
                    row.direction == Direction::Import
                        && row.buyer.is_some_and(|token| buyers.contains(token)),
                ),
                addressed: i64::from(row.address.is_some() || row.phone.is_some()),
                clustered: i64::from(clustered),
                priced: i64::from(price.is_some()),
                price_off: i64::from(price.is_some_and(|(price, median)| deviates(price, median))),
            }
        })
        .collect()
}

/// T12: tokens whose year reaches the alert, or with fifteen import rows within thirty days.
fn flagged_buyers<'a>(rows: &[WindowRow<'a>], year_sums: &BTreeMap<&str, i128>) -> BTreeSet<&'a str> {
    let mut days: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.direction == Direction::Import) {
        if let Some(buyer) = row.buyer {
            days.entry(buyer).or_default().push(row.day);
        }
    }
    days.into_iter()
        .filter_map(|(buyer, mut days)| {
            days.sort_unstable();
            let used_up = year_sums.get(buyer).is_some_and(|sum| *sum >= QUOTA_ALERT);
            (used_up || dense(&days)).then_some(buyer)
        })
        .collect()
}

/// Whether some stretch holds [`STRETCH_ROWS`] of the sorted days: the first and last of as many neighbours
/// then lie less than [`STRETCH_DAYS`] apart.
fn dense(sorted: &[i32]) -> bool {
    let lasts = sorted.iter().skip(STRETCH_ROWS - 1);
    sorted.iter().zip(lasts).any(|(first, last)| last - first < STRETCH_DAYS)
}

/// T13: tokens at which some stretch holds [`STRETCH_BUYERS`] distinct buyers.
fn clusters<'a>(
    rows: &[WindowRow<'a>],
    token: impl Fn(&WindowRow<'a>) -> Option<&'a str>,
    lockers: &BTreeSet<String>,
) -> BTreeSet<&'a str> {
    let mut visits: BTreeMap<&str, Vec<(i32, &str)>> = BTreeMap::new();
    for row in rows {
        if let Some((place, buyer)) = token(row).zip(row.buyer)
            && !lockers.contains(place)
        {
            visits.entry(place).or_default().push((row.day, buyer));
        }
    }
    visits
        .into_iter()
        .filter_map(|(place, mut visits)| {
            visits.sort_unstable();
            crowded(&visits).then_some(place)
        })
        .collect()
}

/// Slides a stretch over the sorted visits, keeping how often each buyer is inside it.
fn crowded(sorted: &[(i32, &str)]) -> bool {
    let mut inside: BTreeMap<&str, usize> = BTreeMap::new();
    let mut leaving = sorted.iter().peekable();
    for (day, buyer) in sorted {
        *inside.entry(buyer).or_default() += 1;
        while let Some((_, gone)) = leaving.next_if(|(first, _)| day - first >= STRETCH_DAYS) {
            if let Some(times) = inside.get_mut(gone) {
                *times -= 1;
                if *times == 0 {
                    inside.remove(gone);
                }
            }
        }
        if inside.len() >= STRETCH_BUYERS {
            return true;
        }
    }
    false
}
