//! Two processes over one credit database: one anchors, the other stands by and takes over; the first, should it wake
//! up, is shut out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use xinji_tests::harness::{Database, EnterpriseBuilder, Server, Site, Zone, for_each_database};

use crate::fixtures::{AS_OF, evaluate, small_zone};

/// A takeover is a matter of seconds; a busy machine may make more of them.
const TAKEOVER_LIMIT: Duration = Duration::from_secs(40);

fn is_drained(found: &serde_json::Value) -> bool {
    found["outbox_pending"] == 0 && found["enterprises_to_evaluate"] == 0
}

/// Brings files from a third machine, each of which gives an entry, until told to stop. How many were acknowledged.
fn load(zone: &Zone, office: &Site<'_>, stop: &AtomicBool) -> usize {
    let mut taken = 0;
    while !stop.load(Ordering::Relaxed) {
        let number = u32::try_from(taken).unwrap() + 100;
        let folder = zone.path(&format!("load-{number}"));
        std::fs::create_dir_all(&folder).unwrap();
        let row = EnterpriseBuilder::new(number).build();
        let file = xinji_tests::harness::write_csv(&folder, "registration", &[row]);
        office.cli(&["import", "--no-evaluate", file.to_str().unwrap()]).ok();
        taken += 1;
    }
    taken
}

/// Tells the load to stop, also when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Stops a process where it does not hold SQLite's only write lock, which would go with it: that would be another
/// failure, in which nobody can write. On PostgreSQL any place will do.
fn pause(zone: &Zone, active: &Server) {
    loop {
        active.pause();
        if !matches!(zone.database, Database::Sqlite) {
            return;
        }
        let mut look = std::process::Command::new("sqlite3");
        look.arg("-batch")
            .args(["-cmd", ".timeout 3000"])
            .arg(zone.path("zone.db"))
            .arg("BEGIN IMMEDIATE; COMMIT;");
        if look.output().unwrap().status.success() {
            return;
        }
        active.wake();
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Every outbox row is on the ledger once, and everything agrees.
fn everything_is_anchored_once(zone: &Zone, active: &Server, site: &Site<'_>) {
    active.wait_until("drained", TAKEOVER_LIMIT, is_drained);
    let counts = zone.query("SELECT COUNT(*), COUNT(DISTINCT leaf_index), COUNT(DISTINCT cause) FROM outbox");
    let counts: Vec<&str> = counts.split('|').collect();
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    let doctor = site.cli(&["doctor", "--mirror", &format!("{}/ledger", active.base)]).ok();
    assert!(doctor.stdout.contains("compared 1 mirrors"), "{}", doctor.all());
    site.verify_ledger();
}

/// A zone with something on its ledger, served by an active process; a standby that has followed it.
fn two<'a>(zone: &'a Zone) -> (Server, Site<'a>, Server) {
    zone.import(&small_zone(zone)).ok();
    evaluate(zone, AS_OF);
    let active = zone.serve();
    active
        .wait_until("active", TAKEOVER_LIMIT, |found| found["ledger_role"] == "active" && is_drained(found));
    let site = Site::beside(zone, "beside");
    let standby = site.serve();
    let size = active.readiness()["ledger_entries"].clone();
    standby.wait_until("following", TAKEOVER_LIMIT, |found| {
        found["ledger_role"] == "standby"
            && found["ledger_entries"] == size
            && found["ledger_trouble"].is_null()
    });
    let note = active.get("/ledger/checkpoint", &[]).body;
    assert_eq!(
        standby.get("/ledger/checkpoint", &[]).body,
        note,
        "the copy's checkpoint is the same to the byte"
    );
    (active, site, standby)
}

#[test]
fn a_standby_takes_over_from_a_killed_process() {
    for_each_database(|zone| {
        let (active, site, standby) = two(zone);
        let office = Site::beside(zone, "office");
        let stop = AtomicBool::new(false);
        let took = std::thread::scope(|scope| {
            let loading = scope.spawn(|| load(zone, &office, &stop));
            let _stop = Stop(&stop);
            std::thread::sleep(Duration::from_millis(1500));
            active.kill();
            let since = Instant::now();
            standby.wait_until("active", TAKEOVER_LIMIT, |found| found["ledger_role"] == "active");
            let took = since.elapsed();
            stop.store(true, Ordering::Relaxed);
            assert!(loading.join().unwrap() > 0);
            took
        });
        assert!(took < TAKEOVER_LIMIT / 2, "taken over in {took:?}");
        everything_is_anchored_once(zone, &standby, &site);
        // The first machine comes back, stands by, and has the same log; its folder may hold blocks of its own.
        let back = zone.serve();
        let size = standby.readiness()["ledger_entries"].clone();
        back.wait_until("following", TAKEOVER_LIMIT, |found| {
            found["ledger_role"] == "standby" && found["ledger_entries"] == size
        });
        let note = standby.get("/ledger/checkpoint", &[]).body;
        assert_eq!(back.get("/ledger/checkpoint", &[]).body, note);
    });
}

#[test]
fn a_process_that_wakes_up_after_the_takeover_is_fenced() {
    for_each_database(|zone| {
        let (active, site, standby) = two(zone);
        let office = Site::beside(zone, "office");
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let loading = scope.spawn(|| load(zone, &office, &stop));
            let _stop = Stop(&stop);
            std::thread::sleep(Duration::from_millis(1500));
            pause(zone, &active);
            standby.wait_until("active", TAKEOVER_LIMIT, |found| found["ledger_role"] == "active");
            stop.store(true, Ordering::Relaxed);
            assert!(loading.join().unwrap() > 0);
        });
        standby.wait_until("drained", TAKEOVER_LIMIT, is_drained);
        active.wake();
        active.wait_until("fenced", TAKEOVER_LIMIT, |found| found["status"] == "fenced");
        assert_eq!(active.get("/readyz", &[]).status, 503);
        assert!(active.get("/metrics", &[]).body.contains("ledger_role{role=\"fenced\"} 1"));
        assert!(active.log().contains("this process is fenced"), "{}", active.log());
        // What it shows is what both have; nothing that it wrote alone.
        let mirror = format!("{}/ledger", active.base);
        site.cli(&["doctor", "--mirror", &mirror]).ok();
        everything_is_anchored_once(zone, &standby, &site);
        active.kill();
        let back = zone.serve();
        let size = standby.readiness()["ledger_entries"].clone();
        back.wait_until("following", TAKEOVER_LIMIT, |found| {
            found["ledger_role"] == "standby" && found["ledger_entries"] == size
        });
    });
}
