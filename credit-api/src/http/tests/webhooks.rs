//! Changes on their way to receivers that take them, do not, or are not to be asked; on both databases.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::receiver::{Receiver, Reply};
use super::world::{Answer, World, code, registrations};
use crate::store::both::Place;
use crate::webhooks::{WAITS_MS, Webhooks};

const LISTS: &str = "uscc,list,decision_no,authority,effective_on\n";

fn settings(place: &Place, receivers: &str) -> Vec<(&'static str, String)> {
    [vec![("webhook_receivers", receivers.to_owned())], place.settings()].concat()
}

struct Zone {
    world: World,
    customs: String,
}

impl Zone {
    /// Two enterprises with a rating, and customs.
    async fn new(place: &Place) -> Self {
        Self::allowing(place, "any").await
    }

    async fn allowing(place: &Place, receivers: &str) -> Self {
        let world = World::whole_with(&settings(place, receivers));
        world.take("registration", &registrations(1..=2)).await;
        let customs =
            json!({ "name": "c", "audience": "customs", "organisation": "5115", "scopes": ["share"] });
        let customs = world.key(customs).await;
        world.granted(&customs, &["grade", "lists"]).await;
        Self { world, customs }
    }

    async fn call(&self, key: &str, request: TestRequest) -> Answer {
        self.world.by(key, "", request).await
    }

    async fn post(&self, key: &str, path: &str, body: Value) -> Answer {
        self.world.sent(key, &format!("/api/v1{path}"), "", body).await
    }

    async fn get(&self, key: &str, path: &str) -> Value {
        self.call(key, TestRequest::get().uri(&format!("/api/v1{path}"))).await.json()
    }

