//! The zone's overview.

use super::{Percent, share};

/// A count with its place among its fellows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountView {
    pub words: String,
    /// What the words mean, such as a grade's meaning.
    pub note: Option<String>,
    pub count: u64,
}

/// One file received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    pub name: String,
    pub source: String,
    pub received: String,
    pub rows: u64,
    pub rejected: u64,
}

/// The zone at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverviewView {
    pub zone: String,
    pub as_of: String,
    pub enterprises: u64,
    /// Best first, then not rated.
    pub grades: Vec<CountView>,
    pub kinds: Vec<CountView>,
    /// Enterprises by coverage, most covered first, such as `≥ 90 %`.
    pub coverage: Vec<CountView>,
    /// Last first.
    pub files: Vec<FileRow>,
    pub ledger_size: u64,
}

/// Digits in groups of three.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl CountView {
    #[must_use]
    pub fn digits(&self) -> String {
        grouped(self.count)
    }

    /// Length of the bar: the largest count of the group fills it.
    #[must_use]
    pub fn bar(&self, group: &[CountView]) -> Percent {
        let largest = group.iter().map(|other| other.count).max().unwrap_or(0);
        share(signed(self.count), signed(largest))
    }

    /// Share of the group in percent, rounded half up to one place.
    #[must_use]
    pub fn of_all(&self, group: &[CountView]) -> String {
        let all = u128::from(group.iter().map(|other| other.count).fold(0, u64::saturating_add)).max(1);
        let thousandths = (u128::from(self.count) * 2_000 + all) / (all * 2);
        format!("{}.{} %", thousandths / 10, thousandths % 10)
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl FileRow {
    #[must_use]
    pub fn row_digits(&self) -> String {
        grouped(self.rows)
    }
}

impl OverviewView {
    #[must_use]
    pub fn enterprise_digits(&self) -> String {
        grouped(self.enterprises)
    }

    #[must_use]
    pub fn ledger_digits(&self) -> String {
        grouped(self.ledger_size)
    }

    /// Whether anything has been rated.
    #[must_use]
    pub fn is_rated(&self) -> bool {
        self.grades.iter().any(|grade| grade.count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_half_up() {
        let count = |count| CountView { words: String::new(), note: None, count };
        let group = [count(4), count(1), count(19), count(0)];
        let shares: Vec<String> = group.iter().map(|one| one.of_all(&group)).collect();
        assert_eq!(shares, ["16.7 %", "4.2 %", "79.2 %", "0.0 %"]);
        assert_eq!(count(0).of_all(&[]), "0.0 %");
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678")];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
    }
}
