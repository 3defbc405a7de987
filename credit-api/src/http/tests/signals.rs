//! Signs of trade that did not happen as it is told: alerts whose evidence leads to the messages.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::alerts::officer;
use super::customs::{Trade, archive, parties, xml};
use super::world::{World, code};
use crate::signals::tallies;
use crate::store::both::Place;
use crate::store::bulk;

impl World {
    /// The merchant's alert of a rule, as an officer of the zone sees it; null when there is none.
    async fn alert_of(&self, key: &str, rule: &str) -> Value {
        // A department asks for one enterprise at a time.
        let path = format!("/api/v1/alerts?limit=200&uscc={}", code(1));
        let list = self.asked(key, "supervision", &path).await;
        assert_eq!(list.status, StatusCode::OK, "{}", list.text());
        for item in list.json()["items"].as_array().unwrap() {
            let path = format!("/api/v1/alerts/{}", item["id"].as_str().unwrap());
            let alert = self.asked(key, "supervision", &path).await.json();
            if alert["about"]["alert"]["rule"] == rule && alert["uscc"] == json!(code(1)) {
                return alert;
            }
        }
        Value::Null
    }

    async fn evidence_of(&self, key: &str, rule: &str) -> Value {
        self.alert_of(key, rule).await["about"]["alert"]["evidence"].clone()
    }
}

/// Sales of which some have another payer, and some a heavier parcel than declared.
fn trades() -> Vec<Trade> {
    (1..=40)
        .map(|number| {
            let mut trade = Trade::new(number);
            if number <= 8 {
                trade.payer_id = format!("5101041999010100{number:02}");
            }
            if number > 34 {
                trade.weight = "1.4";
            }
            trade
        })
        .collect()
}

#[actix_web::test]
async fn an_alert_leads_to_its_sales_and_to_the_messages_and_ends_with_a_correction() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let messages: Vec<_> = trades().iter().flat_map(Trade::whole).collect();
        world.customs(archive(&messages, &[])).await;
        world.look();
        assert_eq!(world.findings(), Vec::<String>::new());

        let officer = officer(&world).await;
        let payers = world.evidence_of(&officer, "SALES-PAYER").await;
        // 8 of 40: at least 10.49 per cent (Wilson, 95 per cent).
        assert_eq!(payers["values"], json!({ "sale_payer": "1049" }), "{payers}");
        let sales = payers["sales"].as_array().unwrap();
        assert_eq!(sales.len(), 8);
        assert!(sales.iter().all(|sale| sale["why"] == json!(["payer"])), "{payers}");
        let customs = world.department("customs").await;
        let path = format!("/api/v1/sales/{}", sales[0]["sale"].as_str().unwrap());
        let sale = world.asked(&customs, "supervision", &path).await.json();
        assert_eq!(sale["order_no"], sales[0]["order_no"]);
        assert!(
            sale["documents"].as_array().unwrap().iter().all(|one| one["batch_id"].is_string()),
            "{sale}"
        );

        // The officer of customs, whom the rule suggests, sees the alert and the sale; the officer of the zone, whose
        // the alert is, does not see orders.
        world
            .posted("/api/v1/users", json!({ "login": "seal", "name": "seal", "audience": "customs" }))
            .await;
        let key = json!({ "name": "k", "user": "seal", "scopes": ["read", "cases"], "expires_in_days": 366 });
        let seal = world.key(key).await;
        assert_eq!(world.evidence_of(&seal, "SALES-PAYER").await, payers);
        assert_eq!(world.asked(&seal, "supervision", &path).await.status, StatusCode::OK);
        assert_eq!(world.asked(&officer, "supervision", &path).await.status, StatusCode::FORBIDDEN);

        let loading = world.evidence_of(&officer, "PATTERN-LOADING").await;
        let heavy: Vec<&str> = loading["sales"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["order_no"].as_str().unwrap())
            .collect();
        assert_eq!(heavy, ["ORDER-35", "ORDER-36", "ORDER-37", "ORDER-38", "ORDER-39", "ORDER-40"]);
        // What an indicator counted leads to the same sales.
        let indicator = world.evidence_of(&officer, "T05-PAYER").await;
        assert_eq!(indicator["sales"].as_array().unwrap().len(), 8, "{indicator}");
        assert!(indicator["sales"][0]["sale"].is_string() && indicator["sales"][0]["why"] == json!(["T05"]));
        assert_eq!(world.alert_of(&officer, "PATTERN-RETOLD").await, Value::Null);

        // The buyers' own payments come after all: nothing is left to find.
        world.an_hour_later();
        let corrected: Vec<_> = (1..=8).map(|number| changed(Trade::new(number).payment())).collect();
        world.customs(archive(&corrected, &[])).await;
        assert_eq!(world.findings(), Vec::<String>::new());
        let tallied = world.shares();
        assert_eq!(tallied, [("payer".to_owned(), 0)], "{tallied:?}");
    }
}

