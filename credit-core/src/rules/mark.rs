//! How sure a rule is.

use serde::{Deserialize, Serialize};

/// Where a rule of a rule pack comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Read in the source that is named.
    Found,
    /// Common knowledge of the field, not read again.
    Known,
    /// To be confirmed; the operator may change it.
    Uncertain,
    /// Ours, no law.
    Design,
}
