//! Statements that were disclosed to this agency, as receipts in a folder: each score is computed again.

use crate::scores::check_score;
use crate::view::LedgerView;
use credit_core::scorecard::Scorecard;
use ledger::receipt::{MAX_RECEIPT_BYTES, Receipt};
use ledger::verify::ScoreCheck;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Files looked at in one folder; the rest is left and said so.
pub const DISCLOSED_FILES_MAX: usize = 1_000_000;

/// A folder of receipts.
pub struct Disclosed {
    folder: PathBuf,
    card: Scorecard,
    /// Files that were checked, with the time they had then.
    known: Mutex<HashMap<PathBuf, (SystemTime, Verdict)>>,
}

/// What was found so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    pub right: usize,
    /// Files whose score is not what the indicators give, or that the log does not hold as they say.
    pub wrong: Vec<PathBuf>,
    /// Not replayed that far yet, not the whole statement, another scorecard, or no receipt.
    pub unchecked: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Right,
    Wrong,
    Unchecked,
}

impl Disclosed {
    /// The receipts (`*.json`) in this folder, recomputed with this scorecard.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, card: Scorecard) -> Self {
        Self { folder: folder.into(), card, known: Mutex::default() }
    }

    /// Checks what is new in the folder against this node's own copy.
    pub fn check(&self, view: &LedgerView) -> Checked {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let files = match fs::read_dir(&self.folder) {
            Ok(files) => files,
            Err(error) => {
                tracing::warn!(%error, folder = %self.folder.display(), "disclosed statements cannot be read");
                return Checked::default();
            }
        };
        let mut checked = Checked::default();
        for file in files.flatten().take(DISCLOSED_FILES_MAX) {
            let path = file.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let time = file.metadata().and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            let verdict = match known.get(&path) {
                Some((then, verdict)) if *then == time && *verdict != Verdict::Unchecked => *verdict,
                _ => self.verdict(&path, view),
            };
            known.insert(path.clone(), (time, verdict));
            match verdict {
                Verdict::Right => checked.right += 1,
                Verdict::Wrong => checked.wrong.push(path),
                Verdict::Unchecked => checked.unchecked += 1,
            }
        }
        checked
    }

    fn verdict(&self, path: &Path, view: &LedgerView) -> Verdict {
        let is_small = fs::metadata(path)
            .is_ok_and(|meta| usize::try_from(meta.len()).is_ok_and(|length| length <= MAX_RECEIPT_BYTES));
        let bytes = if is_small { fs::read(path).unwrap_or_default() } else { Vec::new() };
        let Ok(receipt) = Receipt::parse(&bytes) else { return Verdict::Unchecked };
        if receipt.proof.index >= view.published_size() {
            return Verdict::Unchecked;
        }
        // What the log does not hold says nothing about the log: anybody could put it here.
        let is_logged = view.store().leaf_hash(receipt.proof.index) == Ok(receipt.entry.leaf_hash());
        let shown = receipt.disclosure.as_ref().zip(receipt.entry.env());
        let is_committed = shown.is_some_and(|(shown, env)| shown.verify(&env.commitment).is_ok());
        if !is_logged || !is_committed {
            return Verdict::Unchecked;
        }
        match check_score(&receipt, &self.card) {
            ScoreCheck::Recomputes => Verdict::Right,
            ScoreCheck::Differs { recorded, computed } => {
                tracing::error!(
                    file = %path.display(),
                    leaf = receipt.proof.index,
                    recorded,
                    computed,
                    "a disclosed score does not recompute; the replay key cosigns no more"
                );
                Verdict::Wrong
            }
            ScoreCheck::NotDisclosed | ScoreCheck::ScorecardNotAtHand => Verdict::Unchecked,
        }
    }
}
