//! The provincial single window: signed batches in, once each; a receipt for each message, in order, for good.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::customs::{BUYER, Trade, parties, xml};
use super::people::{problem, with_key};
use super::world::{Answer, NOW_MS, World};
use crate::identity::Actor;
use crate::single_window::old::{self, KEPT_DAYS};
use crate::single_window::push::Push;
use crate::single_window::secrets::Signed;
use crate::single_window::{BODY_BYTES_MAX, TOLERANCE_SECONDS};
use crate::store::both::Place;

const PATH: &str = "/api/v1/single-window/batches";
const NOW_SECONDS: i64 = NOW_MS / 1_000;

/// The platform: a user's key, and the secret that signs.
struct Platform {
    key: String,
    secret: String,
}

impl World {
    async fn platform(&self, login: &str) -> Platform {
        let user = json!({ "login": login, "name": login, "audience": "source", "organisation": "ceb" });
        self.posted("/api/v1/users", user).await;
        Platform { key: self.another_key(login, &["intake"]).await, secret: self.secret(login, 24) }
    }

    fn secret(&self, login: &str, overlap_hours: i64) -> String {
        let root = Actor::at_terminal("root");
        let user = self.state.identity.user(&root, login).unwrap();
        self.state.single_window.add_secret(&root, &user, overlap_hours).unwrap().1
    }

    async fn push(&self, by: &Platform, id: &str, body: &str) -> Answer {
        let at = self.state.service.clock.now().0 / 1_000;
        self.call(by.signed(id, at, body).set_payload(body.to_owned())).await
    }

