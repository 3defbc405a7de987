//! How rows are put into the table. Both statements have a text that is always the same, so each is prepared once and
//! found without being written anew: that was a good part of what a look costs under load.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};
use diesel::sqlite::Sqlite;

use super::journal::Numbered;
use super::{Row, store};
use crate::store::{DbConnection, StoreError};

/// Adds rows, all or none, in their order; their numbers are the table's.
///
/// # Errors
/// The database's.
pub fn insert(connection: &mut DbConnection, rows: Vec<Row>) -> Result<(), StoreError> {
    if let DbConnection::Postgres(pg) = connection {
        Group::of(rows).execute(pg)?;
        return Ok(());
    }
    connection.transaction(|connection| {
        let first = store::last_number(connection)? + 1;
        let rows: Vec<Numbered> = (first..).zip(rows).map(|(id, row)| Numbered { id, row }).collect();
        keep(connection, &rows).map(|_| ())
    })
}

/// Adds rows that have numbers already, on SQLite; those that are there stay as they are. Gives how many were added.
///
/// # Errors
/// The database's, and on PostgreSQL, whose table numbers its rows.
pub fn keep(connection: &mut DbConnection, rows: &[Numbered]) -> Result<usize, StoreError> {
    let DbConnection::Sqlite(sqlite) = connection else {
        return Err(StoreError::Open("rows of the access log get their numbers from PostgreSQL".to_owned()));
    };
    let mut added = 0;
    for numbered in rows {
        added += Keep { day: numbered.row.day(), numbered }.execute(sqlite)?;
    }
    Ok(added)
}

/// The columns, in the order in which both statements have them.
const COLUMNS: &str = "day, status, at_ms, request, who, audience, shown, refused, organisation, uscc, purpose, \
                       consent, result";

/// One row on SQLite, which copies none of its values.
struct Keep<'a> {
    day: i32,
    numbered: &'a Numbered,
}

impl QueryId for Keep<'_> {
    type QueryId = Keep<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<C> RunQueryDsl<C> for Keep<'_> {}

impl QueryFragment<Sqlite> for Keep<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let Numbered { id, row } = self.numbered;
        out.push_sql("INSERT INTO access_looks (");
        out.push_sql(COLUMNS);
        out.push_sql(", id) VALUES (");
        for number in [&self.day, &row.status] {
            out.push_bind_param::<Integer, _>(number)?;
            out.push_sql(", ");
        }
        out.push_bind_param::<BigInt, _>(&row.at_ms)?;
        for text in [&row.request, &row.who, &row.audience, &row.shown, &row.refused] {
            out.push_sql(", ");
            out.push_bind_param::<Text, _>(text)?;
        }
        for text in [&row.organisation, &row.uscc, &row.purpose, &row.consent, &row.result] {
            out.push_sql(", ");
            out.push_bind_param::<Nullable<Text>, _>(text)?;
        }
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(id)?;
        out.push_sql(") ON CONFLICT (id) DO NOTHING");
        Ok(())
    }
}

/// A group of rows on PostgreSQL, column by column: one statement, which is its own transaction, and so one round trip
/// however many rows there are.
#[derive(Default)]
struct Group {
    days: Vec<i32>,
    statuses: Vec<i32>,
    times: Vec<i64>,
    texts: [Vec<String>; 5],
    optional: [Vec<Option<String>>; 5],
}

impl Group {
    fn of(rows: Vec<Row>) -> Self {
        let mut group = Self::default();
        for row in rows {
            group.days.push(row.day());
            group.statuses.push(row.status);
            group.times.push(row.at_ms);
            let texts = [row.request, row.who, row.audience, row.shown, row.refused];
            group.texts.iter_mut().zip(texts).for_each(|(column, text)| column.push(text));
            let optional = [row.organisation, row.uscc, row.purpose, row.consent, row.result];
            group.optional.iter_mut().zip(optional).for_each(|(column, text)| column.push(text));
        }
        group
    }
}

impl QueryId for Group {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<C> RunQueryDsl<C> for Group {}

impl QueryFragment<Pg> for Group {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO access_looks (");
        out.push_sql(COLUMNS);
        out.push_sql(") SELECT * FROM unnest(");
        for numbers in [&self.days, &self.statuses] {
            out.push_bind_param::<Array<Integer>, _>(numbers)?;
            out.push_sql(", ");
        }
        out.push_bind_param::<Array<BigInt>, _>(&self.times)?;
        for texts in &self.texts {
            out.push_sql(", ");
            out.push_bind_param::<Array<Text>, _>(texts)?;
        }
        for texts in &self.optional {
            out.push_sql(", ");
            out.push_bind_param::<Array<Nullable<Text>>, _>(texts)?;
        }
        out.push_sql(")");
        Ok(())
    }
}
