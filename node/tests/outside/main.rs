//! Other people's verifiers accept our logs as they are, and refuse them with one flipped bit.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod cloudflare;
mod ct;
mod log;

use ledger::store::Store;
use log::Export;

const SIZES: [u64; 8] = [1, 2, 3, 255, 256, 257, 1000, 70_000];

/// Logs up to this many leaves are flipped in every byte, larger ones here and there.
const FLIP_ALL_SIZE: u64 = 3;

/// The known answers of docs/LEDGER.md.
const VKEY: &str = "ledger.example/credit+66c6febb+AZsfhHkc/HZjBFhU04netcqVRJ2HXydqg4QLBgqznPxx";
const SIGNED_AT_3: &str = "— ledger.example/credit \
    Zsb+u0JgP7wfgX115raKaDCjvVNS7judgiRrvBf5oSfg+61CmSP6/9oLaK2/TlPMrgr5gTcC2Pafl0wZfJWAnd2ELwY=\n";
const ROOTS: [(u64, &str); 6] = [
    (1, "b5b0e749231ee65337bc6512c5b87cbb35c57944ee93f3fec1661ab621fb75d4"),
    (3, "d5231e560094781c6678b4caa87f215d6213a74255520f2b627afd65e4b8f275"),
    (256, "3f05c9f6f5778edb134fc71ed461571b0b100a332c558d354268beb0abd16bab"),
    (257, "cb94b5440531f3a0e1004ad5ad83e8349448692d8db9b44187a36b377e6fc40f"),
    (1000, "ee78e18438abfac7a736e54a40153c5b05c0aa845392695b25b09e3ed3ba0390"),
    (70_000, "344829b11054c29492d1af79adf3988fb1ae4743e20c015d505bd5df1e508004"),
];

#[test]
fn the_known_log_is_accepted_and_has_the_known_roots() {
    let folder = tempfile::tempdir().unwrap();
    let (store, exports) = log::known(folder.path(), &SIZES);
    assert_eq!(exports.len(), SIZES.len());
    judge(&store, &exports);
    for (size, root) in ROOTS {
        let export = exports.iter().find(|export| export.size == size).unwrap();
        let (_, found) = cloudflare::open(&export.checkpoint, VKEY).unwrap();
        assert_eq!(hex::encode(found.0), root, "size {size}");
    }
    assert!(String::from_utf8_lossy(&exports[2].checkpoint).ends_with(SIGNED_AT_3));
}

#[test]
fn the_operators_log_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    // A sealed log has a genesis and its seal, two leaves, before anything else.
    let (view, exports) = log::sealed(folder.path(), &SIZES[1..]);
    assert_eq!(exports.len(), SIZES.len() - 1);
    judge(view.store(), &exports);
}

fn judge(store: &Store, exports: &[Export]) {
    let mut older: Vec<(u64, tlog_tiles::Hash)> = Vec::new();
    for export in exports {
        let size = export.size;
        assert_eq!(cloudflare::verify(export, VKEY), Ok(size), "size {size}");
        let tip = cloudflare::open(&export.checkpoint, VKEY).unwrap();
        let entries = cloudflare::entries(export).unwrap();
        assert_eq!(ct::root(&entries), tip.1.0, "size {size}");
        for index in [0, size / 3, size / 2, size.saturating_sub(2), size - 1] {
            inclusion(store, &entries, tip, index);
        }
        older.push(tip);
        for old in &older {
            consistency(store, tip, *old);
        }
        flips(export);
    }
}

fn inclusion(store: &Store, entries: &[Vec<u8>], tip: (u64, tlog_tiles::Hash), index: u64) {
    let (size, root) = (tip.0, tip.1.0);
    let entry = &entries[usize::try_from(index).unwrap()];
    let verdict = |proof: &[[u8; 32]], index, entry: &[u8]| {
        let verdict = cloudflare::includes(proof, tip, index, entry);
        assert_eq!(ct::includes(proof, (size, root), index, entry), verdict, "leaf {index} of {size}");
        verdict
    };
    let mut proof = store.inclusion_proof(index, size).unwrap();
    assert!(verdict(&proof, index, entry), "leaf {index} of {size}");
    let mut other = entry.clone();
    other[0] ^= 1;
    assert!(!verdict(&proof, index, &other), "another entry as leaf {index} of {size}");
    if size > 1 {
        assert!(!verdict(&proof, (index + 1) % size, entry), "leaf {index} of {size} elsewhere");
    }
    if let Some(hash) = proof.last_mut() {
        hash[31] ^= 1;
        assert!(!verdict(&proof, index, entry), "a flipped proof of leaf {index} of {size}");
    }
}

fn consistency(store: &Store, tip: (u64, tlog_tiles::Hash), old: (u64, tlog_tiles::Hash)) {
    let verdict = |proof: &[[u8; 32]], old: (u64, tlog_tiles::Hash)| {
        let verdict = cloudflare::extends(proof, tip, old);
        let also = ct::extends(proof, (tip.0, tip.1.0), (old.0, old.1.0));
        assert_eq!(verdict, also, "from {} to {}", old.0, tip.0);
        verdict
    };
    let mut proof = store.consistency_proof(old.0, tip.0).unwrap();
    assert!(verdict(&proof, old), "from {} to {}", old.0, tip.0);
    let mut other = old;
    other.1.0[0] ^= 1;
    assert!(!verdict(&proof, other), "from another log of {} to {}", old.0, tip.0);
    if let Some(hash) = proof.first_mut() {
        hash[0] ^= 1;
        assert!(!verdict(&proof, old), "a flipped proof from {} to {}", old.0, tip.0);
    }
}

/// Bytes of a file that are flipped, one after the other.
fn places(length: usize, is_all: bool) -> Vec<usize> {
    if is_all { (0..length).collect() } else { vec![0, length / 2, length - 1] }
}

/// One flipped bit in the checkpoint, in a tile, in an entry.
fn flips(export: &Export) {
    for place in places(export.checkpoint.len(), true) {
        let mut checkpoint = export.checkpoint.clone();
        checkpoint[place] ^= 1 << (place % 8);
        assert!(cloudflare::open(&checkpoint, VKEY).is_err(), "checkpoint {}: byte {place}", export.size);
    }
    let all = export.size <= FLIP_ALL_SIZE;
    let names: Vec<&String> = export.tiles.keys().collect();
    // Of each kind the first, the second (in a large log: full) and the last.
    let is_chosen = |name: &str| {
        let kind = |name: &str| name.split('/').nth(1).map(str::to_owned);
        let of_kind: Vec<&&String> = names.iter().filter(|other| kind(other) == kind(name)).collect();
        [of_kind.first(), of_kind.get(1), of_kind.last()].into_iter().flatten().any(|other| **other == name)
    };
    let mut flipped = export.clone();
    for name in names.iter().filter(|name| all || is_chosen(name)) {
        let length = export.tiles[*name].len();
        for place in places(length, all) {
            let bit = 1 << (place % 8);
            flipped.tiles.get_mut(*name).unwrap()[place] ^= bit;
            assert!(cloudflare::verify(&flipped, VKEY).is_err(), "{name} of {}: byte {place}", export.size);
            flipped.tiles.get_mut(*name).unwrap()[place] ^= bit;
        }
    }
    assert_eq!(cloudflare::verify(&flipped, VKEY), Ok(export.size));
}
