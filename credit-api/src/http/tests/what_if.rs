use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::world::{Answer, World, code, registrations};

const PENALTIES: &str = "CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_CFLB,CF_NR_FK,CF_JDRQ,CF_CFJG,CF_CFJGDM";
const LISTS: &str = "uscc,list,decision_no,authority,effective_on";

/// A zone in which enterprise 1 was fined and is on the list of abnormal operations.
async fn world() -> World {
    let world = World::new();
    world.take("registration", &registrations([1, 2])).await;
    let penalty = format!(
        "{PENALTIES}\n宜宾试验1号贸易有限公司,{},宜市监罚〔2026〕1号,罚款,60,2026-06-01,宜宾市市场监督管理局,115115\n",
        code(1)
    );
    world.take("penalties", &penalty).await;
    let listing = format!(
        "{LISTS}\n{},abnormal_operation,宜市监列〔2026〕3号,宜宾市市场监督管理局,2026-05-06\n",
        code(1)
    );
    world.take("lists", &listing).await;
    world
}

async fn ask(world: &World, body: &Value) -> Answer {
    let request = TestRequest::post()
        .uri(&format!("/api/v1/enterprises/{}/simulations", code(1)))
        .insert_header(("X-Purpose", "supervision"))
        .insert_header(("Accept-Language", "en"))
        .set_json(body);
    world.call(world.signed(request)).await
}

fn indicator<'a>(outcome: &'a Value, id: &str) -> &'a Value {
    outcome["indicators"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()
}

#[actix_web::test]
async fn a_repair_a_removal_and_a_filing_are_worth_what_they_would_be_worth() {
    let world = world().await;
    let changes = json!({
        "change": [
            {"source": "penalties", "where": {"CF_WSH": "宜市监罚[2026]1号"}, "set": {"CF_XFRQ": "2026-11-20"}},
            {"source": "registration", "set": {"last_annual_report_year": 2025, "premises_check": "verified", "premises_checked_on": "2026-11-20"}},
        ],
        "remove": [{"source": "lists", "where": {"list": "abnormal_operation"}}],
        "add": [{"source": "classes", "row": {"authority": "tax", "class": "A", "valid_from": "2026-01-01"}}],
    });
    let answer = ask(&world, &json!({ "facts": changes })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let simulation = answer.json();
    let (before, after) = (&simulation["before"], &simulation["after"]);
    assert!(before["score_raw"].as_u64() < after["score_raw"].as_u64(), "{simulation}");
    assert!(!before["caps"].as_array().unwrap().is_empty() && after["caps"] == json!([]), "{simulation}");
    for id in ["R04", "R06", "P01", "P02", "P05", "P06"] {
        assert!(
            simulation["changed"].as_array().unwrap().contains(&id.into()),
            "{id}: {}",
            simulation["changed"]
        );
    }
    assert_eq!(indicator(after, "P05")["value"], "A");
    assert!(before["reasons"].as_array().unwrap().len() > after["reasons"].as_array().unwrap().len());

    // Nothing was stored, and really sending the same facts gives the same.
    let unchanged = ask(&world, &json!({})).await.json();
    assert_eq!((&unchanged["before"], &unchanged["changed"]), (before, &json!([])));
    let real = registrations([1])
        .replace(",filed_on\n", ",filed_on,last_annual_report_year,premises_check,premises_checked_on\n");
    let real = real.replace(",2021-03-01\n", ",2021-03-01,2025,verified,2026-11-20\n");
    world.take("registration", &real).await;
    world.take("classes", &format!("uscc,authority,class,valid_from\n{},tax,A,2026-01-01\n", code(1))).await;
    let repaired = format!(
        "{PENALTIES},CF_XFRQ\n宜宾试验1号贸易有限公司,{},宜市监罚〔2026〕1号,罚款,60,2026-06-01,宜宾市市场监督管理局,115115,2026-11-20\n",
        code(1)
    );
    world.take("penalties", &repaired).await;
    let left = json!({"facts": {"remove": [{"source": "lists"}]}});
    let really = ask(&world, &left).await.json();
    assert_eq!(really["after"], *after);
}

#[actix_web::test]
async fn facts_and_values_are_supposed_together_the_values_last() {
    let world = world().await;
    let body = json!({
        "facts": {"add": [{"source": "classes", "row": {"authority": "tax", "class": "A", "valid_from": "2026-01-01"}}]},
        "indicators": {"P05": {"bp": 0}},
    });
    let simulation = ask(&world, &body).await.json();
    assert_eq!(indicator(&simulation["after"], "P05")["bp"], 0, "{simulation}");
    assert_eq!(simulation["changed"], json!(["P05"]));
}

#[actix_web::test]
async fn what_cannot_be_supposed_is_refused_with_its_place() {
    let world = world().await;
    let body = json!({"facts": {
        "change": [{"source": "penalties", "set": {"CF_XFRQ": "31.12.2026"}}],
        "add": [{"source": "orders", "row": {}}, {"source": "lists", "row": {"list": "rumours", "no": 1}}],
    }});
    let answer = ask(&world, &body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let problem = answer.json();
    let pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    let expected = ["#/facts/change/0/set/CF_XFRQ", "#/facts/add/0/source", "#/facts/add/1/row/no"];
    assert_eq!(pointers, expected, "{problem}");
    for (body, pointer) in [
        (json!({"facts": 1}), "#/facts"),
        (json!({"facts": {"add": [{"source": "lists"}]}}), "#/facts/add/0"),
        (json!({"values": {}}), "#/values"),
        (json!({"indicators": {"R01": {"bp": "x"}}}), "#/indicators/R01/bp"),
        (json!({"indicators": {"a/b": {"bp": 70_000}}}), "#/indicators/a~1b/bp"),
    ] {
        let answer = ask(&world, &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}: {}", answer.text());
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.text());
    }
}
