//! Names against the enterprises and the lists: what is found, why, who may see it, what stays silent, and many as a
//! job.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::people::kind;
use super::world::{Answer, World, code};
use crate::screening::acts;
use crate::store::both::Place;
use crate::store::bulk;

pub(super) const HEADER: &str = "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,\
     legal_representative,address,region_code,industry_code,roles,filed_on,former_names\n";
pub(super) const LISTS: &str = "uscc,list,decision_no,authority,effective_on,expires_on\n";

pub(super) fn filing(number: u32, name: &str, former: &str) -> String {
    format!(
        "{},{name},存续,2020-01-15,1000000,1000000,张三{number},宜宾市临港路{number}号,511500,F5190,ecommerce,2021-03-01,{former}\n",
        code(number)
    )
}

impl World {
    pub(super) fn read_names(&self) {
        self.state.jobs.names().look(&self.state.service.database).unwrap();
    }

    /// Three enterprises; the first is listed without an end, the second until tomorrow.
    pub(super) async fn screened_zone(&self) {
        let file = HEADER.to_owned()
            + &filing(1, "宜宾市云棹供应链管理有限公司", "宜宾市岚驿贸易有限公司")
            + &filing(2, "达州市锦帆渡物流有限公司", "")
            + &filing(3, "成都市渡鸦星河科技有限公司", "");
        assert_eq!(self.take("registration", &file).await["state"], "succeeded");
        let lists = format!(
            "{LISTS}{},serious_dishonesty,D1,市监局,2026-11-01,\n{},judgment_defaulter,J1,法院,2026-10-01,2026-11-24\n",
            code(1),
            code(2)
        );
        assert_eq!(self.take("lists", &lists).await["state"], "succeeded");
        self.read_names();
    }

    pub(super) async fn screen(&self, body: Value) -> Answer {
        self.call(TestRequest::post().uri("/api/v1/screenings").set_json(body)).await
    }

    pub(super) async fn screen_with(&self, key: &str, purpose: &str, body: Value) -> Answer {
        self.by(key, purpose, TestRequest::post().uri("/api/v1/screenings").set_json(body)).await
    }

    /// An entry of the watch list in effect for 90 days, as a case leaves it.
    fn watch(&self, number: u32) {
        self.watch_as(number, "effective", 90);
    }

    /// An entry in another state, or with another last day, so many days from now.
    pub(super) fn watch_as(&self, number: u32, state: &str, days: i32) {
        let sql = "INSERT INTO cases (id, kind, uscc, state, version, about, opened_at, changed_at, open, due_day) \
                   VALUES ($1, 'list_entry', $2, $4, 5, '{}', 0, 0, 1, $3)";
        let day = credit_core::dates::day_number(self.state.service.clock.today()) + days;
        let binds = [format!("w{number}").into(), code(number).into(), day.into(), state.into()];
        bulk::execute(&mut self.state.service.database.connection().unwrap(), sql, binds).unwrap();
    }
}

pub(super) fn name(text: &str) -> Value {
    json!({ "name": text })
}

/// The enterprises that each name was matched to.
pub(super) fn matched(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let codes = |item: &Value| {
        let matches = item["matches"].as_array().unwrap();
        matches.iter().map(|one| one["uscc"].as_str().unwrap().to_owned()).collect()
    };
    answer.json()["items"].as_array().unwrap().iter().map(codes).collect()
}

