//! What stands behind alerts: the orders that each indicator counted, of whomever the alert is about; persons who pay
//! for many; goods that others declare elsewhere; and what the reviews of others look like.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::alerts::officer;
use super::customs::{Trade, archive, parties};
use super::world::{World, code, registrations};
use crate::signals::reviews;
use crate::store::both::Place;
use crate::store::bulk;

/// The evidence of an enterprise's alert of a rule; null when there is none.
async fn evidence(world: &World, key: &str, (number, rule): (u32, &str)) -> Value {
    let path = format!("/api/v1/alerts?limit=200&uscc={}", code(number));
    let list = world.asked(key, "supervision", &path).await.json();
    for item in list["items"].as_array().unwrap() {
        let path = format!("/api/v1/alerts/{}", item["id"].as_str().unwrap());
        let alert = world.asked(key, "supervision", &path).await.json();
        if alert["about"]["alert"]["rule"] == rule {
            return alert["about"]["alert"]["evidence"].clone();
        }
    }
    Value::Null
}

fn numbers(evidence: &Value) -> Vec<&str> {
    let sales = evidence["sales"].as_array().unwrap_or_else(|| panic!("{evidence}"));
    sales.iter().map(|one| one["order_no"].as_str().unwrap()).collect()
}

/// A sale that somebody else paid for a buyer of its own.
fn paid_by(number: u32, payer: u32) -> Trade {
    let person = |at: u32| format!("5101041999010{at:05}");
    Trade { payer_id: person(payer), buyer_id: person(number), ..Trade::new(number) }
}

