//! The keys in the data folder: 32 random bytes in hex, one file each, readable by their owner alone.
//!
//! `log.key` is the Ed25519 seed that signs checkpoints and seals; `label.key` keys the labels of subjects. A
//! lost log key ends the log's growth; a lost label key hides which chain is whose. Neither may be rolled back.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use ledger::label::LabelKey;

const SEED_BYTES: usize = 32;
const OWNER_ONLY: u32 = 0o600;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("key file {path}: {why}")]
    Io { path: PathBuf, why: io::Error },
    #[error("key file {0}: expected 64 hexadecimal digits")]
    Content(PathBuf),
    /// A new label key would give every enterprise a second chain.
    #[error("key file {0} is missing, but the ledger was begun with it; restore it from the backup")]
    Lost(PathBuf),
    #[error(transparent)]
    Label(#[from] ledger::label::LabelError),
    #[error("key file {path} may be read by others (mode {mode:o}); run: chmod 600 {path}")]
    Open { path: PathBuf, mode: u32 },
}

/// The operator's keys.
pub struct Keys {
    pub log: SigningKey,
    pub label: LabelKey,
}

impl Keys {
    /// Reads the keys; before the ledger has `begun` it makes those that do not exist.
    ///
    /// # Errors
    /// [`KeyError`] names the file.
    pub fn open(folder: &Path, begun: bool) -> Result<Self, KeyError> {
        fs::create_dir_all(folder).map_err(|why| KeyError::Io { path: folder.to_path_buf(), why })?;
        let lost =
            ["log.key", "label.key"].map(|name| folder.join(name)).into_iter().find(|path| !path.exists());
        if let Some(lost) = lost.filter(|_| begun) {
            return Err(KeyError::Lost(lost));
        }
        Ok(Self {
            log: SigningKey::from_bytes(&seed(&folder.join("log.key"))?),
            label: LabelKey::from_seed(&seed(&folder.join("label.key"))?)?,
        })
    }
}

fn seed(path: &Path) -> Result<[u8; SEED_BYTES], KeyError> {
    let io = |why| KeyError::Io { path: path.to_path_buf(), why };
    match fs::read_to_string(path) {
        Ok(text) => {
            let mode = fs::metadata(path).map_err(io)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(KeyError::Open { path: path.to_path_buf(), mode });
            }
            let mut seed = [0u8; SEED_BYTES];
            hex::decode_to_slice(text.trim(), &mut seed)
                .map_err(|_| KeyError::Content(path.to_path_buf()))?;
            Ok(seed)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path).map_err(io),
        Err(error) => Err(io(error)),
    }
}

/// Writes a fresh seed under a temporary name first: a half-written key must never be taken for one.
fn make(path: &Path) -> io::Result<[u8; SEED_BYTES]> {
    let mut seed = [0u8; SEED_BYTES];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    let temporary = path.with_extension("key.new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER_ONLY).open(&temporary)?;
    file.write_all(hex::encode(seed).as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(seed)
}
