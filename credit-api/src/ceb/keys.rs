//! The zone's own keys for customs messages: those that make tokens of a buyer's values, and the one that seals files.
//!
//! Two files of the key folder, each its owner's alone (0600), made when first needed. A buyer key is rotated with an
//! overlap: while two are live each value has a token under both.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use credit_core::dates::Moment;
use serde::{Deserialize, Serialize};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// Buyer keys that are live at once: the one before a rotation and the one after it.
pub const LIVE_KEYS_MAX: usize = 2;
const FILE_BYTES_MAX: u64 = 64 * 1024;
const OWNER_ONLY: u32 = 0o600;
const BUYER_FILE: &str = "buyer.keys";
const EVIDENCE_FILE: &str = "evidence.key";

/// A key that makes tokens.
#[derive(Clone, Serialize, Deserialize)]
pub struct BuyerKey {
    /// Stands before each token.
    pub id: String,
    #[serde(with = "hex_bytes")]
    pub secret: [u8; KEY_BYTES],
    /// Milliseconds.
    pub since: i64,
}

/// The live buyer keys, the oldest first.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct BuyerKeys {
    #[serde(default, rename = "key")]
    pub keys: Vec<BuyerKey>,
}

/// Why keys cannot be used or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    #[error("{0} is no key file of this program: {1}")]
    Form(PathBuf, String),
    #[error("two buyer keys are live already; retire the older one first")]
    Overlap,
    #[error("{0} is no live buyer key, or the only one")]
    NotRetired(String),
}

mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(String::deserialize(deserializer)?, &mut bytes).map_err(D::Error::custom)?;
        Ok(bytes)
    }
}

impl BuyerKeys {
    /// The live keys of a folder; the first is made when there is none.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn open(folder: &Path, now: Moment) -> Result<Self, KeysError> {
        let path = folder.join(BUYER_FILE);
        match read(&path)? {
            Some(text) => {
                let keys: Self = toml::from_str(&text)
                    .map_err(|error| KeysError::Form(path.clone(), error.to_string()))?;
                if keys.keys.is_empty() || keys.keys.len() > LIVE_KEYS_MAX {
                    return Err(KeysError::Form(path, format!("1 to {LIVE_KEYS_MAX} keys are expected")));
                }
                Ok(keys)
            }
            None => {
                let keys = Self { keys: vec![fresh(&path, "b1", now)?] };
                keys.write(&path)?;
                // Whoever was faster made the keys that hold.
                Self::open(folder, now)
            }
        }
    }

    /// Adds a key beside the live one.
    ///
    /// # Errors
    /// [`KeysError::Overlap`] while two are live.
    pub fn rotate(folder: &Path, now: Moment) -> Result<Self, KeysError> {
        let mut keys = Self::open(folder, now)?;
        if keys.keys.len() >= LIVE_KEYS_MAX {
            return Err(KeysError::Overlap);
        }
        let path = folder.join(BUYER_FILE);
        let serial =
            keys.keys.last().and_then(|key| key.id.strip_prefix('b')?.parse::<u64>().ok()).unwrap_or(1);
        keys.keys.push(fresh(&path, &format!("b{}", serial.saturating_add(1)), now)?);
        keys.replace(&path)?;
        Ok(keys)
    }

    /// Destroys a key. Tokens under it compare no more with those of later documents.
    ///
    /// # Errors
    /// [`KeysError::NotRetired`] for an unknown one and for the only one.
    pub fn retire(folder: &Path, id: &str, now: Moment) -> Result<Self, KeysError> {
        let mut keys = Self::open(folder, now)?;
        let before = keys.keys.len();
        keys.keys.retain(|key| key.id != id);
        if keys.keys.is_empty() || keys.keys.len() == before {
            return Err(KeysError::NotRetired(id.to_owned()));
        }
        keys.replace(&folder.join(BUYER_FILE))?;
        Ok(keys)
    }

    fn text(&self, path: &Path) -> Result<String, KeysError> {
        toml::to_string(self).map_err(|error| KeysError::Form(path.to_owned(), error.to_string()))
    }

    /// As the first file of its name.
    fn write(&self, path: &Path) -> Result<(), KeysError> {
        write_first(path, &self.text(path)?)
    }

    fn replace(&self, path: &Path) -> Result<(), KeysError> {
        let fail = |error| KeysError::Io(path.to_owned(), error);
        let temporary = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(OWNER_ONLY);
        let mut file = options.open(&temporary).map_err(fail)?;
        file.write_all(self.text(path)?.as_bytes()).and_then(|()| file.sync_all()).map_err(fail)?;
        fs::rename(&temporary, path).map_err(fail)?;
        sync_folder(path).map_err(fail)
    }
}

