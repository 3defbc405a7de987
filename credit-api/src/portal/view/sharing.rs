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
}

/// The form of a department that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyView {
    pub purposes: Vec<ChoiceOf>,
    pub blocks: Vec<ChoiceOf>,
    pub cycles: Vec<ChoiceOf>,
    /// Today, and the last day that may be asked for.
    pub first: String,
    pub last: String,
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
