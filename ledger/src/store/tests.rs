//! A small log written by hand, then damaged row by row: the scrub must name what differs.

use super::rows;
use super::scrub::Difference;
use super::*;
use crate::bounded::Text;
use crate::checkpoint::Checkpoint;
use crate::entry::{DigestKind, Entry, Env, Genesis};
use crate::header::{Batch, Header, HeaderBody};
use crate::merkle::{self, Hash};
use crate::note::{KeyKind, Signer};
use crate::replay::{Placed, Replay, ReplayError, StateDelta};
use crate::state::StateKey;
use ed25519_dalek::SigningKey;
use parity_scale_codec::Encode;
use tempfile::TempDir;

const ORIGIN: &str = "ledger.example/store";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

fn options() -> StoreOptions {
    StoreOptions { free_bytes_min: 0, ..StoreOptions::new(ORIGIN) }
}

fn genesis() -> BlockLeaf {
    let genesis = Genesis {
        origin: Text::new(ORIGIN).unwrap(),
        types_digest: [0; 32],
        policy_digest: [0; 32],
        log_key: key().verifying_key().to_bytes(),
        offline_root_key: [0; 32],
        label_key: [0; 32],
        zone: Text::new("yibin").unwrap(),
    };
    BlockLeaf::new(Entry::Genesis(genesis).encode())
}

/// An entry of the only subject; `previous` is the leaf before it of this subject.
fn statement(seq: u64, previous: Hash) -> BlockLeaf {
    let cause = merkle::leaf_hash(&seq.to_be_bytes());
    let env = Env {
        subject: [1; 32],
        seq,
        previous,
        at_ms: 7,
        cause,
        commitment: [2; 32],
        author: 0,
        signature: None,
    };
    let entry = Entry::Rating { env, scorecard_digest: [3; 32] };
    let mut leaf = BlockLeaf::new(entry.encode());
    leaf.cause = Some((cause, content_hash(&entry)));
    leaf.chain = Some(([1; 32], seq));
    leaf
}

fn digest(day: u32) -> BlockLeaf {
    let entry = Entry::Digest { kind: DigestKind::AccessLog, day, digest: [4; 32] };
    let mut leaf = BlockLeaf::new(entry.encode());
    leaf.cause = Some((merkle::leaf_hash(&day.to_le_bytes()), content_hash(&entry)));
    leaf
}

struct Log {
    _folder: TempDir,
    store: Store,
    replay: Replay,
}

