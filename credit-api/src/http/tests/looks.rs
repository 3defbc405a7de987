//! A bank that asks, is granted and loses a consent; the enterprise that watches; the auditor who notices.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use actix_web::web::Data;
use serde_json::{Value, json};

use super::world::{Answer, World, code, registrations};
use crate::access::token::AdminToken;
use crate::access_log::writer::AccessLog;
use crate::access_log::{Row, habit};
use crate::http::state::State;
use crate::jobs::Jobs;

struct Zone {
    world: World,
    bank: String,
    agent: String,
    auditor: String,
}

impl Zone {
    /// A bank, an enterprise with a rating and an agent, an auditor.
    async fn new() -> Self {
        let world = World::whole();
        world.take("registration", &registrations(1..=2)).await;
        let bank = json!({ "name": "b", "audience": "financier", "organisation": code(77), "scopes": ["read", "share"] });
        let bank = world.key(bank).await;
        let agent = world.agent_of(1).await;
        let auditor = world.user_with("watch", "auditor", &["read", "decide"]).await;
        Self { world, bank, agent, auditor }
    }

    async fn call(&self, key: &str, purpose: &str, request: TestRequest) -> Answer {
        self.world.by(key, purpose, request).await
    }

    async fn get(&self, key: &str, purpose: &str, path: &str) -> Answer {
        self.call(key, purpose, TestRequest::get().uri(&format!("/api/v1{path}"))).await
    }

    async fn post(&self, key: &str, path: &str, tag: &str, body: Value) -> Answer {
        self.world.sent(key, &format!("/api/v1{path}"), tag, body).await
    }

    /// The bank looks at the rating, for a loan.
    async fn look(&self) -> Answer {
        self.get(&self.bank, "credit_approval", &format!("/enterprises/{}/rating", code(1))).await
    }

    /// What the enterprise reads about itself of one caller's audience, the oldest first.
    async fn seen_of(&self, audience: &str) -> Vec<Value> {
        let path = format!("/enterprises/{}/access-log", code(1));
        let log = self.get(&self.agent, "self", &path).await;
        assert_eq!(log.status, StatusCode::OK, "{}", log.text());
        let mut looks = log.json()["items"].as_array().unwrap().clone();
        looks.retain(|look| look["audience"] == audience);
        looks.reverse();
        looks
    }
}

