//! The operator through its public surface: what it appends, what it proves, when it refuses.

use crate::common::{audit, clock, config, entries, entry, open, tip};
use ledger::checkpoint::Checkpoint;
use ledger::entry::Entry;
use ledger::merkle;
use ledger::store::{Store, StoreError};
use ledger::tile::TilePath;
use node::operator::{FaultPoint, Prepared, Refusal, Step};
use node::{EntryRef, NewEntry, Operator, OperatorError, SealedBlock, Sequencer, Tip, TipError, TipRow};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

#[test]
fn what_is_appended_is_proven_and_survives() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    let first = operator.append(entries(0..3)).unwrap();
    assert_eq!(first.iter().map(|a| a.index).collect::<Vec<_>>(), [2, 3, 4]);
    assert!(first.iter().all(|a| a.block == 1 && a.size == 6 && !a.duplicate));
    let second = operator.append(entries(3..703)).unwrap();
    assert_eq!(second.len(), 700);
    assert_eq!(second[0].index, 6);
    assert_eq!(second[256].block, 3);
    assert_eq!(second[256].index, 6 + 257);
    assert_eq!(second[699].size, 6 + 700 + 3);

    let view = operator.view();
    let (checkpoint, _) =
        Checkpoint::open(view.checkpoint().unwrap().unwrap().as_bytes(), view.vkey()).unwrap();
    assert_eq!(checkpoint.size, 709);
    for appended in first.iter().chain(&second).step_by(37) {
        let proof = view.proof(appended.index).unwrap();
        let (at, _) = Checkpoint::open(proof.checkpoint.to_string().as_bytes(), view.vkey()).unwrap();
        assert_eq!(at.size, appended.size);
        let leaf = merkle::leaf_hash(&view.entry(appended.index).unwrap());
        merkle::verify_inclusion(&leaf, appended.index, at.size, &proof.hashes, &at.root).unwrap();
        let proof = view.store().consistency_proof(at.size, 709).unwrap();
        merkle::verify_consistency(at.size, 709, &proof, &at.root, &checkpoint.root).unwrap();
    }
    let found = audit(&operator);
    assert_eq!((found.leaves, found.entries, found.blocks, found.subjects), (709, 703, 5, 5));
    assert_eq!(found.published_size, 709);
    let root = found.root;
    drop(operator);

    let operator = open(folder.path()).unwrap();
    assert_eq!(audit(&operator).root, root);
    let again = operator.append(vec![entry(5)]).unwrap();
    assert!(again[0].duplicate);
    assert_eq!(again[0].index, second[2].index);
    assert_eq!(operator.view().published_size(), 709);
}

#[test]
fn tiles_of_every_size_are_those_of_the_tree() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    operator.append(entries(0..600)).unwrap();
    let view = operator.view();
    let leaves: Vec<_> =
        (0..view.published_size()).map(|i| merkle::leaf_hash(&view.entry(i).unwrap())).collect();
    for (path, from, width) in [
        ("tile/0/000", 0, 256),
        ("tile/0/001", 256, 256),
        ("tile/0/000.p/5", 0, 5),
        ("tile/0/002.p/93", 512, 93),
    ] {
        let tile = view.tile(&TilePath::parse(path).unwrap()).unwrap();
        assert_eq!(tile, leaves[from..from + width].concat(), "{path}");
    }
    let upper = view.tile(&TilePath::parse("tile/1/000.p/2").unwrap()).unwrap();
    assert_eq!(upper, [merkle::root(&leaves[..256]), merkle::root(&leaves[256..512])].concat());
    for path in ["tile/0/002", "tile/0/002.p/94", "tile/1/000.p/3", "tile/2/000.p/1", "tile/0/003.p/1"] {
        let error = view.tile(&TilePath::parse(path).unwrap()).unwrap_err();
        assert!(matches!(error, StoreError::OutOfRange { .. }), "{path}");
    }
    let bundle = view.tile(&TilePath::parse("tile/entries/001").unwrap()).unwrap();
    let bundled = ledger::tile::parse_bundle(&bundle, 256).unwrap();
    for (entry, leaf) in bundled.iter().zip(&leaves[256..512]) {
        assert_eq!(&merkle::leaf_hash(entry), leaf);
    }
}

#[test]
fn the_operator_gives_entries_their_place_in_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    let appended = operator.append(entries(0..11)).unwrap();
    let read = |number: usize| {
        let bytes = operator.view().entry(appended[number].index).unwrap();
        (merkle::leaf_hash(&bytes), Entry::decode_strict(&bytes).unwrap().env().unwrap().clone())
    };
    let (before, first) = read(0);
    let (_, second) = read(5);
    let (_, third) = read(10);
    assert_eq!((first.seq, second.seq, third.seq), (0, 1, 2));
    assert_eq!((first.previous, second.previous), ([0; 32], before));
    assert_eq!(first.cause, entry(0).cause);
}

