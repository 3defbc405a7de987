//! The two databases that every end-to-end test runs on.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::zone::Zone;

/// Where the tests find a PostgreSQL server; without it they run on SQLite alone.
pub const POSTGRES_URL: &str = "XINJI_TEST_POSTGRES_URL";

static NEXT: AtomicU32 = AtomicU32::new(0);

#[derive(Debug)]
pub enum Database {
    Sqlite,
    /// A database of this test's own on the server of `admin_url`, dropped with it.
    Postgres {
        admin_url: String,
        name: String,
    },
}

impl Database {
    pub fn postgres(admin_url: &str) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("xinji_e2e_{}_{number}", std::process::id());
        psql(admin_url, &format!("CREATE DATABASE {name}"));
        Self::Postgres { admin_url: admin_url.to_owned(), name }
    }

    pub fn url(&self, folder: &std::path::Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", folder.join("zone.db").display()),
            Self::Postgres { admin_url, name } => in_database(admin_url, name),
        }
    }

    /// Runs SQL past the product, as somebody with the administrator's password would. The rows, `|` between columns.
    pub fn query(&self, folder: &std::path::Path, sql: &str) -> String {
        match self {
            Self::Sqlite => run(Command::new("sqlite3").arg("-batch").arg(folder.join("zone.db")).arg(sql)),
            Self::Postgres { .. } => psql(&self.url(folder), sql),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { admin_url, name } = self {
            psql(admin_url, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The same server, another database.
fn in_database(url: &str, name: &str) -> String {
    let (base, parameters) = url.split_once('?').map_or((url, None), |(base, rest)| (base, Some(rest)));
    let server = base.split_once("://").map_or(base, |(_, rest)| rest);
    let server_end = base.len() - server.len() + server.find('/').unwrap_or(server.len());
    let parameters = parameters.map(|rest| format!("?{rest}")).unwrap_or_default();
    format!("{}/{name}{parameters}", &base[..server_end])
}

fn psql(url: &str, sql: &str) -> String {
    run(Command::new("psql").args([url, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]))
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Runs a test on SQLite and, where a server is given, on PostgreSQL, each time in a new zone. Whatever the test did,
/// the ledger must then verify from genesis.
pub fn for_each_database(test: impl Fn(&Zone)) {
    let in_zone = |database: Database| {
        let zone = Zone::new(database);
        test(&zone);
        zone.verify_ledger();
    };
    in_zone(Database::Sqlite);
    if let Ok(admin_url) = std::env::var(POSTGRES_URL) {
        in_zone(Database::postgres(&admin_url));
    }
}

#[cfg(test)]
mod tests {
    use super::in_database;

    #[test]
    fn another_database_of_the_same_server() {
        assert_eq!(in_database("postgres://u:p@h:5432/postgres", "x"), "postgres://u:p@h:5432/x");
        assert_eq!(in_database("postgres:///postgres?host=/run/pg", "x"), "postgres:///x?host=/run/pg");
        assert_eq!(in_database("postgres://h", "x"), "postgres://h/x");
    }
}
