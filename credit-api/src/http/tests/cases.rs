//! An objection from the penalty of a wrong record to the day on which it is gone: who may do what, what is refused and
//! with which words, deadlines over the National Day holiday, and what the ledger and `doctor` say of it.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use credit_core::cases::{Kind, Refusal, Verb};
use serde_json::json;

use super::case_zone::{HEADER, PDF, Zone, ends, kind};
use super::world::code;
use crate::access::{Audience, Principal};
use crate::anchoring::outbox;
use crate::cases::acts::{self, Brought, CaseError};
use crate::cases::parties::Party;
use crate::cases::{store as rows, tick};
use crate::store::both::Place;
use crate::store::bulk;
use crate::worker;

#[actix_web::test]
async fn a_wrong_record_is_objected_to_corrected_and_gone_the_same_day() {
    for place in Place::all() {
        // The Friday before the National Day holiday.
        let zone = Zone::new(&place, "2026-09-25").await;
        assert_eq!(zone.grade().await, "D");
        let file = zone.bring(&zone.agent, PDF).await;
        assert_eq!(file.status, StatusCode::CREATED, "{}", file.text());
        let digest = file.json()["digest"].as_str().unwrap().to_owned();
        let mut asked = zone.objection();
        asked["attachments"] = json!([digest]);
        let opened = zone.post(&zone.agent, "/api/v1/objections", asked).await;
        let case = opened.header("location").to_owned();
        let body = Zone::good(&opened, "submitted");
        assert_eq!(ends(&body, "objection_receipt"), "2026-09-28");
        assert_eq!(ends(&body, "objection_accept"), "2026-09-30");
        assert_eq!(ends(&body, "objection_outer"), "2026-10-15", "20 days");

        Zone::good(&zone.step(&zone.officer, &case, "receive", json!({})).await, "received");
        let body = Zone::good(&zone.step(&zone.officer, &case, "accept", json!({})).await, "accepted");
        assert_eq!(body["disputed"], true);
        zone.later(3);
        // To nobody it cannot be asked, and to nobody but the one asked is it answered.
        let nobody = zone.step(&zone.officer, &case, "ask_source", json!({})).await;
        assert_eq!(nobody.json()["errors"][0]["pointer"], "#/asked");
        let ask = json!({ "asked": "market_regulation" });
        let body = Zone::good(&zone.step(&zone.officer, &case, "ask_source", ask).await, "source_check");
        // Five working days from the 28th, over a week of holiday and the Saturday that is worked.
        assert_eq!(ends(&body, "objection_source"), "2026-10-10");
        let answer = json!({ "outcome": "upheld", "reason": "the file names another company" });
        assert_eq!(kind(&zone.step(&zone.other, &case, "answer", answer.clone()).await), "case_not_found");
        Zone::good(&zone.step(&zone.source, &case, "answer", answer).await, "checked");

        let propose = json!({ "outcome": "upheld", "reason": "as the source says", "basis": "征信业管理条例第二十五条" });
        Zone::good(&zone.step(&zone.officer, &case, "propose", propose).await, "proposed");
        let confirm = json!({ "outcome": "upheld", "reason": "seen" });
        Zone::good(&zone.step(&zone.reviewer, &case, "confirm", confirm).await, "upheld");
        assert_eq!(zone.grade().await, "D", "decided is not corrected");
        let early = zone.step(&zone.officer, &case, "correct", json!({})).await;
        assert_eq!((kind(&early).as_str(), early.status), ("case_refused", StatusCode::CONFLICT));
        assert!(early.text().contains("its source sends the right one"), "{}", early.text());

        // The source takes the entry back: superseded, rated again, off the list, on the ledger.
        let right = format!("{HEADER}{},serious_dishonesty,D1,市监局,2026-09-01,,2026-09-01\n", code(1));
        zone.world.take("lists", &right).await;
        assert_ne!(zone.grade().await, "D");
        let list = zone.world.get("/api/v1/negative-list").await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 0);
        let body = Zone::good(&zone.step(&zone.officer, &case, "correct", json!({})).await, "closed");
        assert_eq!(body["disputed"], false);

        // The enterprise reads the notice, sees its own file and not who decided; nobody else sees anything.
        let body = Zone::good(&zone.step(&zone.agent, &case, "read", json!({})).await, "closed");
        let by: Vec<bool> =
            body["steps"].as_array().unwrap().iter().map(|step| step["by"].is_string()).collect();
        assert_eq!(by, [true, false, false, false, false, false, false, false, true]);
        let id = body["id"].as_str().unwrap();
        let path = format!("/api/v1/cases/{id}/files/{digest}");
        let got = zone.get(&zone.agent, &path).await;
        assert_eq!((got.body.as_slice(), got.header("content-type")), (PDF, "application/octet-stream"));
        assert!(got.header("content-disposition").starts_with("attachment"));
        for stranger in [zone.other.as_str(), "nobody"] {
            assert!(zone.get(stranger, &path).await.status.is_client_error());
            assert!(zone.get(stranger, &case).await.status.is_client_error());
        }

        // Thirty days later nothing more can be said, and the service archives it.
        assert_eq!(tick::look(&zone.world.state.service).unwrap(), 0);
        zone.later(45);
        zone.world.look();
        let body = Zone::good(&zone.get(&zone.officer, &case).await, "archived");
        assert!(body["allowed"].as_array().unwrap().is_empty());

        // The chain holds, each step is what was anchored, and one that is changed shows.
        assert_eq!(zone.world.findings(), Vec::<String>::new());
        let mut connection = zone.world.state.service.database.connection().unwrap();
        let steps = rows::steps_of(&mut connection, id).unwrap();
        credit_core::cases::verify_chain(&steps).unwrap();
        let sql = "UPDATE case_steps SET step = REPLACE(step, 'upheld', 'rejected') WHERE case_id = $1";
        crate::store::bulk::execute(&mut connection, sql, [id.into()]).unwrap();
        assert!(zone.world.findings().iter().any(|one| one.starts_with("case_steps ")));
    }
}

