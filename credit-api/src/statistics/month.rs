//! A calendar month of Asia/Shanghai.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use credit_core::dates::day_number;

use crate::store::packs::Days;

const MONTHS_PER_YEAR: i32 = 12;

/// `12 * year + month - 1`, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

impl Month {
    #[must_use]
    pub fn of(date: NaiveDate) -> Self {
        Self(date.year() * MONTHS_PER_YEAR + i32::try_from(date.month0()).unwrap_or(0))
    }

    /// The month `YYYY-MM`; nothing for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let (year, month) = text.split_once('-').filter(|_| is_plain)?;
        if year.len() != 4 || month.len() != 2 {
            return None;
        }
        NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1).map(Self::of)
    }

    #[must_use]
    pub fn before(self, months: i32) -> Self {
        Self(self.0.saturating_sub(months))
    }

    /// Its first and last day.
    #[must_use]
    pub fn days(self) -> Days {
        Days { first: day_number(self.first()), last: day_number(Self(self.0.saturating_add(1)).first()) - 1 }
    }

    fn first(self) -> NaiveDate {
        let month = u32::try_from(self.0.rem_euclid(MONTHS_PER_YEAR)).unwrap_or(0) + 1;
        NaiveDate::from_ymd_opt(self.0.div_euclid(MONTHS_PER_YEAR), month, 1).unwrap_or(NaiveDate::MIN)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.0.div_euclid(MONTHS_PER_YEAR), self.0.rem_euclid(MONTHS_PER_YEAR) + 1);
        write!(f, "{year:04}-{month:02}")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use credit_core::dates::from_day_number;

    use super::*;

    #[test]
    fn a_month_is_written_and_read() {
        for text in ["2026-01", "2026-12", "2024-02"] {
            assert_eq!(Month::parse(text).unwrap().to_string(), text);
        }
        for text in ["2026-13", "2026-00", "2026-1", "26-01", "2026-+1", "", "2026-01-01", "+026-01"] {
            assert_eq!(Month::parse(text), None, "{text}");
        }
        let days = Month::parse("2024-02").unwrap().days();
        let day = |day| from_day_number(day).to_string();
        assert_eq!((day(days.first), day(days.last)), ("2024-02-01".to_owned(), "2024-02-29".to_owned()));
        assert_eq!(Month::parse("2026-01").unwrap().before(1).to_string(), "2025-12");
    }
}
