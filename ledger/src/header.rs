//! The header that seals a block: byte for byte a Substrate header in SCALE, so that stock tools decode it.
//! Its digest has exactly two items, the batch (`PreRuntime`, engine `XINJ`) and the signature (`Seal`, engine
//! `ed25`); any other shape is refused.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use parity_scale_codec::{
    Compact, Decode, DecodeWithMemTracking, Encode, EncodeLike, Error, Input, MaxEncodedLen, Output,
};
use scale_info::{Type, TypeInfo};
use sha2::{Digest as _, Sha256};

use crate::merkle::{self, Hash};

/// Entries in one block, the seal not counted (03-ledger §2).
pub const BLOCK_ENTRIES_MAX: usize = 256;

/// Engine of the batch item.
pub const BATCH_ENGINE: [u8; 4] = *b"XINJ";

/// Engine of the signature item.
pub const SIGNATURE_ENGINE: [u8; 4] = *b"ed25";

/// Substrate's indices of the two digest items.
const PRE_RUNTIME: u8 = 6;
const SEAL: u8 = 5;

/// Length of a [`Batch`] in SCALE: all its integers have a fixed length.
const BATCH_BYTES: u32 = 60;

/// Length of an Ed25519 signature.
const SIGNATURE_BYTES: u32 = 64;

/// Why a header does not seal what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("the seal's signature is not by the log key")]
    Signature,
    #[error("the seal names another parent")]
    Parent,
    #[error("the seal has number {found}, {expected} follows")]
    Number { expected: u64, found: u32 },
    #[error("the block begins at leaf {found}, the one before ended at {expected}")]
    FirstIndex { expected: u64, found: u64 },
    #[error("the seal's time {found} ms is before its parent's {parent} ms")]
    Time { parent: u64, found: u64 },
    #[error("the seal's epoch {found} is before its parent's {parent}")]
    Epoch { parent: u64, found: u64 },
    #[error("the seal counts {found} leaves, the block has {expected}")]
    Count { expected: usize, found: u32 },
    #[error("the seal's entries root is not that of the block's leaves")]
    EntriesRoot,
    #[error("the seal's scorecards digest is not that of the scorecards published so far")]
    Scorecards,
}

/// What the block holds, payload of the `PreRuntime` item.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Default,
)]
pub struct Batch {
    /// Index in the log of the block's first leaf.
    pub first_index: u64,
    /// Leaves of the block before the seal.
    pub count: u32,
    /// When it was sealed, milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
    /// Epoch of the operator's lease.
    pub epoch: u64,
    /// Every scorecard published up to here, see [`scorecards_digest`].
    pub scorecards_digest: Hash,
}

/// Digest of all scorecards that the log has published: the digest before, continued with the leaf hash of each
/// `Scorecard` entry in turn, `SHA-256(before ‖ leaf hash)`; zeroes before the first. Two seals with the same digest
/// stand under the same scorecards.
#[must_use]
pub fn scorecards_digest(before: Hash, leaf_hashes: impl IntoIterator<Item = Hash>) -> Hash {
    leaf_hashes.into_iter().fold(before, |before, leaf_hash| {
        Sha256::new().chain_update(before).chain_update(leaf_hash).finalize().into()
    })
}

/// A header before it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeaderBody {
    /// [`Header::hash`] of the block before; zeroes for block 0.
    pub parent_hash: Hash,
    pub number: u32,
    pub state_root: Hash,
    /// RFC 6962 root over the hashes of the block's leaves before the seal.
    pub extrinsics_root: Hash,
    pub batch: Batch,
}

/// A signed header, the content of a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub body: HeaderBody,
    /// Ed25519 by the log key over [`HeaderBody::signing_bytes`].
    pub signature: [u8; 64],
}