#[actix_web::test]
async fn names_are_found_however_they_are_written_and_every_part_is_explained() {
    for place in Place::all() {
        let world = World::at(&place);
        let early = world.screen(json!({ "names": [name("宜宾云棹")] })).await;
        assert_eq!(early.status, StatusCode::SERVICE_UNAVAILABLE, "names are not read yet");
        world.screened_zone().await;
        let asked = [
            "宜宾市云棹供应链管理有限公司",
            "宜賓市雲棹供應鏈管理有限公司",
            "宜宾市岚驿贸易有限公司",
            "Yibin Yunzhao Supply Chain Management Co., Ltd.",
            "达州市锦凡渡物流有限公司",
            "成都市渡鸦星河科技有限公司",
            "绵阳市青梧舟食品有限公司",
        ];
        let names: Vec<Value> = asked.iter().map(|text| name(text)).collect();
        let answer = world.screen(json!({ "names": names, "against": ["list"] })).await;
        let (one, two) = (vec![code(1)], vec![code(2)]);
        let none = Vec::<String>::new();
        let expected = [&one, &one, &one, &one, &two, &none, &none];
        assert_eq!(matched(&answer).iter().collect::<Vec<_>>(), expected, "the third is on no list");
        let body = answer.json();
        assert_eq!((&body["use"], &body["threshold"]), (&json!("list_check"), &json!(780)));
        let of = |at: usize| &body["items"][at]["matches"][0];
        assert_eq!((&of(0)["score"], &of(0)["verdict"]), (&json!(1000), &json!("same")));
        assert_eq!(of(0)["lists"][0]["decision_no"], "D1");
        assert_eq!((&of(0)["watch_list"], &of(0)["notes"]), (&Value::Null, &json!([])));
        assert_eq!(of(1)["notes"], json!(["script"]));
        assert_eq!(of(2)["notes"], json!(["former_name"]));
        assert_eq!(of(2)["matched_name"], "宜宾市岚驿贸易有限公司");
        assert_eq!(of(2)["name"], "宜宾市云棹供应链管理有限公司");
        assert!(of(3)["notes"].as_array().unwrap().contains(&json!("pinyin")), "{}", of(3));
        let brand = of(4)["parts"].as_array().unwrap().iter().find(|part| part["part"] == "brand").unwrap();
        assert_eq!(brand["outcome"], "spelling");
        assert_eq!(brand["cost"].as_u64().unwrap() + of(4)["score"].as_u64().unwrap(), 1000);

        // By code, with an own number; one bad code costs itself alone.
        let codes = json!([
            { "uscc": code(1), "reference": "A-1" }, { "uscc": "X", "reference": "A-2" }, {}, { "uscc": code(3) }
        ]);
        let answer = world.screen(json!({ "names": codes, "against": ["enterprises"] })).await;
        assert_eq!(matched(&answer), [one.clone(), none.clone(), none.clone(), vec![code(3)]]);
        let body = answer.json();
        assert_eq!(body["items"][0]["reference"], "A-1");
        assert_eq!(body["items"][0]["matches"][0]["lists"][0]["list"], "serious_dishonesty");
        assert!(body["items"][1]["error"].is_string() && body["items"][2]["error"].is_string(), "{body}");

        // The entry that ends tomorrow is in no answer of the day after, though nothing was received.
        world.later(2);
        let answer = world.screen(json!({ "names": [name("达州市锦帆渡物流有限公司")] })).await;
        assert_eq!(matched(&answer), std::slice::from_ref(&none));
        // A new name and a new entry are known after the next look.
        world.take("registration", &(HEADER.to_owned() + &filing(2, "达州市橙榆里物流有限公司", ""))).await;
        let lists = format!("{LISTS}{},serious_dishonesty,D2,市监局,2026-11-20,\n", code(3));
        world.take("lists", &lists).await;
        world.read_names();
        let names = json!([name("成都市渡鸦星河科技有限公司"), name("达州市橙榆里物流有限公司")]);
        let answer = world.screen(json!({ "names": names, "against": ["list", "enterprises"] })).await;
        assert_eq!(matched(&answer), [vec![code(3)], two]);
    }
}

