//! Taking a log that is pushed (C2SP `tlog-mirror`: `add-checkpoint` and `add-entries`).
//!
//! A checkpoint that the log signed, and that continues the last one added, is *pending*: remembered, not signed.
//! Entries up to it come in packages, each proven to be part of it before it is written. Once all are there the
//! follower takes them through its round like fetched ones, and only then the replay key signs: the mirror's
//! cosignature says that everything is stored here, was re-executed and is served.
//!
//! - [`pending`]: the entries that wait, on the disk;
//! - [`pushed`]: these as a place to read a log from;
//! - [`answer`]: what is said;
//! - [`http`]: both calls over HTTP.

mod answer;
pub(super) mod http;
mod pending;
mod pushed;
mod slots;

use super::{Progress, Seen};
use crate::clock::Clock;
use crate::tiles::Tiles;
use crate::witness::{Answer, Mode, OnConflict, Replayed, ReplayedTo, Witness, WitnessConfig};
use ledger::merkle::Hash;
use ledger::mirror::{PACKAGE_ENTRIES, REQUEST_PACKAGES, Span, UploadHead};
use ledger::note::{Note, Signer};
use ledger::store::{Store, StoreError};
use ledger::witness::AddCheckpoint;
use pending::{Pending, PendingError};
use pushed::Pushed;
use sha2::{Digest, Sha256};
use slots::Slots;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Entries that an upload may repeat: what two clients at once send twice in one request each.
pub const EXCESS_ENTRIES_MAX: u64 = PACKAGE_ENTRIES * REQUEST_PACKAGES;
/// Checkpoints that an upload may end at: the pending one and those before it.
pub const RECENT_CHECKPOINTS: usize = 8;
/// How long the last request of an upload waits for the replay of what it brought.
pub const REPLAY_PATIENCE: Duration = Duration::from_secs(5);
/// Tries of a cosignature while other requests move on what is cosigned.
const COSIGN_TRIES_MAX: usize = 3;

const ENTRIES_FOLDER: &str = "entries";

/// What the intake needs of its node.
pub(super) struct Parts<'a> {
    pub(super) folder: &'a Path,
    /// Signs nothing here: a checkpoint that is added is only remembered.
    pub(super) signer: Signer,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) on_conflict: OnConflict,
    pub(super) store: Arc<Store>,
    pub(super) progress: Arc<Progress>,
    pub(super) replay: Arc<dyn ReplayedTo>,
    pub(super) mirror_key: Arc<Witness>,
}

/// What takes a pushed log.
pub(super) struct Intake {
    store: Arc<Store>,
    progress: Arc<Progress>,
    replay: Arc<dyn ReplayedTo>,
    /// Remembers the pending checkpoint.
    pending_checkpoint: Arc<Witness>,
    /// Signs the mirror checkpoint, and remembers it.
    mirror_key: Arc<Witness>,
    pending: Pending,
    /// The pending checkpoint last.
    recent: Mutex<VecDeque<Seen>>,
    slots: Slots,
}

/// One request of `add-entries` after its head.
pub(super) struct Upload {
    target: Seen,
    start: u64,
    /// The first leaf that was not sent yet.
    at: u64,
}

