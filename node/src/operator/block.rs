//! Making a block: entries get their place and time, the seal goes last, all is written at once.

use super::{Appended, EMPTY_STATE_ROOT, Operator, OperatorError, State, Step};
use ledger::bounded::Text;
use ledger::entry::{Entry, Genesis};
use ledger::header::{Batch, Header, HeaderBody, scorecards_digest};
use ledger::merkle::{self, Hash};
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

/// What a seal says beyond the leaves, and whether the block is to be on the disk at once.
struct Sealing {
    at_ms: u64,
    /// Scorecards digest after this block.
    scorecards: Hash,
    is_durable: bool,
}

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
        let mut leaves = Vec::with_capacity(drafts.len() + 1);
        let mut scorecards =
            state.parent.map_or(Hash::default(), |parent| parent.body.batch.scorecards_digest);
        for draft in drafts {
            let is_scorecard = matches!(draft.entry, Entry::Scorecard { .. });
            let leaf = place(draft, at_ms, chains);
            if is_scorecard {
                scorecards = scorecards_digest(scorecards, [leaf.leaf_hash]);
            }
            leaves.push(leaf);
        }
        let count = leaves.len();
        let header = self.seal_and_write(state, leaves, Sealing { at_ms, scorecards, is_durable })?;
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
            log_key: self.signer.vkey().key().to_bytes(),
            offline_root_key: self.config.offline_root_key.unwrap_or_default(),
            zone: Text::new(self.config.zone.as_str())?,
        };
        let leaf = BlockLeaf::new(Entry::Genesis(genesis).encode());
        let sealing = Sealing { at_ms: self.seal_time(state), scorecards: Hash::default(), is_durable: true };
        self.seal_and_write(state, vec![leaf], sealing).map(|_| ())
    }

    fn seal_and_write(
        &self,
        state: &mut State,
        mut leaves: Vec<BlockLeaf>,
        sealing: Sealing,
    ) -> Result<Header, OperatorError> {
        let hashes: Vec<Hash> = leaves.iter().map(|leaf| leaf.leaf_hash).collect();
        let number = match state.parent {
            None => 0,
            Some(parent) => parent.body.number.checked_add(1).ok_or(StoreError::OutOfRange {
                asked: u64::from(u32::MAX) + 1,
                have: u64::from(u32::MAX),
            })?,
        };
        let body = HeaderBody {
            parent_hash: state.parent.map_or(Hash::default(), |parent| parent.hash()),
            number,
            state_root: EMPTY_STATE_ROOT,
            extrinsics_root: merkle::root(&hashes),
            batch: Batch {
                first_index: state.parent.map_or(0, |parent| parent.tree_size()),
                count: u32::try_from(hashes.len())
                    .map_err(|_| StoreError::BlockSize { max: self.config.max_block, found: hashes.len() })?,
                at_ms: sealing.at_ms,
                epoch: state.epoch,
                scorecards_digest: sealing.scorecards,
            },
        };
        let header = body.sign(self.signer.key());
        leaves.push(BlockLeaf::new(Entry::Seal(header).encode()));
        let block = Block { number, leaves, header: header.encode(), header_hash: header.hash() };
        self.pass(state, Step::BlockBuilt)?;
        let tip = self.store.commit(&block, sealing.is_durable)?;
        state.is_unsynced = !sealing.is_durable;
        state.parent = Some(header);
        state.unpublished.push((tip.size, tip.root));
        self.pass(state, Step::BlockWritten)?;
        Ok(header)
    }

    /// Now, but never before the last seal: a clock may jump back, the log does not.
    fn seal_time(&self, state: &State) -> u64 {
        let last = state.parent.map_or(0, |parent| parent.body.batch.at_ms);
        self.clock.now_ms().max(last)
    }
}

/// Gives an entry its place in its subject's chain, and its time.
fn place(draft: Draft, at_ms: u64, chains: &mut Chains) -> BlockLeaf {
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
    leaf
}
