//! The lease in the credit database, and the name under which a data folder asks for it. See [`node::lease`].

use std::fs;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use node::lease::{Lease, LeaseRow, Look};
use node::tip::TipError;

use super::tip::give_way_when_paused;
use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// The row's only id.
const ROW: i32 = 1;
/// File of the data folder with its name, random and made once.
const HOLDER_FILE: &str = "holder-id";
const HOLDER_BYTES: usize = 16;

/// The lease row of this credit database. It goes by the database's clock, which all its users share.
pub struct DatabaseLease(pub Database);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    holder: String,
    #[diesel(sql_type = BigInt)]
    epoch: i64,
    #[diesel(sql_type = BigInt)]
    expires_at: i64,
    #[diesel(sql_type = Text)]
    url: String,
}

#[derive(QueryableByName)]
struct Now {
    #[diesel(sql_type = BigInt)]
    now_ms: i64,
}

fn unusable(error: impl std::fmt::Display) -> TipError {
    TipError(format!("the lease: {error}"))
}

fn big(number: u64) -> Bind {
    Bind::Big(i64::try_from(number).unwrap_or(i64::MAX))
}

fn now_sql(connection: &DbConnection) -> &'static str {
    match connection {
        DbConnection::Postgres(_) => {
            "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT AS now_ms"
        }
        DbConnection::Sqlite(_) => {
            "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now_ms"
        }
    }
}

impl LeaseRow for DatabaseLease {
    fn look(&self) -> Result<Look, TipError> {
        let mut connection = self.0.connection().map_err(unusable)?;
        let sql = now_sql(&connection);
        let now: Vec<Now> = bulk::load(&mut connection, sql, std::iter::empty()).map_err(unusable)?;
        let rows: Vec<Row> = bulk::load(
            &mut connection,
            "SELECT holder, epoch, expires_at, url FROM ledger_lease WHERE id = $1",
            [ROW.into()],
        )
        .map_err(unusable)?;
        let number = |number: i64| u64::try_from(number).unwrap_or(0);
        let lease = rows.into_iter().next().map(|row| Lease {
            holder: row.holder,
            epoch: number(row.epoch),
            expires_at_ms: number(row.expires_at),
            url: row.url,
        });
        Ok(Look { lease, now_ms: now.first().map_or(0, |now| number(now.now_ms)) })
    }

    fn swap(&self, expected: Option<&Lease>, new: &Lease) -> Result<bool, TipError> {
        let mut connection = self.0.connection().map_err(unusable)?;
        let fresh = [
            Bind::Text(new.holder.clone()),
            big(new.epoch),
            big(new.expires_at_ms),
            Bind::Text(new.url.clone()),
            Bind::Int(ROW),
        ];
        let (sql, known) = match expected {
            None => (
                "INSERT INTO ledger_lease (holder, epoch, expires_at, url, id) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (id) DO NOTHING",
                Vec::new(),
            ),
            Some(old) => (
                "UPDATE ledger_lease SET holder = $1, epoch = $2, expires_at = $3, url = $4 \
                 WHERE id = $5 AND holder = $6 AND epoch = $7 AND expires_at = $8",
                vec![Bind::Text(old.holder.clone()), big(old.epoch), big(old.expires_at_ms)],
            ),
        };
        let binds = fresh.into_iter().chain(known);
        write(&mut connection, Lane::Bookkeeping, |connection| {
            give_way_when_paused(connection)?;
            Ok::<_, StoreError>(bulk::execute(connection, sql, binds)? == 1)
        })
        .map_err(unusable)
    }

    /// SQLite has one writer: an empty transaction returns once it had its turn. PostgreSQL has no such queue.
    fn await_writers(&self) -> Result<(), TipError> {
        let mut connection = self.0.connection().map_err(unusable)?;
        if let DbConnection::Postgres(pg) = &mut *connection {
            return pg.batch_execute("SELECT 1").map_err(unusable);
        }
        write(&mut connection, Lane::Bookkeeping, |_| Ok::<_, StoreError>(())).map_err(unusable)
    }
}

/// The name of this data folder among all that share the credit database.
///
/// # Errors
/// When the file cannot be read or made.
pub fn holder_id(data: &Path) -> std::io::Result<String> {
    let path = data.join(HOLDER_FILE);
    match fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut bytes = [0u8; HOLDER_BYTES];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let name = hex::encode(bytes);
    let temporary = path.with_extension("new");
    fs::write(&temporary, format!("{name}\n"))?;
    fs::rename(&temporary, &path)?;
    Ok(name)
}
