//! The rows of the store: column families, keys, values. Integers are big-endian, so that keys sort.

use super::StoreError;
use crate::entry::Entry;
use crate::merkle::{HASH_BYTES, Hash};
use crate::note::KeyId;
use parity_scale_codec::Encode;
use sha2::{Digest as _, Sha256};

/// Block number → entries, each `u16be` length and bytes; the seal is the last.
pub const BLOCKS: &str = "blocks";
/// Block number → SCALE header, the same bytes as inside the seal.
pub const HEADERS: &str = "headers";
/// Tile level and index → the 256 hashes of a full tile.
pub const TILES: &str = "tiles";
/// First leaf index of a block → block number and leaf count.
pub const INDEX: &str = "index";
/// Subject → its last entry.
pub const CHAINS: &str = "chains";
/// Hash of a key of the state map, and [`newest_first`] of a block → the value since that block.
pub const VALUES: &str = "values";
/// Prefix of hashes of keys ([`page_key`]), and [`newest_first`] of a block → hash of that subtree since that block.
pub const PAGES: &str = "pages";
/// Cause → leaf index and content hash.
pub const IDEM: &str = "idem";
/// Tree size → signed checkpoint.
pub const NOTES: &str = "notes";
/// Tree size and key ID → cosignature line; `0xff ‖ key ID` → largest size that this key has cosigned.
pub const COSIGS: &str = "cosigs";
/// Format, origin, tip, registry.
pub const META: &str = "meta";

/// Every column family, in the order of `docs/LEDGER.md`.
pub const ALL: [&str; 11] = [BLOCKS, HEADERS, TILES, INDEX, CHAINS, VALUES, PAGES, IDEM, NOTES, COSIGS, META];

pub(super) const META_FORMAT: &[u8] = b"format";
pub(super) const META_ORIGIN: &[u8] = b"origin";
pub(super) const META_TIP: &[u8] = b"tip";
/// SCALE bytes of [`crate::replay::Registry`].
pub(super) const META_REGISTRY: &[u8] = b"registry";
/// There where the ledger was copied from another's, so that some causes are not known.
pub(super) const META_MIRROR: &[u8] = b"mirror";

/// Version of the rows in this file; a store of another version is not opened.
pub const FORMAT: &str = "2";

/// The end of the log as the store has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreTip {
    /// Leaves.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Hash,
    /// Blocks, so the next block has this number.
    pub blocks: u32,
    /// SHA-256 of the last header; zero bytes when there is none.
    pub last_header: Hash,
}

impl StoreTip {
    /// An empty log.
    #[must_use]
    pub fn empty() -> Self {
        Self { size: 0, root: crate::merkle::empty_root(), blocks: 0, last_header: [0; HASH_BYTES] }
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(76);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(&self.root);
        bytes.extend_from_slice(&self.blocks.to_be_bytes());
        bytes.extend_from_slice(&self.last_header);
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::damaged("the tip row");
        let (size, rest) = bytes.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (root, rest) = rest.split_first_chunk::<HASH_BYTES>().ok_or_else(damaged)?;
        let (blocks, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
        let last_header: Hash = rest.try_into().map_err(|_| damaged())?;
        Ok(Self {
            size: u64::from_be_bytes(*size),
            root: *root,
            blocks: u32::from_be_bytes(*blocks),
            last_header,
        })
    }
}

/// Where the leaves of one block lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockSpan {
    pub number: u32,
    /// Index of its first leaf.
    pub first_index: u64,
    /// Its leaves, the seal included.
    pub count: u32,
}

impl BlockSpan {
    /// Tree size when this block was sealed.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first_index.saturating_add(u64::from(self.count))
    }

    pub(super) fn to_value(self) -> [u8; 8] {
        let mut value = [0; 8];
        let (number, count) = value.split_at_mut(4);
        number.copy_from_slice(&self.number.to_be_bytes());
        count.copy_from_slice(&self.count.to_be_bytes());
        value
    }

    pub(super) fn from_row(key: &[u8], value: &[u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::damaged("a row of the index");
        let first_index = u64::from_be_bytes(key.try_into().map_err(|_| damaged())?);
        let (number, rest) = value.split_first_chunk::<4>().ok_or_else(damaged)?;
        let count: [u8; 4] = rest.try_into().map_err(|_| damaged())?;
        Ok(Self { number: u32::from_be_bytes(*number), first_index, count: u32::from_be_bytes(count) })
    }
}

