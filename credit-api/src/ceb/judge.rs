//! The sales that a file touches, judged from all their documents, and their orders into what is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use credit_core::matching::{self, Judgement, Outcome, Pack, Partial, Rule, Sale, Surroundings, Why};
use credit_core::records::Order;
use credit_core::signals::{self, Signs};
use credit_core::trade::Marks;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer, Text};

use super::gather::{self, Found, Known, Shelf};
use super::registered::{self, Directory};
use super::sales::{self, SaleRow, Unresolved};
use super::traces::index::{self, Indexed};
use super::traces::journey;
use super::unjudged::Unjudged;
use super::{adapt, buyer, joins};
use crate::intake::keep::{self, Provenance};
use crate::intake::rollup::Touched;
use crate::signals::payers::{self, Payer};
use crate::signals::rollup;
use crate::statistics::marks as statistics;
use crate::store::bulk::{self, Bind};
use crate::store::codec::{decode_order, encode_order};
use crate::store::packs::marks_of;
use crate::store::{DbConnection, StoreError};

/// Sales whose documents are read together.
const SALES_AT_ONCE: usize = 500;

/// Judges the sales that documents are part of which a file brought, each once.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn unjudged(
    connection: &mut DbConnection,
    from: &Provenance,
    unjudged: &Unjudged,
    orders: &mut Touched,
) -> Result<(), StoreError> {
    let mut done = BTreeSet::new();
    for keys in unjudged.keys() {
        let mut shelf = Shelf::beside(unjudged.recent());
        let affected = gather::affected(connection, &mut shelf, keys.iter())?;
        let sales = affected.difference(&done).cloned().collect();
        these(connection, from, &mut shelf, sales, orders)?;
        done.extend(affected);
    }
    Ok(())
}

/// Judges the sales that name enterprises of which nobody knew until this file came.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn registered(
    connection: &mut DbConnection,
    from: &Provenance,
    enterprises: &BTreeSet<String>,
    orders: &mut Touched,
) -> Result<(), StoreError> {
    let codes = registered::codes_of(connection, enterprises)?;
    let waiting = sales::waiting_for(connection, &codes)?;
    let mut waiting = waiting.into_iter().peekable();
    while waiting.peek().is_some() {
        let some = waiting.by_ref().take(SALES_AT_ONCE).collect();
        these(connection, from, &mut Shelf::new(Known::Now), some, orders)?;
    }
    Ok(())
}

fn these(
    connection: &mut DbConnection,
    from: &Provenance,
    shelf: &mut Shelf<'_>,
    sales: BTreeSet<String>,
    orders: &mut Touched,
) -> Result<(), StoreError> {
    let mut sales = sales.into_iter().peekable();
    while sales.peek().is_some() {
        let chunk: BTreeSet<String> = sales.by_ref().take(SALES_AT_ONCE).collect();
        judge_chunk(connection, from, shelf, &chunk, orders)?;
    }
    Ok(())
}

/// A sale with what came of it.
pub(super) struct Judged {
    key: String,
    pub(super) sale: Sale,
    judgement: Judgement,
    pub partial: Partial,
    /// The first place in this sale's documents, for the order's row.
    line: i64,
    sent_at: i64,
    unresolved: Vec<String>,
    /// By what its lines are found.
    pub traced: index::Keys,
}

fn judge_chunk(
    connection: &mut DbConnection,
    from: &Provenance,
    shelf: &mut Shelf<'_>,
    keys: &BTreeSet<String>,
    touched: &mut Touched,
) -> Result<(), StoreError> {
    let found = gather::of_sales_on(connection, shelf, keys)?;
    let known: Vec<(String, Sale, Vec<Arc<Found>>)> = found
        .into_iter()
        .filter(|(_, found)| !found.is_empty())
        .map(|(key, found)| (key.clone(), adapt::sale(&key, &found), found))
        .collect();
    let codes: BTreeSet<String> = known.iter().flat_map(|(_, sale, _)| adapt::codes(sale)).collect();
    let directory = Directory::of(connection, &codes)?;
    let judged: Vec<Judged> =
        known.into_iter().map(|(key, sale, found)| judge_one(key, sale, &found, &directory)).collect();
    let ids: BTreeSet<String> = judged.iter().map(|one| sales::id_of(&one.key)).collect();
    let earlier = sales::these(connection, &ids)?;
    let rows = received_rows(connection, &judged, &earlier)?;
    let mut kept: Vec<(i64, Order)> = Vec::new();
    for one in &judged {
        let order = match rows.get(&one.key) {
            Some(row) => Some(one.partial.laid_over(row)),
            None => one.partial.order(),
        };
        kept.extend(order.map(|order| (one.line, order)));
    }
    let places: Vec<(String, String)> =
        kept.iter().map(|(_, order)| (order.order_no.clone(), order.uscc.to_string())).collect();
    keep::keep_orders(connection, from, kept, touched)?;
    // What a sale shows is looked at though it is no order yet.
    touched.enterprises.extend(judged.iter().filter_map(|one| one.partial.uscc));
    let marks = marks(connection, places)?;
    write(connection, from, judged, &rows, &marks, &earlier)
}