#[actix_web::test]
async fn one_payer_behind_five_buyers_is_a_sign_and_behind_four_is_none() {
    for (paid, place) in
        [4, 5].into_iter().flat_map(|paid| Place::all().into_iter().map(move |place| (paid, place)))
    {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        // One payer behind the first so many; another behind four more; everybody else pays for themselves.
        let payer = |number| match number {
            number if number <= paid => 90_001,
            11..=14 => 90_002,
            number => number,
        };
        let messages: Vec<_> = (1..=40).flat_map(|number| paid_by(number, payer(number)).whole()).collect();
        world.customs(archive(&messages, &[])).await;
        world.look();
        assert_eq!(world.findings(), Vec::<String>::new());
        let officer = officer(&world).await;
        let found = evidence(&world, &officer, (1, "PAYER-FOR-MANY")).await;
        if paid == 4 {
            assert_eq!(found, Value::Null);
            continue;
        }
        // 5 of 40: at least 5.45 per cent (Wilson, 95 per cent).
        assert_eq!(found["values"], json!({ "payer_for_many": "545" }), "{found}");
        let behind: BTreeSet<&str> = numbers(&found).into_iter().collect();
        assert_eq!(behind, BTreeSet::from(["ORDER-1", "ORDER-2", "ORDER-3", "ORDER-4", "ORDER-5"]));
        let sale = &found["sales"][0];
        assert_eq!((&sale["why"], sale.get("uscc")), (&json!(["payer_for_many"]), None));
        assert!(sale["sale"].is_string());
        assert_eq!(evidence(&world, &officer, (1, "PAYER-ACROSS")).await, Value::Null, "one merchant alone");

        // What is kept is what the documents say: the doctor sees what is missing, and the service makes up for sales
        // of which nothing was kept yet.
        world.run("DELETE FROM ceb_payers");
        assert_eq!(world.findings().len(), 9, "{:?}", world.findings());
        world.run("DELETE FROM sale_signs WHERE (signs & 4) <> 0");
        world.run("UPDATE ceb_sales SET signs = NULL WHERE (signs & 4) <> 0");
        world.look();
        assert_eq!(world.findings(), Vec::<String>::new());
        // The buyers' own payments come after all.
        world.an_hour_later();
        let own: Vec<_> = (1..=40).map(|number| later(paid_by(number, number).payment())).collect();
        world.customs(archive(&own, &[])).await;
        assert_eq!(world.findings(), Vec::<String>::new());
        let mut connection = world.state.service.database.connection().unwrap();
        let (codes, today) = ([code(1)], world.state.service.clock.today());
        let codes: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
        let left = crate::signals::payers::tallies(&mut connection, &codes, today).unwrap();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// The same document, sent again later.
fn later(
    (kind, mut message): (&'static str, credit_core::ceb::Element),
) -> (&'static str, credit_core::ceb::Element) {
    for field in &mut message.children[0].children {
        if field.name == "appTime" {
            field.text = "20261110090000".to_owned();
        }
    }
    (kind, message)
}

#[actix_web::test]
async fn a_payer_at_three_merchants_is_a_sign_and_at_two_is_none() {
    for (merchants, place) in
        [2, 3].into_iter().flat_map(|count| Place::all().into_iter().map(move |place| (count, place)))
    {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        world.take("registration", &registrations([5, 6])).await;
        // Of twenty-four sales of the merchant three were paid by somebody who pays for a buyer or two elsewhere.
        let mut trades: Vec<Trade> =
            (1..=24).map(|number| paid_by(number, if number <= 3 { 90_001 } else { number })).collect();
        let others = if merchants == 3 { [(101, 5), (102, 6)] } else { [(101, 5), (102, 5)] };
        trades.extend(others.map(|(number, merchant)| {
            let mut trade = paid_by(number, 90_001);
            trade.codes[0] = code(merchant);
            trade
        }));
        let messages: Vec<_> = trades.iter().flat_map(Trade::whole).collect();
        world.customs(archive(&messages, &[])).await;
        world.look();
        let officer = officer(&world).await;
        let found = evidence(&world, &officer, (1, "PAYER-ACROSS")).await;
        if merchants == 2 {
            assert_eq!(found, Value::Null);
            continue;
        }
        let behind: BTreeSet<&str> = numbers(&found).into_iter().collect();
        assert_eq!(behind, BTreeSet::from(["ORDER-1", "ORDER-2", "ORDER-3"]), "its own sales alone: {found}");
        assert_eq!(evidence(&world, &officer, (1, "PAYER-FOR-MANY")).await, Value::Null, "three buyers here");
    }
}

#[actix_web::test]
async fn an_alert_of_a_platform_a_carrier_or_a_payer_leads_to_the_merchants_sales() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        world.take("registration", &registrations([5])).await;
        let trade = |number: u32| {
            let mut trade = Trade::new(number);
            if number <= 18 {
                trade.payer_id = format!("5101041999010100{number:02}");
            }
            if number.is_multiple_of(4) {
                trade.codes[0] = code(5);
            }
            trade
        };
        let messages: Vec<_> = (11..=50).flat_map(|number| trade(number).whole()).collect();
        world.customs(archive(&messages, &[])).await;
        world.look();
        let officer = officer(&world).await;
        let customs = world.department("customs").await;
        for party in [2, 3, 4] {
            let found = evidence(&world, &officer, (party, "T01-LOW")).await;
            let sales = found["sales"].as_array().unwrap_or_else(|| panic!("{party}: {found}"));
            let behind: BTreeSet<(&str, &str)> = sales
                .iter()
                .map(|one| (one["order_no"].as_str().unwrap(), one["uscc"].as_str().unwrap()))
                .collect();
            let (own, other) = (code(1), code(5));
            let expected: BTreeSet<(String, &str)> = (11..=18_u32)
                .map(|number| {
                    let merchant = if number % 4 == 0 { other.as_str() } else { own.as_str() };
                    (format!("ORDER-{number}"), merchant)
                })
                .collect();
            let expected: BTreeSet<(&str, &str)> =
                expected.iter().map(|(number, merchant)| (number.as_str(), *merchant)).collect();
            assert_eq!(behind, expected, "{party}");
            // Whom the merchant's sales open for, and nobody else.
            let path = format!("/api/v1/sales/{}", sales[0]["sale"].as_str().unwrap());
            assert_eq!(world.asked(&customs, "supervision", &path).await.status, 200);
            assert_eq!(world.asked(&officer, "supervision", &path).await.status, 403);
        }
    }
}

/// Rows of exports and imports, one for each day given.
struct Rows(String);

impl Rows {
    const HEADER: &str = "uscc,order_no,mode,direction,ordered_at,amount_cny,currency,paid_at,paid_amount_cny,\
         hs_code,quantity,country,returned_at\n";

    fn new() -> Self {
        Self(Self::HEADER.to_owned())
    }

    /// `what` is direction, time of the order, amount, payment ("time,amount"), time of return.
    fn add(&mut self, merchant: u32, number: &str, [direction, at, amount, paid, returned]: [&str; 5]) {
        let merchant = code(merchant);
        self.0.push_str(&format!(
            "{merchant},{number},9610,{direction},{at},{amount},CNY,{paid},3304990029,1,133,{returned}\n"
        ));
    }
}

#[actix_web::test]
async fn of_money_and_goods_exports_count_that_can_no_longer_be_paid_in_time() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &registrations([1])).await;
        let mut rows = Rows::new();
        for number in 0..40 {
            rows.add(1, &format!("OLD{number:02}"), ["export", "2026-03-02 10:00", "100", ",", ""]);
        }
        for number in 0..30 {
            rows.add(1, &format!("YOUNG{number:02}"), ["export", "2026-11-02 10:00", "100", ",", ""]);
        }
        for number in 0..30 {
            let paid = if number == 7 { "2026-09-03 10:00,60" } else { "2026-09-03 10:00,100" };
            rows.add(1, &format!("PAID{number:02}"), ["export", "2026-09-02 10:00", "100", paid, ""]);
        }
        // Imports are the other direction, which this finding is not about.
        for number in 0..30 {
            let paid = "2026-11-03 10:00,99";
            rows.add(1, &format!("IMPORT{number:02}"), ["import", "2026-11-03 09:00", "100", paid, ""]);
        }
        world.take("transactions", &rows.0).await;
        world.look();
        let officer = officer(&world).await;
        let found = evidence(&world, &officer, (1, "T06-MONEY")).await;
        let behind = numbers(&found);
        assert_eq!((behind.len(), behind[0]), (20, "PAID07"), "{found}");
        assert!(behind[1..].iter().all(|number| number.starts_with("OLD")), "{behind:?}");
    }
}

