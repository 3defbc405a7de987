//! A rating until it is final: with a witness that answers over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::dev::{Service as DevService, ServiceRequest};
use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use actix_web::{App, HttpServer};
use ed25519_dalek::SigningKey;
use ledger::entry::{DigestKind, Entry};
use ledger::note::{KeyKind, Signer};
use ledger::policy::Policy;
use ledger::verify::{verify_proof, verify_status};
use node::http::ledger_scope;
use node::log_policy::LogPolicy;
use node::proofs::ListAsked;
use node::view::LedgerView;
use node::witness::{Mode, Witness, WitnessConfig, witness_routes};

use super::world::{World, code, registrations};
use crate::anchoring::{Anchor, policy, receipts};
use crate::config::Config;
use crate::http::state::Limits;
use crate::service::Service;

const LONG: Duration = Duration::from_secs(20);

/// A witness, and what a policy says of it before the address.
fn witness(folder: &std::path::Path) -> (Arc<Witness>, String) {
    let signer =
        Signer::new("customs.example/w", KeyKind::CosignatureV1, SigningKey::from_bytes(&[5; 32])).unwrap();
    let vkey = signer.vkey().to_string();
    let config = WitnessConfig {
        folder: folder.join("witness"),
        signer,
        mode: Mode::Consistency,
        clock: Arc::new(node::clock::SystemClock),
        on_conflict: None,
    };
    (Arc::new(Witness::open(config).unwrap()), format!("witness customs {vkey}"))
}

