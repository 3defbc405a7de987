//! Exact fractions over `i128`, always reduced, the denominator above zero.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Sub};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    pub num: i128,
    pub den: i128,
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a.abs() } else { gcd(b, a % b) }
}

impl Fraction {
    pub fn new(num: i128, den: i128) -> Self {
        assert!(den != 0, "a fraction with denominator 0");
        let divisor = gcd(num, den).max(1) * den.signum();
        Self { num: num / divisor, den: den / divisor }
    }

    pub fn whole(num: i128) -> Self {
        Self { num, den: 1 }
    }

    pub fn over(self, other: Self) -> Self {
        Self::new(
            self.num.checked_mul(other.den).expect("fraction overflow"),
            self.den.checked_mul(other.num).expect("fraction overflow"),
        )
    }

    pub fn abs(self) -> Self {
        Self { num: self.num.abs(), den: self.den }
    }

    /// Rounded half up to `1/unit`, in that unit: `round(100)` gives hundredths.
    pub fn round(self, unit: i128) -> i128 {
        (2 * self.num * unit + self.den).div_euclid(2 * self.den)
    }

    /// Rounded half up, with two places.
    pub fn two_places(self) -> String {
        let hundredths = self.round(100);
        let sign = if hundredths < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100)
    }

    /// A decimal such as `12.3400`, exactly. `None` when it is not written as plain digits.
    pub fn decimal(text: &str) -> Option<Self> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || (digits.contains('.') && part.is_empty()) || whole.len() + part.len() > 30 {
            return None;
        }
        if !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        let scale = 10_i128.pow(u32::try_from(part.len()).ok()?);
        let value: i128 = format!("{whole}{part}").parse().ok()?;
        Some(Self::new(sign * value, scale))
    }
}

impl Add for Fraction {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let common = gcd(self.den, other.den).max(1);
        let left = self.num.checked_mul(other.den / common).expect("fraction overflow");
        let right = other.num.checked_mul(self.den / common).expect("fraction overflow");
        Self::new(left + right, (self.den / common).checked_mul(other.den).expect("fraction overflow"))
    }
}

impl Sub for Fraction {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + Self { num: -other.num, den: other.den }
    }
}

impl Mul for Fraction {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let a = Self::new(self.num, other.den);
        let b = Self::new(other.num, self.den);
        Self::new(
            a.num.checked_mul(b.num).expect("fraction overflow"),
            a.den.checked_mul(b.den).expect("fraction overflow"),
        )
    }
}

impl std::iter::Sum for Fraction {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::whole(0), Add::add)
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = self.num.checked_mul(other.den).expect("fraction overflow");
        left.cmp(&other.num.checked_mul(self.den).expect("fraction overflow"))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}
