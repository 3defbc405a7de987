//! Checking a statement against the scorecard it names: the score follows from the disclosed indicators, or the
//! first difference is named. Needs no database, no network and no clock.

use super::Statement;
use crate::evaluate::{Evaluation, evaluate};
use crate::grade::Grade;
use crate::indicator::{IndicatorId, Observation, Observations, State};
use crate::scorecard::Scorecard;
use crate::standing::{Hit, Standing, UnratedReason};

/// A statement that follows from its indicators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recomputed {
    pub evaluation: Evaluation,
}

/// The first thing in which statement and computation differ.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("the statement names scorecard {stated}, this is {given}")]
    ScorecardId { stated: String, given: String },
    #[error("the scorecard's digest is not the one the statement names")]
    ScorecardDigest,
    #[error("the indicators are not the catalogue's in its order")]
    Catalogue,
    #[error("{}: the statement says {stated:?}, the scorecard gives {computed:?}", .id.as_str())]
    State { id: IndicatorId, stated: State, computed: State },
    #[error("{name}: the statement says {stated}, computed is {computed}")]
    Field { name: &'static str, stated: String, computed: String },
}

/// Evaluates the disclosed indicators, vetoes, caps and conditions of N and compares everything the statement
/// derives from them. The grade in force depends on the run before and is only checked where it does not: D under
/// a veto, N without a grade. That no veto, cap or indicator was left out or misjudged cannot be seen from the
/// statement; that is what the evidence digests are for.
///
/// # Errors
/// [`Mismatch`]: the first difference, in the order of the fields.
pub fn recompute(statement: &Statement, card: &Scorecard) -> Result<Recomputed, Mismatch> {
    if statement.scorecard_id != card.id {
        return Err(Mismatch::ScorecardId { stated: statement.scorecard_id.clone(), given: card.id.clone() });
    }
    if statement.scorecard_digest != card.digest() {
        return Err(Mismatch::ScorecardDigest);
    }
    if !statement.indicators.iter().map(|seen| seen.id).eq(IndicatorId::ALL) {
        return Err(Mismatch::Catalogue);
    }
    let evaluation = evaluate(card, statement.kind, &observations(statement), &standing(statement));
    states(statement, &evaluation)?;
    derived(statement, &evaluation)?;
    Ok(Recomputed { evaluation })
}

fn observations(statement: &Statement) -> Observations {
    let one = |seen: &super::DisclosedIndicator| Observation {
        state: seen.state,
        value: seen.value.clone(),
        n: seen.n,
    };
    statement.indicators.iter().map(|seen| (seen.id, one(seen))).collect()
}

/// Low coverage is left out: it is computed.
fn standing(statement: &Statement) -> Standing {
    let hit = |code: &str| Hit { code: code.to_owned(), record: String::new(), since: statement.as_of };
    let unrated = statement.n_reasons.iter().copied().filter(|reason| *reason != UnratedReason::LowCoverage);
    Standing {
        vetoes: statement.vetoes.iter().map(|code| hit(code)).collect(),
        caps: statement.caps.iter().map(|cap| hit(&cap.code)).collect(),
        unrated: unrated.collect(),
    }
}

fn states(statement: &Statement, evaluation: &Evaluation) -> Result<(), Mismatch> {
    for (seen, result) in statement.indicators.iter().zip(&evaluation.indicators) {
        if seen.state != result.state {
            return Err(Mismatch::State { id: seen.id, stated: seen.state, computed: result.state });
        }
    }
    Ok(())
}

fn derived(statement: &Statement, evaluation: &Evaluation) -> Result<(), Mismatch> {
    let (said, got) = (&statement.sub_scores, &evaluation.sub_scores);
    same("sub_score_s1", &said.s1, &got.s1)?;
    same("sub_score_s2", &said.s2, &got.s2)?;
    same("sub_score_s3", &said.s3, &got.s3)?;
    same("sub_score_s4", &said.s4, &got.s4)?;
    same("coverage", &statement.coverage, &evaluation.coverage)?;
    same("score_raw", &statement.score_raw, &evaluation.score_raw)?;
    same("vetoes", &statement.vetoes, &evaluation.vetoes)?;
    same("caps", &statement.caps, &evaluation.caps)?;
    same("n_reasons", &statement.n_reasons, &evaluation.n_reasons)?;
    same("score", &statement.score, &evaluation.score)?;
    same("grade_by_score", &statement.grade_by_score, &evaluation.grade_by_score)?;
    let forced = !evaluation.vetoes.is_empty() || evaluation.grade_by_score == Grade::N;
    if forced {
        same("grade", &statement.grade, &evaluation.grade_by_score)?;
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(
    name: &'static str,
    stated: &T,
    computed: &T,
) -> Result<(), Mismatch> {
    if stated == computed {
        return Ok(());
    }
    Err(Mismatch::Field { name, stated: format!("{stated:?}"), computed: format!("{computed:?}") })
}
