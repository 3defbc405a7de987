//! Rows that are changed by acts of people: each act counts, and names the count that its author has seen. Whoever was
//! slower changes nothing.

use super::bulk::{self, Bind};
use super::{Database, DbConnection, Lane, StoreError, write};

/// A column and what is written into it.
pub type Column = (&'static str, Bind);

/// What is written in the transaction of an act, such as its answer.
pub type Also<'a, Row> = &'a mut dyn FnMut(&mut DbConnection, &Row) -> Result<(), StoreError>;

/// Such a row, as its own room knows it.
pub trait Versioned: Sized {
    const TABLE: &'static str;
    /// Why an act is refused.
    type Refused: From<StoreError> + From<diesel::result::Error>;

    /// # Errors
    /// The database's.
    fn find(connection: &mut DbConnection, id: &str) -> Result<Option<Self>, StoreError>;
    /// What a new row has.
    fn first(&self) -> Vec<Column>;
    /// What acts change.
    fn later(&self) -> Vec<Column>;
    fn id(&self) -> String;
    fn version(&mut self) -> &mut i64;
    fn absent() -> Self::Refused;
    /// It has this version by now.
    fn changed(found: i64) -> Self::Refused;
}

/// Writes a new row.
///
/// # Errors
/// The database's.
pub fn insert(
    connection: &mut DbConnection,
    table: &'static str,
    columns: impl Into<Vec<Column>>,
) -> Result<(), StoreError> {
    let columns = columns.into();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let places = bulk::placeholders(1, columns.len());
    let sql = format!("INSERT INTO {table} ({}) VALUES {places}", names.join(", "));
    bulk::execute(connection, &sql, columns.into_iter().map(|(_, value)| value))?;
    Ok(())
}

/// Writes what an act changed in the row with this id, and counts it in `version`; answers whether the row was still
/// the one that was seen. It is left alone otherwise.
///
/// # Errors
/// The database's.
pub fn update(
    connection: &mut DbConnection,
    table: &'static str,
    (id, version): (&str, &mut i64),
    columns: impl Into<Vec<Column>>,
) -> Result<bool, StoreError> {
    let columns = columns.into();
    let seen = *version;
    *version += 1;
    let places: Vec<String> = (1..).zip(&columns).map(|(at, (name, _))| format!("{name} = ${at}")).collect();
    let last = columns.len();
    let sql = format!(
        "UPDATE {table} SET {}, version = ${} WHERE id = ${} AND version = ${}",
        places.join(", "),
        last + 1,
        last + 2,
        last + 3
    );
    let values = columns.into_iter().map(|(_, value)| value);
    let binds = values.chain([Bind::from(*version), id.into(), seen.into()]);
    Ok(bulk::execute(connection, &sql, binds)? == 1)
}

/// Writes a new row, and what belongs to its transaction.
///
/// # Errors
/// The database's.
pub fn add<R: Versioned>(database: &Database, row: R, also: Also<'_, R>) -> Result<R, R::Refused> {
    let mut connection = database.connection()?;
    write(&mut connection, Lane::Bookkeeping, |connection| {
        insert(connection, R::TABLE, row.first())?;
        also(connection, &row)?;
        Ok(row)
    })
}

/// The row as it is, when whoever asks may change it and has seen its last version.
///
/// # Errors
/// That there is none, that it was changed since, and what `may` says.
pub fn seen<R: Versioned>(
    connection: &mut DbConnection,
    (id, version): (&str, i64),
    may: impl FnOnce(&R) -> Result<(), R::Refused>,
) -> Result<R, R::Refused> {
    let mut row = R::find(connection, id)?.ok_or_else(R::absent)?;
    may(&row)?;
    let found = *row.version();
    if found == version { Ok(row) } else { Err(R::changed(found)) }
}

/// Writes what an act changed, and counts it; another act in between leaves the row as that one wrote it.
///
/// # Errors
/// That it was changed since, and the database's.
pub fn save<R: Versioned>(connection: &mut DbConnection, row: &mut R) -> Result<(), R::Refused> {
    let (id, columns) = (row.id(), row.later());
    let is_last = update(connection, R::TABLE, (&id, row.version()), columns)?;
    if is_last { Ok(()) } else { Err(R::changed(*row.version())) }
}

/// One act on a row: seen, changed, written, with what belongs to its transaction.
///
/// # Errors
/// See [`seen`]; and what `change` says.
pub fn act<R: Versioned>(
    database: &Database,
    place: (&str, i64),
    may: impl FnOnce(&R) -> Result<(), R::Refused>,
    change: impl FnOnce(&mut DbConnection, &mut R) -> Result<(), R::Refused>,
    also: Also<'_, R>,
) -> Result<R, R::Refused> {
    let mut connection = database.connection()?;
    write(&mut connection, Lane::Bookkeeping, |connection| {
        let mut row = seen(connection, place, may)?;
        change(connection, &mut row)?;
        save(connection, &mut row)?;
        also(connection, &row)?;
        Ok(row)
    })
}

/// Random bytes, for ids and salts.
///
/// # Errors
/// When the machine gives none.
pub fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Damaged {
        what: "randomness",
        key: "getrandom".to_owned(),
        why: error.to_string(),
    })?;
    Ok(bytes)
}
