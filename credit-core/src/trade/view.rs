//! Ruling A7: what of a row exists at D.
//!
//! Times are turned into Shanghai day numbers once; a time dated after D reads as empty. The payment's amount
//! is hidden with its time, for an amount paid after D is a fact dated after D.

use chrono::NaiveDate;

use crate::dates::{Moment, SHANGHAI_OFFSET_MS, day_number};
use crate::records::Order;

const DAY_MS: i64 = 86_400_000;

/// The Shanghai calendar day of an instant, as days since 1970-01-01.
#[must_use]
pub fn day_of(moment: Moment) -> i32 {
    let day = moment.0.saturating_add(SHANGHAI_OFFSET_MS).div_euclid(DAY_MS);
    i32::try_from(day).unwrap_or(i32::MAX)
}

/// The last day whose facts exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon(i32);

impl Horizon {
    /// `None` is full knowledge: nothing is hidden.
    #[must_use]
    pub fn new(as_of: Option<NaiveDate>) -> Self {
        Self(as_of.map_or(i32::MAX, day_number))
    }

    /// Whether a fact of that day exists.
    #[must_use]
    pub fn shows_day(self, day: i32) -> bool {
        day <= self.0
    }

    /// The time, or `None` when it lies after the horizon.
    #[must_use]
    pub fn time(self, time: Option<Moment>) -> Option<Moment> {
        time.filter(|moment| self.shows_day(day_of(*moment)))
    }

    /// Whether the order exists at all.
    #[must_use]
    pub fn shows(self, order: &Order) -> bool {
        self.shows_day(day_of(order.ordered_at))
    }
}

/// A text cell that says something.
pub(crate) fn filled(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}
