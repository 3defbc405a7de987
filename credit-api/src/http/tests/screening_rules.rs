//! Who screens, reviews and sees what came of it, and the limits of a screening.

use std::fs;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use credit_core::records::Lang;
use serde_json::{Value, json};

use super::people::kind;
use super::screening_lists::typed;
use super::screenings::{HEADER, LISTS, filing, matched, name};
use super::world::{World, code};
use crate::access::{Audience, Principal, Purpose};
use crate::screening::acts::{self, Asker, FOLDER};
use crate::screening::{Against, FILE_ROWS_MAX, NAMES_MAX, REFERENCE_CHARS_MAX, Way};
use crate::store::both::Place;

/// Nearly the name of the first enterprise of the zone.
const NEARLY: &str = "宜宾云棹供应链有限公司";
const THIRD: &str = "成都市渡鸦星河科技有限公司";

fn review(verdict: &str) -> Value {
    json!({ "name": NEARLY, "matched": code(1), "verdict": verdict, "reason": "r" })
}

#[actix_web::test]
async fn the_watch_list_is_that_of_today_and_of_entries_in_effect() {
    for place in Place::all() {
        let world = World::at(&place);
        let names = [
            "成都市渡鸦星河科技有限公司",
            "达州市橙榆里物流有限公司",
            "绵阳市青梧舟食品有限公司",
            "泸州市栀筑鲸服装有限公司",
        ];
        let file: String = (1..).zip(names).map(|(number, name)| filing(number, name, "")).collect();
        assert_eq!(world.take("registration", &(HEADER.to_owned() + &file)).await["state"], "succeeded");
        world.read_names();
        for (number, state, days) in
            [(1, "effective", 0), (2, "release_proposed", 1), (3, "released", 90), (4, "effective", -1)]
        {
            world.watch_as(number, state, days);
        }
        let zone = world.user_key("zone", "commerce").await;
        let asked: Vec<Value> = names.iter().map(|text| name(text)).collect();
        let asked = json!({ "names": asked, "against": ["watch_list"] });
        let (one, two, none) = (vec![code(1)], vec![code(2)], Vec::new());
        let found = matched(&world.screen_with(&zone, "supervision", asked.clone()).await);
        assert_eq!(found, [one, two.clone(), none.clone(), none.clone()], "its last day counts");
        world.later(1);
        let found = matched(&world.screen_with(&zone, "supervision", asked.clone()).await);
        assert_eq!(found, [none.clone(), two, none.clone(), none], "the day after it does not");
    }
}

/// A list of the register alone is none of dishonesty, here as in the mirror.
#[actix_web::test]
async fn a_notice_of_the_register_and_an_entry_to_come_are_on_no_list_today() {
    for place in Place::all() {
        let world = World::at(&place);
        world.screened_zone().await;
        let lists = format!(
            "{LISTS}{three},abnormal_operation,A1,市监局,2026-11-01,\n{three},serious_dishonesty,A2,市监局,2026-11-25,\n",
            three = code(3)
        );
        world.take("lists", &lists).await;
        world.read_names();
        let asked = json!({ "names": [name(THIRD)], "against": ["list", "enterprises"] });
        let answer = world.screen(asked.clone()).await;
        assert_eq!(matched(&answer), [vec![code(3)]]);
        assert_eq!(answer.json()["items"][0]["matches"][0]["lists"], json!([]), "{}", answer.text());
        assert!(matched(&world.screen(json!({ "names": [name(THIRD)] })).await)[0].is_empty());
        world.later(2);
        let lists = world.screen(asked).await.json()["items"][0]["matches"][0]["lists"].clone();
        assert_eq!(lists.as_array().unwrap().len(), 1, "{lists}");
        assert_eq!(lists[0]["decision_no"], "A2");
    }
}

