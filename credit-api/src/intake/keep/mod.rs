//! Records into the database: new, superseding or unchanged, a chunk of rows at a time.
//!
//! A version is never overwritten: what a later row of the same natural key says is inserted beside it, and the
//! earlier one is closed (`known_to`). Orders and reviews keep their current version in a table of its own, so
//! that reading what is known now touches nothing else.

mod orders;
mod reviews;
mod slow;
mod versions;

use credit_core::records::{Order, Record};

use self::orders::Passing;
use super::rollup::Touched;
use crate::store::{DbConnection, StoreError};

/// Where rows come from and since when they are known.
#[derive(Debug, Clone)]
pub struct Provenance {
    pub batch_id: String,
    /// Milliseconds; strictly after every earlier batch.
    pub known_from: i64,
}

/// How many rows of a chunk were what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    pub new: u64,
    pub superseding: u64,
    pub unchanged: u64,
}

impl Kept {
    pub fn add(&mut self, other: Kept) {
        self.new += other.new;
        self.superseding += other.superseding;
        self.unchanged += other.unchanged;
    }
}

/// Accepted rows of one file, in file order, each with its line.
pub type Rows<T> = Vec<(i64, T)>;

/// Keeps orders that customs messages make.
///
/// # Errors
/// The database's.
pub fn keep_orders(
    connection: &mut DbConnection,
    from: &Provenance,
    rows: Rows<Order>,
    touched: &mut Touched,
) -> Result<(), StoreError> {
    if !rows.is_empty() {
        orders::keep_orders(connection, from, (rows, Passing::Dropped), touched)?;
        touched.write_when_many(connection)?;
    }
    Ok(())
}

/// Keeps one chunk of records of one source and notes what they touch.
///
/// # Errors
/// The database's.
pub fn keep(
    connection: &mut DbConnection,
    from: &Provenance,
    rows: Rows<Record>,
    touched: &mut Touched,
) -> Result<Kept, StoreError> {
    let (mut orders, mut reviews, mut registrations, mut facts) = (vec![], vec![], vec![], vec![]);
    for (line, record) in rows {
        touched.enterprises_of(&record);
        match record {
            Record::Transactions(order) => orders.push((line, *order)),
            Record::Reviews(review) => reviews.push((line, *review)),
            Record::Registration(registration) => registrations.push((line, *registration)),
            other => facts.push((line, other)),
        }
    }
    let mut kept = Kept::default();
    if !orders.is_empty() {
        let orders = crate::ceb::sales::over_rows(connection, orders)?;
        kept.add(orders::keep_orders(connection, from, (orders, Passing::Kept), touched)?);
    }
    if !reviews.is_empty() {
        kept.add(reviews::keep_reviews(connection, from, reviews, touched)?);
    }
    if !registrations.is_empty() {
        kept.add(slow::keep_registrations(connection, from, registrations)?);
    }
    if !facts.is_empty() {
        kept.add(slow::keep_facts(connection, from, facts)?);
    }
    touched.write_when_many(connection)?;
    Ok(kept)
}
