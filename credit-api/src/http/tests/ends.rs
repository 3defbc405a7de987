//! The worker tells a department of an entry that ended by its own last day, in the feed that it follows.

use serde_json::json;

use super::world::{World, code};
use crate::store::both::Place;
use crate::worker;

#[actix_web::test]
async fn a_department_learns_of_an_end_by_its_last_day_from_the_worker() {
    for place in Place::all() {
        let world = World::at(&place);
        world.zone().await;
        let row = format!("{},safe,B,2024-01-01,2026-11-24,NO2", code(1));
        let head = "uscc,authority,class,valid_from,valid_to,decision_no";
        world.taken("classes", &format!("{head}\n{row}\n")).await;
        let customs = world.department("customs").await;
        world.granted(&customs, &["safe_class", "lists"]).await;
        let feed = world.asked(&customs, "supervision", "/api/v1/changes").await.json();
        let cursor = feed["next_cursor"].as_str().unwrap().to_owned();
        let later = format!("/api/v1/changes?since={cursor}");
        for (days, expected) in [(0, 0), (2, 1), (1, 1)] {
            world.later(days);
            let state = world.state.clone();
            let look = actix_web::web::block(move || worker::look(&state.service, &state.anchor)).await;
            look.unwrap().unwrap();
            let feed = world.asked(&customs, "supervision", &later).await.json();
            let ends: Vec<_> = feed["items"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|one| one["kind"] == "class.changed")
                .collect();
            assert_eq!(ends.len(), expected, "{feed}");
            if let [end] = ends[..] {
                assert_eq!((&end["values"]["event"], &end["uscc"]), (&json!("ended"), &json!(code(1))));
                assert_eq!(end["values"]["class"], "B");
            }
        }
    }
}
