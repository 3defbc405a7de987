//! The whole log re-read and re-hashed, from genesis to the tip.
//!
//! A single bit flipped after hashing has killed a public log; what was never read again was never known
//! to be good. Nothing here uses what the store computed before: leaves come from the entries, the tree
//! from the leaves, and both are compared with what is stored.

use super::rows::{self, BlockSpan, ChainRow, content_hash};
use super::tree::Edge;
use super::{Store, StoreError};
use crate::checkpoint::Checkpoint;
use crate::entry::{Entry, Genesis};
use crate::header::{Header, HeaderError};
use crate::merkle::{self, CompactTree, Hash};
use crate::note::{KeyKind, Vkey};
use crate::tile;
use ed25519_dalek::VerifyingKey;
use parity_scale_codec::Encode;
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
    #[error("leaf {index} is not an entry: {reason}")]
    Entry { index: u64, reason: String },
    #[error("leaf {index} is a {found}, not a {expected}")]
    Kind { index: u64, expected: &'static str, found: &'static str },
    #[error("the genesis names the log `{found}`, the store `{expected}`")]
    Origin { expected: String, found: String },
    #[error("the genesis holds a log key that is none")]
    LogKey,
    #[error("the seal of block {number}: {error}")]
    Seal { number: u32, error: HeaderError },
    #[error("the stored header of block {number} is not the one in its seal")]
    Header { number: u32 },
    #[error("tile {level}/{index} is not made of the leaves below it")]
    Tile { level: u8, index: u64 },
    #[error("the checkpoint of size {size}: {reason}")]
    Checkpoint { size: u64, reason: String },
    #[error("a checkpoint of size {size} is stored, where no block ends")]
    StrayCheckpoint { size: u64 },
    #[error(
        "leaf {index} is entry {found} of its subject, {expected} follows, or does not link to the one before"
    )]
    Chain { index: u64, expected: u64, found: u64 },
    #[error("the stored last entry of a subject is not that of the log (leaf {index})")]
    LastOfSubject { index: u64 },
    #[error("leaf {index} is not found under its cause")]
    Cause { index: u64 },
    #[error("the idempotency index has {found} rows for {expected} entries")]
    CauseCount { expected: u64, found: u64 },
    #[error("the tip says {expected}, the leaves give {found}")]
    Tip { expected: String, found: String },
}

impl From<StoreError> for Difference {
    fn from(error: StoreError) -> Self {
        Self::Unreadable(error)
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
    pub vkey: Vkey,
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
    /// Memory grows with the number of subjects (some 100 bytes each), not with that of entries.
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
    tree: CompactTree,
    edge: Edge,
    parent: Option<Header>,
    genesis: Option<(Genesis, Vkey)>,
    chains: HashMap<Hash, ChainRow>,
    /// Content of entries that do not carry their cause, by index.
    unnamed: HashMap<u64, Hash>,
    entries: u64,
    checkpoints: u64,
    published_size: u64,
}

impl<'a> Scrub<'a> {
    fn new(store: &'a Store) -> Self {
        Self {
            store,
            tree: CompactTree::new(),
            edge: Edge::default(),
            parent: None,
            genesis: None,
            chains: HashMap::new(),
            unnamed: HashMap::new(),
            entries: 0,
            checkpoints: 0,
            published_size: 0,
        }
    }

    fn block(&mut self, span: BlockSpan) -> Result<(), Difference> {
        let expected = self.parent.map_or(0, |parent| parent.body.number.saturating_add(1));
        if span.number != expected {
            return Err(Difference::BlockNumber { expected, found: span.number });
        }
        if span.first_index != self.tree.size() {
            let (expected, found) = (self.tree.size(), span.first_index);
            return Err(Difference::BlockStart { number: span.number, expected, found });
        }
        let bundle = self.store.block_bundle(span.number)?;
        let bytes = tile::entries(&bundle).collect::<Result<Vec<_>, _>>().map_err(StoreError::from)?;
        let (seal, entries) = match bytes.split_last() {
            Some(parts) if u32::try_from(bytes.len()) == Ok(span.count) => parts,
            _ => {
                let (number, expected) = (span.number, span.count);
                return Err(Difference::BlockCount { number, expected, found: bytes.len() });
            }
        };
        let leaf_hashes: Vec<Hash> = entries.iter().map(|bytes| merkle::leaf_hash(bytes)).collect();
        let mut scorecards = Vec::new();
        for (bytes, leaf_hash) in entries.iter().zip(&leaf_hashes) {
            if let Entry::Scorecard { .. } = self.entry(bytes, *leaf_hash)? {
                scorecards.push(*leaf_hash);
            }
        }
        self.seal(span.number, seal, &leaf_hashes, &scorecards)?;
        self.checkpoint()
    }

    fn entry(&mut self, bytes: &[u8], leaf_hash: Hash) -> Result<Entry, Difference> {
        let index = self.tree.size();
        let entry = decode(index, bytes)?;
        match &entry {
            Entry::Genesis(genesis) if index == 0 => self.genesis(genesis)?,
            other if index == 0 => {
                return Err(Difference::Kind { index, expected: "genesis", found: kind(other) });
            }
            Entry::Genesis(_) | Entry::Seal(_) => {
                return Err(Difference::Kind { index, expected: "record", found: kind(&entry) });
            }
            record => {
                self.entries = self.entries.saturating_add(1);
                self.record(index, record, leaf_hash)?;
            }
        }
        self.push(leaf_hash)?;
        Ok(entry)
    }

