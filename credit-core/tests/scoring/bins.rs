//! Every boundary of every ratio bin falls on the side the catalogue (`domain.md` 7.2) says: the threshold itself, a
//! little below it, a little above. The expectations come from the catalogue's text, not from the scorecard.

use credit_core::evaluate::evaluate;
use credit_core::indicator::{IndicatorId, Observation, Observations, State, SubjectKind, Value};
use credit_core::scorecard::{Scorecard, Test};
use credit_core::standing::Standing;

/// Per indicator: value as numerator/denominator, a colon, the basis points it must give.
const PROBES: &[(IndicatorId, &str)] = &[
    (
        IndicatorId::R02,
        "5/1:3000 6/1:5000 7/1:5000 11/1:5000 12/1:7000 13/1:7000 35/1:7000 36/1:8500 \
         37/1:8500 59/1:8500 60/1:10000 61/1:10000",
    ),
    (
        IndicatorId::R03,
        "199999/1000000:2000 1/5:4000 200001/1000000:4000 499999/1000000:4000 1/2:6000 \
         500001/1000000:6000 799999/1000000:6000 4/5:8000 800001/1000000:8000 \
         999999/1000000:8000 1/1:10000 1000001/1000000:10000",
    ),
    (IndicatorId::R04, "0/1:10000 1/1:6000 2/1:2000 3/1:0 4/1:0"),
    (IndicatorId::R05, "0/1:10000 1/1:10000 2/1:7000 3/1:4000 4/1:0 5/1:0"),
    (
        IndicatorId::R07,
        "499999/1000000:0 1/2:4000 500001/1000000:4000 749999/1000000:4000 3/4:7000 \
         750001/1000000:7000 999999/1000000:7000 1/1:10000",
    ),
    (IndicatorId::R08, "799999/1000000:0 4/5:5000 800001/1000000:5000 999999/1000000:5000 1/1:10000"),
    (
        IndicatorId::P01,
        "0/1:10000 1/1000000:8500 999999/1000000:8500 1/1:8500 1000001/1000000:6500 \
         2999999/1000000:6500 3/1:6500 3000001/1000000:4000 5999999/1000000:4000 6/1:4000 \
         6000001/1000000:1500 9999999/1000000:1500 10/1:1500 10000001/1000000:0",
    ),
    (
        IndicatorId::P02,
        "0/1:10000 1/1000000:8500 999999/1000000:8500 1/1:6500 1000001/1000000:6500 \
         4999999/1000000:6500 5/1:4500 5000001/1000000:4500 9999999/1000000:4500 10/1:2000 \
         10000001/1000000:2000 49999999/1000000:2000 50/1:0 50000001/1000000:0",
    ),
    (
        IndicatorId::P07,
        "0/1:10000 1/1000000:7000 49999/1000000:7000 1/20:4000 50001/1000000:4000 \
         199999/1000000:4000 1/5:0 200001/1000000:0",
    ),
    (
        IndicatorId::P08,
        "699999/1000000:0 7/10:5000 700001/1000000:5000 899999/1000000:5000 9/10:8000 \
         900001/1000000:8000 979999/1000000:8000 49/50:10000 980001/1000000:10000",
    ),
    (
        IndicatorId::P10,
        "0/1:10000 1/1000000:7000 9999/1000000:7000 1/100:7000 10001/1000000:3000 \
         29999/1000000:3000 3/100:3000 30001/1000000:0",
    ),
    (IndicatorId::P11, "0/1:10000 1/1:6000 2/1:2000 3/1:0 4/1:0"),
    (
        IndicatorId::P13,
        "749999/1000000:0 3/4:3000 750001/1000000:3000 899999/1000000:3000 9/10:7000 \
         900001/1000000:7000 999999/1000000:7000 1/1:10000",
    ),
    (
        IndicatorId::T01,
        "899999/1000000:0 9/10:2000 900001/1000000:2000 949999/1000000:2000 19/20:5000 \
         950001/1000000:5000 979999/1000000:5000 49/50:7500 980001/1000000:7500 \
         989999/1000000:7500 99/100:9000 990001/1000000:9000 994999/1000000:9000 199/200:10000 \
         995001/1000000:10000",
    ),
    (
        IndicatorId::T02,
        "4999/1000000:10000 1/200:10000 5001/1000000:8500 9999/1000000:8500 1/100:8500 \
         10001/1000000:6500 19999/1000000:6500 1/50:6500 20001/1000000:3000 49999/1000000:3000 \
         1/20:3000 50001/1000000:0",
    ),
    (
        IndicatorId::T03,
        "9999/1000000:10000 1/100:10000 10001/1000000:8000 19999/1000000:8000 1/50:8000 \
         20001/1000000:5000 49999/1000000:5000 1/20:5000 50001/1000000:2000 99999/1000000:2000 \
         1/10:2000 100001/1000000:0",
    ),
    (
        IndicatorId::T04,
        "0/1:10000 1/1000000:6000 999/1000000:6000 1/1000:6000 1001/1000000:2000 \
         4999/1000000:2000 1/200:2000 5001/1000000:0",
    ),
    (
        IndicatorId::T05,
        "899999/1000000:0 9/10:2000 900001/1000000:2000 969999/1000000:2000 97/100:6000 \
         970001/1000000:6000 989999/1000000:6000 99/100:8500 990001/1000000:8500 \
         994999/1000000:8500 199/200:10000 995001/1000000:10000",
    ),
    (
        IndicatorId::T06,
        "49999/1000000:10000 1/20:10000 50001/1000000:8000 99999/1000000:8000 1/10:8000 \
         100001/1000000:5000 199999/1000000:5000 1/5:5000 200001/1000000:2000 \
         499999/1000000:2000 1/2:2000 500001/1000000:0",
    ),
    (
        IndicatorId::T07,
        "799999/1000000:0 4/5:2000 800001/1000000:2000 899999/1000000:2000 9/10:5000 \
         900001/1000000:5000 949999/1000000:5000 19/20:8000 950001/1000000:8000 \
         979999/1000000:8000 49/50:10000 980001/1000000:10000",
    ),
    (
        IndicatorId::T08,
        "599999/1000000:0 3/5:2000 600001/1000000:2000 799999/1000000:2000 4/5:5000 \
         800001/1000000:5000 899999/1000000:5000 9/10:8000 900001/1000000:8000 \
         949999/1000000:8000 19/20:10000 950001/1000000:10000",
    ),
    (
        IndicatorId::T09,
        "1199999/1000000:10000 6/5:10000 1200001/1000000:8000 1499999/1000000:8000 3/2:8000 \
         1500001/1000000:5000 1999999/1000000:5000 2/1:5000 2000001/1000000:2000 \
         2999999/1000000:2000 3/1:2000 3000001/1000000:0",
    ),
    (
        IndicatorId::T10,
        "2/1:1000 3/1:3000 4/1:3000 5/1:3000 6/1:6000 7/1:6000 8/1:6000 9/1:8000 10/1:8000 \
         11/1:8000 12/1:10000",
    ),
    (
        IndicatorId::T11,
        "3999999/1000000:10000 4/1:10000 4000001/1000000:7000 8999999/1000000:7000 9/1:7000 \
         9000001/1000000:3000 15999999/1000000:3000 16/1:3000 16000001/1000000:0",
    ),
    (
        IndicatorId::T12,
        "9999/1000000:10000 1/100:10000 10001/1000000:7000 29999/1000000:7000 3/100:7000 \
         30001/1000000:3000 79999/1000000:3000 2/25:3000 80001/1000000:0",
    ),
    (
        IndicatorId::T13,
        "19999/1000000:10000 1/50:10000 20001/1000000:7000 49999/1000000:7000 1/20:7000 \
         50001/1000000:3000 149999/1000000:3000 3/20:3000 150001/1000000:0",
    ),
    (
        IndicatorId::T14,
        "9999/1000000:10000 1/100:10000 10001/1000000:7000 29999/1000000:7000 3/100:7000 \
         30001/1000000:3000 79999/1000000:3000 2/25:3000 80001/1000000:0",
    ),
    (
        IndicatorId::T15,
        "999/1000000:10000 1/1000:10000 1001/1000000:7000 4999/1000000:7000 1/200:7000 \
         5001/1000000:3000 19999/1000000:3000 1/50:3000 20001/1000000:0",
    ),
    (
        IndicatorId::T16,
        "4999/1000000:10000 1/200:10000 5001/1000000:7000 19999/1000000:7000 1/50:7000 \
         20001/1000000:3000 49999/1000000:3000 1/20:3000 50001/1000000:0",
    ),
    (
        IndicatorId::C01,
        "3499999/1000000:0 7/2:3000 3500001/1000000:3000 3999999/1000000:3000 4/1:6000 \
         4000001/1000000:6000 4199999/1000000:6000 21/5:7500 4200001/1000000:7500 \
         4499999/1000000:7500 9/2:9000 4500001/1000000:9000 4799999/1000000:9000 24/5:10000 \
         4800001/1000000:10000",
    ),
    (
        IndicatorId::C02,
        "999999/1000000:10000 1/1:10000 1000001/1000000:8000 1199999/1000000:8000 6/5:8000 \
         1200001/1000000:5000 1499999/1000000:5000 3/2:5000 1500001/1000000:2000 \
         1999999/1000000:2000 2/1:2000 2000001/1000000:0",
    ),
    (
        IndicatorId::C03,
        "999999/1000000:10000 1/1:10000 1000001/1000000:8500 2999999/1000000:8500 3/1:8500 \
         3000001/1000000:6000 9999999/1000000:6000 10/1:6000 10000001/1000000:2500 \
         29999999/1000000:2500 30/1:2500 30000001/1000000:0",
    ),
    (
        IndicatorId::C04,
        "499999/1000000:0 1/2:2000 500001/1000000:2000 699999/1000000:2000 7/10:5000 \
         700001/1000000:5000 849999/1000000:5000 17/20:8000 850001/1000000:8000 \
         949999/1000000:8000 19/20:10000 950001/1000000:10000",
    ),
    (
        IndicatorId::C05,
        "0/1:10000 1/1000000:8000 499999/1000000:8000 1/2:8000 500001/1000000:5000 \
         1999999/1000000:5000 2/1:5000 2000001/1000000:2000 4999999/1000000:2000 5/1:2000 \
         5000001/1000000:0",
    ),
    (
        IndicatorId::C06,
        "799999/1000000:0 4/5:2000 800001/1000000:2000 899999/1000000:2000 9/10:5000 \
         900001/1000000:5000 949999/1000000:5000 19/20:8000 950001/1000000:8000 \
         979999/1000000:8000 49/50:10000 980001/1000000:10000",
    ),
    (
        IndicatorId::C07,
        "3499999/1000000:0 7/2:3000 3500001/1000000:3000 3999999/1000000:3000 4/1:6000 \
         4000001/1000000:6000 4199999/1000000:6000 21/5:7500 4200001/1000000:7500 \
         4499999/1000000:7500 9/2:9000 4500001/1000000:9000 4799999/1000000:9000 24/5:10000 \
         4800001/1000000:10000",
    ),
    (
        IndicatorId::C08,
        "849999/1000000:0 17/20:5000 850001/1000000:5000 949999/1000000:5000 19/20:8000 \
         950001/1000000:8000 979999/1000000:8000 49/50:10000 980001/1000000:10000",
    ),
];