#[actix_web::test]
async fn what_is_not_allowed_is_refused_with_what_is() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        // Only for its own enterprise, about what it has, with files that it brought.
        let mut other = zone.objection();
        other["uscc"] = code(2).into();
        assert_eq!(kind(&zone.post(&zone.agent, "/api/v1/objections", other).await), "not_yours");
        assert_eq!(
            kind(&zone.post(&zone.officer, "/api/v1/objections", zone.objection()).await),
            "not_yours"
        );
        let mut unknown = zone.objection();
        unknown["about"]["record"]["key"][2] = "D9".into();
        assert_eq!(
            zone.post(&zone.agent, "/api/v1/objections", unknown).await.json()["errors"][0]["pointer"],
            "#/about"
        );
        let mut rating = zone.objection();
        rating["about"] = json!({ "rating": 1 });
        let wrong = zone.post(&zone.agent, "/api/v1/objections", rating).await;
        assert_eq!(wrong.json()["errors"][0]["pointer"], "#/about");
        assert_eq!(zone.bring(&zone.agent, b"<html>").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let foreign = zone.bring(&zone.officer, PDF).await.json()["digest"].clone();
        let mut attached = zone.objection();
        attached["attachments"] = json!([foreign]);
        let refused = zone.post(&zone.agent, "/api/v1/objections", attached).await;
        assert_eq!(refused.json()["errors"][0]["pointer"], "#/attachments");

        let case = zone.objected().await;
        // The wrong verb for the state names those that are right; the wrong person too.
        let refused = zone.step(&zone.officer, &case, "propose", json!({})).await;
        assert_eq!((refused.status, kind(&refused).as_str()), (StatusCode::CONFLICT, "case_refused"));
        assert!(refused.text().contains("receipt"), "{}", refused.text());
        assert_eq!(kind(&zone.step(&zone.agent, &case, "receive", json!({})).await), "case_refused");
        assert_eq!(kind(&zone.step(&zone.officer, &case, "fly", json!({})).await), "not_found");
        let unseen = zone.post(&zone.officer, &format!("{case}/receive"), json!({})).await;
        assert_eq!(unseen.status, StatusCode::PRECONDITION_REQUIRED);

        // Two officers at once: one wins, the other is told.
        let act = async |key: &str| {
            let request =
                TestRequest::post().uri(&format!("{case}/receive")).insert_header(("If-Match", "\"1\""));
            zone.call(key, request.set_json(json!({}))).await
        };
        assert_eq!(act(&zone.officer).await.status, StatusCode::OK);
        assert_eq!(act(&zone.colleague).await.status, StatusCode::PRECONDITION_FAILED);

        // Nobody but who asks the source lets a department in, and the record stays the one that was objected to.
        zone.step(&zone.officer, &case, "accept", json!({ "asked": "customs" })).await;
        assert_eq!(zone.get(&zone.other, &case).await.status, StatusCode::NOT_FOUND);
        let another = json!({ "asked": "market_regulation", "about": { "indicator": "R01" } });
        let refused = zone.step(&zone.officer, &case, "ask_source", another).await;
        assert_eq!(refused.json()["errors"][0]["pointer"], "#/about", "{}", refused.text());

        // What the lists show: the enterprise its own, the officers all, by urgency; who was not asked nothing.
        let listed = async |key: &str| {
            let answer = zone.get(key, "/api/v1/objections?order=due").await;
            answer.json()["items"].as_array().unwrap().len()
        };
        assert_eq!((listed(&zone.agent).await, listed(&zone.officer).await), (1, 1));
        assert_eq!((listed(&zone.source).await, listed(&zone.other).await), (0, 0));
        zone.later(10);
        let board = zone.get(&zone.officer, "/api/v1/objections?order=due").await.json();
        assert_eq!((&board["items"][0]["overdue"], &board["items"][0]["open"]), (&true.into(), &true.into()));
        assert_eq!(
            zone.get(&zone.officer, "/api/v1/objections?order=due&cursor=x").await.status,
            StatusCode::BAD_REQUEST
        );

        // The same request twice is one case.
        let once = || {
            let request =
                TestRequest::post().uri("/api/v1/appeals").insert_header(("Idempotency-Key", "once"));
            let about = json!({ "indicator": "R01" });
            zone.call(
                &zone.agent,
                request.set_json(json!({ "uscc": code(1), "about": about, "reason": "wrong" })),
            )
        };
        let (first, second) = (once().await, once().await);
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
        assert_eq!(first.body, second.body);
        assert_eq!(first.json()["stays_consequences"], true);
        assert_eq!(
            zone.get(&zone.agent, "/api/v1/appeals").await.json()["items"].as_array().unwrap().len(),
            1
        );
    }
}

