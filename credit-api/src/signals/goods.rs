//! Goods whose bar code others declare under another HS chapter, from the lines that traces find (`ceb_traces`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use credit_core::dates::{SHANGHAI_OFFSET_MS, day_number};
use credit_core::signals::{Compared, Pack, WINDOW_DAYS, is_elsewhere, is_trade_item};
use credit_core::trade::Hs2;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::ceb::traces::index::By;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Sales of a merchant that are looked at, the newest.
const SALES_LOOKED: usize = 200;
/// Other merchants of one product that are asked, in the order of their codes.
const OTHERS_MAX: usize = 20;
const DAY_MS: i64 = 86_400_000;

/// What the merchants of products declare them as, by key: each product is asked about once for many enterprises.
#[derive(Debug, Default)]
pub struct Book(HashMap<String, BTreeMap<String, Hs2>>);

/// A sale with goods that others declare elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced {
    pub id: String,
    pub order_no: String,
    pub sent_at: i64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    order_no: String,
    #[diesel(sql_type = BigInt)]
    sent_at: i64,
    #[diesel(sql_type = Text)]
    item: String,
    #[diesel(sql_type = Text)]
    hs_code: String,
}

#[derive(QueryableByName)]
struct Other {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    hs_code: String,
}

/// The value of a key of this kind.
fn value(by: By, key: &str) -> Option<&str> {
    let start = by.key("");
    key.strip_prefix(start.as_str())
}

fn chapter(key: &str) -> Option<Hs2> {
    Hs2::of(value(By::HsCode, key)?)
}

/// How many of the newest sales of a merchant can be compared, and those with goods that others declare elsewhere, the
/// newest first.
///
/// # Errors
/// The database's.
pub fn of(
    connection: &mut DbConnection,
    book: &mut Book,
    uscc: &str,
    as_of: NaiveDate,
) -> Result<(Compared, Vec<Misplaced>), StoreError> {
    let mut told: BTreeMap<String, bool> = BTreeMap::new();
    let mut misplaced: Vec<Misplaced> = Vec::new();
    for line in lines(connection, uscc, as_of)? {
        let Some(own) = chapter(&line.hs_code) else { continue };
        if !value(By::Item, &line.item).is_some_and(is_trade_item) {
            continue;
        }
        let merchants = book.merchants(connection, &line.item)?;
        let others: Vec<Hs2> =
            merchants.iter().filter(|(other, _)| *other != uscc).map(|(_, chapter)| *chapter).collect();
        let Some(elsewhere) = is_elsewhere(own, &others, Pack::embedded()) else { continue };
        let sale = told.entry(line.id.clone()).or_default();
        if elsewhere && !*sale {
            *sale = true;
            misplaced.push(Misplaced { id: line.id, order_no: line.order_no, sent_at: line.sent_at });
        }
    }
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    Ok((Compared { sales: count(told.len()), elsewhere: count(misplaced.len()) }, misplaced))
}

/// The same for several merchants, without the sales.
///
/// # Errors
/// The database's.
pub fn tallies(
    connection: &mut DbConnection,
    codes: &BTreeSet<&str>,
    as_of: NaiveDate,
) -> Result<HashMap<String, Compared>, StoreError> {
    let mut book = Book::default();
    let mut all = HashMap::new();
    for uscc in codes {
        let (compared, _) = of(connection, &mut book, uscc, as_of)?;
        all.insert((*uscc).to_owned(), compared);
    }
    Ok(all)
}

/// What the lines of a merchant's newest sales are found by: goods and HS code of each line that has both.
fn lines(connection: &mut DbConnection, uscc: &str, as_of: NaiveDate) -> Result<Vec<Line>, StoreError> {
    let at = |day: i32| Bind::Big(i64::from(day) * DAY_MS - SHANGHAI_OFFSET_MS);
    let tomorrow = day_number(as_of) + 1;
    let sql = format!(
        "SELECT s.id, s.order_no, s.sent_at, g.trace_key AS item, h.trace_key AS hs_code \
         FROM (SELECT id, order_no, sent_at FROM ceb_sales WHERE uscc = $1 AND sent_at >= $2 AND sent_at < $3 \
         ORDER BY sent_at DESC, id LIMIT {SALES_LOOKED}) AS s CROSS JOIN ceb_traces g CROSS JOIN ceb_traces h \
         WHERE g.sale = s.id AND substr(g.trace_key, 1, 1) = 'g' \
         AND h.sale = s.id AND h.gnum = g.gnum AND substr(h.trace_key, 1, 1) = 'h' \
         ORDER BY s.sent_at DESC, s.id, g.gnum, g.trace_key, h.trace_key"
    );
    Ok(bulk::load(connection, &sql, [uscc.into(), at(tomorrow - WINDOW_DAYS), at(tomorrow)])?)
}

impl Book {
    /// The merchants of a product, and the chapter of each one's newest line of it: one step along the key for each of
    /// them, however many lines they have.
    fn merchants(
        &mut self,
        connection: &mut DbConnection,
        item: &str,
    ) -> Result<&BTreeMap<String, Hs2>, StoreError> {
        if !self.0.contains_key(item) {
            // One more, since the one that asks may be among them.
            let sql = format!(
                "WITH RECURSIVE step (uscc, at) AS (\
                 SELECT MIN(uscc), 1 FROM ceb_traces WHERE trace_key = $1 AND uscc > '' UNION ALL \
                 SELECT (SELECT MIN(t.uscc) FROM ceb_traces t WHERE t.trace_key = $1 AND t.uscc > step.uscc), at + 1 \
                 FROM step WHERE step.uscc IS NOT NULL AND at <= {OTHERS_MAX}) \
                 SELECT n.uscc, h.trace_key AS hs_code FROM (SELECT step.uscc, \
                 (SELECT t.sale FROM ceb_traces t WHERE t.trace_key = $1 AND t.uscc = step.uscc \
                 ORDER BY t.sent_at DESC, t.sale DESC, t.gnum DESC LIMIT 1) AS sale, \
                 (SELECT t.gnum FROM ceb_traces t WHERE t.trace_key = $1 AND t.uscc = step.uscc \
                 ORDER BY t.sent_at DESC, t.sale DESC, t.gnum DESC LIMIT 1) AS gnum \
                 FROM step WHERE step.uscc IS NOT NULL) AS n CROSS JOIN ceb_traces h \
                 WHERE h.sale = n.sale AND h.gnum = n.gnum AND substr(h.trace_key, 1, 1) = 'h'"
            );
            let rows: Vec<Other> = bulk::load(connection, &sql, [item.into()])?;
            let known = |row: Other| Some((row.uscc, chapter(&row.hs_code)?));
            self.0.insert(item.to_owned(), rows.into_iter().filter_map(known).collect());
        }
        Ok(self.0.entry(item.to_owned()).or_default())
    }
}