impl Log {
    /// A genesis and two blocks of 200 entries.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("log"), &options()).unwrap();
        let mut log = Self { _folder: folder, store, replay: Replay::begin(ORIGIN) };
        log.add(vec![genesis()]);
        let mut previous = [0; 32];
        for block in 0..2_u64 {
            let leaves = (0..200)
                .map(|n| match n {
                    0 => digest(u32::try_from(block).unwrap()),
                    n => {
                        let leaf = statement(block * 199 + n - 1, previous);
                        previous = leaf.leaf_hash;
                        leaf
                    }
                })
                .collect();
            log.add(leaves);
        }
        log
    }

    fn add(&mut self, leaves: Vec<BlockLeaf>) {
        let (body, state) = self.body(&leaves);
        self.add_sealed(leaves, body.sign(&key()), state);
    }

    fn body(&mut self, leaves: &[BlockLeaf]) -> (HeaderBody, StateDelta) {
        let hashes: Vec<Hash> = leaves.iter().map(|leaf| leaf.leaf_hash).collect();
        let entries: Vec<Entry> = leaves.iter().map(|l| Entry::decode_strict(&l.bytes).unwrap()).collect();
        let first = self.store.tip().unwrap().size;
        let placed: Vec<Placed<'_>> = (first..)
            .zip(&entries)
            .zip(&hashes)
            .map(|((index, entry), leaf_hash)| Placed { index, leaf_hash: *leaf_hash, entry })
            .collect();
        let parent = self.replay.parent().copied();
        let state = self.replay.execute(&placed, 7).unwrap();
        let body = HeaderBody {
            parent_hash: parent.map_or([0; 32], |parent| parent.hash()),
            number: parent.map_or(0, |parent| parent.body.number + 1),
            state_root: state.root,
            extrinsics_root: merkle::root(&hashes),
            batch: Batch {
                first_index: self.store.tip().unwrap().size,
                count: u32::try_from(leaves.len()).unwrap(),
                at_ms: 7,
                epoch: 1,
                scorecards_digest: [0; 32],
            },
        };
        (body, state)
    }

    fn add_sealed(&mut self, mut leaves: Vec<BlockLeaf>, header: Header, state: StateDelta) {
        leaves.push(BlockLeaf::new(Entry::Seal(header).encode()));
        let block = Block {
            number: self.store.tip().unwrap().blocks,
            leaves,
            header: header.encode(),
            header_hash: header.hash(),
            state,
        };
        let tip = self.store.commit(&block, true).unwrap();
        self.replay.sealed(header);
        let signer = Signer::new(ORIGIN, KeyKind::Ed25519, key()).unwrap();
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: tip.size, root: tip.root };
        self.store.put_note(tip.size, &checkpoint.sign(&signer).to_string()).unwrap();
    }

    fn scrub(&self) -> Result<scrub::Verified, Difference> {
        self.store.verify_from_genesis(&mut |_| {})
    }

    fn put(&self, family: &str, key: &[u8], value: &[u8]) {
        self.store.db.put_cf(self.store.family(family).unwrap(), key, value).unwrap();
    }

    fn get(&self, family: &str, key: &[u8]) -> Vec<u8> {
        self.store.db.get_cf(self.store.family(family).unwrap(), key).unwrap().unwrap()
    }

    /// Flips one bit of a value in place.
    fn flip(&self, family: &str, key: &[u8], byte: usize) {
        let mut value = self.get(family, key);
        value[byte] ^= 1;
        self.put(family, key, &value);
    }

    fn delete(&self, family: &str, key: &[u8]) {
        self.store.db.delete_cf(self.store.family(family).unwrap(), key).unwrap();
    }
}

#[test]
fn a_sound_log_verifies() {
    let log = Log::new();
    let found = log.scrub().unwrap();
    assert_eq!((found.blocks, found.leaves, found.entries, found.subjects), (3, 404, 400, 1));
    assert_eq!((found.checkpoints, found.published_size), (3, 404));
    assert_eq!(found.root, log.store.tip().unwrap().root);
}

#[test]
fn proofs_of_every_kind_verify_at_every_sealed_size() {
    let log = Log::new();
    let leaves: Vec<Hash> = (0..404).map(|i| merkle::leaf_hash(&log.store.entry(i).unwrap())).collect();
    for size in [2_u64, 203, 404] {
        let root = merkle::root(&leaves[..usize::try_from(size).unwrap()]);
        assert_eq!(log.store.root_at(size).unwrap(), root);
        for index in (0..size).step_by(13).chain([size - 1]) {
            let proof = log.store.inclusion_proof(index, size).unwrap();
            let leaf = &leaves[usize::try_from(index).unwrap()];
            assert_eq!(log.store.leaf_hash(index).unwrap(), *leaf);
            merkle::verify_inclusion(leaf, index, size, &proof, &root).unwrap();
        }
        for old in 0..=size {
            let old_root = merkle::root(&leaves[..usize::try_from(old).unwrap()]);
            assert_eq!(log.store.root_at(old).unwrap(), old_root);
            let proof = log.store.consistency_proof(old, size).unwrap();
            merkle::verify_consistency(old, size, &proof, &old_root, &root).unwrap();
        }
    }
    assert!(matches!(log.store.root_at(405), Err(StoreError::OutOfRange { .. })));
    assert!(matches!(log.store.inclusion_proof(0, 405), Err(StoreError::OutOfRange { .. })));
    assert!(log.store.inclusion_proof(404, 404).is_err());
    assert!(matches!(log.store.entry(404), Err(StoreError::OutOfRange { .. })));
}

