//! A disk that takes no more: after a failed write nothing is written, what was acknowledged is there, and the
//! watermark stops an operator before that.

use crate::common::{audit, clock, config, entries, entry, open, tip};
use ledger::store::StoreError;
use node::{Operator, OperatorError};
use std::io::Write;
use std::path::Path;
use std::process::Command;

const CHILD_FOLDER: &str = "XINJI_TEST_DISK_FOLDER";
const CHILD_FREE: &str = "XINJI_TEST_DISK_FREE";
const ENTRIES_MAX: u64 = 100_000;

/// Not a test of its own: the child of the tests below. It appends until the disk refuses, then tries on.
#[test]
fn child_appends_until_refused() {
    let Ok(folder) = std::env::var(CHILD_FOLDER) else { return };
    let folder = Path::new(&folder);
    let mut settings = config();
    settings.free_bytes_min = std::env::var(CHILD_FREE).unwrap().parse().unwrap();
    let operator = Operator::open(&folder.join("ledger"), settings, tip(folder), clock()).unwrap();
    let mut acknowledged = Vec::new();
    let mut next = 0;
    let error = loop {
        assert!(next < ENTRIES_MAX, "the disk never refused");
        match operator.append(entries(next..next + 20)) {
            Ok(appended) => acknowledged.extend((next..).zip(appended).map(|(n, a)| (n, a.index))),
            Err(error) => break error,
        }
        next += 20;
    };
    let published = operator.view().published_size();
    for number in 0..3 {
        assert!(operator.append(vec![entry(ENTRIES_MAX + number)]).is_err());
    }
    assert_eq!(operator.view().published_size(), published);
    if let OperatorError::Store(StoreError::Poisoned(_)) = &error {
        let store = operator.view().store();
        assert!(matches!(store.check_ready(), Err(StoreError::Poisoned(_))));
        assert!(matches!(store.make_durable(), Err(StoreError::Poisoned(_))));
        assert!(matches!(store.put_note(1, "x"), Err(StoreError::Poisoned(_))));
    }
    // What is published is still shown.
    for (_, index) in &acknowledged {
        operator.view().entry(*index).unwrap();
    }
    // Short lines to standard error: the file system may be full.
    let mut out = std::io::stderr().lock();
    writeln!(out, "error {error:?}").unwrap();
    for (number, index) in acknowledged {
        writeln!(out, "ack {number} {index}").unwrap();
    }
}

/// Runs the child under a shell script, which finds its command line in `"$@"`.
fn child(script: &str, folder: &Path, free_bytes_min: u64) -> std::process::Output {
    Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["faults_disk::child_appends_until_refused", "--exact", "--nocapture"])
        .env(CHILD_FOLDER, folder)
        .env(CHILD_FREE, free_bytes_min.to_string())
        .output()
        .unwrap()
}

/// The error that stopped the child, after checking that what it acknowledged is there, once.
fn check(output: &std::process::Output, folder: &Path) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
    let error = said.lines().find_map(|line| line.strip_prefix("error ")).unwrap().to_owned();
    let acknowledged: Vec<(u64, u64)> = said
        .lines()
        .filter_map(|line| line.strip_prefix("ack ")?.split_once(' '))
        .map(|(number, index)| (number.parse().unwrap(), index.parse().unwrap()))
        .collect();
    assert!(acknowledged.len() >= 20, "{said}");

    let operator = open(folder).unwrap();
    let found = audit(&operator);
    assert_eq!(found.published_size, found.leaves);
    let count = u64::try_from(acknowledged.len()).unwrap();
    assert!(found.entries == count || found.entries == count + 20, "a call is there whole or not at all");
    for (number, index) in acknowledged {
        let again = operator.append(vec![entry(number)]).unwrap();
        assert!(again[0].duplicate && again[0].index == index, "entry {number}");
    }
    operator.append(entries(ENTRIES_MAX..ENTRIES_MAX + 3)).unwrap();
    audit(&operator);
    error
}

/// The kernel refuses to let any file grow beyond a limit: the write-ahead log hits it in the middle of a record.
#[test]
fn a_failed_write_closes_the_store() {
    for kib in [96, 131, 200] {
        let folder = tempfile::tempdir().unwrap();
        // Signal 25 is SIGXFSZ; ignored, the write fails instead. The limit is counted in 512 bytes.
        let script = format!("trap '' 25; ulimit -f {}; exec \"$@\"", kib * 2);
        let error = check(&child(&script, folder.path(), 0), folder.path());
        assert!(error.contains("Poisoned"), "{kib} KiB: {error}");
    }
}

/// Runs the child on a small file system of its own and copies out what it left; `None` where mounting is refused.
fn on_small_disk(folder: &Path, free_bytes_min: u64) -> Option<std::process::Output> {
    let at = folder.join("disk");
    let kept = folder.join("kept");
    std::fs::create_dir(&at).unwrap();
    std::fs::create_dir(&kept).unwrap();
    let (disk, out) = (at.display(), kept.display());
    let script = format!(
        "unshare -m true && exec unshare -m sh -c 'mount -t tmpfs -o size=3m none {disk} || exit 77; \
         \"$@\"; code=$?; cp -a {disk}/. {out}; exit $code' sh \"$@\" || exit 77"
    );
    let output = child(&script, &at, free_bytes_min);
    if output.status.code() == Some(77) {
        eprintln!("skipped: no file system can be mounted here: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(output)
}

#[test]
fn a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = on_small_disk(folder.path(), 0) else { return };
    let error = check(&output, &folder.path().join("kept"));
    assert!(error.contains("Poisoned") || error.contains("No space"), "{error}");
}

#[test]
fn the_watermark_stops_before_the_disk_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = on_small_disk(folder.path(), 1024 * 1024) else { return };
    let error = check(&output, &folder.path().join("kept"));
    assert!(error.contains("DiskFull"), "{error}");
}
