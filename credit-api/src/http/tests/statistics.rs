//! The zone's figures: by finished month, the same for everybody, without anything that tells of one enterprise, and
//! made anew when facts of the month change.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::Value;

use super::customs::{Trade, archive, parties, xml};
use super::world::{World, code, registrations};
use crate::ceb::sales::{self, SaleRow};
use crate::http::state::Limits;
use crate::statistics::marks;
use crate::statistics::month::Month;
use crate::statistics::tick;
use crate::store::both::Place;

const HEADER: &str =
    "uscc,order_no,mode,direction,ordered_at,delivered_at,amount_cny,currency,hs_code,country\n";
/// Longer than a month waits before it is made anew.
const A_WHILE_MS: i64 = 3_600_000;

impl World {
    /// All months that are due.
    fn make_statistics(&self) -> Vec<String> {
        let look = || tick::look(&self.state.service).unwrap().map(|month: Month| month.to_string());
        std::iter::from_fn(look).collect()
    }

    async fn figures(&self, query: &str) -> Value {
        let answer = self.get(&format!("/api/v1/statistics/{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }
}

fn order(number: u32, month: &str, amount: u32, mode: &str, country: &str) -> String {
    let direction = if mode == "1210" { "import" } else { "export" };
    let merchant = code(number);
    format!(
        "{merchant},N{number}-{month},{mode},{direction},{month}-15T10:00:00+08:00,,{amount}.00,142,6204000000,{country}\n"
    )
}

/// Thirty merchants in October: three by 9610, nine by 1210, the others by 9710.
fn october() -> String {
    let mut file = HEADER.to_owned();
    for number in 1..=30 {
        let mode = match number {
            ..=3 => "9610",
            4..=12 => "1210",
            _ => "9710",
        };
        file.push_str(&order(number, "2026-10", 100, mode, "US"));
    }
    file
}

/// Code, orders and amount of each row.
fn rows(body: &Value) -> Vec<(Option<&str>, Option<u64>, Option<&str>)> {
    let items = body["items"].as_array().unwrap();
    items
        .iter()
        .map(|row| (row["code"].as_str(), row["orders"].as_u64(), row["amount_cny"].as_str()))
        .collect()
}

#[actix_web::test]
async fn a_finished_month_is_published_to_anybody_and_made_anew_when_it_changes() {
    for place in Place::all() {
        let world = World::at(&place);
        assert_eq!(world.make_statistics(), [""; 0], "there is nothing to make");
        assert_eq!(world.figures("trade").await["items"], Value::Array(Vec::new()));
        world.take("registration", &registrations(1..=30)).await;
        assert_eq!(world.take("transactions", &october()).await["state"], "succeeded");
        assert_eq!(world.make_statistics(), ["2026-10"]);

        let body = world.figures("trade?by=mode").await;
        assert_eq!(
            (&body["months"][0]["month"], &body["months"][0]["is_current"]),
            (&"2026-10".into(), &true.into())
        );
        let expected = [
            (None, Some(30), Some("3000.00")),
            (Some("9610"), None, None),
            (Some("1210"), None, None),
            (Some("1239"), Some(0), Some("0.00")),
            (Some("9710"), Some(18), Some("1800.00")),
            (Some("9810"), Some(0), Some("0.00")),
        ];
        assert_eq!(rows(&body), expected);
        assert_eq!(body["items"][4]["share_permille"], 600);
        let by_country = world.figures("trade?by=country").await;
        assert_eq!(rows(&by_country)[1], (Some("US"), Some(30), Some("3000.00")));
        let names = ["name_zh", "name_en"].map(|name| by_country["items"][1][name].as_str());
        assert_eq!(names, [Some("美国"), Some("United States")]);
        // Everybody sees the same.
        assert_eq!(world.read("/api/v1/statistics/trade?by=mode").await.json(), body);

        // One order more of the month, then one corrected: what is kept is old, and made anew after a while.
        let more = format!("{HEADER}{}", order(31, "2026-10", 100, "9710", "US"));
        world.take("registration", &registrations([31])).await;
        world.take("transactions", &more).await;
        let body = world.figures("trade?by=mode").await;
        assert_eq!((&body["months"][0]["is_current"], rows(&body)[0].1), (&false.into(), Some(30)));
        assert_eq!(world.make_statistics(), [""; 0], "not at once");
        world.pass(A_WHILE_MS);
        assert_eq!(world.make_statistics(), ["2026-10"]);
        assert_eq!(rows(&world.figures("trade").await)[0], (None, Some(31), Some("3100.00")));
        let corrected = format!("{HEADER}{}", order(31, "2026-10", 150, "9710", "US"));
        world.take("transactions", &corrected).await;
        world.pass(A_WHILE_MS);
        assert_eq!(world.make_statistics(), ["2026-10"]);
        let body = world.figures("trade").await;
        assert_eq!((rows(&body)[0].2, &body["months"][0]["is_current"]), (Some("3150.00"), &true.into()));
        // Orders of a month that is not over change nothing.
        world.take("transactions", &format!("{HEADER}{}", order(1, "2026-11", 100, "9710", "US"))).await;
        world.pass(A_WHILE_MS);
        assert_eq!(world.make_statistics(), [""; 0]);
    }
}

#[actix_web::test]
async fn enterprises_and_their_moves_are_counted_at_the_ends_of_months() {
    for place in Place::all() {
        let world = World::at(&place);
        world.set_day("2026-10-20");
        world.take("registration", &registrations(1..=12)).await;
        world.look();
        world.set_day("2026-11-20");
        world.take("registration", &registrations(13..=20)).await;
        world.look();
        world.set_day("2026-12-02");
        world.make_statistics();
        let all = |body: &Value, month: &str| {
            let items = body["items"].as_array().unwrap();
            let is_all =
                |row: &&Value| row["month"] == month && row["kind"].is_null() && row["grade"].is_null();
            items.iter().find(is_all).unwrap()["enterprises"].as_u64()
        };
        let body = world.figures("enterprises").await;
        assert_eq!((all(&body, "2026-10"), all(&body, "2026-11")), (Some(12), Some(20)));
        let moves = world.figures("migration?from=2026-11&to=2026-11").await;
        let moves = moves["items"].as_array().unwrap();
        let new: u64 = moves
            .iter()
            .filter(|row| row["from_grade"] == "new")
            .filter_map(|row| row["enterprises"].as_u64())
            .sum();
        assert_eq!(new, 8);
        assert_eq!(
            world.figures("migration?from=2026-10&to=2026-10").await["items"],
            Value::Array(Vec::new())
        );
    }
}

/// A sale of a merchant whose documents compare like this: letters of the rules, the first being that all are there.
fn sale(id: &str, number: u32, mode: &str, letters: &str, sent_at: &str) -> SaleRow {
    let count = |letter: char| i32::try_from(letters.chars().filter(|one| *one == letter).count()).unwrap();
    SaleRow {
        id: id.to_owned(),
        platform_code: "5115960002".to_owned(),
        order_no: id.to_owned(),
        merchant_code: String::new(),
        uscc: Some(code(number)),
        import: 1,
        sent_at: chrono::DateTime::parse_from_rfc3339(sent_at).unwrap().timestamp_millis(),
        verdicts: letters.to_owned(),
        failed: count('F'),
        waiting: count('W'),
        partial: format!("{{\"mode\":\"{mode}\"}}"),
        received: None,
        judged_at: 0,
        signs: Some(0),
    }
}

impl World {
    fn put_sales(&self, sales: Vec<SaleRow>) {
        let mut connection = self.state.service.database.connection().unwrap();
        marks::sales_changed(&mut connection, sales.iter().map(|sale| sale.sent_at)).unwrap();
        sales::put(&mut connection, sales, Vec::new()).unwrap();
    }
}

#[actix_web::test]
async fn sales_are_counted_by_mode_and_by_what_their_documents_say() {
    const MID: &str = "2026-10-15T10:00:00+08:00";
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &registrations(1..=12)).await;
        let mut all = Vec::new();
        for number in 1..=6 {
            all.push(sale(&format!("a{number}"), number, "9610", "PPNP", "2026-10-01T00:00:00+08:00"));
            all.push(sale(&format!("b{number}"), number, "9610", "PPNP", "2026-10-31T23:59:59+08:00"));
            // In the month before and in the one after.
            all.push(sale(&format!("c{number}"), number, "9610", "PPNP", "2026-09-30T23:59:59+08:00"));
            all.push(sale(&format!("d{number}"), number, "9610", "PPNP", "2026-11-01T00:00:00+08:00"));
        }
        // A difference counts before a document that is missing.
        all.extend((1..=5).map(|number| sale(&format!("e{number}"), number, "9610", "WFNP", MID)));
        all.extend((7..=12).map(|number| sale(&format!("f{number}"), number, "1210", "WPWP", MID)));
        all.extend((8..=12).map(|number| sale(&format!("g{number}"), number, "1210", "PPWP", MID)));
        world.put_sales(all);
        world.make_statistics();
        let body = world.figures("matching?from=2026-10&to=2026-10").await;
        let items = body["items"].as_array().unwrap();
        let of = |mode: Option<&str>, outcome: Option<&str>| {
            let is_it = |row: &&Value| row["mode"].as_str() == mode && row["outcome"].as_str() == outcome;
            let row = items.iter().find(is_it).unwrap();
            (row["sales"].as_u64(), row["share_permille"].as_u64())
        };
        assert_eq!(of(Some("9610"), Some("agrees")), (Some(12), Some(706)));
        assert_eq!(of(Some("9610"), Some("differs")), (Some(5), Some(294)));
        assert_eq!(of(Some("1210"), Some("missing")), (Some(6), Some(545)));
        assert_eq!(of(Some("1210"), Some("waiting")), (Some(5), Some(455)));
        assert_eq!(of(Some("1239"), None), (Some(0), None));
        assert_eq!(
            (of(None, None), of(None, Some("agrees"))),
            ((Some(28), Some(1000)), (Some(12), Some(429)))
        );
        assert_eq!(items.len(), 7 * 5);
        let csv = world.get("/api/v1/statistics/matching?from=2026-10&to=2026-10&format=csv").await;
        assert!(csv.text().contains("\n2026-10,9610,differs,5,294,false\n"), "{}", csv.text());

        // Four that differ are too few: they are withheld, and another of the line and of the column with them.
        world.put_sales(vec![sale("e5", 5, "9610", "PPNP", MID)]);
        assert_eq!(world.figures("matching").await["months"][0]["is_current"], false);
        world.pass(A_WHILE_MS);
        world.make_statistics();
        let body = world.figures("matching?from=2026-10&to=2026-10").await;
        let items = body["items"].as_array().unwrap();
        let withheld = items.iter().filter(|row| row["withheld"] == true).count();
        let hidden = |mode: Option<&str>| {
            let is_it = |row: &&Value| row["mode"].as_str() == mode && row["outcome"] == "differs";
            items.iter().find(is_it).unwrap()["sales"].is_null()
        };
        assert!(withheld >= 4 && hidden(Some("9610")) && hidden(None), "{body}");
    }
}

#[actix_web::test]
async fn messages_that_come_make_the_month_of_their_sales_old() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        world.customs(archive(&Trade::new(1).whole(), &[])).await;
        world.set_day("2026-12-02");
        assert!(world.make_statistics().contains(&"2026-11".to_owned()));
        let body = world.figures("matching?from=2026-11&to=2026-11").await;
        let items = body["items"].as_array().unwrap();
        // One merchant's sale tells of it.
        assert!(
            !items.is_empty() && items.iter().all(|row| row["sales"].as_u64().is_none_or(|sales| sales == 0)),
            "{body}"
        );
        assert_eq!(body["months"][0]["is_current"], true);
        // Another sale of the month without an order of its own yet.
        world.customs(xml(&Trade::new(2).payment())).await;
        assert_eq!(world.figures("matching?from=2026-11&to=2026-11").await["months"][0]["is_current"], false);
    }
}

