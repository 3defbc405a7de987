//! The hashes of the whole state map in memory: some 150 bytes a key.
//!
//! Only whoever writes or re-executes a log holds one; readers make their proofs from the rows of the store. It is
//! built in one pass from the stored values and then compared with the last seal.

use super::layout::{self, EMPTY, bit};
use super::proof::StateProof;
use crate::merkle::Hash;

/// Depth in bits between the subtrees whose hashes a store keeps for every block, see [`Page`].
pub const PAGE_BITS: usize = 8;

/// One change of the map: hashes of key and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub key: Hash,
    pub value: Hash,
}

/// The new hash of a subtree of two keys or more whose depth is a multiple of [`PAGE_BITS`], the root's not
/// included. With these a proof at any old block is made from some hundred rows, not from the whole map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The bits that its keys share, as whole bytes.
    pub prefix: Vec<u8>,
    pub hash: Hash,
}

/// The map.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    leaves: Vec<Leaf>,
    inners: Vec<Inner>,
    root: Node,
}

#[derive(Debug, Clone, Copy, Default)]
enum Node {
    #[default]
    Empty,
    Leaf(u32),
    Inner(u32),
}

#[derive(Debug, Clone, Copy)]
struct Leaf {
    key: Hash,
    value: Hash,
    hash: Hash,
}

#[derive(Debug, Clone, Copy)]
struct Inner {
    left: Node,
    right: Node,
    hash: Hash,
}

/// More keys than the map can hold (2^32).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the state map is full")]
pub struct TreeFull;

impl Tree {
    /// Root of the map.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.hash_of(self.root)
    }

    /// Number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.leaves.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// Puts the changes in; of several for one key the last holds. Gives the pages that changed.
    ///
    /// # Errors
    /// [`TreeFull`]; the map is then of no more use.
    pub fn apply(&mut self, mut changes: Vec<Change>) -> Result<Vec<Page>, TreeFull> {
        // Stable, so that of equal keys the last stays last.
        changes.sort_by_key(|change| change.key);
        changes.reverse();
        changes.dedup_by(|later, first| later.key == first.key);
        changes.reverse();
        let mut pages = Vec::new();
        self.root = self.update(self.root, 0, &changes, &mut pages)?;
        Ok(pages)
    }

    /// Proof for a key's hash as the map is now.
    #[must_use]
    pub fn prove(&self, key: &Hash) -> StateProof {
        let mut siblings = Vec::new();
        let mut node = self.root;
        for depth in 0.. {
            let Some(inner) = self.inner(node) else { break };
            let (next, beside) =
                if bit(key, depth) { (inner.right, inner.left) } else { (inner.left, inner.right) };
            siblings.push(self.hash_of(beside));
            node = next;
        }
        siblings.reverse();
        let other = self.leaf(node).filter(|leaf| leaf.key != *key).map(|leaf| (leaf.key, leaf.value));
        StateProof { other, siblings }
    }

    /// Hash of the value under a key's hash.
    #[must_use]
    pub fn value(&self, key: &Hash) -> Option<Hash> {
        let mut node = self.root;
        for depth in 0.. {
            let Some(inner) = self.inner(node) else { break };
            node = if bit(key, depth) { inner.right } else { inner.left };
        }
        self.leaf(node).filter(|leaf| leaf.key == *key).map(|leaf| leaf.value)
    }

    fn leaf(&self, node: Node) -> Option<&Leaf> {
        let Node::Leaf(at) = node else { return None };
        self.leaves.get(usize::try_from(at).ok()?)
    }

    fn inner(&self, node: Node) -> Option<&Inner> {
        let Node::Inner(at) = node else { return None };
        self.inners.get(usize::try_from(at).ok()?)
    }

    fn hash_of(&self, node: Node) -> Hash {
        self.leaf(node).map(|leaf| leaf.hash).or_else(|| self.inner(node).map(|i| i.hash)).unwrap_or(EMPTY)
    }

    fn update(
        &mut self,
        node: Node,
        depth: usize,
        changes: &[Change],
        pages: &mut Vec<Page>,
    ) -> Result<Node, TreeFull> {
        let Some(first) = changes.first() else { return Ok(node) };
        match node {
            Node::Empty if changes.len() == 1 => self.new_leaf(first),
            Node::Empty => self.part(Node::Empty, Node::Empty, depth, changes, pages),
            Node::Leaf(at) => {
                let Some(leaf) = usize::try_from(at).ok().and_then(|at| self.leaves.get_mut(at)) else {
                    return Ok(node);
                };
                if changes.len() == 1 && leaf.key == first.key {
                    leaf.value = first.value;
                    leaf.hash = layout::leaf_hash(&leaf.key, &leaf.value);
                    return Ok(node);
                }
                let (left, right) =
                    if bit(&leaf.key, depth) { (Node::Empty, node) } else { (node, Node::Empty) };
                self.part(left, right, depth, changes, pages)
            }
            Node::Inner(_) => {
                let Some(inner) = self.inner(node).copied() else { return Ok(node) };
                let (left, right) = self.halves(inner.left, inner.right, depth, changes, pages)?;
                let hash = layout::inner_hash(&self.hash_of(left), &self.hash_of(right));
                note_page(depth, first, hash, pages);
                if let Node::Inner(at) = node
                    && let Some(inner) = usize::try_from(at).ok().and_then(|at| self.inners.get_mut(at))
                {
                    *inner = Inner { left, right, hash };
                }
                Ok(node)
            }
        }
    }

    /// A new inner node over two halves of a subtree that had at most one key.
    fn part(
        &mut self,
        left: Node,
        right: Node,
        depth: usize,
        changes: &[Change],
        pages: &mut Vec<Page>,
    ) -> Result<Node, TreeFull> {
        let (left, right) = self.halves(left, right, depth, changes, pages)?;
        let hash = layout::inner_hash(&self.hash_of(left), &self.hash_of(right));
        if let Some(first) = changes.first() {
            note_page(depth, first, hash, pages);
        }
        let at = u32::try_from(self.inners.len()).map_err(|_| TreeFull)?;
        self.inners.push(Inner { left, right, hash });
        Ok(Node::Inner(at))
    }

    fn halves(
        &mut self,
        left: Node,
        right: Node,
        depth: usize,
        changes: &[Change],
        pages: &mut Vec<Page>,
    ) -> Result<(Node, Node), TreeFull> {
        let middle = changes.partition_point(|change| !bit(&change.key, depth));
        let (lower, upper) = changes.split_at(middle);
        let left = self.update(left, depth + 1, lower, pages)?;
        let right = self.update(right, depth + 1, upper, pages)?;
        Ok((left, right))
    }

    fn new_leaf(&mut self, change: &Change) -> Result<Node, TreeFull> {
        let at = u32::try_from(self.leaves.len()).map_err(|_| TreeFull)?;
        let hash = layout::leaf_hash(&change.key, &change.value);
        self.leaves.push(Leaf { key: change.key, value: change.value, hash });
        Ok(Node::Leaf(at))
    }
}

fn note_page(depth: usize, change: &Change, hash: Hash, pages: &mut Vec<Page>) {
    if depth > 0
        && depth.is_multiple_of(PAGE_BITS)
        && let Some(prefix) = change.key.get(..depth / 8)
    {
        pages.push(Page { prefix: prefix.to_vec(), hash });
    }
}
