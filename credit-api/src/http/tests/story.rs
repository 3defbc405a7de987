//! The whole story, over HTTP and pages: a penalty and a list entry of the wrong enterprise come in, the grade falls,
//! measures are proposed and confirmed, the enterprise is told, objects with a document, the source confirms the error
//! and sends the right rows, and the same day everything is as it was; over the National Day holiday, all of it on the
//! ledger; and an auditor reads it as of any day.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::account_pages::{HOST, Reader, between};
use super::case_zone::ends;
use super::world::{Answer, LISTS, PENALTIES, World};
use crate::clock::Clock;
use crate::sample;
use crate::store::both::Place;

const PENALTY: &str = "宜市监罚〔2026〕77号";
const PDF: &[u8] = b"%PDF-1.4 a court's ruling";

/// A zone of a few enterprises with a year of trade, and those who act in it.
struct Zone {
    world: World,
    uscc: String,
    name: String,
    officer: String,
    reviewer: String,
    source: String,
    auditor: String,
}

impl Zone {
    async fn new(place: &Place) -> Self {
        let world = World::at(place);
        world.set_day("2026-09-23");
        let folder = tempfile::tempdir().unwrap();
        let until = NaiveDate::from_ymd_opt(2026, 9, 22).unwrap();
        let plan = sample::Plan { enterprises: 4, seed: 5, months: 14, until };
        let written = sample::write_zone(&plan, folder.path(), &mut |_, _| {}).unwrap();
        for file in &written.files {
            let stem =
                file.file_name().unwrap().to_string_lossy().split(['.', '-']).next().unwrap().to_owned();
            world.send_bytes(&stem, std::fs::read(file).unwrap()).await;
        }
        let list = world.read("/api/v1/enterprises?limit=20").await.json();
        let of = |grade: &str| {
            let items = list["items"].as_array().unwrap();
            items.iter().find(|item| item["grade"] == grade).cloned()
        };
        let best = ["AAA", "AA", "A"].iter().find_map(|grade| of(grade));
        let best = best.unwrap_or_else(|| panic!("nobody is well rated: {list}"));
        let text = |name: &str| best[name].as_str().unwrap().to_owned();
        let (uscc, name) = (text("uscc"), text("name"));
        world.agent_for(&uscc).await;
        world.give_password("agent").await;
        let mut keys = Vec::new();
        for (login, audience) in [
            ("officer", "commerce"),
            ("third", "reviewer"),
            ("market", "market_regulation"),
            ("watch", "auditor"),
        ] {
            keys.push(world.user_with(login, audience, &["read", "cases"]).await);
        }
        let [officer, reviewer, source, auditor] = keys.try_into().unwrap();
        Self { world, uscc, name, officer, reviewer, source, auditor }
    }

    async fn call(&self, key: &str, purpose: &str, request: TestRequest) -> Answer {
        self.world.by(key, purpose, request).await
    }

    async fn get(&self, key: &str, purpose: &str, path: &str) -> Value {
        let answer = self.call(key, purpose, TestRequest::get().uri(&format!("/api/v1{path}"))).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.json()
    }

    /// An officer, a source or a reviewer takes a step in a case or decides on a measure.
    async fn act(&self, key: &str, path: &str, verb: &str, body: Value) -> Value {
        let purpose = if key == self.reviewer && path.starts_with("/measures") {
            "evaluation_check"
        } else if key == self.reviewer {
            "appeal"
        } else {
            "supervision"
        };
        let seen =
            self.call(&self.officer, "supervision", TestRequest::get().uri(&format!("/api/v1{path}"))).await;
        let request = TestRequest::post().uri(&format!("/api/v1{path}/{verb}"));
        let request = request.insert_header(("If-Match", seen.header("etag").to_owned()));
        let answer = self.call(key, purpose, request.set_json(body)).await;
        assert!(answer.status.is_success(), "{path} {verb}: {}", answer.text());
        answer.json()
    }

    /// Grade and score, as anybody with the right to it is told.
    async fn rating(&self, query: &str) -> (String, i64) {
        let path = format!("/enterprises/{}/rating{query}", self.uscc);
        let body = self.get(&self.auditor, "audit", &path).await;
        (body["grade"].as_str().unwrap().to_owned(), body["score"].as_i64().unwrap())
    }

    /// Codes of the measures that stand so.
    async fn measures(&self, query: &str) -> Vec<(String, String)> {
        let path = format!("/measures?uscc={}&{query}", self.uscc);
        let body = self.get(&self.auditor, "audit", &path).await;
        let pair = |item: &Value| {
            let text = |name: &str| item[name].as_str().unwrap().to_owned();
            (text("code"), text("id"))
        };
        let mut found: Vec<(String, String)> = body["items"].as_array().unwrap().iter().map(pair).collect();
        found.sort();
        found
    }

