//! Customs messages in, sales with three flows and every rule's verdict out, and no buyer anywhere.

use std::path::Path;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use credit_core::records::Order;
use diesel::sql_types::{Binary, Text};
use serde_json::{Value, json};

use super::customs::{BUYER, CUSTOMS_CODES, Trade, archive, parties, xml};
use super::people::with_key;
use super::world::{World, code};
use crate::evaluation::view::rfc3339;
use crate::intake::receive::{Expected, receive_stored};
use crate::store::both::Place;
use crate::store::bulk;
use crate::store::codec::decode_order;

#[derive(diesel::QueryableByName)]
struct Payload {
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

impl World {
    pub(super) fn orders(&self) -> Vec<Order> {
        let mut connection = self.state.service.database.connection().unwrap();
        let sql = "SELECT payload FROM orders ORDER BY order_no";
        let rows: Vec<Payload> = bulk::load(&mut connection, sql, std::iter::empty()).unwrap();
        rows.iter().map(|row| decode_order(&row.payload).unwrap()).collect()
    }

    pub(super) async fn sales(&self) -> Vec<Value> {
        let path = format!("/api/v1/enterprises/{}/sales", code(1));
        let key = self.department("customs").await;
        let asked = with_key(TestRequest::get().uri(&path), &key).insert_header(("X-Purpose", "supervision"));
        let answer = self.call(asked).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()["items"].as_array().unwrap().clone()
    }

    pub(super) async fn sale(&self, id: &str) -> Value {
        let key = self.department("customs").await;
        let path = format!("/api/v1/sales/{id}");
        let asked = with_key(TestRequest::get().uri(&path), &key).insert_header(("X-Purpose", "supervision"));
        let answer = self.call(asked).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }

    /// Now, as `known_at` has it.
    fn time(&self) -> String {
        rfc3339(self.state.service.clock.now().0)
    }

    /// Every text that the database holds of messages, and every byte below the data folder.
    fn no_buyer_anywhere(&self) {
        let mut connection = self.state.service.database.connection().unwrap();
        let mut texts = String::new();
        for sql in [
            "SELECT payload AS text FROM ceb_documents",
            "SELECT partial AS text FROM ceb_sales",
            "SELECT doc_key AS text FROM ceb_joins",
            "SELECT found || expected || raw AS text FROM rejects",
            "SELECT extra_columns AS text FROM batches",
            "SELECT task AS text FROM jobs",
        ] {
            let rows: Vec<Line> = bulk::load(&mut connection, sql, std::iter::empty()).unwrap();
            rows.iter().for_each(|row| texts.push_str(&row.text));
        }
        assert!(!texts.is_empty());
        let mut found = planted(texts.as_bytes(), "the database");
        look(&self.state.service.config.data, &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}

/// The planted values that bytes hold, also in the other encodings in which a message may have them.
fn planted(bytes: &[u8], place: &str) -> Vec<String> {
    let more = ["buyer991@example.com", "包裹"];
    let values = BUYER.iter().chain(&more);
    let holds = |value: &&&str| {
        let gb = encoding_rs::GB18030.encode(value).0.into_owned();
        [value.as_bytes(), &gb].iter().any(|needle| memchr::memmem::find(bytes, needle).is_some())
    };
    values.filter(holds).map(|value| format!("{value} in {place}")).collect()
}

fn look(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look(&path, found);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.extend(planted(&bytes, &path.display().to_string()));
        }
    }
}

fn outcome(sale: &Value, rule: &str) -> String {
    let verdicts = sale["verdicts"].as_array().unwrap();
    let verdict = verdicts.iter().find(|verdict| verdict["rule"] == rule).unwrap();
    verdict["outcome"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_zip_of_messages_becomes_a_sale_whose_every_rule_is_told() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let trade = Trade::new(1);
        let job = world.customs(archive(&trade.whole(), &[("readme.txt", b"x"), ("bad.xml", b"<a>")])).await;
        let batch = world.batch_of(&job).await;
        let counts = ["rows_total", "rows_new", "rows_superseding", "rows_rejected"]
            .map(|name| batch[name].as_i64().unwrap());
        assert_eq!((&batch["source"], counts), (&json!("ceb"), [9, 7, 0, 2]), "{batch}");
        assert_eq!(batch["extra_columns"], json!({ "buyerEmail": 1 }));
        let rejects =
            world.read(&format!("/api/v1/batches/{}/rejects", job["batch_id"].as_str().unwrap())).await;
        let rejects = rejects.json();
        assert_eq!(rejects["items"].as_array().unwrap().len(), 2, "{rejects}");

        let sales = world.sales().await;
        assert_eq!(sales.len(), 1);
        assert_eq!(sales[0]["rules"]["pass"].as_array().unwrap().len(), 12, "{}", sales[0]);
        assert_eq!(sales[0]["rules"].get("fail"), None);
        let sale = world.sale(sales[0]["id"].as_str().unwrap()).await;
        assert_eq!(sale["documents"].as_array().unwrap().len(), 7);
        assert_eq!(sale["parties"][0]["uscc"], code(1));
        for rule in ["M1", "M4", "M5", "M10", "M12"] {
            assert_eq!(outcome(&sale, rule), "pass", "{rule}");
        }
        let m4 = &sale["verdicts"][3];
        assert_eq!((&m4["rule"], &m4["compared"][0]["left"]["value"]), (&json!("M4"), &json!("same")));
        assert!(planted(sale.to_string().as_bytes(), "the answer").is_empty());

        let orders = world.orders();
        assert_eq!(orders.len(), 1);
        let order = &orders[0];
        assert_eq!(
            (order.uscc.to_string(), order.amount.0, order.customs_status),
            (code(1), 27_780, Some(800))
        );
        assert_eq!((order.documents_agree, order.payer_matches_buyer), (Some(true), Some(true)));
        assert!(order.delivered_at.is_some() && order.buyer_token.is_some());
        world.no_buyer_anywhere();
        assert_eq!(world.findings(), Vec::<String>::new());
    }
}

#[actix_web::test]
async fn a_late_waybill_completes_a_sale_and_receipts_come_in_any_order() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let trade = Trade::new(1);
        let first =
            [trade.order(), trade.payment(), trade.declaration(), trade.receipt("800", "20261104100000123")];
        world.customs(archive(&first, &[])).await;
        let sales = world.sales().await;
        assert_eq!(sales[0]["rules"]["waiting"], json!(["M1", "M5", "M12"]), "{}", sales[0]);
        assert_eq!(world.orders()[0].customs_status, Some(800));

