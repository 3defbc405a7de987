//! One enterprise, one question: facts to a decided grade. Pure; everything it needs is given.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use credit_core::evaluate::{Evaluation, evaluate};
use credit_core::facts::Facts;
use credit_core::grade::{Decision, Now, PreviousRun, Triggers, Why, decide};
use credit_core::indicator::{IndicatorId, Observations, SubjectKind};
use credit_core::observe::{EvidenceRef, ObserveParams, evidence, new_adverse_since, observe, standing};
use credit_core::scorecard::Scorecard;
use credit_core::standing::Standing;
use credit_core::uscc::Uscc;

use super::sign_off::SignOffRow;

/// The last monthly run before the evaluation, and its date.
#[derive(Debug, Clone)]
pub struct Predecessor {
    pub as_of: NaiveDate,
    pub run: PreviousRun,
    /// The last sign-off of a move away from it.
    pub sign_off: Option<SignOffRow>,
}

/// What an evaluation of one enterprise found.
#[derive(Debug, Clone)]
pub struct Assessed {
    pub uscc: Uscc,
    pub name: String,
    pub kind: SubjectKind,
    pub as_of: NaiveDate,
    pub observations: Observations,
    pub standing: Standing,
    pub evaluation: Evaluation,
    pub decision: Decision,
    /// The signatures on the move that came into force, or that waits.
    pub sign_off: Option<SignOffRow>,
    /// The records behind each indicator that has any.
    pub evidence: Vec<(IndicatorId, Vec<EvidenceRef>)>,
}

/// Scores the facts and decides the grade in force.
#[must_use]
pub fn assess(facts: &Facts, previous: Option<&Predecessor>, card: &Scorecard) -> Assessed {
    let observations = observe(facts, &params(card));
    let standing = standing(facts);
    let evaluation = evaluate(card, facts.kind, &observations, &standing);
    let now = Now {
        grade_by_score: evaluation.grade_by_score,
        score: evaluation.score,
        vetoes: evaluation.vetoes.clone(),
        caps: evaluation.caps.iter().map(|cap| cap.code.clone()).collect(),
    };
    let new_record = previous.is_some_and(|run| new_adverse_since(facts, run.as_of));
    let decision = decide(
        previous.map(|run| &run.run),
        &now,
        Triggers { new_record },
        previous.and_then(|run| run.sign_off.as_ref()).and_then(SignOffRow::approved),
        card.hysteresis.sign_off_steps,
    );
    let sign_off = previous.and_then(|run| run.sign_off.clone()).filter(|row| concerns(row, &decision));
    let evidence = IndicatorId::ALL
        .into_iter()
        .map(|id| (id, evidence(facts, id)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    Assessed {
        uscc: facts.uscc,
        name: facts.registration.name.clone(),
        kind: facts.kind,
        as_of: facts.as_of,
        observations,
        standing,
        evaluation,
        decision,
        sign_off,
        evidence,
    }
}

/// Whether a sign-off is of the move that the decision speaks of.
fn concerns(row: &SignOffRow, decision: &Decision) -> bool {
    match decision.why {
        Why::SignedOff => row.grade == decision.grade.as_str(),
        Why::AwaitsSignOff => decision.pending_grade.is_some_and(|waits| row.grade == waits.as_str()),
        _ => false,
    }
}

/// What the observing functions must know of the scorecard.
fn params(card: &Scorecard) -> ObserveParams {
    let disabled: BTreeSet<IndicatorId> =
        card.indicators.iter().filter(|indicator| indicator.disabled).map(|indicator| indicator.id).collect();
    ObserveParams { disabled, ..ObserveParams::default() }
}