impl HeaderBody {
    /// The header in SCALE without its seal item.
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Header::max_encoded_len());
        self.encode_with_items(1, &mut bytes);
        bytes
    }

    #[must_use]
    pub fn sign(self, key: &SigningKey) -> Header {
        let signature = key.sign(&self.signing_bytes()).to_bytes();
        Header { body: self, signature }
    }

    /// Everything but the seal item, whose presence only the count of items shows.
    fn encode_with_items<O: Output + ?Sized>(&self, items: u32, dest: &mut O) {
        self.parent_hash.encode_to(dest);
        Compact(self.number).encode_to(dest);
        self.state_root.encode_to(dest);
        self.extrinsics_root.encode_to(dest);
        Compact(items).encode_to(dest);
        PRE_RUNTIME.encode_to(dest);
        BATCH_ENGINE.encode_to(dest);
        Compact(BATCH_BYTES).encode_to(dest);
        self.batch.encode_to(dest);
    }
}

impl Header {
    /// SHA-256 of the whole header in SCALE: the `parent_hash` of the next.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Sha256::digest(self.encode()).into()
    }

    /// Index in the log of the seal itself.
    #[must_use]
    pub fn seal_index(&self) -> u64 {
        self.body.batch.first_index.saturating_add(u64::from(self.body.batch.count))
    }

    /// Size of the log once the seal is in it: the only sizes a checkpoint may have.
    #[must_use]
    pub fn tree_size(&self) -> u64 {
        self.seal_index().saturating_add(1)
    }

    /// # Errors
    /// When the signature is not by this key.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), HeaderError> {
        let signature = Signature::from_bytes(&self.signature);
        key.verify_strict(&self.body.signing_bytes(), &signature).map_err(|_| HeaderError::Signature)
    }

    /// Checks that this header comes directly after `parent`; `None` for block 0.
    ///
    /// # Errors
    /// [`HeaderError`] names the first thing out of order.
    pub fn check_follows(&self, parent: Option<&Self>) -> Result<(), HeaderError> {
        let (hash, number, first_index) = parent.map_or((Hash::default(), 0, 0), |parent| {
            (parent.hash(), u64::from(parent.body.number) + 1, parent.tree_size())
        });
        let (body, batch) = (&self.body, &self.body.batch);
        if body.parent_hash != hash {
            return Err(HeaderError::Parent);
        }
        if u64::from(body.number) != number {
            return Err(HeaderError::Number { expected: number, found: body.number });
        }
        if batch.first_index != first_index {
            return Err(HeaderError::FirstIndex { expected: first_index, found: batch.first_index });
        }
        if let Some(before) = parent.map(|parent| parent.body.batch) {
            if batch.at_ms < before.at_ms {
                return Err(HeaderError::Time { parent: before.at_ms, found: batch.at_ms });
            }
            if batch.epoch < before.epoch {
                return Err(HeaderError::Epoch { parent: before.epoch, found: batch.epoch });
            }
        }
        Ok(())
    }

    /// Checks count and root against the hashes of the block's leaves before the seal.
    ///
    /// # Errors
    /// When either differs.
    pub fn check_entries(&self, leaf_hashes: &[Hash]) -> Result<(), HeaderError> {
        let found = self.body.batch.count;
        if u32::try_from(leaf_hashes.len()) != Ok(found) {
            return Err(HeaderError::Count { expected: leaf_hashes.len(), found });
        }
        if merkle::root(leaf_hashes) == self.body.extrinsics_root {
            Ok(())
        } else {
            Err(HeaderError::EntriesRoot)
        }
    }

    /// Checks the scorecards digest against the parent's and the leaf hashes of the block's `Scorecard` entries.
    ///
    /// # Errors
    /// [`HeaderError::Scorecards`].
    pub fn check_scorecards(&self, parent: Option<&Self>, leaf_hashes: &[Hash]) -> Result<(), HeaderError> {
        let before = parent.map_or(Hash::default(), |parent| parent.body.batch.scorecards_digest);
        if scorecards_digest(before, leaf_hashes.iter().copied()) == self.body.batch.scorecards_digest {
            Ok(())
        } else {
            Err(HeaderError::Scorecards)
        }
    }
}

impl Encode for Header {
    fn size_hint(&self) -> usize {
        Self::max_encoded_len()
    }

    fn encode_to<O: Output + ?Sized>(&self, dest: &mut O) {
        self.body.encode_with_items(2, dest);
        SEAL.encode_to(dest);
        SIGNATURE_ENGINE.encode_to(dest);
        Compact(SIGNATURE_BYTES).encode_to(dest);
        self.signature.encode_to(dest);
    }
}

