//! Risk alerts: what an evaluation finds is a case once, with its evidence and its terms, and does nothing by itself.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::world::{World, code, registrations};
use crate::http::state::Limits;
use crate::intake::receive::{Expected, receive_stored};
use crate::store::both::Place;
use crate::store::bulk;

const LISTS: &str = "uscc,list,decision_no,authority,effective_on,expires_on,removed_on,reason\n";
const HEADER: &str = "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,\
     legal_representative,address,region_code,industry_code,roles,filed_on,premises_check\n";

/// An officer of the zone office, with a key.
pub(super) async fn officer(world: &World) -> String {
    let user = json!({ "login": "officer", "name": "officer", "audience": "commerce" });
    world.posted("/api/v1/users", user).await;
    world
        .key(json!({ "name": "k", "user": "officer", "scopes": ["read", "cases"], "expires_in_days": 366 }))
        .await
}

/// The alerts that somebody sees, the oldest first.
async fn alerts(world: &World, key: &str, purpose: &str) -> Vec<Value> {
    let list = world.asked(key, purpose, "/api/v1/alerts").await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text());
    let mut all = Vec::new();
    for item in list.json()["items"].as_array().unwrap().iter().rev() {
        let path = format!("/api/v1/alerts/{}", item["id"].as_str().unwrap());
        all.push(world.asked(key, purpose, &path).await.json());
    }
    all
}

fn rule(alert: &Value) -> &str {
    alert["about"]["alert"]["rule"].as_str().unwrap_or_else(|| panic!("{alert}"))
}

fn evidence(alert: &Value) -> &Value {
    &alert["about"]["alert"]["evidence"]
}

fn lost(number: u32, address: &str) -> String {
    format!(
        "{HEADER}{},宜宾试验{number}号贸易有限公司,存续,2020-01-15,1000000,1000000,张三{number},{address},511500,F5190,ecommerce,2021-03-01,lost\n",
        code(number)
    )
}

#[actix_web::test]
async fn a_finding_is_one_case_with_its_evidence_and_terms_and_changes_nothing_by_itself() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &registrations([1, 2])).await;
        let officer = officer(&world).await;
        world.agent_of(1).await;
        let agent = json!({ "name": "alerts", "user": "agent", "scopes": ["read", "cases"] });
        let agent = world.key(agent).await;
        let entry =
            |reason: &str| format!("{LISTS}{},serious_dishonesty,D1,市监局,2026-11-01,,,{reason}\n", code(1));
        world.take("lists", &entry("x")).await;
        let ratings = world.read(&format!("/api/v1/enterprises/{}/ratings", code(1))).await.json();
        assert!(alerts(&world, &officer, "supervision").await.is_empty(), "found, and not opened yet");
        world.look();
        let open = alerts(&world, &officer, "supervision").await;
        assert_eq!(open.iter().map(rule).collect::<Vec<_>>(), ["LISTED-NEW"]);
        let alert = &open[0];
        assert_eq!((&alert["state"], &alert["uscc"]), (&json!("raised"), &json!(code(1))));
        assert_eq!(alert["about"]["alert"]["severity"], "high");
        assert_eq!(evidence(alert)["values"], json!({ "record_days": "22" }));
        assert_eq!(evidence(alert)["records"][0]["source"], "lists");
        assert!(evidence(alert)["records"][0]["key"].as_array().unwrap().contains(&json!("D1")), "{alert}");
        assert_eq!(
            (&evidence(alert)["suggested"], &evidence(alert)["proposal"]),
            (&json!("commerce"), &Value::Null)
        );
        let reason = alert["steps"][0]["reason"].as_str().unwrap();
        assert!(reason.contains("法定名单") && reason.contains("statutory list"), "{reason}");
        let clock = &alert["clocks"][0];
        assert_eq!((&clock["clock"], &clock["ends_on"]), (&json!("alert_triage"), &json!("2026-11-25")));

        // Looked at again, evaluated again, the record received anew: the same finding.
        world.look();
        world.take("lists", &entry("y")).await;
        world.later(3);
        world.take("lists", &entry("z")).await;
        world.look();
        assert_eq!(alerts(&world, &officer, "supervision").await.len(), 1);
        // What was lost between finding and case is the same case again.
        let sql = "UPDATE alert_hits SET case_id = NULL WHERE uscc = $1";
        bulk::execute(&mut world.state.service.database.connection().unwrap(), sql, [code(1).into()])
            .unwrap();
        world.look();
        assert_eq!(alerts(&world, &officer, "supervision").await.len(), 1);

        // Nobody is warned of the check, entered on a list or rated by it.
        assert!(alerts(&world, &agent, "self").await.is_empty());
        let after = world.read(&format!("/api/v1/enterprises/{}/ratings", code(1))).await.json();
        assert_eq!(after["items"].as_array().unwrap().len(), ratings["items"].as_array().unwrap().len());
        let entries = world.asked(&officer, "supervision", "/api/v1/list-entries").await.json();
        assert_eq!(entries["items"], json!([]));

        // Two more entries: the third high finding within 90 days carries the text of a proposal, and no case of it.
        let more = format!(
            "{LISTS}{0},tax_serious,T1,税务局,2026-11-20,,,x\n{0},wage_arrears,W1,人社局,2026-11-20,,,x\n",
            code(1)
        );
        world.take("lists", &more).await;
        world.look();
        let open = alerts(&world, &officer, "supervision").await;
        let grounds: Vec<&Value> = open
            .iter()
            .map(|one| &evidence(one)["proposal"]["watch_list"])
            .filter(|one| !one.is_null())
            .collect();
        assert_eq!((open.len(), grounds), (3, vec![&json!("W2")]));
        let entries = world.asked(&officer, "supervision", "/api/v1/list-entries").await.json();
        assert_eq!(entries["items"], json!([]), "an officer proposes, or does not");
    }
}

