//! A disk that takes every byte and then fails to say that it is there: the real programs, with a library in between
//! that fails the sync of one file alone (`fail_sync.c`), once or until the disk is mended. Nothing that was not synced
//! is acknowledged, signed or cosigned, not even once the disk works again, since the kernel then takes the lost bytes
//! for written.

use crate::common::{audit, config, entries};
use crate::ports::free_address;
use base64::Engine as _;
use ledger::store::Store;
use node::{NewEntry, Operator};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const ORIGIN: &str = crate::common::ORIGIN;
const LONG: Duration = Duration::from_secs(120);
/// What an error must tell a person to do.
const ADVICE: &str = "restart";

/// How long the disk fails.
#[derive(Debug, Clone, Copy)]
enum Fails {
    Once,
    UntilMended,
}

const FAILS: [Fails; 2] = [Fails::Once, Fails::UntilMended];

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
        std::fs::create_dir(desk.path("zone")).unwrap();
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

    /// A server with the library in between, and the address it is told to listen at.
    fn spawn(&self, arguments: &[&str]) -> Server {
        let listen = free_address();
        let mut command = self.command(&[arguments, &["--listen", &listen]].concat());
        command.env("LD_PRELOAD", self.path("fail_sync.so")).env("FAIL_SYNC", self.path("fail"));
        let log = std::fs::File::create(self.path("errors")).unwrap();
        let child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        Server { child, url: format!("http://{listen}") }
    }

    /// One that serves.
    fn server(&self, arguments: &[&str]) -> Server {
        let mut server = self.spawn(arguments);
        let mut lines = BufReader::new(server.child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().starts_with("serving")), "{}", self.errors());
        std::thread::spawn(move || lines.for_each(drop));
        let (begun, listen) = (Instant::now(), server.url.strip_prefix("http://").unwrap());
        while TcpStream::connect(listen).is_err() {
            assert!(begun.elapsed() < LONG, "{arguments:?} does not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
        server
    }

    /// One that must end by itself with exit code 1; what it says.
    fn refused(&self, arguments: &[&str]) -> String {
        let mut server = self.spawn(arguments);
        assert_eq!(server.child.wait().unwrap().code(), Some(1), "{}", self.errors());
        self.errors()
    }

    /// What the last server said on standard error.
    fn errors(&self) -> String {
        std::fs::read_to_string(self.path("errors")).unwrap()
    }

    fn operator(&self) -> Server {
        self.server(&OPERATOR)
    }

    fn node(&self, operator: &Server) -> Server {
        let log = format!("{}/ledger", operator.url);
        self.server(&node_arguments(&log))
    }

    /// From now on the sync of what lies at such a path fails.
    fn fail(&self, path: &str, fails: Fails) {
        let mode = if matches!(fails, Fails::Once) { "once" } else { "" };
        // In one step, since the servers look at any time.
        std::fs::write(self.path("fail.new"), format!("{path}\n{mode}\n")).unwrap();
        std::fs::rename(self.path("fail.new"), self.path("fail")).unwrap();
    }

    /// The disk works again; it must have failed before.
    fn mend(&self, fails: Fails) {
        let removed = std::fs::remove_file(self.path("fail"));
        assert_eq!(removed.is_ok(), matches!(fails, Fails::UntilMended), "the sync failed once");
    }

    /// Appends one entry; status and body of the answer.
    fn append(&self, operator: &Server, new: &NewEntry) -> (u16, String) {
        let token = std::fs::read_to_string(self.path("zone/ledger/append-token")).unwrap();
        let entry = base64::engine::general_purpose::STANDARD.encode(new.entry.encode_checked().unwrap());
        let body = serde_json::json!({"entries": [{"cause": hex::encode(new.cause), "entry": entry}]});
        let answer = agent()
            .post(format!("{}/append", operator.url))
            .header("Authorization", format!("Bearer {}", token.trim()))
            .header("Content-Type", "application/json")
            .send(body.to_string());
        let mut answer = answer.unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    /// Appends an entry that must get in: its index, and whether it was there before.
    fn appended(&self, operator: &Server, new: &NewEntry) -> (u64, bool) {
        let (status, body) = self.append(operator, new);
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        let result = &body["results"][0];
        (result["index"].as_u64().unwrap(), result["duplicate"].as_bool().unwrap())
    }

    fn assert_refuses(&self, operator: &Server, new: &NewEntry) {
        let (status, body) = self.append(operator, new);
        assert_eq!(status, 503, "{body}");
        assert!(body.contains(ADVICE), "what is to be done is not said: {body}");
    }

    /// Until the node has replayed everything that the operator published.
    fn wait_replayed(&self, operator: &Server, node: &Server) {
        let note = checkpoint(operator);
        let wanted = format!("\"replayed\":{},", note.lines().nth(1).unwrap());
        let begun = Instant::now();
        while !get(&format!("{}/status.json", node.url)).1.contains(&wanted) {
            assert!(begun.elapsed() < LONG, "{wanted}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks a witness for a cosignature of the last checkpoint, which continues one of `old` leaves.
    fn ask(&self, operator: &Server, node: &Server, path: &str, old: u64) -> u16 {
        let note = checkpoint(operator);
        let size: u64 = note.lines().nth(1).unwrap().parse().unwrap();
        let mut request = format!("old {old}\n");
        if old > 0 && old < size {
            let reader = Store::open_read_only(&self.path("zone/ledger")).unwrap();
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

fn checkpoint(operator: &Server) -> String {
    get(&format!("{}/ledger/checkpoint", operator.url)).1
}

const OPERATOR: [&str; 9] =
    ["operator", "--dir", "zone/ledger", "--tip", "zone/tip", "--origin", ORIGIN, "--key", "log"];

fn node_arguments(log: &str) -> Vec<&str> {
    let keys = ["--log-key", "log.vkey", "--witness-key", "witness", "--replay-key", "replay"];
    let rest = ["--name", "fx.example", "--dir", "node", "--poll-ms", "20", "--log", log];
    [&["follow"], &keys[..], &rest[..]].concat()
}

#[test]
fn nothing_is_acknowledged_after_a_failed_sync_of_the_operator() {
    for place in ["/zone/ledger/rocksdb/", "/zone/ledger/sign-guard", "/zone/tip"] {
        for fails in FAILS {
            let (desk, all) = (Desk::new(), entries(0..6));
            let operator = desk.operator();
            let mut acknowledged: Vec<u64> =
                all[..2].iter().map(|new| desk.appended(&operator, new).0).collect();
            let before = checkpoint(&operator);
            desk.fail(place, fails);
            desk.assert_refuses(&operator, &all[2]);
            desk.mend(fails);
            // The disk works again, and still: nobody knows what it holds.
            for new in &all[2..4] {
                desk.assert_refuses(&operator, new);
            }
            assert_eq!(checkpoint(&operator), before, "something was signed: {place}, {fails:?}");
            drop(operator);

            let operator = desk.operator();
            for (new, index) in all.iter().zip(&acknowledged) {
                assert_eq!(desk.appended(&operator, new), (*index, true), "{place}, {fails:?}: it was lost");
            }
            acknowledged.extend(all[2..].iter().map(|new| desk.appended(&operator, new).0));
            assert_eq!(acknowledged.len(), 6);
            drop(operator);
            assert_sound(&desk, &all, &acknowledged);
        }
    }
}

/// Reads the ledger again from its genesis: every entry is there once, at its place.
fn assert_sound(desk: &Desk, all: &[NewEntry], indices: &[u64]) {
    let mut settings = config();
    settings.signing_key = log_key(desk);
    let tip = Arc::new(node::FileTip::new(desk.path("zone/tip")));
    let operator =
        Operator::open(&desk.path("zone/ledger"), settings, tip, Arc::new(node::SystemClock)).unwrap();
    let store = operator.view().store();
    for (new, index) in all.iter().zip(indices) {
        assert_eq!(store.find_cause(&new.cause).unwrap().unwrap().index, *index);
    }
    assert_eq!(usize::try_from(audit(&operator).entries).unwrap(), all.len());
}

fn log_key(desk: &Desk) -> ed25519_dalek::SigningKey {
    let mut seed = [0; 32];
    let text = std::fs::read_to_string(desk.path("log")).unwrap();
    hex::decode_to_slice(text.trim(), &mut seed).unwrap();
    ed25519_dalek::SigningKey::from_bytes(&seed)
}

/// A new log whose folder, or a name in it, does not reach the disk is not begun; and an old one is not taken up while
/// what an earlier process may have failed to sync cannot be put on the disk.
#[test]
fn an_operator_does_not_start_on_what_it_cannot_sync() {
    let (desk, all) = (Desk::new(), entries(0..2));
    for place in ["/zone$", "/zone/ledger$", "/zone/ledger/rocksdb$", "/zone/tip.new"] {
        desk.fail(place, Fails::UntilMended);
        let said = desk.refused(&OPERATOR);
        desk.mend(Fails::UntilMended);
        assert!(said.contains("zone"), "{place}: {said}");
    }
    let operator = desk.operator();
    let (index, _) = desk.appended(&operator, &all[0]);
    drop(operator);
    for place in ["/zone/ledger/rocksdb/", "/zone/ledger/sign-guard", "/zone/tip"] {
        for fails in FAILS {
            desk.fail(place, fails);
            let said = desk.refused(&OPERATOR);
            desk.mend(fails);
            assert!(
                said.contains(place.rsplit('/').find(|part| !part.is_empty()).unwrap()),
                "{place}: {said}"
            );
        }
    }
    let operator = desk.operator();
    assert_eq!(desk.appended(&operator, &all[0]), (index, true));
    let indices = [index, desk.appended(&operator, &all[1]).0];
    drop(operator);
    assert_sound(&desk, &all, &indices);
}

#[test]
fn nothing_is_cosigned_after_a_failed_sync_of_a_witness() {
    for (place, path) in [("/node/witness/", "add-checkpoint"), ("/node/replay/", "replay/add-checkpoint")] {
        for fails in FAILS {
            let (desk, all) = (Desk::new(), entries(0..3));
            let operator = desk.operator();
            let node = desk.node(&operator);
            desk.appended(&operator, &all[0]);
            desk.wait_replayed(&operator, &node);
            let ask = |node: &Server, old: u64| desk.ask(&operator, node, path, old);
            assert_eq!(ask(&node, 0), 200);
            desk.fail(place, fails);
            desk.appended(&operator, &all[1]);
            desk.wait_replayed(&operator, &node);
            assert!(ask(&node, 4) >= 500, "{place}, {fails:?}");
            desk.mend(fails);
            assert!(ask(&node, 4) >= 500, "{place}, {fails:?}: nobody knows what the disk holds");
            assert!(desk.errors().contains(ADVICE), "{}", desk.errors());
            drop(node);

            // What it cosigned last is on the disk before it is shown to anybody.
            desk.fail(place, fails);
            let said = desk.refused(&node_arguments(&format!("{}/ledger", operator.url)));
            desk.mend(fails);
            assert!(said.contains(place.trim_start_matches('/')) && said.contains(ADVICE), "{said}");
            let node = desk.node(&operator);
            desk.wait_replayed(&operator, &node);
            // What it cosigned last is either of the two, and it says which.
            assert!(matches!(ask(&node, 4), 200 | 409), "{place}, {fails:?}");
            desk.appended(&operator, &all[2]);
            desk.wait_replayed(&operator, &node);
            assert!([4, 6].iter().any(|old| ask(&node, *old) == 200), "{place}, {fails:?}: after a restart");
        }
    }
}

/// The first record of a log is a new name in a folder.
#[test]
fn nothing_is_cosigned_whose_name_did_not_reach_the_disk() {
    for (place, path) in [("/node/witness$", "add-checkpoint"), ("/node/replay$", "replay/add-checkpoint")] {
        let (desk, all) = (Desk::new(), entries(0..1));
        let operator = desk.operator();
        let node = desk.node(&operator);
        desk.appended(&operator, &all[0]);
        desk.wait_replayed(&operator, &node);
        desk.fail(place, Fails::Once);
        assert!(desk.ask(&operator, &node, path, 0) >= 500, "{place}");
        desk.mend(Fails::Once);
        assert!(desk.ask(&operator, &node, path, 0) >= 500, "{place}: nobody knows what the disk holds");
        drop(node);
        let node = desk.node(&operator);
        desk.wait_replayed(&operator, &node);
        assert!([0, 4].iter().any(|old| desk.ask(&operator, &node, path, *old) == 200), "{place}");
    }
}

#[test]
fn a_node_ends_when_it_cannot_keep_what_it_saw_or_replayed() {
    for place in ["/node/seen", "/node/ledger/rocksdb/"] {
        for fails in FAILS {
            let (desk, all) = (Desk::new(), entries(0..2));
            let operator = desk.operator();
            let mut node = desk.node(&operator);
            desk.appended(&operator, &all[0]);
            desk.wait_replayed(&operator, &node);
            desk.fail(place, fails);
            desk.appended(&operator, &all[1]);
            assert_eq!(node.child.wait().unwrap().code(), Some(1));
            desk.mend(fails);
            let said = desk.errors();
            assert!(said.contains(ADVICE), "{place}: {said}");

            desk.fail(place, fails);
            desk.refused(&node_arguments(&format!("{}/ledger", operator.url)));
            desk.mend(fails);
            let node = desk.node(&operator);
            desk.wait_replayed(&operator, &node);
            drop(node);
            let store = Store::open_read_only(&desk.path("node/ledger")).unwrap();
            let tip = Store::open_read_only(&desk.path("zone/ledger")).unwrap().tip().unwrap();
            assert_eq!(store.tip().unwrap(), tip);
            store.verify_from_genesis(&mut |_| {}).unwrap();
        }
    }
}
