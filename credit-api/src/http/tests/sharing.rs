//! A department asks, is answered, follows the feed and loses it again; a bank follows those that consented; who saw
//! what was corrected finds it in the own log.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::people::{kind, seen};
use super::world::{Answer, World, code, registrations};
use crate::store::both::Place;

const HOUR_MS: i64 = 3_600_000;

impl World {
    pub fn an_hour_later(&self) {
        self.pass(HOUR_MS);
    }

    pub async fn taken(&self, source: &str, file: &str) {
        self.an_hour_later();
        let job = self.take(source, file).await;
        assert_eq!(job["state"], "succeeded", "{job}");
        self.an_hour_later();
    }

    pub async fn answered(&self, path: &str, version: &str, body: Value) -> Answer {
        self.call(self.signed(seen(TestRequest::post().uri(path), version)).set_json(body)).await
    }

    /// A standing request that is in force: its address.
    pub async fn granted(&self, key: &str, blocks: &[&str]) -> String {
        let asked = self.sent(key, "/api/v1/standing-requests", "", terms(blocks)).await;
        assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.text());
        let place = asked.header("location").to_owned();
        let answer = self.answered(&format!("{place}/answer"), "\"1\"", json!({ "decision": "grant" })).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        place
    }

    pub async fn zone(&self) {
        let one = code(1);
        self.taken("registration", &registrations([1, 2])).await;
        let classes = format!(
            "uscc,authority,class,valid_from,valid_to,decision_no\n\
             {one},safe,A,2025-01-01,,SAFE-NO\n{one},tax,B,2025-01-01,,TAX-NO\n"
        );
        self.taken("classes", &classes).await;
        let lists = format!(
            "uscc,list,decision_no,authority,effective_on\n{one},abnormal_operation,LISTED,市监局,2026-11-01\n"
        );
        self.taken("lists", &lists).await;
    }
}

pub fn terms(blocks: &[&str]) -> Value {
    json!({ "purpose": "supervision", "blocks": blocks, "basis": "海关法第六条", "cycle": "event", "valid_to": "2028-12-31" })
}

fn told(body: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    body["items"].as_array().unwrap().iter().map(|one| (text(&one["kind"]), text(&one["block"]))).collect()
}

#[actix_web::test]
async fn a_department_follows_what_it_was_granted_and_nothing_else() {
    for place in Place::all() {
        let world = World::at(&place);
        world.zone().await;
        let customs = world.department("customs").await;
        let refused = world.asked(&customs, "supervision", "/api/v1/changes").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(kind(&refused), "standing_request_required");
        assert!(refused.text().contains("POST /api/v1/standing-requests"), "{}", refused.text());

        world.granted(&customs, &["safe_class", "grade", "lists"]).await;
        assert_eq!(kind(&world.asked(&customs, "", "/api/v1/changes").await), "purpose_required");
        let other = world.asked(&customs, "statistics", "/api/v1/changes").await;
        assert_eq!(kind(&other), "purpose_not_sufficient");

        let feed = world.asked(&customs, "supervision", "/api/v1/changes").await;
        assert_eq!(feed.status, StatusCode::OK, "{}", feed.text());
        let (text, body) = (feed.text(), feed.json());
        // The tax class was not granted; the grade and the class are shown alone, as the matrix has it.
        let of_one = |kind: &str, block: &str| (kind.to_owned(), block.to_owned());
        let found = told(&body);
        assert!(found.contains(&of_one("class.changed", "safe_class")), "{text}");
        assert!(found.contains(&of_one("list.changed", "lists")), "{text}");
        assert!(found.contains(&of_one("rating.changed", "grade")), "{text}");
        assert!(!text.contains("tax_class") && !text.contains("SAFE-NO"), "{text}");
        assert!(!text.contains("score") && !text.contains("commitment"), "{text}");
        assert!(!text.contains("previous"), "{text}");
        assert!(text.contains("LISTED"), "{text}");
        assert_eq!(body["more"], false);

        // The same cursor while nothing is new, and from it on everything that is.
        let next = body["next_cursor"].as_str().unwrap();
        let path = format!("/api/v1/changes?since={next}");
        let nothing = world.asked(&customs, "supervision", &path).await.json();
        assert_eq!(
            (nothing["items"].as_array().unwrap().len(), &nothing["next_cursor"]),
            (0, &body["next_cursor"])
        );
        world.taken("lists", &format!(
            "uscc,list,decision_no,authority,effective_on,removed_on\n{},abnormal_operation,LISTED,市监局,2026-11-01,2026-11-20\n",
            code(1)
        )).await;
        let more = world.asked(&customs, "supervision", &path).await.json();
        assert_eq!(more["items"][0]["values"]["event"], "ended", "{more}");

        // A page at a time is the same as all at once.
        let (mut since, mut paged) = (String::new(), Vec::new());
        loop {
            let path = format!("/api/v1/changes?limit=1{since}");
            let page = world.asked(&customs, "supervision", &path).await.json();
            paged.extend(page["items"].as_array().unwrap().clone());
            if page["more"] == false {
                break;
            }
            since = format!("&since={}", page["next_cursor"].as_str().unwrap());
        }
        let all = world.asked(&customs, "supervision", "/api/v1/changes").await.json();
        assert_eq!(Value::Array(paged), all["items"]);

        for wrong in ["x", "ZjE6OTk5OTk5", "ZjE6LTE"] {
            let answer =
                world.asked(&customs, "supervision", &format!("/api/v1/changes?since={wrong}")).await;
            assert_eq!((answer.status, kind(&answer).as_str()), (StatusCode::BAD_REQUEST, "invalid_cursor"));
        }
    }
}

