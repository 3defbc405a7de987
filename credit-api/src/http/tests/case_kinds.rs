//! All six kinds of case: who opens one and about what, who reads it for which purpose and what the log says of it, and
//! the board of all kinds.

use actix_web::http::StatusCode;
use credit_core::cases::Kind;
use credit_core::dates::Moment;
use serde_json::{Value, json};

use super::case_zone::{PDF, Zone, kind};
use super::world::{Answer, code};
use crate::cases::acts::{Found, open_by_system};
use crate::cases::store as rows;
use crate::cases::subject::{About, Alarm, EVIDENCE_BYTES_MAX, Severity};
use crate::store::both::Place;
use crate::store::{Lane, write};

impl Zone {
    /// A proposed entry of the watch list, with a file that the officer has brought.
    pub(super) async fn proposal(&self, list: &str) -> Value {
        let file = self.bring(&self.officer, PDF).await.json()["digest"].clone();
        json!({
            "uscc": code(1), "reason": "two visits", "basis": "区内规则", "attachments": [file],
            "about": { "watch": { "code": list, "facts": "nobody was at the premises, twice" } },
        })
    }

    fn alarm(&self) -> Value {
        json!({
            "uscc": code(1), "reason": "far from its peers",
            "about": { "alert": { "rule": "T01-LOW", "severity": "high", "evidence": { "T01": 71 } } },
        })
    }

    /// What the enterprise reads of looks at it: who, for what, what was shown, what was refused, newest first.
    async fn looks(&self) -> Vec<(String, String, String, String)> {
        let path = format!("/api/v1/enterprises/{}/access-log?limit=200", code(1));
        let log = self.get(&self.agent, &path).await;
        assert_eq!(log.status, StatusCode::OK, "{}", log.text());
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let list = |value: &Value| value.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(" ");
        let items = log.json()["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|look| {
                (
                    text(&look["audience"]),
                    text(&look["purpose"]),
                    list(&look["shown"]),
                    list(&look["refused"]),
                )
            })
            .collect()
    }
}

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let items = answer.json()["items"].as_array().unwrap().clone();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn faulty(answer: &Answer, pointer: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
    assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.text());
}

