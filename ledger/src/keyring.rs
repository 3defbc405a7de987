//! The keys of a log, as its entries say: who seals and signs, who may speak as an author.
//!
//! The offline root, fixed by the genesis, signs every key event; the old key signs its rotation too. A new log key
//! seals from the block after the one that holds the event. The old one goes on signing checkpoints beside it until
//! it is revoked, so that verifiers have time to learn the new one. A revoked key never comes back.

use ed25519_dalek::VerifyingKey;
use parity_scale_codec::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use crate::authorship::{AuthorshipError, verify_key_event};
use crate::entry::{Genesis, KeyAction, KeyChange, KeyEvent, PublicKeyBytes};
use crate::merkle::Hash;
use crate::note::{KeyKind, Vkey};
use crate::state::KeyState;

/// Most keys that one log ever has.
pub const MAX_KEYS: usize = 1024;

/// Most keys that sign checkpoints at one time; far fewer than the signature lines a verifier reads.
pub const MAX_CHECKPOINT_KEYS: usize = 4;

/// What stands between the origin and the number in an author's key name.
const AUTHOR: &str = "/author/";

/// Why a key event is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyEventError {
    #[error("the log key in the genesis is malformed or weak")]
    LogKey,
    #[error("the offline root key in the genesis is malformed or weak")]
    RootKey,
    #[error("the genesis names no offline root, so nobody can sign a change of keys; that needs a new log")]
    NoRoot,
    #[error("a key of a log is of type 0x01 (Ed25519), not {0:#04x}")]
    Kind(u8),
    #[error("the key is not a sound Ed25519 point of 32 bytes; make it with `node keygen`")]
    WeakKey,
    #[error("the name `{0}` is neither that of the log nor `<log>/author/<number from 1>`")]
    Name(String),
    #[error("this key was in the log before, or is its offline root; make a new one")]
    Reused,
    #[error("a key with the name `{0}` is in force already; replace it by a rotation")]
    NameTaken(String),
    #[error("a rotation must name the key it replaces by the SHA-256 of its bytes")]
    ReplacesMissing,
    #[error("only a rotation names a key that it replaces")]
    ReplacesUnexpected,
    #[error("the key that would be replaced or revoked is not in force")]
    NotInForce,
    #[error(
        "the log key in force cannot be revoked, since nobody could seal the next block; rotate it first"
    )]
    LogKeyInForce,
    #[error("the event names the key `{found}`, but it replaces or revokes one of the name `{expected}`")]
    OtherName { expected: String, found: String },
    #[error("the event is from {found} ms, the one before it from {last} ms; sign it anew with a later time")]
    Earlier { last: u64, found: u64 },
    #[error("the event is from {from_ms} ms, which is after its block, {at_ms} ms; submit it then")]
    Later { at_ms: u64, from_ms: u64 },
    #[error(transparent)]
    Signature(#[from] AuthorshipError),
    #[error("a log has at most {MAX_KEYS} keys")]
    TooMany,
    #[error("at most {MAX_CHECKPOINT_KEYS} log keys sign at a time; revoke an old one first")]
    TooManyInOverlap,
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
    /// Time of the last event, milliseconds since 1970-01-01 UTC, so that an old signed event is of no use later.
    last_ms: u64,
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

/// Name of the key of the author with this number, from 1.
#[must_use]
pub fn author_name(origin: &str, number: u32) -> String {
    format!("{origin}{AUTHOR}{number}")
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
        Ok(Self { origin, root: genesis.offline_root_key, last_ms: 0, keys: vec![log] })
    }

    /// Takes an event over, if its signatures, its time and its place are right. `at_ms` is the time of the seal
    /// of its block, milliseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// [`KeyEventError`]; the ring is then as it was.
    pub fn apply(&mut self, event: &KeyEvent, at_ms: u64) -> Result<KeyOutcome, KeyEventError> {
        let change = &event.change;
        let root = self.root().ok_or(KeyEventError::NoRoot)?;
        if change.kind != KeyKind::Ed25519.byte() {
            return Err(KeyEventError::Kind(change.kind));
        }
        let key: PublicKeyBytes = change.key.as_slice().try_into().map_err(|_| KeyEventError::WeakKey)?;
        let point = strong(&key).ok_or(KeyEventError::WeakKey)?;
        if change.name.as_str() != self.origin && self.author_number(change.name.as_str()).is_none() {
            return Err(KeyEventError::Name(change.name.as_str().to_owned()));
        }
        let old = self.old_place(change, &key)?;
        let old_point = match change.action {
            KeyAction::Add => None,
            KeyAction::Revoke => Some(point),
            KeyAction::Rotate => old.and_then(|at| self.keys.get(at)).and_then(|old| strong(&old.key)),
        };
        verify_key_event(event, &root, old_point.as_ref())?;
        self.check_time(change.from_ms, at_ms)?;
        let outcome = match change.action {
            KeyAction::Revoke => self.revoke(old, at_ms)?,
            KeyAction::Add | KeyAction::Rotate => self.take(change, key, old, at_ms)?,
        };
        self.last_ms = change.from_ms;
        Ok(outcome)
    }

    /// Place of the key that the change replaces or revokes; it must be of the same name.
    fn old_place(&self, change: &KeyChange, key: &PublicKeyBytes) -> Result<Option<usize>, KeyEventError> {
        let id = match (change.action, change.replaces) {
            (KeyAction::Rotate, Some(id)) => id,
            (KeyAction::Rotate, None) => return Err(KeyEventError::ReplacesMissing),
            (KeyAction::Add | KeyAction::Revoke, Some(_)) => return Err(KeyEventError::ReplacesUnexpected),
            (KeyAction::Add, None) => return Ok(None),
            (KeyAction::Revoke, None) => key_id(key),
        };
        let place = self.place_of(&id)?;
        let held = self.keys.get(place).ok_or(KeyEventError::NotInForce)?;
        if held.name == change.name.as_str() {
            return Ok(Some(place));
        }
        let (expected, found) = (held.name.clone(), change.name.as_str().to_owned());
        Err(KeyEventError::OtherName { expected, found })
    }

    fn check_time(&self, from_ms: u64, at_ms: u64) -> Result<(), KeyEventError> {
        if from_ms < self.last_ms {
            return Err(KeyEventError::Earlier { last: self.last_ms, found: from_ms });
        }
        if from_ms > at_ms {
            return Err(KeyEventError::Later { at_ms, from_ms });
        }
        Ok(())
    }

    /// Adds the key of an addition or a rotation.
    fn take(
        &mut self,
        change: &KeyChange,
        key: PublicKeyBytes,
        old: Option<usize>,
        at_ms: u64,
    ) -> Result<KeyOutcome, KeyEventError> {
        let name = change.name.as_str();
        if self.root == key || self.keys.iter().any(|held| held.key == key) {
            return Err(KeyEventError::Reused);
        }
        if self.keys.len() >= MAX_KEYS {
            return Err(KeyEventError::TooMany);
        }
        if name == self.origin && self.checkpoint_keys().len() >= MAX_CHECKPOINT_KEYS {
            return Err(KeyEventError::TooManyInOverlap);
        }
        match old {
            None if self.in_force(name).is_some() => return Err(KeyEventError::NameTaken(name.to_owned())),
            None => {}
            Some(place) => {
                let old = self.keys.get_mut(place).ok_or(KeyEventError::NotInForce)?;
                if old.is_replaced {
                    return Err(KeyEventError::NotInForce);
                }
                old.is_replaced = true;
            }
        }
        let state = KeyState { kind: change.kind, from_ms: at_ms, revoked_ms: None };
        self.keys.push(Held { name: name.to_owned(), key, state, is_replaced: false });
        Ok(KeyOutcome { changed: vec![key_id(&key)] })
    }

    fn revoke(&mut self, place: Option<usize>, at_ms: u64) -> Result<KeyOutcome, KeyEventError> {
        let held = place.and_then(|at| self.keys.get_mut(at)).ok_or(KeyEventError::NotInForce)?;
        if held.name == self.origin && !held.is_replaced {
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
        let name = author_name(&self.origin, number);
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

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
