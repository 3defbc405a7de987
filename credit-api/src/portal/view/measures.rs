//! The desk of measures, and one of them.

use super::ChoiceOf;

/// One of the persons whom a measure needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandView {
    /// As what the person acts.
    pub role: &'static str,
    /// Who did; nobody yet where it still waits.
    pub by: Option<String>,
    pub at: Option<String>,
    /// What is said of it: why it was confirmed, or what it waits for.
    pub words: String,
}

/// A measure in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureRowView {
    pub id: String,
    pub uscc: String,
    pub name: String,
    pub title: String,
    pub effect: &'static str,
    pub cause: String,
    pub hands: Vec<HandView>,
    /// The day since which it stands there.
    pub since: String,
    /// For how long.
    pub waited: String,
}

/// A state to look at, and how many stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TabView {
    pub href: String,
    pub words: &'static str,
    pub count: String,
    pub is_here: bool,
}

/// The queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuresView {
    pub tabs: Vec<TabView>,
    pub state: &'static str,
    pub effects: Vec<ChoiceOf>,
    /// Code of the effect asked for; empty: all.
    pub effect: String,
    pub rows: Vec<MeasureRowView>,
    pub previous: Option<String>,
    pub next: Option<String>,
}

/// A step of a measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureStepView {
    pub verb: &'static str,
    pub state: &'static str,
    pub at: String,
    /// Who took it; nobody where the service did.
    pub by: Option<String>,
    pub reason: Option<String>,
}

/// One measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureView {
    pub id: String,
    /// What a writer has seen of it.
    pub version: i64,
    pub uscc: String,
    pub name: String,
    pub title: String,
    pub does: String,
    pub effect: &'static str,
    pub state: &'static str,
    pub cause: String,
    pub basis: String,
    pub since: String,
    pub waited: String,
    /// The agency that it is recommended to.
    pub agency: Option<&'static str>,
    /// How many persons it takes, in words.
    pub takes: &'static str,
    pub hands: Vec<HandView>,
    /// What the reader may decide.
    pub verbs: Vec<ChoiceOf>,
    /// Why the reader may not, though it waits for somebody.
    pub why_not: Option<&'static str>,
    /// What was typed.
    pub reason: String,
    /// Newest first.
    pub steps: Vec<MeasureStepView>,
    /// Where the queue is that it stands in.
    pub back: String,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}