#[actix_web::test]
async fn the_same_finding_is_another_one_once_its_window_is_over() {
    for place in Place::all() {
        let world = World::at(&place);
        let officer = officer(&world).await;
        world.take("registration", &lost(1, "宜宾市临港路1号")).await;
        world.look();
        let open = alerts(&world, &officer, "supervision").await;
        assert_eq!(open.iter().map(rule).collect::<Vec<_>>(), ["PREMISES-LOST"]);
        assert_eq!(evidence(&open[0])["proposal"]["watch_list"], "W3");
        world.later(179);
        world.take("registration", &lost(1, "宜宾市临港路2号")).await;
        world.look();
        assert_eq!(alerts(&world, &officer, "supervision").await.len(), 1, "the last day of the window");
        world.later(1);
        world.take("registration", &lost(1, "宜宾市临港路3号")).await;
        world.look();
        assert_eq!(alerts(&world, &officer, "supervision").await.len(), 2);

        // What cannot be opened says so, once, and does not hold up the others.
        let sql = "INSERT INTO alert_hits (uscc, hit_key, day, rule, severity, evidence, found_at) \
                   VALUES ($1, 'X', 1, 'X', 1, '{}', 0)";
        let service = &world.state.service;
        bulk::execute(&mut service.database.connection().unwrap(), sql, [code(9).into()]).unwrap();
        assert_eq!(crate::alerts::raise::look(service).unwrap(), 0);
        let sql = "UPDATE alert_hits SET day = 2 WHERE failed IS NOT NULL AND case_id IS NULL AND uscc = $1";
        let left = bulk::execute(&mut service.database.connection().unwrap(), sql, [code(9).into()]).unwrap();
        assert_eq!(left, 1);
    }
}

#[actix_web::test]
async fn a_permit_that_ends_is_found_on_its_day_though_nothing_was_received() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &registrations([1])).await;
        let officer = officer(&world).await;
        // Today is 2026-11-23: forty days before the last one.
        let permit = format!(
            "XK_XDR_MC,XK_XDR_SHXYM,XK_WSH,XK_XKLB,XK_JDRQ,XK_YXQZ,XK_YXQZI,XK_XKJG,XK_XKJGDM\n\
             宜宾试验1号,{},PERMIT,普通,2024-01-01,2024-01-01,2027-01-02,宜宾市市场监管局,111\n",
            code(1)
        );
        assert_eq!(world.take("permits", &permit).await["state"], "succeeded");
        world.look();
        world.later(10);
        world.look();
        assert!(alerts(&world, &officer, "supervision").await.is_empty(), "30 days are left");
        world.later(1);
        world.look();
        let open = alerts(&world, &officer, "supervision").await;
        assert_eq!(open.iter().map(rule).collect::<Vec<_>>(), ["PERMIT-ENDS"]);
        assert_eq!(evidence(&open[0])["values"], json!({ "record_days_left": "29" }));
        world.later(29);
        world.look();
        assert_eq!(
            alerts(&world, &officer, "supervision").await.len(),
            1,
            "the same finding on its last day"
        );
    }
}

