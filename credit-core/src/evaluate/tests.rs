//! The evaluator against a naive reading of the rulings, and its invariants.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::indicator::{IndicatorId, Observation, Source, Value};
use crate::scorecard::Test;
use crate::standing::Hit;

fn card() -> &'static Scorecard {
    static CARD: LazyLock<Scorecard> = LazyLock::new(|| Scorecard::embedded().unwrap());
    &CARD
}

fn hit(code: &str) -> Hit {
    Hit { code: code.to_owned(), record: String::new(), since: chrono::NaiveDate::MIN }
}

/// A value that the given bin takes and no earlier one.
fn value_in_bin(indicator: &crate::scorecard::Indicator, at: usize) -> Value {
    let ratio = |f: &Fraction| Value::Ratio { num: f.num(), den: f.den() };
    match &indicator.bins[at].test {
        Test::AtLeast(f) | Test::AtMost(f) => ratio(f),
        Test::Below(f) => Value::Ratio { num: f.num() * 1000 - 1, den: f.den() * 1000 },
        Test::Category(code) => Value::Category(code.clone()),
        Test::Otherwise => match &indicator.bins[at - 1].test {
            Test::AtLeast(f) => Value::Ratio { num: f.num() * 1000 - 1, den: f.den() * 1000 },
            Test::AtMost(f) => Value::Ratio { num: f.num() * 1000 + 1, den: f.den() * 1000 },
            Test::Below(f) => ratio(f),
            Test::Category(_) | Test::Otherwise => unreachable!(),
        },
    }
}

/// Any state of any indicator: `None` = not applicable, `Some(None)` = insufficient, else a bin.
fn observation(indicator: &crate::scorecard::Indicator, choice: u8) -> Observation {
    match usize::from(choice) {
        0 => Observation::not_applicable(),
        1 => Observation::insufficient(0),
        n => Observation::observed(value_in_bin(indicator, n % indicator.bins.len()), 1_000_000),
    }
}

fn observations(card: &Scorecard, choices: &[u8]) -> Observations {
    card.indicators.iter().zip(choices).map(|(i, choice)| (i.id, observation(i, *choice))).collect()
}

/// Score and coverage by the rulings' formulas, over one common denominator, with nothing shared with the code
/// under test but the scorecard's numbers.
fn naive(card: &Scorecard, kind: SubjectKind, seen: &Observations) -> (i128, (i128, i128)) {
    let mut rows: Vec<(Source, i128, i128, bool)> = Vec::new();
    let mut fake = false;
    for i in &card.indicators {
        let o = seen.get(i.id).unwrap();
        let max = i128::from(i.max_points.of(kind));
        if i.disabled || max == 0 || o.state == State::NotApplicable {
            continue;
        }
        let bin = o.value.as_ref().and_then(|v| i.bins.iter().find(|b| b.test.holds(v)));
        let (bp, observed) = bin.map_or((6000, false), |b| (i128::from(b.bp), true));
        fake |= i.id == IndicatorId::C06 && observed && bp == 0;
        rows.push((i.id.source(), max, bp, observed));
    }
    if fake {
        let c01 = i128::from(card.indicator(IndicatorId::C01).unwrap().max_points.of(kind));
        let o = seen.get(IndicatorId::C01).unwrap();
        if o.state != State::NotApplicable {
            let first = rows.iter_mut().find(|r| r.0 == Source::S4).unwrap();
            assert_eq!(first.1, c01);
            first.2 = 0;
        }
    }
    let per = Source::ALL.map(|s| {
        let of = |f: fn(&(Source, i128, i128, bool)) -> i128| {
            rows.iter().filter(|r| r.0 == s).map(f).sum::<i128>()
        };
        (
            i128::from(card.weights.of(kind).of(s)),
            of(|r| r.1),
            of(|r| r.1 * r.2),
            of(|r| if r.3 { r.1 } else { 0 }),
        )
    });
    let den: i128 = per.iter().map(|p| p.1.max(1)).product();
    let score: i128 =
        per.iter().map(|(w, m, n, _)| if *m == 0 { 6000 * w * den } else { w * n * (den / m) }).sum();
    let covered: i128 = per.iter().filter(|p| p.1 > 0).map(|(w, m, _, o)| w * o * (den / m)).sum();
    ((2 * score + 10_000 * den) / (20_000 * den), (covered, 1000 * den))
}

