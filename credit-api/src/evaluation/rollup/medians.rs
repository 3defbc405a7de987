//! The zone's medians (T09, T14): of the whole zone, or of the goods of few enterprises.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::records::Order;
use credit_core::trade::peers::CellCount;
use credit_core::trade::prices::{PriceCollector, line};
use credit_core::trade::{Cell, Hs2, Marks, PeerMedians, PriceBook, Tally, in_flight_deltas};
use credit_core::uscc::Uscc;

use super::memo::{Goods, Key, Medians};
use super::plan::{Calendar, in_flight};
use super::population::codes;
use super::sorted;
use crate::intake::rollup::direction_word;
use crate::store::bulk::{Bind, placeholders};
use crate::store::packs::{self, Days, listed};
use crate::store::{DbConnection, StoreError};

/// Goods looked up in one query.
const GOODS_AT_ONCE: usize = 2_000;
/// The window of T09 in days.
const PEER_DAYS: i32 = 365;

/// The median prices of everything that is traded.
pub(super) fn all_prices(
    connection: &mut DbConnection,
    calendar: &Calendar,
    merchants: &[Uscc],
) -> Result<PriceBook, StoreError> {
    let mut prices = PriceCollector::default();
    each_order(connection, merchants, calendar.window_days(), |order| {
        prices.add_order(order, calendar.as_of);
    })?;
    Ok(prices.finish())
}

/// The median prices of what `merchants` trade in the 90 days.
pub(super) fn prices_of(
    connection: &mut DbConnection,
    calendar: &Calendar,
    merchants: &[Uscc],
    (known, key): (&Medians, Key),
) -> Result<PriceBook, StoreError> {
    let mut goods: BTreeSet<Goods> = BTreeSet::new();
    each_order(connection, merchants, calendar.window_days(), |order| {
        if let Some(((hs_code, country, direction), _)) = line(order) {
            goods.insert((hs_code.to_owned(), country.to_owned(), direction));
        }
    })?;
    known.prices(key, &goods, |missing| prices_of_goods(connection, calendar, missing))
}

fn prices_of_goods(
    connection: &mut DbConnection,
    calendar: &Calendar,
    goods: &BTreeSet<Goods>,
) -> Result<PriceBook, StoreError> {
    let traders = traders(connection, calendar, goods)?;
    let mut prices = PriceCollector::default();
    each_order(connection, &traders, calendar.window_days(), |order| {
        let Some(((hs_code, country, direction), _)) = line(order) else { return };
        if goods.contains(&(hs_code.to_owned(), country.to_owned(), direction)) {
            prices.add_order(order, calendar.as_of);
        }
    })?;
    Ok(prices.finish())
}

fn traders(
    connection: &mut DbConnection,
    calendar: &Calendar,
    goods: &BTreeSet<Goods>,
) -> Result<Vec<Uscc>, StoreError> {
    let goods: Vec<&Goods> = goods.iter().collect();
    let mut all = Vec::new();
    for part in goods.chunks(GOODS_AT_ONCE) {
        // The values come first: their places are counted from 1.
        let sql = format!(
            "SELECT DISTINCT uscc FROM traded_goods WHERE (hs2, hs_code, country, direction) IN (VALUES {}) \
             AND last_day >= ${}",
            placeholders(part.len(), 4),
            part.len() * 4 + 1
        );
        let binds = part.iter().flat_map(|(hs_code, country, direction)| {
            let hs2 = Hs2::of(hs_code).map(|hs2| hs2.as_str().to_owned()).unwrap_or_default();
            [hs2.into(), hs_code.as_str().into(), country.as_str().into(), direction_word(*direction).into()]
        });
        all.extend(codes(connection, &sql, binds.chain([Bind::Int(calendar.window)]))?);
    }
    Ok(sorted(all))
}

fn each_order(
    connection: &mut DbConnection,
    merchants: &[Uscc],
    days: Days,
    mut take: impl FnMut(&Order),
) -> Result<(), StoreError> {
    let mut rest = merchants;
    while !rest.is_empty() {
        let pack = packs::orders(connection, rest, days)?;
        pack.found.values().flatten().for_each(|(order, _)| take(order));
        rest = rest.get(pack.settled..).unwrap_or_default();
    }
    Ok(())
}

/// The median return rates of some cells.
pub(super) fn peers_of(
    connection: &mut DbConnection,
    calendar: &Calendar,
    cells: &BTreeSet<Cell>,
) -> Result<PeerMedians, StoreError> {
    let chapters: BTreeSet<&str> = cells.iter().map(|(hs2, _)| hs2.as_str()).collect();
    if chapters.is_empty() {
        return Ok(PeerMedians::default());
    }
    let days = Days { first: calendar.last - PEER_DAYS + 1, last: calendar.last };
    let sql = format!(
        "SELECT DISTINCT uscc FROM traded_goods WHERE last_day >= $1 AND hs2 IN {}",
        listed(2, chapters.len())
    );
    let binds = chapters.iter().map(|hs2| Bind::from(*hs2));
    let merchants = codes(connection, &sql, std::iter::once(Bind::Int(days.first)).chain(binds))?;
    let mut counts: Vec<(Cell, CellCount)> = Vec::new();
    let mut rest = merchants.as_slice();
    while !rest.is_empty() {
        let pack = packs::trade_days(connection, rest, days)?;
        let mut voices: BTreeMap<Uscc, Tally> = BTreeMap::new();
        let (mut open, mut flight) = (Vec::new(), Days::NONE);
        for (merchant, days) in &pack.found {
            let voice = voices.entry(*merchant).or_insert_with(|| Tally::new(calendar.as_of));
            for (key, sums) in days.iter().flat_map(|day| &day.orders) {
                if key.cell().is_some_and(|cell| cells.contains(&cell)) {
                    voice.add_day(key, sums, true);
                }
            }
            let own = in_flight(days, calendar, false);
            if !own.is_none() {
                open.push(*merchant);
                flight = flight.stretch(own.first, own.last);
            }
        }
        for (merchant, orders) in packs::all_orders(connection, &open, flight)? {
            // Rows and returns carry no mark.
            let rows: Vec<(&Order, Marks)> = orders.iter().map(|(order, _)| (order, Marks::NONE)).collect();
            if let Some(voice) = voices.get_mut(&merchant) {
                voice.add_deltas(&in_flight_deltas(&rows, calendar.as_of), |_| true, |_| true);
            }
        }
        for voice in voices.values() {
            counts
                .extend(voice.cells().iter().filter(|(cell, _)| cells.contains(cell)).map(|(c, n)| (*c, *n)));
        }
        rest = rest.get(pack.settled..).unwrap_or_default();
    }
    Ok(PeerMedians::from_counts(counts))
}
