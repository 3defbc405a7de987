//! `ct-merkle`, an RFC 6962 log by others: its root over our entries, and its verdict on our proofs.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2::Sha256;

/// Root over these entries.
pub fn root(entries: &[Vec<u8>]) -> [u8; 32] {
    let mut tree = MemoryBackedTree::<Sha256, &[u8]>::new();
    for entry in entries {
        tree.push(entry);
    }
    (*tree.root().as_bytes()).into()
}

fn root_hash(size: u64, root: [u8; 32]) -> RootHash<Sha256> {
    RootHash::new(root.into(), size)
}

pub fn includes(hashes: &[[u8; 32]], (size, root): (u64, [u8; 32]), index: u64, entry: &[u8]) -> bool {
    let proof = InclusionProof::try_from_bytes(hashes.concat()).unwrap();
    root_hash(size, root).verify_inclusion(&entry, index, &proof).is_ok()
}

pub fn extends(hashes: &[[u8; 32]], (size, root): (u64, [u8; 32]), old: (u64, [u8; 32])) -> bool {
    let proof = ConsistencyProof::try_from_bytes(hashes.concat()).unwrap();
    root_hash(size, root).verify_consistency(&root_hash(old.0, old.1), &proof).is_ok()
}
