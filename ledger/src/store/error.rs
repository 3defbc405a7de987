//! What can go wrong with the store, in words an operator can act on.

use crate::tile::TileError;
use std::path::PathBuf;

/// A failure of the ledger store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("cannot use the folder {path}: {reason}")]
    Folder { path: PathBuf, reason: String },
    #[error("the folder {0} is in use by another process; only one may write a ledger")]
    InUse(PathBuf),
    #[error("the ledger in {path} belongs to `{found}`, not to `{expected}`")]
    OtherOrigin { path: PathBuf, expected: String, found: String },
    #[error("the ledger was written in store format {found}, this program reads format {expected}")]
    Format { expected: String, found: String },
    #[error("RocksDB: {0}")]
    Database(String),
    #[error("the store refuses to write since a write failed ({0}); restart the process, then run an audit")]
    Poisoned(String),
    #[error(
        "only {free_bytes} bytes are free on the ledger's disk, {needed_bytes} are kept in reserve; make room"
    )]
    DiskFull { free_bytes: u64, needed_bytes: u64 },
    #[error("{what} is missing from the store; run an audit")]
    Missing { what: String },
    #[error("{what} is damaged in the store; run an audit")]
    Damaged { what: String },
    #[error("the ledger has {have} leaves, {asked} were asked for")]
    OutOfRange { asked: u64, have: u64 },
    #[error("block {found} does not follow: the next block is {expected}")]
    BlockOrder { expected: u32, found: u32 },
    #[error("a block needs between 1 and {max} entries, not {found}")]
    BlockSize { max: usize, found: usize },
    #[error("this store was opened for reading only")]
    ReadOnly,
    #[error("another thread of this process failed while it held the store")]
    Lock,
    #[error(transparent)]
    Tile(#[from] TileError),
    #[error(transparent)]
    Merkle(#[from] crate::merkle::MerkleError),
}

impl From<rocksdb::Error> for StoreError {
    fn from(error: rocksdb::Error) -> Self {
        Self::Database(error.into_string())
    }
}

impl StoreError {
    pub(crate) fn missing(what: impl Into<String>) -> Self {
        Self::Missing { what: what.into() }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}
