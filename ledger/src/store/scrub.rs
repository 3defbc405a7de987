//! The whole log re-read and re-hashed, from genesis to the tip.
//!
//! A single bit flipped after hashing has killed a public log; what was never read again was never known
//! to be good. Nothing here uses what the store computed before: leaves come from the entries, the tree
//! from the leaves, and both are compared with what is stored.

use super::rows::{self, BlockSpan, ChainRow};
use super::tree::Edge;
use super::write::Block;
use super::{Store, StoreError, content_hash};
use crate::checkpoint::Checkpoint;
use crate::entry::{Entry, Genesis};
use crate::merkle::{CompactTree, Hash};
use crate::note::{KeyKind, Vkey};
use crate::replay::{Known, Replay, ReplayError};
use crate::tile;
use ed25519_dalek::VerifyingKey;
use std::collections::HashMap;

/// The first thing found to differ from what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Difference {
    #[error("the store cannot be read: {0}")]
    Unreadable(StoreError),
    #[error("block {found} lies where block {expected} belongs")]
    BlockNumber { expected: u32, found: u32 },
    #[error("block {number} begins at leaf {found}, not at {expected}")]
    BlockStart { number: u32, expected: u64, found: u64 },
    #[error("block {number} has {found} leaves, not {expected}")]
    BlockCount { number: u32, expected: u32, found: usize },
    #[error(transparent)]
    Block(ReplayError),
    #[error("the genesis holds a log key that is none")]
    LogKey,
    #[error("the stored header of block {number} is not the one in its seal")]
    Header { number: u32 },
    #[error("tile {level}/{index} is not made of the leaves below it")]
    Tile { level: u8, index: u64 },
    #[error("the checkpoint of size {size}: {reason}")]
    Checkpoint { size: u64, reason: String },
    #[error("a checkpoint of size {size} is stored, where no block ends")]
    StrayCheckpoint { size: u64 },
    #[error("the stored last entry of a subject is not that of the log (leaf {index})")]
    LastOfSubject { index: u64 },
    #[error("leaf {index} is not found under its cause")]
    Cause { index: u64 },
    #[error("the idempotency index has {found} rows for {expected} entries")]
    CauseCount { expected: u64, found: u64 },
    #[error("the stored value of a key of the state map is not that of block {block}")]
    StateValue { block: u32 },
    #[error("the stored hash of a part of the state map is not that of block {block}")]
    StatePage { block: u32 },
    #[error("the state map has {found} stored rows, the entries make {expected}")]
    StateRows { expected: u64, found: u64 },
    #[error("the stored registry of keys and scorecards is not what the entries make")]
    Registry,
    #[error("the tip says {expected}, the leaves give {found}")]
    Tip { expected: String, found: String },
}

impl From<StoreError> for Difference {
    fn from(error: StoreError) -> Self {
        Self::Unreadable(error)
    }
}

impl From<ReplayError> for Difference {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Store(error) => Self::Unreadable(error),
            error => Self::Block(error),
        }
    }
}

/// How far the scrub is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub leaves_done: u64,
    pub leaves_total: u64,
}

/// What was read and found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub origin: String,
    pub zone: String,
    /// The key that the log was begun with.
    pub vkey: Vkey,
    /// Every log key there ever was, the youngest first.
    pub keys: Vec<Vkey>,
    pub blocks: u32,
    /// Leaves, seals and genesis included.
    pub leaves: u64,
    /// Leaves that were submitted.
    pub entries: u64,
    pub root: Hash,
    pub checkpoints: u64,
    /// Size of the last published checkpoint.
    pub published_size: u64,
    pub subjects: u64,
    /// Time of the last seal, milliseconds since 1970-01-01 UTC.
    pub last_seal_ms: u64,
}