#[actix_web::test]
async fn each_kind_is_opened_by_whom_its_table_says_and_about_its_own_things() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        let complaints = format!(
            "complaint_id,uscc,category,accepted_on,substantiated,complainant_token\n\
             K1,{},quality,2026-10-01,true,t3\n",
            code(1)
        );
        assert_eq!(zone.world.take("complaints", &complaints).await["state"], "succeeded");
        let orders = format!(
            "uscc,order_no,mode,direction,ordered_at,amount_cny,currency\n\
             {},O1,9610,export,2026-10-05T10:00:00+08:00,12345.67,CNY\n",
            code(1)
        );
        assert_eq!(zone.world.take("transactions", &orders).await["state"], "succeeded");

        // A repair: the enterprise, of a record that can be repaired; of an entry only while it is in force.
        let mut repair = zone.objection();
        Zone::good(&zone.post(&zone.agent, "/api/v1/repairs", repair.clone()).await, "guided");
        repair["about"] = json!({ "entry": "no such case" });
        faulty(&zone.post(&zone.agent, "/api/v1/repairs", repair.clone()).await, "#/about");
        repair["about"] = json!({ "record": { "source": "complaints", "key": ["K1"] } });
        faulty(&zone.post(&zone.agent, "/api/v1/repairs", repair).await, "#/about");

        // A dispute: an officer, about a complaint or an order.
        let mut dispute = json!({
            "uscc": code(1), "reason": "not as described",
            "about": { "record": { "source": "complaints", "key": ["K1"] } },
        });
        assert_eq!(kind(&zone.post(&zone.agent, "/api/v1/disputes", dispute.clone()).await), "not_yours");
        Zone::good(&zone.post(&zone.officer, "/api/v1/disputes", dispute.clone()).await, "submitted");
        dispute["about"] = json!({ "order": "O1" });
        Zone::good(&zone.post(&zone.officer, "/api/v1/disputes", dispute.clone()).await, "submitted");
        dispute["about"] = json!({ "order": "O2" });
        faulty(&zone.post(&zone.officer, "/api/v1/disputes", dispute).await, "#/about");

        // An entry of the watch list: an officer, one of W1 to W5, with facts, basis and a file.
        let entry = zone.proposal("W3").await;
        assert_eq!(kind(&zone.post(&zone.agent, "/api/v1/list-entries", entry.clone()).await), "not_yours");
        assert_eq!(
            kind(&zone.post(&zone.reviewer, "/api/v1/list-entries", entry.clone()).await),
            "not_yours"
        );
        faulty(&zone.post(&zone.officer, "/api/v1/list-entries", zone.proposal("N1").await).await, "#/about");
        for (field, value) in [("basis", Value::Null), ("attachments", json!([]))] {
            let mut lacking = entry.clone();
            lacking[field] = value;
            let refused = zone.post(&zone.officer, "/api/v1/list-entries", lacking).await;
            assert_eq!(kind(&refused), "case_refused", "{field}");
        }
        let mut wordless = entry.clone();
        wordless["about"]["watch"]["facts"] = " ".into();
        faulty(&zone.post(&zone.officer, "/api/v1/list-entries", wordless).await, "#/about");
        let proposed = zone.post(&zone.officer, "/api/v1/list-entries", entry).await;
        Zone::good(&proposed, "proposed");
        assert!(proposed.header("location").starts_with("/api/v1/list-entries/"));

        // An alert: an officer or a department, which sees its own; the evidence has a limit.
        Zone::good(&zone.post(&zone.officer, "/api/v1/alerts", zone.alarm()).await, "raised");
        assert_eq!(kind(&zone.post(&zone.agent, "/api/v1/alerts", zone.alarm()).await), "not_yours");
        let told = zone.post(&zone.other, "/api/v1/alerts", zone.alarm()).await;
        Zone::good(&told, "raised");
        let told = told.header("location").to_owned();
        Zone::good(&zone.get(&zone.other, &told).await, "raised");
        assert_eq!(kind(&zone.get(&zone.source, &told).await), "case_not_found");
        let mut large = zone.alarm();
        large["about"]["alert"]["evidence"] = "x".repeat(EVIDENCE_BYTES_MAX).into();
        faulty(&zone.post(&zone.officer, "/api/v1/alerts", large).await, "#/about");
        let mut nameless = zone.alarm();
        nameless["about"]["alert"]["rule"] = "low t01".into();
        faulty(&zone.post(&zone.officer, "/api/v1/alerts", nameless).await, "#/about");
        assert_eq!(kind(&zone.post("nobody", "/api/v1/alerts", zone.alarm()).await), "invalid_token");
    }
}

/// What the service finds is a case once, for ever, and by whichever transaction it is opened.
#[actix_web::test]
async fn what_the_service_opens_a_case_for_is_opened_once() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        let database = &zone.world.state.service.database;
        let about = About::Alert(Alarm {
            rule: "T01-LOW".to_owned(),
            severity: Severity::High,
            evidence: json!({ "T01": 71 }),
        });
        let uscc = code(1);
        let calendar = zone.world.state.service.calendars.now();
        let rules = crate::cases::rules(&calendar);
        let open = |once_for: &str| {
            let found =
                Found { kind: Kind::Alert, uscc: &uscc, about: &about, reason: "low", asked: None, once_for };
            let now = Moment(zone.world.clock.0.load(std::sync::atomic::Ordering::SeqCst));
            write(&mut database.connection().unwrap(), Lane::Bookkeeping, |connection| {
                open_by_system(connection, &found, (now, &rules)).map(|(row, is_new)| (row.id, is_new))
            })
            .unwrap()
        };
        let (first, again, other) =
            (open("T01-LOW 2026-11"), open("T01-LOW 2026-11"), open("T01-LOW 2026-12"));
        assert_eq!((first.1, again.1, other.1), (true, false, true));
        assert_eq!(first.0, again.0);
        assert_ne!(first.0, other.0);
        let row = rows::find(&mut database.connection().unwrap(), &first.0).unwrap().unwrap();
        assert_eq!((row.state.as_str(), row.told), ("raised", 0));
        let case = format!("/api/v1/alerts/{}", first.0);
        Zone::good(&zone.step(&zone.officer, &case, "drop", json!({ "reason": "known" })).await, "closed");
        assert_eq!(open("T01-LOW 2026-11"), (first.0, false), "closed is not forgotten");
    }
}

