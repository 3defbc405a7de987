//! A small zone with everybody that a case needs.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

pub(super) use super::people::kind;
pub(super) use super::world::LISTS as HEADER;
use super::world::{Answer, World, code, registrations};
use crate::store::both::Place;

pub(super) const PDF: &[u8] = b"%PDF-1.4 a court's ruling";

/// Everybody that a case needs.
pub(super) struct Zone {
    pub(super) world: World,
    pub(super) agent: String,
    pub(super) officer: String,
    pub(super) colleague: String,
    pub(super) reviewer: String,
    pub(super) source: String,
    pub(super) other: String,
    pub(super) auditor: String,
}

impl Zone {
    /// An enterprise that a wrong entry of a list has made a D, on this day.
    pub(super) async fn new(place: &Place, today: &str) -> Self {
        Self::of(World::at(place), today).await
    }

    /// The same in this world.
    pub(super) async fn of(world: World, today: &str) -> Self {
        world.set_day(today);
        world.take("registration", &registrations([1, 2])).await;
        let listed = format!("{HEADER}{},serious_dishonesty,D1,市监局,2026-09-01,,\n", code(1));
        assert_eq!(world.take("lists", &listed).await["state"], "succeeded");
        world.agent_of(1).await;
        Self {
            agent: world.another_key("agent", &["read", "cases"]).await,
            officer: world.user_key("officer", "commerce").await,
            colleague: world.user_key("colleague", "commerce").await,
            reviewer: world.user_key("third", "reviewer").await,
            source: world.user_key("source", "market_regulation").await,
            other: world.user_key("customs", "customs").await,
            auditor: world.user_key("auditor", "auditor").await,
            world,
        }
    }

    pub(super) fn later(&self, days: i64) {
        self.world.later(days);
    }

    pub(super) async fn call(&self, key: &str, request: TestRequest) -> Answer {
        self.world.by(key, "", request).await
    }

    /// Reads for the purpose that the reader's role has for it.
    pub(super) async fn get(&self, key: &str, path: &str) -> Answer {
        self.get_for(key, self.purpose(key), path).await
    }

    pub(super) async fn get_for(&self, key: &str, purpose: &str, path: &str) -> Answer {
        self.world.asked(key, purpose, path).await
    }

    pub(super) fn purpose(&self, key: &str) -> &'static str {
        match key {
            key if key == self.agent => "self",
            key if key == self.reviewer => "appeal",
            key if key == self.auditor => "audit",
            _ => "supervision",
        }
    }

    pub(super) async fn post(&self, key: &str, path: &str, body: Value) -> Answer {
        self.world.sent(key, path, "", body).await
    }

    pub(super) async fn bring(&self, key: &str, file: &[u8]) -> Answer {
        let request =
            TestRequest::post().uri("/api/v1/case-files?name=ruling.pdf").set_payload(file.to_vec());
        self.call(key, request).await
    }

    /// Takes a step with the version that is there now.
    pub(super) async fn step(&self, key: &str, case: &str, verb: &str, body: Value) -> Answer {
        let seen = self.get(&self.officer, case).await.header("etag").to_owned();
        self.world.sent(key, &format!("{case}/{verb}"), &seen, body).await
    }

    #[track_caller]
    pub(super) fn good(answer: &Answer, state: &str) -> Value {
        assert!(answer.status.is_success(), "{}", answer.text());
        let body = answer.json();
        assert_eq!(body["state"], state, "{body}");
        body
    }

    pub(super) fn objection(&self) -> Value {
        json!({
            "uscc": code(1), "reason": "another company of the same name",
            "about": { "record": { "source": "lists", "key": [code(1), "serious_dishonesty", "D1"] } },
        })
    }

    /// An objection that was submitted: its address.
    pub(super) async fn objected(&self) -> String {
        let answer = self.post(&self.agent, "/api/v1/objections", self.objection()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.header("location").to_owned()
    }

    pub(super) async fn grade(&self) -> String {
        let path = format!("/api/v1/enterprises/{}/rating", code(1));
        let answer = self.world.read(&path).await;
        answer.json()["grade"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
    }
}

pub(super) fn ends(body: &Value, clock: &str) -> String {
    let clocks = body["clocks"].as_array().unwrap();
    let found = clocks.iter().rev().find(|one| one["clock"] == clock);
    found.unwrap_or_else(|| panic!("{clock}: {body}"))["ends_on"].as_str().unwrap().to_owned()
}
