//! `node audit`.

use super::verify::Language;
use super::{CommandError, print};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::store::Store;
use ledger::store::scrub::Progress;
use ledger::texts::Lang;
use node::audit::{audit_in_full, copy_to};
use node::tiles::HttpTiles;
use std::path::{Path, PathBuf};

/// Read a whole ledger again from its first entry, and say whether everything agrees
///
/// Every entry is decoded, hashed and re-executed; every seal's parent, number, time, entries root, state root and
/// signature, every tile, every checkpoint, every subject's chain and the index against doubles are compared with
/// what is stored. The report says what the ledger holds, where it is silent for longer than it should be, who
/// changed its keys, and who cosigned when.
///
/// A folder is only read; the operator may be running. A log at a URL (that of its tiles, such as
/// http://host:8080/ledger) is copied into a temporary folder first, which is removed afterwards.
///
/// Exit code 0 when all agrees, 1 with the first thing that does not.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder of the ledger (the one that holds `rocksdb`; for an agency's node `ledger` in its folder), or URL.
    #[arg(value_name = "DIR|URL")]
    place: String,
    /// A key of the log (`name+id+key`, as in log.vkey): the one it was begun with, or one that took its place.
    /// Without it the key in the ledger's own first entry is taken, which a forged ledger would bring along.
    #[arg(long, value_name = "VKEY")]
    log_key: Option<String>,
    /// Language of the report.
    #[arg(long, value_enum, default_value = "en")]
    lang: Language,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    if !arguments.place.starts_with("http://") && !arguments.place.starts_with("https://") {
        let store = Store::open_read_only(Path::new(&arguments.place))
            .map_err(|error| CommandError::Usage(error.to_string()))?;
        return report(&store, arguments);
    }
    let folder = Temporary::new()?;
    let bar = bar("copied");
    let copied = copy_to(&folder.0, &HttpTiles::new(&arguments.place), &mut |progress| show(&bar, progress));
    bar.finish_and_clear();
    let store = copied.map_err(|error| CommandError::Refused(error.to_string()))?;
    report(&store, arguments)
}

fn report(store: &Store, arguments: &Arguments) -> Result<(), CommandError> {
    let lang: Lang = arguments.lang.into();
    let bar = bar("verified");
    let report = audit_in_full(store, &mut |progress| show(&bar, progress));
    bar.finish_and_clear();
    let text = if arguments.json { format!("{:#}\n", report.json()) } else { report.text(lang) };
    print(&text)?;
    let refused = |zh: &str, en: &str| {
        CommandError::Refused(match lang {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
        })
    };
    match report.report.result {
        Err(_) => Err(refused("账本有损坏或系伪造。", "The ledger is damaged or forged.")),
        Ok(found) => match &arguments.log_key {
            // A key that took another's place was signed into the log by the one before and by the offline root.
            Some(expected) if found.keys.iter().all(|vkey| expected.trim() != vkey.to_string()) => {
                Err(refused(
                    &format!("账本属于密钥 {}，而不是所要求的密钥。", found.vkey),
                    &format!(
                        "The ledger is that of the key {}, not of the key that was asked for.",
                        found.vkey
                    ),
                ))
            }
            _ => Ok(()),
        },
    }
}

fn bar(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} leaves {msg} {per_sec} {eta}") {
        bar.set_style(style);
    }
    bar.with_message(what)
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.leaves_total);
    bar.set_position(progress.leaves_done);
}

/// A folder of this process that is removed with it.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Result<Self, CommandError> {
        let name = format!("xinji-audit-{}-{}", std::process::id(), hex::encode(super::keygen::random()?));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What is left behind is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