impl Store {
    /// Verifies everything the store holds against the entries themselves.
    ///
    /// Memory grows with the number of subjects (some 300 bytes each), not with that of entries.
    ///
    /// # Errors
    /// The first [`Difference`].
    pub fn verify_from_genesis(&self, progress: &mut dyn FnMut(Progress)) -> Result<Verified, Difference> {
        let tip = self.tip()?;
        let mut scrub = Scrub::new(self);
        for span in self.spans_from(0)? {
            let span = span?;
            // An operator may be writing beside us: what came after the tip was read is not ours.
            if span.first_index >= tip.size {
                break;
            }
            scrub.block(span)?;
            progress(Progress { leaves_done: scrub.tree.size(), leaves_total: tip.size });
        }
        scrub.finish(tip)
    }
}

struct Scrub<'a> {
    store: &'a Store,
    replay: Replay,
    tree: CompactTree,
    edge: Edge,
    genesis: Option<(Genesis, Vkey)>,
    chains: Chains,
    /// Content of entries that do not carry their cause, by index.
    unnamed: HashMap<u64, Hash>,
    entries: u64,
    checkpoints: u64,
    published_size: u64,
    /// Rows that the state map must have.
    state_rows: u64,
    registry: Option<Vec<u8>>,
}

/// The last entry of each subject, as the entries read so far say.
#[derive(Default)]
struct Chains(HashMap<Hash, ChainRow>);

impl Known for Chains {
    fn last_of_subjects(&self, subjects: &[&Hash]) -> Result<Vec<Option<ChainRow>>, StoreError> {
        Ok(subjects.iter().map(|subject| self.0.get(*subject).copied()).collect())
    }

    /// Each cause is looked up with its leaf's index, which finds one that comes twice.
    fn has_causes(&self, causes: &[&Hash]) -> Result<Vec<bool>, StoreError> {
        Ok(vec![false; causes.len()])
    }
}

impl<'a> Scrub<'a> {
    fn new(store: &'a Store) -> Self {
        Self {
            store,
            replay: Replay::begin(store.origin()),
            tree: CompactTree::new(),
            edge: Edge::default(),
            genesis: None,
            chains: Chains::default(),
            unnamed: HashMap::new(),
            entries: 0,
            checkpoints: 0,
            published_size: 0,
            state_rows: 0,
            registry: None,
        }
    }

    fn block(&mut self, span: BlockSpan) -> Result<(), Difference> {
        let number = span.number;
        let expected = self.replay.parent().map_or(0, |parent| parent.body.number.saturating_add(1));
        if number != expected {
            return Err(Difference::BlockNumber { expected, found: number });
        }
        if span.first_index != self.tree.size() {
            let (expected, found) = (self.tree.size(), span.first_index);
            return Err(Difference::BlockStart { number, expected, found });
        }
        let bundle = self.store.block_bundle(number)?;
        let found = tile::entries(&bundle).count();
        if u32::try_from(found) != Ok(span.count) {
            return Err(Difference::BlockCount { number, expected: span.count, found });
        }
        let block = self.replay.block(&bundle, &self.chains)?;
        for leaf in &block.leaves {
            self.leaf(leaf)?;
        }
        if self.store.header(number)?.as_ref() != Some(&block.header) {
            return Err(Difference::Header { number });
        }
        self.state(block)?;
        self.checkpoint()
    }

    /// Checks the row of an entry's cause, remembers the end of its subject's chain, and adds it to the tree.
    fn leaf(&mut self, leaf: &super::BlockLeaf) -> Result<(), Difference> {
        let index = self.tree.size();
        if let Some((subject, seq)) = leaf.chain {
            self.chains.0.insert(subject, ChainRow { seq, index, leaf_hash: leaf.leaf_hash });
        }
        match leaf.cause {
            Some((cause, content_hash)) => {
                self.entries = self.entries.saturating_add(1);
                let found = self.store.find_cause(&cause)?;
                if found.is_none_or(|row| row.index != index || row.content_hash != content_hash) {
                    return Err(Difference::Cause { index });
                }
            }
            None => self.without_cause(index, &leaf.bytes)?,
        }
        self.push(leaf.leaf_hash)
    }

