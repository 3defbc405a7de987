//! Labels: how an entry names its enterprise without naming it.
//!
//! A plain hash of an 18-character public code hides nothing, and a random pseudonym would let an operator keep two
//! histories for one enterprise. So the label is the output of a verifiable random function over the USCC (C2SP
//! `vrf-r255`): one code has one label, nobody without the zone's secret can guess it, and with a proof of 80 bytes
//! whoever knows the code can check that it is the right one. The public key is in the genesis.
//! A mirrored public list uses SHA-256 of the USCC: what the law publishes needs no hiding.

use std::fmt;

use sha2::{Digest as _, Sha256};
use vrf_r255::{Proof, PublicKey, SecretKey};
use zeroize::Zeroizing;

use crate::merkle::Hash;

/// Length of a proof that a label is right, in bytes.
pub const LABEL_PROOF_BYTES: usize = 80;

/// What the scalar of the secret key is made of, so that the seed serves nowhere else.
const CONTEXT: &[u8] = b"xinji/label/vrf-r255/v1\n";

/// Why there is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    #[error("the seed gives no key; make another")]
    Seed,
    #[error("the genesis names no key for labels")]
    PublicKey,
    #[error("the label's proof is malformed")]
    Malformed,
    #[error("the label's proof is not for this code under the log's label key")]
    Wrong,
}

/// Shows that a label is that of a code.
pub type LabelProof = [u8; LABEL_PROOF_BYTES];

/// The zone's secret for labels. Losing it breaks the chains of subjects, publishing it unveils them.
#[derive(Clone)]
pub struct LabelKey {
    secret: Zeroizing<[u8; 32]>,
    public: [u8; 32],
}

impl LabelKey {
    /// The key that a seed of 32 random bytes makes.
    ///
    /// # Errors
    /// [`LabelError::Seed`] for a seed that makes the key zero; a random one never does.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, LabelError> {
        let digest = Sha256::new().chain_update(CONTEXT).chain_update(seed).finalize();
        let mut secret = Zeroizing::new(<[u8; 32]>::from(digest));
        // A scalar is below 2^252 + something: without its four highest bits any number is one.
        let [.., highest] = &mut *secret;
        *highest &= 0x0f;
        let key = Option::<SecretKey>::from(SecretKey::from_bytes(*secret)).ok_or(LabelError::Seed)?;
        Ok(Self { secret, public: PublicKey::from(key).to_bytes() })
    }

    /// The public key, as in the genesis.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// The label of an enterprise and the proof that it is the right one. `uscc` is the code in upper case.
    ///
    /// # Errors
    /// Never for a key that was made from a seed.
    pub fn prove(&self, uscc: &str) -> Result<(Hash, LabelProof), LabelError> {
        let key = Option::<SecretKey>::from(SecretKey::from_bytes(*self.secret)).ok_or(LabelError::Seed)?;
        let proof = key.prove(uscc.as_bytes());
        let output: Option<[u8; 64]> = PublicKey::from(key).verify(uscc.as_bytes(), &proof).into();
        Ok((label_of(&output.ok_or(LabelError::Wrong)?), proof.to_bytes()))
    }
}

impl fmt::Debug for LabelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LabelKey(hidden)")
    }
}

/// The label that a proof shows to be that of a code, under the public key of the genesis.
///
/// # Errors
/// [`LabelError`] when the key or the proof is malformed or wrong.
pub fn verify_label(public: &[u8; 32], uscc: &str, proof: &LabelProof) -> Result<Hash, LabelError> {
    let key = PublicKey::from_bytes(*public).ok_or(LabelError::PublicKey)?;
    let read = Proof::from_bytes(*proof).ok_or(LabelError::Malformed)?;
    if read.to_bytes() != *proof {
        return Err(LabelError::Malformed);
    }
    let output: Option<[u8; 64]> = key.verify(uscc.as_bytes(), &read).into();
    output.map(|output| label_of(&output)).ok_or(LabelError::Wrong)
}

/// The first half of the function's output.
fn label_of(output: &[u8; 64]) -> Hash {
    let (label, _) = output.split_at(32);
    label.try_into().unwrap_or_default()
}

/// The subject of an entry of a mirrored public list: SHA-256 of the code in upper case.
#[must_use]
pub fn public_list_label(uscc: &str) -> Hash {
    Sha256::digest(uscc.as_bytes()).into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    const USCC: &str = "91511500MA6200000W";

    #[test]
    fn a_label_depends_on_key_and_code() {
        let key = LabelKey::from_seed(&[1; 32]).unwrap();
        let label = |key: &LabelKey, uscc| key.prove(uscc).unwrap().0;
        assert_eq!(label(&key, USCC), label(&key, USCC));
        assert_ne!(label(&key, USCC), label(&LabelKey::from_seed(&[2; 32]).unwrap(), USCC));
        assert_ne!(label(&key, USCC), label(&key, "91511500MA6200001X"));
        assert_ne!(label(&key, USCC), public_list_label(USCC));
        assert_eq!(format!("{key:?}"), "LabelKey(hidden)");
    }

    #[test]
    fn a_proof_is_for_one_code_and_one_key() {
        let key = LabelKey::from_seed(&[1; 32]).unwrap();
        let (label, proof) = key.prove(USCC).unwrap();
        assert_eq!(verify_label(&key.public(), USCC, &proof), Ok(label));
        assert_eq!(verify_label(&key.public(), "91511500MA6200001X", &proof), Err(LabelError::Wrong));
        let other = LabelKey::from_seed(&[2; 32]).unwrap();
        assert_eq!(verify_label(&other.public(), USCC, &proof), Err(LabelError::Wrong));
        assert_eq!(verify_label(&[0; 32], USCC, &proof), Err(LabelError::PublicKey));
        for place in 0..proof.len() {
            let mut bad = proof;
            bad[place] ^= 1;
            assert!(verify_label(&key.public(), USCC, &bad).is_err(), "byte {place}");
        }
    }

    /// So that a seed kept in a file means the same label for ever.
    #[test]
    fn a_seed_gives_the_same_label_for_ever() {
        let key = LabelKey::from_seed(&[1; 32]).unwrap();
        let label = key.prove(USCC).unwrap().0;
        let known = (
            "605b43a8a4665322b9045b9c53700aee81524da490d8a2582e145ea7ac93976e".to_owned(),
            "7fe155772f73ec71c2636affc083c93afd35f02c2d47270fbeb18e49ae4b7a62".to_owned(),
        );
        assert_eq!((hex::encode(key.public()), hex::encode(label)), known);
    }
}
