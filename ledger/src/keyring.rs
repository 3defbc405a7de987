//! The keys of a log, as its entries say: who seals and signs, who may speak as an author.
//!
//! The offline root, fixed by the genesis, signs every key event; the old key signs its rotation too. A new log key
//! seals from the block after the one that holds the event. The old one goes on signing checkpoints beside it until
//! it is revoked, so that verifiers have time to learn the new one. A revoked key never comes back.

use ed25519_dalek::VerifyingKey;
use parity_scale_codec::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use crate::authorship::{AuthorshipError, verify_key_event};
use crate::entry::{Genesis, KeyAction, KeyEvent, PublicKeyBytes};
use crate::merkle::Hash;
use crate::note::{KeyKind, Vkey};
use crate::state::KeyState;

/// Most keys that one log ever has.
pub const MAX_KEYS: usize = 1024;

/// What stands between the origin and the number in an author's key name.
const AUTHOR: &str = "/author/";

/// Why a key event is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyEventError {
    #[error("the genesis holds a log key that is none")]
    LogKey,
    #[error("the genesis names no offline root, so no key event can be signed")]
    NoRoot,
    #[error("the genesis holds an offline root key that is none")]
    RootKey,
    #[error("a key of a log is of type 0x01 (Ed25519), not {0:#04x}")]
    Kind(u8),
    #[error("the key is malformed or weak")]
    Key,
    #[error("the name {0} is neither that of the log nor `<log>/author/<number from 1>`")]
    Name(String),
    #[error("the key was in the log before; make a new one")]
    Reused,
    #[error("there is a key of the name {0} already; rotate it")]
    NameTaken(String),
    #[error("the key it replaces or revokes is not in force")]
    NotInForce,
    #[error("the log key in force cannot be revoked; rotate it first")]
    LogKeyInForce,
    #[error("the new key has another name than the one it replaces")]
    OtherName,
    #[error("{0}")]
    Signature(#[from] AuthorshipError),
    #[error("a log has at most {MAX_KEYS} keys")]
    TooMany,
}

/// What an accepted event changed: the ids of the keys, as in the state map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOutcome {
    pub changed: Vec<Hash>,
}

/// The keys of one log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct KeyRing {
    origin: String,
    root: PublicKeyBytes,
    /// In the order in which they came.
    keys: Vec<Held>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Held {
    name: String,
    key: PublicKeyBytes,
    state: KeyState,
    /// Another took its place, but it is not revoked yet.
    is_replaced: bool,
}

/// Id of a key in the state map: SHA-256 of its public bytes.
#[must_use]
pub fn key_id(key: &[u8]) -> Hash {
    Sha256::digest(key).into()
}

