//! Hashes of another's tree, from its tiles. None is believed: what is made of them is a proof, and fails where they
//! are wrong.

use crate::tiles::{Tiles, TilesError};
use ledger::merkle::{self, Hash, MerkleError, Subtree};
use ledger::tile::{self, HEIGHT, TileKind, TilePath, WIDTH};
use std::collections::HashMap;

/// Why a proof cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    #[error(transparent)]
    Tiles(#[from] TilesError),
    #[error("{0}")]
    Merkle(#[from] MerkleError),
    #[error("a tile of {place} is no list of hashes")]
    Damaged { place: String },
}

/// The tree of one size at one place.
pub struct RemoteTree<'a> {
    tiles: &'a dyn Tiles,
    size: u64,
    kept: HashMap<(u8, u64), Vec<Hash>>,
}

impl<'a> RemoteTree<'a> {
    /// The tree of `size` leaves there.
    #[must_use]
    pub fn new(tiles: &'a dyn Tiles, size: u64) -> Self {
        Self { tiles, size, kept: HashMap::new() }
    }

    /// Consistency proof from its first `old` leaves to all.
    ///
    /// # Errors
    /// When a tile cannot be read.
    pub fn consistency(&mut self, old: u64) -> Result<Vec<Hash>, RemoteError> {
        let parts = merkle::consistency_subtrees(old, self.size)?;
        parts.into_iter().map(|part| self.range_root(part)).collect()
    }

    /// Root over its first `size` leaves.
    ///
    /// # Errors
    /// When a tile cannot be read.
    pub fn prefix_root(&mut self, size: u64) -> Result<Hash, RemoteError> {
        if size == 0 {
            return Ok(merkle::empty_root());
        }
        self.range_root(Subtree { start: 0, end: size })
    }

    /// As the store does it: the complete subtrees of the range, joined from the right.
    fn range_root(&mut self, part: Subtree) -> Result<Hash, RemoteError> {
        let mut start = part.start;
        let mut peaks = Vec::new();
        while start < part.end {
            let height = (part.end - start).ilog2();
            peaks.push(self.node(height, start >> height)?);
            start += 1 << height;
        }
        let mut peaks = peaks.into_iter().rev();
        let last = peaks.next().ok_or_else(|| self.damaged())?;
        Ok(peaks.fold(last, |right, left| merkle::node_hash(&left, &right)))
    }

    fn node(&mut self, height: u32, index: u64) -> Result<Hash, RemoteError> {
        let level = u8::try_from(height / HEIGHT).map_err(|_| self.damaged())?;
        let within = height % HEIGHT;
        let first = index << within;
        let offset = usize::try_from(first % u64::from(WIDTH)).map_err(|_| self.damaged())?;
        let length = 1_usize << within;
        let hashes = self.tile(level, first / u64::from(WIDTH))?;
        let part = hashes.get(offset..).and_then(|rest| rest.get(..length)).map(merkle::root);
        part.ok_or_else(|| self.damaged())
    }

    fn tile(&mut self, level: u8, index: u64) -> Result<&[Hash], RemoteError> {
        if !self.kept.contains_key(&(level, index)) {
            let width = tile::width_at(level, index, self.size);
            let path = TilePath { kind: TileKind::Hashes { level }, index, width };
            let bytes = self.tiles.tile(&path)?;
            let hashes = tile::parse_hashes(&bytes, width).map_err(|_| self.damaged())?;
            self.kept.insert((level, index), hashes);
        }
        Ok(self.kept.get(&(level, index)).map_or(&[], Vec::as_slice))
    }

    fn damaged(&self) -> RemoteError {
        RemoteError::Damaged { place: self.tiles.place() }
    }
}
