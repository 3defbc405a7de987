//! One mirror (C2SP `tlog-mirror`): the log is pushed to it, a checkpoint and the entries up to it, until it answers
//! with its cosignature.
//!
//! What the mirror has, it says itself, so that nothing is kept here: after a start, and after anything that went
//! wrong, it is asked with an upload of no entries. A long way is gone in steps, each under a checkpoint of its own,
//! so that a mirror can re-execute what came while more comes.

use super::Failure;
use super::mirror_client::{Given, MirrorClient, Taken};
use crate::view::LedgerView;
use ledger::checkpoint::Checkpoint;
use ledger::merkle::Hash;
use ledger::mirror::{Package, REQUEST_PACKAGES, Span, UploadHead};
use ledger::note::{Note, SignatureLine};
use ledger::store::{Store, StoreError};
use ledger::tile::{TileKind, TilePath};
use ledger::witness::AddCheckpoint;

/// What stands before the address of a mirror, where a policy has the address of a witness.
pub const MIRROR_SCHEME: &str = "mirror+";
/// Entries under one pending checkpoint, about: it ends where a block does.
pub const STEP_ENTRIES: u64 = 65_536;
/// Requests one after the other that bring nothing new before a mirror is left alone for a while.
const IDLE_TRIES_MAX: usize = 3;

/// Pushes to one mirror.
pub(super) struct Pusher {
    client: MirrorClient,
    /// See [`STEP_ENTRIES`].
    step_entries: u64,
    /// Leaves of its pending checkpoint, as it said last.
    pending: u64,
    /// The first leaf it has not; unknown before the first answer and after a failure.
    next: Option<u64>,
    /// Leaves that it cosigned last.
    cosigned: u64,
}

/// What it cosigned: a size, its lines, not verified.
pub(super) struct Cosigned {
    pub(super) size: u64,
    pub(super) text: String,
    pub(super) lines: Vec<SignatureLine>,
}

impl Pusher {
    /// `prefix` is the submission prefix.
    pub(super) fn new(prefix: &str, step_entries: u64) -> Self {
        Self { client: MirrorClient::new(prefix), step_entries, pending: 0, next: None, cosigned: 0 }
    }

    /// Brings the mirror to `target` leaves or one step nearer.
    pub(super) fn push(&mut self, view: &LedgerView, target: u64) -> Result<Cosigned, Failure> {
        let pushed = self.step(view, target);
        if pushed.is_err() {
            self.next = None;
        }
        pushed
    }

    fn step(&mut self, view: &LedgerView, target: u64) -> Result<Cosigned, Failure> {
        let mut idle = 0;
        while idle < IDLE_TRIES_MAX {
            let before = (self.pending, self.next);
            if self.pending <= self.cosigned || self.pending == 0 {
                self.add_checkpoint(view, target)?;
            }
            if self.pending > view.published_size() {
                let (theirs, ours) = (std::mem::take(&mut self.pending), view.published_size());
                return Err(Failure::Ahead { theirs, ours });
            }
            if self.pending > 0
                && let Some(cosigned) = self.add_entries(view)?
            {
                self.cosigned = cosigned.size;
                return Ok(cosigned);
            }
            idle = if (self.pending, self.next) > before { 0 } else { idle + 1 };
        }
        Err(Failure::Contradiction)
    }

    /// Gives it the next checkpoint to go to.
    fn add_checkpoint(&mut self, view: &LedgerView, target: u64) -> Result<(), Failure> {
        let store = view.store();
        let from = self.pending.max(self.next.unwrap_or(0));
        let step = step_end(store, from.saturating_add(self.step_entries), target)?.max(self.pending);
        // A ledger that was made again need not have the checkpoint of each block.
        let size = if store.note(step)?.is_some() { step } else { target.max(self.pending) };
        let proof = store.consistency_proof(self.pending, size)?;
        let request = AddCheckpoint { old: self.pending, proof, checkpoint: note_of(store, size)? };
        self.pending = match self.client.add_checkpoint(&request) {
            Taken::Pending => size,
            Taken::OtherSize(theirs) => theirs,
            Taken::Refused(refused) => return Err(refused.into()),
        };
        Ok(())
    }

    /// Sends what it has not, as much as one request takes; gives its cosignature once it has all.
    fn add_entries(&mut self, view: &LedgerView) -> Result<Option<Cosigned>, Failure> {
        let (store, end) = (view.store(), self.pending);
        let text = Checkpoint { origin: store.origin().to_owned(), size: end, root: store.root_at(end)? }
            .to_string();
        // Where nothing is known, nothing is sent: the answer says it.
        let start = self.next.map_or(end, |next| next.min(end));
        let packages = if self.next.is_some() { REQUEST_PACKAGES } else { 0 };
        let body = upload(store, start, end, packages)?;
        match self.client.add_entries(&body) {
            Given::Cosigned(lines) => {
                self.next = Some(self.next.unwrap_or(0).max(end));
                Ok(Some(Cosigned { size: end, text, lines }))
            }
            Given::Stands(info) => {
                (self.pending, self.next) = (info.size, Some(info.next));
                Ok(None)
            }
            Given::Refused(refused) => Err(refused.into()),
        }
    }
}

/// The end of the block that holds a leaf, but not behind the target.
fn step_end(store: &Store, wanted: u64, target: u64) -> Result<u64, StoreError> {
    if wanted >= target { Ok(target) } else { Ok(store.span_of(wanted)?.end().min(target)) }
}

fn note_of(store: &Store, size: u64) -> Result<Note, Failure> {
    let note = store.note(size)?.and_then(|note| Note::parse(note.as_bytes()).ok());
    note.ok_or(Failure::Checkpoint(size))
}

/// The body of a request: the first packages from `start` on.
fn upload(store: &Store, start: u64, end: u64, packages: u64) -> Result<Vec<u8>, Failure> {
    let damaged = |_| Failure::Checkpoint(end);
    let head = UploadHead { origin: store.origin().as_bytes().to_vec(), start, end, ticket: Vec::new() };
    let mut body = head.to_bytes().map_err(damaged)?;
    let mut at = start;
    for _ in 0..packages {
        let Some(span) = Span::at(at, end) else { break };
        let bundle = entries(store, &span, end)?;
        let proof: Vec<Hash> = store.subtree_proof(span.run(), end)?;
        Package { bundle: &bundle, proof }.push_to(&mut body).map_err(damaged)?;
        at = span.end;
    }
    Ok(body)
}

/// The entries of a package, as in a bundle.
fn entries(store: &Store, span: &Span, size: u64) -> Result<Vec<u8>, StoreError> {
    let index = span.first / ledger::mirror::PACKAGE_ENTRIES;
    let width = u16::try_from(span.end - span.first).unwrap_or(u16::MAX);
    let bundle = store.tile(&TilePath { kind: TileKind::Entries, index, width }, size)?;
    let skip = usize::try_from(span.start - span.first).unwrap_or(usize::MAX);
    let mut cut = 0_usize;
    for entry in ledger::tile::entries(&bundle).take(skip) {
        cut = cut.saturating_add(2).saturating_add(entry?.len());
    }
    Ok(bundle.get(cut..).unwrap_or_default().to_vec())
}
