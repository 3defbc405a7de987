//! Signing in, sessions, second factors, users: as a browser and a program meet them.

use std::sync::atomic::Ordering;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::people::problem;
use super::world::{Answer, World, code, registrations};
use crate::identity::totp::code_of;

const STRONG: &str = "correct horse battery";

/// Somebody's cookie and CSRF token.
struct Session {
    cookie: String,
    csrf: String,
}

impl Session {
    fn with(&self, request: TestRequest) -> TestRequest {
        request.insert_header(("Cookie", self.cookie.clone()))
    }

    fn changing(&self, request: TestRequest) -> TestRequest {
        self.with(request).insert_header(("X-CSRF-Token", self.csrf.clone()))
    }
}

impl World {
    async fn as_administrator(&self, path: &str, body: Value) -> Answer {
        self.call(self.signed(TestRequest::post().uri(path)).set_json(body)).await
    }

    /// Adds a user with a password of the own, and gives the id.
    async fn user(&self, login: &str, audience: &str, organisation: Option<&str>) -> String {
        let body =
            json!({ "login": login, "name": login, "audience": audience, "organisation": organisation });
        let added = self.as_administrator("/api/v1/users", body).await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
        let added = added.json();
        let given = added["one_time_password"].as_str().unwrap();
        let first = json!({ "login": login, "password": given });
        let refused = self.call(TestRequest::post().uri("/api/v1/sessions").set_json(first)).await;
        assert_eq!(problem(&refused), (403, "new_password_required".to_owned()));
        let body = json!({ "login": login, "password": given, "new_password": STRONG });
        let opened = self.call(TestRequest::post().uri("/api/v1/sessions").set_json(body)).await;
        assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
        added["id"].as_str().unwrap().to_owned()
    }

    async fn try_sign_in(&self, login: &str, password: &str, code: &str) -> Answer {
        let body = json!({ "login": login, "password": password, "code": code });
        self.call(TestRequest::post().uri("/api/v1/sessions").set_json(body)).await
    }

    async fn sign_in(&self, login: &str) -> Session {
        session(&self.try_sign_in(login, STRONG, "").await)
    }
}

fn session(answer: &Answer) -> Session {
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"));
    let cookie = cookie.split(';').next().unwrap().to_owned();
    Session { cookie, csrf: answer.json()["csrf_token"].as_str().unwrap().to_owned() }
}

