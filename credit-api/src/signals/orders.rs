//! Which orders of a merchant an indicator counted against it: the rows behind T01 to T16, by the code that counts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use credit_core::dates::day_number;
use credit_core::indicator::IndicatorId;
use credit_core::records::Order;
use credit_core::trade::day::contribution;
use credit_core::trade::prices::PriceBook;
use credit_core::trade::windows::{WindowInputs, WindowRow, in_window, window_rows, year_sums};
use credit_core::trade::{DayCounters, Marks, WindowCounts};
use credit_core::uscc::Uscc;

use crate::store::packs::{Days, all_orders};
use crate::store::{DbConnection, StoreError};

/// Days that the longest of these indicators looks back.
const DAYS: i32 = 365;
/// Days that the others look back.
const SHORT_DAYS: i32 = 90;

/// An order that counted against its merchant, and in which indicators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Against {
    pub order_no: String,
    pub ordered_at: i64,
    pub indicators: Vec<IndicatorId>,
}

/// Whether an indicator's orders can be told. T14 needs the zone's prices, T09 and T11 count no single order.
#[must_use]
pub fn can_tell(id: IndicatorId) -> bool {
    use IndicatorId as I;
    matches!(id, I::T01 | I::T02 | I::T03 | I::T04 | I::T05 | I::T06 | I::T12 | I::T13 | I::T15 | I::T16)
}

/// The newest orders of a merchant that one of these indicators counted against it, at most so many.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn against(
    connection: &mut DbConnection,
    uscc: Uscc,
    (asked, as_of): (&[IndicatorId], NaiveDate),
    most: usize,
) -> Result<Vec<Against>, StoreError> {
    let asked: Vec<IndicatorId> = asked.iter().copied().filter(|id| can_tell(*id)).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let last = day_number(as_of);
    let rows = all_orders(connection, &[uscc], Days { first: last - DAYS + 1, last })?.remove(&uscc);
    let rows = rows.unwrap_or_default();
    let windows = windows(&rows, as_of);
    let mut found: Vec<Against> = rows
        .iter()
        .filter_map(|(order, marks)| {
            let day = WindowRow::from(order).day;
            let counted = contribution(order, *marks, Some(as_of));
            let window = windows.get(order.order_no.as_str()).copied().unwrap_or_default();
            let is_against = |id: &IndicatorId| is_against(*id, last - day, &counted, window);
            let indicators: Vec<IndicatorId> = asked.iter().copied().filter(is_against).collect();
            (!indicators.is_empty()).then(|| Against {
                order_no: order.order_no.clone(),
                ordered_at: order.ordered_at.0,
                indicators,
            })
        })
        .collect();
    found.sort_by(|a, b| (b.ordered_at, &a.order_no).cmp(&(a.ordered_at, &b.order_no)));
    found.truncate(most);
    Ok(found)
}

/// T12 and T13 of the orders of the window, by number.
fn windows(rows: &[(Order, Marks)], as_of: NaiveDate) -> BTreeMap<&str, WindowCounts> {
    let (prices, lockers) = (PriceBook::default(), BTreeSet::new());
    let year_sums = year_sums(rows.iter().map(|(order, _)| order), as_of);
    let inside: Vec<(&str, WindowRow<'_>)> = rows
        .iter()
        .map(|(order, _)| (order.order_no.as_str(), WindowRow::from(order)))
        .filter(|(_, row)| in_window(row.day, as_of))
        .collect();
    let window: Vec<WindowRow<'_>> = inside.iter().map(|(_, row)| *row).collect();
    let inputs = WindowInputs { year_sums: &year_sums, prices: &prices, lockers: &lockers };
    inside.iter().map(|(number, _)| *number).zip(window_rows(&window, &inputs)).collect()
}

/// `days` before the day looked at, as each indicator counts.
fn is_against(id: IndicatorId, days: i32, counted: &DayCounters, window: WindowCounts) -> bool {
    use IndicatorId as I;
    let recent = days < SHORT_DAYS;
    match id {
        I::T01 => recent && counted.released > counted.matched,
        I::T02 => recent && counted.rejected > 0,
        I::T03 => recent && counted.amended > 0,
        I::T04 => counted.held > 0,
        I::T05 => recent && counted.payer_known > counted.payer_matches,
        I::T06 => counted.paid != counted.amount,
        I::T12 => window.quota_flagged > 0,
        I::T13 => window.clustered > 0,
        I::T15 => recent && counted.waybills_reused > 0,
        I::T16 => recent && counted.sequence_abnormal > 0,
        _ => false,
    }
}