#[actix_web::test]
async fn a_review_is_of_an_organisation_and_of_people_of_it() {
    for place in Place::all() {
        let world = World::at(&place);
        world.screened_zone().await;
        let (one, colleague) = (world.user_key("c1", "customs").await, world.user_key("c2", "customs").await);
        // Of another department with the same code, of another institution, and one enterprise's own.
        let tax = world.user_key("t1", "tax").await;
        let bank =
            json!({ "name": "b", "audience": "financier", "organisation": code(77), "scopes": ["read"] });
        let bank = world.key(bank).await;
        world.agent_of(3).await;
        let agent = world.another_key("agent", &["read", "cases"]).await;
        let path = "/api/v1/screenings/reviews";
        let asked = json!({ "names": [name(NEARLY)] });
        let found = async |key: &str| matched(&world.screen_with(key, "", asked.clone()).await)[0].len();

        for key in [&bank, &agent] {
            let refused = world.sent(key, path, "", review("false_positive")).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
            assert_eq!(world.asked(key, "", path).await.status, StatusCode::FORBIDDEN);
        }
        let nobody = world.call(TestRequest::post().uri(path).set_json(review("true_match"))).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{}", nobody.text());
        let auditor = world.user_key("watch", "auditor").await;
        let refused = world.sent(&auditor, path, "", review("false_positive")).await;
        assert_eq!(kind(&refused), "role_required");
        assert_eq!(kind(&world.asked(&auditor, "", path).await), "role_required");

        // The other department has reviews of its own, of another pair.
        let of_second =
            json!({ "name": "达州锦帆渡物流", "matched": code(2), "verdict": "true_match", "reason": "r" });
        assert_eq!(world.sent(&tax, path, "", of_second).await.status, StatusCode::CREATED);
        let kept = world.sent(&one, path, "", review("false_positive")).await;
        assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.text());
        assert_eq!([found(&one).await, found(&colleague).await], [0, 0], "one organisation");
        for (whose, key) in [("another department", &tax), ("a bank", &bank), ("an enterprise", &agent)] {
            assert_eq!(found(key).await, 1, "{whose}");
        }
        let listed = |answer: &Value| answer["items"].as_array().unwrap().len();
        assert_eq!(listed(&world.asked(&colleague, "", path).await.json()), 1);
        let of_tax = world.asked(&tax, "", path).await.json();
        assert_eq!((listed(&of_tax), &of_tax["items"][0]["matched"]), (1, &json!(code(2))), "{of_tax}");
        let of_another = format!("{path}?matched={}", code(2));
        assert_eq!(listed(&world.asked(&one, "", &of_another).await.json()), 0);
        // A job of the organisation is as silent, and says so.
        let made = world.sent_file(&colleague, "", "", &format!("name\n{NEARLY}\n")).await;
        let line: Value =
            serde_json::from_str(&world.results(&colleague, &made, "results.ndjson").await.text()).unwrap();
        assert_eq!((&line["matches"], &line["silenced"]), (&json!([]), &json!(1)), "{line}");
        // It is the colleague's own and the other's: one organisation. Another department's it is not.
        assert_eq!(world.results(&one, &made, "results.csv").await.status, StatusCode::OK);
        assert_eq!(world.results(&tax, &made, "results.csv").await.status, StatusCode::NOT_FOUND);
        assert_eq!(listed(&world.asked(&one, "", "/api/v1/screenings").await.json()), 1);
        assert_eq!(listed(&world.asked(&tax, "", "/api/v1/screenings").await.json()), 0);
        let made =
            world.sent_file(&colleague, "", "?include_reviewed=true", &format!("name\n{NEARLY}\n")).await;
        assert_eq!(made["matched"], 1, "{made}");
    }
}

/// The rights of a job are decided when it runs: whoever may not see the watch list then is named nobody that is on it
/// alone, and what was refused is in the log.
#[actix_web::test]
async fn a_job_shows_no_watch_list_to_whoever_may_not_see_it_when_it_runs() {
    for place in Place::all() {
        let world = World::at(&place);
        world.screened_zone().await;
        world.watch_as(3, "effective", 90);
        world.watch_as(1, "effective", 90);
        let bank =
            json!({ "name": "b", "audience": "financier", "organisation": code(77), "scopes": ["read"] });
        let bank = world.key(bank).await;
        let asker = Principal {
            id: "somebody".into(),
            audience: Audience::Financier,
            organisation: Some(code(77).into()),
            enterprises: [].into(),
        };
        let way = Way {
            r#use: "list_check".to_owned(),
            against: vec![Against::List, Against::WatchList],
            include_reviewed: false,
        };
        let place = acts::Place::new(&world.state.service).unwrap();
        fs::write(place.input(), format!("name\n{THIRD}\n{NEARLY}\n")).unwrap();
        let asker = Asker { who: &asker, purpose: Some(Purpose::CreditApproval), lang: Lang::En };
        let asked =
            acts::ask(&world.state.service, &world.state.jobs, &asker, (place, &way), |_, _, _| Ok(()));
        let (row, job) = asked.unwrap();
        assert_eq!(world.wait(&format!("/api/v1/jobs/{}", job.id)).await["state"], "succeeded");
        let text = world.results(&bank, &json!({ "id": row.id }), "results.ndjson").await.text();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["matches"], json!([]), "on the watch list alone: {text}");
        let listed = &lines[1]["matches"][0];
        assert_eq!((&listed["uscc"], &listed["watch_list"]), (&json!(code(1)), &Value::Null), "{text}");
        let auditor = world.user_with("watcher", "auditor", &["read"]).await;
        for number in [1, 3] {
            let path = format!("/api/v1/enterprises/{}/access-log", code(number));
            let log = world.asked(&auditor, "audit", &path).await.json();
            let looks = log["items"].as_array().unwrap();
            let look = looks.iter().find(|look| look["request"] == json!(row.id)).unwrap();
            assert_eq!(look["shown"], json!([]), "{look}");
            assert!(look.to_string().contains("watch_list"), "what was refused: {look}");
        }
    }
}

