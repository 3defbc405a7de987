//! Many rows in one statement: the same SQL on both databases, with bound values.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

use super::DbConnection;

/// Values bound in one statement: below SQLite's limit of 32 766 and PostgreSQL's of 65 535.
const BINDS_MAX: usize = 30_000;

/// One bound value.
#[derive(Debug, Clone)]
pub enum Bind {
    Text(String),
    OptionalText(Option<String>),
    Big(i64),
    OptionalBig(Option<i64>),
    Int(i32),
    Bytes(Vec<u8>),
}

impl From<&str> for Bind {
    fn from(text: &str) -> Self {
        Bind::Text(text.to_owned())
    }
}

impl From<String> for Bind {
    fn from(text: String) -> Self {
        Bind::Text(text)
    }
}

impl From<i64> for Bind {
    fn from(number: i64) -> Self {
        Bind::Big(number)
    }
}

impl From<i32> for Bind {
    fn from(number: i32) -> Self {
        Bind::Int(number)
    }
}

/// `($1,$2),($3,$4)…` for `rows` rows of `columns` values, counted from 1.
#[must_use]
pub fn placeholders(rows: usize, columns: usize) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            let separator = if column == 0 { "" } else { "," };
            let _ = write!(text, "{separator}${}", row * columns + column + 1);
        }
        text.push(')');
    }
    text
}

/// Runs `HEAD VALUES (…),(…) TAIL` over all `rows`, as many statements as the bind limits ask for.
///
/// # Errors
/// The database's, on the first statement that fails.
pub fn execute_rows(
    connection: &mut DbConnection,
    head: &str,
    columns: usize,
    rows: Vec<Vec<Bind>>,
    tail: &str,
) -> QueryResult<usize> {
    let at_once = (BINDS_MAX / columns.max(1)).max(1);
    let mut done = 0;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let part: Vec<Vec<Bind>> = rows.by_ref().take(at_once).collect();
        let sql = format!("{head} VALUES {} {tail}", placeholders(part.len(), columns));
        done += execute(connection, &sql, part.into_iter().flatten())?;
    }
    Ok(done)
}

/// Runs one statement with its values bound in order.
///
/// # Errors
/// The database's.
pub fn execute(
    connection: &mut DbConnection,
    sql: &str,
    binds: impl IntoIterator<Item = Bind>,
) -> QueryResult<usize> {
    match connection {
        DbConnection::Postgres(pg) => bind_postgres(sql, binds).execute(pg),
        DbConnection::Sqlite(sqlite) => bind_sqlite(&numbered(sql), binds).execute(sqlite),
    }
}

/// Runs one query with its values bound in order and returns its rows.
///
/// # Errors
/// The database's.
pub fn load<T>(
    connection: &mut DbConnection,
    sql: &str,
    binds: impl IntoIterator<Item = Bind>,
) -> QueryResult<Vec<T>>
where
    T: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + 'static,
{
    match connection {
        DbConnection::Postgres(pg) => bind_postgres(sql, binds).load(pg),
        DbConnection::Sqlite(sqlite) => bind_sqlite(&numbered(sql), binds).load(sqlite),
    }
}

/// `$1` as SQLite numbers it, `?1`. It takes `$1` for a name and looks each up among all before it, which makes a
/// statement of many values slow.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

type Boxed<DB> = diesel::query_builder::BoxedSqlQuery<'static, DB, diesel::query_builder::SqlQuery>;

macro_rules! bind_all {
    ($name:ident, $backend:ty) => {
        fn $name(sql: &str, binds: impl IntoIterator<Item = Bind>) -> Boxed<$backend> {
            let mut query = sql_query(sql).into_boxed::<$backend>();
            for bind in binds {
                query = match bind {
                    Bind::Text(value) => query.bind::<Text, _>(value),
                    Bind::OptionalText(value) => query.bind::<Nullable<Text>, _>(value),
                    Bind::Big(value) => query.bind::<BigInt, _>(value),
                    Bind::OptionalBig(value) => query.bind::<Nullable<BigInt>, _>(value),
                    Bind::Int(value) => query.bind::<Integer, _>(value),
                    Bind::Bytes(value) => query.bind::<Binary, _>(value),
                };
            }
            query
        }
    };
}

bind_all!(bind_postgres, diesel::pg::Pg);
bind_all!(bind_sqlite, diesel::sqlite::Sqlite);