fn kinds() -> impl Strategy<Value = SubjectKind> {
    prop_oneof![Just(SubjectKind::E1), Just(SubjectKind::E2), Just(SubjectKind::E3), Just(SubjectKind::E4)]
}

fn choices() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0u8..14, IndicatorId::COUNT)
}

proptest! {
    #[test]
    fn agrees_with_the_formulas(kind in kinds(), choices in choices()) {
        let card = card();
        let seen = observations(card, &choices);
        let got = evaluate(card, kind, &seen, &Standing::default());
        let (score, (num, den)) = naive(card, kind, &seen);
        prop_assert_eq!(i128::from(got.score_raw), score);
        prop_assert_eq!(got.coverage_exact, Exact::new(num, den));
        prop_assert!(got.score <= 1000);
        prop_assert_eq!(got.indicators.len(), IndicatorId::COUNT);
    }

    /// One bin better, everything else alike: never a lower score. (C06 leaving its worst bin gives C01 back.)
    #[test]
    fn a_better_bin_never_lowers_the_score(kind in kinds(), choices in choices(), at in 0usize..46) {
        let card = card();
        let mut seen = observations(card, &choices);
        let indicator = &card.indicators[at];
        let mut scores = Vec::new();
        for bin in 0..indicator.bins.len() {
            seen.insert(indicator.id, Observation::observed(value_in_bin(indicator, bin), 1_000_000));
            let score = evaluate(card, kind, &seen, &Standing::default()).score_raw;
            scores.push((std::cmp::Reverse(indicator.bins[bin].bp), score));
        }
        scores.sort();
        prop_assert!(scores.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{:?}", scores);
    }

    /// After redistribution the points and losses of a source's indicators sum to its weight.
    #[test]
    fn points_and_losses_fill_the_source(kind in kinds(), choices in choices()) {
        let card = card();
        let parts = resolve_all(card, kind, &observations(card, &choices));
        let totals = Totals::of(card, kind, &parts);
        for source in Source::ALL {
            let own: Vec<&Part> = parts.iter().filter(|p| p.id.source() == source && p.counts()).collect();
            if own.is_empty() {
                continue;
            }
            let sum = own.iter().fold(Exact::new(0, 1), |s, p| s.plus(totals.points(p)).plus(totals.loss(p)));
            prop_assert_eq!(sum, Exact::new(i128::from(card.weights.of(kind).of(source)), 1));
        }
    }

    /// Vetoes and caps only lower the score, never touch points, and do not depend on their order.
    #[test]
    fn standing_acts_after_the_points(kind in kinds(), choices in choices(), veto in any::<bool>()) {
        let card = card();
        let seen = observations(card, &choices);
        let free = evaluate(card, kind, &seen, &Standing::default());
        let mut standing = Standing { caps: vec![hit("safe_b"), hit("tax_d")], ..Standing::default() };
        if veto {
            standing.vetoes.push(hit("V3"));
        }
        let bound = evaluate(card, kind, &seen, &standing);
        standing.caps.reverse();
        prop_assert_eq!(&bound, &evaluate(card, kind, &seen, &standing));
        prop_assert_eq!(&bound.indicators, &free.indicators);
        prop_assert_eq!(bound.score_raw, free.score_raw);
        prop_assert_eq!(bound.score, free.score_raw.min(if veto { 399 } else { 599 }));
        prop_assert_eq!(bound.grade_by_score == Grade::D, veto || (free.n_reasons.is_empty() && bound.score < 550));
    }
}
