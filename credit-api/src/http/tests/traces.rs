//! A line of goods is followed by parcel, article or HS code; what nobody told of is named, and others' sales are not.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use credit_core::ceb::Element;
use serde_json::{Value, json};

use super::customs::{BUYER, Trade, archive, parties, xml};
use super::people::with_key;
use super::world::{World, code};
use crate::ceb::traces::left;
use crate::store::both::Place;
use crate::store::bulk;

type Message = (&'static str, Element);

impl World {
    async fn traces_as(&self, key: &str, purpose: &str, query: &str) -> (StatusCode, Value) {
        let path = format!("/api/v1/traces?{query}");
        let asked =
            with_key(TestRequest::get().uri(&path), key).insert_header(("X-Purpose", purpose.to_owned()));
        let answer = self.call(asked).await;
        (answer.status, answer.json())
    }

    /// As an officer of customs.
    async fn traces(&self, query: &str) -> Vec<Value> {
        let key = self.department("customs").await;
        let (status, answer) = self.traces_as(&key, "supervision", query).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["items"].as_array().unwrap().clone()
    }

    fn run_sql(&self, sql: &str) {
        let mut connection = self.state.service.database.connection().unwrap();
        bulk::execute(&mut connection, sql, std::iter::empty()).unwrap();
    }
}

/// A line's field in a message of these.
fn set(message: &mut Message, line: usize, name: &str, text: &str) {
    let lines = message.1.children.iter_mut().filter(|child| child.name.ends_with("List"));
    let line = lines.into_iter().nth(line).unwrap();
    line.children.iter_mut().find(|child| child.name == name).unwrap().text = text.to_owned();
}

fn states(trace: &Value) -> Vec<(&str, &str)> {
    let stations = trace["stations"].as_array().unwrap().iter();
    stations.map(|one| (one["station"].as_str().unwrap(), one["state"].as_str().unwrap())).collect()
}

fn gaps(trace: &Value) -> Vec<&str> {
    trace["gaps"].as_array().unwrap().iter().map(|gap| gap["code"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_line_is_followed_from_the_order_to_the_door_by_parcel_article_or_code() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        world.customs(archive(&Trade::new(1).whole(), &[])).await;
        let lines = world.traces("logistics_no=wb000001").await;
        assert_eq!(lines.len(), 2);
        let first = &lines[0];
        let whole =
            ["ordered", "paid", "waybill", "declared", "released", "delivered"].map(|one| (one, "seen"));
        assert_eq!(states(first), whole);
        assert_eq!((gaps(first), &first["customs_status"]), (Vec::<&str>::new(), &json!(800)));
        let goods = &first["goods"];
        assert_eq!(
            [&goods["record_no"], &goods["hs_code"], &goods["item_no"], &goods["quantity"]],
            [&json!("REC-1"), &json!("3304990039"), &json!("ITEM-1"), &json!("2")]
        );
        let declared = &first["stations"][3];
        assert_eq!(
            (&declared["quantity"], &declared["documents"][0]["kind"]),
            (&json!("2"), &json!("CEB621"))
        );
        assert_eq!(first["stations"][2]["party"]["uscc"], code(3));
        assert_eq!(first["stations"][5]["at"], "2026-11-06T01:30:00.000Z");

        let own = format!("uscc={}", code(1));
        for (query, names) in [
            ("item=REC-2", vec!["洁面乳"]),
            ("item=ITEM-2", vec!["洁面乳"]),
            ("item=6900000000001", vec!["面霜"]),
            ("hs_code=3304.99.0039", vec!["面霜", "洁面乳"]),
            ("hs_code=3304990040", vec![]),
            ("hs_code=33", vec!["面霜", "洁面乳"]),
            ("hs_code=3304.9900", vec!["面霜", "洁面乳"]),
            ("hs_code=3305", vec![]),
            ("item=REC", vec![]),
        ] {
            let found = world.traces(&format!("{query}&{own}")).await;
            let found: Vec<&str> =
                found.iter().map(|trace| trace["goods"]["name"].as_str().unwrap()).collect();
            assert_eq!(found, names, "{query}");
        }
        let text = Value::from(lines).to_string();
        assert!(BUYER.iter().all(|value| !text.contains(value)), "{text}");
        assert_eq!(world.findings(), Vec::<String>::new());
    }
}

#[actix_web::test]
async fn what_nobody_told_of_is_missing_or_awaited_and_a_quantity_that_differs_is_a_gap() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let trade = Trade::new(1);
        let mut declaration = trade.declaration();
        set(&mut declaration, 1, "qty", "3");
        world
            .customs(archive(&[trade.order(), declaration, trade.receipt("500", "20261103130000000")], &[]))
            .await;
        let lines = world.traces("logistics_no=WB000001").await;
        let expected = [
            ("ordered", "seen"),
            ("paid", "missing"),
            ("waybill", "missing"),
            ("declared", "seen"),
            ("released", "awaited"),
            ("delivered", "awaited"),
        ];
        assert_eq!(states(&lines[1]), expected);
        assert_eq!(
            (gaps(&lines[0]), gaps(&lines[1])),
            (vec!["missing"; 2], vec!["missing", "missing", "quantity_differs"])
        );
        // The declaration names the carrier, from whom nothing came.
        let waybill = &lines[0]["stations"][2];
        assert_eq!(
            [&waybill["expected"], &waybill["party"]["role"], &waybill["party"]["uscc"]],
            [&json!("CEB511"), &json!("carrier"), &json!(code(3))]
        );
        assert_eq!(lines[0]["customs_status"], 500);
        assert!(lines[1]["gaps"][2]["text"].as_str().unwrap().contains('3'), "{}", lines[1]["gaps"]);

        world.an_hour_later();
        world.customs(archive(&[trade.payment(), trade.parcel()], &[])).await;
        let lines = world.traces("logistics_no=WB000001").await;
        assert_eq!(
            (gaps(&lines[0]).len(), gaps(&lines[1])),
            (0, vec!["quantity_differs"]),
            "sent at the same time"
        );
        let mut amended = trade.declaration();
        amended.1.children[0].children.iter_mut().find(|one| one.name == "appTime").unwrap().text =
            "20261103130000".into();
        world.an_hour_later();
        world.customs(xml(&amended)).await;
        assert_eq!(gaps(&world.traces("logistics_no=WB000001").await[1]), Vec::<&str>::new());
        assert_eq!(world.findings(), Vec::<String>::new());
    }
}