#[actix_web::test]
async fn each_change_that_was_shown_is_a_look_at_its_enterprise() {
    for place in Place::all() {
        let world = World::at(&place);
        world.zone().await;
        let agent = world.agent_of(1).await;
        let customs = world.department("customs").await;
        world.granted(&customs, &["safe_class", "grade", "lists"]).await;
        let path = format!("/api/v1/enterprises/{}/sharing", code(1));
        let before = world.asked(&agent, "self", &path).await.json();
        assert_eq!(before["items"][0]["last_taken_at"], Value::Null, "{before}");
        assert_eq!(before["items"][0]["blocks"], json!(["safe_class", "grade", "lists"]), "{before}");
        assert_eq!(before["items"][0]["department"], "customs");

        world.an_hour_later();
        world.asked(&customs, "supervision", "/api/v1/changes").await;
        let log = format!("/api/v1/enterprises/{}/access-log", code(1));
        let look = world.asked(&agent, "self", &log).await.json()["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|look| look["organisation"] == "5115")
            .cloned()
            .unwrap();
        let shown: Vec<&str> = look["shown"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(shown.contains(&"safe_class:grade") && shown.contains(&"grade:grade"), "{look}");
        assert_eq!((&look["purpose"], &look["refused"]), (&json!("supervision"), &json!([])));
        let after = world.asked(&agent, "self", &path).await.json();
        assert_eq!(after["items"][0]["last_taken_at"], look["at"], "{after}");
        // Not somebody else's business.
        assert_eq!(world.asked(&customs, "supervision", &path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.get(&path).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[actix_web::test]
async fn a_request_is_answered_by_the_operator_within_the_rules_and_once() {
    for place in Place::all() {
        let world = World::at(&place);
        let customs = world.department("customs").await;
        let path = "/api/v1/standing-requests";
        // What is seen on request alone is granted to nobody in bulk.
        for blocks in [vec!["score"], vec!["orders"], vec![]] {
            let answer = world.sent(&customs, path, "", terms(&blocks)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{blocks:?}");
            assert_eq!(answer.json()["errors"][0]["pointer"], "#/blocks");
        }
        let long = json!({ "purpose": "supervision", "blocks": ["grade"], "basis": "法", "cycle": "daily", "valid_to": "2029-11-23" });
        assert_eq!(world.sent(&customs, path, "", long).await.json()["errors"][0]["pointer"], "#/valid_to");
        let bank = json!({ "name": "b", "audience": "financier", "organisation": code(77), "scopes": ["read", "share"] });
        let bank = world.key(bank).await;
        assert_eq!(world.sent(&bank, path, "", terms(&["grade"])).await.status, StatusCode::FORBIDDEN);

        let asked = world.sent(&customs, path, "", terms(&["grade", "lists"])).await;
        let place = asked.header("location").to_owned();
        // Ten working days after Monday 2026-11-23.
        assert_eq!(asked.json()["answer_due"], "2026-12-07");
        let answer = format!("{place}/answer");
        let grant = json!({ "decision": "grant" });
        assert_eq!(world.sent(&customs, &answer, "\"1\"", grant.clone()).await.status, StatusCode::FORBIDDEN);
        let unseen = world.call(world.signed(TestRequest::post().uri(&answer)).set_json(&grant)).await;
        assert_eq!(unseen.status, StatusCode::PRECONDITION_REQUIRED);
        let part = json!({ "decision": "grant", "blocks": ["lists"] });
        assert_eq!(world.answered(&answer, "\"1\"", part).await.json()["errors"][0]["pointer"], "#/reason");
        let more = json!({ "decision": "grant", "blocks": ["lists", "safe_class"], "reason": "r" });
        assert_eq!(world.answered(&answer, "\"1\"", more).await.json()["errors"][0]["pointer"], "#/blocks");
        let part = json!({ "decision": "grant", "blocks": ["lists"], "reason": "the grade is not needed" });
        let granted = world.answered(&answer, "\"1\"", part.clone()).await;
        assert_eq!(
            (&granted.json()["standing"], &granted.json()["granted"]),
            (&json!("active"), &json!(["lists"]))
        );
        assert_eq!(
            world.answered(&answer, "\"1\"", part.clone()).await.status,
            StatusCode::PRECONDITION_FAILED
        );
        assert_eq!(world.answered(&answer, "\"2\"", part).await.status, StatusCode::CONFLICT);

        // Another department's is nobody's.
        let tax = world.department("tax").await;
        assert_eq!(world.asked(&tax, "", &place).await.status, StatusCode::NOT_FOUND);
        let withdraw = format!("{place}/withdraw");
        assert_eq!(world.sent(&tax, &withdraw, "\"2\"", json!({})).await.status, StatusCode::NOT_FOUND);
        let without = world.answered(&withdraw, "\"2\"", json!({})).await;
        assert_eq!(without.json()["errors"][0]["pointer"], "#/reason");
        assert_eq!(world.sent(&customs, &withdraw, "\"2\"", json!({})).await.json()["standing"], "withdrawn");
        assert_eq!(
            kind(&world.asked(&customs, "supervision", "/api/v1/changes").await),
            "standing_request_required"
        );

        // Both acts are on the ledger, and the database cannot say otherwise.
        assert_eq!(differences(&world), Vec::<String>::new());
        let mut connection = world.state.service.database.connection().unwrap();
        let sql = "UPDATE standing_requests SET ended_why = NULL";
        crate::store::bulk::execute(&mut connection, sql, []).unwrap();
        drop(connection);
        assert_eq!(differences(&world).len(), 1, "{:?}", differences(&world));
    }
}

/// What doctor finds about standing requests.
fn differences(world: &World) -> Vec<String> {
    let of_requests =
        world.examined().findings.into_iter().filter(|one| one.place.starts_with("standing_requests"));
    of_requests.map(|one| format!("{}: {}", one.place, one.what)).collect()
}

#[actix_web::test]
async fn a_corrected_request_takes_the_place_of_the_one_before_when_it_is_granted() {
    for place in Place::all() {
        let world = World::at(&place);
        let customs = world.department("customs").await;
        let first = world.granted(&customs, &["grade"]).await;
        world.an_hour_later();
        let correct = format!("{first}/correct");
        let key = ("Idempotency-Key", "k1");
        let send = || {
            TestRequest::post()
                .uri(&correct)
                .insert_header(("Authorization", format!("Bearer {customs}")))
                .insert_header(("If-Match", "\"2\""))
                .insert_header(key)
                .set_json(terms(&["grade", "lists"]))
        };
        let corrected = world.call(send()).await;
        assert_eq!(corrected.status, StatusCode::CREATED, "{}", corrected.text());
        let again = world.call(send()).await;
        assert_eq!(again.json()["id"], corrected.json()["id"]);
        let twice = world.sent(&customs, &correct, "\"3\"", terms(&["lists"])).await;
        assert_eq!(twice.status, StatusCode::CONFLICT, "{}", twice.text());
        assert_eq!(world.asked(&customs, "", &first).await.json()["standing"], "active");
        let second = corrected.header("location").to_owned();
        world.an_hour_later();
        world.answered(&format!("{second}/answer"), "\"1\"", json!({ "decision": "grant" })).await;
        let (first, second) =
            (world.asked(&customs, "", &first).await.json(), world.asked(&customs, "", &second).await.json());
        assert_eq!((&first["standing"], &second["standing"]), (&json!("corrected"), &json!("active")));
        assert_eq!(first["ended_at"], second["answered_at"]);
        assert_ne!(first["answered_at"], second["answered_at"]);
        let list = world.asked(&customs, "", "/api/v1/standing-requests?limit=1").await.json();
        assert_eq!((&list["items"][0]["id"], list["next_cursor"].is_string()), (&second["id"], true));
    }
}

#[actix_web::test]
async fn a_bank_follows_those_that_consented_for_more_than_a_day() {
    for place in Place::all() {
        let world = World::at(&place);
        world.zone().await;
        let agent = world.agent_of(1).await;
        let bank = json!({ "name": "b", "audience": "financier", "organisation": code(77), "scopes": ["read", "share"] });
        let bank = world.key(bank).await;
        let nothing = world.asked(&bank, "credit_approval", "/api/v1/changes").await;
        assert_eq!(
            (nothing.status, told(&nothing.json())),
            (StatusCode::OK, Vec::new()),
            "{}",
            nothing.text()
        );
        for (kind, expected) in [("single", false), ("continuous", true)] {
            let question = json!({ "uscc": code(1), "purpose": "credit_approval", "blocks": ["grade", "score"],
                "product": "跨境贷", "kind": kind, "until": "2026-12-31" });
            let asked = world.sent(&bank, "/api/v1/consents", "", question).await;
            let path = format!("{}/grant", asked.header("location"));
            let text = json!({ "text_digest": asked.json()["text_digest"] });
            assert_eq!(world.sent(&agent, &path, "\"1\"", text).await.status, StatusCode::OK);
            let feed = world.asked(&bank, "credit_approval", "/api/v1/changes").await;
            let (text, body) = (feed.text(), feed.json());
            assert_eq!(text.contains("rating.changed"), expected, "{kind}: {text}");
            assert_eq!(text.contains("\"score\""), expected, "{kind}: {text}");
            // What was before the consent is history: the rating in force alone, without the one before it.
            assert!(text.matches("rating.changed").count() <= 1 && !text.contains("previous"), "{text}");
            assert!(!text.contains(&code(2)) && !text.contains("safe_class"), "{text}");
            let own = body["items"].as_array().unwrap().iter().all(|one| one["uscc"] == code(1));
            assert!(own, "{text}");
        }
        let end = world.asked(&bank, "credit_approval", "/api/v1/changes").await.json();
        let class = format!(
            "uscc,authority,class,valid_from,valid_to,decision_no\n{},tax,D,2026-01-01,,D-NO\n",
            code(1)
        );
        world.taken("classes", &class).await;
        let since = format!("/api/v1/changes?since={}", end["next_cursor"].as_str().unwrap());
        let new = world.asked(&bank, "credit_approval", &since).await;
        assert!(new.text().contains("previous_grade") && !new.text().contains("D-NO"), "{}", new.text());
        // For another purpose the consent opens nothing: what everybody sees remains.
        let other = world.asked(&bank, "insurance", "/api/v1/changes").await.text();
        assert!(!other.contains("rating.changed"), "{other}");
        let own = world.asked(&agent, "self", "/api/v1/changes").await;
        assert!(own.text().contains("tax_class") && !own.text().contains(&code(2)), "{}", own.text());
    }
}

#[actix_web::test]
async fn who_saw_what_was_wrong_finds_it_in_the_own_log() {
    for place in Place::all() {
        let world = World::at(&place);
        world.zone().await;
        let customs = world.department("customs").await;
        let (path, log) = (
            format!("/api/v1/enterprises/{}", code(1)),
            format!("/api/v1/enterprises/{}/access-log", code(1)),
        );
        world.asked(&customs, "supervision", &path).await;
        let seen = world.asked(&customs, "supervision", &log).await.json();
        assert_eq!(seen["items"].as_array().unwrap().last().unwrap()["corrected_at"], Value::Null, "{seen}");

        let class = |class: &str| {
            format!(
                "uscc,authority,class,valid_from,valid_to,decision_no\n{},safe,{class},2025-01-01,,SAFE-NO\n",
                code(1)
            )
        };
        world.taken("classes", &class("B")).await;
        world.asked(&customs, "supervision", &path).await;
        let marks = |body: &Value| -> Vec<Value> {
            let looks = body["items"].as_array().unwrap().iter();
            let of_class = |look: &&Value| look["shown"].to_string().contains("safe_class");
            looks.filter(of_class).map(|look| look["corrected_at"].clone()).collect()
        };
        // The newest first: the look after the correction holds, the one before does not.
        let found = marks(&world.asked(&customs, "supervision", &log).await.json());
        assert_eq!((found.len(), &found[0]), (2, &Value::Null), "{found:?}");
        assert!(found[1].is_string(), "{found:?}");
        let feed = world.read("/api/v1/changes").await.json();
        let corrected =
            feed["items"].as_array().unwrap().iter().find(|one| one["kind"] == "record.corrected");
        assert_eq!(corrected.unwrap()["at"], found[1], "{feed}");

        // News is no correction.
        let end = format!(
            "uscc,authority,class,valid_from,valid_to,decision_no\n{},safe,B,2025-01-01,2026-12-31,SAFE-NO\n",
            code(1)
        );
        world.taken("classes", &end).await;
        assert_eq!(marks(&world.asked(&customs, "supervision", &log).await.json()), found);
    }
}
