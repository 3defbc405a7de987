//! The rows of sales: a summary for lists, and what the documents say of the order.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::matching::{Outcome, Partial};
use credit_core::records::Order;
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};
use sha2::{Digest, Sha256};

use crate::store::bulk::{self, Bind};
use crate::store::codec::{decode_order, encode_order};
use crate::store::{DbConnection, StoreError};

/// Bytes of the digest of a sale's key that are its id.
const ID_BYTES: usize = 16;

/// A sale as lists have it.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct SaleRow {
    #[diesel(sql_type = Text)]
    pub id: String,
    #[diesel(sql_type = Text)]
    pub platform_code: String,
    #[diesel(sql_type = Text)]
    pub order_no: String,
    #[diesel(sql_type = Text)]
    pub merchant_code: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub uscc: Option<String>,
    #[diesel(sql_type = Integer)]
    pub import: i32,
    #[diesel(sql_type = BigInt)]
    pub sent_at: i64,
    /// A letter for each rule.
    #[diesel(sql_type = Text)]
    pub verdicts: String,
    #[diesel(sql_type = Integer)]
    pub failed: i32,
    #[diesel(sql_type = Integer)]
    pub waiting: i32,
    #[diesel(sql_type = Text)]
    pub partial: String,
    #[diesel(sql_type = Nullable<Binary>)]
    pub received: Option<Vec<u8>>,
    #[diesel(sql_type = BigInt)]
    pub judged_at: i64,
    /// [`credit_core::signals::Signs`]; nothing of a sale that was judged before they were looked for.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub signs: Option<i64>,
}

const COLUMNS: &str = "s.id, s.platform_code, s.order_no, s.merchant_code, s.uscc, s.import, s.sent_at, s.verdicts, \
     s.failed, s.waiting, s.partial, s.received, s.judged_at, s.signs";

impl SaleRow {
    /// The row of `transactions` with this key, as received.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn received(&self) -> Result<Option<Order>, StoreError> {
        self.received.as_ref().map(|bytes| decode_order(bytes)).transpose()
    }

    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn partial(&self) -> Result<Partial, StoreError> {
        Partial::of_json(&self.partial).map_err(|error| StoreError::Damaged {
            what: "sale",
            key: self.id.clone(),
            why: error.to_string(),
        })
    }

    /// The outcome of the rule at a place of `Rule::ALL`.
    #[must_use]
    pub fn outcome(&self, place: usize) -> Option<Outcome> {
        self.verdicts.chars().nth(place).and_then(Outcome::of_letter)
    }
}

/// The id of a sale: no more than its key, and no less.
#[must_use]
pub fn id_of(key: &str) -> String {
    hex::encode(Sha256::digest(key).get(..ID_BYTES).unwrap_or_default())
}

/// Sales by id.
///
/// # Errors
/// The database's.
pub fn these(
    connection: &mut DbConnection,
    ids: &BTreeSet<String>,
) -> Result<BTreeMap<String, SaleRow>, StoreError> {
    let tail = format!(") SELECT {COLUMNS} FROM k CROSS JOIN ceb_sales s WHERE s.id = k.id");
    let binds = ids.iter().map(|id| Bind::Text(id.clone()));
    let rows: Vec<SaleRow> = bulk::load_rows(connection, "WITH k (id) AS (", 1, binds, &tail)?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// Which sales of an enterprise a list shows.
#[derive(Debug, Clone, Default)]
pub struct Which {
    pub uscc: String,
    /// With a rule that fails alone.
    pub failed: bool,
    /// After this time and id, the newest first.
    pub after: Option<(i64, String)>,
}

/// Sales of an enterprise, the newest first.
///
/// # Errors
/// The database's.
pub fn list(connection: &mut DbConnection, which: &Which, wanted: i64) -> Result<Vec<SaleRow>, StoreError> {
    let failed = if which.failed { "AND s.failed > 0" } else { "" };
    let (at, id) = which.after.clone().unwrap_or((i64::MAX, String::new()));
    let sql = format!(
        "SELECT {COLUMNS} FROM ceb_sales s WHERE s.uscc = $1 {failed} AND (s.sent_at < $2 OR \
         (s.sent_at = $2 AND s.id > $3)) ORDER BY s.sent_at DESC, s.id LIMIT $4"
    );
    let binds: [Bind; 4] = [which.uscc.as_str().into(), at.into(), id.into(), wanted.into()];
    Ok(bulk::load(connection, &sql, binds)?)
}

/// Sales in which nobody has looked for signs.
///
/// # Errors
/// The database's.
pub fn unsigned(connection: &mut DbConnection, wanted: usize) -> Result<Vec<SaleRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM ceb_sales s WHERE s.signs IS NULL ORDER BY s.id LIMIT {wanted}");
    Ok(bulk::load(connection, &sql, [])?)
}

/// Sales in the order of their ids.
///
/// # Errors
/// The database's.
pub fn after(connection: &mut DbConnection, id: &str, wanted: i64) -> Result<Vec<SaleRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM ceb_sales s WHERE s.id > $1 ORDER BY s.id LIMIT $2");
    Ok(bulk::load(connection, &sql, [id.into(), wanted.into()])?)
}

