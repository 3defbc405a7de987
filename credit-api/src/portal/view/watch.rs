//! An entry of the zone's own watch list, for the few who see it.

/// What it is, until when, and the way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchNotice {
    /// Such as `W3`.
    pub code: &'static str,
    pub title: String,
    /// What leads to such an entry, by the rule.
    pub trigger: String,
    /// What happened here, where all of it is shown.
    pub facts: Option<String>,
    /// First and last day in force, where all of it is shown.
    pub since: Option<String>,
    pub until: Option<String>,
    pub renewed: bool,
    /// When such an entry ends, by the rule.
    pub exit: String,
    pub basis: String,
    /// The case, for its parties; where its release is asked for, for the enterprise.
    pub case_href: Option<String>,
    pub release_href: Option<String>,
}
