//! What a leaf of the log holds. Variant indices and field orders are fixed for ever: the bytes of an entry
//! are hashed into the tree, and a reader years from now must decode them.

#![expect(clippy::as_conversions, reason = "the SCALE derive writes variant indices with `as`")]

use parity_scale_codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sha2::{Digest as _, Sha256};

use crate::bounded::{Bytes, Text};
use crate::header::Header;
use crate::merkle::{Hash, leaf_hash};

/// Longest entry, in bytes of SCALE.
pub const MAX_ENTRY_BYTES: usize = 4096;

/// Longest log origin or key name, in bytes (the limit of the ML-DSA cosignature message).
pub const MAX_NAME_BYTES: usize = 255;

/// Longest zone code, in bytes.
pub const MAX_ZONE_BYTES: usize = 32;

/// Longest identifier of a scorecard or rule pack, in bytes.
pub const MAX_SCORECARD_ID_BYTES: usize = 64;

/// Longest public key, in bytes (ML-DSA-44).
pub const MAX_PUBLIC_KEY_BYTES: usize = 1312;

/// An Ed25519 signature.
pub type SignatureBytes = [u8; 64];

/// An Ed25519 public key.
pub type PublicKeyBytes = [u8; 32];

/// First words of what the author of an entry signs, so that the signature serves nowhere else.
const AUTHOR_CONTEXT: &[u8] = b"xinji/author/v1\n";

/// First words of what the holders of the old key and of the offline root sign in a key event.
const KEY_CONTEXT: &[u8] = b"xinji/key/v1\n";

/// First words of what makes an idempotency key.
const CAUSE_CONTEXT: &[u8] = b"xinji/cause/v1\n";

/// Why bytes are not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    #[error("an entry of {0} bytes is above the limit of {MAX_ENTRY_BYTES}")]
    TooLong(usize),
    #[error("not a SCALE entry: {0}")]
    Scale(String),
    #[error("the bytes are a second spelling of the entry")]
    NotCanonical,
}

/// One leaf of the log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Entry {
    /// Leaf 0: who the log is and what its bytes mean.
    #[codec(index = 0)]
    Genesis(Genesis),
    /// A rating changed. The content is behind the commitment; which scorecard made it is in clear.
    #[codec(index = 1)]
    Rating { env: Env, scorecard_digest: Hash },
    /// Entry to or exit from a list.
    #[codec(index = 2)]
    Listing { env: Env, listing: Listing },
    /// A scorecard or rule pack was published; its content is public and served by digest.
    #[codec(index = 3)]
    Scorecard { id: Text<MAX_SCORECARD_ID_BYTES>, digest: Hash, effective_day: Day },
    /// A key was added, replaced or revoked.
    #[codec(index = 4)]
    Key(KeyEvent),
    /// A statement about an enterprise that is no rating.
    #[codec(index = 5)]
    Statement { env: Env, kind: StatementKind },
    /// The salt of an earlier record was destroyed; nothing of that record can be shown any more.
    #[codec(index = 6)]
    Erasure(Env),
    /// Digest of a file kept elsewhere, one per kind and day.
    #[codec(index = 7)]
    Digest { kind: DigestKind, day: Day, digest: Hash },
    /// Last leaf of every block.
    #[codec(index = 15)]
    Seal(Header),
}

/// A civil date as days since 1970-01-01 (UTC+8 calendar of the zone).
pub type Day = u32;

/// Who the log is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Genesis {
    /// First line of every checkpoint and name of the log key.
    pub origin: Text<MAX_NAME_BYTES>,
    /// SHA-256 of the exported type registry (`types.json`).
    pub types_digest: Hash,
    /// SHA-256 of the policy file.
    pub policy_digest: Hash,
    /// Ed25519 key that signs checkpoints and seals.
    pub log_key: PublicKeyBytes,
    /// Ed25519 key kept offline, that signs key events.
    pub offline_root_key: PublicKeyBytes,
    /// Public key of the function that makes labels ([`crate::label`]); zeroes where no entry has one.
    pub label_key: PublicKeyBytes,
    pub zone: Text<MAX_ZONE_BYTES>,
}

/// What every entry about one enterprise has.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Env {
    /// Label of the enterprise; hides which one it is.
    pub subject: Hash,
    /// Place in the chain of entries of this subject, from 0.
    #[codec(compact)]
    pub seq: u64,
    /// Leaf hash of the entry before it of this subject; zeroes at `seq` 0.
    pub previous: Hash,
    /// When it was sequenced, milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
    /// Idempotency key, see [`cause`].
    pub cause: Hash,
    /// Root over the salted fields of the statement behind the entry.
    pub commitment: Hash,
    /// Number of the author among the zone's registered authors; 0 is the operator.
    pub author: u32,
    /// Author's signature over [`Entry::author_bytes`], where the author is not the operator.
    pub signature: Option<SignatureBytes>,
}

/// Entry to or exit from a list.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Listing {
    /// Number of the list in the rule pack.
    pub list: u16,
    /// `true` entered, `false` left.
    pub listed: bool,
    /// USCC in clear where the law publishes the list; absent on the watch list.
    pub uscc: Option<[u8; 18]>,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum StatementKind {
    #[codec(index = 0)]
    CaseDecision,
    #[codec(index = 1)]
    Consent,
    #[codec(index = 2)]
    ConsentRevoked,
    #[codec(index = 3)]
    AgencyStatement,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum DigestKind {
    #[codec(index = 0)]
    AccessLog,
    #[codec(index = 1)]
    IntakeBatches,
    #[codec(index = 2)]
    InspectionDrawSeed,
    /// The witness policy that the operator follows from now on: SHA-256 of the file.
    #[codec(index = 3)]
    Policy,
}

/// A key event with the two signatures it needs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct KeyEvent {
    pub change: KeyChange,
    /// By the key that is replaced or revoked, over [`KeyChange::signing_bytes`]. A rotation needs it, an added
    /// key has none; a lost key is revoked without it and a new one added.
    pub old_key_signature: Option<SignatureBytes>,
    /// By the offline root over the same bytes; never absent.
    pub root_signature: SignatureBytes,
}

