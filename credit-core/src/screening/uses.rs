//! What a score means for a purpose: thresholds from a dated file, each with its reason.

use std::sync::LazyLock;

use serde::Deserialize;

use super::score::{Comparison, FULL, METHOD};

/// Lowest threshold accepted: beneath it a different brand passes.
pub const MIN_THRESHOLD: u16 = 600;

static EMBEDDED: LazyLock<Uses> = LazyLock::new(|| {
    let text = include_str!("../../data/screening/uses-2026.4.toml");
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    Uses::from_toml(text).expect("the thresholds of this release are well-formed")
});

/// What is to be done about a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// Beneath the threshold.
    Nothing,
    /// Parent and branch, or branches of one body.
    Related,
    /// Possibly the same body; a person looks.
    Same,
}

/// One purpose.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    pub name: String,
    /// Thousandths; from it on the names are possibly the same.
    pub threshold: u16,
    pub reason_zh: String,
    pub reason_en: String,
}

/// The purposes of one version of the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uses {
    pub version: String,
    pub valid_from: chrono::NaiveDate,
    method: u16,
    r#use: Vec<Use>,
}

/// Why a file of thresholds is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsesError {
    #[error("not a file of screening thresholds: {0}")]
    Syntax(String),
    #[error("the thresholds were set with method {found}, this is method {METHOD}")]
    Method { found: u16 },
    #[error("no use is named")]
    Empty,
    #[error("{0:?} appears twice")]
    Twice(String),
    #[error("{name:?}: a threshold lies between {MIN_THRESHOLD} and {FULL}, this is {threshold}")]
    Threshold { name: String, threshold: u16 },
    #[error("{0:?} needs a reason in both languages")]
    Reason(String),
}

impl Uses {
    /// The thresholds of this release.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads a file of thresholds.
    ///
    /// # Errors
    /// [`UsesError`] names the first thing wrong.
    pub fn from_toml(text: &str) -> Result<Self, UsesError> {
        let uses: Self = toml::from_str(text).map_err(|error| UsesError::Syntax(error.to_string()))?;
        if uses.method != METHOD {
            return Err(UsesError::Method { found: uses.method });
        }
        if uses.r#use.is_empty() {
            return Err(UsesError::Empty);
        }
        for (at, one) in uses.r#use.iter().enumerate() {
            if uses.r#use.iter().skip(at + 1).any(|other| other.name == one.name) {
                return Err(UsesError::Twice(one.name.clone()));
            }
            if !(MIN_THRESHOLD..=FULL).contains(&one.threshold) {
                return Err(UsesError::Threshold { name: one.name.clone(), threshold: one.threshold });
            }
            if one.reason_zh.trim().is_empty() || one.reason_en.trim().is_empty() {
                return Err(UsesError::Reason(one.name.clone()));
            }
        }
        Ok(uses)
    }

    /// The purposes, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Use] {
        &self.r#use
    }

    /// The purpose of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Use> {
        self.r#use.iter().find(|one| one.name == name)
    }
}

impl Use {
    /// What a comparison means here.
    #[must_use]
    pub fn judge(&self, comparison: &Comparison) -> Finding {
        match comparison {
            found if found.score < self.threshold => Finding::Nothing,
            found if found.is_branch => Finding::Related,
            _ => Finding::Same,
        }
    }
}
