//! Lengths on a page, in whole numbers: a score's place is never a float.

use std::fmt;

/// A length as a share of the whole, in thousandths; written as SVG reads it: `82.9%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Percent(pub u16);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}%", self.0 / 10, self.0 % 10)
    }
}

/// `part` of `whole`, rounded down; nothing of nothing is nothing, and more than all is all.
#[must_use]
pub fn share(part: i64, whole: i64) -> Percent {
    if whole <= 0 {
        return Percent(0);
    }
    let thousandths = i128::from(part.max(0)) * 1000 / i128::from(whole);
    Percent(u16::try_from(thousandths.min(1000)).unwrap_or(1000))
}

/// Points in hundredths, shown with two places. For display and order only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Points(pub i64);

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "−" } else { "" };
        let all = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", all / 100, all % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stay_on_the_page() {
        assert_eq!(share(829, 1000).to_string(), "82.9%");
        assert_eq!(share(1, 3).to_string(), "33.3%");
        assert_eq!(share(5, 0), Percent(0));
        assert_eq!(share(-5, 10), Percent(0));
        assert_eq!(share(11, 10).to_string(), "100.0%");
        assert_eq!(share(i64::MAX, i64::MAX).to_string(), "100.0%");
    }

    #[test]
    fn points_have_two_places() {
        assert_eq!(Points(1205).to_string(), "12.05");
        assert_eq!(Points(-7).to_string(), "−0.07");
        assert_eq!(Points(0).to_string(), "0.00");
    }
}