        world.an_hour_later();
        let later = [trade.receipt("120", "20261103130000000"), trade.receipt("800", "20261104100000123")];
        let batch = world.customs(archive(&later, &[])).await;
        let batch = world.batch_of(&batch).await;
        assert_eq!((&batch["rows_new"], &batch["rows_unchanged"]), (&json!(1), &json!(1)));
        assert_eq!(world.orders()[0].customs_status, Some(800), "state by rank, not by arrival");

        world.an_hour_later();
        world.customs(xml(&trade.parcel())).await;
        let sales = world.sales().await;
        assert_eq!(sales[0]["rules"].get("waiting"), None, "{}", sales[0]);
        assert_eq!(world.orders()[0].logistics_no.as_deref(), Some("WB000001"));
        world.no_buyer_anywhere();
    }
}

#[actix_web::test]
async fn what_differs_is_named_and_counted() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let other = Trade { payer_id: "510104199901010002".into(), ..Trade::new(1) };
        let heavy = Trade { weight: "1.4", ..Trade::new(2) };
        let wrong = Trade { paid: "300", payment: "300", ..Trade::new(3) };
        let messages: Vec<_> = [&other, &heavy, &wrong].iter().flat_map(|trade| trade.whole()).collect();
        world.customs(archive(&messages, &[])).await;
        let sales = world.sales().await;
        let failed = |order: &str| {
            let sale = sales.iter().find(|sale| sale["order_no"] == order).unwrap();
            sale["rules"].get("fail").cloned().unwrap_or_default()
        };
        assert_eq!(failed("ORDER-1"), json!(["M4"]));
        assert_eq!(failed("ORDER-2"), Value::Null);
        assert_eq!(failed("ORDER-3"), json!(["M2"]));
        let orders = world.orders();
        assert_eq!((orders[0].payer_matches_buyer, orders[0].documents_agree), (Some(false), Some(true)));
        assert_eq!((orders[1].weight_differs, orders[2].documents_agree), (Some(true), Some(false)));
        let path = format!("/api/v1/enterprises/{}/sales?outcome=fail", code(1));
        let agent = world.agent_of(1).await;
        let answer = world
            .call(with_key(TestRequest::get().uri(&path), &agent).insert_header(("X-Purpose", "self")))
            .await;
        assert_eq!(answer.json()["items"].as_array().unwrap().len(), 2, "{}", answer.text());
    }
}

