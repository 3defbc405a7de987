//! What can be computed from sums: which unknowns a set of linear equations determines.
//!
//! Gaussian elimination modulo a prime far above any determinant of the small matrices of 0, 1 and −1 that tables
//! give, so that ranks are those over the rationals, without fractions.

/// 2^31 − 1.
const PRIME: u64 = 2_147_483_647;

/// Which of `unknowns` are fixed by equations whose coefficients are 0, 1 or −1, given as `(unknown, is_negative)`.
/// What stands on the other side does not matter.
pub(super) fn determined(unknowns: usize, equations: &[Vec<(usize, bool)>]) -> Vec<bool> {
    let mut rows: Vec<Vec<u64>> = equations.iter().map(|equation| row(unknowns, equation)).collect();
    let mut done = 0;
    for column in 0..unknowns {
        let Some(at) = (done..rows.len()).find(|at| coefficient(&rows, *at, column) != 0) else { continue };
        rows.swap(done, at);
        let inverse = power(coefficient(&rows, done, column), PRIME - 2);
        let pivot: Vec<u64> =
            rows.get(done).into_iter().flatten().map(|value| value * inverse % PRIME).collect();
        for (_, other) in rows.iter_mut().enumerate().filter(|(at, _)| *at != done) {
            let factor = other.get(column).copied().unwrap_or(0);
            if factor != 0 {
                for (value, by) in other.iter_mut().zip(&pivot) {
                    *value = (*value + PRIME - factor * by % PRIME) % PRIME;
                }
            }
        }
        if let Some(row) = rows.get_mut(done) {
            *row = pivot;
        }
        done += 1;
    }
    // In reduced form an unknown is fixed when a row has nothing else.
    let mut fixed = vec![false; unknowns];
    for row in &rows {
        let mut filled = row.iter().enumerate().filter(|(_, value)| **value != 0).map(|(at, _)| at);
        if let (Some(only), None) = (filled.next(), filled.next())
            && let Some(fixed) = fixed.get_mut(only)
        {
            *fixed = true;
        }
    }
    fixed
}

fn row(unknowns: usize, equation: &[(usize, bool)]) -> Vec<u64> {
    let mut row = vec![0; unknowns];
    for (at, is_negative) in equation {
        if let Some(value) = row.get_mut(*at) {
            *value = if *is_negative { PRIME - 1 } else { 1 };
        }
    }
    row
}

fn coefficient(rows: &[Vec<u64>], row: usize, column: usize) -> u64 {
    rows.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0)
}

fn power(base: u64, mut exponent: u64) -> u64 {
    let (mut base, mut result) = (base % PRIME, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent >>= 1;
    }
    result
}