#[actix_web::test]
async fn returns_months_and_prices_lead_to_their_orders() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &registrations([1, 5, 6, 7, 8, 9, 10])).await;
        let mut rows = Rows::new();
        for number in 0..110 {
            let returned = if number % 9 == 0 { "2026-11-12 10:00" } else { "" };
            let amount = if number % 11 == 3 { "1000" } else { "100" };
            let at = format!("2026-11-{:02} 10:00", number % 10 + 1);
            rows.add(1, &format!("M{number:03}"), ["import", &at, amount, ",", returned]);
        }
        for merchant in 5..=9 {
            for number in 0..30 {
                let returned = if number == 0 { "2026-11-12 10:00" } else { "" };
                let number = format!("P{merchant}{number:02}");
                rows.add(merchant, &number, ["import", "2026-11-04 10:00", "100", ",", returned]);
            }
        }
        for month in 1..=10 {
            for day in 1..=(if month == 9 { 28 } else { 3 }) {
                let at = format!("2026-{month:02}-{day:02} 10:00");
                rows.add(10, &format!("T{month:02}{day:02}"), ["import", &at, "100", ",", ""]);
            }
        }
        world.take("transactions", &rows.0).await;
        world.look();
        let officer = officer(&world).await;
        let returns = evidence(&world, &officer, (1, "T09-RETURNS")).await;
        let behind: BTreeSet<String> = numbers(&returns).into_iter().map(str::to_owned).collect();
        let expected = |wanted: fn(u32) -> bool| -> BTreeSet<String> {
            (0..110).filter(|number| wanted(*number)).map(|number| format!("M{number:03}")).collect()
        };
        assert_eq!(behind, expected(|number| number % 9 == 0), "{returns}");
        let prices = evidence(&world, &officer, (1, "T14-PRICE")).await;
        let behind: BTreeSet<String> = numbers(&prices).into_iter().map(str::to_owned).collect();
        assert_eq!(behind, expected(|number| number % 11 == 3), "{prices}");
        let month = evidence(&world, &officer, (10, "T11-JUMP")).await;
        let behind = numbers(&month);
        assert_eq!((behind.len(), behind[0]), (20, "T0928"), "{month}");
        assert!(behind.iter().all(|number| number.starts_with("T09")), "{behind:?}");
    }
}

#[actix_web::test]
async fn reviews_are_compared_with_those_of_the_same_chapter() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &registrations([1, 2])).await;
        let mut rows = Rows::new();
        let mut reviews =
            "review_id,platform_uscc,uscc,order_no,rating,created_at,verified_purchase,buyer_token,deleted\n"
                .to_owned();
        for number in 0..200 {
            rows.add(1, &format!("R{number:03}"), ["import", "2026-11-02 10:00", "100", ",", ""]);
            // A quarter of one star; a tenth of the middle.
            let rating = match number % 20 {
                0..5 => 1,
                5 | 6 => 3,
                _ => 5,
            };
            reviews.push_str(&format!(
                "V{number},{},{},R{number:03},{rating},2026-11-{:02} 10:00,true,b{number},\n",
                code(2),
                code(1),
                number % 15 + 5
            ));
        }
        world.take("transactions", &rows.0).await;
        world.take("reviews", &reviews).await;
        world.look();
        let officer = officer(&world).await;
        // Fewer than nine tenths are one star and five at least: alone it is no sign.
        assert_eq!(evidence(&world, &officer, (1, "REVIEWS-SHAPE")).await, Value::Null);
        let service = &world.state.service;
        let mut connection = service.database.connection().unwrap();
        let today = service.clock.today();
        // Of eight in the same chapter one is itself, and they are an hour old.
        for number in 101..=107 {
            let sql = "INSERT INTO review_shapes (uscc, kind, chapter, reviews, found, day) VALUES \
                 ($1, 'E1', '33', 100, 60, $2), ($1, 'E1', '', 100, 1, $2)";
            let day = credit_core::dates::day_number(today);
            bulk::execute(&mut connection, sql, [code(number).into(), day.into()]).unwrap();
        }
        let now = service.clock.now().0;
        let median = |connection: &mut _, at: i64| {
            let peers = reviews::peers(connection, today, at).unwrap();
            peers
                .chapters()
                .map(|(_, chapter, share)| (chapter.as_str().to_owned(), share))
                .collect::<Vec<_>>()
        };
        assert!(median(&mut connection, now).is_empty(), "as they were made");
        assert_eq!(median(&mut connection, now + 3_600_000), [("33".to_owned(), 6_000)]);
        assert_eq!(median(&mut connection, now + 3_600_001), [("33".to_owned(), 6_000)], "as they are kept");
        drop(connection);
        world.an_hour_later();
        world.an_hour_later();
        // A row that changes nothing of the shape has it evaluated again.
        rows.add(1, "R999", ["import", "2026-11-02 10:00", "100", ",", ""]);
        world.take("transactions", &rows.0).await;
        world.look();
        let found = evidence(&world, &officer, (1, "REVIEWS-SHAPE")).await;
        assert_eq!(found["values"]["peer_review_middle"], "6000", "{found}");
    }
}

