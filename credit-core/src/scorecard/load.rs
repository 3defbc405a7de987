//! Reading a scorecard file.

use sha2::{Digest, Sha256};

use super::model::Content;
use super::{Scorecard, validate};

/// The scorecard this version of the software brings along.
const EMBEDDED: &str = include_str!("../../../scorecards/zone-2026.1.toml");

/// A scorecard file may not be larger than this.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// Why a file is no scorecard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScorecardError {
    #[error("a scorecard file has at most {FILE_BYTES_MAX} bytes, this has {0}")]
    TooLarge(usize),
    #[error("the scorecard cannot be read: {0}")]
    Syntax(String),
    /// Every fault found, not only the first.
    #[error("the scorecard is not valid: {}", .0.join("; "))]
    Invalid(Vec<String>),
}

impl Scorecard {
    /// Reads and validates a scorecard file.
    ///
    /// # Errors
    /// [`ScorecardError`]: not TOML of this format, or not valid.
    pub fn parse(toml: &str) -> Result<Self, ScorecardError> {
        if toml.len() > FILE_BYTES_MAX {
            return Err(ScorecardError::TooLarge(toml.len()));
        }
        let content: Content =
            toml::from_str(toml).map_err(|error| ScorecardError::Syntax(error.to_string()))?;
        let faults = validate::faults(&content);
        if !faults.is_empty() {
            return Err(ScorecardError::Invalid(faults));
        }
        Ok(Self { content, digest: Sha256::digest(toml.as_bytes()).into() })
    }

    /// The scorecard that is part of this software.
    ///
    /// # Errors
    /// None as built: a test parses the same bytes. The type is that of [`Scorecard::parse`].
    pub fn embedded() -> Result<Self, ScorecardError> {
        Self::parse(EMBEDDED)
    }

    /// The embedded file's text, to publish under its digest.
    #[must_use]
    pub fn embedded_text() -> &'static str {
        EMBEDDED
    }
}
