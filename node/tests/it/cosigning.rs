//! Operator and witnesses over HTTP on this machine: what becomes final, and what does not.

use crate::common::{ORIGIN, clock, config, entries, entry, tip};
use actix_web::{App, HttpResponse, HttpServer, web};
use ed25519_dalek::SigningKey;
use ledger::checkpoint::Checkpoint;
use ledger::note::{self, KeyKind, Note, Signer, Vkey};
use ledger::policy::Policy;
use node::cosigning::{Cosigning, Patience};
use node::witness::{
    Conflict, ConflictKind, Mode, Replayed, ReplayedTo, Witness, WitnessConfig, WitnessError, witness_routes,
};
use node::{Clock, Operator};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Ends a test that would wait for ever.
const LONG: Duration = Duration::from_secs(120);
/// Long enough that what should not happen would have happened.
const A_WHILE: Duration = Duration::from_millis(300);

pub(super) fn key(seed: u8, name: &str) -> Signer {
    Signer::new(name, KeyKind::CosignatureV1, SigningKey::from_bytes(&[seed; 32])).unwrap()
}

pub(super) fn log_vkey() -> Vkey {
    Vkey::new(ORIGIN, KeyKind::Ed25519, SigningKey::from_bytes(&[7; 32]).verifying_key()).unwrap()
}