#[actix_web::test]
async fn an_operators_rules_are_asked_and_trouble_with_them_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("own.toml");
    let own = "version = \"zone.1\"\nvalid_from = \"2026-01-01\"\n[[rule]]\ncode = \"OWN-LOST\"\nzh = \"失联\"\nen = \"lost\"\n\
               when = \"premises_lost == 1\"\nseverity = \"low\"\nwindow_days = 30\nassign = \"commerce\"\n\
               basis_zh = \"区内规则\"\nbasis_en = \"rule of the zone\"\nproposes = \"W1\"\n";
    let path = folder.path().to_path_buf();
    let opened = |body: &str| {
        std::fs::write(&place, body).unwrap();
        crate::alerts::book::Book::open(Some(&path)).map(|_| ()).map_err(|error| error.to_string())
    };
    let why = opened(&own.replace("premises_lost", "premises_sold")).unwrap_err();
    assert!(why.starts_with("own.toml") && why.contains("OWN-LOST: \"premises_sold\" is none"), "{why}");
    let same = credit_core::alerts::PROGRAM_RULES.replace("9000", "9500");
    assert!(opened(&same).unwrap_err().contains("a version of its own"));
    std::fs::write(folder.path().join("two.toml"), own).unwrap();
    assert!(opened(own).unwrap_err().contains("expected one file"));
    std::fs::remove_file(folder.path().join("two.toml")).unwrap();
    assert_eq!(opened(own), Ok(()));

    let settings = [("alert_rules", folder.path().to_string_lossy().into_owned())];
    let world = World::configured(Limits::default(), &settings);
    let officer = officer(&world).await;
    world.take("registration", &lost(1, "宜宾市临港路1号")).await;
    world.look();
    let open = alerts(&world, &officer, "supervision").await;
    assert_eq!(open.iter().map(rule).collect::<Vec<_>>(), ["OWN-LOST"]);
    assert_eq!(evidence(&open[0])["rules"], "zone.1");
    let proposal = &evidence(&open[0])["proposal"];
    assert_eq!(proposal["watch_list"], "W1");
    assert!(proposal["en"].as_str().unwrap().contains("once an agency has opened a case"), "{proposal}");
    let entries = world.asked(&officer, "supervision", "/api/v1/list-entries").await.json();
    assert_eq!(entries["items"], json!([]), "nothing is entered by itself");

    std::fs::write(&place, own.replace("window_days = 30", "window_days = 0")).unwrap();
    assert!(!world.state.service.alerts.look());
    assert_eq!(world.state.service.alerts.now().version, "zone.1");
    assert_eq!(world.get("/healthz").await.json()["alert_rules"], "stale");
    let why = world.get("/readyz").await.json()["alert_rules_trouble"].as_str().unwrap().to_owned();
    assert!(why.starts_with("own.toml") && why.contains("OWN-LOST: cannot be 0"), "{why}");
    assert!(world.get("/metrics").await.text().contains("alert_rules_trouble 1"));
    std::fs::write(&place, own.replace("OWN-LOST", "OWN-GONE").replace("zone.1", "zone.2")).unwrap();
    assert!(world.state.service.alerts.look());
    world.pass(1_000);
    world.take("registration", &lost(2, "宜宾市临港路2号")).await;
    world.look();
    let open = alerts(&world, &officer, "supervision").await;
    assert_eq!(open.iter().map(rule).collect::<Vec<_>>(), ["OWN-LOST", "OWN-GONE"]);
    assert_eq!(world.get("/healthz").await.json()["alert_rules"], "current");
}

/// What the rules cost an evaluation: printed, for docs/BENCHMARKS.md. `SIZE` enterprises of the sample.
#[actix_web::test]
#[ignore = "a measurement"]
#[expect(clippy::print_stdout, reason = "a measurement prints what it found")]
async fn the_cost_of_the_rules() {
    use std::time::Instant;

    use crate::evaluation::gather::{Road, Who};
    use crate::evaluation::knowledge::Question;
    use crate::evaluation::run;
    use crate::evaluation::{assess, gather};

    let size: u32 = std::env::var("SIZE").ok().and_then(|text| text.parse().ok()).unwrap_or(500);
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let plan = crate::sample::Plan {
        enterprises: size,
        seed: 7,
        months: 3,
        until: chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
    };
    let written = crate::sample::write_zone(&plan, folder.path(), &mut |_, _| {}).unwrap();
    let service = &world.state.service;
    for path in written.files {
        let stored = service.evidence.keep(std::fs::File::open(&path).unwrap()).unwrap();
        let (database, clock) = (&service.database, service.clock.as_ref());
        let file = ("x", Expected::Any);
        receive_stored(database, &service.evidence, clock, &stored, file, &mut |_, _, _| true).unwrap();
    }
    let order = run::Order { who: Who::All, as_of: service.clock.today(), known_at: None, monthly: false };
    let again = || {
        let begun = Instant::now();
        let ran = || {
            run::run(
                &service.database,
                service.clock.as_ref(),
                service.by(&service.alerts.now(), &service.calendars.now()),
                &order,
                &|_, _| {},
            )
        };
        let outcome = service.in_parallel(ran).unwrap();
        (begun.elapsed().as_secs_f64(), outcome.evaluated)
    };
    let (first, evaluated) = again();
    let seconds: Vec<f64> = (0..3).map(|_| again().0).collect();
    let question = Question { as_of: order.as_of, known_at: i64::MAX };
    let mut connection = service.database.connection().unwrap();
    let mut gathered =
        gather::Gathered::read(&mut connection, question, &Who::All, Road::Rollups(&service.medians), None)
            .unwrap();
    let facts = gathered.next(usize::MAX);
    let assessed: Vec<_> = facts.iter().map(|one| assess::assess(one, None, &service.card)).collect();
    let none = std::collections::HashMap::new();
    let begun = Instant::now();
    let new = service.in_parallel(|| {
        let (rules, now) = (service.alerts.now(), service.clock.now().0);
        let found = (&facts[..], &assessed[..], gathered.ground());
        crate::alerts::hits::record(&mut connection, &rules, found, &none, now).unwrap()
    });
    let rules = begun.elapsed().as_secs_f64();
    let best = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    println!(
        "{evaluated} enterprises: first {first:.2} s, again {seconds:?} s; rules alone {rules:.4} s ({new} new); \
         ratio {:.3}",
        best / (best - rules)
    );
}

