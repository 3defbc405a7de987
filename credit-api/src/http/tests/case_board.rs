//! The board: its pages in order, for all kinds and for some; its days when another calendar is at hand; and the feed
//! and webhooks, which tell of a case its parties alone.

use credit_core::cases::Kind;
use credit_core::dates::from_day_number;
use serde_json::{Value, json};

use super::case_zone::{Zone, kind};
use super::receiver::Receiver;
use super::world::{World, code};
use crate::cases::calendar;
use crate::cases::parties::Of;
use crate::cases::store::{self, CaseRow, Filter, Order, list};
use crate::cases::subject::Severity;
use crate::store::both::Place;
use crate::store::bulk;

fn row(number: i32) -> CaseRow {
    let kinds = Kind::ALL;
    let kind = kinds[usize::try_from(number).unwrap() % kinds.len()];
    CaseRow {
        // Not in the order of the days.
        id: format!("{:04}", (number * 37) % 101),
        kind: kind.code().to_owned(),
        uscc: code(u32::try_from(number % 3).unwrap() + 1),
        state: if number % 4 == 0 { "submitted" } else { "accepted" }.to_owned(),
        version: 1,
        about: String::new(),
        asked: (number % 5 == 0).then(|| "customs".to_owned()),
        opened_at: i64::from(number / 7),
        changed_at: 0,
        open: i32::from(number % 6 != 5),
        due_day: 20_700 + (number * 13) % 17,
        told: i32::from(number % 8 != 0),
        effective_day: None,
        opened_for: None,
        due_by: None,
        severity: (kind == Kind::Alert).then(|| {
            let at = usize::try_from(number / 6).unwrap() % Severity::ALL.len();
            Severity::ALL[at].code().to_owned()
        }),
    }
}

#[test]
fn pages_of_all_kinds_and_of_some_follow_each_other_without_a_gap() {
    for place in Place::all() {
        let world = World::at(&place);
        let mut connection = world.state.service.database.connection().unwrap();
        let all: Vec<CaseRow> = (0..100).map(row).collect();
        for row in &all {
            store::insert(&mut connection, row).unwrap();
        }
        let some = vec![Kind::Objection, Kind::Alert, Kind::Dispute];
        let day = Some(from_day_number(20_708));
        for kinds in [Kind::ALL.to_vec(), some, vec![Kind::Appeal], Vec::new()] {
            for of in [
                Of::All,
                Of::Enterprises(vec![code(1), code(2)]),
                Of::Asked(crate::access::Audience::Customs),
                Of::Nobody,
            ] {
                let submitted = credit_core::cases::State::of("submitted");
                for (state, due_before, severity) in
                    [(None, None, None), (submitted, day, None), (None, None, Some(Severity::High))]
                {
                    for is_due in [true, false] {
                        let filter = Filter {
                            kinds: kinds.clone(),
                            of: of.clone(),
                            uscc: None,
                            state,
                            open: Some(is_due),
                            due_before,
                            severity,
                        };
                        let lets = |row: &&CaseRow| {
                            kinds.iter().any(|kind| kind.code() == row.kind)
                                && row.open == i32::from(is_due)
                                && state.is_none_or(|state| row.state == state.code())
                                && due_before.is_none_or(|_| row.due_day < 20_708)
                                && severity.is_none_or(|one| row.severity.as_deref() == Some(one.code()))
                                && match &of {
                                    Of::All => true,
                                    Of::Enterprises(codes) => codes.contains(&row.uscc) && row.told == 1,
                                    Of::Asked(_) => row.asked.is_some(),
                                    Of::Nobody => false,
                                }
                        };
                        let mut expected: Vec<&CaseRow> = all.iter().filter(lets).collect();
                        if is_due {
                            expected.sort_by_key(|row| (row.due_day, row.id.clone()));
                        } else {
                            expected.sort_by_key(|row| std::cmp::Reverse((row.opened_at, row.id.clone())));
                        }
                        let expected: Vec<String> = expected.iter().map(|row| row.id.clone()).collect();
                        let mut found: Vec<String> = Vec::new();
                        let mut order = if is_due { Order::Due(None) } else { Order::Newest(None) };
                        loop {
                            let page = list(&mut connection, &filter, &order, 7).unwrap();
                            let Some(last) = page.last() else { break };
                            let id = last.id.clone();
                            order = match is_due {
                                true => Order::Due(Some((last.due_day, id))),
                                false => Order::Newest(Some((last.opened_at, id))),
                            };
                            found.extend(page.into_iter().map(|row| row.id));
                        }
                        assert_eq!(found, expected, "{filter:?}");
                    }
                }
            }
        }
    }
}

