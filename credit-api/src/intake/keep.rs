//! Records into the database: new, superseding or unchanged, a chunk of rows at a time.
//!
//! A version is never overwritten: what a later row of the same natural key says is inserted beside it, and the
//! earlier one is closed (`known_to`). Orders and reviews keep their current version in a table of its own, so
//! that reading what is known now touches nothing else.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use credit_core::dates::day_number;
use credit_core::records::{Order, Record, Registration, Review};
use credit_core::trade::last_event_on;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use crate::store::bulk::{self, Bind, placeholders};
use crate::store::codec::{day_of, encode_order, encode_review};
use crate::store::{DbConnection, StoreError};

/// Where rows come from and since when they are known.
#[derive(Debug, Clone)]
pub struct Provenance {
    pub batch_id: String,
    /// Milliseconds; strictly after every earlier batch.
    pub known_from: i64,
}

/// How many rows of a chunk were what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    pub new: u64,
    pub superseding: u64,
    pub unchanged: u64,
}

impl Kept {
    pub fn add(&mut self, other: Kept) {
        self.new += other.new;
        self.superseding += other.superseding;
        self.unchanged += other.unchanged;
    }
}

/// Accepted rows of one file, in file order, each with its line.
pub type Rows<T> = Vec<(i64, T)>;

#[derive(QueryableByName)]
struct Current {
    #[diesel(sql_type = Text)]
    a: String,
    #[diesel(sql_type = Text)]
    b: String,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    known_from: i64,
    #[diesel(sql_type = Text)]
    batch_id: String,
    #[diesel(sql_type = BigInt)]
    line: i64,
}

#[derive(QueryableByName)]
struct CurrentText {
    #[diesel(sql_type = Text)]
    a: String,
    #[diesel(sql_type = Text)]
    b: String,
    #[diesel(sql_type = Text)]
    payload: String,
}

/// The enterprises whose evaluation a record can move.
#[must_use]
pub fn touched(record: &Record) -> Vec<String> {
    let mut all = vec![record.uscc().to_string()];
    match record {
        Record::Transactions(order) => {
            let parties = [
                order.platform_uscc,
                order.logistics_uscc,
                order.payment_uscc,
                order.agent_uscc,
                order.warehouse_uscc,
            ];
            all.extend(parties.into_iter().flatten().map(|uscc| uscc.to_string()));
        }
        Record::Reviews(review) => all.push(review.platform_uscc.to_string()),
        _ => {}
    }
    all
}

/// Keeps one chunk of records of one source and notes whom they touch.
///
/// # Errors
/// The database's.
pub fn keep(
    connection: &mut DbConnection,
    from: &Provenance,
    rows: Rows<Record>,
    dirty: &mut BTreeSet<String>,
) -> Result<Kept, StoreError> {
    let (mut orders, mut reviews, mut registrations, mut facts) = (vec![], vec![], vec![], vec![]);
    for (line, record) in rows {
        dirty.extend(touched(&record));
        match record {
            Record::Transactions(order) => orders.push((line, *order)),
            Record::Reviews(review) => reviews.push((line, *review)),
            Record::Registration(registration) => registrations.push((line, *registration)),
            other => facts.push((line, other)),
        }
    }
    let mut kept = Kept::default();
    if !orders.is_empty() {
        kept.add(keep_orders(connection, from, orders)?);
    }
    if !reviews.is_empty() {
        kept.add(keep_reviews(connection, from, reviews)?);
    }
    if !registrations.is_empty() {
        kept.add(keep_registrations(connection, from, registrations)?);
    }
    if !facts.is_empty() {
        kept.add(keep_facts(connection, from, facts)?);
    }
    Ok(kept)
}

/// A stored or to-be-stored version of a row whose current version has a table of its own.
#[derive(Clone)]
struct Version {
    payload: Vec<u8>,
    known_from: i64,
    batch_id: String,
    line: i64,
}

/// Sorts rows into those to store and those they push aside.
struct Sorted<T> {
    current: Vec<(T, Version)>,
    aside: Vec<((String, String), Version)>,
    kept: Kept,
}

