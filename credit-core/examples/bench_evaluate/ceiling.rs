//! The scorecard written out by hand, as far as a program can be: constants instead of a document, no strings, no
//! exact fractions kept. It answers the same question with the same numbers and is the ceiling for the evaluator.

use credit_core::indicator::{Observation, State, SubjectKind, Value};

pub const COUNT: usize = 46;

/// What the ceiling gives: score, points and losses in hundredths, and the losing indicators by loss.
pub struct Answer {
    pub score: i64,
    pub points: [i64; COUNT],
    pub losses: [i64; COUNT],
    pub ranked: Vec<usize>,
}

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
fn bin(place: usize, value: &Value) -> Option<i64> {
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

const E1: Kind = Kind {
    weights: [150, 350, 350, 150],
    max: [
        30, 20, 10, 20, 15, 15, 20, 10, 10, 80, 30, 60, 30, 40, 25, 25, 15, 15, 15, 10, 5, 0, 50, 35, 15, 30,
        25, 40, 15, 0, 20, 20, 15, 20, 20, 15, 10, 10, 40, 15, 30, 20, 15, 20, 0, 0,
    ],
};

const E2: Kind = Kind {
    weights: [150, 350, 300, 200],
    max: [
        30, 20, 10, 20, 15, 15, 15, 15, 10, 80, 30, 50, 20, 40, 25, 25, 15, 15, 15, 20, 15, 0, 45, 25, 15,
        20, 30, 15, 15, 0, 20, 15, 10, 25, 25, 15, 5, 10, 40, 15, 40, 30, 20, 35, 0, 0,
    ],
};

const E3: Kind = Kind {
    weights: [150, 350, 350, 150],
    max: [
        30, 20, 10, 20, 15, 15, 15, 15, 10, 80, 30, 60, 10, 40, 25, 25, 15, 15, 10, 5, 15, 20, 50, 35, 20,
        30, 0, 0, 60, 0, 0, 20, 15, 0, 20, 0, 40, 10, 35, 15, 30, 25, 10, 15, 0, 0,
    ],
};

const E4: Kind = Kind {
    weights: [200, 400, 300, 100],
    max: [
        40, 25, 15, 25, 20, 20, 20, 20, 15, 90, 30, 60, 40, 50, 30, 30, 15, 15, 0, 0, 20, 20, 55, 50, 30, 35,
        25, 35, 0, 0, 0, 20, 15, 0, 0, 15, 0, 20, 25, 10, 20, 20, 10, 5, 0, 0,
    ],
};

const MIN_N: [u64; COUNT] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 30, 30, 100, 30, 30, 30, 30, 100,
    0, 6, 100, 100, 100, 100, 100, 20, 20, 100, 3, 100, 50, 5, 20,
];

struct Kind {
    weights: [i64; 4],
    /// Nought where disabled.
    max: [i64; COUNT],
}

/// First indicator of each source, and the end.
const SOURCES: [usize; 5] = [0, 9, 22, 38, 46];
const C01: usize = 38;
const C06: usize = 43;

pub fn score(kind: SubjectKind, observations: &[Observation]) -> Answer {
    let kind = match kind {
        SubjectKind::E1 => &E1,
        SubjectKind::E2 => &E2,
        SubjectKind::E3 => &E3,
        SubjectKind::E4 => &E4,
    };
    // None: does not count.
    let mut bps = [None; COUNT];
    let mut is_observed = [false; COUNT];
    for (place, seen) in observations.iter().enumerate() {
        if kind.max[place] == 0 {
            continue;
        }
        bps[place] = match seen.state {
            State::NotApplicable | State::Disabled => None,
            State::Insufficient => Some(6000),
            State::Observed if seen.n < MIN_N[place] => Some(6000),
            State::Observed => match seen.value.as_ref().and_then(|value| bin(place, value)) {
                Some(bp) => {
                    is_observed[place] = true;
                    Some(bp)
                }
                None => Some(6000),
            },
        };
    }
    if is_observed[C06] && bps[C06] == Some(0) && bps[C01].is_some() {
        bps[C01] = Some(0);
    }
    let mut answer =
        Answer { score: 0, points: [0; COUNT], losses: [0; COUNT], ranked: Vec::with_capacity(COUNT) };
    // The sum over the common denominator of the four sources, 10 000 left out until the end.
    let (mut num, mut den) = (0_i128, 1_i128);
    let mut shares = [(0_i64, 1_i64); COUNT];
    for source in 0..4 {
        let places = SOURCES[source]..SOURCES[source + 1];
        let counted = || places.clone().filter_map(|place| bps[place].map(|bp| (place, bp)));
        let max: i64 = counted().map(|(place, _)| kind.max[place]).sum();
        let weight = kind.weights[source];
        let (n, d) = if max == 0 {
            (weight * 6000, 1)
        } else {
            (weight * counted().map(|(place, bp)| kind.max[place] * bp).sum::<i64>(), max)
        };
        (num, den) = (num * i128::from(d) + i128::from(n) * den, den * i128::from(d));
        for (place, bp) in counted() {
            let full = weight * kind.max[place];
            answer.points[place] = hundredths(full * bp, 10_000 * max);
            answer.losses[place] = hundredths(full * (10_000 - bp), 10_000 * max);
            shares[place] = (full * (10_000 - bp), max);
        }
    }
    answer.score = i64::try_from((2 * num + 10_000 * den).div_euclid(20_000 * den)).unwrap();
    answer.ranked.extend((0..COUNT).filter(|place| shares[*place].0 > 0));
    answer.ranked.sort_by(|left, right| {
        let (l, r) = (shares[*left], shares[*right]);
        (r.0 * l.1).cmp(&(l.0 * r.1))
    });
    answer
}

fn hundredths(num: i64, den: i64) -> i64 {
    (200 * num + den).div_euclid(2 * den)
}
