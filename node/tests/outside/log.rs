//! Logs for other people's verifiers, and the plain files that a log is served as (C2SP `tlog-tiles`).
//!
//! The *known* log holds the entries of the known answers in docs/LEDGER.md. Nobody seals it, so every size can be
//! had. The *sealed* log is made by the operator and holds every kind of entry; it begins at two leaves.

use ed25519_dalek::{Signer as _, SigningKey};
use ledger::bounded::{Bytes, Text};
use ledger::checkpoint::Checkpoint;
use ledger::commitment::{Field, RecordSalt, Statement};
use ledger::entry::{DigestKind, Entry, Env, KeyAction, KeyChange, KeyEvent, Listing, StatementKind, cause};
use ledger::label::LabelKey;
use ledger::merkle::{Hash, leaf_hash};
use ledger::note::{KeyKind, Signer};
use ledger::replay::StateDelta;
use ledger::store::{Block, BlockLeaf, Store, StoreOptions};
use ledger::tile::{TileKind, TilePath, width_at};
use node::{Clock, FileTip, LedgerView, NewEntry, Operator, OperatorConfig};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Name of both logs and of their key.
pub const ORIGIN: &str = "ledger.example/credit";

/// Leaves in a block of the known log.
const KNOWN_BLOCK: u64 = 257;

/// When the sealed log begins, milliseconds since 1970-01-01 UTC.
const BEGIN_MS: u64 = 1_790_000_000_000;

/// Entries that are made before the ratings begin, one of every kind; the first rating is the one that can be shown.
pub const KINDS: u64 = 10;

/// Goes on by one millisecond at each look.
struct StepClock(AtomicU64);

impl Clock for StepClock {
    fn now_ms(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// A log at one size, as files.
#[derive(Debug, Clone)]
pub struct Export {
    pub size: u64,
    /// The signed note.
    pub checkpoint: Vec<u8>,
    /// Path of C2SP `tlog-tiles` and content.
    pub tiles: BTreeMap<String, Vec<u8>>,
}

impl Export {
    /// What the store serves for a checkpoint of this size.
    pub fn of(store: &Store, size: u64, checkpoint: String) -> Self {
        let mut tiles = BTreeMap::new();
        for level in 0..=8 {
            for index in 0.. {
                let width = width_at(level, index, size);
                if width == 0 {
                    break;
                }
                let mut add = |kind| {
                    let path = TilePath { kind, index, width };
                    tiles.insert(path.to_string(), store.tile(&path, size).unwrap());
                };
                add(TileKind::Hashes { level });
                if level == 0 {
                    add(TileKind::Entries);
                }
            }
        }
        Self { size, checkpoint: checkpoint.into_bytes(), tiles }
    }
}

/// The log's key: the seed is SHA-256 of `log`.
pub fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(b"log").into())
}

pub fn signer() -> Signer {
    Signer::new(ORIGIN, KeyKind::Ed25519, signing_key()).unwrap()
}

/// A witness that cosigns, for whoever verifies cosignatures.
#[cfg_attr(test, expect(dead_code, reason = "only the example has a use for it"))]
pub fn witness() -> Signer {
    let key = SigningKey::from_bytes(&Sha256::digest(b"witness").into());
    Signer::new("witness.example/w1", KeyKind::CosignatureV1, key).unwrap()
}

/// Entry `i` of the known answers: `entry-<i>-` and SHA-256 of the decimal number, 1 + i mod 5 times.
pub fn known_entry(i: u64) -> Vec<u8> {
    let digest = Sha256::digest(i.to_string().as_bytes());
    let mut entry = format!("entry-{i}-").into_bytes();
    for _ in 0..=(i % 5) {
        entry.extend_from_slice(&digest);
    }
    entry
}

/// The known log, with an export at each of these sizes.
pub fn known(folder: &Path, sizes: &[u64]) -> (Store, Vec<Export>) {
    let options = StoreOptions { free_bytes_min: 0, ..StoreOptions::new(ORIGIN) };
    let store = Store::open(folder, &options).unwrap();
    let mut exports = Vec::new();
    for &size in sizes {
        let mut tip = store.tip().unwrap();
        while tip.size < size {
            let end = size.min(tip.size + KNOWN_BLOCK);
            let leaves = (tip.size..end).map(|i| BlockLeaf::new(known_entry(i))).collect();
            // Nobody replays this log, so its headers say nothing.
            let header = tip.blocks.to_be_bytes().to_vec();
            let header_hash = Sha256::digest(&header).into();
            let state = StateDelta::default();
            let block = Block { number: tip.blocks, leaves, header, header_hash, state };
            tip = store.commit(&block, false).unwrap();
        }
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root: tip.root };
        exports.push(Export::of(&store, size, checkpoint.sign(&signer()).to_string()));
    }
    (store, exports)
}

