//! The officers' desks as pages: the queue of measures and its two persons, what gave an alert, plans of inspection.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::account_pages::{Reader, between};
use super::world::{World, code, registrations};
use crate::access::Audience;
use crate::store::both::Place;
use crate::store::bulk;
use crate::worker;

const LISTS: &str = "uscc,list,decision_no,authority,effective_on\n";
/// Rows on a page of the queue, and of the tasks of a plan.
const SHOWN: usize = 25;

async fn listed(world: &World, numbers: impl IntoIterator<Item = u32>) {
    let row = |number| format!("{},serious_dishonesty,D{number},市监局,2026-11-01\n", code(number));
    let rows: String = numbers.into_iter().map(row).collect();
    assert_eq!(world.take("lists", &format!("{LISTS}{rows}")).await["state"], "succeeded");
}

/// Twelve enterprises that a list has made a D, with an agent of the first, and the zone's people.
async fn office(place: &Place) -> World {
    let world = World::at(place);
    world.take("registration", &registrations(1..=40)).await;
    listed(&world, 1..=12).await;
    let people = [
        ("officer", Audience::Commerce),
        ("reviewer", Audience::Reviewer),
        ("watch", Audience::Auditor),
        ("customs", Audience::Customs),
    ];
    for (login, audience) in people {
        let organisation = audience.is_department().then(|| "5115".to_owned());
        world.add_of(login, audience, organisation);
    }
    world
}

/// Addresses that begin so, in the order of the page.
fn links(page: &str, start: &str) -> Vec<String> {
    let from = format!("href=\"{start}");
    page.split(&from).skip(1).map(|rest| format!("{start}{}", rest.split('"').next().unwrap())).collect()
}

fn measures_of(page: &str) -> Vec<String> {
    links(page, "/measures/")
}

/// Where a link with this relation leads.
fn related(page: &str, rel: &str) -> Option<String> {
    let before =
        page.split(&format!("\" rel=\"{rel}\"")).next().filter(|before| before.len() < page.len())?;
    Some(before.rsplit("href=\"").next().unwrap().replace("&#38;", "&").replace("&amp;", "&"))
}

/// Where the plan is whose page this is.
fn plan_of(page: &str) -> String {
    let text = links(page, "/inspections/").into_iter().find(|link| link.ends_with("/plan.txt"));
    text.unwrap().replace("/plan.txt", "")
}

fn version(page: &str) -> String {
    between(page, "name=\"version\" value=\"", "\"")
}

async fn confirm(reader: &Reader<'_>, measure: &str, reason: &str) -> String {
    let seen = version(&reader.page(measure).await);
    reader.send(measure, &[("version", &seen), ("verb", "confirm"), ("reason", reason)]).await
}

#[actix_web::test]
async fn the_queue_of_measures_pages_forth_and_back_and_is_asked_by_effect() {
    for place in Place::all() {
        let world = office(&place).await;
        let desk = world.reader("officer").await;
        let first = desk.page("/measures").await;
        assert!(related(&first, "prev").is_none(), "nothing is before the first");
        let (mut page, mut all, mut before) = (first.clone(), measures_of(&first), None);
        assert_eq!(all.len(), SHOWN);
        while let Some(next) = related(&page, "next") {
            before = Some(page);
            page = desk.page(&next).await;
            all.extend(measures_of(&page));
        }
        let distinct: BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "no measure stands on two pages");
        let count = format!(">{}<", all.len());
        assert!(first.contains(&count), "the count is that of all pages: {count}");
        let back = desk.page(&related(&page, "prev").unwrap()).await;
        assert_eq!(measures_of(&back), measures_of(&before.unwrap()), "back is where one came from");

        let restricting = desk.page("/measures?state=proposed&effect=restriction").await;
        let shown = measures_of(&restricting);
        assert!(!shown.is_empty() && shown.len() < all.len());
        assert!(shown.iter().all(|one| all.contains(one)));
        assert_eq!(restricting.matches("after that, another person").count(), shown.len());
        assert_eq!(world.page("/measures", &world.reader("customs").await.cookie()).await.status, 404);
    }
}

