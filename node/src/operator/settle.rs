//! From written to published: tip row, sign guard, signature, publication. The same steps finish what
//! a crash or an unreachable credit database interrupted.

use super::{Operator, OperatorError, State, Step, stop};
use crate::guard::Guarded;
use crate::tip::Tip;
use ledger::checkpoint::Checkpoint;
use ledger::entry::Entry;
use ledger::merkle::Hash;
use ledger::store::{StoreError, StoreTip};

const TIP_ROW: &str = "the tip row";
const GUARD: &str = "the sign guard";

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
        self.swap_tip(state, tip)?;
        self.pass(state, Step::TipSwapped)?;
        self.guard.write(Guarded { size: tip.size, root: tip.root })?;
        self.pass(state, Step::GuardWritten)?;
        self.publish(state)
    }

    /// Moves the tip row to the end of the store, or stops for ever if another operator moved it.
    fn swap_tip(&self, state: &mut State, tip: StoreTip) -> Result<(), OperatorError> {
        let new = Tip { size: tip.size, root: tip.root, epoch: state.epoch };
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
        if row == Some(new) {
            state.row = Some(row);
            return Ok(());
        }
        state.row = None;
        if !self.tip_row.swap(row, new)? {
            return Err(stop(state, OperatorError::Fenced));
        }
        state.row = Some(Some(new));
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
        let sizes = std::mem::take(&mut state.unpublished);
        for (place, (size, root)) in sizes.iter().enumerate() {
            let note = self.checkpoint(*size, *root).sign(&self.signer).to_string();
            let stored = self
                .pass(state, Step::Signed)
                .and_then(|()| self.store.put_note(*size, &note).map_err(OperatorError::from));
            if let Err(error) = stored {
                state.unpublished = sizes.get(place..).unwrap_or_default().to_vec();
                return Err(error);
            }
            self.view.publish(*size);
        }
        self.pass(state, Step::Published)
    }

    fn checkpoint(&self, size: u64, root: Hash) -> Checkpoint {
        Checkpoint { origin: self.config.origin.clone(), size, root }
    }

    /// Compares the folder with what the tip row and the sign guard know, then takes the log over:
    /// the tip row gets a new epoch, which fences any operator before us.
    pub(super) fn recover(&self, state: &mut State) -> Result<(), OperatorError> {
        let tip = self.store.tip()?;
        let guarded = self.guard.read()?;
        let row = self.tip_row.read()?;
        self.check_not_behind(&tip, row.map(|row| (row.size, row.root)), TIP_ROW)?;
        self.check_not_behind(&tip, guarded.map(|guarded| (guarded.size, guarded.root)), GUARD)?;
        if let (None, Some(guarded), false) = (row, guarded, self.config.adopt_tip) {
            return Err(OperatorError::TipRowLost { signed: guarded.size });
        }
        state.row = Some(row);
        state.epoch = row.map_or(1, |row| row.epoch.saturating_add(1));
        self.check_last_seal(&tip)?;
        state.epoch = state.epoch.max(state.replay.parent().map_or(0, |header| header.body.batch.epoch));
        if tip.size == 0 {
            self.write_genesis(state)?;
            return self.settle(state);
        }
        self.check_genesis()?;
        self.find_unpublished(state, &tip)?;
        self.swap_tip(state, tip)?;
        self.settle(state)
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

    fn check_genesis(&self) -> Result<(), OperatorError> {
        match Entry::decode_strict(&self.store.entry(0)?) {
            Ok(Entry::Genesis(genesis)) if genesis.log_key == self.signer.vkey().key().to_bytes() => Ok(()),
            Ok(Entry::Genesis(_)) => Err(OperatorError::OtherKey),
            _ => Err(StoreError::Damaged { what: "the genesis".to_owned() }.into()),
        }
    }

    /// Sealed sizes after the last stored checkpoint. Ed25519 is deterministic, so signing one of them
    /// again gives the same bytes.
    fn find_unpublished(&self, state: &mut State, tip: &StoreTip) -> Result<(), OperatorError> {
        let published = self.store.last_note()?.map_or(0, |(size, _)| size);
        for span in self.store.spans_from(published)? {
            let size = span?.end();
            let root = if size == tip.size { tip.root } else { self.store.root_at(size)? };
            state.unpublished.push((size, root));
        }
        Ok(())
    }
}
