//! The facts of a month, added up: one read of the ratings, one of the month's orders in packs of merchants.
//!
//! The rollups by day hold no country, so the orders have to be read once anyway; everything is taken from that one
//! pass, and all tables have the same total. In memory are a grade per enterprise, a pack of orders and the cells.

use std::collections::BTreeMap;

use credit_core::records::{Direction, Mode, Order};
use credit_core::statistics::Cell;
use credit_core::trade::Hs2;
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::body::{By, UNKNOWN};
use super::matching::{self, Sales};
use super::month::Month;
use crate::evaluation::rollup::all_merchants;
use crate::store::bulk::{self, Bind};
use crate::store::packs;
use crate::store::{DbConnection, StoreError};

/// Longest code of a country that is one, characters; anything else in the column is unknown.
const COUNTRY_CHARS_MAX: usize = 3;

/// Kind and grade of an enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rated {
    pub kind: String,
    pub grade: String,
}

/// Everything that the figures of a month are made of.
#[derive(Debug, Default)]
pub struct Facts {
    /// Amount in 分 and orders of each cell.
    pub trade: BTreeMap<(By, String), Cell>,
    pub total: Cell,
    /// Orders alone: those that were delivered, or returned, and the others.
    pub delivered: [Cell; 2],
    pub returned: [Cell; 2],
    /// At the end of the month before, and of this one.
    pub before: BTreeMap<Uscc, Rated>,
    pub now: BTreeMap<Uscc, Rated>,
    /// Sales of customs messages, by mode and what came of comparing their documents.
    pub sales: Sales,
}

/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn facts(connection: &mut DbConnection, month: Month) -> Result<Facts, StoreError> {
    let days = month.days();
    let mut facts = Facts {
        before: rated(connection, month.before(1))?,
        now: rated(connection, month)?,
        sales: matching::sales(connection, days)?,
        ..Facts::default()
    };
    let merchants = all_merchants(connection)?;
    let mut rest = merchants.as_slice();
    let mut who = 0;
    while !rest.is_empty() {
        let pack = packs::orders(connection, rest, days)?;
        for (merchant, orders) in &pack.found {
            who += 1;
            facts.add(who, merchant, orders.iter().map(|(order, _)| order));
        }
        rest = rest.get(pack.settled..).unwrap_or_default();
    }
    Ok(facts)
}

/// What one merchant has in one cell: amount and orders.
type Parts = [u64; 2];

impl Facts {
    fn add<'a>(&mut self, who: u64, merchant: &Uscc, orders: impl Iterator<Item = &'a Order>) {
        let grade = self.now.get(merchant).map_or(UNKNOWN, |rated| &rated.grade).to_owned();
        let mut own: BTreeMap<(By, String), Parts> = BTreeMap::new();
        let mut total = Parts::default();
        let (mut delivered, mut returned) = (0, 0);
        for order in orders {
            let amount = u64::try_from(order.amount.0).unwrap_or(0);
            delivered += u64::from(order.delivered_at.is_some());
            returned += u64::from(order.returned_at.is_some());
            count(&mut total, amount);
            for (by, code) in places(order) {
                count(own.entry((by, code)).or_default(), amount);
            }
        }
        if total == Parts::default() {
            return;
        }
        own.insert((By::Grade, grade), total);
        self.total.add(who, total);
        let [_, orders] = total;
        for ([with, without], found) in [(&mut self.delivered, delivered), (&mut self.returned, returned)] {
            for (cell, part) in [(with, found), (without, orders.saturating_sub(found))] {
                if part > 0 {
                    cell.add(who, [part, 0]);
                }
            }
        }
        for (place, parts) in own {
            self.trade.entry(place).or_default().add(who, parts);
        }
    }
}

fn count(parts: &mut Parts, amount: u64) {
    let [amounts, orders] = parts;
    *amounts = amounts.saturating_add(amount);
    *orders += 1;
}

/// The cells that an order is in, beside that of its merchant's grade.
fn places(order: &Order) -> [(By, String); 4] {
    let hs2 = order.hs_code.as_deref().and_then(Hs2::of);
    let direction = if order.direction == Direction::Import { "import" } else { "export" };
    [
        (By::Mode, mode(order.mode).to_owned()),
        (By::Direction, direction.to_owned()),
        (By::Country, country(order.country.as_deref()).unwrap_or_else(|| UNKNOWN.to_owned())),
        (By::HsChapter, hs2.map_or_else(|| UNKNOWN.to_owned(), |hs2| hs2.as_str().to_owned())),
    ]
}

/// The codes of the customs supervision modes, in the order of a table.
pub const MODES: [&str; 5] = ["9610", "1210", "1239", "9710", "9810"];

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::M9610 => "9610",
        Mode::M1210 => "1210",
        Mode::M1239 => "1239",
        Mode::M9710 => "9710",
        Mode::M9810 => "9810",
    }
}

/// A code as in the source files, two letters or three digits, in upper case.
fn country(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    let is_code = (2..=COUNTRY_CHARS_MAX).contains(&text.len())
        && (text.bytes().all(|byte| byte.is_ascii_alphabetic())
            || text.bytes().all(|byte| byte.is_ascii_digit()));
    is_code.then(|| text.to_ascii_uppercase())
}

#[derive(QueryableByName)]
struct RatedRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    grade: String,
}

/// Who was rated by the end of the month, by the rating in force then.
fn rated(connection: &mut DbConnection, month: Month) -> Result<BTreeMap<Uscc, Rated>, StoreError> {
    let sql = "SELECT r.uscc AS uscc, r.kind AS kind, r.grade AS grade FROM ratings r JOIN \
               (SELECT uscc, MAX(seq) AS seq FROM ratings WHERE as_of_day <= $1 GROUP BY uscc) l \
               ON l.uscc = r.uscc AND l.seq = r.seq";
    let rows: Vec<RatedRow> = bulk::load(connection, sql, [Bind::Int(month.days().last)])?;
    rows.into_iter()
        .map(|row| Ok((packs::parse("rating", &row.uscc)?, Rated { kind: row.kind, grade: row.grade })))
        .collect()
}
