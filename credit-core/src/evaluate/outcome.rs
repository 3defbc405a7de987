//! What an evaluation says, with the names of ruling A14.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use super::points::Exact;
use crate::grade::Grade;
use crate::indicator::{IndicatorId, State, SubjectKind, Value};
use crate::standing::UnratedReason;

/// A number of hundredths, written as a decimal string of two places. For display only, never summed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hundredths(pub i64);

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let all = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", all / 100, all % 100)
    }
}

impl Serialize for Hundredths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The four sources' scores, each rounded half up to 0.01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SubScores {
    #[serde(rename = "S1")]
    pub s1: Hundredths,
    #[serde(rename = "S2")]
    pub s2: Hundredths,
    #[serde(rename = "S3")]
    pub s3: Hundredths,
    #[serde(rename = "S4")]
    pub s4: Hundredths,
}

/// A cap in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CapInForce {
    pub code: String,
    pub limit: u16,
}

/// Which text a reason takes: [`crate::scorecard::Scorecard::reason_text`] for a veto, cap or indicator, the
/// scorecard's `texts` for the other two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    Veto,
    Cap,
    Indicator,
    /// The indicator counts with the neutral share for want of data.
    Insufficient,
    /// Another indicator has taken its points.
    Voided,
}

/// One reason: a veto, a cap, or an indicator that loses points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// `V1`…, a cap's code, or the indicator id.
    pub code: Cow<'static, str>,
    pub kind: ReasonKind,
    /// Points lost after redistribution; 0.00 for vetoes and caps, which take no points.
    pub loss: Hundredths,
}

/// One indicator's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndicatorResult {
    pub id: IndicatorId,
    pub state: State,
    pub value: Option<Value>,
    pub n: u64,
    /// Place of the bin, 0 the best; only when observed.
    pub bin: Option<u16>,
    /// `None` when the indicator does not count.
    pub bp: Option<u16>,
    /// The scorecard's maximum for this kind, before redistribution.
    pub max: u16,
    /// After redistribution, rounded half up to 0.01.
    pub points: Hundredths,
    pub loss: Hundredths,
    pub voided: bool,
}

/// The outcome for one enterprise, before hysteresis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    #[serde(rename = "type")]
    pub kind: SubjectKind,
    pub grade_by_score: Grade,
    pub score: u16,
    pub score_raw: u16,
    /// In percent, rounded half up to 0.01.
    pub coverage: Hundredths,
    #[serde(skip)]
    pub coverage_exact: Exact,
    pub sub_scores: SubScores,
    /// All 46, in catalogue order.
    pub indicators: Vec<IndicatorResult>,
    pub vetoes: Vec<String>,
    pub caps: Vec<CapInForce>,
    pub n_reasons: Vec<UnratedReason>,
    pub reasons: Vec<Reason>,
    /// The scorecard's id.
    pub model: String,
}
