//! Which sales a change touches, and which documents a sale is made of, now or as it was known at an earlier time:
//! walks along shared join keys, a few at a time.
//!
//! The walk is short. From a waybill to the declaration that names it is one step; from a receipt of a cancellation
//! over the declaration's receipt to the declaration are three. Departures and arrivals are found and not walked
//! through: they name the waybills of many sales.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

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

/// A document with the keys that find it.
struct Loaded {
    found: Found,
    keys: BTreeSet<String>,
}

impl Loaded {
    fn of(row: Row) -> Result<Self, StoreError> {
        let Row { doc_key, payload, batch_id, part, line } = row;
        let document = read(&doc_key, &payload)?;
        let keys = joins::of(&document);
        Ok(Self { found: Found { doc_key, document, batch_id, part, line }, keys })
    }

    /// The sale that it names itself.
    fn sale(&self) -> Option<&String> {
        self.keys.iter().find(|key| joins::is_sale(key))
    }

    fn is_collective(&self) -> bool {
        joins::is_collective(self.found.document.kind)
    }
}

/// The documents of a walk. Many keys lead to one document, which is read once.
struct Shelf {
    known: Known,
    /// By key; nothing where no version is meant.
    loaded: HashMap<String, Option<Rc<Loaded>>>,
}

impl Shelf {
    fn new(known: Known) -> Self {
        Self { known, loaded: HashMap::new() }
    }

    /// The documents that each key finds.
    fn find(
        &mut self,
        connection: &mut DbConnection,
        keys: &BTreeSet<String>,
    ) -> Result<Vec<(String, Rc<Loaded>)>, StoreError> {
        let joins: Vec<Join> = bulk::load_rows(
            connection,
            "WITH k (join_key) AS (",
            1,
            keys.iter().map(|key| Bind::Text(key.clone())),
            ") SELECT j.join_key, j.doc_key FROM k CROSS JOIN ceb_joins j WHERE j.join_key = k.join_key",
        )?;
        let wanted = joins.iter().map(|join| &join.doc_key).filter(|key| !self.loaded.contains_key(*key));
        self.load(connection, wanted.cloned().collect())?;
        let mut found = Vec::with_capacity(joins.len());
        for join in joins {
            // What an earlier version was found by, this one need not be.
            if let Some(Some(loaded)) = self.loaded.get(&join.doc_key)
                && loaded.keys.contains(&join.join_key)
            {
                found.push((join.join_key, Rc::clone(loaded)));
            }
        }
        Ok(found)
    }

    fn load(&mut self, connection: &mut DbConnection, keys: BTreeSet<String>) -> Result<(), StoreError> {
        let texts = keys.iter().map(|key| Bind::Text(key.clone()));
        let rows: Vec<Row> = match self.known {
            Known::Now => bulk::load_rows(
                connection,
                "WITH k (doc_key) AS (",
                1,
                texts,
                ") SELECT d.doc_key, d.payload, d.batch_id, d.part, d.line FROM k CROSS JOIN ceb_documents d \
                 WHERE d.doc_key = k.doc_key AND d.known_to IS NULL",
            ),
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
        self.loaded.extend(keys.into_iter().map(|key| (key, None)));
        for row in rows {
            self.loaded.insert(row.doc_key.clone(), Some(Rc::new(Loaded::of(row)?)));
        }
        Ok(())
    }
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
    let (mut seen, mut shelf) = (BTreeSet::new(), Shelf::new(Known::Now));
    for _ in 0..STEPS_MAX {
        sales.extend(keys.iter().filter(|key| joins::is_sale(key)).cloned());
        keys.retain(|key| !joins::is_sale(key) && seen.insert(key.clone()));
        if keys.is_empty() {
            break;
        }
        let found = shelf.find(connection, &keys)?;
        let leading = found.iter().filter(|(_, loaded)| !loaded.is_collective());
        keys = leading
            .flat_map(|(_, loaded)| &loaded.keys)
            .filter(|key| !seen.contains(*key))
            .cloned()
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
    let (mut gathering, mut shelf) = (Gathering::default(), Shelf::new(known));
    let mut keys: BTreeMap<String, BTreeSet<String>> =
        sales.iter().map(|sale| (sale.clone(), BTreeSet::from([sale.clone()]))).collect();
    for _ in 0..STEPS_MAX {
        let wanted: BTreeSet<String> = keys.keys().cloned().collect();
        if wanted.is_empty() {
            break;
        }
        let found = shelf.find(connection, &wanted)?;
        keys = gathering.take(found, &keys);
    }
    drop(shelf);
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
    documents: BTreeMap<String, BTreeMap<String, Rc<Loaded>>>,
    /// Key and sale that were looked for.
    seen: BTreeSet<(String, String)>,
    /// The sales that an order number alone stands for.
    numbers: BTreeMap<String, BTreeSet<String>>,
}

impl Gathering {
    /// Takes the documents that keys of sales found; gives the keys to go on with.
    fn take(
        &mut self,
        found: Vec<(String, Rc<Loaded>)>,
        owners: &BTreeMap<String, BTreeSet<String>>,
    ) -> BTreeMap<String, BTreeSet<String>> {
        let mut next: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (key, loaded) in found {
            if joins::is_order_number(&key)
                && let Some(own) = loaded.sale()
            {
                self.numbers.entry(key.clone()).or_default().insert(own.clone());
            }
            for sale in owners.get(&key).into_iter().flatten() {
                if loaded.sale().is_some_and(|own| own != sale) {
                    continue;
                }
                let of_sale = self.documents.entry(sale.clone()).or_default();
                of_sale.insert(loaded.found.doc_key.clone(), Rc::clone(&loaded));
                if loaded.is_collective() {
                    continue;
                }
                for key in loaded.keys.iter().filter(|key| !joins::is_sale(key)) {
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
        let belongs = |loaded: &Rc<Loaded>| {
            let mut own = loaded.keys.iter().filter(|key| joins::is_waybill(key)).peekable();
            loaded.keys.contains(sale) || own.peek().is_none() || own.any(|key| waybills.contains(key))
        };
        let mut kept: Vec<Found> = found.into_values().filter(belongs).map(found_of).collect();
        kept.sort_by(|a, b| place(a).cmp(&place(b)));
        kept
    }

    /// The sale's waybills: those that its own documents name, else those with its order number, if no other has it.
    fn waybills(&self, sale: &str, found: &BTreeMap<String, Rc<Loaded>>) -> BTreeSet<String> {
        let of = |loaded: &Rc<Loaded>| -> Vec<String> {
            loaded.keys.iter().filter(|key| joins::is_waybill(key)).cloned().collect()
        };
        let declared: BTreeSet<String> =
            found.values().filter(|loaded| loaded.keys.contains(sale)).flat_map(of).collect();
        if !declared.is_empty() {
            return declared;
        }
        let alone = |loaded: &&Rc<Loaded>| {
            let number = loaded.keys.iter().find(|key| joins::is_order_number(key));
            number.is_some_and(|number| self.numbers.get(number).is_none_or(|sales| sales.len() <= 1))
        };
        found.values().filter(alone).flat_map(of).collect()
    }
}

/// A collective document may stand in several sales.
fn found_of(loaded: Rc<Loaded>) -> Found {
    match Rc::try_unwrap(loaded) {
        Ok(loaded) => loaded.found,
        Err(shared) => shared.found.clone(),
    }
}

fn place(found: &Found) -> (credit_core::ceb::MessageKind, i64, &str) {
    (found.document.kind, found.document.sent_at().0, &found.doc_key)
}