pub(super) fn judge_one(key: String, sale: Sale, found: &[Arc<Found>], directory: &Directory) -> Judged {
    let party = |code: &str| directory.get(code);
    let around =
        Surroundings { pack: Pack::embedded(), party: &party, year_before: None, waybill_reused: None };
    let judgement = matching::judge(&sale, &around);
    let mut partial = Partial::of(&sale, &judgement, &around);
    fill_tokens(&mut partial, &sale);
    let unresolved = adapt::codes(&sale).into_iter().filter(|code| directory.get(code).is_none()).collect();
    Judged {
        line: found.first().map_or(0, |found| found.line),
        sent_at: adapt::sent_at(&sale, found),
        traced: index::keys(found, &journey::journey(found)),
        key,
        sale,
        judgement,
        partial,
        unresolved,
    }
}

/// The tokens by which what is counted tells buyers, addresses and telephones apart.
fn fill_tokens(partial: &mut Partial, sale: &Sale) {
    let order = sale.order.as_ref();
    let waybill = sale.waybills.first();
    let counted = |tokens: Option<&matching::Tokens>| tokens.and_then(buyer::counted);
    partial.buyer_token = counted(order.and_then(|order| order.buyer_id.as_ref()));
    let address = order.and_then(|order| order.consignee_address.as_ref());
    partial.address_token =
        counted(address.or(waybill.and_then(|waybill| waybill.consignee_address.as_ref())));
    let phone = order.and_then(|order| order.consignee_phone.as_ref());
    partial.phone_token = counted(phone.or(waybill.and_then(|waybill| waybill.consignee_phone.as_ref())));
}

#[derive(QueryableByName)]
pub(super) struct Stored {
    #[diesel(sql_type = Text)]
    pub order_no: String,
    #[diesel(sql_type = Text)]
    pub uscc: String,
    #[diesel(sql_type = Binary)]
    pub payload: Vec<u8>,
}

#[derive(QueryableByName)]
struct Marked {
    #[diesel(sql_type = Text)]
    order_no: String,
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Integer)]
    marks: i32,
}

/// Orders by number and merchant, as they are stored.
pub(super) fn stored(
    connection: &mut DbConnection,
    keys: impl IntoIterator<Item = (String, String)>,
) -> Result<Vec<Stored>, StoreError> {
    let binds = keys.into_iter().flat_map(|(order_no, uscc)| [Bind::Text(order_no), Bind::Text(uscc)]);
    Ok(bulk::load_rows(
        connection,
        "WITH k (order_no, uscc) AS (",
        2,
        binds,
        ") SELECT o.order_no, o.uscc, o.payload FROM k CROSS JOIN orders o \
         WHERE o.order_no = k.order_no AND o.uscc = k.uscc",
    )?)
}

/// The row of `transactions` of each sale that has one: kept beside it, or found when the sale's merchant becomes
/// known.
fn received_rows(
    connection: &mut DbConnection,
    judged: &[Judged],
    earlier: &BTreeMap<String, SaleRow>,
) -> Result<BTreeMap<String, Order>, StoreError> {
    let mut rows = BTreeMap::new();
    let mut first: BTreeMap<(String, String), String> = BTreeMap::new();
    for one in judged {
        let row = earlier.get(&sales::id_of(&one.key));
        if let Some(received) = row.map(SaleRow::received).transpose()?.flatten() {
            rows.insert(one.key.clone(), received);
        } else if let Some(uscc) = one.partial.uscc
            && row.is_none_or(|row| row.uscc.is_none())
        {
            first.insert((one.sale.order_no.clone(), uscc.to_string()), one.key.clone());
        }
    }
    for row in stored(connection, first.keys().cloned())? {
        let order = decode_order(&row.payload)?;
        // What documents said already is another sale's with the same number.
        if order.documents_agree.is_none()
            && let Some(key) = first.get(&(row.order_no, row.uscc))
        {
            rows.insert(key.clone(), order);
        }
    }
    Ok(rows)
}

fn marks(
    connection: &mut DbConnection,
    places: Vec<(String, String)>,
) -> Result<BTreeMap<(String, String), Marks>, StoreError> {
    let binds = places.into_iter().flat_map(|(order_no, uscc)| [Bind::Text(order_no), Bind::Text(uscc)]);
    let rows: Vec<Marked> = bulk::load_rows(
        connection,
        "WITH k (order_no, uscc) AS (",
        2,
        binds,
        ") SELECT o.order_no, o.uscc, o.marks FROM k CROSS JOIN orders o \
         WHERE o.order_no = k.order_no AND o.uscc = k.uscc",
    )?;
    Ok(rows.into_iter().map(|row| ((row.order_no, row.uscc), marks_of(row.marks))).collect())
}

