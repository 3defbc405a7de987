//! Bins: exact comparisons of a value with the scorecard's thresholds.

use std::cmp::Ordering;

use serde::Deserialize;

use super::model::Text;
use crate::indicator::Value;

/// A threshold or share of the scorecard file, written `numerator/denominator`; the denominator is positive.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct Fraction {
    num: i128,
    den: i128,
}

/// Largest numerator or denominator of a threshold: products with points stay far inside `i128`.
const THRESHOLD_MAX: i128 = 1_000_000_000;

impl Fraction {
    /// `None` unless `den` is positive.
    #[must_use]
    pub fn new(num: i128, den: i128) -> Option<Self> {
        (den > 0).then_some(Self { num, den })
    }

    #[must_use]
    pub fn num(self) -> i128 {
        self.num
    }

    #[must_use]
    pub fn den(self) -> i128 {
        self.den
    }
}

impl TryFrom<String> for Fraction {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a ratio such as \"995/1000\"");
        let (num, den) = text.split_once('/').ok_or_else(wrong)?;
        let num: i128 = num.parse().map_err(|_| wrong())?;
        let den: i128 = den.parse().map_err(|_| wrong())?;
        if !(0..=THRESHOLD_MAX).contains(&num) || !(1..=THRESHOLD_MAX).contains(&den) {
            return Err(wrong());
        }
        Ok(Self { num, den })
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        compare(*self, *other) == Ordering::Equal
    }
}

impl Eq for Fraction {}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(*self, *other)
    }
}

impl std::fmt::Display for Fraction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

/// Exact order of two fractions: by cross-multiplication (ruling A13) or, where a product would not fit in
/// `i128`, by their continued fractions, which need no product.
fn compare(left: Fraction, right: Fraction) -> Ordering {
    let small = |n: i128| i64::try_from(n).map(i128::from);
    // The product of two numbers of 64 bits always fits, and needs no check.
    if let (Ok(a), Ok(b), Ok(c), Ok(d)) =
        (small(left.num), small(left.den), small(right.num), small(right.den))
    {
        return (a * d).cmp(&(c * b));
    }
    match (left.num.checked_mul(right.den), right.num.checked_mul(left.den)) {
        (Some(l), Some(r)) => l.cmp(&r),
        _ => compare_by_quotients((left.num, left.den), (right.num, right.den)),
    }
}

fn compare_by_quotients(mut left: (i128, i128), mut right: (i128, i128)) -> Ordering {
    loop {
        let whole = left.0.div_euclid(left.1).cmp(&right.0.div_euclid(right.1));
        if whole != Ordering::Equal {
            return whole;
        }
        let rest = (left.0.rem_euclid(left.1), right.0.rem_euclid(right.1));
        match rest {
            (0, 0) => return Ordering::Equal,
            (0, _) => return Ordering::Less,
            (_, 0) => return Ordering::Greater,
            // Equal whole parts: a/b < c/d exactly when b/a > d/c, so the reciprocals change sides.
            (a, c) => (left, right) = ((right.1, c), (left.1, a)),
        }
    }
}

/// What a bin asks of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    AtLeast(Fraction),
    AtMost(Fraction),
    Below(Fraction),
    /// The value is this category code.
    Category(String),
    /// Every ratio that no earlier bin took.
    Otherwise,
}

impl Test {
    #[must_use]
    pub fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Test::Category(code), Value::Category(found)) => code == found,
            (Test::Category(_), Value::Ratio { .. }) | (_, Value::Category(_)) => false,
            (test, Value::Ratio { num, den }) => {
                Fraction::new(*num, *den).is_some_and(|value| test.holds_for(value))
            }
        }
    }

    fn holds_for(&self, value: Fraction) -> bool {
        match self {
            Test::AtLeast(threshold) => value >= *threshold,
            Test::AtMost(threshold) => value <= *threshold,
            Test::Below(threshold) => value < *threshold,
            Test::Category(_) => false,
            Test::Otherwise => true,
        }
    }
}

/// One bin: a test and what it gives, in basis points of the indicator's maximum.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawBin")]
pub struct Bin {
    pub test: Test,
    /// 0 to 10000.
    pub bp: u16,
    /// A category's name for readers.
    pub label: Option<Text>,
}

/// A bin as the file writes it: exactly one of the comparisons.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBin {
    at_least: Option<Fraction>,
    at_most: Option<Fraction>,
    below: Option<Fraction>,
    category: Option<String>,
    #[serde(default)]
    otherwise: bool,
    bp: u16,
    label: Option<Text>,
}

impl TryFrom<RawBin> for Bin {
    type Error = String;

    fn try_from(raw: RawBin) -> Result<Self, String> {
        let mut tests = [
            raw.at_least.map(Test::AtLeast),
            raw.at_most.map(Test::AtMost),
            raw.below.map(Test::Below),
            raw.category.map(Test::Category),
            raw.otherwise.then_some(Test::Otherwise),
        ]
        .into_iter()
        .flatten();
        match (tests.next(), tests.next()) {
            (Some(test), None) => Ok(Bin { test, bp: raw.bp, label: raw.label }),
            _ => Err("a bin has exactly one of at_least, at_most, below, category, otherwise".to_owned()),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fraction(num: i128, den: i128) -> Fraction {
        Fraction::new(num, den).unwrap()
    }

    #[test]
    fn orders_fractions_whose_products_do_not_fit() {
        let huge = i128::MAX;
        assert!(fraction(huge, huge - 1) > fraction(huge - 1, huge));
        assert!(fraction(huge - 2, huge - 1) < fraction(huge - 1, huge));
        assert_eq!(fraction(huge, huge), fraction(1, 1));
        assert!(fraction(-huge, 3) < fraction(-huge, 4));
    }

    #[test]
    fn refuses_what_is_not_a_ratio() {
        for text in ["", "1", "1/0", "-1/2", "1/2/3", "a/b", "0.5/1", "1 /2"] {
            assert!(Fraction::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert_eq!(Fraction::try_from("995/1000".to_owned()).unwrap(), fraction(199, 200));
    }

    #[test]
    fn a_ratio_without_a_positive_denominator_fits_no_bin() {
        assert!(!Test::Otherwise.holds(&Value::Ratio { num: 1, den: 0 }));
        assert!(!Test::Otherwise.holds(&Value::Category("x".to_owned())));
    }

    proptest! {
        #[test]
        fn quotients_agree_with_products(
            a in -10_000i128..10_000,
            b in 1i128..500,
            c in -10_000i128..10_000,
            d in 1i128..500,
        ) {
            prop_assert_eq!(compare_by_quotients((a, b), (c, d)), (a * d).cmp(&(c * b)));
        }
    }
}
