//! What stands beside the points: vetoes, caps and the conditions under which no grade is given (rulings A11, A12).
//!
//! `observe` finds them in the facts; the scorecard says what each is worth; the evaluator applies them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A veto or cap in force at D, with the record that makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// `V1`…`V6`, or `customs_dis`, `safe_c`, `tax_d`, `safe_b`, `abnormal_operation`.
    pub code: String,
    /// The source record in a reader's words: list or class, and decision number.
    pub record: String,
    /// First day in force.
    pub since: NaiveDate,
}

/// Why no grade is given although a score is shown (N is not a negative mark).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnratedReason {
    /// Coverage below three fifths; found by the evaluator, not by `observe`.
    LowCoverage,
    /// Fewer than six months since `established_on`.
    Young,
    /// No row of X's population in twelve months.
    NoTrade,
    /// Status 注销.
    Cancelled,
}

impl UnratedReason {
    pub const ALL: [UnratedReason; 4] =
        [UnratedReason::LowCoverage, UnratedReason::Young, UnratedReason::NoTrade, UnratedReason::Cancelled];

    /// The name it has in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            UnratedReason::LowCoverage => "low_coverage",
            UnratedReason::Young => "young",
            UnratedReason::NoTrade => "no_trade",
            UnratedReason::Cancelled => "cancelled",
        }
    }
}

/// Vetoes, caps and unrated conditions of one enterprise at D. Codes are unique, in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub vetoes: Vec<Hit>,
    pub caps: Vec<Hit>,
    pub unrated: Vec<UnratedReason>,
}