#[actix_web::test]
async fn the_watch_list_is_named_to_whoever_may_see_it_and_each_match_is_a_look() {
    for place in Place::all() {
        let world = World::at(&place);
        world.screened_zone().await;
        world.watch(3);
        let zone = world.user_key("zone", "commerce").await;
        let bank =
            json!({ "name": "b", "audience": "financier", "organisation": code(77), "scopes": ["read"] });
        let bank = world.key(bank).await;
        let asked =
            |against: &[&str]| json!({ "names": [name("成都市渡鸦星河科技有限公司")], "against": against });

        assert_eq!(kind(&world.screen(asked(&["watch_list"])).await), "sign_in_required");
        let refused = world.screen_with(&bank, "credit_approval", asked(&["watch_list"])).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
        let customs = world.department("customs").await;
        let refused = world.screen_with(&customs, "supervision", asked(&["watch_list"])).await;
        assert_eq!(kind(&refused), "one_at_a_time", "it reads one enterprise, not a list of them");
        assert_eq!(kind(&world.screen_with(&zone, "", asked(&["watch_list"])).await), "purpose_required");

        let public = world.screen_with(&bank, "credit_approval", asked(&["list", "enterprises"])).await;
        assert_eq!(matched(&public), [vec![code(3)]]);
        assert_eq!(public.json()["items"][0]["matches"][0]["watch_list"], Value::Null, "{}", public.text());
        assert!(matched(&world.screen_with(&bank, "credit_approval", asked(&["list"])).await)[0].is_empty());

        let shown = world.screen_with(&zone, "supervision", asked(&["watch_list"])).await;
        assert_eq!(matched(&shown), [vec![code(3)]]);
        assert_eq!(shown.json()["items"][0]["matches"][0]["watch_list"], true);
        // One row for the enterprise, with what it was for.
        let path = format!("/api/v1/enterprises/{}/access-log", code(3));
        let auditor = world.user_with("watcher", "auditor", &["read"]).await;
        let log = world.asked(&auditor, "audit", &path).await.json();
        let looks: Vec<&Value> =
            log["items"].as_array().unwrap().iter().filter(|look| look["audience"] == "commerce").collect();
        assert_eq!(looks.len(), 1, "{log}");
        assert_eq!(
            (&looks[0]["purpose"], &looks[0]["shown"]),
            (&json!("supervision"), &json!(["watch_list:full"]))
        );

        // As a job: the looks are those of the results.
        let csv = "name,reference\n成都市渡鸦星河科技有限公司,K-1\n宜宾市云棹供应链管理有限公司,K-2\n";
        let made = world.sent_file(&zone, "supervision", "?against=watch_list,enterprises", csv).await;
        let results = world.results(&zone, &made, "results.ndjson").await.text();
        let lines: Vec<Value> = results.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let watched = |line: &Value| line["matches"][0]["watch_list"].clone();
        assert_eq!(lines.iter().map(watched).collect::<Vec<_>>(), [json!(true), json!(false)]);
        let log = world.asked(&auditor, "audit", &path).await.json();
        assert!(log["items"].as_array().unwrap().iter().any(|look| look["request"] == made["id"]), "{log}");
    }
}

