//! What was known at T: registrations, records, orders and reviews, read once and in order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use credit_core::dates::day_number;
use credit_core::records::{Order, Record, Registration, Review};
use credit_core::reviews::suspicion::OrderIndex;
use credit_core::trade::tally::Tally;
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Text};

use crate::store::bulk::{self, Bind};
use crate::store::codec::{decode_order, decode_review};
use crate::store::{DbConnection, StoreError};

/// Rows read at once from a long table.
const PAGE_ROWS: i64 = 20_000;
/// Order numbers or codes looked up in one query.
const KEYS_AT_ONCE: usize = 2_000;
/// Length of the review windows, days (rulings D1, D3).
const REVIEW_DAYS: i32 = 365;

/// The question every figure answers: as of which date, with the knowledge of which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    pub as_of: NaiveDate,
    /// Milliseconds; facts received later do not exist.
    pub known_at: i64,
}

#[derive(QueryableByName)]
struct PayloadRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    payload: String,
}

#[derive(QueryableByName)]
struct BlobRow {
    #[diesel(sql_type = Text)]
    a: String,
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = Text)]
    b: String,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// All registrations known at T. The row received last answers for an enterprise; the others serve R01.
#[derive(Debug, Default)]
pub struct Registry {
    enterprises: BTreeMap<Uscc, Registered>,
    by_representative: HashMap<String, Vec<Uscc>>,
    by_phone: HashMap<String, Vec<Uscc>>,
}

/// One enterprise's rows.
#[derive(Debug, Clone)]
pub struct Registered {
    pub primary: Registration,
    /// The latest row of each non-empty `record_source`.
    pub sources: Vec<Registration>,
}

impl Registry {
    /// # Errors
    /// The database's, and [`StoreError::Damaged`].
    pub fn load(connection: &mut DbConnection, known_at: i64) -> Result<Self, StoreError> {
        let rows: Vec<PayloadRow> = bulk::load(
            connection,
            "SELECT uscc, payload FROM registrations \
             WHERE known_from <= $1 AND (known_to IS NULL OR known_to > $2) ORDER BY uscc, known_from, line",
            [known_at.into(), known_at.into()],
        )?;
        let mut registry = Self::default();
        for row in rows {
            registry.add(read_registration(&row.uscc, &row.payload)?);
        }
        registry.index();
        Ok(registry)
    }

    /// Takes these rows, in the order received, in place of what is known of the enterprise.
    pub fn replace(&mut self, uscc: &Uscc, rows: &[Registration]) {
        self.enterprises.remove(uscc);
        rows.iter().for_each(|row| self.add(row.clone()));
        self.index();
    }

    fn add(&mut self, registration: Registration) {
        let known = self
            .enterprises
            .entry(registration.uscc)
            .or_insert_with(|| Registered { primary: registration.clone(), sources: Vec::new() });
        known.primary = registration.clone();
        if registration.record_source.is_some() {
            known.sources.push(registration);
        }
    }

    fn index(&mut self) {
        self.by_representative.clear();
        self.by_phone.clear();
        for (uscc, known) in &self.enterprises {
            let row = &known.primary;
            self.by_representative.entry(row.legal_representative.clone()).or_default().push(*uscc);
            if let Some(phone) = row.phone.as_ref().filter(|phone| !phone.is_empty()) {
                self.by_phone.entry(phone.clone()).or_default().push(*uscc);
            }
        }
    }

    #[must_use]
    pub fn get(&self, uscc: &Uscc) -> Option<&Registered> {
        self.enterprises.get(uscc)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Uscc, &Registered)> {
        self.enterprises.iter()
    }

    /// Enterprises that may be related to this one: same representative, or same phone (R09).
    #[must_use]
    pub fn possible_relatives(&self, uscc: &Uscc) -> BTreeSet<Uscc> {
        let Some(known) = self.enterprises.get(uscc) else { return BTreeSet::new() };
        let by_phone = known.primary.phone.as_ref().and_then(|phone| self.by_phone.get(phone));
        let by_name = self.by_representative.get(&known.primary.legal_representative);
        by_phone.into_iter().chain(by_name).flatten().copied().filter(|other| other != uscc).collect()
    }
}

