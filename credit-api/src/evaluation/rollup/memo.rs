//! The zone's medians that were computed already, for as long as the orders are the same: to rate one enterprise, the
//! orders of all who trade in its goods are read, and the next one mostly trades in goods that were looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use credit_core::records::Direction;
use credit_core::trade::peers::CellCount;
use credit_core::trade::prices::Price;
use credit_core::trade::{Cell, PeerMedians, PriceBook};
use diesel::QueryableByName;
use diesel::sql_types::BigInt;

use crate::store::bulk;
use crate::store::{DbConnection, StoreError};

/// Questions whose medians are kept: today's, those of an appeal, those as of an earlier day that somebody looks at.
const QUESTIONS_MAX: usize = 4;
/// Goods and cells of one question; past it nothing more is kept.
const KEPT_MAX: usize = 200_000;

/// HS code, country, direction.
pub(super) type Goods = (String, String, Direction);

/// The state of the orders, and D.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    orders: i64,
    as_of: NaiveDate,
}

impl Key {
    /// As this connection sees the orders; to be read in the transaction that reads them.
    ///
    /// # Errors
    /// The database's.
    pub(super) fn read(connection: &mut DbConnection, as_of: NaiveDate) -> Result<Self, StoreError> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            orders: i64,
        }
        let rows: Vec<Row> = bulk::load(connection, "SELECT orders FROM rollup_state", [])?;
        let orders = rows.first().map(|row| row.orders).ok_or_else(|| StoreError::Damaged {
            what: "rollup_state",
            key: "1".to_owned(),
            why: "the row is not there".to_owned(),
        })?;
        Ok(Self { orders, as_of })
    }
}

/// The orders changed; to be called in the transaction that changes them.
///
/// # Errors
/// The database's.
pub fn orders_changed(connection: &mut DbConnection) -> Result<(), StoreError> {
    bulk::execute(connection, "UPDATE rollup_state SET orders = orders + 1 WHERE id = 1", [])?;
    Ok(())
}

/// What is known of one question: of each of these goods and cells the median, or that there is none.
#[derive(Debug, Default)]
struct Known {
    prices: BTreeMap<Goods, Option<Price>>,
    cells: BTreeMap<Cell, Option<CellCount>>,
}

/// The medians of a service, for all its threads.
#[derive(Debug, Default)]
pub struct Medians {
    /// The newest question last.
    known: Mutex<Vec<(Key, Known)>>,
}

impl Medians {
    fn known(&self) -> MutexGuard<'_, Vec<(Key, Known)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The median prices of goods; `compute` finds those that are not known yet. Nobody waits for it but the caller.
    pub(super) fn prices(
        &self,
        key: Key,
        goods: &BTreeSet<Goods>,
        compute: impl FnOnce(&BTreeSet<Goods>) -> Result<PriceBook, StoreError>,
    ) -> Result<PriceBook, StoreError> {
        let (mut book, mut missing) = (PriceBook::default(), BTreeSet::new());
        self.look(key, |known| {
            for one in goods {
                match known.prices.get(one) {
                    Some(Some(median)) => book.insert(group(one), *median),
                    Some(None) => {}
                    None => drop(missing.insert(one.clone())),
                }
            }
        });
        if missing.is_empty() {
            return Ok(book);
        }
        let found = compute(&missing)?;
        let found: Vec<(Goods, Option<Price>)> =
            missing.into_iter().map(|one| (one.clone(), found.median(group(&one)))).collect();
        for (one, median) in &found {
            if let Some(median) = median {
                book.insert(group(one), *median);
            }
        }
        self.learn(key, |known| {
            if known.prices.len() + found.len() <= KEPT_MAX {
                known.prices.extend(found);
            }
        });
        Ok(book)
    }

