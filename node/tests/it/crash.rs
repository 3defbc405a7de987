//! Stopped between any two steps of a block, or killed at any instant: nothing acknowledged is lost,
//! nothing is doubled, and the log verifies from genesis.

use crate::common::{audit, clock, config, entries, entry, open, tip};
use node::operator::Step;
use node::{Operator, OperatorError, SystemClock};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const STEPS: [Step; 6] = [
    Step::BlockBuilt,
    Step::BlockWritten,
    Step::TipSwapped,
    Step::GuardWritten,
    Step::Signed,
    Step::Published,
];

/// Stops the operator the `nth` time it comes to this step.
fn open_failing(folder: &Path, step: Step, nth: usize) -> Result<Operator, OperatorError> {
    let passed = AtomicUsize::new(0);
    let faults = Arc::new(move |at: Step| at != step || passed.fetch_add(1, Ordering::Relaxed) + 1 != nth);
    Operator::open_with_faults(&folder.join("ledger"), config(), tip(folder), clock(), Some(faults))
}

#[test]
fn stopped_at_each_step_nothing_is_lost_or_doubled() {
    for step in STEPS {
        // The genesis block, the first block of a call, and its second.
        for nth in 1..=3 {
            let folder = tempfile::tempdir().unwrap();
            let result = open_failing(folder.path(), step, nth)
                .and_then(|operator| operator.append(entries(0..300)).map(|_| ()));
            let is_reached =
                nth <= 2 || !matches!(step, Step::TipSwapped | Step::GuardWritten | Step::Published);
            assert_eq!(result == Err(OperatorError::Interrupted), is_reached, "{step:?} {nth}: {result:?}");

            let operator = open(folder.path()).unwrap();
            let after = audit(&operator);
            assert_eq!(after.published_size, after.leaves, "{step:?} {nth}");
            let appended = operator.append(entries(0..300)).unwrap();
            let indices: BTreeSet<u64> = appended.iter().map(|a| a.index).collect();
            assert_eq!(indices.len(), 300, "{step:?} {nth}");
            assert_eq!(audit(&operator).entries, 300, "{step:?} {nth}");
        }
    }
}

#[test]
fn the_same_checkpoint_is_signed_again() {
    let notes = |stop: Option<Step>| {
        let folder = tempfile::tempdir().unwrap();
        if let Some(step) = stop {
            let operator = open_failing(folder.path(), step, 2).unwrap();
            assert_eq!(operator.append(entries(0..3)), Err(OperatorError::Interrupted));
        } else {
            open(folder.path()).unwrap().append(entries(0..3)).unwrap();
        }
        let operator = open(folder.path()).unwrap();
        operator.view().checkpoint().unwrap().unwrap()
    };
    let undisturbed = notes(None);
    for step in [Step::BlockWritten, Step::TipSwapped, Step::GuardWritten, Step::Signed] {
        assert_eq!(notes(Some(step)), undisturbed, "{step:?}");
    }
}

#[test]
fn an_interrupted_operator_does_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let reached = Arc::new(Mutex::new(Vec::new()));
    let seen = reached.clone();
    let faults = Arc::new(move |at: Step| {
        seen.lock().unwrap().push(at);
        seen.lock().unwrap().len() <= 6
    });
    let operator = Operator::open_with_faults(
        &folder.path().join("ledger"),
        config(),
        tip(folder.path()),
        clock(),
        Some(faults),
    )
    .unwrap();
    assert_eq!(*reached.lock().unwrap(), STEPS);
    assert_eq!(operator.append(entries(0..1)), Err(OperatorError::Interrupted));
    assert_eq!(operator.append(entries(0..1)), Err(OperatorError::Interrupted));
    assert_eq!(reached.lock().unwrap().len(), 7);
}

const CHILD_FOLDER: &str = "XINJI_TEST_CRASH_FOLDER";
const CHILD_FIRST: &str = "XINJI_TEST_CRASH_FIRST";

/// Not a test of its own: the child that [`killed_at_any_instant`] starts and kills. It appends without
/// end and writes the number and index of each acknowledged entry.
#[test]
fn child_appends_until_killed() {
    let Ok(folder) = std::env::var(CHILD_FOLDER) else { return };
    let folder = Path::new(&folder);
    let first: u64 = std::env::var(CHILD_FIRST).unwrap().parse().unwrap();
    let operator =
        Operator::open(&folder.join("ledger"), config(), tip(folder), Arc::new(SystemClock)).unwrap();
    let mut acknowledged =
        std::fs::File::options().append(true).create(true).open(folder.join("ack")).unwrap();
    let mut next = first;
    loop {
        let count = 1 + next % 40;
        let appended = operator.append(entries(next..next + count)).unwrap();
        let mut lines = String::new();
        for (number, appended) in (next..).zip(appended) {
            lines.push_str(&format!("{number} {}\n", appended.index));
        }
        acknowledged.write_all(lines.as_bytes()).unwrap();
        next += count;
    }
}

#[test]
fn killed_at_any_instant() {
    const ROUNDS: u64 = 10;
    let folder = tempfile::tempdir().unwrap();
    for round in 0..ROUNDS {
        let known = acknowledged(folder.path());
        let first = known.last().map_or(0, |(number, _)| number + 1);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash::child_appends_until_killed", "--exact", "--nocapture"])
            .env(CHILD_FOLDER, folder.path())
            .env(CHILD_FIRST, first.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Let it get somewhere, then kill it at an instant that differs from round to round.
        let begun = Instant::now();
        while acknowledged(folder.path()).len() <= known.len() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_micros(round * 3_700));
        child.kill().unwrap();
        child.wait().unwrap();

        let operator = open(folder.path()).unwrap();
        audit(&operator);
        let now = acknowledged(folder.path());
        assert!(now.len() > known.len(), "round {round} came to nothing");
        for (number, index) in &now[known.len()..] {
            let again = operator.append(vec![entry(*number)]).unwrap();
            assert!(again[0].duplicate, "acknowledged entry {number} was lost");
            assert_eq!(again[0].index, *index, "entry {number}");
        }
    }
}

/// What the child has acknowledged; a torn last line counts as not acknowledged.
fn acknowledged(folder: &Path) -> Vec<(u64, u64)> {
    let Ok(file) = std::fs::File::open(folder.join("ack")) else { return Vec::new() };
    let mut lines = Vec::new();
    let mut reader = BufReader::new(file);
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap() > 0 {
        if let Some((number, index)) = line.strip_suffix('\n').and_then(|line| line.split_once(' ')) {
            lines.push((number.parse().unwrap(), index.parse().unwrap()));
        }
        line.clear();
    }
    lines
}
