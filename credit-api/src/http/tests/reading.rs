use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::world::{World, code, registrations};

#[actix_web::test]
async fn anybody_sees_the_public_part_of_a_rating_and_the_administrator_all() {
    let world = World::new();
    world.take("registration", &registrations([1])).await;
    let path = format!("/api/v1/enterprises/{}/rating", code(1));

    let public = world.get(&path).await.json();
    assert_eq!(public["grade"], Value::Null, "{public}");
    for hidden in ["score", "sub_scores", "indicators", "reasons", "anchor"] {
        assert!(public.get(hidden).is_none(), "{hidden}");
    }
    let blocks: Vec<&str> =
        public["withheld"].as_array().unwrap().iter().map(|one| one["block"].as_str().unwrap()).collect();
    assert_eq!(blocks, ["grade", "score", "indicators", "history", "receipt"]);
    assert_eq!(public["withheld"][0]["reason"], "sign_in_required");

    let full = world.read(&path).await.json();
    assert_eq!(full["uscc"], code(1));
    assert_eq!((full["as_of"].as_str(), full["type"].as_str()), (Some("2026-11-23"), Some("E1")));
    assert_eq!(full["indicators"].as_array().unwrap().len(), 46);
    assert_eq!(full["anchor"]["state"], "sequenced");
    assert_eq!(full["withheld"], json!([]));
    for name in [
        "known_at",
        "grade",
        "grade_by_score",
        "score",
        "score_raw",
        "coverage",
        "sub_scores",
        "vetoes",
        "caps",
        "n_reasons",
        "reasons",
        "model",
        "valid_until",
    ] {
        assert!(full.get(name).is_some(), "{name}");
    }
    let before = world.read(&format!("{path}?as_of=2019-01-01")).await;
    assert_eq!((before.status, before.json()["status"].as_u64()), (StatusCode::NOT_FOUND, Some(404)));
}

#[actix_web::test]
async fn what_did_not_change_is_not_sent_again() {
    let world = World::new();
    world.take("registration", &registrations([1])).await;
    for path in [
        format!("/api/v1/enterprises/{}/rating", code(1)),
        format!("/api/v1/enterprises/{}", code(1)),
        "/api/v1/enterprises".to_owned(),
        "/api/v1/scorecards".to_owned(),
    ] {
        let first = world.read(&path).await;
        let tag = first.header("etag").to_owned();
        let ask = |tag: String| {
            world
                .signed(TestRequest::get().uri(&path))
                .insert_header(("X-Purpose", "supervision"))
                .insert_header(("If-None-Match", tag))
        };
        let same = world.call(ask(format!("\"other\", W/{tag}"))).await;
        assert_eq!((same.status, same.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        assert_eq!(same.header("etag"), tag);
        assert_eq!(world.call(ask("\"other\"".to_owned())).await.status, StatusCode::OK, "{path}");
    }
    // A changed fact is another answer, at once.
    let path = format!("/api/v1/enterprises/{}", code(1));
    let tag = world.read(&path).await.header("etag").to_owned();
    world.take("registration", &registrations([1]).replace("临港路", "长江路")).await;
    assert_ne!(world.read(&path).await.header("etag"), tag);
}

#[actix_web::test]
async fn pages_stay_what_they_are_while_rows_are_added() {
    let world = World::new();
    world.take("registration", &registrations([10, 20, 30, 40])).await;
    let codes = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|one| one["uscc"].as_str().unwrap().to_owned()).collect()
    };
    let mut all: Vec<String> = [10, 20, 30, 40].map(code).to_vec();
    all.sort();
    let first = world.read("/api/v1/enterprises?limit=2").await.json();
    assert_eq!(codes(&first), all[..2]);
    world.take("registration", &registrations([5, 15])).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = world.read(&format!("/api/v1/enterprises?limit=200&cursor={cursor}")).await.json();
    let rest: Vec<String> = codes(&second).into_iter().filter(|code| all.contains(code)).collect();
    assert_eq!(rest, all[2..]);
    assert_eq!(second["next_cursor"], Value::Null);

    let batches = world.read("/api/v1/batches?limit=1").await.json();
    let older = format!("/api/v1/batches?limit=1&cursor={}", batches["next_cursor"].as_str().unwrap());
    let older = world.read(&older).await.json();
    assert_ne!(older["items"][0]["id"], batches["items"][0]["id"]);
    assert_eq!(older["next_cursor"], Value::Null);
}