#[test]
fn a_call_is_refused_whole() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    operator.append(entries(0..1)).unwrap();
    let mut changed = entry(0);
    if let Some(env) = changed.entry.env_mut() {
        env.commitment = [9; 32];
    }
    let refused = operator.append(vec![entry(1), changed.clone()]).unwrap_err();
    assert_eq!(refused, OperatorError::Refused { position: 1, reason: Refusal::OtherContent(2) });
    assert_eq!(operator.view().published_size(), 4);
    let each = operator
        .append_each(vec![entry(1), changed, entry(1)].into_iter().map(Prepared::new).collect())
        .unwrap();
    assert_eq!(each[0].as_ref().unwrap().index, 4);
    assert!(each[1].is_err());
    assert!(each[2].as_ref().unwrap().duplicate);
    assert_eq!(each[2].as_ref().unwrap().index, 4);
    let genesis = Entry::decode_strict(&operator.view().entry(0).unwrap()).unwrap();
    let refused = operator.append(vec![node::NewEntry { cause: [1; 32], entry: genesis }]).unwrap_err();
    assert_eq!(refused, OperatorError::Refused { position: 0, reason: Refusal::Kind });
    audit(&operator);
}

#[test]
fn a_folder_is_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let _operator = open(folder.path()).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OperatorError::Store(StoreError::InUse(_))), "{error}");
}

#[test]
fn another_key_or_origin_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let mut other = config();
    other.signing_key = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    let at = folder.path().join("ledger");
    let error = Operator::open(&at, other, tip(folder.path()), clock()).unwrap_err();
    assert!(matches!(error, OperatorError::KeyNotHeld(_)), "{error}");
    let mut other = config();
    other.origin = "ledger.example/other".to_owned();
    let error = Operator::open(&at, other, tip(folder.path()), clock()).unwrap_err();
    assert!(matches!(error, OperatorError::Store(StoreError::OtherOrigin { .. })), "{error}");
}

pub fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let target = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            copy(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).unwrap();
        }
    }
}

#[test]
fn a_restored_old_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    operator.append(entries(0..3)).unwrap();
    drop(operator);
    let ledger = folder.path().join("ledger");
    copy(&ledger, &folder.path().join("backup"));
    let operator = open(folder.path()).unwrap();
    operator.append(entries(3..6)).unwrap();
    drop(operator);
    std::fs::remove_dir_all(&ledger).unwrap();
    copy(&folder.path().join("backup"), &ledger);
    let error = open(folder.path()).unwrap_err();
    assert_eq!(error, OperatorError::Behind { have: 6, known: 10, witness: "the tip row" });

    // The folder alone knows as well, when its guard was kept.
    std::fs::remove_file(folder.path().join("tip-row")).unwrap();
    let guard = std::fs::read(ledger.join("sign-guard")).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert_eq!(error, OperatorError::TipRowLost { signed: 6 });
    let newer = node::guard::SignGuard::of(&ledger);
    newer.write(node::guard::Guarded { size: 10, root: [1; 32] }).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert_eq!(error, OperatorError::Behind { have: 6, known: 10, witness: "the sign guard" });

    std::fs::write(ledger.join("sign-guard"), guard).unwrap();
    let mut adopting = config();
    adopting.adopt_tip = true;
    let operator = Operator::open(&ledger, adopting, tip(folder.path()), clock()).unwrap();
    assert_eq!(audit(&operator).leaves, 6);
}

#[test]
fn a_folder_of_another_history_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    operator.append(entries(0..3)).unwrap();
    drop(operator);
    std::fs::remove_file(folder.path().join("tip-row")).unwrap();
    tip(folder.path()).swap(None, Tip { size: 6, root: [1; 32], epoch: 1 }, &[]).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert_eq!(error, OperatorError::Diverged { size: 6, witness: "the tip row" });
}

#[test]
fn of_two_operators_the_older_is_fenced_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let old = open(folder.path()).unwrap();
    old.append(entries(0..3)).unwrap();
    // A second machine with a copy of the folder and the same tip row.
    copy(&folder.path().join("ledger"), &folder.path().join("copy"));
    let new = Operator::open(&folder.path().join("copy"), config(), tip(folder.path()), clock()).unwrap();
    let before = old.view().published_size();
    assert_eq!(old.append(entries(3..4)).unwrap_err(), OperatorError::Fenced);
    assert_eq!(old.append(entries(4..5)).unwrap_err(), OperatorError::Fenced);
    assert_eq!(old.view().published_size(), before);
    assert!(old.view().entry(before).is_err(), "what was fenced off must not be shown");
    new.append(entries(3..4)).unwrap();
    audit(&new);
    drop(old);
    // The fenced folder went its own way; it may not come back.
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OperatorError::Diverged { .. }), "{error}");
}

