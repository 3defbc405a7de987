//! What only the log can have done: refused for good, with evidence that convinces others.

use super::logs::{MemoryLog, Shown};
use super::{Running, command};
use crate::common::{ORIGIN, clock, config, entries, open, tip};
use crate::cosigning::log_vkey;
use ed25519_dalek::SigningKey;
use ledger::entry::{Entry, KeyAction, KeyChange, KeyEvent};
use ledger::evidence::{EvidenceError, Verdict, Wrong};
use ledger::header::{Batch, Header, HeaderBody};
use ledger::merkle::{self, Hash};
use ledger::note::Note;
use ledger::replay::{Placed, Replay};
use ledger::witness::AddCheckpoint;
use node::Operator;
use node::follow::{Phase, refusal};
use std::path::Path;
use std::process::{Command, Stdio};

/// The entries of the next block and its seal, as an operator with this replay would write it but for what the
/// changes say.
pub fn sealed(
    replay: &Replay,
    mut records: Vec<Entry>,
    change_records: impl Fn(&mut Vec<Entry>),
    change: impl Fn(&mut HeaderBody),
    seed: u8,
) -> Vec<Vec<u8>> {
    let parent = *replay.parent().unwrap();
    let at_ms = parent.body.batch.at_ms + 5;
    for env in records.iter_mut().filter_map(Entry::env_mut) {
        env.at_ms = at_ms;
    }
    change_records(&mut records);
    let hashes: Vec<Hash> = records.iter().map(Entry::leaf_hash).collect();
    let placed: Vec<Placed<'_>> = (parent.tree_size()..)
        .zip(&records)
        .zip(&hashes)
        .map(|((index, entry), hash)| Placed { index, leaf_hash: *hash, entry })
        .collect();
    let state_root = replay.clone().execute(&placed, at_ms).map_or([0; 32], |delta| delta.root);
    let mut body = HeaderBody {
        parent_hash: parent.hash(),
        number: parent.body.number + 1,
        state_root,
        extrinsics_root: merkle::root(&hashes),
        batch: Batch {
            first_index: parent.tree_size(),
            count: u32::try_from(records.len()).unwrap(),
            at_ms,
            ..parent.body.batch
        },
    };
    change(&mut body);
    let seal: Header = body.sign(&SigningKey::from_bytes(&[seed; 32]));
    records.push(Entry::Seal(seal));
    records.iter().map(|entry| entry.encode_checked().unwrap()).collect()
}

type Records = fn(&mut Vec<Entry>);
type Body = fn(&mut HeaderBody);

/// A first entry of a subject that has none.
pub fn fresh() -> Entry {
    let mut entry = crate::common::entry(9_000).entry;
    let env = entry.env_mut().unwrap();
    (env.subject, env.cause) = ([0xaa; 32], [0xbb; 32]);
    entry
}