/// Sales that name a code which nobody had.
///
/// # Errors
/// The database's.
pub fn waiting_for(
    connection: &mut DbConnection,
    codes: &BTreeSet<String>,
) -> Result<BTreeSet<String>, StoreError> {
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = Text)]
        sale: String,
    }
    let rows: Vec<Waiting> = bulk::load_rows(
        connection,
        "WITH k (code) AS (",
        1,
        codes.iter().map(|code| Bind::Text(code.clone())),
        ") SELECT u.sale FROM k CROSS JOIN ceb_unresolved u WHERE u.code = k.code",
    )?;
    Ok(rows.into_iter().map(|row| row.sale).collect())
}

/// The codes that a sale waits for.
#[derive(Debug)]
pub struct Unresolved {
    /// The sale's key.
    pub sale: String,
    pub codes: Vec<String>,
    /// Whether the sale may have waited for others before.
    pub again: bool,
}

/// Writes sales, and which codes each of them waits for.
///
/// # Errors
/// The database's.
pub fn put(
    connection: &mut DbConnection,
    rows: Vec<SaleRow>,
    unresolved: Vec<Unresolved>,
) -> Result<(), StoreError> {
    let binds = rows.into_iter().map(|row| {
        vec![
            row.id.into(),
            row.platform_code.into(),
            row.order_no.into(),
            row.merchant_code.into(),
            Bind::OptionalText(row.uscc),
            row.import.into(),
            row.sent_at.into(),
            row.verdicts.into(),
            row.failed.into(),
            row.waiting.into(),
            row.partial.into(),
            Bind::OptionalBytes(row.received),
            row.judged_at.into(),
            Bind::OptionalBig(row.signs),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO ceb_sales (id, platform_code, order_no, merchant_code, uscc, import, sent_at, verdicts, failed, \
         waiting, partial, received, judged_at, signs)",
        14,
        binds.collect(),
        "ON CONFLICT (id) DO UPDATE SET merchant_code = excluded.merchant_code, uscc = excluded.uscc, \
         import = excluded.import, sent_at = excluded.sent_at, verdicts = excluded.verdicts, failed = excluded.failed, \
         waiting = excluded.waiting, partial = excluded.partial, received = excluded.received, \
         judged_at = excluded.judged_at, signs = excluded.signs",
    )?;
    put_unresolved(connection, unresolved)
}

fn put_unresolved(connection: &mut DbConnection, unresolved: Vec<Unresolved>) -> Result<(), StoreError> {
    let again = unresolved.iter().filter(|one| one.again);
    let sales = again.map(|one| vec![Bind::Text(one.sale.clone())]).collect();
    bulk::execute_rows(connection, "DELETE FROM ceb_unresolved WHERE sale IN (", 1, sales, ")")?;
    let mut rows = Vec::new();
    for Unresolved { sale, codes, .. } in unresolved {
        rows.extend(codes.into_iter().map(|code| vec![Bind::Text(code), Bind::Text(sale.clone())]));
    }
    bulk::execute_rows(connection, "INSERT INTO ceb_unresolved (code, sale)", 2, rows, "")?;
    Ok(())
}

#[derive(QueryableByName)]
struct Any {
    #[diesel(sql_type = BigInt)]
    sales: i64,
}

/// Puts what documents say over rows of `transactions`; the rows as received stay beside the sales.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn over_rows(
    connection: &mut DbConnection,
    rows: Vec<(i64, Order)>,
) -> Result<Vec<(i64, Order)>, StoreError> {
    let any: Vec<Any> = bulk::load(
        connection,
        "SELECT COUNT(*) AS sales FROM (SELECT 1 FROM ceb_sales LIMIT 1) AS first",
        std::iter::empty(),
    )?;
    if any.iter().all(|any| any.sales == 0) {
        return Ok(rows);
    }
    let known = of_orders(connection, rows.iter().map(|(_, order)| (order.order_no.as_str(), order.uscc)))?;
    let mut laid = Vec::with_capacity(rows.len());
    for (line, order) in rows {
        let Some(sale) = known.get(&(order.order_no.clone(), order.uscc.to_string())) else {
            laid.push((line, order));
            continue;
        };
        bulk::execute(
            connection,
            "UPDATE ceb_sales SET received = $1 WHERE id = $2",
            [Bind::Bytes(encode_order(&order)), sale.id.as_str().into()],
        )?;
        laid.push((line, sale.partial()?.laid_over(&order)));
    }
    Ok(laid)
}

/// The sale of each order that has one, by order number and merchant.
fn of_orders<'a>(
    connection: &mut DbConnection,
    orders: impl Iterator<Item = (&'a str, Uscc)>,
) -> Result<BTreeMap<(String, String), SaleRow>, StoreError> {
    let tail = format!(
        ") SELECT {COLUMNS} FROM k CROSS JOIN ceb_sales s WHERE s.order_no = k.order_no AND s.uscc = k.uscc"
    );
    let binds = orders.flat_map(|(order_no, uscc)| [Bind::from(order_no), Bind::from(uscc.as_str())]);
    let rows: Vec<SaleRow> = bulk::load_rows(connection, "WITH k (order_no, uscc) AS (", 2, binds, &tail)?;
    let key = |row: &SaleRow| Some((row.order_no.clone(), row.uscc.clone()?));
    Ok(rows.into_iter().filter_map(|row| Some((key(&row)?, row))).collect())
}
