//! Writing: a block goes in whole or not at all.

use super::rows::{self, BlockSpan, ChainRow, IdemRow, StoreTip};
use super::{BLOCK_ENTRIES_MAX, Head, Store, StoreError};
use crate::merkle::{self, CompactTree, Hash};
use crate::replay::StateDelta;
use crate::tile;
use rocksdb::{WriteBatch, WriteOptions};
use std::sync::Arc;

/// One leaf of a block to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockLeaf {
    /// SCALE bytes of the entry.
    pub bytes: Vec<u8>,
    pub leaf_hash: Hash,
    /// Idempotency key and content hash; genesis and seals have none.
    pub cause: Option<(Hash, Hash)>,
    /// Subject and place in its chain, where the entry is about one.
    pub chain: Option<(Hash, u64)>,
}

impl BlockLeaf {
    /// A leaf of these bytes, hashed here.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        let leaf_hash = merkle::leaf_hash(&bytes);
        Self { bytes, leaf_hash, cause: None, chain: None }
    }
}

/// A block to be written. The store checks that it follows, not what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub number: u32,
    /// Its leaves in order; the last is the seal.
    pub leaves: Vec<BlockLeaf>,
    /// SCALE header, as inside the seal.
    pub header: Vec<u8>,
    /// SHA-256 of `header`.
    pub header_hash: Hash,
    /// What its entries change in the state map.
    pub state: StateDelta,
}

impl Store {
    /// Writes one block and, when `is_durable`, returns only after it is on the disk.
    ///
    /// A block written without waiting is on the disk as soon as a later one is: the write-ahead log
    /// is one file in order, and recovery keeps a prefix of it.
    ///
    /// # Errors
    /// [`StoreError::BlockOrder`] and [`StoreError::BlockSize`] leave the store as it was. Any failure of the
    /// database poisons it.
    pub fn commit(&self, block: &Block, is_durable: bool) -> Result<StoreTip, StoreError> {
        let mut writer = self.writer.lock().map_err(|_| StoreError::Lock)?;
        self.check_writable(writer.poisoned.as_ref())?;
        let head = self.head()?;
        check_follows(block, &head.tip)?;

        let mut tree = writer.tree.clone();
        let (batch, next) = self.prepare(block, &head, &mut tree)?;
        let mut options = WriteOptions::default();
        options.set_sync(is_durable);
        if let Err(error) = self.db.write_opt(batch, &options) {
            let reason = error.into_string();
            tracing::error!(
                reason,
                block.number = block.number,
                "ledger write failed, the store is closed to writing"
            );
            writer.poisoned = Some(reason.clone());
            return Err(StoreError::Poisoned(reason));
        }
        writer.tree = tree;
        let tip = next.tip;
        *self.head.write().map_err(|_| StoreError::Lock)? = Arc::new(next);
        Ok(tip)
    }

    /// Whether a block can be written: no write failed before, and the disk has room. To be asked before the block
    /// is executed.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`], [`StoreError::Poisoned`], [`StoreError::ReadOnly`].
    pub fn check_ready(&self) -> Result<(), StoreError> {
        let writer = self.writer.lock().map_err(|_| StoreError::Lock)?;
        self.check_writable(writer.poisoned.as_ref())?;
        self.check_free_space()
    }

    /// Puts every block written so far on the disk.
    ///
    /// # Errors
    /// A failure poisons the store.
    pub fn make_durable(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().map_err(|_| StoreError::Lock)?;
        self.check_writable(writer.poisoned.as_ref())?;
        if let Err(error) = self.db.flush_wal(true) {
            let reason = error.into_string();
            writer.poisoned = Some(reason.clone());
            return Err(StoreError::Poisoned(reason));
        }
        Ok(())
    }