impl EncodeLike for Header {}

impl Decode for Header {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        let parent_hash = Hash::decode(input)?;
        let number = Compact::<u32>::decode(input)?.0;
        let state_root = Hash::decode(input)?;
        let extrinsics_root = Hash::decode(input)?;
        expect(input, Compact(2u32), "a seal has two digest items")?;
        expect(input, PRE_RUNTIME, "the first digest item is not PreRuntime")?;
        expect(input, BATCH_ENGINE, "the first digest item is not of engine XINJ")?;
        expect(input, Compact(BATCH_BYTES), "the batch has another length")?;
        let batch = Batch::decode(input)?;
        expect(input, SEAL, "the second digest item is not Seal")?;
        expect(input, SIGNATURE_ENGINE, "the second digest item is not of engine ed25")?;
        expect(input, Compact(SIGNATURE_BYTES), "the signature has another length")?;
        let signature = <[u8; 64]>::decode(input)?;
        Ok(Self { body: HeaderBody { parent_hash, number, state_root, extrinsics_root, batch }, signature })
    }
}

impl DecodeWithMemTracking for Header {}

/// Reads one value that can only be this.
fn expect<T: Decode + PartialEq, I: Input>(
    input: &mut I,
    wanted: T,
    otherwise: &'static str,
) -> Result<(), Error> {
    if T::decode(input)? == wanted { Ok(()) } else { Err(Error::from(otherwise)) }
}

impl MaxEncodedLen for Header {
    fn max_encoded_len() -> usize {
        // Three hashes, number, count of items, then each item: index, engine, two length bytes at most, content.
        3 * 32 + 5 + 1 + (1 + 4 + 1 + Batch::max_encoded_len()) + (1 + 4 + 2 + 64)
    }
}

impl TypeInfo for Header {
    type Identity = substrate::Header;

    fn type_info() -> Type {
        substrate::Header::type_info()
    }
}

/// The general shape of Substrate's header, as the type registry shows it.
#[expect(clippy::as_conversions, reason = "the SCALE derive writes variant indices with `as`")]
mod substrate {
    use super::{Encode, Hash, TypeInfo};

    #[derive(Encode, TypeInfo)]
    pub struct Header {
        pub parent_hash: Hash,
        #[codec(compact)]
        pub number: u32,
        pub state_root: Hash,
        pub extrinsics_root: Hash,
        pub digest: Digest,
    }

    #[derive(Encode, TypeInfo)]
    pub struct Digest {
        pub logs: Vec<DigestItem>,
    }

    #[derive(Encode, TypeInfo)]
    pub enum DigestItem {
        #[codec(index = 0)]
        Other(Vec<u8>),
        #[codec(index = 4)]
        Consensus([u8; 4], Vec<u8>),
        #[codec(index = 5)]
        Seal([u8; 4], Vec<u8>),
        #[codec(index = 6)]
        PreRuntime([u8; 4], Vec<u8>),
        #[codec(index = 8)]
        RuntimeEnvironmentUpdated,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use parity_scale_codec::DecodeAll;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn body() -> HeaderBody {
        HeaderBody {
            parent_hash: [1; 32],
            number: 70_000,
            state_root: [2; 32],
            extrinsics_root: [3; 32],
            batch: Batch { first_index: 300, count: 2, at_ms: 5, epoch: 6, scorecards_digest: [4; 32] },
        }
    }

    #[test]
    fn bytes_are_those_of_a_substrate_header() {
        let header = body().sign(&key());
        let batch = substrate::DigestItem::PreRuntime(*b"XINJ", body().batch.encode());
        let seal = substrate::DigestItem::Seal(*b"ed25", header.signature.to_vec());
        let stock = |logs| substrate::Header {
            parent_hash: [1; 32],
            number: 70_000,
            state_root: [2; 32],
            extrinsics_root: [3; 32],
            digest: substrate::Digest { logs },
        };
        let unsigned = substrate::DigestItem::PreRuntime(*b"XINJ", body().batch.encode());
        assert_eq!(header.encode(), stock(vec![batch, seal]).encode());
        assert_eq!(body().signing_bytes(), stock(vec![unsigned]).encode());
        assert_eq!(Batch::max_encoded_len(), usize::try_from(BATCH_BYTES).unwrap());
        let longest = HeaderBody { number: u32::MAX, ..body() }.sign(&key());
        assert_eq!(longest.encode().len(), Header::max_encoded_len());
    }

