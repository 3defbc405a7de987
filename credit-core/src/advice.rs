//! What would raise the grade, and what a change would do: both recompute exactly, nothing is estimated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::evaluate::{
    Evaluation, Exact, Hundredths, Part, Totals, Verdict, apply_voids, finish, resolve_all,
};
use crate::grade::Grade;
use crate::indicator::{IndicatorId, Observation, Observations, State, SubjectKind, Value};
use crate::scorecard::{Indicator, Scorecard, Text};
use crate::standing::Standing;

/// One step: this indicator into the next better bin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    pub indicator: IndicatorId,
    /// Places of the bins, 0 the best.
    pub from_bin: u16,
    pub to_bin: u16,
    /// Points gained by this step once the steps before it are done, rounded half up to 0.01.
    pub gain: Hundredths,
    pub text: Text,
}

/// The way to the next grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The next better grade; `None` at AAA, and when something other than points stands in the way.
    pub target: Option<Grade>,
    /// Vetoes, caps or conditions of N that no point can overcome: codes of the scorecard.
    pub blocked_by: Vec<String>,
    /// Greatest gain first.
    pub steps: Vec<Advice>,
    /// Whether the steps reach the target.
    pub reaches: bool,
}

/// What would raise the grade, cheapest first: the steps of [`plan`].
#[must_use]
pub fn advice(card: &Scorecard, kind: SubjectKind, seen: &Observations, standing: &Standing) -> Vec<Advice> {
    plan(card, kind, seen, standing).steps
}

/// The fewest single-bin improvements that raise the grade, found greedily: at each step the one that gains
/// most, ties in catalogue order. Indicators the enterprise cannot act on (mere age) are left out.
#[must_use]
pub fn plan(card: &Scorecard, kind: SubjectKind, seen: &Observations, standing: &Standing) -> Plan {
    let base = unvoided(card, kind, seen);
    let (now, verdict) = judge(card, kind, &base, standing);
    let blocked = |by: Vec<String>| Plan { target: None, blocked_by: by, steps: Vec::new(), reaches: false };
    if verdict.grade == Grade::N {
        return blocked(verdict.n_reasons.iter().map(|reason| reason.code().to_owned()).collect());
    }
    if !verdict.vetoes.is_empty() {
        return blocked(verdict.vetoes);
    }
    let Some(band) = card.grades.iter().rev().find(|band| band.code.rank() > verdict.grade.rank()) else {
        return blocked(Vec::new());
    };
    let too_low: Vec<String> =
        verdict.caps.into_iter().filter(|cap| cap.limit < band.floor).map(|cap| cap.code).collect();
    if !too_low.is_empty() {
        return blocked(too_low);
    }
    let (steps, reaches) = climb(card, kind, base, now, band.floor);
    Plan { target: Some(band.code), blocked_by: Vec::new(), steps, reaches }
}

/// Takes steps until the rounded score is at `floor` or nothing gains any more.
fn climb(
    card: &Scorecard,
    kind: SubjectKind,
    mut base: Vec<Part>,
    mut now: Exact,
    floor: u16,
) -> (Vec<Advice>, bool) {
    let mut steps = Vec::new();
    while now.round_half_up() < i128::from(floor) {
        let Some(best) = best_step(card, kind, &base, now) else {
            return (steps, false);
        };
        now = best.score;
        base = best.parts;
        steps.push(best.advice);
    }
    (steps, true)
}

struct Step {
    advice: Advice,
    score: Exact,
    parts: Vec<Part>,
}

