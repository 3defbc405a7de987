//! What the benchmarks of the credit database share: where rows go, what was measured.

use std::path::PathBuf;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::Failure;

/// Where the rows go.
#[derive(Debug, Clone)]
pub enum Target {
    Sqlite(PathBuf),
    /// A database of its own; dropped with its server.
    Postgres(String),
}

impl Target {
    /// A new database on a server whose URL ends with the name of another.
    pub fn create_on(server: &str) -> Result<Self, Failure> {
        let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos();
        let name = format!("bench_{nanos}");
        let (base, _) = server.rsplit_once('/').ok_or("the server's URL names no database")?;
        PgConnection::establish(server)?.batch_execute(&format!("CREATE DATABASE {name}"))?;
        Ok(Self::Postgres(format!("{base}/{name}")))
    }

    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(url) => url.clone(),
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

/// What an import took.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    pub time: Duration,
    pub peak_mib: u64,
}

impl Measured {
    pub fn to_line(self) -> String {
        format!("{} {}", self.time.as_micros(), self.peak_mib)
    }

    pub fn of_line(line: &str) -> Option<Self> {
        let (time, peak) = line.split_once(' ')?;
        Some(Self { time: Duration::from_micros(time.parse().ok()?), peak_mib: peak.parse().ok()? })
    }
}

pub fn per_second(rows: u64, time: Duration) -> u128 {
    u128::from(rows) * 1_000_000 / time.as_micros().max(1)
}

/// The most memory this process has held, MiB; 0 where the system does not tell.
pub fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
