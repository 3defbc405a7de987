//! Two operators of one log under a schedule explorer: an old one in the middle of a write, and a new one that
//! takes the log over. Real operators, real stores, one tip row in memory; at every step of a block and at every
//! use of the tip row a thread stops, and the explorer decides who goes on. All schedules with a bounded number of
//! preemptions are run (a preemption is a switch away from a thread that could go on). What must hold is in
//! `docs/FENCE.md`.

use crate::common::{clock, config, entries};
use ledger::store::Store;
use node::guard::SignGuard;
use node::lease::fence;
use node::operator::Step;
use node::rebuild::Builder;
use node::{LedgerView, Operator, OperatorConfig, OperatorError, SealedBlock, Tip, TipError, TipRow};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

/// Preemptions in one schedule; more by hand.
fn bound() -> usize {
    std::env::var("XINJI_TEST_PREEMPTIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

const OLD: usize = 0;
const NEW: usize = 1;
const EPOCH: u64 = 9;

/// Lets one of two threads run at a time.
#[derive(Default)]
struct Turns {
    state: Mutex<Turn>,
    changed: Condvar,
}

#[derive(Default)]
struct Turn {
    /// Who may run; nobody while the explorer decides.
    running: Option<usize>,
    waiting: [bool; 2],
    ended: [bool; 2],
    /// The explorer has given up: nobody stops any more.
    is_free: bool,
}

/// Says that a thread has ended, however it does.
struct End<'a>(&'a Turns, usize);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut turn = self.0.state.lock().unwrap();
        turn.ended[self.1] = true;
        turn.running = None;
        self.0.changed.notify_all();
    }
}

/// Lets both threads run to their ends when a check fails, so that the failure is seen.
struct Release<'a>(&'a Turns);

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap().is_free = true;
        self.0.changed.notify_all();
    }
}

impl Turns {
    /// Stops until the explorer says that `who` goes on.
    fn pause(&self, who: usize) {
        let mut turn = self.state.lock().unwrap();
        turn.waiting[who] = true;
        if turn.running == Some(who) {
            turn.running = None;
        }
        self.changed.notify_all();
        while turn.running != Some(who) && !turn.is_free {
            turn = self.changed.wait(turn).unwrap();
        }
        turn.waiting[who] = false;
    }

    /// Waits until both threads stand still; those that can go on.
    fn ready(&self) -> Vec<usize> {
        let mut turn = self.state.lock().unwrap();
        loop {
            let is_still =
                turn.running.is_none() && [OLD, NEW].iter().all(|who| turn.waiting[*who] || turn.ended[*who]);
            if is_still {
                return [OLD, NEW].into_iter().filter(|who| !turn.ended[*who]).collect();
            }
            turn = self.changed.wait(turn).unwrap();
        }
    }

    fn go(&self, who: usize) {
        let mut turn = self.state.lock().unwrap();
        turn.waiting[who] = false;
        turn.running = Some(who);
        self.changed.notify_all();
    }
}

/// The tip row and everything it ever was.
#[derive(Default)]
struct Shared {
    history: Mutex<Vec<Tip>>,
    recorded: Mutex<BTreeMap<u32, SealedBlock>>,
}

/// One operator's way to the tip row; it stops before each use.
struct Row {
    shared: Arc<Shared>,
    turns: Option<(Arc<Turns>, usize)>,
}

impl Row {
    fn pause(&self) {
        if let Some((turns, who)) = &self.turns {
            turns.pause(*who);
        }
    }
}

impl TipRow for Row {
    fn read(&self) -> Result<Option<Tip>, TipError> {
        self.pause();
        Ok(self.shared.history.lock().unwrap().last().copied())
    }

    fn swap(&self, expected: Option<Tip>, new: Tip, blocks: &[SealedBlock]) -> Result<bool, TipError> {
        self.pause();
        let mut history = self.shared.history.lock().unwrap();
        if history.last().copied() != expected {
            return Ok(false);
        }
        history.push(new);
        let mut recorded = self.shared.recorded.lock().unwrap();
        recorded.extend(blocks.iter().map(|block| (block.number, block.clone())));
        Ok(true)
    }
}

