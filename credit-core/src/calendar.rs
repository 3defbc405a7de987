//! 工作日: which days count when the law counts in working days.
//!
//! Weekends and holidays are exchanged every year by a notice of the State Council (调休), so the calendar is
//! dated data (`data/calendar.toml`) and not a rule. The notice for a year appears in the autumn before; a
//! deadline that reaches a year without one is *provisional* and is computed again when the notice is out.
//! Counting follows the Civil Code art. 201 and 203: the first day is not counted, and a last day that is no
//! working day moves to the next one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use toml::Spanned;

use crate::rules::dated::{self, Faults, PackError};

/// Years that a calendar file may have: another one is a slip of the pen.
pub const YEARS: RangeInclusive<i32> = 1949..=2199;

const FILE: &str = "calendar.toml";

static EMBEDDED: LazyLock<WorkingDays> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    WorkingDays::parse(FILE, include_str!("../data/calendar.toml"))
        .expect("data/calendar.toml is well-formed")
});

/// The working days of every year whose notice is published, and a rule for the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkingDays {
    published: BTreeSet<i32>,
    /// Days that differ from Monday to Friday: `true` asks for work at a weekend, `false` gives leave.
    exceptions: BTreeMap<NaiveDate, bool>,
    /// (month, day) that the law itself makes a holiday; for years that are not published.
    fixed_holidays: BTreeSet<(u32, u32)>,
}

/// The last day of a term counted in working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Deadline {
    pub date: NaiveDate,
    /// The count went through a year whose calendar is not published; the date may still move.
    pub provisional: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    unpublished: Unpublished,
    #[serde(default)]
    year: Vec<Spanned<Year>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unpublished {
    off: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    year: i32,
    off: Vec<String>,
    work: Vec<String>,
}

