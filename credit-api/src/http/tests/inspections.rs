//! A plan of inspection from its secret to a finding: that it cannot be drawn too early or with another secret, that
//! anybody can make the draw again from the answer alone, that what is swapped shows, and that a finding is a fact.

use std::collections::BTreeMap;
use std::ops::Deref;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::people::{self, kind};
use super::world::{Answer, World, code, registrations};
use crate::store::both::Place;
use crate::store::bulk;

const SECRET: [u8; 32] = [7; 32];
const PLANS: &str = "/api/v1/inspection-plans";

struct Office {
    world: World,
    officer: String,
    auditor: String,
    customs: String,
}

impl Deref for Office {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Office {
    /// Thirty carriers, five of which a list has made a D.
    async fn new(place: &Place) -> Self {
        let world = World::at(place);
        world.take("registration", &registrations(1..=30).replace(",ecommerce,", ",logistics,")).await;
        let mut lists = "uscc,list,decision_no,authority,effective_on\n".to_owned();
        for number in 1..=5 {
            lists.push_str(&format!("{},serious_dishonesty,D{number},市监局,2026-11-01\n", code(number)));
        }
        assert_eq!(world.take("lists", &lists).await["state"], "succeeded");
        let officer = world.user_key("officer", "commerce").await;
        let auditor = world.user_key("watch", "auditor").await;
        let customs = world.user_key("customs", "customs").await;
        Self { officer, auditor, customs, world }
    }

    async fn call(&self, key: &str, request: TestRequest) -> Answer {
        let purpose = if key == self.auditor { "audit" } else { "supervision" };
        self.world.by(key, purpose, request).await
    }

    async fn get(&self, key: &str, path: &str) -> Answer {
        self.call(key, TestRequest::get().uri(path)).await
    }

    async fn post(&self, key: &str, path: &str, seen: &str, body: Value) -> Answer {
        self.call(key, people::seen(TestRequest::post().uri(path), seen).set_json(body)).await
    }

    /// Another entry of the ledger, and with it a block.
    async fn go_on(&self, number: u32) {
        let file = format!(
            "uscc,list,decision_no,authority,effective_on\n{},abnormal_operation,A{number},市监局,2026-11-01\n",
            code(number)
        );
        self.world.take("lists", &file).await;
    }

