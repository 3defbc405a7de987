//! The ledger folder lost, and made again to the byte: from the credit database, from a mirror's URL, from a mirror's
//! files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use xinji_tests::harness::{EnterpriseBuilder, Server, Site, Zone, for_each_database, uscc};

use crate::fixtures::{AS_OF, another_file, evaluate, small_zone};

const LIMIT: Duration = Duration::from_secs(300);

/// Everything that a log shows, as files: checkpoint, hash tiles, entry tiles.
pub fn keep_mirror(server: &Server, folder: &Path) {
    let keep = |name: &str| {
        let answer = ureq::get(format!("{}/ledger/{name}", server.base)).call().unwrap();
        let bytes = answer.into_body().read_to_vec().unwrap();
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    keep("checkpoint");
    let checkpoint = std::fs::read_to_string(folder.join("checkpoint")).unwrap();
    let size: u64 = checkpoint.lines().nth(1).unwrap().parse().unwrap();
    assert!(size < 256 * 256, "one level of full tiles");
    let tile = |level: &str, index: u64, width: u64| match width {
        0 => {}
        256 => keep(&format!("tile/{level}/{index:03}")),
        width => keep(&format!("tile/{level}/{index:03}.p/{width}")),
    };
    for index in 0..size.div_ceil(256) {
        let width = (size - index * 256).min(256);
        tile("0", index, width);
        tile("entries", index, width);
    }
    tile("1", 0, size / 256);
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push((path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn drained(server: &Server) {
    server.wait_until("drained", LIMIT, |found| found["outbox_pending"] == 0);
}

/// A zone with a ledger of some blocks, and what it shows.
fn with_ledger(zone: &Zone) -> PathBuf {
    zone.import(&small_zone(zone)).ok();
    for as_of in ["2026-05-31", "2026-08-31", AS_OF] {
        evaluate(zone, as_of);
    }
    let server = zone.serve();
    drained(&server);
    let mirror = zone.path("mirror");
    keep_mirror(&server, &mirror);
    mirror
}

/// The log of a rebuilt folder shows the same bytes, and grows.
fn is_the_same_and_goes_on(zone: &Zone, mirror: &Path, name: &str) {
    zone.verify_ledger();
    zone.cli(&["doctor", "--mirror", mirror.to_str().unwrap()]).ok();
    let server = zone.serve();
    let again = zone.path(&format!("again-{name}"));
    keep_mirror(&server, &again);
    assert_eq!(files(&again), files(mirror), "{name}");
    let size = server.readiness()["ledger_entries"].as_u64().unwrap();
    let number = 200 + u32::try_from(size).unwrap();
    let more = another_file(
        zone,
        &format!("more-{name}"),
        "registration",
        &[EnterpriseBuilder::new(number).build()],
    );
    zone.import(&[more]).ok();
    server.wait_until("longer", LIMIT, |found| {
        found["ledger_entries"].as_u64() > Some(size) && found["outbox_pending"] == 0
    });
    drop(server);
    zone.verify_ledger();
}

fn lose_ledger(zone: &Zone) {
    std::fs::remove_dir_all(zone.data().join("ledger")).unwrap();
}

#[test]
fn a_lost_ledger_comes_back_from_the_database() {
    for_each_database(|zone| {
        let mirror = with_ledger(zone);
        // A crash between the swap of the tip and the mark of the rows leaves rows that are on the ledger unmarked.
        zone.query(
            "UPDATE outbox SET cause = NULL, leaf_index = NULL, leaf_hash = NULL, block = NULL \
             WHERE id > (SELECT MAX(id) - 2 FROM outbox)",
        );
        let present = zone.cli(&["ledger", "rebuild"]).code_is(1);
        assert!(present.all().contains("is there already"), "{}", present.all());
        lose_ledger(zone);
        let refused = zone.cli(&["serve"]).code_is(1);
        assert!(refused.all().contains("credit-api ledger rebuild"), "{}", refused.all());
        let rebuilt = zone.cli(&["ledger", "rebuild"]).ok();
        assert!(rebuilt.stdout.contains("every checkpoint is signed again"), "{}", rebuilt.all());
        is_the_same_and_goes_on(zone, &mirror, "database");
        let rows = zone.query("SELECT COUNT(*) - COUNT(DISTINCT leaf_index) FROM outbox");
        assert_eq!(rows, "0", "no row landed twice, none is left");
    });
}

#[test]
fn a_lost_ledger_comes_back_from_a_mirror() {
    for_each_database(|zone| {
        let mirror = with_ledger(zone);
        let site = Site::beside(zone, "beside");
        let server = zone.serve();
        let standby = site.serve();
        let size = server.readiness()["ledger_entries"].clone();
        standby.wait_until("following", LIMIT, |found| found["ledger_entries"] == size);
        keep_mirror(&server, &mirror);
        drop(standby);
        drop(server);
        lose_ledger(zone);
        zone.cli(&["ledger", "rebuild", "--from", mirror.to_str().unwrap()]).ok();
        is_the_same_and_goes_on(zone, &mirror, "files");

        // Over HTTP, from a program that knows nothing of the credit database.
        let server = zone.serve();
        let folder = zone.path("elsewhere");
        let url = format!("{}/ledger", server.base);
        let key = zone.data().join("keys").join("log.key");
        let arguments = [
            "rebuild",
            "--from",
            &url,
            "--dir",
            folder.to_str().unwrap(),
            "--origin",
            "xinji.example/yibin",
            "--key",
            key.to_str().unwrap(),
        ];
        let refused = zone.node(&arguments).code_is(1);
        assert!(refused.all().contains("--accept-mirror"), "{}", refused.all());
        assert!(!folder.exists());
        zone.node(&[&arguments[..], &["--accept-mirror"]].concat()).ok();
        let audit = zone.node(&["audit", folder.to_str().unwrap()]).ok();
        let own = zone.node(&["audit", zone.data().join("ledger").to_str().unwrap()]).ok();
        let root = |text: &str| text.lines().find(|line| line.contains("root")).unwrap().to_owned();
        assert_eq!(root(&audit.stdout), root(&own.stdout));
    });
}

#[test]
fn what_was_tampered_with_is_named_and_not_rebuilt() {
    for_each_database(|zone| {
        let mirror = with_ledger(zone);
        let ledger = zone.data().join("ledger");
        let kept = zone.path("kept");
        std::fs::rename(&ledger, &kept).unwrap();
        let id = zone.query("SELECT MIN(id) FROM outbox WHERE kind = 'rating'");
        let tampering = [
            (
                format!("UPDATE outbox SET uscc = '{}' WHERE id = {id}", uscc(77)),
                format!(
                    "UPDATE outbox SET uscc = '{}' WHERE id = {id}",
                    zone.query(&format!("SELECT uscc FROM outbox WHERE id = {id}"))
                ),
                format!("outbox row {id} (rating of {}) does not give the leaf", uscc(77)),
            ),
            (
                format!(
                    "UPDATE outbox SET cause = '{}' WHERE id = {id}; DELETE FROM outbox WHERE id = {id}",
                    "00".repeat(32)
                ),
                String::new(),
                "the outbox has no row with the cause".to_owned(),
            ),
        ];
        for (sql, undo, name) in &tampering {
            zone.query(sql);
            let refused = zone.cli(&["ledger", "rebuild"]).code_is(1);
            assert!(refused.all().contains(name), "{name}\n{}", refused.all());
            assert!(!ledger.exists(), "half a ledger");
            if !undo.is_empty() {
                zone.query(undo);
            }
        }
        let tile = files(&mirror).into_iter().find(|(path, _)| path.starts_with("tile/entries")).unwrap();
        let mut bytes = tile.1.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(mirror.join(&tile.0), bytes).unwrap();
        let refused = zone.cli(&["ledger", "rebuild", "--from", mirror.to_str().unwrap()]).code_is(1);
        assert!(refused.all().contains("block "), "{}", refused.all());
        assert!(!ledger.exists(), "half a ledger");
        std::fs::rename(&kept, &ledger).unwrap();
        let doctor = zone.cli(&["doctor", "--mirror", mirror.to_str().unwrap()]).code_is(1);
        assert!(doctor.stdout.contains("entry at leaf "), "{}", doctor.all());
    });
}
