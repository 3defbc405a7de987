//! Runs every file of the fuzz corpora through its parser, so that what a fuzzer once found stays fixed.

use std::fs;
use std::path::{Path, PathBuf};

use ledger::tile::push_entry;

use crate::fixture;

#[path = "../../fuzz/parsers.rs"]
mod parsers;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

fn run(name: &str, parser: fn(&[u8]) -> bool) {
    let mut accepted = 0;
    let mut files = 0;
    for file in fs::read_dir(corpus().join(name)).unwrap() {
        let path = file.unwrap().path();
        let valid = path.file_name().unwrap().to_string_lossy().starts_with("valid");
        assert_eq!(parser(&fs::read(&path).unwrap()), valid, "{}", path.display());
        accepted += usize::from(valid);
        files += 1;
    }
    assert!(accepted > 0 && files > accepted, "{name}: the corpus needs good and bad files");
}

/// The valid files are those of the fixture; `XINJI_WRITE_CORPUS=1` writes them.
#[test]
fn valid_files_are_those_of_the_fixture() {
    let receipt = fixture::receipt();
    let mut two = vec![2, 0];
    for entry in [fixture::rating(), fixture::seal()] {
        push_entry(&mut two, &entry.encode_checked().unwrap()).unwrap();
    }
    let files = [
        ("entry/valid-rating.scale", fixture::rating().encode_checked().unwrap()),
        ("entry/valid-seal.scale", fixture::seal().encode_checked().unwrap()),
        ("bundle/valid-two.bin", two),
        ("vkey/valid-log.txt", fixture::log().vkey().to_string().into_bytes()),
        ("vkey/valid-witness.txt", fixture::witness(1).vkey().to_string().into_bytes()),
        ("note/valid-cosigned.txt", fixture::signed(&[1, 2, 3]).to_string().into_bytes()),
        ("checkpoint/valid.txt", fixture::checkpoint().to_string().into_bytes()),
        ("policy/valid-two-of-three.txt", fixture::policy_text().into_bytes()),
        ("proof/valid.tlog-proof", receipt.proof.to_string().into_bytes()),
        ("receipt/valid.json", receipt.to_json().unwrap().into_bytes()),
    ];
    for (name, bytes) in files {
        let path = corpus().join(name);
        if std::env::var_os("XINJI_WRITE_CORPUS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name}");
    }
}

#[test]
fn every_corpus_runs() {
    run("entry", parsers::entry);
    run("note", parsers::note);
    run("checkpoint", parsers::checkpoint);
    run("policy", parsers::policy);
    run("proof", parsers::proof);
    run("receipt", parsers::receipt);
    run("vkey", parsers::vkey);
    run("tile", parsers::tile);
    run("bundle", parsers::bundle);
    run("add_checkpoint", parsers::add_checkpoint);
    run("witness_answer", parsers::witness_answer);
    run("add_entries", parsers::add_entries);
    run("mirror_info", parsers::mirror_info);
}
