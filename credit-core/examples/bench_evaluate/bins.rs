//! The bins of `scorecards/zone-2026.1.toml`, written out by hand.

use credit_core::indicator::Value;

fn at_least(num: i128, den: i128, p: i128, q: i128) -> bool {
    num * q >= p * den
}

fn at_most(num: i128, den: i128, p: i128, q: i128) -> bool {
    num * q <= p * den
}

fn below(num: i128, den: i128, p: i128, q: i128) -> bool {
    num * q < p * den
}

/// Basis points of a value, or nothing when it fits no bin.
pub fn bin(place: usize, value: &Value) -> Option<i64> {
    match value {
        Value::Category(code) => category(place, code),
        Value::Ratio { num, den } if *den > 0 => ratio(place, *num, *den),
        Value::Ratio { .. } => None,
    }
}

fn category(place: usize, code: &str) -> Option<i64> {
    Some(match (place, code) {
        (0, "consistent") => 10_000,
        (0, "soft_mismatch") => 7_000,
        (0, "hard_mismatch") => 3_000,
        (0, "not_operating") => 0,
        (5, "verified") => 10_000,
        (5, "never_verified") => 6_000,
        (5, "failed") => 2_000,
        (5, "lost") => 0,
        (8, "none") => 10_000,
        (8, "weak") => 6_000,
        (8, "one_strong") => 2_000,
        (8, "many_strong") => 0,
        (11, "ADV") => 10_000,
        (11, "CERT") => 9_000,
        (11, "REG") => 7_500,
        (11, "DIS") => 0,
        (11, "SDIS") => 0,
        (12, "A") => 10_000,
        (12, "EXEMPT") => 8_000,
        (12, "GUIDANCE") => 7_000,
        (12, "B") => 3_000,
        (12, "C") => 0,
        (13, "A") => 10_000,
        (13, "B") => 8_500,
        (13, "M") => 7_000,
        (13, "unrated") => 7_000,
        (13, "C") => 3_000,
        (13, "D") => 0,
        (14, "none") => 10_000,
        (14, "recently_removed") => 7_000,
        (14, "listed") => 0,
        (15, "judgment_defaulter") => 0,
        (17, "none") => 10_000,
        (17, "within_30_days") => 5_000,
        (17, "over_30_days") => 0,
        (17, "listed") => 0,
        (20, "优") => 10_000,
        (20, "良") => 8_000,
        (20, "中") => 5_000,
        (20, "差") => 0,
        (30, "no_peer_returns") => 0,
        _ => return None,
    })
}

