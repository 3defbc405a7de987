//! Files as received, kept by the SHA-256 of their bytes: `evidence/ab/abcdef…`.
//!
//! A file is first copied under a temporary name, synced, then renamed, so that a name never stands for half a file.
//! What may be customs messages holds buyers' data and is sealed before it is on the disk (ADR 39).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use credit_core::dates::Moment;
use sha2::{Digest, Sha256};

use super::readers::{self, Format, Input};
use crate::ceb::keys::{self, BuyerKeys};
use crate::ceb::sealed;
use crate::ceb::signatures::Certificates;

/// Largest file taken, bytes.
pub const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;
const COPY_BUFFER_BYTES: usize = 256 * 1024;
/// Bytes at the beginning of a file that tell whether it is sealed.
const HEAD_BYTES: u64 = 4_096;

/// The evidence folder.
#[derive(Debug, Clone)]
pub struct Evidence {
    folder: PathBuf,
    sealing: Option<Sealing>,
    /// Sealed files by digest, and how often each is being received just now: no job knows of it yet.
    arriving: Arc<Mutex<BTreeMap<String, usize>>>,
    certificates: Certificates,
}

/// How files of customs messages are kept.
#[derive(Debug, Clone)]
pub struct Sealing {
    /// The folder of the key that seals.
    pub keys: PathBuf,
    /// Whether the sealed file stays once its messages are in.
    pub keep: bool,
}

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256, lower-case hex.
    pub digest: String,
    /// Of the file as received.
    pub bytes: u64,
    pub path: PathBuf,
    /// Customs messages; what lies at the path is not in the clear.
    pub sealed: bool,
}

