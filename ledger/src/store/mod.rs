//! The log on disk: RocksDB, one writer, many readers.
//!
//! - [`rows`]: what lies in which column family;
//! - [`write`]: one block, one `WriteBatch`, one fsync;
//! - [`read`]: entries, blocks, notes, causes;
//! - [`state`]: values of the state map, now and at any block, with proofs;
//! - [`cosigs`]: what witnesses cosigned;
//! - [`folder`]: folders whose names are on the disk;
//! - [`tree`]: tiles, roots and proofs from tiles;
//! - [`scrub`]: everything re-read and re-hashed, from genesis.
//!
//! The store trusts nothing it reads: an entry is compared with its leaf hash, a tip with its tree.
//! After one failed write it refuses to write again, since nobody knows what the disk then holds.

mod cosigs;
mod error;
pub mod folder;
mod lock;
mod options;
mod read;
pub mod rows;
pub mod scrub;
pub mod state;
mod tree;
mod write;

pub use crate::header::BLOCK_ENTRIES_MAX;
pub use cosigs::CosignatureRow;
pub use error::StoreError;
pub use lock::FolderLock;
pub use rows::{BlockSpan, ChainRow, IdemRow, StoreTip, content_hash};
pub use write::{Block, BlockLeaf};

use crate::merkle::CompactTree;
use rocksdb::{ColumnFamily, DB};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use tree::Edge;

/// Bytes that must stay free on the disk: writing stops before it is full.
pub const FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;

const DATABASE_FOLDER: &str = "rocksdb";
const LOCK_FILE: &str = "operator.lock";

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Name of the log; fixed by the first opening.
    pub origin: String,
    /// See [`FREE_BYTES_MIN`].
    pub free_bytes_min: u64,
    /// It will be copied from another's log, which does not tell the causes of entries without an envelope.
    pub is_mirror: bool,
}

impl StoreOptions {
    #[must_use]
    pub fn new(origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), free_bytes_min: FREE_BYTES_MIN, is_mirror: false }
    }
}

/// The ledger of one folder.
pub struct Store {
    db: DB,
    path: PathBuf,
    origin: String,
    free_bytes_min: u64,
    is_mirror: bool,
    /// The end of the log; replaced as a whole after each block.
    head: RwLock<Arc<Head>>,
    writer: Mutex<Writer>,
    /// Held for as long as the store is open; the kernel frees it when the process dies.
    lock: Option<FolderLock>,
}

/// What readers need of the end of the log.
pub(crate) struct Head {
    tip: StoreTip,
    edge: Edge,
}

/// What only the writer needs.
struct Writer {
    tree: CompactTree,
    poisoned: Option<String>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the ledger in `path` for writing, creating it when the folder holds none.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it; [`StoreError::OtherOrigin`]; anything that shows damage.
    pub fn open(path: &Path, options: &StoreOptions) -> Result<Self, StoreError> {
        folder::make(path).map_err(|e| folder_error(path, &e))?;
        let lock = lock_folder(path)?;
        let db = options::open(&path.join(DATABASE_FOLDER))?;
        folder::sync(path).map_err(|e| folder_error(path, &e))?;
        let store = Self::assemble(db, path, Some(lock), options)?;
        match store.meta(rows::META_FORMAT)? {
            None => store.write_birth()?,
            Some(found) if found == rows::FORMAT.as_bytes() => store.check_origin()?,
            Some(found) => {
                return Err(StoreError::Format {
                    expected: rows::FORMAT.to_owned(),
                    found: String::from_utf8_lossy(&found).into_owned(),
                });
            }
        }
        store.load_head()?;
        Ok(store)
    }

    /// Opens the ledger in `path` for reading, beside a running operator or without one.
    /// What the operator writes afterwards is not seen.
    ///
    /// # Errors
    /// As [`Store::open`], and [`StoreError::Missing`] when there is no ledger.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let folder = path.join(DATABASE_FOLDER);
        if !folder.is_dir() {
            return Err(StoreError::missing(format!("a ledger in {}", path.display())));
        }
        let db = options::open_read_only(&folder)?;
        let mut store = Self::assemble(db, path, None, &StoreOptions::new(""))?;
        let origin = store.meta(rows::META_ORIGIN)?.ok_or_else(|| StoreError::missing("the origin"))?;
        store.origin = String::from_utf8(origin).map_err(|_| StoreError::damaged("the origin"))?;
        store.load_head()?;
        Ok(store)
    }

    fn assemble(
        db: DB,
        path: &Path,
        lock: Option<FolderLock>,
        options: &StoreOptions,
    ) -> Result<Self, StoreError> {
        let head = Head { tip: StoreTip::empty(), edge: Edge::default() };
        Ok(Self {
            db,
            path: path.to_path_buf(),
            origin: options.origin.clone(),
            free_bytes_min: options.free_bytes_min,
            is_mirror: options.is_mirror,
            head: RwLock::new(Arc::new(head)),
            writer: Mutex::new(Writer { tree: CompactTree::new(), poisoned: None }),
            lock,
        })
    }

    fn check_origin(&self) -> Result<(), StoreError> {
        let found = self.meta(rows::META_ORIGIN)?.ok_or_else(|| StoreError::missing("the origin"))?;
        if found == self.origin.as_bytes() {
            return Ok(());
        }
        Err(StoreError::OtherOrigin {
            path: self.path.clone(),
            expected: self.origin.clone(),
            found: String::from_utf8_lossy(&found).into_owned(),
        })
    }

    /// Rebuilds the open end of the tree from what is stored and compares it with the stored tip.
    fn load_head(&self) -> Result<(), StoreError> {
        let tip = match self.meta(rows::META_TIP)? {
            None => StoreTip::empty(),
            Some(bytes) => StoreTip::from_bytes(&bytes)?,
        };
        let edge = self.rebuild_edge(tip.size)?;
        let head = Arc::new(Head { tip, edge });
        let tree = self.rebuild_tree(&head)?;
        if tree.root() != tip.root {
            return Err(StoreError::damaged("the tree behind the tip"));
        }
        *self.head.write().map_err(|_| StoreError::Lock)? = head;
        self.writer.lock().map_err(|_| StoreError::Lock)?.tree = tree;
        Ok(())
    }

    pub(crate) fn head(&self) -> Result<Arc<Head>, StoreError> {
        self.head.read().map(|head| Arc::clone(&head)).map_err(|_| StoreError::Lock)
    }

    pub(crate) fn family(&self, name: &str) -> Result<&ColumnFamily, StoreError> {
        self.db.cf_handle(name).ok_or_else(|| StoreError::missing(format!("the column family {name}")))
    }

    fn meta(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.db.get_cf(self.family(rows::META)?, key)?)
    }

    /// Name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Folder of the ledger.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The end of the log. What lies beyond the last published checkpoint may not be shown to anyone.
    ///
    /// # Errors
    /// Only after another thread failed inside the store.
    pub fn tip(&self) -> Result<StoreTip, StoreError> {
        Ok(self.head()?.tip)
    }
}

/// Takes the folder for this process; what fences a second machine is the compare-and-swap of the tip row.
fn lock_folder(path: &Path) -> Result<FolderLock, StoreError> {
    FolderLock::take(path, LOCK_FILE)
        .map_err(|e| folder_error(path, &e))?
        .ok_or_else(|| StoreError::InUse(path.to_path_buf()))
}

fn folder_error(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Folder { path: path.to_path_buf(), reason: error.to_string() }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