#[actix_web::test]
async fn two_persons_confirm_what_restricts_and_each_is_named_to_the_other() {
    for place in Place::all() {
        let world = office(&place).await;
        let (desk, second) = (world.reader("officer").await, world.reader("reviewer").await);
        let list = desk.page("/measures?effect=restriction").await;
        let measure = measures_of(&list).remove(0);
        assert!(!second.page(&measure).await.contains("value=\"confirm\""), "it waits for an officer");

        let long = "九".repeat(1_001);
        let fields = [("version", "1"), ("verb", "confirm"), ("reason", long.as_str())];
        let refused = desk.send(&measure, &fields).await;
        assert!(refused.contains("role=\"alert\"") && refused.contains(&long), "what was typed is kept");
        let taken = confirm(&desk, &measure, "the list names it").await;
        assert!(taken.contains("Done; a commitment"), "{taken}");
        assert!(!taken.contains("value=\"confirm\""), "the officer does not confirm it again");
        assert!(taken.contains("the officer does not confirm it again"), "{taken}");

        let waiting = second.page("/measures").await;
        assert!(waiting.contains("officer <time"), "who has confirmed stands in the queue: {waiting}");
        let one = second.page(&measure).await;
        assert!(one.contains("the list names it") && one.contains("value=\"confirm\""), "{one}");
        let again = desk.send(&measure, &[("version", "1"), ("verb", "confirm"), ("reason", "x")]).await;
        assert!(again.contains("role=\"alert\""), "another sight of it is refused");
        let held = confirm(&second, &measure, "so it does").await;
        assert!(held.contains("In force") || held.contains("in force"), "{held}");
        assert!(held.contains("so it does") && held.contains("value=\"lift\""), "{held}");

        let auditor = world.reader("watch").await.page(&measure).await;
        assert!(auditor.contains("the list names it") && !auditor.contains("name=\"reason\""), "{auditor}");
        let stranger = world.reader("customs").await;
        assert_eq!(world.page(&measure, &stranger.cookie()).await.status, StatusCode::NOT_FOUND);
        let fields = [("version", "3"), ("verb", "lift"), ("reason", "x")];
        let refused = stranger.post(&measure, &fields).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
    }
}

/// Looks at a block of the first enterprise, as its agent reads them: audience and purpose.
async fn looks(world: &World, key: &str, block: &str) -> Vec<(String, String)> {
    let path = format!("/api/v1/enterprises/{}/access-log?limit=200", code(1));
    let log = world.asked(key, "self", &path).await;
    assert_eq!(log.status, StatusCode::OK, "{}", log.text());
    let text = |look: &Value, name: &str| look[name].as_str().unwrap_or_default().to_owned();
    let body = log.json();
    let of_block = body["items"].as_array().unwrap().iter().filter(|look| {
        let shown = look["shown"].as_array().unwrap().iter().filter_map(Value::as_str);
        shown.into_iter().any(|one| one.split(':').next() == Some(block))
    });
    of_block.map(|look| (text(look, "audience"), text(look, "purpose"))).collect()
}

#[actix_web::test]
async fn a_page_is_a_look_like_the_answer_of_the_interface() {
    let world = office(&Place::all().remove(0)).await;
    let key = world.agent_of(1).await;
    let desk = world.reader("officer").await;
    let before = looks(&world, &key, "measures").await.len();
    let mut found = Vec::new();
    for path in ["/measures?state=proposed&effect=restriction", "/measures?state=proposed"] {
        let page = desk.page(path).await;
        if page.contains(&code(1)) {
            found = measures_of(&page);
        }
    }
    assert!(!found.is_empty());
    let after = looks(&world, &key, "measures").await;
    assert!(after.len() > before, "{after:?}");
    assert!(after.iter().all(|(audience, _)| audience == "commerce"), "{after:?}");
    assert!(after.iter().any(|(_, purpose)| purpose == "supervision"), "{after:?}");
}