/// The sealed log, with an export at each of these sizes of at least two leaves.
pub fn sealed(folder: &Path, sizes: &[u64]) -> (Arc<LedgerView>, Vec<Export>) {
    let mut config = OperatorConfig::new(ORIGIN, "yibin", signing_key());
    config.offline_root_key = Some(root_key().verifying_key().to_bytes());
    config.label_key = Some(label_key().public());
    config.free_bytes_min = 0;
    // An empty block whenever asked: a size one above the last is reached by it.
    config.heartbeat = Duration::ZERO;
    let tip = Arc::new(FileTip::new(folder.join("tip-row")));
    let clock = Arc::new(StepClock(AtomicU64::new(BEGIN_MS)));
    let operator = Operator::open(&folder.join("ledger"), config, tip, clock).unwrap();
    let store = Arc::clone(operator.view().store());
    let mut next = 0;
    let mut exports = Vec::new();
    for &size in sizes {
        loop {
            let have = store.tip().unwrap().size;
            assert!(have <= size, "sizes ascend, and a sealed log has two leaves or more");
            let room = (size - have).saturating_sub(1);
            if have == size {
                break;
            } else if room == 0 {
                assert!(operator.heartbeat_if_due().unwrap());
            } else {
                // The first stands alone: it brings the key that signs a later one.
                let most = if next == 0 { 1 } else { 256 };
                let count = room.min(most);
                operator.append((next..next + count).map(entry).collect()).unwrap();
                next += count;
            }
        }
        exports.push(Export::of(&store, size, store.note(size).unwrap().unwrap()));
    }
    (Arc::clone(operator.view()), exports)
}

fn root_key() -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(b"offline root").into())
}

fn author_key() -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(b"author").into())
}

/// Key of the enterprises' labels in the sealed log.
pub fn label_key() -> LabelKey {
    LabelKey::from_seed(&Sha256::digest(b"label").into()).unwrap()
}

/// Code of the only enterprise in the sealed log whose rating has a statement that can be shown.
pub const USCC: &str = "91511500MA6200000W";

/// The statement of its rating, with the salt that opens it: fields 1 and 11 of docs/LEDGER.md.
pub fn shown_statement() -> (Statement, RecordSalt) {
    let field = |id, value: &[u8]| Field { id, value: value.to_vec() };
    let statement = Statement::new(vec![field(1, USCC.as_bytes()), field(11, &870_u16.to_le_bytes())]);
    (statement.unwrap(), RecordSalt::new(Sha256::digest(b"record salt").into()))
}

fn shown_rating() -> Entry {
    let (statement, salt) = shown_statement();
    let mut env = env(KINDS);
    env.subject = label_key().prove(USCC).unwrap().0;
    env.commitment = statement.commitment(&salt);
    Entry::Rating { env, scorecard_digest: leaf_hash(b"scorecard") }
}

fn env(number: u64) -> Env {
    Env {
        subject: leaf_hash(&(number % 1000).to_be_bytes()),
        seq: 0,
        previous: Hash::default(),
        at_ms: 0,
        cause: Hash::default(),
        commitment: leaf_hash(&number.to_be_bytes()),
        author: 0,
        signature: None,
    }
}

/// The author's key is added.
fn author_added() -> Entry {
    let change = KeyChange {
        action: KeyAction::Add,
        name: Text::new(format!("{ORIGIN}/author/1")).unwrap(),
        kind: 1,
        key: Bytes::new(author_key().verifying_key().to_bytes().to_vec()).unwrap(),
        replaces: None,
        from_ms: BEGIN_MS,
    };
    let root_signature = root_key().sign(&change.signing_bytes()).to_bytes();
    Entry::Key(KeyEvent { change, old_key_signature: None, root_signature })
}

/// A statement by the agency that holds the author's key.
fn by_author(number: u64) -> Entry {
    let mut env = env(number);
    env.author = 1;
    env.cause = cause(number, b"export");
    let mut entry = Entry::Statement { env, kind: StatementKind::AgencyStatement };
    let signature = author_key().sign(&entry.author_bytes().unwrap()).to_bytes();
    entry.env_mut().unwrap().signature = Some(signature);
    entry
}

/// Entry `number` of the sealed log: one of each kind first, then ratings.
fn entry(number: u64) -> NewEntry {
    let day = 20_000;
    let listing = |list, uscc: Option<&[u8; 18]>| {
        let mut env = env(number);
        if let Some(uscc) = uscc {
            env.subject = Sha256::digest(uscc).into();
        }
        Entry::Listing {
            env,
            listing: Listing { list, listed: number.is_multiple_of(2), uscc: uscc.copied() },
        }
    };
    let entry = match number {
        0 => author_added(),
        1 => Entry::Scorecard {
            id: Text::new("宜宾-2026.1").unwrap(),
            digest: leaf_hash(b"scorecard"),
            effective_day: day,
        },
        2 => listing(300, Some(b"91511500MA00000000")),
        3 => listing(7, None),
        4 => by_author(number),
        5 => Entry::Erasure(env(number)),
        6 => Entry::Digest { kind: DigestKind::IntakeBatches, day, digest: leaf_hash(b"batch") },
        7 => Entry::Statement { env: env(number), kind: StatementKind::Consent },
        8 => Entry::Digest { kind: DigestKind::AccessLog, day, digest: leaf_hash(b"access") },
        9 => Entry::Statement { env: env(number), kind: StatementKind::CaseDecision },
        KINDS => shown_rating(),
        _ => Entry::Rating { env: env(number), scorecard_digest: leaf_hash(b"scorecard") },
    };
    debug_assert!(number < KINDS || matches!(entry, Entry::Rating { .. }));
    NewEntry { cause: cause(number, b"export"), entry }
}
