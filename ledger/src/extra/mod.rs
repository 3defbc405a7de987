//! Extra signature lines of a checkpoint, beside the Ed25519 line and never in its place: ML-DSA-44 (feature `pq`,
//! FIPS 204, type 0x06 of C2SP `tlog-cosignature`) for the day when Ed25519 falls, and SM2 over SM3 (feature `gm`,
//! GM/T 0003 and GM/T 0004, type 0xff) where the law asks for it.
//!
//! Both features are off by default. A verifier without them ignores such lines, as it does any unknown key's; one
//! with them reads their keys in `log` lines of its policy and refuses a note on which such a line is wrong. That a
//! line is missing refuses nothing: what is believed rests on the Ed25519 key alone.

#[cfg(feature = "pq")]
mod ml_dsa_44;
#[cfg(feature = "gm")]
mod sm2_sm3;

use std::fmt;
use std::str::FromStr;

use crate::checkpoint::Checkpoint;
use crate::encoding::base64_text;
use crate::note::{KeyId, NoteError, SignatureLine, is_key_name, key_id, split_vkey};

/// Length of the seed that a secret key is made of, in bytes.
pub const SEED_BYTES: usize = 32;

/// A public key for extra lines, with the name under which it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraVkey {
    name: String,
    id: KeyId,
    key: PublicKey,
}

#[derive(Debug, Clone, PartialEq)]
enum PublicKey {
    #[cfg(feature = "pq")]
    MlDsa44(Box<ml_dsa_44::PublicKey>),
    #[cfg(feature = "gm")]
    Sm2Sm3(Box<sm2_sm3::PublicKey>),
}

/// Keys are equal when their bytes are.
impl Eq for PublicKey {}

impl PublicKey {
    /// Reads what follows the type byte in a vkey.
    fn read(kind: u8, material: &[u8]) -> Result<Self, NoteError> {
        match kind {
            #[cfg(feature = "pq")]
            ml_dsa_44::TYPE => ml_dsa_44::PublicKey::read(material)
                .map(|key| Self::MlDsa44(Box::new(key)))
                .ok_or(NoteError::Vkey),
            #[cfg(feature = "gm")]
            sm2_sm3::TYPE => sm2_sm3::PublicKey::read(material)
                .map(|key| Self::Sm2Sm3(Box::new(key)))
                .ok_or(NoteError::Vkey),
            other => Err(NoteError::VkeyType(other)),
        }
    }

    fn kind(&self) -> u8 {
        match self {
            #[cfg(feature = "pq")]
            Self::MlDsa44(_) => ml_dsa_44::TYPE,
            #[cfg(feature = "gm")]
            Self::Sm2Sm3(_) => sm2_sm3::TYPE,
        }
    }

    fn material(&self) -> Vec<u8> {
        match self {
            #[cfg(feature = "pq")]
            Self::MlDsa44(key) => key.material(),
            #[cfg(feature = "gm")]
            Self::Sm2Sm3(key) => key.material(),
        }
    }
}

impl ExtraVkey {
    fn new(name: &str, key: PublicKey) -> Result<Self, NoteError> {
        if !is_key_name(name) {
            return Err(NoteError::Name);
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, key.kind(), &key.material()), key })
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether a line claims to be by this key.
    #[must_use]
    pub fn claims(&self, line: &SignatureLine) -> bool {
        self.name == line.name && self.id == line.key_id
    }

    /// Verifies one line over a checkpoint's note text.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when the line is not by this key over this text.
    pub fn verify(&self, text: &str, line: &SignatureLine) -> Result<(), NoteError> {
        let is_right = self.claims(line)
            && match &self.key {
                #[cfg(feature = "pq")]
                PublicKey::MlDsa44(key) => text
                    .parse::<Checkpoint>()
                    .is_ok_and(|checkpoint| key.verify(&self.name, &checkpoint, &line.signature)),
                #[cfg(feature = "gm")]
                PublicKey::Sm2Sm3(key) => key.verify(text.as_bytes(), &line.signature),
            };
        if is_right { Ok(()) } else { Err(NoteError::BadSignature(self.name.clone())) }
    }
}

impl FromStr for ExtraVkey {
    type Err = NoteError;

    /// Reads `name+hex key ID+base64(type ‖ key)`.
    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, id, kind, material) = split_vkey(text)?;
        let vkey = Self::new(name, PublicKey::read(kind, &material)?)?;
        if vkey.id == id { Ok(vkey) } else { Err(NoteError::VkeyId) }
    }
}

impl fmt::Display for ExtraVkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.key.kind()][..], &self.key.material()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), base64_text(&key))
    }
}

/// A secret key for extra lines.
#[derive(Clone)]
pub struct ExtraSigner {
    vkey: ExtraVkey,
    secret: SecretKey,
}

#[derive(Clone)]
enum SecretKey {
    #[cfg(feature = "pq")]
    MlDsa44(Box<ml_dsa_44::SecretKey>),
    #[cfg(feature = "gm")]
    Sm2Sm3(Box<sm2_sm3::SecretKey>),
}

impl ExtraSigner {
    /// The ML-DSA-44 key of a seed (`ξ` of FIPS 204).
    ///
    /// # Errors
    /// When the name is not a key name.
    #[cfg(feature = "pq")]
    pub fn ml_dsa_44(name: &str, seed: &[u8; SEED_BYTES]) -> Result<Self, NoteError> {
        let secret = ml_dsa_44::SecretKey::from_seed(seed);
        let vkey = ExtraVkey::new(name, PublicKey::MlDsa44(Box::new(secret.public())))?;
        Ok(Self { vkey, secret: SecretKey::MlDsa44(Box::new(secret)) })
    }

    /// The SM2 key whose private number is the seed, big-endian.
    ///
    /// # Errors
    /// When the name is not a key name, or the number is zero or above the group's order: of 2^32 random seeds
    /// about one is.
    #[cfg(feature = "gm")]
    pub fn sm2_sm3(name: &str, seed: &[u8; SEED_BYTES]) -> Result<Self, NoteError> {
        let secret = sm2_sm3::SecretKey::from_seed(seed).ok_or(NoteError::Vkey)?;
        let vkey = ExtraVkey::new(name, PublicKey::Sm2Sm3(Box::new(secret.public())))?;
        Ok(Self { vkey, secret: SecretKey::Sm2Sm3(Box::new(secret)) })
    }

    #[must_use]
    pub fn vkey(&self) -> &ExtraVkey {
        &self.vkey
    }

    /// The extra line of a checkpoint. The same checkpoint gives the same line.
    ///
    /// # Errors
    /// Never for a key made here and a checkpoint that can be read.
    pub fn sign(&self, checkpoint: &Checkpoint) -> Result<SignatureLine, NoteError> {
        let signature = match &self.secret {
            #[cfg(feature = "pq")]
            SecretKey::MlDsa44(key) => key.sign(&self.vkey.name, checkpoint),
            #[cfg(feature = "gm")]
            SecretKey::Sm2Sm3(key) => key.sign(checkpoint.to_string().as_bytes()),
        };
        let signature = signature.ok_or_else(|| NoteError::BadSignature(self.vkey.name.clone()))?;
        Ok(SignatureLine { name: self.vkey.name.clone(), key_id: self.vkey.id, signature })
    }
}

impl fmt::Debug for ExtraSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExtraSigner({})", self.vkey)
    }
}

#[cfg(test)]
mod tests;