/// The same document, sent again as a correction.
fn changed(
    (kind, mut message): (&'static str, credit_core::ceb::Element),
) -> (&'static str, credit_core::ceb::Element) {
    for field in &mut message.children[0].children {
        match field.name.as_str() {
            "appType" => field.text = "2".to_owned(),
            "appTime" => field.text = "20261110090000".to_owned(),
            _ => {}
        }
    }
    (kind, message)
}

impl World {
    /// The share of the merchant's sales with another payer.
    fn shares(&self) -> Vec<(String, u64)> {
        use credit_core::signals::{Pack, Sign};
        let service = &self.state.service;
        let mut connection = service.database.connection().unwrap();
        let merchant = code(1);
        let of = tallies::of(&mut connection, &[merchant.as_str()].into(), service.clock.today()).unwrap();
        let share = of[&merchant].share(Sign::Payer, Pack::embedded()).unwrap();
        vec![(Sign::Payer.code().to_owned(), share)]
    }
}

#[actix_web::test]
async fn sales_that_are_no_orders_yet_are_looked_at() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        // Without a declaration nobody knows in which mode it is: no row is counted.
        let messages: Vec<_> = trades().iter().flat_map(|trade| [trade.order(), trade.payment()]).collect();
        world.customs(archive(&messages, &[])).await;
        assert!(world.orders().is_empty());
        world.look();
        let officer = officer(&world).await;
        let evidence = world.evidence_of(&officer, "SALES-PAYER").await;
        assert_eq!(evidence["sales"].as_array().unwrap().len(), 8, "{evidence}");
    }
}

#[actix_web::test]
async fn sales_that_were_judged_before_signs_get_them() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        world.customs(archive(&Trade::new(1).whole(), &[])).await;
        world.customs(xml(&Trade::new(2).order())).await;
        {
            let mut connection = world.state.service.database.connection().unwrap();
            for sql in ["UPDATE ceb_sales SET signs = NULL", "DELETE FROM sale_signs"] {
                bulk::execute(&mut connection, sql, []).unwrap();
            }
        }
        world.look();
        assert_eq!(world.findings(), Vec::<String>::new());
        let mut connection = world.state.service.database.connection().unwrap();
        let left = crate::ceb::sales::unsigned(&mut connection, 10).unwrap();
        assert!(left.is_empty(), "{left:?}");
        // And the doctor sees a count that is not what the sales add up to.
        bulk::execute(&mut connection, "UPDATE sale_signs SET sales = sales + 1", []).unwrap();
        drop(connection);
        assert!(world.findings().iter().any(|one| one.contains("sale_signs")), "{:?}", world.findings());
    }
}

#[actix_web::test]
async fn orders_without_messages_are_evidence_as_well() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let rows: String = (1..=40)
            .map(|number| {
                format!(
                    "{},R{number:02},9610,import,2026-11-{:02} 10:00,100,CNY,{}\n",
                    code(1),
                    number % 20 + 1,
                    number > 10
                )
            })
            .collect();
        let header = "uscc,order_no,mode,direction,ordered_at,amount_cny,currency,payer_matches_buyer\n";
        world.take("transactions", &format!("{header}{rows}")).await;
        world.look();
        let officer = officer(&world).await;
        let evidence = world.evidence_of(&officer, "T05-PAYER").await;
        let sales = evidence["sales"].as_array().unwrap();
        assert_eq!(sales.len(), 10, "{evidence}");
        assert_eq!((&sales[0]["order_no"], &sales[0]["why"]), (&json!("R10"), &json!(["T05"])));
        assert_eq!(sales[0].get("sale"), None);
    }
}

const HEADER: &str = "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,\
     legal_representative,address,region_code,industry_code,roles,filed_on,phone\n";