#[actix_web::test]
async fn who_confirms_is_another_than_who_proposed() {
    let place = &Place::all()[0];
    let zone = Zone::new(place, "2026-11-23").await;
    let case = zone.objected().await;
    zone.step(&zone.officer, &case, "receive", json!({})).await;
    zone.step(&zone.officer, &case, "accept", json!({})).await;
    let propose = json!({ "outcome": "upheld", "reason": "ours", "basis": "操作规程" });
    Zone::good(&zone.step(&zone.officer, &case, "propose", propose).await, "proposed");
    let confirm = json!({ "outcome": "upheld", "reason": "seen" });
    assert_eq!(kind(&zone.step(&zone.officer, &case, "confirm", confirm.clone()).await), "case_refused");
    let other = json!({ "outcome": "rejected", "reason": "seen" });
    assert_eq!(kind(&zone.step(&zone.reviewer, &case, "confirm", other).await), "case_refused");
    Zone::good(&zone.step(&zone.reviewer, &case, "confirm", confirm).await, "upheld");
    // A key of no person is no officer.
    let machine =
        json!({ "name": "m", "audience": "commerce", "organisation": "5115", "scopes": ["read", "cases"] });
    let machine = zone.world.key(machine).await;
    assert_eq!(kind(&zone.step(&machine, &case, "correct", json!({})).await), "case_not_found");
    for list in ["/api/v1/objections", "/api/v1/cases"] {
        let body = zone.get(&machine, list).await.json();
        assert_eq!(body["items"], json!([]), "{list}: {body}");
    }
}

/// What a case is about is said when it is submitted, also anew, and by nobody else; it stays a thing of its kind.
#[actix_web::test]
async fn what_a_case_is_about_is_named_by_whoever_submits_it() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        let second = format!("{HEADER}{},serious_dishonesty,D2,市监局,2026-09-01,,\n", code(1));
        zone.world.take("lists", &second).await;
        let case = zone.objected().await;
        let about = |number: &str| json!({ "record": { "source": "lists", "key": [code(1), "serious_dishonesty", number] } });
        let refused =
            zone.step(&zone.officer, &case, "receive", json!({ "about": about("D2") })).await.json();
        assert_eq!(refused["errors"][0]["pointer"], "#/about", "{refused}");
        // The same thing in the same words is no other.
        let same = json!({ "about": about("D1") });
        Zone::good(&zone.step(&zone.officer, &case, "receive", same).await, "received");
        Zone::good(
            &zone.step(&zone.officer, &case, "return", json!({ "reason": "which?" })).await,
            "returned",
        );
        for other in [json!({ "indicator": "R01" }), json!({ "rating": 1 }), about("D9")] {
            let body = json!({ "reason": "this", "about": other });
            let refused = zone.step(&zone.agent, &case, "submit", body).await.json();
            assert_eq!(refused["errors"][0]["pointer"], "#/about", "{refused}");
        }
        let anew = json!({ "reason": "this", "about": about("D2") });
        let body = Zone::good(&zone.step(&zone.agent, &case, "submit", anew).await, "submitted");
        assert_eq!(body["about"], about("D2"));
    }
}

