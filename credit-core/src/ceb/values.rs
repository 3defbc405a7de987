//! Values of fields: text, an exact decimal, a whole number, an instant or a date.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;

use super::tables::Field;
use crate::dates::{Moment, SHANGHAI_OFFSET_MS};

/// Decimals of an amount or quantity (`n19,5`).
const PLACES: usize = 5;
/// Digits before the point.
const WHOLE_DIGITS: usize = 14;

/// An exact count of 0.00001; never a float.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal5(pub i128);

impl Decimal5 {
    /// Reads `digits[.digits]`; nothing for signs, exponents, separators, more than 14 digits or 5 decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fits = !whole.is_empty() && whole.len() <= WHOLE_DIGITS && fraction.len() <= PLACES;
        if !fits || !digits(whole) || !digits(fraction) || text.ends_with('.') {
            return None;
        }
        let padding = std::iter::repeat_n(b'0', PLACES - fraction.len());
        let all = whole.bytes().chain(fraction.bytes()).chain(padding);
        Some(Self(all.fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0'))))
    }
}

impl fmt::Display for Decimal5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10i128.pow(5);
        let (whole, fraction) = (self.0 / unit, (self.0 % unit).abs());
        let sign = if self.0 < 0 && whole == 0 { "-" } else { "" };
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let fraction = format!("{fraction:05}");
        write!(f, "{sign}{whole}.{}", fraction.trim_end_matches('0'))
    }
}

/// A value of a field.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Decimal(Decimal5),
    Whole(i64),
    /// An instant with the form in which it was written.
    Time(Moment, String),
    Date(NaiveDate),
}

impl Value {
    /// The canonical text, which reads as the same value.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Text(text) | Value::Time(_, text) => Cow::Borrowed(text),
            Value::Decimal(decimal) => Cow::Owned(decimal.to_string()),
            Value::Whole(whole) => Cow::Owned(whole.to_string()),
            Value::Date(date) => Cow::Owned(date.format("%Y%m%d").to_string()),
        }
    }
}

/// The instant of `yyyyMMddHHmmss` or `yyyyMMddHHmmssSSS`, Asia/Shanghai; nothing where it is no such time.
#[must_use]
pub fn moment(text: &str) -> Option<Moment> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (seconds, ms) = match text.len() {
        14 => (text, "0"),
        17 => text.split_at_checked(14)?,
        _ => return None,
    };
    let ms: i64 = ms.parse().ok()?;
    local(seconds)?.checked_add(ms)?.checked_sub(SHANGHAI_OFFSET_MS).map(Moment)
}

/// Milliseconds of `yyyyMMddHHmmss`, of a second 60 those of the next minute's first.
fn local(text: &str) -> Option<i64> {
    let (day, time) = text.split_at_checked(8)?;
    let (hour, time) = time.split_at_checked(2)?;
    let (minute, second) = time.split_at_checked(2)?;
    let number = |text: &str| text.parse::<u32>().ok();
    let (hour, minute, second) = (number(hour)?, number(minute)?, number(second)?);
    let leap = second == 60;
    let at = date(day)?.and_hms_opt(hour, minute, if leap { 59 } else { second })?;
    at.and_utc().timestamp_millis().checked_add(if leap { 1_000 } else { 0 })
}

/// The date of `yyyyMMdd`.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return None;
    }
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// The values of a head or of a line, in the order of the field table; empty fields are not there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Values(pub(super) Vec<(&'static Field, Value)>);

impl Values {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(of, _)| of.name == name).map(|(_, value)| value)
    }

    /// Text of any field.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(Value::text)
    }

    #[must_use]
    pub fn decimal(&self, name: &str) -> Option<Decimal5> {
        match self.get(name)? {
            Value::Decimal(decimal) => Some(*decimal),
            _ => None,
        }
    }

    #[must_use]
    pub fn whole(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Whole(whole) => Some(*whole),
            _ => None,
        }
    }

    #[must_use]
    pub fn moment(&self, name: &str) -> Option<Moment> {
        match self.get(name)? {
            Value::Time(moment, _) => Some(*moment),
            _ => None,
        }
    }

    /// Names and canonical texts.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        self.0.iter().map(|(field, value)| (field.name, value.text()))
    }
}