fn read_registration(uscc: &str, payload: &str) -> Result<Registration, StoreError> {
    serde_json::from_str(payload).map_err(|error| StoreError::Damaged {
        what: "registration",
        key: uscc.to_owned(),
        why: error.to_string(),
    })
}

/// One enterprise's registrations known at T, in the order received.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn registrations_of(
    connection: &mut DbConnection,
    uscc: Uscc,
    known_at: i64,
) -> Result<Vec<Registration>, StoreError> {
    let rows: Vec<PayloadRow> = bulk::load(
        connection,
        "SELECT uscc, payload FROM registrations WHERE uscc = $1 AND known_from <= $2 \
         AND (known_to IS NULL OR known_to > $2) ORDER BY known_from, line",
        [uscc.as_str().into(), known_at.into()],
    )?;
    rows.iter().map(|row| read_registration(&row.uscc, &row.payload)).collect()
}

/// The slow sources' records by enterprise: all of them, or those of the enterprises named.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn records(
    connection: &mut DbConnection,
    known_at: i64,
    only: Option<&BTreeSet<Uscc>>,
) -> Result<HashMap<Uscc, Vec<Record>>, StoreError> {
    const KNOWN: &str = "SELECT uscc, payload FROM facts \
                         WHERE known_from <= $1 AND (known_to IS NULL OR known_to > $2)";
    let known: [Bind; 2] = [known_at.into(), known_at.into()];
    let mut rows: Vec<PayloadRow> = Vec::new();
    match only {
        None => rows = bulk::load(connection, KNOWN, known)?,
        Some(only) => {
            let all: Vec<&Uscc> = only.iter().collect();
            for part in all.chunks(KEYS_AT_ONCE) {
                let list: Vec<String> = (3..part.len() + 3).map(|at| format!("${at}")).collect();
                let sql = format!("{KNOWN} AND uscc IN ({})", list.join(","));
                let codes = part.iter().map(|uscc| Bind::Text(uscc.to_string()));
                rows.extend(bulk::load::<PayloadRow>(
                    connection,
                    &sql,
                    known.clone().into_iter().chain(codes),
                )?);
            }
        }
    }
    let mut found: HashMap<Uscc, Vec<Record>> = HashMap::new();
    for row in rows {
        let record: Record = serde_json::from_str(&row.payload).map_err(|error| StoreError::Damaged {
            what: "record",
            key: row.uscc.clone(),
            why: error.to_string(),
        })?;
        found.entry(record.uscc()).or_default().push(record);
    }
    Ok(found)
}

/// Gives every merchant's orders known at T, of the months D needs, one merchant at a time: those placed in
/// them, and older ones of which anything happens or is promised in them.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn each_merchant(
    connection: &mut DbConnection,
    question: Question,
    mut take: impl FnMut(&[Order]),
) -> Result<(), StoreError> {
    let first = Tally::first_day(question.as_of);
    let last = day_number(question.as_of);
    let mut earlier = earlier_orders(connection, question, first)?;
    let (mut after, mut merchant) = ((String::new(), 0, String::new()), Vec::<Order>::new());
    loop {
        let page: Vec<BlobRow> = bulk::load(
            connection,
            "SELECT uscc AS a, ordered_day AS day, order_no AS b, payload FROM orders \
             WHERE (uscc, ordered_day, order_no) > ($1, $2, $3) \
             AND (ordered_day >= $4 OR last_event_day >= $4) AND ordered_day <= $5 AND known_from <= $6 \
             ORDER BY uscc, ordered_day, order_no LIMIT $7",
            [
                after.0.clone().into(),
                after.1.into(),
                after.2.clone().into(),
                first.into(),
                last.into(),
                question.known_at.into(),
                PAGE_ROWS.into(),
            ],
        )?;
        let Some(end) = page.last() else { break };
        after = (end.a.clone(), end.day, end.b.clone());
        for row in page {
            let order = decode_order(&row.payload)?;
            if merchant.first().is_some_and(|first| first.uscc != order.uscc) {
                finish_merchant(&mut merchant, &mut earlier, &mut take);
            }
            merchant.push(order);
        }
    }
    finish_merchant(&mut merchant, &mut earlier, &mut take);
    for rows in earlier.into_values() {
        take(&rows);
    }
    Ok(())
}

