//! A sealed file goes with the last job that could have taken it, and with none before.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;

use super::customs::{Trade, archive, parties};
use super::world::{Answer, World, registrations};
use crate::ceb::SOURCE;
use crate::intake::leftover;
use crate::jobs::Jobs;
use crate::jobs::store::{self, BatchTask};
use crate::store::both::Place;
use crate::store::{Lane, StoreError, write};

impl World {
    async fn send_customs(&self, bytes: Vec<u8>, key: &'static str) -> Answer {
        let request =
            TestRequest::post().uri("/api/v1/sources/ceb/batches").insert_header(("Idempotency-Key", key));
        let answer = self.call(self.signed(request.set_payload(bytes))).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        answer
    }

    async fn cancel(&self, job: &str) {
        let answer = self.call(self.signed(TestRequest::delete().uri(job))).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    }

    /// Sealed files below the data folder.
    fn sealed_files(&self) -> usize {
        let folder = self.state.service.config.data.join("evidence");
        let folders = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir());
        let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap());
        files
            .filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|kind| kind == "sealed"))
            .count()
    }

    /// Waits until a file that is on its way out is gone: a job is on record as ended before.
    async fn sealed_files_left(&self, expected: usize) {
        for _ in 0..500 {
            if self.sealed_files() == expected {
                return;
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(self.sealed_files(), expected);
    }
}

#[actix_web::test]
async fn a_sealed_file_goes_with_its_cancelled_job_and_not_while_another_waits_for_it() {
    for place in Place::all() {
        let world = World::at(&place);
        let busy = world.send("registration", &registrations(1..3_000)).await;
        let file = archive(&Trade::new(1).whole(), &[]);
        let first = world.send_customs(file.clone(), "a").await;
        let second = world.send_customs(file.clone(), "b").await;
        let other = world.send_customs(archive(&Trade::new(2).whole(), &[]), "c").await;
        for job in [&first, &other] {
            world.cancel(job.header("location")).await;
        }
        assert_eq!(world.sealed_files(), 2);
        world.wait(busy.header("location")).await;
        assert_eq!(world.wait(first.header("location")).await["state"], "cancelled");
        // The second job of the same file took it.
        let taken = world.wait(second.header("location")).await;
        assert_eq!(taken["state"], "succeeded", "{taken}");
        assert_eq!(world.wait(other.header("location")).await["state"], "cancelled");
        world.sealed_files_left(0).await;
        // Sent again under its key it has its job, and is not taken again.
        let again = world.send_customs(file, "a").await;
        assert_eq!(again.header("location"), first.header("location"));
        assert_eq!(world.sealed_files(), 0);
    }
}

#[actix_web::test]
async fn a_sealed_file_goes_with_a_job_that_failed_and_stays_while_the_process_may_try_again() {
    let world = World::new();
    let service = &world.state.service;
    let stored = service.evidence.keep_source(archive(&Trade::new(1).whole(), &[]).as_slice()).unwrap();
    service.evidence.has_arrived(&stored);
    // Cut short: its job fails for good.
    let bytes = std::fs::read(&stored.path).unwrap();
    std::fs::write(&stored.path, &bytes[..bytes.len() - 1]).unwrap();
    let task = BatchTask {
        source: SOURCE.to_owned(),
        file_name: "a.zip".to_owned(),
        digest: stored.digest.clone(),
        bytes: stored.bytes,
    };
    let mut connection = service.database.connection().unwrap();
    write(&mut connection, Lane::Bookkeeping, |connection| store::insert(connection, "j-left", &task, 1))
        .map_err(|error: StoreError| error.to_string())
        .unwrap();
    assert!(store::is_waited_for(&mut connection, &stored.digest).unwrap());
    leftover::ended(&service.database, &service.evidence, &stored);
    assert_eq!(world.sealed_files(), 1, "a job waits for it");
    let jobs = Jobs::start(service.clone(), std::sync::Arc::clone(&world.state.anchor)).unwrap();
    assert_eq!(world.wait("/api/v1/jobs/j-left").await["state"], "failed");
    world.sealed_files_left(0).await;
    drop(jobs);
}

#[actix_web::test]
async fn a_kept_file_stays_with_its_batch_when_it_is_sent_again() {
    let world = World::whole_with(&[("ceb_evidence", "sealed".to_owned())]);
    world.take("registration", &parties(&[1, 2, 3, 4])).await;
    let file = archive(&Trade::new(1).whole(), &[]);
    world.customs(file.clone()).await;
    assert_eq!(world.sealed_files(), 1);
    let busy = world.send("registration", &registrations(10..3_000)).await;
    let again = world.send_customs(file, "a").await;
    world.cancel(again.header("location")).await;
    world.wait(busy.header("location")).await;
    assert_eq!(world.wait(again.header("location")).await["state"], "cancelled");
    let other = world.send_customs(archive(&Trade::new(2).whole(), &[]), "b").await;
    world.wait(other.header("location")).await;
    world.sealed_files_left(2).await;
}
