//! Who is on which list: as of any day, as known at any time, proven to anybody, and gone on the day on which it ends.

use actix_web::http::StatusCode;
use ledger::policy::Policy;
use ledger::verify::{StatusReport, verify_status};
use serde_json::Value;

use super::world::{LISTS, World, code, registrations};
use crate::negative_list::due;
use crate::store::both::Place;

impl World {
    /// The lists that a question gives: list and enterprise.
    async fn listed(&self, query: &str) -> Vec<(String, String)> {
        let answer = self.get(&format!("/api/v1/negative-list{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let body = answer.json();
        body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| (text(&item["list"]), text(&item["uscc"])))
            .collect()
    }

    /// What the log proves of an enterprise and these lists, by number.
    async fn proven(&self, uscc: &str) -> StatusReport {
        let answer = self.get(&format!("/api/v1/negative-list/{uscc}/proof")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        // As a name: in Base64 the three letters come up by chance.
        assert!(!answer.text().contains("\"vrf"), "the label is nobody's to see");
        let trusted: Policy = self.state.anchor.view().policy().parse().unwrap();
        verify_status(answer.text().as_bytes(), &trusted).unwrap()
    }

    async fn on_lists(&self, uscc: &str) -> Vec<u16> {
        let report = self.proven(uscc).await;
        assert_eq!(report.lists.len(), 9);
        report.lists.iter().filter(|list| list.is_listed()).map(|list| list.list).collect()
    }
}

fn entry(list: &str, number: u32) -> (String, String) {
    (list.to_owned(), code(number))
}

/// Three enterprises: one on a list without an end and in abnormal operation, one until tomorrow, one on none.
async fn zone(world: &World) {
    world.take("registration", &registrations([1, 2, 3])).await;
    let (one, two) = (code(1), code(2));
    let file = format!(
        "{LISTS}{one},serious_dishonesty,D1,市监局,2026-11-01,,\n{one},abnormal_operation,A1,市监局,2026-10-01,,\n\
         {two},judgment_defaulter,J1,法院,2026-10-01,2026-11-24,\n"
    );
    assert_eq!(world.take("lists", &file).await["state"], "succeeded");
}

#[actix_web::test]
async fn the_list_is_that_of_any_day_and_of_any_knowledge() {
    for place in Place::all() {
        let world = World::at(&place);
        zone(&world).await;
        let both = [entry("serious_dishonesty", 1), entry("judgment_defaulter", 2)];
        assert_eq!(world.listed("").await, both);
        assert_eq!(world.listed("?at=2026-10-31").await, both[1..]);
        assert_eq!(world.listed("?at=2026-11-24").await, both);
        assert_eq!(world.listed("?at=2026-11-25").await, both[..1]);
        assert_eq!(world.listed("?at=2026-09-30").await, []);
        assert_eq!(world.listed("?list=abnormal_operation").await, [entry("abnormal_operation", 1)]);
        assert_eq!(world.listed("?list=customs_dishonest").await, []);
        assert_eq!(world.listed(&format!("?uscc={}", code(2))).await, both[1..]);
        assert_eq!(world.listed(&format!("?uscc={}", code(3))).await, []);
        assert_eq!(world.get("/api/v1/negative-list?uscc=X").await.status, StatusCode::BAD_REQUEST);
        assert_eq!(world.listed("?known_at=2026-11-01T00:00:00Z").await, []);

        // A page at a time, by enterprise.
        let first = world.get("/api/v1/negative-list?limit=1").await.json();
        assert_eq!(first["items"].as_array().unwrap().len(), 1);
        assert_eq!(
            (&first["items"][0]["list_number"], &first["items"][0]["kind"]),
            (&2.into(), &"N4".into())
        );
        let next = first["next_cursor"].as_str().unwrap();
        assert_eq!(world.listed(&format!("?limit=1&cursor={next}")).await, both[1..]);
        assert_eq!(world.get("/api/v1/negative-list?at=tomorrow").await.status, StatusCode::BAD_REQUEST);
        assert_eq!(world.get("/api/v1/negative-list?list=W1").await.status, StatusCode::BAD_REQUEST);

        // The feed is fresh, and is not two days and more without a file.
        assert_eq!(first["feed"]["is_stale"], false);
        world.later(3);
        assert_eq!(world.get("/api/v1/negative-list").await.json()["feed"]["is_stale"], true);
    }
}

#[actix_web::test]
async fn being_and_not_being_listed_is_proven_to_anybody() {
    for place in Place::all() {
        let world = World::at(&place);
        zone(&world).await;
        world.look();
        assert_eq!(world.on_lists(&code(1)).await, [1, 2]);
        assert_eq!(world.on_lists(&code(2)).await, [3]);
        // Never entered, and not known here at all: the log says the same of both.
        for number in [3, 9] {
            let report = world.proven(&code(number)).await;
            assert!(report.rating.is_none() && report.lists.iter().all(|list| list.state.is_none()));
        }
        assert_eq!(world.get("/api/v1/negative-list/X/proof").await.status, StatusCode::BAD_REQUEST);
    }
}

#[actix_web::test]
async fn an_entry_is_gone_on_the_day_on_which_it_ends() {
    for place in Place::all() {
        let world = World::at(&place);
        zone(&world).await;
        world.look();
        let path = format!("/api/v1/enterprises/{}/rating", code(2));
        let vetoed = world.read(&path).await.json();
        assert_eq!(vetoed["grade"], "D", "{vetoed}");
        let seq = vetoed["anchor"]["seq"].as_u64().unwrap();
        let shown = |answer: Value| answer["items"].as_array().unwrap().len();
        assert_eq!(shown(world.get("/api/v1/enterprises?listed=true").await.json()), 2);

        // Its last day is still one of it.
        world.later(1);
        world.look();
        assert_eq!(world.on_lists(&code(2)).await, [3]);
        world.later(1);
        world.look();
        assert!(world.on_lists(&code(2)).await.is_empty());
        assert!(world.proven(&code(2)).await.lists[2].state.is_some(), "it was on it, and left");
        assert_eq!(world.listed("").await, [entry("serious_dishonesty", 1)]);
        assert_eq!(shown(world.get("/api/v1/enterprises?listed=true").await.json()), 1);
        let freed = world.read(&path).await.json();
        assert_eq!(freed["anchor"]["seq"], seq + 1, "rated again on that day: {freed}");
        assert_ne!(freed["grade"], "D");
        // Nothing more is due, and looking again writes nothing.
        let size = world.state.anchor.view().published_size();
        let service = &world.state.service;
        assert_eq!(due::mark(&service.database, service.clock.as_ref()).unwrap(), 0);
        world.look();
        assert_eq!(world.state.anchor.view().published_size(), size);

        // The source takes the other back, and enters it again by another decision.
        let one = code(1);
        let removed = format!("{LISTS}{one},serious_dishonesty,D1,市监局,2026-11-01,,2026-11-25\n");
        world.take("lists", &removed).await;
        assert_eq!(world.on_lists(&one).await, [1]);
        let again = format!("{LISTS}{one},serious_dishonesty,D2,市监局,2026-11-25,,\n");
        world.take("lists", &again).await;
        assert_eq!(world.on_lists(&one).await, [1, 2]);
        assert_eq!(
            world.listed("?at=2026-11-24").await,
            [entry("serious_dishonesty", 1), entry("judgment_defaulter", 2)]
        );

        let report = world.examined();
        assert_eq!((report.findings, report.listings), (Vec::new(), 6));
        let sql = "UPDATE listings SET listed = 0 WHERE uscc = $1 AND seq = 1";
        let mut connection = service.database.connection().unwrap();
        crate::store::bulk::execute(&mut connection, sql, [one.clone().into()]).unwrap();
        let found = world.examined().findings;
        assert!(found.iter().any(|one| one.place.starts_with("listings ")), "{found:?}");
    }
}
