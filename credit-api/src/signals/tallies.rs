//! What the sales of enterprises show together, and what is usual in the zone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use credit_core::dates::day_number;
use credit_core::signals::{Pack, Peers, Sign, Signs, Tally};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::rollup::Counted;
use crate::store::bulk::{self, Bind};
use crate::store::packs::listed;
use crate::store::{DbConnection, StoreError};

/// Enterprises asked about in one query.
const CODES_AT_ONCE: usize = 500;
/// How long the zone's medians are taken as they are: they cost a walk over the zone's sales of 135 days.
const PEERS_FOR_MS: i64 = 3_600_000;
/// The row that says that medians were made, though there may be none.
const MADE: &str = "";

/// The tallies of enterprises that have sales, up to a day.
///
/// # Errors
/// The database's.
pub fn of(
    connection: &mut DbConnection,
    codes: &BTreeSet<&str>,
    as_of: NaiveDate,
) -> Result<HashMap<String, Tally>, StoreError> {
    let (pack, today) = (Pack::embedded(), day_number(as_of));
    let codes: Vec<&str> = codes.iter().copied().collect();
    let mut tallies = HashMap::new();
    for part in codes.chunks(CODES_AT_ONCE) {
        let sql = format!(
            "SELECT uscc, day, signs, sales FROM sale_signs WHERE day > $1 AND day <= $2 AND sales > 0 AND uscc IN {}",
            listed(3, part.len())
        );
        let days = [Bind::Int(today - Tally::days(pack)), Bind::Int(today)];
        let binds = days.into_iter().chain(part.iter().map(|code| Bind::from(*code)));
        for row in bulk::load::<Counted>(connection, &sql, binds)? {
            add(tallies.entry(row.uscc.clone()).or_default(), &row, today);
        }
    }
    Ok(tallies)
}

fn add(tally: &mut Tally, row: &Counted, today: i32) {
    let sales = u64::try_from(row.sales).unwrap_or_default();
    tally.add(today - row.day, Signs::of_stored(row.signs), sales, Pack::embedded());
}

#[derive(QueryableByName)]
struct Median {
    #[diesel(sql_type = Text)]
    sign: String,
    #[diesel(sql_type = BigInt)]
    share: i64,
}

/// The zone's medians, made anew when they are of another day or older than an hour.
///
/// # Errors
/// The database's.
pub fn peers(connection: &mut DbConnection, as_of: NaiveDate, now_ms: i64) -> Result<Peers, StoreError> {
    let today = day_number(as_of);
    let kept: Vec<Median> = bulk::load(
        connection,
        "SELECT sign, share FROM sale_sign_peers WHERE day = $1 AND made_at > $2 AND made_at <= $3",
        [Bind::Int(today), Bind::Big(now_ms - PEERS_FOR_MS), Bind::Big(now_ms)],
    )?;
    if kept.iter().any(|median| median.sign == MADE) {
        let known = |median: &Median| {
            Some((Sign::of_code(&median.sign)?, u64::try_from(median.share).unwrap_or_default()))
        };
        return Ok(kept.iter().filter_map(known).collect());
    }
    let peers = made(connection, today)?;
    bulk::execute(connection, "DELETE FROM sale_sign_peers", [])?;
    let row = |sign: &str, share: u64| {
        let share = i64::try_from(share).unwrap_or(i64::MAX);
        vec![sign.into(), Bind::Int(today), Bind::Big(now_ms), Bind::Big(share)]
    };
    let mut rows = vec![row(MADE, 0)];
    rows.extend(peers.iter().map(|(sign, share)| row(sign.code(), share)));
    bulk::execute_rows(connection, "INSERT INTO sale_sign_peers (sign, day, made_at, share)", 4, rows, "")?;
    Ok(peers)
}

fn made(connection: &mut DbConnection, today: i32) -> Result<Peers, StoreError> {
    let pack = Pack::embedded();
    let rows: Vec<Counted> = bulk::load(
        connection,
        "SELECT uscc, day, signs, sales FROM sale_signs WHERE day > $1 AND day <= $2 AND sales > 0",
        [Bind::Int(today - Tally::days(pack)), Bind::Int(today)],
    )?;
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for row in rows {
        add(tallies.entry(row.uscc.clone()).or_default(), &row, today);
    }
    Ok(Peers::of(tallies.values(), pack))
}