#[actix_web::test]
async fn an_alert_says_what_was_asked_and_seen() {
    for place in Place::all() {
        let world = office(&place).await;
        worker::look(&world.state.service, &world.state.anchor).unwrap();
        let desk = world.reader("officer").await;
        let list = desk.page("/cases").await;
        assert!(list.contains("href=\"/cases?kind=alert\""), "the alerts alone are one step away");
        let alerts = desk.page("/cases?kind=alert").await;
        assert!(alerts.contains("high risk") && alerts.contains("statutory list within 90 days"), "{alerts}");
        let one = links(&alerts, "/cases/").remove(0);
        let page = desk.page(&one).await;
        for shown in
            ["LISTED-NEW", "record_days &#60; 90", "days since the record", "<b>22</b>", "Statutory lists"]
        {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        let zh = world.page(&format!("{one}?lang=zh"), &desk.cookie()).await.text();
        assert!(zh.contains("高风险") && zh.contains("规则所问"), "{zh}");

        // One that somebody raised under a name of his own.
        let key = world.key(json!({ "name": "k", "user": "officer", "scopes": ["read", "cases"] })).await;
        let about =
            json!({ "alert": { "rule": "OWN-1", "severity": "low", "evidence": { "calls": "3 <b>" } } });
        let body = json!({ "uscc": code(20), "about": about, "reason": "told by telephone" });
        let raised = world.sent(&key, "/api/v1/alerts", "", body).await;
        assert_eq!(raised.status, StatusCode::CREATED, "{}", raised.text());
        let id = raised.json()["id"].as_str().unwrap().to_owned();
        let page = desk.page(&format!("/cases/{id}")).await;
        assert!(page.contains("OWN-1") && page.contains("has no rule of this code"), "{page}");
        assert!(page.contains("3 &#60;b&#62;"), "what was told is shown, and escaped: {page}");
        let stranger = world.reader("customs").await;
        assert_eq!(world.page(&one, &stranger.cookie()).await.status, StatusCode::NOT_FOUND);
    }
}

#[actix_web::test]
async fn alerts_are_asked_by_their_severity_and_pages_keep_it() {
    for place in Place::all() {
        let world = office(&place).await;
        world.agent_of(1).await;
        world.give_password("agent").await;
        let key = world.key(json!({ "name": "k", "user": "officer", "scopes": ["read", "cases"] })).await;
        let raise = async |severity: &str, rule: &str| {
            let about = json!({ "alert": { "rule": rule, "severity": severity, "evidence": {} } });
            let body = json!({ "uscc": code(1), "about": about, "reason": "told by telephone" });
            let raised = world.sent(&key, "/api/v1/alerts", "", body).await;
            assert_eq!(raised.status, StatusCode::CREATED, "{}", raised.text());
            format!("/cases/{}", raised.json()["id"].as_str().unwrap())
        };
        for number in 0..52 {
            raise("low", &format!("LOW-{number}")).await;
        }
        raise("medium", "MEDIUM-1").await;
        let desk = world.reader("officer").await;
        let all = desk.page("/cases?kind=alert").await;
        for severity in ["low", "medium", "high"] {
            assert!(all.contains(&format!("<option value=\"{severity}\">")), "{all}");
        }
        assert!(!desk.page("/cases").await.contains("name=\"severity\""), "of alerts alone");
        assert!(desk.page("/cases?kind=objection&severity=low").await.contains("No cases."));
        let cases = |page: &str| links(page, "/cases/");
        let one = desk.page("/cases?kind=alert&severity=medium&which=").await;
        assert_eq!(cases(&one).len(), 1);
        assert!(one.contains("<option value=\"medium\" selected>") && one.contains("MEDIUM-1"), "{one}");
        let first = desk.page("/cases?kind=alert&severity=low").await;
        let next = related(&first, "next").unwrap();
        assert!(next.contains("severity=low") && next.contains("kind=alert"), "{next}");
        let second = desk.page(&next).await;
        let found: BTreeSet<String> = cases(&first).into_iter().chain(cases(&second)).collect();
        assert_eq!((cases(&first).len(), cases(&second).len(), found.len()), (50, 2, 52));
        assert!(related(&second, "next").is_none());
        assert!(
            second.contains("low risk") && !second.contains("MEDIUM") && !second.contains("high risk</b>")
        );
        // The others are kept beside it.
        let past = desk.page("/cases?kind=alert&severity=low&which=past").await;
        let next = related(&past, "next").unwrap();
        assert!(next.contains("which=past") && next.contains("severity=low"), "{next}");
        assert_eq!(cases(&desk.page(&next).await).len(), 2);

        // An enterprise learns of one that is closed that there was one: not how serious, nor of which rule.
        let dropped = raise("medium", "MEDIUM-2").await;
        let seen = version(&desk.page(&dropped).await);
        let path = dropped.replace("/cases", "/api/v1/alerts") + "/drop";
        let taken = world.sent(&key, &path, &format!("\"{seen}\""), json!({ "reason": "a sale" })).await;
        assert_eq!(taken.status, StatusCode::OK, "{}", taken.text());
        let agent = world.reader("agent").await;
        for query in ["", "&severity=high", "&severity=medium"] {
            let own = agent.page(&format!("/cases?kind=alert&which=past{query}")).await;
            assert_eq!(cases(&own), std::slice::from_ref(&dropped), "{query}: asking changes nothing");
            assert!(!own.contains("MEDIUM") && !own.contains("risk</b>"), "{own}");
            assert!(!own.contains("name=\"severity\""), "{own}");
        }
    }
}

const PLAN: [(&str, &str); 9] = [
    ("title", "Fourth quarter of 2026"),
    ("from", "2026-10-01"),
    ("until", "2026-12-31"),
    ("rate-I", ""),
    ("rate-II", "5"),
    ("rate-III", ""),
    ("rate-IV", "100"),
    ("inspectors", "甲\r\n乙\r\n 丙 \r\n\r\n丁"),
    ("commitment", ""),
];

#[actix_web::test]
async fn a_plan_is_made_drawn_and_checked_on_pages() {
    for place in Place::all() {
        let world = office(&place).await;
        let desk = world.reader("officer").await;
        let mut wrong = PLAN;
        wrong[4].1 = "60";
        let refused = desk.send("/inspections", &wrong).await;
        assert!(refused.contains("role=\"alert\"") && refused.contains("value=\"60\""), "{refused}");
        assert!(refused.contains("Fourth quarter") && refused.contains("丙"), "what was typed is kept");

        let made = desk.send("/inspections", &PLAN).await;
        let secret = between(&made, "id=\"secret-once\">", "<");
        let place = plan_of(&made);
        assert!(made.contains(&hex::encode(Sha256::digest(hex::decode(&secret).unwrap()))));
        let kept: i64 = count(&world, &secret);
        assert_eq!(kept, 0, "nothing is kept of the secret");
        let again = desk.page(&place).await;
        assert!(!again.contains(&secret) && again.contains("waits for the next block"), "{again}");
        assert!(!again.contains("id=\"secret\""), "it cannot be drawn yet");
        listed(&world, [20]).await;

        let auditor = world.reader("watch").await;
        assert!(!auditor.page(&place).await.contains("id=\"secret\""), "an auditor draws nothing");
        let ready = desk.page(&place).await;
        let other = "0".repeat(64);
        let refused = desk.send(&place, &[("version", &version(&ready)), ("secret", &other)]).await;
        assert!(refused.contains("another secret") && refused.contains(&other), "{refused}");
        let drawn = desk.send(&place, &[("version", &version(&ready)), ("secret", &secret)]).await;
        assert!(drawn.contains("Drawn; a commitment") && drawn.contains(&secret), "{drawn}");
        // Of twelve D all, of the others two.
        assert_eq!(links(&drawn, &format!("{place}/tasks/")).len(), 14);

        let text = async |name: &str| {
            let answer = world.page(&format!("{place}/{name}.txt"), &auditor.cookie()).await;
            assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
            answer.text()
        };
        let key = world.key(json!({ "name": "o", "user": "watch", "scopes": ["read"] })).await;
        let path = place.replace("/inspections", "/api/v1/inspection-plans");
        let api = world.asked(&key, "audit", &path).await.json();
        for (name, anchored) in [("plan", &api["anchored"]), ("draw", &api["draw"]["anchored"])] {
            let digest = hex::encode(Sha256::digest(text(name).await));
            assert_eq!(anchored["digest"], json!(digest), "{name}");
            assert!(drawn.contains(&digest), "{name}");
            assert!(drawn.contains(&format!("leaf {}", anchored["leaf_index"])), "{name}: {anchored}");
        }
        let stranger = world.reader("customs").await;
        for path in [&place, &format!("{place}/plan.txt"), "/inspections"] {
            assert_eq!(world.page(path, &stranger.cookie()).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(stranger.post("/inspections", &PLAN).await.status, StatusCode::NOT_FOUND);
    }
}

const OVERDUE: &str = "<b class=\"warn\">overdue";

#[actix_web::test]
async fn a_plan_has_its_days_on_pages_and_what_is_open_after_them_is_marked() {
    for place in Place::all() {
        let world = office(&place).await;
        let desk = world.reader("officer").await;
        // What the form has at first: from today, ninety days.
        let form = desk.page("/inspections").await;
        assert!(form.contains("name=\"from\" type=\"date\" required value=\"2026-11-23\""), "{form}");
        assert!(form.contains("value=\"2027-02-20\""), "{form}");
        let with = |from: &'static str, until: &'static str| {
            let mut plan = PLAN;
            (plan[1].1, plan[2].1) = (from, until);
            plan
        };
        for (from, until, why) in [
            ("2026-12-02", "2026-12-01", "ends on its first day or later"),
            ("", "2026-12-01", "a first and a last day"),
            ("2026-12-01", "soon", "a first and a last day"),
        ] {
            let refused = desk.send("/inspections", &with(from, until)).await;
            assert!(refused.contains("role=\"alert\"") && refused.contains(why), "{why}: {refused}");
            assert!(refused.contains(&format!("value=\"{until}\"")), "what was typed is kept: {refused}");
        }
        let made = desk.send("/inspections", &with("2026-11-25", "2026-11-30")).await;
        let secret = between(&made, "id=\"secret-once\">", "<");
        let plan = plan_of(&made);
        let days = "<time>2026-11-25</time> – <time>2026-11-30</time>";
        assert!(made.contains(days), "{made}");
        listed(&world, [20]).await;
        desk.send(&plan, &[("version", "1"), ("secret", &secret)]).await;
        let text = world.page(&format!("{plan}/plan.txt"), &desk.cookie()).await.text();
        assert!(text.contains("\nperiod 2026-11-25 2026-11-30\n"), "{text}");
        let task = format!("{plan}/tasks/{}", code(1));
        let page = desk.page(&task).await;
        assert!(page.contains("has not begun") && !page.contains("name=\"inspected_on\""), "{page}");

        // The last day: in time. A session does not outlast the week.
        world.later(7);
        let desk = world.reader("officer").await;
        let page = desk.page(&task).await;
        assert!(page.contains(days) && page.contains("min=\"2026-11-25\" max=\"2026-11-30\""), "{page}");
        for path in [&task, &plan, "/inspections"] {
            assert!(!desk.page(path).await.contains(OVERDUE), "{path}");
        }
        let fields =
            |day: &'static str| [("version", "1"), ("inspected_on", day), ("result", "pass"), ("note", "")];
        desk.send(&task, &fields("2026-11-30")).await;
        // The day after.
        world.later(1);
        let other = format!("{plan}/tasks/{}", code(2));
        let desk = world.reader("officer").await;
        assert!(desk.page(&other).await.contains(OVERDUE));
        assert!(!desk.page(&task).await.contains(OVERDUE), "it was found in time");
        assert_eq!(desk.page(&plan).await.matches(OVERDUE).count(), 13);
        let list = desk.page("/inspections").await;
        assert!(list.contains("overdue: 13") && list.contains(days), "{list}");
        let zh = world.page("/inspections?lang=zh", &desk.cookie()).await.text();
        assert!(zh.contains("逾期未办：13"), "{zh}");
        let late = desk.send(&other, &fields("2026-12-01")).await;
        assert!(late.contains("<b class=\"warn\">late</b>") && !late.contains(OVERDUE), "{late}");
        assert!(desk.page("/inspections").await.contains("overdue: 12"));
    }
}

/// Plans in which this text stands anywhere.
fn count(world: &World, text: &str) -> i64 {
    use diesel::sql_types::BigInt;
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let sql = "SELECT COUNT(*) AS count FROM inspection_plans WHERE body LIKE $1 OR secret LIKE $1";
    let mut connection = world.state.service.database.connection().unwrap();
    let rows: Vec<Count> = bulk::load(&mut connection, sql, [format!("%{text}%").into()]).unwrap();
    rows[0].count
}

#[actix_web::test]
async fn a_finding_is_entered_and_corrected_on_its_page() {
    for place in Place::all() {
        let world = office(&place).await;
        let desk = world.reader("officer").await;
        let made = desk.send("/inspections", &PLAN).await;
        let secret = between(&made, "id=\"secret-once\">", "<");
        let place = plan_of(&made);
        listed(&world, [20]).await;
        desk.send(&place, &[("version", "1"), ("secret", &secret)]).await;
        let task = format!("{place}/tasks/{}", code(1));
        let page = desk.page(&task).await;
        let today = between(&page, "max=\"", "\"");
        let sent = async |seen: &str, day: &str, result: &str, note: &str| {
            let fields = [("version", seen), ("inspected_on", day), ("result", result), ("note", note)];
            desk.send(&task, &fields).await
        };
        let refused = sent("1", "2026-01-01", "fail", "no books").await;
        assert!(refused.contains("before the draw") && refused.contains("no books"), "{refused}");
        let entered = sent("1", &today, "fail", "no books").await;
        assert!(entered.contains("Entered; the record") && entered.contains("failed"), "{entered}");
        assert!(sent("1", &today, "pass", "").await.contains("role=\"alert\""), "an older sight is refused");
        let corrected = sent("2", &today, "pass", "").await;
        assert!(corrected.contains("passed") && !corrected.contains("no books"), "{corrected}");
        assert!(desk.page(&place).await.contains(&format!("passed <time class=\"quiet\">{today}")));
        let auditor = world.reader("watch").await.page(&task).await;
        assert!(auditor.contains("passed") && !auditor.contains("name=\"inspected_on\""), "{auditor}");
    }
}