#[actix_web::test]
async fn search_knows_names_pinyin_and_codes() {
    let world = World::new();
    world.take("registration", &registrations([1, 2])).await;
    for q in ["试验1号", "shiyan1hao", &code(1)] {
        let q: String = q.bytes().map(|b| format!("%{b:02X}")).collect();
        let page = world.get(&format!("/api/v1/enterprises?q={q}")).await.json();
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{q}: {page}");
        assert_eq!(page["items"][0]["uscc"], code(1));
        assert_eq!((&page["items"][0]["grade"], &page["items"][0]["score"]), (&Value::Null, &Value::Null));
    }
    let listed = world.get("/api/v1/enterprises?listed=true&role=platform&region=5115").await.json();
    assert_eq!(listed["items"], json!([]));
}

#[actix_web::test]
async fn an_enterprise_shows_what_the_caller_may_see_and_names_the_rest() {
    let world = World::new();
    world.take("registration", &registrations([1])).await;
    let path = format!("/api/v1/enterprises/{}", code(1));
    let public = world.get(&path).await.json();
    assert_eq!(public["legal_representative"], "张三1");
    assert_eq!((&public["contact"], &public["rating"]), (&Value::Null, &Value::Null));
    let blocks = |body: &Value| -> Vec<String> {
        body["withheld"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["block"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(blocks(&public).contains(&"contact".to_owned()));
    let without = world.call(world.signed(TestRequest::get().uri(&path))).await.json();
    assert_eq!(without["withheld"][0]["reason"], "purpose_required");
    // The operator reads as the zone office does.
    let full = world.read(&path).await.json();
    assert_eq!(blocks(&full), ["past_penalties"]);
    let reduced: Vec<&str> =
        full["reduced"].as_array().unwrap().iter().map(|one| one["block"].as_str().unwrap()).collect();
    assert_eq!(reduced, ["safe_class", "tax_class", "contact"]);
    assert!(full["rating"]["grade"].is_string());
}

#[actix_web::test]
async fn what_if_and_advice_recompute_and_store_nothing() {
    let world = World::new();
    world.take("registration", &registrations([1])).await;
    let base = format!("/api/v1/enterprises/{}", code(1));
    let body = json!({"indicators": {"R01": {"bp": 0}, "R02": {"value": "120"}, "C01": {"state": "not_applicable"}}});
    let request = TestRequest::post()
        .uri(&format!("{base}/simulations"))
        .insert_header(("X-Purpose", "supervision"))
        .set_json(&body);
    let answer = world.call(world.signed(request)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let simulation = answer.json();
    assert!(
        simulation["after"]["score_raw"].as_u64() < simulation["before"]["score_raw"].as_u64(),
        "{simulation}"
    );
    assert_eq!(simulation["after"]["indicators"][0]["bp"], 0);
    // Without C01 the rest of its source is worth more.
    let changed = json!(["R01", "R02", "C01", "C02", "C03", "C05", "C06"]);
    assert_eq!(simulation["changed"], changed);
    let advice = world.read(&format!("{base}/advice")).await;
    assert_eq!(advice.status, StatusCode::OK, "{}", advice.text());
    assert!(advice.json()["steps"].is_array());
    let history = world.read(&format!("{base}/ratings")).await.json();
    assert_eq!(history["items"].as_array().unwrap().len(), 1);
    for path in ["advice", "ratings", "receipt"] {
        assert_eq!(world.get(&format!("{base}/{path}")).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[actix_web::test]
async fn the_published_scorecard_has_the_digest_it_names() {
    let world = World::new();
    let item = world.get("/api/v1/scorecards").await.json()["items"][0].clone();
    let path = format!("/api/v1/scorecards/{}", item["id"].as_str().unwrap());
    let json = world.get(&path).await.json();
    assert_eq!(json["digest"], item["digest"]);
    assert_eq!(json["content"]["indicator"].as_array().unwrap().len(), 46);
    let request = TestRequest::get().uri(&path).insert_header(("Accept", "text/plain"));
    let text = world.call(request).await;
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(item["digest"], hex::encode(Sha256::digest(&text.body)));
    assert!(text.header("content-digest").starts_with("sha-256=:"));
}

#[actix_web::test]
async fn health_counts_and_ledger_answer_anybody() {
    let world = World::new();
    world.take("registration", &registrations([1])).await;
    let ready = world.get("/readyz").await.json();
    assert_eq!((ready["status"].as_str(), ready["outbox_pending"].as_i64()), (Some("ready"), Some(0)));
    assert!(ready["ledger_entries"].as_u64() >= Some(2), "{ready}");
    assert!(world.get("/metrics").await.text().contains("http_requests_total"));
    assert_eq!(world.get("/ledger/checkpoint").await.status, StatusCode::OK);
}