fn settings() -> OperatorConfig {
    let mut settings = config();
    settings.max_block = 2;
    settings
}

fn faults(turns: &Arc<Turns>, who: usize) -> node::operator::FaultPoint {
    let turns = Arc::clone(turns);
    Arc::new(move |_: Step| {
        turns.pause(who);
        true
    })
}

/// What the old operator does: one call of two blocks, in one group.
fn old(operator: &Operator) -> Result<(), OperatorError> {
    operator.append(entries(10..13)).map(drop)
}

/// What the new one does, in the order of a takeover: fence, complete the folder, open, write.
fn new(
    view: &Arc<LedgerView>,
    source: &Store,
    row: &Arc<Row>,
    turns: &Arc<Turns>,
) -> Result<(), OperatorError> {
    let tip = fence(row.as_ref(), EPOCH)?.unwrap().unwrap();
    let mut builder = Builder::resume(Arc::clone(view.store()))?;
    while view.store().tip()?.size < tip.size {
        // What the outbox would give: the recorded block, as the old operator wrote it.
        let number = view.store().tip()?.blocks;
        let recorded = row.shared.recorded.lock().unwrap().get(&number).cloned().unwrap();
        assert_eq!(source.header(number)?, Some(recorded.header), "the record is of what was written");
        builder.add(&source.block_bundle(number)?, &[]).unwrap();
    }
    let settings = OperatorConfig { epoch: Some(EPOCH), ..settings() };
    let tip: Arc<dyn TipRow> = row.clone();
    let operator = Operator::over(Arc::clone(view), settings, tip, clock(), Some(faults(turns, NEW)))?;
    operator.append(entries(20..23)).map(drop)
}

/// Sizes and checkpoints that this folder has signed.
fn notes(store: &Store) -> BTreeMap<u64, String> {
    store
        .note_sizes()
        .unwrap()
        .map(|size| size.unwrap())
        .map(|size| (size, store.note(size).unwrap().unwrap()))
        .collect()
}

/// Runs one schedule: the first choices as given, then always the thread that ran last. The choices made, with what
/// could have been chosen.
fn run(base: &Path, history: &[Tip], choices: &[usize]) -> Vec<(usize, Vec<usize>)> {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    for name in ["old", "new"] {
        crate::operator::copy(base, &place(name));
    }
    let shared = Arc::new(Shared { history: Mutex::new(history.to_vec()), ..Shared::default() });
    let turns = Arc::new(Turns::default());
    let row = |who| Arc::new(Row { shared: Arc::clone(&shared), turns: Some((Arc::clone(&turns), who)) });
    // The old operator has taken the log over before anything is scheduled.
    let at_rest = Arc::new(Row { shared: Arc::clone(&shared), turns: None });
    drop(Operator::open(&place("old"), settings(), at_rest, clock()).unwrap());
    let old_view = Operator::view_of(&place("old"), &settings()).unwrap();
    let new_view = Operator::view_of(&place("new"), &settings()).unwrap();
    let mut made: Vec<(usize, Vec<usize>)> = Vec::new();
    let (old_result, new_result) = std::thread::scope(|scope| {
        let _release = Release(&turns);
        let first = scope.spawn(|| {
            let _end = End(&turns, OLD);
            let epoch = shared.history.lock().unwrap().last().map(|tip| tip.epoch);
            let settings = OperatorConfig { epoch, ..settings() };
            turns.pause(OLD);
            let faults = Some(faults(&turns, OLD));
            let tip: Arc<dyn TipRow> = row(OLD);
            Operator::over(Arc::clone(&old_view), settings, tip, clock(), faults)
                .and_then(|operator| old(&operator))
        });
        let second = scope.spawn(|| {
            let _end = End(&turns, NEW);
            turns.pause(NEW);
            new(&new_view, old_view.store(), &row(NEW), &turns)
        });
        let mut last = OLD;
        loop {
            let ready = turns.ready();
            check_step(&shared, &[&old_view, &new_view]);
            if ready.is_empty() {
                break;
            }
            let wanted = choices.get(made.len()).copied().unwrap_or(last);
            let who = if ready.contains(&wanted) { wanted } else { ready[0] };
            made.push((who, ready));
            last = who;
            turns.go(who);
        }
        (first.join().unwrap(), second.join().unwrap())
    });
    check_end(&shared, &old_view, &new_view, &old_result, &new_result);
    made
}

