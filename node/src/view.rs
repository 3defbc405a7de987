//! What the log shows: everything up to the last published checkpoint, nothing after it.
//!
//! What lies beyond may still be fenced off and never be signed, so nobody may see it.

use crate::finality::{self, Alarm, Cosigner, Finality, WitnessStatus};
use crate::log_policy::LogPolicy;
use ledger::checkpoint::Checkpoint;
use ledger::note::{Note, SignatureLine, Vkey};
use ledger::policy::Policy;
use ledger::proof::TlogProof;
use ledger::store::{Store, StoreError};
use ledger::tile::TilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The readable side of a log. Cheap to share between threads.
#[derive(Debug)]
pub struct LedgerView {
    store: Arc<Store>,
    published_size: AtomicU64,
    vkey: Vkey,
    policy: LogPolicy,
    finality: Finality,
}

impl LedgerView {
    /// The view of a store whose last published checkpoint is the last note in it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new(store: Arc<Store>, vkey: Vkey, policy: LogPolicy) -> Result<Self, StoreError> {
        let published = store.last_note()?.map_or(0, |(size, _)| size);
        let finality = Finality::of(&store, &policy, published)?;
        Ok(Self { store, published_size: AtomicU64::new(published), vkey, policy, finality })
    }

    pub(crate) fn publish(&self, size: u64) {
        self.published_size.fetch_max(size, Ordering::Release);
        self.finality.publish(size);
    }

    /// Leaves under the last published checkpoint.
    #[must_use]
    pub fn published_size(&self) -> u64 {
        self.published_size.load(Ordering::Acquire)
    }

    /// The last published checkpoint with the cosignatures at hand, or nothing before the first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        self.note(self.published_size())
    }

    /// The published checkpoint of this size with the cosignatures at hand, if a block was sealed there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn note(&self, size: u64) -> Result<Option<String>, StoreError> {
        if size > self.published_size() {
            return Ok(None);
        }
        let Some(mut note) = self.store.note(size)? else { return Ok(None) };
        for line in self.cosignatures(size)? {
            note.push_str(&format!("{line}\n"));
        }
        Ok(Some(note))
    }

    /// What the policy's witnesses have cosigned at this size, in the policy's order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn cosignatures(&self, size: u64) -> Result<Vec<SignatureLine>, StoreError> {
        finality::known_lines(&self.store, self.policy.policy(), size)
    }

    /// Leaves that are final: the policy's quorum has cosigned this size or a later one. 0 when none are, and
    /// always when the policy asks for no witness.
    #[must_use]
    pub fn final_size(&self) -> u64 {
        self.finality.final_size()
    }

    /// The newest checkpoint with the cosignatures of the whole quorum, or nothing before the first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn final_note(&self) -> Result<Option<String>, StoreError> {
        match self.finality.note_size() {
            0 => Ok(None),
            size => self.note(size),
        }
    }

    /// The witnesses of the policy that have cosigned leaf `index`, each with its first cosignature over it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn cosigners(&self, index: u64) -> Result<Vec<Cosigner>, StoreError> {
        finality::cosigners(&self.store, self.policy.policy(), index)
    }

    /// Rises with each cosignature that comes, so that what was shown of them before is known to be old.
    #[must_use]
    pub fn cosignature_count(&self) -> u64 {
        self.finality.count()
    }

    /// How each witness of the policy is doing.
    #[must_use]
    pub fn witnesses(&self) -> Vec<WitnessStatus> {
        self.finality.status(self.policy.policy())
    }

    /// Waits until `size` leaves are final; false when the time was over first.
    #[must_use]
    pub fn wait_final(&self, size: u64, longest: Duration) -> bool {
        self.finality.wait_final(size, longest)
    }

    pub(crate) fn finality(&self) -> &Finality {
        &self.finality
    }

    /// Keeps a cosignature that was verified; true when more is final than before.
    pub(crate) fn add_cosignature(
        &self,
        witness: usize,
        size: u64,
        line: &SignatureLine,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        self.store.put_cosignature(size, line)?;
        self.finality.cosigned(&self.store, self.policy.policy(), witness, size, now_ms)
    }

    /// Keeps what the policy's witnesses say below a checkpoint that another process of this log shows. What is kept
    /// already, does not hold, or is of a checkpoint that is not published here, is passed over.
    pub(crate) fn take_cosignatures(&self, note: &Note) -> Result<(), StoreError> {
        let Ok(checkpoint) = note.text.parse::<Checkpoint>() else { return Ok(()) };
        let size = checkpoint.size;
        let own = if size <= self.published_size() { self.store.note(size)? } else { None };
        if own.and_then(|own| Note::parse(own.as_bytes()).ok()).is_none_or(|own| own.text != note.text) {
            return Ok(());
        }
        for (place, witness) in self.policy.policy().witnesses().iter().enumerate() {
            if self.store.cosignature(size, witness.vkey.id())?.is_some() {
                continue;
            }
            let lines = note.signatures.iter().filter(|line| witness.vkey.claims(line));
            let verified =
                lines.filter_map(|line| Some((line, witness.vkey.verify(&note.text, line).ok()??)));
            let verified = verified.filter(|(_, time)| *time > 0);
            for (line, time) in verified.take(1) {
                self.add_cosignature(place, size, line, time.saturating_mul(1000))?;
            }
        }
        Ok(())
    }

    pub(crate) fn watch_witnesses(&self, now_ms: u64, alarm_ms: u64) -> Vec<Alarm> {
        self.finality.watch(self.policy.policy(), now_ms, alarm_ms)
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

    /// Proof that entry `index` is in the log: against the newest final checkpoint where that covers it, else
    /// against the checkpoint of the block that holds it; with the cosignatures at hand.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] when that is not published yet; damage.
    pub fn proof(&self, index: u64) -> Result<TlogProof, StoreError> {
        let (size, checkpoint) = self.checkpoint_over(index)?;
        Ok(TlogProof { extra: None, index, hashes: self.store.inclusion_proof(index, size)?, checkpoint })
    }

    /// The checkpoint, and its size, that shows most about leaf `index`: the newest final one where that covers it,
    /// else the newest of all.
    ///
    /// # Errors
    /// As [`LedgerView::proof`].
    pub fn checkpoint_to_show(&self, index: u64) -> Result<(u64, Note), StoreError> {
        let published = self.published_size();
        match self.finality.note_size() {
            size if index < size => self.read_note(size),
            _ if index < published => self.read_note(published),
            _ => Err(StoreError::OutOfRange { asked: index.saturating_add(1), have: published }),
        }
    }

    /// The checkpoint, and its size, against which leaf `index` is proven, see [`LedgerView::proof`].
    ///
    /// # Errors
    /// As [`LedgerView::proof`].
    pub fn checkpoint_over(&self, index: u64) -> Result<(u64, Note), StoreError> {
        self.check_published(index)?;
        let size = match self.finality.note_size() {
            size if index < size => size,
            _ => self.store.span_of(index)?.end(),
        };
        self.read_note(size)
    }

    fn read_note(&self, size: u64) -> Result<(u64, Note), StoreError> {
        let missing = || StoreError::Missing { what: format!("the checkpoint of size {size}") };
        let note = self.note(size)?.ok_or_else(missing)?;
        let damaged = |_| StoreError::Damaged { what: format!("the checkpoint of size {size}") };
        Ok((size, Note::parse(note.as_bytes()).map_err(damaged)?))
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
        self.policy.text()
    }

    /// The same, read.
    #[must_use]
    pub fn witness_policy(&self) -> &Policy {
        self.policy.policy()
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
