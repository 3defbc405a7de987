//! What the state map holds: keys and values, both in SCALE. A key's place in the map is the SHA-256 of its bytes.

#![expect(clippy::as_conversions, reason = "the SCALE derive writes variant indices with `as`")]

use parity_scale_codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sha2::{Digest as _, Sha256};

use crate::entry::Day;
use crate::merkle::Hash;

/// Longest value, in bytes of SCALE.
pub const MAX_VALUE_BYTES: usize = 64;

/// A key of the state map. The variant's index is the first byte.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum StateKey {
    /// The rating in force of the enterprise with this label: [`RatingState`].
    #[codec(index = 1)]
    Rating { label: Hash },
    /// Whether a subject is on a list: [`ListState`]. `subject` is that of the entry.
    #[codec(index = 2)]
    List { list: u16, subject: Hash },
    /// A key, by the SHA-256 of its public bytes: [`KeyState`].
    #[codec(index = 3)]
    Key { id: Hash },
    /// A published scorecard or rule pack, by its digest: [`ScorecardState`].
    #[codec(index = 4)]
    Scorecard { digest: Hash },
    /// The last published scorecard of a name, by the SHA-256 of the name: [`ScorecardOfId`].
    #[codec(index = 5)]
    ScorecardOfId { id: Hash },
}

/// The last rating entry of an enterprise.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct RatingState {
    /// Place of the entry in the chain of its subject.
    #[codec(compact)]
    pub seq: u64,
    /// Place of the entry in the log.
    #[codec(compact)]
    pub leaf_index: u64,
    pub leaf_hash: Hash,
}

/// The last entry about a subject and a list.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct ListState {
    /// `true` entered, `false` left.
    pub listed: bool,
    #[codec(compact)]
    pub leaf_index: u64,
}

/// A key of the log.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct KeyState {
    /// Signature type byte of C2SP signed-note.
    pub kind: u8,
    /// Milliseconds since 1970-01-01 UTC.
    pub from_ms: u64,
    /// When it was revoked; nothing while it is good.
    pub revoked_ms: Option<u64>,
}

/// When a scorecard is in force.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct ScorecardState {
    pub from_day: Day,
    /// Day from which a later one of the same name is in force; nothing while there is none.
    pub until_day: Option<Day>,
    /// Place of the entry that published it.
    #[codec(compact)]
    pub leaf_index: u64,
}

/// The last published scorecard of a name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct ScorecardOfId {
    pub digest: Hash,
}

impl StateKey {
    /// The key of the last scorecard of this name.
    #[must_use]
    pub fn scorecard_of_id(id: &str) -> Self {
        Self::ScorecardOfId { id: Sha256::digest(id.as_bytes()).into() }
    }

    /// Place of the key in the map: SHA-256 of its SCALE bytes.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Sha256::digest(self.encode()).into()
    }
}

/// Reads a value; the bytes must be all of it and its only spelling.
#[must_use]
pub fn decode_value<T: DecodeAll + Encode>(bytes: &[u8]) -> Option<T> {
    let value = T::decode_all(&mut &*bytes).ok()?;
    (value.encode() == bytes).then_some(value)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn keys_begin_with_their_kind() {
        let label = [7; 32];
        assert_eq!(StateKey::Rating { label }.encode(), [&[1][..], &label].concat());
        let listed = StateKey::List { list: 258, subject: label };
        assert_eq!(listed.encode(), [&[2, 2, 1][..], &label].concat());
        assert_eq!(StateKey::Key { id: label }.encode()[..1], [3]);
        assert_eq!(StateKey::Scorecard { digest: label }.encode()[..1], [4]);
        assert_ne!(StateKey::scorecard_of_id("a").hash(), StateKey::scorecard_of_id("b").hash());
    }

    #[test]
    fn values_have_one_spelling() {
        let value = RatingState { seq: 3, leaf_index: 70_000, leaf_hash: [9; 32] };
        let bytes = value.encode();
        assert_eq!(decode_value::<RatingState>(&bytes), Some(value));
        assert_eq!(decode_value::<RatingState>(&[&bytes[..], &[0]].concat()), None);
        // A compact 3 written in two bytes.
        let longer = [&[13, 0][..], bytes.get(1..).unwrap()].concat();
        assert_eq!(decode_value::<RatingState>(&longer), None);
        for length in [
            RatingState::max_encoded_len(),
            ListState::max_encoded_len(),
            KeyState::max_encoded_len(),
            ScorecardState::max_encoded_len(),
            ScorecardOfId::max_encoded_len(),
        ] {
            assert!(length <= MAX_VALUE_BYTES);
        }
    }
}
