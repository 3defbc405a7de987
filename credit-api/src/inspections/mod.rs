//! Plans of inspection (双随机): drawn by a seed that nobody chose, tasks for those who were drawn, findings that come
//! back as records.
//!
//! How a draw is made is `credit_core::supervision::plan`; here is when. An officer plans, with the hash of a secret of
//! his own: the plan's digest goes onto the ledger → the block after that one is sealed → the officer opens the secret,
//! the draw is made with that block's root, and its digest goes onto the ledger ([`acts`]) → what the inspectors found
//! is a file of `inspections` like any other, so that it is a fact, an indicator sees it, and it can be corrected.

pub mod acts;
pub mod store;

/// The `kind` of the outbox; the plan is its row 1, the draw its row 2.
pub const KIND: &str = "draw";
