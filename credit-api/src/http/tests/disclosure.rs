//! What the cells of the matrix mean for the data themselves: what is in the answers, and what is not.

use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use diesel::RunQueryDsl;
use serde_json::{Value, json};

use super::matrix::{Book, Callers, consent_to_all};
use super::world::{World, code};
use crate::access::{Block, Granted};

const REGISTRATION: &str = "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,\
     legal_representative,address,region_code,industry_code,roles,filed_on,phone\n";
const PENALTIES: &str =
    "CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_CFLB,CF_NR_FK,CF_JDRQ,CF_GSJZQ,CF_CFJG,CF_CFJGDM,CF_XFRQ\n";
const PERMITS: &str = "XK_XDR_MC,XK_XDR_SHXYM,XK_WSH,XK_XKLB,XK_JDRQ,XK_YXQZ,XK_YXQZI,XK_XKJG,XK_XKJGDM\n";

/// A zone with one enterprise that has something in every block, and another of the two best grades.
async fn zone(world: &World) {
    let mut registration = REGISTRATION.to_owned();
    for number in [1, 2] {
        registration.push_str(&format!(
            "{},宜宾试验{number}号贸易有限公司,存续,2020-01-15,1000000,1000000,张三{number},宜宾市临港路{number}号,511500,\
             F5190,ecommerce,2021-03-01,13812345678\n",
            code(number)
        ));
    }
    let one = code(1);
    let penalty = |number: &str, kind: &str, fine: &str, repaired: &str| {
        format!(
            "宜宾试验1号,{one},{number},{kind},{fine},2026-09-01,2027-09-01,宜宾市市场监管局,111,{repaired}\n"
        )
    };
    let penalties = PENALTIES.to_owned()
        + &penalty("PUBLISHED", "罚款", "3", "")
        + &penalty("REPAIRED", "罚款", "3", "2026-10-01")
        + &penalty("MINOR", "警告", "", "");
    let permits = PERMITS.to_owned()
        + &format!("宜宾试验1号,{one},PERMIT,普通,2024-01-01,2024-01-01,2029-01-01,宜宾市市场监管局,111\n");
    let classes = format!(
        "uscc,authority,class,valid_from,valid_to,decision_no\n\
         {one},customs,REG,2025-01-01,,CUSTOMS-NO\n{one},safe,A,2025-01-01,,SAFE-NO\n{one},tax,B,2025-01-01,,TAX-NO\n\
         {0},tax,A,2025-01-01,,TAX-A-NO\n",
        code(2)
    );
    let lists = format!(
        "uscc,list,decision_no,authority,effective_on\n{one},abnormal_operation,LISTED,宜宾市市场监管局,2026-11-01\n"
    );
    let orders = format!(
        "uscc,order_no,mode,direction,ordered_at,amount_cny,currency\n\
         {one},O1,9610,export,2026-10-05T10:00:00+08:00,12345.67,CNY\n\
         {one},O2,9610,export,2026-10-06T10:00:00+08:00,1.00,CNY\n"
    );
    let reviews = format!(
        "review_id,platform_uscc,uscc,rating,created_at,verified_purchase,buyer_token\n\
         R1,{0},{one},5,2026-10-05T10:00:00+08:00,true,t1\nR2,{0},{one},4,2026-10-05T11:00:00+08:00,true,t2\n",
        code(2)
    );
    let complaints = format!(
        "complaint_id,uscc,category,accepted_on,substantiated,complainant_token\n\
         K1,{one},quality,2026-10-01,true,t3\n"
    );
    for (source, file) in [
        ("registration", registration),
        ("transactions", orders),
        ("reviews", reviews),
        ("complaints", complaints),
        ("penalties", penalties),
        ("permits", permits),
        ("classes", classes),
        ("lists", lists),
    ] {
        let job = world.take(source, &file).await;
        assert_eq!(job["state"], "succeeded", "{source}: {job}");
        let batch = world.read(&format!("/api/v1/batches/{}", job["batch_id"].as_str().unwrap())).await;
        assert_eq!(batch.json()["rows_rejected"], 0, "{source}: {}", batch.text());
    }
    let mut connection = world.state.service.database.connection().unwrap();
    for sql in [
        format!("UPDATE ratings SET grade = 'AA' WHERE uscc = '{}'", code(2)),
        format!("UPDATE enterprises SET grade = 'AA' WHERE uscc = '{}'", code(2)),
    ] {
        diesel::sql_query(sql).execute(&mut *connection).unwrap();
    }
}

