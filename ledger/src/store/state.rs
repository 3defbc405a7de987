//! The state map on disk: every value with the block since which it holds, and the hashes of some subtrees, so
//! that a proof at any sealed block is made from some hundred rows.

use super::rows;
use super::write::Block;
use super::{Store, StoreError};
use crate::entry::Entry;
use crate::header::Header;
use crate::keyring::{self, KeyRing};
use crate::merkle::Hash;
use crate::note::Vkey;
use crate::replay::{Known, Registry, Replay};
use crate::state::key::decode_value;
use crate::state::layout::{self, EMPTY, bit};
use crate::state::tree::{Change, PAGE_BITS};
use crate::state::{KeyState, StateKey, StateProof};
use crate::store::ChainRow;
use parity_scale_codec::DecodeAll;
use rocksdb::{DBRawIterator, IteratorMode, WriteBatch};

/// Subtrees directly below a page, in bits of a key's hash.
const FAN: usize = 1 << PAGE_BITS;

/// A value, if there is one, and the proof of it or of its absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    pub value: Option<Vec<u8>>,
    pub proof: StateProof,
}

/// A subtree as it was at a block.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sub {
    Empty,
    Leaf { key: Hash, value: Vec<u8> },
    Inner(Hash),
}

impl Sub {
    fn hash(&self) -> Hash {
        match self {
            Self::Empty => EMPTY,
            Self::Leaf { key, value } => layout::leaf_hash(key, &layout::value_hash(value)),
            Self::Inner(hash) => *hash,
        }
    }

    fn over(left: &Self, right: &Self) -> Self {
        match (left, right) {
            (Self::Empty, one) | (one, Self::Empty) if !matches!(one, Self::Inner(_)) => one.clone(),
            _ => Self::Inner(layout::inner_hash(&left.hash(), &right.hash())),
        }
    }
}

impl Store {
    /// Where the log stands, for whoever goes on writing it: the state map is built from its values and compared
    /// with the last seal.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when they differ.
    pub fn replay(&self) -> Result<Replay, StoreError> {
        let tip = self.tip()?;
        let Some(last) = tip.blocks.checked_sub(1) else { return Ok(Replay::begin(self.origin())) };
        let header = self.decoded_header(last)?;
        let registry =
            self.meta(rows::META_REGISTRY)?.ok_or_else(|| StoreError::missing("the registry row"))?;
        Replay::resume(self.origin(), header, &registry, self.newest_values()?)
    }

