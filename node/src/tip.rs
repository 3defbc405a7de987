//! The tip row: what the credit database, or a file, knows of the log's end.
//!
//! Its compare-and-swap is the fence between two operators: whoever finds another tip than it wrote
//! last has been replaced and stops for ever. A lock or a lease alone would not do, since a process
//! that was paused does not know that it lost them.

use crate::slots::SlotFile;
use ledger::merkle::{HASH_BYTES, Hash};
use ledger::store::Block;
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

/// What a sealed block was made of: enough to make it again where the entries' drafts are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBlock {
    pub number: u32,
    /// Index in the log of its first leaf.
    pub first_index: u64,
    /// SCALE header, as inside the seal.
    pub header: Vec<u8>,
    /// Its leaves in order, the seal left out.
    pub entries: Vec<EntryRef>,
}

/// One leaf of a [`SealedBlock`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryRef {
    /// An entry that was submitted with this cause, and can be submitted again from its outbox row.
    Cause(Hash),
    /// An entry without an outbox row (genesis, key events, digests of other files): its bytes, and its
    /// idempotency key where it has one.
    Raw { cause: Option<Hash>, bytes: Vec<u8> },
}

impl EntryRef {
    /// The reference of a leaf with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8], cause: Option<Hash>) -> Self {
        match cause {
            Some(cause) if has_outbox_row(bytes) => Self::Cause(cause),
            cause => Self::Raw { cause, bytes: bytes.to_vec() },
        }
    }
}

/// Whether entries of this kind come from an outbox. The indices are those of `ledger::entry` and never change;
/// reading them alone spares the writing thread a whole decoding.
fn has_outbox_row(bytes: &[u8]) -> bool {
    match bytes {
        // Genesis, key events.
        [0 | 4, ..] => false,
        // Digests: those of received files.
        [7, kind, ..] => *kind == 1,
        _ => true,
    }
}

impl SealedBlock {
    /// The record of a block that is being written.
    #[must_use]
    pub fn of(block: &Block, first_index: u64) -> Self {
        let entries = block.leaves.split_last().map_or(&[][..], |(_, entries)| entries);
        let cause = |cause: Option<(Hash, Hash)>| cause.map(|(cause, _)| cause);
        Self {
            number: block.number,
            first_index,
            header: block.header.clone(),
            entries: entries.iter().map(|leaf| EntryRef::of(&leaf.bytes, cause(leaf.cause))).collect(),
        }
    }
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

    /// Replaces the row if it is `expected` (`None`: if there is none), durably, in one step, and keeps with it the
    /// record of the blocks between the two, where this row has a place for it: both or neither.
    /// `false` means that it was something else and stays so, and that nothing was recorded.
    ///
    /// # Errors
    /// When it is unknown whether the row was replaced; the caller reads it again.
    fn swap(&self, expected: Option<Tip>, new: Tip, blocks: &[SealedBlock]) -> Result<bool, TipError>;
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
        let text = self.file.read_kept().map_err(|error| self.error(&error.to_string()))?;
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

    /// The file has no place for blocks: without a credit database there is no outbox to make them from.
    fn swap(&self, expected: Option<Tip>, new: Tip, _blocks: &[SealedBlock]) -> Result<bool, TipError> {
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
    use ledger::bounded::Text;
    use ledger::entry::{DigestKind, Entry, Env};
    use parity_scale_codec::Encode;

    #[test]
    fn only_the_expected_row_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let row = FileTip::new(folder.path().join("tip"));
        let first = Tip { size: 2, root: [1; 32], epoch: 1 };
        let second = Tip { size: 5, root: [2; 32], epoch: 1 };
        assert_eq!(row.read().unwrap(), None);
        assert!(!row.swap(Some(first), second, &[]).unwrap());
        assert!(row.swap(None, first, &[]).unwrap());
        assert!(!row.swap(None, second, &[]).unwrap());
        assert!(!row.swap(Some(Tip { epoch: 2, ..first }), second, &[]).unwrap());
        assert!(row.swap(Some(first), second, &[]).unwrap());
        assert_eq!(row.read().unwrap(), Some(second));
    }

    #[test]
    fn only_entries_with_an_outbox_row_are_kept_by_cause() {
        let digest = |kind| Entry::Digest { kind, day: 1, digest: [1; 32] }.encode();
        let env = Env {
            subject: [1; 32],
            seq: 0,
            previous: [0; 32],
            at_ms: 0,
            cause: [9; 32],
            commitment: [2; 32],
            author: 0,
            signature: None,
        };
        let by_cause = [
            Entry::Rating { env: env.clone(), scorecard_digest: [3; 32] }.encode(),
            Entry::Erasure(env).encode(),
            Entry::Scorecard { id: Text::new("card").unwrap(), digest: [1; 32], effective_day: 1 }.encode(),
            digest(DigestKind::IntakeBatches),
        ];
        for bytes in by_cause {
            assert_eq!(EntryRef::of(&bytes, Some([9; 32])), EntryRef::Cause([9; 32]));
        }
        let bytes = digest(DigestKind::InspectionDrawSeed);
        let raw = EntryRef::Raw { cause: Some([9; 32]), bytes: bytes.clone() };
        assert_eq!(EntryRef::of(&bytes, Some([9; 32])), raw);
        assert_eq!(EntryRef::of(&[0, 1], None), EntryRef::Raw { cause: None, bytes: vec![0, 1] });
        assert_eq!(
            EntryRef::of(&[4, 1], Some([8; 32])),
            EntryRef::Raw { cause: Some([8; 32]), bytes: vec![4, 1] }
        );
    }

    #[test]
    fn a_damaged_row_is_an_error_not_an_absent_row() {
        let folder = tempfile::tempdir().unwrap();
        let row = FileTip::new(folder.path().join("tip"));
        std::fs::write(row.path(), "3\nzz\n1\n").unwrap();
        assert!(row.read().is_err());
        assert!(row.swap(None, Tip { size: 1, root: [0; 32], epoch: 1 }, &[]).is_err());
    }
}
