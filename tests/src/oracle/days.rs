//! Windows and months as ruling A7 counts them.

use chrono::{Datelike, Days, Months, NaiveDate};

/// The same day `months` later (earlier when negative), clamped to the month's last day.
pub fn add_months(date: NaiveDate, months: i32) -> NaiveDate {
    let span = Months::new(months.unsigned_abs());
    if months < 0 { date - span } else { date + span }
}

pub fn add_days(date: NaiveDate, days: i64) -> NaiveDate {
    let span = Days::new(days.unsigned_abs());
    if days < 0 { date - span } else { date + span }
}

/// D−n < date ≤ D.
pub fn in_days(date: NaiveDate, as_of: NaiveDate, days: i64) -> bool {
    add_days(as_of, -days) < date && date <= as_of
}

/// add_months(D,−n) < date ≤ D.
pub fn in_months(date: NaiveDate, as_of: NaiveDate, months: i32) -> bool {
    add_months(as_of, -months) < date && date <= as_of
}

/// The largest k with add_months(date, k) ≤ D; below zero when the date lies after D.
pub fn months_since(date: NaiveDate, as_of: NaiveDate) -> i32 {
    let mut k = month_index(as_of) - month_index(date);
    while add_months(date, k) > as_of {
        k -= 1;
    }
    while add_months(date, k + 1) <= as_of {
        k += 1;
    }
    k
}

/// Months since year 0, so that calendar months can be counted.
pub fn month_index(date: NaiveDate) -> i32 {
    date.year() * 12 + i32::try_from(date.month0()).unwrap()
}

/// The last month that is complete on D: D's own only when D is its last day (ruling B5).
pub fn last_complete_month(as_of: NaiveDate) -> i32 {
    if add_days(as_of, 1).day() == 1 { month_index(as_of) } else { month_index(as_of) - 1 }
}
