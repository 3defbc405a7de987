//! From observations to a score: a pure function of scorecard, kind of subject, observations and standing
//! (rulings A2, A3, A4, A11). Whole numbers only; the one rounding that matters is that of the total.

mod outcome;
mod points;
mod resolve;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

pub use outcome::{CapInForce, Evaluation, Hundredths, IndicatorResult, Reason, ReasonKind, SubScores};
pub use points::Exact;

pub(crate) use points::Totals;
pub(crate) use resolve::{Part, apply_voids, resolve_all};

use std::borrow::Cow;

use crate::grade::Grade;
use crate::indicator::{Observations, State, SubjectKind};
use crate::scorecard::{Fraction, Scorecard};
use crate::standing::{Standing, UnratedReason};

/// Scores one enterprise.
///
/// An indicator missing from `observations`, or whose value fits no bin (a category the scorecard does not know,
/// a ratio without a positive denominator), is insufficient. Veto and cap codes the scorecard does not know have
/// no effect: the scorecard alone says what a hit is worth.
#[must_use]
pub fn evaluate(
    card: &Scorecard,
    kind: SubjectKind,
    observations: &Observations,
    standing: &Standing,
) -> Evaluation {
    finish(card, kind, observations, standing, &resolve_all(card, kind, observations))
}

/// Everything after the bins are known; advice and simulation enter here with bins of their own choice.
pub(crate) fn finish(
    card: &Scorecard,
    kind: SubjectKind,
    observations: &Observations,
    standing: &Standing,
    parts: &[Part],
) -> Evaluation {
    let totals = Totals::of(card, kind, parts);
    let verdict = Verdict::of(card, &totals, standing);
    let losses: Vec<Exact> = parts.iter().map(|part| totals.loss(part)).collect();
    let reasons = ranked_reasons(&verdict, parts, &losses);
    let indicators = parts
        .iter()
        .zip(&losses)
        .map(|(part, loss)| {
            let seen = observations.get(part.id);
            IndicatorResult {
                id: part.id,
                state: part.state,
                value: seen.filter(|_| part.counts()).and_then(|seen| seen.value.clone()),
                n: seen.map_or(0, |seen| seen.n),
                bin: part.bin,
                bp: part.counts().then_some(part.bp),
                max: part.max,
                points: totals.points(part).hundredths(),
                loss: loss.hundredths(),
                voided: part.voided,
            }
        })
        .collect();
    let coverage = totals.coverage();
    Evaluation {
        kind,
        grade_by_score: verdict.grade,
        score: verdict.score,
        score_raw: verdict.score_raw,
        coverage: coverage.percent_hundredths(),
        coverage_exact: coverage,
        sub_scores: totals.sub_scores(),
        indicators,
        vetoes: verdict.vetoes,
        caps: verdict.caps,
        n_reasons: verdict.n_reasons,
        reasons,
        model: card.id.clone(),
    }
}

/// Score and grade after caps, vetoes and the conditions of N (ruling A11).
pub(crate) struct Verdict {
    pub(crate) score_raw: u16,
    pub(crate) score: u16,
    pub(crate) grade: Grade,
    pub(crate) vetoes: Vec<String>,
    pub(crate) caps: Vec<CapInForce>,
    pub(crate) n_reasons: Vec<UnratedReason>,
}

impl Verdict {
    pub(crate) fn of(card: &Scorecard, totals: &Totals, standing: &Standing) -> Self {
        let vetoes: Vec<String> = card
            .vetoes
            .iter()
            .filter(|veto| hit(&standing.vetoes, &veto.code))
            .map(|v| v.code.clone())
            .collect();
        let caps: Vec<CapInForce> = card
            .caps
            .iter()
            .filter(|cap| hit(&standing.caps, &cap.code))
            .map(|cap| CapInForce { code: cap.code.clone(), limit: cap.limit })
            .collect();
        let n_reasons = unrated(card, totals, standing);
        let score_raw = totals.score_raw();
        let capped = caps.iter().map(|cap| cap.limit).fold(score_raw, u16::min);
        let (score, grade) = if !vetoes.is_empty() {
            (capped.min(card.veto_limit), Grade::D)
        } else if !n_reasons.is_empty() {
            (capped, Grade::N)
        } else {
            (capped, card.grade_of(capped))
        };
        Self { score_raw, score, grade, vetoes, caps, n_reasons }
    }
}

fn hit(hits: &[crate::standing::Hit], code: &str) -> bool {
    hits.iter().any(|hit| hit.code == code)
}

/// The conditions of N in force, in the order of their definition. Low coverage is computed here, whatever the
/// standing says.
fn unrated(card: &Scorecard, totals: &Totals, standing: &Standing) -> Vec<UnratedReason> {
    let low = totals.coverage().is_below(card.unrated.coverage_below);
    let mut reasons: Vec<UnratedReason> =
        standing.unrated.iter().copied().filter(|reason| *reason != UnratedReason::LowCoverage).collect();
    if low {
        reasons.push(UnratedReason::LowCoverage);
    }
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

/// Vetoes, then caps, then every indicator that loses points: the greatest loss first, ties in catalogue order.
fn ranked_reasons(verdict: &Verdict, parts: &[Part], losses: &[Exact]) -> Vec<Reason> {
    let named = |code: &String, kind| Reason { code: Cow::Owned(code.clone()), kind, loss: Hundredths(0) };
    let mut reasons: Vec<Reason> = verdict.vetoes.iter().map(|code| named(code, ReasonKind::Veto)).collect();
    reasons.extend(verdict.caps.iter().map(|cap| named(&cap.code, ReasonKind::Cap)));
    let mut losing: Vec<(&Part, &Exact)> =
        parts.iter().zip(losses).filter(|(_, loss)| !loss.is_zero()).collect();
    losing.sort_by(|left, right| right.1.cmp(left.1));
    reasons.extend(losing.into_iter().map(|(part, loss)| Reason {
        code: Cow::Borrowed(part.id.as_str()),
        kind: reason_kind(part),
        loss: loss.hundredths(),
    }));
    reasons
}

fn reason_kind(part: &Part) -> ReasonKind {
    match (part.voided, part.state) {
        (true, _) => ReasonKind::Voided,
        (false, State::Insufficient) => ReasonKind::Insufficient,
        (false, _) => ReasonKind::Indicator,
    }
}

/// The fraction of a threshold as the evaluator's own.
impl From<Fraction> for Exact {
    fn from(fraction: Fraction) -> Self {
        Exact::new(fraction.num(), fraction.den())
    }
}
