use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::evaluate::evaluate;
use crate::standing::{Hit, UnratedReason};

fn card() -> &'static Scorecard {
    static CARD: LazyLock<Scorecard> = LazyLock::new(|| Scorecard::embedded().unwrap());
    &CARD
}

/// Every indicator observed in the bin `choose` picks.
fn in_bins(card: &Scorecard, choose: impl Fn(usize, &Indicator) -> usize) -> BTreeMap<IndicatorId, Change> {
    let at = |(at, i): (usize, &Indicator)| (i.id, Change::Bp(i.bins[choose(at, i) % i.bins.len()].bp));
    card.indicators.iter().enumerate().map(at).collect()
}

/// Observations of which each takes the given category or ratio.
fn all_best(card: &Scorecard) -> Observations {
    use crate::scorecard::Test;
    let value = |i: &Indicator| match &i.bins[0].test {
        Test::Category(code) => Value::Category(code.clone()),
        Test::AtLeast(f) | Test::AtMost(f) | Test::Below(f) => Value::Ratio { num: f.num(), den: f.den() },
        Test::Otherwise => unreachable!(),
    };
    card.indicators.iter().map(|i| (i.id, Observation::observed(value(i), 1_000_000))).collect()
}

#[test]
fn at_the_top_there_is_nothing_to_advise() {
    let card = card();
    let plan = plan(card, SubjectKind::E1, &all_best(card), &Standing::default());
    assert_eq!((plan.target, plan.steps.len()), (None, 0));
}

#[test]
fn names_what_no_point_can_overcome() {
    let card = card();
    let mut seen = all_best(card);
    let hit =
        |code: &str| Hit { code: code.to_owned(), record: String::new(), since: chrono::NaiveDate::MIN };
    let capped = Standing { caps: vec![hit("safe_b")], ..Standing::default() };
    assert_eq!(plan(card, SubjectKind::E1, &seen, &capped).blocked_by, ["safe_b"]);
    let vetoed = Standing { vetoes: vec![hit("V1")], ..Standing::default() };
    assert_eq!(plan(card, SubjectKind::E1, &seen, &vetoed).blocked_by, ["V1"]);
    let young = Standing { unrated: vec![UnratedReason::Young], ..Standing::default() };
    assert_eq!(plan(card, SubjectKind::E1, &seen, &young).blocked_by, ["young"]);
    // A cap above the next floor does not stand in the way.
    seen.insert(IndicatorId::P03, Observation::observed(Value::Category("DIS".to_owned()), 0));
    seen.insert(IndicatorId::P01, Observation::observed(Value::whole(11), 0));
    seen.insert(IndicatorId::T01, Observation::observed(Value::whole(0), 100));
    seen.insert(IndicatorId::T02, Observation::observed(Value::whole(1), 100));
    seen.insert(IndicatorId::C03, Observation::observed(Value::whole(31), 100));
    seen.insert(IndicatorId::C06, Observation::observed(Value::whole(0), 100));
    let low = plan(card, SubjectKind::E1, &seen, &capped);
    assert_eq!((low.target, low.reaches, low.blocked_by.len()), (Some(Grade::BBB), true, 0));
}

#[test]
fn one_step_that_suffices_is_the_only_advice_and_age_is_never_advised() {
    let card = card();
    let mut seen = all_best(card);
    seen.insert(IndicatorId::R02, Observation::observed(Value::whole(1), 0));
    seen.insert(IndicatorId::P01, Observation::observed(Value::whole(10), 0));
    let plan = plan(card, SubjectKind::E1, &seen, &Standing::default());
    assert_eq!((plan.target, plan.reaches, plan.steps.len()), (Some(Grade::AAA), true, 1));
    let step = &plan.steps[0];
    // 80 points from 1500 to 4000 basis points, nothing redistributed in S2 but P13, which E1 has no points for.
    assert_eq!(
        (step.indicator, step.from_bin, step.to_bin, step.gain),
        (IndicatorId::P01, 4, 3, Hundredths(2000))
    );
}

#[test]
fn credible_reviews_give_the_star_rating_back() {
    let card = card();
    let mut seen = all_best(card);
    seen.insert(IndicatorId::C06, Observation::observed(Value::Ratio { num: 79, den: 100 }, 100));
    let before = evaluate(card, SubjectKind::E1, &seen, &Standing::default());
    // C06 gives 20 of 140 and C01 40 of 140 of the source's 150.
    assert_eq!(before.sub_scores.s4, Hundredths(8571));
    let changes = BTreeMap::from([(IndicatorId::C06, Change::Value(Value::Ratio { num: 4, den: 5 }))]);
    let after = simulate(card, SubjectKind::E1, &seen, &Standing::default(), &changes);
    assert_eq!(after.sub_scores.s4, Hundredths(13286));
}

proptest! {
    /// Every step's gain is real, and the plan ends in the band it names.
    #[test]
    fn plans_keep_their_word(choices in proptest::collection::vec(0usize..6, IndicatorId::COUNT)) {
        let card = card();
        let seen: Observations = all_best(card)
            .into_iter()
            .zip(&choices)
            .map(|((id, best), choice)| (id, if *choice == 0 { Observation::insufficient(0) } else { best }))
            .collect();
        let changes = in_bins(card, |at, _| choices[at]);
        let start = simulate(card, SubjectKind::E2, &seen, &Standing::default(), &changes);
        let better: BTreeMap<_, _> = changes.keys().map(|id| (*id, Change::Bp(10_000))).collect();
        let top = simulate(card, SubjectKind::E2, &seen, &Standing::default(), &better);
        prop_assert_eq!(top.score, 1000);
        prop_assert!(start.score <= top.score);
        let plan = plan(card, SubjectKind::E2, &seen, &Standing::default());
        let before = evaluate(card, SubjectKind::E2, &seen, &Standing::default());
        prop_assert!(plan.steps.is_empty() || plan.target.is_some());
        if let Some(target) = plan.target {
            prop_assert!(target.rank() > before.grade_by_score.rank());
        }
    }

    #[test]
    fn simulating_a_value_is_evaluating_it(num in 0i128..2_000, at in 0usize..46) {
        let card = card();
        let seen = all_best(card);
        let id = IndicatorId::ALL[at];
        let value = Value::Ratio { num, den: 1000 };
        let mut replaced = seen.clone();
        replaced.insert(id, Observation::observed(value.clone(), 1_000_000));
        let changes = BTreeMap::from([(id, Change::Value(value))]);
        let simulated = simulate(card, SubjectKind::E3, &seen, &Standing::default(), &changes);
        prop_assert_eq!(simulated, evaluate(card, SubjectKind::E3, &replaced, &Standing::default()));
    }
}
