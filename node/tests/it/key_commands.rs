//! Keys made, encrypted, changed and revoked with the `node` program, as their holders do it.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const ORIGIN: &str = "ledger.example/keys";
const WORDS: &str = "correct horse battery staple";

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(desk.path("words"), format!("{WORDS}\n")).unwrap();
        std::fs::set_permissions(desk.path("words"), std::fs::Permissions::from_mode(0o600)).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_node"));
        command
            .current_dir(self.folder.path())
            .env_remove("RUST_LOG")
            .env("XINJI_KEY_PASSPHRASE_FILE", "words");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Runs a command that must be done, and gives what it says.
    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs a command that must say no with this exit code, and gives why.
    #[track_caller]
    fn refused(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stdout));
        text(&output.stderr)
    }

    /// Makes a key and keeps its public side in a file beside it.
    fn key(&self, kind: &str, name: &str, more: &[&str]) -> String {
        let file = format!("{name}.key");
        let public = self.done(&[&["keygen", "--kind", kind, "-o", &file], more].concat());
        std::fs::write(self.path(&format!("{name}.pub")), &public).unwrap();
        public.trim().to_owned()
    }

    fn operator(&self, keys: &[&str]) -> Server {
        let listen = crate::ports::free_address();
        let mut command = self.command();
        command.args(["operator", "--dir", "ledger", "--origin", ORIGIN, "--offline-root", "root.pub"]);
        command.args(["--listen", &listen, "--key", keys[0]]);
        for key in &keys[1..] {
            command.args(["--more-key", key]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let started = lines.any(|line| line.unwrap().starts_with("append"));
        let mut server = Server { child, url: format!("http://{listen}") };
        if !started {
            let status = server.child.wait().unwrap();
            unreachable!("the operator ended with {status}");
        }
        server.wait_until_it_listens(&listen);
        server
    }
}

struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn wait_until_it_listens(&mut self, listen: &str) {
        while std::net::TcpStream::connect(listen).is_err() {
            assert_eq!(self.child.try_wait().unwrap(), None, "the operator has ended");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_rotation_by_commands() {
    let desk = Desk::new();
    desk.key("root", "root", &["--encrypt"]);
    let old = desk.key("log", "old", &["--origin", ORIGIN]);
    let new = desk.key("log", "new", &["--origin", ORIGIN, "--encrypt"]);
    let file = std::fs::read_to_string(desk.path("new.key")).unwrap();
    assert!(file.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    desk.done(&["key", "propose", "--old", "old.pub", "--new", "new.pub", "-o", "event.json"]);
    let again = desk.refused(&["key", "propose", "--old", "old.pub", "-o", "event.json"], 1);
    assert!(again.contains("exists"), "{again}");

    let server = desk.operator(&["old.key"]);
    let url = server.url.clone();
    let submit = ["key", "submit", "event.json", "--to", &url, "--token", "ledger/append-token"];
    let unsigned = desk.refused(&submit, 2);
    assert!(unsigned.contains("needs the old key's signature"), "{unsigned}");
    let shown = desk.done(&["key", "sign", "--key", "old.key", "event.json"]);
    assert!(shown.contains("Signed as the old key"), "{shown}");
    let shown = desk.done(&["key", "sign", "--key", "root.key", "event.json"]);
    assert!(shown.contains("Signed as the offline root"), "{shown}");
    let shown = desk.done(&["key", "show", "event.json", "--root", "root.pub"]);
    assert!(shown.contains("root      has signed, and the signature is right"), "{shown}");
    // The operator has not got the new key yet: it says so before anything is sealed.
    let not_held = desk.refused(&submit, 1);
    assert!(not_held.contains("is not at hand"), "{not_held}");
    drop(server);

    let server = desk.operator(&["old.key", "new.key"]);
    let submit = ["key", "submit", "event.json", "--to", &server.url, "--token", "ledger/append-token"];
    assert!(desk.done(&submit).starts_with("The event is leaf 2 of the log, in block 1"));
    assert!(desk.done(&submit).contains("where it was before"));
    let note = desk.done(&["inspect", "ledger"]);
    for vkey in [&old, &new] {
        let id = vkey.split('+').nth(1).unwrap();
        let vkey: ledger::note::Vkey = vkey.parse().unwrap();
        assert_eq!(hex::encode(vkey.id()), id);
        let note = note.split_once("Checkpoint:\n").unwrap().1;
        ledger::checkpoint::Checkpoint::open(note.as_bytes(), &vkey).unwrap();
    }
    drop(server);
    // A log is known by each of its keys.
    for vkey in [&old, &new] {
        let report = desk.done(&["audit", "ledger", "--log-key", vkey]);
        let later = report.lines().find_map(|line| line.trim().strip_prefix("later key"));
        assert_eq!(later.map(str::trim), Some(new.as_str()), "{report}");
    }

    // Revoked by the root alone.
    desk.done(&["key", "propose", "--old", "old.pub", "-o", "revoke.json"]);
    desk.done(&["key", "sign", "--key", "root.key", "revoke.json"]);
    let server = desk.operator(&["new.key"]);
    desk.done(&["key", "submit", "revoke.json", "--to", &server.url, "--token", "ledger/append-token"]);
    drop(server);
    let note = desk.done(&["inspect", "ledger"]);
    let note = note.split_once("Checkpoint:\n").unwrap().1.as_bytes();
    assert!(ledger::checkpoint::Checkpoint::open(note, &old.parse().unwrap()).is_err());
    assert!(ledger::checkpoint::Checkpoint::open(note, &new.parse().unwrap()).is_ok());
    desk.done(&["audit", "ledger"]);
}

#[test]
fn each_kind_prints_what_others_need() {
    let desk = Desk::new();
    let author = desk.key("author", "author", &["--origin", ORIGIN, "--number", "7"]);
    assert!(author.starts_with("ledger.example/keys/author/7+"), "{author}");
    for kind in ["witness", "replay"] {
        let vkey = desk.key(kind, kind, &["--name", "chengdu.example/customs"]);
        let vkey: ledger::note::Vkey = vkey.parse().unwrap();
        assert_eq!(vkey.kind(), ledger::note::KeyKind::CosignatureV1);
    }
    for kind in ["root", "label"] {
        assert_eq!(desk.key(kind, kind, &[]).len(), 64);
    }
    for missing in ["log", "author", "witness"] {
        desk.refused(&["keygen", "--kind", missing, "-o", "other.key"], 2);
    }
    assert!(!desk.path("other.key").exists());
}

#[test]
fn a_wrong_passphrase_is_named() {
    let desk = Desk::new();
    desk.key("log", "log", &["--origin", ORIGIN, "--encrypt"]);
    let start = |set: &[(&str, &str)]| {
        let mut command = desk.command();
        command.env_remove("XINJI_KEY_PASSPHRASE_FILE").envs(set.iter().copied());
        command.args(["operator", "--dir", "ledger", "--origin", ORIGIN, "--key", "log.key"]);
        let output = command.output().unwrap();
        (output.status.code(), text(&output.stderr))
    };
    let (code, error) = start(&[("XINJI_KEY_PASSPHRASE", "another one than that")]);
    assert_eq!((code, error.as_str()), (Some(2), "key file log.key: the passphrase is wrong\n"));
    let (code, error) = start(&[]);
    assert_eq!(code, Some(2));
    assert!(error.starts_with("key file log.key is encrypted; put its passphrase in the file"), "{error}");
    let mut short = desk.command();
    short.env("XINJI_KEY_PASSPHRASE", "short").env_remove("XINJI_KEY_PASSPHRASE_FILE");
    let short = short.args(["keygen", "--origin", ORIGIN, "-o", "b.key", "--encrypt"]).output().unwrap();
    assert!(text(&short.stderr).contains("expected at least 12"), "{}", text(&short.stderr));
}