#[actix_web::test]
async fn a_bank_sees_what_was_granted_until_it_is_revoked_and_the_enterprise_sees_every_look() {
    let zone = Zone::new().await;
    let refused = zone.look().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.json()["type"].as_str().unwrap().ends_with("/consent_required"), "{}", refused.text());
    assert!(refused.json()["detail"].as_str().unwrap().contains("/api/v1/consents"), "{}", refused.text());

    let question = json!({
        "uscc": code(1), "purpose": "credit_approval", "blocks": ["grade", "score"], "product": "Loan 7",
        "kind": "continuous", "until": "2027-02-28"
    });
    let asked = zone.post(&zone.bank, "/consents", "", question).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.text());
    let path = format!("/consents/{}", asked.json()["id"].as_str().unwrap());
    assert_eq!(zone.look().await.status, StatusCode::FORBIDDEN, "asked is not granted");

    let read = zone.get(&zone.agent, "", &path).await;
    let digest = json!({ "text_digest": read.json()["text_digest"] });
    let by_bank = zone.post(&zone.bank, &format!("{path}/grant"), read.header("etag"), digest.clone()).await;
    assert!(!by_bank.status.is_success(), "a bank does not grant itself");
    let granted = zone.post(&zone.agent, &format!("{path}/grant"), read.header("etag"), digest).await;
    assert_eq!(granted.status, StatusCode::OK, "{}", granted.text());

    let shown = zone.look().await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    assert!(shown.json()["score"].is_number(), "{}", shown.text());
    assert!(shown.json()["indicators"].is_null(), "{}", shown.text());
    let history = zone.get(&zone.bank, "credit_approval", &format!("/enterprises/{}/ratings", code(1))).await;
    assert_eq!(history.status, StatusCode::FORBIDDEN, "it was not granted");
    let loan = zone.get(&zone.bank, "post_loan", &format!("/enterprises/{}/rating", code(1))).await;
    assert_eq!(loan.status, StatusCode::FORBIDDEN, "another purpose");
    let other = zone.get(&zone.bank, "credit_approval", &format!("/enterprises/{}/ratings", code(2))).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN, "another enterprise");

    let now = zone.get(&zone.agent, "", &path).await;
    let revoked = zone.post(&zone.agent, &format!("{path}/revoke"), now.header("etag"), json!({})).await;
    assert_eq!(revoked.status, StatusCode::OK, "{}", revoked.text());
    assert_eq!(zone.look().await.status, StatusCode::FORBIDDEN, "revoked at once");

    let looks = zone.seen_of("financier").await;
    let statuses: Vec<i64> = looks.iter().map(|look| look["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [403, 403, 200, 403, 403, 403], "{looks:#?}");
    let with_consent =
        looks.iter().find(|look| look["status"] == 200 && look["consent"].is_string()).unwrap();
    assert_eq!(with_consent["consent"], read.json()["id"]);
    assert_eq!(
        (&with_consent["organisation"], &with_consent["purpose"]),
        (&json!(code(77)), &json!("credit_approval"))
    );
    assert!(with_consent["shown"].as_array().unwrap().contains(&json!("score:full")), "{with_consent}");
    assert_eq!(with_consent["result"].as_str().unwrap().len(), 64);
    // The bank reads what it did itself, and nothing of what others did.
    let own = zone.get(&zone.bank, "credit_approval", &format!("/enterprises/{}/access-log", code(1))).await;
    let own = own.json();
    assert!(own["items"].as_array().unwrap().iter().all(|look| look["organisation"] == code(77)), "{own}");
}

#[actix_web::test]
async fn nothing_leaves_that_could_not_be_recorded() {
    let mut zone = Zone::new().await;
    let State { service, anchor, limits, .. } = &**zone.world.state;
    let log = AccessLog::start(service.access_log.without_journal()).unwrap();
    let jobs = Jobs::start(service.clone(), Arc::clone(anchor)).unwrap();
    let (token, _) = AdminToken::open(&service.config.data).unwrap();
    let state = State::new(service.clone(), Arc::clone(anchor), (jobs, log), token, *limits);
    zone.world.state = Data::new(state);
    let rename = |from: &str, to: &str| {
        let mut connection = zone.world.state.service.access_log.connection().unwrap();
        crate::store::bulk::execute(&mut connection, &format!("ALTER TABLE {from} RENAME TO {to}"), [])
            .unwrap();
    };
    rename("access_looks", "away");
    let path = format!("/enterprises/{}/rating", code(1));
    let answer = zone.get(&zone.agent, "self", &path).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.text().contains("score"), "{}", answer.text());
    // What everybody sees needs no row.
    let public = zone.world.get(&format!("/api/v1/enterprises/{}", code(1))).await;
    assert_eq!(public.status, StatusCode::OK);
    rename("away", "access_looks");
    assert_eq!(zone.get(&zone.agent, "self", &path).await.status, StatusCode::OK);
}

fn row(who: &str, day: i32, number: i64) -> Row {
    Row {
        at_ms: i64::from(day) * 86_400_000,
        request: "r".to_owned(),
        who: who.to_owned(),
        audience: "customs".to_owned(),
        organisation: Some("5115".to_owned()),
        uscc: Some(number.to_string()),
        purpose: Some("supervision".to_owned()),
        consent: None,
        shown: "score:full".to_owned(),
        refused: String::new(),
        result: None,
        status: 200,
    }
}

#[actix_web::test]
async fn an_officer_who_reads_far_beyond_the_habit_of_the_role_is_shown_to_the_auditor() {
    let zone = Zone::new().await;
    let service = &zone.world.state.service;
    let today = credit_core::dates::day_number(service.clock.today());
    let read = |who: &str, day: i32, enterprises: i64| {
        let rows = (0..enterprises).map(|number| row(who, day, number)).collect();
        zone.world.state.access_log.write(rows)
    };
    // Two officers read 40 enterprises a day: that is the habit, and three times as much is not asked about.
    for day in today - 15..today {
        read("user:a", day, 40).await.unwrap();
        read("user:b", day, 40).await.unwrap();
    }
    crate::access_log::digest::anchor_days(&service.database, &service.access_log, service.clock.as_ref())
        .unwrap();
    read("user:a", today, 120).await.unwrap();
    read("user:b", today, 121).await.unwrap();
    let look = || habit::look(&service.database, &service.access_log, service.clock.as_ref()).unwrap();
    assert_eq!((look(), look()), (1, 0), "raised once");

    let open = "/access-log/alerts?state=open";
    let denied = zone.get(&zone.agent, "self", open).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN, "not for an enterprise");
    let alerts = zone.get(&zone.auditor, "audit", open).await;
    assert_eq!(alerts.status, StatusCode::OK, "{}", alerts.text());
    let alert = alerts.json()["items"][0].clone();
    let told = (&alert["who"], &alert["enterprises"], &alert["habit"], &alert["organisation"]);
    assert_eq!(told, (&json!("user:b"), &json!(121), &json!(40), &json!("5115")));

    let note = |text: &str| {
        let path = format!("/api/v1/access-log/alerts/{}/note", alert["id"].as_str().unwrap());
        TestRequest::post().uri(&path).set_json(json!({ "note": text }))
    };
    assert_eq!(zone.call(&zone.auditor, "audit", note(" ")).await.status, StatusCode::BAD_REQUEST);
    let noted = zone.call(&zone.auditor, "audit", note("a joint inspection")).await;
    assert_eq!(noted.json()["note"], "a joint inspection", "{}", noted.text());
    let again = zone.call(&zone.auditor, "audit", note("something else")).await;
    assert_eq!(again.json()["note"], "a joint inspection", "the first note stands");
    assert_eq!(zone.get(&zone.auditor, "audit", open).await.json()["items"], json!([]));
}