    async fn drawn(&self) -> (String, Value) {
        let made = self.post(&self.officer, PLANS, "", wanted()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let place = made.header("location").to_owned();
        self.go_on(20).await;
        let secret = json!({ "secret": hex::encode(SECRET) });
        let drawn = self.post(&self.officer, &format!("{place}/draw"), "\"1\"", secret).await;
        assert_eq!(drawn.status, StatusCode::OK, "{}", drawn.text());
        (place.clone(), self.get(&self.auditor, &place).await.json())
    }
}

fn wanted() -> Value {
    json!({
        "title": "十一月抽查", "rates": { "II": 10, "IV": 100 }, "inspectors": ["甲", "乙", "丙", "丁"],
        "secret_commitment": hex::encode(Sha256::digest(SECRET)),
    })
}

fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().to_vec()
}

/// The draw, made again from the answer alone by what `credit-core/src/supervision/draw.rs` says in words.
fn redone(plan: &Value) -> Vec<Value> {
    let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let secret = bytes(&plan["draw"]["secret"]);
    assert_eq!(sha256(&[&secret]), bytes(&plan["secret_commitment"]));
    let seed = sha256(&[&secret, &bytes(&plan["draw"]["log_root"])]);
    let population: BTreeMap<String, String> = serde_json::from_value(plan["population"].clone()).unwrap();
    let names: Vec<String> = serde_json::from_value(plan["inspectors"].clone()).unwrap();
    let mut drawn = Vec::new();
    for (class, percent) in plan["rates"].as_object().unwrap() {
        let mut codes: Vec<&String> =
            population.iter().filter(|(_, of)| *of == class).map(|(uscc, _)| uscc).collect();
        let count = (codes.len() * usize::try_from(percent.as_u64().unwrap()).unwrap()).div_ceil(100);
        codes.sort_by_key(|uscc| sha256(&[&seed, uscc.as_bytes()]));
        for uscc in codes.into_iter().take(count) {
            let mut who = names.clone();
            who.sort_by_key(|name| sha256(&[&seed, uscc.as_bytes(), &[0], name.as_bytes()]));
            drawn.push(json!({ "uscc": uscc, "class": class, "inspectors": &who[..2] }));
        }
    }
    drawn.sort_by_key(|one| one["uscc"].as_str().unwrap().to_owned());
    drawn
}

/// What the ledger has of a plan and of its draw, from the answer alone.
fn texts(plan: &Value) -> [String; 2] {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut of_plan = format!(
        "xinji inspection plan 1\nid {}\nday {}\ncatalogue {}\n",
        text(&plan["id"]),
        text(&plan["day"]),
        text(&plan["catalogue"])
    );
    if let Some(from) = plan["period"]["from"].as_str() {
        of_plan += &format!("period {from} {}\n", text(&plan["period"]["until"]));
    }
    for (class, percent) in plan["rates"].as_object().unwrap() {
        of_plan += &format!("rate {class} {percent}\n");
    }
    for name in plan["inspectors"].as_array().unwrap() {
        of_plan += &format!("inspector {}\n", text(name));
    }
    let population: BTreeMap<String, String> = serde_json::from_value(plan["population"].clone()).unwrap();
    for (uscc, class) in population {
        of_plan += &format!("population {uscc} {class}\n");
    }
    of_plan += &format!("secret {}\n", text(&plan["secret_commitment"]));
    let draw = &plan["draw"];
    let mut of_draw = format!(
        "xinji inspection draw 1\nid {}\nsecret {}\nroot {} {}\n",
        text(&plan["id"]),
        text(&draw["secret"]),
        draw["log_size"],
        text(&draw["log_root"])
    );
    for task in draw["tasks"].as_array().unwrap() {
        let names: Vec<String> = serde_json::from_value(task["inspectors"].clone()).unwrap();
        of_draw += &format!("drawn {} {} {}\n", text(&task["uscc"]), text(&task["class"]), names.join(" / "));
    }
    [of_plan, of_draw]
}

#[actix_web::test]
async fn a_draw_can_be_made_again_from_the_answer_alone() {
    for place in Place::all() {
        let office = Office::new(&place).await;
        let (officer, auditor) = (&office.officer, &office.auditor);
        // Who plans: an officer in person, within the catalogue.
        assert_eq!(kind(&office.post(auditor, PLANS, "", wanted()).await), "not_yours");
        let program = json!({ "name": "m", "audience": "commerce", "organisation": "5115", "scopes": ["read", "cases"] });
        let program = office.world.key(program).await;
        assert_eq!(kind(&office.post(&program, PLANS, "", wanted()).await), "not_yours");
        assert_eq!(kind(&office.post(&office.customs, PLANS, "", wanted()).await), "not_disclosed");
        let wrong = async |field: &str, value: Value, pointer: &str| {
            let mut body = wanted();
            body[field] = value;
            let answer = office.post(officer, PLANS, "", body).await;
            assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.text());
        };
        wrong("rates", json!({ "II": 11 }), "#/rates").await;
        wrong("rates", json!({}), "#/rates").await;
        wrong("inspectors", json!(["甲"]), "#/inspectors").await;
        wrong("inspectors", json!(["甲", "甲"]), "#/inspectors").await;
        wrong("secret_commitment", json!("00"), "#/secret_commitment").await;

        let made = office.post(officer, PLANS, "", wanted()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let place = made.header("location").to_owned();
        let draw = format!("{place}/draw");
        let secret = json!({ "secret": hex::encode(SECRET) });
        // Not with the root of the block that the plan is in: whoever made that block knew the plan.
        let early = office.post(officer, &draw, "\"1\"", secret.clone()).await;
        assert_eq!((kind(&early).as_str(), early.status), ("wrong_standing", StatusCode::CONFLICT));
        office.go_on(20).await;
        office.go_on(21).await;
        let other = office.post(officer, &draw, "\"1\"", json!({ "secret": hex::encode([8; 32]) })).await;
        assert_eq!(other.json()["errors"][0]["pointer"], "#/secret");
        assert_eq!(kind(&office.post(auditor, &draw, "\"1\"", secret.clone()).await), "not_yours");
        assert_eq!(office.post(officer, &draw, "\"1\"", secret.clone()).await.status, StatusCode::OK);
        assert_eq!(kind(&office.post(officer, &draw, "\"1\"", secret.clone()).await), "changed");
        assert_eq!(kind(&office.post(officer, &draw, "\"2\"", secret).await), "wrong_standing");

        let plan = office.get(auditor, &place).await.json();
        let tasks = plan["draw"]["tasks"].as_array().unwrap();
        assert_eq!(tasks.len(), 5 + 3, "all of IV; a tenth of 25, rounded up");
        assert_eq!(*tasks, redone(&plan));
        let anchored = [&plan["anchored"], &plan["draw"]["anchored"]];
        for (text, anchored) in texts(&plan).iter().zip(anchored) {
            assert_eq!(hex::encode(Sha256::digest(text)), anchored["digest"].as_str().unwrap());
            // The digest is in the entry that the answer names.
            let view = office.world.state.anchor.view();
            let leaf = anchored["leaf_index"].as_u64().unwrap();
            let entry = hex::encode(view.entry(leaf).unwrap());
            assert!(entry.contains(anchored["digest"].as_str().unwrap()), "{entry}");
        }
        // The root is the log's, of the first block after the plan's though there are later ones.
        let view = office.world.state.anchor.view();
        let size = plan["draw"]["log_size"].as_u64().unwrap();
        assert_eq!(
            hex::encode(view.store().root_at(size).unwrap()),
            plan["draw"]["log_root"].as_str().unwrap()
        );
        let follows = view.store().span_of(plan["anchored"]["leaf_index"].as_u64().unwrap()).unwrap().end();
        assert_eq!(view.store().span_of(follows).unwrap().end(), size);
        assert!(view.published_size() > size);

        let items = office.get(officer, PLANS).await.json()["items"].clone();
        assert_eq!((&items[0]["population"], &items[0]["drawn"]), (&json!(30), &json!(true)));
        assert_eq!(kind(&office.get(officer, &format!("{PLANS}/none")).await), "inspection_plan_not_found");
    }
}

#[actix_web::test]
async fn what_is_swapped_behind_the_services_back_shows() {
    for place in Place::all() {
        let office = Office::new(&place).await;
        office.drawn().await;
        assert_eq!(office.findings(), Vec::<String>::new());
        let shows = |sql: &str, back: &str, what: &str| {
            office.run(sql);
            let found = office.findings();
            assert!(found.iter().any(|one| one.contains(what)), "{sql}: {found:?}");
            office.run(back);
            assert_eq!(office.findings(), Vec::<String>::new(), "{back}");
        };
        let other = code(31);
        shows(
            &format!("UPDATE inspection_plans SET body = REPLACE(body, '{}', '{other}')", code(30)),
            &format!("UPDATE inspection_plans SET body = REPLACE(body, '{other}', '{}')", code(30)),
            "it is not the one that was anchored",
        );
        let (secret, another) = (hex::encode(SECRET), hex::encode([8; 32]));
        shows(
            &format!("UPDATE inspection_plans SET secret = '{another}'"),
            &format!("UPDATE inspection_plans SET secret = '{secret}'"),
            "another secret",
        );
        shows(
            "UPDATE inspection_plans SET log_size = log_size - 1",
            "UPDATE inspection_plans SET log_size = log_size + 1",
            "another root",
        );
        shows(
            &format!("UPDATE inspection_tasks SET uscc = '{other}' WHERE uscc = '{}'", code(3)),
            &format!("UPDATE inspection_tasks SET uscc = '{}' WHERE uscc = '{other}'", code(3)),
            "its tasks are not those that were drawn",
        );
        office.run("DELETE FROM inspection_plans");
        assert!(office.findings().iter().any(|one| one.contains("it is gone")));
    }
}

#[actix_web::test]
async fn a_finding_is_a_record_like_any_other() {
    for place in Place::all() {
        let office = Office::new(&place).await;
        let (plan, _) = office.drawn().await;
        let tasks = office.get(&office.officer, &format!("{plan}/tasks?limit=5")).await.json();
        assert_eq!(tasks["items"].as_array().unwrap().len(), 5);
        let next = tasks["next_cursor"].as_str().unwrap();
        let rest = office.get(&office.officer, &format!("{plan}/tasks?limit=5&cursor={next}")).await.json();
        assert_eq!(rest["items"].as_array().unwrap().len(), 3);
        let uscc = code(3);
        let result = format!("{plan}/tasks/{uscc}/result");
        let found =
            |day: &str, result: &str| json!({ "inspected_on": day, "result": result, "note": "仓库" });
        let early = office.post(&office.officer, &result, "\"1\"", found("2026-11-22", "fail")).await;
        assert_eq!(early.json()["errors"][0]["pointer"], "#/inspected_on", "{}", early.text());
        let odd = office.post(&office.officer, &result, "\"1\"", found("2026-11-23", "good")).await;
        assert_eq!(odd.json()["errors"][0]["pointer"], "#/result");
        let nobody = format!("{plan}/tasks/{}/result", code(31));
        let nobody = office.post(&office.officer, &nobody, "\"1\"", found("2026-11-23", "fail")).await;
        assert_eq!(kind(&nobody), "inspection_plan_not_found");

        let entered = office.post(&office.officer, &result, "\"1\"", found("2026-11-23", "fail")).await;
        assert_eq!(entered.status, StatusCode::OK, "{}", entered.text());
        assert_eq!(office.taken(&entered).await, ["fail"]);
        // The indicator of inspections sees it.
        let rating = office.world.read(&format!("/api/v1/enterprises/{uscc}/rating")).await.json();
        let of_rating =
            rating["indicators"].as_array().unwrap().iter().find(|one| one["id"] == "P13").unwrap();
        assert_eq!((&of_rating["state"], &of_rating["bp"]), (&json!("observed"), &json!(0)), "{of_rating}");
        // Corrected by whoever has seen it, and what was known before is still known.
        let late = office.post(&office.officer, &result, "\"1\"", found("2026-11-23", "pass")).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
        let corrected = office.post(&office.officer, &result, "\"2\"", found("2026-11-23", "pass")).await;
        assert_eq!(office.taken(&corrected).await, ["fail", "pass"]);
        let task = office.get(&office.officer, &format!("{plan}/tasks")).await.json();
        let task = task["items"].as_array().unwrap().iter().find(|one| one["uscc"] == uscc).unwrap().clone();
        assert_eq!((&task["result"], &task["version"]), (&json!("pass"), &json!(3)));
        assert_eq!(office.findings(), Vec::<String>::new());
    }
}

#[actix_web::test]
async fn a_plan_has_days_and_what_is_open_after_them_is_overdue() {
    for place in Place::all() {
        let office = Office::new(&place).await;
        let (officer, auditor) = (&office.officer, &office.auditor);
        let with = |from: &str, until: &str| {
            let mut body = wanted();
            body["period"] = json!({ "from": from, "until": until });
            body
        };
        // Today is 2026-11-23.
        for (from, until) in [
            ("2026-12-02", "2026-12-01"),
            ("2026-11-01", "2026-11-22"),
            ("2026-12-01", "2027-12-02"),
            ("2027-11-25", "2027-12-01"),
        ] {
            let refused = office.post(officer, PLANS, "", with(from, until)).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{from} {until}");
            assert_eq!(refused.json()["errors"][0]["pointer"], "#/period", "{}", refused.text());
        }
        for (field, wrong) in [("until", json!("soon")), ("until", Value::Null), ("to", json!("2026-12-01"))]
        {
            let mut body = with("2026-11-25", "2026-11-30");
            body["period"][field] = wrong;
            assert_eq!(
                office.post(officer, PLANS, "", body).await.status,
                StatusCode::BAD_REQUEST,
                "{field}"
            );
        }

        let made = office.post(officer, PLANS, "", with("2026-11-25", "2026-11-30")).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let plan = made.header("location").to_owned();
        office.go_on(20).await;
        let secret = json!({ "secret": hex::encode(SECRET) });
        let drawn = office.post(officer, &format!("{plan}/draw"), "\"1\"", secret).await;
        assert_eq!(drawn.status, StatusCode::OK, "{}", drawn.text());
        let body = office.get(auditor, &plan).await.json();
        assert_eq!(body["period"], json!({ "from": "2026-11-25", "until": "2026-11-30" }));
        for (text, anchored) in texts(&body).iter().zip([&body["anchored"], &body["draw"]["anchored"]]) {
            assert_eq!(hex::encode(Sha256::digest(text)), anchored["digest"].as_str().unwrap(), "{text}");
        }
        assert!(texts(&body)[0].contains("\nperiod 2026-11-25 2026-11-30\n"), "the days are committed to");

        let task = async |number: u32| {
            let all = office.get(officer, &format!("{plan}/tasks")).await.json();
            let of = code(number);
            all["items"].as_array().unwrap().iter().find(|one| one["uscc"] == of).unwrap().clone()
        };
        let enter = async |number: u32, seen: &str, day: &str| {
            let path = format!("{plan}/tasks/{}/result", code(number));
            office.post(officer, &path, seen, json!({ "inspected_on": day, "result": "pass" })).await
        };
        let item = async || office.get(officer, PLANS).await.json()["items"][0].clone();
        // Nothing is found before the first day.
        let early = enter(1, "\"1\"", "2026-11-23").await;
        assert_eq!(early.json()["errors"][0]["pointer"], "#/inspected_on", "{}", early.text());
        // The last day is one of its own.
        office.world.later(7);
        let open = task(1).await;
        assert_eq!((&open["due_on"], &open["overdue"]), (&json!("2026-11-30"), &json!(false)));
        let entered = enter(1, "\"1\"", "2026-11-30").await.json();
        assert_eq!((&entered["overdue"], &entered["late"]), (&json!(false), &json!(false)), "{entered}");
        let listed = item().await;
        assert_eq!((&listed["open_tasks"], &listed["overdue"]), (&json!(7), &json!(false)), "{listed}");

        office.world.later(1);
        let (done, open) = (task(1).await, task(2).await);
        assert_eq!((&done["overdue"], &done["late"]), (&json!(false), &json!(false)), "{done}");
        assert_eq!((&open["overdue"], &open["late"]), (&json!(true), &json!(false)), "{open}");
        let listed = item().await;
        assert_eq!((&listed["open_tasks"], &listed["overdue"]), (&json!(7), &json!(true)), "{listed}");
        assert_eq!(listed["period"]["until"], "2026-11-30");
        // What was found in time and entered later is in time; what was found later is late.
        let entered = enter(2, "\"1\"", "2026-11-29").await.json();
        assert_eq!((&entered["overdue"], &entered["late"]), (&json!(false), &json!(false)), "{entered}");
        let entered = enter(3, "\"1\"", "2026-12-01").await.json();
        assert_eq!((&entered["overdue"], &entered["late"]), (&json!(false), &json!(true)), "{entered}");
        assert_eq!(item().await["open_tasks"], 5);

        // Days that were moved behind the service's back show.
        assert_eq!(office.findings(), Vec::<String>::new());
        office.run("UPDATE inspection_plans SET until_day = until_day + 30");
        assert!(office.findings().iter().any(|one| one.contains("not the one that was anchored")));
    }
}

#[actix_web::test]
async fn a_plan_of_before_has_no_days_and_is_never_overdue() {
    for place in Place::all() {
        let office = Office::new(&place).await;
        let (plan, body) = office.drawn().await;
        assert_eq!(body["period"], Value::Null);
        assert!(!texts(&body)[0].contains("period"));
        office.world.later(150);
        let tasks = office.get(&office.officer, &format!("{plan}/tasks")).await.json();
        for one in tasks["items"].as_array().unwrap() {
            assert_eq!((&one["due_on"], &one["overdue"]), (&Value::Null, &json!(false)), "{one}");
        }
        let listed = office.get(&office.officer, PLANS).await.json()["items"][0].clone();
        assert_eq!((&listed["open_tasks"], &listed["overdue"]), (&json!(8), &json!(false)), "{listed}");
        assert_eq!(office.findings(), Vec::<String>::new());
    }
}

impl Office {
    /// The results that were ever known of enterprise 3, once the job of this answer has ended.
    async fn taken(&self, entered: &Answer) -> Vec<&'static str> {
        let job = entered.json()["job"].as_str().unwrap_or_else(|| panic!("{}", entered.text())).to_owned();
        let job = self.world.wait(&format!("/api/v1/jobs/{job}")).await;
        assert_eq!(job["state"], "succeeded", "{job}");
        #[derive(diesel::QueryableByName)]
        struct Payload {
            #[diesel(sql_type = diesel::sql_types::Text)]
            payload: String,
        }
        let sql = "SELECT payload FROM facts WHERE source = 'inspections' AND uscc = $1 ORDER BY known_from";
        let mut connection = self.world.state.service.database.connection().unwrap();
        let rows: Vec<Payload> = bulk::load(&mut connection, sql, [code(3).into()]).unwrap();
        let said = |payload: &str| if payload.contains("\"passed\":true") { "pass" } else { "fail" };
        rows.iter().map(|row| said(&row.payload)).collect()
    }
}