/// Holds at every step, whoever runs: nothing is guarded, signed or shown that the tip row does not cover.
fn check_step(shared: &Shared, views: &[&Arc<LedgerView>]) {
    let size = shared.history.lock().unwrap().last().unwrap().size;
    for view in views {
        let store = view.store();
        assert!(view.published_size() <= size, "shown beyond the tip row");
        assert!(
            store.last_note().unwrap().is_none_or(|(signed, _)| signed <= size),
            "signed beyond the tip row"
        );
        let guarded = SignGuard::of(store.path()).read().unwrap();
        assert!(guarded.is_none_or(|guarded| guarded.size <= size), "guarded beyond the tip row");
    }
}

fn check_end(
    shared: &Shared,
    old: &Arc<LedgerView>,
    new: &Arc<LedgerView>,
    old_result: &Result<(), OperatorError>,
    new_result: &Result<(), OperatorError>,
) {
    let history = shared.history.lock().unwrap();
    for (before, after) in history.iter().zip(history.iter().skip(1)) {
        assert!(before.size <= after.size && before.epoch <= after.epoch, "the tip row went back");
        assert!(
            before.size < after.size || before.root == after.root,
            "two roots of one size in the tip row"
        );
    }
    assert_eq!(*new_result, Ok(()), "whoever comes last always gets the log");
    // `Behind`: the new one had written already when the old one, restarted, looked at the row.
    let is_known = matches!(old_result, Ok(()) | Err(OperatorError::Fenced | OperatorError::Behind { .. }));
    assert!(is_known, "{old_result:?}");
    let (signed_old, signed_new) = (notes(old.store()), notes(new.store()));
    for (size, note) in &signed_old {
        assert_eq!(Some(note), signed_new.get(size), "two checkpoints of {size} leaves");
    }
    // What was answered is in the log once; what was not answered is there once or not at all.
    let store = new.store();
    let found = |numbers: std::ops::Range<u64>| {
        let rows = entries(numbers).into_iter().map(|new| store.find_cause(&new.cause).unwrap());
        rows.flatten().map(|row| row.index).collect::<BTreeSet<_>>().len()
    };
    let of_old = found(10..13);
    assert!(of_old == 3 || (of_old == 0 && old_result.is_err()), "{of_old} of the old one's entries");
    assert_eq!(found(20..23), 3);
    let verified = store.verify_from_genesis(&mut |_| {}).unwrap();
    assert_eq!(verified.published_size, verified.leaves);
    assert_eq!(history.last().map(|tip| (tip.size, tip.root)), Some((verified.leaves, verified.root)));
}

#[test]
fn two_operators_never_publish_two_histories() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    let shared = Arc::new(Shared::default());
    let row = Arc::new(Row { shared: Arc::clone(&shared), turns: None });
    let operator = Operator::open(&base, settings(), row, clock()).unwrap();
    operator.append(entries(0..3)).unwrap();
    drop(operator);
    let history = shared.history.lock().unwrap().clone();

    // Depth first over the choices: each schedule that was run tells where others branch off.
    let mut open: Vec<(Vec<usize>, usize)> = vec![(Vec::new(), 0)];
    let mut schedules = 0;
    while let Some((choices, preemptions)) = open.pop() {
        let made = run(&base, &history, &choices);
        schedules += 1;
        for at in choices.len()..made.len() {
            let (chosen, ready) = &made[at];
            let before = at.checked_sub(1).map_or(OLD, |at| made[at].0);
            for other in ready.iter().filter(|who| *who != chosen) {
                let is_preemption = *other != before && ready.contains(&before);
                let preemptions = preemptions + usize::from(is_preemption);
                if preemptions <= bound() {
                    let mut next: Vec<usize> = made[..at].iter().map(|(who, _)| *who).collect();
                    next.push(*other);
                    open.push((next, preemptions));
                }
            }
        }
    }
    assert!(schedules > 50, "only {schedules} schedules");
}
