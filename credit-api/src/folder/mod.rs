//! Files of a folder that the operator writes, such as access policies: read whole, and read again while the service
//! runs. What cannot be used at the start stops the start; what breaks later leaves what was there.
//!
//! Called by `access::rules`, `docking::book`, `alerts::book` and `cases::days`.

mod watch;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use sha2::{Digest, Sha256};

pub use watch::{Nudge, Watch};

/// Most files of a folder.
pub const FILES_MAX: usize = 64;
/// Bytes of a digest that name a version.
const VERSION_BYTES: usize = 8;

/// What a folder holds.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// As a message names it.
    pub what: &'static str,
    /// How the names of its files end; others are not looked at.
    pub ending: &'static str,
    /// Longest file, bytes.
    pub bytes_max: u64,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub name: String,
    pub body: String,
}

/// Why a folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{what} {path}: {why}")]
    Io { what: &'static str, path: PathBuf, why: std::io::Error },
    #[error("{what} {path}: no file *.{ending} in it; leave the setting empty for those of the program")]
    Empty { what: &'static str, path: PathBuf, ending: &'static str },
    #[error("{what} {path}: more than {FILES_MAX} files *.{ending}")]
    TooMany { what: &'static str, path: PathBuf, ending: &'static str },
    #[error("{what} {path}: longer than {max} bytes")]
    TooLong { what: &'static str, path: PathBuf, max: u64 },
    #[error("{what} {path}: not UTF-8")]
    Encoding { what: &'static str, path: PathBuf },
}

impl Kind {
    /// The files of a folder, in the order of their names.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn read(&self, folder: &Path) -> Result<Vec<Text>, FolderError> {
        let Kind { what, ending, bytes_max: max } = *self;
        let io = |path: &Path| {
            let path = path.to_path_buf();
            move |why| FolderError::Io { what, path, why }
        };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(io(folder))? {
            let path = entry.map_err(io(folder))?.path();
            if path.extension().is_some_and(|found| found == ending) {
                paths.push(path);
            }
            if paths.len() > FILES_MAX {
                return Err(FolderError::TooMany { what, path: folder.to_path_buf(), ending });
            }
        }
        paths.sort();
        if paths.is_empty() {
            return Err(FolderError::Empty { what, path: folder.to_path_buf(), ending });
        }
        let mut texts = Vec::with_capacity(paths.len());
        for path in paths {
            let mut bytes = Vec::new();
            let file = fs::File::open(&path).map_err(io(&path))?;
            file.take(max + 1).read_to_end(&mut bytes).map_err(io(&path))?;
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max {
                return Err(FolderError::TooLong { what, path, max });
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let body = String::from_utf8(bytes).map_err(|_| FolderError::Encoding { what, path })?;
            texts.push(Text { name, body });
        }
        Ok(texts)
    }
}

/// Names these texts: others have another version.
#[must_use]
pub fn version(texts: &[Text]) -> String {
    let mut digest = Sha256::new();
    for part in texts.iter().flat_map(|text| [&text.name, &text.body]) {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part.as_bytes());
    }
    hex::encode(digest.finalize().get(..VERSION_BYTES).unwrap_or_default())
}

/// The line, from 1, of a place in a text.
#[must_use]
pub fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// What was made of the files of a folder, or of the program's own where none is set; those never change.
pub struct Kept<T> {
    kind: Kind,
    folder: Option<PathBuf>,
    in_force: RwLock<Arc<T>>,
    last: Mutex<Last>,
}

/// What became of the last look at the folder.
struct Last {
    /// Digest of the files looked at last, good or bad; nothing when they could not be read.
    seen: Option<String>,
    trouble: Option<String>,
}

impl<T> Kept<T> {
    /// What `make` makes of the folder's files, or of `embedded`.
    ///
    /// # Errors
    /// What it cannot be made of.
    pub fn open<E: From<FolderError>>(
        kind: Kind,
        folder: Option<&Path>,
        embedded: impl FnOnce() -> Vec<Text>,
        make: impl FnOnce(&[Text]) -> Result<T, E>,
    ) -> Result<Self, E> {
        let texts = match folder {
            Some(folder) => kind.read(folder)?,
            None => embedded(),
        };
        let in_force = RwLock::new(Arc::new(make(&texts)?));
        let last = Mutex::new(Last { seen: Some(version(&texts)), trouble: None });
        Ok(Self { kind, folder: folder.map(Path::to_path_buf), in_force, last })
    }

    /// What holds now.
    #[must_use]
    pub fn now(&self) -> Arc<T> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Why the files of the folder are not in force; nothing when they are.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.last().trouble.clone()
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the folder, and takes what `make` makes of its files when they changed and can be used. Whether they
    /// are others now.
    pub fn look<E>(&self, make: impl FnOnce(&[Text]) -> Result<T, E>) -> bool
    where
        E: From<FolderError> + std::fmt::Display,
    {
        let Some(folder) = &self.folder else { return false };
        let mut last = self.last();
        let texts = match self.kind.read(folder) {
            Ok(texts) => texts,
            Err(error) => {
                self.keep(&mut last, None, &E::from(error));
                return false;
            }
        };
        let version = version(&texts);
        if last.seen.as_deref() == Some(&version) {
            return false;
        }
        match make(&texts) {
            Ok(made) => {
                tracing::info!(what = self.kind.what, version, files = texts.len(), "files were replaced");
                *last = Last { seen: Some(version), trouble: None };
                *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(made);
                true
            }
            Err(error) => {
                self.keep(&mut last, Some(version), &error);
                false
            }
        }
    }

    /// Keeps what there is; the same trouble is told once.
    fn keep(&self, last: &mut Last, seen: Option<String>, error: &dyn std::fmt::Display) {
        // Told to anybody who asks /readyz: the file and what is wrong with it, not where the folder lies.
        let folder = self.folder.as_deref().map_or_else(String::new, |folder| folder.display().to_string());
        let trouble = error.to_string().replace(&folder, "(folder)");
        if last.trouble.as_ref() != Some(&trouble) {
            let what = self.kind.what;
            tracing::error!(%error, "the files of the {what} CANNOT be used; those before stay in force");
        }
        *last = Last { seen, trouble: Some(trouble) };
    }
}
