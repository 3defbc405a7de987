//! A ledger folder made again, bit for bit: block by block from wherever its entries still are, each executed and
//! verified as an agency's node does, until the tree is the one that is known to have been published.
//!
//! - [`Builder`]: adds blocks to a store; the standby and the takeover use it too;
//! - [`folder`]: a whole new folder, or none;
//! - [`mirror`]: blocks from an agency's tiles, and the standby's copy;
//! - [`notes`]: the checkpoints, as they were published.

pub mod folder;
pub mod mirror;
pub mod notes;

use crate::guard::{GuardError, Guarded, SignGuard};
use crate::tiles::TilesError;
use ledger::checkpoint::CheckpointError;
use ledger::entry::Entry;
use ledger::merkle::Hash;
use ledger::note::NoteError;
use ledger::replay::{Replay, ReplayError};
use ledger::store::{Store, StoreError, StoreTip, content_hash};
use std::path::PathBuf;
use std::sync::Arc;

/// Why a ledger was not rebuilt; what was there before is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    #[error("{0} is there already; a ledger is never rebuilt over another. Move it away first")]
    Exists(PathBuf),
    #[error("{path}: {why}")]
    Folder { path: PathBuf, why: std::io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("block {block}: {error}")]
    Block { block: u32, error: ReplayError },
    /// A named row or file that is not what it was.
    #[error("block {block}: {what}")]
    Source { block: u32, what: String },
    #[error(transparent)]
    Tiles(#[from] TilesError),
    #[error("the checkpoint of {place}: {error}")]
    Checkpoint { place: String, error: CheckpointError },
    #[error("the log of {place} is that of another key: {found}")]
    OtherKey { place: String, found: String },
    #[error(
        "{place} has {have} leaves, but {known} were published: it is behind. Take another mirror, or wait until it \
         has caught up"
    )]
    Behind { place: String, have: u64, known: u64 },
    #[error("the tree of {size} leaves has the root {found}, but {known} is known to have {expected}")]
    OtherRoot { size: u64, found: String, known: &'static str, expected: String },
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error("the log key: {0}")]
    Key(#[from] NoteError),
    #[error("{0}")]
    Other(String),
}

/// A size and a root that the rebuilt log must have, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub size: u64,
    pub root: Hash,
    pub by: &'static str,
}

/// Adds whole blocks to a store, each re-executed first.
pub struct Builder {
    store: Arc<Store>,
    replay: Replay,
}

impl Builder {
    /// Goes on where the store ends.
    ///
    /// # Errors
    /// When the store cannot be read or shows damage.
    pub fn resume(store: Arc<Store>) -> Result<Self, StoreError> {
        let replay = store.replay()?;
        Ok(Self { store, replay })
    }

    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Where the log stands after the last block.
    #[must_use]
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// The number of the next block.
    ///
    /// # Errors
    /// As [`Store::tip`].
    pub fn next_block(&self) -> Result<u32, StoreError> {
        Ok(self.store.tip()?.blocks)
    }

    /// Verifies and writes one block. `causes` are the idempotency keys of its entries, in order, as far as they are
    /// known; entries with an envelope carry theirs. Durable with [`Builder::finish`].
    ///
    /// # Errors
    /// [`RebuildError::Block`] names the first thing wrong; after an error the builder is of no more use.
    pub fn add(&mut self, bundle: &[u8], causes: &[Option<Hash>]) -> Result<StoreTip, RebuildError> {
        let number = self.next_block()?;
        let wrong = |error| RebuildError::Block { block: number, error };
        let mut block = self.replay.block(bundle, &*self.store).map_err(wrong)?;
        for (leaf, cause) in block.leaves.iter_mut().zip(causes) {
            let (None, Some(cause)) = (leaf.cause, cause) else { continue };
            let entry = Entry::decode_strict(&leaf.bytes)
                .map_err(|error| RebuildError::Source { block: number, what: error.to_string() })?;
            leaf.cause = Some((*cause, content_hash(&entry)));
        }
        Ok(self.store.commit(&block, false)?)
    }

    /// Compares the tree with what is known of it, as far as it has grown.
    ///
    /// # Errors
    /// [`RebuildError::OtherRoot`]; [`StoreError::OutOfRange`] when it has not grown so far.
    pub fn check(&self, known: Known) -> Result<(), RebuildError> {
        let found = self.store.root_at(known.size)?;
        if found == known.root {
            return Ok(());
        }
        Err(RebuildError::OtherRoot {
            size: known.size,
            found: hex::encode(found),
            known: known.by,
            expected: hex::encode(known.root),
        })
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// Failures of the disk.
    pub fn finish(&self) -> Result<(), StoreError> {
        self.store.make_durable()
    }
}

/// Writes the sign guard of a rebuilt or copied folder: this size has been signed.
///
/// # Errors
/// When it cannot be written, or guards more than that already.
pub fn raise_guard(store: &Store, size: u64) -> Result<(), RebuildError> {
    let guard = SignGuard::of(store.path());
    let next = Guarded { size, root: store.root_at(size)? };
    match guard.read()? {
        Some(last) if last.size >= size => Ok(()),
        _ => Ok(guard.write(next)?),
    }
}