/// Where the entry of a cause is, and what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdemRow {
    pub index: u64,
    /// [`content_hash`] of the entry: what is submitted again for this cause must have the same.
    pub content_hash: Hash,
}

impl IdemRow {
    pub(super) fn to_value(self) -> Vec<u8> {
        let mut value = Vec::with_capacity(40);
        value.extend_from_slice(&self.index.to_be_bytes());
        value.extend_from_slice(&self.content_hash);
        value
    }

    pub(super) fn from_value(value: &[u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::damaged("a row of the idempotency index");
        let (index, rest) = value.split_first_chunk::<8>().ok_or_else(damaged)?;
        let content_hash: Hash = rest.try_into().map_err(|_| damaged())?;
        Ok(Self { index: u64::from_be_bytes(*index), content_hash })
    }
}

/// The last entry of one subject; the next one links to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainRow {
    pub seq: u64,
    pub index: u64,
    pub leaf_hash: Hash,
}

impl ChainRow {
    pub(super) fn to_value(self) -> Vec<u8> {
        let mut value = Vec::with_capacity(48);
        value.extend_from_slice(&self.seq.to_be_bytes());
        value.extend_from_slice(&self.index.to_be_bytes());
        value.extend_from_slice(&self.leaf_hash);
        value
    }

    pub(super) fn from_value(value: &[u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::damaged("the last entry of a subject");
        let (seq, rest) = value.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (index, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let leaf_hash: Hash = rest.try_into().map_err(|_| damaged())?;
        Ok(Self { seq: u64::from_be_bytes(*seq), index: u64::from_be_bytes(*index), leaf_hash })
    }
}

/// SHA-256 of an entry without what the sequencer gives it (place in the subject's chain, time):
/// the same submission has the same hash whenever it is sequenced.
#[must_use]
pub fn content_hash(entry: &Entry) -> Hash {
    Sha256::digest(unplaced_bytes(&mut entry.clone())).into()
}

/// Takes away what the sequencer gives an entry, and encodes the rest: what [`content_hash`] is over.
#[must_use]
pub fn unplaced_bytes(entry: &mut Entry) -> Vec<u8> {
    if let Some(env) = entry.env_mut() {
        env.seq = 0;
        env.previous = Hash::default();
        env.at_ms = 0;
    }
    entry.encode()
}

/// A block number as it stands at the end of keys: of several rows the newest comes first.
pub(super) fn newest_first(block: u32) -> [u8; 4] {
    (u32::MAX - block).to_be_bytes()
}

pub(super) fn value_key(key: &Hash, block: u32) -> Vec<u8> {
    [key.as_slice(), &newest_first(block)].concat()
}

/// Length of the prefix in bytes, the prefix, the block.
pub(super) fn page_key(prefix: &[u8], block: u32) -> Vec<u8> {
    let length = u8::try_from(prefix.len()).unwrap_or(u8::MAX);
    [&[length], prefix, newest_first(block).as_slice()].concat()
}

/// Takes the block number off the end of a key.
pub(super) fn split_newest_first(key: &[u8]) -> Result<(&[u8], u32), StoreError> {
    let damaged = || StoreError::damaged("a key of the state map");
    let (rest, block) = key.split_last_chunk::<4>().ok_or_else(damaged)?;
    Ok((rest, u32::MAX - u32::from_be_bytes(*block)))
}

/// Sorts behind every size, since none is above [`crate::merkle::MAX_TREE_SIZE`].
const LAST_COSIGNED_PREFIX: u8 = 0xff;

pub(super) fn cosignature_key(size: u64, key: KeyId) -> [u8; 12] {
    let mut row = [0; 12];
    let (head, tail) = row.split_at_mut(8);
    head.copy_from_slice(&size.to_be_bytes());
    tail.copy_from_slice(&key);
    row
}

/// The size in a [`cosignature_key`]; `None` for another kind of row.
pub(super) fn cosigned_size(row: &[u8]) -> Option<u64> {
    let (size, key) = row.split_first_chunk::<8>()?;
    (key.len() == 4).then(|| u64::from_be_bytes(*size))
}

pub(super) fn last_cosigned_key(key: KeyId) -> [u8; 5] {
    let [a, b, c, d] = key;
    [LAST_COSIGNED_PREFIX, a, b, c, d]
}

pub(super) fn tile_key(level: u8, index: u64) -> [u8; 9] {
    let mut key = [level; 9];
    let (_, tail) = key.split_at_mut(1);
    tail.copy_from_slice(&index.to_be_bytes());
    key
}