    /// The median return rates of cells; `compute` finds those that are not known yet.
    pub(super) fn peers(
        &self,
        key: Key,
        cells: &BTreeSet<Cell>,
        compute: impl FnOnce(&BTreeSet<Cell>) -> Result<PeerMedians, StoreError>,
    ) -> Result<PeerMedians, StoreError> {
        let (mut medians, mut missing) = (PeerMedians::default(), BTreeSet::new());
        self.look(key, |known| {
            for cell in cells {
                match known.cells.get(cell) {
                    Some(Some(rate)) => medians.insert(*cell, *rate),
                    Some(None) => {}
                    None => drop(missing.insert(*cell)),
                }
            }
        });
        if missing.is_empty() {
            return Ok(medians);
        }
        let found = compute(&missing)?;
        let found: Vec<(Cell, Option<CellCount>)> =
            missing.into_iter().map(|cell| (cell, found.rate(&cell))).collect();
        for (cell, rate) in &found {
            if let Some(rate) = rate {
                medians.insert(*cell, *rate);
            }
        }
        self.learn(key, |known| {
            if known.cells.len() + found.len() <= KEPT_MAX {
                known.cells.extend(found);
            }
        });
        Ok(medians)
    }

    /// Shows what is known of a question; it is the newest from now on.
    fn look(&self, key: Key, mut show: impl FnMut(&Known)) {
        let mut all = self.known();
        let at = all.iter().position(|(other, _)| *other == key);
        if let Some(at) = at {
            let one = all.remove(at);
            show(&one.1);
            all.push(one);
        } else {
            show(&Known::default());
        }
    }

    fn learn(&self, key: Key, add: impl FnOnce(&mut Known)) {
        let mut all = self.known();
        if !all.iter().any(|(other, _)| *other == key) {
            // An earlier state of the orders is asked for no more.
            all.retain(|(other, _)| other.orders >= key.orders);
            if all.len() >= QUESTIONS_MAX {
                all.remove(0);
            }
            all.push((key, Known::default()));
        }
        if let Some((_, known)) = all.iter_mut().find(|(other, _)| *other == key) {
            add(known);
        }
    }
}

fn group((hs_code, country, direction): &Goods) -> (&str, &str, Direction) {
    (hs_code, country, *direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(orders: i64, day: u32) -> Key {
        Key { orders, as_of: NaiveDate::from_ymd_opt(2026, 11, day).unwrap_or_default() }
    }

    fn goods(codes: &[&str]) -> BTreeSet<Goods> {
        codes.iter().map(|code| ((*code).to_owned(), "116".to_owned(), Direction::Import)).collect()
    }

    /// Which goods had to be computed; those of an odd code have no median.
    fn asked(medians: &Medians, key: Key, codes: &[&str]) -> Vec<String> {
        let mut computed = Vec::new();
        let book = medians.prices(key, &goods(codes), |missing| {
            computed = missing.iter().map(|one| one.0.clone()).collect();
            let mut book = PriceBook::default();
            for one in missing.iter().filter(|one| !one.0.ends_with('1')) {
                if let Some(price) = Price::new(100, 1_000_000) {
                    book.insert(group(one), price);
                }
            }
            Ok(book)
        });
        let book = book.unwrap_or_default();
        for one in &goods(codes) {
            assert_eq!(book.median(group(one)).is_none(), one.0.ends_with('1'), "{one:?}");
        }
        computed
    }

    #[test]
    fn what_was_computed_is_not_computed_again_until_the_orders_change() {
        let medians = Medians::default();
        assert_eq!(asked(&medians, key(1, 1), &["11", "12"]), ["11", "12"]);
        assert_eq!(asked(&medians, key(1, 1), &["11", "12", "13"]), ["13"]);
        assert!(asked(&medians, key(1, 1), &["11", "13"]).is_empty());
        assert_eq!(asked(&medians, key(1, 2), &["11"]), ["11"], "another day");
        assert!(asked(&medians, key(1, 1), &["11"]).is_empty());
        assert_eq!(asked(&medians, key(2, 1), &["11"]), ["11"], "another state of the orders");
        assert_eq!(medians.known().len(), 1, "what is older is forgotten");
        for day in 2..=20 {
            asked(&medians, key(2, day), &["12"]);
        }
        assert_eq!(medians.known().len(), QUESTIONS_MAX);
    }
}
