//! What it costs to verify a log again: hashes and signatures only, and full replay into a store of its own, beside
//! the SHA-256 of the same bytes and the same signatures in the same run (P4).
//!
//! `make bench ARGS=bench_replay` prints one table, for a log and for one ten times as long: the exponent between the
//! two says how the cost grows. Everything runs on one thread, but for what RocksDB does behind it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure and prints"
)]
#![expect(clippy::as_conversions, reason = "ratios of counts, printed with two digits")]

mod shared;

use ed25519_dalek::SigningKey;
use ledger::entry::Entry;
use ledger::header::Header;
use ledger::merkle::{self, CompactTree, Hash};
use ledger::replay::{Known, Replay};
use ledger::store::{ChainRow, Store, StoreError, StoreOptions};
use ledger::tile;
use node::{FileTip, NewEntry, Operator, OperatorConfig, SystemClock};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ORIGIN: &str = "ledger.example/bench";
const ENTRIES: [u64; 2] = [20_000, 200_000];
const SUBJECTS: u64 = 10_000;
const CALL_ENTRIES: u64 = 2_560;
/// Blocks that an agency's node makes durable together.
const PIECE_BLOCKS: usize = 64;

fn entry(number: u64) -> NewEntry {
    shared::entry(number, SUBJECTS)
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// The blocks of a log of so many entries, each as a bundle, and its root.
fn log(folder: &Path, entries: u64) -> (Vec<Vec<u8>>, Hash) {
    let config = OperatorConfig::new(ORIGIN, "yibin", key());
    let tip = Arc::new(FileTip::new(folder.join("tip")));
    let operator = Operator::open(&folder.join("ledger"), config, tip, Arc::new(SystemClock)).unwrap();
    let mut next = 0;
    while next < entries {
        let end = entries.min(next + CALL_ENTRIES);
        operator.append((next..end).map(entry).collect()).unwrap();
        next = end;
    }
    let store = operator.view().store();
    let tip = store.tip().unwrap();
    ((0..tip.blocks).map(|block| store.block_bundle(block).unwrap()).collect(), tip.root)
}

/// Splits a block into the bytes of its entries and its seal.
fn parts(bundle: &[u8]) -> (Vec<&[u8]>, &[u8], Header) {
    let mut leaves: Vec<&[u8]> = tile::entries(bundle).map(Result::unwrap).collect();
    let seal = leaves.pop().unwrap();
    match Entry::decode_strict(seal) {
        Ok(Entry::Seal(header)) => (leaves, seal, header),
        _ => unreachable!("a block ends with its seal"),
    }
}

/// SHA-256 over the bytes of every leaf, and each seal's signature: nothing can verify the log with less.
fn reference(blocks: &[Vec<u8>]) {
    let key = key().verifying_key();
    let mut mixed = 0_u8;
    for bundle in blocks {
        for leaf in tile::entries(bundle) {
            let digest: Hash = Sha256::digest(leaf.unwrap()).into();
            mixed ^= digest.first().unwrap();
        }
        parts(bundle).2.verify(&key).unwrap();
    }
    std::hint::black_box(mixed);
}

/// Every leaf hashed into both trees, seals followed and their signatures checked.
fn hashes_and_signatures(blocks: &[Vec<u8>], root: &Hash) {
    let key = key().verifying_key();
    let mut tree = CompactTree::new();
    let mut parent: Option<Header> = None;
    for bundle in blocks {
        let (records, seal, header) = parts(bundle);
        let hashes: Vec<Hash> = records.into_iter().map(merkle::leaf_hash).collect();
        header.check_follows(parent.as_ref()).unwrap();
        header.check_entries(&hashes).unwrap();
        header.verify(&key).unwrap();
        for hash in hashes {
            tree.append(hash);
        }
        tree.append(merkle::leaf_hash(seal));
        parent = Some(header);
    }
    assert_eq!(tree.root(), *root);
}

/// What the entries so far say, in memory.
#[derive(Default)]
struct Memory {
    chains: HashMap<Hash, ChainRow>,
    causes: HashSet<Hash>,
}

impl Known for Memory {
    fn last_of_subjects(&self, subjects: &[&Hash]) -> Result<Vec<Option<ChainRow>>, StoreError> {
        Ok(subjects.iter().map(|subject| self.chains.get(*subject).copied()).collect())
    }

    fn has_causes(&self, causes: &[&Hash]) -> Result<Vec<bool>, StoreError> {
        Ok(causes.iter().map(|cause| self.causes.contains(*cause)).collect())
    }
}

/// Every block decoded and re-executed, with its state root; chains and causes in memory.
fn replay_in_memory(blocks: &[Vec<u8>]) {
    let (mut replay, mut memory, mut index) = (Replay::begin(ORIGIN), Memory::default(), 0);
    for bundle in blocks {
        let block = replay.block(bundle, &memory).unwrap();
        for leaf in block.leaves {
            if let Some((subject, seq)) = leaf.chain {
                memory.chains.insert(subject, ChainRow { seq, index, leaf_hash: leaf.leaf_hash });
            }
            if let Some((cause, _)) = leaf.cause {
                memory.causes.insert(cause);
            }
            index += 1;
        }
    }
}

/// As an agency's node does it: re-executed against its store and written to it, fsync after each piece.
fn replay_into_store(folder: &Path, blocks: &[Vec<u8>], root: &Hash) {
    let options = StoreOptions { is_mirror: true, ..StoreOptions::new(ORIGIN) };
    let store = Store::open(&folder.join("copy"), &options).unwrap();
    let mut replay = store.replay().unwrap();
    for piece in blocks.chunks(PIECE_BLOCKS) {
        for bundle in piece {
            let block = replay.block(bundle, &store).unwrap();
            store.commit(&block, false).unwrap();
        }
        store.make_durable().unwrap();
    }
    assert_eq!(store.tip().unwrap().root, *root);
}

fn timed(job: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    job();
    begun.elapsed()
}

/// Most memory that this process ever had, MiB; nothing where the system does not tell.
fn memory_peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? / 1024)
}

fn main() {
    println!("P4  re-verifying a log, one thread (goal: hashes and signatures 2 M/s, replay 200 k/s)");
    println!("{:<34}{:>12}{:>12}{:>14}{:>10}", "", "entries", "seconds", "entries/s", "ratio");
    let mut first: Vec<f64> = Vec::new();
    for entries in ENTRIES {
        let folder = tempfile::tempdir_in(".").unwrap();
        let (blocks, root) = log(folder.path(), entries);
        let bare = timed(|| reference(&blocks));
        let rows = [
            ("SHA-256 of the bytes + signatures", bare),
            ("hashes and signatures", timed(|| hashes_and_signatures(&blocks, &root))),
            ("full replay, in memory", timed(|| replay_in_memory(&blocks))),
            ("full replay into a store, fsync", timed(|| replay_into_store(folder.path(), &blocks, &root))),
        ];
        for (place, (name, took)) in rows.into_iter().enumerate() {
            let seconds = took.as_secs_f64();
            let growth = first.get(place).map(|before| {
                let [short, long] = ENTRIES.map(|count| count as f64);
                format!("  grows as n^{:.2}", (seconds / before).ln() / (long / short).ln())
            });
            println!(
                "{name:<34}{entries:>12}{seconds:>12.3}{:>14.0}{:>10.2}{}",
                entries as f64 / seconds,
                bare.as_secs_f64() / seconds,
                growth.unwrap_or_default()
            );
            if first.len() <= place {
                first.push(seconds);
            }
        }
    }
    if let Some(peak) = memory_peak_mib() {
        println!("most memory: {peak} MiB, with all the log's bytes in it");
    }
}
