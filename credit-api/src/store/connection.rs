//! Connections, pool, migrations and transactions on both databases.

use std::path::PathBuf;
use std::time::Duration;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, Pool};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Lane;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// How long a connection waits for another writer, in milliseconds.
const BUSY_TIMEOUT_MS: u32 = 60_000;
/// What is left of the write-ahead log once a large file's rows are in the database, bytes.
const LOG_BYTES_KEPT: u32 = 64 * 1024 * 1024;
/// Connections per process.
const POOL_SIZE: u32 = 16;
/// How long a request waits for a free connection.
const POOL_WAIT: Duration = Duration::from_secs(30);

/// One connection to either database.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

pub type PooledConnection = diesel::r2d2::PooledConnection<Manager>;

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("database URL {0:?}: expected sqlite://PATH or postgres://…")]
    Url(String),
    #[error("cannot open the database: {0}")]
    Open(String),
    #[error("database schema: {0}")]
    Migration(String),
    /// Written by a later version; what this one does not know of it, it would not keep right.
    #[error(
        "database schema {found} is newer than this program, which knows {known}; start the newer program, or \
         restore a backup from before"
    )]
    Newer { found: String, known: String },
    #[error("no free database connection: {0}")]
    Pool(String),
    #[error("database: {0}")]
    Query(#[from] diesel::result::Error),
    /// A stored value that this program did not write, or that was changed behind its back.
    #[error("stored {what} of {key} is damaged: {why}")]
    Damaged { what: &'static str, key: String, why: String },
}

/// Where the credit database lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(String),
}

impl DatabaseUrl {
    /// # Errors
    /// [`StoreError::Url`] for any other scheme.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if let Some(path) = text.strip_prefix("sqlite://").filter(|path| !path.is_empty()) {
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(StoreError::Url(text.to_owned()))
    }
}

/// Opens and checks connections for the pool.
#[derive(Debug)]
pub struct Manager(DatabaseUrl);

impl ManageConnection for Manager {
    type Connection = DbConnection;
    type Error = StoreError;

    fn connect(&self) -> Result<DbConnection, StoreError> {
        match &self.0 {
            DatabaseUrl::Postgres(url) => PgConnection::establish(url)
                .map(DbConnection::Postgres)
                .map_err(|error| StoreError::Open(error.to_string())),
            DatabaseUrl::Sqlite(path) => open_sqlite(path).map(DbConnection::Sqlite),
        }
    }

    fn is_valid(&self, connection: &mut DbConnection) -> Result<(), StoreError> {
        connection.batch_execute("SELECT 1").map_err(StoreError::from)
    }

    fn has_broken(&self, _connection: &mut DbConnection) -> bool {
        std::thread::panicking()
    }
}

fn open_sqlite(path: &std::path::Path) -> Result<SqliteConnection, StoreError> {
    let open = |why: String| StoreError::Open(format!("{}: {why}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| open(error.to_string()))?;
    }
    let mut connection =
        SqliteConnection::establish(&path.to_string_lossy()).map_err(|error| open(error.to_string()))?;
    // FULL: in WAL mode a commit is on disk before it is acknowledged (rule 1 of the architecture).
    connection
        .batch_execute(&format!(
            "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; PRAGMA cache_size = -32768; PRAGMA temp_store = FILE; \
             PRAGMA journal_size_limit = {LOG_BYTES_KEPT};"
        ))
        .map_err(|error| open(error.to_string()))?;
    Ok(connection)
}

/// A pool of connections to one credit database, with its schema up to date.
#[derive(Clone)]
pub struct Database {
    pool: Pool<Manager>,
}

impl Database {
    /// Opens the database, creating and migrating it when needed.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be reached or its schema cannot be brought up to date.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let mut first = Manager(url.clone()).connect()?;
        migrate(&mut first)?;
        Self::pooled(url)
    }

    /// Opens a SQLite file of its own, whose tables `tables` makes where they are missing.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be opened.
    pub fn open_file(path: &std::path::Path, tables: &str) -> Result<Self, StoreError> {
        let url = DatabaseUrl::Sqlite(path.to_path_buf());
        Manager(url.clone()).connect()?.batch_execute(tables)?;
        Self::pooled(&url)
    }

    fn pooled(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let pool = Pool::builder()
            .max_size(POOL_SIZE)
            .min_idle(Some(1))
            .connection_timeout(POOL_WAIT)
            .test_on_check_out(matches!(url, DatabaseUrl::Postgres(_)))
            .build(Manager(url.clone()))
            .map_err(|error| StoreError::Pool(error.to_string()))?;
        Ok(Self { pool })
    }

    /// # Errors
    /// [`StoreError::Pool`] when none is free in time.
    pub fn connection(&self) -> Result<PooledConnection, StoreError> {
        self.pool.get().map_err(|error| StoreError::Pool(error.to_string()))
    }
}

