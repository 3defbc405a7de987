//! The write-ahead log cut at every byte of its tail: what is left is whole blocks, and an operator either goes on
//! or refuses, but never signs a second root.
//!
//! The usual run cuts at every place where a record may begin or end badly in the last two blocks by a short
//! stride, and the rest by a long one; `XINJI_TEST_FULL=1` cuts at every byte of the last 256 KiB. Recovery keeps a
//! prefix of what was written, blocks and checkpoints; an operator is set on each prefix that any cut leaves, and at
//! the strides, since on the same prefix it does the same.

#![expect(clippy::panic, reason = "tests")]

use crate::common::{ORIGIN, clock, config, entries, open, tip};
use crate::operator::copy;
use ledger::merkle::Hash;
use ledger::store::{Store, StoreOptions};
use node::operator::{FaultPoint, Step};
use node::{Operator, OperatorError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const FULL: &str = "XINJI_TEST_FULL";
const TAIL_BYTES: u64 = 256 * 1024;
const SHORT_STRIDE: usize = 97;
const LONG_STRIDE: usize = 1_009;
/// Between two operators on the same prefix when every byte is cut.
const FULL_STRIDE: u64 = 97;

/// In memory where the machine offers it: hundreds of openings sync many files each.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

fn write_ahead_log(ledger: &Path) -> PathBuf {
    let files = std::fs::read_dir(ledger.join("rocksdb")).unwrap().map(|file| file.unwrap().path());
    let logs = files.filter(|path| path.extension().is_some_and(|ending| ending == "log"));
    let logs: Vec<PathBuf> = logs.filter(|path| std::fs::metadata(path).unwrap().len() > 0).collect();
    assert_eq!(logs.len(), 1, "{logs:?}");
    logs[0].clone()
}

/// A log whose last block is in the store and nowhere else, as a crash leaves it.
struct Base {
    folder: tempfile::TempDir,
    /// Roots by sealed size.
    roots: BTreeMap<u64, Hash>,
    /// Checkpoints by size.
    notes: BTreeMap<u64, String>,
    /// What the tip row and the guard have.
    published: u64,
    /// Bytes of the write-ahead log where the last two blocks begin.
    last_two: u64,
}

impl Base {
    fn new() -> Self {
        let folder = scratch();
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = stop.clone();
        let faults: FaultPoint =
            Arc::new(move |step| step != Step::BlockWritten || !stopping.load(Ordering::Relaxed));
        let ledger = folder.path().join("ledger");
        let row = tip(folder.path());
        let operator = Operator::open_with_faults(&ledger, config(), row, clock(), Some(faults)).unwrap();
        let mut last_two = 0;
        for number in 0..6 {
            if number == 5 {
                last_two = std::fs::metadata(write_ahead_log(&ledger)).unwrap().len();
            }
            operator.append(entries(2 * number..2 * number + 2)).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        assert_eq!(operator.append(entries(12..14)).unwrap_err(), OperatorError::Interrupted);
        let store = operator.view().store();
        let spans = store.spans_from(0).unwrap();
        let sizes = spans.map(|span| span.unwrap()).map(|span| span.first_index + u64::from(span.count));
        let mut roots: BTreeMap<u64, Hash> = sizes.map(|size| (size, store.root_at(size).unwrap())).collect();
        roots.insert(0, store.root_at(0).unwrap());
        let sizes = store.note_sizes().unwrap().map(|size| size.unwrap());
        let notes: BTreeMap<u64, String> =
            sizes.map(|size| (size, store.note(size).unwrap().unwrap())).collect();
        let published = *notes.keys().last().unwrap();
        assert!(*roots.keys().last().unwrap() > published);
        Self { folder, roots, notes, published, last_two }
    }

    fn log_bytes(&self) -> u64 {
        std::fs::metadata(write_ahead_log(&self.folder.path().join("ledger"))).unwrap().len()
    }

    /// Opens what a cut leaves.
    fn cut(&self, at: u64) -> Cut<'_> {
        let folder = scratch();
        copy(self.folder.path(), folder.path());
        let ledger = folder.path().join("ledger");
        let log = std::fs::File::options().write(true).open(write_ahead_log(&ledger)).unwrap();
        log.set_len(at).unwrap();
        drop(log);

        let options = StoreOptions { free_bytes_min: 0, ..StoreOptions::new(ORIGIN) };
        let store = Store::open(&ledger, &options).unwrap_or_else(|error| panic!("cut at {at}: {error}"));
        let left = store.tip().unwrap();
        assert_eq!(self.roots.get(&left.size), Some(&left.root), "cut at {at}: no whole blocks are left");
        let notes: Vec<u64> = store.note_sizes().unwrap().map(|size| size.unwrap()).collect();
        for size in &notes {
            assert_eq!(store.note(*size).unwrap().as_ref(), self.notes.get(size), "cut at {at}");
        }
        Cut { base: self, at, store, folder, left: Left { size: left.size, notes: notes.len() } }
    }

    /// Cuts at each of these places, in order; what each leaves.
    fn cut_at(&self, places: &[u64], is_full: bool) -> Vec<(u64, Left)> {
        let mut seen: Vec<(u64, Left)> = Vec::with_capacity(places.len());
        for at in places {
            let cut = self.cut(*at);
            let left = cut.left;
            let is_same = seen.last().is_some_and(|(_, last)| *last == left);
            if !is_full || !is_same || at % FULL_STRIDE == 0 {
                cut.check();
            }
            seen.push((*at, left));
        }
        seen
    }
}

/// How much of what was written is left: so many leaves, so many checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Left {
    size: u64,
    notes: usize,
}