fn sort_versions<T>(
    from: &Provenance,
    stored: HashMap<(String, String), Version>,
    rows: Rows<T>,
    key: impl Fn(&T) -> (String, String),
    encode: impl Fn(&T) -> Vec<u8>,
) -> Sorted<T> {
    let mut kept = Kept::default();
    let mut aside = Vec::new();
    let mut last = stored;
    let mut current: HashMap<(String, String), (T, Version)> = HashMap::new();
    for (line, row) in rows {
        let payload = encode(&row);
        let version = Version { payload, known_from: from.known_from, batch_id: from.batch_id.clone(), line };
        match last.entry(key(&row)) {
            Entry::Occupied(known) if known.get().payload == version.payload => kept.unchanged += 1,
            Entry::Occupied(mut known) => {
                kept.superseding += 1;
                aside.push((known.key().clone(), known.insert(version.clone())));
                current.insert(known.key().clone(), (row, version));
            }
            Entry::Vacant(free) => {
                kept.new += 1;
                current.insert(free.key().clone(), (row, version.clone()));
                free.insert(version);
            }
        }
    }
    Sorted { current: current.into_values().collect(), aside, kept }
}

fn find_current(
    connection: &mut DbConnection,
    select: &str,
    keys: BTreeSet<(String, String)>,
) -> Result<HashMap<(String, String), Version>, StoreError> {
    let sql = format!("{select} IN (VALUES {})", placeholders(keys.len(), 2));
    let binds = keys.into_iter().flat_map(|(a, b)| [Bind::Text(a), Bind::Text(b)]);
    let found: Vec<Current> = bulk::load(connection, &sql, binds)?;
    Ok(found
        .into_iter()
        .map(|row| {
            let version = Version {
                payload: row.payload,
                known_from: row.known_from,
                batch_id: row.batch_id,
                line: row.line,
            };
            ((row.a, row.b), version)
        })
        .collect())
}

fn order_key(order: &Order) -> (String, String) {
    (order.uscc.to_string(), order.order_no.clone())
}