    fn genesis(&mut self, genesis: &Genesis) -> Result<(), Difference> {
        let found = genesis.origin.as_str();
        if found != self.store.origin() {
            let (expected, found) = (self.store.origin().to_owned(), found.to_owned());
            return Err(Difference::Origin { expected, found });
        }
        let key = VerifyingKey::from_bytes(&genesis.log_key).map_err(|_| Difference::LogKey)?;
        let vkey = Vkey::new(found, KeyKind::Ed25519, key).map_err(|_| Difference::LogKey)?;
        self.genesis = Some((genesis.clone(), vkey));
        Ok(())
    }

    /// Checks the chain of the subject and the idempotency row.
    fn record(&mut self, index: u64, entry: &Entry, leaf_hash: Hash) -> Result<(), Difference> {
        let content = content_hash(entry);
        let Some(env) = entry.env() else {
            self.unnamed.insert(index, content);
            return Ok(());
        };
        let before = self.chains.get(&env.subject);
        let expected = before.map_or(0, |row| row.seq.saturating_add(1));
        let previous = before.map_or(Hash::default(), |row| row.leaf_hash);
        if env.seq != expected || env.previous != previous {
            return Err(Difference::Chain { index, expected, found: env.seq });
        }
        self.chains.insert(env.subject, ChainRow { seq: env.seq, index, leaf_hash });
        match self.store.find_cause(&env.cause)? {
            Some(row) if row.index == index && row.content_hash == content => Ok(()),
            _ => Err(Difference::Cause { index }),
        }
    }

    fn seal(
        &mut self,
        number: u32,
        bytes: &[u8],
        leaf_hashes: &[Hash],
        scorecards: &[Hash],
    ) -> Result<(), Difference> {
        let index = self.tree.size();
        let header = match decode(index, bytes)? {
            Entry::Seal(header) => header,
            other => return Err(Difference::Kind { index, expected: "seal", found: kind(&other) }),
        };
        let Some((_, vkey)) = &self.genesis else {
            return Err(Difference::Kind { index: 0, expected: "genesis", found: "seal" });
        };
        let wrong = |error| Difference::Seal { number, error };
        header.check_follows(self.parent.as_ref()).map_err(wrong)?;
        header.check_entries(leaf_hashes).map_err(wrong)?;
        header.check_scorecards(self.parent.as_ref(), scorecards).map_err(wrong)?;
        header.verify(vkey.key()).map_err(wrong)?;
        if self.store.header(number)? != Some(header.encode()) {
            return Err(Difference::Header { number });
        }
        self.parent = Some(header);
        self.push(merkle::leaf_hash(bytes))
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
        let (Some(note), Some((_, vkey))) = (self.store.note(size)?, &self.genesis) else { return Ok(()) };
        let wrong = |reason: String| Difference::Checkpoint { size, reason };
        let (checkpoint, _) = Checkpoint::open(note.as_bytes(), vkey).map_err(|e| wrong(e.to_string()))?;
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
        let found = rows::StoreTip {
            size: self.tree.size(),
            root: self.tree.root(),
            blocks: self.parent.map_or(0, |header| header.body.number.saturating_add(1)),
            last_header: self.parent.map_or(Hash::default(), |header| header.hash()),
        };
        if found != tip {
            return Err(Difference::Tip { expected: describe(&tip), found: describe(&found) });
        }
        self.check_causes(tip.size)?;
        self.check_subjects(tip.size)?;
        self.check_stray_notes()?;
        let (genesis, vkey) =
            self.genesis.ok_or(Difference::Kind { index: 0, expected: "genesis", found: "nothing" })?;
        Ok(Verified {
            origin: genesis.origin.as_str().to_owned(),
            zone: genesis.zone.as_str().to_owned(),
            vkey,
            blocks: found.blocks,
            leaves: found.size,
            entries: self.entries,
            root: found.root,
            checkpoints: self.checkpoints,
            published_size: self.published_size,
            subjects: u64::try_from(self.chains.len()).unwrap_or(u64::MAX),
            last_seal_ms: self.parent.map_or(0, |header| header.body.batch.at_ms),
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
        if let Some(index) = self.unnamed.keys().min() {
            return Err(Difference::Cause { index: *index });
        }
        if found != self.entries {
            return Err(Difference::CauseCount { expected: self.entries, found });
        }
        Ok(())
    }

    fn check_subjects(&mut self, size: u64) -> Result<(), Difference> {
        for row in self.store.subjects()? {
            let (subject, row) = row?;
            if row.index < size && self.chains.get(&subject) != Some(&row) {
                return Err(Difference::LastOfSubject { index: row.index });
            }
        }
        for (subject, row) in &self.chains {
            let found = self.store.last_of_subject(subject)?;
            if found.is_none_or(|found| found.index < size && found != *row) {
                return Err(Difference::LastOfSubject { index: row.index });
            }
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

fn decode(index: u64, bytes: &[u8]) -> Result<Entry, Difference> {
    Entry::decode_strict(bytes).map_err(|e| Difference::Entry { index, reason: e.to_string() })
}

/// The name of an entry's kind, as people read it.
#[must_use]
pub fn kind(entry: &Entry) -> &'static str {
    match entry {
        Entry::Genesis(_) => "genesis",
        Entry::Rating { .. } => "rating",
        Entry::Listing { .. } => "listing",
        Entry::Scorecard { .. } => "scorecard",
        Entry::Key(_) => "key",
        Entry::Statement { .. } => "statement",
        Entry::Erasure(_) => "erasure",
        Entry::Digest { .. } => "digest",
        Entry::Seal(_) => "seal",
    }
}

fn describe(tip: &rows::StoreTip) -> String {
    format!("{} leaves, {} blocks, root {}", tip.size, tip.blocks, hex::encode(tip.root))
}