    /// Id and first secret of a subscription to all changes.
    async fn subscribe(&self, key: &str, receiver: &Receiver, more: Value) -> (String, String) {
        let mut body = json!({ "name": "hook", "url": receiver.url() });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.post(key, "/subscriptions", body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
        (text("id"), text("secret"))
    }

    /// A list that enterprise `number` is entered in: a change of the list, and of the rating.
    async fn enter(&self, number: u32, decision: &str) {
        let file = format!("{LISTS}{},abnormal_operation,{decision},某市场监管局,2026-11-01\n", code(number));
        let job = self.world.take("lists", &file).await;
        assert_eq!(job["state"], "succeeded", "{job}");
    }

    fn hooks(&self) -> &Webhooks {
        &self.world.state.webhooks
    }

    fn later(&self, ms: i64) {
        self.world.pass(ms);
    }

    async fn deliveries(&self, id: &str) -> Vec<Value> {
        let log = self.get(&self.customs, &format!("/subscriptions/{id}/deliveries")).await;
        log["items"].as_array().unwrap().clone()
    }

    async fn subscription(&self, id: &str) -> Value {
        self.get(&self.customs, &format!("/subscriptions/{id}")).await
    }
}

#[actix_web::test]
async fn a_change_arrives_signed_in_order_with_what_may_be_seen_and_is_logged_before() {
    for place in Place::all() {
        let zone = Zone::new(&place).await;
        let agent = zone.world.agent_of(1).await;
        let receiver = Receiver::new();
        let (id, secret) = zone.subscribe(&zone.customs, &receiver, json!({})).await;
        let (other, _) = zone
            .subscribe(&zone.customs, &receiver, json!({ "name": "lists", "kinds": ["list.changed"] }))
            .await;
        // What was before is not sent.
        zone.hooks().turn(&id).unwrap();
        assert_eq!(receiver.take().len(), 0);

        zone.enter(1, "宜〔2026〕1").await;
        assert_eq!(zone.hooks().due().unwrap().len(), 2);
        zone.hooks().turn(&id).unwrap();
        let arrived = receiver.take();
        let kinds: Vec<String> =
            arrived.iter().map(|one| one.json()["type"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, ["example.xinji.list.changed", "example.xinji.rating.changed"], "{arrived:?}");
        for one in &arrived {
            assert!(one.is_signed_with(&secret));
            assert!(!one.is_signed_with("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
            assert_eq!(one.header("content-type"), "application/cloudevents+json; charset=utf-8");
            let event = one.json();
            assert_eq!((&event["specversion"], &event["subject"]), (&json!("1.0"), &json!(code(1))));
            assert_eq!((&event["id"], &event["source"]), (&json!(one.id()), &json!("/zones/yibin/changes")));
            assert_eq!(event["datacontenttype"], "application/json");
            assert!(event["time"].as_str().unwrap().starts_with("2026-11-23T"), "{event}");
        }
        assert_eq!(arrived[0].json()["data"]["values"]["decision_no"], "宜〔2026〕1");
        // Customs sees the grade alone: neither score nor date nor commitment.
        let rating = arrived[1].json()["data"]["values"].clone();
        assert!(rating["grade"].is_string(), "{rating}");
        for hidden in ["score", "previous_score", "as_of", "commitment", "seq"] {
            assert_eq!(rating[hidden], Value::Null, "{rating}");
        }
        zone.hooks().turn(&other).unwrap();
        let arrived = receiver.take();
        assert_eq!(arrived.len(), 1);
        assert_eq!(arrived[0].json()["type"], "example.xinji.list.changed");
        zone.hooks().turn(&id).unwrap();
        assert_eq!(receiver.take().len(), 0, "nothing is sent twice");

        let log = zone.deliveries(&id).await;
        assert_eq!(log.len(), 2);
        assert_eq!((&log[0]["state"], &log[0]["status"]), (&json!("delivered"), &json!(204)));
        assert!(log[0]["latency_ms"].is_number(), "{log:?}");
        // A tax class is not what customs asked to be sent; once nothing is, nothing is sent.
        let classes = format!("uscc,authority,class,valid_from\n{},tax,B,2026-01-01\n", code(1));
        zone.world.take("classes", &classes).await;
        zone.hooks().turn(&id).unwrap();
        assert!(receiver.take().iter().all(|one| one.json()["type"] != "example.xinji.class.changed"));

        // The enterprise sees who was told; the list is public, and no look.
        let path = format!("/api/v1/enterprises/{}/access-log", code(1));
        let looks = zone.world.asked(&agent, "self", &path).await.json();
        let looks = looks["items"].as_array().unwrap();
        let looks: Vec<&Value> = looks.iter().filter(|look| look["audience"] == "customs").collect();
        assert!(!looks.is_empty());
        assert_eq!((&looks[0]["audience"], &looks[0]["organisation"]), (&json!("customs"), &json!("5115")));
        assert!(looks[0]["shown"].to_string().contains("grade:grade"), "{looks:#?}");
    }
}

#[actix_web::test]
async fn nothing_is_sent_whose_look_cannot_be_written() {
    let zone = Zone::new(&Place::all()[0]).await;
    let receiver = Receiver::new();
    let (id, _) = zone.subscribe(&zone.customs, &receiver, json!({ "kinds": ["rating.changed"] })).await;
    zone.enter(1, "A").await;
    let log = &zone.world.state.service.access_log;
    assert!(log.unwritten(|| zone.hooks().turn(&id)).is_err());
    assert_eq!(receiver.take().len(), 0);
    zone.hooks().turn(&id).unwrap();
    assert_eq!(receiver.take().len(), 1);
}

#[actix_web::test]
async fn what_is_not_taken_is_tried_again_by_whoever_comes_after_and_before_all_later_changes() {
    for place in Place::all() {
        let zone = Zone::new(&place).await;
        let receiver = Receiver::new();
        let (id, secret) = zone.subscribe(&zone.customs, &receiver, json!({})).await;
        receiver.then([Reply::Status(500), Reply::Silence(Duration::from_secs(2)), Reply::Status(429)]);
        zone.enter(1, "A").await;
        zone.enter(2, "B").await;
        zone.hooks().turn(&id).unwrap();
        let first = receiver.take();
        assert_eq!(first.len(), 1, "the others wait for it");
        let waiting = zone.subscription(&id).await;
        assert_eq!((&waiting["state"], &waiting["failed_attempts"]), (&json!("active"), &json!(1)));
        assert!(waiting["next_attempt_at"].is_string(), "{waiting}");
        zone.hooks().turn(&id).unwrap();
        assert_eq!(receiver.take().len(), 0, "not before its time");
        let log = zone.deliveries(&id).await;
        assert_eq!(
            (&log[0]["state"], &log[0]["status"], &log[0]["answer"]),
            (&json!("waiting"), &json!(500), &json!("busy"))
        );

        // Another process, after the first was killed; a receiver that does not answer in time.
        let next = || Webhooks::waiting(zone.world.state.service.clone(), Duration::from_millis(300));
        zone.later(WAITS_MS[0] + WAITS_MS[0] / 10);
        next().turn(&id).unwrap();
        assert_eq!(zone.deliveries(&id).await[0]["trouble"], "timeout");
        zone.later(WAITS_MS[1] + WAITS_MS[1] / 10);
        next().turn(&id).unwrap();
        assert_eq!(zone.deliveries(&id).await[0]["status"], 429);
        zone.later(WAITS_MS[2] + WAITS_MS[2] / 10);
        next().turn(&id).unwrap();
        let arrived = receiver.take();
        assert_eq!(arrived.len(), 6, "three attempts, then four changes: {arrived:?}");
        let ids: Vec<&str> = arrived.iter().map(|one| one.id()).collect();
        assert!(ids[..3].iter().all(|one| *one == first[0].id()), "the same id at every attempt: {ids:?}");
        assert!(arrived.iter().all(|one| one.is_signed_with(&secret)));
        let of = |number: u32| {
            let all =
                arrived.iter().skip(2).map(|one| one.json()).filter(|one| one["subject"] == code(number));
            all.map(|one| one["data"]["seq"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        for number in [1, 2] {
            assert_eq!(of(number).len(), 2);
            assert!(of(number).is_sorted(), "in the order of the feed: {:?}", of(number));
        }
        let log = zone.deliveries(&id).await;
        assert_eq!((log.len(), &log[3]["attempts"], &log[3]["state"]), (4, &json!(4), &json!("delivered")));
        let calm = zone.subscription(&id).await;
        assert_eq!((&calm["failed_attempts"], &calm["failing_since"]), (&json!(0), &Value::Null));
    }
}

#[actix_web::test]
async fn a_process_that_dies_before_it_wrote_what_came_of_it_sends_the_same_again() {
    let zone = Zone::new(&Place::all()[0]).await;
    let receiver = Receiver::new();
    let (id, _) = zone.subscribe(&zone.customs, &receiver, json!({ "kinds": ["list.changed"] })).await;
    zone.enter(1, "A").await;
    let break_off = |sql: &str| {
        let mut connection = zone.world.state.service.database.connection().unwrap();
        crate::store::bulk::execute(&mut connection, sql, []).unwrap();
    };
    // What comes of the attempt cannot be written, as if there were nobody to write it.
    break_off("ALTER TABLE webhook_secrets RENAME TO kept_secrets");
    break_off("CREATE VIEW webhook_secrets AS SELECT * FROM kept_secrets");
    break_off(
        "CREATE TRIGGER dead BEFORE INSERT ON webhook_deliveries BEGIN SELECT RAISE(ABORT, 'dead'); END",
    );
    assert!(zone.hooks().turn(&id).is_err());
    break_off("DROP TRIGGER dead");
    Webhooks::new(zone.world.state.service.clone()).turn(&id).unwrap();
    let arrived = receiver.take();
    assert_eq!(arrived.len(), 2);
    assert_eq!((arrived[0].id(), &arrived[0].body), (arrived[1].id(), &arrived[1].body));
}

#[actix_web::test]
async fn a_receiver_that_never_answers_well_is_left_alone_and_told_why() {
    let zone = Zone::new(&Place::all()[0]).await;
    let receiver = Receiver::new();
    let (id, _) = zone.subscribe(&zone.customs, &receiver, json!({ "kinds": ["list.changed"] })).await;
    receiver.then(std::iter::repeat_n(Reply::Status(503), WAITS_MS.len() + 1));
    zone.enter(1, "A").await;
    for wait in WAITS_MS {
        zone.hooks().turn(&id).unwrap();
        assert_eq!(zone.subscription(&id).await["state"], "active");
        zone.later(wait + wait / 10);
    }
    zone.hooks().turn(&id).unwrap();
    let ended = zone.subscription(&id).await;
    assert_eq!((&ended["state"], &ended["reason"]), (&json!("disabled"), &json!("gave_up")));
    assert_eq!(receiver.take().len(), WAITS_MS.len() + 1);
    assert!(zone.hooks().due().unwrap().is_empty());
    // It goes on where it stopped.
    let enabled = zone.post(&zone.customs, &format!("/subscriptions/{id}/enable"), json!({})).await;
    assert_eq!(enabled.status, StatusCode::OK, "{}", enabled.text());
    zone.hooks().turn(&id).unwrap();
    assert_eq!(receiver.take().len(), 1);
    let twice = zone.post(&zone.customs, &format!("/subscriptions/{id}/enable"), json!({})).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);

    receiver.then([Reply::Status(410)]);
    zone.enter(2, "B").await;
    zone.hooks().turn(&id).unwrap();
    assert_eq!(zone.subscription(&id).await["reason"], "gone");
}

#[actix_web::test]
async fn a_redirect_is_not_followed_and_an_inner_address_is_not_reached() {
    let zone = Zone::new(&Place::all()[0]).await;
    let (receiver, elsewhere) = (Receiver::new(), Receiver::new());
    let (id, _) = zone.subscribe(&zone.customs, &receiver, json!({ "kinds": ["list.changed"] })).await;
    zone.enter(1, "A").await;
    for status in [302, 307] {
        receiver.then([Reply::Redirect(status, elsewhere.url())]);
        zone.hooks().turn(&id).unwrap();
        let log = zone.deliveries(&id).await;
        assert_eq!((&log[0]["state"], &log[0]["status"]), (&json!("waiting"), &json!(status)));
        zone.later(WAITS_MS[1] * 2);
    }
    assert_eq!((receiver.take().len(), elsewhere.take().len()), (2, 0));

    let guarded = Zone::allowing(&Place::all()[0], "public").await;
    for url in
        ["http://hooks.example/", "https://127.0.0.1/", "https://[fd00::1]/", "https://169.254.169.254/"]
    {
        let refused =
            guarded.post(&guarded.customs, "/subscriptions", json!({ "name": "n", "url": url })).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{url}");
        assert_eq!(refused.json()["errors"][0]["pointer"], "#/url", "{}", refused.text());
    }
    // A name is looked up at the attempt, and what it leads to is looked at.
    let name = json!({ "name": "n", "url": format!("https://localhost:{}/", receiver.port) });
    let made = guarded.post(&guarded.customs, "/subscriptions", name).await.json();
    guarded.enter(1, "A").await;
    let id = made["id"].as_str().unwrap();
    guarded.hooks().turn(id).unwrap();
    let log = guarded.deliveries(id).await;
    assert_eq!((&log[0]["trouble"], &log[0]["status"]), (&json!("address"), &Value::Null));
}

#[actix_web::test]
async fn secrets_overlap_while_one_takes_over_from_another() {
    let zone = Zone::new(&Place::all()[0]).await;
    let receiver = Receiver::new();
    let (id, old) = zone.subscribe(&zone.customs, &receiver, json!({ "kinds": ["list.changed"] })).await;
    let path = format!("/subscriptions/{id}/secrets");
    let made = zone.post(&zone.customs, &path, json!({ "overlap_hours": 2 })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let new = made.json()["secret"].as_str().unwrap().to_owned();
    assert!(new.starts_with("whsec_") && new != old);
    zone.enter(1, "A").await;
    zone.hooks().turn(&id).unwrap();
    let arrived = receiver.take();
    assert!(arrived[0].is_signed_with(&old) && arrived[0].is_signed_with(&new));
    assert_eq!(arrived[0].header("webhook-signature").split(' ').count(), 2);
    assert_eq!(zone.subscription(&id).await["secrets"].as_array().unwrap().len(), 2);
    // No secret is shown again, and none is in the database.
    let whole = zone.subscription(&id).await.to_string();
    assert!(!whole.contains("whsec_"), "{whole}");

    zone.later(2 * 60 * 60_000);
    zone.enter(2, "B").await;
    zone.hooks().turn(&id).unwrap();
    let arrived = receiver.take();
    assert!(!arrived[0].is_signed_with(&old) && arrived[0].is_signed_with(&new));
    let wrong = zone.post(&zone.customs, &path, json!({ "overlap_hours": 721 })).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    for _ in 0..4 {
        assert_eq!(zone.post(&zone.customs, &path, json!({})).await.status, StatusCode::CREATED);
    }
    assert_eq!(zone.post(&zone.customs, &path, json!({})).await.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn what_was_delivered_is_sent_again_when_asked_for_as_it_may_be_seen_then() {
    let zone = Zone::new(&Place::all()[0]).await;
    let receiver = Receiver::new();
    let (id, _) = zone.subscribe(&zone.customs, &receiver, json!({ "kinds": ["list.changed"] })).await;
    zone.enter(1, "A").await;
    zone.hooks().turn(&id).unwrap();
    let first = receiver.take();
    let seq = zone.deliveries(&id).await[0]["id"].as_i64().unwrap();
    let again = |seq: i64| format!("/subscriptions/{id}/deliveries/{seq}/redeliver");
    let asked = zone.post(&zone.customs, &again(seq), json!({})).await;
    assert_eq!((asked.status, &asked.json()["state"]), (StatusCode::ACCEPTED, &json!("again")));
    assert_eq!(zone.hooks().due().unwrap(), [id.as_str()]);
    zone.hooks().turn(&id).unwrap();
    let second = receiver.take();
    assert_eq!((second.len(), second[0].id()), (1, first[0].id()));
    assert_eq!(zone.deliveries(&id).await[0]["attempts"], 2);
    assert_eq!(zone.post(&zone.customs, &again(999), json!({})).await.status, StatusCode::NOT_FOUND);
    let deleted =
        zone.call(&zone.customs, TestRequest::delete().uri(&format!("/api/v1/subscriptions/{id}"))).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(zone.subscription(&id).await["status"], 404);
    zone.enter(2, "B").await;
    zone.hooks().turn(&id).unwrap();
    assert_eq!(receiver.take().len(), 0);
}

#[actix_web::test]
async fn each_subscriber_is_sent_its_own_and_nobody_anothers() {
    for place in Place::all() {
        let zone = Zone::new(&place).await;
        let agent = zone.world.agent_of(1).await;
        let bank =
            json!({ "name": "b", "audience": "financier", "organisation": code(77), "scopes": ["share"] });
        let bank = zone.world.key(bank).await;
        let (of_agent, of_bank) = (Receiver::new(), Receiver::new());
        let (agents, _) = zone.subscribe(&agent, &of_agent, json!({})).await;
        let purpose = json!({ "purpose": "credit_approval" });
        let (banks, _) = zone.subscribe(&bank, &of_bank, purpose).await;
        let nameless = json!({ "name": "n", "url": of_bank.url() });
        assert_eq!(
            zone.post(&bank, "/subscriptions", nameless.clone()).await.status,
            StatusCode::BAD_REQUEST
        );
        let foreign = json!({ "name": "n", "url": of_agent.url(), "uscc": code(2) });
        assert_eq!(zone.post(&agent, "/subscriptions", foreign).await.status, StatusCode::BAD_REQUEST);
        let operator = TestRequest::post().uri("/api/v1/subscriptions").set_json(nameless);
        assert_eq!(zone.world.call(zone.world.signed(operator)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(zone.get(&zone.customs, &format!("/subscriptions/{agents}")).await["status"], 404);
        assert_eq!(zone.get(&bank, "/subscriptions").await["items"].as_array().unwrap().len(), 1);

        let consent = |kind: &str| {
            json!({ "uscc": code(1), "purpose": "credit_approval", "blocks": ["grade"], "product": kind,
                    "kind": kind, "until": "2027-02-28" })
        };
        let grant = async |kind: &str| {
            let asked = zone.post(&bank, "/consents", consent(kind)).await.json();
            let path = format!("/api/v1/consents/{}/grant", asked["id"].as_str().unwrap());
            let body = json!({ "text_digest": asked["text_digest"] });
            let granted = zone.world.sent(&agent, &path, "\"1\"", body).await;
            assert_eq!(granted.status, StatusCode::OK, "{}", granted.text());
            asked["id"].as_str().unwrap().to_owned()
        };
        // A consent for a single look sends nothing by itself.
        grant("single").await;
        zone.enter(1, "A").await;
        zone.hooks().turn(&banks).unwrap();
        assert_eq!(of_bank.take().len(), 0);
        let removed = format!(
            "uscc,list,decision_no,authority,effective_on,removed_on\n{},abnormal_operation,A,某市场监管局,2026-11-01,2026-11-20\n",
            code(1)
        );
        zone.world.take("lists", &removed).await;
        zone.later(1_000);
        let id = grant("continuous").await;
        zone.enter(1, "AGAIN").await;
        zone.enter(2, "B").await;
        zone.hooks().turn(&banks).unwrap();
        let arrived = of_bank.take();
        assert!(
            !arrived.is_empty() && arrived.iter().all(|one| one.json()["subject"] == code(1)),
            "{arrived:?}"
        );
        let ratings: Vec<Value> = arrived.iter().map(|one| one.json()).collect();
        let mut ratings = ratings.iter().filter(|one| one["type"] == "example.xinji.rating.changed");
        let rating = ratings.next().unwrap()["data"]["values"].clone();
        assert!(ratings.next().is_none(), "what came before the consent is history: {arrived:?}");
        // The consent names the grade and not the score.
        assert!(rating["as_of"].is_string() && rating["score"].is_null(), "{rating}");

        zone.hooks().turn(&agents).unwrap();
        let own = of_agent.take();
        assert!(own.iter().all(|one| one.json()["subject"] == code(1)), "{own:?}");
        assert!(own.iter().any(|one| one.json()["data"]["values"]["score"].is_number()), "{own:?}");

        let revoke = TestRequest::post().uri(&format!("/api/v1/consents/{id}/revoke"));
        let revoked = zone.call(&agent, revoke.insert_header(("If-Match", "\"2\""))).await;
        assert_eq!(revoked.status, StatusCode::OK, "{}", revoked.text());
        zone.enter(1, "C").await;
        zone.hooks().turn(&banks).unwrap();
        assert_eq!(of_bank.take().len(), 0, "revoked at once");
        let mut connection = zone.world.state.service.database.connection().unwrap();
        crate::store::bulk::execute(&mut connection, "UPDATE letters SET state = 'revoked'", []).unwrap();
        drop(connection);
        zone.hooks().turn(&agents).unwrap();
        assert_eq!(of_agent.take().len(), 0);
        let all = TestRequest::get().uri(&format!("/api/v1/subscriptions/{agents}"));
        let ended = zone.world.call(zone.world.signed(all)).await.json();
        assert_eq!((&ended["state"], &ended["reason"]), (&json!("disabled"), &json!("letter_ended")));
    }
}

#[actix_web::test]
async fn a_request_that_is_repeated_makes_one_subscription_and_shows_no_secret_again() {
    let zone = Zone::new(&Place::all()[0]).await;
    let body = json!({ "name": "n", "url": Receiver::new().url() });
    let ask = || {
        let request = TestRequest::post().uri("/api/v1/subscriptions").set_json(body.clone());
        zone.call(&zone.customs, request.insert_header(("Idempotency-Key", "one")))
    };
    let (first, second) = (ask().await.json(), ask().await.json());
    assert_eq!(first["id"], second["id"]);
    assert!(first["secret"].is_string() && second["secret"].is_null(), "{second}");
    let kinds = json!({ "name": "n", "url": "http://h.example/", "kinds": ["everything"] });
    assert_eq!(zone.post(&zone.customs, "/subscriptions", kinds).await.status, StatusCode::BAD_REQUEST);
}
