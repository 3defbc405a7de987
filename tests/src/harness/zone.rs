//! A zone of one test's own: a data folder, a database, and the programs run on them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::databases::Database;
use super::ports::free_address;
use super::processes::{Finished, Server, program, run_or_kill};
use super::{SourceRow, sources};
use crate::compare::differences;
use crate::oracle::{self, Rating};

pub struct Zone {
    // Dropped in this order: the database lets go before its folder is removed.
    pub database: Database,
    folder: tempfile::TempDir,
    listen: String,
}

impl Zone {
    pub fn new(database: Database) -> Self {
        Self { database, folder: tempfile::tempdir().unwrap(), listen: free_address() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// A folder for source files, made when first asked for.
    pub fn sources(&self) -> PathBuf {
        let path = self.path("sources");
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    pub fn write(&self, source: &str, rows: &[SourceRow]) -> PathBuf {
        sources::write_csv(&self.sources(), source, rows)
    }

    /// A program with this zone's settings, working in this zone's folder.
    pub fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program(name));
        for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("XINJI_")) {
            command.env_remove(key);
        }
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("XINJI_DATA", self.data())
            .env("XINJI_LISTEN", &self.listen)
            .env("XINJI_DATABASE_URL", self.database.url(self.folder.path()));
        command
    }

    pub fn cli(&self, arguments: &[&str]) -> Finished {
        Finished::of(self.command("credit-api", arguments).output().unwrap())
    }

    /// The agencies' program.
    pub fn node(&self, arguments: &[&str]) -> Finished {
        Finished::of(self.command("node", arguments).output().unwrap())
    }

    /// `None`: it was killed after `delay`.
    pub fn cli_or_kill(&self, arguments: &[&str], delay: Duration) -> Option<Finished> {
        run_or_kill(self.command("credit-api", arguments), delay)
    }

    pub fn import<P: AsRef<Path>>(&self, files: &[P]) -> Finished {
        let mut arguments = vec!["import"];
        arguments.extend(files.iter().map(|path| path.as_ref().to_str().unwrap()));
        self.cli(&arguments)
    }

    pub fn serve(&self) -> Server {
        Server::start(self.command("credit-api", &["serve"]), &self.listen, &self.path("serve.log"))
    }

    /// An agency's node that follows this zone's log as `server` serves it, in the folder `name`, with these options
    /// beside.
    pub fn follow(&self, server: &Server, name: &str, options: &[&str]) -> Server {
        let folder = self.path(name);
        std::fs::create_dir_all(&folder).unwrap();
        let (mut keys, listen) = (Vec::new(), free_address());
        for kind in ["witness", "replay"] {
            let path = folder.join(format!("{kind}.key")).to_str().unwrap().to_owned();
            if !Path::new(&path).exists() {
                let cosigner = format!("{name}.example/{kind}");
                self.node(&["keygen", "--kind", kind, "--name", &cosigner, "-o", &path]).ok();
            }
            keys.push(path);
        }
        let (log, log_key) = (format!("{}/ledger", server.base), self.data().join("log.vkey"));
        let (dir, agency) = (folder.join("copy"), format!("{name}.example"));
        let usual = [
            ["--log", &log],
            ["--log-key", log_key.to_str().unwrap()],
            ["--dir", dir.to_str().unwrap()],
            ["--witness-key", &keys[0]],
            ["--replay-key", &keys[1]],
            ["--name", &agency],
            ["--listen", &listen],
            ["--poll-ms", "100"],
        ];
        let command = self.command("node", &[&["follow"], usual.concat().as_slice(), options].concat());
        Server::start_with(command, &listen, &folder.join("node.log"), "/healthz")
    }

    /// The administrator's token, once a server was started.
    pub fn token(&self) -> String {
        std::fs::read_to_string(self.data().join("admin-token")).unwrap().trim().to_owned()
    }

    /// Reads the ledger again from its first entry, under the zone's own key; a zone without one has nothing to read.
    #[track_caller]
    pub fn verify_ledger(&self) {
        let ledger = self.data().join("ledger");
        let Ok(key) = std::fs::read_to_string(self.data().join("log.vkey")) else {
            assert!(!ledger.exists(), "a ledger without its key");
            return;
        };
        let audit = self.node(&["audit", ledger.to_str().unwrap(), "--log-key", key.trim()]).ok();
        assert!(audit.stdout.contains("SOUND"), "{}", audit.all());
    }

    pub fn query(&self, sql: &str) -> String {
        self.database.query(self.folder.path(), sql)
    }

    pub fn show(&self, uscc: &str, as_of: &str) -> serde_json::Value {
        self.cli(&["show", uscc, "--json", "--as-of", as_of]).ok().json()
    }

    /// Every difference between this zone's ratings on a day and those recomputed from its source files.
    pub fn differences<P: AsRef<Path>>(&self, files: &[P], as_of: &str) -> Vec<String> {
        let (facts, _) = oracle::read_files(files);
        let expected = oracle::rate_all(&facts, oracle::check::date(as_of).unwrap());
        assert!(!expected.is_empty(), "no enterprise to compare");
        expected
            .values()
            .flat_map(|rating: &Rating| differences(&self.show(&rating.uscc, as_of), rating))
            .collect()
    }
}