fn keep_orders(
    connection: &mut DbConnection,
    from: &Provenance,
    rows: Rows<Order>,
) -> Result<Kept, StoreError> {
    let stored = find_current(
        connection,
        "SELECT uscc AS a, order_no AS b, payload, known_from, batch_id, line FROM orders WHERE (uscc, order_no)",
        rows.iter().map(|(_, order)| order_key(order)).collect(),
    )?;
    let sorted = sort_versions(from, stored, rows, order_key, encode_order);
    let aside = sorted.aside.into_iter().map(|((uscc, order_no), version)| {
        let day = crate::store::codec::decode_order(&version.payload).map(|o| day_of(o.ordered_at));
        Ok(vec![
            uscc.into(),
            order_no.into(),
            version.known_from.into(),
            from.known_from.into(),
            day?.into(),
            Bind::Bytes(version.payload),
            version.batch_id.into(),
            version.line.into(),
        ])
    });
    let aside = aside.collect::<Result<Vec<_>, StoreError>>()?;
    bulk::execute_rows(
        connection,
        "INSERT INTO order_versions \
         (uscc, order_no, known_from, known_to, ordered_day, payload, batch_id, line)",
        8,
        aside,
        "",
    )?;
    let party = |uscc: Option<credit_core::uscc::Uscc>| Bind::OptionalText(uscc.map(|u| u.to_string()));
    let current = sorted.current.into_iter().map(|(order, version)| {
        vec![
            order.uscc.to_string().into(),
            order.order_no.clone().into(),
            day_of(order.ordered_at).into(),
            day_number(last_event_on(&order)).into(),
            party(order.platform_uscc),
            party(order.logistics_uscc),
            party(order.payment_uscc),
            party(order.agent_uscc),
            party(order.warehouse_uscc),
            Bind::Bytes(version.payload),
            version.known_from.into(),
            version.batch_id.into(),
            version.line.into(),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO orders (uscc, order_no, ordered_day, last_event_day, platform_uscc, logistics_uscc, \
         payment_uscc, agent_uscc, warehouse_uscc, payload, known_from, batch_id, line)",
        13,
        current.collect(),
        "ON CONFLICT (uscc, order_no) DO UPDATE SET ordered_day = excluded.ordered_day, \
         last_event_day = excluded.last_event_day, platform_uscc = excluded.platform_uscc, \
         logistics_uscc = excluded.logistics_uscc, payment_uscc = excluded.payment_uscc, \
         agent_uscc = excluded.agent_uscc, warehouse_uscc = excluded.warehouse_uscc, \
         payload = excluded.payload, known_from = excluded.known_from, batch_id = excluded.batch_id, \
         line = excluded.line",
    )?;
    Ok(sorted.kept)
}

fn review_key(review: &Review) -> (String, String) {
    (review.platform_uscc.to_string(), review.review_id.clone())
}

fn keep_reviews(
    connection: &mut DbConnection,
    from: &Provenance,
    rows: Rows<Review>,
) -> Result<Kept, StoreError> {
    let stored = find_current(
        connection,
        "SELECT platform_uscc AS a, review_id AS b, payload, known_from, batch_id, line FROM reviews \
         WHERE (platform_uscc, review_id)",
        rows.iter().map(|(_, review)| review_key(review)).collect(),
    )?;
    let sorted = sort_versions(from, stored, rows, review_key, encode_review);
    let aside = sorted.aside.into_iter().map(|((platform, review_id), version)| {
        let review = crate::store::codec::decode_review(&version.payload)?;
        Ok(vec![
            review.uscc.to_string().into(),
            platform.into(),
            review_id.into(),
            version.known_from.into(),
            from.known_from.into(),
            day_of(review.created_at).into(),
            Bind::Bytes(version.payload),
            version.batch_id.into(),
            version.line.into(),
        ])
    });
    let aside = aside.collect::<Result<Vec<_>, StoreError>>()?;
    bulk::execute_rows(
        connection,
        "INSERT INTO review_versions \
         (uscc, platform_uscc, review_id, known_from, known_to, created_day, payload, batch_id, line)",
        9,
        aside,
        "",
    )?;
    let current = sorted.current.into_iter().map(|(review, version)| {
        vec![
            review.uscc.to_string().into(),
            review.platform_uscc.to_string().into(),
            review.review_id.clone().into(),
            day_of(review.created_at).into(),
            review.buyer_token.clone().into(),
            Bind::Bytes(version.payload),
            version.known_from.into(),
            version.batch_id.into(),
            version.line.into(),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO reviews \
         (uscc, platform_uscc, review_id, created_day, buyer_token, payload, known_from, batch_id, line)",
        9,
        current.collect(),
        "ON CONFLICT (platform_uscc, review_id) DO UPDATE SET uscc = excluded.uscc, \
         created_day = excluded.created_day, buyer_token = excluded.buyer_token, payload = excluded.payload, \
         known_from = excluded.known_from, batch_id = excluded.batch_id, line = excluded.line",
    )?;
    Ok(sorted.kept)
}

/// Versions kept side by side in one table: rows to close and rows to insert, in order.
struct SideBySide<T> {
    close: Vec<(String, String)>,
    insert: Vec<(i64, T, String, Option<i64>)>,
    kept: Kept,
}

fn sort_side_by_side<T>(
    from: &Provenance,
    mut last: HashMap<(String, String), String>,
    rows: Rows<T>,
    key: impl Fn(&T) -> (String, String),
    payload: impl Fn(&T) -> Result<String, StoreError>,
) -> Result<SideBySide<T>, StoreError> {
    let mut sorted = SideBySide { close: Vec::new(), insert: Vec::new(), kept: Kept::default() };
    let mut here: HashMap<(String, String), usize> = HashMap::new();
    for (line, row) in rows {
        let (key, payload) = (key(&row), payload(&row)?);
        match last.insert(key.clone(), payload.clone()) {
            Some(known) if known == payload => {
                sorted.kept.unchanged += 1;
                continue;
            }
            Some(_) => {
                sorted.kept.superseding += 1;
                match here.get(&key).and_then(|at| sorted.insert.get_mut(*at)) {
                    Some(earlier) => earlier.3 = Some(from.known_from),
                    None => sorted.close.push(key.clone()),
                }
            }
            None => sorted.kept.new += 1,
        }
        here.insert(key, sorted.insert.len());
        sorted.insert.push((line, row, payload, None));
    }
    Ok(sorted)
}

fn current_texts(
    connection: &mut DbConnection,
    select: &str,
    keys: BTreeSet<(String, String)>,
) -> Result<HashMap<(String, String), String>, StoreError> {
    let sql = format!("{select} IN (VALUES {})", placeholders(keys.len(), 2));
    let binds = keys.into_iter().flat_map(|(a, b)| [Bind::Text(a), Bind::Text(b)]);
    let found: Vec<CurrentText> = bulk::load(connection, &sql, binds)?;
    Ok(found.into_iter().map(|row| ((row.a, row.b), row.payload)).collect())
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Damaged {
        what: "record",
        key: String::new(),
        why: error.to_string(),
    })
}

fn record_source(registration: &Registration) -> String {
    use credit_core::records::RecordSource;
    match registration.record_source {
        None => "",
        Some(RecordSource::Samr) => "samr",
        Some(RecordSource::Zone) => "zone",
        Some(RecordSource::Customs) => "customs",
    }
    .to_owned()
}

fn keep_registrations(
    connection: &mut DbConnection,
    from: &Provenance,
    rows: Rows<Registration>,
) -> Result<Kept, StoreError> {
    let key = |row: &Registration| (row.uscc.to_string(), record_source(row));
    let stored = current_texts(
        connection,
        "SELECT uscc AS a, record_source AS b, payload FROM registrations \
         WHERE known_to IS NULL AND (uscc, record_source)",
        rows.iter().map(|(_, row)| key(row)).collect(),
    )?;
    let sorted = sort_side_by_side(from, stored, rows, key, to_json)?;
    for (uscc, source) in sorted.close {
        bulk::execute(
            connection,
            "UPDATE registrations SET known_to = $1 WHERE uscc = $2 AND record_source = $3 AND known_to IS NULL",
            [from.known_from.into(), uscc.into(), source.into()],
        )?;
    }
    let rows = sorted.insert.into_iter().map(|(line, row, payload, known_to)| {
        vec![
            row.uscc.to_string().into(),
            record_source(&row).into(),
            from.known_from.into(),
            Bind::OptionalBig(known_to),
            row.legal_representative.clone().into(),
            Bind::OptionalText(row.phone.clone()),
            Bind::OptionalText(row.address.clone()),
            payload.into(),
            from.batch_id.clone().into(),
            line.into(),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO registrations (uscc, record_source, known_from, known_to, legal_representative, phone, \
         address, payload, batch_id, line)",
        10,
        rows.collect(),
        "",
    )?;
    Ok(sorted.kept)
}

fn keep_facts(
    connection: &mut DbConnection,
    from: &Provenance,
    rows: Rows<Record>,
) -> Result<Kept, StoreError> {
    let key = |row: &Record| (row.source().as_str().to_owned(), row.natural_key());
    let stored = current_texts(
        connection,
        "SELECT source AS a, natural_key AS b, payload FROM facts WHERE known_to IS NULL AND (source, natural_key)",
        rows.iter().map(|(_, row)| key(row)).collect(),
    )?;
    let sorted = sort_side_by_side(from, stored, rows, key, to_json)?;
    for (source, natural_key) in sorted.close {
        bulk::execute(
            connection,
            "UPDATE facts SET known_to = $1 WHERE source = $2 AND natural_key = $3 AND known_to IS NULL",
            [from.known_from.into(), source.into(), natural_key.into()],
        )?;
    }
    let rows = sorted.insert.into_iter().map(|(line, row, payload, known_to)| {
        vec![
            row.uscc().to_string().into(),
            row.source().as_str().into(),
            row.natural_key().into(),
            from.known_from.into(),
            Bind::OptionalBig(known_to),
            row.occurred_on().map_or(0, day_number).into(),
            Bind::OptionalText(row.event_id().map(str::to_owned)),
            payload.into(),
            from.batch_id.clone().into(),
            line.into(),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO facts (uscc, source, natural_key, known_from, known_to, occurred_day, event_id, payload, \
         batch_id, line)",
        10,
        rows.collect(),
        "",
    )?;
    Ok(sorted.kept)
}