    fn without_cause(&mut self, index: u64, bytes: &[u8]) -> Result<(), Difference> {
        let decoded = Entry::decode_strict(bytes);
        match decoded.map_err(|e| ReplayError::Entry { index, reason: e.to_string() })? {
            Entry::Genesis(genesis) => {
                let key = VerifyingKey::from_bytes(&genesis.log_key).map_err(|_| Difference::LogKey)?;
                let vkey = Vkey::new(genesis.origin.as_str(), KeyKind::Ed25519, key)
                    .map_err(|_| Difference::LogKey)?;
                self.genesis = Some((genesis, vkey));
            }
            Entry::Seal(_) => {}
            entry => {
                self.entries = self.entries.saturating_add(1);
                self.unnamed.insert(index, content_hash(&entry));
            }
        }
        Ok(())
    }

    /// Compares what the block changed in the state map with the stored rows.
    fn state(&mut self, block: Block) -> Result<(), Difference> {
        let number = block.number;
        let latest: HashMap<Hash, Vec<u8>> = block.state.values.into_iter().collect();
        for (key, value) in &latest {
            if self.store.state_row(rows::VALUES, &rows::value_key(key, number))?.as_ref() != Some(value) {
                return Err(Difference::StateValue { block: number });
            }
        }
        for page in &block.state.pages {
            let found = self.store.state_row(rows::PAGES, &rows::page_key(&page.prefix, number))?;
            if found.as_deref() != Some(page.hash.as_slice()) {
                return Err(Difference::StatePage { block: number });
            }
        }
        let rows = latest.len().saturating_add(block.state.pages.len());
        self.state_rows = self.state_rows.saturating_add(u64::try_from(rows).unwrap_or(u64::MAX));
        self.registry = block.state.registry.or(self.registry.take());
        Ok(())
    }

