//! What is particular to repairs, appeals and disputes: the plan, the source that says it, the certificate that third
//! parties check, the recomputation that decides an outcome, and a dispute that becomes a complaint.

use std::ops::Deref;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use credit_core::cases::{Kind, Verb};
use credit_core::records::{ComplaintOutcome, Record};
use credit_core::scorecard::Scorecard;
use ledger::policy::Policy;
use ledger::verify::{Finding, Outcome, verify_receipt};
use serde_json::{Value, json};

use super::world::{Answer, LISTS, PENALTIES, World, code, registrations};
use crate::access::{Audience, Principal};
use crate::cases::acts::{self, Brought, CaseError};
use crate::cases::parties::Party;
use crate::repair::tick;
use crate::store::both::Place;
use crate::{cases, registry};

const PDF: &[u8] = b"%PDF-1.4 proof of payment";

struct Desk {
    world: World,
    agent: String,
    officer: String,
    reviewer: String,
    other: String,
}

impl Deref for Desk {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Desk {
    async fn new(place: &Place) -> Self {
        let world = World::at(place);
        world.take("registration", &registrations([1, 2])).await;
        world.agent_of(1).await;
        let officer = world.user_key("officer", "commerce").await;
        let reviewer = world.user_key("third", "reviewer").await;
        let other = world.user_key("customs", "customs").await;
        let agent = world.another_key("agent", &["read", "cases"]).await;
        Self { agent, officer, reviewer, other, world }
    }

    async fn call(&self, key: &str, request: TestRequest) -> Answer {
        self.world.by(key, "", request).await
    }

    async fn get(&self, key: &str, path: &str) -> Answer {
        let purpose = match key {
            key if key == self.agent => "self",
            key if key == self.reviewer => "appeal",
            _ => "supervision",
        };
        self.world.asked(key, purpose, path).await
    }