fn days(zone: &Zone) -> Vec<(String, String)> {
    let mut connection = zone.world.state.service.database.connection().unwrap();
    let filter = Filter {
        kinds: Kind::ALL.to_vec(),
        of: Of::All,
        uscc: None,
        state: None,
        open: None,
        due_before: None,
        severity: None,
    };
    let rows = list(&mut connection, &filter, &Order::Due(None), 10).unwrap();
    let day = |row: &CaseRow| match row.due_day {
        store::NO_DAY => String::new(),
        day => from_day_number(day).to_string(),
    };
    rows.iter().map(|row| (row.state.clone(), day(row))).collect()
}

#[actix_web::test]
async fn days_of_another_calendar_are_computed_once() {
    for place in Place::all() {
        // A Thursday; the calendar of 2027 is not published.
        let zone = Zone::new(&place, "2026-12-31").await;
        zone.objected().await;
        let case = zone.objected().await;
        Zone::good(&zone.step(&zone.agent, &case, "withdraw", json!({})).await, "withdrawn");
        let of = |day: &str| ("submitted".to_owned(), day.to_owned());
        assert_eq!(days(&zone)[0], of("2027-01-04"), "one working day, by the rule for unpublished years");
        let service = &zone.world.state.service;
        assert_eq!(calendar::look(service).unwrap(), 0, "nothing is behind");

        // As computed by another calendar, of before and after this one's name; and of before this was noted.
        for name in ["", "00", "ff"] {
            let mut connection = service.database.connection().unwrap();
            let sql = format!("UPDATE cases SET due_by = '{name}', due_day = 1 WHERE open = 1");
            bulk::execute(&mut connection, &sql, []).unwrap();
            drop(connection);
            assert_eq!(calendar::look(service).unwrap(), 1, "the open one alone");
            assert_eq!(days(&zone)[0], of("2027-01-04"));
            assert_eq!(calendar::look(service).unwrap(), 0, "once");
        }
        assert!(zone.world.examined().findings.is_empty());
    }
}

/// Kind, state, verb and outcome of what arrived.
fn told(receiver: &Receiver) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = receiver.take();
    let case = |one: &Value| {
        let values = &one["data"]["values"];
        let kind = text(&one["type"]).trim_start_matches("example.xinji.").to_owned();
        (kind, text(&values["case_kind"]), text(&values["state"]))
    };
    let events = all.iter().map(super::receiver::Arrived::json);
    events.map(|one| case(&one)).filter(|one| one.0.starts_with("case.")).collect()
}

