//! Who signs in, and what is sent in whose name.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::world::{Answer, World, code};
use crate::access::Audience;

/// In the name of the holder of a key.
pub fn with_key(request: TestRequest, key: &str) -> TestRequest {
    request.insert_header(("Authorization", format!("Bearer {key}")))
}

/// In English, for a purpose where one is named.
pub fn named(request: TestRequest, purpose: &str) -> TestRequest {
    let request = request.insert_header(("Accept-Language", "en"));
    if purpose.is_empty() { request } else { request.insert_header(("X-Purpose", purpose)) }
}

/// For whoever has seen this version, where one is named.
pub fn seen(request: TestRequest, version: &str) -> TestRequest {
    if version.is_empty() { request } else { request.insert_header(("If-Match", version)) }
}

/// The kind of a problem.
#[track_caller]
pub fn kind(answer: &Answer) -> String {
    let body = answer.json();
    let kind = body["type"].as_str().unwrap_or_else(|| panic!("no problem: {body}"));
    kind.rsplit('/').next().unwrap().to_owned()
}

/// The same with the status.
#[track_caller]
pub fn problem(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), kind(answer))
}

impl World {
    /// As the administrator.
    pub async fn posted(&self, path: &str, body: Value) -> Value {
        let answer = self.call(self.signed(TestRequest::post().uri(path)).set_json(body)).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        answer.json()
    }

    pub async fn key(&self, body: Value) -> String {
        self.posted("/api/v1/keys", body).await["secret"].as_str().unwrap().to_owned()
    }

    /// A key of a new user for work on cases.
    pub async fn user_key(&self, login: &str, audience: &str) -> String {
        self.user_with(login, audience, &["read", "cases"]).await
    }

    /// A key of a new user.
    pub async fn user_with(&self, login: &str, audience: &str, scopes: &[&str]) -> String {
        let mut user = json!({ "login": login, "name": login, "audience": audience });
        if Audience::of_code(audience).unwrap().is_department() {
            user["organisation"] = "5115".into();
        }
        self.posted("/api/v1/users", user).await;
        self.another_key(login, scopes).await
    }

    /// A key of somebody who is known.
    pub async fn another_key(&self, login: &str, scopes: &[&str]) -> String {
        self.key(json!({ "name": login, "user": login, "scopes": scopes })).await
    }

    /// A key of a department's program.
    pub async fn department(&self, audience: &str) -> String {
        let body =
            json!({ "name": "k", "audience": audience, "organisation": "5115", "scopes": ["read", "share"] });
        self.key(body).await
    }

    /// The key of an agent of the fictitious enterprise `number`.
    pub async fn agent_of(&self, number: u32) -> String {
        self.agent_for(&code(number)).await
    }

    /// The same of the enterprise with this code.
    pub async fn agent_for(&self, uscc: &str) -> String {
        let agent = json!({ "login": "agent", "name": "agent", "audience": "enterprise" });
        self.posted("/api/v1/users", agent).await;
        let second = self.user_with("second", "reviewer", &["read", "decide"]).await;
        let query = format!("uscc={uscc}&valid_from=2026-01-01&valid_to=2027-10-31&reason=new");
        let letter = TestRequest::post().uri(&format!("/api/v1/users/agent/letters?{query}"));
        let letter = self.call(self.signed(letter).set_payload(&b"%PDF-1.4 a letter"[..])).await.json();
        let approve = format!("/api/v1/letters/{}/approve", letter["id"].as_str().unwrap());
        let approved = self.sent(&second, &approve, "", json!({ "reason": "checked" })).await;
        assert_eq!(approved.status, StatusCode::OK, "{}", approved.text());
        self.another_key("agent", &["read", "share"]).await
    }

    /// In the name of the holder of a key, for a purpose where one is named.
    pub async fn by(&self, key: &str, purpose: &str, request: TestRequest) -> Answer {
        self.call(named(with_key(request, key), purpose)).await
    }

    pub async fn asked(&self, key: &str, purpose: &str, path: &str) -> Answer {
        self.by(key, purpose, TestRequest::get().uri(path)).await
    }

    /// As whoever has seen this version, where one is named.
    pub async fn sent(&self, key: &str, path: &str, version: &str, body: Value) -> Answer {
        self.by(key, "", seen(TestRequest::post().uri(path), version).set_json(body)).await
    }
}