#[actix_web::test]
async fn what_is_over_a_limit_is_refused_and_leaves_nothing() {
    let world = World::new();
    world.screened_zone().await;
    let key = world.department("customs").await;
    let many: Vec<Value> = (0..=NAMES_MAX).map(|_| name("x")).collect();
    let refused = world.screen_with(&key, "", json!({ "names": many })).await;
    assert_eq!(
        (refused.status, &refused.json()["errors"][0]["pointer"]),
        (StatusCode::BAD_REQUEST, &json!("#/names"))
    );
    // An own number that is too long costs its own line.
    let long = "9".repeat(REFERENCE_CHARS_MAX + 1);
    let fits = "9".repeat(REFERENCE_CHARS_MAX);
    let names = json!([{ "name": NEARLY, "reference": long }, { "name": NEARLY, "reference": fits }]);
    let answer = world.screen(json!({ "names": names })).await;
    assert_eq!(matched(&answer), [vec![], vec![code(1)]]);
    let body = answer.json();
    assert!(body["items"][0]["error"].is_string() && body["items"][1]["error"].is_null(), "{body}");
    assert_eq!(body["items"][1]["reference"], fits);
    // Exactly as many as are answered at once are.
    let few: Vec<Value> = (0..200).map(|_| name(NEARLY)).collect();
    assert_eq!(world.screen_with(&key, "", json!({ "names": few })).await.status, StatusCode::OK);
    assert_eq!(world.screen(json!({ "names": few[..20] })).await.status, StatusCode::OK);

    // A file with a row too many is no screening, and its names go at once when a request is refused.
    let rows = usize::try_from(FILE_ROWS_MAX).unwrap() + 1;
    let made = world.sent_file(&key, "", "", &("name\n".to_owned() + &"x\n".repeat(rows))).await;
    assert_eq!((&made["state"], &made["files"]), (&json!("failed"), &json!([])), "{made}");
    assert_eq!(world.results(&key, &made, "results.csv").await.status, StatusCode::NOT_FOUND);
    let folder = world.state.service.config.data.join(FOLDER);
    let count = || fs::read_dir(&folder).unwrap().count();
    let before = count();
    for query in ["?use=love", "?against=W1", "?include_reviewed=maybe"] {
        let refused = world.post_file(&key, "", query, "name\nx\n", "").await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
    }
    let one = world.post_file(&key, "", "", "name\nx\n", "twice").await;
    assert_eq!(one.status, StatusCode::ACCEPTED);
    assert_eq!(kind(&world.post_file(&key, "", "", "name\ny\n", "twice").await), "idempotency_conflict");
    assert_eq!(
        kind(&world.post_file(&key, "", "?use=payment", "name\nx\n", "twice").await),
        "idempotency_conflict"
    );
    let refused = world.post_file(&key, "supervision", "?against=watch_list", "name\nx\n", "").await;
    assert_eq!(kind(&refused), "one_at_a_time");
    assert_eq!(count(), before + 1, "the one that was taken");
}

