//! Persons who pay for others, by tokens alone: kept of each sale, counted for a merchant and over the zone, and the
//! sales behind them. Of exports no message names who paid (CEB403 has the payment institution).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use credit_core::alerts::figures::{ACROSS, FOR_MANY};
use credit_core::dates::{Moment, day_number};
use credit_core::matching::{Sale, same};
use credit_core::signals::{Pack, Payers, Paying, Sign, Signs, WINDOW_DAYS};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::ceb::buyer::counted;
use crate::ceb::sales::SaleRow;
use crate::store::bulk::{self, Bind};
use crate::store::codec::day_of;
use crate::store::packs::listed;
use crate::store::{DbConnection, StoreError};

/// Merchants asked about in one query.
const CODES_AT_ONCE: usize = 500;
/// Payers of one merchant whose sales are looked up, those of the most sales first.
const PAYERS_MAX: usize = 200;

/// A payer of a sale who is not its buyer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Payer {
    pub payer: String,
    pub buyer: String,
}

/// Those who paid for a sale in another's place. Of an export there is none, since its messages name nobody.
#[must_use]
pub fn of(sale: &Sale) -> BTreeSet<Payer> {
    let Some(buyer) = sale.order.as_ref().and_then(|order| order.buyer_id.as_ref()) else {
        return BTreeSet::new();
    };
    let another = sale.payments.iter().filter_map(|payment| payment.payer_id.as_ref());
    another
        .filter(|payer| same(Some(*payer), Some(buyer)) == Some(false))
        .filter_map(|payer| Some(Payer { payer: counted(payer)?, buyer: counted(buyer)? }))
        .collect()
}

/// Puts the payers of sales in the place of those that were stored of them; `before` are the sales as they were.
///
/// # Errors
/// The database's.
pub fn put<'a>(
    connection: &mut DbConnection,
    before: impl Iterator<Item = &'a SaleRow>,
    now: &[(SaleRow, BTreeSet<Payer>)],
) -> Result<(), StoreError> {
    // Whoever is another was told by M4 too.
    let has_any = |row: &&SaleRow| Signs::of_stored(row.signs.unwrap_or_default()).has(Sign::Payer);
    let gone = before.filter(has_any).map(|row| vec![Bind::from(row.id.as_str())]).collect();
    bulk::execute_rows(connection, "DELETE FROM ceb_payers WHERE sale IN (", 1, gone, ")")?;
    let mut rows = Vec::new();
    for (row, payers) in now {
        let Some(uscc) = &row.uscc else { continue };
        for Payer { payer, buyer } in payers {
            rows.push(vec![
                row.id.clone().into(),
                payer.clone().into(),
                buyer.clone().into(),
                uscc.clone().into(),
                Bind::Int(day_of(Moment(row.sent_at))),
            ]);
        }
    }
    bulk::execute_rows(
        connection,
        "INSERT INTO ceb_payers (sale, payer, buyer, uscc, day)",
        5,
        rows,
        "ON CONFLICT (sale, payer) DO UPDATE SET buyer = excluded.buyer, uscc = excluded.uscc, day = excluded.day",
    )?;
    Ok(())
}

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    sale: String,
    #[diesel(sql_type = Text)]
    payer: String,
    #[diesel(sql_type = Text)]
    buyer: String,
}

