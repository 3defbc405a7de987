//! Everything in a ledger read again from genesis, as a report that people and programs read.
//!
//! - [`account`]: what the log holds, when it was written, who changed its keys, who cosigned it;
//! - [`copy`]: a log at a URL, copied and re-executed first;
//! - [`text`]: the report in words and as JSON.

pub mod account;
pub mod copy;
mod text;

pub use account::Account;
pub use copy::copy_to;

use ledger::store::scrub::{Difference, Progress, Verified};
use ledger::store::{Store, StoreError};

/// The result of an audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub origin: String,
    /// What was found right, or the first thing that is not.
    pub result: Result<Verified, Difference>,
}

/// The same with what a person asks next: what is in it, what is missing, who stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullReport {
    pub report: Report,
    /// What can be read of it, also where something differs.
    pub account: Result<Account, StoreError>,
}

impl Report {
    /// True when nothing differs.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.result.is_ok()
    }
}

/// Re-reads and re-hashes the whole store. `progress` is called after every block.
#[must_use]
pub fn audit_store(store: &Store, progress: &mut dyn FnMut(Progress)) -> Report {
    Report { origin: store.origin().to_owned(), result: store.verify_from_genesis(progress) }
}

/// As [`audit_store`], and then reads once more what the log says of itself.
#[must_use]
pub fn audit_in_full(store: &Store, progress: &mut dyn FnMut(Progress)) -> FullReport {
    let report = audit_store(store, progress);
    let size = report.result.as_ref().map_or(u64::MAX, |found| found.leaves);
    FullReport { report, account: Account::of(store, size) }
}

/// RFC 3339 in UTC, or the number where it is no time.
pub(crate) fn format_time(ms: u64) -> String {
    i64::try_from(ms)
        .ok()
        .and_then(chrono::DateTime::from_timestamp_millis)
        .map_or_else(|| format!("{ms} ms"), |time| time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}