fn best_step(card: &Scorecard, kind: SubjectKind, base: &[Part], now: Exact) -> Option<Step> {
    let mut best: Option<Step> = None;
    for (at, indicator) in card.indicators.iter().enumerate() {
        let Some(part) = base.get(at).filter(|part| part.counts() && indicator.actionable) else { continue };
        let Some((from, (to, bp))) = part.bin.zip(next_better(indicator, part)) else { continue };
        let mut parts = base.to_vec();
        if let Some(changed) = parts.get_mut(at) {
            (changed.bin, changed.bp) = (Some(to), bp);
        }
        let score = exact_score(card, kind, &parts);
        if score <= now || best.as_ref().is_some_and(|best| score <= best.score) {
            continue;
        }
        let gain = score.minus(now).hundredths();
        let advice = Advice {
            indicator: indicator.id,
            from_bin: from,
            to_bin: to,
            gain,
            text: indicator.reason.clone(),
        };
        best = Some(Step { advice, score, parts });
    }
    best
}

/// The nearest bin that gives more points, for an observed indicator.
fn next_better(indicator: &Indicator, part: &Part) -> Option<(u16, u16)> {
    if part.state != State::Observed {
        return None;
    }
    let better = indicator.bins.iter().enumerate().filter(|(_, bin)| bin.bp > part.bp);
    let (at, bin) = better.min_by_key(|(_, bin)| bin.bp)?;
    Some((u16::try_from(at).ok()?, bin.bp))
}

/// Bins before void rules, so that a step can give voided points back.
fn unvoided(card: &Scorecard, kind: SubjectKind, seen: &Observations) -> Vec<Part> {
    let mut parts = resolve_all(card, kind, seen);
    for (part, indicator) in parts.iter_mut().zip(&card.indicators).filter(|(part, _)| part.voided) {
        part.voided = false;
        let own = part.bin.and_then(|at| indicator.bins.get(usize::from(at)));
        part.bp = own.map_or(card.neutral_bp, |bin| bin.bp);
    }
    parts
}

fn judge(card: &Scorecard, kind: SubjectKind, base: &[Part], standing: &Standing) -> (Exact, Verdict) {
    let mut parts = base.to_vec();
    apply_voids(card, &mut parts);
    let totals = Totals::of(card, kind, &parts);
    (totals.exact_score(), Verdict::of(card, &totals, standing))
}

fn exact_score(card: &Scorecard, kind: SubjectKind, base: &[Part]) -> Exact {
    let mut parts = base.to_vec();
    apply_voids(card, &mut parts);
    Totals::of(card, kind, &parts).exact_score()
}

/// A supposed change of one indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Observed with this value, on a sufficient sample.
    Value(Value),
    /// Observed and worth these basis points (0 to 10000; more counts as 10000).
    Bp(u16),
    /// Any observation: state, value and sample.
    Observation(Observation),
}

/// The evaluation as it would be with these changes. Disabled indicators and those without points for this kind
/// stay as they are.
#[must_use]
pub fn simulate(
    card: &Scorecard,
    kind: SubjectKind,
    seen: &Observations,
    standing: &Standing,
    changes: &BTreeMap<IndicatorId, Change>,
) -> Evaluation {
    let mut supposed = seen.clone();
    for (id, change) in changes {
        match change {
            Change::Value(value) => {
                let min_n = card.indicator(*id).map_or(0, |indicator| indicator.min_n);
                let n = seen.get(*id).map_or(0, |old| old.n).max(min_n);
                supposed.insert(*id, Observation::observed(value.clone(), n));
            }
            Change::Observation(observation) => {
                supposed.insert(*id, observation.clone());
            }
            Change::Bp(_) => {}
        }
    }
    let mut parts = unvoided(card, kind, &supposed);
    for part in parts.iter_mut().filter(|part| part.max > 0 && part.state != State::Disabled) {
        if let Some(Change::Bp(bp)) = changes.get(&part.id) {
            (part.state, part.bin, part.bp) = (State::Observed, None, (*bp).min(FULL_BP));
            supposed.remove(part.id);
        }
    }
    apply_voids(card, &mut parts);
    finish(card, kind, &supposed, standing, &parts)
}

/// All points of an indicator.
const FULL_BP: u16 = 10_000;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
