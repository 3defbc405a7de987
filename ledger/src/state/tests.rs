//! The map against the crate `jmt`, and its proofs against `jmt` and `ics23`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::layout::{self, EMPTY, bit, value_hash};
use super::tree::{Change, Page};
use super::{StateProof, StateProofError, Tree};
use crate::merkle::Hash;
use ics23::commitment_proof::Proof as Kind;
use ics23::{
    CommitmentProof, ExistenceProof, HashOp, HostFunctionsManager, InnerOp, NonExistenceProof,
    verify_membership, verify_non_membership,
};
use jmt::mock::MockTreeStore;
use jmt::proof::SparseMerkleProof;
use jmt::{JellyfishMerkleTree, KeyHash, RootHash};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Keys by their own bytes, so that some share long prefixes of their hashes only by chance.
type Map = BTreeMap<Vec<u8>, Vec<u8>>;

fn hash(key: &[u8]) -> Hash {
    Sha256::digest(key).into()
}

fn changes(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<Change> {
    pairs.iter().map(|(key, value)| Change { key: hash(key), value: value_hash(value) }).collect()
}

/// The same changes in `jmt`, one version a step.
fn jmt_root(steps: &[Vec<(Vec<u8>, Vec<u8>)>]) -> Hash {
    let store = MockTreeStore::default();
    let tree = JellyfishMerkleTree::<_, sha2_jmt::Sha256>::new(&store);
    let mut root = EMPTY;
    for (version, step) in (0..).zip(steps) {
        let latest: Map = step.iter().cloned().collect();
        let values = latest.iter().map(|(key, value)| (KeyHash(hash(key)), Some(value.clone())));
        let (found, batch) = tree.put_value_set(values, version).unwrap();
        store.write_tree_update_batch(batch).unwrap();
        root = found.0;
    }
    root
}

/// Definition of the root, word for word as in [`layout`].
fn defined_root(keys: &[(Hash, Hash)], depth: usize) -> Hash {
    match keys {
        [] => EMPTY,
        [(key, value)] => layout::leaf_hash(key, value),
        _ => {
            let (left, right): (Vec<_>, Vec<_>) = keys.iter().partition(|(key, _)| !bit(key, depth));
            layout::inner_hash(&defined_root(&left, depth + 1), &defined_root(&right, depth + 1))
        }
    }
}

fn path(key: &Hash, proof: &StateProof) -> Vec<InnerOp> {
    let depths = (0..proof.siblings.len()).rev();
    let inner = |(sibling, depth): (&Hash, usize)| {
        let mut prefix = b"JMT::IntrnalNode".to_vec();
        let mut suffix = Vec::new();
        if bit(key, depth) {
            prefix.extend_from_slice(sibling)
        } else {
            suffix.extend_from_slice(sibling)
        }
        InnerOp { hash: HashOp::Sha256.into(), prefix, suffix }
    };
    proof.siblings.iter().zip(depths).map(inner).collect()
}

fn existence(tree: &Tree, key: &[u8], value: &[u8]) -> ExistenceProof {
    let place = hash(key);
    ExistenceProof {
        key: key.to_vec(),
        value: value.to_vec(),
        leaf: jmt::ics23_spec().leaf_spec,
        path: path(&place, &tree.prove(&place)),
    }
}

fn absence(tree: &Tree, map: &Map, key: &[u8]) -> NonExistenceProof {
    let mut sorted: Vec<_> = map.iter().collect();
    sorted.sort_by_key(|(key, _)| hash(key));
    let at = sorted.partition_point(|(other, _)| hash(other) < hash(key));
    let prove = |(key, value): &(&Vec<u8>, &Vec<u8>)| existence(tree, key, value);
    NonExistenceProof {
        key: key.to_vec(),
        left: at.checked_sub(1).and_then(|at| sorted.get(at)).map(prove),
        right: sorted.get(at).map(prove),
    }
}

fn numbered(count: u32) -> Vec<(Vec<u8>, Vec<u8>)> {
    (0..count).map(|n| (format!("key {n}").into_bytes(), format!("value {n}").into_bytes())).collect()
}

#[test]
fn an_empty_map_and_a_single_key() {
    let mut tree = Tree::default();
    let key = hash(b"a");
    assert_eq!(tree.root(), EMPTY);
    assert_eq!(tree.prove(&key).verify(&EMPTY, &key, None), Ok(()));
    tree.apply(changes(&[(b"a".to_vec(), b"1".to_vec())])).unwrap();
    assert_eq!(tree.root(), layout::leaf_hash(&key, &value_hash(b"1")));
    assert_eq!(tree.prove(&key).verify(&tree.root(), &key, Some(b"1")), Ok(()));
    let absent = hash(b"b");
    let proof = tree.prove(&absent);
    assert_eq!(proof.verify(&tree.root(), &absent, None), Ok(()));
    assert_eq!(proof.verify(&tree.root(), &key, None), Err(StateProofError::SameKey));
}

#[test]
fn the_last_change_of_a_key_holds() {
    let mut tree = Tree::default();
    let pair = |value: &str| (b"a".to_vec(), value.as_bytes().to_vec());
    tree.apply(changes(&[pair("1"), (b"b".to_vec(), b"x".to_vec()), pair("2"), pair("3")])).unwrap();
    assert_eq!(tree.value(&hash(b"a")), Some(value_hash(b"3")));
    assert_eq!(tree.len(), 2);
    assert_eq!(tree.value(&hash(b"c")), None);
}

#[test]
fn a_thousand_keys_have_the_root_and_the_proofs_of_jmt() {
    let pairs = numbered(1_000);
    let (tree_store, mut tree) = (MockTreeStore::default(), Tree::default());
    tree.apply(changes(&pairs)).unwrap();
    let other = JellyfishMerkleTree::<_, sha2_jmt::Sha256>::new(&tree_store);
    let values = pairs.iter().map(|(key, value)| (KeyHash(hash(key)), Some(value.clone())));
    let (root, batch) = other.put_value_set(values, 0).unwrap();
    tree_store.write_tree_update_batch(batch).unwrap();
    assert_eq!(root.0, tree.root());
    for n in 0..1_200 {
        let key = hash(format!("key {n}").as_bytes());
        let (value, theirs) = other.get_with_proof(KeyHash(key), 0).unwrap();
        let ours = tree.prove(&key);
        let stored = value.as_deref().map(|value| (key, value_hash(value)));
        assert_eq!(parts(&theirs), (stored.or(ours.other), ours.siblings.clone()));
        theirs.verify(RootHash(tree.root()), KeyHash(key), value.as_ref()).unwrap();
        assert_eq!(ours.verify(&tree.root(), &key, value.as_deref()), Ok(()));
    }
}

/// What `jmt` keeps to itself: the leaf of a proof, and the hashes of its siblings.
fn parts(proof: &SparseMerkleProof<sha2_jmt::Sha256>) -> (Option<(Hash, Hash)>, Vec<Hash>) {
    let bytes = borsh::to_vec(proof).unwrap();
    let mut rest = bytes.as_slice();
    let mut take = |length: usize| {
        let (part, after) = rest.split_at(length);
        rest = after;
        part
    };
    let mut leaf = None;
    if take(1)[0] == 1 {
        leaf = Some((take(32).try_into().unwrap(), take(32).try_into().unwrap()));
    }
    let count = u32::from_le_bytes(take(4).try_into().unwrap());
    let siblings = (0..count)
        .map(|_| match take(1)[0] {
            0 => EMPTY,
            kind => {
                let (a, b) = (take(32).try_into().unwrap(), take(32).try_into().unwrap());
                if kind == 1 { layout::inner_hash(&a, &b) } else { layout::leaf_hash(&a, &b) }
            }
        })
        .collect();
    (leaf, siblings)
}

#[test]
fn ics23_accepts_what_we_prove() {
    let pairs = numbered(300);
    let map: Map = pairs.iter().cloned().collect();
    let mut tree = Tree::default();
    tree.apply(changes(&pairs)).unwrap();
    let (spec, root) = (jmt::ics23_spec(), tree.root().to_vec());
    for (key, value) in &pairs {
        let proof = CommitmentProof { proof: Some(Kind::Exist(existence(&tree, key, value))) };
        assert!(verify_membership::<HostFunctionsManager>(&proof, &spec, &root, key, value));
        assert!(!verify_membership::<HostFunctionsManager>(&proof, &spec, &root, key, b"other"));
    }
    for n in 300..600 {
        let key = format!("key {n}").into_bytes();
        let proof = CommitmentProof { proof: Some(Kind::Nonexist(absence(&tree, &map, &key))) };
        assert!(verify_non_membership::<HostFunctionsManager>(&proof, &spec, &root, &key), "key {n}");
    }
    let there = CommitmentProof { proof: Some(Kind::Nonexist(absence(&tree, &map, b"key 7"))) };
    assert!(!verify_non_membership::<HostFunctionsManager>(&there, &spec, &root, b"key 7"));
}

#[test]
fn every_changed_byte_of_a_proof_is_refused() {
    let mut tree = Tree::default();
    tree.apply(changes(&numbered(50))).unwrap();
    for n in [3, 49, 50, 51, 99] {
        let key = hash(format!("key {n}").as_bytes());
        let value = (n < 50).then(|| format!("value {n}").into_bytes());
        let value = value.as_deref();
        let good = tree.prove(&key);
        assert_eq!(good.verify(&tree.root(), &key, value), Ok(()));
        let flipped: Option<&[u8]> = if value.is_some() { None } else { Some(b"value") };
        assert!(good.verify(&tree.root(), &key, flipped).is_err());
        for place in 0..good.siblings.len() * 32 {
            let mut bad = good.clone();
            bad.siblings[place / 32][place % 32] ^= 1;
            assert!(bad.verify(&tree.root(), &key, value).is_err());
        }
        if let Some(stands_in) = good.other {
            for place in 0..32 {
                let (mut key_changed, mut value_changed) = (stands_in, stands_in);
                key_changed.0[place] ^= 1;
                value_changed.1[place] ^= 1;
                for other in [key_changed, value_changed] {
                    let bad = StateProof { other: Some(other), ..good.clone() };
                    assert!(bad.verify(&tree.root(), &key, value).is_err());
                }
            }
        }
        let mut longer = good.clone();
        longer.siblings.insert(0, EMPTY);
        assert!(longer.verify(&tree.root(), &key, value).is_err());
        let mut shorter = good.clone();
        shorter.siblings.pop();
        assert!(shorter.verify(&tree.root(), &key, value).is_err());
    }
    let long = StateProof { other: None, siblings: vec![EMPTY; 257] };
    assert_eq!(long.verify(&EMPTY, &[0; 32], None), Err(StateProofError::TooLong(257)));
}

#[test]
fn pages_are_the_hashes_of_their_subtrees() {
    let pairs = numbered(2_000);
    let mut tree = Tree::default();
    let mut pages: BTreeMap<Vec<u8>, Hash> = BTreeMap::new();
    for step in pairs.chunks(77) {
        pages.extend(
            tree.apply(changes(step)).unwrap().into_iter().map(|Page { prefix, hash }| (prefix, hash)),
        );
    }
    let mut keys: Vec<(Hash, Hash)> =
        pairs.iter().map(|(key, value)| (hash(key), value_hash(value))).collect();
    keys.sort_unstable();
    for length in 1..4 {
        for group in keys.chunk_by(|a, b| a.0[..length] == b.0[..length]) {
            let found = pages.remove(&group[0].0[..length]);
            let expected = (group.len() > 1).then(|| defined_root(group, length * 8));
            assert_eq!(found, expected);
        }
    }
    assert!(pages.is_empty(), "no page without two keys: {pages:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any order and any batches give one root: that of `jmt`, and that of the definition.
    #[test]
    fn any_batches_give_the_root_of_jmt(
        steps in prop::collection::vec(prop::collection::vec((0u8..60, any::<u8>()), 1..20), 1..8)
    ) {
        let steps: Vec<Vec<(Vec<u8>, Vec<u8>)>> =
            steps.into_iter().map(|s| s.into_iter().map(|(k, v)| (vec![k], vec![v])).collect()).collect();
        let mut tree = Tree::default();
        for step in &steps {
            tree.apply(changes(step)).unwrap();
        }
        let map: Map = steps.iter().flatten().cloned().collect();
        let mut keys: Vec<_> = map.iter().map(|(key, value)| (hash(key), value_hash(value))).collect();
        keys.sort_unstable();
        prop_assert_eq!(tree.root(), defined_root(&keys, 0));
        prop_assert_eq!(tree.root(), jmt_root(&steps));
        for key in 0..70 {
            let place = hash(&[key]);
            let value = map.get(&vec![key]).map(Vec::as_slice);
            prop_assert_eq!(tree.prove(&place).verify(&tree.root(), &place, value), Ok(()));
        }
    }

    /// A proof for one thing never proves another.
    #[test]
    fn hostile_proofs_never_panic(
        other in any::<Option<([u8; 32], [u8; 32])>>(),
        siblings in prop::collection::vec(any::<[u8; 32]>(), 0..300),
        key in any::<[u8; 32]>(),
        value in any::<Option<Vec<u8>>>(),
    ) {
        let proof = StateProof { other, siblings };
        prop_assert!(proof.verify(&[1; 32], &key, value.as_deref()).is_err());
    }
}