fn migrate(connection: &mut DbConnection) -> Result<(), StoreError> {
    match connection {
        DbConnection::Postgres(pg) => {
            // Two processes may start at once; the second waits for the first one's migration.
            pg.batch_execute("SELECT pg_advisory_lock(7310)")?;
            let outcome = run_migrations(pg, POSTGRES_MIGRATIONS);
            pg.batch_execute("SELECT pg_advisory_unlock(7310)")?;
            outcome
        }
        DbConnection::Sqlite(sqlite) => {
            // A long import of another process holds the write lock; who has nothing to migrate does not wait.
            if is_current(sqlite, &SQLITE_MIGRATIONS)? {
                return Ok(());
            }
            // Two processes may start at once; the second then finds the first one's tables.
            sqlite.immediate_transaction(|sqlite| run_migrations(sqlite, SQLITE_MIGRATIONS))
        }
    }
}

fn run_migrations<DB: Backend>(
    connection: &mut impl MigrationHarness<DB>,
    known: EmbeddedMigrations,
) -> Result<(), StoreError> {
    if is_current(connection, &known)? {
        return Ok(());
    }
    connection.run_pending_migrations(known).map(drop).map_err(migration_failed)
}

/// Whether every known migration was applied, and no other.
fn is_current<DB: Backend>(
    connection: &mut impl MigrationHarness<DB>,
    known: &EmbeddedMigrations,
) -> Result<bool, StoreError> {
    let versions: Vec<String> = MigrationSource::<DB>::migrations(known)
        .map_err(migration_failed)?
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    let applied = connection.applied_migrations().map_err(migration_failed)?;
    if let Some(found) = applied.iter().map(ToString::to_string).find(|found| !versions.contains(found)) {
        return Err(StoreError::Newer { found, known: versions.into_iter().max().unwrap_or_default() });
    }
    Ok(applied.len() == versions.len())
}

fn migration_failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Migration(error.to_string())
}

/// Runs `work` in one transaction that may write; it commits when `work` succeeds.
///
/// # Errors
/// Whatever `work` or the commit returns; nothing is kept then.
pub fn write<T, E>(
    connection: &mut DbConnection,
    lane: Lane,
    work: impl FnOnce(&mut DbConnection) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<diesel::result::Error>,
{
    connection.transaction(|connection| {
        take_turn(connection, lane)?;
        work(connection)
    })
}

/// Runs `work` in one transaction, so that all its reads see the same state.
///
/// # Errors
/// Whatever `work` returns.
pub fn read_only<T, E>(
    connection: &mut DbConnection,
    work: impl FnOnce(&mut DbConnection) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<diesel::result::Error>,
{
    connection.transaction(|connection| {
        if let DbConnection::Postgres(pg) = connection {
            pg.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        }
        work(connection)
    })
}

/// Waits until this transaction is the only writer (SQLite) or the only one of its lane (PostgreSQL).
fn take_turn(connection: &mut DbConnection, lane: Lane) -> QueryResult<()> {
    match connection {
        DbConnection::Sqlite(sqlite) => sqlite.batch_execute("UPDATE write_turn SET taken = taken + 1"),
        DbConnection::Postgres(pg) => {
            let key = match lane {
                Lane::Intake => 7311,
                Lane::Evaluation => 7312,
                Lane::Anchoring => 7313,
                Lane::LogMonths => 7314,
                Lane::Bookkeeping => return Ok(()),
            };
            pg.batch_execute(&format!("SELECT pg_advisory_xact_lock({key})"))?;
            if lane == Lane::Intake {
                // What a file brings has no statistics before it is committed; everything is looked up by key. A plan
                // kept from the first rows, when any index would do, would read a merchant whole for each key.
                pg.batch_execute(
                    "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; \
                     SET LOCAL enable_mergejoin = off; SET LOCAL plan_cache_mode = force_custom_plan",
                )?;
            }
            Ok(())
        }
    }
}

/// From here to its end this transaction is the only one of all lanes that has called this: what such transactions
/// number, they number in the order in which they commit. On SQLite that is so for every writer.
///
/// # Errors
/// The database's.
pub fn commit_in_order(connection: &mut DbConnection) -> QueryResult<()> {
    match connection {
        DbConnection::Sqlite(_) => Ok(()),
        DbConnection::Postgres(pg) => pg.batch_execute("SELECT pg_advisory_xact_lock(7315)"),
    }
}