struct Cut<'a> {
    base: &'a Base,
    at: u64,
    store: Store,
    folder: tempfile::TempDir,
    left: Left,
}

impl Cut<'_> {
    /// What is left reads well, and an operator goes on from it or refuses.
    fn check(self) {
        let Self { base, at: cut, store, folder, left } = self;
        if left.size > 0 {
            let found = store.verify_from_genesis(&mut |_| {});
            let found = found.unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
            assert_eq!(found.leaves, left.size, "cut at {cut}");
        }
        drop(store);

        match open(folder.path()) {
            Ok(operator) => {
                assert!(left.size >= base.published, "cut at {cut}: it goes on from {}", left.size);
                let view = operator.view();
                for (size, note) in &base.notes {
                    let found = view.note(*size).unwrap();
                    assert!(
                        found.is_none_or(|found| &found == note),
                        "cut at {cut}: a second note of {size}"
                    );
                }
                let again = operator.append(entries(0..14)).unwrap();
                assert_eq!(again.iter().filter(|a| a.duplicate).count(), entries_in(left.size));
                let root = view.store().root_at(base.published).unwrap();
                assert_eq!(base.roots[&base.published], root, "cut at {cut}: a second root");
                crate::common::audit(&operator);
            }
            Err(OperatorError::Behind { have, known, .. }) => {
                assert!(left.size < base.published, "cut at {cut}: refused for nothing");
                assert_eq!((have, known), (left.size, base.published), "cut at {cut}");
            }
            Err(error) => panic!("cut at {cut}: {error}"),
        }
    }
}

/// Blocks are of two entries and a seal, after two leaves of the genesis block.
fn entries_in(size: u64) -> usize {
    usize::try_from((size - 2) / 3 * 2).unwrap()
}

#[test]
fn cut_anywhere_the_write_ahead_log_holds_whole_blocks() {
    let base = Base::new();
    let end = base.log_bytes();
    let from = end.saturating_sub(TAIL_BYTES);
    let is_full = std::env::var_os(FULL).is_some();
    let mut cuts: Vec<u64> = if is_full {
        (from..=end).collect()
    } else {
        let rest = (from..base.last_two).step_by(LONG_STRIDE);
        let near = (base.last_two..end).step_by(SHORT_STRIDE);
        rest.chain(near).chain([base.last_two - 1, end - 1, end]).collect()
    };
    cuts.sort_unstable();
    let begun = std::time::Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<Vec<(u64, Left)>> = std::thread::scope(|scope| {
        let parts =
            cuts.chunks(cuts.len().div_ceil(threads)).map(|part| scope.spawn(|| base.cut_at(part, is_full)));
        let parts: Vec<_> = parts.collect();
        parts.into_iter().map(|part| part.join().unwrap()).collect()
    });
    let all: Vec<(u64, Left)> = parts.concat();
    for pair in all.windows(2) {
        assert!(pair[0].1 <= pair[1].1, "a longer file holds less: {pair:?}");
    }
    let seen: BTreeSet<u64> = all.iter().map(|(_, left)| left.size).collect();
    eprintln!("{} cuts of {end} bytes in {:?}: sizes {seen:?}", cuts.len(), begun.elapsed());
    let last = all.last().unwrap().1.size;
    assert_eq!(last, *base.roots.keys().last().unwrap(), "the whole file holds every block");
    assert!(seen.contains(&base.published) && seen.iter().any(|size| *size < base.published), "{seen:?}");
}
