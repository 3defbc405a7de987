//! Proofs against the state root of a seal.
//!
//! The value that is shown is bound through its hash, so a proof carries no values. That a key is absent is shown
//! by what stands where it would be: nothing, or the one other key of that subtree.

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use super::layout::{self, DEPTH_MAX};
use crate::merkle::Hash;

/// Why a proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StateProofError {
    #[error("a state proof has at most {DEPTH_MAX} hashes, this one has {0}")]
    TooLong(usize),
    #[error("a proof that a value is there names another key")]
    OtherKeyBesideValue,
    #[error("the key that stands in for an absent one is the key itself")]
    SameKey,
    #[error("the key that stands in for an absent one does not lie on its path")]
    OffPath,
    #[error("the proof leads to another state root")]
    Root,
}

/// The path from a key's place to the root. The bytes are SCALE.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, Default)]
pub struct StateProof {
    /// For an absent key: hashes of key and value of the only other key of the subtree where it would be.
    pub other: Option<(Hash, Hash)>,
    /// Hashes of the subtrees beside the path, from the deepest to the root's child.
    pub siblings: Vec<Hash>,
}

impl StateProof {
    /// Checks that under `key` (the hash of a [`super::StateKey`]) the map of this root holds exactly `value`, or
    /// nothing.
    ///
    /// # Errors
    /// [`StateProofError`] says what is wrong; never panics.
    pub fn verify(&self, root: &Hash, key: &Hash, value: Option<&[u8]>) -> Result<(), StateProofError> {
        if self.siblings.len() > DEPTH_MAX {
            return Err(StateProofError::TooLong(self.siblings.len()));
        }
        let start = match (value, &self.other) {
            (Some(_), Some(_)) => return Err(StateProofError::OtherKeyBesideValue),
            (Some(value), None) => layout::leaf_hash(key, &layout::value_hash(value)),
            (None, None) => layout::EMPTY,
            (None, Some((other, _))) if other == key => return Err(StateProofError::SameKey),
            (None, Some((other, _))) if layout::common_bits(other, key) < self.siblings.len() => {
                return Err(StateProofError::OffPath);
            }
            (None, Some((other, value))) => layout::leaf_hash(other, value),
        };
        let depths = (0..self.siblings.len()).rev();
        let found = self.siblings.iter().zip(depths).fold(start, |hash, (sibling, depth)| {
            if layout::bit(key, depth) {
                layout::inner_hash(sibling, &hash)
            } else {
                layout::inner_hash(&hash, sibling)
            }
        });
        if found == *root { Ok(()) } else { Err(StateProofError::Root) }
    }
}
