//! The points ledger: sources as groups, indicators as rows.

use super::{Percent, Points, share};
use crate::portal::texts::Texts;

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    #[default]
    Catalogue,
    /// Most points lost first.
    Loss,
}

/// How an indicator counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    Observed,
    NotApplicable,
    Insufficient,
    Disabled,
    Voided,
}

impl RowState {
    #[must_use]
    pub fn words(self, texts: &Texts) -> &'static str {
        match self {
            RowState::Observed => texts.state_observed,
            RowState::NotApplicable => texts.state_not_applicable,
            RowState::Insufficient => texts.state_insufficient,
            RowState::Disabled => texts.state_disabled,
            RowState::Voided => texts.state_voided,
        }
    }

    /// Whether the indicator gives points at all.
    #[must_use]
    pub fn counts(self) -> bool {
        !matches!(self, RowState::NotApplicable | RowState::Disabled)
    }
}

/// One bin of the rule, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinView {
    /// Such as `≥ 99.5 %` or `正常经营且信息一致`.
    pub words: String,
    /// Share of the maximum in basis points.
    pub bp: u16,
    pub reached: bool,
}

impl BinView {
    #[must_use]
    pub fn percent(&self) -> u16 {
        self.bp / 100
    }
}

/// One record behind an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceView {
    pub words: String,
    /// File or department, with the row where there is one.
    pub source: String,
    pub date: String,
    /// Where an objection to this record is raised.
    pub contest_href: Option<String>,
    /// An objection to it was accepted and is not settled.
    pub is_disputed: bool,
}

/// One indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointsRow {
    /// `R01` to `C08`.
    pub id: String,
    pub name: String,
    pub state: RowState,
    /// With its unit; `None` when there is none.
    pub value: Option<String>,
    pub points: Points,
    /// The maximum after redistribution; zero when the indicator does not count.
    pub max: Points,
    pub loss: Points,
    pub definition: String,
    /// In words, such as `近 90 天`.
    pub window: String,
    /// Sample size where the indicator has a minimum, in words.
    pub sample: Option<String>,
    /// Legal bases in words.
    pub basis: Vec<String>,
    /// Why points are lost and what to do; shown only when some are.
    pub reason: Option<String>,
    pub bins: Vec<BinView>,
    pub evidence: Vec<EvidenceView>,
}

impl PointsRow {
    #[must_use]
    pub fn bar(&self) -> Percent {
        share(self.points.0, self.max.0)
    }

    /// Whether the row gives points to an enterprise of this kind.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.state.counts() && self.max.0 > 0
    }

    /// How the indicator counts, in words.
    #[must_use]
    pub fn state_words(&self, texts: &Texts) -> &'static str {
        if self.state.counts() && !self.counts() { texts.state_unweighted } else { self.state.words(texts) }
    }

    /// The bin reached; none when the indicator gives no points, whatever its value.
    #[must_use]
    pub fn reached_when_counted(&self) -> Option<&BinView> {
        self.bins.iter().find(|bin| bin.reached).filter(|_| self.counts())
    }
}

/// The indicators of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointsGroup {
    /// `S1` to `S4`.
    pub source: String,
    pub name: String,
    pub points: Points,
    /// The source's weight, in points.
    pub weight: u16,
    /// In catalogue order.
    pub rows: Vec<PointsRow>,
}

/// All indicators of one rating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointsLedgerView {
    pub groups: Vec<PointsGroup>,
    pub sort: Sort,
}

impl PointsLedgerView {
    /// All rows, most points lost first; ties in catalogue order.
    #[must_use]
    pub fn by_loss(&self) -> Vec<&PointsRow> {
        let mut rows: Vec<&PointsRow> = self.groups.iter().flat_map(|group| &group.rows).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.loss));
        rows
    }

    #[must_use]
    pub fn is_by_loss(&self) -> bool {
        self.sort == Sort::Loss
    }
}
