//! Making a block: entries get their place and time, the seal goes last, all is written at once.

use super::{Appended, Operator, OperatorError, State, Step, Unpublished};
use crate::tip::SealedBlock;
use ledger::bounded::Text;
use ledger::entry::{Entry, Genesis};
use ledger::header::{Batch, Header, HeaderBody, scorecards_digest};
use ledger::merkle::{self, Hash};
use ledger::replay::Placed;
use ledger::store::{Block, BlockLeaf, StoreError};
use ledger::types;
use parity_scale_codec::Encode;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// A new entry on its way into a block.
pub(super) struct Draft {
    pub(super) entry: Entry,
    pub(super) cause: Hash,
    pub(super) content: Hash,
}

/// Place and leaf hash of each subject's last entry, as far as it has one.
pub(super) type Chains = HashMap<Hash, (u64, Hash)>;

impl Operator {
    /// The ends of the chains that these entries continue.
    pub(super) fn chains(&self, drafts: &[Draft]) -> Result<Chains, OperatorError> {
        let mut subjects: Vec<&Hash> =
            drafts.iter().filter_map(|draft| draft.entry.env()).map(|env| &env.subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let ends = self.store.last_of_subjects(&subjects)?;
        let known = subjects.into_iter().zip(ends);
        Ok(known
            .filter_map(|(subject, end)| Some((*subject, end.map(|row| (row.seq, row.leaf_hash))?)))
            .collect())
    }

    /// Writes one block of these entries and moves the ends of their chains; with `is_durable` it is on the disk
    /// when this returns.
    pub(super) fn write_block(
        &self,
        state: &mut State,
        drafts: Vec<Draft>,
        chains: &mut Chains,
        is_durable: bool,
    ) -> Result<Vec<Appended>, OperatorError> {
        let at_ms = self.seal_time(state);
        let count = drafts.len();
        let placed = drafts.into_iter().map(|draft| place(draft, at_ms, chains)).collect();
        let header = self.seal_and_write(state, placed, at_ms, is_durable)?;
        let first = header.body.batch.first_index;
        Ok((first..)
            .take(count)
            .map(|index| Appended {
                index,
                block: header.body.number,
                size: header.tree_size(),
                duplicate: false,
            })
            .collect())
    }

    /// Block 0: the genesis and its seal.
    pub(super) fn write_genesis(&self, state: &mut State) -> Result<(), OperatorError> {
        let genesis = Genesis {
            origin: Text::new(self.config.origin.as_str())?,
            types_digest: types::types_digest(),
            policy_digest: Sha256::digest(self.view.policy()).into(),
            log_key: self.config.signing_key.verifying_key().to_bytes(),
            offline_root_key: self.config.offline_root_key.unwrap_or_default(),
            label_key: self.config.label_key.unwrap_or_default(),
            zone: Text::new(self.config.zone.as_str())?,
        };
        let entry = Entry::Genesis(genesis);
        let leaf = BlockLeaf::new(entry.encode());
        let at_ms = self.seal_time(state);
        self.seal_and_write(state, vec![(entry, leaf)], at_ms, true).map(|_| ())
    }

    /// Executes the entries, seals them and writes the block; with `is_durable` it is on the disk on return.
    fn seal_and_write(
        &self,
        state: &mut State,
        placed: Vec<(Entry, BlockLeaf)>,
        at_ms: u64,
        is_durable: bool,
    ) -> Result<Header, OperatorError> {
        // Before the state map is changed: afterwards there is no way back but a restart.
        self.store.check_ready()?;
        let parent = state.replay.parent().copied();
        let first_index = parent.map_or(0, |parent| parent.tree_size());
        let hashes: Vec<Hash> = placed.iter().map(|(_, leaf)| leaf.leaf_hash).collect();
        let entries: Vec<Placed<'_>> = (first_index..)
            .zip(&placed)
            .map(|(index, (entry, leaf))| Placed { index, leaf_hash: leaf.leaf_hash, entry })
            .collect();
        let scorecards = entries
            .iter()
            .filter(|placed| matches!(placed.entry, Entry::Scorecard { .. }))
            .map(|placed| placed.leaf_hash);
        let scorecards_before = parent.map_or(Hash::default(), |parent| parent.body.batch.scorecards_digest);
        let batch = Batch {
            first_index,
            count: u32::try_from(hashes.len())
                .map_err(|_| StoreError::BlockSize { max: self.config.max_block, found: hashes.len() })?,
            at_ms,
            epoch: state.epoch,
            scorecards_digest: scorecards_digest(scorecards_before, scorecards),
        };
        let number = match parent {
            None => 0,
            Some(parent) => parent.body.number.checked_add(1).ok_or(StoreError::OutOfRange {
                asked: u64::from(u32::MAX) + 1,
                have: u64::from(u32::MAX),
            })?,
        };
        // A block that changes the log key is itself still sealed by the old one.
        let sealer = self.keys.sealer(state.replay.ring())?.clone();
        let executed = state.replay.execute(&entries, at_ms);
        let delta = executed.map_err(|error| super::stop(state, error.into()))?;
        let body = HeaderBody {
            parent_hash: parent.map_or(Hash::default(), |parent| parent.hash()),
            number,
            state_root: delta.root,
            extrinsics_root: merkle::root(&hashes),
            batch,
        };
        let header = body.sign(&sealer);
        let mut leaves: Vec<BlockLeaf> = placed.into_iter().map(|(_, leaf)| leaf).collect();
        leaves.push(BlockLeaf::new(Entry::Seal(header).encode()));
        let block =
            Block { number, leaves, header: header.encode(), header_hash: header.hash(), state: delta };
        self.pass(state, Step::BlockBuilt)?;
        let committed = self.store.commit(&block, is_durable);
        let tip = committed.map_err(|error| super::stop(state, error.into()))?;
        state.is_unsynced = !is_durable;
        state.replay.sealed(header);
        state.unpublished.push(Unpublished { block: number, size: tip.size, root: tip.root });
        state.unrecorded.push(SealedBlock::of(&block, header.body.batch.first_index));
        self.pass(state, Step::BlockWritten)?;
        Ok(header)
    }

    /// Now, but never before the last seal: a clock may jump back, the log does not.
    pub(super) fn seal_time(&self, state: &State) -> u64 {
        let last = state.replay.parent().map_or(0, |parent| parent.body.batch.at_ms);
        self.clock.now_ms().max(last)
    }
}

/// Gives an entry its place in its subject's chain, and its time.
fn place(draft: Draft, at_ms: u64, chains: &mut Chains) -> (Entry, BlockLeaf) {
    let mut entry = draft.entry;
    let mut chain = None;
    if let Some(env) = entry.env_mut() {
        let before = chains.get(&env.subject);
        env.seq = before.map_or(0, |(seq, _)| seq.saturating_add(1));
        env.previous = before.map_or(Hash::default(), |(_, leaf_hash)| *leaf_hash);
        env.at_ms = at_ms;
        chain = Some((env.subject, env.seq));
    }
    let mut leaf = BlockLeaf::new(entry.encode());
    leaf.cause = Some((draft.cause, draft.content));
    leaf.chain = chain;
    if let Some((subject, seq)) = chain {
        chains.insert(subject, (seq, leaf.leaf_hash));
    }
    (entry, leaf)
}
