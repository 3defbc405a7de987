//! The `node` program as its users run it.

use crate::common::{ORIGIN, entries, entry, open};
use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::evaluate::evaluate;
use credit_core::grade::{Decision, Why};
use credit_core::indicator::{IndicatorId, Observation, Observations, SubjectKind, Value};
use credit_core::scorecard::Scorecard;
use credit_core::standing::Standing;
use credit_core::statement::{Circumstances, Statement, field};
use credit_core::uscc::{ALPHABET, Uscc};
use ledger::commitment::{self, Field, RecordSalt};
use ledger::entry::Entry;
use ledger::receipt::Receipt;
use node::Operator;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

fn node(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_node")).args(arguments).env_remove("RUST_LOG").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(super) fn statement() -> Statement {
    let card = Scorecard::embedded().unwrap();
    let seen: Observations = IndicatorId::ALL
        .into_iter()
        .zip(0_u32..)
        .map(|(id, i)| (id, Observation::observed(Value::Ratio { num: i128::from(i), den: 50 }, 200)))
        .collect();
    let outcome = evaluate(&card, SubjectKind::E1, &seen, &Standing::default());
    let decision = Decision { grade: outcome.grade_by_score, pending_grade: None, why: Why::FirstRating };
    let uscc =
        ALPHABET.chars().find_map(|last| Uscc::parse(&format!("91511500MA0000001{last}")).ok()).unwrap();
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let around = Circumstances {
        uscc,
        as_of: day("2026-06-30"),
        known_at: Moment(1_782_835_200_000),
        previous_grade: None,
        sign_off: None,
        valid_until: day("2026-07-31"),
        evidence: BTreeMap::new(),
    };
    Statement::new(&card, &outcome, &decision, &around)
}

/// Logs this statement and gives a receipt that shows the chosen fields.
pub(super) fn logged(operator: &Operator, statement: &Statement, shows: impl Fn(u16) -> bool) -> Receipt {
    let fields = statement.fields().into_iter().map(|(id, value)| Field { id, value }).collect();
    let salt = RecordSalt::new([9; 32]);
    let committed = commitment::Statement::new(fields).unwrap();
    let mut new = entry(operator.view().published_size());
    if let Entry::Rating { env, scorecard_digest } = &mut new.entry {
        env.commitment = committed.commitment(&salt);
        *scorecard_digest = statement.scorecard_digest;
    }
    let index = operator.append(vec![new]).unwrap()[0].index;
    Receipt {
        disclosure: Some(committed.disclose(&salt, shows)),
        entry: Entry::decode_strict(&operator.view().entry(index).unwrap()).unwrap(),
        proof: operator.view().proof(index).unwrap(),
        state: None,
        label: None,
    }
}

