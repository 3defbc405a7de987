//! What a reader looks for.

use super::Choice;

/// The purpose under which everything on the page was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurposeView {
    pub title: String,
    /// Its legal basis.
    pub basis: String,
    /// Code of the purpose.
    pub chosen: String,
    /// All that the reader may name.
    pub choices: Vec<Choice>,
}
