//! 分类监管 as it is kept: which measures hold for whom, since when and why, each step of it anchored and told.
//!
//! What is due is `credit_core::supervision`; here is what an enterprise has ([`store`]), the transaction of its
//! evaluation that compares the two ([`record`]), what officers and reviewers decide ([`acts`]), and what the service
//! does when the lists are fresh again ([`thaw`]).
//!
//! The path of one measure: an evaluation makes a D → in the same transaction the steps that follow from it are written
//! as one act: proposed what binds, begun what does not, told to the agency what only it can decide → the act is a
//! commitment in the enterprise's chain on the ledger ([`statement`]) → an officer confirms, and a reviewer where
//! something is taken away → the cause is gone: ended in the transaction that finds it so, by nobody's leave. Whatever
//! begins, ends, is stayed or goes on is a row of the feed of changes.

pub mod acts;
pub mod record;
pub mod situation;
pub mod statement;
pub mod store;
pub mod thaw;

/// The `kind` of the outbox.
pub const KIND: &str = "measure";
