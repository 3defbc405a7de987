//! The log over HTTP, and appending from the same machine.

use crate::common::{entries, entry, open};
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use base64::Engine;
use ledger::checkpoint::Checkpoint;
use ledger::entry::Entry;
use ledger::merkle;
use node::Sequencer;
use node::http::append::{AppendAccess, append_scope};
use node::http::ledger_scope;
use serde_json::json;
use std::sync::Arc;

#[actix_web::test]
async fn a_client_rebuilds_the_root_from_tiles() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    operator.append(entries(0..300)).unwrap();
    let app = init_service(App::new().service(ledger_scope(operator.view().clone()))).await;
    let get = async |path: &str| {
        let response = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        let header = |name| response.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
        let (status, kind, cache) = (response.status(), header(CONTENT_TYPE), header(CACHE_CONTROL));
        (status, kind, cache, read_body(response).await)
    };

    let (status, kind, cache, vkey) = get("/ledger/log.vkey").await;
    assert_eq!(
        (status, kind.as_str(), cache.as_str()),
        (StatusCode::OK, "text/plain; charset=utf-8", "no-cache")
    );
    let vkey = std::str::from_utf8(&vkey).unwrap().trim().parse().unwrap();
    let (_, _, cache, note) = get("/ledger/checkpoint").await;
    assert_eq!(cache, "no-cache");
    let (checkpoint, _) = Checkpoint::open(&note, &vkey).unwrap();
    assert_eq!(checkpoint.size, 304);

    let (_, kind, cache, full) = get("/ledger/tile/entries/000").await;
    assert_eq!(kind, "application/octet-stream");
    assert!(cache.contains("immutable"));
    let (_, _, cache, partial) = get("/ledger/tile/entries/001.p/48").await;
    assert!(!cache.contains("immutable"));
    let mut leaves = Vec::new();
    for (bundle, width) in [(&full, 256), (&partial, 48)] {
        for entry in ledger::tile::parse_bundle(bundle, width).unwrap() {
            leaves.push(merkle::leaf_hash(entry));
        }
    }
    assert_eq!(merkle::root(&leaves), checkpoint.root);
    let (_, _, _, tile) = get("/ledger/tile/1/000.p/1").await;
    assert_eq!(tile, merkle::root(&leaves[..256]).to_vec());

    for missing in ["tile/0/002", "tile/0/001", "tile/0/001.p/49", "tile/0/0", "tile/x", "nothing"] {
        let (status, ..) = get(&format!("/ledger/{missing}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{missing}");
    }
    let (_, kind, _, types) = get("/ledger/types.json").await;
    assert_eq!(kind, "application/json");
    let genesis = match Entry::decode_strict(&operator.view().entry(0).unwrap()).unwrap() {
        Entry::Genesis(genesis) => genesis,
        other => unreachable!("{other:?}"),
    };
    let digest: [u8; 32] =
        sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), &types))
            .into();
    assert_eq!(genesis.types_digest, digest);
    let (_, kind, _, types) = get("/ledger/types.scale").await;
    assert_eq!((kind.as_str(), &*types), ("application/octet-stream", ledger::types::TYPES_SCALE));
    let (_, _, _, policy) = get("/ledger/witnesses.txt").await;
    ledger::policy::Policy::parse(&policy).unwrap();
}

#[actix_web::test]
async fn only_this_machine_with_the_token_appends() {
    let folder = tempfile::tempdir().unwrap();
    let operator = Arc::new(open(folder.path()).unwrap());
    let sequencer = Arc::new(Sequencer::start(operator.clone()).unwrap());
    let access = web::Data::new(AppendAccess::new(sequencer, "secret"));
    let app = init_service(App::new().service(append_scope(access))).await;
    let mut refused = entry(0);
    if let Some(env) = refused.entry.env_mut() {
        env.commitment = [8; 32];
    }
    let of = |new: &node::NewEntry| {
        let bytes = new.entry.encode_checked().unwrap();
        json!({ "cause": hex::encode(new.cause),
                "entry": base64::engine::general_purpose::STANDARD.encode(bytes) })
    };
    let body = json!({ "entries": [of(&entry(0)), of(&entry(1)), of(&refused), of(&entry(0))] });
    let post = async |peer: &str, token: &str, body: &serde_json::Value| {
        let request = TestRequest::post()
            .uri("/append")
            .peer_addr(peer.parse().unwrap())
            .insert_header((AUTHORIZATION, token))
            .set_json(body)
            .to_request();
        let response = call_service(&app, request).await;
        (response.status(), read_body(response).await)
    };
    let here = "127.0.0.1:4000";
    assert_eq!(post("192.0.2.1:4000", "Bearer secret", &body).await.0, StatusCode::FORBIDDEN);
    assert_eq!(post(here, "Bearer other", &body).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(post(here, "secret", &body).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(operator.view().published_size(), 2);

    let (status, answer) = post(here, "Bearer secret", &body).await;
    assert_eq!(status, StatusCode::OK);
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let results = &answer["results"];
    assert_eq!(results[0]["index"], 2);
    assert_eq!(results[0]["duplicate"], false);
    assert!(results[2]["error"].is_string(), "{results}");
    assert_eq!((&results[3]["index"], &results[3]["duplicate"]), (&json!(2), &json!(true)));
    crate::common::audit(&operator);

    let bad = json!({ "entries": [{ "cause": "00", "entry": "" }] });
    assert_eq!(post(here, "Bearer secret", &bad).await.0, StatusCode::BAD_REQUEST);
    let bad = json!({ "entries": [{ "cause": "00".repeat(32), "entry": "AAAA" }] });
    assert_eq!(post(here, "Bearer secret", &bad).await.0, StatusCode::BAD_REQUEST);
}