/// What a key event changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct KeyChange {
    pub action: KeyAction,
    /// Key name as in signature lines.
    pub name: Text<MAX_NAME_BYTES>,
    /// Signature type byte of C2SP signed-note.
    pub kind: u8,
    /// The new key (for a revocation: the revoked one).
    pub key: Bytes<MAX_PUBLIC_KEY_BYTES>,
    /// SHA-256 of the key replaced by a rotation.
    pub replaces: Option<Hash>,
    /// From when, milliseconds since 1970-01-01 UTC.
    pub from_ms: u64,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum KeyAction {
    #[codec(index = 0)]
    Add,
    #[codec(index = 1)]
    Rotate,
    #[codec(index = 2)]
    Revoke,
}

/// Why an entry does not continue the chain of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    #[error("the entry is of another subject")]
    Subject,
    #[error("the entry has number {found} in its subject's chain, {expected} follows")]
    Seq { expected: u64, found: u64 },
    #[error("the entry names another entry before it")]
    Previous,
    #[error("the entry's time {found} ms is before the one before it, {before} ms")]
    Time { before: u64, found: u64 },
}

impl Env {
    /// Checks that this is the next entry of its subject after `previous` (envelope and leaf hash), or the first.
    ///
    /// # Errors
    /// [`ChainError`] names the first thing out of order.
    pub fn check_follows(&self, previous: Option<(&Self, &Hash)>) -> Result<(), ChainError> {
        let (expected, hash) = match previous {
            None => (0, Hash::default()),
            Some((before, _)) if before.subject != self.subject => return Err(ChainError::Subject),
            Some((before, hash)) => (before.seq.saturating_add(1), *hash),
        };
        if self.seq != expected {
            return Err(ChainError::Seq { expected, found: self.seq });
        }
        if self.previous != hash {
            return Err(ChainError::Previous);
        }
        match previous {
            Some((before, _)) if self.at_ms < before.at_ms => {
                Err(ChainError::Time { before: before.at_ms, found: self.at_ms })
            }
            _ => Ok(()),
        }
    }
}

impl KeyChange {
    /// What both signers of a key event sign.
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        [KEY_CONTEXT, &self.encode()].concat()
    }
}

impl Entry {
    /// The bytes of the leaf.
    ///
    /// # Errors
    /// When they are more than [`MAX_ENTRY_BYTES`].
    pub fn encode_checked(&self) -> Result<Vec<u8>, EntryError> {
        let bytes = self.encode();
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLong(bytes.len()));
        }
        Ok(bytes)
    }

    /// Reads an entry; the bytes must be all of it and its only spelling.
    ///
    /// # Errors
    /// [`EntryError`] says what is wrong; never panics.
    pub fn decode_strict(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLong(bytes.len()));
        }
        let mut input = bytes;
        let entry = Self::decode_all(&mut input).map_err(|error| EntryError::Scale(error.to_string()))?;
        if entry.encode() == bytes { Ok(entry) } else { Err(EntryError::NotCanonical) }
    }

    /// Hash of the leaf.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(&self.encode())
    }

    /// The name of its kind, as people read it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Genesis(_) => "genesis",
            Self::Rating { .. } => "rating",
            Self::Listing { .. } => "listing",
            Self::Scorecard { .. } => "scorecard",
            Self::Key(_) => "key",
            Self::Statement { .. } => "statement",
            Self::Erasure(_) => "erasure",
            Self::Digest { .. } => "digest",
            Self::Seal(_) => "seal",
        }
    }

    /// The envelope, where the entry is about one enterprise.
    #[must_use]
    pub fn env(&self) -> Option<&Env> {
        match self {
            Self::Rating { env, .. }
            | Self::Listing { env, .. }
            | Self::Statement { env, .. }
            | Self::Erasure(env) => Some(env),
            Self::Genesis(_)
            | Self::Scorecard { .. }
            | Self::Key(_)
            | Self::Digest { .. }
            | Self::Seal(_) => None,
        }
    }

    /// The envelope, to be completed by the sequencer.
    pub fn env_mut(&mut self) -> Option<&mut Env> {
        match self {
            Self::Rating { env, .. }
            | Self::Listing { env, .. }
            | Self::Statement { env, .. }
            | Self::Erasure(env) => Some(env),
            Self::Genesis(_)
            | Self::Scorecard { .. }
            | Self::Key(_)
            | Self::Digest { .. }
            | Self::Seal(_) => None,
        }
    }

    /// What the author signs: the entry before the sequencer gave it its place and time.
    /// `None` where the entry has no author.
    #[must_use]
    pub fn author_bytes(&self) -> Option<Vec<u8>> {
        let mut entry = self.clone();
        let env = entry.env_mut()?;
        env.seq = 0;
        env.previous = Hash::default();
        env.at_ms = 0;
        env.signature = None;
        Some([AUTHOR_CONTEXT, &entry.encode()].concat())
    }
}

/// Idempotency key of an outbox row: the same row with the same content makes the same entry once.
#[must_use]
pub fn cause(outbox_id: u64, content: &[u8]) -> Hash {
    Sha256::new()
        .chain_update(CAUSE_CONTEXT)
        .chain_update(outbox_id.to_be_bytes())
        .chain_update(content)
        .finalize()
        .into()
}

#[cfg(test)]
#[path = "entry_tests.rs"]
mod tests;
