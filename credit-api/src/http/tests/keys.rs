//! API keys and letters of authorisation.

use std::sync::atomic::Ordering;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::people::problem;
use super::world::{Answer, World, code, registrations};
use crate::identity::Actor;

impl World {
    async fn make_key(&self, body: Value) -> (String, String) {
        let made = self.call(self.signed(TestRequest::post().uri("/api/v1/keys")).set_json(body)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let made = made.json();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        assert!(text("secret").starts_with(&text("prefix")));
        (text("id"), text("secret"))
    }

    async fn with_key(&self, key: &str, request: TestRequest) -> Answer {
        self.by(key, "", request).await
    }

    async fn status_of(&self, key: &str) -> u16 {
        self.with_key(key, TestRequest::get().uri("/api/v1/me")).await.status.as_u16()
    }
}

fn department(scopes: &[&str]) -> Value {
    json!({ "name": "customs batch", "audience": "customs", "organisation": "5115", "scopes": scopes })
}

#[actix_web::test]
async fn a_key_is_shown_once_and_only_its_hash_is_stored() {
    let world = World::new();
    let (id, secret) = world.make_key(department(&["read"])).await;
    let me = world.with_key(&secret, TestRequest::get().uri("/api/v1/me")).await.json();
    assert_eq!((me["means"].as_str(), me["audience"].as_str()), (Some("key"), Some("customs")));
    assert_eq!(me["id"].as_str(), Some(format!("key:{id}").as_str()));
    let list = world.call(world.signed(TestRequest::get().uri("/api/v1/keys"))).await;
    assert!(list.text().contains(&id));
    let tail = secret.rsplit('_').next().unwrap();
    assert!(!list.text().contains(tail));
    let folder = world.state.service.config.data.clone();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(tail.len()).any(|window| window == tail.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    for wrong in [format!("{secret}0"), secret.replace(tail, &"0".repeat(64)), "xj_".to_owned()] {
        let answer = world.with_key(&wrong, TestRequest::get().uri("/api/v1/me")).await;
        assert_eq!(problem(&answer), (401, "invalid_token".to_owned()));
    }
}

#[actix_web::test]
async fn a_key_is_for_its_scopes_alone() {
    let world = World::new();
    world.take("registration", &registrations([1])).await;
    let (_, read) = world.make_key(department(&["read"])).await;
    let path = format!("/api/v1/enterprises/{}", code(1));
    assert_eq!(world.with_key(&read, TestRequest::get().uri(&path)).await.status, StatusCode::OK);
    for request in [
        TestRequest::get().uri("/api/v1/batches"),
        TestRequest::post().uri("/api/v1/users"),
        TestRequest::post().uri("/api/v1/me/password"),
        TestRequest::delete().uri("/api/v1/sessions"),
        TestRequest::post().uri(&format!("{path}/rating/sign-off")),
    ] {
        let answer = world.with_key(&read, request).await;
        assert_eq!(problem(&answer), (403, "scope_missing".to_owned()));
    }
    let source =
        json!({ "name": "s", "audience": "source", "organisation": "registration", "scopes": ["intake"] });
    let (_, source) = world.make_key(source).await;
    let other = TestRequest::post().uri("/api/v1/sources/penalties/batches").set_payload("x");
    assert_eq!(problem(&world.with_key(&source, other).await), (403, "scope_missing".to_owned()));

    for refused in [
        department(&["identity"]),
        department(&[]),
        department(&["everything"]),
        json!({ "name": "x", "audience": "operator", "scopes": ["read"] }),
        json!({ "name": "x", "audience": "financier", "scopes": ["read"] }),
        json!({ "name": "x", "audience": "customs", "scopes": ["read"], "expires_in_days": 367 }),
        json!({ "name": "", "audience": "customs", "scopes": ["read"] }),
    ] {
        let made = world.call(world.signed(TestRequest::post().uri("/api/v1/keys")).set_json(&refused)).await;
        assert_eq!(problem(&made), (400, "invalid_body".to_owned()), "{refused}");
    }
}

#[actix_web::test]
async fn a_key_ends_by_itself_is_rotated_with_an_overlap_and_revoked_at_once() {
    let world = World::new();
    let (id, old) = world.make_key(department(&["read"])).await;
    let rotate = |id: &str| TestRequest::post().uri(&format!("/api/v1/keys/{id}/rotate")).set_json(json!({}));
    let answer = world.call(world.signed(rotate(&id))).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let new = answer.json();
    let (new_id, new) = (new["id"].as_str().unwrap(), new["secret"].as_str().unwrap());
    assert_eq!((world.status_of(&old).await, world.status_of(new).await), (200, 200));
    assert_eq!(problem(&world.call(world.signed(rotate(&id))).await), (409, "wrong_state".to_owned()));
    world.later(1);
    assert_eq!((world.status_of(&old).await, world.status_of(new).await), (401, 200));

    let revoke = || world.signed(TestRequest::delete().uri(&format!("/api/v1/keys/{new_id}")));
    assert_eq!(world.call(revoke()).await.json()["state"], "revoked");
    assert_eq!(world.status_of(new).await, 401);
    assert_eq!(problem(&world.call(revoke()).await), (409, "wrong_state".to_owned()));

    let (_, short) = world
        .make_key(json!({ "name": "x", "audience": "tax", "scopes": ["read"], "expires_in_days": 1 }))
        .await;
    assert_eq!(world.status_of(&short).await, 200);
    world.later(1);
    assert_eq!(world.status_of(&short).await, 401);
}

/// A second process over the same database, as `credit-api key revoke` beside a running service.
#[actix_web::test]
async fn a_key_that_another_process_revokes_is_none_once_that_is_said() {
    let world = World::new();
    let (id, secret) = world.make_key(department(&["read"])).await;
    let trust = crate::identity::TRUST;
    let running = crate::identity::Identity::new(world.state.service.clone(), None, trust);
    assert!(running.key(&secret).unwrap().is_some());
    assert!(running.recall(&secret).is_some(), "remembered without a query");
    let other = crate::identity::Identity::new(world.state.service.clone(), None, trust);
    other.revoke_key(&Actor::at_terminal("x"), &id).unwrap();
    assert!(running.recall(&secret).is_none());
    assert!(running.key(&secret).unwrap().is_none());
}

#[actix_web::test]
async fn a_disabled_user_has_neither_sessions_nor_keys() {
    let world = World::new();
    let user = json!({ "login": "zhang", "name": "Zhang", "audience": "customs" });
    let added =
        world.call(world.signed(TestRequest::post().uri("/api/v1/users")).set_json(user)).await.json();
    let (_, key) =
        world.make_key(json!({ "name": "own", "user": "zhang", "scopes": ["read", "share"] })).await;
    assert_eq!(world.status_of(&key).await, 200);
    let verb = |verb: &str| {
        let path = format!("/api/v1/users/{}/{verb}", added["id"].as_str().unwrap());
        world.signed(TestRequest::post().uri(&path))
    };
    assert_eq!(world.call(verb("disable")).await.json()["state"], "disabled");
    assert_eq!(world.status_of(&key).await, 401);
    assert_eq!(world.call(verb("enable")).await.json()["state"], "active");
    assert_eq!(world.status_of(&key).await, 401, "a key stays revoked");
}

#[actix_web::test]
async fn a_repeated_request_makes_no_second_key_and_gives_no_secret() {
    let world = World::new();
    let request = || {
        let request = world.signed(TestRequest::post().uri("/api/v1/keys"));
        request.insert_header(("Idempotency-Key", "k-1")).set_json(department(&["read"]))
    };
    let (first, second) = (world.call(request()).await, world.call(request()).await);
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
    let (first, second) = (first.json(), second.json());
    assert_eq!(first["id"], second["id"]);
    assert!(first["secret"].is_string() && second["secret"].is_null());
}

#[actix_web::test]
async fn the_limit_of_a_key_is_its_own() {
    let world = World::new();
    let (_, slow) = world
        .make_key(json!({ "name": "slow", "audience": "tax", "scopes": ["read"], "per_second": 1 }))
        .await;
    let (_, other) = world.make_key(department(&["read"])).await;
    let answer = world.with_key(&slow, TestRequest::get().uri("/api/v1/me")).await;
    assert_eq!(answer.header("ratelimit-policy"), "\"tax\";q=10;w=10");
    for _ in 0..9 {
        assert_eq!(world.status_of(&slow).await, 200);
    }
    assert_eq!((world.status_of(&slow).await, world.status_of(&other).await), (429, 200));
}

const LETTER: &[u8] = b"%PDF-1.4 a letter";

impl World {
    async fn agent(&self) -> String {
        let user = json!({ "login": "agent", "name": "Agent", "audience": "enterprise" });
        let added = self.call(self.signed(TestRequest::post().uri("/api/v1/users")).set_json(user)).await;
        added.json()["id"].as_str().unwrap().to_owned()
    }

    async fn letter(&self, query: &str, file: &'static [u8]) -> Answer {
        let path = format!("/api/v1/users/agent/letters?{query}");
        self.call(self.signed(TestRequest::post().uri(&path)).set_payload(file)).await
    }

    async fn decide(&self, key: &str, letter: &str, verb: &str) -> Answer {
        let path = format!("/api/v1/letters/{letter}/{verb}");
        self.sent(key, &path, "", json!({ "reason": "checked" })).await
    }
}

#[actix_web::test]
async fn two_persons_bind_an_agent_to_an_enterprise_and_one_ends_it() {
    let world = World::new();
    world.agent().await;
    let (_, agent) = world.make_key(json!({ "name": "a", "user": "agent", "scopes": ["read"] })).await;
    let reviewer = json!({ "login": "reviewer", "name": "R", "audience": "reviewer" });
    world.call(world.signed(TestRequest::post().uri("/api/v1/users")).set_json(reviewer)).await;
    let (_, reviewer) =
        world.make_key(json!({ "name": "r", "user": "reviewer", "scopes": ["read", "decide"] })).await;
    let enterprises = async || {
        let me = world.with_key(&agent, TestRequest::get().uri("/api/v1/me")).await.json();
        me["enterprises"].clone()
    };

    // Today is 2026-11-23 in Shanghai.
    let query = format!("uscc={}&valid_from=2026-11-24&valid_to=2026-11-25&reason=on%20file", code(1));
    let proposed = world.letter(&query, LETTER).await;
    assert_eq!(proposed.status, StatusCode::CREATED, "{}", proposed.text());
    let id = proposed.json()["id"].as_str().unwrap().to_owned();
    let same = world.signed(TestRequest::post().uri(&format!("/api/v1/letters/{id}/approve")));
    let same = world.call(same.set_json(json!({ "reason": "x" }))).await;
    assert_eq!(problem(&same), (409, "same_person".to_owned()));
    assert_eq!(world.decide(&reviewer, &id, "approve").await.json()["state"], "approved");
    assert_eq!(problem(&world.decide(&reviewer, &id, "refuse").await), (409, "wrong_state".to_owned()));

    let day = 24 * 60 * 60_000;
    assert_eq!(enterprises().await, json!([]));
    world.clock.0.fetch_add(day, Ordering::SeqCst);
    assert_eq!(enterprises().await, json!([code(1)]));
    world.clock.0.fetch_add(2 * day, Ordering::SeqCst);
    assert_eq!(enterprises().await, json!([]));

    let query = format!("uscc={}&valid_from=2026-11-01&valid_to=2027-10-31&reason=new", code(2));
    let id = world.letter(&query, LETTER).await.json()["id"].as_str().unwrap().to_owned();
    world.decide(&reviewer, &id, "approve").await;
    assert_eq!(enterprises().await, json!([code(2)]));
    assert_eq!(world.decide(&reviewer, &id, "revoke").await.json()["state"], "revoked");
    assert_eq!(enterprises().await, json!([]));

    let file = world.call(world.signed(TestRequest::get().uri(&format!("/api/v1/letters/{id}/file")))).await;
    assert_eq!((file.body.as_slice(), file.header("content-type")), (LETTER, "application/pdf"));
}

#[actix_web::test]
async fn a_letter_that_cannot_be_one_is_refused() {
    let world = World::new();
    world.agent().await;
    let dates = "valid_from=2026-11-01&valid_to=2027-10-31&reason=r";
    let good = code(1);
    for (query, file) in [
        (format!("uscc={good}&{dates}"), b"<script>".as_slice()),
        (format!("uscc={good}&{dates}"), b"".as_slice()),
        (format!("uscc=1&{dates}"), LETTER),
        (format!("uscc={good}&valid_from=2026-11-01&valid_to=2026-10-31&reason=r"), LETTER),
        (format!("uscc={good}&valid_from=2026-11-01&valid_to=2036-10-31&reason=r"), LETTER),
        (format!("uscc={good}&valid_from=2026-11-01&valid_to=2026-11-31&reason=r"), LETTER),
        (dates.to_owned(), LETTER),
    ] {
        let answer = world.letter(&query, file).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}: {}", answer.text());
    }
}
