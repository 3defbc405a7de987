//! What departments take from here as a standing matter.

use super::ChoiceOf;

/// A standing request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestCard {
    pub id: String,
    /// What a writer has seen of it.
    pub version: i64,
    /// Role and code of the department.
    pub department: String,
    pub purpose: String,
    pub basis: String,
    pub cycle: String,
    /// What was asked for, and in another place what was granted.
    pub blocks: String,
    pub granted: Option<String>,
    pub until: String,
    pub standing: &'static str,
    pub asked: String,
    pub answer_due: String,
    pub overdue: bool,
    pub answered: Option<String>,
    pub reason: Option<String>,
    pub ended: Option<String>,
    /// The blocks that can be granted, where the reader answers.
    pub choices: Vec<ChoiceOf>,
    /// Whether it takes the place of another one when it is granted, and whether such a one waits.
    pub corrects: bool,
    pub correction_waits: bool,
    /// The form that corrects it, filled with what it says, where the reader may.
    pub correct: Option<ApplyView>,
    /// What was and can be had under it, where it is the reader's own and in force.
    pub extracts: Option<ExtractsView>,
}

/// Something to choose in a form that says what is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickOf {
    pub code: &'static str,
    pub words: String,
    pub chosen: bool,
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
    /// Today, and the last day that may be asked for.
    pub first: String,
    pub last: String,
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
    pub waiting: Vec<RequestCard>,
    pub in_force: Vec<RequestCard>,
    pub past: Vec<RequestCard>,
    /// For an enterprise: its own.
    pub taken: Vec<TakenView>,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}
