//! Names and codes of others, what they are matched to and why, and the jobs of many.

/// What a name may be screened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseChoice {
    pub code: String,
    pub words: &'static str,
    /// The score from which on a match is shown, thousandths.
    pub threshold: u16,
    pub chosen: bool,
}

/// What names may be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgainstChoice {
    pub code: &'static str,
    pub words: &'static str,
    pub chosen: bool,
}

/// What one part of a name took away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartLine {
    pub part: &'static str,
    pub text: String,
    /// Thousandths.
    pub cost: u16,
}

/// An enterprise, or a listed party that is not registered here, that a name is matched to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchView {
    /// Ends the ids of what stands on the page of it.
    pub id: String,
    pub uscc: String,
    pub name: String,
    /// The name that was closest, where it is another than the one now.
    pub closest: Option<String>,
    pub score: u16,
    pub verdict: &'static str,
    /// Registration status, or that there is no registration.
    pub status: String,
    /// Whether it has a page here.
    pub is_registered: bool,
    pub parts: Vec<PartLine>,
    pub notes: Vec<&'static str>,
    /// Statutory lists on which it is today, with the decision.
    pub lists: Vec<String>,
    /// Whether it is on the watch list, where that was asked and may be said.
    pub watch: Option<bool>,
    /// What was found of this pair before.
    pub review: Option<String>,
    /// The pair, as its buttons send it back.
    pub pair: String,
    /// The reason as it was typed.
    pub reason: String,
}

/// What came of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineView {
    /// As it was asked.
    pub name: Option<String>,
    pub uscc: Option<String>,
    pub error: Option<String>,
    pub matches: Vec<MatchView>,
    pub silenced: usize,
    pub is_cut: bool,
}

/// What came of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenedView {
    pub threshold: u16,
    pub threshold_reason: String,
    pub known_at: Option<String>,
    pub lines: Vec<LineView>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreeningJob {
    pub id: String,
    pub asked: String,
    pub used_for: &'static str,
    pub against: String,
    pub state: &'static str,
    pub is_waiting: bool,
    pub rows: Option<i64>,
    pub matched: Option<i64>,
    pub failed: Option<i64>,
    /// Names of the files that can be had, and until when.
    pub files: Vec<&'static str>,
    pub until: Option<String>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreeningView {
    pub names: String,
    pub uses: Vec<UseChoice>,
    pub against: Vec<AgainstChoice>,
    pub include_reviewed: bool,
    pub screened: Option<ScreenedView>,
    pub may_review: bool,
    pub jobs: Vec<ScreeningJob>,
    pub more_jobs: bool,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}