#[actix_web::test]
async fn a_look_at_a_case_names_a_purpose_and_is_seen_by_the_enterprise() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        let case = zone.objected().await;
        let expected = |who: &str, purpose: &str, shown: &str, refused: &str| {
            (who.to_owned(), purpose.to_owned(), shown.to_owned(), refused.to_owned())
        };
        let newest =
            async || zone.looks().await.into_iter().find(|look| look.2 != "access_log:full").unwrap();
        // Opening it showed it.
        assert_eq!(newest().await, expected("enterprise", "self", "cases:full", ""));
        for (purpose, refused) in [("", "purpose_required"), ("evaluation_check", "purpose_not_sufficient")] {
            let answer = zone.get_for(&zone.officer, purpose, &case).await;
            assert_eq!((answer.status, kind(&answer).as_str()), (StatusCode::FORBIDDEN, refused));
            assert_eq!(newest().await, expected("commerce", purpose, "", &format!("cases:{refused}")));
        }
        Zone::good(&zone.get_for(&zone.officer, "appeal", &case).await, "submitted");
        assert_eq!(newest().await, expected("commerce", "appeal", "cases:full", ""));
        // Who is no party to it is not told that it is there; that it asked is.
        assert_eq!(kind(&zone.get(&zone.other, &case).await), "case_not_found");
        assert_eq!(newest().await, expected("customs", "supervision", "", "cases:not_disclosed"));
        let count = zone.looks().await.len();
        assert_eq!(kind(&zone.get(&zone.other, "/api/v1/objections/0123").await), "case_not_found");
        assert_eq!(zone.looks().await.len(), count + 1, "the look at the log alone");
        // A step answers with the case.
        Zone::good(&zone.step(&zone.officer, &case, "receive", json!({})).await, "received");
        assert_eq!(newest().await, expected("commerce", "appeal", "cases:full", ""));
        // Everybody who handles it, each for its own purposes.
        for (key, purpose) in [(&zone.reviewer, "appeal"), (&zone.auditor, "audit"), (&zone.agent, "appeal")]
        {
            Zone::good(&zone.get_for(key, purpose, &case).await, "received");
        }
        // Files and lists too. A list names nobody: its row has no enterprise.
        let file = format!("/api/v1/cases/{}/files/00", case.rsplit('/').next().unwrap());
        assert_eq!(kind(&zone.get_for(&zone.officer, "", &file).await), "purpose_required");
        for list in ["/api/v1/objections", "/api/v1/cases"] {
            assert_eq!(kind(&zone.get_for(&zone.officer, "", list).await), "purpose_required", "{list}");
            assert_eq!(zone.get_for("nobody", "", list).await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(zone.world.get(list).await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(ids(&zone.get(&zone.officer, list).await).len(), 1);
        }
        let all = zone.get(&zone.auditor, "/api/v1/access-log?limit=200").await.json();
        let of_none: Vec<&Value> =
            all["items"].as_array().unwrap().iter().filter(|look| look["uscc"].is_null()).collect();
        let of_lists = of_none.iter().filter(|look| look["shown"].to_string().contains("cases:full"));
        assert_eq!(of_lists.count(), 2, "{all}");
    }
}

