//! SM2 over SM3 (GM/T 0003.2, GM/T 0004; RFC 8998 has the same), over the note text. C2SP assigns no type to it, so
//! the type is 0xff with an identifier of its own before the key.

use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};

use super::SEED_BYTES;

/// Signature type byte for what has none assigned.
pub(super) const TYPE: u8 = 0xff;

/// What stands before the key: which algorithm it is. Part of the key ID.
pub(super) const ALGORITHM: &[u8] = b"xinji/sm2-sm3/v1\n";

/// The signer's identity that SM2 hashes in: the one that GM/T 0009 names where there is no other.
pub(super) const IDENTITY: &str = "1234567812345678";

#[derive(Debug, Clone)]
pub(super) struct PublicKey(VerifyingKey);

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.material() == other.material()
    }
}

impl PublicKey {
    /// The key is a point in 65 bytes (SEC 1, uncompressed).
    pub(super) fn read(material: &[u8]) -> Option<Self> {
        let point = material.strip_prefix(ALGORITHM)?;
        let key = Self(VerifyingKey::from_sec1_bytes(IDENTITY, point).ok()?);
        // A point has several spellings, a vkey has one.
        (key.material() == material).then_some(key)
    }

    pub(super) fn material(&self) -> Vec<u8> {
        [ALGORITHM, &self.0.to_sec1_bytes()].concat()
    }

    /// The signature is `r ‖ s`, 32 bytes each.
    pub(super) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify(text, &signature).is_ok())
    }
}

#[derive(Clone)]
pub(super) struct SecretKey(SigningKey);

impl SecretKey {
    pub(super) fn from_seed(seed: &[u8; SEED_BYTES]) -> Option<Self> {
        SigningKey::from_slice(IDENTITY, seed).ok().map(Self)
    }

    pub(super) fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().clone())
    }

    pub(super) fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        let signature: Signature = self.0.try_sign(text).ok()?;
        Some(signature.to_bytes().to_vec())
    }
}
