//! Files that nobody would send on purpose, or somebody would: what is wrong is named with its place, the rest goes
//! in, nothing is lost, and memory stays where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::time::Duration;

use sha2::{Digest, Sha256};
use xinji_tests::harness::{Finished, Zone};

/// Most memory that taking a bad file may need, KiB.
const PEAK_KIB_MAX: u64 = 200 * 1024;

/// What is wrong with a row: line, column (empty: the whole row), code.
pub type Fault = (u64, &'static str, &'static str);

/// What must become of a file.
pub enum Becomes {
    /// It is refused whole, with this code.
    Refused(&'static str),
    /// So many rows go in, the others are rejected for this.
    Rows(u64, Vec<Fault>),
    /// So many rows go in; what was cut off after them, if something was, is rejected, from this line on.
    Cut { taken: u64, from: Option<u64> },
}

/// A file and what must become of it.
pub struct Case {
    pub name: String,
    pub content: Vec<u8>,
    pub becomes: Becomes,
}

pub fn rows(name: &str, content: impl Into<Vec<u8>>, taken: u64, faults: &[Fault]) -> Case {
    Case { name: name.to_owned(), content: content.into(), becomes: Becomes::Rows(taken, faults.to_vec()) }
}

pub fn refused(name: &str, content: impl Into<Vec<u8>>, code: &'static str) -> Case {
    Case { name: name.to_owned(), content: content.into(), becomes: Becomes::Refused(code) }
}

/// Imports all the files at once and compares what became of each.
pub fn check(zone: &Zone, cases: &[Case]) {
    for case in cases {
        std::fs::write(zone.sources().join(&case.name), &case.content).unwrap();
    }
    let (english, peak) = measured(&mut import(zone, cases, "en"));
    assert!(peak < PEAK_KIB_MAX, "{peak} KiB for {} and others", cases[0].name);
    let clean = |case: &Case| match &case.becomes {
        Becomes::Rows(_, faults) => faults.is_empty(),
        Becomes::Cut { from, .. } => from.is_none(),
        Becomes::Refused(_) => false,
    };
    let english = english.code_is(i32::from(!cases.iter().all(clean)));
    let rejected = rejected(zone);
    // A refused file is refused again, this time in Chinese.
    let chinese = measured(&mut import(zone, cases, "zh")).0;
    for case in cases {
        let name = &case.name;
        let counts = || {
            zone.query(&format!(
                "SELECT rows_new + rows_superseding + rows_unchanged, rows_rejected FROM batches \
             WHERE file_name = '{name}' AND refused IS NULL"
            ))
        };
        let faults = rejected.get(name).cloned().unwrap_or_default();
        match &case.becomes {
            Becomes::Rows(taken, expected) => {
                let expected: Vec<(u64, String, String)> = expected
                    .iter()
                    .map(|(line, column, code)| (*line, (*column).to_owned(), (*code).to_owned()))
                    .collect();
                assert_eq!(faults, expected, "{name}");
                let lines: BTreeSet<u64> = expected.iter().map(|fault| fault.0).collect();
                assert_eq!(counts(), format!("{taken}|{}", lines.len()), "{name}: {}", english.all());
            }
            Becomes::Cut { taken, from } => {
                assert_eq!(faults.first().map(|fault| fault.0), *from, "{name}: {faults:?}");
                assert!(counts().starts_with(&format!("{taken}|")), "{name}: {taken} of {}", counts());
            }
            Becomes::Refused(code) => {
                for finished in [&english, &chinese] {
                    let said = finished
                        .stderr
                        .lines()
                        .find(|line| line.contains(&format!("{name}: ")))
                        .unwrap_or_default();
                    assert!(said.contains(&format!("[{code}]")), "{name}: {said:?}\n{}", finished.all());
                }
                let said = chinese.stderr.lines().find(|line| line.contains(&format!("{name}: ")));
                assert!(said.is_some_and(|said| said.contains('。')), "{name}: no Chinese sentence");
            }
        }
        // What may be customs messages holds buyers' data, and is not kept once it was refused.
        let perhaps_messages = case.content.starts_with(b"<") || case.content.starts_with(b"PK");
        if perhaps_messages && matches!(case.becomes, Becomes::Refused(_)) {
            continue;
        }
        // Any other file as it came is kept, whatever became of it.
        let digest = hex::encode(Sha256::digest(&case.content));
        let kept = zone.data().join("evidence").join(digest.split_at(2).0).join(&digest);
        assert!(kept.exists() || case.content.is_empty(), "{name} is not in the evidence");
    }
    // Every stored row is the one that its line says.
    zone.cli(&["doctor"]).ok();
}

fn import(zone: &Zone, cases: &[Case], lang: &str) -> Command {
    let mut command = zone.command("credit-api", &["import", "--no-evaluate", "--lang", lang]);
    for case in cases {
        command.arg(zone.sources().join(&case.name));
    }
    command
}

/// Runs a command and says how much memory it needed at most, KiB.
pub fn measured(command: &mut Command) -> (Finished, u64) {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let watch = std::thread::spawn(move || {
        let mut peak = 0;
        // The file says nothing of memory once the process has ended.
        while let Some(now) = peak_of(&status) {
            peak = now;
            std::thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    let output = child.wait_with_output().unwrap();
    (Finished::of(output), watch.join().unwrap())
}

fn peak_of(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

/// REJECTED.csv: for each file its faults. No cell of it may be a formula.
fn rejected(zone: &Zone) -> BTreeMap<String, Vec<(u64, String, String)>> {
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let path = zone.path("REJECTED.csv");
    if !path.exists() {
        return found;
    }
    let mut reader = csv::Reader::from_path(path).unwrap();
    for row in reader.records().map(Result::unwrap) {
        for cell in &row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "a formula: {cell:?}");
        }
        assert!(row[6].contains('。') && row[7].is_ascii() || row[7].contains(". "), "{row:?}");
        let file = row[1].trim_start_matches('\'').to_owned();
        found.entry(file).or_default().push((row[2].parse().unwrap(), row[3].to_owned(), row[4].to_owned()));
    }
    found
}