    async fn opened(&self, key: &str, kind: &str, body: Value) -> String {
        let answer = self.world.sent(key, &format!("/api/v1/{kind}"), "", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.header("location").to_owned()
    }

    async fn file(&self, key: &str) -> String {
        let request = TestRequest::post().uri("/api/v1/case-files?name=proof.pdf").set_payload(PDF.to_vec());
        self.call(key, request).await.json()["digest"].as_str().unwrap().to_owned()
    }

    async fn try_step(&self, key: &str, case: &str, verb: &str, body: Value) -> Answer {
        let seen = self.get(&self.officer, case).await.header("etag").to_owned();
        self.world.sent(key, &format!("{case}/{verb}"), &seen, body).await
    }

    async fn step(&self, key: &str, case: &str, verb: &str, body: Value) -> Value {
        let answer = self.try_step(key, case, verb, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{verb}: {}", answer.text());
        answer.json()
    }

    async fn case(&self, case: &str) -> Value {
        self.get(&self.officer, case).await.json()
    }
}

/// A penalty of enterprise 1 as its source sends it.
fn penalty(number: u32, kind: &str, wan: &str, decided: &str, repaired: &str) -> String {
    let (name, uscc, office) = ("宜宾试验1号贸易有限公司", code(1), "宜宾市市场监督管理局");
    format!("{name},{uscc},宜市监罚〔2026〕{number}号,{kind},{wan},{decided},{office},115115,{repaired}\n")
}

fn found<'a>(plan: &'a Value, class: &str) -> &'a Value {
    let items = plan["items"].as_array().unwrap_or_else(|| panic!("{plan}"));
    items.iter().find(|one| one["class"] == class).unwrap_or_else(|| panic!("{class}: {plan}"))
}

#[actix_web::test]
async fn the_plan_says_when_where_and_what_for() {
    for place in Place::all() {
        let desk = Desk::new(&place).await;
        let rows = [
            penalty(1, "罚款", "1", "2026-06-01", ""),
            penalty(2, "罚款", "60", "2026-06-01", ""),
            penalty(3, "警告", "0", "2026-11-01", ""),
            penalty(4, "罚款", "1", "2026-06-01", "2026-11-20"),
        ];
        desk.world.take("penalties", &format!("{PENALTIES}{}", rows.concat())).await;
        let listed = format!("{LISTS}{},abnormal_operation,L1,宜宾市市场监督管理局,2026-05-06,,\n", code(1));
        desk.world.take("lists", &listed).await;
        let path = format!("/api/v1/enterprises/{}/repair-plan", code(1));
        let plan = desk.get(&desk.agent, &path).await.json();
        assert_eq!(plan["rules"], "repair-2026.1", "{plan}");
        assert!(plan["free"].as_str().unwrap().contains("free"));
        assert_eq!(plan["answer"]["today_by"], "2026-12-07");
        assert_eq!(plan["items"].as_array().unwrap().len(), 4, "the repaired one is none: {plan}");
        for (class, earliest, latest, standing) in [
            ("general", json!("2026-09-02"), json!("2027-06-01"), "now"),
            ("serious", json!("2027-06-02"), json!("2029-06-01"), "not_yet"),
            ("minor", json!("2026-11-01"), json!("2027-02-01"), "now"),
            ("abnormal_operation", json!("2026-05-06"), json!(null), "now"),
        ] {
            let item = found(&plan, class);
            let dates = (&item["earliest_on"], &item["latest_on"], &item["standing"]);
            assert_eq!(dates, (&earliest, &latest, &json!(standing)), "{class}");
            assert_eq!(item["eligible"], standing == "now");
        }
        assert_eq!(found(&plan, "general")["channel"]["code"], "credit_china");
        assert_eq!(found(&plan, "abnormal_operation")["channel"]["code"], "authority");

        // What it would be worth is what the simulation of the same says, whole.
        for (class, change) in [
            (
                "general",
                json!({ "change": [{ "source": "penalties", "where": { "CF_WSH": "宜市监罚〔2026〕1号" }, "set": { "CF_XFRQ": "2026-11-23" } }] }),
            ),
            (
                "serious",
                json!({ "change": [{ "source": "penalties", "where": { "CF_WSH": "宜市监罚〔2026〕2号" }, "set": { "CF_XFRQ": "2026-11-23" } }] }),
            ),
            (
                "abnormal_operation",
                json!({ "change": [{ "source": "lists", "set": { "removed_on": "2026-11-23" } }] }),
            ),
        ] {
            let request = TestRequest::post().uri(&format!("/api/v1/enterprises/{}/simulations", code(1)));
            let request = request.insert_header(("X-Purpose", "self")).set_json(json!({ "facts": change }));
            let simulated = desk.call(&desk.agent, request).await.json();
            let item = found(&plan, class);
            assert_eq!(item["repaired"]["score"], simulated["after"]["score"], "{class}: {simulated}");
            assert_eq!(item["repaired"]["grade_by_score"], simulated["after"]["grade_by_score"]);
            let gain = item["repaired"]["score"].as_i64().unwrap() - plan["now"]["score"].as_i64().unwrap();
            assert_eq!(item["repaired"]["gain"], gain);
        }
        assert!(found(&plan, "serious")["repaired"]["gain"].as_i64().unwrap() > 0);

        // One call leaves out the record that a case names.
        let record = &found(&plan, "serious")["record"];
        let without =
            json!({ "facts": { "remove": [{ "source": record["source"], "key": record["key"] }] } });
        let request = TestRequest::post().uri(&format!("/api/v1/enterprises/{}/simulations", code(1)));
        let request = request.insert_header(("X-Purpose", "self"));
        let simulated = desk.call(&desk.agent, request.set_json(without)).await.json();
        assert_eq!(simulated["after"]["score"], found(&plan, "serious")["repaired"]["score"], "{simulated}");
        let unknown = json!({ "facts": { "remove": [{ "source": "penalties", "key": ["x"] }] } });
        let request = TestRequest::post().uri(&format!("/api/v1/enterprises/{}/simulations", code(1)));
        let refused =
            desk.call(&desk.agent, request.insert_header(("X-Purpose", "self")).set_json(unknown)).await;
        assert_eq!(refused.json()["errors"][0]["pointer"], "#/facts/remove/0/key");

        // The public sees what is published, and no score.
        let public = desk.world.get(&path).await.json();
        let classes: Vec<&str> =
            public["items"].as_array().unwrap().iter().map(|one| one["class"].as_str().unwrap()).collect();
        assert_eq!(classes.len(), 3, "{public}");
        assert!(!classes.contains(&"minor"));
        assert_eq!((&public["now"], &found(&public, "serious")["repaired"]), (&Value::Null, &Value::Null));
        let withheld: Vec<&Value> =
            public["withheld"].as_array().unwrap().iter().map(|one| &one["block"]).collect();
        assert!(withheld.contains(&&json!("minor_dishonesty")) && withheld.contains(&&json!("score")));
        let nobody = format!("/api/v1/enterprises/{}/repair-plan", code(9));
        assert_eq!(desk.world.get(&nobody).await.status, StatusCode::NOT_FOUND);
    }
}

impl Desk {
    /// A repair of the fine that the authority has granted: its address.
    async fn granted(&self) -> String {
        self.world
            .take("penalties", &format!("{PENALTIES}{}", penalty(1, "罚款", "1", "2026-06-01", "")))
            .await;
        let plan =
            self.get(&self.agent, &format!("/api/v1/enterprises/{}/repair-plan", code(1))).await.json();
        let record = found(&plan, "general")["record"].clone();
        let asked = json!({ "uscc": code(1), "about": { "record": record }, "reason": "paid" });
        let case = self.opened(&self.agent, "repairs", asked).await;
        assert_eq!(self.case(&case).await["state"], "guided");
        let plan =
            self.get(&self.agent, &format!("/api/v1/enterprises/{}/repair-plan", code(1))).await.json();
        assert_eq!(
            format!("/api/v1/repairs/{}", found(&plan, "general")["case"]["id"].as_str().unwrap()),
            case
        );
        let paper = self.file(&self.agent).await;
        self.step(&self.agent, &case, "report_filed", json!({ "attachments": [paper] })).await;
        self.step(&self.officer, &case, "note_forwarded", json!({})).await;
        self.step(&self.officer, &case, "note_taken_up", json!({})).await;
        let paper = self.file(&self.officer).await;
        let decision = json!({ "outcome": "granted", "attachments": [paper] });
        assert_eq!(self.step(&self.officer, &case, "record_decision", decision).await["state"], "granted");
        case
    }
}

#[actix_web::test]
async fn a_repair_is_synchronised_rescored_and_certified_once_its_source_says_it() {
    for place in Place::all() {
        let desk = Desk::new(&place).await;
        let case = desk.granted().await;
        let certificate = format!("{case}/certificate");
        let score = || async {
            let path = format!("/api/v1/enterprises/{}/rating", code(1));
            desk.world.read(&path).await.json()["score"].as_i64().unwrap()
        };
        let fined = score().await;

        // Decided is not sent: nothing moves, nothing is certified, and the day after the next it is overdue.
        desk.look();
        desk.world.give_password("agent").await;
        let own = desk.world.reader("agent").await.page("/my-credit").await;
        assert!(!own.contains("id=\"repaired\""), "{own}");
        assert_eq!(desk.case(&case).await["state"], "granted");
        assert_eq!(desk.get(&desk.agent, &certificate).await.status, StatusCode::CONFLICT);
        desk.later(2);
        let late = desk.case(&case).await;
        let clock =
            late["clocks"].as_array().unwrap().iter().find(|one| one["clock"] == "repair_sync").unwrap();
        assert_eq!(
            (&clock["ends_on"], &clock["state"]),
            (&json!("2026-11-24"), &json!("escalated")),
            "{late}"
        );
        let board = desk.get(&desk.officer, "/api/v1/repairs?order=due&overdue=true").await.json();
        assert_eq!(board["items"].as_array().unwrap().len(), 1, "{board}");

        // The source's file carries the repair. Synchronised, and not rescored before the evaluation.
        desk.world
            .take("penalties", &format!("{PENALTIES}{}", penalty(1, "罚款", "1", "2026-06-01", "2026-11-24")))
            .await;
        desk.run("INSERT INTO dirty (uscc, since) SELECT uscc, 1 FROM cases");
        assert_eq!(tick::look(&desk.world.state.service).unwrap(), 1);
        assert_eq!(desk.case(&case).await["state"], "synced");
        desk.look();
        let body = desk.case(&case).await;
        assert_eq!(body["state"], "rescored", "{body}");
        assert!(score().await > fined);
        let steps = body["steps"].as_array().unwrap().len();
        desk.look();
        assert_eq!(tick::look(&desk.world.state.service).unwrap(), 0);
        assert_eq!(desk.case(&case).await["steps"].as_array().unwrap().len(), steps);

        // Third parties check it with the log's key alone, and one changed character is refused.
        let file = desk.get(&desk.agent, &certificate).await;
        assert_eq!(file.status, StatusCode::OK, "{}", file.text());
        assert!(file.header("content-disposition").starts_with("attachment"));
        let vkey = desk.world.state.anchor.view().vkey().to_string();
        let policy = Policy::parse(format!("log {vkey}\nquorum none\n").as_bytes()).unwrap();
        let report = verify_receipt(&file.body, &policy).unwrap();
        assert!(matches!(report.steps[0], Outcome::Proven(Finding::Fields { shown: 13, of: 13 })));
        let shown = &report.receipt.disclosure.as_ref().unwrap().fields;
        let fields = shown.iter().map(|field| (field.id, field.value.as_slice()));
        let words = credit_core::repair::certificate::words_in(fields).unwrap();
        for part in
            ["宜市监罚〔2026〕1号", "宜宾市市场监督管理局", "2026-06-01", "2026-11-24", "官方修复不收费"]
        {
            assert!(words.zh.contains(part), "{}", words.zh);
        }
        assert!(words.en.contains("repaired") && words.en.contains(&code(1)), "{}", words.en);
        let text = file.text();
        for at in (0..text.len()).step_by(61).filter(|at| text.as_bytes()[*at].is_ascii_graphic()) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(verify_receipt(&bytes, &policy).is_err(), "changed at {at}");
        }
        let forged = text.replace("2026-11-24", "2026-11-23");
        assert!(forged != text && verify_receipt(forged.as_bytes(), &policy).is_err());
        for stranger in [desk.other.as_str(), "nobody"] {
            assert!(desk.get(stranger, &certificate).await.status.is_client_error());
        }

        // The page of the case gives the same file, and says how it is checked; so does the enterprise's own page.
        let agent = desk.world.reader("agent").await;
        let page = format!("/cases/{}", case.rsplit('/').next().unwrap());
        let own = agent.page("/my-credit").await;
        let own = own.split_once("id=\"repaired\"").unwrap_or_else(|| panic!("{own}")).1;
        for part in
            ["宜市监罚〔2026〕1号", "2026-11-24", "node verify repair-", "--log-key log.vkey", "/verify"]
        {
            assert!(own.contains(part), "{part}: {own}");
        }
        let href = format!("href=\"{page}/certificate\"");
        assert_eq!(own.matches(&href).count(), 1, "{own}");
        let shown = agent.page(&page).await;
        assert!(
            shown.contains(&format!("href=\"{page}/certificate\"")) && shown.contains("node verify"),
            "{shown}"
        );
        let saved = desk.world.page(&format!("{page}/certificate"), &agent.cookie).await;
        assert_eq!((saved.status, saved.text()), (StatusCode::OK, text));
        assert_eq!(desk.world.page(&format!("{page}/certificate"), "").await.status, StatusCode::NOT_FOUND);

        // Doctor finds one that was changed; a repair that was taken back is certified no more.
        assert_eq!(desk.findings(), Vec::<String>::new());
        let back = [penalty(1, "罚款", "1", "2026-06-01", ""), penalty(2, "警告", "0", "2026-11-20", "")];
        desk.world.take("penalties", &format!("{PENALTIES}{}", back.concat())).await;
        let taken = desk.get(&desk.agent, &certificate).await;
        assert_eq!(taken.status, StatusCode::CONFLICT);
        assert!(taken.text().contains("taken the repair back"), "{}", taken.text());
        assert!(!agent.page(&page).await.contains("/certificate\""), "nor on the page");
        assert!(!agent.page("/my-credit").await.contains("id=\"repaired\""), "nor on the enterprise's own");
        let gone = desk.world.page(&format!("{page}/certificate"), &agent.cookie).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        desk.run("UPDATE repair_certificates SET seq = seq + 1");
        let found = desk.findings();
        assert!(found.iter().filter(|one| one.starts_with("repair_certificates ")).count() == 2, "{found:?}");
    }
}