    async fn is_listed(&self, query: &str) -> bool {
        let body = self.world.get(&format!("/api/v1/negative-list?uscc={}{query}", self.uscc)).await.json();
        !body["items"].as_array().unwrap_or_else(|| panic!("{body}")).is_empty()
    }

    async fn wrong_rows(&self, removed: &str, repaired: &str) {
        self.world.pass(1_000);
        let list = format!("{LISTS}{},serious_dishonesty,S77,市监局,2026-09-24,,{removed}\n", self.uscc);
        let penalty = format!(
            "{PENALTIES}{},{},{PENALTY},罚款,60,2026-09-24,宜宾市市场监督管理局,115115,{repaired}\n",
            self.name, self.uscc
        );
        for (source, rows) in [("penalties", penalty), ("lists", list)] {
            let job = self.world.take(source, &rows).await;
            assert_eq!(job["state"], "succeeded", "{job}");
        }
        self.look();
    }

    fn look(&self) {
        self.world.look();
    }

    fn later(&self, days: i64) {
        self.world.later(days);
        self.look();
    }

    fn now(&self) -> String {
        crate::evaluation::view::rfc3339(self.world.clock.now().0).replace('+', "%2B")
    }
}

impl World {
    async fn send_bytes(&self, source: &str, bytes: Vec<u8>) {
        let path = format!("/api/v1/sources/{source}/batches");
        let answer = self.call(self.signed(TestRequest::post().uri(&path)).set_payload(bytes)).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{source}: {}", answer.text());
        self.wait(answer.header("location")).await;
    }

    /// A form that brings a file, as a browser sends it.
    async fn parts(&self, path: &str, cookie: &str, fields: &[(&str, &str)], file: Option<&[u8]>) -> Answer {
        let mut body = Vec::new();
        for (name, text) in fields {
            body.extend(
                format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
                    .bytes(),
            );
        }
        if let Some(file) = file {
            let head = "Content-Disposition: form-data; name=\"files\"; filename=\"ruling.pdf\"";
            body.extend(format!("--part\r\n{head}\r\nContent-Type: application/pdf\r\n\r\n").bytes());
            body.extend(file);
            body.extend(b"\r\n");
        }
        body.extend(b"--part--\r\n");
        let request = TestRequest::post()
            .uri(path)
            .insert_header(("Host", HOST))
            .insert_header(("Origin", format!("http://{HOST}")))
            .insert_header(("Cookie", cookie.to_owned()))
            .insert_header(("Accept-Language", "en"))
            .insert_header(("Content-Type", "multipart/form-data; boundary=part"));
        self.call(request.set_payload(body)).await
    }
}

async fn agent_takes(
    agent: &Reader<'_>,
    world: &World,
    case: &str,
    verb: &str,
    more: &[(&str, &str)],
) -> String {
    let page = agent.page(case).await;
    let version = between(&page, "name=\"version\" value=\"", "\"");
    let cookie = agent.cookie();
    let csrf = agent.csrf();
    let fields = [&[("csrf", csrf), ("version", &version), ("verb", verb)], more].concat();
    let answer = world.parts(case, &cookie, &fields, None).await;
    let text = answer.text();
    assert!(text.contains("Done; a commitment"), "{verb}: {text}");
    text
}

