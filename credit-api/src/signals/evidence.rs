//! The sales and orders behind rules that were found: what an officer opens, and from there the messages. Of one
//! enterprise everything is read once, however many rules were found.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use credit_core::alerts::figures::{ACROSS, ELSEWHERE, FOR_MANY, sign_of};
use credit_core::dates::{SHANGHAI_OFFSET_MS, day_number};
use credit_core::facts::Facts;
use credit_core::indicator::IndicatorId;
use credit_core::signals::{Pack, Sign, Signs, Tally, WINDOW_DAYS};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use serde::{Deserialize, Serialize};

use super::goods::{self, Book};
use super::orders::{self, Against};
use super::payers;
use crate::evaluation::gather::Ground;
use crate::evaluation::view::rfc3339;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Sales that a finding refers to, the newest.
pub const SALES_MAX: usize = 20;
const DAY_MS: i64 = 86_400_000;

/// A sale behind a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    pub order_no: String,
    /// The merchant, where the finding is about another enterprise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uscc: Option<String>,
    /// When it was ordered, RFC 3339 UTC.
    pub at: String,
    /// Codes of the signs that it shows, and of the indicators that counted it.
    pub why: Vec<String>,
    /// Id of the sale; nothing of an order of which no customs message came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale: Option<String>,
}

/// Merchant and order number.
type Place = (Uscc, String);
/// When it was ordered, why it is behind a finding, and the sale's id as far as it is known.
type Told = (i64, Vec<String>, Option<String>);
type Found = BTreeMap<Place, Told>;

/// The sales behind rules of one enterprise, given by the figures that each names: of each the newest first, at most
/// [`SALES_MAX`].
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn behind(
    connection: &mut DbConnection,
    ground: Ground<'_>,
    facts: &Facts,
    rules: &[&[String]],
) -> Result<Vec<Vec<Behind>>, StoreError> {
    let named = || rules.iter().flat_map(|names| names.iter());
    let asked: BTreeSet<IndicatorId> = named().filter_map(|name| name.parse().ok()).collect();
    let orders = orders::against(connection, ground, facts, &asked, SALES_MAX)?;
    let days = if named().any(|name| sign_of(name).is_some()) {
        days_of_signs(connection, facts)?
    } else {
        Vec::new()
    };
    let mut all = Vec::with_capacity(rules.len());
    for names in rules {
        let mut found = Found::new();
        of_signs(connection, facts, names, &days, &mut found)?;
        of_payers(connection, facts, names, &mut found)?;
        of_goods(connection, facts, names, &mut found)?;
        of_orders(names, &orders, &mut found);
        let mut newest: Vec<(Place, Told)> = found.into_iter().collect();
        newest.sort_by(|(a, (at, ..)), (b, (other, ..))| (Reverse(at), a).cmp(&(Reverse(other), b)));
        newest.truncate(SALES_MAX);
        all.push(newest);
    }
    let ids = ids_of(connection, &all)?;
    let line = |((merchant, order_no), (at, why, sale)): (Place, Told)| {
        let place = (order_no, merchant.to_string());
        let sale = sale.or_else(|| ids.get(&place).cloned());
        let (order_no, uscc) = place;
        Behind { order_no, uscc: (merchant != facts.uscc).then_some(uscc), at: rfc3339(at), why, sale }
    };
    Ok(all.into_iter().map(|newest| newest.into_iter().map(line).collect()).collect())
}

/// The orders that the indicators of a rule counted.
fn of_orders(names: &[String], orders: &BTreeMap<IndicatorId, BTreeSet<Against>>, found: &mut Found) {
    for id in names.iter().filter_map(|name| name.parse::<IndicatorId>().ok()) {
        for order in orders.get(&id).into_iter().flatten() {
            let place = (order.merchant, order.order_no.clone());
            let one = found.entry(place).or_insert((order.ordered_at.0, Vec::new(), None));
            one.1.push(id.as_str().to_owned());
        }
    }
}

#[derive(QueryableByName)]
struct DayOfSigns {
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = BigInt)]
    signs: i64,
    #[diesel(sql_type = BigInt)]
    sales: i64,
}

/// How many sales of which day show what, the newest first: so that of the sales themselves no more is read than there
/// is to show.
fn days_of_signs(connection: &mut DbConnection, facts: &Facts) -> Result<Vec<DayOfSigns>, StoreError> {
    let today = day_number(facts.as_of);
    Ok(bulk::load(
        connection,
        "SELECT day, signs, sales FROM sale_signs WHERE uscc = $1 AND day > $2 AND day <= $3 AND sales > 0 \
         ORDER BY day DESC",
        [facts.uscc.as_str().into(), Bind::Int(today - Tally::days(Pack::embedded())), Bind::Int(today)],
    )?)
}

#[derive(QueryableByName)]
struct Showing {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    order_no: String,
    #[diesel(sql_type = BigInt)]
    sent_at: i64,
    #[diesel(sql_type = BigInt)]
    signs: i64,
}