#[actix_web::test]
async fn an_appeal_is_computed_again_and_not_decided_by_what_is_typed() {
    for place in Place::all() {
        let desk = Desk::new(&place).await;
        let wrong = format!("{LISTS}{},serious_dishonesty,D1,市监局,2026-09-01,,\n", code(1));
        desk.world.take("lists", &wrong).await;
        let service = &desk.world.state.service;
        let stays = || cases::stays(&mut service.database.connection().unwrap(), &code(1)).unwrap();
        assert!(!stays());
        let record = json!({ "source": "lists", "key": [code(1), "serious_dishonesty", "D1"] });
        let asked = json!({ "uscc": code(1), "about": { "record": record }, "reason": "another company" });
        let dropped = desk.opened(&desk.agent, "appeals", asked.clone()).await;
        assert!(stays());
        desk.step(&desk.agent, &dropped, "withdraw", json!({})).await;
        assert!(!stays(), "an appeal that was withdrawn holds nothing up");
        let first = desk.opened(&desk.agent, "appeals", asked.clone()).await;
        let second = desk.opened(&desk.agent, "appeals", asked).await;
        let asked = json!({ "uscc": code(1), "about": { "indicator": "T01" }, "reason": "the parcels" });
        let of_indicator = desk.opened(&desk.agent, "appeals", asked).await;
        assert!(stays());
        for case in [&first, &second, &of_indicator] {
            desk.step(&desk.officer, case, "accept", json!({})).await;
        }

        desk.look();
        assert_eq!(desk.case(&second).await["state"], "accepted", "no source has corrected the record");

        // With another scorecard it would not be the same question.
        let mut other = service.clone();
        let text = format!("# another\n{}", Scorecard::embedded_text());
        other.card = Arc::new(Scorecard::parse(&text).unwrap());
        let officer = Party {
            principal: Principal::of("user:officer", Audience::Commerce),
            person: "officer".to_owned(),
            is_person: true,
        };
        let step = (first.rsplit('/').next().unwrap(), Kind::Appeal, 2);
        let brought = Brought::default();
        let refused = acts::step(&other, &officer, step, Verb::Recompute, &brought, &mut |_, _| Ok(()));
        assert!(matches!(refused, Err(CaseError::OtherScorecard { .. })), "{refused:?}");

        // As things are it would be maintained, whatever is typed.
        let typed = desk.try_step(&desk.officer, &first, "recompute", json!({ "outcome": "changed" })).await;
        assert_eq!(typed.json()["errors"][0]["pointer"], "#/outcome", "{}", typed.text());
        let body = desk.step(&desk.officer, &first, "recompute", json!({})).await;
        assert_eq!(body["steps"][2]["outcome"], "maintained", "{body}");
        let kept = desk.recomputation(&first, &body).await;
        assert_eq!(
            (&kept["before"]["grade"], &kept["before"]["score"]),
            (&kept["after"]["grade"], &kept["after"]["score"])
        );
        assert_eq!(kept["indicators"], json!([]), "{kept}");
        assert!(stays());

        // A second later the source corrects it: the same question has another answer, of the same day and scorecard.
        desk.pass(1_000);
        let right = format!("{LISTS}{},serious_dishonesty,D1,市监局,2026-09-01,,2026-09-01\n", code(1));
        desk.world.take("lists", &right).await;
        assert!(!stays(), "the grade in force is another");
        let third = json!({ "uscc": code(1), "about": { "rating": 2 }, "reason": "the figures" });
        let third = desk.opened(&desk.agent, "appeals", third).await;
        desk.step(&desk.officer, &third, "accept", json!({})).await;
        // Of a record that was corrected before anybody appealed, the source has said nothing since.
        let record = json!({ "source": "lists", "key": [code(1), "serious_dishonesty", "D1"] });
        let late = json!({ "uscc": code(1), "about": { "record": record }, "reason": "since removed" });
        let late = desk.opened(&desk.agent, "appeals", late).await;
        desk.step(&desk.officer, &late, "accept", json!({})).await;
        desk.look();
        desk.look();
        assert_eq!(desk.case(&third).await["state"], "accepted", "nothing of it came from a source");
        assert_eq!(desk.case(&late).await["state"], "accepted", "it was corrected before the appeal");
        desk.later(1);
        let body = desk.step(&desk.officer, &third, "recompute", json!({})).await;
        assert_eq!(body["steps"][2]["outcome"], "changed", "{body}");
        let kept = desk.recomputation(&third, &body).await;
        assert_eq!(kept["as_of"], "2026-11-23", "the rating's own day, whenever it is computed again");
        // Who contested one indicator is answered about that one, whatever else of the rating moved.
        let body = desk.step(&desk.officer, &of_indicator, "recompute", json!({})).await;
        assert_eq!(body["steps"][2]["outcome"], "maintained", "{body}");
        let kept = desk.recomputation(&of_indicator, &body).await;
        assert_eq!((&kept["before"]["grade"], &kept["indicators"]), (&json!("D"), &json!([])), "{kept}");
        assert_ne!(kept["after"]["grade"], "D");
        // What was about the corrected record the service has computed by itself, once.
        let body = desk.case(&second).await;
        assert_eq!((&body["version"], &body["steps"][2]["role"]), (&json!(3), &json!("system")), "{body}");
        assert_eq!((&body["state"], &body["steps"][2]["outcome"]), (&json!("recomputed"), &json!("changed")));
        let kept = desk.recomputation(&second, &body).await;
        assert_eq!((&kept["before"]["grade"], &kept["before"]["vetoes"]), (&json!("D"), &json!(["V1"])));
        assert_eq!((&kept["after"]["vetoes"], &kept["as_of"]), (&json!([]), &json!("2026-11-23")));
        assert_ne!(kept["after"]["grade"], "D");
        assert_eq!(desk.findings(), Vec::<String>::new());
    }
}

