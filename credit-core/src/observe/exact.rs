//! Exact arithmetic of the indicators: comparing fractions of any size, the natural logarithm.

use std::cmp::Ordering;

/// Fractional bits of [`ln`].
pub const LN_BITS: u32 = 40;

/// Fractional bits inside the computation of [`ln`].
const INNER_BITS: u32 = 62;

/// ln 2 · 2^62, rounded.
const LN_2: i128 = 3_196_577_161_300_663_915;

/// Terms of the atanh series: with y ≤ 1/3 the first one left out is below 3^-49 < 2^-77.
const SERIES_TERMS: i128 = 24;

/// A count as the `n` of an observation.
#[must_use]
pub fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Compares two fractions with non-negative numerators and positive denominators, by their continued
/// fractions: exact for every size, where cross-multiplication could exceed 128 bits.
#[must_use]
pub fn compare(left: (i128, i128), right: (i128, i128)) -> Ordering {
    let (mut left, mut right) = (left, right);
    loop {
        let whole = (left.0.div_euclid(left.1)).cmp(&right.0.div_euclid(right.1));
        if whole != Ordering::Equal {
            return whole;
        }
        let rest = (left.0.rem_euclid(left.1), right.0.rem_euclid(right.1));
        match rest {
            (0, 0) => return Ordering::Equal,
            (0, _) => return Ordering::Less,
            (_, 0) => return Ordering::Greater,
            // a/b < c/d exactly when d/c < b/a: the parts swap sides.
            (a, c) => {
                let next_left = (right.1, c);
                right = (left.1, a);
                left = next_left;
            }
        }
    }
}

/// Natural logarithm of a whole number ≥ 1 as a fixed-point number with [`LN_BITS`] fractional bits, error
/// below 2^-40; `None` for n < 1 (ruling B5: at least 32 fractional bits).
///
/// n = 2^e·m with 1 ≤ m < 2, and ln m = 2·(y + y³/3 + y⁵/5 + …) with y = (m−1)/(m+1) ≤ 1/3.
#[must_use]
pub fn ln(n: i128) -> Option<i128> {
    if n < 1 {
        return None;
    }
    let exponent = 127 - n.leading_zeros();
    let mantissa =
        if exponent > INNER_BITS { n >> (exponent - INNER_BITS) } else { n << (INNER_BITS - exponent) };
    let one = 1i128 << INNER_BITS;
    let y = ((mantissa - one) << INNER_BITS) / (mantissa + one);
    let square = (y * y) >> INNER_BITS;
    let (mut power, mut sum) = (y, 0i128);
    for term in 0..SERIES_TERMS {
        sum += power / (2 * term + 1);
        power = (power * square) >> INNER_BITS;
    }
    let inner = 2 * sum + i128::from(exponent) * LN_2;
    let drop = INNER_BITS - LN_BITS;
    Some((inner + (1i128 << (drop - 1))) >> drop)
}