#[actix_web::test]
async fn the_same_figures_are_files() {
    let world = World::new();
    world.take("registration", &registrations(1..=30)).await;
    world.take("transactions", &october()).await;
    world.make_statistics();
    let csv = world.get("/api/v1/statistics/trade?by=mode&format=csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"trade-2025-11-2026-10.csv\"");
    assert!(csv.text().contains("\n2026-10,mode,9610,,,,true,,\n"), "{}", csv.text());
    let accept =
        TestRequest::get().uri("/api/v1/statistics/enterprises").insert_header(("Accept", "text/csv"));
    assert!(world.call(accept).await.text().contains("month,kind,grade,enterprises,withheld"));
    let xlsx = world.get("/api/v1/statistics/migration?format=xlsx").await;
    assert!(xlsx.body.starts_with(b"PK"));
    let again = TestRequest::get().uri("/api/v1/statistics/migration?format=xlsx");
    let again = world.call(again.insert_header(("If-None-Match", xlsx.header("etag")))).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}

#[actix_web::test]
async fn what_cannot_be_asked_is_said() {
    let world = World::new();
    for query in ["from=2026-13", "to=yesterday", "from=2026-10&to=2026-09", "from=2020-01", "format=pdf"] {
        let answer = world.get(&format!("/api/v1/statistics/trade?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(world.get("/api/v1/statistics/trade?by=enterprise").await.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn where_the_policies_publish_no_totals_there_are_no_public_figures() {
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/policies")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        // The last one of its file.
        let others = text.split("@id(\"public.zone_totals\")").next().unwrap();
        std::fs::write(folder.path().join(path.file_name().unwrap()), others).unwrap();
    }
    let policies = folder.path().to_string_lossy().into_owned();
    let world = World::configured(Limits::default(), &[("policies", policies)]);
    for path in ["trade", "enterprises", "migration", "matching"] {
        let path = format!("/api/v1/statistics/{path}");
        assert_eq!(world.get(&path).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.read(&path).await.status, StatusCode::OK);
    }
}