#[test]
fn tiles_above_the_second_level_are_stored() {
    let mut edge = tree::Edge::default();
    let mut full = Vec::new();
    for index in 0..65_536_u64 {
        edge.push(merkle::leaf_hash(&index.to_be_bytes()), &mut full);
    }
    assert_eq!(full.len(), 257);
    let top = full.last().unwrap();
    assert_eq!((top.level, top.index), (1, 0));
    let roots: Vec<u8> = full[..256]
        .iter()
        .flat_map(|tile| merkle::root(&crate::tile::parse_hashes(&tile.bytes, 256).unwrap()))
        .collect();
    assert_eq!(top.bytes, roots);
}

#[test]
fn every_damaged_row_is_named() {
    let block = 1_u32.to_be_bytes();
    let size = 203_u64.to_be_bytes();
    let cause = |seq: u64| merkle::leaf_hash(&seq.to_be_bytes());
    let rating = rows::value_key(&StateKey::Rating { label: [1; 32] }.hash(), 2);
    let rating: [u8; 36] = rating.try_into().unwrap();
    use ReplayError as E;
    type Damage = Box<dyn Fn(&Log)>;
    type Expected = fn(&Difference) -> bool;
    let cases: Vec<(&str, Damage, Expected)> = vec![
        ("entry byte", Box::new(move |log| log.flip(rows::BLOCKS, &block, 300)), |d| {
            matches!(
                d,
                Difference::Block(E::Entry { .. } | E::Chain { .. } | E::Seal { .. } | E::Time { .. })
                    | Difference::Cause { .. }
            )
        }),
        ("bundle length", Box::new(move |log| log.flip(rows::BLOCKS, &block, 1)), |d| {
            matches!(
                d,
                Difference::Unreadable(_)
                    | Difference::BlockCount { .. }
                    | Difference::Block(E::Entry { .. } | E::Bundle(_))
            )
        }),
        ("block gone", Box::new(move |log| log.delete(rows::BLOCKS, &block)), |d| {
            matches!(d, Difference::Unreadable(StoreError::Missing { .. }))
        }),
        ("header", Box::new(move |log| log.flip(rows::HEADERS, &block, 40)), |d| {
            *d == Difference::Header { number: 1 }
        }),
        ("span gone", Box::new(|log| log.delete(rows::INDEX, &2_u64.to_be_bytes())), |d| {
            *d == Difference::BlockNumber { expected: 1, found: 2 }
        }),
        ("last span gone", Box::new(|log| log.delete(rows::INDEX, &203_u64.to_be_bytes())), |d| {
            matches!(d, Difference::Tip { .. })
        }),
        ("span count", Box::new(|log| log.flip(rows::INDEX, &2_u64.to_be_bytes(), 7)), |d| {
            matches!(d, Difference::BlockCount { number: 1, .. })
        }),
        ("tile", Box::new(|log| log.flip(rows::TILES, &rows::tile_key(0, 0), 8191)), |d| {
            *d == Difference::Tile { level: 0, index: 0 }
        }),
        ("tile gone", Box::new(|log| log.delete(rows::TILES, &rows::tile_key(0, 0))), |d| {
            *d == Difference::Tile { level: 0, index: 0 }
        }),
        ("note", Box::new(move |log| log.flip(rows::NOTES, &size, 60)), |d| {
            matches!(d, Difference::Checkpoint { size: 203, .. })
        }),
        ("stray note", Box::new(|log| log.put(rows::NOTES, &5_u64.to_be_bytes(), b"x")), |d| {
            *d == Difference::StrayCheckpoint { size: 5 }
        }),
        (
            "note of another size",
            Box::new(move |log| {
                let note = log.get(rows::NOTES, &404_u64.to_be_bytes());
                log.put(rows::NOTES, &size, &note);
            }),
            |d| matches!(d, Difference::Checkpoint { size: 203, .. }),
        ),
        ("cause gone", Box::new(move |log| log.delete(rows::IDEM, &cause(3))), |d| {
            matches!(d, Difference::Cause { index: 6 })
        }),
        (
            "cause of a digest gone",
            Box::new(|log| {
                log.delete(rows::IDEM, &merkle::leaf_hash(&1_u32.to_le_bytes()));
            }),
            |d| matches!(d, Difference::Cause { index: 203 }),
        ),
        ("cause points elsewhere", Box::new(move |log| log.flip(rows::IDEM, &cause(3), 7)), |d| {
            matches!(d, Difference::Cause { index: 6 })
        }),
        (
            "cause too many",
            Box::new(move |log| {
                let row = log.get(rows::IDEM, &cause(3));
                log.put(rows::IDEM, &[9; 32], &row);
            }),
            |d| *d == Difference::CauseCount { expected: 400, found: 401 },
        ),
        ("subject", Box::new(|log| log.flip(rows::CHAINS, &[1; 32], 7)), |d| {
            matches!(d, Difference::LastOfSubject { .. })
        }),
        ("state value", Box::new(move |log| log.flip(rows::VALUES, &rating, 7)), |d| {
            *d == Difference::StateValue { block: 2 }
        }),
        ("state value gone", Box::new(move |log| log.delete(rows::VALUES, &rating)), |d| {
            *d == Difference::StateValue { block: 2 }
        }),
        (
            "state value too many",
            Box::new(|log| log.put(rows::VALUES, &rows::value_key(&[9; 32], 1), b"x")),
            |d| matches!(d, Difference::StateRows { .. }),
        ),
        (
            "state page too many",
            Box::new(|log| log.put(rows::PAGES, &rows::page_key(&[9], 1), &[1; 32])),
            |d| matches!(d, Difference::StateRows { .. }),
        ),
        ("registry", Box::new(|log| log.flip(rows::META, rows::META_REGISTRY, 3)), |d| {
            *d == Difference::Registry
        }),
        ("subject gone", Box::new(|log| log.delete(rows::CHAINS, &[1; 32])), |d| {
            matches!(d, Difference::LastOfSubject { index: 402 })
        }),
    ];
    for (name, damage, expected) in cases {
        let log = Log::new();
        damage(&log);
        let found = log.scrub().unwrap_err();
        assert!(expected(&found), "{name}: {found:?}");
    }
}

