//! The sales and orders behind a rule that was found: what an officer opens, and from there the messages.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use credit_core::alerts::figures::sign_of;
use credit_core::dates::{SHANGHAI_OFFSET_MS, day_number};
use credit_core::indicator::IndicatorId;
use credit_core::signals::{Pack, Sign, Signs, Tally, WINDOW_DAYS};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde::{Deserialize, Serialize};

use super::orders;
use crate::evaluation::view::rfc3339;
use crate::store::bulk::{self, Bind};
use crate::store::packs::listed;
use crate::store::{DbConnection, StoreError};

/// Sales that a finding refers to, the newest.
pub const SALES_MAX: usize = 20;
const DAY_MS: i64 = 86_400_000;

/// A sale behind a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    pub order_no: String,
    /// When it was ordered, RFC 3339 UTC.
    pub at: String,
    /// Codes of the signs that it shows, and of the indicators that counted it.
    pub why: Vec<String>,
    /// Id of the sale; nothing of an order of which no customs message came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale: Option<String>,
}

/// The sales behind a rule that names these figures, the newest first, at most [`SALES_MAX`].
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn behind(
    connection: &mut DbConnection,
    uscc: Uscc,
    names: &[String],
    as_of: NaiveDate,
) -> Result<Vec<Behind>, StoreError> {
    let indicators: Vec<IndicatorId> = names.iter().filter_map(|name| name.parse().ok()).collect();
    let signs: BTreeSet<Sign> = names.iter().filter_map(|name| sign_of(name)).collect();
    let signs: Vec<Sign> = signs.into_iter().collect();
    let mut found: BTreeMap<String, (i64, Vec<String>, Option<String>)> = BTreeMap::new();
    for row in showing(connection, uscc, &signs, as_of)? {
        let has = Signs::of_stored(row.signs);
        let why = signs.iter().filter(|sign| has.has(**sign)).map(|sign| sign.code().to_owned()).collect();
        found.insert(row.order_no, (row.sent_at, why, Some(row.id)));
    }
    for order in orders::against(connection, uscc, (&indicators, as_of), SALES_MAX)? {
        let one = found.entry(order.order_no).or_insert((order.ordered_at, Vec::new(), None));
        one.1.extend(order.indicators.iter().map(|id| id.as_str().to_owned()));
    }
    let mut newest: Vec<(i64, Behind)> = found
        .into_iter()
        .map(|(order_no, (at, why, sale))| (at, Behind { order_no, at: rfc3339(at), why, sale }))
        .collect();
    newest.sort_by(|a, b| (b.0, &a.1.order_no).cmp(&(a.0, &b.1.order_no)));
    newest.truncate(SALES_MAX);
    let mut behind: Vec<Behind> = newest.into_iter().map(|(_, one)| one).collect();
    name_sales(connection, uscc, &mut behind)?;
    Ok(behind)
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

/// The newest sales of an enterprise that show one of these signs, within the days that tallies count.
fn showing(
    connection: &mut DbConnection,
    uscc: Uscc,
    signs: &[Sign],
    as_of: NaiveDate,
) -> Result<Vec<Showing>, StoreError> {
    if signs.is_empty() {
        return Ok(Vec::new());
    }
    let pack = Pack::embedded();
    // Whether it left is asked of what had time to.
    let youngest = if signs.iter().all(|sign| *sign == Sign::NotDeparted) { pack.departure_days } else { 0 };
    let days = if signs.contains(&Sign::NotDeparted) { Tally::days(pack) } else { WINDOW_DAYS };
    let (until, from) = (day_number(as_of) + 1 - youngest, day_number(as_of) + 1 - days);
    let sql = format!(
        "SELECT id, order_no, sent_at, signs FROM ceb_sales WHERE uscc = $1 AND sent_at >= $2 AND sent_at < $3 \
         AND (signs & $4) <> 0 ORDER BY sent_at DESC, id LIMIT {SALES_MAX}"
    );
    let at = |day: i32| Bind::Big(i64::from(day) * DAY_MS - SHANGHAI_OFFSET_MS);
    let binds = [uscc.as_str().into(), at(from), at(until), Bind::Big(Signs::mask(signs))];
    Ok(bulk::load(connection, &sql, binds)?)
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    order_no: String,
}

/// Gives orders the id of their sale, where customs messages came of them.
fn name_sales(connection: &mut DbConnection, uscc: Uscc, behind: &mut [Behind]) -> Result<(), StoreError> {
    let numbers: BTreeSet<&str> =
        behind.iter().filter(|one| one.sale.is_none()).map(|one| one.order_no.as_str()).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT id, order_no FROM ceb_sales WHERE uscc = $1 AND order_no IN {}",
        listed(2, numbers.len())
    );
    let binds = std::iter::once(Bind::from(uscc.as_str())).chain(numbers.iter().map(|one| Bind::from(*one)));
    let named: Vec<Named> = bulk::load(connection, &sql, binds)?;
    for one in behind.iter_mut().filter(|one| one.sale.is_none()) {
        one.sale = named.iter().find(|row| row.order_no == one.order_no).map(|row| row.id.clone());
    }
    Ok(())
}