impl WorkingDays {
    /// The calendar of this release.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads a calendar file; `data/calendar.toml` describes the form. `file` is the name that errors give it.
    ///
    /// # Errors
    /// [`PackError`] names line, field and day of everything wrong, in Chinese and English; a day on the wrong side of
    /// the weekend included.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        let file = dated::read::<File, File>(file, text, check)?;
        let mut calendar = Self::default();
        for date in file.unpublished.off.iter().filter_map(|day| day_of(ANY_YEAR, day)) {
            calendar.fixed_holidays.insert((date.month(), date.day()));
        }
        for year in file.year.iter().map(Spanned::get_ref) {
            calendar.published.insert(year.year);
            for (days, works) in [(&year.off, false), (&year.work, true)] {
                let dates = days.iter().filter_map(|day| day_of(year.year, day));
                calendar.exceptions.extend(dates.map(|date| (date, works)));
            }
        }
        Ok(calendar)
    }

    /// The years whose notices are in the calendar, the first one first.
    pub fn published_years(&self) -> impl Iterator<Item = i32> {
        self.published.iter().copied()
    }

    /// Takes the years of `newer` in addition, replacing those already here: a new notice needs no new release.
    pub fn extend(&mut self, newer: Self) {
        self.exceptions.retain(|date, _| !newer.published.contains(&date.year()));
        self.exceptions.extend(newer.exceptions);
        self.published.extend(newer.published);
        self.fixed_holidays.extend(newer.fixed_holidays);
    }

    /// SHA-256 of all that it says: two calendars with the same one give the same days.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for year in &self.published {
            hasher.update([b'y']);
            hasher.update(year.to_be_bytes());
        }
        for (date, works) in &self.exceptions {
            hasher.update([b'd', u8::from(*works)]);
            hasher.update(date.num_days_from_ce().to_be_bytes());
        }
        for (month, day) in &self.fixed_holidays {
            hasher.update([b'f']);
            hasher.update(month.to_be_bytes());
            hasher.update(day.to_be_bytes());
        }
        hasher.finalize().into()
    }

    /// Whether the notice for this year is in the calendar.
    #[must_use]
    pub fn is_published(&self, year: i32) -> bool {
        self.published.contains(&year)
    }

    /// The last year whose notice is in the calendar.
    #[must_use]
    pub fn last_published_year(&self) -> Option<i32> {
        self.published.last().copied()
    }

    /// Whether `date` is a working day. In an unpublished year: Monday to Friday without the holidays that the
    /// law fixes by date.
    #[must_use]
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        if let Some(works) = self.exceptions.get(&date) {
            return *works;
        }
        let weekend = is_weekend(date);
        let holiday =
            !self.is_published(date.year()) && self.fixed_holidays.contains(&(date.month(), date.day()));
        !weekend && !holiday
    }

    /// The `count`-th working day after `date`, which itself is not counted; `date` for a count of 0.
    #[must_use]
    pub fn add_working_days(&self, date: NaiveDate, count: u16) -> Deadline {
        let mut deadline = Deadline { date, provisional: false };
        for _ in 0..count {
            deadline = self.next_from(self.step(deadline));
        }
        deadline
    }

    /// The end of a term counted in calendar days, months or years: `last_day`, or the next working day when
    /// that is none.
    #[must_use]
    pub fn roll_forward(&self, last_day: NaiveDate) -> Deadline {
        self.next_from(Deadline { date: last_day, provisional: !self.is_published(last_day.year()) })
    }

    /// Working days `d` with `after < d <= until`; the negative of the reverse when `until` lies before.
    #[must_use]
    pub fn working_days_between(&self, after: NaiveDate, until: NaiveDate) -> i32 {
        if until < after {
            return -self.working_days_between(until, after);
        }
        let days = after.iter_days().skip(1).take_while(|day| *day <= until);
        let count = days.filter(|day| self.is_working_day(*day)).count();
        i32::try_from(count).unwrap_or(i32::MAX)
    }

    /// The `count`-th working day before `date`; `date` for a count of 0.
    #[must_use]
    pub fn working_day_before(&self, date: NaiveDate, count: u16) -> NaiveDate {
        let mut day = date;
        for _ in 0..count {
            day = day.pred_opt().unwrap_or(NaiveDate::MIN);
            while !self.is_working_day(day) && day > NaiveDate::MIN {
                day = day.pred_opt().unwrap_or(NaiveDate::MIN);
            }
        }
        day
    }

    /// The day itself when it is a working day, else the next one.
    fn next_from(&self, mut deadline: Deadline) -> Deadline {
        while !self.is_working_day(deadline.date) && deadline.date < NaiveDate::MAX {
            deadline = self.step(deadline);
        }
        deadline
    }

    /// The next calendar day; provisional from the first unpublished year on.
    fn step(&self, deadline: Deadline) -> Deadline {
        let date = deadline.date.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        Deadline { date, provisional: deadline.provisional || !self.is_published(date.year()) }
    }
}

/// A leap year, so that 02-29 is a day.
const ANY_YEAR: i32 = 2000;