#[test]
fn a_bad_block_under_a_signed_checkpoint_is_refused_with_evidence() {
    let home = tempfile::tempdir().unwrap();
    let operator = open(home.path()).unwrap();
    operator.append(entries(0..300)).unwrap();
    let honest = MemoryLog::of(&operator);
    let replay = operator.view().store().replay().unwrap();
    drop(operator);
    let unsigned = |records: &mut Vec<Entry>| {
        let change = KeyChange {
            action: KeyAction::Add,
            name: ledger::bounded::Text::new(format!("{ORIGIN}/author/1").as_str()).unwrap(),
            kind: 1,
            key: ledger::bounded::Bytes::new(vec![9; 32]).unwrap(),
            replaces: None,
            from_ms: 1,
        };
        records.push(Entry::Key(KeyEvent { change, old_key_signature: None, root_signature: [0; 64] }));
    };
    let none: Records = |_| {};
    let right: Body = |_| {};
    // What is wrong, how, by which key it is sealed, and whether the evidence alone shows it.
    let cases: [(&str, Records, Body, u8, bool); 13] = [
        ("state root", none, |body| body.state_root[0] ^= 1, 7, false),
        ("another parent", none, |body| body.parent_hash[0] ^= 1, 7, true),
        ("has number", none, |body| body.number += 1, 7, true),
        ("entries root", none, |body| body.extrinsics_root[0] ^= 1, 7, true),
        ("counts", none, |body| body.batch.count += 1, 7, true),
        ("begins at leaf", none, |body| body.batch.first_index += 1, 7, true),
        ("time", none, |body| body.batch.at_ms += 1, 7, true),
        ("before its parent", none, |body| body.batch.at_ms = 3, 7, true),
        ("scorecards", none, |body| body.batch.scorecards_digest[0] ^= 1, 7, true),
        // The reader may lack a later key of the log, so that alone it shows nothing.
        ("signature", none, right, 8, false),
        ("of its subject", |records| records[0].env_mut().unwrap().seq = 4, right, 7, false),
        (
            "already",
            |records| records[0].env_mut().unwrap().cause = ledger::entry::cause(3, b"content"),
            right,
            7,
            false,
        ),
        ("author", |records| records[0].env_mut().unwrap().author = 3, right, 7, false),
    ];
    for (what, records, body, seed, is_shown) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut leaves = honest.leaves.clone();
        leaves.extend(sealed(&replay, vec![fresh()], records, body, seed));
        let bad = MemoryLog::new(leaves);
        let shown = Shown::new(honest.clone());
        let running = Running::start(folder.path(), shown.clone());
        running.wait_size(u64::try_from(honest.leaves.len()).unwrap());
        shown.show(bad.clone());
        let (wrong, verdict) = running.refused(folder.path(), &bad.note);
        let Wrong::BadBlock { reason, first_index, .. } = &wrong else { unreachable!("{what}: {wrong:?}") };
        assert!(reason.contains(what), "{what}: {reason}");
        assert_eq!(usize::try_from(*first_index).unwrap(), honest.leaves.len());
        assert_eq!(matches!(verdict, Verdict::Proven(_)), is_shown, "{what}: {verdict:?}");
    }
    // A block without anything wrong is taken, and one with an unsigned change of keys is not.
    for (change, is_right) in [(None, true), (Some(&unsigned), false)] {
        let folder = tempfile::tempdir().unwrap();
        let mut leaves = honest.leaves.clone();
        let with = |records: &mut Vec<Entry>| change.into_iter().for_each(|change| change(records));
        leaves.extend(sealed(&replay, vec![fresh()], with, right, 7));
        let log = MemoryLog::new(leaves);
        let running = Running::start(folder.path(), log.clone());
        if is_right {
            running.wait_size(u64::try_from(log.leaves.len()).unwrap());
        } else {
            running.refused(folder.path(), &log.note);
        }
    }
}

/// What ends where no log may end: in the midst of a block, or after too many entries without a seal.
#[test]
fn leaves_that_are_no_block_are_refused_with_evidence() {
    let home = tempfile::tempdir().unwrap();
    let operator = open(home.path()).unwrap();
    operator.append(entries(0..300)).unwrap();
    let honest = MemoryLog::of(&operator);
    let replay = operator.view().store().replay().unwrap();
    drop(operator);
    let block = |count: usize| sealed(&replay, vec![fresh(); count], |_| {}, |_| {}, 7);
    let cases = [
        ("open_end", block(3)[..3].to_vec()),
        ("open_end", block(256)[..256].to_vec()),
        ("long_block", block(257)),
        ("long_block", block(300)),
        // What follows the first leaf that is no entry shows nothing more, and would be too long to be kept.
        ("bad_block", vec![vec![1; 60_000]; 300]),
    ];
    for (what, more) in cases {
        let folder = tempfile::tempdir().unwrap();
        let bad = MemoryLog::new([honest.leaves.clone(), more].concat());
        let shown = Shown::new(honest.clone());
        let running = Running::start(folder.path(), shown.clone());
        running.wait_size(u64::try_from(honest.leaves.len()).unwrap());
        shown.show(bad.clone());
        let (_, verdict) = running.refused(folder.path(), &bad.note);
        assert!(matches!(&verdict, Verdict::Proven(proven) if proven.code() == what), "{what}: {verdict:?}");
    }
}

