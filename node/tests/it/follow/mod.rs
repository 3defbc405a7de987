//! An agency's node: follows, is killed, is lied to. What the line does is tried again; what only the log can have
//! done is refused for good, with evidence that convinces others.

mod disclosed;
mod logs;
mod push;
mod refusals;

use crate::common::{ORIGIN, clock, entries, open};
use crate::cosigning::{Server, anywhere, key, log_vkey};
use ed25519_dalek::SigningKey;
use ledger::evidence::{Verdict, Wrong};
use ledger::note::{KeyKind, Note};
use ledger::tile::{self, TileKind, TilePath};
use ledger::witness::AddCheckpoint;
use logs::{MemoryLog, Shown, ViewTiles, place};
use node::Operator;
use node::audit::audit_store;
use node::follow::{FollowConfig, FollowError, Follower, Phase, Status, refusal};
use node::http::ledger_scope;
use node::log_policy::LogPolicy;
use node::tiles::{Tiles, TilesError};
use refusals::fork;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Ends a test that would wait for ever.
const LONG: Duration = Duration::from_secs(120);
const WITNESS: (u8, &str) = (11, "fx.example/witness");
const REPLAY: (u8, &str) = (12, "fx.example/replay");

fn settings(folder: &Path) -> FollowConfig {
    FollowConfig {
        folder: folder.to_path_buf(),
        origin: ORIGIN.to_owned(),
        policy: LogPolicy::of_log(&log_vkey()),
        log_key: log_vkey(),
        witness_key: key(WITNESS.0, WITNESS.1),
        replay_key: key(REPLAY.0, REPLAY.1),
        clock: clock(),
        poll: Duration::from_millis(2),
        free_bytes_min: 0,
        disclosed: None,
        accept_entries: false,
    }
}

/// A node and the thread in which it follows.
struct Running {
    node: Arc<Follower>,
    thread: Option<JoinHandle<Result<(), FollowError>>>,
}

impl Running {
    fn start(folder: &Path, tiles: impl Tiles + 'static) -> Self {
        Self::start_with(settings(folder), tiles)
    }

    fn start_with(config: FollowConfig, tiles: impl Tiles + 'static) -> Self {
        Self::follow(Follower::open(config, Some(Box::new(tiles))).unwrap())
    }

    fn follow(node: Arc<Follower>) -> Self {
        let follows = node.clone();
        Self { node, thread: Some(std::thread::spawn(move || follows.run())) }
    }

