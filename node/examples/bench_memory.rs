//! How much memory a node needs for a log and for one ten times as long: `node follow`, which reads the log over HTTP,
//! re-executes and keeps it, and `node audit`, which reads that copy again from its genesis. Both are the real
//! programs.
//!
//! `make bench ARGS=bench_memory` prints one table. The ratio says whether memory grows with the log; the subjects are
//! the same in both. Two other lengths may be given as arguments, ascending. The logs lie in a folder in the working
//! directory, some 3 GB at two million entries, which is removed at the end.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure and prints"
)]
#![expect(clippy::as_conversions, reason = "ratios of counts, printed with two digits")]

#[path = "../../tests/src/harness/ports.rs"]
mod ports;
mod shared;

use actix_web::{App, HttpServer};
use ed25519_dalek::SigningKey;
use node::http::ledger_scope;
use node::{FileTip, LedgerView, Operator, OperatorConfig, SystemClock};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const ORIGIN: &str = "ledger.example/bench";
const ENTRIES: [u64; 2] = [200_000, 2_000_000];
const SUBJECTS: u64 = 10_000;
const CALL_ENTRIES: u64 = 2_560;
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A child that does not outlive the benchmark.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Most memory that it had so far, MiB; nothing once it has ended.
    fn peak_mib(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()? / 1024.0)
    }
}

/// The zone's log over HTTP, until the benchmark ends; the address of its tiles.
fn serve(view: &Arc<LedgerView>) -> String {
    let (send, receive) = std::sync::mpsc::channel();
    let view = Arc::clone(view);
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = move || App::new().service(ledger_scope(Arc::clone(&view)));
            let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
            send.send(server.addrs().first().copied().unwrap()).unwrap();
            server.run().await.unwrap();
        });
    });
    format!("http://{}/ledger", receive.recv().unwrap())
}

/// The program, which stands beside the folder of the examples.
fn program() -> Command {
    let here = std::env::current_exe().unwrap();
    let mut command = Command::new(here.parent().and_then(Path::parent).unwrap().join("node"));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A node's keys, and the log's own beside them.
fn make_keys(folder: &Path, view: &LedgerView) {
    for kind in ["witness", "replay"] {
        let mut command = program();
        command.args(["keygen", "--kind", kind, "--name", &format!("bench.example/{kind}"), "-o"]);
        assert!(command.arg(folder.join(kind)).status().unwrap().success());
    }
    std::fs::write(folder.join("log.vkey"), format!("{}\n", view.vkey())).unwrap();
}

/// `node follow` from nothing to the end of the log: its peak in MiB, and the folder of its copy.
fn follow(folder: &Path, log: &str, size: u64) -> (f64, PathBuf) {
    let kept = folder.join(format!("node-{size}"));
    let address = ports::free_address();
    let mut command = program();
    command.args(["follow", "--log", log, "--listen", &address, "--name", "bench.example", "--dir"]);
    command.arg(&kept).arg("--log-key").arg(folder.join("log.vkey"));
    command.arg("--witness-key").arg(folder.join("witness")).arg("--replay-key").arg(folder.join("replay"));
    let node = Process(command.spawn().unwrap());
    let wanted = format!("\"replayed\":{size},");
    loop {
        std::thread::sleep(LOOK_EVERY);
        let peak = node.peak_mib().unwrap();
        let status = ureq::get(format!("http://{address}/status.json")).call();
        let text = status.ok().and_then(|mut answer| answer.body_mut().read_to_string().ok());
        if text.is_some_and(|text| text.contains(&wanted)) {
            return (node.peak_mib().unwrap_or(peak), kept.join("ledger"));
        }
    }
}

/// `node audit` of a folder: its peak in MiB.
fn audit(ledger: &Path) -> f64 {
    let mut node = Process(program().arg("audit").arg(ledger).spawn().unwrap());
    let mut peak = 0.0_f64;
    let ended = loop {
        peak = peak.max(node.peak_mib().unwrap_or(0.0));
        match node.0.try_wait().unwrap() {
            Some(ended) => break ended,
            None => std::thread::sleep(LOOK_EVERY),
        }
    };
    assert!(ended.success(), "the audit of {} ended with {ended}", ledger.display());
    peak
}

fn main() {
    let asked: Vec<u64> = std::env::args().skip(1).map(|count| count.parse().unwrap()).collect();
    let lengths = <[u64; 2]>::try_from(asked).unwrap_or(ENTRIES);
    let folder = tempfile::tempdir_in(".").unwrap();
    let config = OperatorConfig::new(ORIGIN, "yibin", SigningKey::from_bytes(&[7; 32]));
    let tip = Arc::new(FileTip::new(folder.path().join("tip")));
    let operator = Operator::open(&folder.path().join("ledger"), config, tip, Arc::new(SystemClock)).unwrap();
    let log = serve(operator.view());
    make_keys(folder.path(), operator.view());

    println!("Most resident memory, MiB; {SUBJECTS} subjects (goal: does not grow with the log)");
    println!("{:<14}{:>12}{:>12}{:>12}{:>10}", "", "entries", "leaves", "peak MiB", "seconds");
    let (mut next, mut peaks) = (0, Vec::new());
    for entries in lengths {
        while next < entries {
            let end = entries.min(next + CALL_ENTRIES);
            operator.append((next..end).map(|number| shared::entry(number, SUBJECTS)).collect()).unwrap();
            next = end;
        }
        let size = operator.view().published_size();
        let row = |name: &str, peak: f64, begun: Instant| {
            let seconds = begun.elapsed().as_secs_f64();
            println!("{name:<14}{entries:>12}{size:>12}{peak:>12.1}{seconds:>10.1}");
        };
        let begun = Instant::now();
        let (of_follow, copy) = follow(folder.path(), &log, size);
        row("node follow", of_follow, begun);
        let begun = Instant::now();
        let of_audit = audit(&copy);
        row("node audit", of_audit, begun);
        peaks.push([of_follow, of_audit]);
    }
    let [short, long] = lengths.map(|count| count as f64);
    if let [first, last] = peaks.as_slice() {
        for (name, (first, last)) in ["node follow", "node audit"].iter().zip(first.iter().zip(last)) {
            println!(
                "{name}: {:.2} times the memory for {:.0} times the entries",
                last / first,
                long / short
            );
        }
    }
}
