//! `node verify` on the manifest of an extract and the files beside it.

use crate::common::{ORIGIN, open};
use ed25519_dalek::SigningKey;
use ledger::note::{KeyKind, Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const LINES: &str = "{\"uscc\":\"A\",\"name\":\"a\"}\n{\"uscc\":\"B\",\"name\":\"b\"}\n";
const TABLE: &str = "\u{feff}uscc,name\nA,\"a\nof two lines, \"\"quoted\"\"\"\nB,b\n";

fn node(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_node"))
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

fn signer(seed: u8) -> Signer {
    Signer::new(ORIGIN, KeyKind::Ed25519, SigningKey::from_bytes(&[seed; 32])).unwrap()
}

/// As the service writes it.
fn manifest() -> Value {
    let file = |name: &str, content: &str| json!({ "name": name, "sha256": hex::encode(Sha256::digest(content)), "bytes": content.len(), "rows": 2 });
    json!({
        "format": "xinji-extract-1",
        "origin": ORIGIN,
        "extract": "e1",
        "request": "r1",
        "audience": "customs",
        "organisation": "5115",
        "purpose": "supervision",
        "blocks": ["identity:full"],
        "made_at": "2026-11-23T02:00:00Z",
        "as_of": "c1",
        "enterprises": 2,
        "scorecard": "card",
        "scorecard_digest": "00",
        "files": [file("extract.ndjson", LINES), file("extract.csv", TABLE)],
        "checkpoint": null,
    })
}

fn sign(folder: &Path, text: &str, signer: &Signer) {
    std::fs::write(folder.join("manifest.json"), text).unwrap();
    std::fs::write(folder.join("manifest.sig"), format!("{}\n", signer.sign(text, 0))).unwrap();
}

fn write(folder: &Path, manifest: &Value, signer: &Signer) {
    // The field by which a manifest is known comes first in what the service writes.
    sign(folder, &format!("{manifest:#}\n"), signer);
}

fn extract() -> (TempDir, Signer) {
    let folder = tempfile::tempdir().unwrap();
    let signer = signer(7);
    write(folder.path(), &manifest(), &signer);
    std::fs::write(folder.path().join("extract.ndjson"), LINES).unwrap();
    std::fs::write(folder.path().join("extract.csv"), TABLE).unwrap();
    std::fs::write(folder.path().join("log.vkey"), format!("{}\n", signer.vkey())).unwrap();
    (folder, signer)
}

fn answer(folder: &Path, file: &str) -> (Option<i32>, Value) {
    let output = node(folder, &["verify", file, "--json"]);
    assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["files"].as_array().unwrap().iter().map(|file| file["code"].as_str().unwrap()).collect()
}

#[test]
fn an_extract_is_what_the_log_signed() {
    let (folder, signer) = extract();
    let folder = folder.path();
    for file in ["manifest.json", "manifest.sig"] {
        let (code, answer) = answer(folder, file);
        assert_eq!((code, &answer["valid"]), (Some(0), &json!(true)), "{answer}");
        assert_eq!(codes(&answer), ["same", "same"]);
        assert_eq!((&answer["enterprises"], &answer["origin"]), (&json!(2), &json!(ORIGIN)));
    }
    // As a policy, as a key given, in both languages, and as the one note that the two files are.
    let key = signer.vkey().to_string();
    std::fs::write(folder.join("policy.txt"), format!("log {key}\nquorum none\n")).unwrap();
    let parts =
        ["manifest.json", "manifest.sig"].map(|name| std::fs::read_to_string(folder.join(name)).unwrap());
    std::fs::write(folder.join("note.txt"), parts.join("\n")).unwrap();
    for arguments in [
        &["verify", "manifest.json", "--policy", "policy.txt"][..],
        &["verify", "note.txt", "--log-key", &key],
        &["verify", "manifest.sig", "--log-key", "log.vkey", "--lang", "zh"],
    ] {
        let output = node(folder, arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
        for part in ["+ extract.ndjson: ", "+ extract.csv: ", "\nVALID", "e1"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

#[test]
fn what_is_not_there_is_not_proven_and_nothing_at_all_is_refused() {
    let (folder, _) = extract();
    std::fs::remove_file(folder.path().join("extract.csv")).unwrap();
    let (code, said) = answer(folder.path(), "manifest.json");
    assert_eq!((code, codes(&said)), (Some(0), vec!["same", "file_missing"]), "{said}");
    assert_eq!(said["files"][1]["proven"], false);
    std::fs::remove_file(folder.path().join("extract.ndjson")).unwrap();
    let (code, said) = answer(folder.path(), "manifest.json");
    assert_eq!((code, &said["code"]), (Some(1), &json!("manifest_no_file")));
}

#[test]
fn each_file_that_is_another_is_named_with_what_is_wrong_with_it() {
    let longer = format!("{LINES}{LINES}");
    let other = LINES.replace("\"B\"", "\"C\"");
    for (content, expected) in [(longer.as_str(), "file_bytes"), (&other, "file_digest")] {
        let (folder, _) = extract();
        std::fs::write(folder.path().join("extract.ndjson"), content).unwrap();
        let (code, said) = answer(folder.path(), "manifest.json");
        assert_eq!((code, codes(&said)), (Some(1), vec![expected, "same"]), "{said}");
        assert_eq!(said["valid"], false);
        let output = node(folder.path(), &["verify", "manifest.json"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("- extract.ndjson: the manifest says ") && text.contains("INVALID"), "{text}");
    }
    // Rows, a folder in the place of a file, and names that lead elsewhere.
    for (field, value, expected) in [
        ("rows", json!(3), "file_rows"),
        ("name", json!("../extract.csv"), "file_name"),
        ("name", json!("/etc/passwd"), "file_name"),
        ("name", json!("extract.ndjson"), "file_name"),
        ("name", json!("folder"), "file_unreadable"),
    ] {
        let (folder, signer) = extract();
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        let mut manifest = manifest();
        manifest["files"][1][field] = value;
        write(folder.path(), &manifest, &signer);
        let (code, said) = answer(folder.path(), "manifest.json");
        assert_eq!((code, codes(&said)), (Some(1), vec!["same", expected]), "{said}");
    }
}

#[test]
fn a_manifest_that_the_log_did_not_sign_is_refused_whatever_is_beside_it() {
    let refused = |folder: &Path, expected: &str| {
        let (code, said) = answer(folder, "manifest.json");
        assert_eq!((code, &said["code"]), (Some(1), &json!(expected)), "{said}");
    };
    let (folder, signer) = extract();
    let text = std::fs::read_to_string(folder.path().join("manifest.json")).unwrap();
    std::fs::write(folder.path().join("manifest.json"), text.replace("\"r1\"", "\"r2\"")).unwrap();
    refused(folder.path(), "manifest_signature");
    sign(folder.path(), &text, &self::signer(8));
    refused(folder.path(), "manifest_signature");
    std::fs::remove_file(folder.path().join("manifest.sig")).unwrap();
    refused(folder.path(), "manifest_malformed");
    // Signed, and yet nothing to believe.
    let change = |change: &dyn Fn(&mut Value), expected: &str| {
        let mut manifest = manifest();
        change(&mut manifest);
        write(folder.path(), &manifest, &signer);
        refused(folder.path(), expected);
    };
    change(&|m| m["origin"] = json!("another.example/log"), "manifest_origin");
    change(&|m| m["format"] = json!("xinji-extract-2"), "manifest_malformed");
    change(&|m| m["files"] = json!([]), "manifest_malformed");
    change(&|m| m["checkpoint"] = json!("no note"), "manifest_checkpoint");
    // Nobody told whose log it is.
    std::fs::remove_file(folder.path().join("log.vkey")).unwrap();
    write(folder.path(), &manifest(), &signer);
    let output = node(folder.path(), &["verify", "manifest.json"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    assert!(String::from_utf8_lossy(&output.stderr).contains("NOT VERIFIED"));
}

#[test]
fn the_checkpoint_in_a_manifest_is_the_logs_own() {
    let (folder, _) = extract();
    let log = tempfile::tempdir().unwrap();
    let operator = open(log.path()).unwrap();
    let checkpoint = operator.view().checkpoint().unwrap().unwrap();
    let mut with = manifest();
    with["checkpoint"] = json!(checkpoint);
    // The operator of the tests signs with key 7. Another key of the same name signed the manifest here.
    write(folder.path(), &with, &signer(8));
    std::fs::write(folder.path().join("log.vkey"), signer(8).vkey().to_string()).unwrap();
    let (code, said) = answer(folder.path(), "manifest.json");
    assert_eq!((code, &said["code"]), (Some(1), &json!("manifest_checkpoint")), "{said}");
    write(folder.path(), &with, &signer(7));
    std::fs::write(folder.path().join("log.vkey"), operator.view().vkey().to_string()).unwrap();
    let (code, said) = answer(folder.path(), "manifest.json");
    assert_eq!((code, &said["size"]), (Some(0), &json!(operator.view().published_size())), "{said}");
}