#[actix_web::test]
async fn before_a_correction_came_a_sale_is_as_it_was_known() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let before = world.time();
        world.an_hour_later();
        let wrong = Trade { payment: "300", ..Trade::new(1) };
        world.customs(archive(&wrong.whole(), &[])).await;
        let between = world.time();
        world.an_hour_later();
        let mut corrected = Trade::new(1).payment();
        corrected.1.children[0].children.iter_mut().find(|one| one.name == "appTime").unwrap().text =
            "20261102100000".into();
        world.customs(xml(&corrected)).await;

        let id = world.sales().await[0]["id"].as_str().unwrap().to_owned();
        let now = world.sale(&id).await;
        let then = world.sale(&format!("{id}?known_at={between}")).await;
        let paid = |sale: &Value| {
            let documents = sale["documents"].as_array().unwrap();
            let payment = documents.iter().find(|one| one["kind"] == "CEB411").unwrap();
            payment["fields"]["amountPaid"].as_str().unwrap().to_owned()
        };
        assert_eq!((paid(&now), paid(&then)), ("277.8".to_owned(), "300".to_owned()));
        assert_eq!((outcome(&now, "M3"), outcome(&then, "M3")), ("pass".to_owned(), "fail".to_owned()));
        assert_eq!(then["rules"]["fail"], json!(["M3"]));
        // What other sales decide is not looked up.
        assert_eq!((outcome(&now, "M10"), outcome(&then, "M10")), ("pass".to_owned(), "waiting".to_owned()));
        assert_eq!(now["versions"].as_array().unwrap().len(), 2);
        let key = world.department("customs").await;
        for (known_at, status) in
            [(before.as_str(), StatusCode::NOT_FOUND), ("soon", StatusCode::BAD_REQUEST)]
        {
            let path = format!("/api/v1/sales/{id}?known_at={known_at}");
            let asked =
                with_key(TestRequest::get().uri(&path), &key).insert_header(("X-Purpose", "supervision"));
            assert_eq!(world.call(asked).await.status, status, "{known_at}");
        }
        let newest = now["versions"][0].as_str().unwrap();
        assert_eq!(paid(&world.sale(&format!("{id}?known_at={newest}")).await), "277.8");
    }
}

#[actix_web::test]
async fn a_sale_that_was_anothers_is_not_told_to_its_merchant_of_today() {
    let world = World::new();
    world.take("registration", &parties(&[1, 2, 3, 4])).await;
    let mut first = Trade::new(1).order();
    let merchant = |message: &mut (&'static str, credit_core::ceb::Element), code: &str| {
        let head = &mut message.1.children[0].children;
        head.iter_mut().find(|one| one.name == "ebcCode").unwrap().text = code.to_owned();
    };
    merchant(&mut first, CUSTOMS_CODES[3]);
    world.an_hour_later();
    world.customs(xml(&first)).await;
    let between = world.time();
    world.an_hour_later();
    let mut second = Trade::new(1).order();
    second.1.children[0].children.iter_mut().find(|one| one.name == "appTime").unwrap().text =
        "20261102100000".into();
    world.customs(xml(&second)).await;
    let id = world.sales().await[0]["id"].as_str().unwrap().to_owned();
    let agent = world.agent_of(1).await;
    for (query, status) in
        [(String::new(), StatusCode::OK), (format!("?known_at={between}"), StatusCode::FORBIDDEN)]
    {
        let path = format!("/api/v1/sales/{id}{query}");
        let asked = with_key(TestRequest::get().uri(&path), &agent).insert_header(("X-Purpose", "self"));
        let answer = world.call(asked).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
    }
}

