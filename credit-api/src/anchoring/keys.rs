//! The keys in the data folder, one file each, readable by their owner alone; see [`node::keys::file`] for their
//! forms.
//!
//! - `log.key` signs checkpoints and seals. A lost log key ends the log's growth.
//! - `log-….key` are further keys of the log: the next one before a rotation, the old one until it is revoked.
//! - `label.key` makes the labels of subjects. Lost, it hides which chain is whose.
//! - `root.pub` is the public key of the offline root, which signs every change of the log's keys; the setting
//!   `offline_root` takes its place.
//!
//! None of them may be rolled back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use ledger::label::LabelKey;
use node::keys::file::{self, KeyFileError, Passphrase};

const LOG: &str = "log.key";
const LABEL: &str = "label.key";
const ROOT: &str = "root.key";
const ROOT_PUBLIC: &str = "root.pub";

/// Most further keys of the log read.
const MORE_KEYS_MAX: usize = 8;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("key file {path}: {why}")]
    Io { path: PathBuf, why: io::Error },
    /// A new label key would give every enterprise a second chain.
    #[error("key file {0} is missing, but the ledger was begun with it; restore it from the backup")]
    Lost(PathBuf),
    #[error(transparent)]
    Label(#[from] ledger::label::LabelError),
    #[error(transparent)]
    File(#[from] KeyFileError),
    #[error("{path} holds another offline root ({found}) than the settings name")]
    OtherRoot { path: PathBuf, found: String },
    #[error("{folder}: more than {MORE_KEYS_MAX} files log-….key; take those of revoked keys away")]
    TooMany { folder: PathBuf },
}

/// The operator's keys.
pub struct Keys {
    pub log: SigningKey,
    pub more: Vec<SigningKey>,
    pub label: LabelKey,
    /// Public key of the offline root; taken when the ledger begins.
    pub root: Option<[u8; 32]>,
}

impl Keys {
    /// Reads the keys; before the ledger has `begun` it makes those that do not exist. What it makes is encrypted
    /// when a passphrase is set. `given` is the offline root of the settings.
    ///
    /// # Errors
    /// [`KeyError`] names the file.
    pub fn open(folder: &Path, begun: bool, given: Option<[u8; 32]>) -> Result<Self, KeyError> {
        fs::create_dir_all(folder).map_err(|why| KeyError::Io { path: folder.to_path_buf(), why })?;
        let lost = [LOG, LABEL].map(|name| folder.join(name)).into_iter().find(|path| !path.exists());
        if let Some(lost) = lost.filter(|_| begun) {
            return Err(KeyError::Lost(lost));
        }
        let passphrase = Passphrase::find(None)?;
        let passphrase = passphrase.as_ref();
        if !begun && given.is_none() {
            make_root(folder, passphrase)?;
        }
        let log = SigningKey::from_bytes(&*seed(&folder.join(LOG), passphrase)?);
        let label = LabelKey::from_seed(&*seed(&folder.join(LABEL), passphrase)?)?;
        Ok(Self { log, more: more(folder, passphrase)?, label, root: root(folder, given)? })
    }
}

fn seed(path: &Path, passphrase: Option<&Passphrase>) -> Result<file::Seed, KeyError> {
    if path.exists() {
        return Ok(file::read_seed(path, passphrase)?);
    }
    let seed = file::random_seed()?;
    match file::write_new(path, &seed, passphrase) {
        // Another process was first.
        Err(KeyFileError::Io { why, .. }) if why.kind() == io::ErrorKind::AlreadyExists => {
            Ok(file::read_seed(path, passphrase)?)
        }
        written => Ok(written.map(|()| seed)?),
    }
}

/// Makes an offline root where nobody has given one, since without a root no key of the log can ever be changed.
fn make_root(folder: &Path, passphrase: Option<&Passphrase>) -> Result<(), KeyError> {
    let (secret, public) = (folder.join(ROOT), folder.join(ROOT_PUBLIC));
    if public.exists() {
        return Ok(());
    }
    let key = SigningKey::from_bytes(&*seed(&secret, passphrase)?);
    let text = hex::encode(key.verifying_key().as_bytes()) + "\n";
    match file::write_private(&public, &text) {
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        written => written.map_err(|why| KeyError::Io { path: public.clone(), why })?,
    }
    tracing::warn!(
        key = %secret.display(),
        "the log's offline root was made; move its file to a place without a network, keep a second copy there, and \
         delete it here: it signs every change of the log's keys"
    );
    Ok(())
}

fn root(folder: &Path, given: Option<[u8; 32]>) -> Result<Option<[u8; 32]>, KeyError> {
    let path = folder.join(ROOT_PUBLIC);
    if !path.exists() {
        return Ok(given);
    }
    let found = file::read_public_key(&path.to_string_lossy())?.to_bytes();
    match given {
        Some(given) if given != found => Err(KeyError::OtherRoot { path, found: hex::encode(found) }),
        _ => Ok(Some(found)),
    }
}

/// The further keys of the log, in the order of their names.
fn more(folder: &Path, passphrase: Option<&Passphrase>) -> Result<Vec<SigningKey>, KeyError> {
    let io = |why| KeyError::Io { path: folder.to_path_buf(), why };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("log-") && name.ends_with(".key") {
            paths.push(path);
        }
    }
    if paths.len() > MORE_KEYS_MAX {
        return Err(KeyError::TooMany { folder: folder.to_path_buf() });
    }
    paths.sort();
    paths.iter().map(|path| Ok(file::read_signing_key(path, passphrase)?)).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_begins_with_keys_and_an_offline_root() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let keys = Keys::open(path, false, None).unwrap();
        let root = file::read_signing_key(&path.join(ROOT), None).unwrap();
        assert_eq!(keys.root, Some(root.verifying_key().to_bytes()));
        // Taken offline, it is not made again.
        fs::remove_file(path.join(ROOT)).unwrap();
        let again = Keys::open(path, true, None).unwrap();
        assert_eq!((again.root, again.log.to_bytes()), (keys.root, keys.log.to_bytes()));
        assert_eq!(again.label.public(), keys.label.public());
        assert!(Keys::open(path, false, None).is_ok() && !path.join(ROOT).exists());
        fs::remove_file(path.join(LABEL)).unwrap();
        assert!(matches!(Keys::open(path, true, None), Err(KeyError::Lost(lost)) if lost.ends_with(LABEL)));
    }

    #[test]
    fn further_log_keys_and_a_given_root_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let given = SigningKey::from_bytes(&[5; 32]).verifying_key().to_bytes();
        fs::write(path.join(ROOT_PUBLIC), hex::encode(given)).unwrap();
        file::write_new(&path.join("log-2027.key"), &[6; 32], None).unwrap();
        file::write_new(&path.join("log-2028.key"), &[7; 32], None).unwrap();
        let keys = Keys::open(path, false, None).unwrap();
        assert_eq!(keys.root, Some(given));
        assert!(!path.join(ROOT).exists());
        let more: Vec<[u8; 32]> = keys.more.iter().map(SigningKey::to_bytes).collect();
        assert_eq!(more, [[6; 32], [7; 32]]);
        fs::write(path.join(ROOT_PUBLIC), "00").unwrap();
        let refused = Keys::open(path, true, None);
        assert!(matches!(refused, Err(KeyError::File(KeyFileError::Public(_)))));
    }

    #[test]
    fn the_root_of_the_settings_takes_the_place_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let key = |seed: u8| SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes();
        let keys = Keys::open(path, false, Some(key(5))).unwrap();
        assert_eq!(keys.root, Some(key(5)));
        assert!(!path.join(ROOT).exists() && !path.join(ROOT_PUBLIC).exists());
        fs::write(path.join(ROOT_PUBLIC), hex::encode(key(5))).unwrap();
        assert_eq!(Keys::open(path, true, Some(key(5))).unwrap().root, Some(key(5)));
        let refused = Keys::open(path, true, Some(key(6)));
        assert!(matches!(refused, Err(KeyError::OtherRoot { found, .. }) if found == hex::encode(key(5))));
    }
}
