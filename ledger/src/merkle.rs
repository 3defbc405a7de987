//! The Merkle tree of RFC 6962 section 2 (the same as RFC 9162 section 2.1): hashes, roots, inclusion and
//! consistency proofs. Positions and sizes are counted in leaves.

use sha2::{Digest, Sha256};

/// Length of a hash in bytes (SHA-256).
pub const HASH_BYTES: usize = 32;

/// Most hashes a proof can hold: one for each level of a tree of 2^64 leaves, and one for a consistency proof's start.
pub const MAX_PROOF_HASHES: usize = 65;

/// Largest size a stored tree may claim; far above any log, far below overflow.
pub const MAX_TREE_SIZE: u64 = 1 << 62;

/// A SHA-256 digest, [`HASH_BYTES`] long.
pub type Hash = [u8; 32];

/// Why a proof was refused or cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MerkleError {
    #[error("leaf {index} is not in a tree of {size} leaves")]
    IndexOutOfRange { index: u64, size: u64 },
    #[error("a tree of {new} leaves cannot extend one of {old}")]
    SizeOrder { old: u64, new: u64 },
    #[error("the proof has {found} hashes, this place needs {expected}")]
    ProofLength { expected: usize, found: usize },
    #[error("the proof leads to another root")]
    RootMismatch,
    #[error("the proof leads to another root for the older tree")]
    OldRootMismatch,
    #[error("{found} peaks given, a tree of {size} leaves has {expected}")]
    PeakCount { size: u64, expected: usize, found: usize },
    #[error("a tree of {0} leaves is above the limit of {MAX_TREE_SIZE}")]
    TooLarge(u64),
    #[error("{available} leaves given, {needed} needed")]
    MissingLeaves { needed: u64, available: u64 },
    #[error("leaves {start} to {end} are no subtree")]
    NoSubtree { start: u64, end: u64 },
}

/// A run of leaves `start..end` whose Merkle root is one hash of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subtree {
    pub start: u64,
    pub end: u64,
}

/// `SHA-256(0x00 ‖ entry)`.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0u8]).chain_update(entry).finalize().into()
}

/// `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1u8]).chain_update(left).chain_update(right).finalize().into()
}

/// Root of the tree without leaves: `SHA-256("")`.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::new().finalize().into()
}

/// Root over leaf hashes, in order.
#[must_use]
pub fn root(leaf_hashes: &[Hash]) -> Hash {
    let mut tree = CompactTree::new();
    for leaf in leaf_hashes {
        tree.append(*leaf);
    }
    tree.root()
}

/// A tree that forgets its leaves: only the roots of its complete subtrees ("peaks"), largest first.
/// Appending costs two hashes on average, and memory is one hash per set bit of the size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompactTree {
    size: u64,
    peaks: Vec<Hash>,
}

impl CompactTree {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Rebuilds a tree from stored peaks, largest first.
    ///
    /// # Errors
    /// When the size is above [`MAX_TREE_SIZE`] or the number of peaks is not the number of set bits of the size.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Result<Self, MerkleError> {
        if size > MAX_TREE_SIZE {
            return Err(MerkleError::TooLarge(size));
        }
        let expected = count(u64::from(size.count_ones()));
        if peaks.len() != expected {
            return Err(MerkleError::PeakCount { size, expected, found: peaks.len() });
        }
        Ok(Self { size, peaks })
    }

    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds one leaf hash; returns its index.
    pub fn append(&mut self, leaf: Hash) -> u64 {
        let index = self.size;
        let mut node = leaf;
        let mut below = index;
        // Each trailing one bit of the size is a complete subtree as large as the one just made.
        while below & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
            below >>= 1;
        }
        self.peaks.push(node);
        self.size = index + 1;
        index
    }

    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The subtrees whose roots, leaf to root, are the inclusion proof of leaf `index` in a tree of `size`.
