//! The corpus that every verifier of ours is held to (`tests/corpus`): good files, and files that are wrong in one
//! named way each, with the code of the refusal. Made from the fixture by the mutations below; the codes stand
//! beside the mutations and are not taken from the verifier.

mod evidences;
mod parts;
mod receipts;
mod statuses;
mod texts;
mod world;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ledger::checkpoint::Checkpoint;
use ledger::entry::Entry;
use ledger::evidence::{EvidenceError, Wrong};
use ledger::note::{Note, open};
use ledger::policy::Policy;
use ledger::texts::Lang;
use ledger::tile::{TilePath, parse_bundle, parse_hashes};
use ledger::verify::{Report, VerifyError, verify_proof, verify_receipt, verify_status};
use serde_json::{Value, json};

use crate::fixture;

/// One file of the corpus.
pub struct Case {
    /// `<kind>/<name>`; the kind says which reader it is for.
    pub file: String,
    pub bytes: Vec<u8>,
    /// Code of the refusal; none for a good file.
    pub code: Option<&'static str>,
    /// Entries or hashes that the reader of a tile asks for.
    pub width: Option<u16>,
    /// A proof's entry, where it comes beside the proof.
    pub entry: Option<Vec<u8>>,
}

impl Case {
    fn new(file: String, bytes: impl Into<Vec<u8>>, code: Option<&'static str>) -> Self {
        Self { file, bytes: bytes.into(), code, width: None, entry: None }
    }

    fn kind(&self) -> &str {
        self.file.split('/').next().unwrap()
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus")
}

fn cases() -> Vec<Case> {
    let cases = [receipts::cases(), statuses::cases(), texts::cases(), parts::cases(), evidences::cases()];
    cases.into_iter().flatten().collect()
}

fn steps(report: &Report) -> Value {
    report.steps.iter().take(6).map(|step| step.code()).collect()
}

/// What our reader of this kind says: the codes of the steps that a good receipt or proof has, what good evidence
/// shows, or the code of the refusal.
fn judged(case: &Case, policy: &Policy) -> Result<Value, &'static str> {
    let code = |error: VerifyError| error.code();
    let width = case.width.unwrap_or_default();
    let text = || std::str::from_utf8(&case.bytes).unwrap();
    match case.kind() {
        "receipt" => verify_receipt(&case.bytes, policy).map(|report| steps(&report)).map_err(code),
        "status" => verify_status(&case.bytes, policy).map(|_| Value::Null).map_err(code),
        "proof" => verify_proof(&case.bytes, case.entry.as_deref(), policy)
            .map(|report| steps(&report))
            .map_err(code),
        "evidence" => {
            let keys = [fixture::log().vkey().clone()];
            let verdict = Wrong::parse(&case.bytes).and_then(|wrong| wrong.verify(&keys));
            verdict.map(|verdict| json!(verdict.code())).map_err(|error| error.code())
        }
        "note" => {
            let keys = [fixture::log().vkey().clone()];
            let opened = Note::parse(&case.bytes).and_then(|note| open(&note, &keys));
            opened.map(|_| Value::Null).map_err(|error| error.code())
        }
        "checkpoint" => Checkpoint::open(&case.bytes, fixture::log().vkey())
            .map(|_| Value::Null)
            .map_err(|error| error.code()),
        "policy" => Policy::parse(&case.bytes).map(|_| Value::Null).map_err(|error| error.code()),
        "entry" => Entry::decode_strict(&case.bytes).map(|_| Value::Null).map_err(|error| error.code()),
        "tile-path" => TilePath::parse(text()).map(|_| Value::Null).map_err(|error| error.code()),
        "bundle" => parse_bundle(&case.bytes, width).map(|_| Value::Null).map_err(|error| error.code()),
        "hash-tile" => parse_hashes(&case.bytes, width).map(|_| Value::Null).map_err(|error| error.code()),
        other => panic!("no reader for {other}"),
    }
}