#[actix_web::test]
async fn a_user_signs_in_and_the_api_takes_the_cookie() {
    let world = World::new();
    world.user("zhang", "customs", None).await;
    let session = world.sign_in("ZHANG ").await;
    let me = world.call(session.with(TestRequest::get().uri("/api/v1/me"))).await.json();
    assert_eq!((me["audience"].as_str(), me["organisation"].as_str()), (Some("customs"), Some("customs")));
    assert_eq!(me["csrf_token"].as_str(), Some(session.csrf.as_str()));
    assert!(me["id"].as_str().unwrap().starts_with("user:"));

    let anonymous = world.get("/api/v1/me").await;
    assert_eq!(problem(&anonymous), (401, "sign_in_required".to_owned()));
    let guessed = TestRequest::get().uri("/api/v1/me");
    let guessed =
        world.call(guessed.insert_header(("Cookie", format!("xinji_session={}", "0".repeat(64))))).await;
    assert_eq!(guessed.status, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn a_cookie_alone_changes_nothing() {
    let world = World::new();
    world.user("zhang", "operator", None).await;
    let session = world.sign_in("zhang").await;
    let body = json!({ "login": "li", "name": "Li", "audience": "customs" });
    let forged = session.with(TestRequest::post().uri("/api/v1/users")).set_json(&body);
    assert_eq!(problem(&world.call(forged).await), (403, "csrf_token_required".to_owned()));
    let other = session
        .with(TestRequest::post().uri("/api/v1/users"))
        .insert_header(("X-CSRF-Token", "0".repeat(64)));
    assert_eq!(problem(&world.call(other.set_json(&body)).await), (403, "csrf_token_required".to_owned()));
    let own = session.changing(TestRequest::post().uri("/api/v1/users")).set_json(&body);
    assert_eq!(world.call(own).await.status, StatusCode::CREATED);
}

#[actix_web::test]
async fn a_session_ends_when_idle_after_twelve_hours_and_everywhere_at_once() {
    let world = World::new();
    world.user("zhang", "customs", None).await;
    let status = async |session: &Session| {
        world.call(session.with(TestRequest::get().uri("/api/v1/me"))).await.status.as_u16()
    };
    let idle = world.sign_in("zhang").await;
    world.pass(59 * 60_000);
    assert_eq!(status(&idle).await, 200);
    world.pass(60 * 60_000);
    assert_eq!(status(&idle).await, 401);

    let busy = world.sign_in("zhang").await;
    for _ in 0..23 {
        world.pass(31 * 60_000);
        assert_eq!(status(&busy).await, 200);
    }
    world.pass(10 * 60_000);
    assert_eq!(status(&busy).await, 401);

    let (one, other) = (world.sign_in("zhang").await, world.sign_in("zhang").await);
    let list = world.call(one.with(TestRequest::get().uri("/api/v1/sessions"))).await.json();
    let current = |item: &&Value| item["current"] == true;
    assert_eq!(list["items"].as_array().unwrap().iter().filter(current).count(), 1);
    let ended = world.call(one.changing(TestRequest::delete().uri("/api/v1/sessions/current"))).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!((status(&one).await, status(&other).await), (401, 200));
    let third = world.sign_in("zhang").await;
    let ended = world.call(third.changing(TestRequest::delete().uri("/api/v1/sessions"))).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!((status(&third).await, status(&other).await), (401, 401));
}

/// The same status and the same words for a login that nobody has, with as much work done for it.
#[actix_web::test]
async fn whether_a_login_exists_is_not_told() {
    let world = World::new();
    world.user("zhang", "customs", None).await;
    let id = world.user("li", "customs", None).await;
    world.as_administrator(&format!("/api/v1/users/{id}/disable"), json!({})).await;
    let wrong = world.try_sign_in("zhang", "wrong password 1", "").await;
    let unknown = world.try_sign_in("nobody", "wrong password 1", "").await;
    let disabled = world.try_sign_in("li", STRONG, "").await;
    let words = |answer: &Answer| {
        let mut body = answer.json();
        body["request_id"] = Value::Null;
        (answer.status, body)
    };
    assert_eq!(problem(&wrong), (401, "sign_in_refused".to_owned()));
    assert_eq!(words(&wrong), words(&unknown));
    assert_eq!(words(&wrong), words(&disabled));
    for login in ["zhang", "nobody"] {
        for _ in 0..4 {
            world.try_sign_in(login, "wrong password 1", "").await;
        }
    }
    let (known, unknown) =
        (world.try_sign_in("zhang", STRONG, "").await, world.try_sign_in("nobody", STRONG, "").await);
    assert_eq!(problem(&known), (429, "too_many_attempts".to_owned()));
    assert_eq!(words(&known), words(&unknown));
    assert_eq!(known.header("retry-after"), unknown.header("retry-after"));
}

#[actix_web::test]
async fn wrong_passwords_wait_longer_each_time_and_a_right_one_starts_anew() {
    let world = World::new();
    world.user("zhang", "customs", None).await;
    let attempt = async |password: &str| problem(&world.try_sign_in("zhang", password, "").await).0;
    for _ in 0..5 {
        assert_eq!(attempt("wrong password 1").await, 401);
    }
    assert_eq!(attempt(STRONG).await, 429);
    // Knocking at the closed door does not keep it closed.
    world.pass(29_000);
    assert_eq!(attempt(STRONG).await, 429);
    world.pass(1_000);
    assert_eq!(attempt("wrong password 1").await, 401);
    world.pass(30_000);
    assert_eq!(attempt(STRONG).await, 429, "the second delay is twice as long");
    world.pass(30_000);
    world.sign_in("zhang").await;
    for _ in 0..5 {
        assert_eq!(attempt("wrong password 1").await, 401);
    }
}

/// A hundred guesses at the same time are a hundred guesses.
#[actix_web::test]
async fn guesses_at_the_same_time_are_all_counted() {
    let world = World::new();
    world.user("zhang", "customs", None).await;
    let guesses = (0..20).map(|_| world.try_sign_in("zhang", "wrong password 1", ""));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.status == StatusCode::UNAUTHORIZED).count();
    assert_eq!(looked_at, 5);
}

#[actix_web::test]
async fn with_a_second_factor_a_code_is_taken_once() {
    let world = World::new();
    let id = world.user("zhang", "customs", None).await;
    let session = world.sign_in("zhang").await;
    let now = || world.clock.0.load(Ordering::SeqCst);
    let post = async |path: &str, body: Value| {
        world.call(session.changing(TestRequest::post().uri(path)).set_json(body)).await
    };
    let begun = post("/api/v1/me/second-factor", json!({})).await.json();
    let secret = begun["secret"].as_str().unwrap().to_owned();
    // Until a code was confirmed nothing changes.
    world.sign_in("zhang").await;
    let wrong = post("/api/v1/me/second-factor/confirm", json!({ "code": "000000" })).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let code = code_of(&secret, now());
    let confirmed = post("/api/v1/me/second-factor/confirm", json!({ "code": code })).await;
    assert_eq!(confirmed.status, StatusCode::NO_CONTENT, "{}", confirmed.text());

    let attempt = async |code: &str| problem(&world.try_sign_in("zhang", STRONG, code).await).0;
    assert_eq!(attempt("").await, 401);
    assert_eq!(attempt(&code).await, 401, "the code that confirmed was used");
    world.pass(30_000);
    let code = code_of(&secret, now());
    assert_eq!(world.try_sign_in("zhang", STRONG, &code).await.status, StatusCode::CREATED);
    assert_eq!(attempt(&code).await, 401, "a code is used once");

    let path = format!("/api/v1/users/{id}/reset");
    let reset = world.as_administrator(&path, json!({ "second_factor": true })).await.json();
    let body = json!({ "login": "zhang", "password": reset["one_time_password"], "new_password": "another good one" });
    let opened = world.call(TestRequest::post().uri("/api/v1/sessions").set_json(body)).await;
    assert_eq!(opened.status, StatusCode::CREATED);
}

#[actix_web::test]
async fn a_changed_password_ends_the_other_sessions() {
    let world = World::new();
    world.user("zhang", "customs", None).await;
    let (one, other) = (world.sign_in("zhang").await, world.sign_in("zhang").await);
    let change = async |old: &str, new: &str| {
        let body = json!({ "old_password": old, "new_password": new });
        world.call(one.changing(TestRequest::post().uri("/api/v1/me/password")).set_json(body)).await
    };
    assert_eq!(problem(&change("wrong password 1", "another good one").await).0, 401);
    assert_eq!(problem(&change(STRONG, "short").await).1, "weak_password");
    assert_eq!(problem(&change(STRONG, STRONG).await).1, "weak_password");
    assert_eq!(change(STRONG, "another good one").await.status, StatusCode::NO_CONTENT);
    let status = async |session: &Session| {
        world.call(session.with(TestRequest::get().uri("/api/v1/me"))).await.status.as_u16()
    };
    assert_eq!((status(&one).await, status(&other).await), (200, 401));
    assert_eq!(world.try_sign_in("zhang", STRONG, "").await.status, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn only_the_operator_manages_users() {
    let world = World::new();
    for (login, audience) in [("officer", "customs"), ("reviewer", "reviewer"), ("agent", "enterprise")] {
        let id = world.user(login, audience, None).await;
        let session = world.sign_in(login).await;
        let body = json!({ "login": "x1", "name": "X", "audience": "operator" });
        let add = world.call(session.changing(TestRequest::post().uri("/api/v1/users")).set_json(body)).await;
        assert_eq!(problem(&add), (403, "role_required".to_owned()), "{login}");
        let path = format!("/api/v1/users/{id}/disable");
        let disable = world.call(session.changing(TestRequest::post().uri(&path))).await;
        assert_eq!(problem(&disable).1, "role_required", "{login}");
        let list = world.call(session.with(TestRequest::get().uri("/api/v1/users"))).await;
        assert_eq!(list.status == StatusCode::OK, login == "reviewer");
        let own = world.call(session.with(TestRequest::get().uri(&format!("/api/v1/users/{id}")))).await;
        assert_eq!(own.status, StatusCode::OK);
        assert!(!own.text().contains("argon2"));
    }
    let twice = json!({ "login": "Agent", "name": "X", "audience": "customs" });
    assert_eq!(problem(&world.as_administrator("/api/v1/users", twice).await).1, "login_taken");
    let bank = json!({ "login": "bank", "name": "X", "audience": "financier" });
    assert_eq!(problem(&world.as_administrator("/api/v1/users", bank).await).1, "invalid_body");
}

/// A financier or agent sees no more than anybody until the policies and letters say so.
#[actix_web::test]
async fn signing_in_alone_opens_nothing() {
    let world = World::new();
    world.take("registration", &registrations([1])).await;
    world.user("bank", "financier", Some(&code(9))).await;
    let session = world.sign_in("bank").await;
    let path = format!("/api/v1/enterprises/{}/rating", code(1));
    let request = session.with(TestRequest::get().uri(&path)).insert_header(("X-Purpose", "credit_approval"));
    let answer = world.call(request).await;
    assert!(!answer.text().contains("score"), "{}", answer.text());
}

#[actix_web::test]
async fn the_last_use_is_written_at_most_once_a_minute() {
    let world = World::new();
    world.user("zhang", "customs", None).await;
    let session = world.sign_in("zhang").await;
    let seen = async || {
        let list = world.call(session.with(TestRequest::get().uri("/api/v1/sessions"))).await.json();
        let items = list["items"].as_array().unwrap().clone();
        items.iter().find(|item| item["current"] == true).unwrap()["seen_at"].clone()
    };
    let first = seen().await;
    world.pass(30_000);
    assert_eq!(seen().await, first);
    world.pass(31_000);
    for _ in 0..500 {
        if seen().await != first {
            return;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the use is not written");
}
