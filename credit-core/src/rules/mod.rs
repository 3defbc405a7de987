//! The rule pack: what a source record is worth and how long it holds (rulings A8, A12, C1–C9).
//!
//! The words, thresholds and day limits are in [`pack`], rule packs that are files are read by [`dated`]; the other
//! modules apply them. Every function is
//! pure: the as-of date `D` is an argument.

pub mod class;
pub mod dated;
pub mod listing;
pub mod mark;
pub mod pack;
pub mod penalty;
pub mod permit;
pub mod relation;

pub use class::class_in_force;
pub use listing::list_in_force;
pub use penalty::{Severity, counts_at, end_of_effect, severity};
pub use relation::{Relation, is_bad, relation};