#[test]
fn every_file_is_judged_as_it_should_be() {
    let policy = fixture::policy();
    let wrong: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let found = judged(case, &policy);
            let is_right = found.as_ref().err() == case.code.as_ref();
            (!is_right).then(|| format!("{}: expected {:?}, found {found:?}", case.file, case.code))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_corpus_is_large_and_every_name_is_there_once() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.file.as_str()).collect();
    assert_eq!(names.len(), cases.len());
    let mut contents = BTreeSet::new();
    for case in &cases {
        let is_new = contents.insert((case.kind(), &case.bytes, case.width, &case.entry));
        assert!(is_new, "{} is as another file", case.file);
    }
    let bad = cases.iter().filter(|case| case.code.is_some()).count();
    assert!(bad >= 200, "{bad} bad files");
}

/// Each kind of evidence is shown, and every outcome has words in both languages.
#[test]
fn evidence_is_told_in_both_languages() {
    let keys = [fixture::log().vkey().clone()];
    let mut verdicts = BTreeSet::new();
    let mut errors = BTreeSet::new();
    for case in evidences::cases() {
        let verdict = Wrong::parse(&case.bytes).and_then(|wrong| wrong.verify(&keys));
        let (zh, en) = match &verdict {
            Ok(verdict) => (verdict.text(Lang::Zh), verdict.text(Lang::En)),
            Err(error) => (error.text(Lang::Zh), error.text(Lang::En)),
        };
        assert!(!en.is_empty() && en.is_ascii() && !zh.is_ascii(), "{}: {zh} {en}", case.file);
        match verdict {
            Ok(verdict) => drop(verdicts.insert(verdict.code())),
            Err(error) => drop(errors.insert(error.code())),
        }
    }
    let kinds = ["bad_block", "fork", "in_the_log", "long_block", "open_end", "two_roots"];
    assert_eq!(verdicts.into_iter().collect::<Vec<_>>(), kinds);
    // Of another log no key is known here, and too long a file is no file of the corpus.
    assert_eq!(errors.len(), 7, "{errors:?}");
    for error in [EvidenceError::OtherLog, EvidenceError::TooLong(5)] {
        assert!(!error.text(Lang::Zh).is_ascii() && !errors.contains(error.code()), "{error}");
    }
}

/// The committed files are those that the mutations make; `XINJI_WRITE_CORPUS=1` writes them.
#[test]
fn the_committed_files_are_these() {
    let (cases, policy) = (cases(), fixture::policy());
    let mut files = vec![("policy.txt".to_owned(), fixture::policy_text().into_bytes())];
    let mut list = Vec::new();
    for case in &cases {
        let mut line = json!({ "file": case.file, "code": case.code });
        let fields = line.as_object_mut().unwrap();
        if let Some(width) = case.width {
            fields.insert("width".into(), json!(width));
        }
        if let Some(entry) = &case.entry {
            fields.insert("entry".into(), json!(hex::encode(entry)));
        }
        match judged(case, &policy) {
            Ok(steps @ Value::Array(_)) => drop(fields.insert("steps".into(), steps)),
            Ok(verdict @ Value::String(_)) => drop(fields.insert("verdict".into(), verdict)),
            _ => {}
        }
        list.push(line);
        files.push((case.file.clone(), case.bytes.clone()));
    }
    let lines: Vec<String> = list.iter().map(|line| format!("    {line}")).collect();
    let log = fixture::log().vkey().to_string();
    let manifest = format!("{{\n  \"log\": \"{log}\",\n  \"files\": [\n{}\n  ]\n}}\n", lines.join(",\n"));
    files.push(("manifest.json".into(), manifest.into_bytes()));
    let folder = corpus();
    if std::env::var_os("XINJI_WRITE_CORPUS").is_some() {
        for kind in cases.iter().map(Case::kind).collect::<BTreeSet<_>>() {
            let _ = fs::remove_dir_all(folder.join(kind));
            fs::create_dir_all(folder.join(kind)).unwrap();
        }
        files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
    }
    for (name, bytes) in &files {
        assert!(fs::read(folder.join(name)).is_ok_and(|found| found == *bytes), "{name} differs");
    }
    let count: usize = cases
        .iter()
        .map(Case::kind)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|kind| fs::read_dir(folder.join(kind)).unwrap().count())
        .sum();
    assert_eq!(count, cases.len(), "a file that no mutation makes");
}
