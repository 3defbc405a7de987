//! Another machine of a zone: its own data folder and address, the same database, keys and evidence.

use std::path::PathBuf;
use std::process::Command;

use super::Zone;
use super::ports::free_address;
use super::processes::{Finished, Server};

pub struct Site<'a> {
    zone: &'a Zone,
    name: String,
    listen: String,
}

impl<'a> Site<'a> {
    /// The zone must have begun: its keys are given to this machine.
    pub fn beside(zone: &'a Zone, name: &str) -> Self {
        let site = Self { zone, name: name.to_owned(), listen: free_address() };
        std::fs::create_dir_all(site.data()).unwrap();
        std::fs::create_dir_all(zone.data().join("evidence")).unwrap();
        std::os::unix::fs::symlink(zone.data().join("evidence"), site.data().join("evidence")).unwrap();
        site
    }

    pub fn data(&self) -> PathBuf {
        self.zone.path(&self.name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.zone.command("credit-api", arguments);
        command
            .env("XINJI_DATA", self.data())
            .env("XINJI_LISTEN", &self.listen)
            .env("XINJI_KEYS", self.zone.data().join("keys"));
        command
    }

    pub fn cli(&self, arguments: &[&str]) -> Finished {
        Finished::of(self.command(arguments).output().unwrap())
    }

    pub fn serve(&self) -> Server {
        Server::start(self.command(&["serve"]), &self.listen, &self.zone.path(&format!("{}.log", self.name)))
    }

    /// Reads this machine's ledger again from its first entry, under the zone's key.
    #[track_caller]
    pub fn verify_ledger(&self) {
        let key = std::fs::read_to_string(self.zone.data().join("log.vkey")).unwrap();
        let ledger = self.data().join("ledger");
        let audit = self.zone.node(&["audit", ledger.to_str().unwrap(), "--log-key", key.trim()]).ok();
        assert!(audit.stdout.contains("SOUND"), "{}", audit.all());
    }
}