/// Numerator, denominator and basis points of one indicator's probes.
fn probes(text: &str) -> Vec<(i128, i128, u16)> {
    let one = |probe: &str| {
        let (value, bp) = probe.split_once(':').unwrap();
        let (num, den) = value.split_once('/').unwrap();
        (num.parse().unwrap(), den.parse().unwrap(), bp.parse().unwrap())
    };
    text.split_whitespace().map(one).collect()
}

/// Category codes and their basis points.
const CATEGORIES: &[(IndicatorId, &[(&str, u16)])] = &[
    (
        IndicatorId::R01,
        &[("consistent", 10000), ("soft_mismatch", 7000), ("hard_mismatch", 3000), ("not_operating", 0)],
    ),
    (IndicatorId::R06, &[("verified", 10000), ("never_verified", 6000), ("failed", 2000), ("lost", 0)]),
    (IndicatorId::R09, &[("none", 10000), ("weak", 6000), ("one_strong", 2000), ("many_strong", 0)]),
    (IndicatorId::P03, &[("ADV", 10000), ("CERT", 9000), ("REG", 7500), ("DIS", 0), ("SDIS", 0)]),
    (IndicatorId::P04, &[("A", 10000), ("EXEMPT", 8000), ("GUIDANCE", 7000), ("B", 3000), ("C", 0)]),
    (IndicatorId::P05, &[("A", 10000), ("B", 8500), ("M", 7000), ("C", 3000), ("D", 0), ("unrated", 7000)]),
    (IndicatorId::P06, &[("none", 10000), ("recently_removed", 7000), ("listed", 0)]),
    (IndicatorId::P07, &[("judgment_defaulter", 0)]),
    (IndicatorId::P09, &[("none", 10000), ("within_30_days", 5000), ("over_30_days", 0), ("listed", 0)]),
    (IndicatorId::P12, &[("优", 10000), ("良", 8000), ("中", 5000), ("差", 0)]),
    (IndicatorId::T09, &[("no_peer_returns", 0)]),
];