fn said(all: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    all.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

#[actix_web::test]
async fn webhooks_and_the_feed_tell_of_a_case_its_parties_alone() {
    for place in Place::all() {
        let settings = [vec![("webhook_receivers", "any".to_owned())], place.settings()].concat();
        let zone = Zone::of(World::whole_with(&settings), "2026-11-23").await;
        let (agent, source, other) = (Receiver::new(), Receiver::new(), Receiver::new());
        let share = json!({ "name": "share", "user": "agent", "scopes": ["read", "share"] });
        let own = zone.world.key(share).await;
        let mut hooks = Vec::new();
        let departments =
            [zone.world.department("market_regulation").await, zone.world.department("customs").await];
        for key in &departments {
            zone.world.granted(key, &["cases"]).await;
        }
        let [market, customs] = departments;
        for (key, receiver) in [(&own, &agent), (&market, &source), (&customs, &other)] {
            let body = json!({ "name": "hook", "url": receiver.url() });
            let made = zone.post(key, "/api/v1/subscriptions", body).await;
            assert!(made.status.is_success(), "{}", made.text());
            hooks.push(made.json()["id"].as_str().unwrap().to_owned());
        }
        let send = || {
            for id in &hooks {
                zone.world.state.webhooks.turn(id).unwrap();
            }
            (told(&agent), told(&source), told(&other))
        };
        let case = zone.objected().await;
        for verb in ["receive", "accept"] {
            zone.step(&zone.officer, &case, verb, json!({})).await;
        }
        let (to_agent, to_source, to_other) = send();
        let changed = |state| ("case.changed", "objection", state);
        assert_eq!(to_agent, said(&[changed("submitted"), changed("received"), changed("accepted")]));
        assert_eq!((to_source, to_other), (vec![], vec![]), "nobody was asked");

        let ask = json!({ "asked": "market_regulation" });
        Zone::good(&zone.step(&zone.officer, &case, "ask_source", ask).await, "source_check");
        let (_, to_source, to_other) = send();
        assert_eq!(to_source, said(&[changed("source_check")]));
        assert_eq!(to_other, vec![], "another was asked");
        let answer = json!({ "outcome": "rejected", "reason": "it is theirs" });
        Zone::good(&zone.step(&zone.source, &case, "answer", answer).await, "checked");
        let reject =
            json!({ "outcome": "rejected", "reason": "as the source says", "basis": "征信业管理条例第25条" });
        Zone::good(&zone.step(&zone.officer, &case, "propose", reject.clone()).await, "proposed");
        send();
        Zone::good(&zone.step(&zone.reviewer, &case, "confirm", reject).await, "closed");
        let closed = said(&[changed("closed"), ("case.notice", "objection", "closed")]);
        let (to_agent, to_source, _) = send();
        assert_eq!((to_agent, to_source), (closed.clone(), closed));

        // An alert: the enterprise is told once it is closed, and no more than that there was one.
        let alarm = json!({
            "uscc": code(1), "reason": "far from its peers",
            "about": { "alert": { "rule": "T01-LOW", "severity": "high", "evidence": { "T01": 71 } } },
        });
        let raised = zone.post(&zone.officer, "/api/v1/alerts", alarm).await;
        assert!(raised.status.is_success(), "{}", raised.text());
        assert_eq!(send().0, vec![], "an open alert");
        let place = raised.header("location").to_owned();
        zone.step(&zone.officer, &place, "drop", json!({ "reason": "a sale" })).await;
        let (to_agent, to_source, to_other) = send();
        assert_eq!(to_agent, said(&[("case.changed", "alert", "")]));
        assert_eq!((to_source, to_other), (vec![], vec![]));

        // The feed says the same, and each look is in the log that the enterprise reads.
        let feed = |key: String, purpose: &'static str| {
            let world = &zone.world;
            async move {
                let body = world.asked(&key, purpose, "/api/v1/changes?limit=200").await.json();
                let items = body["items"].as_array().unwrap_or_else(|| panic!("{body}")).clone();
                items.iter().filter(|one| one["kind"].as_str().unwrap().starts_with("case.")).count()
            }
        };
        assert_eq!(feed(own.clone(), "self").await, 8 + 1);
        assert_eq!(feed(market, "supervision").await, 5);
        assert_eq!(feed(customs, "supervision").await, 0);
        let log = format!("/api/v1/enterprises/{}/access-log?limit=200", code(1));
        let log = zone.world.asked(&own, "self", &log).await.json();
        let looks = log["items"].as_array().unwrap_or_else(|| panic!("{log}"));
        let of = |audience: &str| {
            let looks = looks.iter().filter(|look| look["audience"] == audience);
            looks.filter(|look| look["shown"].to_string().contains("cases")).count()
        };
        assert!(of("market_regulation") >= 5, "{looks:#?}");
        assert_eq!(of("customs"), 0);
        assert_eq!(kind(&zone.get(&zone.other, &case).await), "case_not_found");
    }
}
