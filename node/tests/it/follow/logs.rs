//! Logs to be followed: a live one, one made by hand that can say anything, one that changes while it is read.

use crate::common::ORIGIN;
use ed25519_dalek::SigningKey;
use ledger::checkpoint::Checkpoint;
use ledger::merkle::{self, Hash};
use ledger::note::{KeyKind, Signer};
use ledger::tile::{self, TileKind, TilePath};
use node::tiles::{Tiles, TilesError};
use node::{LedgerView, Operator};
use std::sync::{Arc, Mutex};

pub fn place() -> String {
    "the test's log".to_owned()
}

/// The tiles of a log in this process.
pub struct ViewTiles(pub Arc<LedgerView>);

impl Tiles for ViewTiles {
    fn checkpoint(&self) -> Result<Vec<u8>, TilesError> {
        let note = self.0.checkpoint().unwrap();
        note.map(String::into_bytes).ok_or(TilesError::Absent { place: place() })
    }

    fn tile(&self, path: &TilePath) -> Result<Vec<u8>, TilesError> {
        self.0.tile(path).map_err(|_| TilesError::Absent { place: path.to_string() })
    }

    fn place(&self) -> String {
        place()
    }
}

/// A log made by hand, which can say anything.
#[derive(Clone)]
pub struct MemoryLog {
    pub leaves: Vec<Vec<u8>>,
    pub note: Vec<u8>,
}

impl MemoryLog {
    pub fn new(leaves: Vec<Vec<u8>>) -> Self {
        let hashes: Vec<Hash> = leaves.iter().map(|leaf| merkle::leaf_hash(leaf)).collect();
        let size = u64::try_from(leaves.len()).unwrap();
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root: merkle::root(&hashes) };
        let signer = Signer::new(ORIGIN, KeyKind::Ed25519, SigningKey::from_bytes(&[7; 32])).unwrap();
        Self { leaves, note: checkpoint.sign(&signer).to_string().into_bytes() }
    }

    /// What an operator's log holds.
    pub fn of(operator: &Operator) -> Self {
        let size = operator.view().published_size();
        Self::new((0..size).map(|index| operator.view().entry(index).unwrap()).collect())
    }

    /// The log as it was at this size.
    pub fn at(&self, size: usize) -> Self {
        Self::new(self.leaves[..size].to_vec())
    }
}

impl Tiles for MemoryLog {
    fn checkpoint(&self) -> Result<Vec<u8>, TilesError> {
        Ok(self.note.clone())
    }

    fn tile(&self, path: &TilePath) -> Result<Vec<u8>, TilesError> {
        let mut bytes = Vec::new();
        for place in 0..u64::from(path.width) {
            let item = path.index * 256 + place;
            let span = match path.kind {
                TileKind::Entries => 1,
                TileKind::Hashes { level } => 256_u64.pow(u32::from(level)),
            };
            let from = usize::try_from(item * span).unwrap();
            let until = from + usize::try_from(span).unwrap();
            let Some(leaves) = self.leaves.get(from..until) else {
                return Err(TilesError::Absent { place: path.to_string() });
            };
            match path.kind {
                TileKind::Entries => tile::push_entry(&mut bytes, &leaves[0]).unwrap(),
                TileKind::Hashes { .. } => {
                    let hashes: Vec<Hash> = leaves.iter().map(|leaf| merkle::leaf_hash(leaf)).collect();
                    bytes.extend_from_slice(&merkle::root(&hashes));
                }
            }
        }
        Ok(bytes)
    }

    fn place(&self) -> String {
        place()
    }
}

/// Tiles that can be exchanged while they are followed.
#[derive(Clone)]
pub struct Shown(Arc<Mutex<Arc<dyn Tiles>>>);

impl Shown {
    pub fn new(tiles: impl Tiles + 'static) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(tiles))))
    }

    pub fn show(&self, tiles: impl Tiles + 'static) {
        *self.0.lock().unwrap() = Arc::new(tiles);
    }

    fn now(&self) -> Arc<dyn Tiles> {
        self.0.lock().unwrap().clone()
    }
}

impl Tiles for Shown {
    fn checkpoint(&self) -> Result<Vec<u8>, TilesError> {
        self.now().checkpoint()
    }

    fn tile(&self, path: &TilePath) -> Result<Vec<u8>, TilesError> {
        self.now().tile(path)
    }

    fn place(&self) -> String {
        place()
    }
}
