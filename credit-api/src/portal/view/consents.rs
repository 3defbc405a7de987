//! What enterprises let institutions see.

use super::agreements::{AgreementView, Agreements, DaysView, PickOf};

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentCard {
    pub of: AgreementView,
    pub uscc: String,
    pub financier: String,
    pub product: String,
    pub from: String,
    /// The exact text.
    pub text: String,
    pub text_digest: String,
}

/// The form of an institution that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskView {
    pub purposes: Vec<PickOf>,
    pub blocks: Vec<PickOf>,
    pub days: DaysView,
}

/// The reader's consents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentsView {
    pub lead: &'static str,
    /// Whether the reader decides.
    pub decides: bool,
    pub ask: Option<AskView>,
    pub consents: Agreements<ConsentCard>,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}
