//! How long it takes until an entry is final, beside what one witness takes to answer in the same run (P11).
//!
//! `make bench ARGS=bench_final` prints one table: an operator, three witnesses over HTTP on this machine, two of
//! three are the quorum. A witness takes each checkpoint to the disk before it answers, so the bare round trip has
//! one `fdatasync` in it, and so has everything else here.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark stops at the first failure and prints"
)]

mod shared;

use actix_web::{App, HttpServer};
use ed25519_dalek::SigningKey;
use ledger::note::{KeyKind, Note, Signer, Vkey};
use ledger::witness::AddCheckpoint;
use node::cosigning::Cosigning;
use node::witness::{Mode, Witness, WitnessConfig, witness_routes};
use node::{Clock, FileTip, NewEntry, Operator, OperatorConfig, SystemClock};
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ORIGIN: &str = "ledger.example/bench";
const ROUNDS: u64 = 1_000;
const LONG: Duration = Duration::from_secs(10);
/// Time between two entries, so that one is measured and not the queue of them.
const PAUSE: Duration = Duration::from_millis(2);

fn log_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// A witness in a server of its own; its verifier key and address.
fn witness(folder: &Path, seed: u8) -> (Vkey, SocketAddr) {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let signer = Signer::new(&format!("w{seed}.example"), KeyKind::CosignatureV1, key).unwrap();
    let vkey = signer.vkey().clone();
    let config = WitnessConfig {
        folder: folder.join(format!("w{seed}")),
        signer,
        mode: Mode::Consistency,
        clock: Arc::new(SystemClock),
        on_conflict: None,
    };
    let witness = Arc::new(Witness::open(config).unwrap());
    let log = Vkey::new(ORIGIN, KeyKind::Ed25519, log_key().verifying_key()).unwrap();
    witness.trust(ORIGIN, vec![log]).unwrap();
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = move || App::new().configure(|app| witness_routes(app, "", &witness));
            let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
            send.send(server.addrs()[0]).unwrap();
            server.run().await.unwrap();
        });
    });
    (vkey, receive.recv().unwrap())
}

fn entry(number: u64) -> NewEntry {
    shared::entry(number, u64::MAX)
}

/// Takes the last checkpoint to a witness by hand.
fn ask(operator: &Operator, agent: &ureq::Agent, address: SocketAddr, old: u64) -> (u64, Duration) {
    let store = operator.view().store();
    let (size, note) = store.last_note().unwrap().unwrap();
    let request = AddCheckpoint {
        old,
        proof: store.consistency_proof(old, size).unwrap(),
        checkpoint: Note::parse(note.as_bytes()).unwrap(),
    }
    .to_string();
    let begun = Instant::now();
    let mut answer = agent.post(format!("http://{address}/add-checkpoint")).send(&request).unwrap();
    let body = answer.body_mut().read_to_vec().unwrap();
    let took = begun.elapsed();
    assert_eq!(ledger::witness::parse_cosignatures(&body).unwrap().len(), 1);
    (size, took)
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn line(name: &str, times: &mut [Duration]) -> Duration {
    let ms = |percent, times: &mut [Duration]| percentile(times, percent).as_secs_f64() * 1000.0;
    let (p50, p90, p99) = (ms(50, times), ms(90, times), ms(99, times));
    println!("{name:<44}{p50:>10.2}{p90:>10.2}{p99:>10.2}");
    percentile(times, 99)
}

fn main() {
    let folder = tempfile::tempdir_in(".").unwrap();
    let witnesses: Vec<(Vkey, SocketAddr)> = (1..=4).map(|seed| witness(folder.path(), seed)).collect();
    let (asked, by_hand) = witnesses.split_at(3);
    let lines = asked.iter().zip(["a", "b", "c"]);
    let mut policy: String =
        lines.map(|((vkey, address), name)| format!("witness {name} {vkey} http://{address}\n")).collect();
    policy.push_str("group agencies 2 a b c\nquorum agencies\n");
    let mut config = OperatorConfig::new(ORIGIN, "yibin", log_key());
    config.policy = Some(policy);
    let tip = Arc::new(FileTip::new(folder.path().join("tip")));
    let operator = Operator::open(&folder.path().join("ledger"), config, tip, Arc::new(SystemClock)).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let cosigning = Cosigning::start(operator.view(), &clock).unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    let mut probe = std::fs::File::create(folder.path().join("probe")).unwrap();

    let (mut finals, mut bare, mut probes) = (Vec::new(), Vec::new(), Vec::new());
    let mut old = 0;
    for number in 0..ROUNDS {
        let size = operator.append(vec![entry(number)]).unwrap()[0].size;
        let begun = Instant::now();
        assert!(operator.view().wait_final(size, LONG));
        finals.push(begun.elapsed());
        std::thread::sleep(PAUSE);
        let (size, took) = ask(&operator, &agent, by_hand[0].1, old);
        old = size;
        bare.push(took);
        let begun = Instant::now();
        probe.write_all(&[7; 512]).unwrap();
        probe.sync_data().unwrap();
        probes.push(begun.elapsed());
        std::thread::sleep(PAUSE);
    }
    println!(
        "P11  from published to final, 2 of 3 witnesses on this machine, {ROUNDS} entries (goal: p99 <= 20 ms)"
    );
    println!("{:<44}{:>10}{:>10}{:>10}", "", "p50 ms", "p90 ms", "p99 ms");
    let took = line("final", &mut finals);
    let round_trip = line("bare round trip of one witness, its disk too", &mut bare);
    line("fdatasync of 512 bytes", &mut probes);
    println!("ratio of the p99: {:.2}", took.as_secs_f64() / round_trip.as_secs_f64());
    drop(cosigning);
    // The servers' threads do not end by themselves.
    drop(operator);
    drop(folder);
    std::process::exit(0);
}
