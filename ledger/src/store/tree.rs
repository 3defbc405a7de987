//! Tiles, roots and proofs.
//!
//! Full tiles are stored; the open tiles at the right edge are held in memory and rebuilt on opening.
//! A partial tile of any older size is the beginning of what is stored or held now.

use super::{Head, Store, StoreError, StoreTip, rows};
use crate::merkle::{self, CompactTree, Hash, Subtree};
use crate::subtree;
use crate::tile::{self, TileKind, TilePath};

/// The open tile of each level: fewer than 256 hashes each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edge {
    levels: Vec<Level>,
}

#[derive(Debug, Clone, Default)]
struct Level {
    /// Full tiles before the open one.
    full: u64,
    open: Vec<Hash>,
}

/// A tile that became full and is to be stored.
pub(super) struct FullTile {
    pub(super) level: u8,
    pub(super) index: u64,
    pub(super) bytes: Vec<u8>,
}

impl Edge {
    /// Adds one leaf; tiles that become full are pushed to `full`.
    pub(super) fn push(&mut self, leaf: Hash, full: &mut Vec<FullTile>) {
        let mut hash = leaf;
        for number in 0..=u8::MAX {
            let place = usize::from(number);
            if self.levels.len() <= place {
                self.levels.push(Level::default());
            }
            let Some(level) = self.levels.get_mut(place) else { return };
            level.open.push(hash);
            if level.open.len() < usize::from(tile::WIDTH) {
                return;
            }
            let hashes = std::mem::take(&mut level.open);
            hash = merkle::root(&hashes);
            full.push(FullTile { level: number, index: level.full, bytes: hashes.concat() });
            level.full = level.full.saturating_add(1);
        }
    }

    /// The first `width` hashes of an open tile, or nothing when that tile is not the open one.
    fn prefix(&self, level: u8, index: u64, width: u16) -> Option<&[Hash]> {
        let level = self.levels.get(usize::from(level))?;
        if level.full != index {
            return None;
        }
        level.open.get(..usize::from(width))
    }
}

impl Store {
    /// The bytes of a tile exactly as named, if the tree of `size` leaves has it.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] when `size` leaves do not reach that far; damage.
    pub fn tile(&self, path: &TilePath, size: u64) -> Result<Vec<u8>, StoreError> {
        let head = self.head()?;
        check_size(&head, size)?;
        if path.width == 0 || !path.exists_at(size) {
            let last =
                path.index.saturating_mul(u64::from(tile::WIDTH)).saturating_add(u64::from(path.width));
            return Err(StoreError::OutOfRange { asked: last, have: size });
        }
        match path.kind {
            TileKind::Hashes { level } => Ok(self.hashes(&head, level, path.index, path.width)?.concat()),
            TileKind::Entries => self.entry_bundle(path.index, path.width),
        }
    }

    /// Leaf hash at `index`.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`]; damage.
    pub fn leaf_hash(&self, index: u64) -> Result<Hash, StoreError> {
        let head = self.head()?;
        if index >= head.tip.size {
            return Err(StoreError::OutOfRange { asked: index.saturating_add(1), have: head.tip.size });
        }
        self.node(&head, 0, index)
    }

    /// Root of the first `size` leaves.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`]; damage.
    pub fn root_at(&self, size: u64) -> Result<Hash, StoreError> {
        let head = self.head()?;
        check_size(&head, size)?;
        if size == head.tip.size {
            return Ok(head.tip.root);
        }
        if size == 0 {
            return Ok(merkle::empty_root());
        }
        self.range_root(&head, Subtree { start: 0, end: size })
    }