#[test]
fn a_forged_seal_is_named() {
    let bad_block = |change: fn(&mut HeaderBody), key: &SigningKey| {
        let mut log = Log::new();
        let leaves = vec![digest(9)];
        let (mut body, state) = log.body(&leaves);
        change(&mut body);
        log.add_sealed(leaves, body.sign(key), state);
        log.scrub().unwrap_err()
    };
    let other = SigningKey::from_bytes(&[6; 32]);
    use crate::header::HeaderError as E;
    let wrong_state = bad_block(|body| body.state_root = [9; 32], &key());
    assert_eq!(wrong_state, Difference::Block(ReplayError::StateRoot { number: 3 }));
    let cases: [(Difference, E); 6] = [
        (bad_block(|_| {}, &other), E::Signature),
        (bad_block(|body| body.parent_hash = [9; 32], &key()), E::Parent),
        (bad_block(|body| body.number = 4, &key()), E::Number { expected: 3, found: 4 }),
        (bad_block(|body| body.batch.at_ms = 6, &key()), E::Time { parent: 7, found: 6 }),
        (bad_block(|body| body.batch.count = 2, &key()), E::Count { expected: 1, found: 2 }),
        (bad_block(|body| body.extrinsics_root = [9; 32], &key()), E::EntriesRoot),
    ];
    for (found, error) in cases {
        let number = if matches!(error, E::Number { .. }) { 4 } else { 3 };
        assert_eq!(found, Difference::Block(ReplayError::Seal { number, error }));
    }
}

#[test]
fn a_broken_chain_is_named() {
    let mut log = Log::new();
    log.add(vec![statement(398, [9; 32])]);
    let broken = ReplayError::Chain { index: 404, expected: 398, found: 398 };
    assert_eq!(log.scrub().unwrap_err(), Difference::Block(broken));
}

#[test]
fn a_damaged_entry_is_never_served() {
    let log = Log::new();
    log.flip(rows::BLOCKS, &1_u32.to_be_bytes(), 300);
    let bad = (2..202).filter(|index| log.store.entry(*index).is_err()).count();
    assert_eq!(bad, 1);
}