/// The payers that are stored of these sales.
///
/// # Errors
/// The database's.
pub fn stored(
    connection: &mut DbConnection,
    sales: &BTreeSet<String>,
) -> Result<BTreeMap<String, BTreeSet<Payer>>, StoreError> {
    let rows: Vec<Stored> = bulk::load_rows(
        connection,
        "WITH k (id) AS (",
        1,
        sales.iter().map(|id| Bind::from(id.as_str())),
        ") SELECT p.sale, p.payer, p.buyer FROM k CROSS JOIN ceb_payers p WHERE p.sale = k.id",
    )?;
    let mut found: BTreeMap<String, BTreeSet<Payer>> = BTreeMap::new();
    for Stored { sale, payer, buyer } in rows {
        found.entry(sale).or_default().insert(Payer { payer, buyer });
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct Own {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    payer: String,
    #[diesel(sql_type = BigInt)]
    sales: i64,
    #[diesel(sql_type = BigInt)]
    buyers: i64,
}

#[derive(QueryableByName)]
struct Zone {
    #[diesel(sql_type = Text)]
    payer: String,
    #[diesel(sql_type = BigInt)]
    buyers: i64,
    #[diesel(sql_type = BigInt)]
    merchants: i64,
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

/// What each payer paid for others, by merchant, of these merchants within the window.
fn paying(
    connection: &mut DbConnection,
    codes: &[&str],
    as_of: NaiveDate,
) -> Result<Vec<(String, String, Paying)>, StoreError> {
    let last = day_number(as_of);
    let binds = || {
        let days = [Bind::Int(last - WINDOW_DAYS), Bind::Int(last)];
        days.into_iter().chain(codes.iter().map(|code| Bind::from(*code)))
    };
    let these = format!("day > $1 AND day <= $2 AND uscc IN {}", listed(3, codes.len()));
    let own: Vec<Own> = bulk::load(
        connection,
        &format!(
            "SELECT uscc, payer, COUNT(DISTINCT sale) AS sales, COUNT(DISTINCT buyer) AS buyers FROM ceb_payers \
             WHERE {these} GROUP BY uscc, payer"
        ),
        binds(),
    )?;
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let zone: Vec<Zone> = bulk::load(
        connection,
        &format!(
            "SELECT p.payer, COUNT(DISTINCT p.buyer) AS buyers, COUNT(DISTINCT p.uscc) AS merchants \
             FROM (SELECT DISTINCT payer FROM ceb_payers WHERE {these}) AS m CROSS JOIN ceb_payers p \
             WHERE p.payer = m.payer AND p.day > $1 AND p.day <= $2 GROUP BY p.payer"
        ),
        binds(),
    )?;
    let zone: HashMap<String, Zone> = zone.into_iter().map(|row| (row.payer.clone(), row)).collect();
    let one = |row: Own| {
        let all = zone.get(&row.payer);
        let paying = Paying {
            sales: number(row.sales),
            buyers: number(row.buyers),
            zone_buyers: all.map_or(0, |all| number(all.buyers)),
            zone_merchants: all.map_or(0, |all| number(all.merchants)),
        };
        (row.uscc, row.payer, paying)
    };
    Ok(own.into_iter().map(one).collect())
}

/// The sales of these merchants that were paid by persons who pay for many.
///
/// # Errors
/// The database's.
pub fn tallies(
    connection: &mut DbConnection,
    codes: &BTreeSet<&str>,
    as_of: NaiveDate,
) -> Result<HashMap<String, Payers>, StoreError> {
    let codes: Vec<&str> = codes.iter().copied().collect();
    let mut all: HashMap<String, Payers> = HashMap::new();
    for part in codes.chunks(CODES_AT_ONCE) {
        for (uscc, _, paying) in paying(connection, part, as_of)? {
            all.entry(uscc).or_default().add(&paying, Pack::embedded());
        }
    }
    Ok(all)
}

/// A sale that one of those persons paid.
#[derive(Debug, QueryableByName)]
pub struct Paid {
    #[diesel(sql_type = Text)]
    pub id: String,
    #[diesel(sql_type = Text)]
    pub order_no: String,
    #[diesel(sql_type = BigInt)]
    pub sent_at: i64,
}

/// The newest sales of a merchant behind a figure about such persons, at most so many.
///
/// # Errors
/// The database's.
pub fn behind(
    connection: &mut DbConnection,
    uscc: &str,
    (figure, as_of): (&str, NaiveDate),
    most: usize,
) -> Result<Vec<Paid>, StoreError> {
    let pack = Pack::embedded();
    let counts = |paying: &Paying| match figure {
        FOR_MANY => paying.is_for_many(pack),
        ACROSS => paying.is_across(pack),
        _ => false,
    };
    let mut payers: Vec<(u64, String)> = paying(connection, &[uscc], as_of)?
        .into_iter()
        .filter(|(_, _, paying)| counts(paying))
        .map(|(_, payer, paying)| (paying.sales, payer))
        .collect();
    payers.sort_unstable_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    payers.truncate(PAYERS_MAX);
    if payers.is_empty() {
        return Ok(Vec::new());
    }
    let last = day_number(as_of);
    let sql = format!(
        "SELECT id, order_no, sent_at FROM ceb_sales WHERE id IN (SELECT sale FROM ceb_payers \
         WHERE uscc = $1 AND day > $2 AND day <= $3 AND payer IN {}) ORDER BY sent_at DESC, id LIMIT {most}",
        listed(4, payers.len())
    );
    let binds = [uscc.into(), Bind::Int(last - WINDOW_DAYS), Bind::Int(last)];
    let payers = payers.iter().map(|(_, payer)| Bind::from(payer.as_str()));
    Ok(bulk::load(connection, &sql, binds.into_iter().chain(payers))?)
}