#[actix_web::test]
async fn a_sale_of_somebody_unknown_is_kept_and_joins_when_the_enterprise_is_filed() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[2, 3, 4])).await;
        world.customs(archive(&Trade::new(1).whole(), &[])).await;
        assert!(world.orders().is_empty());
        world.an_hour_later();
        world.take("registration", &parties(&[1])).await;
        assert_eq!(world.sales().await.len(), 1);
        assert_eq!(world.orders().len(), 1);
        assert_eq!(world.findings(), Vec::<String>::new());
    }
}

#[actix_web::test]
async fn documents_and_a_row_of_the_same_key_are_one_order_whichever_comes_first() {
    let row = format!(
        "uscc,order_no,mode,direction,ordered_at,amount_cny,currency,promised_on,customs_status\n\
         {},ORDER-1,9610,import,2026-11-01 10:00,999,CNY,2026-11-20,500\n",
        code(1)
    );
    let mut seen = Vec::new();
    for row_first in [true, false] {
        for place in Place::all() {
            let world = World::at(&place);
            world.take("registration", &parties(&[1, 2, 3, 4])).await;
            let messages = archive(&Trade::new(1).whole(), &[]);
            if row_first {
                world.take("transactions", &row).await;
                world.an_hour_later();
                world.customs(messages).await;
            } else {
                world.customs(messages).await;
                world.an_hour_later();
                world.take("transactions", &row).await;
            }
            let orders = world.orders();
            assert_eq!(orders.len(), 1);
            assert_eq!((orders[0].amount.0, orders[0].customs_status), (27_780, Some(800)));
            assert!(orders[0].promised_on.is_some());
            assert_eq!(world.findings(), Vec::<String>::new());
            // Keys, and with them tokens, are each zone's own.
            let none = || None;
            let order = orders[0].clone();
            seen.push(Order { buyer_token: none(), address_token: none(), phone_token: none(), ..order });
        }
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[actix_web::test]
async fn a_job_that_is_done_again_finds_the_batch_whose_file_is_gone() {
    let world = World::new();
    let job = world.customs(archive(&Trade::new(1).whole(), &[])).await;
    let batch = world.batch_of(&job).await;
    let service = &world.state.service;
    let stored = service.evidence.stored(batch["file_digest"].as_str().unwrap(), 1);
    assert!(!stored.path.exists());
    let clock = service.clock.as_ref();
    let file = ("again.zip", Expected::Ceb);
    let again =
        receive_stored(&service.database, &service.evidence, clock, &stored, file, &mut |_, _, _| true);
    assert_eq!(again.unwrap().same_as.as_deref(), job["batch_id"].as_str());
}

#[actix_web::test]
async fn sales_are_for_those_who_may_see_orders() {
    let world = World::new();
    world.take("registration", &parties(&[1, 2, 3, 4])).await;
    world.customs(archive(&Trade::new(1).whole(), &[])).await;
    let id = world.sales().await[0]["id"].as_str().unwrap().to_owned();
    let paths = [format!("/api/v1/sales/{id}"), format!("/api/v1/enterprises/{}/sales", code(1))];
    let other = world.agent_of(2).await;
    for path in &paths {
        assert_eq!(world.get(path).await.status, StatusCode::UNAUTHORIZED);
        for audience in ["market_regulation", "financier"] {
            let key = if audience == "financier" {
                world.key(json!({ "name": "b", "audience": audience, "organisation": code(40), "scopes": ["read"] })).await
            } else {
                world.department(audience).await
            };
            let asked =
                with_key(TestRequest::get().uri(path), &key).insert_header(("X-Purpose", "supervision"));
            let answer = world.call(asked).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{audience} {path}: {}", answer.text());
        }
        let asked = with_key(TestRequest::get().uri(path), &other).insert_header(("X-Purpose", "self"));
        assert_eq!(world.call(asked).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(world.read("/api/v1/sales/none").await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn messages_under_another_source_leave_nothing_behind() {
    let world = World::new();
    let message = String::from_utf8(xml(&Trade::new(1).order())).unwrap();
    let job = world.take("transactions", &message).await;
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("xml")), "{job}");
    let bomb = "<!DOCTYPE a [<!ENTITY x \"测试买家甲\">]><a>&x;</a>";
    let job = world.customs(bomb.into()).await;
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("entity")), "{job}");
    let job = world.customs(b"uscc,name\n".to_vec()).await;
    assert_eq!(job["state"], "failed", "{job}");
    world.no_buyer_anywhere();
}