    #[test]
    fn any_changed_byte_is_refused() {
        let header = body().sign(&key());
        let bytes = header.encode();
        assert_eq!(Header::decode_all(&mut bytes.as_slice()).unwrap(), header);
        assert_eq!(header.verify(&key().verifying_key()), Ok(()));
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[place] ^= 1 << bit;
                let refused = Header::decode_all(&mut bad.as_slice())
                    .map_or(true, |header| header.verify(&key().verifying_key()).is_err());
                assert!(refused, "byte {place} bit {bit}");
            }
        }
    }

    #[test]
    fn blocks_chain() {
        let first = HeaderBody { number: 0, parent_hash: [0; 32], ..body() };
        let first = HeaderBody { batch: Batch { first_index: 0, ..first.batch }, ..first }.sign(&key());
        assert_eq!(first.check_follows(None), Ok(()));
        assert_eq!((first.seal_index(), first.tree_size()), (2, 3));
        let next = HeaderBody {
            parent_hash: first.hash(),
            number: 1,
            batch: Batch { first_index: 3, count: 1, ..first.body.batch },
            ..first.body
        };
        let check = |body: HeaderBody| body.sign(&key()).check_follows(Some(&first));
        assert_eq!(check(next), Ok(()));
        assert_eq!(check(HeaderBody { parent_hash: [9; 32], ..next }), Err(HeaderError::Parent));
        assert_eq!(
            check(HeaderBody { number: 2, ..next }),
            Err(HeaderError::Number { expected: 1, found: 2 })
        );
        let with = |batch: Batch| check(HeaderBody { batch, ..next });
        assert_eq!(
            with(Batch { first_index: 4, ..next.batch }),
            Err(HeaderError::FirstIndex { expected: 3, found: 4 })
        );
        assert_eq!(with(Batch { at_ms: 4, ..next.batch }), Err(HeaderError::Time { parent: 5, found: 4 }));
        assert_eq!(with(Batch { epoch: 5, ..next.batch }), Err(HeaderError::Epoch { parent: 6, found: 5 }));
        assert!(first.check_follows(Some(&first)).is_err());
    }

    #[test]
    fn entries_are_counted_and_hashed() {
        let leaves = [[1; 32], [2; 32]];
        let sealed = |extrinsics_root| HeaderBody { extrinsics_root, ..body() }.sign(&key());
        let good = sealed(merkle::root(&leaves));
        assert_eq!(good.check_entries(&leaves), Ok(()));
        assert_eq!(good.check_entries(&leaves[..1]), Err(HeaderError::Count { expected: 1, found: 2 }));
        assert_eq!(sealed([0; 32]).check_entries(&leaves), Err(HeaderError::EntriesRoot));
    }

    #[test]
    fn the_scorecards_digest_continues_the_parent() {
        let sealed = |scorecards_digest| {
            let batch = Batch { scorecards_digest, ..Batch::default() };
            HeaderBody { batch, ..HeaderBody::default() }.sign(&key())
        };
        let parent = sealed(scorecards_digest([0; 32], [[1; 32]]));
        let child = sealed(scorecards_digest(parent.body.batch.scorecards_digest, [[2; 32], [3; 32]]));
        assert_eq!(parent.check_scorecards(None, &[[1; 32]]), Ok(()));
        assert_eq!(child.check_scorecards(Some(&parent), &[[2; 32], [3; 32]]), Ok(()));
        for wrong in [&[][..], &[[3; 32], [2; 32]], &[[2; 32]]] {
            assert_eq!(child.check_scorecards(Some(&parent), wrong), Err(HeaderError::Scorecards));
        }
        assert_eq!(sealed([0; 32]).check_scorecards(None, &[]), Ok(()));
    }
}
