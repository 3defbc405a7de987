//! The clock: what is due, in working days, over a strip of the calendar with its holidays and swapped weekends.

use chrono::{Datelike, NaiveDate};
use credit_core::calendar::WorkingDays;

/// Longest term that is drawn, days; a longer one is said in words only.
const DAYS_DRAWN_MAX: i64 = 62;
/// Width of a day in the drawing.
pub const DAY_WIDTH: i64 = 18;
/// Narrower than this, the first day has no label of its own.
const LABELS_WIDTH_MIN: i64 = 5 * DAY_WIDTH;

/// A day of the strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayView {
    pub x: i64,
    /// No working day.
    pub is_off: bool,
    /// A Saturday or Sunday that is worked, or a weekday that is not.
    pub is_swapped: bool,
    /// The notice on holidays of its year is not published: the day may still change.
    pub is_provisional: bool,
    pub is_past: bool,
}

/// The calendar from the day a clock runs from to its last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripView {
    pub days: Vec<DayView>,
    pub width: i64,
    /// Where today, and where the last day is; nothing where it is not in the strip.
    pub today: Option<i64>,
    pub end: i64,
    /// The first day; nothing where the drawing is too narrow for both.
    pub from_words: Option<String>,
    pub end_words: String,
}

impl StripView {
    /// From the day a clock runs from, itself not counted, to its end or to today, where that is later.
    #[must_use]
    pub fn of(calendar: &WorkingDays, from: NaiveDate, end: NaiveDate, today: NaiveDate) -> Option<Self> {
        let last = end.max(today.min(end + chrono::Duration::days(14)));
        let count = (last - from).num_days();
        if !(1..=DAYS_DRAWN_MAX).contains(&count) {
            return None;
        }
        let at = |day: NaiveDate| ((day - from).num_days() - 1) * DAY_WIDTH;
        let days: Vec<DayView> = from
            .iter_days()
            .skip(1)
            .take_while(|day| *day <= last)
            .map(|day| {
                let works = calendar.is_working_day(day);
                let is_weekend = day.weekday().number_from_monday() > 5;
                DayView {
                    x: at(day),
                    is_off: !works,
                    is_swapped: works == is_weekend,
                    is_provisional: !calendar.is_published(day.year()),
                    is_past: day < today,
                }
            })
            .collect();
        Some(Self {
            width: count * DAY_WIDTH,
            today: (from < today && today <= last).then(|| at(today)),
            end: at(end),
            from_words: (count * DAY_WIDTH >= LABELS_WIDTH_MIN)
                .then(|| from.succ_opt().unwrap_or(from).format("%m-%d").to_string()),
            end_words: end.format("%m-%d").to_string(),
            days,
        })
    }
}

/// A term of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockLine {
    pub title: &'static str,
    pub owed_by: &'static str,
    /// How it stands: `running`, `late`, `done`.
    pub look: &'static str,
    /// What is left of it, or by how much it is over.
    pub words: String,
    pub runs_from: String,
    pub ends_on: String,
    pub is_provisional: bool,
    /// Drawn while it runs.
    pub strip: Option<StripView>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_term_over_the_national_day_shows_holidays_and_the_sunday_that_is_worked() {
        let calendar = WorkingDays::embedded();
        let from = day("2026-09-29");
        let end = calendar.add_working_days(from, 3).date;
        let strip = StripView::of(calendar, from, end, day("2026-10-02")).unwrap();
        assert_eq!(i64::try_from(strip.days.len()).unwrap() * DAY_WIDTH, strip.width);
        let working = strip.days.iter().filter(|day| !day.is_off).count();
        assert_eq!(working, 3, "as many working days as the term has");
        assert!(strip.days.iter().any(|day| day.is_off && day.is_swapped), "holidays on weekdays are marked");
        assert_eq!(strip.end, strip.days.last().unwrap().x);
        assert_eq!(strip.today, Some(2 * DAY_WIDTH));
    }

    #[test]
    fn a_year_without_a_notice_is_provisional_and_a_long_term_is_not_drawn() {
        let calendar = WorkingDays::embedded();
        let unpublished = calendar.last_published_year().unwrap() + 1;
        let from = NaiveDate::from_ymd_opt(unpublished, 3, 1).unwrap();
        let strip = StripView::of(calendar, from, from + chrono::Duration::days(10), from).unwrap();
        assert!(strip.days.iter().all(|day| day.is_provisional));
        assert_eq!(strip.today, None);
        assert_eq!(StripView::of(calendar, from, from + chrono::Duration::days(63), from), None);
        assert_eq!(StripView::of(calendar, from, from, from), None);
    }
}
