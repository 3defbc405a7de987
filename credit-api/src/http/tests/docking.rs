//! Grades beside the classes of departments, and where sources disagree, as each caller sees it.

use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::matrix::{Book, Callers, consent_to_all};
use super::world::{World, code};
use crate::docking::report::{Place, page};
use crate::http::state::Limits;

const HEADER: &str = "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,\
     legal_representative,address,region_code,industry_code,roles,filed_on,record_source\n";

fn row(number: u32, name: &str, sender: &str) -> String {
    format!(
        "{},{name},存续,2020-01-15,1000000,1000000,张三,宜宾市临港路1号,511500,F5190,ecommerce,2021-03-01,{sender}\n",
        code(number)
    )
}

/// Enterprises 1 to 3 of two senders each; of each the second calls it otherwise. 1 has classes and a list beside.
async fn zone(world: &World) {
    let mut file = HEADER.to_owned();
    for number in 1..=3 {
        file.push_str(&row(number, &format!("宜宾试验{number}号贸易有限公司"), "samr"));
        file.push_str(&row(number, &format!("宜宾试验{number}号商贸有限公司"), "zone"));
    }
    let one = code(1);
    let classes = format!(
        "uscc,authority,class,valid_from,valid_to,decision_no\n{one},customs,REG,2025-01-01,,CUSTOMS-NO\n\
         {one},safe,B,2025-01-01,2026-12-31,SAFE-OLD\n{one},safe,A,2026-06-01,,SAFE-NEW\n"
    );
    let lists = format!(
        "uscc,list,decision_no,authority,effective_on\n{one},customs_dishonest,LISTED,成都海关,2026-02-01\n"
    );
    for (source, file) in [("registration", file), ("classes", classes), ("lists", lists)] {
        let job = world.take(source, &file).await;
        assert_eq!(job["state"], "succeeded", "{source}: {job}");
    }
}

fn with_consent() -> World {
    World::with_consents(Arc::new(Book(Mutex::new(vec![consent_to_all()]))))
}

