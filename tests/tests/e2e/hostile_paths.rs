//! What is named as a file and is none, the same file from two sides at once, and a disk that is full.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use xinji_tests::harness::{Database, Finished, OrderBuilder, Zone, for_each_database, uscc};

/// A user without rights, on every system.
const NOBODY: u32 = 65_534;

fn orders(zone: &Zone, count: usize) -> std::path::PathBuf {
    let order = |at: usize| OrderBuilder::new(&uscc(1), &format!("N{at}"), "2026-11-01").build();
    zone.write("transactions", &(0..count).map(order).collect::<Vec<_>>())
}

fn import(zone: &Zone, paths: &[&Path]) -> Command {
    let mut command = zone.command("credit-api", &["import", "--no-evaluate"]);
    command.args(paths);
    command
}

fn order_rows(zone: &Zone) -> String {
    zone.query("SELECT count(*) FROM orders")
}

#[test]
fn what_is_no_file_is_named_and_the_others_go_in() {
    let zone = Zone::new(Database::Sqlite);
    let good = orders(&zone, 3);
    let (folder, missing) = (zone.sources(), zone.path("missing.csv"));
    let below = good.join("below.csv");
    let paths = [folder.as_path(), &missing, Path::new("/dev/zero"), &below, &good];
    let said = Finished::of(import(&zone, &paths).output().unwrap()).code_is(1);
    for (path, why) in
        [(&paths[0], "文件夹"), (&paths[1], "不存在"), (&paths[2], "设备"), (&paths[3], "无法打开")]
    {
        let line = said.stderr.lines().find(|line| line.contains(&format!("{}: ", path.display())));
        assert!(line.is_some_and(|line| line.contains(why)), "{}: {}", path.display(), said.all());
    }
    assert_eq!(order_rows(&zone), "3");
    let said = Finished::of(import(&zone, &paths).args(["--lang", "en"]).output().unwrap()).code_is(1);
    for why in ["a folder", "no such file", "a device", "cannot be opened", "already received"] {
        assert!(said.all().contains(why), "{why}: {}", said.all());
    }
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    let zone = Zone::new(Database::Sqlite);
    let (secret, good) = (zone.path("secret.csv"), orders(&zone, 2));
    std::fs::copy(&good, &secret).unwrap();
    std::fs::set_permissions(&secret, Permissions::from_mode(0o000)).unwrap();
    let mut command = import(&zone, &[&secret, &good]);
    if rustix::process::geteuid().is_root() {
        // To root nothing is forbidden.
        for folder in [zone.path(""), zone.sources()] {
            std::fs::set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
        }
        command = elsewhere(&command, &zone.path("credit-api"));
        command.uid(NOBODY);
    }
    let said = Finished::of(command.output().unwrap()).code_is(1);
    assert!(said.stderr.contains("无权读取"), "{}", said.all());
    assert_eq!(order_rows(&zone), "2");
}

/// The same command by a copy of the program, which another user can reach.
fn elsewhere(command: &Command, program: &Path) -> Command {
    // Copied by another process: a file that is open for writing in this one, also in a child of another test that has
    // not called exec yet, cannot be run.
    let copied = Command::new("cp").arg(command.get_program()).arg(program).status().unwrap();
    assert!(copied.success());
    let mut copied = Command::new(program);
    copied.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => copied.env(name, value),
            None => copied.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        copied.current_dir(folder);
    }
    copied
}

#[test]
fn a_pipe_is_a_file() {
    let zone = Zone::new(Database::Sqlite);
    let (pipe, good) = (zone.path("pipe"), orders(&zone, 2));
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let content = std::fs::read(&good).unwrap();
    let path = pipe.clone();
    let writer = std::thread::spawn(move || std::fs::write(path, content).unwrap());
    Finished::of(import(&zone, &[&pipe]).output().unwrap()).ok();
    writer.join().unwrap();
    assert_eq!(order_rows(&zone), "2");
    let again = Finished::of(import(&zone, &[&good]).args(["--lang", "en"]).output().unwrap()).ok();
    assert!(again.all().contains("already received"), "{}", again.all());
}

#[test]
fn the_same_file_from_two_sides_at_once_is_taken_once() {
    for_each_database(|zone| {
        let file = orders(zone, 3_000);
        // Both find a database that is there.
        zone.cli(&["import", "--no-evaluate", zone.write("registration", &[]).to_str().unwrap()]).ok();
        let start = || {
            let mut command = import(zone, &[&file]);
            command.args(["--lang", "en"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let sides: Vec<_> = (0..3).map(|_| start()).collect();
        let said: Vec<Finished> =
            sides.into_iter().map(|side| Finished::of(side.wait_with_output().unwrap()).ok()).collect();
        let count = |words: &str| said.iter().filter(|one| one.all().contains(words)).count();
        assert_eq!((count("3000 new"), count("already received")), (1, 2), "{said:?}");
        assert_eq!(order_rows(zone), "3000");
        assert_eq!(zone.query("SELECT count(*) FROM batches WHERE rows_total > 0"), "1");
        zone.cli(&["doctor"]).ok();
    });
}

/// Two processes that both make the database, as after an installation.
#[test]
fn two_first_starts_at_once_make_one_database() {
    for_each_database(|zone| {
        let file = orders(zone, 10);
        let start = || import(zone, &[&file]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let sides: Vec<_> = (0..3).map(|_| start()).collect();
        for side in sides {
            Finished::of(side.wait_with_output().unwrap()).ok();
        }
        assert_eq!(order_rows(zone), "10");
    });
}

/// A disk that ends, at many sizes: an error that says so, nothing half there, and everything in once there is room.
#[test]
fn a_full_disk_leaves_nothing_half_done() {
    let zone = Zone::new(Database::Sqlite);
    let file = orders(&zone, 8_000);
    zone.import(&[&zone.write("registration", &[])]).ok();
    let bytes = std::fs::metadata(&file).unwrap().len();
    let program = import(&zone, &[&file]);
    let mut failures = 0;
    for blocks in (0..).map(|step| bytes / 1024 / 4 * (1 + step)).take(12) {
        // A file may grow to so many blocks of 1024 bytes; past it a write fails.
        let mut limited = Command::new("bash");
        limited.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""]).arg(blocks.to_string());
        limited.arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        limited.current_dir(zone.path(""));
        let finished = Finished::of(limited.output().unwrap());
        if finished.code == Some(0) {
            break;
        }
        failures += 1;
        let said = finished.code_is(1).all();
        assert!(["File too large", "disk", "full"].iter().any(|words| said.contains(words)), "{said}");
        assert_eq!(order_rows(&zone), "0", "with {blocks} KiB");
        let left = std::fs::read_dir(zone.data().join("evidence")).unwrap();
        let left =
            left.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'));
        assert_eq!(left.count(), 0, "with {blocks} KiB");
    }
    assert!(failures >= 2, "the disk was never full");
    zone.import(&[&file]).ok();
    assert_eq!(order_rows(&zone), "8000");
    zone.cli(&["doctor"]).ok();
}
