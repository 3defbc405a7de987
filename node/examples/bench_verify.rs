//! How long one verification takes as a cold process, and how large a status is (P10).
//!
//! `make bench ARGS=bench_verify` prints two tables: `node verify` started again and again on the same receipt, beside
//! a program that does nothing; and the bytes of "latest rating, not listed" at a million subjects, whose state map is
//! built in memory, in a log of ten million leaves.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark prints and stops"
)]

use ed25519_dalek::SigningKey;
use ledger::bounded::Text;
use ledger::checkpoint::Checkpoint;
use ledger::commitment::{Field, RecordSalt, Statement};
use ledger::entry::{Entry, Env, Genesis};
use ledger::header::{Batch, Header, HeaderBody};
use ledger::label::{LabelKey, public_list_label};
use ledger::merkle::{Hash, inclusion_proof, leaf_hash, node_hash, root};
use ledger::note::{KeyKind, Note, Signer};
use ledger::proof::TlogProof;
use ledger::receipt::{LabelClaim, ListClaim, Receipt, SealProof, StateClaim, Status, Subject};
use ledger::state::layout::value_hash;
use ledger::state::tree::Change;
use ledger::state::{RatingState, StateKey, Tree};
use ledger::verify::verify_status;
use parity_scale_codec::Encode;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const ORIGIN: &str = "ledger.example/bench";
const USCC: &str = "91511500MA6200000W";
const SUBJECTS: u32 = 1_000_000;
/// Depth of a log of some ten million leaves.
const LOG_DEPTH: u32 = 23;
const RUNS: usize = 200;
const FIELDS: u16 = 67;
const LIST: u16 = 1;

fn log() -> Signer {
    Signer::new(ORIGIN, KeyKind::Ed25519, SigningKey::from_bytes(&[7; 32])).unwrap()
}

fn label_key() -> LabelKey {
    LabelKey::from_seed(&[4; 32]).unwrap()
}

fn genesis() -> Genesis {
    Genesis {
        origin: Text::new(ORIGIN).unwrap(),
        types_digest: [1; 32],
        policy_digest: [2; 32],
        log_key: log().vkey().key().to_bytes(),
        offline_root_key: [3; 32],
        label_key: label_key().public(),
        zone: Text::new("bench").unwrap(),
    }
}

fn statement() -> Statement {
    Statement::new((1..=FIELDS).map(|id| Field { id, value: vec![b'a'; 24] }).collect()).unwrap()
}

fn rating() -> Entry {
    let (subject, _) = label_key().prove(USCC).unwrap();
    let commitment = statement().commitment(&RecordSalt::new([5; 32]));
    let env = Env {
        subject,
        seq: 3,
        previous: [1; 32],
        at_ms: 1_793_000_000_000,
        cause: [2; 32],
        commitment,
        author: 0,
        signature: None,
    };
    Entry::Rating { env, scorecard_digest: [6; 32] }
}

fn policy() -> String {
    let witness = |n: u8| {
        let key = SigningKey::from_bytes(&[n; 32]);
        Signer::new(&format!("w{n}.example/witness"), KeyKind::CosignatureV1, key).unwrap()
    };
    let lines: String = (1..=3).map(|n| format!("witness w{n} {}\n", witness(n).vkey())).collect();
    format!("log {}\n{lines}group agencies 2 w1 w2 w3\nquorum agencies\n", log().vkey())
}

fn cosigned(checkpoint: &Checkpoint) -> Note {
    let mut note = checkpoint.sign(&log());
    for n in 1..=3u8 {
        let key = SigningKey::from_bytes(&[n; 32]);
        let signer = Signer::new(&format!("w{n}.example/witness"), KeyKind::CosignatureV1, key).unwrap();
        let line = signer.sign(&note.text, 1_793_000_000);
        note.signatures.push(line);
    }
    note
}

fn sealed(first_index: u64, count: u32, state_root: Hash) -> Header {
    let batch = Batch { first_index, count, at_ms: 1_793_000_000_000, epoch: 1, ..Batch::default() };
    HeaderBody { number: 70_000, state_root, batch, ..HeaderBody::default() }.sign(log().key())
}

/// The map: every subject's rating, and what one of them has.
fn state(rating: &[u8]) -> Tree {
    let (label, _) = label_key().prove(USCC).unwrap();
    let others = (0..SUBJECTS - 1).map(|n| Change {
        key: StateKey::Rating { label: leaf_hash(&n.to_be_bytes()) }.hash(),
        value: [1; 32],
    });
    let own = Change { key: StateKey::Rating { label }.hash(), value: value_hash(rating) };
    let mut tree = Tree::default();
    tree.apply(others.chain([own]).collect()).unwrap();
    tree
}