#[actix_web::test]
async fn a_group_is_followed_over_its_members_and_not_over_a_name_alone() {
    for place in Place::all() {
        let world = World::at(&place);
        // 1 and 2 have one person at one address, 2 and 3 one address and telephone, 3 and 4 one person and telephone;
        // 5 has but the name of the person of 1.
        let rows: String = [
            (1, "甲一", "宜宾一号", "001"),
            (2, "甲一", "宜宾一号", "002"),
            (3, "乙", "宜宾一号", "002"),
            (4, "乙", "宜宾四号", "002"),
            (5, "甲一", "宜宾五号", "005"),
        ]
        .iter()
        .map(|(number, person, address, phone)| {
            format!(
                "{},虚构企业{number},存续,2020-01-15,1000000,1000000,{person},{address},511500,F5190,ecommerce,2021-03-01,{phone}\n",
                code(*number)
            )
        })
        .collect();
        world.take("registration", &format!("{HEADER}{rows}")).await;
        let lists: String = [3, 4, 5]
            .iter()
            .map(|number| {
                format!("{},serious_dishonesty,D{number},示例市监局,2026-06-01,,,x\n", code(*number))
            })
            .collect();
        let header = "uscc,list,decision_no,authority,effective_on,expires_on,removed_on,reason\n";
        world.take("lists", &format!("{header}{lists}")).await;
        world.later(1);
        // Evaluated again, now that the lists are known.
        world.take("registration", &format!("{HEADER}{}", rows.replace("2021-03-01", "2021-03-02"))).await;
        world.look();
        let officer = officer(&world).await;
        let evidence = world.evidence_of(&officer, "PATTERN-SHELL").await;
        assert_eq!(evidence["values"]["group_bad"], "2", "{evidence}");
        let list = world.asked(&officer, "supervision", "/api/v1/alerts?limit=200").await.json();
        let of: Vec<&Value> =
            list["items"].as_array().unwrap().iter().filter(|one| one["uscc"] == json!(code(5))).collect();
        assert!(of.iter().all(|one| !one.to_string().contains("PATTERN-SHELL")), "{of:?}");
    }
}

#[test]
fn medians_of_the_zone_are_made_once_an_hour() {
    use credit_core::signals::{Sign, Signs};
    for place in Place::all() {
        let world = World::at(&place);
        let service = &world.state.service;
        let (today, mut connection) = (service.clock.today(), service.database.connection().unwrap());
        let looked = Signs::mask(&Sign::ALL) << 16;
        let add = |from: u32, found: i64| {
            let mut connection = service.database.connection().unwrap();
            for number in from..from + 8 {
                for (signs, sales) in
                    [(looked, 100 - found), (looked | Signs::mask(&[Sign::Discount]), found)]
                {
                    bulk::execute(
                        &mut connection,
                        "INSERT INTO sale_signs (uscc, day, signs, sales) VALUES ($1, $2, $3, $4)",
                        [
                            code(number).into(),
                            credit_core::dates::day_number(today).into(),
                            signs.into(),
                            sales.into(),
                        ],
                    )
                    .unwrap();
                }
            }
        };
        add(1, 10);
        let median = |connection: &mut _, at: i64| {
            tallies::peers(connection, today, at).unwrap().median(Sign::Discount)
        };
        assert_eq!(median(&mut connection, 0), 1_000);
        add(11, 50);
        assert_eq!(median(&mut connection, 3_599_999), 1_000, "as they were");
        assert_eq!(median(&mut connection, 3_600_000), 5_000, "made anew");
    }
}

#[actix_web::test]
async fn messages_of_the_sample_say_what_its_rows_say() {
    use chrono::NaiveDate;
    use credit_core::records::Order;
    for place in Place::all() {
        let world = World::at(&place);
        let folder = tempfile::tempdir().unwrap();
        let until = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let plan = crate::sample::Plan { enterprises: 60, seed: 11, months: 5, until };
        let written = crate::sample::write_zone(&plan, folder.path(), &mut |_, _| {}).unwrap();
        for source in ["registration", "transactions"] {
            let bytes = std::fs::read(folder.path().join(format!("{source}.csv"))).unwrap();
            world.take_bytes(source, bytes).await;
            world.an_hour_later();
        }
        let rows = world.orders();
        let job = world.customs(std::fs::read(&written.messages).unwrap()).await;
        let batch = world.batch_of(&job).await;
        assert_eq!(batch["rows_rejected"], json!(0), "{batch}");
        let laid = world.orders();
        let labels = std::fs::read_to_string(&written.labels).unwrap();
        let shows = |order: &Order, what: &str| {
            let start = format!("{},{},", order.uscc, order.order_no);
            labels.lines().any(|line| {
                line.starts_with(&start) && line.rsplit(',').next().unwrap().split(';').any(|one| one == what)
            })
        };
        let mut told = 0;
        for (row, order) in rows.iter().zip(&laid) {
            let Some(agree) = order.documents_agree else {
                assert_eq!(row, order);
                continue;
            };
            told += 1;
            assert_eq!(agree, !shows(order, "goods"), "{}", order.order_no);
            assert_eq!(order.weight_differs.unwrap_or(false), shows(order, "weight"), "{}", order.order_no);
            let bare = |order: &Order| Order {
                documents_agree: None,
                weight_differs: None,
                buyer_token: None,
                address_token: None,
                phone_token: None,
                // The two ways of writing CNY.
                currency: String::new(),
                ..order.clone()
            };
            let held = if order.held_at != row.held_at && row.held_at.is_none() {
                Order { held_at: None, ..bare(order) }
            } else {
                bare(order)
            };
            assert_eq!(bare(row), held);
        }
        assert!(told > 150, "{told}");
        assert_eq!(world.findings(), Vec::<String>::new());
    }
}
