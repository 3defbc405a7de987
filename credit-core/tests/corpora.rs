//! Runs every file of the fuzz corpora through its parser, so that what a fuzzer once found stays fixed.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::evaluate::evaluate;
use credit_core::grade::{Decision, Why};
use credit_core::indicator::{IndicatorId, Observation, SubjectKind, Value};
use credit_core::scorecard::Scorecard;
use credit_core::standing::{Hit, Standing};
use credit_core::statement::{Circumstances, Statement};
use credit_core::uscc::Uscc;

#[path = "../fuzz/parsers.rs"]
mod parsers;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

fn run(name: &str, parser: fn(&[u8]) -> bool) {
    let (mut accepted, mut files) = (0, 0);
    for file in fs::read_dir(corpus().join(name)).unwrap() {
        let path = file.unwrap().path();
        let valid = path.file_name().unwrap().to_string_lossy().starts_with("valid");
        assert_eq!(parser(&fs::read(&path).unwrap()), valid, "{}", path.display());
        accepted += usize::from(valid);
        files += 1;
    }
    assert!(accepted > 0 && files > accepted, "{name}: the corpus needs good and bad files");
}

/// A statement with values of every form.
fn statement() -> Statement {
    let card = Scorecard::embedded().unwrap();
    let mut seen: BTreeMap<_, _> = (0..)
        .zip(IndicatorId::ALL)
        .map(|(at, id)| match at % 3 {
            0 => (id, Observation::not_applicable()),
            1 => (id, Observation::insufficient(3)),
            _ => (id, Observation::observed(Value::Ratio { num: at, den: 50 }, 100)),
        })
        .collect();
    seen.insert(IndicatorId::P12, Observation::observed(Value::Category("良".to_owned()), 0));
    let day: NaiveDate = "2026-06-30".parse().unwrap();
    let cap = Hit { code: "safe_b".to_owned(), record: "x".to_owned(), since: day };
    let standing = Standing { caps: vec![cap], ..Standing::default() };
    let outcome = evaluate(&card, SubjectKind::E1, &seen.into_iter().collect(), &standing);
    let decision = Decision { grade: outcome.grade_by_score, pending_grade: None, why: Why::FirstRating };
    let around = Circumstances {
        uscc: Uscc::from_stem("91511502MA600001").unwrap(),
        as_of: day,
        known_at: Moment(1_782_835_200_000),
        previous_grade: None,
        valid_until: day,
        sign_off: None,
        evidence: BTreeMap::from([(IndicatorId::T01, [7; 32])]),
    };
    Statement::new(&card, &outcome, &decision, &around)
}

fn framed(statement: &Statement) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (id, value) in statement.fields() {
        bytes.extend(id.to_le_bytes());
        bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(value);
    }
    bytes
}

/// `XINJI_WRITE_CORPUS=1` writes them.
#[test]
fn valid_files_are_those_of_this_version() {
    let good = framed(&statement());
    let cut = good.split_last().unwrap().1.to_vec();
    let mut reordered = good.clone();
    reordered.rotate_left(22);
    let files = [
        ("scorecard/valid-zone.txt", Scorecard::embedded_text().as_bytes().to_vec()),
        ("statement/valid.bin", good),
        ("statement/bad-cut.bin", cut),
        ("statement/bad-order.bin", reordered),
    ];
    for (name, bytes) in files {
        let path = corpus().join(name);
        if std::env::var_os("XINJI_WRITE_CORPUS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        assert!(fs::read(&path).unwrap() == bytes, "{name}: XINJI_WRITE_CORPUS=1 writes it anew");
    }
}

#[test]
fn every_corpus_runs() {
    run("money", parsers::money);
    run("code", parsers::code);
    run("name", parsers::name);
    run("record", parsers::record);
    run("scorecard", parsers::scorecard);
    run("calendar", parsers::calendar);
    run("statement", parsers::statement);
}
