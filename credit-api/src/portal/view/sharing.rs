//! What departments take from here as a standing matter.

use super::agreements::{AgreementView, Agreements, DaysView, PickOf};

/// A standing request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestCard {
    pub of: AgreementView,
    /// Role and code of the department.
    pub department: String,
    pub basis: String,
    pub cycle: String,
    /// The blocks that were granted.
    pub granted: Option<String>,
    pub answer_due: String,
    pub overdue: bool,
    pub answered: Option<String>,
    pub reason: Option<String>,
    pub ended: Option<String>,
    /// The blocks that can be granted, where the reader answers.
    pub choices: Vec<PickOf>,
    /// Whether it takes the place of another one when it is granted, and whether such a one waits.
    pub corrects: bool,
    pub correction_waits: bool,
    /// The form that corrects it, filled with what it says, where the reader may.
    pub correct: Option<ApplyView>,
    /// What was and can be had under it, where it is the reader's own and in force.
    pub extracts: Option<ExtractsView>,
}

/// The form of a department that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyView {
    /// Ends the ids of its fields, so that a page may have several.
    pub of: String,
    pub purposes: Vec<PickOf>,
    pub blocks: Vec<PickOf>,
    pub cycles: Vec<PickOf>,
    pub basis: String,
    pub until: String,
    pub days: DaysView,
}

/// The extracts under a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractsView {
    /// Whether one can be asked for today; else the first day on which it can, if there is one.
    pub may_ask: bool,
    pub next: Option<String>,
    /// The newest first.
    pub lines: Vec<ExtractLine>,
}

/// An extract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractLine {
    pub id: String,
    pub asked: String,
    pub standing: &'static str,
    /// Whether it is still being made.
    pub is_waiting: bool,
    pub enterprises: Option<i64>,
    /// Names of the files that can be had, and until when.
    pub files: Vec<&'static str>,
    pub until: Option<String>,
}

/// What a department takes of an enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenLine {
    pub department: String,
    pub blocks: String,
    pub basis: String,
    pub cycle: String,
    pub since: String,
    pub until: String,
    /// When something was shown to it last; nothing while nothing was.
    pub last: Option<String>,
}

/// What is taken of one of the reader's enterprises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenView {
    pub uscc: String,
    pub lines: Vec<TakenLine>,
}

/// The reader's part of sharing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharingView {
    pub lead: &'static str,
    /// Whether the reader answers.
    pub answers: bool,
    /// Whether the requests are the reader's own.
    pub own: bool,
    pub apply: Option<ApplyView>,
    pub requests: Agreements<RequestCard>,
    /// For an enterprise: its own.
    pub taken: Vec<TakenView>,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}
