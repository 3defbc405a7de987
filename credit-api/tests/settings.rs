//! Settings that cannot be used: each is refused at start with its name, where it came from and what was expected.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::{Command, Output};

/// The program in a folder of its own, without the settings of whoever runs the tests.
fn credit_api(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credit-api"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("XINJI_")) {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(folder);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs and compares: exit code, and everything that must be said.
fn refused(command: &mut Command, code: i32, parts: &[&str]) -> String {
    let output = command.output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for part in parts {
        assert!(said.contains(part), "{part:?}: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[test]
fn every_key_is_refused_with_its_name_origin_and_expectation() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(200);
    let cases = [
        ("data", "", "a folder"),
        ("listen", "nowhere", "ADDRESS:PORT"),
        ("listen", "127.0.0.1", "ADDRESS:PORT"),
        ("listen", "127.0.0.1:99999", "ADDRESS:PORT"),
        ("listen", "localhost:8080", "ADDRESS:PORT"),
        ("database_url", "mysql://host/name", "postgres://"),
        ("database_url", "credit.db", "sqlite://PATH"),
        ("database_url", "sqlite://", "sqlite://PATH"),
        ("ledger_url", "http://127.0.0.1:8081", "empty"),
        ("zone", "", "1 to 32"),
        ("zone", "Yibin", "a-z"),
        ("zone", "宜宾", "a-z"),
        ("zone", &long, "1 to 32"),
        ("log_origin", "a b", "without spaces"),
        ("log_origin", "a+b", "without spaces"),
        ("log_origin", &long, "at most 128"),
        ("offline_root", "root.pub", "64 hexadecimal digits"),
        ("offline_root", "00", "64 hexadecimal digits"),
        ("offline_root", &"00".repeat(32), "64 hexadecimal digits"),
        ("extract_days", "0", "from 1 to 3650"),
        ("extract_days", "3651", "from 1 to 3650"),
        ("threads", "many", "whole number"),
        ("threads", "-1", "whole number"),
        ("threads", "257", "256"),
        ("threads", "1.5", "whole number"),
        ("log", "credit_api=loud", "filter"),
    ];
    for (key, value, expected) in cases {
        let name = format!("XINJI_{}", key.to_ascii_uppercase());
        let parts = [key, &format!("environment {name}"), value, expected];
        refused(credit_api(folder.path(), &["config"]).env(&name, value), 2, &parts);
        std::fs::write(folder.path().join("xinji.toml"), format!("{key} = \"{value}\"\n")).unwrap();
        refused(&mut credit_api(folder.path(), &["config"]), 2, &[key, "file xinji.toml", value, expected]);
        std::fs::remove_file(folder.path().join("xinji.toml")).unwrap();
        let flag = format!("--{}", key.replace('_', "-"));
        if ["data", "listen", "database_url"].contains(&key) {
            refused(
                &mut credit_api(folder.path(), &["config", &flag, value]),
                2,
                &[key, "(flag)", value, expected],
            );
        }
    }
    // None of these starts made anything.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_that_is_no_configuration_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    let run = |text: &[u8], parts: &[&str]| {
        std::fs::write(&path, text).unwrap();
        refused(&mut credit_api(folder.path(), &["config", "--config", "settings.toml"]), 2, parts);
    };
    run(b"lisen = \"127.0.0.1:1\"\n", &["settings.toml", "\"lisen\"", "known keys", "listen"]);
    run(b"[server]\nlisten = \"127.0.0.1:1\"\n", &["\"server\"", "known keys"]);
    run(b"zone = \"a\"\nzone = \"b\"\n", &["settings.toml", "line 2", "duplicate"]);
    run(b"zone = yibin\n", &["settings.toml", "line 1"]);
    run(b"zone = \"\xff\"\n", &["settings.toml", "UTF-8"]);
    run(&vec![b'#'; 70_000], &["settings.toml", "65536"]);
    run(b"zone = 5\n", &["zone", "file settings.toml", "integer", "expected 1 to 32"]);
    run(b"data = true\n", &["data", "boolean", "a folder"]);
    run(b"listen = [\"127.0.0.1:1\"]\n", &["listen", "array", "ADDRESS:PORT"]);
    run(b"threads = 2.5\n", &["threads", "float", "whole number"]);
    run(b"log_origin = 2026-01-01\n", &["log_origin", "datetime", "name"]);
    run(b"database_url = {a = 1}\n", &["database_url", "table", "sqlite://PATH"]);
    refused(
        &mut credit_api(folder.path(), &["config", "--config", "none.toml"]),
        2,
        &["none.toml", "No such file"],
    );
    refused(&mut credit_api(folder.path(), &["config", "--config", "."]), 2, &["."]);
    refused(credit_api(folder.path(), &["config"]).env("XINJI_CONFIG", "none.toml"), 2, &["none.toml"]);
    // A number for a number is one.
    std::fs::write(&path, "threads = 4\n").unwrap();
    let output = credit_api(folder.path(), &["config", "--config", "settings.toml"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn the_environment_may_hold_anything() {
    let folder = tempfile::tempdir().unwrap();
    refused(
        credit_api(folder.path(), &["config"]).env("XINJI_LISEN", "x"),
        2,
        &["XINJI_LISEN", "known", "listen"],
    );
    let bytes = || OsString::from_vec(b"\xff\xfe".to_vec());
    // What is not ours need not be text.
    let output =
        credit_api(folder.path(), &["config"]).env("OTHER", bytes()).env(bytes(), "x").output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    refused(
        credit_api(folder.path(), &["config"]).env("XINJI_DATA", bytes()),
        2,
        &["data", "XINJI_DATA", "UTF-8"],
    );
    refused(credit_api(folder.path(), &["config"]).arg("--data").arg(bytes()), 2, &["UTF-8"]);
}

#[test]
fn a_password_is_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    for url in [
        "postgres://user:secret@127.0.0.1:1/name",
        "postgres://user:sec:@ret@127.0.0.1:1/name",
        "postgres://127.0.0.1:1/name?user=u&password=secret&connect_timeout=1",
        "mysql://user:secret@host/name",
    ] {
        for arguments in [&["config"][..], &["doctor"]] {
            let output =
                credit_api(folder.path(), arguments).env("XINJI_DATABASE_URL", url).output().unwrap();
            let said = said(&output);
            assert!(said.contains("database_url"), "{said}");
            assert!(!said.contains("secret") && !said.contains("ret@"), "{url}: {said}");
        }
    }
}

#[test]
fn what_a_setting_names_is_looked_at_before_the_work_begins() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let file = file.to_str().unwrap();
    let below = format!("{file}/data");
    for data in [file, &below, "/proc/xinji"] {
        let parts =
            ["data", "environment XINJI_DATA", data, "expected a folder in which this user may write"];
        refused(credit_api(folder.path(), &["doctor"]).env("XINJI_DATA", data), 1, &parts);
    }
    let folder_url = format!("sqlite://{}", folder.path().display());
    for url in [folder_url.as_str(), "postgres://u@127.0.0.1:1/x", "postgres://u@127.0.0.1:bad/x"] {
        let parts = ["database_url", "environment XINJI_DATABASE_URL", url, "expected sqlite://PATH"];
        refused(credit_api(folder.path(), &["doctor"]).env("XINJI_DATABASE_URL", url), 1, &parts);
    }
    let folder_of_certificates = folder.path().join("certificates");
    std::fs::create_dir(&folder_of_certificates).unwrap();
    std::fs::write(folder_of_certificates.join("broken.pem"), "x").unwrap();
    let mut doctor = credit_api(folder.path(), &["doctor"]);
    let doctor = doctor.env("XINJI_CEB_CERTIFICATES", &folder_of_certificates);
    refused(doctor, 2, &["ceb_certificates", "broken.pem", "no certificate in PEM"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let parts = ["listen", "environment XINJI_LISTEN", &address, "in use", "expected ADDRESS:PORT"];
    // Before the sample zone is loaded, which would take a while.
    let mut serve = credit_api(folder.path(), &["serve", "--sample"]);
    refused(serve.env("XINJI_LISTEN", &address), 1, &parts);
    assert!(!folder.path().join("data/sample").exists());
    let mut serve = credit_api(folder.path(), &["serve"]);
    refused(serve.env("XINJI_LISTEN", "203.0.113.1:8080"), 1, &["listen", "203.0.113.1:8080", "expected"]);
}
