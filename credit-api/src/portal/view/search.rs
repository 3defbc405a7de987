//! Search, and the first page.

/// The first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeView {
    /// Enterprises on record, grouped digits.
    pub enterprises: String,
    /// Size of the ledger, grouped digits.
    pub entries: String,
    /// Date of both, Asia/Shanghai.
    pub as_of: String,
}

/// One choice of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub words: String,
}

/// One enterprise found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnterpriseRow {
    pub uscc: String,
    pub name: String,
    pub kind: String,
    pub status: String,
    /// `None` when this reader may not see it.
    pub grade: Option<String>,
    pub listed: bool,
}

/// What was asked and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchView {
    pub q: String,
    /// Value of the chosen kind, empty for all.
    pub kind: String,
    /// Value of the chosen grade, empty for all.
    pub grade: String,
    pub kinds: Vec<Choice>,
    /// The grades this reader may filter by.
    pub grades: Vec<Choice>,
    pub rows: Vec<EnterpriseRow>,
    /// Whether this is a later page.
    pub after: bool,
    /// Cursor of the next page.
    pub next: Option<String>,
}

impl SearchView {
    /// Whether anything narrows the list.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        !self.q.is_empty() || !self.kind.is_empty() || !self.grade.is_empty()
    }
}
