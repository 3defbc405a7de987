//! The operator's own calendars of working days: refused with the place, in force beside and over the program's, in
//! every term at once, and left as they were when a file breaks.

use std::path::Path;

use credit_core::calendar::WorkingDays;
use serde_json::{Value, json};

use super::case_zone::Zone;
use super::sharing::terms;
use super::world::{World, code};
use crate::cases::days::Calendars;
use crate::store::both::Place;

/// Of a notice that is not out: the first Monday and Tuesday of the year free, the Saturday after them with work.
const NEXT: &str = "[[year]]\nyear = 2027\noff = [\"01-01\", \"01-04\", \"01-05\"]\nwork = [\"01-09\"]\n";
/// The year at hand as a later notice changed it: without any holiday.
const CHANGED: &str = "# changed\n[[year]]\nyear = 2026\noff = []\nwork = []\n";

#[test]
fn calendars_are_refused_with_the_place_in_two_languages() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, body: &str| std::fs::write(folder.path().join(name), body).unwrap();
    let opened =
        || Calendars::open(Some(folder.path())).map(|found| found.now()).map_err(|why| why.to_string());
    assert!(opened().unwrap_err().contains("no file *.toml in it"));
    let absent = Calendars::open(Some(Path::new("/no/such/folder"))).map(|_| ()).unwrap_err();
    assert!(absent.to_string().starts_with("calendars /no/such/folder: "), "{absent}");

    put("2027.toml", &NEXT.replace("01-09", "01-08"));
    assert_eq!(
        opened().unwrap_err(),
        "2027.toml:1: work: 2027-01-08 是周一至周五，不必写为上班 · is a weekday and asks for no extra work"
    );
    put("2027.toml", NEXT);
    put("again.toml", &format!("{CHANGED}{NEXT}"));
    assert_eq!(opened().unwrap_err(), "again.toml: 2027 年已在 2027.toml 中 · 2027 is in 2027.toml already");
    put("again.toml", CHANGED);
    let found = opened().unwrap();
    assert_eq!(found.last_published_year(), Some(2027));
    let works = |calendar: &WorkingDays, day: &str| calendar.is_working_day(day.parse().unwrap());
    let program = WorkingDays::embedded();
    assert!(works(&found, "2026-10-01") && !works(program, "2026-10-01"), "over the program's");
    assert!(works(&found, "2025-01-26") && works(program, "2025-01-26"), "beside the program's");
    assert_eq!(*Calendars::open(None).unwrap().now(), *program);
}

/// The clocks of a case: which, its last day, whether that may still move.
async fn clocks(zone: &Zone, case: &str) -> Vec<(String, String, bool)> {
    let body = zone.get(&zone.agent, case).await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let clocks = body["clocks"].as_array().unwrap_or_else(|| panic!("{body}")).iter();
    clocks.map(|one| (text(&one["clock"]), text(&one["ends_on"]), one["provisional"] == true)).collect()
}

fn said(all: [(&str, &str, bool); 3]) -> Vec<(String, String, bool)> {
    all.map(|(clock, day, is_provisional)| (clock.to_owned(), day.to_owned(), is_provisional)).to_vec()
}