    /// The keys of the log as its entries say; nothing before the genesis.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn key_ring(&self) -> Result<Option<KeyRing>, StoreError> {
        let Some(registry) = self.meta(rows::META_REGISTRY)? else { return Ok(None) };
        Registry::read(&registry).map(|registry| Some(registry.into_ring()))
    }

    /// The keys that signed the checkpoint of this block: those of the log that its state map holds and that were not
    /// revoked then, the youngest first. `ring` is that of the log's end.
    ///
    /// # Errors
    /// Failures of the database; damage.
    pub fn checkpoint_keys_at(&self, ring: &KeyRing, block: u32) -> Result<Vec<Vkey>, StoreError> {
        let all = ring.all_log_keys();
        if all.len() == 1 {
            return Ok(all);
        }
        let mut signed = Vec::with_capacity(all.len());
        for vkey in all {
            let id = keyring::key_id(vkey.key().as_bytes());
            let Some(value) = self.state_value(&StateKey::Key { id }, block)? else { continue };
            let state: KeyState =
                decode_value(&value).ok_or_else(|| StoreError::damaged("a key in the state map"))?;
            if state.revoked_ms.is_none() {
                signed.push(vkey);
            }
        }
        Ok(signed)
    }

    /// The header of block `number`.
    ///
    /// # Errors
    /// [`StoreError::Missing`]; damage.
    pub fn decoded_header(&self, number: u32) -> Result<Header, StoreError> {
        let name = || format!("the header of block {number}");
        let bytes = self.header(number)?.ok_or_else(|| StoreError::missing(name()))?;
        Header::decode_all(&mut bytes.as_slice()).map_err(|_| StoreError::damaged(name()))
    }

    /// The genesis of the log.
    ///
    /// # Errors
    /// When the log is empty; damage.
    pub fn genesis(&self) -> Result<crate::entry::Genesis, StoreError> {
        match Entry::decode_strict(&self.entry(0)?) {
            Ok(Entry::Genesis(genesis)) => Ok(genesis),
            _ => Err(StoreError::damaged("the genesis")),
        }
    }

    /// Value of the state map under a key as of the seal of `block`.
    ///
    /// # Errors
    /// Failures of the database.
    pub fn state_value(&self, key: &StateKey, block: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let mut rows = self.db.raw_iterator_cf(self.family(rows::VALUES)?);
        value_at(&mut rows, &key.hash(), block)
    }

    /// Value of the state map under a key as of the seal of `block`, with its proof against that seal's state root.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the rows do not make that root.
    pub fn prove_state(&self, key: &StateKey, block: u32) -> Result<Proven, StoreError> {
        let key = key.hash();
        let root = self.decoded_header(block)?.body.state_root;
        let mut reader = Reader {
            values: self.db.raw_iterator_cf(self.family(rows::VALUES)?),
            pages: self.db.raw_iterator_cf(self.family(rows::PAGES)?),
            block,
        };
        let (found, siblings) = reader.path(&key)?;
        let (value, other) = match found {
            Sub::Leaf { key: stored, value } if stored == key => (Some(value), None),
            Sub::Leaf { key, value } => (None, Some((key, layout::value_hash(&value)))),
            Sub::Empty | Sub::Inner(_) => (None, None),
        };
        let proof = StateProof { other, siblings };
        proof
            .verify(&root, &key, value.as_deref())
            .map_err(|_| StoreError::damaged(format!("the state map at block {block}")))?;
        Ok(Proven { value, proof })
    }

    /// Hashes of every key and of its newest value.
    fn newest_values(&self) -> Result<Vec<Change>, StoreError> {
        let mut changes: Vec<Change> = Vec::new();
        for row in self.db.iterator_cf(self.family(rows::VALUES)?, IteratorMode::Start) {
            let (key, value) = row?;
            let (key, _) = rows::split_newest_first(&key)?;
            let key = Hash::try_from(key).map_err(|_| StoreError::damaged("a key of the state map"))?;
            if changes.last().is_none_or(|last| last.key != key) {
                changes.push(Change { key, value: layout::value_hash(&value) });
            }
        }
        Ok(changes)
    }

    /// The block of every stored row of a family of the state map.
    ///
    /// # Errors
    /// Failures of the database, as items.
    pub(super) fn state_row_blocks(
        &self,
        family: &str,
    ) -> Result<impl Iterator<Item = Result<u32, StoreError>> + '_, StoreError> {
        let rows = self.db.iterator_cf(self.family(family)?, IteratorMode::Start);
        Ok(rows.map(|row| Ok(rows::split_newest_first(&row?.0)?.1)))
    }

    pub(super) fn state_row(&self, family: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.db.get_cf(self.family(family)?, key)?)
    }

    /// Whether the ledger was copied from another's log, see [`super::StoreOptions::is_mirror`].
    pub(super) fn is_copy(&self) -> Result<bool, StoreError> {
        Ok(self.meta(rows::META_MIRROR)?.is_some())
    }

    pub(super) fn registry_bytes(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.meta(rows::META_REGISTRY)
    }

    pub(super) fn put_state(&self, batch: &mut WriteBatch, block: &Block) -> Result<(), StoreError> {
        let (values, pages) = (self.family(rows::VALUES)?, self.family(rows::PAGES)?);
        for (key, value) in &block.state.values {
            batch.put_cf(values, rows::value_key(key, block.number), value);
        }
        for page in &block.state.pages {
            batch.put_cf(pages, rows::page_key(&page.prefix, block.number), page.hash);
        }
        if let Some(registry) = &block.state.registry {
            batch.put_cf(self.family(rows::META)?, rows::META_REGISTRY, registry);
        }
        Ok(())
    }
}

impl Known for Store {
    fn last_of_subjects(&self, subjects: &[&Hash]) -> Result<Vec<Option<ChainRow>>, StoreError> {
        Store::last_of_subjects(self, subjects)
    }

