//! The published scorecard: weights, indicators, bins, vetoes, caps, bands and their texts, as data.
//!
//! A scorecard is one TOML file. Its digest is the SHA-256 of the file's bytes; ratings and the ledger name it.

pub mod bins;
pub mod load;
pub mod model;
mod validate;

use std::ops::Deref;

pub use bins::{Bin, Fraction, Test};
pub use load::ScorecardError;
pub use model::{Band, Basis, Cap, Content, Indicator, Text, Unit, Veto};

use crate::grade::Grade;
use crate::indicator::IndicatorId;
use crate::standing::UnratedReason;

/// A valid scorecard and its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scorecard {
    content: Content,
    digest: [u8; 32],
}

impl Deref for Scorecard {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

impl Scorecard {
    /// SHA-256 of the file's bytes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    #[must_use]
    pub fn indicator(&self, id: IndicatorId) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.id == id)
    }

    #[must_use]
    pub fn veto(&self, code: &str) -> Option<&Veto> {
        self.vetoes.iter().find(|veto| veto.code == code)
    }

    #[must_use]
    pub fn cap(&self, code: &str) -> Option<&Cap> {
        self.caps.iter().find(|cap| cap.code == code)
    }

    #[must_use]
    pub fn basis(&self, code: &str) -> Option<&Basis> {
        self.bases.iter().find(|basis| basis.code == code)
    }

    #[must_use]
    pub fn band(&self, grade: Grade) -> Option<&Band> {
        self.grades.iter().find(|band| band.code == grade)
    }

    /// The band of a whole-number score (ruling A11).
    #[must_use]
    pub fn grade_of(&self, score: u16) -> Grade {
        self.grades.iter().find(|band| score >= band.floor).map_or(Grade::D, |band| band.code)
    }

    /// The text of a reason code: an indicator id, a veto or a cap.
    #[must_use]
    pub fn reason_text(&self, code: &str) -> Option<&Text> {
        let indicator = || self.indicator(code.parse().ok()?).map(|indicator| &indicator.reason);
        let veto = || self.veto(code).map(|veto| &veto.reason);
        let cap = || self.cap(code).map(|cap| &cap.reason);
        indicator().or_else(veto).or_else(cap)
    }

    #[must_use]
    pub fn unrated_text(&self, reason: UnratedReason) -> &Text {
        match reason {
            UnratedReason::LowCoverage => &self.unrated.low_coverage,
            UnratedReason::Young => &self.unrated.young,
            UnratedReason::NoTrade => &self.unrated.no_trade,
            UnratedReason::Cancelled => &self.unrated.cancelled,
        }
    }
}