/// A credit database that fails, before or after it has done what was asked.
struct Unreliable {
    row: Mutex<Option<Tip>>,
    blocks: Mutex<Vec<SealedBlock>>,
    fails_before: AtomicBool,
    fails_after: AtomicBool,
}

impl Unreliable {
    fn new() -> Self {
        Self {
            row: Mutex::new(None),
            blocks: Mutex::default(),
            fails_before: AtomicBool::new(false),
            fails_after: AtomicBool::new(false),
        }
    }

    /// Every block of the store is recorded once, in order, as what it is.
    fn check_record(&self, store: &Store) {
        let blocks = self.blocks.lock().unwrap();
        assert_eq!(u32::try_from(blocks.len()).unwrap(), store.tip().unwrap().blocks);
        for (block, number) in blocks.iter().zip(0_u32..) {
            assert_eq!(block.number, number);
            assert_eq!(Some(&block.header), store.header(number).unwrap().as_ref());
            for (entry, index) in block.entries.iter().zip(block.first_index..) {
                match entry {
                    EntryRef::Cause(cause) => {
                        assert_eq!(store.find_cause(cause).unwrap().unwrap().index, index)
                    }
                    EntryRef::Raw { cause, bytes } => {
                        assert_eq!((number, *cause), (0, None), "only the genesis is kept raw");
                        assert_eq!(bytes, &store.entry(index).unwrap());
                    }
                }
            }
            let end = block.first_index + u64::try_from(block.entries.len()).unwrap() + 1;
            assert_eq!(store.span_ending_at(end).unwrap().unwrap().number, number);
        }
    }
}

impl TipRow for Unreliable {
    fn read(&self) -> Result<Option<Tip>, TipError> {
        Ok(*self.row.lock().unwrap())
    }

    fn swap(&self, expected: Option<Tip>, new: Tip, blocks: &[SealedBlock]) -> Result<bool, TipError> {
        if self.fails_before.load(Ordering::Relaxed) {
            return Err(TipError("gone before".to_owned()));
        }
        let mut row = self.row.lock().unwrap();
        if *row != expected {
            return Ok(false);
        }
        *row = Some(new);
        self.blocks.lock().unwrap().extend_from_slice(blocks);
        if self.fails_after.load(Ordering::Relaxed) {
            return Err(TipError("gone after".to_owned()));
        }
        Ok(true)
    }
}

#[test]
fn an_unreachable_database_delays_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let row = Arc::new(Unreliable::new());
    let operator = Operator::open(&folder.path().join("ledger"), config(), row.clone(), clock()).unwrap();
    for failing in [&row.fails_before, &row.fails_after] {
        let first = operator.view().published_size();
        let batch = || entries(first..first + 3);
        failing.store(true, Ordering::Relaxed);
        assert!(matches!(operator.append(batch()).unwrap_err(), OperatorError::TipRow(_)));
        assert_eq!(operator.view().published_size(), first);
        failing.store(false, Ordering::Relaxed);
        let appended = operator.append(batch()).unwrap();
        assert!(appended.iter().all(|a| a.duplicate && a.size == first + 4));
        assert_eq!(operator.view().published_size(), first + 4);
    }
    audit(&operator);
    row.check_record(operator.view().store());
}

#[test]
fn blocks_that_a_crash_left_unrecorded_are_recorded_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let row = Arc::new(Unreliable::new());
    let ledger = folder.path().join("ledger");
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let faults: FaultPoint =
        Arc::new(move |step| step != Step::BlockWritten || !stopping.load(Ordering::Relaxed));
    let mut settings = config();
    settings.max_block = 2;
    let operator =
        Operator::open_with_faults(&ledger, settings.clone(), row.clone(), clock(), Some(faults)).unwrap();
    // A scorecard does not carry its cause.
    let scorecard = Entry::Scorecard {
        id: ledger::bounded::Text::new("card").unwrap(),
        digest: [1; 32],
        effective_day: 1,
    };
    stop.store(true, Ordering::Relaxed);
    let batch = vec![entry(0), NewEntry { cause: [5; 32], entry: scorecard }];
    assert_eq!(operator.append(batch).unwrap_err(), OperatorError::Interrupted);
    drop(operator);
    assert_eq!(row.blocks.lock().unwrap().len(), 1);
    let operator = Operator::open(&ledger, settings.clone(), row.clone(), clock()).unwrap();
    row.check_record(operator.view().store());

    // The credit database was lost: the record begins anew, in more steps than one.
    operator.append(entries(1..600)).unwrap();
    drop(operator);
    *row.row.lock().unwrap() = None;
    row.blocks.lock().unwrap().clear();
    settings.adopt_tip = true;
    let operator = Operator::open(&ledger, settings, row.clone(), clock()).unwrap();
    row.check_record(operator.view().store());
    audit(&operator);
}

