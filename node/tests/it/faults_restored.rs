//! A clock that jumps, and folders restored from old copies: times never go back, and no second root is signed
//! that anybody would take.

use crate::common::{ORIGIN, TestClock, audit, clock, config, entries, entry, open, tip};
use crate::operator::copy;
use ed25519_dalek::SigningKey;
use ledger::entry::Entry;
use ledger::note::{KeyKind, Note, Signer};
use ledger::witness::AddCheckpoint;
use node::witness::{ConflictKind, Mode, Witness, WitnessConfig};
use node::{Operator, OperatorError};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;
const START_MS: u64 = 1_790_000_000_000;

fn open_at(folder: &Path, at_ms: u64) -> (Operator, Arc<TestClock>) {
    let clock = Arc::new(TestClock(AtomicU64::new(at_ms)));
    let operator = Operator::open(&folder.join("ledger"), config(), tip(folder), clock.clone()).unwrap();
    (operator, clock)
}

/// Times of all seals, in order.
fn seal_times(operator: &Operator) -> Vec<u64> {
    let size = operator.view().published_size();
    let seal = |index| match Entry::decode_strict(&operator.view().entry(index).unwrap()).unwrap() {
        Entry::Seal(header) => Some(header.body.batch.at_ms),
        _ => None,
    };
    (0..size).filter_map(seal).collect()
}

#[test]
fn a_clock_that_jumps_takes_no_seal_back() {
    let folder = tempfile::tempdir().unwrap();
    let (operator, clock) = open_at(folder.path(), START_MS);
    operator.append(entries(0..2)).unwrap();
    clock.0.store(START_MS - YEAR_MS, Ordering::Relaxed);
    operator.append(entries(2..4)).unwrap();
    assert!(!operator.heartbeat_if_due().unwrap(), "a clock behind the last seal has waited for nothing");
    drop(operator);

    // Set back across a restart as well, then years ahead.
    let (operator, clock) = open_at(folder.path(), START_MS - YEAR_MS);
    operator.append(entries(4..6)).unwrap();
    let before = seal_times(&operator);
    assert_eq!(before.len(), 4);
    assert!(before.is_sorted() && before.iter().all(|at_ms| *at_ms >= START_MS), "{before:?}");
    clock.0.store(START_MS + 3 * YEAR_MS, Ordering::Relaxed);
    assert!(operator.heartbeat_if_due().unwrap(), "three years without a block");
    assert!(!operator.heartbeat_if_due().unwrap());
    operator.append(entries(6..8)).unwrap();
    drop(operator);

    // The clock is put right: the log stays where the jump took it, and goes on all the same.
    let (operator, clock) = open_at(folder.path(), START_MS + 1_000);
    operator.append(entries(8..10)).unwrap();
    assert!(!operator.heartbeat_if_due().unwrap());
    let times = seal_times(&operator);
    assert!(times.is_sorted(), "{times:?}");
    assert!(*times.last().unwrap() >= START_MS + 3 * YEAR_MS, "{times:?}");
    // The heartbeat comes again a day after the last seal.
    let day_ms = 24 * 60 * 60 * 1000;
    clock.0.store(times.last().unwrap() + day_ms, Ordering::Relaxed);
    assert!(operator.heartbeat_if_due().unwrap());
    assert_eq!(audit(&operator).entries, 10);
}

fn witness(folder: &Path, conflicts: &Arc<Mutex<Vec<ConflictKind>>>, log: &Operator) -> Witness {
    let conflicts = conflicts.clone();
    let witness = Witness::open(WitnessConfig {
        folder: folder.join("witness"),
        signer: Signer::new("customs.example/w1", KeyKind::CosignatureV1, SigningKey::from_bytes(&[9; 32]))
            .unwrap(),
        mode: Mode::Consistency,
        clock: clock(),
        on_conflict: Some(Arc::new(move |conflict| conflicts.lock().unwrap().push(conflict.kind))),
    })
    .unwrap();
    witness.trust(ORIGIN, vec![log.view().vkey().clone()]).unwrap();
    witness
}

/// The request that an honest operator makes at its newest checkpoint.
fn request(operator: &Operator, old: u64) -> Vec<u8> {
    let view = operator.view();
    let checkpoint = Note::parse(view.checkpoint().unwrap().unwrap().as_bytes()).unwrap();
    let proof = view.store().consistency_proof(old, view.published_size()).unwrap();
    AddCheckpoint { old, proof, checkpoint }.to_string().into_bytes()
}

/// Folder, guard and tip row restored together from an old copy: the operator alone cannot know. A witness does.
#[test]
fn what_the_operator_cannot_know_a_witness_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    operator.append(entries(0..3)).unwrap();
    let conflicts = Arc::new(Mutex::new(Vec::new()));
    let first = witness(&folder.path().join("first"), &conflicts, &operator);
    let other = witness(&folder.path().join("other"), &conflicts, &operator);
    for witness in [&first, &other] {
        assert_eq!(witness.add_checkpoint(&request(&operator, 0)).status, 200);
    }
    let old_size = operator.view().published_size();
    drop(operator);
    let old = folder.path().join("old");
    copy(&folder.path().join("ledger"), &old.join("ledger"));
    std::fs::copy(folder.path().join("tip-row"), old.join("tip-row")).unwrap();

    let operator = open(folder.path()).unwrap();
    operator.append(entries(3..6)).unwrap();
    for witness in [&first, &other] {
        assert_eq!(witness.add_checkpoint(&request(&operator, old_size)).status, 200);
    }
    let size = operator.view().published_size();
    drop(operator);

    // With the old folder and its guard alone the tip row tells.
    std::fs::copy(folder.path().join("tip-row"), old.join("new-row")).unwrap();
    std::fs::rename(old.join("tip-row"), old.join("old-row")).unwrap();
    std::fs::rename(old.join("new-row"), old.join("tip-row")).unwrap();
    let error = open(&old).unwrap_err();
    assert_eq!(error, OperatorError::Behind { have: old_size, known: size, witness: "the tip row" });

    // With the old tip row as well nothing here can tell: it signs another root for a size already signed.
    std::fs::rename(old.join("old-row"), old.join("tip-row")).unwrap();
    let second = open(&old).unwrap();
    second.append(vec![entry(10), entry(11), entry(12)]).unwrap();
    assert_eq!(second.view().published_size(), size);
    // Asked to go on from what the copy knows, a witness answers with the size that it cosigned, and it has seen
    // two roots of one size, which is proof: it cosigns nothing more of this log, of either history.
    let answer = first.add_checkpoint(&request(&second, old_size));
    assert_eq!((answer.status, answer.body.as_str()), (409, format!("{size}\n").as_str()));
    assert_eq!(*conflicts.lock().unwrap(), [ConflictKind::Fork]);
    assert_eq!(first.add_checkpoint(&request(&second, size)).status, 403);
    assert_eq!(first.cosigned_size(ORIGIN), size);

    // Another one sees the second history only when that is longer: no proof leads from what it cosigned there.
    conflicts.lock().unwrap().clear();
    second.append(vec![entry(13)]).unwrap();
    let answer = other.add_checkpoint(&request(&second, size));
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert_eq!(*conflicts.lock().unwrap(), [ConflictKind::Unproven]);
    assert_eq!(other.cosigned_size(ORIGIN), size);
}
