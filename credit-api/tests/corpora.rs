//! Runs every file of the readers' fuzz corpora, so that what a fuzzer once found stays fixed.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::fs;
use std::path::Path;

use credit_api::intake::readers;

#[path = "../fuzz/parsers.rs"]
mod parsers;

fn run(name: &str, parser: fn(&[u8]) -> bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let (mut accepted, mut files) = (0, 0);
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let valid = path.file_name().unwrap().to_string_lossy().starts_with("valid");
        assert_eq!(parser(&fs::read(&path).unwrap()), valid, "{}", path.display());
        accepted += usize::from(valid);
        files += 1;
    }
    assert!(accepted > 0 && files > accepted, "{name}: the corpus needs good and bad files");
}

#[test]
fn csv() {
    run("csv", parsers::csv);
}

#[test]
fn ndjson() {
    run("ndjson", parsers::ndjson);
}

#[test]
fn workbooks() {
    run("workbook", parsers::workbook);
}

#[test]
fn workbooks_as_files() {
    run("xlsx", parsers::xlsx);
}

/// The archive of a good workbook, cut at every byte.
#[test]
fn a_workbook_cut_anywhere_is_refused() {
    let parts = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/workbook/valid-inline.txt"));
    let whole = parsers::pack(&parts.unwrap());
    assert!(parsers::xlsx(&whole));
    for end in 0..whole.len() {
        assert!(!parsers::xlsx(whole.get(..end).unwrap()), "{end} of {} bytes", whole.len());
    }
}
