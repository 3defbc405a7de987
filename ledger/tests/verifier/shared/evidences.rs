//! Evidence: what shows that a log signed what no log may, and what only looks like it.

use ledger::checkpoint::Checkpoint;
use ledger::entry::{DigestKind, Entry};
use ledger::evidence::Wrong;
use ledger::header::{BLOCK_ENTRIES_MAX, Batch, Header, HeaderBody};
use ledger::merkle::{CompactTree, Hash, consistency_proof, inclusion_proof, leaf_hash, root};
use ledger::note::{KeyKind, Note, Signer};
use ledger::tile::push_entry;
use serde_json::{Value, json};

use super::Case;
use crate::fixture;

const AT_MS: u64 = 1_793_000_000_000;

/// Leaves that begin with a sound block of one genesis.
struct Log {
    leaves: Vec<Vec<u8>>,
    last: Header,
}

fn digest(day: u32) -> Entry {
    Entry::Digest { kind: DigestKind::AccessLog, day, digest: [3; 32] }
}

fn digests(count: usize) -> Vec<Entry> {
    (1..).take(count).map(digest).collect()
}

fn seal(parent: Option<&Header>, records: &[Entry], change: impl Fn(&mut HeaderBody)) -> Header {
    let hashes: Vec<Hash> = records.iter().map(Entry::leaf_hash).collect();
    let count = u32::try_from(records.len()).unwrap();
    let first_index = parent.map_or(0, Header::tree_size);
    let batch = Batch { first_index, count, at_ms: AT_MS, epoch: 1, scorecards_digest: [0; 32] };
    let mut body = HeaderBody {
        parent_hash: parent.map_or([0; 32], Header::hash),
        number: parent.map_or(0, |parent| parent.body.number + 1),
        extrinsics_root: root(&hashes),
        batch,
        ..HeaderBody::default()
    };
    change(&mut body);
    body.sign(fixture::log().key())
}

impl Log {
    fn new() -> Self {
        let genesis = Entry::Genesis(fixture::genesis());
        let last = seal(None, std::slice::from_ref(&genesis), |_| {});
        let mut log = Self { leaves: Vec::new(), last };
        log.add(&[genesis, Entry::Seal(last)]);
        log
    }

    fn add(&mut self, entries: &[Entry]) {
        self.leaves.extend(entries.iter().map(|entry| entry.encode_checked().unwrap()));
    }

    /// With a block of these records.
    fn block(mut self, mut records: Vec<Entry>, change: impl Fn(&mut HeaderBody)) -> Self {
        let header = seal(Some(&self.last), &records, change);
        records.push(Entry::Seal(header));
        self.add(&records);
        self.last = header;
        self
    }

    /// With these and no seal.
    fn open(mut self, records: &[Entry]) -> Self {
        self.add(records);
        self
    }

    fn hashes(&self) -> Vec<Hash> {
        self.leaves.iter().map(|leaf| leaf_hash(leaf)).collect()
    }

    fn note(&self) -> Note {
        self.signed_by(&fixture::log())
    }

    fn signed_by(&self, signer: &Signer) -> Note {
        let (origin, hashes) = (signer.vkey().name().to_owned(), self.hashes());
        let size = u64::try_from(hashes.len()).unwrap();
        Checkpoint { origin, size, root: root(&hashes) }.sign(signer)
    }

    /// That `count` leaves from the second block on are wrong.
    fn accuse(&self, count: usize, reason: &str) -> Wrong {
        let (hashes, first) = (self.hashes(), 2);
        let genesis_block = &hashes[..first];
        let mut before = CompactTree::new();
        for hash in genesis_block {
            before.append(*hash);
        }
        let mut block = Vec::new();
        self.leaves[first..first + count].iter().for_each(|leaf| push_entry(&mut block, leaf).unwrap());
        let Ok(Entry::Seal(parent)) = Entry::decode_strict(&self.leaves[first - 1]) else { unreachable!() };
        let end = u64::try_from(first + count).unwrap();
        Wrong::BadBlock {
            note: self.note(),
            first_index: 2,
            peaks: before.peaks().to_vec(),
            parent: Some((parent, inclusion_proof(genesis_block, 1).unwrap())),
            block,
            proof: consistency_proof(&hashes, end).unwrap(),
            reason: reason.to_owned(),
        }
    }
}

fn right(_: &mut HeaderBody) {}

fn sound() -> Log {
    Log::new().block(digests(3), right).block(digests(2), right)
}

fn fork(older: &Log, newer: &Log) -> Wrong {
    let size = u64::try_from(older.leaves.len()).unwrap();
    Wrong::Fork {
        older: older.note(),
        newer: newer.note(),
        prefix_root: root(&newer.hashes()[..older.leaves.len()]),
        proof: consistency_proof(&newer.hashes(), size).unwrap(),
    }
}

