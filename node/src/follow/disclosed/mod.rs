//! Statements that the zone discloses to this agency: a folder of receipts, each of which is computed again.
//!
//! Receipts come into the folder by hand, or from the zone's API with the agency's key:
//! a row of the feed of changes ([`zone`]) → the enterprise's history → the receipt of each rating that is not in the
//! folder yet ([`sync`]) → a file → checked against this node's own copy of the log ([`check`]) → the status page.
//! A receipt is disclosed for one enterprise at a time, so that the zone notes each look and the enterprise sees it.

mod check;
mod sync;
mod zone;

pub use check::{Checked, Disclosed};
pub(super) use sync::Around;
pub use sync::{SyncStatus, Syncing};
pub use zone::{Zone, ZoneAddressError};

/// Files looked at in one folder; the rest is left and said so.
pub const DISCLOSED_FILES_MAX: usize = 1_000_000;