/// The key that seals files; made when there is none.
///
/// # Errors
/// [`KeysError`].
pub fn evidence_key(folder: &Path) -> Result<[u8; KEY_BYTES], KeysError> {
    let path = folder.join(EVIDENCE_FILE);
    if let Some(text) = read(&path)? {
        let mut key = [0; KEY_BYTES];
        hex::decode_to_slice(text.trim(), &mut key)
            .map_err(|error| KeysError::Form(path.clone(), error.to_string()))?;
        return Ok(key);
    }
    write_first(&path, &format!("{}\n", hex::encode(random(&path)?)))?;
    evidence_key(folder)
}

fn fresh(path: &Path, id: &str, now: Moment) -> Result<BuyerKey, KeysError> {
    Ok(BuyerKey { id: id.to_owned(), secret: random(path)?, since: now.0 })
}

fn random(path: &Path) -> Result<[u8; KEY_BYTES], KeysError> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| KeysError::Io(path.to_owned(), io::Error::other(error)))?;
    Ok(bytes)
}

fn read(path: &Path) -> Result<Option<String>, KeysError> {
    let fail = |error| KeysError::Io(path.to_owned(), error);
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fail(error)),
        Ok(meta) if meta.len() > FILE_BYTES_MAX => {
            Err(KeysError::Form(path.to_owned(), format!("more than {FILE_BYTES_MAX} bytes")))
        }
        Ok(_) => fs::read_to_string(path).map(Some).map_err(fail),
    }
}

/// Writes a file that was not there, whole or not at all; one that somebody made meanwhile stays.
fn write_first(path: &Path, text: &str) -> Result<(), KeysError> {
    let fail = |error| KeysError::Io(path.to_owned(), error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    let temporary = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(OWNER_ONLY).open(&temporary).map_err(fail)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fail)?;
    let linked = fs::hard_link(&temporary, path);
    let _ = fs::remove_file(&temporary);
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(fail(error)),
        _ => sync_folder(path).map_err(fail),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const NOW: Moment = Moment(1_700_000_000_000);

    #[test]
    fn keys_are_made_once_and_are_their_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = BuyerKeys::open(folder.path(), NOW).unwrap();
        assert_eq!(first.keys.len(), 1);
        assert_eq!(BuyerKeys::open(folder.path(), NOW).unwrap().keys[0].secret, first.keys[0].secret);
        assert_eq!(evidence_key(folder.path()).unwrap(), evidence_key(folder.path()).unwrap());
        for name in [BUYER_FILE, EVIDENCE_FILE] {
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, OWNER_ONLY, "{name}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_rotation_overlaps_and_the_last_key_stays() {
        let folder = tempfile::tempdir().unwrap();
        BuyerKeys::open(folder.path(), NOW).unwrap();
        let both = BuyerKeys::rotate(folder.path(), NOW).unwrap();
        assert_eq!(both.keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["b1", "b2"]);
        assert_ne!(both.keys[0].secret, both.keys[1].secret);
        assert!(matches!(BuyerKeys::rotate(folder.path(), NOW), Err(KeysError::Overlap)));
        let one = BuyerKeys::retire(folder.path(), "b1", NOW).unwrap();
        assert_eq!(one.keys[0].secret, both.keys[1].secret);
        assert!(matches!(BuyerKeys::retire(folder.path(), "b1", NOW), Err(KeysError::NotRetired(_))));
        assert!(matches!(BuyerKeys::retire(folder.path(), "b2", NOW), Err(KeysError::NotRetired(_))));
        assert_eq!(BuyerKeys::rotate(folder.path(), NOW).unwrap().keys[1].id, "b3");
    }

    #[test]
    fn a_file_that_is_none_of_ours_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(BUYER_FILE), "key = 1\n").unwrap();
        assert!(matches!(BuyerKeys::open(folder.path(), NOW), Err(KeysError::Form(..))));
        fs::write(folder.path().join(EVIDENCE_FILE), "abc\n").unwrap();
        assert!(matches!(evidence_key(folder.path()), Err(KeysError::Form(..))));
    }
}
