//! The logarithm against known values, the comparison of fractions against cross-multiplication.

use std::cmp::Ordering;

use proptest::prelude::*;

use crate::observe::exact::{LN_BITS, compare, ln};

/// ln n · 2^40, from a 60-digit decimal computation.
#[test]
fn known_logarithms() {
    for (n, expected) in [
        (1, 0),
        (2, 762_123_384_786),
        (3, 1_207_936_985_808),
        (10, 2_531_719_083_691),
        (100, 5_063_438_167_381),
        (12_345, 10_358_506_084_108),
        (1_000_000_000, 22_785_471_753_216),
        (1_000_000_000_000_000_000, 45_570_943_506_431),
        (i128::MAX, 96_789_669_867_798),
    ] {
        let found = ln(n).unwrap();
        assert!((found - expected).abs() <= 1, "ln {n} = {found}, not {expected}");
    }
    assert_eq!(ln(0), None);
    assert_eq!(ln(-5), None);
}

#[test]
fn extreme_fractions_compare() {
    let most = i128::MAX;
    assert_eq!(compare((most, most - 1), (most - 1, most - 2)), Ordering::Less);
    assert_eq!(compare((most - 1, most), (most - 2, most - 1)), Ordering::Greater);
    assert_eq!(compare((0, 5), (0, most)), Ordering::Equal);
}

proptest! {
    #[test]
    fn ln_is_additive_and_monotonic(a in 1i128..1_000_000_000, b in 1i128..1_000_000_000) {
        let sum = ln(a).unwrap() + ln(b).unwrap();
        prop_assert!((ln(a * b).unwrap() - sum).abs() <= 2);
        prop_assert!(ln(a).unwrap() <= ln(a + 1).unwrap());
        prop_assert!(ln(a).unwrap() < 21 << LN_BITS);
    }

    #[test]
    fn comparison_agrees_with_cross_multiplication(
        a in 0i128..1_000_000, b in 1i128..1_000_000, c in 0i128..1_000_000, d in 1i128..1_000_000,
    ) {
        prop_assert_eq!(compare((a, b), (c, d)), (a * d).cmp(&(c * b)));
    }
}