/// Serves a witness at a free port of this machine, where it counts who asks, and gives the address.
fn serve(witness: &Arc<Witness>, asked: &Arc<AtomicUsize>) -> String {
    let (witness, asked) = (Arc::clone(witness), Arc::clone(asked));
    let server = HttpServer::new(move || {
        let (witness, asked) = (Arc::clone(&witness), Arc::clone(&asked));
        let count = move |request: ServiceRequest, service: &_| {
            asked.fetch_add(1, Ordering::SeqCst);
            DevService::call(service, request)
        };
        App::new().wrap_fn(count).configure(move |app| witness_routes(app, "", &witness))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    actix_web::rt::spawn(server.run());
    format!("http://{address}/")
}

/// A file with the policy that asks for one witness alone.
fn policy_file(folder: &std::path::Path, name: &str, witness: &str, url: &str) -> (&'static str, String) {
    let file = folder.join(name);
    std::fs::write(&file, format!("{witness} {url}\nquorum customs\n")).unwrap();
    ("policy", file.to_string_lossy().into_owned())
}

/// Waits for something that a thread does.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Of two processes that have the log and the witness in their policy, only the active one asks.
#[actix_web::test]
async fn a_standby_leaves_the_witnesses_to_the_active_operator() {
    let folder = tempfile::tempdir().unwrap();
    let (witness, line) = witness(folder.path());
    let asked: [Arc<AtomicUsize>; 2] = [Arc::default(), Arc::default()];
    let [ours, theirs] = [0, 1].map(|at| serve(&witness, &asked[at]));
    let world = World::configured(Limits::default(), &[policy_file(folder.path(), "ours.txt", &line, &ours)]);
    let (active, clock) = (&world.state.anchor, &world.state.service.clock);
    witness.trust(active.view().vkey().name(), vec![active.view().vkey().clone()]).unwrap();
    let _cosigning = active.start_cosigning(clock).unwrap();
    world.take("registration", &registrations([1])).await;
    until("final", || active.view().final_size() == active.view().published_size()).await;

    let view = Arc::clone(active.view());
    let tiles = HttpServer::new(move || App::new().service(ledger_scope(Arc::clone(&view))));
    let tiles = tiles.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let (peer, first) = (format!("http://{}/ledger", tiles.addrs()[0]), &world.state.service.config);
    actix_web::rt::spawn(tiles.run());
    let text = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
    let settings = [
        ("data", text(folder.path().join("beside"))),
        ("database_url", format!("sqlite://{}", text(first.data.join("credit.db")))),
        ("keys", text(first.keys_dir())),
        ("ledger_peer_url", peer),
        policy_file(folder.path(), "theirs.txt", &line, &theirs),
    ];
    let config = Config::load(None, std::iter::empty(), &settings).unwrap();
    let service = Service::open_with(config, world.clock.clone()).unwrap();
    let standby = Anchor::open_or_stand_by(&service.config, &service.database, &service.clock).unwrap();
    let standby = Arc::new(standby);
    let _waiting = standby.start_cosigning(&service.clock).unwrap();
    let look = || {
        let standby = Arc::clone(&standby);
        actix_web::web::block(move || standby.look().unwrap())
    };
    for number in [2, 3] {
        assert!(!look().await.unwrap());
        let (ours, theirs) = (active.view(), standby.view());
        assert_eq!(theirs.published_size(), ours.published_size(), "{:?}", standby.status());
        // It has what the witness told the active one, and did not ask.
        assert_eq!(theirs.final_size(), ours.final_size());
        assert_eq!(theirs.final_note().unwrap(), ours.final_note().unwrap());
        // For the newest leaf: an older one may be cosigned under a checkpoint between, which the standby never saw.
        let newest = ours.published_size() - 1;
        assert_eq!(theirs.cosigners(newest).unwrap(), ours.cosigners(newest).unwrap());
        world.take("registration", &registrations([number])).await;
        until("final", || active.view().final_size() == active.view().published_size()).await;
    }
    actix_web::rt::time::sleep(Duration::from_millis(1_200)).await;
    assert!(asked[0].load(Ordering::SeqCst) > 0);
    assert_eq!(asked[1].load(Ordering::SeqCst), 0, "a standby asked the witness");

    // Once it has taken over, it asks: its policy is another text, whose digest is anchored.
    active.resign();
    while !look().await.unwrap() {}
    assert!(policy::publish(&service.database, service.clock.as_ref(), standby.view()).unwrap());
    let before = standby.view().published_size();
    assert_eq!(standby.drain(|_| {}).unwrap(), 1);
    until("final again", || standby.view().final_size() > before).await;
    assert!(asked[1].load(Ordering::SeqCst) > 0);
}

#[actix_web::test]
async fn a_rating_is_final_once_the_witness_has_cosigned() {
    let folder = tempfile::tempdir().unwrap();
    let (witness, line) = witness(folder.path());
    let url = serve(&witness, &Arc::default());
    let world =
        World::configured(Limits::default(), &[policy_file(folder.path(), "policy.txt", &line, &url)]);
    let view = world.state.anchor.view().clone();
    let _cosigning = world.state.anchor.start_cosigning(&world.state.service.clock).unwrap();
    world.take("registration", &registrations([1])).await;
    let path = format!("/api/v1/enterprises/{}/rating", code(1));

    // The witness does not know the log yet, so it cosigns nothing.
    let anchor = world.read(&path).await.json()["anchor"].clone();
    assert_eq!(
        (anchor["state"].as_str(), anchor["cosigners"].as_array().unwrap().len()),
        (Some("sequenced"), 0)
    );
    assert!(anchor["text"].as_str().unwrap().contains("等待见证方联署"), "{anchor}");

    witness.trust(view.vkey().name(), vec![view.vkey().clone()]).unwrap();
    let size = view.published_size();
    let waited = actix_web::web::block({
        let view = Arc::clone(&view);
        move || view.wait_final(size, LONG)
    });
    assert!(waited.await.unwrap());
    world.pass(1_000);
    let anchor = world.read(&path).await.json()["anchor"].clone();
    assert_eq!(anchor["state"], "final", "{anchor}");
    assert_eq!(anchor["cosigners"][0]["name"], "customs");
    assert_eq!(anchor["cosigners"][0]["size"].as_u64(), Some(size));
    assert!(anchor["cosigners"][0]["at"].as_str().unwrap().ends_with(".000Z"), "{anchor}");
    let history = world.read(&format!("/api/v1/enterprises/{}/ratings", code(1))).await.json();
    assert_eq!(history["items"][0]["anchor"], anchor);

    // The receipt carries the cosignature, and its checkpoint is the final one.
    let receipt = world.read(&format!("/api/v1/enterprises/{}/receipt", code(1))).await.json();
    let proof = receipt["proof"].as_str().unwrap();
    assert!(proof.contains("\u{2014} customs.example/w "), "{proof}");
    assert!(proof.ends_with(&view.final_note().unwrap().unwrap()), "{proof}");

    // The bare proof is asked for by the query or by what is accepted, and holds its entry.
    let trusted: Policy = view.policy().parse().unwrap();
    let path = format!("/api/v1/enterprises/{}/receipt", code(1));
    let bare = world.read(&format!("{path}?format=tlog-proof")).await;
    assert_eq!(bare.header("content-type"), "text/x.tlog-proof");
    assert!(bare.header("content-disposition").ends_with(".tlog-proof\""));
    assert!(verify_proof(bare.text().as_bytes(), None, &trusted).unwrap().is_final());
    let asked = TestRequest::get().uri(&path).insert_header(("Accept", "text/x.tlog-proof"));
    let accepted = world.call(world.signed(asked).insert_header(("X-Purpose", "supervision"))).await;
    assert_eq!(accepted.text(), bare.text());
    assert_eq!(world.read(&format!("{path}?format=xml")).await.status, StatusCode::BAD_REQUEST);

    // What the ledger says of the enterprise, and of one that nobody knows.
    let ledger = world.state.anchor.reader();
    let lists = [ListAsked { list: 1, is_public: true }];
    let status = receipts::status(&ledger, &code(1), &lists).unwrap();
    let report = verify_status(status.as_bytes(), &trusted).unwrap();
    assert!(report.is_final() && report.rating.unwrap().is_some() && !report.lists[0].is_listed());
    let nobody = receipts::status(&ledger, &code(9), &lists).unwrap();
    assert_eq!(verify_status(nobody.as_bytes(), &trusted).unwrap().rating, Some(None));
    let many = [lists[0]; 65];
    assert!(receipts::status(&ledger, &code(1), &many).unwrap_err().to_string().contains("65 lists"));
}

#[actix_web::test]
async fn a_changed_policy_is_anchored_once() {
    let world = World::configured(Limits::default(), &[]);
    let (database, clock) = (&world.state.service.database, world.state.service.clock.as_ref());
    let publish = |view| policy::publish(database, clock, view).unwrap();
    // The first policy is in the genesis.
    assert!(!publish(world.state.anchor.view()));
    let view = world.state.anchor.view();
    let (_, line) = witness(tempfile::tempdir().unwrap().path());
    let other =
        LogPolicy::read(&format!("{line}\nquorum customs\n"), std::slice::from_ref(view.vkey())).unwrap();
    let other = LedgerView::new(Arc::clone(view.store()), view.vkey().clone(), other).unwrap();
    assert!(publish(&other));
    assert!(!publish(&other));
    assert!(publish(view), "back to the first one is a change too");
    let before = view.published_size();
    world.state.anchor.drain(|_| {}).unwrap();
    let entries: Vec<Entry> = (before..view.published_size())
        .map(|index| Entry::decode_strict(&view.entry(index).unwrap()).unwrap())
        .filter(|entry| matches!(entry, Entry::Digest { kind: DigestKind::Policy, .. }))
        .collect();
    assert_eq!(entries.len(), 2);
}
