//! Many rows in one statement: the same SQL on both databases, with bound values.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

use super::DbConnection;

/// One bound value.
#[derive(Debug, Clone)]
pub enum Bind {
    Text(String),
    OptionalText(Option<String>),
    Big(i64),
    OptionalBig(Option<i64>),
    Int(i32),
    OptionalInt(Option<i32>),
    Bytes(Vec<u8>),
    OptionalBytes(Option<Vec<u8>>),
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

/// Rows of one statement, the largest number first. A number of rows is a text of its own that a connection
/// prepares once, so there are few of them. SQLite writes one at a time: a statement of many keeps a journal of its
/// own, in a file once it touches sixteen pages.
const SQLITE_ROWS: [usize; 1] = [1];
const SQLITE_KEYS: [usize; 2] = [16, 1];
const POSTGRES_ROWS: [usize; 4] = [500, 50, 5, 1];

/// Runs `HEAD VALUES (…),(…) TAIL` over all `rows`, in as many statements as it takes.
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
    let binds: Vec<Bind> = rows.into_iter().flatten().collect();
    let mut done = 0;
    match connection {
        DbConnection::Postgres(pg) => {
            for binds in parts(&binds, columns, &POSTGRES_ROWS) {
                done += Values { head, columns, binds, tail }.execute(pg)?;
            }
        }
        DbConnection::Sqlite(sqlite) => {
            for binds in parts(&binds, columns, &SQLITE_ROWS) {
                done += Values { head, columns, binds, tail }.execute(sqlite)?;
            }
        }
    }
    Ok(done)
}

/// As [`execute_rows`], for a query that looks up many keys: `HEAD VALUES (…),(…) TAIL` with its rows.
///
/// # Errors
/// The database's, on the first statement that fails.
pub fn load_rows<T>(
    connection: &mut DbConnection,
    head: &str,
    columns: usize,
    keys: impl IntoIterator<Item = Bind>,
    tail: &str,
) -> QueryResult<Vec<T>>
where
    T: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + 'static,
{
    let binds: Vec<Bind> = keys.into_iter().collect();
    let mut found = Vec::new();
    match connection {
        DbConnection::Postgres(pg) => {
            for binds in parts(&binds, columns, &POSTGRES_ROWS) {
                found.extend(Values { head, columns, binds, tail }.load::<T>(pg)?);
            }
        }
        DbConnection::Sqlite(sqlite) => {
            for binds in parts(&binds, columns, &SQLITE_KEYS) {
                found.extend(Values { head, columns, binds, tail }.load::<T>(sqlite)?);
            }
        }
    }
    Ok(found)
}

/// `binds` cut into statements of the given numbers of rows, the largest first.
fn parts<'a>(mut binds: &'a [Bind], columns: usize, sizes: &[usize]) -> Vec<&'a [Bind]> {
    let mut parts = Vec::new();
    for size in sizes {
        while let Some((part, rest)) = binds.split_at_checked((size * columns).max(1)) {
            parts.push(part);
            binds = rest;
        }
    }
    parts
}

/// A statement over some rows. Unlike `sql_query` it may be kept prepared: its text is known by its shape.
#[derive(Clone, Copy)]
struct Values<'a> {
    head: &'a str,
    columns: usize,
    binds: &'a [Bind],
    tail: &'a str,
}

impl QueryId for Values<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Values<'_> {
    type SqlType = diesel::sql_types::Untyped;
}

impl<C> RunQueryDsl<C> for Values<'_> {}

macro_rules! values_of {
    ($backend:ty) => {
        impl QueryFragment<$backend> for Values<'_> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                out.push_sql(self.head);
                out.push_sql(" VALUES ");
                for (at, row) in self.binds.chunks(self.columns.max(1)).enumerate() {
                    out.push_sql(if at == 0 { "(" } else { ",(" });
                    for (at, bind) in row.iter().enumerate() {
                        if at > 0 {
                            out.push_sql(",");
                        }
                        match bind {
                            Bind::Text(value) => out.push_bind_param::<Text, _>(value)?,
                            Bind::OptionalText(value) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                            Bind::Big(value) => out.push_bind_param::<BigInt, _>(value)?,
                            Bind::OptionalBig(value) => out.push_bind_param::<Nullable<BigInt>, _>(value)?,
                            Bind::Int(value) => out.push_bind_param::<Integer, _>(value)?,
                            Bind::OptionalInt(value) => out.push_bind_param::<Nullable<Integer>, _>(value)?,
                            Bind::Bytes(value) => out.push_bind_param::<Binary, _>(value)?,
                            Bind::OptionalBytes(value) => {
                                out.push_bind_param::<Nullable<Binary>, _>(value)?
                            }
                        }
                    }
                    out.push_sql(")");
                }
                out.push_sql(" ");
                out.push_sql(self.tail);
                Ok(())
            }
        }
    };
}

values_of!(diesel::pg::Pg);
values_of!(diesel::sqlite::Sqlite);

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

/// `$1` as SQLite numbers it, `?1`: a `$` is a name to it, and it looks through all names for each of them.
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
                    Bind::OptionalInt(value) => query.bind::<Nullable<Integer>, _>(value),
                    Bind::Bytes(value) => query.bind::<Binary, _>(value),
                    Bind::OptionalBytes(value) => query.bind::<Nullable<Binary>, _>(value),
                };
            }
            query
        }
    };
}

bind_all!(bind_postgres, diesel::pg::Pg);
bind_all!(bind_sqlite, diesel::sqlite::Sqlite);
