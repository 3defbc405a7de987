//! The single window pulls grades and classes: what its caller may see by the one rule, as it is now, from where it
//! stopped, and each look is on record.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use credit_core::grade::Grade;
use serde_json::{Value, json};

use super::people::{problem, with_key};
use super::world::{Answer, World, code};
use crate::sharing::feed::{self, NewChange, RatingChange};
use crate::store::both::Place;
use crate::store::{Lane, StoreError, write};

const PATH: &str = "/api/v1/single-window/classes";

impl World {
    async fn window(&self) -> String {
        self.key(json!({ "name": "w", "audience": "source", "organisation": "ceb", "scopes": ["intake"] }))
            .await
    }

    async fn officer(&self) -> String {
        let key = json!({ "name": "c", "audience": "customs", "organisation": "5115", "scopes": ["intake", "share"] });
        self.key(key).await
    }

    async fn pulled(&self, key: &str, purpose: &str, query: &str) -> Value {
        let answer = self.asked(key, purpose, &format!("{PATH}{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }

    async fn class(&self, number: u32, class: &str, from: &str) {
        let header = "uscc,authority,class,valid_from,valid_to,decision_no";
        self.taken("classes", &format!("{header}\n{},customs,{class},{from},,CUSTOMS-NO\n", code(number)))
            .await;
    }

    /// Another grade comes into force, as evaluation would have it.
    fn regrade(&self, number: u32, grade: Grade) {
        self.an_hour_later();
        let (uscc, at) = (code(number), self.state.service.clock.now().0);
        self.run(&format!("UPDATE ratings SET grade = '{}' WHERE uscc = '{uscc}'", grade.as_str()));
        let change = RatingChange {
            seq: 1,
            grade,
            score: 900,
            previous: None,
            as_of: self.state.service.clock.today(),
            commitment: String::new(),
        };
        let mut connection = self.state.service.database.connection().unwrap();
        let new = [NewChange::of_rating(&uscc, at, change)];
        write(&mut connection, Lane::Evaluation, |connection| {
            feed::append(connection, &new)?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }
}

fn codes(body: &Value) -> Vec<&str> {
    body["items"].as_array().unwrap().iter().map(|one| one["uscc"].as_str().unwrap()).collect()
}

fn since(body: &Value) -> String {
    format!("?since={}", body["next_cursor"].as_str().unwrap())
}

#[actix_web::test]
async fn the_windows_own_source_is_told_what_everybody_may_see() {
    for place in Place::all() {
        let world = World::at(&place);
        world.zone().await;
        let window = world.window().await;
        let first = world.pulled(&window, "", "").await;
        assert_eq!((&first["items"], &first["more"]), (&json!([]), &json!(false)), "{first}");

        world.class(1, "ADV", "2026-11-20").await;
        let body = world.pulled(&window, "", &since(&first)).await;
        assert_eq!(codes(&body), [code(1)], "{body}");
        let one = &body["items"][0];
        assert_eq!((&one["for"], &one["own_class"]["class"]), (&json!("customs"), &json!("ADV")), "{one}");
        assert_eq!((&one["grade"], &one["recommended"]), (&Value::Null, &Value::Null), "{one}");
        assert_eq!(one["withheld"][0]["block"], "grade", "{one}");
        assert_eq!((&one["is_recommendation"], &one["mapping"]), (&json!(true), &json!("customs-2026.1")));
        assert!(one["changed_at"].is_string());

        // One of the two best grades is public; what comes after it is told as gone.
        world.regrade(2, Grade::AA);
        let next = world.pulled(&window, "", &since(&body)).await;
        assert_eq!(codes(&next), [code(2)], "{next}");
        assert_eq!(next["items"][0]["grade"], "AA", "{next}");
        assert!(next["items"][0]["recommended"]["code"].is_string(), "{next}");
        let nothing = world.pulled(&window, "", &since(&next)).await;
        assert_eq!((&nothing["items"], &nothing["next_cursor"]), (&json!([]), &next["next_cursor"]));
        // As it is now, however early one begins.
        world.regrade(2, Grade::BBB);
        let again = world.pulled(&window, "", "").await;
        assert_eq!(codes(&again), [code(1), code(2)], "{again}");
        assert_eq!(again["items"][1]["grade"], Value::Null, "{again}");
    }
}

#[actix_web::test]
async fn a_department_is_told_what_it_was_granted_and_is_seen_to_look() {
    for place in Place::all() {
        let world = World::at(&place);
        world.zone().await;
        world.class(1, "ADV", "2026-11-20").await;
        let customs = world.officer().await;
        let refused = world.asked(&customs, "supervision", PATH).await;
        assert_eq!(problem(&refused), (403, "standing_request_required".to_owned()));
        world.granted(&customs, &["grade"]).await;
        assert_eq!(problem(&world.asked(&customs, "", PATH).await), (403, "purpose_required".to_owned()));
        let all = world.pulled(&customs, "supervision", "").await;
        let mut found = codes(&all);
        found.sort_unstable();
        let mut expected = [code(1), code(2)];
        expected.sort_unstable();
        assert_eq!(found, expected, "{all}");
        for one in all["items"].as_array().unwrap() {
            assert!(one["grade"].is_string(), "{one}");
        }
        // The class of SAFE was not granted, though customs may see it.
        let safe = world.pulled(&customs, "supervision", "?for=safe").await;
        assert!(!safe.to_string().contains("\"class\":\"A\""), "{safe}");
        assert!(safe["items"][0]["withheld"].to_string().contains("safe_class"), "{safe}");

        let (mut next, mut paged) = (String::new(), Vec::new());
        loop {
            let page = world.pulled(&customs, "supervision", &format!("?limit=1{next}")).await;
            paged.extend(page["items"].as_array().unwrap().clone());
            next = format!("&since={}", page["next_cursor"].as_str().unwrap());
            if page["more"] == false {
                break;
            }
        }
        let seen: Vec<&Value> = paged.iter().map(|one| &one["uscc"]).collect();
        assert!(found.iter().all(|uscc| seen.contains(&&json!(uscc))), "{paged:?}");
        assert_eq!(paged.last(), all["items"].as_array().unwrap().last());

        let agent = world.agent_of(1).await;
        let log = format!("/api/v1/enterprises/{}/access-log?limit=200", code(1));
        let log = world.asked(&agent, "self", &log).await;
        assert!(log.text().contains("customs"), "{}", log.text());
    }
}

#[actix_web::test]
async fn classes_are_for_the_window_departments_operator_and_auditor() {
    let world = World::new();
    world.zone().await;
    assert_eq!(world.get(PATH).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.read(PATH).await.status, StatusCode::OK);
    let registration =
        json!({ "name": "r", "audience": "source", "organisation": "registration", "scopes": ["intake"] });
    let registration = world.key(registration).await;
    let answer = world.call(with_key(TestRequest::get().uri(PATH), &registration)).await;
    assert_eq!(problem(&answer), (403, "role_required".to_owned()));
    let agent = world.agent_of(1).await;
    let answer = world.asked(&agent, "self", PATH).await;
    assert_eq!(problem(&answer), (403, "scope_missing".to_owned()));

    let window = world.window().await;
    let asked = async |query: &str| -> Answer { world.asked(&window, "", &format!("{PATH}{query}")).await };
    assert_eq!(asked("?for=nobody").await.status, StatusCode::BAD_REQUEST);
    let customs = world.pulled(&window, "", "").await;
    let other = asked(&format!("{}&for=tax", since(&customs))).await;
    assert_eq!(problem(&other), (400, "invalid_cursor".to_owned()));
    let future = crate::http::cursor::encode(crate::http::cursor::List::WindowClasses, "customs|999999");
    assert_eq!(problem(&asked(&format!("?since={future}")).await), (400, "invalid_cursor".to_owned()));
    assert_eq!(problem(&asked("?since=x").await), (400, "invalid_cursor".to_owned()));
}
