//! `node audit`.

use super::{CommandError, print};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::store::Store;
use node::audit::audit_store;
use std::path::PathBuf;

/// Read a whole ledger again from its first entry, and say whether everything agrees
///
/// Every entry is decoded and hashed again; every seal's parent, number, time, entries root and signature, every
/// tile, every checkpoint, every subject's chain and the index against doubles are compared with what is stored.
/// The folder is only read; the operator may be running. Exit code 0 when all agrees, 1 with the first thing
/// that does not.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder of the ledger (the one that holds `rocksdb`).
    dir: PathBuf,
    /// A key of the log (`name+id+key`, as in log.vkey): the one it was begun with, or one that took its place.
    /// Without it the key in the ledger's own first entry is taken, which a forged ledger would bring along.
    #[arg(long, value_name = "VKEY")]
    log_key: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let store =
        Store::open_read_only(&arguments.dir).map_err(|error| CommandError::Usage(error.to_string()))?;
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} leaves {per_sec} {eta}") {
        bar.set_style(style);
    }
    let report = audit_store(&store, &mut |progress| {
        bar.set_length(progress.leaves_total);
        bar.set_position(progress.leaves_done);
    });
    bar.finish_and_clear();
    print(&report.to_string())?;
    match report.result {
        Err(_) => Err(CommandError::Refused("The ledger is damaged or forged.".to_owned())),
        Ok(found) => match &arguments.log_key {
            // A key that took another's place was signed into the log by the one before and by the offline root.
            Some(expected) if found.keys.iter().all(|vkey| expected.trim() != vkey.to_string()) => {
                Err(CommandError::Refused(format!(
                    "The ledger is that of the key {}, not of the key that was asked for.",
                    found.vkey
                )))
            }
            _ => Ok(()),
        },
    }
}
