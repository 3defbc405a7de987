//! Windows of many merchants: a few queries for all of them, a bounded number of rows at a time.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::records::{Order, Review};
use credit_core::trade::Marks;
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer, Text};
use rayon::prelude::*;

use super::bulk::{self, Bind};
use super::codec::{decode_order, decode_review};
use super::trade_days::TradeDay;
use super::{DbConnection, StoreError};

/// Merchants named in one query.
pub const CODES_AT_ONCE: usize = 1_000;
/// Rows read together; one merchant's are never parted.
const ROWS_AT_ONCE: usize = 20_000;

/// Rows whose stored form one thread reads at a time, at least.
const ROWS_PER_TASK: usize = 500;

/// Days from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    pub first: i32,
    pub last: i32,
}

impl Days {
    /// No day at all; [`Days::stretch`] makes it one.
    pub const NONE: Days = Days { first: i32::MAX, last: i32::MIN };

    #[must_use]
    pub fn stretch(self, first: i32, last: i32) -> Days {
        Days { first: self.first.min(first), last: self.last.max(last) }
    }

    #[must_use]
    pub fn holds(self, day: i32) -> bool {
        self.first <= day && day <= self.last
    }

    #[must_use]
    pub fn is_none(self) -> bool {
        self.first > self.last
    }
}

/// What one read gave: rows by merchant, and how many of the merchants asked for it settled.
#[derive(Debug)]
pub struct Pack<T> {
    pub found: BTreeMap<Uscc, Vec<T>>,
    /// The first so many of the merchants asked for have all their rows in `found`, if they have any.
    pub settled: usize,
}

/// Reads rows ordered by merchant, a bounded number of them; the last merchant's are given only when complete.
/// `select` is a query up to and without its WHERE.
fn pack<R, T>(
    connection: &mut DbConnection,
    (select, day, order): (&str, &str, &str),
    merchants: &[Uscc],
    days: Days,
    read: impl Fn(R) -> Result<(Uscc, T), StoreError> + Sync,
) -> Result<Pack<T>, StoreError>
where
    R: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + Send + 'static,
    T: Send,
{
    let asked = merchants.get(..merchants.len().min(CODES_AT_ONCE)).unwrap_or(merchants);
    let sql = format!("{select} WHERE {} ORDER BY {order}", within(day, asked.len()));
    let limited = format!("{sql} LIMIT {ROWS_AT_ONCE}");
    let rows: Vec<R> = bulk::load(connection, &limited, binds(asked, days))?;
    let cut = rows.len() >= ROWS_AT_ONCE;
    let mut found = by_merchant(rows, &read)?;
    if cut && found.len() == 1 {
        // More rows than are read at once are one merchant's: then they are all read.
        let one: Vec<Uscc> = found.keys().copied().collect();
        let sql = format!("{select} WHERE {} ORDER BY {order}", within(day, 1));
        found = by_merchant(bulk::load(connection, &sql, binds(&one, days))?, &read)?;
        let settled =
            asked.iter().position(|uscc| Some(uscc) == one.first()).map_or(asked.len(), |at| at + 1);
        return Ok(Pack { found, settled });
    }
    let mut settled = asked.len();
    if cut && let Some((last, _)) = found.pop_last() {
        settled = asked.iter().position(|uscc| *uscc == last).unwrap_or(0);
    }
    Ok(Pack { found, settled })
}

fn by_merchant<R: Send, T: Send>(
    rows: Vec<R>,
    read: impl Fn(R) -> Result<(Uscc, T), StoreError> + Sync + Send,
) -> Result<BTreeMap<Uscc, Vec<T>>, StoreError> {
    // Reading the stored form takes longer than fetching it.
    let read: Result<Vec<(Uscc, T)>, StoreError> =
        rows.into_par_iter().with_min_len(ROWS_PER_TASK).map(read).collect();
    let mut found: BTreeMap<Uscc, Vec<T>> = BTreeMap::new();
    for (uscc, row) in read? {
        found.entry(uscc).or_default().push(row);
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct OrderRow {
    #[diesel(sql_type = Integer)]
    marks: i32,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

/// Orders of the first of the merchants (which are in order) placed within `days`, with their stored marks.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn orders(
    connection: &mut DbConnection,
    merchants: &[Uscc],
    days: Days,
) -> Result<Pack<(Order, Marks)>, StoreError> {
    let query = ("SELECT marks, payload FROM orders", "ordered_day", "uscc, ordered_day, order_no");
    pack(connection, query, merchants, days, |row: OrderRow| {
        let order = decode_order(&row.payload)?;
        Ok((order.uscc, (order, marks_of(row.marks))))
    })
}

/// The orders placed on these days of merchants.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn orders_at(
    connection: &mut DbConnection,
    places: impl IntoIterator<Item = (Uscc, i32)>,
) -> Result<Vec<(Order, Marks)>, StoreError> {
    let binds = places.into_iter().flat_map(|(uscc, day)| [Bind::from(uscc.as_str()), day.into()]);
    let rows: Vec<OrderRow> = bulk::load_rows(
        connection,
        "WITH k (uscc, ordered_day) AS (",
        2,
        binds,
        ") SELECT o.marks, o.payload FROM k CROSS JOIN orders o \
         WHERE o.uscc = k.uscc AND o.ordered_day = k.ordered_day",
    )?;
    rows.iter().map(|row| Ok((decode_order(&row.payload)?, marks_of(row.marks)))).collect()
}

/// All orders of the merchants; for merchants who are already few.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn all_orders(
    connection: &mut DbConnection,
    merchants: &[Uscc],
    days: Days,
) -> Result<BTreeMap<Uscc, Vec<(Order, Marks)>>, StoreError> {
    all(merchants, |rest| orders(connection, rest, days))
}

