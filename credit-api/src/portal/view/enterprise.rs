//! An enterprise's page.

use super::{Percent, Points, PointsLedgerView, RulerView, SealView, StepLineView, TakenLine, share};

/// One registered fact with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub name: String,
    pub value: String,
}

/// The grade in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeView {
    /// `AAA` to `D`, or `N`.
    pub code: String,
    /// The band's meaning, from the scorecard.
    pub meaning: String,
    /// Supervision class `I` to `IV`; none for `N`.
    pub class: Option<String>,
    /// Date, Asia/Shanghai.
    pub as_of: String,
    pub valid_until: String,
    /// The scorecard's id.
    pub model: String,
    /// What must be said beside the grade, such as "by score AA; an upgrade is confirmed by a second monthly run".
    pub note: Option<String>,
}

/// What a reason is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonKind {
    Veto,
    Cap,
    Loss,
}

/// One reason for the score, worst first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonView {
    pub kind: ReasonKind,
    /// `V1`…, a cap's code, or the indicator id.
    pub code: String,
    /// Name of the indicator; empty for vetoes and caps.
    pub name: String,
    pub text: String,
    /// Zero for vetoes and caps.
    pub loss: Points,
}

/// The points of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubScoreView {
    /// `S1` to `S4`.
    pub source: String,
    pub name: String,
    pub points: Points,
    /// The source's weight, in points.
    pub weight: u16,
}

impl SubScoreView {
    #[must_use]
    pub fn bar(&self) -> Percent {
        share(self.points.0, i64::from(self.weight) * 100)
    }
}

/// A block that this reader may not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    pub block: String,
    pub reason: String,
}

/// An enterprise's page for one reader. `None` means withheld (and is then named in `withheld`) or not there
/// yet; the page draws only what is present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnterpriseView {
    pub name: String,
    pub former_names: Vec<String>,
    pub uscc: String,
    /// In words, such as `跨境电商企业`.
    pub kind: String,
    pub status: String,
    /// Lists that the law publishes and the enterprise is on, each in words with decision and date.
    pub listed: Vec<String>,
    pub facts: Vec<Fact>,
    pub grade: Option<GradeView>,
    /// Why no grade is given, in the scorecard's words.
    pub unrated: Vec<String>,
    pub ruler: Option<RulerView>,
    /// In percent with two places, without the sign.
    pub coverage: Option<String>,
    /// Empty when withheld.
    pub sub_scores: Vec<SubScoreView>,
    /// `None` when withheld, empty when nothing is lost.
    pub reasons: Option<Vec<ReasonView>>,
    pub points: Option<PointsLedgerView>,
    pub history: Option<StepLineView>,
    pub seal: Option<SealView>,
    /// For the enterprise itself: which departments take what of it from here.
    pub taken: Vec<TakenLine>,
    pub withheld: Vec<Withheld>,
    /// Where the agent of the enterprise appeals the rating on record.
    pub appeal_href: Option<String>,
    /// Where the zone's office proposes it for the watch list.
    pub watch_href: Option<String>,
    /// Where an officer files a consumer's dispute.
    pub dispute_href: Option<String>,
    /// Where whoever may see its orders finds the sales that came as customs messages.
    pub sales_href: Option<String>,
}
