//! Which sales a change touches, and which documents a sale is made of, now or as it was known at an earlier time:
//! walks along shared join keys, a few at a time.
//!
//! The walk is short. From a waybill to the declaration that names it is one step; from a receipt of a cancellation
//! over the declaration's receipt to the declaration are three. Departures and arrivals are found and not walked
//! through: they name the waybills of many sales.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use credit_core::ceb::StoredDocument;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::joins;
use super::keep::{current_of, read};
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Steps of a walk. More than any chain of documents has.
const STEPS_MAX: usize = 4;

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
    /// By what it is found, in their order.
    pub keys: Vec<String>,
    pub batch_id: Arc<str>,
    /// The file's name in the archive; empty for a file of one message.
    pub part: Arc<str>,
    pub line: i64,
}

impl Found {
    fn of(row: Row) -> Result<Self, StoreError> {
        let Row { doc_key, payload, batch_id, part, line } = row;
        let document = read(&doc_key, &payload)?;
        let keys = joins::of(&document);
        Ok(Self { doc_key, document, keys, batch_id: batch_id.into(), part: part.into(), line })
    }

    /// The sale that it names itself.
    fn sale(&self) -> Option<&String> {
        self.keys.iter().find(|key| joins::is_sale(key))
    }

    fn has(&self, key: &str) -> bool {
        self.keys.binary_search_by(|own| own.as_str().cmp(key)).is_ok()
    }

    fn is_collective(&self) -> bool {
        joins::is_collective(self.document.kind)
    }
}

/// Documents that this transaction kept and that are current, by key: nobody need read them again.
#[derive(Default)]
pub struct Recent(HashMap<String, Arc<Found>>);

impl Recent {
    /// Takes a document in the place of an earlier version.
    pub fn put(&mut self, found: Found) {
        self.0.insert(found.doc_key.clone(), Arc::new(found));
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(QueryableByName)]
struct Row {
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

#[derive(QueryableByName)]
struct Join {
    #[diesel(sql_type = Text)]
    join_key: String,
    #[diesel(sql_type = Text)]
    doc_key: String,
}

/// The documents of a walk. Many keys lead to one document, which is read once; each key is looked up once.
/// It is for reading: what is kept after it was made, it does not find.
pub struct Shelf<'a> {
    known: Known,
    recent: Option<&'a Recent>,
    /// By key; nothing where no version is meant.
    loaded: HashMap<String, Option<Arc<Found>>>,
    /// The documents that each key finds.
    joined: HashMap<String, Vec<Arc<Found>>>,
}

impl<'a> Shelf<'a> {
    #[must_use]
    pub fn new(known: Known) -> Self {
        Self { known, recent: None, loaded: HashMap::new(), joined: HashMap::new() }
    }

    /// Of current documents, those of this transaction at hand.
    #[must_use]
    pub fn beside(recent: &'a Recent) -> Self {
        Self { recent: Some(recent), ..Self::new(Known::Now) }
    }

    /// Looks up those of the keys that nobody asked for before.
    fn look_up<'k>(
        &mut self,
        connection: &mut DbConnection,
        keys: impl Iterator<Item = &'k String>,
    ) -> Result<(), StoreError> {
        let mut new: Vec<&String> = keys.filter(|key| !self.joined.contains_key(*key)).collect();
        new.sort_unstable();
        let joins: Vec<Join> = bulk::load_rows(
            connection,
            "WITH k (join_key) AS (",
            1,
            new.iter().map(|key| Bind::Text((*key).clone())),
            ") SELECT j.join_key, j.doc_key FROM k CROSS JOIN ceb_joins j WHERE j.join_key = k.join_key",
        )?;
        self.joined.extend(new.into_iter().map(|key| (key.clone(), Vec::new())));
        let wanted = joins.iter().map(|join| &join.doc_key).filter(|key| !self.loaded.contains_key(*key));
        self.load(connection, wanted.cloned().collect())?;
        for join in joins {
            // What an earlier version was found by, this one need not be.
            if let Some(Some(found)) = self.loaded.get(&join.doc_key)
                && found.has(&join.join_key)
                && let Some(of_key) = self.joined.get_mut(&join.join_key)
            {
                of_key.push(Arc::clone(found));
            }
        }
        Ok(())
    }

    /// The documents that a key finds which was looked up.
    fn of(&self, key: &str) -> &[Arc<Found>] {
        self.joined.get(key).map_or(&[], Vec::as_slice)
    }

    fn load(&mut self, connection: &mut DbConnection, keys: BTreeSet<String>) -> Result<(), StoreError> {
        let mut unknown = Vec::new();
        for key in keys {
            match self.recent.and_then(|recent| recent.0.get(&key)) {
                Some(found) => drop(self.loaded.insert(key, Some(Arc::clone(found)))),
                None => unknown.push(key),
            }
        }
        let texts = unknown.iter().map(|key| Bind::Text(key.clone()));
        let rows: Vec<Row> = match self.known {
            Known::Now => {
                let tail = current_of(connection, "d.doc_key, d.payload, d.batch_id, d.part, d.line");
                bulk::load_rows(connection, "WITH k (doc_key) AS (", 1, texts, &tail)
            }
            Known::At(at) => bulk::load_rows(
                connection,
                "WITH k (doc_key, known_at) AS (",
                2,
                texts.flat_map(|key| [key, Bind::Big(at)]),
                ") SELECT d.doc_key, d.payload, d.batch_id, d.part, d.line FROM k CROSS JOIN ceb_documents d \
                 WHERE d.doc_key = k.doc_key AND d.known_from <= k.known_at \
                 AND (d.known_to IS NULL OR d.known_to > k.known_at)",
            ),
        }?;
        self.loaded.extend(unknown.into_iter().map(|key| (key, None)));
        for row in rows {
            self.loaded.insert(row.doc_key.clone(), Some(Arc::new(Found::of(row)?)));
        }
        Ok(())
    }
}