fn write(
    connection: &mut DbConnection,
    from: &Provenance,
    judged: Vec<Judged>,
    rows: &BTreeMap<String, Order>,
    marks: &BTreeMap<(String, String), Marks>,
    earlier: &BTreeMap<String, SaleRow>,
) -> Result<(), StoreError> {
    let mut summaries = Vec::with_capacity(judged.len());
    let mut unresolved = Vec::with_capacity(judged.len());
    let mut traced = Vec::with_capacity(judged.len());
    let mut paid = Vec::new();
    for one in judged {
        let uscc = one.partial.uscc.map(|uscc| uscc.to_string());
        let place = uscc.clone().map(|uscc| (one.sale.order_no.clone(), uscc));
        let verdicts = letters(&one.judgement, place.and_then(|place| marks.get(&place)).copied());
        let count = |letter: char| i32::try_from(verdicts.chars().filter(|one| *one == letter).count());
        let id = sales::id_of(&one.key);
        let (sale, uscc_of_trace) = (id.clone(), uscc.clone());
        let again = earlier.contains_key(&id);
        traced.push(Indexed { sale, uscc: uscc_of_trace, sent_at: one.sent_at, keys: one.traced, again });
        summaries.push(SaleRow {
            id,
            platform_code: one.sale.platform_code.clone(),
            order_no: one.sale.order_no.clone(),
            merchant_code: one.sale.merchant_code.clone(),
            uscc,
            import: i32::from(adapt::is_import(&one.sale)),
            sent_at: one.sent_at,
            failed: count(Outcome::Fail.letter()).unwrap_or_default(),
            waiting: count(Outcome::Waiting.letter()).unwrap_or_default(),
            partial: one.partial.to_json(),
            received: rows.get(&one.key).map(encode_order),
            judged_at: from.known_from,
            signs: Some(signs(&one.sale, &one.judgement, &verdicts).stored()),
            verdicts,
        });
        let others = payers::of(&one.sale);
        if !others.is_empty() {
            paid.extend(summaries.last().map(|row: &SaleRow| (row.clone(), others)));
        }
        unresolved.push(Unresolved { sale: one.key, codes: one.unresolved, again });
    }
    rollup::change(connection, earlier.values(), summaries.iter())?;
    payers::put(connection, earlier.values(), &paid)?;
    let sent: Vec<i64> = earlier.values().chain(&summaries).map(|row| row.sent_at).collect();
    statistics::sales_changed(connection, sent)?;
    sales::put(connection, summaries, unresolved)?;
    index::put(connection, traced)
}

/// What a sale shows, by its rules as their letters have it.
fn signs(sale: &Sale, judgement: &Judgement, letters: &str) -> Signs {
    let outcomes: Vec<Outcome> = letters.chars().filter_map(Outcome::of_letter).collect();
    Signs::of(sale, judgement, &outcomes, signals::Pack::embedded())
}

/// Looks for signs in sales that were judged before anybody did. Returns how many there were.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn catch_up(connection: &mut DbConnection) -> Result<usize, StoreError> {
    let rows = sales::unsigned(connection, SALES_AT_ONCE)?;
    let keys: BTreeSet<String> =
        rows.iter().map(|row| joins::sale(&row.platform_code, &row.order_no)).collect();
    let mut found = gather::of_sales(connection, &keys, Known::Now)?;
    let paid: Vec<(SaleRow, BTreeSet<Payer>)> = rows
        .into_iter()
        .map(|row| {
            let key = joins::sale(&row.platform_code, &row.order_no);
            let documents = found.remove(&key).unwrap_or_default();
            let sale = adapt::sale(&key, &documents);
            let judged = judge_one(key, sale, &documents, &Directory::default());
            let signs = signs(&judged.sale, &judged.judgement, &row.verdicts);
            (SaleRow { signs: Some(signs.stored()), ..row }, payers::of(&judged.sale))
        })
        .collect();
    payers::put(connection, std::iter::empty(), &paid)?;
    let signed: Vec<SaleRow> = paid.into_iter().map(|(row, _)| row).collect();
    rollup::change(connection, std::iter::empty(), signed.iter())?;
    sales::put(connection, signed.clone(), Vec::new())?;
    Ok(signed.len())
}

/// The letters, with those of the rules that the order's neighbours decide (M10, M12).
pub fn letters(judgement: &Judgement, marks: Option<Marks>) -> String {
    let letter = |verdict: &matching::Verdict| {
        let mark = match verdict.rule {
            Rule::M10 => Some(Marks::OVER_QUOTA),
            Rule::M12 => Some(Marks::WAYBILL_REUSED),
            _ => None,
        };
        match (mark, marks) {
            (Some(mark), Some(marks)) if verdict.why == Why::NotLookedUp => {
                if marks.has(mark) { Outcome::Fail } else { Outcome::Pass }.letter()
            }
            _ => verdict.outcome.letter(),
        }
    };
    judgement.verdicts.iter().map(letter).collect()
}