/// Whoever would accuse a sound log cuts its blocks elsewhere.
#[test]
fn part_of_a_block_or_two_of_them_prove_nothing_against_a_sound_log() {
    let home = tempfile::tempdir().unwrap();
    let operator = open(home.path()).unwrap();
    for first in [0, 10, 20] {
        operator.append(entries(first..first + 3)).unwrap();
    }
    let store = operator.view().store();
    let size = store.tip().unwrap().size;
    let note = Note::parse(store.note(size).unwrap().unwrap().as_bytes()).unwrap();
    // Leaves 0 and 1 are the genesis and its seal; then blocks of three entries and a seal.
    let (first, parent) = (2, store.decoded_header(0).unwrap());
    let accuse = |count: u64| {
        let mut before = merkle::CompactTree::new();
        for index in 0..first {
            before.append(store.leaf_hash(index).unwrap());
        }
        let mut block = Vec::new();
        for index in first..first + count {
            ledger::tile::push_entry(&mut block, &store.entry(index).unwrap()).unwrap();
        }
        let wrong = Wrong::BadBlock {
            note: note.clone(),
            first_index: first,
            peaks: before.peaks().to_vec(),
            parent: Some((parent, store.inclusion_proof(first - 1, first).unwrap())),
            block,
            proof: store.consistency_proof(first + count, size).unwrap(),
            reason: "made up".to_owned(),
        };
        wrong.verify(&[log_vkey()])
    };
    for count in [1, 2, 3, 5, 7, 8] {
        assert_eq!(accuse(count), Err(EvidenceError::NotOneBlock), "{count} leaves");
    }
    // The whole block: nothing is wrong that it could show.
    assert!(matches!(accuse(4), Ok(Verdict::InTheLog { .. })));
}

/// Two logs of one key: the same beginning, then each its own.
pub fn fork(folder: &Path) -> (MemoryLog, MemoryLog, usize) {
    let make = |name: &str, numbers: std::ops::Range<u64>| {
        let home = folder.join(name);
        std::fs::create_dir_all(&home).unwrap();
        // Blocks of one entry and a clock of its own make the same beginning in both.
        let operator = Operator::open(&home.join("ledger"), config(), tip(&home), clock()).unwrap();
        operator.append(entries(0..20)).unwrap();
        let size = operator.view().published_size();
        operator.append(entries(numbers)).unwrap();
        (MemoryLog::of(&operator), usize::try_from(size).unwrap())
    };
    let (one, size) = make("one", 100..110);
    let (other, _) = make("other", 200..230);
    assert_eq!(one.leaves[..size], other.leaves[..size]);
    assert_ne!(one.leaves[size], other.leaves[size]);
    (one, other, size)
}

#[test]
fn a_forked_log_is_refused_whichever_side_is_longer() {
    let logs = tempfile::tempdir().unwrap();
    let (one, other, common) = fork(logs.path());
    let length = one.leaves.len();
    // At the same size: two roots. Longer: another beginning. Shorter: a beginning that ours has not.
    let end_of_block = common + 11;
    let cases = [
        ("two_roots", one.clone(), MemoryLog::new(other.leaves[..length].to_vec())),
        ("fork", one.clone(), other.clone()),
        ("fork", other.clone(), one.at(end_of_block)),
    ];
    for (kind, first, second) in cases {
        let folder = tempfile::tempdir().unwrap();
        let shown = Shown::new(first.clone());
        let running = Running::start(folder.path(), shown.clone());
        running.wait_size(u64::try_from(first.leaves.len()).unwrap());
        shown.show(second.clone());
        let (wrong, verdict) = running.refused(folder.path(), &second.note);
        assert_eq!(wrong.kind(), kind);
        assert!(matches!(verdict, Verdict::Proven(_)), "{verdict:?}");
        assert_eq!(
            std::fs::read_dir(folder.path())
                .unwrap()
                .flatten()
                .filter(|file| { file.file_name().to_string_lossy().starts_with("evidence-") })
                .count(),
            1
        );
    }
}

