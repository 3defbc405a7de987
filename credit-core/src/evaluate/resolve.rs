//! From an observation to a state, a bin and basis points.

use crate::indicator::{IndicatorId, Observation, Observations, State, SubjectKind, Value};
use crate::scorecard::{Indicator, Scorecard};

/// One indicator on its way into the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) id: IndicatorId,
    pub(crate) state: State,
    /// The scorecard's maximum for this kind of subject.
    pub(crate) max: u16,
    /// Place of the bin that applies, 0 the best.
    pub(crate) bin: Option<u16>,
    pub(crate) bp: u16,
    /// Another indicator has taken the points away.
    pub(crate) voided: bool,
}

impl Part {
    /// Whether it enters the sum at all.
    pub(crate) fn counts(&self) -> bool {
        self.max > 0 && matches!(self.state, State::Observed | State::Insufficient)
    }
}

/// All indicators in catalogue order, void rules applied.
pub(crate) fn resolve_all(card: &Scorecard, kind: SubjectKind, observations: &Observations) -> Vec<Part> {
    let mut parts: Vec<Part> = card
        .indicators
        .iter()
        .map(|indicator| resolve(card, indicator, kind, observations.get(indicator.id)))
        .collect();
    apply_voids(card, &mut parts);
    parts
}

/// State and basis points of one indicator (ruling A3).
fn resolve(card: &Scorecard, indicator: &Indicator, kind: SubjectKind, seen: Option<&Observation>) -> Part {
    let max = indicator.max_points.of(kind);
    let (state, bin) = state_and_bin(indicator, max, seen);
    let bp = match (state, bin) {
        (State::Observed, Some((_, bp))) => bp,
        (State::Insufficient, _) => card.neutral_bp,
        _ => 0,
    };
    Part { id: indicator.id, state, max, bin: bin.map(|(at, _)| at), bp, voided: false }
}

fn state_and_bin(indicator: &Indicator, max: u16, seen: Option<&Observation>) -> (State, Option<(u16, u16)>) {
    if indicator.disabled {
        return (State::Disabled, None);
    }
    if max == 0 {
        return (State::NotApplicable, None);
    }
    let Some(seen) = seen else {
        return (State::Insufficient, None);
    };
    match seen.state {
        // An observer may hold disabled what this scorecard does not: removed all the same.
        State::NotApplicable | State::Disabled => (State::NotApplicable, None),
        State::Insufficient => (State::Insufficient, None),
        State::Observed if seen.n < indicator.min_n => (State::Insufficient, None),
        State::Observed => match seen.value.as_ref().and_then(|value| bin_of(indicator, value)) {
            Some(bin) => (State::Observed, Some(bin)),
            None => (State::Insufficient, None),
        },
    }
}

/// Place and basis points of the first bin whose test holds.
pub(crate) fn bin_of(indicator: &Indicator, value: &Value) -> Option<(u16, u16)> {
    let at = indicator.bins.iter().position(|bin| bin.test.holds(value))?;
    let bin = indicator.bins.get(at)?;
    Some((u16::try_from(at).ok()?, bin.bp))
}

/// Ruling D1: an observed indicator in its worst bin takes another's points away. The other stays in the sum,
/// nothing is redistributed.
pub(crate) fn apply_voids(card: &Scorecard, parts: &mut [Part]) {
    for rule in &card.voids {
        let worst = card.indicator(rule.indicator).map_or(0, Indicator::worst_bp);
        let strikes = parts
            .iter()
            .any(|part| part.id == rule.indicator && part.state == State::Observed && part.bp <= worst);
        if !strikes {
            continue;
        }
        for part in parts.iter_mut().filter(|part| part.id == rule.voids && part.counts()) {
            part.bp = rule.bp;
            part.voided = true;
        }
    }
}