fn ratio(place: usize, n: i128, d: i128) -> Option<i64> {
    Some(match place {
        1 => {
            if at_least(n, d, 60, 1) {
                10_000
            } else if at_least(n, d, 36, 1) {
                8_500
            } else if at_least(n, d, 12, 1) {
                7_000
            } else if at_least(n, d, 6, 1) {
                5_000
            } else {
                3_000
            }
        }
        2 => {
            if at_least(n, d, 100, 100) {
                10_000
            } else if at_least(n, d, 80, 100) {
                8_000
            } else if at_least(n, d, 50, 100) {
                6_000
            } else if at_least(n, d, 20, 100) {
                4_000
            } else {
                2_000
            }
        }
        3 => {
            if at_most(n, d, 0, 1) {
                10_000
            } else if at_most(n, d, 1, 1) {
                6_000
            } else if at_most(n, d, 2, 1) {
                2_000
            } else {
                0
            }
        }
        4 => {
            if at_most(n, d, 1, 1) {
                10_000
            } else if at_most(n, d, 2, 1) {
                7_000
            } else if at_most(n, d, 3, 1) {
                4_000
            } else {
                0
            }
        }
        6 => {
            if at_least(n, d, 100, 100) {
                10_000
            } else if at_least(n, d, 75, 100) {
                7_000
            } else if at_least(n, d, 50, 100) {
                4_000
            } else {
                0
            }
        }
        7 => {
            if at_least(n, d, 100, 100) {
                10_000
            } else if at_least(n, d, 80, 100) {
                5_000
            } else {
                0
            }
        }
        9 => {
            if at_most(n, d, 0, 1) {
                10_000
            } else if at_most(n, d, 1, 1) {
                8_500
            } else if at_most(n, d, 3, 1) {
                6_500
            } else if at_most(n, d, 6, 1) {
                4_000
            } else if at_most(n, d, 10, 1) {
                1_500
            } else {
                0
            }
        }
        10 => {
            if at_most(n, d, 0, 1) {
                10_000
            } else if below(n, d, 1, 1) {
                8_500
            } else if below(n, d, 5, 1) {
                6_500
            } else if below(n, d, 10, 1) {
                4_500
            } else if below(n, d, 50, 1) {
                2_000
            } else {
                0
            }
        }
        15 => {
            if at_most(n, d, 0, 1) {
                10_000
            } else if below(n, d, 5, 100) {
                7_000
            } else if below(n, d, 20, 100) {
                4_000
            } else {
                0
            }
        }
        16 => {
            if at_least(n, d, 98, 100) {
                10_000
            } else if at_least(n, d, 90, 100) {
                8_000
            } else if at_least(n, d, 70, 100) {
                5_000
            } else {
                0
            }
        }
        18 => {
            if at_most(n, d, 0, 1) {
                10_000
            } else if at_most(n, d, 1, 100) {
                7_000
            } else if at_most(n, d, 3, 100) {
                3_000
            } else {
                0
            }
        }
        19 => {
            if at_most(n, d, 0, 1) {
                10_000
            } else if at_most(n, d, 1, 1) {
                6_000
            } else if at_most(n, d, 2, 1) {
                2_000
            } else {
                0
            }
        }
        21 => {
            if at_least(n, d, 100, 100) {
                10_000
            } else if at_least(n, d, 90, 100) {
                7_000
            } else if at_least(n, d, 75, 100) {
                3_000
            } else {
                0
            }
        }
        22 => {
            if at_least(n, d, 995, 1_000) {
                10_000
            } else if at_least(n, d, 99, 100) {
                9_000
            } else if at_least(n, d, 98, 100) {
                7_500
            } else if at_least(n, d, 95, 100) {
                5_000
            } else if at_least(n, d, 90, 100) {
                2_000
            } else {
                0
            }
        }
        23 => {
            if at_most(n, d, 5, 1_000) {
                10_000
            } else if at_most(n, d, 1, 100) {
                8_500
            } else if at_most(n, d, 2, 100) {
                6_500
            } else if at_most(n, d, 5, 100) {
                3_000
            } else {
                0
            }
        }
        24 => {
            if at_most(n, d, 1, 100) {
                10_000
            } else if at_most(n, d, 2, 100) {
                8_000
            } else if at_most(n, d, 5, 100) {
                5_000
            } else if at_most(n, d, 10, 100) {
                2_000
            } else {
                0
            }
        }
        25 => {
            if at_most(n, d, 0, 1) {
                10_000
            } else if at_most(n, d, 1, 1_000) {
                6_000
            } else if at_most(n, d, 5, 1_000) {
                2_000
            } else {
                0
            }
        }
        26 => {
            if at_least(n, d, 995, 1_000) {
                10_000
            } else if at_least(n, d, 99, 100) {
                8_500
            } else if at_least(n, d, 97, 100) {
                6_000
            } else if at_least(n, d, 90, 100) {
                2_000
            } else {
                0
            }
        }
        27 => {
            if at_most(n, d, 5, 100) {
                10_000
            } else if at_most(n, d, 10, 100) {
                8_000
            } else if at_most(n, d, 20, 100) {
                5_000
            } else if at_most(n, d, 50, 100) {
                2_000
            } else {
                0
            }
        }
        28 => {
            if at_least(n, d, 98, 100) {
                10_000
            } else if at_least(n, d, 95, 100) {
                8_000
            } else if at_least(n, d, 90, 100) {
                5_000
            } else if at_least(n, d, 80, 100) {
                2_000
            } else {
                0
            }
        }
        29 => {
            if at_least(n, d, 95, 100) {
                10_000
            } else if at_least(n, d, 90, 100) {
                8_000
            } else if at_least(n, d, 80, 100) {
                5_000
            } else if at_least(n, d, 60, 100) {
                2_000
            } else {
                0
            }
        }
        30 => {
            if at_most(n, d, 12, 10) {
                10_000
            } else if at_most(n, d, 15, 10) {
                8_000
            } else if at_most(n, d, 2, 1) {
                5_000
            } else if at_most(n, d, 3, 1) {
                2_000
            } else {
                0
            }
        }
        31 => {
            if at_least(n, d, 12, 1) {
                10_000
            } else if at_least(n, d, 9, 1) {
                8_000
            } else if at_least(n, d, 6, 1) {
                6_000
            } else if at_least(n, d, 3, 1) {
                3_000
            } else {
                1_000
            }
        }
        32 => {
            if at_most(n, d, 4, 1) {
                10_000
            } else if at_most(n, d, 9, 1) {
                7_000
            } else if at_most(n, d, 16, 1) {
                3_000
            } else {
                0
            }
        }
        33 => {
            if at_most(n, d, 1, 100) {
                10_000
            } else if at_most(n, d, 3, 100) {
                7_000
            } else if at_most(n, d, 8, 100) {
                3_000
            } else {
                0
            }
        }
        34 => {
            if at_most(n, d, 2, 100) {
                10_000
            } else if at_most(n, d, 5, 100) {
                7_000
            } else if at_most(n, d, 15, 100) {
                3_000
            } else {
                0
            }
        }
        35 => {
            if at_most(n, d, 1, 100) {
                10_000
            } else if at_most(n, d, 3, 100) {
                7_000
            } else if at_most(n, d, 8, 100) {
                3_000
            } else {
                0
            }
        }
        36 => {
            if at_most(n, d, 1, 1_000) {
                10_000
            } else if at_most(n, d, 5, 1_000) {
                7_000
            } else if at_most(n, d, 2, 100) {
                3_000
            } else {
                0
            }
        }
        37 => {
            if at_most(n, d, 5, 1_000) {
                10_000
            } else if at_most(n, d, 2, 100) {
                7_000
            } else if at_most(n, d, 5, 100) {
                3_000
            } else {
                0
            }
        }
        38 => {
            if at_least(n, d, 48, 10) {
                10_000
            } else if at_least(n, d, 45, 10) {
                9_000
            } else if at_least(n, d, 42, 10) {
                7_500
            } else if at_least(n, d, 40, 10) {
                6_000
            } else if at_least(n, d, 35, 10) {
                3_000
            } else {
                0
            }
        }
        39 => {
            if at_most(n, d, 10, 10) {
                10_000
            } else if at_most(n, d, 12, 10) {
                8_000
            } else if at_most(n, d, 15, 10) {
                5_000
            } else if at_most(n, d, 2, 1) {
                2_000
            } else {
                0
            }
        }
        40 => {
            if at_most(n, d, 1, 1) {
                10_000
            } else if at_most(n, d, 3, 1) {
                8_500
            } else if at_most(n, d, 10, 1) {
                6_000
            } else if at_most(n, d, 30, 1) {
                2_500
            } else {
                0
            }
        }
        41 => {
            if at_least(n, d, 95, 100) {
                10_000
            } else if at_least(n, d, 85, 100) {
                8_000
            } else if at_least(n, d, 70, 100) {
                5_000
            } else if at_least(n, d, 50, 100) {
                2_000
            } else {
                0
            }
        }
        42 => {
            if at_most(n, d, 0, 1) {
                10_000
            } else if at_most(n, d, 5, 10) {
                8_000
            } else if at_most(n, d, 2, 1) {
                5_000
            } else if at_most(n, d, 5, 1) {
                2_000
            } else {
                0
            }
        }
        43 => {
            if at_least(n, d, 98, 100) {
                10_000
            } else if at_least(n, d, 95, 100) {
                8_000
            } else if at_least(n, d, 90, 100) {
                5_000
            } else if at_least(n, d, 80, 100) {
                2_000
            } else {
                0
            }
        }
        44 => {
            if at_least(n, d, 48, 10) {
                10_000
            } else if at_least(n, d, 45, 10) {
                9_000
            } else if at_least(n, d, 42, 10) {
                7_500
            } else if at_least(n, d, 40, 10) {
                6_000
            } else if at_least(n, d, 35, 10) {
                3_000
            } else {
                0
            }
        }
        45 => {
            if at_least(n, d, 98, 100) {
                10_000
            } else if at_least(n, d, 95, 100) {
                8_000
            } else if at_least(n, d, 85, 100) {
                5_000
            } else {
                0
            }
        }
        _ => return None,
    })
}