fn with_consent() -> World {
    World::with_consents(Arc::new(Book(Mutex::new(vec![consent_to_all()]))))
}

/// What each column sees of enterprise 1 at `GET /enterprises/{uscc}`, as `domain.md` 7.5 has it:
/// contact, past penalties, minor dishonesty, SAFE class, tax class, grade, score.
const SEEN: [(&str, &str, &str); 15] = [
    ("public", "", "- - - - - - -"),
    ("enterprise", "self", "F F F F F F F"),
    ("commerce", "supervision", "M - F G G F F"),
    ("customs", "supervision", "F - F G G G F"),
    ("safe", "supervision", "F - F F G G F"),
    ("tax", "supervision", "F - F G F G F"),
    ("market_regulation", "supervision", "F - F - G G F"),
    ("public_credit", "supervision", "- - F - G G F"),
    ("central_bank", "supervision", "- - - G G G -"),
    ("police", "supervision", "F F F F F F F"),
    ("financier", "credit_approval", "- - - G G F F"),
    // Without a purpose, or for one that opens nothing, the public column.
    ("customs", "", "- - - - - - -"),
    ("financier", "insurance", "- - - - - - -"),
    ("commerce", "statistics", "- - - - - - -"),
    ("customs", "audit", "- - - - - - -"),
];

