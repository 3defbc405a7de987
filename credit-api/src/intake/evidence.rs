//! Files as received, kept by the SHA-256 of their bytes: `evidence/ab/abcdef…`.
//!
//! A file is first copied under a temporary name, synced, then renamed, so that a name never stands for half a file.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Largest file taken, bytes.
pub const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;
const COPY_BUFFER_BYTES: usize = 256 * 1024;

/// The evidence folder.
#[derive(Debug, Clone)]
pub struct Evidence {
    folder: PathBuf,
}

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256, lower-case hex.
    pub digest: String,
    pub bytes: u64,
    pub path: PathBuf,
}

impl Evidence {
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Keeps everything `input` gives.
    ///
    /// # Errors
    /// I/O errors, and `FileTooLarge` past [`FILE_BYTES_MAX`].
    pub fn keep(&self, mut input: impl Read) -> io::Result<Stored> {
        fs::create_dir_all(&self.folder)?;
        let mut name = [0u8; 16];
        getrandom::fill(&mut name).map_err(io::Error::other)?;
        let temporary = self.folder.join(format!(".receiving-{}", hex::encode(name)));
        let outcome = copy_hashing(&mut input, &temporary).and_then(|(digest, bytes)| {
            let path = self.path_of(&digest);
            self.settle(&temporary, &path)?;
            Ok(Stored { digest, bytes, path })
        });
        if outcome.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        outcome
    }

    /// Where the file of a digest lies.
    #[must_use]
    pub fn path_of(&self, digest: &str) -> PathBuf {
        self.folder.join(digest.get(..2).unwrap_or("__")).join(digest)
    }

    fn settle(&self, temporary: &Path, path: &Path) -> io::Result<()> {
        if path.exists() {
            return fs::remove_file(temporary);
        }
        let parent = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent)?;
        fs::rename(temporary, path)?;
        File::open(parent)?.sync_all()
    }
}

fn copy_hashing(input: &mut impl Read, path: &Path) -> io::Result<(String, u64)> {
    let mut output = File::create(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; COPY_BUFFER_BYTES];
    let mut total: u64 = 0;
    loop {
        let count = input.read(&mut buffer)?;
        let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else { break };
        total = total.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if total > FILE_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("over {FILE_BYTES_MAX} bytes")));
        }
        hasher.update(part);
        output.write_all(part)?;
    }
    output.sync_all()?;
    Ok((hex::encode(hasher.finalize()), total))
}

/// SHA-256 of a file, lower-case hex.
///
/// # Errors
/// I/O errors.
pub fn digest_of(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0u8; COPY_BUFFER_BYTES];
    loop {
        let count = file.read(&mut buffer)?;
        let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else { break };
        hasher.update(part);
    }
    Ok(hex::encode(hasher.finalize()))
}