/// A server of one witness, at `/` and at `/w`, that can be stopped and started again at its address.
pub(super) struct Server {
    address: SocketAddr,
    handle: Option<actix_web::dev::ServerHandle>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(
        address: SocketAddr,
        routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        let (send, receive) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(routes.clone()))
                    .workers(1)
                    .disable_signals()
                    .shutdown_timeout(1)
                    .bind(address)
                    .unwrap();
                let bound = server.addrs()[0];
                let server = server.run();
                send.send((bound, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = receive.recv().unwrap();
        Self { address, handle: Some(handle), thread: Some(thread) }
    }

    fn witness(address: SocketAddr, witness: &Arc<Witness>) -> Self {
        let witness = Arc::clone(witness);
        Self::start(address, move |app| witness_routes(app, "", &witness))
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            drop(handle.stop(false));
        }
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

pub(super) fn anywhere() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// An address at which nobody listens.
fn nobody() -> String {
    format!("http://{}", crate::ports::free_address())
}

fn witness(folder: &Path, signer: &Signer) -> Arc<Witness> {
    let config = || WitnessConfig {
        folder: folder.to_path_buf(),
        signer: signer.clone(),
        mode: Mode::Consistency,
        clock: clock(),
        on_conflict: None,
    };
    let started = Instant::now();
    // The threads of a server that was stopped in this process drop its witness a moment later.
    let witness = loop {
        match Witness::open(config()) {
            Err(WitnessError::InUse(_)) if started.elapsed() < LONG => std::thread::yield_now(),
            opened => break opened.unwrap(),
        }
    };
    witness.trust(ORIGIN, vec![log_vkey()]).unwrap();
    Arc::new(witness)
}

/// Two witnesses that run and one that does not.
struct Zone {
    folder: TempDir,
    servers: Vec<Server>,
    policy: String,
}

const NAMES: [&str; 3] = ["customs", "fx", "market"];

impl Zone {
    fn new(running: usize, rest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut servers = Vec::new();
        let mut policy = String::new();
        for (seed, name) in (1..).zip(NAMES) {
            let signer = key(seed, &format!("{name}.example/w"));
            let vkey = signer.vkey().to_string();
            let url = if servers.len() < running {
                let server = Server::witness(anywhere(), &witness(&folder.path().join(name), &signer));
                let url = server.url();
                servers.push(server);
                url
            } else {
                nobody()
            };
            policy.push_str(&format!("witness {name} {vkey} {url}/\n"));
        }
        policy.push_str(rest);
        Self { folder, servers, policy }
    }

    fn operator(&self) -> Arc<Operator> {
        let mut config = config();
        config.policy = Some(self.policy.clone());
        let folder = self.folder.path();
        Arc::new(Operator::open(&folder.join("ledger"), config, tip(folder), clock()).unwrap())
    }

    /// Stops the witness of this place and starts it again with its folder.
    fn restart(&mut self, place: usize) {
        let address = self.servers[place].address;
        self.servers.remove(place);
        let seed = u8::try_from(place + 1).unwrap();
        let signer = key(seed, &format!("{}.example/w", NAMES[place]));
        let again = witness(&self.folder.path().join(NAMES[place]), &signer);
        self.servers.insert(place, Server::witness(address, &again));
    }
}

pub(super) fn start(operator: &Operator) -> Cosigning {
    let patience = Patience {
        round: Duration::from_millis(50),
        lag_alarm: LONG,
        backoff: (Duration::from_millis(5), Duration::from_millis(20)),
        // So that a push of some thousand entries takes several.
        step_entries: 3_000,
    };
    let clock: Arc<dyn Clock> = clock();
    Cosigning::start_with(operator.view(), &clock, patience).unwrap()
}

/// Size of a note, and the places of the witnesses whose line holds.
fn opened(operator: &Operator, note: &str) -> (u64, BTreeSet<usize>) {
    let policy: &Policy = operator.view().witness_policy();
    let note = Note::parse(note.as_bytes()).unwrap();
    let keys: Vec<Vkey> = policy.witnesses().iter().map(|witness| witness.vkey.clone()).collect();
    let places = note::open(&note, &keys)
        .map_or_else(|_| BTreeSet::new(), |found| found.into_iter().map(|verified| verified.key).collect());
    let (checkpoint, _) = Checkpoint::open(note.to_string().as_bytes(), operator.view().vkey()).unwrap();
    (checkpoint.size, places)
}

#[test]
fn two_of_three_make_it_final_and_a_restart_knows() {
    let zone = Zone::new(2, "group agencies 2 customs fx market\nquorum agencies\n");
    let operator = zone.operator();
    let view = operator.view().clone();
    assert_eq!((view.final_size(), view.final_note().unwrap()), (0, None), "nobody was asked yet");
    let cosigning = start(&operator);
    let size = operator.append(entries(0..10)).unwrap()[0].size;
    assert!(view.wait_final(size, LONG));
    assert_eq!(view.final_size(), size);
    let (noted, places) = opened(&operator, &view.final_note().unwrap().unwrap());
    assert_eq!((noted, places), (size, BTreeSet::from([0, 1])));
    assert_eq!(view.checkpoint().unwrap(), view.final_note().unwrap());

    // One at a time, and many at once: always the newest, with the whole quorum under one checkpoint.
    for number in 10..30 {
        let size = operator.append(vec![entry(number)]).unwrap()[0].size;
        assert!(view.wait_final(size, LONG));
    }
    std::thread::scope(|scope| {
        for part in 0..3 {
            let operator = &operator;
            scope.spawn(move || {
                for number in 0..20 {
                    operator.append(vec![entry(100 + part * 20 + number)]).unwrap();
                }
            });
        }
    });
    let size = view.published_size();
    assert!(view.wait_final(size, LONG));
    assert_eq!(opened(&operator, &view.final_note().unwrap().unwrap()).0, size);

    // A proof is against the newest final checkpoint and carries the quorum.
    let proof = view.proof(3).unwrap();
    assert_eq!(opened(&operator, &proof.checkpoint.to_string()).0, size);
    assert_eq!(proof.checkpoint.signatures.len(), 3);
    let cosigners = view.cosigners(3).unwrap();
    let names: Vec<(&str, bool)> = cosigners.iter().map(|c| (c.name.as_str(), c.size <= size)).collect();
    assert_eq!(names, [("customs", true), ("fx", true)]);
    let status = view.witnesses();
    assert_eq!((status[0].size, status[0].lag, status[0].error.as_deref()), (size, 0, None));
    assert_eq!((status[2].size, status[2].lag), (0, size));
    assert!(status[2].error.as_deref().unwrap().starts_with("no answer: "), "{status:?}");

    drop(cosigning);
    let note = view.final_note().unwrap();
    drop((view, operator));
    let operator = zone.operator();
    assert_eq!((operator.view().final_size(), operator.view().final_note().unwrap()), (size, note));
    assert_eq!(operator.view().witnesses()[1].size, size);
}

#[test]
fn without_the_quorum_nothing_is_final_and_the_operator_goes_on() {
    let mut zone = Zone::new(1, "group agencies 2 customs fx market\nquorum agencies\n");
    let operator = zone.operator();
    let view = operator.view().clone();
    let cosigning = start(&operator);
    for number in 0..5 {
        operator.append(vec![entry(number)]).unwrap();
    }
    let size = view.published_size();
    assert!(!view.wait_final(1, A_WHILE));
    assert_eq!((view.final_size(), view.final_note().unwrap()), (0, None));
    assert_eq!(opened(&operator, &view.checkpoint().unwrap().unwrap()).1, BTreeSet::from([0]), "at hand");

    // The second one comes up: everything before is final too.
    let address = zone.policy.lines().nth(1).unwrap().rsplit("http://").next().unwrap();
    let address: SocketAddr = address.trim_end_matches('/').parse().unwrap();
    let signer = key(2, "fx.example/w");
    zone.servers.push(Server::witness(address, &witness(&zone.folder.path().join("fx"), &signer)));
    assert!(view.wait_final(size, LONG));

    // And is restarted with what it remembers: it is told no size it did not cosign.
    drop(cosigning);
    zone.restart(1);
    let cosigning = start(&operator);
    let size = operator.append(entries(10..12)).unwrap()[0].size;
    assert!(view.wait_final(size, LONG));
    drop(cosigning);
}

#[test]
fn a_group_of_each_agency_is_asked_for() {
    let rest = "group left any customs fx\ngroup both all left market\nquorum both\n";
    let zone = Zone::new(2, rest);
    let operator = zone.operator();
    let _cosigning = start(&operator);
    operator.append(entries(0..3)).unwrap();
    assert!(!operator.view().wait_final(1, A_WHILE), "two of the same group");
    drop(_cosigning);
    let zone = Zone::new(3, rest);
    let operator = zone.operator();
    let _cosigning = start(&operator);
    let size = operator.append(entries(0..3)).unwrap()[0].size;
    assert!(operator.view().wait_final(size, LONG));
}

/// Witnesses that answer something else than their cosignature.
#[test]
fn what_is_no_valid_cosignature_does_not_count() {
    let forger = key(66, "customs.example/w");
    let other = key(2, "fx.example/w");
    type Reply = Arc<dyn Fn(&[u8]) -> HttpResponse + Send + Sync>;
    let note_of = |body: &[u8]| ledger::witness::AddCheckpoint::parse(body).unwrap().checkpoint.text;
    let line = move |signer: &Signer, text: &str, time| format!("{}\n", signer.sign(text, time));
    let real = key(1, "customs.example/w");
    let replies: [Reply; 7] = [
        Arc::new(move |body| HttpResponse::Ok().body(line(&forger, &note_of(body), 5))),
        Arc::new(move |body| HttpResponse::Ok().body(line(&other, &note_of(body), 5))),
        Arc::new({
            let real = real.clone();
            move |_| HttpResponse::Ok().body(line(&real, "ledger.example/other\n1\nx\n", 5))
        }),
        Arc::new(move |body| HttpResponse::Ok().body(line(&real, &note_of(body), 0))),
        Arc::new(|_| HttpResponse::Ok().body("thank you\n")),
        Arc::new(|_| HttpResponse::Conflict().content_type("text/x.tlog.size").body("1000\n")),
        Arc::new(|_| HttpResponse::Conflict().body("0\n")),
    ];
    for (number, reply) in replies.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let asked = Arc::new(Mutex::new(0));
        let seen = Arc::clone(&asked);
        let server = Server::start(anywhere(), move |app: &mut web::ServiceConfig| {
            let (reply, seen) = (reply.clone(), seen.clone());
            app.route(
                "/add-checkpoint",
                web::post().to(move |body: web::Bytes| {
                    *seen.lock().unwrap() += 1;
                    let answer = reply(&body);
                    async move { answer }
                }),
            );
        });
        let vkey = key(1, "customs.example/w").vkey().to_string();
        let mut config = config();
        config.policy = Some(format!("witness customs {vkey} {}\nquorum customs\n", server.url()));
        let path = folder.path();
        let operator = Operator::open(&path.join("ledger"), config, tip(path), clock()).unwrap();
        let cosigning = start(&operator);
        operator.append(entries(0..3)).unwrap();
        assert!(!operator.view().wait_final(1, A_WHILE / 3), "reply {number}");
        let view = operator.view();
        assert_eq!((view.final_size(), view.final_note().unwrap()), (0, None), "reply {number}");
        assert!(*asked.lock().unwrap() > 0);
        let error = view.witnesses()[0].error.clone().unwrap();
        let expected = [
            "it answered without its own valid cosignature",
            "it answered without its own valid cosignature",
            "it answered without its own valid cosignature",
            "it answered without its own valid cosignature",
            "the answer is not a sequence of ended signature lines",
            "it has cosigned 1000 leaves, but only 6 are published here: this log went back, or another operator \
             writes it",
            "status 409: 0",
        ];
        assert!(error == expected[number] || error.contains("only 2 are"), "reply {number}: {error}");
        drop(cosigning);
    }
}

/// The root of another history at every size.
struct Elsewhere;

impl ReplayedTo for Elsewhere {
    fn root_at(&self, _: &str, _: u64, _: Duration) -> Replayed {
        Replayed::Root([9; 32])
    }
}

#[test]
fn a_replay_key_that_finds_another_root_never_cosigns() {
    let folder = tempfile::tempdir().unwrap();
    let told: Arc<Mutex<Vec<Conflict>>> = Arc::default();
    let hook = Arc::clone(&told);
    let signer = key(1, "customs.example/replay");
    let vkey = signer.vkey().to_string();
    let witness = Witness::open(WitnessConfig {
        folder: folder.path().join("replay"),
        signer,
        mode: Mode::Replay(Arc::new(Elsewhere)),
        clock: clock(),
        on_conflict: Some(Arc::new(move |conflict| hook.lock().unwrap().push(conflict.clone()))),
    })
    .unwrap();
    witness.trust(ORIGIN, vec![log_vkey()]).unwrap();
    let witness = Arc::new(witness);
    let server = Server::start(anywhere(), move |app| witness_routes(app, "/replay", &witness));
    let mut config = config();
    config.policy = Some(format!("witness customs {vkey} {}/replay\nquorum customs\n", server.url()));
    let path = folder.path();
    let operator = Operator::open(&path.join("ledger"), config, tip(path), clock()).unwrap();
    let cosigning = start(&operator);
    operator.append(entries(0..3)).unwrap();
    assert!(!operator.view().wait_final(1, A_WHILE));
    assert!(operator.view().witnesses()[0].error.as_deref().unwrap().starts_with("status 4"));
    let told = told.lock().unwrap();
    assert_eq!(told[0].kind, ConflictKind::OtherRootThanReplayed { replayed: [9; 32] });
    Checkpoint::open(told[0].shown.to_string().as_bytes(), operator.view().vkey()).unwrap();
    drop(cosigning);
}

#[test]
fn a_damaged_cosignature_is_not_counted_after_a_restart() {
    let zone = Zone::new(2, "group agencies 2 customs fx market\nquorum agencies\n");
    let operator = zone.operator();
    let cosigning = start(&operator);
    let size = operator.append(entries(0..3)).unwrap()[0].size;
    assert!(operator.view().wait_final(size, LONG));
    drop((cosigning, operator));
    // The same names with other keys: the stored lines are of nobody that this policy knows.
    let mut other = config();
    let lines = NAMES.iter().zip(11..).map(|(name, seed)| {
        format!("witness {name} {} {}\n", key(seed, &format!("{name}.example/w")).vkey(), nobody())
    });
    let lines: String = lines.collect();
    other.policy = Some(format!("{lines}group agencies 2 customs fx market\nquorum agencies\n"));
    let folder = zone.folder.path();
    let operator = Operator::open(&folder.join("ledger"), other, tip(folder), clock()).unwrap();
    assert_eq!((operator.view().final_size(), operator.view().final_note().unwrap()), (0, None));
    assert!(operator.view().cosigners(0).unwrap().is_empty());
}
