//! What a cell may hold (part E of the rulings). Every failure is a code of ruling E2.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::fraction::Fraction;
use super::text::Row;

/// Column and code of the first thing wrong with a row.
pub type Wrong = (String, &'static str);

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const USCC_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
pub const MAX_NAME_CHARS: usize = 200;
pub const MAX_ID_CHARS: usize = 60;
pub const MAX_DECISION_CHARS: usize = 128;
pub const MAX_TEXT_CHARS: usize = 1000;

/// The check character of the first 17 of a USCC (GB 32100). `None` when one is outside the alphabet.
pub fn uscc_check(first17: &str) -> Option<char> {
    let mut sum = 0;
    for (c, weight) in first17.bytes().zip(USCC_WEIGHTS) {
        sum += ALPHABET.iter().position(|a| *a == c)? * weight;
    }
    Some(char::from(ALPHABET[(31 - sum % 31) % 31]))
}

/// Lower case is raised; anything else outside the alphabet, or another length, is refused.
pub fn uscc(text: &str) -> Result<String, &'static str> {
    let upper = text.to_ascii_uppercase();
    if upper.len() != 18 || !upper.bytes().all(|b| ALPHABET.contains(&b)) {
        return Err("uscc_alphabet");
    }
    let check = uscc_check(&upper[..17]).ok_or("uscc_alphabet")?;
    if upper.ends_with(check) { Ok(upper) } else { Err("uscc_check_digit") }
}

/// Reading: 2026-11-23, 2026/11/23 or 20261123; a time where a date is asked for gives its date in Shanghai.
pub fn date(text: &str) -> Result<NaiveDate, &'static str> {
    plain_date(text).map_or_else(|| time(text).map(|t| t.date()), Ok)
}

fn plain_date(text: &str) -> Option<NaiveDate> {
    let digits: String = match text.len() {
        8 => text.to_owned(),
        10 => {
            let (separator, bytes) = (text.as_bytes()[4], text.as_bytes());
            if !matches!(separator, b'-' | b'/') || bytes[7] != separator {
                return None;
            }
            text.split(char::from(separator)).collect()
        }
        _ => return None,
    };
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    NaiveDate::parse_from_str(&digits, "%Y%m%d").ok()
}

/// Local time of Asia/Shanghai; an offset is converted. A bare date is its midnight.
pub fn time(text: &str) -> Result<NaiveDateTime, &'static str> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
        return Ok(instant.naive_utc() + TimeDelta::hours(8));
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S"] {
        if let Ok(local) = NaiveDateTime::parse_from_str(text, format) {
            return Ok(local);
        }
    }
    plain_date(text).map(|day| day.and_time(NaiveTime::MIN)).ok_or("date")
}

/// A decimal that is not negative, with at most `places` places.
pub fn number(text: &str, places: usize) -> Result<Fraction, &'static str> {
    let value = Fraction::decimal(text).ok_or("number")?;
    if text.starts_with('-') {
        return Err("negative");
    }
    if text.split_once('.').is_some_and(|(_, part)| part.len() > places) { Err("number") } else { Ok(value) }
}

/// true/false, 1/0, 是/否, Y/N (ruling C6). Reading: Latin letters in either case.
pub fn flag(text: &str) -> Result<bool, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "是" | "y" => Ok(true),
        "false" | "0" | "否" | "n" => Ok(false),
        _ => Err("enum"),
    }
}

/// Reads the cells of one row and names the column of what is wrong.
pub struct Cells<'a>(pub &'a Row);

impl Cells<'_> {
    fn opt<T>(
        &self,
        column: &str,
        read: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, Wrong> {
        self.0.get(column).map(|text| read(text).map_err(|code| (column.to_owned(), code))).transpose()
    }

    fn req<T>(&self, column: &str, value: Option<T>) -> Result<T, Wrong> {
        value.ok_or_else(|| (column.to_owned(), "missing"))
    }

    pub fn opt_text(&self, column: &str, max_chars: usize) -> Result<Option<String>, Wrong> {
        self.opt(
            column,
            |text| {
                if text.chars().count() > max_chars { Err("too_long") } else { Ok(text.to_owned()) }
            },
        )
    }
    pub fn text(&self, column: &str, max_chars: usize) -> Result<String, Wrong> {
        self.req(column, self.opt_text(column, max_chars)?)
    }
    pub fn opt_uscc(&self, column: &str) -> Result<Option<String>, Wrong> {
        self.opt(column, uscc)
    }
    pub fn uscc(&self, column: &str) -> Result<String, Wrong> {
        self.req(column, self.opt_uscc(column)?)
    }
    pub fn opt_date(&self, column: &str) -> Result<Option<NaiveDate>, Wrong> {
        self.opt(column, date)
    }
    pub fn date(&self, column: &str) -> Result<NaiveDate, Wrong> {
        self.req(column, self.opt_date(column)?)
    }
    pub fn opt_time(&self, column: &str) -> Result<Option<NaiveDateTime>, Wrong> {
        self.opt(column, time)
    }
    pub fn time(&self, column: &str) -> Result<NaiveDateTime, Wrong> {
        self.req(column, self.opt_time(column)?)
    }
    pub fn opt_number(&self, column: &str, places: usize) -> Result<Option<Fraction>, Wrong> {
        self.opt(column, |text| number(text, places))
    }
    pub fn number(&self, column: &str, places: usize) -> Result<Fraction, Wrong> {
        self.req(column, self.opt_number(column, places)?)
    }
    /// CNY with at most two places.
    pub fn opt_money(&self, column: &str) -> Result<Option<Fraction>, Wrong> {
        self.opt_number(column, 2)
    }
    pub fn opt_flag(&self, column: &str) -> Result<Option<bool>, Wrong> {
        self.opt(column, flag)
    }
    pub fn flag(&self, column: &str) -> Result<bool, Wrong> {
        self.req(column, self.opt_flag(column)?)
    }
    pub fn opt_word(&self, column: &str, words: &[&str]) -> Result<Option<String>, Wrong> {
        self.opt(column, |text| if words.contains(&text) { Ok(text.to_owned()) } else { Err("enum") })
    }
    pub fn word(&self, column: &str, words: &[&str]) -> Result<String, Wrong> {
        self.req(column, self.opt_word(column, words)?)
    }
    /// Anything else that reads a cell.
    pub fn opt_with<T>(
        &self,
        column: &str,
        read: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, Wrong> {
        self.opt(column, read)
    }
}
