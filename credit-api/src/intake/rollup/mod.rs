//! Keeping the rollups right: in the transaction of the file, and only where the file reaches.
//!
//! Reviews stand alone, so their days change by what a row adds and what the row it replaces had added
//! ([`ReviewChanges`]). An order also speaks about other orders of its merchant (quota, waybill, burst), so the
//! merchant's days around the change are counted anew from its orders ([`renew`]). What the rollups are for and
//! why they look so: `docs/adr/0005-rollups.md`.

mod days;
mod renew;
mod reviews;
mod touched;

pub use renew::{direction_word, renew};
pub use reviews::ReviewChanges;
pub use touched::Touched;
