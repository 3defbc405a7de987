//! Subtree consistency proofs (draft-ietf-plants-merkle-tree-certs, "Subtree Consistency Proofs"): that a run of leaves
//! is part of a tree. With the run at leaf 0 it is RFC 6962's consistency proof, with a run of one leaf its inclusion
//! proof.

use crate::merkle::{Hash, MAX_TREE_SIZE, MerkleError, Subtree, node_hash, split};

/// Where a hash of a proof stands, from the leaves up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Leaves after the run.
    Right,
    /// Leaves before the run.
    Left,
    /// Leaves before, which the run holds too.
    Shared,
}

/// The way from a run up to the whole tree.
struct Path {
    /// The lowest node that the proof begins with, where that is not the run itself.
    begin: Option<Subtree>,
    steps: Vec<(Side, Subtree)>,
}

fn path(run: Subtree, size: u64) -> Result<Path, MerkleError> {
    if size > MAX_TREE_SIZE {
        return Err(MerkleError::TooLarge(size));
    }
    let outside = MerkleError::IndexOutOfRange { index: run.end, size };
    if run.start >= run.end || run.end > size {
        return Err(outside);
    }
    if !run.start.is_multiple_of((run.end - run.start).next_power_of_two()) {
        return Err(MerkleError::NoSubtree { start: run.start, end: run.end });
    }
    let (mut start, mut low, mut high) = (run.start, 0, size);
    let (mut steps, mut is_known) = (Vec::new(), true);
    while (start, run.end) != (low, high) {
        let middle = low + split(high - low);
        if run.end <= middle {
            steps.push((Side::Right, Subtree { start: middle, end: high }));
            high = middle;
        } else if start >= middle {
            steps.push((Side::Left, Subtree { start: low, end: middle }));
            low = middle;
        } else {
            // Only what begins where the node begins reaches over its middle: the left half is part of both.
            steps.push((Side::Shared, Subtree { start: low, end: middle }));
            (low, start, is_known) = (middle, middle, false);
        }
    }
    steps.reverse();
    Ok(Path { begin: (!is_known).then_some(Subtree { start: low, end: high }), steps })
}

/// The subtrees whose roots, from the leaves up, prove that the leaves `run` are those of the tree of `size` leaves.
///
/// # Errors
/// When the run is empty, not in the tree, or does not begin at a multiple of its rounded-up length.
pub fn subtree_proof_parts(run: Subtree, size: u64) -> Result<Vec<Subtree>, MerkleError> {
    let path = path(run, size)?;
    Ok(path.begin.into_iter().chain(path.steps.into_iter().map(|(_, part)| part)).collect())
}

/// Checks that the leaves `run`, whose root is `run_root`, are those of the tree of `size` leaves with this root.
///
/// # Errors
/// As [`subtree_proof_parts`], and when the proof is of the wrong length or leads elsewhere.
pub fn verify_subtree(
    run: Subtree,
    size: u64,
    proof: &[Hash],
    run_root: &Hash,
    root: &Hash,
) -> Result<(), MerkleError> {
    let path = path(run, size)?;
    let expected = path.steps.len() + usize::from(path.begin.is_some());
    if proof.len() != expected {
        return Err(MerkleError::ProofLength { expected, found: proof.len() });
    }
    let mut hashes = proof.iter();
    let begin = if path.begin.is_some() { hashes.next() } else { Some(run_root) };
    let Some(begin) = begin else { return Err(MerkleError::ProofLength { expected, found: 0 }) };
    let (mut below, mut tree) = (*begin, *begin);
    for ((side, _), hash) in path.steps.iter().zip(hashes) {
        match side {
            Side::Right => tree = node_hash(&tree, hash),
            Side::Left => tree = node_hash(hash, &tree),
            Side::Shared => (below, tree) = (node_hash(hash, &below), node_hash(hash, &tree)),
        }
    }
    if below != *run_root {
        return Err(MerkleError::OldRootMismatch);
    }
    if tree == *root { Ok(()) } else { Err(MerkleError::RootMismatch) }
}

#[cfg(test)]
#[path = "subtree_tests.rs"]
mod tests;