impl Evidence {
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, sealing: None, certificates: Certificates::default(), arriving: Arc::default() }
    }

    /// With a key that seals customs messages; without one they are taken from nobody.
    #[must_use]
    pub fn sealing(self, sealing: Sealing) -> Self {
        Self { sealing: Some(sealing), ..self }
    }

    /// With the certificates against which signatures of customs messages are verified.
    #[must_use]
    pub fn verifying(self, certificates: Certificates) -> Self {
        Self { certificates, ..self }
    }

    /// The certificates of those who sign customs messages.
    #[must_use]
    pub fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// Keeps everything `input` gives.
    ///
    /// # Errors
    /// I/O errors, and `FileTooLarge` past [`FILE_BYTES_MAX`].
    pub fn keep(&self, mut input: impl Read) -> io::Result<Stored> {
        self.receive(|temporary| {
            let (digest, bytes) = copy_hashing(&mut input, temporary)?;
            let path = self.path_of(&digest);
            Ok(Stored { digest, bytes, path, sealed: false })
        })
    }

    /// Keeps a source file: in the clear, or sealed when it may be customs messages. A sealed file is arriving until
    /// [`Evidence::has_arrived`].
    ///
    /// # Errors
    /// As [`Evidence::keep`].
    pub fn keep_source(&self, mut input: impl Read) -> io::Result<Stored> {
        let mut head = Vec::new();
        input.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
        let archive = head.starts_with(b"PK");
        let whole = Cursor::new(head.clone()).chain(input);
        let (true, Some(sealing)) = (archive || readers::begins_as_markup(&head), &self.sealing) else {
            return self.keep(whole);
        };
        let stored = self.seal(sealing, whole)?;
        if archive && self.is_workbook(&stored)? {
            let kept = self.keep(self.open(&stored)?)?;
            self.remove(&stored)?;
            self.has_arrived(&stored);
            return Ok(kept);
        }
        Ok(stored)
    }

    fn seal(&self, sealing: &Sealing, input: impl Read) -> io::Result<Stored> {
        let key = keys::evidence_key(&sealing.keys).map_err(io::Error::other)?;
        self.receive(|temporary| {
            let told = sealed::seal(&key, input, &mut File::create(temporary)?, FILE_BYTES_MAX)?;
            let path = self.sealed_path_of(&told.digest);
            *self.arriving().entry(told.digest.clone()).or_insert(0) += 1;
            Ok(Stored { digest: told.digest, bytes: told.bytes, path, sealed: true })
        })
    }

    fn is_workbook(&self, stored: &Stored) -> io::Result<bool> {
        let input = Input::File(Arc::new(self.open(stored)?));
        Ok(matches!(readers::detect(&input), Ok(Format::Xlsx)))
    }

    /// The stored file as it was received.
    ///
    /// # Errors
    /// I/O errors, and `InvalidData` for a sealed file that was changed.
    pub fn open(&self, stored: &Stored) -> io::Result<File> {
        match &self.sealing {
            Some(sealing) if stored.sealed => {
                let key = keys::evidence_key(&sealing.keys).map_err(io::Error::other)?;
                sealed::open(&key, &stored.path, &self.folder)
            }
            _ => File::open(&stored.path),
        }
    }

    /// A file that [`Evidence::keep_source`] kept earlier.
    #[must_use]
    pub fn stored(&self, digest: &str, bytes: u64) -> Stored {
        let path = self.sealed_path_of(digest);
        let sealed = path.exists();
        let path = if sealed { path } else { self.path_of(digest) };
        Stored { digest: digest.to_owned(), bytes, path, sealed }
    }

    /// After the messages of a sealed file are in: it goes, unless the zone keeps sealed files.
    ///
    /// # Errors
    /// I/O errors.
    pub fn done_with(&self, stored: &Stored) -> io::Result<()> {
        match &self.sealing {
            Some(sealing) if stored.sealed && !sealing.keep => self.remove(stored),
            _ => Ok(()),
        }
    }

    fn arriving(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A sealed file is on a job's record, or nobody wants it.
    pub fn has_arrived(&self, stored: &Stored) {
        let mut arriving = self.arriving();
        if let Some(count) = arriving.get_mut(&stored.digest).filter(|_| stored.sealed) {
            *count -= 1;
            if *count == 0 {
                arriving.remove(&stored.digest);
            }
        }
    }

    /// Removes a sealed file, unless it is needed or arrives again just now.
    ///
    /// # Errors
    /// I/O errors, and those of `is_needed`.
    pub fn remove_unless<E: From<io::Error>>(
        &self,
        stored: &Stored,
        is_needed: impl FnOnce() -> Result<bool, E>,
    ) -> Result<(), E> {
        // Held until it is gone: whoever seals the same file waits, and finds its place free.
        let arriving = self.arriving();
        if !arriving.contains_key(&stored.digest) && !is_needed()? {
            self.remove(stored)?;
        }
        drop(arriving);
        Ok(())
    }

    /// The keys that make tokens of buyers' values.
    ///
    /// # Errors
    /// I/O errors of the key file.
    pub fn buyer_keys(&self, now: Moment) -> io::Result<BuyerKeys> {
        let sealing = self.sealing.as_ref().ok_or(io::ErrorKind::Unsupported)?;
        BuyerKeys::open(&sealing.keys, now).map_err(io::Error::other)
    }

    /// Whether sealed files stay.
    #[must_use]
    pub fn keeps_sealed(&self) -> bool {
        self.sealing.as_ref().is_some_and(|sealing| sealing.keep)
    }

    /// Removes a file that nobody may keep.
    ///
    /// # Errors
    /// I/O errors.
    pub fn remove(&self, stored: &Stored) -> io::Result<()> {
        match fs::remove_file(&stored.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Where the sealed file of a digest lies.
    fn sealed_path_of(&self, digest: &str) -> PathBuf {
        self.path_of(digest).with_extension("sealed")
    }

    /// Lets a file be written under a temporary name; it gets its own when it is whole.
    fn receive(&self, write: impl FnOnce(&Path) -> io::Result<Stored>) -> io::Result<Stored> {
        fs::create_dir_all(&self.folder)?;
        let mut name = [0u8; 16];
        getrandom::fill(&mut name).map_err(io::Error::other)?;
        let temporary = self.folder.join(format!(".receiving-{}", hex::encode(name)));
        let outcome = write(&temporary).and_then(|stored| {
            self.settle(&temporary, &stored.path)?;
            Ok(stored)
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
    digest_of_file(File::open(path)?)
}

/// SHA-256 of what is left to read of a file, lower-case hex.
///
/// # Errors
/// I/O errors.
pub fn digest_of_file(mut file: File) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; COPY_BUFFER_BYTES];
    loop {
        let count = file.read(&mut buffer)?;
        let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else { break };
        hasher.update(part);
    }
    Ok(hex::encode(hasher.finalize()))
}