    fn wait(&self, what: &str, is_so: impl Fn(&Status) -> bool) -> Status {
        let begun = Instant::now();
        loop {
            let status = self.node.status();
            if is_so(&status) {
                return status;
            }
            assert!(begun.elapsed() < LONG, "{what}: {status:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Fetches what is disclosed too.
    fn syncing(&self) -> JoinHandle<()> {
        let node = self.node.clone();
        std::thread::spawn(move || node.sync_statements())
    }

    /// Waits until everything up to this size is replayed and kept.
    fn wait_size(&self, size: u64) {
        self.wait("replayed", |status| status.replayed >= size);
        let begun = Instant::now();
        while self.node.view().published_size() < size {
            assert!(begun.elapsed() < LONG);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for the refusal and checks everything that follows from it; gives what the evidence shows.
    fn refused(mut self, folder: &Path, shown: &[u8]) -> (Wrong, Verdict) {
        let status = self.wait("refused", |status| status.phase == Phase::Refused);
        assert!(!status.is_healthy());
        let error = self.thread.take().unwrap().join().unwrap().unwrap_err();
        let FollowError::Refused { digest, evidence } = error else { unreachable!("{error}") };
        let bytes = std::fs::read(&evidence).unwrap();
        assert_eq!(Wrong::digest(std::str::from_utf8(&bytes).unwrap()), digest);
        let wrong = Wrong::parse(&bytes).unwrap();
        let verdict = wrong.verify(&[log_vkey()]).unwrap();
        let other = SigningKey::from_bytes(&[8; 32]).verifying_key();
        let other = ledger::note::Vkey::new(ORIGIN, KeyKind::Ed25519, other).unwrap();
        assert!(wrong.verify(&[other]).is_err(), "proves nothing against another key");

        let body =
            AddCheckpoint { old: 0, proof: vec![], checkpoint: Note::parse(shown).unwrap() }.to_string();
        for witness in [self.node.witness(), self.node.replay_witness()] {
            assert_eq!(witness.add_checkpoint(body.as_bytes()).status, 403, "cosigns no more");
        }
        drop(self);
        let again = Follower::open(settings(folder), Some(Box::new(MemoryLog::new(Vec::new()))));
        assert!(matches!(again, Err(FollowError::Refused { digest: found, .. }) if found == digest));
        assert!(refusal::lift(folder, "another").is_err());
        (wrong, verdict)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.node.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join().unwrap();
        }
    }
}

/// The copy is the operator's log bit for bit, and sound.
fn assert_same(node: &Follower, operator: &Operator) {
    let (ours, theirs) = (node.view().store(), operator.view().store());
    let tip = theirs.tip().unwrap();
    assert_eq!(ours.tip().unwrap(), tip);
    for block in 0..tip.blocks {
        assert_eq!(ours.block_bundle(block).unwrap(), theirs.block_bundle(block).unwrap());
        assert_eq!(ours.header(block).unwrap(), theirs.header(block).unwrap());
    }
    for level in 0..2 {
        for index in 0..4 {
            let width = tile::width_at(level, index, tip.size);
            for kind in [TileKind::Hashes { level }, TileKind::Entries] {
                let path = TilePath { kind, index, width };
                assert_eq!(ours.tile(&path, tip.size), theirs.tile(&path, tip.size), "{path}");
            }
        }
    }
    // A node keeps the checkpoint a moment after its cosignature has left.
    let asked = Instant::now();
    while ours.note(tip.size).unwrap().is_none() && asked.elapsed() < LONG {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(ours.note(tip.size).unwrap(), theirs.note(tip.size).unwrap());
    assert_eq!(audit_store(ours, &mut |_| {}).result.unwrap().root, tip.root);
}

fn add(operator: &Operator, old: u64) -> String {
    let note = operator.view().checkpoint().unwrap().unwrap();
    let size = operator.view().published_size();
    let proof = operator.view().store().consistency_proof(old, size).unwrap();
    AddCheckpoint { old, proof, checkpoint: Note::parse(note.as_bytes()).unwrap() }.to_string()
}

#[test]
fn it_follows_a_live_log_over_http_and_cosigns_what_it_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    let view = operator.view().clone();
    let server = Server::start(anywhere(), move |app| {
        app.service(ledger_scope(view.clone()));
    });
    let tiles = node::tiles::HttpTiles::new(&format!("{}/ledger", server.url()));
    let running = Running::start(&folder.path().join("fx"), tiles);
    for part in 0..20 {
        operator.append(entries(part * 60..part * 60 + 60)).unwrap();
    }
    // Asked before it is there: waits for its own replay.
    let body = add(&operator, 0);
    for witness in [running.node.replay_witness(), running.node.witness()] {
        let answer = witness.add_checkpoint(body.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let size = operator.view().published_size();
    running.wait_size(size);
    assert_same(&running.node, &operator);
    let store = running.node.view().store();
    for name in [WITNESS, REPLAY] {
        let (begun, id) = (Instant::now(), key(name.0, name.1).vkey().id());
        while store.cosignature(size, id).unwrap().is_none() {
            assert!(begun.elapsed() < LONG, "{} is not recorded", name.1);
        }
    }
    let status = running.wait("idle", |status| status.phase == Phase::Following);
    assert_eq!(
        (status.seen, status.replayed, status.witness_cosigned, status.replay_cosigned),
        (size, size, size, size)
    );
    drop(running);

    // It goes on where it stood, and knows what it cosigned.
    operator.append(entries(5000..5300)).unwrap();
    let tiles = node::tiles::HttpTiles::new(&format!("{}/ledger", server.url()));
    let running = Running::start(&folder.path().join("fx"), tiles);
    assert_eq!(running.node.replay_witness().add_checkpoint(add(&operator, 0).as_bytes()).status, 409);
    assert_eq!(running.node.replay_witness().add_checkpoint(add(&operator, size).as_bytes()).status, 200);
    assert_same(&running.node, &operator);
}

/// Fails, lies and cuts, each kind of it many times.
struct BadLine {
    tiles: ViewTiles,
    calls: AtomicU64,
    faults: u64,
}

impl BadLine {
    fn spoil(&self, name: String, bytes: Result<Vec<u8>, TilesError>) -> Result<Vec<u8>, TilesError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut bytes = bytes?;
        // A right answer now and then, so that some rounds get further than their first question.
        if call >= self.faults || call % 3 == 2 {
            return Ok(bytes);
        }
        let place = usize::try_from(call * 7919).unwrap() % bytes.len();
        match call / 3 % 6 {
            0 => bytes[place] ^= 1 << (call % 8),
            1 => bytes.truncate(place),
            2 => bytes.extend_from_slice(&[0; 9]),
            3 => return Err(TilesError::Unreadable { place: name, why: "status 502".to_owned() }),
            4 => return Err(TilesError::Absent { place: name }),
            _ => bytes.clear(),
        }
        Ok(bytes)
    }
}

impl Tiles for BadLine {
    fn checkpoint(&self) -> Result<Vec<u8>, TilesError> {
        self.spoil("checkpoint".to_owned(), self.tiles.checkpoint())
    }

    fn tile(&self, path: &TilePath) -> Result<Vec<u8>, TilesError> {
        self.spoil(path.to_string(), self.tiles.tile(path))
    }

    fn place(&self) -> String {
        place()
    }
}

#[test]
fn a_bad_line_is_tried_again_and_never_taken_for_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    for part in 0..6 {
        operator.append(entries(part * 100..part * 100 + 100)).unwrap();
    }
    let line = BadLine { tiles: ViewTiles(operator.view().clone()), calls: AtomicU64::new(0), faults: 90 };
    let mut config = settings(&folder.path().join("fx"));
    // 20 ms at most between two tries.
    config.poll = Duration::from_micros(20);
    let running = Running::start_with(config, line);
    running.wait_size(operator.view().published_size());
    assert_same(&running.node, &operator);
    let status = running.wait("well again", |status| status.phase == Phase::Following);
    assert_eq!((status.refusal, status.failures), (None, 0));
}

fn secret(path: &Path, seed: u8) -> String {
    let mut file =
        std::fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    std::io::Write::write_all(&mut file, format!("{}\n", hex::encode([seed; 32])).as_bytes()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// `node follow` in this folder, where this says how the log comes to it.
fn command(home: &Path, way: &[&str]) -> Command {
    let policy = home.join("policy.txt");
    let lines = [WITNESS, REPLAY].map(|(seed, name)| key(seed, name).vkey().to_string());
    let text = format!("log {}\nwitness a {}\nwitness b {}\nquorum none\n", log_vkey(), lines[0], lines[1]);
    std::fs::write(&policy, text).unwrap();
    let (witness, replay) = (secret(&home.join("w.key"), WITNESS.0), secret(&home.join("r.key"), REPLAY.0));
    let dir = home.join("fx");
    let mut command = Command::new(env!("CARGO_BIN_EXE_node"));
    command.args(["follow", "--poll-ms", "10"]).args(way);
    command.args(["--policy", policy.to_str().unwrap(), "--dir", dir.to_str().unwrap()]);
    command.args(["--witness-key", &witness, "--replay-key", &replay]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn killed_at_any_instant_under_load_it_resumes() {
    const ROUNDS: u64 = 8;
    let folder = tempfile::tempdir().unwrap();
    let operator = Arc::new(open(folder.path()).unwrap());
    let view = operator.view().clone();
    let server = Server::start(anywhere(), move |app| {
        app.service(ledger_scope(view.clone()));
    });
    let url = format!("{}/ledger", server.url());
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Also when an assertion fails, or the scope would wait for ever.
        let _ending = Ending(&is_over);
        scope.spawn(|| {
            for part in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                operator.append(entries(part * 40..part * 40 + 1 + part % 40)).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let mut size = 0;
        for round in 0..ROUNDS {
            let mut child =
                command(folder.path(), &["--log", &url, "--listen", "127.0.0.1:0"]).spawn().unwrap();
            let begun = Instant::now();
            let stored = || {
                let store = ledger::store::Store::open_read_only(&folder.path().join("fx/ledger")).ok()?;
                store.tip().ok().map(|tip| tip.size)
            };
            // Until it got somewhere, and then to an instant that differs from round to round.
            while stored().unwrap_or(0) <= size && begun.elapsed() < LONG {
                std::thread::sleep(Duration::from_millis(10));
            }
            std::thread::sleep(Duration::from_micros(round * 3_700));
            child.kill().unwrap();
            child.wait().unwrap();
            let now = stored().unwrap();
            assert!(now > size, "round {round} came to nothing");
            size = now;
        }
    });
    let running = Running::start(&folder.path().join("fx"), node::tiles::HttpTiles::new(&url));
    running.wait_size(operator.view().published_size());
    assert_same(&running.node, &operator);
}

#[actix_web::test]
async fn it_serves_its_copy_its_state_and_its_witnesses() {
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    let home = tempfile::tempdir().unwrap();
    let operator = open(home.path()).unwrap();
    operator.append(entries(0..300)).unwrap();
    let size = operator.view().published_size();
    let folder = home.path().join("fx");
    let shown = Shown::new(ViewTiles(operator.view().clone()));
    let running = Running::start(&folder, shown.clone());
    running.wait_size(size);
    let node = running.node.clone();
    let app =
        init_service(actix_web::App::new().configure(|app| node::follow::http::configure(app, &node, None)))
            .await;
    let ask = async |request: TestRequest| {
        let response = call_service(&app, request.to_request()).await;
        let status = response.status().as_u16();
        (status, String::from_utf8_lossy(&read_body(response).await).into_owned())
    };
    let get = async |path: &str| ask(TestRequest::get().uri(path)).await;

    let (status, page) = get("/?lang=zh").await;
    assert_eq!(status, 200);
    for shown in [ORIGIN, "日志已全部核验", REPLAY.1, "304"] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    assert!(get("/?lang=en").await.1.contains("Everything the log signed was verified"));
    let (_, json) = get("/status.json").await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["phase"], &json["replayed"]), (&"following".into(), &size.into()));
    assert_eq!(get("/healthz").await.0, 200);
    assert_eq!(get("/evidence.json").await.0, 404);
    let (status, note) = get("/ledger/checkpoint").await;
    assert_eq!((status, note), (200, operator.view().checkpoint().unwrap().unwrap()));

    // The mirror shows what the replay key cosigned, and nothing before it did.
    let hash: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(ORIGIN).into();
    let mirror = format!("/mirror/{}", hex::encode(hash));
    assert_eq!(get(&format!("{mirror}/checkpoint")).await.0, 404);
    let body = add(&operator, 0);
    for path in ["/add-checkpoint", "/replay/add-checkpoint"] {
        let (status, line) = ask(TestRequest::post().uri(path).set_payload(body.clone())).await;
        assert_eq!(status, 200, "{line}");
    }
    let (status, note) = get(&format!("{mirror}/checkpoint")).await;
    assert_eq!(status, 200);
    let note = Note::parse(note.as_bytes()).unwrap();
    let keys = [log_vkey(), key(REPLAY.0, REPLAY.1).vkey().clone()];
    assert_eq!(ledger::note::open(&note, &keys).unwrap().len(), 2);
    assert_eq!(get(&format!("{mirror}/tile/entries/000")).await.0, 200);
    assert_eq!(get(&format!("{mirror}/tile/0/001.p/49")).await.0, 404);
    assert_eq!(get(&format!("/mirror/{}/tile/entries/000", "0".repeat(64))).await.0, 404);

    let logs = tempfile::tempdir().unwrap();
    shown.show(fork(logs.path()).1);
    running.wait("refused", |status| status.phase != Phase::Following);
    let (status, why) = get("/healthz").await;
    assert_eq!(status, 503, "{why}");
}
