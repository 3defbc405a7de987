//! Cases: the list of those that a reader is a party to, one of them, and the form that opens one.

use super::alerts::AlertView;
use super::clock::ClockLine;
use super::{Choice, ChoiceOf};

/// A case in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseLine {
    pub id: String,
    pub kind: &'static str,
    pub uscc: String,
    /// Name of the enterprise.
    pub name: String,
    pub about: String,
    /// Of an alert: how serious it is, and whether that is the highest.
    pub severity: Option<(&'static str, bool)>,
    pub state: &'static str,
    pub opened: String,
    /// The day on which the first of its terms ends.
    pub due: Option<String>,
    /// What is left until then, or by how much it is over.
    pub left: Option<String>,
    pub is_late: bool,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasesView {
    pub lead: &'static str,
    pub kinds: Vec<Choice>,
    /// Code of the kind asked for; empty: all.
    pub kind: String,
    /// Of alerts: how serious they are to be, and what was asked for; empty: all.
    pub severities: Vec<Choice>,
    pub severity: &'static str,
    /// Where the alerts alone are, for the desk.
    pub alerts_href: Option<String>,
    /// Whether the closed ones are shown.
    pub past: bool,
    pub lines: Vec<CaseLine>,
    /// Address of those after these.
    pub next: Option<String>,
    /// Enterprises for which the reader may open a case.
    pub own: Vec<String>,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenStep {
    pub number: u32,
    pub title: &'static str,
    pub state: &'static str,
    pub role: &'static str,
    /// Who took it, where the reader may know.
    pub by: Option<String>,
    pub at: String,
    pub outcome: Option<&'static str>,
    pub reason: Option<String>,
    pub basis: Option<String>,
    pub files: Vec<CaseFile>,
    pub digest: String,
}

/// A file that a step attaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    pub href: String,
    pub name: String,
    pub size: String,
}

/// What the reader may do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferForm {
    pub verb: &'static str,
    pub title: &'static str,
    /// It decides on somebody, as the second person.
    pub binds: bool,
    pub asks_reason: bool,
    pub asks_basis: bool,
    /// Files: none, may, must.
    pub files: Files,
    /// To choose from; one alone needs no choice.
    pub outcomes: Vec<ChoiceOf>,
    /// The departments that may be asked.
    pub departments: Vec<ChoiceOf>,
}

/// Whether a step takes files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    None,
    May,
    Must,
}

impl OfferForm {
    /// Nothing has to be brought: a button will do.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        !self.asks_reason
            && !self.asks_basis
            && self.files == Files::None
            && self.outcomes.len() < 2
            && self.departments.is_empty()
    }

    #[must_use]
    pub fn takes_files(&self) -> bool {
        self.files != Files::None
    }

    #[must_use]
    pub fn must_bring_files(&self) -> bool {
        self.files == Files::Must
    }
}

/// Somebody else who may act now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OthersLine {
    pub verb: &'static str,
    pub roles: String,
}

/// What a consumer dispute is about, and how far its mediation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeView {
    /// As it was submitted.
    pub complaint: Option<String>,
    pub answer: Option<DisputeSaid>,
    /// How the mediation ended; nothing while there is none or it goes on.
    pub mediation: Option<DisputeSaid>,
    /// Whether what was agreed was done, and the consumer's word on it.
    pub performed: Option<String>,
    pub in_mediation: bool,
}

/// What somebody said in a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeSaid {
    pub outcome: &'static str,
    pub reason: Option<String>,
    pub at: String,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseView {
    pub id: String,
    pub kind: &'static str,
    pub version: i64,
    pub uscc: String,
    pub name: String,
    pub about: String,
    /// Of an alert: what gave it.
    pub alert: Option<AlertView>,
    pub state: &'static str,
    pub opened: String,
    pub asked: Option<String>,
    pub is_disputed: bool,
    pub stays_consequences: bool,
    /// Where the certificate of a repair is saved, once there is one that stands.
    pub certificate: Option<String>,
    /// Of a dispute alone.
    pub dispute: Option<DisputeView>,
    /// Words that belong to the kind: that repair is free, that the source corrects.
    pub notes: Vec<&'static str>,
    pub running: Vec<ClockLine>,
    pub past: Vec<ClockLine>,
    /// Newest first.
    pub steps: Vec<TakenStep>,
    pub offers: Vec<OfferForm>,
    pub others: Vec<OthersLine>,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}

/// What the grade would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupposedView {
    pub grade_now: String,
    pub score_now: String,
    pub grade_then: String,
    pub score_then: String,
}

/// The form that opens a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenView {
    pub kind: &'static str,
    pub kind_code: &'static str,
    /// Whether it is a consumer's dispute, which has a form of its own.
    pub is_dispute: bool,
    /// Number of the order, as it was typed.
    pub order: String,
    pub lead: &'static str,
    pub uscc: String,
    pub name: String,
    /// As the form sends it back.
    pub about: String,
    pub about_words: String,
    /// Before filing: the rating as if the enterprise were right.
    pub supposed: Option<SupposedView>,
    pub reason: String,
    /// Kinds of entries, where one is proposed for the watch list; with what was typed of it.
    pub watch: Vec<Choice>,
    pub facts: String,
    pub basis: String,
    pub message: Option<String>,
}