fn finish_merchant(
    merchant: &mut Vec<Order>,
    earlier: &mut BTreeMap<Uscc, Vec<Order>>,
    take: &mut impl FnMut(&[Order]),
) {
    if let Some(first) = merchant.first() {
        if let Some(more) = earlier.remove(&first.uscc) {
            merchant.extend(more);
        }
        take(merchant);
        merchant.clear();
    }
}

/// Versions of orders that were current at T and were superseded since: few, unless T lies far back.
fn earlier_orders(
    connection: &mut DbConnection,
    question: Question,
    first_day: i32,
) -> Result<BTreeMap<Uscc, Vec<Order>>, StoreError> {
    let rows: Vec<Bytes> = bulk::load(
        connection,
        "SELECT payload FROM order_versions WHERE known_from <= $1 AND known_to > $2 \
         AND (ordered_day >= $3 OR last_event_day >= $3)",
        [question.known_at.into(), question.known_at.into(), first_day.into()],
    )?;
    let mut found: BTreeMap<Uscc, Vec<Order>> = BTreeMap::new();
    for row in rows {
        let order = decode_order(&row.payload)?;
        found.entry(order.uscc).or_default().push(order);
    }
    Ok(found)
}

/// All reviews of the windows of D known at T, by reviewed enterprise.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn reviews(
    connection: &mut DbConnection,
    question: Question,
) -> Result<BTreeMap<Uscc, Vec<Review>>, StoreError> {
    let last = day_number(question.as_of);
    let first = last - REVIEW_DAYS;
    let mut rows: Vec<Bytes> = bulk::load(
        connection,
        "SELECT payload FROM reviews WHERE created_day > $1 AND created_day <= $2 AND known_from <= $3",
        [first.into(), last.into(), question.known_at.into()],
    )?;
    rows.extend(bulk::load::<Bytes>(
        connection,
        "SELECT payload FROM review_versions WHERE created_day > $1 AND created_day <= $2 \
         AND known_from <= $3 AND known_to > $4",
        [first.into(), last.into(), question.known_at.into(), question.known_at.into()],
    )?);
    let mut found: BTreeMap<Uscc, Vec<Review>> = BTreeMap::new();
    for row in rows {
        let review = decode_review(&row.payload)?;
        found.entry(review.uscc).or_default().push(review);
    }
    Ok(found)
}

/// The orders that the given order numbers may mean, as known at T and D.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn orders_named(
    connection: &mut DbConnection,
    question: Question,
    numbers: &BTreeSet<&str>,
) -> Result<OrderIndex, StoreError> {
    let mut index = OrderIndex::new(question.as_of);
    let numbers: Vec<&str> = numbers.iter().copied().collect();
    for part in numbers.chunks(KEYS_AT_ONCE) {
        let now = format!(
            "SELECT payload FROM orders WHERE known_from <= $1 AND order_no IN {}",
            in_list(2, part.len())
        );
        let then = format!(
            "SELECT payload FROM order_versions WHERE known_from <= $1 AND known_to > $2 AND order_no IN {}",
            in_list(3, part.len())
        );
        let known = Bind::Big(question.known_at);
        let listed = || part.iter().map(|number| Bind::from(*number));
        let mut rows: Vec<Bytes> =
            bulk::load(connection, &now, std::iter::once(known.clone()).chain(listed()))?;
        rows.extend(bulk::load::<Bytes>(
            connection,
            &then,
            [known.clone(), known].into_iter().chain(listed()),
        )?);
        for row in rows {
            index.add(&decode_order(&row.payload)?);
        }
    }
    Ok(index)
}

fn in_list(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|at| format!("${at}")).collect();
    format!("({})", places.join(","))
}

/// The time at which everything received so far is known, milliseconds.
///
/// # Errors
/// The database's.
pub fn latest_knowledge(connection: &mut DbConnection) -> Result<i64, StoreError> {
    let rows: Vec<Number> = bulk::load(
        connection,
        "SELECT COALESCE(MAX(received_at), 0) AS value FROM batches",
        std::iter::empty(),
    )?;
    Ok(rows.first().map_or(0, |row| row.value))
}
