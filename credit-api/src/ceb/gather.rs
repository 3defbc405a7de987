//! Which sales a change touches, and which documents a sale is made of, now or as it was known at an earlier time:
//! walks along shared join keys, a few at a time.
//!
//! The walk is short. From a waybill to the declaration that names it is one step; from a receipt of a cancellation
//! over the declaration's receipt to the declaration are three. Departures and arrivals are found and not walked
//! through: they name the waybills of many sales.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::joins;
use super::keep::read;
use super::stored::StoredDocument;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Steps of a walk. More than any chain of documents has.
const STEPS_MAX: usize = 4;
/// Keys looked up in one go while sales are looked for.
const KEYS_AT_ONCE: usize = 5_000;

/// Which versions of documents are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    Now,
    /// Those that were current at this time, milliseconds.
    At(i64),
}

/// A version of a document.
#[derive(Debug, Clone)]
pub struct Found {
    pub doc_key: String,
    pub document: StoredDocument,
    pub batch_id: String,
    pub part: String,
    pub line: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    join_key: String,
    #[diesel(sql_type = Text)]
    doc_key: String,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = Text)]
    batch_id: String,
    #[diesel(sql_type = Text)]
    part: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    line: i64,
}

fn rows(
    connection: &mut DbConnection,
    keys: &BTreeSet<String>,
    known: Known,
) -> Result<Vec<Row>, StoreError> {
    let texts = keys.iter().map(|key| Bind::Text(key.clone()));
    let rows = match known {
        Known::Now => bulk::load_rows(
            connection,
            "WITH k (join_key) AS (",
            1,
            texts,
            ") SELECT j.join_key, d.doc_key, d.payload, d.batch_id, d.part, d.line FROM k CROSS JOIN ceb_joins j \
             JOIN ceb_documents d ON d.doc_key = j.doc_key AND d.known_to IS NULL WHERE j.join_key = k.join_key",
        ),
        Known::At(at) => bulk::load_rows(
            connection,
            "WITH k (join_key, known_at) AS (",
            2,
            texts.flat_map(|key| [key, Bind::Big(at)]),
            ") SELECT j.join_key, d.doc_key, d.payload, d.batch_id, d.part, d.line FROM k CROSS JOIN ceb_joins j \
             JOIN ceb_documents d ON d.doc_key = j.doc_key AND d.known_from <= k.known_at \
             AND (d.known_to IS NULL OR d.known_to > k.known_at) WHERE j.join_key = k.join_key",
        ),
    };
    Ok(rows?)
}

/// The documents that each key finds.
fn load(
    connection: &mut DbConnection,
    keys: &BTreeSet<String>,
    known: Known,
) -> Result<Vec<(String, Found)>, StoreError> {
    let rows = rows(connection, keys, known)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let document = read(&row.doc_key, &row.payload)?;
        // What an earlier version was found by, this one need not be.
        if joins::of(&document).contains(&row.join_key) {
            let (doc_key, batch_id, part, line) = (row.doc_key, row.batch_id, row.part, row.line);
            found.push((row.join_key, Found { doc_key, document, batch_id, part, line }));
        }
    }
    Ok(found)
}

/// The sales that documents found by `keys` are part of, or decide about.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn affected(
    connection: &mut DbConnection,
    keys: &BTreeSet<String>,
) -> Result<BTreeSet<String>, StoreError> {
    let mut sales = BTreeSet::new();
    let all: Vec<&String> = keys.iter().collect();
    for part in all.chunks(KEYS_AT_ONCE) {
        walk_to_sales(connection, part.iter().map(|key| (*key).clone()).collect(), &mut sales)?;
    }
    Ok(sales)
}

fn walk_to_sales(
    connection: &mut DbConnection,
    mut keys: BTreeSet<String>,
    sales: &mut BTreeSet<String>,
) -> Result<(), StoreError> {
    let mut seen = BTreeSet::new();
    for _ in 0..STEPS_MAX {
        sales.extend(keys.iter().filter(|key| joins::is_sale(key)).cloned());
        keys.retain(|key| !joins::is_sale(key) && seen.insert(key.clone()));
        if keys.is_empty() {
            break;
        }
        let found = load(connection, &keys, Known::Now)?;
        keys = found
            .iter()
            .filter(|(_, found)| !joins::is_collective(found.document.kind))
            .flat_map(|(_, found)| joins::of(&found.document))
            .collect();
    }
    sales.extend(keys.into_iter().filter(|key| joins::is_sale(key)));
    Ok(())
}