#[actix_web::test]
async fn results_go_with_their_term_though_nobody_has_looked() {
    for place in Place::all() {
        let world = World::at(&place);
        world.screened_zone().await;
        let key = world.department("customs").await;
        let made = world.sent_file(&key, "", "", &format!("name\n{NEARLY}\n")).await;
        assert_eq!(made["files"].as_array().unwrap().len(), 2, "{made}");
        let days = i64::from(world.state.service.config.extract_days);
        world.later(days - 1);
        assert_eq!(world.results(&key, &made, "results.csv").await.status, StatusCode::OK);
        world.later(1);
        let gone = world.results(&key, &made, "results.csv").await;
        assert_eq!((gone.status, kind(&gone).as_str()), (StatusCode::GONE, "files_gone"), "{}", gone.text());
        let path = format!("/api/v1/screenings/{}", made["id"].as_str().unwrap());
        let state = world.asked(&key, "", &path).await.json();
        assert_eq!((&state["files"], &state["rows"]), (&json!([]), &json!(1)), "{state}");
        assert_eq!(world.get(&path).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.get(&format!("{path}/results.csv")).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[actix_web::test]
async fn the_page_asks_as_the_interface_does() {
    for place in Place::all() {
        let world = World::at(&place);
        world.screened_zone().await;
        world.watch_as(3, "effective", 90);
        let users = [
            ("officer", Audience::Commerce, Some("5115")),
            ("customs", Audience::Customs, Some("5115")),
            ("watch", Audience::Auditor, None),
        ];
        for (login, audience, organisation) in users {
            world.add_of(login, audience, organisation.map(str::to_owned));
        }
        let (officer, customs) = (world.reader("officer").await, world.reader("customs").await);
        let box_of = "name=\"against_watch_list\"";
        assert!(!customs.page("/screening").await.contains(box_of), "not offered");
        let watch = [("names", THIRD), ("use", "list_check"), ("against_watch_list", "on")];
        let refused = typed(&world, &customs, "/screening", &watch).await.text();
        assert!(
            refused.contains("role=\"alert\"") && refused.contains("not shown to you of many at once"),
            "{refused}"
        );
        assert!(!refused.contains("class=\"match\""), "{refused}");
        assert!(officer.page("/screening").await.contains(box_of));
        let shown = typed(&world, &officer, "/screening", &watch).await.text();
        assert!(shown.contains("on the watch list") && shown.contains("class=\"match\""), "{shown}");
        let auditor = world.user_with("watcher", "auditor", &["read"]).await;
        let path = format!("/api/v1/enterprises/{}/access-log", code(3));
        let log = world.asked(&auditor, "audit", &path).await.json();
        let looks = log["items"].as_array().unwrap();
        let seen = |look: &&Value| look["shown"] == json!(["watch_list:full"]);
        assert_eq!(looks.iter().filter(seen).count(), 1, "{log}");

        // An auditor screens and does not review; an officer's review needs its reason.
        let list = [("names", NEARLY), ("use", "list_check"), ("against_list", "on")];
        let (pair, reason) = (format!("0|{}||{NEARLY}", code(1)), format!("reason-0-{}", code(1)));
        let send = |with: &'static str| {
            let mut fields = list.to_vec();
            fields.extend([("false_positive", pair.as_str()), (reason.as_str(), with)]);
            fields
        };
        let watch = world.reader("watch").await;
        let page = typed(&world, &watch, "/screening", &list).await.text();
        assert!(page.contains("class=\"match\"") && !page.contains("name=\"false_positive\""), "{page}");
        let page = typed(&world, &watch, "/screening/review", &send("two")).await.text();
        assert!(page.contains("role=\"alert\"") && page.contains("Reviews are made by people"), "{page}");
        let page = typed(&world, &customs, "/screening/review", &send(" ")).await.text();
        assert!(page.contains("role=\"alert\"") && page.contains("Give the reason"), "{page}");
        let page = typed(&world, &customs, "/screening/review", &send("two")).await.text();
        assert!(page.contains("not shown: 1"), "{page}");
        let page = typed(&world, &officer, "/screening", &list).await.text();
        assert!(page.contains("class=\"match\"") && !page.contains("not shown: "), "another organisation's");
        // More lines than are answered at once make a job; more text than a form may bring makes nothing.
        let many = format!("{NEARLY}\n").repeat(201);
        let fields = [("names", many.as_str()), ("use", "list_check"), ("against_list", "on")];
        let page = typed(&world, &customs, "/screening", &fields).await.text();
        assert!(page.contains("A job was made of it") && !page.contains("class=\"match\""), "{page}");
        let much = format!("{NEARLY}\n").repeat(1_200);
        let fields = [("names", much.as_str()), ("use", "list_check"), ("against_list", "on")];
        let page = typed(&world, &customs, "/screening", &fields).await.text();
        assert!(page.contains("is over its limit"), "{page}");
        assert_eq!(world.page("/screening", "").await.status, StatusCode::UNAUTHORIZED);
    }
}
