//! Grades beside the classes of departments, and where two sources disagree.

/// What one source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidView {
    pub value: String,
    pub source: &'static str,
    /// Date, decision and authority, as far as the reader sees them.
    pub about: String,
    pub received: String,
}

/// Two sources that cannot both be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisagreementLine {
    pub uscc: String,
    pub name: String,
    pub fact: String,
    pub one: SaidView,
    pub other: SaidView,
}

/// What of the report the reader is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportView {
    pub lines: Vec<DisagreementLine>,
    /// Titles of the blocks whose lines are left out, in one text; empty when none is.
    pub withheld: String,
    /// Address of the lines after these.
    pub next: Option<String>,
}

/// What a mapping says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingView {
    pub id: String,
    pub title: String,
    pub note: String,
    pub from: String,
    /// How sure, and what.
    pub basis: Vec<(&'static str, String)>,
}

/// A grade, with what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeLine {
    pub grade: &'static str,
    /// In the order of the mappings; nothing: no recommendation. With the receiver's name.
    pub classes: Vec<(String, Option<String>)>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockingView {
    /// Nothing: the report is not for this reader.
    pub report: Option<ReportView>,
    pub receivers: Vec<String>,
    pub grades: Vec<GradeLine>,
    pub mappings: Vec<MappingView>,
}
