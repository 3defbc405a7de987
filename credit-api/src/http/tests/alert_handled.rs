//! An alert from its triage to the re-check: who may take each step, what it must bring, the day of the re-check, and
//! that none of it lists, rates or restrains the enterprise.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::case_zone::{PDF, Zone, kind};
use super::world::{Answer, code};
use crate::store::both::Place;

#[track_caller]
fn refused(answer: &Answer, part: &str) {
    assert_eq!(
        (answer.status, kind(answer).as_str()),
        (StatusCode::CONFLICT, "case_refused"),
        "{}",
        answer.text()
    );
    assert!(answer.text().contains(part), "{part}: {}", answer.text());
}

/// The last day of a term that runs.
fn ends(case: &Value, clock: &str) -> String {
    let clocks = case["clocks"].as_array().unwrap_or_else(|| panic!("{case}"));
    let found = clocks.iter().find(|one| one["clock"] == clock && one["state"] == "running");
    found.unwrap_or_else(|| panic!("{clock}: {case}"))["ends_on"].as_str().unwrap().to_owned()
}

/// What would be touched by an alert that did something: grade and score, entries of the watch list, measures.
async fn standing(zone: &Zone) -> Vec<Value> {
    let rating = zone.world.read(&format!("/api/v1/enterprises/{}/rating", code(1))).await.json();
    let entries = zone.get(&zone.officer, "/api/v1/list-entries").await.json();
    let mut all = vec![rating["grade"].clone(), rating["score"].clone(), entries["items"].clone()];
    for state in ["proposed", "in_force"] {
        let measures = zone.get(&zone.officer, &format!("/api/v1/measures?state={state}")).await.json();
        let codes: Vec<&Value> =
            measures["items"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
        all.push(json!(codes));
    }
    all
}

#[actix_web::test]
async fn an_alert_is_assigned_verified_handled_by_another_and_looked_at_again() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        zone.world.look();
        let before = standing(&zone).await;
        let alarm = json!({
            "uscc": code(1), "reason": "far from its peers",
            "about": { "alert": { "rule": "T01-LOW", "severity": "high", "evidence": { "T01": 71 } } },
        });
        let raised = zone.post(&zone.officer, "/api/v1/alerts", alarm).await;
        Zone::good(&raised, "raised");
        let case = raised.header("location").to_owned();
        let said = || json!({ "reason": "far from its peers" });
        let (officer, reviewer) = (&zone.officer, &zone.reviewer);

        // Triaged by an officer, with a reason; assigned before it is verified.
        refused(&zone.step(officer, &case, "triage", json!({})).await, "reason");
        refused(&zone.step(reviewer, &case, "triage", said()).await, "officer");
        refused(&zone.step(officer, &case, "drop", json!({ "reason": " " })).await, "reason");
        let verified = async |brings: Value| zone.step(officer, &case, "verify", brings).await;
        refused(&verified(json!({ "outcome": "true", "reason": "x" })).await, "triage");
        let body = Zone::good(&zone.step(officer, &case, "triage", said()).await, "triaged");
        assert_eq!(ends(&body, "alert_verify"), "2026-12-07", "ten working days");
        refused(&verified(json!({ "outcome": "true", "reason": "x" })).await, "assign");
        for stranger in [&zone.source, &zone.other, &zone.agent] {
            assert!(!zone.step(stranger, &case, "assign", json!({})).await.status.is_success());
        }
        Zone::good(&zone.step(officer, &case, "assign", json!({})).await, "assigned");

        // Verified with a reason and evidence.
        let proof = zone.bring(officer, PDF).await.json()["digest"].clone();
        refused(&verified(json!({ "outcome": "true", "reason": "seen there" })).await, "attachment");
        refused(&verified(json!({ "outcome": "true", "attachments": [proof] })).await, "reason");
        refused(&verified(json!({ "reason": "seen there", "attachments": [proof] })).await, "outcome");
        let brings = json!({ "outcome": "true", "reason": "seen there", "attachments": [proof] });
        let body = Zone::good(&verified(brings).await, "verified");
        assert_eq!(ends(&body, "alert_handle"), "2026-12-07", "ten working days");

        // Handled by another person, with a reason and a basis; by nobody of a department or of the enterprise.
        let handled = async |key: &String, brings: Value| zone.step(key, &case, "handle", brings).await;
        let brings = json!({ "outcome": "measures", "reason": "an inspection", "basis": "rule of the zone" });
        refused(&handled(officer, brings.clone()).await, "reviewer");
        refused(&handled(&zone.colleague, brings.clone()).await, "reviewer");
        for (lacks, part) in [("reason", "reason"), ("basis", "basis"), ("outcome", "outcome")] {
            let mut brings = brings.clone();
            brings.as_object_mut().unwrap().remove(lacks);
            refused(&handled(reviewer, brings).await, part);
        }
        let body = Zone::good(&handled(reviewer, brings).await, "handled");
        assert_eq!(ends(&body, "alert_recheck"), "2026-12-23", "thirty days after it was handled");
        assert_eq!(
            kind(&zone.get(&zone.agent, &case).await),
            "case_not_found",
            "the enterprise is not warned"
        );

        // Handled or not, it did nothing by itself.
        zone.world.look();
        assert_eq!(standing(&zone).await, before);

        // Looked at again: with a reason; what comes back goes round again, what is clean is closed.
        zone.later(33);
        let overdue = zone.get(officer, "/api/v1/alerts?overdue=true&state=handled").await.json();
        assert_eq!(overdue["items"].as_array().unwrap().len(), 1, "{overdue}");
        refused(&zone.step(officer, &case, "recheck", json!({ "outcome": "clean" })).await, "reason");
        let again = json!({ "outcome": "recurring", "reason": "as before" });
        let body = Zone::good(&zone.step(officer, &case, "recheck", again).await, "assigned");
        assert!(ends(&body, "alert_verify").as_str() > "2026-12-26", "{body}");
        let unclear = json!({ "outcome": "unclear", "reason": "nobody met", "attachments": [proof] });
        let body = Zone::good(&verified(unclear).await, "watching");
        assert_eq!(ends(&body, "alert_recheck"), "2027-01-25", "thirty days");
        let clean = json!({ "outcome": "clean", "reason": "in order" });
        let body = Zone::good(&zone.step(reviewer, &case, "recheck", clean).await, "closed");
        assert!(body["clocks"].as_array().unwrap().iter().all(|one| one["state"] != "running"), "{body}");

        assert!(zone.world.examined().findings.is_empty());
    }
}
