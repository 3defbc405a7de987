//! Who looked at what.

/// A look at what is not public, allowed or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookLine {
    pub at: String,
    /// Role and organisation.
    pub who: String,
    /// The person or key.
    pub id: String,
    pub uscc: Option<String>,
    pub purpose: String,
    pub consent: Option<String>,
    pub shown: String,
    pub refused: String,
    /// When something that was shown was corrected.
    pub corrected: Option<String>,
}

/// A day on which somebody read far beyond the habit of the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertLine {
    pub id: String,
    pub day: String,
    pub who: String,
    pub enterprises: i64,
    pub habit: i64,
}

/// What an auditor asks for, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LookFilter {
    pub uscc: String,
    pub who: String,
    pub organisation: String,
    pub from: String,
    pub until: String,
}

/// The access log, as far as it is the reader's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooksView {
    /// What is shown, in words.
    pub lead: &'static str,
    /// The enterprises that the reader speaks for.
    pub enterprises: Vec<String>,
    /// The one that is shown.
    pub uscc: Option<String>,
    /// An auditor's search.
    pub filter: Option<LookFilter>,
    pub alerts: Vec<AlertLine>,
    pub looks: Vec<LookLine>,
    /// Address of the looks before these.
    pub older: Option<String>,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}