/// A kind for which the indicator has points.
fn kind_of(card: &Scorecard, id: IndicatorId) -> SubjectKind {
    let max = card.indicator(id).unwrap().max_points;
    SubjectKind::ALL.into_iter().find(|kind| max.of(*kind) > 0).unwrap()
}

/// The basis points the evaluator gives. Disabled indicators have bins too; they are asked directly.
fn bp(card: &Scorecard, id: IndicatorId, value: Value) -> Option<u16> {
    let indicator = card.indicator(id).unwrap();
    if indicator.disabled {
        return indicator.bins.iter().find(|bin| bin.test.holds(&value)).map(|bin| bin.bp);
    }
    let seen = Observations::from_iter([(id, Observation::observed(value, 1000))]);
    let outcome = evaluate(card, kind_of(card, id), &seen, &Standing::default());
    let result = outcome.indicators.iter().find(|result| result.id == id).unwrap();
    (result.state == State::Observed).then_some(result.bp).flatten()
}

#[test]
fn every_boundary_falls_on_the_right_side() {
    let card = Scorecard::embedded().unwrap();
    for (id, text) in PROBES {
        for (num, den, expected) in probes(text) {
            // Not in lowest terms, as counts are not.
            let value = Value::Ratio { num: num * 7, den: den * 7 };
            assert_eq!(bp(&card, *id, value), Some(expected), "{id:?} {num}/{den}");
        }
    }
}

