//! Entries that were pushed, proven to lie in a signed tree, and not re-executed yet: on the disk, as entry bundles
//! behind the end of this node's own copy.
//!
//! A bundle is one file, `<index>`: SHA-256 of what follows, then the entries from leaf 256 × index. It comes into
//! being whole, by a rename, and grows by being replaced. What a kill leaves half-written has another name and goes
//! at the next start; what the disk has changed does not match its digest and is asked for again.

use crate::tiles::TILE_BYTES_MAX;
use ledger::merkle::{self, Hash};
use ledger::mirror::Span;
use ledger::store::{Store, StoreError};
use ledger::subtree::verify_subtree;
use ledger::tile::{self, TileKind, TilePath, WIDTH};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const DIGEST_BYTES: usize = 32;
/// Ending of a file that is being written.
const UNFINISHED: &str = "new";

/// Why entries were not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum PendingError {
    /// They do not follow what is here.
    #[error("they begin after leaf {next}, the next that is missing")]
    Gap { next: u64 },
    #[error("they are not proven to be in the checkpoint: {0}")]
    Unproven(#[from] merkle::MerkleError),
    #[error("they are no bundle: {0}")]
    Bundle(#[from] tile::TileError),
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    #[error("what was pushed before cannot be read: {0}")]
    Folder(#[from] io::Error),
}

/// The entries that wait.
pub(super) struct Pending {
    folder: PathBuf,
    store: Arc<Store>,
    state: Mutex<State>,
}

struct State {
    /// The first leaf that is neither here nor, where the copy ends later, there.
    next: u64,
    /// Roots of complete subtrees of 256 leaves and more that reach beyond the copy, by tile level and place.
    roots: HashMap<(u8, u64), Hash>,
}

impl Pending {
    /// What a run before left in this folder.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub(super) fn open(folder: PathBuf, store: Arc<Store>) -> Result<Self, PendingError> {
        fs::create_dir_all(&folder)?;
        let size = store.tip()?.size;
        let pending = Self { folder, store, state: Mutex::new(State { next: size, roots: HashMap::new() }) };
        let next = pending.count(size)?;
        pending.lock().next = next;
        pending.remove(|index| index.is_none_or(|index| index.saturating_mul(u64::from(WIDTH)) >= next))?;
        Ok(pending)
    }

    /// Nothing is half-changed where a thread fails.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first leaf that this node has not.
    ///
    /// # Errors
    /// Only after another thread failed inside the store.
    pub(super) fn next(&self) -> Result<u64, StoreError> {
        Ok(self.lock().next.max(self.store.tip()?.size))
    }

    /// Proves a package to be part of the tree of `size` leaves with this root, and keeps what is new of it. All of
    /// it is on the disk when this returns.
    ///
    /// # Errors
    /// [`PendingError`]; nothing of the package is kept then.
    pub(super) fn take(
        &self,
        span: &Span,
        bundle: &[u8],
        proof: &[Hash],
        (size, root): (u64, &Hash),
    ) -> Result<(), PendingError> {
        let mut state = self.lock();
        let next = state.next.max(self.store.tip()?.size);
        if span.start > next {
            return Err(PendingError::Gap { next });
        }
        let (index, skip) = place(span.start);
        let mut whole = self.bundle(index, skip)?;
        whole.extend_from_slice(bundle);
        verify_subtree(span.run(), size, proof, &root_of(&whole)?, root)?;
        if span.end > next {
            self.store.check_ready()?;
            self.write(index, &whole)?;
            state.next = span.end;
        }
        Ok(())
    }

    /// The first `width` entries of a bundle, from the copy where that has them.
    fn bundle(&self, index: u64, width: u16) -> Result<Vec<u8>, PendingError> {
        if width == 0 {
            return Ok(Vec::new());
        }
        let path = TilePath { kind: TileKind::Entries, index, width };
        let size = self.store.tip()?.size;
        if path.exists_at(size) {
            return Ok(self.store.tile(&path, size)?);
        }
        let bytes = self.read(index)?;
        let mut bundle = Vec::new();
        let mut entries = tile::entries(&bytes);
        for _ in 0..width {
            let entry = entries.next().ok_or(tile::TileError::Truncated)??;
            tile::push_entry(&mut bundle, entry)?;
        }
        Ok(bundle)
    }

    /// A tile over the copy and what waits behind it.
    ///
    /// # Errors
    /// When something of it is missing.
    pub(super) fn tile(&self, path: &TilePath) -> Result<Vec<u8>, PendingError> {
        match path.kind {
            TileKind::Entries => self.bundle(path.index, path.width),
            TileKind::Hashes { level } => {
                Ok(self.hashes(&mut self.lock(), level, path.index, path.width)?.concat())
            }
        }
    }

    fn hashes(
        &self,
        state: &mut State,
        level: u8,
        index: u64,
        width: u16,
    ) -> Result<Vec<Hash>, PendingError> {
        let path = TilePath { kind: TileKind::Hashes { level }, index, width };
        let size = self.store.tip()?.size;
        if path.exists_at(size) {
            return Ok(tile::parse_hashes(&self.store.tile(&path, size)?, width)?);
        }
        let Some(below) = level.checked_sub(1) else { return leaf_hashes(&self.bundle(index, width)?) };
        let first = index.saturating_mul(u64::from(WIDTH));
        (first..first.saturating_add(u64::from(width))).map(|at| self.node(state, below, at)).collect()
    }

    /// Root over a whole tile of this level.
    fn node(&self, state: &mut State, level: u8, index: u64) -> Result<Hash, PendingError> {
        if let Some(root) = state.roots.get(&(level, index)) {
            return Ok(*root);
        }
        let root = merkle::root(&self.hashes(state, level, index, WIDTH)?);
        state.roots.insert((level, index), root);
        Ok(root)
    }

    /// Drops what the copy holds by now.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(super) fn trim(&self) -> Result<(), PendingError> {
        let mut state = self.lock();
        let size = self.store.tip()?.size;
        let (first, _) = place(size);
        let is_caught_up = state.next <= size;
        if is_caught_up {
            state.roots.clear();
        }
        self.remove(|index| index.is_none_or(|index| index < first || is_caught_up))
    }

    /// Drops everything, to be pushed again.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(super) fn forget(&self) -> Result<(), PendingError> {
        let mut state = self.lock();
        state.next = self.store.tip()?.size;
        state.roots.clear();
        self.remove(|_| true)
    }

    /// The first missing leaf, where the copy has `size`.
    fn count(&self, size: u64) -> Result<u64, PendingError> {
        let (mut index, _) = place(size);
        let mut next = size;
        loop {
            let bytes = match self.read(index) {
                Ok(bytes) => bytes,
                Err(PendingError::Folder(error)) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(next);
                }
                Err(error) => {
                    tracing::warn!(%error, index, "what was pushed is damaged here; it is asked for again");
                    return Ok(next);
                }
            };
            let count = tile::entries(&bytes).filter(Result::is_ok).count();
            let count = u64::try_from(count).unwrap_or(0);
            next = next.max(index.saturating_mul(u64::from(WIDTH)).saturating_add(count));
            if count < u64::from(WIDTH) {
                return Ok(next);
            }
            index = index.saturating_add(1);
        }
    }

    fn path(&self, index: u64) -> PathBuf {
        self.folder.join(index.to_string())
    }

    fn read(&self, index: u64) -> Result<Vec<u8>, PendingError> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, format!("bundle {index} is damaged"));
        let mut bytes = Vec::new();
        File::open(self.path(index))?.take(TILE_BYTES_MAX.saturating_add(64)).read_to_end(&mut bytes)?;
        let bundle = bytes.split_off(bytes.len().min(DIGEST_BYTES));
        if Sha256::digest(&bundle).as_slice() != bytes {
            return Err(damaged().into());
        }
        Ok(bundle)
    }

    fn write(&self, index: u64, bundle: &[u8]) -> io::Result<()> {
        let path = self.path(index);
        let unfinished = path.with_extension(UNFINISHED);
        let mut file = File::create(&unfinished)?;
        file.write_all(&Sha256::digest(bundle))?;
        file.write_all(bundle)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        sync(&self.folder)
    }

    /// Removes files by the number in their name; a name without one is `None`.
    fn remove(&self, is_old: impl Fn(Option<u64>) -> bool) -> Result<(), PendingError> {
        for file in fs::read_dir(&self.folder)? {
            let file = file?;
            let index = file.file_name().to_str().and_then(|name| name.parse().ok());
            if is_old(index) {
                fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The bundle that holds a leaf, and the entries before it there.
fn place(leaf: u64) -> (u64, u16) {
    (leaf / u64::from(WIDTH), u16::try_from(leaf % u64::from(WIDTH)).unwrap_or(0))
}

fn leaf_hashes(bundle: &[u8]) -> Result<Vec<Hash>, PendingError> {
    tile::entries(bundle).map(|entry| Ok(merkle::leaf_hash(entry?))).collect()
}

fn root_of(bundle: &[u8]) -> Result<Hash, PendingError> {
    Ok(merkle::root(&leaf_hashes(bundle)?))
}