#[actix_web::test]
async fn a_code_that_a_correction_took_away_finds_nothing() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let trade = Trade::new(1);
        world.customs(archive(&trade.whole(), &[])).await;
        let mut amended = trade.declaration();
        amended.1.children[0].children.iter_mut().find(|one| one.name == "appTime").unwrap().text =
            "20261103130000".into();
        set(&mut amended, 0, "itemRecordNo", "REC-9");
        world.an_hour_later();
        world.customs(xml(&amended)).await;
        let own = format!("uscc={}", code(1));
        assert_eq!(world.traces(&format!("item=REC-1&{own}")).await.len(), 0);
        assert_eq!(world.traces(&format!("item=REC-9&{own}")).await.len(), 1);
    }
}

#[actix_web::test]
async fn pages_follow_each_other_line_by_line() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let messages: Vec<Message> = (1..=3).flat_map(|number| Trade::new(number).whole()).collect();
        world.customs(archive(&messages, &[])).await;
        // Of the last sale one line has another code of the chapter.
        let trade = Trade::new(4);
        let mut declaration = trade.declaration();
        set(&mut declaration, 1, "gcode", "3304990049");
        world.customs(archive(&[trade.order(), declaration], &[])).await;
        let key = world.agent_of(1).await;
        let in_pages = async |code: &str| {
            let mut seen = Vec::new();
            let mut query = format!("hs_code={code}&limit=3");
            loop {
                let (status, page) = world.traces_as(&key, "self", &query).await;
                assert_eq!(status, StatusCode::OK, "{page}");
                let items = page["items"].as_array().unwrap();
                seen.extend(
                    items.iter().map(|item| format!("{} {}", item["order_no"], item["goods"]["gnum"])),
                );
                let Some(next) = page["next_cursor"].as_str() else { break };
                query = format!("hs_code={code}&limit=3&cursor={next}");
            }
            seen
        };
        assert_eq!(in_pages("3304990039").await.len(), 7);
        let all = in_pages("33").await;
        assert_eq!(all.len(), 8);
        let newest_first = in_pages("330499").await;
        assert_eq!(newest_first, all);
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 8);
    }
}