    /// Pushes, and waits until its job has ended.
    async fn pushed(&self, by: &Platform, id: &str, body: &str) -> Value {
        let answer = self.push(by, id, body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        let path = answer.header("location").to_owned();
        for _ in 0..3_000 {
            let receipts = self.call(with_key(TestRequest::get().uri(&path), &by.key)).await.json();
            if receipts["batch"]["state"] != "waiting" {
                return receipts;
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the batch does not end");
    }

    async fn receipts(&self, by: &Platform, query: &str) -> Value {
        let path = format!("/api/v1/single-window/receipts{query}");
        let answer = self.call(with_key(TestRequest::get().uri(&path), &by.key)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }

    async fn batches(&self) -> usize {
        self.read("/api/v1/batches").await.json()["items"].as_array().unwrap().len()
    }

    /// No sealed file waits below the evidence folder. One goes a moment after its messages are in.
    async fn nothing_is_kept(&self) -> bool {
        let folder = self.state.service.config.data.join("evidence");
        for _ in 0..500 {
            let folders = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            let files =
                folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok()).flatten().flatten();
            if files.into_iter().all(|file| file.path().extension().is_none_or(|kind| kind != "sealed")) {
                return true;
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        false
    }
}

impl Platform {
    fn signed(&self, id: &str, seconds: i64, body: &str) -> TestRequest {
        self.with(id, seconds, &signature(&self.secret, id, seconds, body))
    }

    fn with(&self, id: &str, seconds: i64, signature: &str) -> TestRequest {
        with_key(TestRequest::post().uri(PATH), &self.key)
            .insert_header(("Content-Type", "application/json"))
            .insert_header(("Accept-Language", "en"))
            .insert_header(("webhook-id", id))
            .insert_header(("webhook-timestamp", seconds.to_string()))
            .insert_header(("webhook-signature", signature))
    }
}

/// As the library of Standard Webhooks signs.
fn signature(secret: &str, id: &str, seconds: i64, body: &str) -> String {
    standardwebhooks::Webhook::new(secret).unwrap().sign(id, seconds, body.as_bytes()).unwrap()
}

fn batch(messages: &[(&str, &[u8])]) -> String {
    let items: Vec<Value> =
        messages.iter().map(|(id, bytes)| json!({ "id": id, "data": STANDARD.encode(bytes) })).collect();
    json!({ "messages": items }).to_string()
}

/// The messages of a sale, each under the name of its kind.
fn of_trade(trade: &Trade) -> String {
    let messages: Vec<(String, Vec<u8>)> =
        trade.whole().iter().enumerate().map(|(at, one)| (format!("{at}-{}", one.0), xml(one))).collect();
    let messages: Vec<(&str, &[u8])> =
        messages.iter().map(|(id, bytes)| (id.as_str(), bytes.as_slice())).collect();
    batch(&messages)
}

fn states(receipts: &Value) -> Vec<&str> {
    receipts["items"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_pushed_batch_is_taken_as_any_file_and_each_message_has_a_receipt() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let platform = world.platform("window").await;
        let receipts = world.pushed(&platform, "b1", &of_trade(&Trade::new(1))).await;
        assert_eq!(receipts["batch"]["state"], "done", "{receipts}");
        assert_eq!(receipts["batch"]["messages"], 7);
        assert_eq!(states(&receipts), ["taken"; 7], "{receipts}");
        let items = receipts["items"].as_array().unwrap();
        for (at, item) in items.iter().enumerate() {
            assert_eq!(item["position"], at + 1);
            assert!(item["message"].as_str().unwrap().starts_with(&format!("{at}-CEB")), "{item}");
            assert_eq!(item["documents"]["new"], 1, "{item}");
            assert_eq!(item["errors"], json!([]));
        }
        // Also of messages that name no order, once the whole is there.
        let sale = items[6]["sales"][0].as_str().unwrap().to_owned();
        assert!(items.iter().all(|item| item["sales"] == json!([sale])), "{receipts}");
        let found = world.read(&format!("/api/v1/sales/{sale}")).await;
        assert_ne!(found.status, StatusCode::NOT_FOUND, "{}", found.text());
        assert!(world.nothing_is_kept().await);
        let text = receipts.to_string();
        assert!(BUYER.iter().all(|value| !text.contains(value)), "{text}");
        assert_eq!(world.findings(), Vec::<String>::new());
    }
}

#[actix_web::test]
async fn messages_fare_one_by_one() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let platform = world.platform("window").await;
        let trade = Trade::new(1);
        let (order, parcel) = (xml(&trade.order()), xml(&trade.parcel()));
        let receipts = world.pushed(&platform, "b1", &batch(&[("first", &order)])).await;
        assert_eq!(states(&receipts), ["taken"]);
        world.an_hour_later();
        let text = String::from_utf8(parcel.clone()).unwrap();
        let head = "<ceb:CEB511Message xmlns:ceb=\"http://www.chinaport.gov.cn/ceb\"";
        let empty = format!("{head} guid=\"{}\" version=\"1.0\"/>", "0".repeat(36));
        let broken = text.replace("</ceb:Logistics>", "");
        let wrong = text.replace("20261103090000", "2026110309000X");
        let mixed: &[(&str, &[u8])] = &[
            ("again", &order),
            ("cut", broken.as_bytes()),
            ("wrong", wrong.as_bytes()),
            ("none", empty.as_bytes()),
            ("other", b"<a/>"),
            ("bomb", b"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>"),
            ("late", &parcel),
        ];
        let receipts = world.pushed(&platform, "b2", &batch(mixed)).await;
        let expected = ["unchanged", "refused", "refused", "refused", "refused", "refused", "taken"];
        assert_eq!(states(&receipts), expected, "{receipts}");
        let items = receipts["items"].as_array().unwrap();
        let code = |at: usize| items[at]["errors"][0]["code"].as_str().unwrap();
        assert_eq!((code(1), code(3), code(5)), ("xml", "missing", "entity"), "{receipts}");
        assert_eq!(items[2]["errors"][0]["field"], "appTime", "{receipts}");
        let nothing = "报文内没有业务单证。请确认导出成功后重新推送。";
        assert_eq!(items[3]["errors"][0]["message"], nothing, "{receipts}");
        for item in items.iter().skip(1).take(5) {
            assert!(item["errors"][0]["line"].as_i64().unwrap() >= 1, "{item}");
            assert!(!item["errors"][0]["message"].as_str().unwrap().is_empty(), "{item}");
            assert_eq!(item["sales"], json!([]), "{item}");
        }
        // The sale was there with the first message already.
        assert_eq!(items[0]["sales"], items[6]["sales"], "{receipts}");
        assert_eq!(items[0]["sales"].as_array().unwrap().len(), 1);
        // A batch of which nothing can be read has receipts as well.
        let receipts = world.pushed(&platform, "b3", &batch(&[("x", b"<a>"), ("y", b"no XML")])).await;
        assert_eq!(states(&receipts), ["refused"; 2], "{receipts}");
        assert_eq!(world.findings(), Vec::<String>::new());
    }
}

#[actix_web::test]
async fn the_same_id_and_body_is_one_batch_and_another_body_is_none() {
    for place in Place::all() {
        let world = World::at(&place);
        let platform = world.platform("window").await;
        let body = of_trade(&Trade::new(1));
        let first = world.push(&platform, "b1", &body).await;
        let again = world.push(&platform, "b1", &body).await;
        assert_eq!((first.status, again.status), (StatusCode::ACCEPTED, StatusCode::ACCEPTED));
        assert_eq!((first.text(), first.header("location")), (again.text(), again.header("location")));
        let other = of_trade(&Trade::new(2));
        assert_eq!(problem(&world.push(&platform, "b1", &other).await), (409, "idempotency_conflict".into()));
        world.pushed(&platform, "b1", &body).await;
        // For good, not for a day.
        world.later(40);
        let late = world.push(&platform, "b1", &body).await;
        assert_eq!((late.status, late.text()), (StatusCode::ACCEPTED, first.text()));
        assert_eq!(problem(&world.push(&platform, "b1", &other).await), (409, "idempotency_conflict".into()));
        assert_eq!(world.batches().await, 1);
        // Another sender's ids are its own.
        let second = world.platform("other").await;
        let receipts = world.pushed(&second, "b1", &body).await;
        assert_eq!(states(&receipts), ["unchanged"; 7], "{receipts}");
    }
}

#[actix_web::test]
async fn what_is_not_signed_well_leaves_nothing_behind() {
    let world = World::new();
    let platform = world.platform("window").await;
    let other = world.platform("other").await;
    let body = of_trade(&Trade::new(1));
    let good = signature(&platform.secret, "b1", NOW_SECONDS, &body);
    let kinds = [
        (platform.with("b1", NOW_SECONDS, &good.replace("v1,", "v2,")), "signature_refused"),
        (
            platform.with("b1", NOW_SECONDS, &signature(&other.secret, "b1", NOW_SECONDS, &body)),
            "signature_refused",
        ),
        (platform.with("b2", NOW_SECONDS, &good), "signature_refused"),
        (platform.with("b1", NOW_SECONDS + 1, &good), "signature_refused"),
        (platform.signed("b1", NOW_SECONDS, &format!("{body} ")), "signature_refused"),
        (platform.signed("b1", NOW_SECONDS - TOLERANCE_SECONDS - 1, &body), "signature_expired"),
        (platform.signed("b1", NOW_SECONDS + TOLERANCE_SECONDS + 1, &body), "signature_expired"),
        (platform.with("b.1", NOW_SECONDS, &good), "signature_required"),
        (platform.with("b1", NOW_SECONDS, ""), "signature_required"),
        (platform.with(&"b".repeat(129), NOW_SECONDS, &good), "signature_required"),
    ];
    for (request, kind) in kinds {
        let answer = world.call(request.set_payload(body.clone())).await;
        assert_eq!(problem(&answer), (403, kind.to_owned()), "{}", answer.text());
    }
    let unsigned = with_key(TestRequest::post().uri(PATH), &platform.key).set_payload(body.clone());
    assert_eq!(problem(&world.call(unsigned).await), (403, "signature_required".to_owned()));
    let nobody = TestRequest::post().uri(PATH).set_payload(body.clone());
    assert_eq!(world.call(nobody).await.status, StatusCode::UNAUTHORIZED);
    assert!(world.nothing_is_kept().await);
    assert_eq!(world.batches().await, 0);
    // At the border of the tolerance, and beside a signature that is none.
    let at = NOW_SECONDS - TOLERANCE_SECONDS;
    let late = format!("v1,AAAA {}", signature(&platform.secret, "b1", at, &body));
    let answer = world.call(platform.with("b1", at, &late).set_payload(body)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
}

#[actix_web::test]
async fn secrets_change_without_a_gap() {
    let world = World::new();
    let user = json!({ "login": "window", "name": "w", "audience": "source", "organisation": "ceb" });
    world.posted("/api/v1/users", user).await;
    let key = world.another_key("window", &["intake"]).await;
    let mut platform = Platform { key, secret: format!("whsec_{}", STANDARD.encode([1; 32])) };
    let body = |number| batch(&[("m", &xml(&Trade::new(number).order()))]);
    assert_eq!(problem(&world.push(&platform, "a", &body(1)).await), (403, "no_signing_secret".to_owned()));
    platform.secret = world.secret("window", 24);
    assert_eq!(world.push(&platform, "b", &body(2)).await.status, StatusCode::ACCEPTED);
    let newer = Platform { key: platform.key.clone(), secret: world.secret("window", 24) };
    assert_eq!(world.push(&platform, "c", &body(3)).await.status, StatusCode::ACCEPTED);
    assert_eq!(world.push(&newer, "d", &body(4)).await.status, StatusCode::ACCEPTED);
    world.later(1);
    assert_eq!(problem(&world.push(&platform, "e", &body(5)).await), (403, "signature_refused".to_owned()));
    assert_eq!(world.push(&newer, "f", &body(6)).await.status, StatusCode::ACCEPTED);
    // Nothing in the database or the log signs.
    let root = Actor::at_terminal("root");
    let user = world.state.identity.user(&root, "window").unwrap();
    let stored = format!("{:?}", world.state.single_window.live_secrets(&user.id).unwrap());
    assert!(!stored.contains(newer.secret.trim_start_matches("whsec_")));
    for number in 0..4 {
        assert!(world.state.single_window.add_secret(&root, &user, 24).is_ok(), "{number}");
    }
    assert!(world.state.single_window.add_secret(&root, &user, 24).is_err());
    assert!(world.state.single_window.add_secret(&root, &user, 0).is_ok());
    let customs = json!({ "login": "customs", "name": "c", "audience": "customs", "organisation": "5115" });
    world.posted("/api/v1/users", customs).await;
    let customs = world.state.identity.user(&root, "customs").unwrap();
    assert!(world.state.single_window.add_secret(&root, &customs, 24).is_err());
}

#[actix_web::test]
async fn bodies_that_cannot_be_used_are_named_and_free_their_id() {
    let world = World::new();
    let platform = world.platform("window").await;
    for (body, pointer) in [
        ("{".to_owned(), "#"),
        (json!({ "messages": [] }).to_string(), "#/messages"),
        (json!({ "messages": [{ "id": "a", "data": "PGE+" }], "x": 1 }).to_string(), "#/x"),
        (json!({ "messages": [{ "id": "a", "data": "<a/>" }] }).to_string(), "#/messages/0/data"),
        (json!({ "messages": [{ "id": "a/b", "data": "PGE+" }] }).to_string(), "#/messages/0/id"),
    ] {
        let answer = world.push(&platform, "b1", &body).await;
        assert_eq!(problem(&answer), (400, "invalid_body".to_owned()), "{}", answer.text());
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.text());
    }
    let large = " ".repeat(BODY_BYTES_MAX + 1);
    assert_eq!(world.push(&platform, "b1", &large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(world.nothing_is_kept().await);
    let body = batch(&[("m", &xml(&Trade::new(1).order()))]);
    assert_eq!(world.push(&platform, "b1", &body).await.status, StatusCode::ACCEPTED);
}

#[actix_web::test]
async fn receipts_go_on_where_one_stopped_and_are_the_senders_own() {
    for place in Place::all() {
        let world = World::at(&place);
        let platform = world.platform("window").await;
        let empty = world.receipts(&platform, "").await;
        assert_eq!((&empty["items"], &empty["more"]), (&json!([]), &json!(false)));
        world.pushed(&platform, "b1", &of_trade(&Trade::new(1))).await;
        world.an_hour_later();
        let other = world.platform("other").await;
        world.pushed(&other, "b1", &batch(&[("m", &xml(&Trade::new(9).order()))])).await;
        world.an_hour_later();
        let last = world.pushed(&platform, "b2", &of_trade(&Trade::new(2))).await;
        let mut since = String::new();
        let mut seen = Vec::new();
        for pages in 0.. {
            let page = world.receipts(&platform, &format!("?limit=4{since}")).await;
            seen.extend(page["items"].as_array().unwrap().clone());
            since = format!("&since={}", page["next_cursor"].as_str().unwrap());
            if page["more"] == false {
                assert_eq!(pages, 3);
                break;
            }
        }
        assert_eq!(seen.len(), 14);
        assert_eq!(seen[13], last["items"][6]);
        let again = world.receipts(&platform, &format!("?limit=4{since}")).await;
        assert_eq!(again["items"], json!([]));
        // A receipt's id is a cursor too.
        let from = seen[9]["id"].as_str().unwrap();
        let rest = world.receipts(&platform, &format!("?since={from}")).await;
        assert_eq!(rest["items"].as_array().unwrap().as_slice(), &seen[10..]);
        assert_eq!(world.receipts(&other, "").await["items"].as_array().unwrap().len(), 1);
        let all = world.read("/api/v1/single-window/receipts").await.json();
        assert_eq!(all["items"].as_array().unwrap().len(), 15);
        // Page by page within a batch, and none of it for another.
        let path = format!("{PATH}/{}/receipts", last["batch"]["id"].as_str().unwrap());
        let page = world
            .call(with_key(TestRequest::get().uri(&format!("{path}?limit=5")), &platform.key))
            .await
            .json();
        let next = format!("{path}?cursor={}", page["next_cursor"].as_str().unwrap());
        let page = world.call(with_key(TestRequest::get().uri(&next), &platform.key)).await.json();
        assert_eq!(page["items"].as_array().unwrap().len(), 2);
        let answer = world.call(with_key(TestRequest::get().uri(&path), &other.key)).await;
        assert_eq!(problem(&answer), (404, "batch_not_found".to_owned()));
        assert_eq!(world.get(&path).await.status, StatusCode::UNAUTHORIZED);
        let customs = world.department("customs").await;
        for path in [path.as_str(), "/api/v1/single-window/receipts"] {
            let answer = world.call(with_key(TestRequest::get().uri(path), &customs)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
        }
        let future = crate::http::cursor::encode(crate::http::cursor::List::Receipts, "99");
        let path = format!("/api/v1/single-window/receipts?since={future}");
        let answer = world.call(with_key(TestRequest::get().uri(&path), &platform.key)).await;
        assert_eq!(problem(&answer), (400, "invalid_cursor".to_owned()));
    }
}

/// Five years; the last receipt stays, since numbers go on from it.
#[actix_web::test]
async fn what_was_kept_long_enough_goes_and_whoever_would_miss_it_is_told() {
    for place in Place::all() {
        let world = World::at(&place);
        let platform = world.platform("window").await;
        let first = world.pushed(&platform, "b1", &of_trade(&Trade::new(1))).await;
        let after_one = first["items"][0]["id"].as_str().unwrap().to_owned();
        let database = world.state.service.database.clone();
        let remove = || old::remove(&database, world.state.service.clock.now().0).unwrap();
        let age = |days: i64| {
            let at = world.state.service.clock.now().0 - days * 86_400_000;
            world
                .run(&format!("UPDATE single_window_batches SET received_at = {at} WHERE webhook_id = 'b1'"));
        };
        age(KEPT_DAYS + 1);
        assert_eq!(remove(), 0, "the last receipt stays");
        world.an_hour_later();
        world.pushed(&platform, "b2", &of_trade(&Trade::new(2))).await;
        age(KEPT_DAYS - 1);
        assert_eq!(remove(), 0);
        age(KEPT_DAYS + 1);
        assert_eq!((remove(), remove()), (1, 0));
        let path = format!("{PATH}/{}/receipts", first["batch"]["id"].as_str().unwrap());
        let answer = world.call(with_key(TestRequest::get().uri(&path), &platform.key)).await;
        assert_eq!(problem(&answer), (404, "batch_not_found".to_owned()));
        let page = world.receipts(&platform, "").await;
        assert_eq!(page["items"].as_array().unwrap().len(), 7);
        let path = format!("/api/v1/single-window/receipts?since={after_one}");
        let answer = world.call(with_key(TestRequest::get().uri(&path), &platform.key)).await;
        assert_eq!(problem(&answer), (400, "invalid_cursor".to_owned()));
        assert!(answer.text().contains("不再保留"), "{}", answer.text());
        // Who has read all that went misses nothing.
        let last_gone = first["items"][6]["id"].as_str().unwrap();
        let page = world.receipts(&platform, &format!("?since={last_gone}")).await;
        assert_eq!(page["items"].as_array().unwrap().len(), 7);
        assert_eq!(world.findings(), Vec::<String>::new());
    }
}

#[actix_web::test]
async fn doctor_names_receipts_that_are_missing_or_say_what_is_not_there() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let platform = world.platform("window").await;
        let pushed = world.pushed(&platform, "b1", &of_trade(&Trade::new(1))).await;
        let id = pushed["batch"]["id"].as_str().unwrap();
        let finds = |what: &str| {
            let found = world.findings();
            assert!(found.len() == 1 && found[0].contains(what), "{what}: {found:?}");
        };
        assert_eq!(world.findings(), Vec::<String>::new());
        world.run("UPDATE single_window_receipts SET sales = '[\"no sale\"]' WHERE position = 2");
        finds("names the sale no sale, which is not there");
        world.run("UPDATE single_window_receipts SET sales = '[' WHERE position = 2");
        finds("single_window_receipts 2");
        world.run("DELETE FROM single_window_receipts WHERE position = 2");
        finds(&format!("single_window_batches {id}"));
        world.run("UPDATE single_window_receipts SET position = 99 WHERE position = 1");
        let found = world.findings();
        assert!(found.iter().any(|one| one.contains("is of message 99 of")), "{found:?}");
    }
}

#[actix_web::test]
async fn only_a_user_that_delivers_customs_messages_pushes() {
    let world = World::new();
    let body = of_trade(&Trade::new(1));
    let secret = format!("whsec_{}", STANDARD.encode([1; 32]));
    let registration =
        json!({ "name": "r", "audience": "source", "organisation": "registration", "scopes": ["intake"] });
    let machine = json!({ "name": "m", "audience": "source", "organisation": "ceb", "scopes": ["intake"] });
    for key in [world.key(registration).await, world.key(machine).await] {
        let platform = Platform { key, secret: secret.clone() };
        assert_eq!(problem(&world.push(&platform, "b1", &body).await), (403, "not_yours".to_owned()));
    }
    let read = world.department("customs").await;
    let answer = world.push(&Platform { key: read, secret }, "b1", &body).await;
    assert_eq!(problem(&answer), (403, "scope_missing".to_owned()));
}

#[actix_web::test]
async fn two_pushes_at_once_are_one_batch() {
    for place in Place::all() {
        let world = World::at(&place);
        let platform = world.platform("window").await;
        let user = world.state.identity.user(&Actor::at_terminal("root"), "window").unwrap().id;
        let signed = Signed { id: "b1".to_owned(), seconds: NOW_SECONDS, signatures: String::new() };
        let body = of_trade(&Trade::new(1));
        let push = Push { user: &user, signed: &signed, body: body.as_bytes() };
        let (window, jobs) = (&world.state.single_window, &world.state.jobs);
        // Neither has found the other before it was there.
        let first = window.take(jobs, &push, serde_json::from_str(&body).unwrap()).unwrap();
        let second = window.take(jobs, &push, serde_json::from_str(&body).unwrap()).unwrap();
        assert_eq!(first, second);
        world.pushed(&platform, "b1", &body).await;
        assert!(world.nothing_is_kept().await);
        assert_eq!(world.batches().await, 1);
    }
}

#[actix_web::test]
async fn a_batch_that_failed_says_why() {
    for place in Place::all() {
        let world = World::at(&place);
        let platform = world.platform("window").await;
        // Nobody works on jobs any more.
        world.state.jobs.stop();
        let answer = world.push(&platform, "b1", &of_trade(&Trade::new(1))).await;
        let get = async || {
            let request =
                TestRequest::get().uri(answer.header("location")).insert_header(("Accept-Language", "en"));
            world.call(with_key(request, &platform.key)).await.json()
        };
        assert_eq!(get().await["batch"]["state"], "waiting");
        world.run("UPDATE jobs SET state = 'cancelled'");
        let cancelled = get().await;
        assert_eq!((&cancelled["batch"]["state"], &cancelled["items"]), (&json!("failed"), &json!([])));
        assert_eq!(cancelled["batch"]["error"]["code"], "cancelled", "{cancelled}");
        world.run("UPDATE jobs SET state = 'failed', error = '{\"code\":\"internal\",\"zh\":\"错\",\"en\":\"wrong\"}'");
        let failed = get().await;
        assert_eq!(failed["batch"]["error"], json!({ "code": "internal", "message": "wrong" }), "{failed}");
    }
}