pub fn cases() -> Vec<Case> {
    let case = |name: &str, wrong: &Wrong, code| {
        Case::new(format!("evidence/{name}.json"), wrong.to_json().unwrap(), code)
    };
    let one = Log::new().block(digests(2), right);
    let other = Log::new().block(vec![digest(1), digest(9)], right);
    let longer = Log::new().block(vec![digest(1), digest(9)], right).block(digests(1), right);
    let two_roots = Wrong::TwoRoots { first: one.note(), second: other.note() };
    let too_many = BLOCK_ENTRIES_MAX + 1;
    let open = Log::new().block(digests(3), right).open(&[]);
    let stranger = Signer::new(fixture::ORIGIN, KeyKind::Ed25519, fixture::witness(1).key().clone()).unwrap();
    let as_another = |log: &Log| log.signed_by(&stranger);
    let with_note = |wrong: Wrong, other: Note| match wrong {
        Wrong::BadBlock { first_index, peaks, parent, block, proof, reason, .. } => {
            Wrong::BadBlock { note: other, first_index, peaks, parent, block, proof, reason }
        }
        wrong => wrong,
    };
    let no_seal = Log::new().open(&digests(2));
    let mut cases = vec![
        case("good-two-roots", &two_roots, None),
        case("good-fork", &fork(&one, &longer), None),
        case("good-open-end", &no_seal.accuse(2, "no seal"), None),
        case(
            "good-open-end-of-the-longest-block",
            &Log::new().open(&digests(256)).accuse(256, "no seal"),
            None,
        ),
        case(
            "good-long-block",
            &Log::new().block(digests(too_many), right).accuse(too_many, "too long"),
            None,
        ),
        case(
            "good-long-block-and-no-end",
            &Log::new().open(&digests(too_many)).accuse(too_many, "too long"),
            None,
        ),
        case(
            "good-entries-root",
            &Log::new().block(digests(2), |body| body.extrinsics_root[0] ^= 1).accuse(3, "entries root"),
            None,
        ),
        case("good-in-the-log", &sound().accuse(4, "the state root"), None),
        // Of a sound log every cut that is no block would look wrong.
        case("part-of-a-block", &sound().accuse(2, "no seal"), Some("evidence_not_one_block")),
        case("block-without-its-seal", &sound().accuse(3, "no seal"), Some("evidence_not_one_block")),
        case("two-blocks", &sound().accuse(7, "too long"), Some("evidence_not_one_block")),
        case("nothing-of-a-sound-log", &open.accuse(0, "nothing"), Some("evidence_not_one_block")),
        case(
            "open-end-under-a-longer-checkpoint",
            &with_note(no_seal.accuse(2, "no seal"), sound().note()),
            Some("evidence_proof"),
        ),
        case(
            "open-end-by-another-key",
            &with_note(no_seal.accuse(2, "no seal"), as_another(&no_seal)),
            Some("evidence_not_signed"),
        ),
        case(
            "two-roots-by-another-key",
            &Wrong::TwoRoots { first: one.note(), second: as_another(&other) },
            Some("evidence_not_signed"),
        ),
        case(
            "one-root-twice",
            &Wrong::TwoRoots { first: one.note(), second: one.note() },
            Some("evidence_no_contradiction"),
        ),
        case(
            "two-sizes",
            &Wrong::TwoRoots { first: one.note(), second: longer.note() },
            Some("evidence_no_contradiction"),
        ),
        case("no-fork", &fork(&other, &longer), Some("evidence_no_contradiction")),
    ];
    cases.extend(edited(&no_seal.accuse(2, "no seal"), &fork(&one, &longer)));
    cases
}

/// Files in which one part is another, or is missing.
fn edited(open_end: &Wrong, fork: &Wrong) -> Vec<Case> {
    let with = |wrong: &Wrong, key: &str, value: Value| {
        // The order of the keys is kept, so that a file still looks like evidence.
        let text = wrong.to_json().unwrap();
        let old: Value = serde_json::from_str(&text).unwrap();
        let line = |value: &Value| format!("\"{key}\": {}", serde_json::to_string_pretty(value).unwrap());
        let (old, new) = (line(&old[key]).replace("\n", "\n  "), line(&value));
        assert!(text.contains(&old), "{key}");
        text.replacen(&old, &new, 1)
    };
    let bad = |name: &str, text: String, code| Case::new(format!("evidence/{name}.json"), text, Some(code));
    let part = "evidence_part";
    let file: Value = serde_json::from_str(&open_end.to_json().unwrap()).unwrap();
    let block = file["block"].as_str().unwrap();
    vec![
        bad("version", with(open_end, "evidence_version", json!(2)), "evidence_version"),
        bad("unknown-key", with(open_end, "says", json!("x")).replacen("says", "said", 1), "evidence_json"),
        bad("cut", open_end.to_json().unwrap().trim_end().trim_end_matches('}').to_owned(), "evidence_json"),
        bad("kind-unknown", with(open_end, "kind", json!("bad_blocks")), part),
        bad("no-note", with(open_end, "notes", json!([])), part),
        bad("note-without-lines", with(open_end, "notes", json!(["xinji.example/yibin\n4\n"])), part),
        bad("no-block", with(open_end, "block", Value::Null), part),
        bad("block-cut", with(open_end, "block", json!(block.get(..block.len() - 4).unwrap())), part),
        bad("block-not-base64", with(open_end, "block", json!(block.replacen('A', "*", 1))), part),
        bad("no-parent", with(open_end, "parent", Value::Null), part),
        bad("parent-is-no-seal", with(open_end, "parent", json!("AAAA")), part),
        bad("parent-proof-of-half-a-hash", with(open_end, "parent_proof", json!("AAAA")), part),
        bad(
            "other-parent-proof",
            with(open_end, "parent_proof", json!("A".repeat(43) + "=")),
            "evidence_proof",
        ),
        bad("other-peaks", with(open_end, "peaks", json!("A".repeat(43) + "=")), "evidence_proof"),
        bad("too-many-peaks", with(open_end, "peaks", json!("A".repeat(86) + "==")), part),
        bad("other-first-leaf", with(open_end, "first_index", json!(4)), "evidence_proof"),
        bad("no-first-leaf", with(open_end, "first_index", Value::Null), part),
        bad("no-reason", with(open_end, "reason", Value::Null), part),
        bad("fork-other-prefix", with(fork, "prefix_root", json!("A".repeat(43) + "=")), "evidence_proof"),
        bad("fork-two-prefixes", with(fork, "prefix_root", json!("A".repeat(86) + "==")), part),
        bad("fork-no-proof", with(fork, "proof", json!("")), "evidence_proof"),
    ]
}
