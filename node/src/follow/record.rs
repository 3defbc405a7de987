//! Who cosigned when: what this node's own keys said is kept beside what others' lines on the log's checkpoints say,
//! for an audit.

use super::Follower;
use crate::witness::Witness;
use ledger::checkpoint::Checkpoint;
use ledger::note::{Note, SignatureLine};
use ledger::store::StoreError;
use sha2::{Digest, Sha256};

/// The last checkpoint that a witness cosigned of a log.
pub(super) struct Cosigned {
    /// Leaves.
    size: u64,
    line: SignatureLine,
}

impl Cosigned {
    pub(super) fn last(witness: &Witness, origin: &str) -> Option<Self> {
        let note = witness.cosigned_note(&hex::encode(Sha256::digest(origin)))?;
        let note = Note::parse(note.as_bytes()).ok()?;
        let checkpoint: Checkpoint = note.text.parse().ok()?;
        let line = note.signatures.into_iter().find(|line| witness.vkey().claims(line))?;
        Some(Self { size: checkpoint.size, line })
    }

    /// When it was, as it was signed (C2SP `tlog-cosignature`), milliseconds since 1970-01-01 UTC.
    pub(super) fn at_ms(&self) -> u64 {
        let seconds = self.line.signature.first_chunk::<8>().map_or(0, |time| u64::from_be_bytes(*time));
        seconds.saturating_mul(1000)
    }
}

impl Follower {
    /// Keeps the last cosignature of each own key, once its block is stored. What is cosigned between two rounds and
    /// followed by a later one is not kept.
    pub(super) fn record_own(&self) -> Result<(), StoreError> {
        let stored = self.store.tip()?.size;
        for witness in [&self.witness, &self.replay_witness] {
            let Some(last) = Cosigned::last(witness, &self.config.origin) else { continue };
            let is_new = self.store.cosignature(last.size, last.line.key_id)?.is_none();
            if is_new && last.size > 0 && last.size <= stored {
                self.store.put_cosignature(last.size, &last.line)?;
            }
        }
        Ok(())
    }
}
