//! An enterprise's own credit: how it stands, what would raise it, what can be repaired when, what is pending.

use super::cases::CaseLine;
use super::{GradeView, RulerView, WatchNotice};

/// A step that would raise the score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdviceLine {
    pub code: String,
    pub name: String,
    pub text: String,
    /// Points gained once the steps before are done.
    pub gain: String,
}

/// A record that weighs, and how it is repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairLine {
    pub about: String,
    pub authority: String,
    /// Where it is filed, and with which papers.
    pub how: Vec<String>,
    /// The first day on which repair may be asked for; nothing where there is none to ask for.
    pub earliest: Option<String>,
    /// The day on which it ends by itself.
    pub latest: Option<String>,
    pub may_today: bool,
    /// Grade and score had it been repaired today.
    pub then: Option<String>,
    /// The case that follows it, or where one is opened.
    pub case_href: Option<String>,
    pub open_href: Option<String>,
    pub basis: String,
}

/// A record that its source has marked as repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairedLine {
    pub about: String,
    pub authority: String,
    /// The first day without effect.
    pub repaired_on: String,
    /// The case of its repair.
    pub case_href: String,
    /// Where its certificate is saved.
    pub certificate_href: String,
}

/// A measure that holds, or is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureLine {
    pub title: String,
    pub cause: String,
    pub since: String,
    pub state: String,
    pub basis: String,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyCreditView {
    pub uscc: String,
    pub name: String,
    /// The reader's other enterprises.
    pub others: Vec<String>,
    pub grade: Option<GradeView>,
    pub ruler: Option<RulerView>,
    pub advice: Vec<AdviceLine>,
    /// What no point overcomes.
    pub obstacles: Vec<String>,
    pub repairs: Vec<RepairLine>,
    pub repaired: Vec<RepairedLine>,
    pub measures: Vec<MeasureLine>,
    /// Entries of the zone's watch list in force.
    pub watch: Vec<WatchNotice>,
    pub cases: Vec<CaseLine>,
}
