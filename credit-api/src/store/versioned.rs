//! Rows that are changed by acts of people: each act counts, and names the count that its author has seen. Whoever was
//! slower changes nothing.

use super::bulk::{self, Bind};
use super::{DbConnection, StoreError};

/// A column and what is written into it.
pub type Column = (&'static str, Bind);

/// Writes a new row.
///
/// # Errors
/// The database's.
pub fn insert<const N: usize>(
    connection: &mut DbConnection,
    table: &'static str,
    columns: [Column; N],
) -> Result<(), StoreError> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let places = bulk::placeholders(1, N);
    let sql = format!("INSERT INTO {table} ({}) VALUES {places}", names.join(", "));
    bulk::execute(connection, &sql, columns.into_iter().map(|(_, value)| value))?;
    Ok(())
}

/// Writes what an act changed in the row with this id, and counts it in `version`; answers whether the row was still
/// the one that was seen. It is left alone otherwise.
///
/// # Errors
/// The database's.
pub fn update<const N: usize>(
    connection: &mut DbConnection,
    table: &'static str,
    (id, version): (&str, &mut i64),
    columns: [Column; N],
) -> Result<bool, StoreError> {
    let seen = *version;
    *version += 1;
    let places: Vec<String> = (1..).zip(&columns).map(|(at, (name, _))| format!("{name} = ${at}")).collect();
    let sql = format!(
        "UPDATE {table} SET {}, version = ${} WHERE id = ${} AND version = ${}",
        places.join(", "),
        N + 1,
        N + 2,
        N + 3
    );
    let values = columns.into_iter().map(|(_, value)| value);
    let binds = values.chain([Bind::from(*version), id.into(), seen.into()]);
    Ok(bulk::execute(connection, &sql, binds)? == 1)
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
