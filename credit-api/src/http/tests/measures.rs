//! Measures of supervision: what a list makes due, who confirms it, what is stayed, frozen and ended, whom it is
//! told, and what the ledger and `doctor` say of it.

use std::ops::Deref;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::people::kind;
use super::world::{Answer, LISTS, World, code, registrations};
use crate::store::both::Place;

/// Those who act and read, each with a key.
struct Office {
    world: World,
    agent: String,
    officer: String,
    colleague: String,
    reviewer: String,
    auditor: String,
    customs: String,
    tax: String,
    police: String,
}

impl Deref for Office {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Office {
    /// On a day, with two enterprises that are registered.
    async fn new(place: &Place, today: &str) -> Self {
        let world = World::at(place);
        world.set_day(today);
        world.take("registration", &registrations([1, 2])).await;
        world.agent_of(1).await;
        let key = async |login: &str, audience: &str| {
            let scopes: &[&str] = match audience {
                "customs" => &["read", "share"],
                "commerce" | "reviewer" => &["read", "cases"],
                _ => &["read"],
            };
            world.user_with(login, audience, scopes).await
        };
        Self {
            agent: world.another_key("agent", &["read", "share", "cases"]).await,
            officer: key("officer", "commerce").await,
            colleague: key("colleague", "commerce").await,
            reviewer: key("third", "reviewer").await,
            auditor: key("watch", "auditor").await,
            customs: key("customs", "customs").await,
            tax: key("tax", "tax").await,
            police: key("police", "police").await,
            world,
        }
    }

    async fn listed(&self, rows: &str) {
        // A moment later than whatever was evaluated before.
        self.pass(1_000);
        let job = self.world.take("lists", &format!("{LISTS}{rows}")).await;
        assert_eq!(job["state"], "succeeded", "{job}");
    }

    async fn call(&self, key: &str, request: TestRequest) -> Answer {
        let purpose = match key {
            key if key == self.agent => "self",
            key if key == self.reviewer => "evaluation_check",
            key if key == self.auditor => "audit",
            _ => "supervision",
        };
        self.world.by(key, purpose, request).await
    }

    async fn get(&self, key: &str, path: &str) -> Answer {
        self.call(key, TestRequest::get().uri(&format!("/api/v1{path}"))).await
    }