fn check(file: &File, faults: &mut Faults<'_>) {
    if file.year.is_empty() {
        faults.add(1, "year", "没有任何年份 · there is no year in it");
    }
    for day in file.unpublished.off.iter().filter(|day| day_of(ANY_YEAR, day).is_none()) {
        faults.add(1, "unpublished", format!("{day:?} 不是日期，应为 MM-DD · is no day; a day is MM-DD"));
    }
    let mut seen = BTreeSet::new();
    for spanned in &file.year {
        let (line, Year { year, off, work }) = (faults.line_of(spanned), spanned.get_ref());
        if !seen.insert(*year) {
            faults.add(line, "year", format!("{year} 年出现两次 · {year} appears twice"));
        }
        if !YEARS.contains(year) {
            let (first, last) = (YEARS.start(), YEARS.end());
            faults.add(
                line,
                "year",
                format!("{year} 不在 {first} 至 {last} 之间 · is not from {first} to {last}"),
            );
        }
        let mut days = BTreeSet::new();
        for (field, day) in off.iter().map(|day| ("off", day)).chain(work.iter().map(|day| ("work", day))) {
            let what = match day_of(*year, day) {
                None => format!(
                    "{year} 年没有 {day:?} 这一天，应为 MM-DD · {year} has no day {day:?}; a day is MM-DD"
                ),
                Some(date) if !days.insert(date) => format!("{date} 出现两次 · appears twice"),
                Some(date) if field == "off" && is_weekend(date) => {
                    format!("{date} 是周末，不必写为放假 · is a weekend day and needs no leave")
                }
                Some(date) if field == "work" && !is_weekend(date) => {
                    format!("{date} 是周一至周五，不必写为上班 · is a weekday and asks for no extra work")
                }
                Some(_) => continue,
            };
            faults.add(line, field, what);
        }
    }
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// `MM-DD` of a year; two digits each, so that a slip of the pen is seen. Nothing when it is no day.
fn day_of(year: i32, day: &str) -> Option<NaiveDate> {
    let two_digits = |text: &str| match text.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some(u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
        }
        _ => None,
    };
    let (month, day) = day.split_once('-')?;
    NaiveDate::from_ymd_opt(year, two_digits(month)?, two_digits(day)?)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn after(start: &str, count: u16) -> Deadline {
        WorkingDays::embedded().add_working_days(day(start), count)
    }

    #[test]
    fn deadlines_follow_the_exchanged_days() {
        for (start, count, end) in [
            ("2026-09-18", 10, "2026-10-09"),
            ("2026-02-13", 10, "2026-03-05"),
            ("2026-04-30", 3, "2026-05-08"),
            ("2026-09-30", 3, "2026-10-10"),
            ("2025-09-26", 10, "2025-10-16"),
            ("2025-12-31", 3, "2026-01-06"),
            ("2026-11-23", 10, "2026-12-07"),
            ("2026-11-23", 0, "2026-11-23"),
        ] {
            let expected = Deadline { date: day(end), provisional: false };
            assert_eq!(after(start, count), expected, "{start} + {count}");
        }
    }

    #[test]
    fn each_year_has_the_published_number_of_working_days() {
        // 2004 to 2026.
        let expected = [
            252, 250, 251, 249, 251, 250, 250, 250, 249, 250, 250, 249, 250, 249, 250, 250, 249, 250, 249,
            249, 251, 248, 248,
        ];
        for (year, expected) in (2004..=2026).zip(expected) {
            let last = |year: i32| NaiveDate::from_ymd_opt(year, 12, 31).unwrap();
            let calendar = WorkingDays::embedded();
            assert!(calendar.is_published(year));
            assert_eq!(calendar.working_days_between(last(year - 1), last(year)), expected, "{year}");
        }
        assert_eq!(WorkingDays::embedded().last_published_year(), Some(2026));
    }

    #[test]
    fn a_deadline_in_an_unpublished_year_is_provisional() {
        assert_eq!(after("2026-12-30", 1), Deadline { date: day("2026-12-31"), provisional: false });
        // 1 January is a holiday by law, whatever the notice will say.
        assert_eq!(after("2026-12-31", 1), Deadline { date: day("2027-01-04"), provisional: true });
        assert!(after("2003-12-29", 1).provisional);
        let fifty_years = after("2026-12-01", u16::MAX);
        assert!(fifty_years.provisional);
    }

    #[test]
    fn a_term_that_ends_on_a_holiday_ends_after_it() {
        let calendar = WorkingDays::embedded();
        let ends = |text: &str| calendar.roll_forward(day(text));
        assert_eq!(ends("2026-10-01"), Deadline { date: day("2026-10-08"), provisional: false });
        assert_eq!(ends("2026-10-10"), Deadline { date: day("2026-10-10"), provisional: false });
        assert_eq!(ends("2026-10-11"), Deadline { date: day("2026-10-12"), provisional: false });
        assert!(ends("2027-05-01").provisional);
    }

    #[test]
    fn a_new_notice_replaces_and_adds_years() {
        let mut calendar = WorkingDays::embedded().clone();
        let notice = "[[year]]\nyear = 2027\noff = [\"01-01\", \"02-05\"]\nwork = [\"02-14\"]";
        calendar.extend(WorkingDays::parse(FILE, notice).unwrap());
        assert_ne!(calendar.digest(), WorkingDays::embedded().digest());
        assert!(!calendar.add_working_days(day("2026-12-31"), 1).provisional);
        assert!(calendar.is_working_day(day("2027-02-14")));
        assert!(!calendar.is_working_day(day("2027-02-05")));
        calendar.extend(WorkingDays::parse(FILE, "[[year]]\nyear = 2027\noff = []\nwork = []").unwrap());
        assert!(calendar.is_working_day(day("2027-02-05")));
        assert_eq!(calendar.add_working_days(day("2026-09-30"), 3).date, day("2026-10-10"));
    }

    #[test]
    fn a_wrong_file_is_refused_with_the_place_and_the_reason_in_two_languages() {
        let year = |off: &str, work: &str| format!("[[year]]\nyear = 2026\noff = [{off}]\nwork = [{work}]\n");
        let error = |text: &str| WorkingDays::parse("own.toml", text).unwrap_err().to_string();
        assert_eq!(error(&year("", "").repeat(2)), "own.toml:5: year: 2026 年出现两次 · 2026 appears twice");
        for wrong in ["02-30", "2-03", "0203", "13-01", "+1-01", ""] {
            let why = error(&year(&format!("\"{wrong}\""), ""));
            assert!(why.starts_with("own.toml:1: off: 2026 年没有"), "{why}");
            assert!(why.contains(&format!("2026 has no day {wrong:?}; a day is MM-DD")), "{why}");
        }
        let why = error(&format!("# a notice\n{}", year("\"10-04\"", "\"10-09\"")));
        assert_eq!(
            why,
            "own.toml:2: off: 2026-10-04 是周末，不必写为放假 · is a weekend day and needs no leave; \
             own.toml:2: work: 2026-10-09 是周一至周五，不必写为上班 · is a weekday and asks for no extra work"
        );
        let twice = error(&year("\"10-01\", \"10-01\"", ""));
        assert_eq!(twice, "own.toml:1: off: 2026-10-01 出现两次 · appears twice");
        assert!(error("").contains("there is no year in it"));
        let slip = error("[[year]]\nyear = 20277\noff = []\nwork = []");
        assert!(slip.contains("20277 不在 1949 至 2199 之间 · is not from 1949 to 2199"), "{slip}");
        let fixed = error(&format!("[unpublished]\noff = [\"13-01\"]\n{}", year("", "")));
        assert!(fixed.starts_with("own.toml:1: unpublished: \"13-01\" 不是日期"), "{fixed}");
        assert!(error("[[years]]").starts_with("own.toml: TOML parse error at line 1, column 3"));
        let long = " ".repeat(dated::FILE_BYTES_MAX + 1);
        assert!(error(&long).contains("at most 1048576 bytes"));
    }

    proptest! {
        #[test]
        fn adding_and_counting_are_inverse(offset in 0u64..8_000, count in 1u16..80) {
            let calendar = WorkingDays::embedded();
            let start = day("2004-01-01").checked_add_days(Days::new(offset)).unwrap();
            let end = calendar.add_working_days(start, count);
            prop_assert!(calendar.is_working_day(end.date));
            prop_assert_eq!(calendar.working_days_between(start, end.date), i32::from(count));
            prop_assert_eq!(calendar.working_days_between(end.date, start), -i32::from(count));
            prop_assert_eq!(end.provisional, end.date.year() > 2026);
        }
    }
}