///
/// # Errors
/// When the leaf is not in the tree.
pub fn inclusion_subtrees(index: u64, size: u64) -> Result<Vec<Subtree>, MerkleError> {
    if index >= size {
        return Err(MerkleError::IndexOutOfRange { index, size });
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(Subtree { start: middle, end });
            end = middle;
        } else {
            path.push(Subtree { start, end: middle });
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The subtrees whose roots are the consistency proof from `old` to `new` leaves (RFC 6962 section 2.1.2).
/// Empty when `old` is 0 or equals `new`.
///
/// # Errors
/// When the old tree is larger than the new one.
pub fn consistency_subtrees(old: u64, new: u64) -> Result<Vec<Subtree>, MerkleError> {
    if old > new {
        return Err(MerkleError::SizeOrder { old, new });
    }
    let mut path = Vec::new();
    if old == 0 || old == new {
        return Ok(path);
    }
    let (mut start, mut end) = (0, new);
    // While `start` is 0 the old tree's own root may be a node of the new tree, which the verifier knows already.
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(Subtree { start: middle, end });
            end = middle;
        } else {
            path.push(Subtree { start, end: middle });
            start = middle;
        }
    }
    if start != 0 {
        path.push(Subtree { start, end });
    }
    path.reverse();
    Ok(path)
}

/// Inclusion proof of leaf `index` in the tree of all `leaf_hashes`.
///
/// # Errors
/// When the leaf is not in the tree.
pub fn inclusion_proof(leaf_hashes: &[Hash], index: u64) -> Result<Vec<Hash>, MerkleError> {
    let size = length(leaf_hashes.len());
    inclusion_subtrees(index, size)?.into_iter().map(|part| subtree_root(leaf_hashes, part)).collect()
}

/// Consistency proof from the first `old` leaves to all `leaf_hashes`.
///
/// # Errors
/// When `old` is larger than the number of leaves.
pub fn consistency_proof(leaf_hashes: &[Hash], old: u64) -> Result<Vec<Hash>, MerkleError> {
    let new = length(leaf_hashes.len());
    consistency_subtrees(old, new)?.into_iter().map(|part| subtree_root(leaf_hashes, part)).collect()
}

/// Root of one run of leaves.
fn subtree_root(leaf_hashes: &[Hash], part: Subtree) -> Result<Hash, MerkleError> {
    let missing = MerkleError::MissingLeaves { needed: part.end, available: length(leaf_hashes.len()) };
    let start = usize::try_from(part.start).map_err(|_| missing)?;
    let end = usize::try_from(part.end).map_err(|_| missing)?;
    leaf_hashes.get(start..end).map(root).ok_or(missing)
}