impl Desk {
    /// The file that the last step attaches.
    async fn recomputation(&self, case: &str, body: &Value) -> Value {
        let digest = body["steps"][2]["attachments"][0].as_str().unwrap();
        let id = case.rsplit('/').next().unwrap();
        let file = self.get(&self.agent, &format!("/api/v1/cases/{id}/files/{digest}")).await;
        assert!(file.header("content-disposition").ends_with(".json\""), "{}", file.text());
        file.json()
    }

    fn complaints(&self) -> Vec<(Option<ComplaintOutcome>, Option<String>, String)> {
        let mut connection = self.world.state.service.database.connection().unwrap();
        let records = registry::records(&mut connection, &code(1)).unwrap();
        let rows = records.into_iter().filter_map(|record| match record {
            Record::Complaints(row) => {
                Some((row.outcome, row.closed_on.map(|day| day.to_string()), row.complainant_token))
            }
            _ => None,
        });
        rows.collect()
    }
}

#[actix_web::test]
async fn a_dispute_that_the_zone_mediates_becomes_a_complaint_with_its_outcome() {
    for place in Place::all() {
        let desk = Desk::new(&place).await;
        let orders = "uscc,order_no,mode,direction,ordered_at,amount_cny,currency,buyer_token,returned_at\n";
        let order = format!(
            "{},O1,9610,export,2026-11-01T10:00:00+08:00,88.00,CNY,buyer7,2026-11-09T10:00:00+08:00\n",
            code(1)
        );
        assert_eq!(desk.world.take("transactions", &format!("{orders}{order}")).await["state"], "succeeded");
        let asked =
            json!({ "uscc": code(1), "about": { "order": "O1" }, "reason": "returned, not refunded" });
        let case = desk.opened(&desk.officer, "disputes", asked).await;
        desk.look();
        assert!(desk.complaints().is_empty(), "not accepted so far");
        let body = desk.step(&desk.officer, &case, "accept", json!({})).await;
        let ends: Vec<&Value> = body["clocks"].as_array().unwrap().iter().map(|one| &one["clock"]).collect();
        assert!(ends.contains(&&json!("dispute_mediate")), "{body}");
        desk.look();
        assert_eq!(desk.complaints(), [(None, None, "buyer7".to_owned())]);
        desk.world.give_password("officer").await;
        let officer = desk.world.reader("officer").await;
        let page = format!("/cases/{}", case.rsplit('/').next().unwrap());
        let shown = officer.page(&page).await;
        for part in
            ["returned, not refunded", "not given yet", "45 from acceptance", "mediation of a complaint"]
        {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let form = officer.page(&format!("/cases/new?kind=dispute&uscc={}", code(1))).await;
        assert!(form.contains("name=\"order\"") && !form.contains("name=\"about\""), "{form}");
        let agreed = json!({ "outcome": "agreed", "reason": "refund in three days" });
        desk.step(&desk.agent, &case, "answer", agreed).await;
        let paper = desk.file(&desk.agent).await;
        desk.step(&desk.agent, &case, "perform", json!({ "attachments": [paper] })).await;
        let shown = officer.page(&page).await;
        assert!(
            shown.contains("refund in three days") && shown.contains("has shown that it was done"),
            "{shown}"
        );
        desk.later(1);
        desk.step(&desk.officer, &case, "close", json!({})).await;
        desk.look();
        let expected =
            [(Some(ComplaintOutcome::Settled), Some("2026-11-24".to_owned()), "buyer7".to_owned())];
        assert_eq!(desk.complaints(), expected);
        // A process that died before it noted the file sends it again, and nothing is counted twice.
        desk.run("UPDATE dispute_rows SET batch_id = NULL");
        desk.look();
        assert_eq!(desk.complaints(), expected);
        assert_eq!(desk.findings(), Vec::<String>::new());
    }
}
