//! The case of a repair that the service opens on the day on which it may be asked.

use serde_json::{Value, json};

use super::case_zone::{HEADER, Zone};
use super::world::code;
use crate::repair::eligible;
use crate::store::both::Place;

async fn repairs(zone: &Zone) -> Vec<(String, String)> {
    let body = zone.get(&zone.agent, "/api/v1/repairs").await.json();
    let items = body["items"].as_array().unwrap_or_else(|| panic!("{body}"));
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    items.iter().map(|one| (text(one, "id"), text(one, "state"))).collect()
}

#[actix_web::test]
async fn the_case_of_a_repair_is_there_on_the_day_after_the_least_publicity_and_once() {
    for place in Place::all() {
        // Entered on 2026-09-01; a year of publicity ends with 2027-09-01.
        let mut zone = Zone::new(&place, "2026-09-25").await;
        // Its removal may be asked at once: there is no such day, and no case.
        let at_once = format!("{HEADER}{},abnormal_operation,L1,市监局,2026-09-01,,\n", code(1));
        zone.world.take("lists", &at_once).await;
        zone.world.look();
        assert_eq!(repairs(&zone).await, vec![]);
        zone.later(341);
        // Keys of a year ago have expired.
        zone.agent = zone.world.another_key("agent", &["read", "cases"]).await;
        zone.officer = zone.world.another_key("officer", &["read", "cases"]).await;
        zone.world.look();
        assert_eq!(repairs(&zone).await, vec![], "its last day");
        zone.later(1);
        zone.world.look();
        let found = repairs(&zone).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, "eligible");
        let path = format!("/api/v1/repairs/{}", found[0].0);
        let body = zone.get(&zone.agent, &path).await.json();
        assert!(body["steps"][0]["reason"].to_string().contains("2027-09-02"), "{body}");
        // Once a day, and once for ever: also when the day is looked at again.
        assert_eq!(eligible::look(&zone.world.state.service).unwrap(), 0);
        zone.later(1);
        assert_eq!(eligible::look(&zone.world.state.service).unwrap(), 0);
        assert_eq!(repairs(&zone).await.len(), 1);
        Zone::good(&zone.step(&zone.agent, &path, "guide", json!({})).await, "guided");
        Zone::good(&zone.step(&zone.agent, &path, "withdraw", json!({})).await, "withdrawn");
        zone.later(1);
        assert_eq!(eligible::look(&zone.world.state.service).unwrap(), 0, "its owner wanted none");

        // A second one that its source takes back before anybody took it up.
        let entry = |removed: &str| {
            format!("{HEADER}{},serious_dishonesty,D2,市监局,2026-09-02,,{removed}\n", code(1))
        };
        zone.world.take("lists", &entry("")).await;
        zone.later(1);
        assert_eq!(eligible::look(&zone.world.state.service).unwrap(), 1);
        zone.world.take("lists", &entry("2027-09-06")).await;
        zone.later(1);
        zone.world.look();
        let mut states: Vec<String> = repairs(&zone).await.into_iter().map(|one| one.1).collect();
        states.sort();
        assert_eq!(states, ["withdrawn", "withdrawn"]);
        assert!(zone.world.examined().findings.is_empty());
    }
}