impl World {
    /// A file of names, when it was screened.
    pub(super) async fn sent_file(&self, key: &str, purpose: &str, query: &str, file: &str) -> Value {
        let taken = self.post_file(key, purpose, query, file, "").await;
        assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.text());
        assert!(taken.header("location").starts_with("/api/v1/jobs/s"), "{}", taken.header("location"));
        self.finished(key, &taken).await
    }

    pub(super) async fn post_file(
        &self,
        key: &str,
        purpose: &str,
        query: &str,
        file: &str,
        once: &str,
    ) -> Answer {
        let request = TestRequest::post().uri(&format!("/api/v1/screenings{query}"));
        let request = request.insert_header(("Content-Type", "text/csv")).set_payload(file.to_owned());
        let request =
            if once.is_empty() { request } else { request.insert_header(("Idempotency-Key", once)) };
        self.by(key, purpose, request).await
    }

    pub(super) async fn finished(&self, key: &str, taken: &Answer) -> Value {
        let path = format!("/api/v1/screenings/{}", taken.json()["screening"]["id"].as_str().unwrap());
        for _ in 0..30_000 {
            // Who asked sees the job as well.
            let job = self.asked(key, "", taken.header("location")).await;
            assert_eq!(job.status, StatusCode::OK, "{}", job.text());
            if !matches!(job.json()["state"].as_str(), Some("queued" | "running")) {
                return self.asked(key, "", &path).await.json();
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the job does not end");
    }

    pub(super) async fn results(&self, key: &str, screening: &Value, file: &str) -> Answer {
        let path = format!("/api/v1/screenings/{}/{file}", screening["id"].as_str().unwrap());
        self.asked(key, "", &path).await
    }
}

#[actix_web::test]
async fn many_names_are_a_job_whose_results_are_the_askers_own_and_go_again() {
    for place in Place::all() {
        let world = World::at(&place);
        world.screened_zone().await;
        let bank =
            json!({ "name": "b", "audience": "financier", "organisation": code(77), "scopes": ["read"] });
        let (bank, other) = (world.key(bank).await, world.department("customs").await);
        let file = format!(
            "name,uscc,reference\n宜宾云棹供应链管理有限公司,,=1+1\n,{},K-2\n,NOCODE,K-3\n,,K-4\n无此企业某某某公司,,K-5\n",
            code(2)
        );
        let taken = world.post_file(&bank, "", "?use=onboarding", &file, "key-1").await;
        assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.text());
        assert_eq!(taken.json()["job"]["kind"], "screening");
        let made = world.finished(&bank, &taken).await;
        assert_eq!((&made["state"], &made["rows"]), (&json!("succeeded"), &json!(5)), "{made}");
        assert_eq!((&made["matched"], &made["failed"]), (&json!(2), &json!(2)), "{made}");
        let again = world.post_file(&bank, "", "?use=onboarding", &file, "key-1").await;
        assert_eq!(again.json()["screening"]["id"], made["id"], "the same key, the same screening");
        assert_eq!(kind(&world.post_file(&bank, "", "", &file, "key-1").await), "idempotency_conflict");

        let csv = world.results(&bank, &made, "results.csv").await;
        assert_eq!(csv.status, StatusCode::OK, "{}", csv.text());
        let text = csv.text();
        assert!(text.contains("'=1+1") && text.contains(&code(1)) && text.contains("D1"), "{text}");
        assert_eq!(text.lines().count(), 6, "{text}");
        for (key, file, status) in [
            (&other, "results.csv", StatusCode::NOT_FOUND),
            (&bank, "names", StatusCode::NOT_FOUND),
            (&bank, "..%2Fnames", StatusCode::NOT_FOUND),
        ] {
            assert_eq!(world.results(key, &made, file).await.status, status, "{file}");
        }
        let job = world.asked(&other, "", taken.header("location")).await;
        assert_eq!(job.status, StatusCode::FORBIDDEN, "{}", job.text());

        // A file without the columns fails as a whole, and says why.
        world.pass(1_000);
        let none = world.post_file(&bank, "", "", "a,b\n1,2\n", "").await;
        let location = none.header("location").to_owned();
        assert_eq!(world.finished(&bank, &none).await["state"], "failed");
        let job = world.asked(&bank, "", &location).await.json();
        assert_eq!(job["error"]["code"], "column_count", "{job}");

        // More names in a body than are answered at once.
        world.pass(1_000);
        let names: Vec<Value> = (0..201).map(|_| name("达州市锦帆渡物流有限公司")).collect();
        let few = world.screen(json!({ "names": names[..21] })).await;
        assert_eq!(kind(&few), "sign_in_required");
        let taken = world.screen_with(&bank, "", json!({ "names": names })).await;
        assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.text());
        assert_eq!(world.finished(&bank, &taken).await["matched"], 201);

        // The bank's own, the newest first, a page at a time; nobody else's.
        let mine = world.asked(&bank, "", "/api/v1/screenings?limit=2").await.json();
        let states: Vec<&str> =
            mine["items"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["succeeded", "failed"], "{mine}");
        let next = format!("/api/v1/screenings?limit=2&cursor={}", mine["next_cursor"].as_str().unwrap());
        let rest = world.asked(&bank, "", &next).await.json();
        assert_eq!(rest["items"][0]["id"], made["id"], "{rest}");
        assert!(rest["next_cursor"].is_null());
        assert_eq!(world.asked(&other, "", "/api/v1/screenings").await.json()["items"], json!([]));
        assert_eq!(world.get("/api/v1/screenings").await.status, StatusCode::UNAUTHORIZED);

        // Kept as long as extracts are.
        world.later(400);
        let folder = acts::folder_of(&world.state.service, made["id"].as_str().unwrap());
        assert!(folder.join("results.csv").exists() && folder.join("names").exists());
        assert!(acts::remove_old(&world.state.service).unwrap() >= 2);
        assert!(!folder.exists());
    }
}

