//! The enterprises that let an institution look.

/// One consent in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortfolioRow {
    pub uscc: String,
    pub name: String,
    pub listed: bool,
    /// `None` when the consent does not open it, or when there is none.
    pub grade: Option<String>,
    pub score: Option<i32>,
    /// Date of the last change of the rating, where the grade is shown.
    pub since: Option<String>,
    /// A look would begin the one day of this consent, so nothing was looked at.
    pub unopened: bool,
    pub product: String,
    pub purpose: String,
    /// The last day.
    pub until: String,
    pub days_left: i64,
}

/// The reader's portfolio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortfolioView {
    pub rows: Vec<PortfolioRow>,
    /// There are more than are shown.
    pub more: bool,
}