#[test]
fn the_clock_may_jump_back() {
    let folder = tempfile::tempdir().unwrap();
    let time = clock();
    let operator =
        Operator::open(&folder.path().join("ledger"), config(), tip(folder.path()), time.clone()).unwrap();
    operator.append(entries(0..1)).unwrap();
    time.0.store(1000, Ordering::Relaxed);
    operator.append(entries(1..2)).unwrap();
    audit(&operator);
}

#[test]
fn an_idle_log_gets_a_heartbeat() {
    let folder = tempfile::tempdir().unwrap();
    let time = clock();
    let operator =
        Operator::open(&folder.path().join("ledger"), config(), tip(folder.path()), time.clone()).unwrap();
    assert!(!operator.heartbeat_if_due().unwrap());
    time.0.fetch_add(24 * 60 * 60 * 1000, Ordering::Relaxed);
    assert!(operator.heartbeat_if_due().unwrap());
    assert!(!operator.heartbeat_if_due().unwrap());
    assert_eq!(audit(&operator).leaves, 3);
}

#[test]
fn many_threads_share_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let operator = Arc::new(open(folder.path()).unwrap());
    let sequencer = Sequencer::start(operator.clone()).unwrap();
    let mut indices: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16_u64)
            .map(|thread| {
                let sequencer = &sequencer;
                scope.spawn(move || {
                    (0..20)
                        .map(|n| sequencer.submit(entry(thread * 20 + n)).unwrap().index)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    indices.sort_unstable();
    indices.dedup();
    assert_eq!(indices.len(), 320);
    drop(sequencer);
    let found = audit(&operator);
    assert_eq!(found.entries, 320);
    assert!(found.blocks < 300, "{} blocks", found.blocks);
}

#[test]
fn what_is_queued_is_answered_even_when_the_sequencer_goes() {
    let folder = tempfile::tempdir().unwrap();
    let operator = Arc::new(open(folder.path()).unwrap());
    let sequencer = Sequencer::start(operator.clone()).unwrap();
    let tickets: Vec<_> = (0..600).map(|number| sequencer.enqueue(entry(number)).unwrap()).collect();
    drop(sequencer);
    let mut indices: Vec<u64> = tickets.into_iter().map(|ticket| ticket.wait().unwrap().index).collect();
    indices.dedup();
    assert_eq!(indices.len(), 600);
    assert!(indices.is_sorted());
    assert_eq!(audit(&operator).entries, 600);
}

#[test]
fn a_stopped_operator_leaves_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    // The genesis passes, the first block is stopped between guard and signature.
    let began = AtomicBool::new(false);
    let stop: FaultPoint =
        Arc::new(move |step| step != Step::GuardWritten || !began.swap(true, Ordering::Relaxed));
    let ledger = folder.path().join("ledger");
    let operator =
        Operator::open_with_faults(&ledger, config(), tip(folder.path()), clock(), Some(stop)).unwrap();
    let sequencer = Sequencer::start(Arc::new(operator)).unwrap();
    let refused = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|number| {
                let sequencer = &sequencer;
                scope.spawn(move || (0..50).all(|n| sequencer.submit(entry(number * 50 + n)).is_err()))
            })
            .collect();
        threads.into_iter().all(|thread| thread.join().unwrap())
    });
    assert!(refused);
}

#[test]
fn a_store_can_be_read_beside_the_operator() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    operator.append(entries(0..300)).unwrap();
    let reader = Store::open_read_only(&folder.path().join("ledger")).unwrap();
    let found = reader.verify_from_genesis(&mut |_| {}).unwrap();
    assert_eq!(found.entries, 300);
    assert!(reader.put_note(1, "x").is_err());
}

#[test]
fn a_full_disk_stops_writing_before_it_is_full() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let mut greedy = config();
    greedy.free_bytes_min = u64::MAX;
    let operator =
        Operator::open(&folder.path().join("ledger"), greedy, tip(folder.path()), clock()).unwrap();
    let error = operator.append(entries(0..1)).unwrap_err();
    assert!(matches!(error, OperatorError::Store(StoreError::DiskFull { .. })), "{error}");
}
