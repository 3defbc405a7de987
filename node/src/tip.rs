//! The tip row: what the credit database, or a file, knows of the log's end.
//!
//! Its compare-and-swap is the fence between two operators: whoever finds another tip than it wrote
//! last has been replaced and stops for ever. A lock or a lease alone would not do, since a process
//! that was paused does not know that it lost them.

use crate::slots::SlotFile;
use ledger::merkle::{HASH_BYTES, Hash};
use std::fs::File;
use std::path::Path;

/// The end of a log as the tip row has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Leaves.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Hash,
    /// Rises by one each time an operator takes the log over.
    pub epoch: u64,
}

/// The tip row could not be read or written; nothing is known about what it holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the tip row cannot be used: {0}")]
pub struct TipError(pub String);

/// Where the tip is kept, apart from the ledger's own folder where possible.
pub trait TipRow: Send + Sync {
    /// The row, or nothing before the first block.
    ///
    /// # Errors
    /// When the row cannot be read.
    fn read(&self) -> Result<Option<Tip>, TipError>;

    /// Replaces the row if it is `expected` (`None`: if there is none), durably, in one step.
    /// `false` means that it was something else and stays so.
    ///
    /// # Errors
    /// When it is unknown whether the row was replaced; the caller reads it again.
    fn swap(&self, expected: Option<Tip>, new: Tip) -> Result<bool, TipError>;
}

/// A tip row in a file, for an operator without a credit database.
#[derive(Debug, Clone)]
pub struct FileTip {
    file: SlotFile,
}

impl FileTip {
    /// The row in this file; it comes into being with the first block.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { file: SlotFile::at(path.as_ref().to_path_buf()) }
    }

    fn read_file(&self) -> Result<Option<Tip>, TipError> {
        let text = self.file.read().map_err(|error| self.error(&error.to_string()))?;
        text.map(|text| parse(&text).ok_or_else(|| self.error("it does not read as a tip"))).transpose()
    }

    /// Excludes other processes between reading and replacing.
    fn lock(&self) -> Result<File, TipError> {
        let path = self.path().with_extension("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| self.error(&e.to_string()))?;
        file.lock().map_err(|e| self.error(&e.to_string()))?;
        Ok(file)
    }

    fn error(&self, reason: &str) -> TipError {
        TipError(format!("{}: {reason}", self.path().display()))
    }

    /// File of the row.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

impl TipRow for FileTip {
    fn read(&self) -> Result<Option<Tip>, TipError> {
        let _lock = self.lock()?;
        self.read_file()
    }

    fn swap(&self, expected: Option<Tip>, new: Tip) -> Result<bool, TipError> {
        let _lock = self.lock()?;
        if self.read_file()? != expected {
            return Ok(false);
        }
        let text = format!("{}\n{}\n{}\n", new.size, hex::encode(new.root), new.epoch);
        self.file.write(&text).map_err(|e| self.error(&e.to_string()))?;
        Ok(true)
    }
}

fn parse(text: &str) -> Option<Tip> {
    let mut lines = text.lines();
    let size = lines.next()?.parse().ok()?;
    let mut root = [0; HASH_BYTES];
    hex::decode_to_slice(lines.next()?, &mut root).ok()?;
    let epoch = lines.next()?.parse().ok()?;
    lines.next().is_none().then_some(Tip { size, root, epoch })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_the_expected_row_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let row = FileTip::new(folder.path().join("tip"));
        let first = Tip { size: 2, root: [1; 32], epoch: 1 };
        let second = Tip { size: 5, root: [2; 32], epoch: 1 };
        assert_eq!(row.read().unwrap(), None);
        assert!(!row.swap(Some(first), second).unwrap());
        assert!(row.swap(None, first).unwrap());
        assert!(!row.swap(None, second).unwrap());
        assert!(!row.swap(Some(Tip { epoch: 2, ..first }), second).unwrap());
        assert!(row.swap(Some(first), second).unwrap());
        assert_eq!(row.read().unwrap(), Some(second));
    }

    #[test]
    fn a_damaged_row_is_an_error_not_an_absent_row() {
        let folder = tempfile::tempdir().unwrap();
        let row = FileTip::new(folder.path().join("tip"));
        std::fs::write(row.path(), "3\nzz\n1\n").unwrap();
        assert!(row.read().is_err());
        assert!(row.swap(None, Tip { size: 1, root: [0; 32], epoch: 1 }).is_err());
    }
}