#[actix_web::test]
async fn an_enterprise_reads_an_alert_after_it_is_closed_and_then_the_flag_alone() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        let raised = zone.post(&zone.officer, "/api/v1/alerts", zone.alarm()).await;
        let case = raised.header("location").to_owned();
        assert_eq!(kind(&zone.get(&zone.agent, &case).await), "case_not_found");
        assert!(ids(&zone.get(&zone.agent, "/api/v1/alerts").await).is_empty());
        Zone::good(
            &zone.step(&zone.officer, &case, "drop", json!({ "reason": "a holiday" })).await,
            "closed",
        );
        let body = Zone::good(&zone.get(&zone.agent, &case).await, "closed");
        assert_eq!((&body["about"], &body["steps"], &body["clocks"]), (&Value::Null, &json!([]), &json!([])));
        assert!(!body.to_string().contains("holiday"), "{body}");
        assert_eq!(ids(&zone.get(&zone.agent, "/api/v1/alerts").await).len(), 1);
        // The same of an entry that was dropped before anybody was told.
        let entry = zone.post(&zone.officer, "/api/v1/list-entries", zone.proposal("W1").await).await;
        let entry = entry.header("location").to_owned();
        Zone::good(&zone.step(&zone.officer, &entry, "drop", json!({ "reason": "wrong" })).await, "closed");
        assert_eq!(kind(&zone.get(&zone.agent, &entry).await), "case_not_found");
    }
}

#[actix_web::test]
async fn alerts_are_asked_by_their_severity_page_by_page_and_not_by_the_enterprise() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        let raise = async |severity: &str| {
            let mut body = zone.alarm();
            body["about"]["alert"]["severity"] = severity.into();
            let raised = zone.post(&zone.officer, "/api/v1/alerts", body).await;
            Zone::good(&raised, "raised");
            raised.header("location").rsplit('/').next().unwrap().to_owned()
        };
        let mut of: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
        for severity in ["high", "low", "high", "medium", "low", "high"] {
            let id = raise(severity).await;
            of.entry(severity).or_default().push(id);
            zone.world.pass(1_000);
        }
        let dropped = of["high"][1].clone();
        let reason = json!({ "reason": "a sale" });
        let path = format!("/api/v1/alerts/{dropped}");
        Zone::good(&zone.step(&zone.officer, &path, "drop", reason).await, "closed");
        let found = async |query: &str| {
            let (mut all, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("/api/v1/alerts?limit=1&{query}{cursor}");
                let page = zone.get(&zone.officer, &path).await;
                all.extend(ids(&page));
                let Some(next) = page.json()["next_cursor"].as_str().map(str::to_owned) else { return all };
                cursor = format!("&cursor={next}");
            }
        };
        for severity in ["low", "medium", "high"] {
            let newest: Vec<String> = of[severity].iter().rev().cloned().collect();
            assert_eq!(found(&format!("severity={severity}")).await, newest, "{severity}");
        }
        // With the other filters, and in the other order.
        assert_eq!(found("severity=high&open=false").await, [dropped]);
        assert_eq!(found("severity=high&order=due").await.len(), 2);
        assert_eq!(found("severity=high&state=raised").await.len(), 2);
        assert!(found(&format!("severity=high&uscc={}", code(2))).await.is_empty());
        assert_eq!(found("").await.len(), 6);
        for wrong in ["HIGH", "severe", "3", "high,low"] {
            let answer = zone.get(&zone.officer, &format!("/api/v1/alerts?severity={wrong}")).await;
            faulty(&answer, "#/query/severity");
            assert!(answer.text().contains("low, medium, high"), "{}", answer.text());
        }
        // Of an alert that is closed an enterprise learns that there was one; nor does it learn the rest by asking.
        assert_eq!(ids(&zone.get(&zone.agent, "/api/v1/alerts").await).len(), 1);
        for severity in ["low", "high"] {
            let path = format!("/api/v1/alerts?severity={severity}");
            assert_eq!(kind(&zone.get(&zone.agent, &path).await), "not_disclosed");
        }
        // What is stored beside the case is found out where it was changed.
        assert!(zone.world.examined().findings.is_empty());
        let mut connection = zone.world.state.service.database.connection().unwrap();
        let sql = "UPDATE cases SET severity = 'low' WHERE severity = 'medium'";
        crate::store::bulk::execute(&mut connection, sql, []).unwrap();
        drop(connection);
        assert_eq!(zone.world.examined().findings.len(), 1);
    }
}

