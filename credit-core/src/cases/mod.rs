//! Cases: objections, appeals, repairs, list entries, alerts and disputes, each a machine of states and steps.
//!
//! A [`Kind`] of case has one [`Machine`]: a static table of transitions, each with the state it leaves, the verb,
//! the roles that may use it, what it asks for (a reason, a basis, an attachment, a named subject, another person)
//! and the clocks it starts, lengthens and stops. States, verbs, roles, outcomes and clocks are closed lists with
//! stable codes and titles in two languages. A table is data that tests check: every state can be reached and
//! left, every clock is stopped on every way to an end, whatever binds somebody takes two people.
//! `docs/CASES.md` is written from the tables.
//!
//! A case is nothing but its steps. [`Case::apply`] looks at the steps so far, an [`Act`] and the hour, and gives
//! the next [`Step`] or a [`Refusal`] that says what would be allowed. A step is a row that never changes: it
//! carries what it started and what it stopped, so that neither a new table nor a new rule pack moves what has
//! been, and it is chained to the one before by SHA-256 ([`chain`]); the head of the chain is what the service
//! anchors as the commitment of a case decision.
//!
//! How long a clock runs is dated data with its source ([`deadlines`]). When it is due is computed from the steps,
//! the calendar at hand and the hour, each time anew ([`clocks`]): a notice of the State Council that arrives
//! later moves the clocks that still run, and none that is met. A clock that runs from service runs from the day
//! on which the notice was read, or was deemed served ([`service`]).
//!
//! Who the actor is, where steps are kept, that two writers do not append the same number: that is the business of
//! `credit-api`. There is no I/O here and no clock.

pub mod chain;
pub mod clocks;
pub mod deadlines;
mod engine;
mod machine;
mod marks;
mod refusal;
pub mod service;
mod step;
mod tables;
#[cfg(test)]
mod tests;
mod watch;
mod words;

pub use chain::{ChainFault, verify_chain};
pub use clocks::{ClockState, ClockView, Due, clocks_of, next_change, overdue_board};
pub use deadlines::{Deadlines, Nature, Rule, Unit};
pub use engine::{Case, Offer, Rules};
pub use machine::{Machine, Need, START, Transition, Unhurried, Way, machine};
pub use marks::{DISPUTED, is_disputed, is_open, is_told, stays_consequences};
pub use refusal::{Missing, Refusal};
pub use step::{Act, Actor, Digest, Extended, Met, Since, Started, Step, Subject, Told};
pub use watch::WatchEntry;
pub use words::{Clock, Kind, Outcome, Role, State, SubjectKind, Verb};

/// Longest reason or basis, in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 16_384;

/// Longest id of a case, an actor or a subject, in bytes of UTF-8.
pub const ID_BYTES_MAX: usize = 128;

/// Most attachments of one step.
pub const ATTACHMENTS_MAX: usize = 32;

/// Most steps of one case; a case of years has a few dozen.
pub const STEPS_MAX: usize = 1_000;
