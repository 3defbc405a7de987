//! A rating until it is final: with a witness that answers over HTTP.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use actix_web::{App, HttpServer};
use ed25519_dalek::SigningKey;
use ledger::entry::{DigestKind, Entry};
use ledger::note::{KeyKind, Signer};
use ledger::policy::Policy;
use ledger::verify::{verify_proof, verify_status};
use node::log_policy::LogPolicy;
use node::proofs::ListAsked;
use node::view::LedgerView;
use node::witness::{Mode, Witness, WitnessConfig, witness_routes};

use super::world::{World, code, registrations};
use crate::anchoring::{policy, receipts};
use crate::http::state::Limits;

const LONG: Duration = Duration::from_secs(20);

/// A witness at a free port of this machine, and the policy that asks for it alone.
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
    let witness = Arc::new(Witness::open(config).unwrap());
    let served = Arc::clone(&witness);
    let server = HttpServer::new(move || {
        let witness = Arc::clone(&served);
        App::new().configure(move |app| witness_routes(app, "", &witness))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    actix_web::rt::spawn(server.run());
    (witness, format!("witness customs {vkey} http://{address}/\nquorum customs\n"))
}

#[actix_web::test]
async fn a_rating_is_final_once_the_witness_has_cosigned() {
    let folder = tempfile::tempdir().unwrap();
    let (witness, policy) = witness(folder.path());
    let file = folder.path().join("policy.txt");
    std::fs::write(&file, policy).unwrap();
    let world = World::configured(Limits::default(), &[("policy", file.to_string_lossy().into_owned())]);
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
    world.clock.0.fetch_add(1_000, std::sync::atomic::Ordering::SeqCst);
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
    let (_, text) = witness(tempfile::tempdir().unwrap().path());
    let other = LogPolicy::read(&text, std::slice::from_ref(view.vkey())).unwrap();
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
