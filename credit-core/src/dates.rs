//! Calendar arithmetic of the scorecard: months, windows and the Shanghai date of an instant.
//!
//! The rules are those of `Civil Code` art. 201–203 as the scorecard applies them: a time becomes its
//! Asia/Shanghai date first, and adding months clamps to the month's last day.

use chrono::{DateTime, Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// Asia/Shanghai is UTC+8 all year since 1991; no source carries an older time.
pub const SHANGHAI_OFFSET_MS: i64 = 8 * 3_600_000;

/// An instant in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// The calendar date in Asia/Shanghai.
    #[must_use]
    pub fn shanghai_date(self) -> NaiveDate {
        DateTime::from_timestamp_millis(self.0.saturating_add(SHANGHAI_OFFSET_MS))
            .map_or(NaiveDate::MAX, |t| t.date_naive())
    }

    /// The calendar minute since the epoch; the offset is whole hours, so UTC minutes are Shanghai minutes.
    #[must_use]
    pub fn minute(self) -> i64 {
        self.0.div_euclid(60_000)
    }
}

/// `date` moved by `months` (may be negative), clamped to the last day of the target month.
#[must_use]
pub fn add_months(date: NaiveDate, months: i32) -> NaiveDate {
    let step = Months::new(months.unsigned_abs());
    let moved = if months >= 0 { date.checked_add_months(step) } else { date.checked_sub_months(step) };
    moved.unwrap_or(if months >= 0 { NaiveDate::MAX } else { NaiveDate::MIN })
}

/// The largest `k` with `add_months(since, k) <= until`; negative when `since` lies after `until`.
#[must_use]
pub fn months_since(since: NaiveDate, until: NaiveDate) -> i32 {
    let rough = (until.year() - since.year()) * 12 + i32::try_from(until.month()).unwrap_or(0)
        - i32::try_from(since.month()).unwrap_or(0);
    if add_months(since, rough) <= until { rough } else { rough - 1 }
}

/// Days since 1970-01-01, the form in which dates are stored and bucketed.
#[must_use]
pub fn day_number(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - 719_163
}

/// The date of a day number; out-of-range numbers clamp.
#[must_use]
pub fn from_day_number(day: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(day.saturating_add(719_163)).unwrap_or(NaiveDate::MAX)
}

/// `n days: D - n < date <= D`.
#[must_use]
pub fn within_days(date: NaiveDate, as_of: NaiveDate, days: i64) -> bool {
    date <= as_of && (as_of - date).num_days() < days
}

/// `n months: add_months(D, -n) < date <= D`.
#[must_use]
pub fn within_months(date: NaiveDate, as_of: NaiveDate, months: i32) -> bool {
    date <= as_of && add_months(as_of, -months) < date
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_becomes_its_shanghai_date() {
        // 2026-11-22T15:59:59.999Z and one millisecond later.
        assert_eq!(Moment(1_795_363_199_999).shanghai_date(), day("2026-11-22"));
        assert_eq!(Moment(1_795_363_200_000).shanghai_date(), day("2026-11-23"));
        assert_eq!(Moment(-1).shanghai_date(), day("1970-01-01"));
        assert_eq!(Moment(i64::MAX).shanghai_date(), NaiveDate::MAX);
        assert_eq!(Moment(-1).minute(), -1);
        assert_eq!(Moment(60_000).minute(), 1);
    }

    #[test]
    fn months_end_on_the_day_or_the_month_s_last() {
        assert_eq!(add_months(day("2026-01-31"), 1), day("2026-02-28"));
        assert_eq!(add_months(day("2024-01-31"), 1), day("2024-02-29"));
        assert_eq!(add_months(day("2024-02-29"), 12), day("2025-02-28"));
        assert_eq!(add_months(day("2026-03-31"), -1), day("2026-02-28"));
        assert_eq!(months_since(day("2026-01-31"), day("2026-02-27")), 0);
        assert_eq!(months_since(day("2026-01-31"), day("2026-02-28")), 1);
        assert_eq!(months_since(day("2026-03-01"), day("2026-02-28")), -1);
    }

    #[test]
    fn windows_leave_out_the_first_day_and_keep_the_last() {
        let today = day("2026-11-23");
        assert!(within_days(today, today, 1));
        assert!(!within_days(day("2026-11-22"), today, 1));
        assert!(!within_days(day("2026-11-24"), today, 365));
        assert!(within_months(day("2026-10-24"), today, 1));
        assert!(!within_months(day("2026-10-23"), today, 1));
        assert!(!within_months(day("2026-11-24"), today, 1));
    }

    proptest! {
        #[test]
        fn day_numbers_go_both_ways(number in -100_000i32..100_000) {
            prop_assert_eq!(day_number(from_day_number(number)), number);
        }

        #[test]
        fn months_since_is_the_largest_that_fits(since in 0i32..40_000, until in 0i32..40_000) {
            let (since, until) = (from_day_number(since), from_day_number(until));
            let months = months_since(since, until);
            prop_assert!(add_months(since, months) <= until);
            prop_assert!(add_months(since, months + 1) > until);
        }
    }
}