impl KeyRing {
    /// The keys that the genesis names.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn begin(genesis: &Genesis) -> Result<Self, KeyEventError> {
        strong(&genesis.log_key).ok_or(KeyEventError::LogKey)?;
        if genesis.offline_root_key != [0; 32] {
            strong(&genesis.offline_root_key).ok_or(KeyEventError::RootKey)?;
        }
        let origin = genesis.origin.as_str().to_owned();
        let log = Held {
            name: origin.clone(),
            key: genesis.log_key,
            state: KeyState { kind: KeyKind::Ed25519.byte(), from_ms: 0, revoked_ms: None },
            is_replaced: false,
        };
        Ok(Self { origin, root: genesis.offline_root_key, keys: vec![log] })
    }

    /// Takes an event over, if its signatures and its place are right; `at_ms` is the time of its seal.
    ///
    /// # Errors
    /// [`KeyEventError`]; the ring is then as it was.
    pub fn apply(&mut self, event: &KeyEvent, at_ms: u64) -> Result<KeyOutcome, KeyEventError> {
        let change = &event.change;
        if self.root == [0; 32] {
            return Err(KeyEventError::NoRoot);
        }
        let root = strong(&self.root).ok_or(KeyEventError::RootKey)?;
        if change.kind != KeyKind::Ed25519.byte() {
            return Err(KeyEventError::Kind(change.kind));
        }
        let key: PublicKeyBytes = change.key.as_slice().try_into().map_err(|_| KeyEventError::Key)?;
        let new = strong(&key).ok_or(KeyEventError::Key)?;
        let name = change.name.as_str();
        if name != self.origin && self.author_number(name).is_none() {
            return Err(KeyEventError::Name(name.to_owned()));
        }
        let old_place = match change.action {
            KeyAction::Add => None,
            KeyAction::Rotate => Some(self.place_of(&change.replaces.ok_or(KeyEventError::NotInForce)?)?),
            KeyAction::Revoke => Some(self.place_of(&key_id(&key))?),
        };
        let old = old_place.and_then(|at| self.keys.get(at));
        let old_key = match (change.action, old) {
            (KeyAction::Revoke, _) => Some(new),
            (_, old) => old.and_then(|old| strong(&old.key)),
        };
        verify_key_event(event, &root, old_key.as_ref())?;
        match change.action {
            KeyAction::Revoke => self.revoke(old_place, name, at_ms),
            KeyAction::Add | KeyAction::Rotate => {
                if self.keys.iter().any(|held| held.key == key) || self.root == key {
                    return Err(KeyEventError::Reused);
                }
                if self.keys.len() >= MAX_KEYS {
                    return Err(KeyEventError::TooMany);
                }
                match old {
                    Some(old) if old.name != name => return Err(KeyEventError::OtherName),
                    Some(old) if old.is_replaced => return Err(KeyEventError::NotInForce),
                    None if self.in_force(name).is_some() => {
                        return Err(KeyEventError::NameTaken(name.to_owned()));
                    }
                    _ => {}
                }
                if let Some(old) = old_place.and_then(|at| self.keys.get_mut(at)) {
                    old.is_replaced = true;
                }
                let state = KeyState { kind: change.kind, from_ms: at_ms, revoked_ms: None };
                self.keys.push(Held { name: name.to_owned(), key, state, is_replaced: false });
                Ok(KeyOutcome { changed: vec![key_id(&key)] })
            }
        }
    }

    fn revoke(&mut self, place: Option<usize>, name: &str, at_ms: u64) -> Result<KeyOutcome, KeyEventError> {
        let is_log = name == self.origin;
        let held = place.and_then(|at| self.keys.get_mut(at)).ok_or(KeyEventError::NotInForce)?;
        if held.name != name {
            return Err(KeyEventError::OtherName);
        }
        // Without a key in force nobody could seal the next block.
        if is_log && !held.is_replaced {
            return Err(KeyEventError::LogKeyInForce);
        }
        held.state.revoked_ms = Some(at_ms);
        Ok(KeyOutcome { changed: vec![key_id(&held.key)] })
    }

    fn place_of(&self, id: &Hash) -> Result<usize, KeyEventError> {
        let is_it = |held: &Held| key_id(&held.key) == *id && held.state.revoked_ms.is_none();
        self.keys.iter().position(is_it).ok_or(KeyEventError::NotInForce)
    }

    fn in_force(&self, name: &str) -> Option<&Held> {
        let is_it = |held: &&Held| held.name == name && !held.is_replaced && held.state.revoked_ms.is_none();
        self.keys.iter().rev().find(is_it)
    }

    fn author_number(&self, name: &str) -> Option<u32> {
        let number = name.strip_prefix(self.origin.as_str())?.strip_prefix(AUTHOR)?;
        let number = crate::encoding::decimal(number)?;
        u32::try_from(number).ok().filter(|number| *number > 0)
    }

    /// The key that seals the next block.
    ///
    /// # Errors
    /// Never for a ring that [`KeyRing::begin`] made.
    pub fn log_key(&self) -> Result<VerifyingKey, KeyEventError> {
        self.in_force(&self.origin).and_then(|held| strong(&held.key)).ok_or(KeyEventError::LogKey)
    }

    /// The keys that sign checkpoints now: the one in force, then those it replaced that are not revoked, the
    /// youngest first.
    #[must_use]
    pub fn checkpoint_keys(&self) -> Vec<Vkey> {
        self.log_vkeys(|held| held.state.revoked_ms.is_none())
    }

    /// Every key that ever signed checkpoints of this log, the youngest first.
    #[must_use]
    pub fn all_log_keys(&self) -> Vec<Vkey> {
        self.log_vkeys(|_| true)
    }

    fn log_vkeys(&self, wanted: impl Fn(&Held) -> bool) -> Vec<Vkey> {
        let of_log = self.keys.iter().rev().filter(|held| held.name == self.origin && wanted(held));
        of_log.filter_map(|held| Vkey::new(&self.origin, KeyKind::Ed25519, strong(&held.key)?).ok()).collect()
    }

    /// The key of the author with this number; 0, the operator, has none of its own.
    #[must_use]
    pub fn author(&self, number: u32) -> Option<VerifyingKey> {
        let name = format!("{}{AUTHOR}{number}", self.origin);
        self.author_number(&name)?;
        strong(&self.in_force(&name)?.key)
    }

    /// The offline root, or nothing where the genesis names none.
    #[must_use]
    pub fn root(&self) -> Option<VerifyingKey> {
        strong(&self.root).filter(|_| self.root != [0; 32])
    }

    /// What the state map says of a key.
    #[must_use]
    pub fn state_of(&self, id: &Hash) -> Option<KeyState> {
        self.keys.iter().find(|held| key_id(&held.key) == *id).map(|held| held.state)
    }

    /// Ids and states of all keys, in the order in which they came.
    pub fn states(&self) -> impl Iterator<Item = (Hash, KeyState)> + '_ {
        self.keys.iter().map(|held| (key_id(&held.key), held.state))
    }
}

/// A key that is one, and not of small order.
fn strong(bytes: &PublicKeyBytes) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak())
}
