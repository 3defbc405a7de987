//! How nodes of the state map are hashed: the layout of the crate `jmt` with SHA-256, whose `ics23` specification
//! every ics23 verifier knows.
//!
//! The subtree of the keys that share a prefix of bits is: [`EMPTY`] when there is none; [`leaf_hash`] when there
//! is one, however short the prefix; else [`inner_hash`] of the two halves.

use sha2::{Digest as _, Sha256};

use crate::merkle::Hash;

/// Hash of a subtree without keys; also the root of an empty map.
pub const EMPTY: Hash = *b"SPARSE_MERKLE_PLACEHOLDER_HASH__";

const LEAF: &[u8] = b"JMT::LeafNode";
const INNER: &[u8] = b"JMT::IntrnalNode";

/// Bits of a key's hash, and the greatest depth of a leaf.
pub const DEPTH_MAX: usize = 256;

/// Hash of the only key in a subtree. `key` is the SHA-256 of the key, `value` that of the value.
#[must_use]
pub fn leaf_hash(key: &Hash, value: &Hash) -> Hash {
    Sha256::new().chain_update(LEAF).chain_update(key).chain_update(value).finalize().into()
}

/// Hash of a subtree with two keys or more.
#[must_use]
pub fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update(INNER).chain_update(left).chain_update(right).finalize().into()
}

/// SHA-256 of a value.
#[must_use]
pub fn value_hash(value: &[u8]) -> Hash {
    Sha256::digest(value).into()
}

/// Bit `depth` of a key's hash, the highest bit of the first byte being 0. Past the end it is 0.
#[must_use]
pub fn bit(key: &Hash, depth: usize) -> bool {
    key.get(depth / 8).is_some_and(|byte| byte >> (7 - depth % 8) & 1 == 1)
}

/// How many bits two hashes share before they part.
#[must_use]
pub fn common_bits(a: &Hash, b: &Hash) -> usize {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let rest = match (a.get(same), b.get(same)) {
        (Some(x), Some(y)) => usize::try_from((x ^ y).leading_zeros()).unwrap_or(0),
        _ => 0,
    };
    same * 8 + rest
}