impl Intake {
    /// Opens what was taken before.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub(super) fn open(parts: Parts<'_>) -> Result<Self, super::FollowError> {
        let pending_checkpoint = Witness::open(WitnessConfig {
            folder: parts.folder.to_path_buf(),
            signer: parts.signer,
            mode: Mode::Pending(Arc::clone(&parts.replay)),
            clock: parts.clock,
            on_conflict: Some(parts.on_conflict),
        })?;
        let pending = Pending::open(parts.folder.join(ENTRIES_FOLDER), Arc::clone(&parts.store));
        Ok(Self {
            store: parts.store,
            progress: parts.progress,
            replay: parts.replay,
            pending_checkpoint: Arc::new(pending_checkpoint),
            mirror_key: parts.mirror_key,
            pending: pending.map_err(|error| std::io::Error::other(error.to_string()))?,
            recent: Mutex::default(),
            slots: Slots::default(),
        })
    }

    /// The one that remembers the pending checkpoint.
    pub(super) fn pending_checkpoint(&self) -> &Arc<Witness> {
        &self.pending_checkpoint
    }

    fn recent(&self) -> MutexGuard<'_, VecDeque<Seen>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pending checkpoint; none before the first.
    pub(super) fn last(&self) -> Option<Seen> {
        self.remember();
        self.recent().back().cloned()
    }

    /// First leaf that is neither in the copy nor waits.
    pub(super) fn next(&self) -> Result<u64, StoreError> {
        self.pending.next()
    }

    /// Answers `add-checkpoint` as a witness does, without a cosignature.
    pub(super) fn add_checkpoint(&self, body: &[u8]) -> Answer {
        self.lift();
        let answer = self.pending_checkpoint.add_checkpoint(body);
        self.remember();
        self.progress.wake();
        answer
    }

    /// Keeps the pending checkpoint among those an upload may end at.
    fn remember(&self) {
        let Some(seen) = last_of(&self.pending_checkpoint, self.store.origin()) else { return };
        let mut recent = self.recent();
        if recent.back().is_none_or(|last| last.checkpoint.size < seen.checkpoint.size) {
            recent.push_back(seen);
            if recent.len() > RECENT_CHECKPOINTS {
                recent.pop_front();
            }
        }
    }

    /// The pending checkpoint is never behind the mirror's: what was fetched and cosigned is pending too.
    fn lift(&self) {
        let origin = self.store.origin();
        let (old, new) =
            (self.pending_checkpoint.cosigned_size(origin), self.mirror_key.cosigned_size(origin));
        let Some(seen) = last_of(&self.mirror_key, origin).filter(|_| old < new) else { return };
        // Where another request is faster, or the store cannot be read, the next one does it.
        if let Ok(proof) = self.store.consistency_proof(old, seen.checkpoint.size) {
            let request = AddCheckpoint { old, proof, checkpoint: seen.note };
            let _ = self.pending_checkpoint.add_checkpoint(request.to_string().as_bytes());
        }
    }

    /// Checks the head of an upload, in the order of the specification.
    pub(super) fn begin(&self, head: &UploadHead) -> Result<Upload, Answer> {
        let origin = self.store.origin();
        if head.origin != origin.as_bytes() {
            return Err(answer::unknown_log(head));
        }
        if self.progress.status().refusal.is_some() {
            return Err(answer::refused_log());
        }
        self.lift();
        // Before the first checkpoint the log has no leaf here.
        let last = self.last().map_or(0, |last| last.checkpoint.size);
        let mirror = last_of(&self.mirror_key, origin);
        let mirror_size = mirror.as_ref().map_or(0, |seen| seen.checkpoint.size);
        let next = self.next_or_answer()?;
        let is_target = |seen: &Seen| seen.checkpoint.size == head.end;
        let known = self.recent().iter().find(|seen| is_target(seen)).cloned();
        let target = known.or(mirror.filter(is_target)).filter(|_| head.end >= mirror_size);
        let target = target.ok_or_else(|| answer::conflict(last, next))?;
        let excess = head.end.min(next).saturating_sub(head.start);
        if head.start > next || excess > EXCESS_ENTRIES_MAX {
            return Err(answer::conflict(head.end, next));
        }
        Ok(Upload { target, start: head.start, at: head.start })
    }

    fn next_or_answer(&self) -> Result<u64, Answer> {
        self.next().map_err(|error| answer::cannot_keep(&error))
    }

    /// Proves the next package of an upload, and keeps it.
    pub(super) fn take(
        &self,
        upload: &mut Upload,
        span: &Span,
        bundle: &[u8],
        proof: &[Hash],
    ) -> Result<(), Answer> {
        let size = upload.target.checkpoint.size;
        let taken = self.pending.take(span, bundle, proof, (size, &upload.target.checkpoint.root));
        match taken {
            Ok(()) => {
                upload.at = span.end;
                Ok(())
            }
            Err(PendingError::Gap { next }) => Err(answer::conflict(size, next)),
            Err(error @ PendingError::Unproven(_)) => Err(answer::unproven(&error)),
            Err(error @ PendingError::Store(_)) => Err(answer::cannot_keep(&error)),
            Err(error @ (PendingError::Bundle(_) | PendingError::Folder(_))) => {
                // The disk has changed what was proven when it came, or cannot be written.
                self.forget();
                Err(answer::cannot_keep(&error))
            }
        }
    }

    /// Drops what waits, to be pushed again.
    fn forget(&self) {
        if let Err(error) = self.pending.forget() {
            tracing::error!(%error, "pushed entries cannot be removed");
        }
    }

    /// Answers after the last package that was sent.
    pub(super) fn end(&self, upload: &Upload) -> Answer {
        let size = upload.target.checkpoint.size;
        if upload.at == size {
            return self.finish(&upload.target);
        }
        if upload.at == upload.start {
            return answer::malformed(&"it ends before its first package does");
        }
        self.next_or_answer().map_or_else(|answer| answer, |next| answer::accepted(size, next))
    }

    /// Waits until everything is re-executed and durable; then the mirror's key signs, once its file says so.
    fn finish(&self, target: &Seen) -> Answer {
        let size = target.checkpoint.size;
        self.progress.wake();
        let replayed = if size == 0 {
            Replayed::Root(target.checkpoint.root)
        } else {
            self.replay.root_at(self.store.origin(), size, REPLAY_PATIENCE)
        };
        if self.progress.status().refusal.is_some() {
            return answer::refused_log();
        }
        if replayed == Replayed::NotYet {
            return answer::not_replayed(size);
        }
        self.cosign(target)
    }

    fn cosign(&self, target: &Seen) -> Answer {
        let size = target.checkpoint.size;
        for _ in 0..COSIGN_TRIES_MAX {
            let old = self.mirror_key.cosigned_size(self.store.origin());
            if old > size {
                break;
            }
            let proof = match self.store.consistency_proof(old, size) {
                Ok(proof) => proof,
                Err(error) => return answer::cannot_keep(&error),
            };
            let request = AddCheckpoint { old, proof, checkpoint: target.note.clone() };
            let answer = self.mirror_key.add_checkpoint(request.to_string().as_bytes());
            // Another request has moved on what is cosigned.
            if answer.status != 409 {
                return answer;
            }
        }
        let last = self.last().map_or(size, |last| last.checkpoint.size);
        self.next_or_answer().map_or_else(|answer| answer, |next| answer::conflict(last, next))
    }

    /// The newest checkpoint of which every entry is here and the copy ends before.
    fn complete(&self) -> Result<Option<Seen>, StoreError> {
        self.remember();
        let (size, next) = (self.store.tip()?.size, self.next()?);
        let is_whole = |seen: &&Seen| seen.checkpoint.size > size && seen.checkpoint.size <= next;
        Ok(self.recent().iter().rev().find(is_whole).cloned())
    }

    /// Hands every checkpoint that is whole to the follower's round.
    pub(super) fn each_complete<E>(&self, round: impl Fn(&dyn Tiles) -> Result<(), E>) -> Result<(), E>
    where
        E: From<StoreError>,
    {
        while let Some(seen) = self.complete()? {
            round(&Pushed { pending: &self.pending, note: seen.note })?;
            if self.store.tip()?.size < seen.checkpoint.size {
                break;
            }
            if let Err(error) = self.pending.trim() {
                tracing::warn!(%error, "pushed entries that are in the copy cannot be removed");
            }
        }
        Ok(())
    }

    /// What was pushed cannot be replayed though it was proven when it came: the disk has changed it.
    pub(super) fn start_over(&self, why: &str) {
        tracing::error!(why, "what was pushed cannot be read; it is asked for again");
        self.forget();
    }
}

impl Upload {
    /// The package that comes next; none after the last.
    pub(super) fn next_span(&self) -> Option<Span> {
        Span::at(self.at, self.target.checkpoint.size)
    }
}

/// The last checkpoint that one of the node's witnesses remembers, with the log's signatures.
fn last_of(witness: &Witness, origin: &str) -> Option<Seen> {
    let note = witness.cosigned_note(&hex::encode(Sha256::digest(origin)))?;
    let note = Note::parse(note.as_bytes()).ok()?;
    Some(Seen { checkpoint: note.text.parse().ok()?, note })
}