    /// Proof that leaf `index` is in the tree of `size` leaves, leaf to root.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`]; damage.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        let head = self.head()?;
        check_size(&head, size)?;
        let parts = merkle::inclusion_subtrees(index, size)?;
        parts.into_iter().map(|part| self.range_root(&head, part)).collect()
    }

    /// Proof that the tree of `new` leaves begins with the tree of `old` leaves.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`]; damage.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, StoreError> {
        let head = self.head()?;
        check_size(&head, new)?;
        let parts = merkle::consistency_subtrees(old, new)?;
        parts.into_iter().map(|part| self.range_root(&head, part)).collect()
    }

    /// Proof that the leaves `run` are those of the tree of `size` leaves (see [`crate::subtree`]).
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`]; a run that is no subtree; damage.
    pub fn subtree_proof(&self, run: Subtree, size: u64) -> Result<Vec<Hash>, StoreError> {
        let head = self.head()?;
        check_size(&head, size)?;
        let parts = subtree::subtree_proof_parts(run, size)?;
        parts.into_iter().map(|part| self.range_root(&head, part)).collect()
    }

    /// Root of the complete subtree of `2^height` leaves number `index` of that height.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`]; damage.
    pub fn node_at(&self, height: u32, index: u64) -> Result<Hash, StoreError> {
        let head = self.head()?;
        let end = index.saturating_add(1).checked_mul(1_u64.checked_shl(height).unwrap_or(u64::MAX));
        check_size(&head, end.unwrap_or(u64::MAX))?;
        self.node(&head, height, index)
    }

    /// The tree as it is now, to be continued by whoever wants to know what it becomes.
    ///
    /// # Errors
    /// Only after another thread failed inside the store.
    pub fn compact_tree(&self) -> Result<CompactTree, StoreError> {
        Ok(self.writer.lock().map_err(|_| StoreError::Lock)?.tree.clone())
    }

    /// Root over a range that begins at a multiple of its rounded-up length, as every part of a proof does.
    fn range_root(&self, head: &Head, part: Subtree) -> Result<Hash, StoreError> {
        let mut start = part.start;
        let mut peaks = Vec::new();
        while start < part.end {
            let height = (part.end - start).ilog2();
            peaks.push(self.node(head, height, start >> height)?);
            start += 1 << height;
        }
        let mut peaks = peaks.into_iter().rev();
        let last = peaks.next().ok_or(StoreError::OutOfRange { asked: part.end, have: part.start })?;
        Ok(peaks.fold(last, |right, left| merkle::node_hash(&left, &right)))
    }

    /// Root of the complete subtree of `2^height` leaves number `index` of that height.
    fn node(&self, head: &Head, height: u32, index: u64) -> Result<Hash, StoreError> {
        let level = u8::try_from(height / tile::HEIGHT).map_err(|_| StoreError::damaged("a tree height"))?;
        let within = height % tile::HEIGHT;
        let length = 1_u64 << within;
        let first = index << within;
        let offset = first % u64::from(tile::WIDTH);
        let width = u16::try_from(offset + length).map_err(|_| StoreError::damaged("a tile width"))?;
        let hashes = self.hashes(head, level, first / u64::from(tile::WIDTH), width)?;
        let offset = usize::try_from(offset).map_err(|_| StoreError::damaged("a tile offset"))?;
        let part = hashes.get(offset..).ok_or_else(|| StoreError::damaged("a tile"))?;
        Ok(merkle::root(part))
    }

    /// The first `width` hashes of a tile, from the open edge or from the stored full tile.
    fn hashes(&self, head: &Head, level: u8, index: u64, width: u16) -> Result<Vec<Hash>, StoreError> {
        if let Some(open) = head.edge.prefix(level, index, width) {
            return Ok(open.to_vec());
        }
        let name = || format!("tile {level}/{index}");
        let bytes = self
            .db
            .get_pinned_cf(self.family(rows::TILES)?, rows::tile_key(level, index))?
            .ok_or_else(|| StoreError::missing(name()))?;
        if bytes.len() != usize::from(tile::WIDTH) * tile::HASH_BYTES {
            return Err(StoreError::damaged(name()));
        }
        Ok(tile::parse_hashes(tile::cut_hashes(&bytes, width)?, width)?)
    }

    /// The bytes of a stored full tile.
    pub(super) fn stored_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.db.get_cf(self.family(rows::TILES)?, rows::tile_key(level, index))?)
    }

    /// Rebuilds the open tiles: leaves from the entries themselves, the rest from the tiles below.
    pub(super) fn rebuild_edge(&self, size: u64) -> Result<Edge, StoreError> {
        let mut edge = Edge::default();
        for number in 0..=tile::LEVEL_MAX {
            let nodes = size.checked_shr(tile::HEIGHT * u32::from(number)).unwrap_or(0);
            if nodes == 0 {
                break;
            }
            let full = nodes / u64::from(tile::WIDTH);
            let open = (full * u64::from(tile::WIDTH)..nodes)
                .map(|position| self.rebuild_hash(number, position))
                .collect::<Result<Vec<_>, _>>()?;
            edge.levels.push(Level { full, open });
        }
        Ok(edge)
    }

    fn rebuild_hash(&self, level: u8, position: u64) -> Result<Hash, StoreError> {
        let Some(below) = level.checked_sub(1) else {
            return Ok(merkle::leaf_hash(&self.entry_unchecked(position)?));
        };
        let name = || format!("tile {below}/{position}");
        let bytes = self
            .db
            .get_pinned_cf(self.family(rows::TILES)?, rows::tile_key(below, position))?
            .ok_or_else(|| StoreError::missing(name()))?;
        let hashes = tile::parse_hashes(&bytes, tile::WIDTH).map_err(|_| StoreError::damaged(name()))?;
        Ok(merkle::root(&hashes))
    }

    /// Rebuilds the writer's peaks from the tiles.
    pub(super) fn rebuild_tree(&self, head: &Head) -> Result<CompactTree, StoreError> {
        let size = head.tip.size;
        let mut peaks = Vec::new();
        let mut start = 0;
        while start < size {
            let height = (size - start).ilog2();
            peaks.push(self.node(head, height, start >> height)?);
            start += 1 << height;
        }
        Ok(CompactTree::from_peaks(size, peaks)?)
    }
}

fn check_size(head: &Head, size: u64) -> Result<(), StoreError> {
    let StoreTip { size: have, .. } = head.tip;
    if size > have { Err(StoreError::OutOfRange { asked: size, have }) } else { Ok(()) }
}
