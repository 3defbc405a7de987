//! One import, timed, in a process of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use credit_api::clock::SystemClock;
use credit_api::intake::evidence::Evidence;
use credit_api::intake::receive::{Incoming, receive};
use credit_api::store::{Database, DatabaseUrl};
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
    pub fn parse(url: &str) -> Result<Self, Failure> {
        Ok(match DatabaseUrl::parse(url)? {
            DatabaseUrl::Sqlite(path) => Self::Sqlite(path),
            DatabaseUrl::Postgres(url) => Self::Postgres(url),
        })
    }

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

pub fn import(target: &Target, file: &Path, folder: &Path) -> Result<Measured, Failure> {
    let database = Database::open(&DatabaseUrl::parse(&target.url())?)?;
    let evidence = Evidence::new(folder.join("evidence"));
    let started = Instant::now();
    let incoming = Incoming { name: "transactions.csv", content: File::open(file)?, expected: None };
    let summary = receive(&database, &evidence, &SystemClock, incoming, &mut |_, _, _| true)?;
    let time = started.elapsed();
    if summary.rows_rejected > 0 || summary.rows_new != summary.rows_total {
        return Err(format!("not every row was taken: {summary:?}").into());
    }
    Ok(Measured { time, peak_mib: peak_mib() })
}

pub fn per_second(rows: u64, time: Duration) -> u128 {
    u128::from(rows) * 1_000_000 / time.as_micros().max(1)
}

/// The most memory this process has held, MiB; 0 where the system does not tell.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
