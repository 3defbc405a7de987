//! Customs messages (CEB) of China E-port: read, stripped of what is a buyer's, kept, and joined to sales whose three
//! flows are compared. `docs/adr/0039-customs-messages.md` has the path of one message.
//!
//! `intake` hands over files that are sealed; what comes of them are orders, which `intake::keep` takes as it takes
//! those of `transactions`. `http` and `portal` show a sale; nothing but [`buyer`] and [`take`] ever holds a buyer's
//! value.

pub mod adapt;
mod ahead;
pub mod buyer;
pub mod differences;
pub mod gather;
pub mod judge;
pub mod keep;
pub mod keys;
pub mod reading;
pub mod registered;
pub mod sales;
pub mod sealed;
pub mod signatures;
pub mod stored;
pub mod take;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
pub mod traces;
pub mod unjudged;
pub mod view;

pub use credit_core::ceb::joins;

/// The source's id in the interface contract.
pub const SOURCE: &str = "ceb";