#[actix_web::test]
async fn a_notice_that_is_loaded_makes_every_term_firm() {
    for place in Place::all() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, body: &str| std::fs::write(folder.path().join(name), body).unwrap();
        put("2026.toml", CHANGED);
        let own = vec![("calendars", folder.path().to_string_lossy().into_owned())];
        // A Thursday; the calendar of 2027 is not published.
        let zone = Zone::of(World::whole_with(&[own, place.settings()].concat()), "2026-12-31").await;
        let world = &zone.world;
        let (service, anchor) = (&world.state.service, &world.state.anchor);
        let due_on = async || {
            let page = zone.get_for(&zone.officer, "appeal", "/api/v1/objections").await.json();
            page["items"][0]["due_on"].as_str().unwrap_or_else(|| panic!("{page}")).to_owned()
        };
        let plan = format!("/api/v1/enterprises/{}/repair-plan", code(1));
        let answer_by = async || {
            let answer = zone.get(&zone.agent, &plan).await.json()["answer"].clone();
            (answer["today_by"].as_str().unwrap().to_owned(), answer["provisional"] == true)
        };
        let customs = world.department("customs").await;
        let asked = zone.post(&customs, "/api/v1/standing-requests", terms(&["penalties"])).await;
        let request = asked.header("location").to_owned();
        let answer_due = async || {
            let body = zone.get(&customs, &request).await.json();
            body["answer_due"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
        };

        let case = zone.objected().await;
        let before = said([
            ("objection_receipt", "2027-01-04", true),
            ("objection_accept", "2027-01-06", true),
            ("objection_outer", "2027-01-20", true),
        ]);
        assert_eq!(clocks(&zone, &case).await, before, "by the rule for unpublished years");
        assert_eq!(due_on().await, "2027-01-04");
        assert_eq!(answer_by().await, ("2027-01-15".to_owned(), true));
        assert_eq!(answer_due().await, "2027-01-15");
        assert_eq!(world.get("/readyz").await.json()["calendar_until"], 2026);

        put("2027.toml", NEXT);
        assert!(service.calendars.look());
        let firm = said([
            ("objection_receipt", "2027-01-06", false),
            ("objection_accept", "2027-01-08", false),
            ("objection_outer", "2027-01-20", false),
        ]);
        assert_eq!(clocks(&zone, &case).await, firm);
        assert_eq!(due_on().await, "2027-01-04", "until the worker looks");
        crate::worker::look(service, anchor).unwrap();
        assert_eq!(due_on().await, "2027-01-06");
        // The Saturday counts.
        assert_eq!(answer_by().await, ("2027-01-18".to_owned(), false));
        assert_eq!(answer_due().await, "2027-01-18");
        assert_eq!(world.get("/readyz").await.json()["calendar_until"], 2027);
        assert_eq!(world.get("/healthz").await.json()["calendars"], "current");

        // One that breaks changes nothing, and is told wherever it is asked.
        put("2027.toml", &NEXT.replace("01-09", "01-08"));
        assert!(!service.calendars.look());
        crate::worker::look(service, anchor).unwrap();
        assert_eq!(clocks(&zone, &case).await, firm);
        assert_eq!(due_on().await, "2027-01-06");
        assert_eq!(world.get("/healthz").await.json()["calendars"], "stale");
        let why = world.get("/readyz").await.json()["calendars_trouble"].as_str().unwrap().to_owned();
        assert!(why.starts_with("2027.toml:1: work: 2027-01-08 是周一至周五"), "{why}");
        assert!(world.get("/metrics").await.text().contains("calendars_trouble 1"));
        std::fs::remove_file(folder.path().join("2026.toml")).unwrap();
        std::fs::remove_file(folder.path().join("2027.toml")).unwrap();
        assert!(!service.calendars.look(), "an empty folder is a broken one");
        assert_eq!(clocks(&zone, &case).await, firm);

        // A changed notice moves it again; the next step is taken by what holds then, and no case disagrees with its
        // steps.
        put("2027.toml", &NEXT.replace("\"01-05\"", "\"01-05\", \"01-06\""));
        assert!(service.calendars.look());
        crate::worker::look(service, anchor).unwrap();
        assert_eq!(due_on().await, "2027-01-07");
        assert_eq!(world.get("/healthz").await.json()["calendars"], "current");
        assert!(world.get("/metrics").await.text().contains("calendars_trouble 0"));
        Zone::good(&zone.step(&zone.officer, &case, "receive", json!({})).await, "received");
        assert_eq!(due_on().await, "2027-01-09", "the third working day is the Saturday");
        assert!(world.examined().findings.is_empty());
    }
}
