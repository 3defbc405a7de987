//! A sale as people are shown it: its documents side by side, and what each rule says of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use credit_core::matching::{self, Amount, Judgement, Pack, Registered, Sale, Surroundings};
use credit_core::records::Order;
use credit_core::trade::Marks;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer};

use super::gather::{self, Found, Known};
use super::registered::Directory;
use super::sales::{self, SaleRow};
use super::signatures::{Certificates, kept};
use super::{adapt, joins};
use crate::store::bulk::{self, Bind};
use crate::store::codec::decode_order;
use crate::store::groups::Groups;
use crate::store::packs::marks_of;
use crate::store::{DbConnection, StoreError};

/// Orders of one buyer in one year that are added up.
const YEAR_ORDERS_MAX: i64 = 10_000;

/// Everything that is shown of a sale.
pub struct Shown {
    pub row: SaleRow,
    pub sale: Sale,
    pub documents: Vec<Arc<Found>>,
    pub judgement: Judgement,
    directory: Directory,
    /// By the document's key.
    signatures: BTreeMap<String, kept::Kept>,
}

impl Shown {
    /// Who is registered under a code.
    #[must_use]
    pub fn party(&self, code: &str) -> Option<Registered> {
        self.directory.get(code)
    }

    /// What is known of the signature of a document's message; nothing where it had none.
    #[must_use]
    pub fn signature(&self, found: &Found) -> Option<&kept::Kept> {
        self.signatures.get(&found.doc_key)
    }
}

#[derive(QueryableByName)]
struct OrderRow {
    #[diesel(sql_type = Integer)]
    marks: i32,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

/// A sale by its id.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<SaleRow>, StoreError> {
    Ok(sales::these(connection, &BTreeSet::from([id.to_owned()]))?.remove(id))
}

/// Judges a sale anew, with what its neighbours say of limits and waybills. As it was known at an earlier time, its row
/// says what the documents said then, and its neighbours are not looked up; who is registered is as of today. Nothing
/// when no document of it was known.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn show(
    connection: &mut DbConnection,
    certificates: &Certificates,
    row: SaleRow,
    known: Known,
) -> Result<Option<Shown>, StoreError> {
    let key = joins::sale(&row.platform_code, &row.order_no);
    let documents =
        gather::of_sales(connection, &BTreeSet::from([key.clone()]), known)?.remove(&key).unwrap_or_default();
    if documents.is_empty() {
        return Ok(None);
    }
    let keys = documents.iter().map(|found| found.doc_key.as_str());
    let signatures = kept::of_documents(connection, certificates, keys, known)?;
    let sale = adapt::sale(&key, &documents);
    let directory = Directory::of(connection, &adapt::codes(&sale).into_iter().collect())?;
    let (row, neighbours) = match known {
        Known::Now => {
            let neighbours = neighbours(connection, &row)?;
            (row, neighbours)
        }
        Known::At(_) => (then(row, &sale, &documents, &directory), Neighbours::default()),
    };
    let party = |code: &str| directory.get(code);
    let around = Surroundings {
        pack: Pack::embedded(),
        party: &party,
        year_before: neighbours.year_before,
        waybill_reused: neighbours.waybill_reused,
    };
    let judgement = matching::judge(&sale, &around);
    Ok(Some(Shown { row, sale, documents, judgement, directory, signatures }))
}

/// The row with what documents of an earlier time say.
fn then(row: SaleRow, sale: &Sale, documents: &[Arc<Found>], directory: &Directory) -> SaleRow {
    SaleRow {
        uscc: directory.get(&sale.merchant_code).map(|found| found.uscc.to_string()),
        merchant_code: sale.merchant_code.clone(),
        import: i32::from(adapt::is_import(sale)),
        sent_at: adapt::sent_at(sale, documents),
        ..row
    }
}

#[derive(Default)]
struct Neighbours {
    year_before: Option<Amount>,
    waybill_reused: Option<bool>,
}

/// Nothing for a sale that is no order yet.
fn neighbours(connection: &mut DbConnection, row: &SaleRow) -> Result<Neighbours, StoreError> {
    let Some(uscc) = &row.uscc else { return Ok(Neighbours::default()) };
    let stored: Vec<OrderRow> = bulk::load(
        connection,
        "SELECT marks, payload FROM orders WHERE order_no = $1 AND uscc = $2",
        [row.order_no.as_str().into(), uscc.as_str().into()],
    )?;
    let Some(stored) = stored.first() else { return Ok(Neighbours::default()) };
    let order = decode_order(&stored.payload)?;
    let reused = marks_of(stored.marks).has(Marks::WAYBILL_REUSED);
    Ok(Neighbours { year_before: year_before(connection, &order)?, waybill_reused: Some(reused) })
}

/// What the buyer bought of this merchant in the calendar year before this order, CNY.
fn year_before(connection: &mut DbConnection, order: &Order) -> Result<Option<Amount>, StoreError> {
    let Some(group) = Groups::of(order).quota else { return Ok(None) };
    let rows: Vec<OrderRow> = bulk::load(
        connection,
        "SELECT marks, payload FROM orders WHERE uscc = $1 AND quota_group = $2 AND \
         (ordered_at < $3 OR (ordered_at = $3 AND order_no < $4)) LIMIT $5",
        [
            order.uscc.as_str().into(),
            Bind::Bytes(Vec::from(group)),
            order.ordered_at.0.into(),
            order.order_no.as_str().into(),
            YEAR_ORDERS_MAX.into(),
        ],
    )?;
    let mut total: i128 = 0;
    for row in rows {
        total += i128::from(decode_order(&row.payload)?.amount.0) * 1_000;
    }
    Ok(Some(Amount(total)))
}