/// The sales that documents found by `keys` are part of, or decide about.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn affected<'k>(
    connection: &mut DbConnection,
    shelf: &mut Shelf<'_>,
    keys: impl Iterator<Item = &'k String>,
) -> Result<BTreeSet<String>, StoreError> {
    let (mut sales, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut next: BTreeSet<String> = keys.cloned().collect();
    for _ in 0..STEPS_MAX {
        let mut here: Vec<String> = Vec::with_capacity(next.len());
        for key in next {
            if joins::is_sale(&key) {
                sales.insert(key);
            } else if seen.insert(key.clone()) {
                here.push(key);
            }
        }
        if here.is_empty() {
            return Ok(sales);
        }
        shelf.look_up(connection, here.iter())?;
        let found = here.iter().flat_map(|key| shelf.of(key)).filter(|found| !found.is_collective());
        next = found.flat_map(|found| leading(found)).filter(|key| !seen.contains(*key)).cloned().collect();
    }
    sales.extend(next.into_iter().filter(|key| joins::is_sale(key)));
    Ok(sales)
}

/// Where a walk goes on from a document: one that names its sale belongs to no other.
fn leading(found: &Found) -> &[String] {
    found.sale().map_or(&found.keys, std::slice::from_ref)
}

/// The documents of each of these sales.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn of_sales(
    connection: &mut DbConnection,
    sales: &BTreeSet<String>,
    known: Known,
) -> Result<BTreeMap<String, Vec<Arc<Found>>>, StoreError> {
    of_sales_on(connection, &mut Shelf::new(known), sales)
}

/// As [`of_sales`], with what was looked up already.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn of_sales_on(
    connection: &mut DbConnection,
    shelf: &mut Shelf<'_>,
    sales: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<Arc<Found>>>, StoreError> {
    let mut gathering = Gathering::default();
    let mut keys: BTreeMap<String, BTreeSet<&String>> =
        sales.iter().map(|sale| (sale.clone(), BTreeSet::from([sale]))).collect();
    for _ in 0..STEPS_MAX {
        if keys.is_empty() {
            break;
        }
        shelf.look_up(connection, keys.keys())?;
        keys = gathering.take(shelf, &keys);
    }
    Ok(sales.iter().map(|sale| (sale.clone(), gathering.finish(sale))).collect())
}

/// When versions of these documents became known, the newest first, at most so many.
///
/// # Errors
/// The database's.
pub fn times(
    connection: &mut DbConnection,
    documents: &[Arc<Found>],
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
struct Gathering<'s> {
    /// By sale, then document.
    documents: BTreeMap<&'s str, BTreeMap<String, Arc<Found>>>,
    /// Key and sale that were looked for.
    seen: BTreeSet<(String, &'s str)>,
    /// The sales that an order number alone stands for.
    numbers: BTreeMap<String, BTreeSet<String>>,
}

impl<'s> Gathering<'s> {
    /// Takes the documents that keys of sales find; gives the keys to go on with.
    fn take(
        &mut self,
        shelf: &Shelf<'_>,
        owners: &BTreeMap<String, BTreeSet<&'s String>>,
    ) -> BTreeMap<String, BTreeSet<&'s String>> {
        let mut next: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
        for (key, sales) in owners {
            for found in shelf.of(key) {
                let own = found.sale();
                if joins::is_order_number(key)
                    && let Some(own) = own
                {
                    self.numbers.entry(key.clone()).or_default().insert(own.clone());
                }
                for sale in sales.iter().filter(|sale| own.is_none_or(|own| own == **sale)) {
                    let of_sale = self.documents.entry(sale).or_default();
                    of_sale.insert(found.doc_key.clone(), Arc::clone(found));
                    if found.is_collective() {
                        continue;
                    }
                    for key in found.keys.iter().filter(|key| !joins::is_sale(key)) {
                        if self.seen.insert((key.clone(), sale)) {
                            next.entry(key.clone()).or_default().insert(sale);
                        }
                    }
                }
            }
        }
        next
    }

    /// Without waybills that carry the order number of several sales, or another number than the declaration names.
    fn finish(&mut self, sale: &str) -> Vec<Arc<Found>> {
        let Some(found) = self.documents.remove(sale) else { return Vec::new() };
        let waybills = self.waybills(sale, &found);
        let belongs = |found: &Arc<Found>| {
            let mut own = found.keys.iter().filter(|key| joins::is_waybill(key)).peekable();
            found.has(sale) || own.peek().is_none() || own.any(|key| waybills.contains(key))
        };
        let mut kept: Vec<Arc<Found>> = found.into_values().filter(belongs).collect();
        kept.sort_by_cached_key(|found| {
            (found.document.kind, found.document.sent_at().0, found.doc_key.clone())
        });
        kept
    }

    /// The sale's waybills: those that its own documents name, else those with its order number, if no other has it.
    fn waybills(&self, sale: &str, found: &BTreeMap<String, Arc<Found>>) -> BTreeSet<String> {
        let of = |found: &Arc<Found>| -> Vec<String> {
            found.keys.iter().filter(|key| joins::is_waybill(key)).cloned().collect()
        };
        let declared: BTreeSet<String> =
            found.values().filter(|found| found.has(sale)).flat_map(of).collect();
        if !declared.is_empty() {
            return declared;
        }
        let alone = |found: &&Arc<Found>| {
            let number = found.keys.iter().find(|key| joins::is_order_number(key));
            number.is_some_and(|number| self.numbers.get(number).is_none_or(|sales| sales.len() <= 1))
        };
        found.values().filter(alone).flat_map(of).collect()
    }
}
