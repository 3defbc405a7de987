//! The sign guard: the largest tree this folder's key has signed, written before each signature.
//!
//! A log restored from an old copy would sign a second, different root for the same size. The guard
//! says so before it happens, if it was not restored with the copy; the tip row says so otherwise.

use crate::slots::SlotFile;
use ledger::merkle::{HASH_BYTES, Hash};
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "xinji sign guard v2";
const FILE_NAME: &str = "sign-guard";

/// What was, or was about to be, signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guarded {
    pub size: u64,
    pub root: Hash,
}

/// The guard cannot be relied on, so nothing may be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the sign guard {path} cannot be used: {reason}")]
pub struct GuardError {
    pub path: PathBuf,
    pub reason: String,
}

/// The guard file of one ledger folder.
#[derive(Debug, Clone)]
pub struct SignGuard {
    file: SlotFile,
}

impl SignGuard {
    /// The guard of the ledger in `folder`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { file: SlotFile::at(folder.join(FILE_NAME)) }
    }

    /// What is guarded, or nothing before the first signature.
    ///
    /// # Errors
    /// When the file is there but holds no guard.
    pub fn read(&self) -> Result<Option<Guarded>, GuardError> {
        self.guarded(self.file.read())
    }

    /// As [`SignGuard::read`], for the operator: what is read is on the disk when this returns.
    ///
    /// # Errors
    /// As [`SignGuard::read`], and when it cannot be put there.
    pub fn read_kept(&self) -> Result<Option<Guarded>, GuardError> {
        self.guarded(self.file.read_kept())
    }

    fn guarded(&self, text: std::io::Result<Option<String>>) -> Result<Option<Guarded>, GuardError> {
        let text = text.map_err(|error| self.error(&error.to_string()))?;
        text.map(|text| parse(&text).ok_or_else(|| self.error("it is no sign guard of this version")))
            .transpose()
    }

    /// Writes the guard and returns once it is on the disk.
    ///
    /// # Errors
    /// When any step of that failed; nothing may be signed then.
    pub fn write(&self, guarded: Guarded) -> Result<(), GuardError> {
        self.file.write(&format_guard(guarded)).map_err(|error| self.error(&error.to_string()))
    }

    fn error(&self, reason: &str) -> GuardError {
        GuardError { path: self.file.path().to_path_buf(), reason: reason.to_owned() }
    }
}

fn format_guard(guarded: Guarded) -> String {
    format!("{FIRST_LINE}\n{}\n{}\n", guarded.size, hex::encode(guarded.root))
}

fn parse(text: &str) -> Option<Guarded> {
    let mut lines = text.lines();
    if lines.next()? != FIRST_LINE {
        return None;
    }
    let size = lines.next()?.parse().ok()?;
    let mut root = [0; HASH_BYTES];
    hex::decode_to_slice(lines.next()?, &mut root).ok()?;
    let guarded = Guarded { size, root };
    (format_guard(guarded) == text).then_some(guarded)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let guard = SignGuard::of(folder.path());
        assert_eq!(guard.read().unwrap(), None);
        for size in [2, 258, 515] {
            let guarded = Guarded { size, root: [9; 32] };
            guard.write(guarded).unwrap();
            assert_eq!(SignGuard::of(folder.path()).read().unwrap(), Some(guarded));
        }
        let other = SlotFile::at(folder.path().join(FILE_NAME));
        other.write("another record\n").unwrap();
        assert!(guard.read().is_err());
        std::fs::write(folder.path().join(FILE_NAME), "damaged").unwrap();
        assert!(guard.read().is_err());
        assert!(guard.write(Guarded { size: 600, root: [9; 32] }).is_err());
    }
}