    fn prepare(
        &self,
        block: &Block,
        head: &Head,
        tree: &mut CompactTree,
    ) -> Result<(WriteBatch, Head), StoreError> {
        let mut batch = WriteBatch::default();
        let mut edge = head.edge.clone();
        let mut full_tiles = Vec::new();
        let mut bundle = Vec::with_capacity(block.leaves.iter().map(|leaf| leaf.bytes.len() + 2).sum());
        let first_index = head.tip.size;
        let idem = self.family(rows::IDEM)?;
        let chains = self.family(rows::CHAINS)?;
        for leaf in &block.leaves {
            tile::push_entry(&mut bundle, &leaf.bytes)?;
            let index = tree.append(leaf.leaf_hash);
            edge.push(leaf.leaf_hash, &mut full_tiles);
            if let Some((cause, content_hash)) = leaf.cause {
                batch.put_cf(idem, cause, IdemRow { index, content_hash }.to_value());
            }
            if let Some((subject, seq)) = leaf.chain {
                let row = ChainRow { seq, index, leaf_hash: leaf.leaf_hash };
                batch.put_cf(chains, subject, row.to_value());
            }
        }
        let tiles = self.family(rows::TILES)?;
        for tile in full_tiles {
            batch.put_cf(tiles, rows::tile_key(tile.level, tile.index), tile.bytes);
        }
        let span = BlockSpan {
            number: block.number,
            first_index,
            count: u32::try_from(block.leaves.len()).map_err(|_| block_size(block))?,
        };
        let number = block.number.to_be_bytes();
        batch.put_cf(self.family(rows::BLOCKS)?, number, bundle);
        batch.put_cf(self.family(rows::HEADERS)?, number, &block.header);
        batch.put_cf(self.family(rows::INDEX)?, first_index.to_be_bytes(), span.to_value());
        let tip = StoreTip {
            size: tree.size(),
            root: tree.root(),
            blocks: head.tip.blocks.checked_add(1).ok_or_else(|| StoreError::damaged("the block count"))?,
            last_header: block.header_hash,
        };
        batch.put_cf(self.family(rows::META)?, rows::META_TIP, tip.to_bytes());
        self.put_state(&mut batch, block)?;
        Ok((batch, Head { tip, edge }))
    }

    /// Stores the signed checkpoint of a sealed size. Not synced: the same bytes can be signed again.
    ///
    /// # Errors
    /// A failure of the database poisons the store.
    pub fn put_note(&self, size: u64, note: &str) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().map_err(|_| StoreError::Lock)?;
        self.check_writable(writer.poisoned.as_ref())?;
        if let Err(error) = self.db.put_cf(self.family(rows::NOTES)?, size.to_be_bytes(), note) {
            let reason = error.into_string();
            writer.poisoned = Some(reason.clone());
            return Err(StoreError::Poisoned(reason));
        }
        Ok(())
    }

    /// Writes what makes an empty folder a ledger.
    pub(super) fn write_birth(&self) -> Result<(), StoreError> {
        let meta = self.family(rows::META)?;
        let mut batch = WriteBatch::default();
        batch.put_cf(meta, rows::META_FORMAT, rows::FORMAT);
        batch.put_cf(meta, rows::META_ORIGIN, &self.origin);
        if self.is_mirror {
            batch.put_cf(meta, rows::META_MIRROR, []);
        }
        let mut options = WriteOptions::default();
        options.set_sync(true);
        Ok(self.db.write_opt(batch, &options)?)
    }

    pub(super) fn check_writable(&self, poisoned: Option<&String>) -> Result<(), StoreError> {
        if self.lock.is_none() {
            return Err(StoreError::ReadOnly);
        }
        poisoned.map_or(Ok(()), |reason| Err(StoreError::Poisoned(reason.clone())))
    }

    fn check_free_space(&self) -> Result<(), StoreError> {
        let disk = rustix::fs::statvfs(&self.path).map_err(|e| super::folder_error(&self.path, &e.into()))?;
        let free_bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free_bytes < self.free_bytes_min {
            return Err(StoreError::DiskFull { free_bytes, needed_bytes: self.free_bytes_min });
        }
        Ok(())
    }
}

fn check_follows(block: &Block, tip: &StoreTip) -> Result<(), StoreError> {
    if block.number != tip.blocks {
        return Err(StoreError::BlockOrder { expected: tip.blocks, found: block.number });
    }
    if block.leaves.is_empty() || block.leaves.len() > BLOCK_ENTRIES_MAX + 1 {
        return Err(block_size(block));
    }
    Ok(())
}

fn block_size(block: &Block) -> StoreError {
    StoreError::BlockSize { max: BLOCK_ENTRIES_MAX + 1, found: block.leaves.len() }
}