#[actix_web::test]
async fn the_board_shows_all_kinds_by_their_deadlines() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        // Due in two working days, one, and one.
        let alert = zone.post(&zone.officer, "/api/v1/alerts", zone.alarm()).await;
        let objection = zone.objected().await;
        let entry = zone.post(&zone.officer, "/api/v1/list-entries", zone.proposal("W2").await).await;
        let id = |address: &str| address.rsplit('/').next().unwrap().to_owned();
        let (alert, objection, entry) =
            (id(alert.header("location")), id(&objection), id(entry.header("location")));
        let board = ids(&zone.get(&zone.officer, "/api/v1/cases").await);
        assert_eq!(board.len(), 3);
        assert_eq!(board[2], alert, "the least urgent");
        // Page by page it is the same board.
        let (mut paged, mut query) = (Vec::new(), "?limit=1".to_owned());
        loop {
            let page = zone.get(&zone.officer, &format!("/api/v1/cases{query}")).await;
            paged.extend(ids(&page));
            let Some(next) = page.json()["next_cursor"].as_str().map(str::to_owned) else { break };
            query = format!("?limit=1&cursor={next}");
        }
        assert_eq!(paged, board);
        for (query, expected) in [
            ("?kind=alert", vec![&alert]),
            ("?kind=alert&overdue=true", vec![]),
            ("?state=proposed", vec![&entry]),
            ("?open=false", vec![]),
            ("?kind=objection&open=true", vec![&objection]),
        ] {
            let found = ids(&zone.get(&zone.officer, &format!("/api/v1/cases{query}")).await);
            assert_eq!(found, expected.into_iter().cloned().collect::<Vec<_>>(), "{query}");
        }
        for wrong in ["?kind=x", "?state=x", "?open=maybe", "?uscc=1", "?cursor=x"] {
            let answer = zone.get(&zone.officer, &format!("/api/v1/cases{wrong}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        }
        // Of one enterprise: its own reader sees what it may know of; another's nothing.
        let of = |number: u32| format!("/api/v1/cases?uscc={}", code(number));
        assert_eq!(ids(&zone.get(&zone.agent, "/api/v1/cases").await), std::slice::from_ref(&objection));
        assert_eq!(ids(&zone.get(&zone.agent, &of(1)).await), std::slice::from_ref(&objection));
        assert_eq!(kind(&zone.get(&zone.agent, &of(2)).await), "not_disclosed");
        assert!(ids(&zone.get(&zone.officer, &of(2)).await).is_empty());
        // A department: the cases in which it was asked; of the watch list one enterprise at a time.
        assert!(ids(&zone.get(&zone.other, "/api/v1/cases").await).is_empty());
        assert_eq!(kind(&zone.get(&zone.other, "/api/v1/alerts").await), "one_at_a_time");
        assert!(ids(&zone.get(&zone.other, &format!("/api/v1/alerts?uscc={}", code(1))).await).is_empty());
        assert_eq!(ids(&zone.get(&zone.reviewer, "/api/v1/cases").await).len(), 3);
        assert_eq!(ids(&zone.get(&zone.auditor, "/api/v1/cases").await).len(), 3);
        zone.later(2);
        assert_eq!(ids(&zone.get(&zone.officer, "/api/v1/cases?overdue=true").await).len(), 2);
        assert_eq!(ids(&zone.get(&zone.officer, "/api/v1/objections?overdue=true").await), [objection]);
    }
}
