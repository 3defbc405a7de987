//! What the log shows: everything up to the last published checkpoint, nothing after it.
//!
//! What lies beyond may still be fenced off and never be signed, so nobody may see it.

use ledger::note::{Note, Vkey};
use ledger::proof::TlogProof;
use ledger::store::{Store, StoreError};
use ledger::tile::TilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The readable side of a log. Cheap to share between threads.
#[derive(Debug)]
pub struct LedgerView {
    store: Arc<Store>,
    published_size: AtomicU64,
    vkey: Vkey,
    policy: String,
}

impl LedgerView {
    /// The view of a store whose last published checkpoint is the last note in it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new(store: Arc<Store>, vkey: Vkey, policy: String) -> Result<Self, StoreError> {
        let published = store.last_note()?.map_or(0, |(size, _)| size);
        Ok(Self { store, published_size: AtomicU64::new(published), vkey, policy })
    }

    pub(crate) fn publish(&self, size: u64) {
        self.published_size.fetch_max(size, Ordering::Release);
    }

    /// Leaves under the last published checkpoint.
    #[must_use]
    pub fn published_size(&self) -> u64 {
        self.published_size.load(Ordering::Acquire)
    }

    /// The last published checkpoint, or nothing before the first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        self.store.note(self.published_size())
    }

    /// The bytes of a tile, if the last published checkpoint covers it.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] when it does not; damage.
    pub fn tile(&self, path: &TilePath) -> Result<Vec<u8>, StoreError> {
        self.store.tile(path, self.published_size())
    }

    /// The bytes of entry `index`, if the last published checkpoint covers it.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] when it does not; damage.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, StoreError> {
        self.check_published(index)?;
        self.store.entry(index)
    }

    /// Proof that entry `index` is in the log, against the checkpoint of the block that holds it.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] when that is not published yet; damage.
    pub fn proof(&self, index: u64) -> Result<TlogProof, StoreError> {
        self.check_published(index)?;
        let missing = || StoreError::Missing { what: format!("the checkpoint over leaf {index}") };
        let (size, note) = self.store.note_covering(index)?.ok_or_else(missing)?;
        let damaged = |_| StoreError::Damaged { what: format!("the checkpoint of size {size}") };
        Ok(TlogProof {
            extra: None,
            index,
            hashes: self.store.inclusion_proof(index, size)?,
            checkpoint: Note::parse(note.as_bytes()).map_err(damaged)?,
        })
    }

    fn check_published(&self, index: u64) -> Result<(), StoreError> {
        let have = self.published_size();
        if index < have {
            Ok(())
        } else {
            Err(StoreError::OutOfRange { asked: index.saturating_add(1), have })
        }
    }

    /// Key that signs the log's checkpoints.
    #[must_use]
    pub fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    /// The witness policy (C2SP `tlog-policy`).
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// The SCALE type registry.
    #[must_use]
    pub fn types_json(&self) -> &'static str {
        ledger::types::TYPES_JSON
    }

    /// The store behind the view.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }
}