/// The newest sales of an enterprise that show one of the signs of a rule, within the days that tallies count.
fn of_signs(
    connection: &mut DbConnection,
    facts: &Facts,
    names: &[String],
    days: &[DayOfSigns],
    found: &mut Found,
) -> Result<(), StoreError> {
    let signs: BTreeSet<Sign> = names.iter().filter_map(|name| sign_of(name)).collect();
    let signs: Vec<Sign> = signs.into_iter().collect();
    let pack = Pack::embedded();
    // Whether it left is asked of what had time to.
    let youngest = if signs.iter().all(|sign| *sign == Sign::NotDeparted) { pack.departure_days } else { 0 };
    let oldest = if signs.contains(&Sign::NotDeparted) { Tally::days(pack) } else { WINDOW_DAYS };
    let (until, from) = (day_number(facts.as_of) + 1 - youngest, day_number(facts.as_of) + 1 - oldest);
    let mask = Signs::mask(&signs);
    let wanted = i64::try_from(SALES_MAX).unwrap_or(i64::MAX);
    let (mut sales, mut first) = (0, None);
    for day in days.iter().filter(|one| one.signs & mask != 0 && (from..until).contains(&one.day)) {
        if sales >= wanted && first != Some(day.day) {
            break;
        }
        sales += day.sales;
        first = Some(day.day);
    }
    let Some(first) = first else { return Ok(()) };
    let sql = format!(
        "SELECT id, order_no, sent_at, signs FROM ceb_sales WHERE uscc = $1 AND sent_at >= $2 AND sent_at < $3 \
         AND (signs & $4) <> 0 ORDER BY sent_at DESC, id LIMIT {SALES_MAX}"
    );
    let at = |day: i32| Bind::Big(i64::from(day) * DAY_MS - SHANGHAI_OFFSET_MS);
    let binds = [facts.uscc.as_str().into(), at(first), at(until), Bind::Big(mask)];
    let rows: Vec<Showing> = bulk::load(connection, &sql, binds)?;
    for row in rows {
        let has = Signs::of_stored(row.signs);
        let why = signs.iter().filter(|sign| has.has(**sign)).map(|sign| sign.code().to_owned()).collect();
        found.insert((facts.uscc, row.order_no), (row.sent_at, why, Some(row.id)));
    }
    Ok(())
}

/// The sales that were paid by persons who pay for many, where a rule asks for them.
fn of_payers(
    connection: &mut DbConnection,
    facts: &Facts,
    names: &[String],
    found: &mut Found,
) -> Result<(), StoreError> {
    for figure in [FOR_MANY, ACROSS].into_iter().filter(|figure| names.iter().any(|name| name == figure)) {
        let rows = payers::behind(connection, facts.uscc.as_str(), (figure, facts.as_of), SALES_MAX)?;
        for row in rows {
            let one =
                found.entry((facts.uscc, row.order_no)).or_insert((row.sent_at, Vec::new(), Some(row.id)));
            one.1.push(figure.to_owned());
        }
    }
    Ok(())
}

/// The sales with goods that others declare elsewhere, where a rule asks for them.
fn of_goods(
    connection: &mut DbConnection,
    facts: &Facts,
    names: &[String],
    found: &mut Found,
) -> Result<(), StoreError> {
    if !names.iter().any(|name| name == ELSEWHERE) {
        return Ok(());
    }
    let (_, rows) = goods::of(connection, &mut Book::default(), facts.uscc.as_str(), facts.as_of)?;
    for row in rows.into_iter().take(SALES_MAX) {
        let one = found.entry((facts.uscc, row.order_no)).or_insert((row.sent_at, Vec::new(), Some(row.id)));
        one.1.push(ELSEWHERE.to_owned());
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    order_no: String,
    #[diesel(sql_type = Text)]
    uscc: String,
}

/// The sales of orders of which customs messages came, by order number and merchant.
fn ids_of(
    connection: &mut DbConnection,
    all: &[Vec<(Place, Told)>],
) -> Result<BTreeMap<(String, String), String>, StoreError> {
    let places: BTreeSet<(&str, &str)> = all
        .iter()
        .flatten()
        .filter(|(_, (_, _, sale))| sale.is_none())
        .map(|((merchant, order_no), _)| (order_no.as_str(), merchant.as_str()))
        .collect();
    let named: Vec<Named> = bulk::load_rows(
        connection,
        "WITH k (order_no, uscc) AS (",
        2,
        places.into_iter().flat_map(|(order_no, uscc)| [Bind::from(order_no), Bind::from(uscc)]),
        ") SELECT s.id, s.order_no, s.uscc FROM k CROSS JOIN ceb_sales s \
         WHERE s.order_no = k.order_no AND s.uscc = k.uscc",
    )?;
    Ok(named.into_iter().map(|row| ((row.order_no, row.uscc), row.id)).collect())
}