/// All days of sums of the merchants; for merchants who are already few.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn all_trade_days(
    connection: &mut DbConnection,
    merchants: &[Uscc],
    days: Days,
) -> Result<BTreeMap<Uscc, Vec<TradeDay>>, StoreError> {
    all(merchants, |rest| trade_days(connection, rest, days))
}

fn all<T>(
    merchants: &[Uscc],
    mut read: impl FnMut(&[Uscc]) -> Result<Pack<T>, StoreError>,
) -> Result<BTreeMap<Uscc, Vec<T>>, StoreError> {
    let (mut rest, mut all) = (merchants, BTreeMap::new());
    while !rest.is_empty() {
        let pack = read(rest)?;
        all.extend(pack.found);
        rest = rest.get(pack.settled..).unwrap_or_default();
    }
    Ok(all)
}

/// Marks as they are stored.
#[must_use]
pub fn marks_of(stored: i32) -> Marks {
    Marks(u8::try_from(stored).unwrap_or(0))
}

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = Integer)]
    last_event_day: i32,
    #[diesel(sql_type = Integer)]
    first_ordered_day: i32,
    #[diesel(sql_type = Integer)]
    last_ordered_day: i32,
    #[diesel(sql_type = Binary)]
    sums: Vec<u8>,
}

/// Days of sums of the first of the merchants (which are in order) within `days`.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn trade_days(
    connection: &mut DbConnection,
    merchants: &[Uscc],
    days: Days,
) -> Result<Pack<TradeDay>, StoreError> {
    const SELECT: &str =
        "SELECT uscc, day, last_event_day, first_ordered_day, last_ordered_day, sums FROM trade_days";
    pack(connection, (SELECT, "day", "uscc, day"), merchants, days, trade_day)
}

fn trade_day(row: DayRow) -> Result<(Uscc, TradeDay), StoreError> {
    let merchant = parse("merchant", &row.uscc)?;
    let mut day = TradeDay {
        last_event_day: row.last_event_day,
        first_ordered_day: row.first_ordered_day,
        last_ordered_day: row.last_ordered_day,
        ..TradeDay::new(merchant, row.day)
    };
    day.decode_sums(&row.sums)?;
    Ok((merchant, day))
}

/// The stored ones of these days of merchants.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn trade_days_at(
    connection: &mut DbConnection,
    places: &BTreeSet<(Uscc, i32)>,
) -> Result<Vec<TradeDay>, StoreError> {
    let tail = ") SELECT t.uscc, t.day, t.last_event_day, t.first_ordered_day, t.last_ordered_day, t.sums \
                FROM k CROSS JOIN trade_days t WHERE t.uscc = k.uscc AND t.day = k.day";
    let binds = places.iter().flat_map(|(uscc, day)| [uscc.as_str().into(), (*day).into()]);
    let rows: Vec<DayRow> = bulk::load_rows(connection, "WITH k (uscc, day) AS (", 2, binds, tail)?;
    rows.into_iter().map(|row| trade_day(row).map(|(_, day)| day)).collect()
}

#[derive(QueryableByName)]
struct ReviewRow {
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

/// Reviews of the first of the reviewed enterprises (which are in order) created within `days`.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn reviews(
    connection: &mut DbConnection,
    reviewed: &[Uscc],
    days: Days,
) -> Result<Pack<Review>, StoreError> {
    let query = ("SELECT payload FROM reviews", "created_day", "uscc, created_day");
    pack(connection, query, reviewed, days, |row: ReviewRow| {
        let review = decode_review(&row.payload)?;
        Ok((review.uscc, review))
    })
}

/// `$1` and `$2` are the days, the codes follow.
pub fn within(day: &str, codes: usize) -> String {
    format!("{day} >= $1 AND {day} <= $2 AND uscc IN {}", listed(3, codes))
}

/// The values of [`within`].
pub fn binds(merchants: &[Uscc], days: Days) -> impl Iterator<Item = Bind> {
    [Bind::Int(days.first), Bind::Int(days.last)]
        .into_iter()
        .chain(merchants.iter().map(|uscc| Bind::from(uscc.as_str())))
}

/// `($3,$4,…)`.
#[must_use]
pub fn listed(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|at| format!("${at}")).collect();
    format!("({})", places.join(","))
}

/// A code as it is stored.
///
/// # Errors
/// [`StoreError::Damaged`] when it is none.
pub fn parse(what: &'static str, code: &str) -> Result<Uscc, StoreError> {
    Uscc::parse(code).map_err(|error| StoreError::Damaged {
        what,
        key: code.to_owned(),
        why: error.to_string(),
    })
}