    /// Adds a leaf to the tree, and compares the tiles that it fills with the stored ones.
    fn push(&mut self, leaf_hash: Hash) -> Result<(), Difference> {
        self.tree.append(leaf_hash);
        let mut full = Vec::new();
        self.edge.push(leaf_hash, &mut full);
        for tile in full {
            if self.store.stored_tile(tile.level, tile.index)?.as_deref() != Some(tile.bytes.as_slice()) {
                return Err(Difference::Tile { level: tile.level, index: tile.index });
            }
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<(), Difference> {
        let size = self.tree.size();
        let (Some(note), Some(ring)) = (self.store.note(size)?, self.replay.ring()) else { return Ok(()) };
        let wrong = |reason: String| Difference::Checkpoint { size, reason };
        // A checkpoint is signed by the key that sealed it, or by one that came into force since.
        let opened = ring.all_log_keys().iter().find_map(|vkey| Checkpoint::open(note.as_bytes(), vkey).ok());
        let (checkpoint, _) =
            opened.ok_or_else(|| wrong("it is not signed by a key of the log".to_owned()))?;
        if checkpoint.size != size {
            return Err(wrong(format!("it is of size {}", checkpoint.size)));
        }
        if checkpoint.root != self.tree.root() {
            return Err(wrong("it has another root".to_owned()));
        }
        self.checkpoints = self.checkpoints.saturating_add(1);
        self.published_size = size;
        Ok(())
    }

    fn finish(mut self, tip: rows::StoreTip) -> Result<Verified, Difference> {
        let parent = self.replay.parent().copied();
        let found = rows::StoreTip {
            size: self.tree.size(),
            root: self.tree.root(),
            blocks: parent.map_or(0, |header| header.body.number.saturating_add(1)),
            last_header: parent.map_or(Hash::default(), |header| header.hash()),
        };
        if found != tip {
            return Err(Difference::Tip { expected: describe(&tip), found: describe(&found) });
        }
        self.check_causes(tip.size)?;
        self.check_subjects(tip.size)?;
        self.check_state(tip.blocks)?;
        self.check_stray_notes()?;
        let missing = ReplayError::Kind { index: 0, expected: "genesis", found: "nothing" };
        let (genesis, vkey) = self.genesis.ok_or(Difference::Block(missing))?;
        Ok(Verified {
            origin: genesis.origin.as_str().to_owned(),
            zone: genesis.zone.as_str().to_owned(),
            keys: self.replay.ring().map_or_else(|| vec![vkey.clone()], |ring| ring.all_log_keys()),
            vkey,
            blocks: found.blocks,
            leaves: found.size,
            entries: self.entries,
            root: found.root,
            checkpoints: self.checkpoints,
            published_size: self.published_size,
            subjects: u64::try_from(self.chains.0.len()).unwrap_or(u64::MAX),
            last_seal_ms: parent.map_or(0, |header| header.body.batch.at_ms),
        })
    }

    /// Each entry has exactly one row: named ones were looked up, so the others and the count remain.
    /// Rows at `size` and after are of blocks that an operator wrote meanwhile.
    fn check_causes(&mut self, size: u64) -> Result<(), Difference> {
        let mut found = 0_u64;
        for row in self.store.causes()? {
            let (_, row) = row?;
            if row.index >= size {
                continue;
            }
            found = found.saturating_add(1);
            if self.unnamed.get(&row.index) == Some(&row.content_hash) {
                self.unnamed.remove(&row.index);
            }
        }
        // A copy of another's log does not know the causes that the entries do not carry.
        let mut expected = self.entries;
        if self.store.is_copy()? {
            expected = expected.saturating_sub(u64::try_from(self.unnamed.len()).unwrap_or(u64::MAX));
        } else if let Some(index) = self.unnamed.keys().min() {
            return Err(Difference::Cause { index: *index });
        }
        if found != expected {
            return Err(Difference::CauseCount { expected, found });
        }
        Ok(())
    }

    fn check_subjects(&mut self, size: u64) -> Result<(), Difference> {
        for row in self.store.subjects()? {
            let (subject, row) = row?;
            if row.index < size && self.chains.0.get(&subject) != Some(&row) {
                return Err(Difference::LastOfSubject { index: row.index });
            }
        }
        for (subject, row) in &self.chains.0 {
            let found = self.store.last_of_subject(subject)?;
            if found.is_none_or(|found| found.index < size && found != *row) {
                return Err(Difference::LastOfSubject { index: row.index });
            }
        }
        Ok(())
    }

    /// No row of the state map but those that were compared block by block. Rows of block `blocks` and after were
    /// written meanwhile.
    fn check_state(&self, blocks: u32) -> Result<(), Difference> {
        let mut found = 0_u64;
        for family in [rows::VALUES, rows::PAGES] {
            for block in self.store.state_row_blocks(family)? {
                found = found.saturating_add(u64::from(block? < blocks));
            }
        }
        let expected = self.state_rows;
        if found != expected {
            return Err(Difference::StateRows { expected, found });
        }
        // Read after the tip, so a block written meanwhile may have changed it.
        let is_at_rest = self.store.tip()?.blocks == blocks;
        if is_at_rest && self.store.registry_bytes()? != self.registry {
            return Err(Difference::Registry);
        }
        Ok(())
    }

    fn check_stray_notes(&self) -> Result<(), Difference> {
        for size in self.store.note_sizes()? {
            let size = size?;
            if self.store.span_ending_at(size)?.is_none() {
                return Err(Difference::StrayCheckpoint { size });
            }
        }
        Ok(())
    }
}

fn describe(tip: &rows::StoreTip) -> String {
    format!("{} leaves, {} blocks, root {}", tip.size, tip.blocks, hex::encode(tip.root))
}