/// The same as a file.
pub(super) fn receipt(
    folder: &Path,
    operator: &Operator,
    statement: &Statement,
    shows: impl Fn(u16) -> bool,
) -> String {
    let receipt = logged(operator, statement, shows);
    let path = folder.join(format!("receipt-{}.json", receipt.proof.index));
    std::fs::write(&path, receipt.to_json().unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn started() -> (TempDir, Operator, String) {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path()).unwrap();
    let key = operator.view().vkey().to_string();
    (folder, operator, key)
}

#[test]
fn a_receipt_is_valid_for_the_log_that_is_trusted() {
    let (folder, operator, key) = started();
    let file = receipt(folder.path(), &operator, &statement(), |_| true);
    let output = node(&["verify", &file, "--log-key", &key]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let answer = text(&output.stdout);
    for proven in ["+ 1 ", "+ 2 ", "+ 3 ", "+ 4 ", "- 5 ", "- 6 ", "+ 7 ", "\nVALID"] {
        assert!(answer.contains(proven), "{proven} in {answer}");
    }
    let output = node(&["verify", &file, "--log-key", &key, "--json", "--lang", "zh"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["valid"], true);
    assert_eq!(answer["final"], false);
    assert_eq!(answer["steps"][6]["proven"], true);
}

#[test]
fn the_key_of_the_receipt_is_not_enough() {
    let (folder, operator, key) = started();
    let file = receipt(folder.path(), &operator, &statement(), |_| true);
    let output = node(&["verify", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!text(&output.stdout).contains("VALID"));
    assert!(text(&output.stderr).contains("cannot be tied to a known log"));

    // The key or the policy beside it will do.
    std::fs::write(folder.path().join("log.vkey"), format!("{key}\n")).unwrap();
    assert_eq!(node(&["verify", &file]).status.code(), Some(0));
    std::fs::write(folder.path().join("policy.txt"), operator.view().policy()).unwrap();
    assert_eq!(node(&["verify", &file]).status.code(), Some(0));
    let policy = folder.path().join("policy.txt");
    assert_eq!(node(&["verify", &file, "--policy", policy.to_str().unwrap()]).status.code(), Some(0));

    // Another key of the same name will not.
    let other = ledger::note::Vkey::new(
        ORIGIN,
        ledger::note::KeyKind::Ed25519,
        ed25519_dalek::SigningKey::from_bytes(&[8; 32]).verifying_key(),
    )
    .unwrap();
    let output = node(&["verify", &file, "--log-key", &other.to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with("INVALID"), "{}", text(&output.stdout));
}

#[test]
fn a_changed_receipt_is_refused() {
    let (folder, operator, key) = started();
    let file = receipt(folder.path(), &operator, &statement(), |_| true);
    let good = std::fs::read(&file).unwrap();
    for place in (0..good.len()).step_by(good.len() / 40) {
        let mut bad = good.clone();
        bad[place] ^= 1;
        std::fs::write(&file, &bad).unwrap();
        let output = node(&["verify", &file, "--log-key", &key]);
        assert_eq!(output.status.code(), Some(1), "byte {place}");
        assert!(text(&output.stdout).starts_with("INVALID"), "byte {place}");
    }
}

#[test]
fn a_partial_receipt_says_that_the_score_is_not_proven() {
    let (folder, operator, key) = started();
    let file = receipt(folder.path(), &operator, &statement(), |id| id == field::GRADE);
    let output = node(&["verify", &file, "--log-key", &key]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("- 7 "), "{}", text(&output.stdout));
}

#[test]
fn a_score_that_does_not_follow_is_refused() {
    let (folder, operator, key) = started();
    let mut wrong = statement();
    wrong.score += 1;
    let file = receipt(folder.path(), &operator, &wrong, |_| true);
    let output = node(&["verify", &file, "--log-key", &key]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with("INVALID"), "{}", text(&output.stdout));

    // A statement made with another scorecard than the entry says in clear.
    let mut wrong = statement();
    wrong.scorecard_digest = [1; 32];
    let file = receipt(folder.path(), &operator, &wrong, |_| true);
    let output = node(&["verify", &file, "--log-key", &key]);
    assert!(text(&output.stdout).contains("- 7 "), "a scorecard nobody has is not proven");
}

#[test]
fn wrong_use_is_not_a_refusal() {
    let (folder, operator, key) = started();
    let file = receipt(folder.path(), &operator, &statement(), |_| true);
    for arguments in [
        vec!["verify"],
        vec!["verify", "/does/not/exist", "--log-key", &key],
        vec!["verify", &file, "--log-key", "nonsense"],
        vec!["verify", &file, "--policy", "/does/not/exist"],
        vec!["audit", "/does/not/exist"],
        vec!["follow"],
        vec!["follow", "--peer", "http://x"],
        vec!["nonsense"],
    ] {
        assert_eq!(node(&arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(text(&node(&["follow"]).stderr).contains("--witness-key"));
}

#[test]
fn every_command_explains_itself() {
    for arguments in [
        vec!["--help"],
        vec!["--version"],
        vec!["operator", "--help"],
        vec!["verify", "--help"],
        vec!["completions", "bash"],
    ] {
        let output = node(&arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn an_audit_reads_a_ledger_beside_its_operator() {
    let (folder, operator, key) = started();
    operator.append(entries(0..300)).unwrap();
    let ledger = folder.path().join("ledger");
    let ledger = ledger.to_str().unwrap();
    let output = node(&["audit", ledger, "--log-key", &key]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("SOUND"));
    assert!(text(&output.stdout).contains("    rating            300"), "{}", text(&output.stdout));
    let other = key.replace('+', "x+");
    assert_eq!(node(&["audit", ledger, "--log-key", &other]).status.code(), Some(1));
    drop(operator);

    let output = node(&["inspect", ledger]);
    assert!(text(&output.stdout).contains("seal of block 2"), "{}", text(&output.stdout));
    let output = node(&["inspect", ledger, "--block", "0"]);
    assert!(text(&output.stdout).contains("genesis"));
}

#[test]
fn files_of_every_kind_can_be_inspected() {
    let (folder, operator, _) = started();
    let file = receipt(folder.path(), &operator, &statement(), |_| true);
    let shown = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        let output = node(&["inspect", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let view = operator.view();
    assert!(text(&node(&["inspect", &file]).stdout).contains("fields shown"));
    assert!(shown("checkpoint", view.checkpoint().unwrap().unwrap().as_bytes()).contains(ORIGIN));
    assert!(shown("proof", view.proof(2).unwrap().to_string().as_bytes()).contains("Proof of leaf 2"));
    assert!(shown("entry", &view.entry(0).unwrap()).contains("Genesis"));
    assert!(shown("entry.hex", hex::encode(view.entry(0).unwrap()).as_bytes()).contains("Genesis"));
    let tile = |name: &str| view.tile(&ledger::tile::TilePath::parse(name).unwrap()).unwrap();
    assert!(shown("tile/entries/000.p/4", &tile("tile/entries/000.p/4")).contains("seal of block 1"));
    assert_eq!(shown("tile/0/000.p/4", &tile("tile/0/000.p/4")).lines().count(), 5);
}

#[test]
fn a_key_is_made_once_and_kept_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let path = path.to_str().unwrap();
    let output = node(&["keygen", "--origin", ORIGIN, "--out", path]);
    assert_eq!(output.status.code(), Some(0));
    let vkey: ledger::note::Vkey = text(&output.stdout).trim().parse().unwrap();
    assert_eq!(vkey.name(), ORIGIN);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let before = std::fs::read(path).unwrap();
    assert_eq!(node(&["keygen", "--origin", ORIGIN, "--out", path]).status.code(), Some(1));
    assert_eq!(std::fs::read(path).unwrap(), before);
}