    /// The codes of enterprise 1's measures in a state, as this reader is shown them.
    async fn codes(&self, key: &str, query: &str) -> Vec<String> {
        let answer = self.get(key, &format!("/measures?uscc={}&{query}", code(1))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        codes_of(&answer.json())
    }

    /// The id of the measure of this code, as the officer sees it.
    async fn id(&self, state: &str, wanted: &str) -> String {
        let body = self.get(&self.officer, &format!("/measures?uscc={}&state={state}", code(1))).await.json();
        let items = body["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["code"] == wanted);
        found.unwrap_or_else(|| panic!("{wanted}: {body}"))["id"].as_str().unwrap().to_owned()
    }

    /// Decides with the version that is there now.
    async fn decide(&self, key: &str, id: &str, verb: &str) -> Answer {
        let seen = self.get(&self.officer, &format!("/measures/{id}")).await.header("etag").to_owned();
        self.decide_having_seen(key, id, verb, &seen).await
    }

    async fn decide_having_seen(&self, key: &str, id: &str, verb: &str, seen: &str) -> Answer {
        let request = TestRequest::post().uri(&format!("/api/v1/measures/{id}/{verb}"));
        let request = request.insert_header(("If-Match", seen)).set_json(json!({ "reason": "looked at" }));
        self.call(key, request).await
    }

    /// Changes of measures in a reader's feed: measure, event and state.
    async fn told(&self, key: &str) -> Vec<String> {
        let answer = self.get(key, "/changes?limit=200").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let text = |item: &Value, name: &str| item["values"][name].as_str().unwrap_or("?").to_owned();
        let body = answer.json();
        let items = body["items"].as_array().unwrap().iter();
        items
            .filter(|item| item["kind"] == "measure.changed")
            .map(|item| format!("{} {} {}", text(item, "measure"), text(item, "event"), text(item, "state")))
            .collect()
    }
}

fn codes_of(body: &Value) -> Vec<String> {
    let items = body["items"].as_array().unwrap_or_else(|| panic!("{body}"));
    let mut codes: Vec<String> = items.iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes
}

/// Over the National Day holiday: what a list makes due, who decides on it, and that it is gone on the day on which the
/// entry is, though nobody works and the lists are stale.
#[actix_web::test]
async fn what_binds_is_confirmed_by_people_and_ends_with_its_cause() {
    for place in Place::all() {
        let office = Office::new(&place, "2026-09-30").await;
        let (officer, reviewer, agent) = (&office.officer, &office.reviewer, &office.agent);
        office.listed(&format!("{},judgment_defaulter,J1,法院,2026-09-30,2026-10-03,\n", code(1))).await;
        let helps = ["financing_iv", "service_iv"];
        let binding =
            ["alert_response_iv", "funds_listed", "honours_listed", "spot_check_iv", "spot_check_listed"];
        assert_eq!(office.codes(officer, "").await, helps, "nobody is bound by the service alone");
        assert_eq!(office.codes(officer, "state=proposed").await, binding);
        assert_eq!(office.codes(agent, "").await, helps);

        // Who sees it: its own enterprise what holds, the office all; nobody without a purpose or a rule.
        let check = office.id("proposed", "spot_check_iv").await;
        assert_eq!(kind(&office.get(agent, &format!("/measures/{check}")).await), "measure_not_found");
        let early = office.get(agent, &format!("/measures?uscc={}&state=proposed", code(1))).await;
        assert_eq!(kind(&early), "invalid_parameter");
        let other = office.get(agent, &format!("/measures?uscc={}", code(2))).await;
        assert_eq!(kind(&other), "not_disclosed");
        assert_eq!(kind(&office.get(&office.police, "/measures").await), "not_disclosed");
        assert_eq!(kind(&office.world.get("/api/v1/measures").await), "sign_in_required");
        let silent = office.asked(officer, "", &format!("/api/v1/measures/{check}")).await;
        assert_eq!(kind(&silent), "purpose_required");
        assert_eq!(codes_of(&office.get(&office.auditor, "/measures?state=proposed").await.json()), binding);

        // One officer where something is looked at closer; a reviewer after the officer where something is taken away.
        assert_eq!(kind(&office.decide(reviewer, &check, "confirm").await), "not_yours");
        assert_eq!(kind(&office.decide(agent, &check, "confirm").await), "measure_not_found");
        assert_eq!(kind(&office.decide(officer, &check, "lift").await), "wrong_standing");
        // A program of the office is no officer.
        let program = json!({ "name": "m", "audience": "commerce", "organisation": "5115", "scopes": ["read", "cases"] });
        let program = office.key(program).await;
        assert_eq!(kind(&office.decide(&program, &check, "confirm").await), "not_yours");
        let request = TestRequest::post().uri(&format!("/api/v1/measures/{check}/confirm"));
        let unseen = office.call(officer, request.set_json(json!({ "reason": "x" }))).await;
        assert_eq!(unseen.status, StatusCode::PRECONDITION_REQUIRED);
        let request = TestRequest::post().uri(&format!("/api/v1/measures/{check}/confirm"));
        let request = request.insert_header(("If-Match", "\"1\"")).set_json(json!({ "reason": " " }));
        assert_eq!(office.call(officer, request).await.json()["errors"][0]["pointer"], "#/reason");
        let once = async || {
            let request = TestRequest::post().uri(&format!("/api/v1/measures/{check}/confirm"));
            let request =
                request.insert_header(("If-Match", "\"1\"")).insert_header(("Idempotency-Key", "k"));
            office.call(officer, request.set_json(json!({ "reason": "a court's list" }))).await
        };
        let (first, second) = (once().await, once().await);
        assert_eq!(first.status, StatusCode::OK, "{}", first.text());
        assert_eq!(first.body, second.body);
        let body = first.json();
        assert_eq!(
            (&body["state"], &body["version"], &body["waits_for"]),
            (&json!("in_force"), &json!(2), &Value::Null)
        );
        assert_eq!((&body["cause"]["grade"], &body["cause"]["rating"]), (&json!("D"), &json!(2)));
        // Nor is a measure in force lifted by whoever only reads it.
        assert_eq!(kind(&office.decide(&program, &check, "lift").await), "not_yours");
        let late = office.decide_having_seen(&office.colleague, &check, "refuse", "\"1\"").await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "two at once: one wins");

        let funds = office.id("proposed", "funds_listed").await;
        let confirmed = office.decide(officer, &funds, "confirm").await.json();
        assert_eq!((&confirmed["state"], &confirmed["waits_for"]), (&json!("confirmed"), &json!("reviewer")));
        assert_eq!(confirmed["cause"]["entries"][0]["which"], "judgment_defaulter J1");
        for same in [officer, &office.colleague] {
            assert!(
                ["not_yours", "same_person"]
                    .contains(&kind(&office.decide(same, &funds, "confirm").await).as_str())
            );
        }
        assert_eq!(office.decide(reviewer, &funds, "confirm").await.json()["state"], "in_force");
        let honours = office.id("proposed", "honours_listed").await;
        assert_eq!(office.decide(officer, &honours, "refuse").await.json()["state"], "refused");
        let alerts = office.id("proposed", "alert_response_iv").await;
        office.decide(officer, &alerts, "confirm").await;
        assert_eq!(office.decide(officer, &alerts, "lift").await.json()["state"], "lifted");

        // What was refused and lifted does not come again for the same cause, whatever is evaluated.
        office.listed(&format!("{},abnormal_operation,A1,市监局,2026-09-30,,\n", code(1))).await;
        let held = ["financing_iv", "funds_listed", "service_iv", "spot_check_iv"];
        assert_eq!(office.codes(agent, "").await, held);
        assert_eq!(office.codes(officer, "state=proposed").await, ["spot_check_listed"]);
        // The enterprise reads why and by what right, and not who decided.
        let own = office.get(agent, &format!("/measures/{funds}")).await.json();
        assert_eq!((&own["item"], &own["steps"][1]["by"]), (&json!("限制申请财政性资金项目"), &Value::Null));
        assert_eq!(own["steps"][1]["by_person"], true);

        // The last day of the entry, then the day after it: ended, by nobody's leave.
        office.later(3);
        office.look();
        assert_eq!(office.codes(agent, "").await, held);
        assert_eq!(
            kind(&office.decide(officer, &office.id("proposed", "spot_check_listed").await, "confirm").await),
            "wrong_standing"
        );
        office.later(1);
        office.look();
        assert_eq!(office.codes(agent, "").await, [""; 0]);
        assert_eq!(office.codes(officer, "state=proposed").await, [""; 0]);
        // As it stood on any day, read from the steps.
        assert_eq!(office.codes(agent, "at=2026-10-03").await, held);
        assert_eq!(office.codes(agent, "at=2026-09-29").await, [""; 0]);
        let ended = office.get(agent, &format!("/measures/{check}")).await.json();
        let last = ended["steps"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["verb"], &last["by_person"], &last["cause"]["entries"]),
            (&json!("end"), &json!(false), &Value::Null)
        );
        assert_eq!(last["cause"]["rating"], 4, "the rating with which the cause was gone: {ended}");

        let told = office.told(agent).await;
        for expected in
            ["spot_check_iv began in_force", "spot_check_iv ended ended", "alert_response_iv ended lifted"]
        {
            assert!(told.contains(&expected.to_owned()), "{expected}: {told:?}");
        }
        assert!(
            !told.iter().any(|one| one.starts_with("honours") || one.starts_with("spot_check_listed")),
            "{told:?}"
        );

        // Each look is written down, with the block and the purpose.
        let log = office.get(agent, &format!("/enterprises/{}/access-log?limit=200", code(1))).await;
        assert!(log.text().contains("measures") && log.text().contains("audit"), "{}", log.text());

        // All of it is on the ledger, and what is changed behind the service's back shows.
        assert_eq!(office.findings(), Vec::<String>::new());
        office.run("UPDATE measures SET state = 'in_force' WHERE code = 'funds_listed'");
        assert!(office.findings().iter().any(|one| one.starts_with("measures ")));
        office.run("UPDATE measures SET state = 'ended' WHERE code = 'funds_listed'");
        assert_eq!(office.findings(), Vec::<String>::new());
        office.run("DELETE FROM measure_steps WHERE state = 'refused'");
        assert!(office.findings().iter().any(|one| one.starts_with("measure_acts ")));
    }
}

/// A recommendation binds nobody, and is told the agency that it is for and no other.
#[actix_web::test]
async fn a_recommendation_is_told_its_agency_alone() {
    for place in Place::all() {
        let office = Office::new(&place, "2026-11-23").await;
        office.world.granted(&office.customs, &["measures"]).await;
        let granted = office.world.granted(&office.tax_sharing().await, &["measures"]).await;
        assert!(granted.contains("standing-requests"));
        office.listed(&format!("{},customs_seriously_dishonest,C1,海关,2026-11-23,,\n", code(1))).await;
        assert_eq!(office.codes(&office.customs, "").await, ["customs_inspection_iv"]);
        assert_eq!(office.codes(&office.tax, "").await, [""; 0]);
        let all = office.get(&office.customs, "/measures").await.json();
        assert_eq!(codes_of(&all), ["customs_inspection_iv"]);
        assert_eq!(
            (&all["items"][0]["power"], &all["items"][0]["cause"]),
            (&json!("recommendation"), &Value::Null)
        );
        let id = all["items"][0]["id"].as_str().unwrap();
        assert_eq!(office.get(&office.customs, &format!("/measures/{id}")).await.status, StatusCode::OK);
        assert_eq!(kind(&office.get(&office.tax, &format!("/measures/{id}")).await), "measure_not_found");
        assert_eq!(office.told(&office.customs).await, ["customs_inspection_iv began in_force"]);
        assert_eq!(office.told(&office.tax_sharing().await).await, [""; 0]);
        // The enterprise knows what is recommended about it.
        assert!(office.codes(&office.agent, "").await.contains(&"customs_inspection_iv".to_owned()));
        // An officer does not confirm it, and may take it back.
        assert_eq!(kind(&office.decide(&office.officer, id, "confirm").await), "wrong_standing");
        assert_eq!(office.decide(&office.officer, id, "lift").await.json()["state"], "lifted");
        assert_eq!(office.told(&office.customs).await[1..], ["customs_inspection_iv ended lifted"]);
        assert_eq!(office.findings(), Vec::<String>::new());
    }
}

impl Office {
    /// A key of the tax authority that follows the feed.
    async fn tax_sharing(&self) -> String {
        self.world.key(json!({ "name": "feed", "user": "tax", "scopes": ["read", "share"] })).await
    }
}

/// The lists are two days old and more: what follows from them is not begun, and begins once they are received again.
#[actix_web::test]
async fn a_stale_feed_freezes_the_consequence_and_not_the_record() {
    for place in Place::all() {
        let office = Office::new(&place, "2026-09-28").await;
        office.listed(&format!("{},serious_dishonesty,D1,市监局,2026-10-02,,\n", code(1))).await;
        assert_eq!(office.codes(&office.officer, "state=frozen").await, [""; 0]);
        office.later(4);
        office.look();
        let list = office.world.get("/api/v1/negative-list").await.json();
        assert_eq!((&list["feed"]["is_stale"], list["items"].as_array().unwrap().len()), (&json!(true), 1));
        let binding =
            ["alert_response_iv", "funds_listed", "honours_listed", "spot_check_iv", "spot_check_listed"];
        assert_eq!(office.codes(&office.officer, "state=frozen").await, binding);
        assert_eq!(office.codes(&office.officer, "").await, ["financing_iv", "service_iv"]);
        let frozen = office.id("frozen", "spot_check_iv").await;
        assert_eq!(kind(&office.decide(&office.officer, &frozen, "confirm").await), "wrong_standing");
        // Another enterprise's row is enough: the feed is fresh, and the look marks who waited.
        office.listed(&format!("{},abnormal_operation,A1,市监局,2026-10-02,,\n", code(2))).await;
        office.look();
        assert_eq!(office.codes(&office.officer, "state=proposed").await, binding);
        assert_eq!(office.codes(&office.officer, "state=frozen").await, [""; 0]);
        assert_eq!(office.findings(), Vec::<String>::new());
    }
}

/// While an appeal against the grade is pending, what the downgrade entails waits; withdrawn, it goes on.
#[actix_web::test]
async fn an_appeal_stays_what_the_downgrade_entails() {
    for place in Place::all() {
        let office = Office::new(&place, "2026-11-23").await;
        let (officer, agent) = (&office.officer, &office.agent);
        office.listed(&format!("{},serious_dishonesty,D1,市监局,2026-11-23,,\n", code(1))).await;
        let check = office.id("proposed", "spot_check_iv").await;
        office.decide(officer, &check, "confirm").await;
        let appeal = json!({ "uscc": code(1), "about": { "rating": 2 }, "reason": "another company" });
        let opened = office.call(agent, TestRequest::post().uri("/api/v1/appeals").set_json(appeal)).await;
        assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
        office.look();
        assert_eq!(office.codes(agent, "").await, [""; 0]);
        let stayed = office.codes(officer, "state=stayed").await;
        assert_eq!(stayed.len(), 7, "{stayed:?}");
        let body = office.get(agent, &format!("/measures/{check}")).await.json();
        assert_eq!((&body["state"], &body["waits_for"]), (&json!("stayed"), &json!("appeal")));
        let case = opened.header("location").to_owned();
        let last = body["steps"].as_array().unwrap().last().unwrap();
        assert_eq!(last["cause"]["appeal"], opened.json()["id"]);
        // What only was proposed goes on being proposed, what held holds again.
        let request =
            TestRequest::post().uri(&format!("{case}/withdraw")).insert_header(("If-Match", "\"1\""));
        let withdrawn = office.call(agent, request.set_json(json!({}))).await;
        assert_eq!(withdrawn.status, StatusCode::OK, "{}", withdrawn.text());
        office.look();
        assert_eq!(office.codes(agent, "").await, ["financing_iv", "service_iv", "spot_check_iv"]);
        assert_eq!(office.codes(officer, "state=proposed").await.len(), 4);
        let told = office.told(agent).await;
        let of_check: Vec<&String> = told.iter().filter(|one| one.starts_with("spot_check_iv")).collect();
        assert_eq!(
            of_check,
            ["spot_check_iv began in_force", "spot_check_iv ended stayed", "spot_check_iv began in_force"]
        );
        assert_eq!(office.findings(), Vec::<String>::new());
    }
}

#[actix_web::test]
async fn the_catalogue_is_public_and_pages_go_on() {
    let place = &Place::all()[0];
    let office = Office::new(place, "2026-11-23").await;
    let catalogue = office.world.get("/api/v1/measures/catalogue").await;
    assert_eq!(catalogue.status, StatusCode::OK);
    let body = catalogue.json();
    let funds =
        body["measures"].as_array().unwrap().iter().find(|one| one["code"] == "funds_listed").unwrap();
    assert_eq!((&funds["takes_two"], &funds["kinds"][0]), (&json!(true), &json!("N1")));
    let both = format!(
        "{},serious_dishonesty,D1,市监局,2026-11-23,,\n{},serious_dishonesty,D2,市监局,2026-11-23,,\n",
        code(1),
        code(2)
    );
    office.listed(&both).await;
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page =
            office.get(&office.officer, &format!("/measures?state=proposed&limit=3{cursor}")).await.json();
        found.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    found.sort_by_key(ToString::to_string);
    found.dedup();
    assert_eq!(found.len(), 10);
    assert_eq!(kind(&office.get(&office.officer, "/measures?cursor=x").await), "invalid_cursor");
    assert_eq!(kind(&office.get(&office.officer, "/measures?at=2026-11-24").await), "invalid_parameter");
    assert_eq!(kind(&office.get(&office.officer, "/measures?state=x").await), "invalid_parameter");
    assert_eq!(kind(&office.get(&office.officer, "/measures/none").await), "measure_not_found");
}

/// An entry of the zone's own watch list is a cause too, from the day on which it takes effect to its release.
#[actix_web::test]
async fn the_watch_list_changes_how_often_is_inspected() {
    for place in Place::all() {
        let office = Office::new(&place, "2026-11-23").await;
        let (officer, agent, reviewer) = (&office.officer, &office.agent, &office.reviewer);
        let brought =
            TestRequest::post().uri("/api/v1/case-files?name=visit.pdf").set_payload("%PDF-1.4 two visits");
        let brought = office.call(officer, brought).await;
        assert_eq!(brought.status, StatusCode::CREATED, "{}", brought.text());
        let entry = json!({
            "uscc": code(1), "about": { "watch": { "code": "W3", "facts": "两次走访均无人" }}, "reason": "失联",
            "basis": "区内规则", "attachments": [brought.json()["digest"]],
        });
        let opened =
            office.call(officer, TestRequest::post().uri("/api/v1/list-entries").set_json(entry)).await;
        assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
        let (case, mut version) = (opened.header("location").to_owned(), 1);
        let mut step = async |key: &str, verb: &str, body: Value| {
            let request = TestRequest::post().uri(&format!("{case}/{verb}"));
            let request = request.insert_header(("If-Match", format!("\"{version}\"")));
            let answer = office.call(key, request.set_json(body)).await;
            assert_eq!(answer.status, StatusCode::OK, "{verb}: {}", answer.text());
            version += 1;
        };
        let said = json!({ "reason": "失联", "basis": "区内规则" });
        step(officer, "notify", said.clone()).await;
        step(agent, "waive", json!({})).await;
        step(reviewer, "decide", json!({ "outcome": "enter", "reason": "属实", "basis": "区内规则" })).await;
        step(officer, "serve", json!({})).await;
        office.look();
        assert_eq!(office.codes(officer, "state=proposed").await, [""; 0], "not before it takes effect");
        step(agent, "read", json!({})).await;
        office.look();
        assert_eq!(office.codes(officer, "state=proposed").await, ["spot_check_watch"]);
        let id = office.id("proposed", "spot_check_watch").await;
        let confirmed = office.decide(officer, &id, "confirm").await.json();
        assert_eq!(confirmed["cause"]["entries"][0]["kind"], "W3", "{confirmed}");
        assert_eq!(office.codes(agent, "").await, ["spot_check_watch"]);
        step(officer, "propose_release", json!({ "reason": "恢复联系" })).await;
        step(reviewer, "confirm", json!({ "reason": "属实" })).await;
        office.look();
        assert_eq!(office.codes(agent, "").await, [""; 0]);
        assert_eq!(office.findings(), Vec::<String>::new());
    }
}