/// A status with two lists in a log of 2^depth leaves whose other subtrees are of made-up hashes.
fn status(is_on_lists: &[bool]) -> Status {
    let key = label_key();
    let (label, proof) = key.prove(USCC).unwrap();
    let value = RatingState { seq: 3, leaf_index: 8_000_000, leaf_hash: rating().leaf_hash() }.encode();
    let tree = state(&value);
    let size = 1u64 << LOG_DEPTH;
    let seal = sealed(size - 3, 2, tree.root());
    let genesis = genesis();
    // The whole but its left edge and its right edge is one made-up hash a level.
    let beside: Vec<Hash> = (0..LOG_DEPTH - 1).map(|level| leaf_hash(&level.to_be_bytes())).collect();
    let left =
        beside.iter().fold(Entry::Genesis(genesis.clone()).leaf_hash(), |hash, one| node_hash(&hash, one));
    let right = beside.iter().fold(Entry::Seal(seal).leaf_hash(), |hash, one| node_hash(one, &hash));
    let with = |other: Hash| beside.iter().copied().chain([other]).collect::<Vec<_>>();
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root: node_hash(&left, &right) };
    let list = |is_public: &bool| {
        let subject = if *is_public { public_list_label(USCC) } else { label };
        let key = StateKey::List { list: LIST, subject };
        ListClaim {
            list: LIST,
            is_public: *is_public,
            claim: StateClaim { value: None, proof: tree.prove(&key.hash()) },
        }
    };
    let hashes = with(left);
    Status {
        subject: Subject::Labelled(LabelClaim { uscc: USCC.into(), proof, genesis, hashes: with(right) }),
        proof: TlogProof { extra: None, index: size - 1, hashes, checkpoint: cosigned(&checkpoint) },
        seal,
        rating: Some(StateClaim {
            value: Some(value),
            proof: tree.prove(&StateKey::Rating { label }.hash()),
        }),
        lists: is_on_lists.iter().map(list).collect(),
    }
}

/// The bytes of the parts in binary: SCALE, raw hashes, signatures; the texts that a policy gives again left out.
fn binary_bytes(status: &Status) -> usize {
    let claim = |claim: &StateClaim| claim.value.encode().len() + claim.proof.encode().len();
    let signatures: usize =
        status.proof.checkpoint.signatures.iter().map(|line| 4 + line.signature.len()).sum();
    let Subject::Labelled(label) = &status.subject else { unreachable!("it was made with its label") };
    let log = Entry::Seal(status.seal).encode().len()
        + 32 * (status.proof.hashes.len() + label.hashes.len())
        + Entry::Genesis(label.genesis.clone()).encode().len();
    let checkpoint = ORIGIN.len() + 8 + 32;
    log + checkpoint
        + signatures
        + label.uscc.len()
        + label.proof.len()
        + status.rating.as_ref().map_or(0, claim)
        + status.lists.iter().map(|list| 3 + claim(&list.claim)).sum::<usize>()
}

fn receipt() -> Receipt {
    let key = label_key();
    let (_, proof) = key.prove(USCC).unwrap();
    let value = RatingState { seq: 3, leaf_index: 2, leaf_hash: rating().leaf_hash() }.encode();
    let tree = state(&value);
    let entries = [Entry::Genesis(genesis()), rating().clone(), rating()];
    let seal = sealed(0, 3, tree.root());
    let mut leaves: Vec<Hash> = entries.iter().map(Entry::leaf_hash).collect();
    leaves.push(Entry::Seal(seal).leaf_hash());
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: 4, root: root(&leaves) };
    let hashes = |index| inclusion_proof(&leaves, index).unwrap();
    let (label, _) = key.prove(USCC).unwrap();
    let claim = StateClaim { value: Some(value), proof: tree.prove(&StateKey::Rating { label }.hash()) };
    Receipt {
        disclosure: Some(statement().disclose(&RecordSalt::new([5; 32]), |id| id != 1)),
        entry: rating(),
        proof: TlogProof { extra: None, index: 2, hashes: hashes(2), checkpoint: cosigned(&checkpoint) },
        state: Some((SealProof { seal, hashes: hashes(3) }, claim)),
        label: Some(LabelClaim { uscc: USCC.into(), proof, genesis: genesis(), hashes: hashes(0) }),
    }
}

/// Milliseconds of each run, ascending.
fn timed(mut run: impl FnMut() -> Command) -> Vec<f64> {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let mut command = run();
            let start = Instant::now();
            let output = command.output().unwrap();
            let time = start.elapsed().as_secs_f64() * 1_000.0;
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
            time
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

fn row(name: &str, times: &[f64]) {
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    println!("{name:<34} {:>8.2} {:>8.2} {:>8.2}", at(50), at(95), at(100));
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let status_text = status(&[true]).to_json().unwrap();
    let receipt = write("receipt.json", &receipt().to_json().unwrap());
    let file = write("status.json", &status_text);
    let policy_file = write("policy.txt", &policy());
    // The program stands beside the folder of the examples.
    let here = std::env::current_exe().unwrap();
    let node = here.parent().and_then(Path::parent).unwrap().join("node");
    let verify = |file: &Path| {
        let mut command = Command::new(&node);
        command.arg("verify").arg(file).arg("--policy").arg(&policy_file);
        command
    };
    println!("One process each, {RUNS} runs, milliseconds");
    println!("{:<34} {:>8} {:>8} {:>8}", "", "p50", "p95", "max");
    row("true (starting a process)", &timed(|| Command::new("true")));
    row("node verify, receipt of 66 fields", &timed(|| verify(&receipt)));
    row("node verify, status", &timed(|| verify(&file)));

    println!("\nA status at {SUBJECTS} subjects in a log of 2^{LOG_DEPTH} leaves, three cosignatures, bytes");
    println!("{:<34} {:>8} {:>8}", "", "binary", "JSON");
    for (name, lists) in [
        ("latest rating", &[][..]),
        ("and not on one list", &[true]),
        ("and not on two lists", &[true, false]),
    ] {
        let status = status(lists);
        let json = status.to_json().unwrap();
        assert!(verify_status(json.as_bytes(), &policy().parse().unwrap()).unwrap().is_final());
        println!("{name:<34} {:>8} {:>8}", binary_bytes(&status), json.len());
    }
}
