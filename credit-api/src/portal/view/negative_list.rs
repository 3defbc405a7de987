//! Who is on which statutory list on a day.

use super::{Choice, WatchNotice};

/// An entry in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedLine {
    pub uscc: String,
    pub name: String,
    pub list: &'static str,
    pub decision_no: String,
    pub authority: String,
    pub since: String,
    /// The last day; nothing where it is open.
    pub until: Option<String>,
    pub reason: Option<String>,
    pub basis: Option<String>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegativeListView {
    /// As it is asked for, `YYYY-MM-DD`.
    pub day: String,
    pub is_day_wrong: bool,
    /// Code of the list asked for; empty: all of dishonesty.
    pub list: String,
    pub lists: Vec<Choice>,
    /// The enterprise asked for, as it was typed.
    pub uscc: String,
    /// What is wrong with the code.
    pub wrong_code: Option<String>,
    pub lines: Vec<ListedLine>,
    /// Address of the lines after these.
    pub next: Option<String>,
    /// Entries of the zone's watch list, of the enterprise asked for or of the reader's own, for whoever sees them.
    pub watch: Vec<WatchNotice>,
    pub received: Option<String>,
    pub is_stale: bool,
}

impl NegativeListView {
    /// The enterprise asked for, where it is one.
    #[must_use]
    pub fn one(&self) -> Option<&str> {
        (!self.uscc.is_empty() && self.wrong_code.is_none()).then_some(self.uscc.as_str())
    }
}
