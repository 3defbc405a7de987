//! How many sales of an enterprise show what, by the day of the order.

use std::collections::BTreeMap;

use credit_core::dates::Moment;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use crate::ceb::sales::SaleRow;
use crate::store::bulk::{self, Bind};
use crate::store::codec::day_of;
use crate::store::{DbConnection, StoreError};

/// Enterprise, day and signs.
type Place = (String, i32, i64);

fn place(row: &SaleRow) -> Option<Place> {
    Some((row.uscc.clone()?, day_of(Moment(row.sent_at)), row.signs?))
}

/// Takes out what sales were counted as, and counts them as they are now.
///
/// # Errors
/// The database's.
pub fn change<'a>(
    connection: &mut DbConnection,
    before: impl Iterator<Item = &'a SaleRow>,
    now: impl Iterator<Item = &'a SaleRow>,
) -> Result<(), StoreError> {
    let mut changes: BTreeMap<Place, i64> = BTreeMap::new();
    for place in before.filter_map(place) {
        *changes.entry(place).or_default() -= 1;
    }
    for place in now.filter_map(place) {
        *changes.entry(place).or_default() += 1;
    }
    let rows = changes.into_iter().filter(|(_, change)| *change != 0).map(|((uscc, day, signs), change)| {
        vec![uscc.into(), Bind::Int(day), Bind::Big(signs), Bind::Big(change)]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO sale_signs (uscc, day, signs, sales)",
        4,
        rows.collect(),
        "ON CONFLICT (uscc, day, signs) DO UPDATE SET sales = sale_signs.sales + excluded.sales",
    )?;
    Ok(())
}

/// A row of the rollup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
pub struct Counted {
    #[diesel(sql_type = Text)]
    pub uscc: String,
    #[diesel(sql_type = Integer)]
    pub day: i32,
    #[diesel(sql_type = BigInt)]
    pub signs: i64,
    #[diesel(sql_type = BigInt)]
    pub sales: i64,
}

/// Rows of the rollup that are not what the sales add up to, with what they add up to.
///
/// # Errors
/// The database's.
pub fn differences(connection: &mut DbConnection) -> Result<Vec<(Counted, i64)>, StoreError> {
    let stored: Vec<Counted> = bulk::load(
        connection,
        "SELECT uscc, day, signs, sales FROM sale_signs WHERE sales <> 0",
        std::iter::empty(),
    )?;
    let mut left: BTreeMap<Place, i64> =
        stored.into_iter().map(|one| ((one.uscc, one.day, one.signs), one.sales)).collect();
    let mut expected: BTreeMap<Place, i64> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let rows = crate::ceb::sales::after(connection, &after, SALES_AT_ONCE)?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.id);
        for place in rows.iter().filter_map(place) {
            *expected.entry(place).or_default() += 1;
        }
    }
    let mut differing = Vec::new();
    for ((uscc, day, signs), wanted) in expected {
        let sales = left.remove(&(uscc.clone(), day, signs)).unwrap_or_default();
        if sales != wanted {
            differing.push((Counted { uscc, day, signs, sales }, wanted));
        }
    }
    let too_many =
        left.into_iter().map(|((uscc, day, signs), sales)| (Counted { uscc, day, signs, sales }, 0));
    differing.extend(too_many);
    Ok(differing)
}

/// Sales read together.
const SALES_AT_ONCE: i64 = 2_000;