#[test]
fn every_category_gives_its_points_and_no_other_category_any() {
    let card = Scorecard::embedded().unwrap();
    for (id, categories) in CATEGORIES {
        for (code, expected) in *categories {
            assert_eq!(bp(&card, *id, Value::Category((*code).to_owned())), Some(*expected), "{id:?} {code}");
        }
        assert_eq!(bp(&card, *id, Value::Category("other".to_owned())), None, "{id:?}");
    }
}

#[test]
fn every_indicator_is_probed() {
    let card = Scorecard::embedded().unwrap();
    for indicator in &card.indicators {
        let ratios = indicator.bins.iter().filter(|bin| !matches!(bin.test, Test::Category(_))).count();
        let probed =
            PROBES.iter().find(|(id, _)| *id == indicator.id).map_or(0, |(_, text)| probes(text).len());
        assert!(ratios == 0 || probed > ratios, "{:?}", indicator.id);
        let listed =
            CATEGORIES.iter().find(|(id, _)| *id == indicator.id).map_or(0, |(_, codes)| codes.len());
        assert_eq!(listed, indicator.bins.len() - ratios, "{:?}", indicator.id);
    }
}

#[test]
fn a_sample_below_the_minimum_is_insufficient() {
    let card = Scorecard::embedded().unwrap();
    let minima: Vec<(IndicatorId, u64)> = card
        .indicators
        .iter()
        .filter(|indicator| indicator.min_n > 0 && !indicator.disabled)
        .map(|indicator| (indicator.id, indicator.min_n))
        .collect();
    assert_eq!(minima.len(), 20);
    for (id, min_n) in minima {
        for (n, state, bp) in [(min_n - 1, State::Insufficient, None), (min_n, State::Observed, Some(()))] {
            let seen = Observations::from_iter([(id, Observation::observed(Value::whole(0), n))]);
            let outcome = evaluate(&card, kind_of(&card, id), &seen, &Standing::default());
            let result = outcome.indicators.iter().find(|result| result.id == id).unwrap();
            assert_eq!((result.state, result.bin.map(|_| ())), (state, bp), "{id:?} {n}");
        }
    }
}