#[actix_web::test]
async fn mappings_are_public_dated_and_say_what_is_ours() {
    let world = World::new();
    let now = world.get("/api/v1/docking/mappings").await.json();
    assert_eq!(now["at"], "2026-11-23");
    let ids: Vec<&str> =
        now["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        ["customs-2026.1", "safe-2026.1", "tax-2026.1", "public_credit-2026.1", "hangzhou-2026.1"]
    );
    for one in now["items"].as_array().unwrap() {
        assert!(one["basis"].as_array().unwrap().iter().any(|basis| basis["certainty"] == "ours"), "{one}");
        assert_eq!(one["digest"].as_str().unwrap().len(), 64);
    }
    let before = world.get("/api/v1/docking/mappings?at=2026-03-31").await.json();
    assert_eq!(before["items"], json!([]));
    assert_eq!(world.get("/api/v1/docking/mappings?at=spring").await.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn an_operators_mappings_are_what_is_answered_and_trouble_with_them_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("own.toml");
    let own =
        include_str!("../../../docking/customs-2026.1.toml").replace("customs-2026.1", "customs-zone.1");
    std::fs::write(&place, &own).unwrap();
    let settings = [("mappings", folder.path().to_string_lossy().into_owned())];
    let world = World::configured(Limits::default(), &settings);
    zone(&world).await;
    let ids = async || {
        let now = world.get("/api/v1/docking/mappings").await.json();
        now["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, ["customs-zone.1"]);
    let of = |receiver: &str| format!("/api/v1/enterprises/{}/docking?for={receiver}", code(1));
    let one = world.read(&of("customs")).await.json();
    assert_eq!(one["mapping"], "customs-zone.1");
    let none = world.read(&of("tax")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    assert!(none.text().contains("no_mapping"), "{}", none.text());
    assert!(world.get("/healthz").await.json()["mappings"] == "current");

    std::fs::write(&place, own.replace("format = 1", "format = 2")).unwrap();
    assert!(!world.state.service.mappings.look());
    assert_eq!(ids().await, ["customs-zone.1"]);
    assert_eq!(world.get("/healthz").await.json()["mappings"], "stale");
    let why = world.get("/readyz").await.json()["mappings_trouble"].as_str().unwrap().to_owned();
    assert!(why.starts_with("own.toml: not valid: format"), "{why}");
    assert!(world.get("/metrics").await.text().contains("docking_mappings_trouble 1"));
}

#[actix_web::test]
async fn a_recommendation_is_shown_to_whoever_sees_the_grade_and_is_logged() {
    let world = with_consent();
    zone(&world).await;
    let callers = Callers::of(&world).await;
    let path = format!("/api/v1/enterprises/{}/docking?for=customs", code(1));
    // The grade of a young record is N, which nothing stands beside; the two best are everybody's to see.
    let set = |grade: &str| {
        let mut connection = world.state.service.database.connection().unwrap();
        let sql = format!("UPDATE ratings SET grade = '{grade}' WHERE uscc = '{}'", code(1));
        crate::store::bulk::execute(&mut connection, &sql, []).unwrap();
    };
    set("BB");
    for (audience, purpose, sees) in [
        ("public", "", false),
        ("customs", "", false),
        ("customs", "supervision", true),
        ("customs", "statistics", false),
        ("enterprise", "self", true),
        ("financier", "credit_approval", true),
    ] {
        let body = callers.get(&world, audience, purpose, &path).await.json();
        assert_eq!(body["is_recommendation"], true, "{audience}: {body}");
        assert!(body["note"].as_str().unwrap().contains("no customs tier"), "{body}");
        assert_eq!(body["grade"] == "BB", sees, "{audience} {purpose}: {body}");
        assert_eq!(body["recommended"]["code"] == "REG", sees, "{audience} {purpose}: {body}");
        assert_eq!(body["text"].is_string(), sees, "{audience} {purpose}: {body}");
        let withheld = body["withheld"].as_array().unwrap();
        assert_eq!(withheld.iter().any(|one| one["block"] == "grade"), !sees, "{audience}: {body}");
        // Customs' own class is public, and is what counts.
        assert_eq!(body["own_class"]["class"], "REG");
        assert_eq!(body["own_class"]["decision"]["decision_no"], "CUSTOMS-NO");
    }
    let log = format!("/api/v1/enterprises/{}/access-log", code(1));
    let log = callers.get(&world, "enterprise", "self", &log).await.json();
    let looks = log["items"].as_array().unwrap();
    let of_customs: Vec<&Value> = looks.iter().filter(|look| look["audience"] == "customs").collect();
    assert!(of_customs.iter().any(|look| look["shown"].to_string().contains("grade:grade")), "{log}");
    assert!(of_customs.iter().any(|look| look["refused"].to_string().contains("grade")), "{log}");
    set("AA");
    let body = callers.get(&world, "public", "", &path).await.json();
    assert_eq!((&body["grade"], &body["recommended"]["code"]), (&json!("AA"), &json!("CERT")));
    let safe = format!("/api/v1/enterprises/{}/docking?for=safe", code(1));
    let body = callers.get(&world, "public", "", &safe).await.json();
    assert_eq!((&body["recommended"]["code"], &body["own_class"]), (&json!("A"), &Value::Null), "{body}");
    let tax = callers.get(&world, "tax", "supervision", &safe).await.json();
    assert_eq!(
        (&tax["own_class"]["class"], &tax["own_class"]["decision"]),
        (&json!("A"), &Value::Null),
        "{tax}"
    );

    let wrong = world.get(&path.replace("customs", "police")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let missing = world.get(path.split('?').next().unwrap()).await;
    assert_eq!(missing.status, StatusCode::BAD_REQUEST);
    let nobody = format!("/api/v1/enterprises/{}/docking?for=customs", code(9));
    assert_eq!(world.get(&nobody).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn the_report_shows_each_officer_the_lines_of_its_own_blocks() {
    let world = with_consent();
    zone(&world).await;
    let callers = Callers::of(&world).await;
    let path = "/api/v1/docking/reconciliation";
    let facts = |body: &Value| -> Vec<String> {
        let items = body["items"].as_array().unwrap().iter();
        items.map(|one| one["fact"].as_str().unwrap().to_owned()).collect()
    };
    for audience in ["enterprise", "financier", "police", "central_bank"] {
        let purpose = match audience {
            "enterprise" => "self",
            "financier" => "credit_approval",
            _ => "supervision",
        };
        let answer = callers.get(&world, audience, purpose, path).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{audience}");
    }
    assert_eq!(world.get(path).await.status, StatusCode::UNAUTHORIZED);
    let silent = callers.get(&world, "customs", "", path).await;
    assert!(silent.json()["type"].as_str().unwrap().ends_with("/purpose_required"), "{}", silent.text());

    let safe = callers.get(&world, "safe", "supervision", path).await.json();
    assert_eq!(facts(&safe), ["name", "class_and_list", "class_validity", "name", "name"], "{safe:#}");
    let line = &safe["items"][0];
    assert_eq!((&line["uscc"], &line["one"]["source"]), (&json!(code(1)), &json!("registration:samr")));
    assert_eq!(line["other"]["value"], "宜宾试验1号商贸有限公司");
    assert_eq!(line["one"]["received_at"].as_str().unwrap().get(..10), Some("2026-11-23"));
    let class = &safe["items"][2];
    assert_eq!(
        (&class["one"]["decision_no"], &class["other"]["on"]),
        (&json!("SAFE-OLD"), &json!("2026-06-01"))
    );
    let listed = &safe["items"][1];
    assert_eq!((&listed["one"]["value"], &listed["other"]["value"]), (&json!("REG"), &json!("entered")));
    assert_eq!(listed["other"]["authority"], "成都海关");

    // Customs sees the class of SAFE alone, without its decision.
    let customs = callers.get(&world, "customs", "supervision", path).await;
    assert!(
        !customs.text().contains("SAFE-OLD") && customs.text().contains("CUSTOMS-NO"),
        "{}",
        customs.text()
    );
    assert_eq!(facts(&customs.json()).len(), 5);
    // Market regulation sees no class of SAFE at all, and is told so.
    let market = callers.get(&world, "market_regulation", "supervision", path).await.json();
    assert_eq!(facts(&market), ["name", "class_and_list", "name", "name"]);
    assert!(
        market["withheld"].as_array().unwrap().iter().any(|one| one["block"] == "safe_class"),
        "{market}"
    );
}

#[actix_web::test]
async fn pages_of_the_report_are_cut_between_lines_and_none_is_lost() {
    let world = World::new();
    zone(&world).await;
    let all = world.read("/api/v1/docking/reconciliation").await.json();
    let mut seen = Vec::new();
    let mut path = "/api/v1/docking/reconciliation?limit=1".to_owned();
    for _ in 0..9 {
        let body = world.read(&path).await.json();
        seen.extend(body["items"].as_array().unwrap().clone());
        let Some(next) = body["next_cursor"].as_str() else { break };
        path = format!("/api/v1/docking/reconciliation?limit=1&cursor={next}");
    }
    assert_eq!(json!(seen), all["items"]);
    assert_eq!(seen.len(), 5);
    let foreign = crate::http::cursor::encode(crate::http::cursor::List::Ratings, "1");
    let foreign = world.read(&format!("/api/v1/docking/reconciliation?cursor={foreign}")).await;
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    // A place behind the last enterprise is the end.
    let mut connection = world.state.service.database.connection().unwrap();
    let day = world.state.service.clock.today();
    let place = Place { uscc: "Z".to_owned(), at: 0 };
    assert_eq!(page(&mut connection, day, Some(&place), 10, &|_| true).unwrap().lines, []);
}