#[actix_web::test]
async fn sales_of_others_are_not_told() {
    let world = World::new();
    world.take("registration", &parties(&[1, 2, 3, 4])).await;
    world.customs(archive(&Trade::new(1).whole(), &[])).await;
    let other = world.agent_of(2).await;
    let parcel = "logistics_no=WB000001";
    let items = |answer: &Value| answer["items"].as_array().map(Vec::len);
    // The platform of the sale is not its merchant.
    let (_, answer) = world.traces_as(&other, "self", parcel).await;
    assert_eq!((items(&answer), &answer["next_cursor"]), (Some(0), &Value::Null));
    let (status, _) = world.traces_as(&other, "self", &format!("{parcel}&uscc={}", code(1))).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(world.get(&format!("/api/v1/traces?{parcel}")).await.status, StatusCode::UNAUTHORIZED);
    let market = world.department("market_regulation").await;
    for query in [parcel.to_owned(), format!("item=REC-1&uscc={}", code(1))] {
        let (status, answer) = world.traces_as(&market, "supervision", &query).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{query}: {answer}");
    }
    // Goods of many merchants are more than one question.
    let customs = world.department("customs").await;
    let (status, answer) = world.traces_as(&customs, "supervision", "item=REC-1").await;
    assert_eq!(
        (status, &answer["type"]),
        (StatusCode::FORBIDDEN, &json!("https://xinji.example/problems/one_at_a_time")),
        "{answer}"
    );
    let path = format!("/api/v1/traces?{parcel}");
    let answer = world.call(with_key(TestRequest::get().uri(&path), &customs)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "no purpose: {}", answer.text());
    for query in ["", "item=a&hs_code=3304990039", "hs_code=330", "hs_code=3a", "item=%00"] {
        let (status, answer) = world.traces_as(&customs, "supervision", query).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}: {answer}");
    }
}

#[actix_web::test]
async fn a_sale_of_somebody_unknown_is_the_zones_business() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[2, 3, 4])).await;
        world.customs(archive(&Trade::new(1).whole(), &[])).await;
        assert_eq!(world.traces("logistics_no=WB000001").await.len(), 0);
        let answer = world.read("/api/v1/traces?logistics_no=WB000001").await.json();
        assert_eq!(answer["items"].as_array().unwrap().len(), 2, "{answer}");
        assert_eq!(answer["items"][0]["uscc"], Value::Null);
        world.an_hour_later();
        world.take("registration", &parties(&[1])).await;
        assert_eq!(world.traces("logistics_no=WB000001").await.len(), 2);
    }
}

#[actix_web::test]
async fn every_look_is_logged() {
    let world = World::new();
    world.take("registration", &parties(&[1, 2, 3, 4])).await;
    world.customs(archive(&Trade::new(1).whole(), &[])).await;
    world.traces("logistics_no=WB000001").await;
    let agent = world.agent_of(1).await;
    let path = format!("/api/v1/enterprises/{}/access-log", code(1));
    let log = world
        .call(with_key(TestRequest::get().uri(&path), &agent).insert_header(("X-Purpose", "self")))
        .await;
    let log = log.json();
    let looks = log["items"].as_array().unwrap();
    let is_ours =
        |look: &&Value| look["audience"] == "customs" && look["shown"].to_string().contains("orders");
    assert_eq!(looks.iter().filter(is_ours).count(), 1, "{log}");
}

#[actix_web::test]
async fn sales_from_before_are_found_once_the_worker_has_looked() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        world.customs(archive(&Trade::new(1).whole(), &[])).await;
        // As the migration finds them.
        world.run_sql("DELETE FROM ceb_traces");
        world.run_sql("INSERT INTO ceb_untraced (sale) SELECT id FROM ceb_sales");
        assert_eq!(world.findings(), Vec::<String>::new());
        let database = &world.state.service.database;
        assert_eq!((left::look(database).unwrap(), left::look(database).unwrap()), (1, 0));
        assert_eq!(world.traces("logistics_no=WB000001").await.len(), 2);
        assert_eq!(world.findings(), Vec::<String>::new());
        world.run_sql("DELETE FROM ceb_traces WHERE gnum = 2");
        assert_eq!(world.findings().len(), 1, "{:?}", world.findings());
    }
}
