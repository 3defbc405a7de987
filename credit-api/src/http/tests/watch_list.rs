//! The zone's watch list from the proposal to the day on which an entry is gone by itself, and who sees it when; N7.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::case_zone::{Zone, ends, kind};
use super::world::{code, noon};
use crate::clock::Clock;
use crate::store::both::Place;

impl Zone {
    /// The entries of a question, as one reader sees them.
    async fn watched(&self, key: &str, query: &str) -> Vec<Value> {
        let answer = self.get(key, &format!("/api/v1/negative-list{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text());
        answer.json()["items"].as_array().unwrap().clone()
    }

    /// To this day at noon, with the service's own work of each day between.
    fn until(&self, day: &str) {
        while self.world.clock.now().0 < noon(day) {
            self.later(1);
            self.world.look();
        }
    }

    /// Proposed and announced on the Friday before the National Day holiday: the address of the case.
    async fn announced(&self, list: &str) -> String {
        let opened = self.post(&self.officer, "/api/v1/list-entries", self.proposal(list).await).await;
        Zone::good(&opened, "proposed");
        let case = opened.header("location").to_owned();
        let notice = json!({ "reason": "facts, evidence, effect and remedy", "basis": "区内规则" });
        Zone::good(&self.step(&self.officer, &case, "notify", notice).await, "notified");
        case
    }
}

#[actix_web::test]
async fn an_entry_is_announced_heard_decided_by_another_served_and_gone_by_itself() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-09-25").await;
        let opened = zone.post(&zone.officer, "/api/v1/list-entries", zone.proposal("W3").await).await;
        let case = opened.header("location").to_owned();
        assert_eq!(kind(&zone.get(&zone.agent, &case).await), "case_not_found", "not told yet");
        let notice = json!({ "reason": "facts, evidence, effect and remedy", "basis": "区内规则" });
        Zone::good(&zone.step(&zone.officer, &case, "notify", notice).await, "notified");
        // The enterprise reads the notice on Monday: five working days over the holiday and its two worked days.
        zone.until("2026-09-28");
        let body = Zone::good(&zone.step(&zone.agent, &case, "read", json!({})).await, "notified");
        assert_eq!(ends(&body, "list_hearing"), "2026-10-10");
        let decision = json!({ "outcome": "enter", "reason": "twice nobody", "basis": "区内规则" });
        let early = zone.step(&zone.reviewer, &case, "decide", decision.clone()).await;
        assert_eq!(kind(&early), "case_refused", "it has not been heard");
        zone.until("2026-10-09");
        let statement = json!({ "reason": "we have moved next door" });
        let body = Zone::good(&zone.step(&zone.agent, &case, "state", statement).await, "heard");
        assert_eq!(ends(&body, "list_decide"), "2026-10-22");
        // Nobody decides on what it proposed, nor anybody who is no second officer; and nobody is listed so far.
        for key in [&zone.officer, &zone.colleague, &zone.agent] {
            assert_eq!(kind(&zone.step(key, &case, "decide", decision.clone()).await), "case_refused");
        }
        assert!(zone.watched(&zone.officer, "?kind=W3").await.is_empty());
        Zone::good(&zone.step(&zone.reviewer, &case, "decide", decision).await, "decided");
        Zone::good(&zone.step(&zone.officer, &case, "serve", json!({})).await, "served");
        assert!(zone.watched(&zone.officer, "?kind=W3").await.is_empty(), "posted is not served");
        // Nobody reads it: deemed served after five working days, the day after the last of them.
        zone.until("2026-10-15");
        assert!(zone.watched(&zone.officer, "?kind=W3").await.is_empty());
        zone.until("2026-10-16");
        Zone::good(&zone.get(&zone.agent, &case).await, "effective");

        let entries = zone.watched(&zone.officer, "?kind=W3").await;
        assert_eq!(entries.len(), 1);
        let entry = &entries[0];
        assert_eq!(
            (&entry["uscc"], &entry["kind"], &entry["effective_on"], &entry["expires_on"], &entry["renewed"]),
            (&json!(code(1)), &json!("W3"), &json!("2026-10-16"), &json!("2027-01-14"), &json!(false))
        );
        assert!(case.ends_with(entry["case"].as_str().unwrap()));
        sees_by_role(&zone).await;

        // The last day, and the day after: gone by its own clock, and then noted by the service.
        zone.until("2027-01-14");
        assert_eq!(zone.watched(&zone.officer, "?kind=W").await.len(), 1);
        zone.later(1);
        assert!(zone.watched(&zone.officer, "?kind=W").await.is_empty(), "before anybody has noted it");
        zone.world.look();
        Zone::good(&zone.get(&zone.officer, &case).await, "expired");
        assert!(zone.watched(&zone.agent, "?kind=W3").await.is_empty());

        // As of any day, as known now or then.
        for (query, number) in [
            ("&at=2026-10-15", 0),
            ("&at=2026-10-16", 1),
            ("&at=2027-01-14", 1),
            ("&at=2027-01-15", 0),
            ("&at=2026-12-01&known_at=2026-10-15T00:00:00Z", 0),
            ("&at=2026-12-01&known_at=2026-12-01T00:00:00Z", 1),
        ] {
            let found = zone.watched(&zone.auditor, &format!("?kind=W3{query}")).await;
            assert_eq!(found.len(), number, "{query}");
        }
        assert!(zone.world.findings().iter().all(|one| !one.starts_with("case")));
    }
}