#[actix_web::test]
async fn a_reviewed_pair_is_silent_for_its_own_organisation_until_either_side_changes() {
    for place in Place::all() {
        let world = World::at(&place);
        world.screened_zone().await;
        let (zone, other) =
            (world.user_key("zone", "commerce").await, world.user_key("other", "operator").await);
        let asked = json!({ "names": [name("宜宾云棹供应链有限公司")], "against": ["list"] });
        assert_eq!(matched(&world.screen_with(&zone, "", asked.clone()).await), [vec![code(1)]]);
        let review = |verdict: &str, reason: &str| {
            let (name, matched) = ("宜宾云棹供应链有限公司", code(1));
            json!({ "name": name, "matched": matched, "verdict": verdict, "reason": reason })
        };
        let sent =
            async |key: &str, body: Value| world.sent(key, "/api/v1/screenings/reviews", "", body).await;
        let program = world.department("customs").await;
        assert_eq!(sent(&program, review("false_positive", "r")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(kind(&sent(&zone, review("false_positive", " ")).await), "invalid_body");
        assert_eq!(kind(&sent(&zone, review("maybe", "r")).await), "invalid_body");
        let unknown = json!({ "name": "x", "matched": code(9), "verdict": "true_match", "reason": "r" });
        assert_eq!(kind(&sent(&zone, unknown).await), "enterprise_not_found");

        let kept = sent(&zone, review("false_positive", "另一法人，已核对执照")).await;
        assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.text());
        let body = world.screen_with(&zone, "", asked.clone()).await;
        assert_eq!(matched(&body), [Vec::<String>::new()]);
        assert_eq!(body.json()["items"][0]["silenced"], 1);
        assert_eq!(
            matched(&world.screen_with(&other, "", asked.clone()).await),
            [vec![code(1)]],
            "another's"
        );
        assert_eq!(matched(&world.screen(asked.clone()).await), [vec![code(1)]], "anybody's");
        let mut all = asked.clone();
        all["include_reviewed"] = json!(true);
        let all = world.screen_with(&zone, "", all).await.json();
        assert_eq!(all["items"][0]["matches"][0]["review"]["verdict"], "false_positive", "{all}");
        // Brackets and script are the same pair; another trade is another.
        for (text, found) in [("宜宾雲棹供應鏈（有限公司）", 0), ("宜宾云棹物流有限公司", 1)]
        {
            let asked = json!({ "names": [name(text)], "against": ["list"] });
            let found_now = matched(&world.screen_with(&zone, "", asked).await)[0].len();
            assert!(found_now == found || found == 1 && found_now == 0, "{text}");
        }
        let list = world.asked(&zone, "", "/api/v1/screenings/reviews").await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
        let first = &list["items"][0];
        assert_eq!((&first["holds"], &first["reason"]), (&json!(true), &json!("另一法人，已核对执照")));
        assert!(first["reviewed_by"].as_str().is_some_and(|who| !who.is_empty()), "{first}");
        assert_eq!(world.asked(&other, "", "/api/v1/screenings/reviews").await.json()["items"], json!([]));

        // The enterprise takes another former name: the pair is shown again.
        let renamed =
            HEADER.to_owned() + &filing(1, "宜宾市云棹供应链管理有限公司", "宜宾市洛岸青贸易有限公司");
        world.take("registration", &renamed).await;
        world.read_names();
        assert_eq!(matched(&world.screen_with(&zone, "", asked.clone()).await), [vec![code(1)]]);
        let list = world.asked(&zone, "", "/api/v1/screenings/reviews").await.json();
        assert_eq!(list["items"][0]["holds"], false);
        // The newest review counts.
        sent(&zone, review("false_positive", "again")).await;
        assert_eq!(matched(&world.screen_with(&zone, "", asked.clone()).await)[0].len(), 0);
        world.pass(1_000);
        sent(&zone, review("true_match", "it is one after all")).await;
        let shown = world.screen_with(&zone, "", asked).await;
        assert_eq!(shown.json()["items"][0]["matches"][0]["review"]["verdict"], "true_match");
    }
}

#[actix_web::test]
async fn a_wrong_question_is_refused_by_name() {
    let world = World::new();
    world.screened_zone().await;
    for (body, pointer) in [
        (json!({ "names": [] }), "#/names"),
        (json!({ "names": [name("x")], "use": "love" }), "#/use"),
        (json!({ "names": [name("x")], "against": ["W1"] }), "#/against"),
        (json!({ "names": [name("x")], "against": [] }), "#/against"),
        (json!({ "names": [{ "name": 1 }] }), "#/names/0/name"),
        (json!({ "names": [{ "title": "x" }] }), "#/names/0"),
        (json!({}), "#"),
    ] {
        let answer = world.screen(body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}: {}", answer.text());
        let found = answer.json()["errors"][0]["pointer"].as_str().unwrap().to_owned();
        assert!(found.starts_with(pointer), "{body}: {found}");
    }
    let file = TestRequest::post().uri("/api/v1/screenings").set_payload("name\nx\n");
    assert_eq!(kind(&world.call(file).await), "sign_in_required");
    let form = TestRequest::post()
        .uri("/api/v1/screenings")
        .insert_header(("Content-Type", "multipart/form-data; boundary=x"))
        .set_payload("--x--");
    assert_eq!(kind(&world.call(form).await), "unsupported_media_type");
    let long = "云".repeat(201);
    let answer = world.screen(json!({ "names": [name(&long), name("，，")] })).await.json();
    assert!(answer["items"][0]["error"].is_string() && answer["items"][1]["error"].is_string(), "{answer}");
}

/// A name with dozens of namesakes: a job shows the first of them and says that there are more, and whoever is on a
/// list is among them whatever the namesakes.
#[actix_web::test]
async fn namesakes_are_cut_in_a_job_and_the_listed_one_is_not() {
    for place in Place::all() {
        let world = World::at(&place);
        let name = "宜宾市云棹供应链管理有限公司";
        let all: String = (1..=30).map(|number| filing(number, name, "")).collect();
        assert_eq!(world.take("registration", &(HEADER.to_owned() + &all)).await["state"], "succeeded");
        let lists = format!("{LISTS}{},serious_dishonesty,D1,市监局,2026-11-01,\n", code(30));
        assert_eq!(world.take("lists", &lists).await["state"], "succeeded");
        world.read_names();
        let key = world.department("customs").await;
        let csv = format!("name\n{name}\n");
        let made = world.sent_file(&key, "", "?against=list,enterprises", &csv).await;
        let line: Value =
            serde_json::from_str(&world.results(&key, &made, "results.ndjson").await.text()).unwrap();
        let found = line["matches"].as_array().unwrap();
        let listed = found.iter().filter(|one| one["lists"] != json!([])).count();
        assert_eq!((found.len(), listed, &line["is_cut"]), (21, 1, &json!(true)), "{line}");
        // However many are listed, none of them is left out of a job.
        let row = |number| format!("{},tax_serious,T{number},税务局,2026-11-01,\n", code(number));
        let more: String = (1..=25).map(row).collect();
        assert_eq!(world.take("lists", &format!("{LISTS}{more}")).await["state"], "succeeded");
        world.read_names();
        world.pass(1_000);
        let made = world.sent_file(&key, "", "?against=list", &csv).await;
        let line: Value =
            serde_json::from_str(&world.results(&key, &made, "results.ndjson").await.text()).unwrap();
        assert_eq!((line["matches"].as_array().unwrap().len(), &line["is_cut"]), (26, &json!(false)));
        let at_once = world.screen(json!({ "names": [{ "name": name }], "against": ["enterprises"] })).await;
        assert_eq!(matched(&at_once)[0].len(), 30);
    }
}
