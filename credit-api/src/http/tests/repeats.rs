use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use std::sync::Arc;

use super::world::{World, code, registrations};
use crate::jobs::Jobs;
use crate::jobs::store::{self, BatchTask};
use crate::store::{Lane, StoreError, write};

#[actix_web::test]
async fn a_cancelled_job_stays_cancelled_and_says_so_again() {
    let world = World::new();
    // The first file keeps the one worker busy while the second waits.
    let first = world.send("registration", &registrations(1..3_000)).await;
    let second = world.send("registration", &registrations(3_000..3_010)).await;
    let job = second.header("location").to_owned();
    let cancel = |key: Option<&'static str>| {
        let request = world.signed(TestRequest::delete().uri(&job));
        match key {
            Some(key) => request.insert_header(("Idempotency-Key", key)),
            None => request,
        }
    };
    let asked = world.call(cancel(Some("stop"))).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text());
    world.wait(first.header("location")).await;
    assert_eq!(world.wait(&job).await["state"], "cancelled");
    let again = world.call(cancel(Some("stop"))).await;
    assert_eq!((again.status, &again.body), (StatusCode::ACCEPTED, &asked.body));
    assert_eq!(world.call(cancel(Some("other"))).await.status, StatusCode::CONFLICT);
    assert_eq!(world.call(cancel(None)).await.status, StatusCode::CONFLICT);
    let used = TestRequest::post()
        .uri(&format!("/api/v1/enterprises/{}/simulations", code(1)))
        .insert_header(("X-Purpose", "supervision"))
        .insert_header(("Idempotency-Key", "stop"))
        .set_json(serde_json::json!({}));
    let used = world.call(world.signed(used)).await;
    assert_eq!(used.json()["type"], "https://xinji.example/problems/idempotency_conflict");
}

#[actix_web::test]
async fn a_wish_to_cancel_outlives_the_process() {
    let world = World::new();
    let task = BatchTask {
        source: "registration".to_owned(),
        file_name: "registration.csv".to_owned(),
        digest: "0".repeat(64),
        bytes: 1,
    };
    // As a process leaves it that ended between the answer and the work.
    let mut connection = world.state.service.database.connection().unwrap();
    write(&mut connection, Lane::Bookkeeping, |connection| {
        store::insert(connection, "j-left", &task, 1)?;
        store::ask_to_stop(connection, "j-left", 2)
    })
    .map_err(|error: StoreError| error.to_string())
    .unwrap();
    let jobs = Jobs::start(world.state.service.clone(), Arc::clone(&world.state.anchor)).unwrap();
    for _ in 0..500 {
        if jobs.finished() == 1 {
            break;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(world.read("/api/v1/jobs/j-left").await.json()["state"], "cancelled");
}
