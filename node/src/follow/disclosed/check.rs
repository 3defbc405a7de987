//! Each disclosed receipt against this node's own copy of the log, and its score computed again.

use super::DISCLOSED_FILES_MAX;
use super::sync::Syncing;
use crate::scores::check_score;
use crate::view::LedgerView;
use credit_core::scorecard::Scorecard;
use ledger::label::verify_label;
use ledger::receipt::{MAX_RECEIPT_BYTES, Receipt};
use ledger::verify::{ScoreCheck, USCC_FIELD};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// How often files are looked at that were changed in place, which the folder does not show.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// A folder of receipts.
pub struct Disclosed {
    folder: PathBuf,
    card: Scorecard,
    /// What fetches them, where they do not come by hand alone.
    syncing: Option<Syncing>,
    known: Mutex<Known>,
}

/// What was found in the folder, and when it was looked at.
#[derive(Default)]
struct Known {
    /// Files that were checked, with the time they had then.
    files: HashMap<PathBuf, (SystemTime, Verdict)>,
    /// Time of the folder, and of the look.
    looked: Option<(SystemTime, Instant)>,
    found: Checked,
    /// Files whose leaf was not replayed yet.
    later: usize,
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
    /// The log holds it as it says once this node has replayed so far, or does not.
    Later,
    /// Not the whole statement, another scorecard, not of this log, or no receipt.
    Unchecked,
}

impl Disclosed {
    /// The receipts (`*.json`) in this folder, recomputed with this scorecard.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, card: Scorecard) -> Self {
        Self { folder: folder.into(), card, syncing: None, known: Mutex::default() }
    }

    /// The same, fed from a zone.
    #[must_use]
    pub fn fed_by(self, syncing: Syncing) -> Self {
        Self { syncing: Some(syncing), ..self }
    }

    /// What feeds it.
    #[must_use]
    pub fn syncing(&self) -> Option<&Syncing> {
        self.syncing.as_ref()
    }

    /// Checks what is new in the folder against this node's own copy.
    pub fn check(&self, view: &LedgerView) -> Checked {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let time = fs::metadata(&self.folder).and_then(|meta| meta.modified());
        let is_as_it_was = |(then, at): (SystemTime, Instant)| {
            time.as_ref().is_ok_and(|time| *time == then) && at.elapsed() < LOOK_AGAIN
        };
        if known.later == 0 && known.looked.is_some_and(is_as_it_was) {
            return known.found.clone();
        }
        // The folder's time is read before its files: what comes meanwhile is seen at the next look.
        match (time, fs::read_dir(&self.folder)) {
            (Ok(time), Ok(files)) => {
                known.looked = Some((time, Instant::now()));
                self.look(&mut known, files, view);
            }
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(%error, folder = %self.folder.display(), "disclosed statements cannot be read");
                *known = Known::default();
            }
        }
        known.found.clone()
    }

    fn look(&self, known: &mut Known, files: fs::ReadDir, view: &LedgerView) {
        let mut before = std::mem::take(&mut known.files);
        (known.found, known.later) = (Checked::default(), 0);
        for file in files.flatten().take(DISCLOSED_FILES_MAX) {
            let path = file.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let time = file.metadata().and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            let verdict = match before.remove(&path) {
                Some((then, verdict)) if then == time && verdict != Verdict::Later => verdict,
                _ => self.verdict(&path, view),
            };
            match verdict {
                Verdict::Right => known.found.right += 1,
                Verdict::Wrong => known.found.wrong.push(path.clone()),
                Verdict::Later | Verdict::Unchecked => known.found.unchecked += 1,
            }
            known.later += usize::from(verdict == Verdict::Later);
            known.files.insert(path, (time, verdict));
        }
    }

    fn verdict(&self, path: &Path, view: &LedgerView) -> Verdict {
        let is_small = fs::metadata(path)
            .is_ok_and(|meta| usize::try_from(meta.len()).is_ok_and(|length| length <= MAX_RECEIPT_BYTES));
        let bytes = if is_small { fs::read(path).unwrap_or_default() } else { Vec::new() };
        let Ok(receipt) = Receipt::parse(&bytes) else { return Verdict::Unchecked };
        if receipt.proof.index >= view.published_size() {
            return Verdict::Later;
        }
        // What the log does not hold says nothing about the log: anybody could put it here.
        let is_logged = view.store().leaf_hash(receipt.proof.index) == Ok(receipt.entry.leaf_hash());
        let shown = receipt.disclosure.as_ref().zip(receipt.entry.env());
        let is_committed = shown.is_some_and(|(shown, env)| shown.verify(&env.commitment).is_ok());
        if !is_logged || !is_committed {
            return Verdict::Unchecked;
        }
        if is_misfiled(&receipt, view) {
            tracing::error!(
                file = %path.display(),
                leaf = receipt.proof.index,
                "a disclosed statement is logged under another enterprise; the replay key cosigns no more"
            );
            return Verdict::Wrong;
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

/// Whether the log has the statement of one enterprise in the chain of another. The proof of the label says so under
/// the key in this node's own genesis; where it proves nothing, nothing is said.
fn is_misfiled(receipt: &Receipt, view: &LedgerView) -> bool {
    let (Some(claim), Some(env), Ok(genesis)) = (&receipt.label, receipt.entry.env(), view.store().genesis())
    else {
        return false;
    };
    let said = receipt.disclosure.as_ref().and_then(|shown| shown.value(USCC_FIELD));
    let label = verify_label(&genesis.label_key, &claim.uscc, &claim.proof);
    said == Some(claim.uscc.as_bytes()) && label.is_ok_and(|label| label != env.subject)
}
