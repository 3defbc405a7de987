//! The state map: what a log alone does not answer — *what is the latest?* and *is it absent?*
//!
//! A sparse Merkle map whose root stands in every seal. It is a function of the entries before the seal and of
//! nothing else, so whoever re-executes the log gets the same root. Keys are never taken out: a firm that left a
//! list has `listed: false`.
//!
//! - [`key`]: what is kept under which key;
//! - [`layout`]: how nodes are hashed (that of the crate `jmt`, so that `jmt` and `ics23` verify our proofs);
//! - [`proof`]: a proof that a value is there, or that a key is not;
//! - [`tree`]: the map's hashes in memory, for whoever writes or re-executes a log.

pub mod key;
pub mod layout;
pub mod proof;
pub mod tree;

pub use key::{KeyState, ListState, RatingState, ScorecardOfId, ScorecardState, StateKey};
pub use proof::{StateProof, StateProofError};
pub use tree::Tree;

#[cfg(test)]
mod tests;
