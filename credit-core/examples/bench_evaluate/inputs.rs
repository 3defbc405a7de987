//! Made-up observations that reach every bin, at, just below and just above each threshold.

use crate::Case;
use credit_core::indicator::{Observation, SubjectKind, Value};
use credit_core::scorecard::{Indicator, Scorecard, Test};

/// A small generator of numbers, the same ones on every machine (Marsaglia's xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

pub fn cases(card: &Scorecard, count: usize) -> Vec<Case> {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    (0..count)
        .map(|number| {
            let listed: Vec<Observation> =
                card.indicators.iter().map(|indicator| observation(indicator, &mut numbers)).collect();
            let mapped =
                card.indicators.iter().map(|indicator| indicator.id).zip(listed.iter().cloned()).collect();
            Case { kind: SubjectKind::ALL[number % 4], listed, mapped }
        })
        .collect()
}

/// Mostly observed, as most indicators of a working enterprise are.
fn observation(indicator: &Indicator, numbers: &mut Numbers) -> Observation {
    match numbers.below(12) {
        0 => Observation::not_applicable(),
        1 => Observation::insufficient(3),
        _ => Observation::observed(value(indicator, numbers), indicator.min_n + numbers.below(900) as u64),
    }
}

fn value(indicator: &Indicator, numbers: &mut Numbers) -> Value {
    match &indicator.bins[numbers.below(indicator.bins.len())].test {
        Test::Category(code) => Value::Category(code.clone()),
        Test::AtLeast(at) | Test::AtMost(at) | Test::Below(at) => {
            // Over a larger denominator, as a share of some thousand rows is.
            let rows = 997 + numbers.below(9_000) as i128;
            let near = numbers.below(3) as i128 - 1;
            Value::Ratio { num: (at.num() * rows + near).max(0), den: at.den() * rows }
        }
        Test::Otherwise => Value::Ratio { num: 73, den: 1 + numbers.below(3) as i128 },
    }
}
