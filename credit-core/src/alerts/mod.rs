//! Risk alerts as rules: dated data over indicators, figures of the facts, changes and single records.
//!
//! A rule is an expression of CEL over whole numbers and words, with what it means, how serious it is, who may look
//! after it, and for how long the same finding is one finding ([`rules`]). What an expression may name is a closed list
//! ([`figures`]); a rule that names anything else, divides, has a decimal point or gives no yes or no is refused when
//! the file is read. [`run`] looks at one enterprise.
//!
//! An alert is evidence for an inspection and nothing more (`domain.md` 5.4): it neither lists nor downgrades anybody.
//! Where the rules of the watch list name such findings as a ground (W1 to W5), a hit carries the text of a proposal
//! that an officer may make. Pure, without a clock.

mod due;
pub mod figures;
mod record;
pub mod rules;
mod run;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

pub use rules::{AlertRules, Each, PROGRAM_RULES, Rule, Severity};
pub use run::{Found, Group, Hit, Situation};

/// High alerts within [`W2_DAYS`] that are a ground for W2 (`domain.md` 7.6).
pub const W2_ALERTS: usize = 3;
/// Days in which they count.
pub const W2_DAYS: i32 = 90;
