//! One table per ruling; facts are built by [`builder`].

pub mod builder;

mod evidence;
mod exact;
mod penalties;
mod properties;
mod public_credit;
mod registration;
mod reviews;
mod standing;
mod trade;

use super::{ObserveParams, observe};
use crate::facts::Facts;
use crate::indicator::{IndicatorId, Observation, State, Value};

/// One indicator of the facts, with the catalogue's parameters.
fn seen(facts: &Facts, id: IndicatorId) -> Observation {
    observe(facts, &ObserveParams::default()).remove(id).unwrap()
}

fn code(facts: &Facts, id: IndicatorId) -> String {
    match seen(facts, id) {
        Observation { state: State::Observed, value: Some(Value::Category(code)), .. } => code,
        other => panic!("{id:?}: no category but {other:?}"),
    }
}

fn ratio(facts: &Facts, id: IndicatorId) -> (i128, i128) {
    match seen(facts, id) {
        Observation { state: State::Observed, value: Some(Value::Ratio { num, den }), .. } => (num, den),
        other => panic!("{id:?}: no ratio but {other:?}"),
    }
}

/// Asserts `num/den` whatever the terms.
fn assert_ratio(facts: &Facts, id: IndicatorId, num: i128, den: i128) {
    let found = ratio(facts, id);
    assert_eq!(found.0 * den, num * found.1, "{id:?} is {found:?}, not {num}/{den}");
}

fn state(facts: &Facts, id: IndicatorId) -> State {
    seen(facts, id).state
}

#[test]
fn all_indicators_are_observed_in_catalogue_order() {
    let facts = builder::facts("2026-11-23");
    let all = observe(&facts, &ObserveParams::default());
    assert_eq!(all.iter().map(|(id, _)| id).collect::<Vec<_>>(), IndicatorId::ALL.to_vec());
}

#[test]
fn a3_disabled_is_what_the_scorecard_says() {
    let mut facts = builder::facts("2026-11-23");
    facts.trade.promised_90 = 40;
    facts.trade.kept_promise_90 = 39;
    for id in [IndicatorId::T08, IndicatorId::C07, IndicatorId::C08] {
        assert_eq!(state(&facts, id), State::Disabled);
    }
    let open = ObserveParams { disabled: [IndicatorId::P05].into(), ..ObserveParams::default() };
    let all = observe(&facts, &open);
    assert_eq!(all.get(IndicatorId::P05).unwrap().state, State::Disabled);
    assert_eq!(all.get(IndicatorId::T08).unwrap().value, Some(Value::Ratio { num: 39, den: 40 }));
    assert_eq!(all.get(IndicatorId::C07).unwrap().state, State::Disabled, "no fact carries it");
}

/// A1: the triggers are dated after `since` and not after D.
#[test]
fn a1_new_adverse_records() {
    let since = builder::day("2026-10-31");
    for (date, expected) in
        [("2026-10-31", false), ("2026-11-01", true), ("2026-11-23", true), ("2026-11-24", false)]
    {
        let mut by_penalty = builder::facts("2026-11-23");
        by_penalty.penalties.push(builder::penalty(date));
        let mut by_list = builder::facts("2026-11-23");
        by_list.listings.push(builder::listing(crate::records::ListCode::AbnormalOperation, date));
        let mut by_class = builder::facts("2026-11-23");
        by_class.classes.push(builder::class(crate::records::ClassAuthority::Tax, "C", date));
        for facts in [by_penalty, by_list, by_class] {
            assert_eq!(super::new_adverse_since(&facts, since), expected, "{date}");
        }
    }
    let mut revoked = builder::facts("2026-11-23");
    revoked.penalties.push(builder::penalty("2026-11-10"));
    revoked.penalties[0].revoked = true;
    assert!(!super::new_adverse_since(&revoked, since));
}