#[test]
fn a_tip_that_is_not_that_of_the_tree_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let store = Store::open(&path, &options()).unwrap();
    let mut log = Log { _folder: folder, store, replay: Replay::begin(ORIGIN) };
    log.add(vec![genesis()]);
    log.flip(rows::META, rows::META_TIP, 9);
    drop(log.store);
    let error = Store::open(&path, &options()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn only_the_next_block_is_taken() {
    let mut log = Log::new();
    let leaves = vec![digest(9)];
    let (body, state) = log.body(&leaves);
    let header = body.sign(&key());
    let block = |number, leaves| {
        let state = state.clone();
        Block { number, leaves, header: header.encode(), header_hash: header.hash(), state }
    };
    let error = log.store.commit(&block(2, leaves.clone()), true).unwrap_err();
    assert_eq!(error, StoreError::BlockOrder { expected: 3, found: 2 });
    let error = log.store.commit(&block(3, Vec::new()), true).unwrap_err();
    assert!(matches!(error, StoreError::BlockSize { .. }));
    let error = log.store.commit(&block(3, vec![leaves[0].clone(); 258]), true).unwrap_err();
    assert!(matches!(error, StoreError::BlockSize { .. }));
    log.scrub().unwrap();
}

#[test]
fn state_is_proven_at_every_block() {
    let mut log = Log::new();
    // Many subjects, so that pages fill on two levels; each block changes some of them again.
    let mut seqs = std::collections::HashMap::<u64, (u64, Hash)>::new();
    for block in 0..40_u64 {
        let leaves = (0..100_u64)
            .map(|n| {
                let subject = (n * 7 + block * 31) % (200 + block * 90);
                let (seq, previous) = seqs.get(&subject).map_or((0, [0; 32]), |(seq, hash)| (seq + 1, *hash));
                let leaf = rating_of(subject, seq, previous);
                seqs.insert(subject, (seq, leaf.leaf_hash));
                leaf
            })
            .collect();
        log.add(leaves);
    }
    let folder = log.store.path().to_path_buf();
    let last = log.store.tip().unwrap().blocks - 1;
    for block in (0..=last).step_by(3).chain([last]) {
        let root = log.store.decoded_header(block).unwrap().body.state_root;
        for subject in (0..4_000).step_by(17) {
            let key = StateKey::Rating { label: label(subject) };
            let found = log.store.prove_state(&key, block).unwrap();
            found.proof.verify(&root, &key.hash(), found.value.as_deref()).unwrap();
            assert_eq!(log.store.state_value(&key, block).unwrap(), found.value);
        }
    }
    // The map of the last block is the one in memory, and the one built from the rows.
    let tree = log.replay.tree().clone();
    for subject in 0..500 {
        let key = StateKey::Rating { label: label(subject) };
        assert_eq!(log.store.prove_state(&key, last).unwrap().proof, tree.prove(&key.hash()));
    }
    assert_eq!(log.store.replay().unwrap().tree().root(), tree.root());
    log.scrub().unwrap();
    let key = rows::value_key(&StateKey::Rating { label: label(5) }.hash(), last);
    log.put(rows::VALUES, &key, b"other");
    assert!(matches!(log.store.replay(), Err(StoreError::Damaged { .. })));
    let proof = log.store.prove_state(&StateKey::Rating { label: label(5) }, last);
    assert!(matches!(proof, Err(StoreError::Damaged { .. })), "{folder:?}");
}

fn label(subject: u64) -> Hash {
    merkle::leaf_hash(&subject.to_le_bytes())
}

fn rating_of(subject: u64, seq: u64, previous: Hash) -> BlockLeaf {
    let cause = merkle::leaf_hash(&[subject.to_be_bytes(), seq.to_be_bytes()].concat());
    let env = Env {
        subject: label(subject),
        seq,
        previous,
        at_ms: 7,
        cause,
        commitment: [2; 32],
        author: 0,
        signature: None,
    };
    let entry = Entry::Rating { env, scorecard_digest: [3; 32] };
    let mut leaf = BlockLeaf::new(entry.encode());
    leaf.cause = Some((cause, content_hash(&entry)));
    leaf.chain = Some((label(subject), seq));
    leaf
}