#[test]
fn an_old_checkpoint_is_an_alarm_and_no_proof() {
    let logs = tempfile::tempdir().unwrap();
    let (one, _, common) = fork(logs.path());
    let folder = tempfile::tempdir().unwrap();
    let shown = Shown::new(one.clone());
    let running = Running::start(folder.path(), shown.clone());
    let size = u64::try_from(one.leaves.len()).unwrap();
    running.wait_size(size);
    shown.show(one.at(common));
    let status = running.wait("alarm", |status| status.phase == Phase::Alarm);
    assert!(status.last_error.unwrap().contains("old checkpoint"));
    assert_eq!((status.refusal, status.replayed), (None, size));
    shown.show(one);
    running.wait("well again", |status| status.phase == Phase::Following);
}

#[test]
fn a_fork_shown_to_a_witness_key_only_is_refused_too() {
    let logs = tempfile::tempdir().unwrap();
    let (one, other, _) = fork(logs.path());
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), one.clone());
    running.wait_size(u64::try_from(one.leaves.len()).unwrap());
    let ask = |note: &[u8]| {
        let body =
            AddCheckpoint { old: 0, proof: vec![], checkpoint: Note::parse(note).unwrap() }.to_string();
        running.node.witness().add_checkpoint(body.as_bytes()).status
    };
    assert_eq!(ask(&one.note), 200);
    let second = MemoryLog::new(other.leaves[..one.leaves.len()].to_vec());
    assert!(matches!(ask(&second.note), 409 | 422));
    let (wrong, _) = running.refused(folder.path(), &second.note);
    assert_eq!(wrong.kind(), "two_roots");
}

#[test]
fn a_refusal_stands_until_a_person_lifts_it_and_its_evidence_convinces_others() {
    let logs = tempfile::tempdir().unwrap();
    let (one, other, _) = fork(logs.path());
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("fx");
    let shown = Shown::new(one.clone());
    let running = Running::start(&dir, shown.clone());
    running.wait_size(u64::try_from(one.leaves.len()).unwrap());
    shown.show(other.clone());
    running.refused(&dir, &other.note);
    let standing = refusal::standing(&dir).unwrap().unwrap();
    let node =
        |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_node")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();

    let output = command(home.path(), &["--log", "/does/not/exist", "--listen", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains(&standing.digest), "{}", text(&output.stderr));
    let mut wrongly = command(home.path(), &["--log", "/does/not/exist", "--listen", "127.0.0.1:0"]);
    assert_eq!(wrongly.args(["--accept-after-review", "00"]).output().unwrap().status.code(), Some(2));

    let evidence = standing.evidence.to_str().unwrap();
    let log_key = log_vkey().to_string();
    let output = node(&["verify", evidence, "--log-key", &log_key]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("this proves that the log signed two histories"));
    let output = node(&["verify", evidence, "--log-key", &log_key, "--json", "--lang", "zh"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["proven"], &answer["evidence"]), (&true.into(), &"fork".into()));
    assert!(text(&node(&["inspect", evidence]).stdout).starts_with("Evidence against a log: fork"));

    // A note changed by one letter proves nothing.
    let good = std::fs::read_to_string(evidence).unwrap();
    let bad = home.path().join("bad.json");
    std::fs::write(&bad, good.replacen(ORIGIN, "ledger.example/tess", 2)).unwrap();
    let output = node(&["verify", bad.to_str().unwrap(), "--log-key", &log_key]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with("INVALID"));

    refusal::lift(&dir, &standing.digest).unwrap();
    let running = Running::start(&dir, one);
    running.wait("follows again", |status| status.phase == Phase::Following);
}
