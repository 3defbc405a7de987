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
