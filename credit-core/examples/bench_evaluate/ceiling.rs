//! The scorecard written out by hand, as far as a program can be: constants instead of a document, no strings, no
//! exact fractions kept. It answers the same question with the same numbers and is the ceiling for the evaluator.

use crate::bins::bin;
use credit_core::indicator::{Observation, State, SubjectKind};

pub const COUNT: usize = 46;

/// What the ceiling gives: score, points and losses in hundredths, and the losing indicators by loss.
pub struct Answer {
    pub score: i64,
    pub points: [i64; COUNT],
    pub losses: [i64; COUNT],
    pub ranked: Vec<usize>,
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
