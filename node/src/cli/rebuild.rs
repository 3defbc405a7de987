//! `node rebuild`.

use super::keygen::read_key;
use super::operator::TIP_FILE;
use super::{CommandError, print};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::note::{KeyKind, Signer, Vkey};
use ledger::store::StoreOptions;
use node::rebuild::mirror::{checkpoint_of, copy, or_shown};
use node::rebuild::notes::none_kept;
use node::rebuild::{Builder, Known, RebuildError, folder};
use node::tiles::tiles_at;
use node::{FileTip, Tip, TipRow};
use std::path::PathBuf;

/// Make a lost ledger folder again, bit for bit, from a mirror of its tiles
///
/// Every entry is executed and verified from the genesis on, and the tree must be the one that the tip file knows.
/// A folder that is there is never touched. Where the ledger is written by `credit-api serve`, use
/// `credit-api ledger rebuild` instead: it needs no mirror.
///
/// A mirror does not tell the idempotency keys of entries without an envelope (scorecards, digests, key events), so
/// what is submitted again for one of these is appended again.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The mirror: http://HOST:PORT/ledger, or a folder that holds `checkpoint` and `tile/`.
    #[arg(long, value_name = "URL")]
    from: String,
    /// Folder of the ledger; must not exist.
    #[arg(long, env = "XINJI_LEDGER_DIR", default_value = "./data/ledger")]
    dir: PathBuf,
    /// Name of the log.
    #[arg(long, env = "XINJI_ORIGIN")]
    origin: String,
    /// Signing key of the log.
    #[arg(long, env = "XINJI_LEDGER_KEY", value_name = "FILE")]
    key: PathBuf,
    /// Another key that signed checkpoints of the log, around a rotation; may be given several times. Without it, its
    /// lines are missing but for those below the mirror's own checkpoint.
    #[arg(long, value_name = "FILE")]
    more_key: Vec<PathBuf>,
    /// Tip file, where it was kept outside the ledger folder.
    #[arg(long, value_name = "FILE")]
    tip: Option<PathBuf>,
    /// The tip file was lost too: believe the mirror's checkpoint. Only when you know that nothing newer was ever
    /// published; compare several mirrors first.
    #[arg(long)]
    accept_mirror: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let refused = |error: &dyn std::fmt::Display| CommandError::Refused(error.to_string());
    let signers = signers(arguments)?;
    let vkeys: Vec<Vkey> = signers.iter().map(|signer| signer.vkey().clone()).collect();
    let tiles = tiles_at(&arguments.from);
    let (checkpoint, note) = checkpoint_of(tiles.as_ref(), &vkeys).map_err(|e| refused(&e))?;
    let row = match &arguments.tip {
        Some(path) => FileTip::new(path).read().map_err(|e| refused(&e))?,
        None => None,
    };
    let seen = Known { size: checkpoint.size, root: checkpoint.root, by: "the mirror's checkpoint" };
    let known = match row {
        Some(row) if row.size > checkpoint.size => {
            let behind =
                RebuildError::Behind { place: tiles.place(), have: checkpoint.size, known: row.size };
            return Err(refused(&behind));
        }
        Some(row) if row.size == checkpoint.size => {
            Known { size: row.size, root: row.root, by: "the tip file" }
        }
        _ if arguments.accept_mirror => seen,
        _ => {
            let text = "no tip file knows of this checkpoint, so nothing says that the mirror is complete; name the \
                        tip file with --tip, or, if you know that the mirror is complete, add --accept-mirror";
            return Err(CommandError::Refused(text.to_owned()));
        }
    };
    let bar = ProgressBar::new(checkpoint.size);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} leaves {per_sec} {eta}") {
        bar.set_style(style);
    }
    let options = StoreOptions { is_mirror: true, ..StoreOptions::new(&arguments.origin) };
    let mut fill = |builder: &mut Builder| {
        let none = &mut |_, _: &_| Ok(Vec::new());
        copy(builder, tiles.as_ref(), &checkpoint, none, &mut |done| bar.set_position(done)).map(drop)
    };
    let mut none = none_kept;
    let mut kept = or_shown(&mut none, checkpoint.size, &note);
    let tip = folder::rebuild(&arguments.dir, &options, &signers, known, &mut fill, &mut kept);
    bar.finish_and_clear();
    let tip = tip.map_err(|e| refused(&e))?;
    if row.is_none_or(|row| row.size < tip.size) {
        let path = arguments.tip.clone().unwrap_or_else(|| arguments.dir.join(TIP_FILE));
        let new = Tip { size: tip.size, root: tip.root, epoch: row.map_or(0, |row| row.epoch) };
        FileTip::new(path).swap(row, new, &[]).map_err(|e| refused(&e))?;
    }
    print(&format!(
        "rebuilt {} blocks, {} leaves in {}\nroot     {}\n",
        tip.blocks,
        tip.size,
        arguments.dir.display(),
        hex::encode(tip.root)
    ))
}

fn signers(arguments: &Arguments) -> Result<Vec<Signer>, CommandError> {
    let signer = |path: &PathBuf| {
        Signer::new(&arguments.origin, KeyKind::Ed25519, read_key(path)?)
            .map_err(|error| CommandError::Usage(error.to_string()))
    };
    std::iter::once(&arguments.key).chain(&arguments.more_key).map(signer).collect()
}
