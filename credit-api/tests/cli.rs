//! The command line as a person meets it: help, settings, refusals, the sample zone.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Output};

fn credit_api(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credit-api"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("XINJI_")) {
        command.env_remove(name);
    }
    command.args(arguments).envs(settings.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_names_every_command() {
    let help = text(&credit_api(&["--help"], &[]).stdout);
    for command in
        ["serve", "import", "evaluate", "show", "receipt", "sample", "scorecard", "doctor", "config"]
    {
        assert!(help.contains(command), "{command}: {help}");
    }
    assert!(text(&credit_api(&["--version"], &[]).stdout).starts_with("credit-api "));
    assert_eq!(credit_api(&["frobnicate"], &[]).status.code(), Some(2));
}

/// Arguments, settings, and two things that must be said.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], [&'a str; 2]);

#[test]
fn a_wrong_setting_is_refused_with_its_name_and_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("xinji.toml");
    std::fs::write(&file, "listen = \"everywhere\"\n").unwrap();
    let unknown = folder.path().join("unknown.toml");
    std::fs::write(&unknown, "lisen = \"127.0.0.1:1\"\n").unwrap();
    let cases: [Case; 7] = [
        (&["config"], &[("XINJI_LISTEN", "nowhere")], ["listen", "ADDRESS:PORT"]),
        (&["config"], &[("XINJI_DATABASE_URL", "mysql://x")], ["database_url", "postgres://"]),
        (&["config"], &[("XINJI_ZONE", "Yi Bin")], ["zone", "a-z"]),
        (&["config"], &[("XINJI_THREADS", "many")], ["threads", "whole number"]),
        (&["config"], &[("XINJI_LISTENING", "x")], ["XINJI_LISTENING", "listen"]),
        (&["config", "--config", file.to_str().unwrap()], &[], ["listen", "ADDRESS:PORT"]),
        (&["config", "--config", unknown.to_str().unwrap()], &[], ["lisen", "listen"]),
    ];
    for (arguments, settings, expected) in cases {
        let output = credit_api(arguments, settings);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(expected.iter().all(|part| said.contains(part)), "{expected:?}: {said}");
    }
}

#[test]
fn flags_win_over_environment_over_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("xinji.toml");
    std::fs::write(&file, "data = \"from-file\"\nzone = \"from-file\"\nlisten = \"127.0.0.1:1\"\n").unwrap();
    let output = credit_api(
        &["config", "--config", file.to_str().unwrap(), "--data", "from-flag"],
        &[("XINJI_DATA", "from-environment"), ("XINJI_ZONE", "from-environment")],
    );
    let said = text(&output.stdout);
    let line = |name: &str| said.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(line("data ").contains("from-flag") && line("data ").contains("(flag)"), "{said}");
    assert!(line("zone ").contains("from-environment") && line("zone ").contains("XINJI_ZONE"), "{said}");
    assert!(line("listen ").contains("127.0.0.1:1") && line("listen ").contains("xinji.toml"), "{said}");
}

#[test]
fn the_sample_zone_is_the_same_for_the_same_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, seed: &str| {
        let path = folder.path().join(name);
        let arguments =
            ["sample", "--enterprises", "5", "--seed", seed, "--months", "2", "--until", "2026-10-31", "-o"];
        let output = credit_api(&[&arguments[..], &[path.to_str().unwrap()]].concat(), &[]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        std::fs::read(path.join("transactions.csv")).unwrap()
    };
    assert_eq!(write("a", "1"), write("b", "1"));
    assert_ne!(write("c", "1"), write("d", "2"));
}
