//! Everything in a ledger read again from genesis, as a report that people and programs read.

use ledger::store::Store;
use ledger::store::scrub::{Difference, Progress, Verified};

/// The result of an audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub origin: String,
    /// What was found right, or the first thing that is not.
    pub result: Result<Verified, Difference>,
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

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "Ledger {}", self.origin)?;
        match &self.result {
            Err(difference) => writeln!(f, "DAMAGED: {difference}"),
            Ok(found) => {
                writeln!(f, "  zone         {}", found.zone)?;
                writeln!(f, "  log key      {}", found.vkey)?;
                for later in found.keys.iter().rev().filter(|vkey| **vkey != found.vkey) {
                    writeln!(f, "  later key    {later}")?;
                }
                writeln!(f, "  blocks       {}", found.blocks)?;
                writeln!(f, "  leaves       {}", found.leaves)?;
                writeln!(f, "  entries      {}", found.entries)?;
                writeln!(f, "  subjects     {}", found.subjects)?;
                writeln!(
                    f,
                    "  checkpoints  {} (last published: {} leaves)",
                    found.checkpoints, found.published_size
                )?;
                writeln!(f, "  root         {}", hex::encode(found.root))?;
                writeln!(f, "  last seal    {}", format_time(found.last_seal_ms))?;
                writeln!(f, "SOUND: every entry, seal, tile, checkpoint and index row was read and agrees.")
            }
        }
    }
}

/// RFC 3339 in UTC, or the number where it is no time.
pub(crate) fn format_time(ms: u64) -> String {
    i64::try_from(ms)
        .ok()
        .and_then(chrono::DateTime::from_timestamp_millis)
        .map_or_else(|| format!("{ms} ms"), |time| time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}