/// Checks that a leaf is at `index` of the tree of `size` leaves with this root (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// When the index is outside the tree, the proof is of the wrong length or leads elsewhere.
pub fn verify_inclusion(
    leaf_hash: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), MerkleError> {
    let expected = inclusion_subtrees(index, size)?.len();
    if proof.len() != expected {
        return Err(MerkleError::ProofLength { expected, found: proof.len() });
    }
    let (mut place, mut last) = (index, size - 1);
    let mut node = *leaf_hash;
    for sibling in proof {
        if is_right_or_last(place, last) {
            node = node_hash(sibling, &node);
            (place, last) = climb_to_right(place, last);
        } else {
            node = node_hash(&node, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    if &node == root { Ok(()) } else { Err(MerkleError::RootMismatch) }
}

/// Checks that the tree of `new` leaves begins with the tree of `old` leaves (RFC 9162 section 2.1.4.2).
/// `old` of 0 needs the empty root and an empty proof.
///
/// # Errors
/// When the sizes are in the wrong order, the proof is of the wrong length or leads elsewhere.
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Hash],
    old_root: &Hash,
    new_root: &Hash,
) -> Result<(), MerkleError> {
    let expected = consistency_subtrees(old, new)?.len();
    if proof.len() != expected {
        return Err(MerkleError::ProofLength { expected, found: proof.len() });
    }
    if old == 0 {
        return if *old_root == empty_root() { Ok(()) } else { Err(MerkleError::OldRootMismatch) };
    }
    if old == new {
        return if old_root == new_root { Ok(()) } else { Err(MerkleError::RootMismatch) };
    }
    let shift = (old - 1).trailing_ones();
    let (mut place, mut last) = ((old - 1) >> shift, (new - 1) >> shift);
    let mut hashes = proof.iter();
    let start = if old.is_power_of_two() { Some(old_root) } else { hashes.next() };
    let Some(start) = start else { return Err(MerkleError::ProofLength { expected, found: 0 }) };
    let (mut old_node, mut new_node) = (*start, *start);
    for sibling in hashes {
        if is_right_or_last(place, last) {
            old_node = node_hash(sibling, &old_node);
            new_node = node_hash(sibling, &new_node);
            (place, last) = climb_to_right(place, last);
        } else {
            new_node = node_hash(&new_node, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    if &old_node != old_root {
        return Err(MerkleError::OldRootMismatch);
    }
    if &new_node == new_root { Ok(()) } else { Err(MerkleError::RootMismatch) }
}

/// A node at `place` hangs to the right of its sibling, or is the last of its level.
fn is_right_or_last(place: u64, last: u64) -> bool {
    place & 1 == 1 || place == last
}

/// The last node of a level has no sibling there: climb to the level where it is a right child.
fn climb_to_right(place: u64, last: u64) -> (u64, u64) {
    let levels = if place == 0 { 0 } else { place.trailing_zeros() };
    (place >> levels, last >> levels)
}

/// Largest power of two smaller than `size`, which must be at least 2: where RFC 6962 splits a tree.
pub(crate) fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

fn length(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn count(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Section 2.1 of RFC 6962 word for word.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let k = many.len().next_power_of_two() / 2;
                node_hash(&naive_root(&many[..k]), &naive_root(&many[k..]))
            }
        }
    }

    fn leaves(n: u64) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    /// Entry i of the known answers: `entry-<i>-` and the digest of the decimal number, repeated.
    fn known_leaf(i: u64) -> Hash {
        let digest = Sha256::digest(i.to_string().as_bytes());
        let mut entry = format!("entry-{i}-").into_bytes();
        for _ in 0..=(i % 5) {
            entry.extend_from_slice(&digest);
        }
        leaf_hash(&entry)
    }

    #[test]
    fn empty_tree_has_the_hash_of_nothing() {
        assert_eq!(
            hex::encode(CompactTree::new().root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn known_roots() {
        let known = [
            (1, "b5b0e749231ee65337bc6512c5b87cbb35c57944ee93f3fec1661ab621fb75d4"),
            (3, "d5231e560094781c6678b4caa87f215d6213a74255520f2b627afd65e4b8f275"),
            (256, "3f05c9f6f5778edb134fc71ed461571b0b100a332c558d354268beb0abd16bab"),
            (257, "cb94b5440531f3a0e1004ad5ad83e8349448692d8db9b44187a36b377e6fc40f"),
            (1000, "ee78e18438abfac7a736e54a40153c5b05c0aa845392695b25b09e3ed3ba0390"),
            (70_000, "344829b11054c29492d1af79adf3988fb1ae4743e20c015d505bd5df1e508004"),
        ];
        let mut tree = CompactTree::new();
        for (size, root) in known {
            while tree.size() < size {
                let next = known_leaf(tree.size());
                tree.append(next);
            }
            assert_eq!(hex::encode(tree.root()), root, "size {size}");
        }
    }

    #[test]
    fn every_small_tree_proves_every_leaf_and_every_prefix() {
        let all = leaves(40);
        for size in 1..=40u64 {
            let tree = &all[..usize::try_from(size).unwrap()];
            let root = root(tree);
            assert_eq!(root, naive_root(tree));
            for (index, leaf) in (0..).zip(tree) {
                let proof = inclusion_proof(tree, index).unwrap();
                assert_eq!(verify_inclusion(leaf, index, size, &proof, &root), Ok(()));
                for other in (0..size).filter(|other| *other != index) {
                    assert!(verify_inclusion(leaf, other, size, &proof, &root).is_err());
                }
            }
            for old in 0..=size {
                let old_root = naive_root(&tree[..usize::try_from(old).unwrap()]);
                let proof = consistency_proof(tree, old).unwrap();
                assert_eq!(verify_consistency(old, size, &proof, &old_root, &root), Ok(()), "{old} {size}");
            }
        }
    }

    #[test]
    fn bounds_are_errors() {
        assert_eq!(inclusion_subtrees(3, 3), Err(MerkleError::IndexOutOfRange { index: 3, size: 3 }));
        assert_eq!(inclusion_subtrees(0, 0), Err(MerkleError::IndexOutOfRange { index: 0, size: 0 }));
        assert_eq!(consistency_subtrees(4, 3), Err(MerkleError::SizeOrder { old: 4, new: 3 }));
        assert_eq!(
            CompactTree::from_peaks(u64::MAX, vec![[0; 32]; 64]),
            Err(MerkleError::TooLarge(u64::MAX))
        );
        assert_eq!(
            CompactTree::from_peaks(3, vec![[0; 32]]),
            Err(MerkleError::PeakCount { size: 3, expected: 2, found: 1 })
        );
        assert_eq!(
            verify_consistency(0, 3, &[], &[0; 32], &[1; 32]),
            Err(MerkleError::OldRootMismatch),
            "nothing extends a wrong empty tree"
        );
        // The greatest numbers a hostile file can name.
        assert!(verify_inclusion(&[0; 32], u64::MAX - 1, u64::MAX, &[[0; 32]; 64], &[0; 32]).is_err());
        assert!(verify_consistency(u64::MAX - 1, u64::MAX, &[[0; 32]; 65], &[0; 32], &[0; 32]).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_changed_proof_is_refused(size in 2u64..300, pick in any::<u64>(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let all = leaves(size);
            let root = root(&all);
            let index = pick % size;
            let leaf = all[usize::try_from(index).unwrap()];
            let proof = inclusion_proof(&all, index).unwrap();
            prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
            let mut bad = proof.clone();
            let place = at.index(bad.len());
            bad[place][0] ^= 1 << bit;
            prop_assert_eq!(verify_inclusion(&leaf, index, size, &bad, &root), Err(MerkleError::RootMismatch));
            let mut longer = proof;
            longer.push([0; 32]);
            prop_assert!(verify_inclusion(&leaf, index, size, &longer, &root).is_err());
        }

        #[test]
        fn a_changed_consistency_proof_is_refused(new in 2u64..300, pick in any::<u64>(), at in any::<prop::sample::Index>()) {
            let all = leaves(new);
            let old = 1 + pick % (new - 1);
            let (old_root, new_root) = (root(&all[..usize::try_from(old).unwrap()]), root(&all));
            let mut proof = consistency_proof(&all, old).unwrap();
            prop_assert_eq!(verify_consistency(old, new, &proof, &old_root, &new_root), Ok(()));
            let place = at.index(proof.len());
            proof[place][31] ^= 1;
            prop_assert!(verify_consistency(old, new, &proof, &old_root, &new_root).is_err());
        }

        #[test]
        fn hostile_numbers_never_panic(a in any::<u64>(), b in any::<u64>(), proof in prop::collection::vec(any::<[u8; 32]>(), 0..66), root in any::<[u8; 32]>()) {
            prop_assert!(verify_inclusion(&root, a, b, &proof, &root).is_err() || b == 1);
            let _ = verify_consistency(a, b, &proof, &root, &root);
        }

        #[test]
        fn peaks_continue_a_tree(size in 0u64..200, more in 0u64..20) {
            let all = leaves(size + more);
            let mut tree = CompactTree::new();
            for leaf in &all[..usize::try_from(size).unwrap()] { tree.append(*leaf); }
            let mut again = CompactTree::from_peaks(tree.size(), tree.peaks().to_vec()).unwrap();
            for leaf in &all[usize::try_from(size).unwrap()..] { again.append(*leaf); }
            prop_assert_eq!(again.root(), naive_root(&all));
        }
    }
}
