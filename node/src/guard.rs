//! The sign guard: the largest tree this folder's key has signed, written before each signature.
//!
//! A log restored from an old copy would sign a second, different root for the same size. The guard
//! says so before it happens, if it was not restored with the copy; the tip row says so otherwise.

use ledger::merkle::{HASH_BYTES, Hash};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "xinji sign guard v1";
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
    path: PathBuf,
}

impl SignGuard {
    /// The guard of the ledger in `folder`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { path: folder.join(FILE_NAME) }
    }

    /// What is guarded, or nothing before the first signature.
    ///
    /// # Errors
    /// When the file is there but does not read as a guard with its digest.
    pub fn read(&self) -> Result<Option<Guarded>, GuardError> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => parse(&text).map(Some).ok_or_else(|| self.error("it is damaged")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.error(&error.to_string())),
        }
    }

    /// Writes the guard and returns once it is on the disk.
    ///
    /// # Errors
    /// When any step of that failed; nothing may be signed then.
    pub fn write(&self, guarded: Guarded) -> Result<(), GuardError> {
        write_durably(&self.path, format_guard(guarded).as_bytes()).map_err(|e| self.error(&e.to_string()))
    }

    fn error(&self, reason: &str) -> GuardError {
        GuardError { path: self.path.clone(), reason: reason.to_owned() }
    }
}

/// Replaces a file so that after a crash it is the old one or the new one: write, fsync, rename,
/// fsync the folder (without the last, the rename itself can be lost).
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

fn format_guard(guarded: Guarded) -> String {
    let text = format!("{FIRST_LINE}\n{}\n{}\n", guarded.size, hex::encode(guarded.root));
    let digest = hex::encode(Sha256::digest(&text));
    format!("{text}{digest}\n")
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
    fn a_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let guard = SignGuard::of(folder.path());
        assert_eq!(guard.read().unwrap(), None);
        let guarded = Guarded { size: 258, root: [9; 32] };
        guard.write(guarded).unwrap();
        assert_eq!(guard.read().unwrap(), Some(guarded));
        let path = folder.path().join(FILE_NAME);
        let good = std::fs::read(&path).unwrap();
        for place in 0..good.len() {
            let mut bad = good.clone();
            if let Some(byte) = bad.get_mut(place) {
                *byte ^= 1;
            }
            std::fs::write(&path, &bad).unwrap();
            assert!(guard.read().is_err(), "byte {place}");
        }
    }
}
