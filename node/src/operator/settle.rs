//! From written to published: tip row, sign guard, signature, publication. The same steps finish what
//! a crash or an unreachable credit database interrupted.
//!
//! What holds between the steps, and why two operators never publish two histories, is in `docs/FENCE.md`;
//! `check_may_sign` asserts it before each signature.

use super::{Operator, OperatorError, State, Step, Unpublished, stop};
use crate::guard::Guarded;
use crate::tip::{EntryRef, SealedBlock, Tip};
use ledger::checkpoint::Checkpoint;
use ledger::entry::Entry;
use ledger::merkle::Hash;
use ledger::note::{Note, Signer};
use ledger::store::{BlockSpan, StoreError, StoreTip};
use ledger::tile;
use std::collections::HashMap;

const TIP_ROW: &str = "the tip row";
const GUARD: &str = "the sign guard";
/// Blocks read from the store and recorded with one swap, where the tip row is far behind.
const RECORD_BLOCKS_MAX: usize = 256;

impl Operator {
    /// Publishes whatever the store has beyond the last published checkpoint.
    pub(super) fn settle(&self, state: &mut State) -> Result<(), OperatorError> {
        if state.unpublished.is_empty() {
            return Ok(());
        }
        if state.is_unsynced {
            self.store.make_durable()?;
            state.is_unsynced = false;
        }
        let tip = self.store.tip()?;
        let next = Guarded { size: tip.size, root: tip.root };
        self.swap_tip(state, tip.size, tip.root)?;
        self.pass(state, Step::TipSwapped)?;
        check_may_sign(state, next)?;
        self.guard.write(next)?;
        state.guarded = Some(next);
        self.pass(state, Step::GuardWritten)?;
        self.publish(state)
    }

    /// Moves the tip row to this sealed size, with the record of the blocks up to it, or stops for ever if another
    /// operator moved it.
    fn swap_tip(&self, state: &mut State, size: u64, root: Hash) -> Result<(), OperatorError> {
        let new = Tip { size, root, epoch: state.epoch };
        let row = match state.row {
            Some(row) => row,
            // The last swap may or may not have happened.
            None => {
                let row = self.tip_row.read()?;
                let is_ours = row.is_none_or(|row| row.epoch <= state.epoch);
                if !is_ours || !self.is_of_this_log(row)? {
                    return Err(stop(state, OperatorError::Fenced));
                }
                row
            }
        };
        let recorded = row.map_or(0, |row| row.size);
        state.unrecorded.retain(|block| block.first_index >= recorded);
        if row != Some(new) {
            state.row = None;
            if !self.tip_row.swap(row, new, &state.unrecorded)? {
                return Err(stop(state, OperatorError::Fenced));
            }
        }
        state.row = Some(Some(new));
        state.unrecorded.clear();
        Ok(())
    }