#[actix_web::test]
async fn an_enterprise_shows_each_column_its_cells() {
    let world = with_consent();
    zone(&world).await;
    let callers = Callers::of(&world).await;
    let path = format!("/api/v1/enterprises/{}", code(1));
    for (audience, purpose, cells) in SEEN {
        let answer = callers.get(&world, audience, purpose, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let (text, body) = (answer.text(), answer.json());
        let place = format!("{audience} {purpose}: {text}");
        // The public column, whoever asks.
        assert_eq!(body["legal_representative"], "张三1", "{place}");
        assert_eq!(body["permits"][0]["doc_no"], "PERMIT", "{place}");
        assert_eq!(body["penalties"].as_array().unwrap().len(), 1, "{place}");
        assert_eq!(body["penalties"][0]["doc_no"], "PUBLISHED", "{place}");
        assert_eq!(body["lists"][0]["decision_no"], "LISTED", "{place}");
        assert_eq!(body["customs_class"], "REG", "{place}");
        assert!(text.contains("CUSTOMS-NO"), "{place}");
        let cell = |at: usize| cells.split(' ').nth(at).unwrap();
        let phone = match cell(0) {
            "F" => json!("13812345678"),
            "M" => json!("138****5678"),
            _ => Value::Null,
        };
        assert_eq!(body["contact"]["phone"], phone, "{place}");
        assert_eq!(text.contains("12345678"), cell(0) == "F", "{place}");
        assert_eq!(text.contains("REPAIRED"), cell(1) == "F", "{place}");
        assert_eq!(text.contains("MINOR"), cell(2) == "F", "{place}");
        for (at, field, class, number) in [(3, "safe_class", "A", "SAFE-NO"), (4, "tax_class", "B", "TAX-NO")]
        {
            let expected = if cell(at) == "-" { Value::Null } else { json!(class) };
            assert_eq!(body[field], expected, "{field}: {place}");
            assert_eq!(text.contains(number), cell(at) == "F", "{field}: {place}");
        }
        assert_eq!(body["rating"]["grade"].is_string(), cell(5) != "-", "{place}");
        assert_eq!(body["rating"]["score"].is_number(), cell(6) == "F", "{place}");
        check_notes(&body, cells, &place);
    }
}

/// What is left out is named with its reason and the way to it; what is reduced as well.
fn check_notes(body: &Value, cells: &str, place: &str) {
    let blocks =
        ["contact", "past_penalties", "minor_dishonesty", "safe_class", "tax_class", "grade", "score"];
    let named = |list: &str| -> Vec<String> {
        let list = body[list].as_array().unwrap().iter();
        list.map(|one| one["block"].as_str().unwrap().to_owned()).collect()
    };
    let (withheld, reduced) = (named("withheld"), named("reduced"));
    for (block, cell) in blocks.into_iter().zip(cells.split(' ')) {
        assert_eq!(withheld.iter().any(|one| one == block), cell == "-", "{block}: {place}");
        assert_eq!(
            reduced.iter().any(|one| one == block),
            matches!(cell, "M" | "G" | "A"),
            "{block}: {place}"
        );
    }
    for one in body["withheld"].as_array().unwrap() {
        assert!(one["how_to_ask"].as_str().is_some_and(|text| text.len() > 10), "{one}");
    }
}

#[actix_web::test]
async fn a_rating_shows_each_column_its_cells() {
    let world = with_consent();
    zone(&world).await;
    let callers = Callers::of(&world).await;
    let path = format!("/api/v1/enterprises/{}/rating", code(1));
    // Grade, score, indicators; then history and receipt at their own addresses.
    for (audience, purpose, cells) in [
        ("public", "", "- - - - -"),
        ("enterprise", "self", "F F F F F"),
        ("commerce", "supervision", "F F F F F"),
        ("customs", "supervision", "G F F F F"),
        ("safe", "supervision", "G F F F F"),
        ("tax", "supervision", "G F F F F"),
        ("market_regulation", "supervision", "G F F F F"),
        ("public_credit", "supervision", "G F F F F"),
        ("central_bank", "supervision", "G - - - -"),
        ("police", "supervision", "F F F F F"),
        ("financier", "credit_approval", "F F A F F"),
    ] {
        let answer = callers.get(&world, audience, purpose, &path).await;
        let place = format!("{audience} {purpose}: {}", answer.text());
        assert_eq!(answer.status, StatusCode::OK, "{place}");
        let body = answer.json();
        let cell = |at: usize| cells.split(' ').nth(at).unwrap();
        assert_eq!(body["grade"].is_string(), cell(0) != "-", "{place}");
        for field in ["grade_by_score", "pending_grade", "grade_why", "sign_off", "n_reasons", "anchor"] {
            assert_eq!(body.get(field).is_some(), cell(0) == "F", "{field}: {place}");
        }
        for field in ["score", "score_raw", "coverage", "sub_scores", "vetoes", "caps", "reasons"] {
            assert_eq!(body.get(field).is_some(), cell(1) == "F", "{field}: {place}");
        }
        let indicators = body["indicators"].as_array();
        assert_eq!(indicators.is_some(), cell(2) != "-", "{place}");
        for one in indicators.into_iter().flatten() {
            for field in ["value", "ratio", "n", "bin", "bp", "points", "loss"] {
                assert_eq!(one.get(field).is_some(), cell(2) == "F", "{field}: {place}");
            }
            assert_eq!(one.get("band").is_some(), cell(2) == "A", "{place}");
        }
        // Simulations and advice show indicators with their points.
        let advice =
            callers.get(&world, audience, purpose, &format!("/api/v1/enterprises/{}/advice", code(1))).await;
        assert_eq!(advice.status == StatusCode::OK, cell(2) == "F", "{place}");
        for (at, last) in [(3, "ratings"), (4, "receipt")] {
            let other = format!("/api/v1/enterprises/{}/{last}", code(1));
            let answer = callers.get(&world, audience, purpose, &other).await;
            assert_eq!(
                answer.status == StatusCode::OK,
                cell(at) == "F",
                "{last} {audience}: {}",
                answer.text()
            );
        }
        // A past day is the history's.
        let past = callers.get(&world, audience, purpose, &format!("{path}?as_of=2026-11-22")).await;
        if !matches!(audience, "public" | "central_bank") {
            assert_eq!(past.status, StatusCode::OK, "{audience}: {}", past.text());
        } else if audience == "central_bank" {
            assert_eq!(past.status, StatusCode::FORBIDDEN, "{audience}: {}", past.text());
        }
    }
}

#[actix_web::test]
async fn totals_show_each_column_its_cells() {
    let world = with_consent();
    zone(&world).await;
    let callers = Callers::of(&world).await;
    let path = format!("/api/v1/enterprises/{}/activity", code(1));
    // Transactions, and complaints that are not published.
    for (audience, purpose, cells) in [
        ("public", "", "- -"),
        ("enterprise", "self", "F F"),
        ("commerce", "supervision", "F F"),
        ("customs", "supervision", "F A"),
        ("safe", "supervision", "A -"),
        ("tax", "supervision", "A -"),
        ("market_regulation", "supervision", "- F"),
        ("public_credit", "supervision", "- A"),
        ("central_bank", "supervision", "- -"),
        ("police", "supervision", "F F"),
        ("financier", "credit_approval", "A A"),
        ("commerce", "", "- -"),
    ] {
        let answer = callers.get(&world, audience, purpose, &path).await;
        let place = format!("{audience} {purpose}: {}", answer.text());
        assert_eq!(answer.status, StatusCode::OK, "{place}");
        let body = answer.json();
        let month = json!({ "month": "2026-10-01", "mode": "9610", "direction": "export" });
        let with = |orders: Value, amount: Value| {
            let mut month = month.clone();
            (month["orders"], month["amount_cny"]) = (orders, amount);
            json!([month])
        };
        let (transactions, complaints) = cells.split_once(' ').unwrap();
        let expected = match transactions {
            "F" => with(json!({ "exact": "2" }), json!({ "exact": "12346.67" })),
            "A" => with(json!({ "band": "1-10" }), json!({ "band": "10000-100000" })),
            _ => Value::Null,
        };
        assert_eq!(body["transactions"], expected, "{place}");
        let expected = match complaints {
            "F" => json!({ "exact": "1" }),
            "A" => json!({ "band": "1-10" }),
            _ => Value::Null,
        };
        assert_eq!(body["complaints"]["accepted"], expected, "{place}");
        // Everybody sees the reviews.
        assert_eq!(
            body["reviews"],
            json!({ "count": { "exact": "2" }, "rating": { "exact": "4.5" } }),
            "{place}"
        );
    }
}

#[actix_web::test]
async fn lists_show_no_more_than_the_cells_for_many() {
    let world = with_consent();
    zone(&world).await;
    let callers = Callers::of(&world).await;
    // The other grade, and the score: on request, by consent or to itself only of one at a time.
    for (audience, purpose, grade, score) in [
        ("public", "", false, false),
        ("enterprise", "self", false, false),
        ("commerce", "supervision", true, true),
        ("customs", "supervision", true, false),
        ("safe", "supervision", true, false),
        ("tax", "supervision", true, false),
        ("market_regulation", "supervision", true, false),
        ("public_credit", "supervision", true, false),
        ("central_bank", "supervision", true, false),
        ("police", "supervision", false, false),
        ("financier", "credit_approval", false, false),
        ("customs", "", false, false),
        ("commerce", "statistics", false, false),
    ] {
        let page = callers.get(&world, audience, purpose, "/api/v1/enterprises").await.json();
        let of = |number: u32| {
            let items = page["items"].as_array().unwrap().clone();
            items.into_iter().find(|one| one["uscc"] == code(number)).unwrap()
        };
        assert_eq!(of(2)["grade"], "AA", "{audience}");
        assert_eq!(of(1)["grade"].is_string(), grade, "{audience} {purpose}: {page}");
        assert_eq!(of(1)["score"].is_number(), score, "{audience} {purpose}: {page}");
        // To learn who has a grade is to read it.
        let by_grade = callers.get(&world, audience, purpose, "/api/v1/enterprises?grade=N").await;
        assert_eq!(by_grade.status == StatusCode::OK, grade, "{audience} {purpose}");
        assert_eq!(
            callers.get(&world, audience, purpose, "/api/v1/enterprises?grade=AA").await.status,
            StatusCode::OK
        );
    }
}

#[actix_web::test]
async fn who_may_not_know_cannot_tell_whether_there_is_such_an_enterprise() {
    let world = World::new();
    zone(&world).await;
    let callers = Callers::of(&world).await;
    let (known, unknown) = (code(1), code(999));
    let bodies = |text: String, uscc: &str| {
        let mut body: Value = serde_json::from_str(&text.replace(uscc, "USCC")).unwrap();
        body.as_object_mut().unwrap().remove("request_id");
        body
    };
    for (audience, purpose) in [
        ("public", ""),
        ("financier", ""),
        ("financier", "credit_approval"),
        ("financier", "supervision"),
        ("customs", ""),
        ("customs", "statistics"),
        ("central_bank", "supervision"),
        ("enterprise", "appeal"),
    ] {
        // The last one's own enterprise is no secret to it.
        let known = if audience == "enterprise" { &code(2) } else { &known };
        for last in ["ratings", "receipt", "advice", "disclosure"] {
            let path = |uscc: &str| format!("/api/v1/enterprises/{uscc}/{last}");
            let one = callers.get(&world, audience, purpose, &path(known)).await;
            let other = callers.get(&world, audience, purpose, &path(&unknown)).await;
            assert_eq!(one.status, other.status, "{audience} {purpose} {last}");
            assert!(last == "disclosure" || one.status.is_client_error(), "{audience} {purpose} {last}");
            assert_eq!(
                bodies(one.text(), known),
                bodies(other.text(), &unknown),
                "{audience} {purpose} {last}"
            );
        }
        let simulate = |uscc: &str| {
            let request = callers.request(audience, purpose, "/").method(actix_web::http::Method::POST);
            request
                .uri(&format!("/api/v1/enterprises/{uscc}/simulations"))
                .set_json(json!({ "indicators": {} }))
        };
        let (one, other) = (world.call(simulate(known)).await, world.call(simulate(&unknown)).await);
        assert!(one.status.is_client_error(), "{audience} {purpose}: {}", one.text());
        assert_eq!(bodies(one.text(), known), bodies(other.text(), &unknown), "{audience} {purpose}");
    }
}

#[actix_web::test]
async fn a_consent_gives_exactly_its_blocks_until_it_is_revoked() {
    let book = Arc::new(Book::default());
    let world = World::with_consents(book.clone());
    zone(&world).await;
    let callers = Callers::of(&world).await;
    let path = format!("/api/v1/enterprises/{}", code(1));
    let rating = format!("{path}/rating");
    let bank = async |path: &str| callers.get(&world, "financier", "credit_approval", path).await;

    let refused = bank(&rating).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.json()["type"].as_str().unwrap().ends_with("/consent_required"));
    assert!(refused.text().contains("POST /api/v1/consents"), "{}", refused.text());

    *book.0.lock().unwrap() = vec![Granted { blocks: vec![Block::Grade], ..consent_to_all() }];
    let body = bank(&rating).await.json();
    assert!(
        body["grade"].is_string() && body.get("score").is_none() && body.get("indicators").is_none(),
        "{body}"
    );
    assert_eq!(bank(&format!("{path}/receipt")).await.status, StatusCode::FORBIDDEN);
    // Not the grade of another day: that is the history.
    assert_eq!(bank(&format!("{rating}?as_of=2026-11-22")).await.status, StatusCode::FORBIDDEN);
    *book.0.lock().unwrap() = vec![Granted { blocks: vec![Block::Receipt], ..consent_to_all() }];
    let receipt = format!("{path}/receipt");
    assert_eq!(bank(&receipt).await.status, StatusCode::OK);
    // A rating named by its number is one of the history.
    assert_eq!(bank(&format!("{receipt}?seq=1")).await.status, StatusCode::FORBIDDEN);
    *book.0.lock().unwrap() =
        vec![Granted { blocks: vec![Block::Receipt, Block::History], ..consent_to_all() }];
    let first = bank(&format!("{receipt}?seq=1")).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_ne!(first.json()["proof"], bank(&receipt).await.json()["proof"], "of an earlier rating");
    assert_eq!(bank(&format!("{receipt}?seq=99")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(bank(&format!("{receipt}?seq=0")).await.status, StatusCode::BAD_REQUEST);
    // Not of another enterprise, not for another purpose.
    assert_eq!(bank(&format!("/api/v1/enterprises/{}/rating", code(2))).await.status, StatusCode::FORBIDDEN);
    let other = callers.get(&world, "financier", "insurance", &rating).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);

    book.0.lock().unwrap().clear();
    assert_eq!(bank(&rating).await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn service_roles_do_what_they_are_for_and_no_more() {
    let world = World::new();
    zone(&world).await;
    let mut keys = Vec::new();
    let scopes = [json!(["intake"]), json!(["read", "intake"])];
    let who = [("source", "registration"), ("customs", "5115")];
    for ((audience, organisation), scopes) in who.into_iter().zip(scopes) {
        let key =
            json!({ "name": "k", "audience": audience, "organisation": organisation, "scopes": scopes });
        keys.push(world.key(key).await);
    }
    let get = async |key: &str, path: &str| world.asked(key, "supervision", path).await;
    let send = async |key: &str| {
        let request =
            TestRequest::post().uri("/api/v1/sources/registration/batches").set_payload(REGISTRATION);
        world.by(key, "", request).await
    };
    let sent = send(&keys[0]).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.text());
    assert_eq!(get(&keys[0], sent.header("location")).await.status, StatusCode::OK);
    // It learns what became of its file, not what others sent, and nothing of any enterprise's credit.
    assert_eq!(get(&keys[0], "/api/v1/batches").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        get(&keys[0], &format!("/api/v1/enterprises/{}/receipt", code(1))).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(send(&keys[1]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&keys[1], "/api/v1/batches").await.status, StatusCode::FORBIDDEN);
}