/// Everybody asks for the watch list while there is an entry of enterprise 1.
async fn sees_by_role(zone: &Zone) {
    let of_one = format!("?kind=W3&uscc={}", code(1));
    for key in [&zone.officer, &zone.reviewer, &zone.auditor, &zone.agent] {
        assert_eq!(zone.watched(key, "?kind=W").await.len(), 1);
        assert_eq!(zone.watched(key, &of_one).await.len(), 1);
        assert!(zone.watched(key, "?kind=W4").await.is_empty());
    }
    // Departments: of one enterprise at a time.
    let answer = zone.get(&zone.other, "/api/v1/negative-list?kind=W").await;
    assert_eq!(kind(&answer), "one_at_a_time");
    assert_eq!(zone.watched(&zone.other, &of_one).await.len(), 1);
    // The enterprise of nobody else; nobody without a purpose; the public never, in no answer.
    let other = format!("/api/v1/negative-list?kind=W3&uscc={}", code(2));
    assert_eq!(kind(&zone.get(&zone.agent, &other).await), "not_disclosed");
    let silent = zone.get_for(&zone.officer, "", "/api/v1/negative-list?kind=W").await;
    assert_eq!(kind(&silent), "purpose_required");
    for path in ["?kind=W", "?kind=W3", "?kind=N7", &of_one] {
        let answer = zone.world.get(&format!("/api/v1/negative-list{path}")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["/api/v1/negative-list".to_owned(), format!("/api/v1/enterprises/{}", code(1))] {
        let answer = zone.world.get(&path).await;
        assert!(!answer.text().contains("\"W3\"") && !answer.text().contains("premises"), "{path}");
    }
}

#[actix_web::test]
async fn an_entry_is_renewed_once_by_two_and_released_at_once() {
    let place = &Place::all()[0];
    let zone = Zone::new(place, "2026-11-02").await;
    let case = zone.announced("W1").await;
    Zone::good(&zone.step(&zone.agent, &case, "waive", json!({})).await, "heard");
    let decision = json!({ "outcome": "enter", "reason": "a case was opened", "basis": "区内规则" });
    Zone::good(&zone.step(&zone.reviewer, &case, "decide", decision).await, "decided");
    Zone::good(&zone.step(&zone.officer, &case, "serve", json!({})).await, "served");
    // Read on the same day: then it is in effect.
    Zone::good(&zone.step(&zone.agent, &case, "read", json!({})).await, "effective");
    let entry = zone.watched(&zone.officer, "?kind=W1").await.remove(0);
    assert_eq!((&entry["effective_on"], &entry["expires_on"]), (&json!("2026-11-02"), &json!("2027-01-31")));
    zone.later(80);
    let why = json!({ "reason": "the agency has not decided", "basis": "区内规则" });
    Zone::good(&zone.step(&zone.officer, &case, "propose_renewal", why.clone()).await, "renewal_proposed");
    assert_eq!(kind(&zone.step(&zone.officer, &case, "extend", why.clone()).await), "case_refused");
    Zone::good(&zone.step(&zone.reviewer, &case, "extend", why.clone()).await, "effective");
    let entry = zone.watched(&zone.officer, "?kind=W1").await.remove(0);
    assert_eq!((&entry["renewed"], &entry["expires_on"]), (&json!(true), &json!("2027-05-01")));
    zone.later(80);
    Zone::good(&zone.step(&zone.officer, &case, "propose_renewal", why.clone()).await, "renewal_proposed");
    assert_eq!(kind(&zone.step(&zone.reviewer, &case, "extend", why.clone()).await), "case_refused", "once");
    Zone::good(&zone.step(&zone.reviewer, &case, "send_back", why.clone()).await, "effective");
    Zone::good(&zone.step(&zone.officer, &case, "propose_release", why.clone()).await, "release_proposed");
    assert_eq!(zone.watched(&zone.officer, "?kind=W1").await.len(), 1, "proposed is not released");
    // A repair asks for the same; its entry is in force until the other is released.
    let file = zone.bring(&zone.agent, b"%PDF-1.4 decided").await.json()["digest"].clone();
    let id = case.rsplit('/').next().unwrap();
    let repair = json!({
        "uscc": code(1), "reason": "the agency closed its case", "attachments": [file], "about": { "entry": id },
    });
    Zone::good(&zone.post(&zone.agent, "/api/v1/repairs", repair.clone()).await, "submitted");
    Zone::good(&zone.step(&zone.reviewer, &case, "confirm", why).await, "released");
    assert!(zone.watched(&zone.officer, "?kind=W1").await.is_empty());
    assert_eq!(zone.watched(&zone.auditor, "?kind=W1&at=2027-04-01").await.len(), 1);
    let over = zone.post(&zone.agent, "/api/v1/repairs", repair).await;
    assert_eq!(over.json()["errors"][0]["pointer"], "#/about");
}

#[actix_web::test]
async fn class_c_of_foreign_exchange_is_shown_as_the_class_is() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        let classes = format!(
            "uscc,authority,class,valid_from,valid_to,decision_no\n\
             {0},safe,A,2025-01-01,2026-01-31,SAFE-1\n{0},safe,C,2026-02-01,,SAFE-2\n{1},safe,B,2026-02-01,,SAFE-3\n",
            code(1),
            code(2)
        );
        assert_eq!(zone.world.take("classes", &classes).await["state"], "succeeded");
        let safe = zone.world.user_key("fx", "safe").await;
        let full = zone.get_for(&safe, "supervision", "/api/v1/negative-list?kind=N7").await.json();
        let entry = &full["items"][0];
        assert_eq!(
            (&entry["uscc"], &entry["decision_no"], &entry["effective_on"]),
            (&json!(code(1)), &json!("SAFE-2"), &json!("2026-02-01"))
        );
        assert_eq!(full["items"].as_array().unwrap().len(), 1);
        // The zone office sees the flag alone, market regulation nothing, the enterprise its own in full.
        let flag = zone.watched(&zone.officer, "?kind=N7").await.remove(0);
        assert_eq!((&flag["kind"], &flag["decision_no"]), (&json!("N7"), &Value::Null));
        assert_eq!(flag["effective_on"], Value::Null);
        assert_eq!(kind(&zone.get(&zone.source, "/api/v1/negative-list?kind=N7").await), "not_disclosed");
        assert_eq!(zone.watched(&zone.agent, "?kind=N7").await[0]["decision_no"], "SAFE-2");
        assert!(zone.watched(&zone.officer, "?kind=N7&at=2026-01-15").await.is_empty());
        let of_two = format!("?kind=N7&uscc={}", code(2));
        assert!(zone.watched(&zone.officer, &of_two).await.is_empty());
        // The statutory kinds are everybody's.
        assert_eq!(zone.world.get("/api/v1/negative-list?kind=N4").await.json()["items"][0]["kind"], "N4");
        let n1 = zone.world.get("/api/v1/negative-list?kind=N1").await.json();
        assert!(n1["items"].as_array().unwrap().is_empty());
    }
}
