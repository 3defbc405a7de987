//! What enterprises let institutions see.

use super::ChoiceOf;

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentCard {
    pub id: String,
    /// What a writer has seen of it.
    pub version: i64,
    pub uscc: String,
    pub financier: String,
    pub product: String,
    pub purpose: String,
    pub blocks: String,
    pub from: String,
    pub until: String,
    pub standing: &'static str,
    /// The exact text.
    pub text: String,
    pub text_digest: String,
    pub asked: String,
}

/// The form of an institution that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskView {
    pub purposes: Vec<ChoiceOf>,
    pub blocks: Vec<ChoiceOf>,
    /// Today, and the last day that may be asked for.
    pub first: String,
    pub last: String,
}

/// The reader's consents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentsView {
    pub lead: &'static str,
    /// Whether the reader decides.
    pub decides: bool,
    pub ask: Option<AskView>,
    pub waiting: Vec<ConsentCard>,
    pub in_force: Vec<ConsentCard>,
    pub past: Vec<ConsentCard>,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}
