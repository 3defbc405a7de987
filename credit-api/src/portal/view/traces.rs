//! The page of traces: a search, and lines of goods on their way.

use super::Choice;

/// A station on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceStop {
    pub title: &'static str,
    /// `seen`, `awaited`, `missing`.
    pub state: &'static str,
    pub state_words: &'static str,
    pub at: Option<String>,
    pub quantity: Option<String>,
    /// The documents that tell of it, or the one that should.
    pub documents: Vec<String>,
    /// Who should have told of it.
    pub party: Option<String>,
    /// What is wrong here.
    pub gaps: Vec<String>,
}

/// A line of goods with its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceLine {
    /// The element's id.
    pub id: String,
    /// Nothing where no document lists goods.
    pub goods: Option<String>,
    pub direction: &'static str,
    /// Name and code of the merchant; nothing for one that no registration knows.
    pub merchant: Option<(String, String)>,
    pub sale_href: String,
    pub order_no: String,
    /// What names the goods and the parcel.
    pub facts: Vec<(&'static str, String)>,
    pub gaps: usize,
    pub is_under_way: bool,
    pub stops: Vec<TraceStop>,
}

/// What was asked, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceAsk {
    pub ways: Vec<Choice>,
    pub by: String,
    pub q: String,
    pub uscc: String,
    /// Whether the reader names a merchant at all.
    pub has_merchant: bool,
    pub message: Option<&'static str>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracesView {
    pub ask: TraceAsk,
    /// Nothing before a search.
    pub lines: Option<Vec<TraceLine>>,
    pub next: Option<String>,
}
