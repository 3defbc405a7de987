//! Figures in which no single enterprise, order or buyer can be told: totals over at least [`K`] enterprises, and
//! bands in place of amounts and values.

use credit_core::money::Fen;

/// The least number of enterprises that a figure of the zone is made of.
pub const K: u64 = 5;
/// The largest share that one enterprise may have of a shown total, percent: above it the total gives it away.
pub const SHARE_MAX_PERCENT: u64 = 80;
/// Upper edges of the bands of amounts, CNY; above the last one the band is open.
const AMOUNT_EDGES: [i64; 8] =
    [10_000, 100_000, 500_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000, 100_000_000];
/// Upper edges of the bands of counts.
const COUNT_EDGES: [u64; 7] = [10, 50, 100, 500, 1_000, 10_000, 100_000];

/// A total, if enough enterprises stand behind it and none of them is nearly all of it.
#[must_use]
pub fn total(enterprises: u64, total: u64, largest: u64) -> Option<u64> {
    let dominated = u128::from(largest) * 100 > u128::from(total) * u128::from(SHARE_MAX_PERCENT);
    (enterprises >= K && !dominated).then_some(total)
}

/// A count of enterprises of some kind. Fewer than [`K`] are not told, except that there are none.
#[must_use]
pub fn enterprises(count: u64) -> Option<u64> {
    (count == 0 || count >= K).then_some(count)
}

/// The band of an amount, CNY: `0`, `10000-100000`, `100000000-`; lower edge included, upper edge not.
#[must_use]
pub fn amount(amount: Fen) -> String {
    let yuan = amount.0 / 100;
    if amount.0 <= 0 {
        return "0".to_owned();
    }
    let upper = AMOUNT_EDGES.iter().position(|edge| yuan < *edge).unwrap_or(AMOUNT_EDGES.len());
    let lower = upper.checked_sub(1).and_then(|at| AMOUNT_EDGES.get(at)).copied().unwrap_or(0);
    band(&lower, AMOUNT_EDGES.get(upper))
}

/// The band of a count: `0`, `1-10`, `10-50`, `100000-`; lower edge included, upper edge not.
#[must_use]
pub fn count(count: u64) -> String {
    if count == 0 {
        return "0".to_owned();
    }
    let upper = COUNT_EDGES.iter().position(|edge| count < *edge).unwrap_or(COUNT_EDGES.len());
    let lower = upper.checked_sub(1).and_then(|at| COUNT_EDGES.get(at)).copied().unwrap_or(1);
    band(&lower, COUNT_EDGES.get(upper))
}

fn band<T: std::fmt::Display>(lower: &T, upper: Option<&T>) -> String {
    match upper {
        Some(upper) => format!("{lower}-{upper}"),
        None => format!("{lower}-"),
    }
}

/// The band of an indicator's points: `good`, `middle` or `weak`, by thirds of its maximum (basis points of it).
#[must_use]
pub fn points(bp: u16) -> &'static str {
    match bp {
        6_667.. => "good",
        3_334..6_667 => "middle",
        _ => "weak",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_over_few_or_of_one_is_not_told() {
        assert_eq!(total(5, 100, 20), Some(100));
        assert_eq!(total(4, 100, 20), None);
        assert_eq!(total(5, 100, 80), Some(100));
        assert_eq!(total(5, 100, 81), None);
        assert_eq!(total(5, 0, 0), Some(0));
        assert_eq!(total(5, u64::MAX, u64::MAX), None);
        assert_eq!([enterprises(0), enterprises(4), enterprises(5)], [Some(0), None, Some(5)]);
    }

    #[test]
    fn bands_have_no_gap_and_no_overlap() {
        for (fen, band) in [
            (0, "0"),
            (1, "0-10000"),
            (999_999, "0-10000"),
            (1_000_000, "10000-100000"),
            (9_999_999_999, "50000000-100000000"),
            (10_000_000_000, "100000000-"),
            (i64::MAX, "100000000-"),
            (-1, "0"),
        ] {
            assert_eq!(amount(Fen(fen)), band, "{fen}");
        }
        for (number, band) in [
            (0, "0"),
            (1, "1-10"),
            (9, "1-10"),
            (10, "10-50"),
            (99_999, "10000-100000"),
            (u64::MAX, "100000-"),
        ] {
            assert_eq!(count(number), band, "{number}");
        }
        assert_eq!([points(0), points(3_334), points(6_667)], ["weak", "middle", "good"]);
    }
}