    fn is_of_this_log(&self, row: Option<Tip>) -> Result<bool, OperatorError> {
        let Some(row) = row else { return Ok(true) };
        match self.store.root_at(row.size) {
            Ok(root) => Ok(root == row.root),
            Err(StoreError::OutOfRange { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn publish(&self, state: &mut State) -> Result<(), OperatorError> {
        let waiting = std::mem::take(&mut state.unpublished);
        for (place, one) in waiting.iter().enumerate() {
            let stored = self.sign(state, *one);
            if let Err(error) = stored {
                state.unpublished = waiting.get(place..).unwrap_or_default().to_vec();
                return Err(error);
            }
            self.view.publish(one.size);
        }
        self.pass(state, Step::Published)
    }

    /// Signs and stores the checkpoint of one block, with the keys of that block: who makes the folder again signs the
    /// same lines.
    fn sign(&self, state: &mut State, one: Unpublished) -> Result<(), OperatorError> {
        let ring = state.replay.ring().ok_or(OperatorError::NoKey)?;
        let signers = self.keys.signers_of(&self.store.checkpoint_keys_at(ring, one.block)?);
        let note = self.signed(&signers, &self.checkpoint(one.size, one.root))?.to_string();
        self.pass(state, Step::Signed)?;
        Ok(self.store.put_note(one.size, &note)?)
    }

    /// The note of a checkpoint: a line of each signer, then the extra lines where there are keys for them.
    fn signed(&self, signers: &[Signer], checkpoint: &Checkpoint) -> Result<Note, OperatorError> {
        let note = checkpoint.sign_all(signers);
        #[cfg(any(feature = "pq", feature = "gm"))]
        let note = {
            let mut note = note;
            for key in &self.config.extra_keys {
                note.signatures.push(key.sign(checkpoint)?);
            }
            note
        };
        Ok(note)
    }

    fn checkpoint(&self, size: u64, root: Hash) -> Checkpoint {
        Checkpoint { origin: self.config.origin.clone(), size, root }
    }

    /// Compares the folder with what the tip row and the sign guard know, then takes the log over:
    /// the tip row gets a new epoch, which fences any operator before us.
    pub(super) fn recover(&self, state: &mut State) -> Result<(), OperatorError> {
        let tip = self.store.tip()?;
        let guarded = self.guard.read_kept()?;
        let row = self.tip_row.read()?;
        self.check_not_behind(&tip, row.map(|row| (row.size, row.root)), TIP_ROW)?;
        self.check_not_behind(&tip, guarded.map(|guarded| (guarded.size, guarded.root)), GUARD)?;
        if let (None, Some(guarded), false) = (row, guarded, self.config.adopt_tip) {
            return Err(OperatorError::TipRowLost { signed: guarded.size });
        }
        state.row = Some(row);
        state.guarded = guarded;
        state.epoch = match (row, self.config.epoch) {
            // Between raising the epoch and here somebody raised it further.
            (Some(row), Some(epoch)) if row.epoch > epoch => return Err(stop(state, OperatorError::Fenced)),
            (Some(_), Some(epoch)) => epoch,
            (row, epoch) => row.map_or(1, |row| row.epoch.saturating_add(1)).max(epoch.unwrap_or(0)),
        };
        self.check_last_seal(&tip)?;
        state.epoch = state.epoch.max(state.replay.parent().map_or(0, |header| header.body.batch.epoch));
        if tip.size == 0 {
            self.write_genesis(state)?;
            return self.settle(state);
        }
        self.find_unpublished(state, &tip)?;
        self.find_unrecorded(state, &tip)?;
        self.swap_tip(state, tip.size, tip.root)?;
        self.settle(state)
    }

    /// Blocks of the store beyond the tip row, read for its record. Where there are many the row is moved in several
    /// steps, each to a sealed size.
    fn find_unrecorded(&self, state: &mut State, tip: &StoreTip) -> Result<(), OperatorError> {
        let recorded = state.row.flatten().map_or(0, |row| row.size);
        let mut unnamed = None;
        for span in self.store.spans_from(recorded)? {
            let span = span?;
            state.unrecorded.push(self.sealed_block(span, &mut unnamed)?);
            if state.unrecorded.len() >= RECORD_BLOCKS_MAX && span.end() < tip.size {
                self.swap_tip(state, span.end(), self.store.root_at(span.end())?)?;
            }
        }
        Ok(())
    }

    /// The record of a stored block. Entries that do not carry their cause are looked up in the index of causes, which
    /// is read once for all of them into `unnamed`.
    fn sealed_block(
        &self,
        span: BlockSpan,
        unnamed: &mut Option<HashMap<u64, Hash>>,
    ) -> Result<SealedBlock, OperatorError> {
        let bundle = self.store.block_bundle(span.number)?;
        let damaged = || StoreError::Damaged { what: format!("block {}", span.number) };
        let header = self.store.header(span.number)?.ok_or_else(damaged)?;
        let mut entries = Vec::new();
        for (index, bytes) in (span.first_index..span.end().saturating_sub(1)).zip(tile::entries(&bundle)) {
            let bytes = bytes.map_err(StoreError::from)?;
            let entry = Entry::decode_strict(bytes).map_err(|_| damaged())?;
            let cause = match (entry.env(), &mut *unnamed) {
                (Some(env), _) => Some(env.cause),
                (None, Some(causes)) => causes.get(&index).copied(),
                (None, none) => none.insert(self.causes_from(span.first_index)?).get(&index).copied(),
            };
            entries.push(EntryRef::of(bytes, cause));
        }
        Ok(SealedBlock { number: span.number, first_index: span.first_index, header, entries })
    }

    /// The causes of the leaves at and after this index, by leaf.
    fn causes_from(&self, first_index: u64) -> Result<HashMap<u64, Hash>, OperatorError> {
        let mut causes = HashMap::new();
        for row in self.store.causes()? {
            let (cause, row) = row?;
            if row.index >= first_index {
                causes.insert(row.index, cause);
            }
        }
        Ok(causes)
    }

    fn check_not_behind(
        &self,
        tip: &StoreTip,
        known: Option<(u64, Hash)>,
        witness: &'static str,
    ) -> Result<(), OperatorError> {
        let Some((size, root)) = known else { return Ok(()) };
        if size > tip.size {
            return Err(OperatorError::Behind { have: tip.size, known: size, witness });
        }
        if self.store.root_at(size)? != root {
            return Err(OperatorError::Diverged { size, witness });
        }
        Ok(())
    }

    fn check_last_seal(&self, tip: &StoreTip) -> Result<(), OperatorError> {
        let Some(last) = tip.size.checked_sub(1) else { return Ok(()) };
        match Entry::decode_strict(&self.store.entry(last)?) {
            Ok(Entry::Seal(header)) if header.hash() == tip.last_header => Ok(()),
            _ => Err(StoreError::Damaged { what: format!("the seal at leaf {last}") }.into()),
        }
    }

    /// Sealed sizes after the last stored checkpoint. Ed25519 is deterministic, so signing one of them
    /// again gives the same bytes.
    fn find_unpublished(&self, state: &mut State, tip: &StoreTip) -> Result<(), OperatorError> {
        let published = self.store.last_note()?.map_or(0, |(size, _)| size);
        for span in self.store.spans_from(published)? {
            let span = span?;
            let size = span.end();
            let root = if size == tip.size { tip.root } else { self.store.root_at(size)? };
            state.unpublished.push(Unpublished { block: span.number, size, root });
        }
        Ok(())
    }
}

/// Asserts before a signature that the tip row, under this operator's epoch, covers what is to be signed, and that
/// nothing else of that size or beyond it was signed by this folder.
fn check_may_sign(state: &mut State, next: Guarded) -> Result<(), OperatorError> {
    let is_covered = state.row == Some(Some(Tip { size: next.size, root: next.root, epoch: state.epoch }));
    let is_next = state.guarded.is_none_or(|last| last.size < next.size || last == next);
    if is_covered && is_next {
        return Ok(());
    }
    Err(stop(state, OperatorError::NotCovered { size: next.size }))
}