/// The documents of each of these sales.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn of_sales(
    connection: &mut DbConnection,
    sales: &BTreeSet<String>,
    known: Known,
) -> Result<BTreeMap<String, Vec<Found>>, StoreError> {
    let mut gathering = Gathering::default();
    let mut keys: BTreeMap<String, BTreeSet<String>> =
        sales.iter().map(|sale| (sale.clone(), BTreeSet::from([sale.clone()]))).collect();
    for _ in 0..STEPS_MAX {
        let wanted: BTreeSet<String> = keys.keys().cloned().collect();
        if wanted.is_empty() {
            break;
        }
        let found = load(connection, &wanted, known)?;
        keys = gathering.take(found, &keys);
    }
    Ok(sales.iter().map(|sale| (sale.clone(), gathering.finish(sale))).collect())
}

/// When versions of these documents became known, the newest first, at most so many.
///
/// # Errors
/// The database's.
pub fn times(
    connection: &mut DbConnection,
    documents: &[Found],
    most: usize,
) -> Result<Vec<i64>, StoreError> {
    #[derive(QueryableByName)]
    struct Time {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        known_from: i64,
    }
    let times: Vec<Time> = bulk::load_rows(
        connection,
        "WITH k (doc_key) AS (",
        1,
        documents.iter().map(|found| Bind::Text(found.doc_key.clone())),
        ") SELECT DISTINCT d.known_from FROM k CROSS JOIN ceb_documents d WHERE d.doc_key = k.doc_key",
    )?;
    let times: BTreeSet<i64> = times.into_iter().map(|time| time.known_from).collect();
    Ok(times.into_iter().rev().take(most).collect())
}

/// What is found of several sales at once.
#[derive(Default)]
struct Gathering {
    /// By sale, then document.
    documents: BTreeMap<String, BTreeMap<String, Found>>,
    /// Key and sale that were looked for.
    seen: BTreeSet<(String, String)>,
    /// The sales that an order number alone stands for.
    numbers: BTreeMap<String, BTreeSet<String>>,
}

impl Gathering {
    /// Takes the documents that keys of sales found; gives the keys to go on with.
    fn take(
        &mut self,
        found: Vec<(String, Found)>,
        owners: &BTreeMap<String, BTreeSet<String>>,
    ) -> BTreeMap<String, BTreeSet<String>> {
        let mut next: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (key, found) in found {
            let of_document = joins::of(&found.document);
            let own = of_document.iter().find(|key| joins::is_sale(key)).cloned();
            if let (true, Some(own)) = (joins::is_order_number(&key), &own) {
                self.numbers.entry(key.clone()).or_default().insert(own.clone());
            }
            for sale in owners.get(&key).into_iter().flatten() {
                if own.as_ref().is_some_and(|own| own != sale) {
                    continue;
                }
                self.documents.entry(sale.clone()).or_default().insert(found.doc_key.clone(), found.clone());
                if joins::is_collective(found.document.kind) {
                    continue;
                }
                for key in of_document.iter().filter(|key| !joins::is_sale(key)) {
                    if self.seen.insert((key.clone(), sale.clone())) {
                        next.entry(key.clone()).or_default().insert(sale.clone());
                    }
                }
            }
        }
        next
    }

    /// Without waybills that carry the order number of several sales, or another number than the declaration names.
    fn finish(&mut self, sale: &str) -> Vec<Found> {
        let Some(found) = self.documents.remove(sale) else { return Vec::new() };
        let waybills = self.waybills(sale, &found);
        let belongs = |found: &Found| {
            let keys = joins::of(&found.document);
            let mut own = keys.iter().filter(|key| joins::is_waybill(key)).peekable();
            keys.contains(sale) || own.peek().is_none() || own.any(|key| waybills.contains(key))
        };
        let mut kept: Vec<Found> = found.into_values().filter(belongs).collect();
        kept.sort_by(|a, b| place(a).cmp(&place(b)));
        kept
    }

    /// The sale's waybills: those that its own documents name, else those with its order number, if no other has it.
    fn waybills(&self, sale: &str, found: &BTreeMap<String, Found>) -> BTreeSet<String> {
        let keys: Vec<BTreeSet<String>> = found.values().map(|found| joins::of(&found.document)).collect();
        let of = |keys: &BTreeSet<String>| -> Vec<String> {
            keys.iter().filter(|key| joins::is_waybill(key)).cloned().collect()
        };
        let declared: BTreeSet<String> =
            keys.iter().filter(|keys| keys.contains(sale)).flat_map(of).collect();
        if !declared.is_empty() {
            return declared;
        }
        let alone = |keys: &&BTreeSet<String>| {
            let number = keys.iter().find(|key| joins::is_order_number(key));
            number.is_some_and(|number| self.numbers.get(number).is_none_or(|sales| sales.len() <= 1))
        };
        keys.iter().filter(alone).flat_map(of).collect()
    }
}

fn place(found: &Found) -> (credit_core::ceb::MessageKind, i64, &str) {
    (found.document.kind, found.document.sent_at().0, &found.doc_key)
}
