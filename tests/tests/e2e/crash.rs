//! SIGKILL at any instant: what was acknowledged is there once, nothing half-done is visible.

use std::time::Duration;

use xinji_tests::harness::{Zone, for_each_database, uscc};

use crate::fixtures::{AS_OF, evaluate, receipt, small_zone};

/// Rounds per database; more by hand.
fn rounds() -> u64 {
    std::env::var("XINJI_TEST_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(9)
}

/// A delay that differs from round to round and is the same in every run.
fn delay(round: u64) -> Duration {
    let mixed = (round + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
    Duration::from_millis(5 + mixed % 400)
}

fn everything_is_there_once(zone: &Zone, files: &[std::path::PathBuf]) {
    zone.import(files).ok();
    evaluate(zone, AS_OF);
    let differences = zone.differences(files, AS_OF);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let server = zone.serve();
    receipt(zone, &uscc(1));
    drop(server);
    zone.cli(&["doctor"]).ok();
}

#[test]
fn a_killed_import_loses_nothing_and_doubles_nothing() {
    for_each_database(|zone| {
        let files = small_zone(zone);
        let texts: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
        let arguments: Vec<&str> = ["import"].into_iter().chain(texts).collect();
        for round in 0..rounds() {
            zone.cli_or_kill(&arguments, delay(round));
        }
        everything_is_there_once(zone, &files);
    });
}

#[test]
fn a_killed_evaluation_leaves_nothing_half_done() {
    for_each_database(|zone| {
        let files = small_zone(zone);
        zone.import(&files).ok();
        for round in 0..rounds() {
            zone.cli_or_kill(&["evaluate", "--all", "--as-of", AS_OF], delay(round));
        }
        everything_is_there_once(zone, &files);
    });
}

#[test]
fn a_server_killed_while_anchoring_goes_on_where_it_was() {
    for_each_database(|zone| {
        let files = small_zone(zone);
        zone.import(&files).ok();
        evaluate(zone, AS_OF);
        for round in 0..rounds() {
            let server = zone.serve();
            std::thread::sleep(delay(round));
            server.kill();
        }
        everything_is_there_once(zone, &files);
    });
}
