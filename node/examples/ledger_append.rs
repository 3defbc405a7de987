//! What a durable append costs, as a ratio to what the disk and RocksDB cost in the same run (P2, P3).
//!
//! `make bench ARGS=ledger_append` prints two tables. Absolute times say little on a shared machine; no test
//! fails on them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure and prints"
)]
#![expect(clippy::as_conversions, reason = "ratios of counts, printed with two digits")]

mod shared;

use ed25519_dalek::SigningKey;
use node::{
    FileTip, NewEntry, Operator, OperatorConfig, SealedBlock, Sequencer, SystemClock, Tip, TipError, TipRow,
};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const SUBMITTERS: u64 = 1024;
const SUBJECTS: u64 = 10_000;
const SPAN: Duration = Duration::from_secs(4);
const SINGLE_ROUNDS: u64 = 200;
const STACK_BYTES: usize = 128 * 1024;

/// A tip row that costs nothing, as the lower bound of what a credit database costs.
#[derive(Default)]
struct MemoryTip(Mutex<Option<Tip>>);

impl TipRow for MemoryTip {
    fn read(&self) -> Result<Option<Tip>, TipError> {
        Ok(*self.0.lock().unwrap())
    }

    fn swap(&self, expected: Option<Tip>, new: Tip, _: &[SealedBlock]) -> Result<bool, TipError> {
        let mut row = self.0.lock().unwrap();
        let is_expected = *row == expected;
        if is_expected {
            *row = Some(new);
        }
        Ok(is_expected)
    }
}

fn entry(number: u64) -> NewEntry {
    shared::entry(number, SUBJECTS)
}

fn open(folder: &Path, tip: Arc<dyn TipRow>) -> Operator {
    let config = OperatorConfig::new("ledger.example/bench", "yibin", SigningKey::from_bytes(&[7; 32]));
    Operator::open(&folder.join("ledger"), config, tip, Arc::new(SystemClock)).unwrap()
}

/// How the submitters wait: each as a thread of its own, or all as tasks of one thread, as those of a server do.
#[derive(Clone, Copy)]
enum Submitters {
    Threads,
    Tasks,
}

/// What the submitters share.
struct Load {
    sequencer: Sequencer,
    next: AtomicU64,
    is_over: AtomicBool,
}

impl Load {
    fn by_threads(&self) {
        std::thread::scope(|scope| {
            for _ in 0..SUBMITTERS {
                let job = || {
                    while !self.is_over.load(Ordering::Relaxed) {
                        self.sequencer.submit(entry(self.next.fetch_add(1, Ordering::Relaxed))).unwrap();
                    }
                };
                std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, job).unwrap();
            }
            std::thread::sleep(SPAN);
            self.is_over.store(true, Ordering::Relaxed);
        });
    }

    fn by_tasks(self: &Arc<Self>) {
        actix_web::rt::System::new().block_on(async {
            let submitter = |load: Arc<Self>| async move {
                while !load.is_over.load(Ordering::Relaxed) {
                    let new = entry(load.next.fetch_add(1, Ordering::Relaxed));
                    load.sequencer.enqueue(new).unwrap().await.unwrap();
                }
            };
            let all: Vec<_> =
                (0..SUBMITTERS).map(|_| actix_web::rt::spawn(submitter(Arc::clone(self)))).collect();
            actix_web::rt::time::sleep(SPAN).await;
            self.is_over.store(true, Ordering::Relaxed);
            for one in all {
                one.await.unwrap();
            }
        });
    }
}

/// Entries per second of 1 024 submitters that each wait for their entry; and entries per block.
fn appends(submitters: Submitters, tip: impl Fn(&Path) -> Arc<dyn TipRow>) -> (f64, f64) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let operator = Arc::new(open(folder.path(), tip(folder.path())));
    let sequencer = Sequencer::start(operator.clone()).unwrap();
    let load = Arc::new(Load { sequencer, next: AtomicU64::new(0), is_over: AtomicBool::new(false) });
    let begun = Instant::now();
    match submitters {
        Submitters::Threads => load.by_threads(),
        Submitters::Tasks => load.by_tasks(),
    }
    let took = begun.elapsed();
    let count = load.next.load(Ordering::Relaxed) as f64;
    let blocks = f64::from(operator.view().store().tip().unwrap().blocks);
    (count / took.as_secs_f64(), count / blocks)
}

/// Entries per second when only their bytes are written, in synced batches of this many.
fn raw(batch_entries: usize) -> f64 {
    let folder = tempfile::tempdir_in(".").unwrap();
    let db = rocksdb::DB::open_default(folder.path()).unwrap();
    let mut options = rocksdb::WriteOptions::default();
    options.set_sync(true);
    let begun = Instant::now();
    let mut count = 0_u64;
    while begun.elapsed() < SPAN {
        let mut batch = rocksdb::WriteBatch::default();
        for _ in 0..batch_entries {
            batch.put(count.to_be_bytes(), entry(count).entry.encode_checked().unwrap());
            count += 1;
        }
        db.write_opt(batch, &options).unwrap();
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

/// Median times of one append by one writer and of an append with fdatasync, taken in turns.
fn single(tip: impl Fn(&Path) -> Arc<dyn TipRow>) -> (Duration, Duration) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let operator = open(folder.path(), tip(folder.path()));
    let mut probe = std::fs::File::create(folder.path().join("probe")).unwrap();
    let (mut appends, mut probes) = (Vec::new(), Vec::new());
    for number in 0..SINGLE_ROUNDS {
        let new = entry(number);
        let bytes = new.entry.encode_checked().unwrap();
        let begun = Instant::now();
        operator.append(vec![new]).unwrap();
        appends.push(begun.elapsed());
        let begun = Instant::now();
        probe.write_all(&bytes).unwrap();
        probe.sync_data().unwrap();
        probes.push(begun.elapsed());
    }
    (median(appends), median(probes))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn file_tip(folder: &Path) -> Arc<dyn TipRow> {
    Arc::new(FileTip::new(folder.join("tip")))
}

fn memory_tip(_: &Path) -> Arc<dyn TipRow> {
    Arc::new(MemoryTip::default())
}

fn main() {
    println!("P2  durable appends, {SUBMITTERS} submitters, fsync on (ratio to raw RocksDB, goal >= 0.5)");
    println!("{:<32}{:>14}{:>14}{:>8}", "", "entries/s", "entries/block", "ratio");
    let reference = raw(256);
    println!("{:<32}{reference:>14.0}{:>14}{:>8.2}", "raw RocksDB, batches of 256", 256, 1.0);
    for (name, (rate, block)) in [
        ("tasks, tip row in memory", appends(Submitters::Tasks, memory_tip)),
        ("tasks, tip row in a file", appends(Submitters::Tasks, file_tip)),
        ("threads, tip row in memory", appends(Submitters::Threads, memory_tip)),
        ("threads, tip row in a file", appends(Submitters::Threads, file_tip)),
    ] {
        println!("{name:<32}{rate:>14.0}{block:>14.0}{:>8.2}", rate / reference);
    }
    println!("\nP3  one append, one writer, median (ratio to append + fdatasync, goal <= 2.5 at first)");
    println!("{:<32}{:>14}{:>14}{:>8}", "", "append us", "fdatasync us", "ratio");
    for (name, (append, probe)) in [
        ("operator, tip row in memory", single(memory_tip)),
        ("operator, tip row in a file", single(file_tip)),
    ] {
        let ratio = append.as_secs_f64() / probe.as_secs_f64();
        println!("{name:<32}{:>14}{:>14}{ratio:>8.2}", append.as_micros(), probe.as_micros());
    }
}
