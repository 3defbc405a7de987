//! Keeping the rollups right: in the transaction of the file, and only where its rows reach.
//!
//! What a row adds to the sums of days is added, and what the row it replaces had added is taken out. An order also
//! speaks about other orders of its merchant (quota, waybill, burst): those of its groups are found by index and
//! marked anew ([`marks`]). Nothing else of the merchant's history is read, save the days from which a replaced
//! order takes a bound that no sum can give back. What the rollups are for and why they look so:
//! `docs/adr/0005-rollups.md`.

mod change;
mod days;
mod marks;
mod neighbours;
mod renew;
mod reviews;
mod touched;

pub use change::Change;
pub use renew::Renewal;
pub use reviews::ReviewChanges;
pub use touched::{Touched, direction_word};