#[actix_web::test]
async fn high_findings_of_long_ago_propose_nothing() {
    for place in Place::all() {
        let world = World::at(&place);
        world.take("registration", &registrations([1, 2])).await;
        let officer = officer(&world).await;
        let listed = async |rows: &[(&str, &str, &str)]| {
            let row = |(list, number, on): &(&str, &str, &str)| {
                format!("{},{list},{number},市监局,{on},,,x\n", code(1))
            };
            let file: String = rows.iter().map(row).collect();
            world.take("lists", &format!("{LISTS}{file}")).await;
            world.look();
        };
        listed(&[("serious_dishonesty", "D1", "2026-11-01")]).await;
        world.later(95);
        listed(&[("tax_serious", "T1", "2027-02-20"), ("wage_arrears", "W1", "2027-02-20")]).await;
        let open = alerts(&world, &officer, "supervision").await;
        assert_eq!(open.len(), 3, "{open:?}");
        assert!(open.iter().all(|one| evidence(one)["proposal"].is_null()), "{open:?}");
        // The third within 90 days has it.
        listed(&[("judgment_defaulter", "J1", "2027-02-21")]).await;
        let open = alerts(&world, &officer, "supervision").await;
        let grounds: Vec<&Value> = open.iter().map(|one| &evidence(one)["proposal"]["watch_list"]).collect();
        assert_eq!(grounds.iter().filter(|one| **one == "W2").count(), 1, "{grounds:?}");
    }
}

#[actix_web::test]
async fn findings_that_are_not_high_are_no_ground_for_w2() {
    for place in Place::all() {
        let world = World::at(&place);
        let officer = officer(&world).await;
        // Two of middle severity: the premises, and a fine of the middle class.
        world.take("registration", &lost(1, "宜宾市临港路1号")).await;
        let fine = format!(
            "CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_CFLB,CF_NR_FK,CF_JDRQ,CF_CFJG,CF_CFJGDM\n\
             宜宾试验1号,{},P1,罚款,3,2026-11-01,市监局,111\n",
            code(1)
        );
        world.take("penalties", &fine).await;
        let listed = async |row: &str| {
            world.take("lists", &format!("{LISTS}{},{row},,,x\n", code(1))).await;
            world.look();
            alerts(&world, &officer, "supervision").await
        };
        let severities = |all: &[Value]| {
            let count =
                |code: &str| all.iter().filter(|one| one["about"]["alert"]["severity"] == code).count();
            (count("medium"), count("high"))
        };
        let proposals = |all: &[Value]| -> Vec<Value> {
            let ground = |one: &Value| evidence(one)["proposal"]["watch_list"].clone();
            all.iter().filter(|one| one["about"]["alert"]["severity"] == "high").map(ground).collect()
        };
        let open = listed("serious_dishonesty,D1,市监局,2026-11-01").await;
        assert_eq!((severities(&open), proposals(&open)), ((2, 1), vec![Value::Null]), "{open:?}");
        let open = listed("tax_serious,T1,税务局,2026-11-20").await;
        assert_eq!((severities(&open), proposals(&open)), ((2, 2), vec![Value::Null; 2]), "{open:?}");
        let open = listed("wage_arrears,W1,人社局,2026-11-21").await;
        assert_eq!(severities(&open), (2, 3));
        assert_eq!(proposals(&open).iter().filter(|ground| **ground == "W2").count(), 1, "{open:?}");
    }
}