#[actix_web::test]
async fn from_the_wrong_penalty_to_the_day_on_which_nothing_of_it_is_left() {
    for place in Place::all() {
        let zone = Zone::new(&place).await;
        let (world, uscc) = (&zone.world, zone.uscc.clone());
        // Later than all that was received.
        world.pass(60_000);
        let before = zone.rating("").await;
        assert!(["AAA", "AA", "A"].contains(&before.0.as_str()), "{before:?}");
        let proposed_before = zone.measures("state=proposed").await;
        let held_before = zone.measures("").await;
        let known_before = zone.now();

        // Thursday before the Mid-Autumn and National Day holidays: a penalty and a list entry of another company's.
        zone.later(1);
        zone.wrong_rows("", "").await;
        let fallen = zone.rating("").await;
        assert_eq!(fallen.0, "D");
        assert!(fallen.1 <= 399, "{fallen:?}");
        assert!(zone.is_listed("").await);
        world.pass(60_000);
        let known_fallen = zone.now();

        // What binds waits for people, and what takes something away for two of them.
        let proposed = zone.measures("state=proposed").await;
        let id = |code: &str| {
            let found = proposed.iter().find(|one| one.0 == code);
            format!("/measures/{}", found.unwrap_or_else(|| panic!("{code}: {proposed:?}")).1)
        };
        let confirm = || json!({ "reason": "the list names it" });
        world.give_password("officer").await;
        let desk = world.reader("officer").await;
        assert!(desk.page("/measures").await.contains(&zone.name));
        let check = id("spot_check_iv");
        let fields =
            [("csrf", desk.csrf()), ("version", "1"), ("verb", "confirm"), ("reason", "the list names it")];
        let page = world.form(&check, &desk.cookie(), &fields).await.text();
        assert!(page.contains("Done; a commitment"), "{page}");
        zone.act(&zone.officer, &id("funds_listed"), "confirm", confirm()).await;
        zone.act(&zone.reviewer, &id("funds_listed"), "confirm", confirm()).await;
        let codes = |held: &[(String, String)]| held.iter().map(|one| one.0.clone()).collect::<Vec<_>>();
        let held = codes(&zone.measures("").await);
        assert!(
            ["spot_check_iv", "funds_listed"].iter().all(|code| held.contains(&(*code).to_owned())),
            "{held:?}"
        );

        // The office proposes the enterprise for its watch list; the notice is served when the agent reads it.
        let file = TestRequest::post().uri("/api/v1/case-files?name=facts.pdf").set_payload(PDF);
        let file = zone.call(&zone.officer, "supervision", file).await.json()["digest"].clone();
        let entry = json!({
            "uscc": uscc, "reason": "a penalty of this size", "basis": "zone rule", "attachments": [file],
            "about": { "watch": { "code": "W1", "facts": format!("penalty {PENALTY}") } },
        });
        let entry = zone.call(
            &zone.officer,
            "supervision",
            TestRequest::post().uri("/api/v1/list-entries").set_json(entry),
        );
        let entry = entry.await;
        assert_eq!(entry.status, StatusCode::CREATED, "{}", entry.text());
        let entry = entry.header("location").strip_prefix("/api/v1").unwrap().to_owned();
        let told = json!({ "reason": "five working days to answer", "basis": "zone rule" });
        zone.act(&zone.officer, &entry, "notify", told).await;

        // The agent sees on one page how the enterprise stands, and reads the notice on the next working day.
        let agent = world.reader("agent").await;
        let page = agent.page("/my-credit").await;
        for shown in
            ["Watch-list entry", "watch-list entry", PENALTY, "Official credit repair is free", "in force"]
        {
            assert!(page.contains(shown) || shown.starts_with('W'), "{shown}: {page}");
        }
        world.set_day("2026-09-28");
        zone.look();
        let watch_page = format!("/cases/{}", entry.rsplit('/').next().unwrap());
        // A session does not outlast the weekend.
        let agent = world.reader("agent").await;
        agent_takes(&agent, world, &watch_page, "read", &[]).await;
        let case = zone.get(&zone.officer, "supervision", &entry).await;
        assert_eq!(
            ends(&case, "list_hearing"),
            "2026-10-10",
            "five working days after the 28th, over the holiday"
        );

        // It objects to the penalty and to the list entry from where they stand, with a document.
        let mut cases = Vec::new();
        let records = [
            json!({ "record": { "source": "penalties", "key": record_key(world, &uscc, "penalties").await } }),
            json!({ "record": { "source": "lists", "key": record_key(world, &uscc, "lists").await } }),
        ];
        for about in &records {
            let about = about.to_string();
            let place = format!(
                "/cases/new?kind=objection&uscc={uscc}&about={}",
                crate::portal::render::encoded(&about)
            );
            let form = agent.page(&place).await;
            assert!(form.contains("If you are right"), "{form}");
            let csrf = agent.csrf();
            let fields = [
                ("csrf", csrf),
                ("kind", "objection"),
                ("uscc", &uscc),
                ("about", &about),
                ("reason", "it is another company of a like name"),
            ];
            let answer = world.parts("/cases/open", &agent.cookie(), &fields, Some(PDF)).await.text();
            assert!(answer.contains("Submitted; a commitment"), "{answer}");
            let id = between(&answer, "<dd class=\"code\">", "</dd>");
            cases.push(format!("/objections/{id}"));
        }
        let opened = zone.get(&zone.officer, "appeal", &cases[0]).await;
        assert_eq!(ends(&opened, "objection_receipt"), "2026-09-29");
        assert_eq!(ends(&opened, "objection_accept"), "2026-10-08", "three working days, over the holiday");

        // Received, accepted, asked; the record says that it is disputed.
        for case in &cases {
            zone.act(&zone.officer, case, "receive", json!({})).await;
            let body = zone.act(&zone.officer, case, "accept", json!({})).await;
            assert_eq!(body["disputed"], true);
            let body =
                zone.act(&zone.officer, case, "ask_source", json!({ "asked": "market_regulation" })).await;
            assert_eq!(ends(&body, "objection_source"), "2026-10-10");
        }
        assert!(agent.page(&format!("/enterprises/{uscc}")).await.contains("disputed"));

        // The first working day after the holiday: the source says that it was wrong, two people agree, it sends the
        // right rows, and the same day everything is as it was.
        world.set_day("2026-10-08");
        zone.look();
        for case in &cases {
            let answer = json!({ "outcome": "upheld", "reason": "filed under the wrong code" });
            zone.act(&zone.source, case, "answer", answer).await;
            let propose = json!({ "outcome": "upheld", "reason": "as the source says", "basis": "征信业管理条例第25条" });
            zone.act(&zone.officer, case, "propose", propose).await;
            let body = zone
                .act(&zone.reviewer, case, "confirm", json!({ "outcome": "upheld", "reason": "seen" }))
                .await;
            assert_eq!(body["state"], "upheld");
        }
        assert_eq!(zone.rating("").await.0, "D", "decided is not corrected");
        let agent = world.reader("agent").await;
        zone.wrong_rows("2026-09-24", "2026-09-24").await;
        let after = zone.rating("").await;
        for case in &cases {
            let body = zone.act(&zone.officer, case, "correct", json!({})).await;
            assert_eq!((&body["state"], &body["disputed"]), (&json!("closed"), &json!(false)));
            let page = format!("/cases/{}", case.rsplit('/').next().unwrap());
            agent_takes(&agent, world, &page, "read", &[]).await;
        }
        zone.act(&zone.officer, &entry, "drop", json!({ "reason": "its ground is gone" })).await;
        let never = zone.rating(&format!("?as_of=2026-10-08&known_at={known_before}")).await;
        assert_eq!(
            (&after.0, after.1),
            (&before.0, never.1),
            "the grade before, and as if the rows had never come"
        );

        // Nothing of it is left in any output.
        assert!(!zone.is_listed("").await);
        assert_eq!(codes(&zone.measures("").await), codes(&held_before));
        assert_eq!(codes(&zone.measures("state=proposed").await), codes(&proposed_before));
        let page = agent.page("/my-credit").await;
        // The objections themselves stay in sight: they may be reopened for thirty days.
        let plan = page.split_once("What can be repaired").unwrap().1;
        assert!(!plan.contains(PENALTY) && !plan.contains("S77"), "{plan}");
        assert!(!page.contains("spot_check_iv") && !page.contains("grade D"), "{page}");
        let anybody = world.get(&format!("/enterprises/{uscc}")).await.text();
        assert!(!anybody.contains("S77") && !anybody.contains(PENALTY), "{anybody}");
        let listed = world.get("/negative-list").await.text();
        assert!(!listed.contains(&uscc), "{listed}");
        let proof = world.get(&format!("/api/v1/negative-list/{uscc}/proof")).await;
        assert_eq!(proof.status, StatusCode::OK, "{}", proof.text());

        // An auditor reads it as of any day, with the knowledge of any moment.
        assert_eq!(zone.rating(&format!("?as_of=2026-09-23&known_at={known_before}")).await, before);
        assert_eq!(zone.rating(&format!("?as_of=2026-09-24&known_at={known_fallen}")).await, fallen);
        assert_eq!(zone.rating("?as_of=2026-09-24").await.0, before.0, "as is known now");
        assert!(zone.is_listed(&format!("&at=2026-09-24&known_at={known_fallen}")).await);
        assert!(!zone.is_listed("&at=2026-09-24").await);
        let then = codes(&zone.measures("at=2026-09-30").await);
        assert!(then.contains(&"funds_listed".to_owned()), "{then:?}");
        let case = zone.get(&zone.auditor, "audit", &cases[0]).await;
        assert!(case["steps"].as_array().unwrap().iter().all(|step| step["by"].is_string()), "{case}");

        // All of it is on the ledger.
        assert_eq!(world.findings(), Vec::<String>::new());
    }
}

/// The natural key of the record that came last from a source.
async fn record_key(world: &World, uscc: &str, source: &str) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Key {
        #[diesel(sql_type = diesel::sql_types::Text)]
        natural_key: String,
    }
    let sql =
        "SELECT natural_key FROM facts WHERE uscc = $1 AND source = $2 ORDER BY known_from DESC LIMIT 1";
    let mut connection = world.state.service.database.connection().unwrap();
    let rows: Vec<Key> =
        crate::store::bulk::load(&mut connection, sql, [uscc.into(), source.into()]).unwrap();
    rows[0].natural_key.split('\u{1f}').map(str::to_owned).collect()
}