/// The message with these goods in all of its lines.
fn of_goods(
    (kind, mut message): (&'static str, credit_core::ceb::Element),
    bar_code: &str,
    hs_code: &str,
) -> (&'static str, credit_core::ceb::Element) {
    for field in message.children.iter_mut().flat_map(|part| &mut part.children) {
        match field.name.as_str() {
            "barCode" => bar_code.clone_into(&mut field.text),
            "gcode" => hs_code.clone_into(&mut field.text),
            _ => {}
        }
    }
    (kind, message)
}

#[actix_web::test]
async fn goods_that_three_others_declare_under_another_chapter_are_a_sign() {
    let bar_code = "6900000000007";
    // Who else sells the product, and what they declare it as; two headings of one chapter agree on the chapter.
    let (cream, shampoo, shoes) = ("3304990039", "3305100090", "6403990090");
    let cases: [(Vec<(u32, &'static str)>, bool); 3] = [
        (vec![(5, cream), (6, cream), (7, shampoo)], true),
        (vec![(5, cream), (6, cream)], false),
        (vec![(5, cream), (6, cream), (7, cream), (8, shoes)], false),
    ];
    let each = |case: (Vec<(u32, &'static str)>, bool)| {
        Place::all().into_iter().map(move |place| (place, case.clone()))
    };
    for (place, (others, is_sign)) in cases.into_iter().flat_map(each) {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        world.take("registration", &registrations([5, 6, 7, 8])).await;
        let own = (1..=24).map(|number| {
            let hs_code = if number <= 4 { shoes } else { cream };
            (Trade::new(number), hs_code)
        });
        let others = others.into_iter().zip(101..).map(|((merchant, hs_code), number)| {
            let mut trade = Trade::new(number);
            trade.codes[0] = code(merchant);
            (trade, hs_code)
        });
        let messages: Vec<_> = own
            .chain(others)
            .flat_map(|(trade, hs_code)| {
                trade.whole().into_iter().map(move |one| of_goods(one, bar_code, hs_code))
            })
            .collect();
        world.customs(archive(&messages, &[])).await;
        world.look();
        let officer = officer(&world).await;
        let found = evidence(&world, &officer, (1, "PATTERN-HEADING")).await;
        if !is_sign {
            assert_eq!(found, Value::Null);
            continue;
        }
        let behind: BTreeSet<&str> = numbers(&found).into_iter().collect();
        assert_eq!(behind, BTreeSet::from(["ORDER-1", "ORDER-2", "ORDER-3", "ORDER-4"]), "{found}");
        assert_eq!(found["sales"][0]["why"], json!(["goods_elsewhere"]));
    }
}

#[actix_web::test]
async fn a_number_that_a_shop_gave_its_goods_tells_nothing() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        world.take("registration", &registrations([5, 6, 7])).await;
        let trades = (1..=27).map(|number| {
            let mut trade = Trade::new(number);
            if number > 24 {
                trade.codes[0] = code(number - 20);
            }
            (trade, if number <= 24 { "6403990090" } else { "3304990039" })
        });
        // The same digits, without a check digit that fits.
        let messages: Vec<_> = trades
            .flat_map(|(trade, hs_code)| {
                trade.whole().into_iter().map(move |one| of_goods(one, "6900000000001", hs_code))
            })
            .collect();
        world.customs(archive(&messages, &[])).await;
        world.look();
        let officer = officer(&world).await;
        assert_eq!(evidence(&world, &officer, (1, "PATTERN-HEADING")).await, Value::Null);
    }
}