    fn has_causes(&self, causes: &[&Hash]) -> Result<Vec<bool>, StoreError> {
        Ok(self.find_causes(causes)?.into_iter().map(|row| row.is_some()).collect())
    }
}

/// The newest value of a key that is not younger than `block`.
fn value_at(rows: &mut DBRawIterator<'_>, key: &Hash, block: u32) -> Result<Option<Vec<u8>>, StoreError> {
    rows.seek(rows::value_key(key, block));
    rows.status()?;
    match rows.item() {
        Some((found, value)) if found.starts_with(key) => Ok(Some(value.to_vec())),
        _ => Ok(None),
    }
}

/// Reads the map as it was at a block.
struct Reader<'a> {
    values: DBRawIterator<'a>,
    pages: DBRawIterator<'a>,
    block: u32,
}

impl Reader<'_> {
    /// What stands at a key's place, and the hashes beside its path from the deepest to the root's child.
    fn path(&mut self, key: &Hash) -> Result<(Sub, Vec<Hash>), StoreError> {
        let mut siblings = Vec::new();
        for depth in (0..layout::DEPTH_MAX).step_by(PAGE_BITS) {
            let prefix = key.get(..depth / 8).unwrap_or_default();
            let levels = levels(self.children(prefix)?);
            // From the page's own subtree down to the child that the key lies in.
            let mut place = 0;
            for (step, level) in levels.iter().enumerate() {
                let sub = level.get(place).cloned().unwrap_or(Sub::Empty);
                if !matches!(sub, Sub::Inner(_)) {
                    siblings.reverse();
                    return Ok((sub, siblings));
                }
                let Some(below) = levels.get(step + 1) else { break };
                let side = usize::from(bit(key, depth + step));
                place = place * 2 + side;
                siblings.push(below.get(place ^ 1).map_or(EMPTY, Sub::hash));
            }
        }
        Err(StoreError::damaged("the state map"))
    }

    /// The subtrees directly below a page, in order.
    fn children(&mut self, prefix: &[u8]) -> Result<Vec<Sub>, StoreError> {
        (0..=u8::MAX).map(|next| self.sub(&[prefix, &[next]].concat())).collect()
    }

    fn sub(&mut self, prefix: &[u8]) -> Result<Sub, StoreError> {
        if let Some(hash) = self.page(prefix)? {
            return Ok(Sub::Inner(hash));
        }
        // No page: at this block there was one key at most. Later ones may have come.
        self.values.seek(prefix);
        loop {
            self.values.status()?;
            let Some(found) = self.values.key().filter(|found| found.starts_with(prefix)) else {
                return Ok(Sub::Empty);
            };
            let (key, _) = rows::split_newest_first(found)?;
            let key = Hash::try_from(key).map_err(|_| StoreError::damaged("a key of the state map"))?;
            if let Some(value) = value_at(&mut self.values, &key, self.block)? {
                return Ok(Sub::Leaf { key, value });
            }
            // `value_at` stands at the first row after those of this key.
        }
    }

    fn page(&mut self, prefix: &[u8]) -> Result<Option<Hash>, StoreError> {
        let wanted = rows::page_key(prefix, self.block);
        self.pages.seek(&wanted);
        self.pages.status()?;
        let head = wanted.get(..=prefix.len()).unwrap_or_default();
        match self.pages.item() {
            Some((found, hash)) if found.starts_with(head) => {
                Hash::try_from(hash).map(Some).map_err(|_| StoreError::damaged("a page of the state map"))
            }
            _ => Ok(None),
        }
    }
}

/// The subtrees of a page level by level, from the whole page to its children.
fn levels(children: Vec<Sub>) -> Vec<Vec<Sub>> {
    debug_assert_eq!(children.len(), FAN);
    let mut levels = vec![children];
    while let Some(below) = levels.last().filter(|level| level.len() > 1) {
        let above = below.chunks(2).map(|pair| match pair {
            [left, right] => Sub::over(left, right),
            _ => Sub::Empty,
        });
        levels.push(above.collect());
    }
    levels.reverse();
    levels
}
