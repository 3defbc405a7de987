//! What a file touches beyond its rows: whose evaluation it can move, who deals with whom, who trades what.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use credit_core::records::{Direction, Order, Record, Review};
use credit_core::trade::Hs2;
use credit_core::uscc::Uscc;

use crate::store::bulk;
use crate::store::codec::day_of;
use crate::store::{DbConnection, StoreError};

/// Pairs and goods held before they are written.
const HELD_MAX: usize = 300_000;

/// Chapter, goods, country, direction.
type Goods = (String, String, String, &'static str);

/// Gathered over the rows of a file.
#[derive(Debug, Default)]
pub struct Touched {
    /// Enterprises whose evaluation the file can move.
    pub enterprises: BTreeSet<Uscc>,
    /// The last day of each pair of a party and the enterprise whose orders or reviews it stands in.
    dealings: HashMap<(Uscc, Uscc), i32>,
    /// The goods of the file, few, by number.
    goods: BTreeMap<Goods, usize>,
    /// The last day on which a merchant traded the goods of a number.
    traded: HashMap<(usize, Uscc), i32>,
}

impl Touched {
    /// Notes whom a record of a slow source concerns; [`Touched::order`] and [`Touched::review`] note theirs.
    pub fn enterprises_of(&mut self, record: &Record) {
        if !matches!(record, Record::Transactions(_) | Record::Reviews(_)) {
            self.enterprises.insert(record.uscc());
        }
    }

    /// Notes an order that came or was replaced.
    pub fn order(&mut self, order: &Order) {
        let day = day_of(order.ordered_at);
        self.enterprises.insert(order.uscc);
        let parties = [
            order.platform_uscc,
            order.logistics_uscc,
            order.payment_uscc,
            order.agent_uscc,
            order.warehouse_uscc,
        ];
        for party in parties.into_iter().flatten() {
            self.deal(party, order.uscc, day);
        }
        if let Some(hs_code) = order.hs_code.as_ref().filter(|code| !code.is_empty()) {
            let goods = (
                Hs2::of(hs_code).map(|hs2| hs2.as_str().to_owned()).unwrap_or_default(),
                hs_code.clone(),
                order.country.clone().unwrap_or_default(),
                direction_word(order.direction),
            );
            let next = self.goods.len();
            let number = *self.goods.entry(goods).or_insert(next);
            let last = self.traded.entry((number, order.uscc)).or_insert(day);
            *last = day.max(*last);
        }
    }

    /// Notes a review that came or was replaced.
    pub fn review(&mut self, review: &Review) {
        self.enterprises.insert(review.uscc);
        self.deal(review.platform_uscc, review.uscc, day_of(review.created_at));
    }

    fn deal(&mut self, party: Uscc, uscc: Uscc, day: i32) {
        self.enterprises.insert(party);
        if party != uscc {
            let last = self.dealings.entry((party, uscc)).or_insert(day);
            *last = day.max(*last);
        }
    }

    /// Writes dealings and goods when many are held, so that a file of many enterprises takes no more memory.
    ///
    /// # Errors
    /// The database's.
    pub fn write_when_many(&mut self, connection: &mut DbConnection) -> Result<(), StoreError> {
        if self.dealings.len() + self.traded.len() > HELD_MAX {
            self.write(connection)?;
        }
        Ok(())
    }

    /// Writes dealings and goods.
    ///
    /// # Errors
    /// The database's.
    pub fn write(&mut self, connection: &mut DbConnection) -> Result<(), StoreError> {
        write_dealings(connection, std::mem::take(&mut self.dealings))?;
        write_goods(connection, &std::mem::take(&mut self.goods), std::mem::take(&mut self.traded))
    }
}

fn write_dealings(
    connection: &mut DbConnection,
    dealings: HashMap<(Uscc, Uscc), i32>,
) -> Result<(), StoreError> {
    let sorted: BTreeMap<_, _> = dealings.into_iter().collect();
    let rows = sorted
        .into_iter()
        .map(|((party, uscc), day)| vec![party.as_str().into(), uscc.as_str().into(), day.into()]);
    bulk::execute_rows(
        connection,
        "INSERT INTO dealings (party, uscc, last_day)",
        3,
        rows.collect(),
        "ON CONFLICT (party, uscc) DO UPDATE SET last_day = excluded.last_day \
         WHERE excluded.last_day > dealings.last_day",
    )?;
    Ok(())
}

fn write_goods(
    connection: &mut DbConnection,
    goods: &BTreeMap<Goods, usize>,
    traded: HashMap<(usize, Uscc), i32>,
) -> Result<(), StoreError> {
    let by_number: HashMap<usize, &Goods> = goods.iter().map(|(goods, number)| (*number, goods)).collect();
    let mut sorted: Vec<(&Goods, Uscc, i32)> = traded
        .into_iter()
        .filter_map(|((number, uscc), day)| Some((*by_number.get(&number)?, uscc, day)))
        .collect();
    sorted.sort_unstable();
    let rows = sorted.into_iter().map(|((hs2, hs_code, country, direction), uscc, day)| {
        vec![
            hs2.as_str().into(),
            hs_code.as_str().into(),
            country.as_str().into(),
            (*direction).into(),
            uscc.as_str().into(),
            day.into(),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO traded_goods (hs2, hs_code, country, direction, uscc, last_day)",
        6,
        rows.collect(),
        "ON CONFLICT (hs2, hs_code, country, direction, uscc) DO UPDATE SET last_day = excluded.last_day \
         WHERE excluded.last_day > traded_goods.last_day",
    )?;
    Ok(())
}

/// The direction as `traded_goods` keeps it.
#[must_use]
pub fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Import => "import",
        Direction::Export => "export",
    }
}
