//! The two databases a test runs on: SQLite always, PostgreSQL where `XINJI_TEST_POSTGRES_URL` names a server
//! (`scripts/postgres.sh`), each time a new one that is dropped with its [`Place`].

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::prelude::*;

const SERVER: &str = "XINJI_TEST_POSTGRES_URL";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Where the credit database of one test lies.
#[derive(Debug)]
pub struct Place(Option<OnServer>);

#[derive(Debug)]
struct OnServer {
    admin_url: String,
    name: String,
}

impl Place {
    /// One on each database there is.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self(None)];
        if let Ok(admin_url) = std::env::var(SERVER) {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("xinji_unit_{}_{number}", std::process::id());
            run(&admin_url, &format!("CREATE DATABASE {name}"));
            all.push(Self(Some(OnServer { admin_url, name })));
        }
        all
    }

    /// The settings that name it; none for the default in the data folder.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let Some(OnServer { admin_url, name }) = &self.0 else { return Vec::new() };
        let base = admin_url.rsplit_once('/').map_or(admin_url.as_str(), |(base, _)| base);
        vec![("database_url", format!("{base}/{name}"))]
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(OnServer { admin_url, name }) = &self.0 {
            run(admin_url, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn run(url: &str, sql: &str) {
    let mut connection = PgConnection::establish(url).unwrap();
    diesel::sql_query(sql).execute(&mut connection).unwrap();
}