/// The person counts, and not the chair: an officer who became a reviewer confirms nothing of the own.
#[actix_web::test]
async fn an_officer_who_became_a_reviewer_does_not_confirm_the_own_proposal() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        let case = zone.objected().await;
        for verb in ["receive", "accept"] {
            zone.step(&zone.officer, &case, verb, json!({})).await;
        }
        let propose = json!({ "outcome": "upheld", "reason": "ours", "basis": "操作规程" });
        Zone::good(&zone.step(&zone.officer, &case, "propose", propose).await, "proposed");
        let mut connection = zone.world.state.service.database.connection().unwrap();
        bulk::execute(&mut connection, "UPDATE users SET audience = 'reviewer' WHERE login = 'officer'", [])
            .unwrap();
        drop(connection);
        let promoted = zone.world.another_key("officer", &["read", "cases"]).await;
        let seen = zone.get(&zone.colleague, &case).await.header("etag").to_owned();
        for verb in ["confirm", "send_back"] {
            let body = json!({ "outcome": (verb == "confirm").then_some("upheld"), "reason": "seen" });
            let answer = zone.world.sent(&promoted, &format!("{case}/{verb}"), &seen, body.clone()).await;
            assert_eq!(kind(&answer), "case_refused", "{verb}");
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.starts_with("Another person"), "{detail}");
        }
        let confirm = json!({ "outcome": "upheld", "reason": "seen" });
        let answer = zone.world.sent(&zone.reviewer, &format!("{case}/confirm"), &seen, confirm).await;
        Zone::good(&answer, "upheld");
    }
}

/// What only a person can do is not looked at again and again, and keeps nothing from what the service does.
#[actix_web::test]
async fn what_waits_for_a_person_keeps_nothing_from_running_out() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        let (waits, returned) = (zone.objected().await, zone.objected().await);
        zone.step(&zone.officer, &returned, "receive", json!({})).await;
        Zone::good(
            &zone.step(&zone.officer, &returned, "return", json!({ "reason": "no record" })).await,
            "returned",
        );
        zone.later(60);
        let service = &zone.world.state.service;
        let today = service.clock.today();
        let mut due = Vec::new();
        for state in tick::states(Kind::Objection) {
            let of = (Kind::Objection, state);
            due.extend(rows::over(&mut service.database.connection().unwrap(), of, today, 10).unwrap());
        }
        assert_eq!(due.len(), 1, "the one that waits for an officer is overdue and not the service's");
        assert_eq!((tick::look(service).unwrap(), tick::look(service).unwrap()), (1, 0));
        Zone::good(&zone.get(&zone.officer, &returned).await, "archived");
        Zone::good(&zone.get(&zone.officer, &waits).await, "submitted");
    }
}

/// A step is acknowledged when it is in the database; what it anchors follows, and follows once, also when the service
/// ended between the two.
#[actix_web::test]
async fn what_follows_a_step_is_finished_once_after_a_crash() {
    for place in Place::all() {
        let zone = Zone::new(&place, "2026-11-23").await;
        let case = zone.objected().await;
        let id = case.rsplit('/').next().unwrap().to_owned();
        let service = &zone.world.state.service;
        let anchor = &zone.world.state.anchor;
        for _ in 0..2 {
            worker::look(service, anchor).unwrap();
        }
        let before = anchor.view().published_size();
        // The step is taken, and the service ends before it brings anything onto the ledger.
        let who = Party {
            principal: Principal::of("user:officer", Audience::Commerce),
            person: "officer".to_owned(),
            is_person: true,
        };
        let step = |version: i64| {
            let brought = Brought::default();
            acts::step(
                service,
                &who,
                (&id, Kind::Objection, version),
                Verb::Receive,
                &brought,
                &mut |_, _| Ok(()),
            )
        };
        step(1).unwrap();
        assert_eq!(anchor.view().published_size(), before, "nothing of it is on the ledger");
        assert!(zone.world.findings().is_empty(), "what waits is no finding");
        Zone::good(&zone.get(&zone.officer, &case).await, "received");
        // Who was not told asks again, and is told that it was done.
        assert!(matches!(step(1), Err(CaseError::Refused(Refusal::Stale { seen: 1, at: 2 }))));
        // What starts again finishes it; looking again adds nothing.
        let mut connection = service.database.connection().unwrap();
        let mut waiting = || {
            let rows = outbox::of_subject(&mut connection, acts::KIND, &code(1)).unwrap();
            (rows.len(), rows.iter().filter(|row| row.leaf_index.is_none()).count())
        };
        let (steps, left) = waiting();
        assert_eq!(left, 1, "the step waits");
        worker::look(service, anchor).unwrap();
        assert_eq!(waiting(), (steps, 0));
        let after = anchor.view().published_size();
        assert!(after > before);
        for _ in 0..2 {
            worker::look(service, anchor).unwrap();
        }
        assert_eq!((waiting(), anchor.view().published_size()), ((steps, 0), after), "once");
        assert!(zone.world.findings().is_empty());
    }
}
