//! What this node does when the log contradicts itself: evidence is kept, and nothing of it is cosigned any more.

use super::{Follower, Phase, Refusal, refusal};
use crate::witness::{Conflict, ConflictKind};
use ledger::checkpoint::Checkpoint;
use ledger::evidence::Wrong;
use ledger::merkle::Hash;
use ledger::note::Note;
use std::sync::PoisonError;

impl Follower {
    /// Keeps the evidence, stops cosigning, and says so.
    pub(super) fn refuse(&self, wrong: &Wrong) {
        let mut is_refused = self.is_refused.lock().unwrap_or_else(PoisonError::into_inner);
        self.witness.distrust(&self.config.origin);
        self.replay_witness.distrust(&self.config.origin);
        if let Some(intake) = &self.intake {
            intake.pending_checkpoint().distrust(&self.config.origin);
        }
        if std::mem::replace(&mut *is_refused, true) {
            // What it refuses for first is what stands.
            return;
        }
        match refusal::refuse(&self.config.folder, wrong) {
            Ok(refusal) => {
                tracing::error!(
                    kind = wrong.kind(),
                    digest = refusal.digest,
                    evidence = %refusal.evidence.display(),
                    "the log did wrong; this node refuses it from now on"
                );
                self.progress.change(|status| {
                    status.phase = Phase::Refused;
                    status.refusal = Some(refusal);
                });
            }
            Err(error) => {
                tracing::error!(%error, kind = wrong.kind(), "evidence cannot be written; this node stops");
                let refusal =
                    Refusal { digest: "(not written)".to_owned(), evidence: self.config.folder.clone() };
                self.progress.change(|status| {
                    status.phase = Phase::Refused;
                    status.refusal = Some(refusal);
                });
            }
        }
        metrics::gauge!("follow_refused").set(1.0);
    }

    /// A witness of ours was shown a second history.
    pub(super) fn on_conflict(&self, conflict: &Conflict) {
        let shown = conflict.shown.clone();
        match (conflict.kind, &conflict.stored) {
            (ConflictKind::Unproven, _) => {}
            (ConflictKind::Fork, Some(stored)) => {
                self.refuse(&Wrong::TwoRoots { first: stored.clone(), second: shown });
            }
            (ConflictKind::Fork, None) => {}
            (ConflictKind::OtherRootThanReplayed { replayed }, _) => {
                if let Some(wrong) = self.fork_of(shown, replayed) {
                    self.refuse(&wrong);
                }
            }
        }
    }

    /// Evidence that the log signed `shown`, which is no beginning of the tree that this node read under another
    /// checkpoint.
    fn fork_of(&self, shown: Note, replayed: Hash) -> Option<Wrong> {
        let checkpoint: Checkpoint = shown.text.parse().ok()?;
        let (size, newer) = self.store.last_note().ok()??;
        let newer = Note::parse(newer.as_bytes()).ok()?;
        if size == checkpoint.size {
            return Some(Wrong::TwoRoots { first: newer, second: shown });
        }
        let proof = self.store.consistency_proof(checkpoint.size, size).ok()?;
        Some(Wrong::Fork { older: shown, newer, prefix_root: replayed, proof })
    }
}
