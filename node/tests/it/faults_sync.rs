//! A disk that takes every byte and then fails to say that it is there: the real programs, with a library in between
//! that fails the sync of one file alone (`fail_sync.c`). Nothing that was not synced is acknowledged or cosigned, not
//! even once the disk works again, since the kernel then takes the lost bytes for written.

use crate::common::{audit, config, entries};
use base64::Engine as _;
use ledger::store::Store;
use node::{NewEntry, Operator};
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const ORIGIN: &str = crate::common::ORIGIN;
const LONG: Duration = Duration::from_secs(30);

struct Desk {
    folder: TempDir,
}

struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Desk {
    /// A folder with the keys of a log and of an agency, and the library.
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fail_sync.c");
        let library = desk.path("fail_sync.so");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-o"]).arg(library).arg(source).arg("-ldl");
        assert!(compiler.status().unwrap().success());
        for (kind, name) in [("log", "--origin"), ("witness", "--name"), ("replay", "--name")] {
            let name = [name, if kind == "log" { ORIGIN } else { "fx.example/key" }];
            let out = desk.command(&["keygen", "--kind", kind, name[0], name[1], "-o", kind]).output();
            std::fs::write(desk.path(&format!("{kind}.vkey")), out.unwrap().stdout).unwrap();
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_node"));
        command.args(arguments).current_dir(self.folder.path()).env_remove("RUST_LOG");
        command
    }

    fn server(&self, arguments: &[&str]) -> Server {
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = self.command(&[arguments, &["--listen", &listen]].concat());
        command.env("LD_PRELOAD", self.path("fail_sync.so")).env("FAIL_SYNC", self.path("fail"));
        let log = std::fs::File::create(self.path("errors")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().starts_with("serving")));
        std::thread::spawn(move || lines.for_each(drop));
        let begun = Instant::now();
        while TcpStream::connect(&listen).is_err() {
            assert!(begun.elapsed() < LONG, "{arguments:?} does not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
        Server { child, url: format!("http://{listen}") }
    }

    fn operator(&self) -> Server {
        self.server(&[
            "operator",
            "--dir",
            "home/ledger",
            "--tip",
            "home/tip",
            "--origin",
            ORIGIN,
            "--key",
            "log",
        ])
    }

    fn node(&self, operator: &Server) -> Server {
        let log = format!("{}/ledger", operator.url);
        let keys = [
            "--log-key",
            "log.vkey",
            "--name",
            "fx.example",
            "--witness-key",
            "witness",
            "--replay-key",
            "replay",
        ];
        self.server(&[&["follow", "--log", &log, "--dir", "node", "--poll-ms", "20"], &keys[..]].concat())
    }

    /// From now on the sync of what lies at such a path fails.
    fn fail(&self, path: &str) {
        std::fs::write(self.path("fail"), path).unwrap();
    }

    fn mend(&self) {
        std::fs::remove_file(self.path("fail")).unwrap();
    }

    /// Appends one entry; the status of the answer.
    fn append(&self, operator: &Server, new: &NewEntry) -> u16 {
        let token = std::fs::read_to_string(self.path("home/ledger/append-token")).unwrap();
        let entry = base64::engine::general_purpose::STANDARD.encode(new.entry.encode_checked().unwrap());
        let body = serde_json::json!({"entries": [{"cause": hex::encode(new.cause), "entry": entry}]});
        let answer = agent()
            .post(format!("{}/append", operator.url))
            .header("Authorization", format!("Bearer {}", token.trim()))
            .header("Content-Type", "application/json")
            .send(body.to_string());
        answer.unwrap().status().as_u16()
    }

    /// Until the node has replayed everything that the operator published.
    fn wait_replayed(&self, operator: &Server, node: &Server) {
        let note = get(&format!("{}/ledger/checkpoint", operator.url)).1;
        let wanted = format!("\"replayed\":{},", note.lines().nth(1).unwrap());
        let begun = Instant::now();
        while !get(&format!("{}/status.json", node.url)).1.contains(&wanted) {
            assert!(begun.elapsed() < LONG, "{wanted}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks a witness for a cosignature of the last checkpoint, which continues one of `old` leaves.
    fn ask(&self, operator: &Server, node: &Server, path: &str, old: u64) -> u16 {
        let note = get(&format!("{}/ledger/checkpoint", operator.url)).1;
        let size: u64 = note.lines().nth(1).unwrap().parse().unwrap();
        let mut request = format!("old {old}\n");
        if old > 0 && old < size {
            let reader = Store::open_read_only(&self.path("home/ledger")).unwrap();
            for hash in reader.consistency_proof(old, size).unwrap() {
                let hash = base64::engine::general_purpose::STANDARD.encode(hash);
                request.push_str(&format!("{hash}\n"));
            }
        }
        let answer = agent().post(format!("{}/{path}", node.url)).send(format!("{request}\n{note}"));
        answer.unwrap().status().as_u16()
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn get(url: &str) -> (u16, String) {
    let mut answer = agent().get(url).call().unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

#[test]
fn nothing_is_acknowledged_after_a_failed_sync_of_the_operator() {
    let places = ["/home/ledger/rocksdb/", "/home/ledger/sign-guard", "/home/tip"];
    for (round, place) in (0..).zip(places) {
        let desk = Desk::new();
        std::fs::create_dir(desk.path("home")).unwrap();
        let all = entries(0..6);
        let operator = desk.operator();
        for new in &all[..2] {
            assert_eq!(desk.append(&operator, new), 200);
        }
        let before = get(&format!("{}/ledger/checkpoint", operator.url)).1;
        desk.fail(place);
        assert_eq!(desk.append(&operator, &all[2]), 503, "{place}");
        desk.mend();
        // The disk works again, and still: nobody knows what it holds.
        for new in &all[2..4] {
            assert_eq!(desk.append(&operator, new), 503, "{place}");
        }
        assert_eq!(
            get(&format!("{}/ledger/checkpoint", operator.url)).1,
            before,
            "nothing is signed: {place}"
        );
        drop(operator);

        let operator = desk.operator();
        for new in &all {
            assert_eq!(desk.append(&operator, new), 200, "{place}");
        }
        drop(operator);
        let tip = Arc::new(node::FileTip::new(desk.path("home/tip")));
        let mut settings = config();
        settings.signing_key = node_key(&desk);
        let clock = Arc::new(node::SystemClock);
        let operator = Operator::open(&desk.path("home/ledger"), settings, tip, clock).unwrap();
        let store = operator.view().store();
        for new in &all {
            assert!(store.find_cause(&new.cause).unwrap().is_some(), "round {round}");
        }
        audit(&operator);
    }
}

fn node_key(desk: &Desk) -> ed25519_dalek::SigningKey {
    let mut seed = [0; 32];
    let text = std::fs::read_to_string(desk.path("log")).unwrap();
    hex::decode_to_slice(text.trim(), &mut seed).unwrap();
    ed25519_dalek::SigningKey::from_bytes(&seed)
}

#[test]
fn nothing_is_cosigned_after_a_failed_sync_of_a_witness() {
    for (place, path) in [("/node/witness/", "add-checkpoint"), ("/node/replay/", "replay/add-checkpoint")] {
        let desk = Desk::new();
        std::fs::create_dir(desk.path("home")).unwrap();
        let (operator, all) = (desk.operator(), entries(0..3));
        let node = desk.node(&operator);
        assert_eq!(desk.append(&operator, &all[0]), 200);
        desk.wait_replayed(&operator, &node);
        let ask = |node: &Server, old: u64| desk.ask(&operator, node, path, old);
        assert_eq!(ask(&node, 0), 200);
        desk.fail(place);
        assert_eq!(desk.append(&operator, &all[1]), 200);
        desk.wait_replayed(&operator, &node);
        assert!(ask(&node, 4) >= 500, "{place}");
        desk.mend();
        assert!(ask(&node, 4) >= 500, "{place}: the disk works again, and nobody knows what it holds");
        drop(node);

        let node = desk.node(&operator);
        desk.wait_replayed(&operator, &node);
        // What it cosigned last is either of the two, and it says which.
        assert!(matches!(ask(&node, 4), 200 | 409), "{place}");
        assert_eq!(desk.append(&operator, &all[2]), 200);
        desk.wait_replayed(&operator, &node);
        assert!(
            [4, 6].iter().any(|old| ask(&node, *old) == 200),
            "{place}: after a restart on a disk that works"
        );
    }
}

#[test]
fn a_node_ends_when_it_cannot_keep_what_it_saw() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("home")).unwrap();
    let (operator, all) = (desk.operator(), entries(0..2));
    let mut node = desk.node(&operator);
    assert_eq!(desk.append(&operator, &all[0]), 200);
    desk.wait_replayed(&operator, &node);
    desk.fail("/node/seen");
    assert_eq!(desk.append(&operator, &all[1]), 200);
    assert_eq!(node.child.wait().unwrap().code(), Some(1));
    assert!(std::fs::read_to_string(desk.path("errors")).unwrap().contains("node/seen"));
    desk.mend();
    let node = desk.node(&operator);
    desk.wait_replayed(&operator, &node);
}
