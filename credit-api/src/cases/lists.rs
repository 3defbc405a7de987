//! Lists of cases, by an index that has their order: however many cases there are, a page reads a page.
//!
//! A board of all kinds is one walk along one index. Where some kinds are asked for, each is walked alone for the
//! places that its cases have in the order, which the index holds; rows are read of those alone that are shown.

use std::cmp::Reverse;

use chrono::NaiveDate;
use credit_core::cases::{Kind, State};
use credit_core::dates::day_number;
use diesel::prelude::*;

use super::parties::Of;
use super::store::CaseRow;
use super::subject::Severity;
use crate::store::schema::cases;
use crate::store::{DbConnection, StoreError};

/// In which order a list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// The last opened first; after this time and id.
    Newest(Option<(i64, String)>),
    /// The open ones, the most urgent first; after this day and id.
    Due(Option<(i32, String)>),
}

/// Which cases a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub kinds: Vec<Kind>,
    pub of: Of,
    /// Of one enterprise alone.
    pub uscc: Option<String>,
    pub state: Option<State>,
    pub open: Option<bool>,
    /// Those whose day was over before this one.
    pub due_before: Option<NaiveDate>,
    /// Alerts that are so serious, and no other case.
    pub severity: Option<Severity>,
}

impl Filter {
    /// Everybody's of every kind.
    fn is_whole(&self) -> bool {
        self.of == Of::All && self.uscc.is_none() && Kind::ALL.iter().all(|kind| self.kinds.contains(kind))
    }
}

/// The rows of a kind, or of all, that a filter lets through, as many as are asked for and in their order. What is
/// selected of them is the caller's.
macro_rules! matching {
    ($kind:expr, $filter:expr, $order:expr, $limit:expr) => {{
        let mut query = cases::table.into_boxed();
        if let Some(kind) = $kind {
            query = query.filter(cases::kind.eq(Kind::code(kind)));
        }
        query = match &$filter.of {
            Of::All => query,
            Of::Enterprises(codes) => query.filter(cases::uscc.eq_any(codes)).filter(cases::told.eq(1)),
            Of::Asked(audience) => query.filter(cases::asked.eq(audience.code())),
            Of::Nobody => return Ok(Vec::new()),
        };
        if let Some(uscc) = &$filter.uscc {
            query = query.filter(cases::uscc.eq(uscc));
        }
        if let Some(state) = $filter.state {
            query = query.filter(cases::state.eq(state.code()));
        }
        if let Some(open) = $filter.open {
            query = query.filter(cases::open.eq(i32::from(open)));
        }
        if let Some(day) = $filter.due_before {
            query = query.filter(cases::due_day.lt(day_number(day)));
        }
        if let Some(severity) = $filter.severity {
            query = query.filter(cases::severity.eq(severity.code()));
        }
        query = match $order {
            Order::Newest(after) => {
                if let Some((at, id)) = after {
                    let same = cases::opened_at.eq(*at).and(cases::id.lt(id));
                    query = query.filter(cases::opened_at.le(*at)).filter(cases::opened_at.lt(*at).or(same));
                }
                query.order((cases::opened_at.desc(), cases::id.desc()))
            }
            Order::Due(after) => {
                if let Some((day, id)) = after {
                    let same = cases::due_day.eq(*day).and(cases::id.gt(id));
                    query = query.filter(cases::due_day.ge(*day)).filter(cases::due_day.gt(*day).or(same));
                }
                query.order((cases::due_day.asc(), cases::id.asc()))
            }
        };
        query.limit($limit)
    }};
}

/// Cases in an order, at most `limit`.
///
/// # Errors
/// The database's.
pub fn list(
    connection: &mut DbConnection,
    filter: &Filter,
    order: &Order,
    limit: i64,
) -> Result<Vec<CaseRow>, StoreError> {
    match filter.kinds.as_slice() {
        [] => Ok(Vec::new()),
        [kind] => rows(connection, Some(*kind), filter, order, limit),
        _ if filter.is_whole() => rows(connection, None, filter, order, limit),
        kinds => {
            let mut places = Vec::new();
            for kind in kinds {
                places.extend(places_of(connection, *kind, filter, order, limit)?);
            }
            places.sort();
            places.truncate(usize::try_from(limit).unwrap_or(0));
            let ids: Vec<&str> = places.iter().map(Place::id).collect();
            let mut found: Vec<CaseRow> =
                cases::table.filter(cases::id.eq_any(&ids)).select(CaseRow::as_select()).load(connection)?;
            found.sort_by_cached_key(|row| Place::of(order, (row.opened_at, row.due_day, row.id.clone())));
            Ok(found)
        }
    }
}

fn rows(
    connection: &mut DbConnection,
    kind: Option<Kind>,
    filter: &Filter,
    order: &Order,
    limit: i64,
) -> Result<Vec<CaseRow>, StoreError> {
    Ok(matching!(kind, filter, order, limit).select(CaseRow::as_select()).load(connection)?)
}

/// Where a case stands in an order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Newest(Reverse<(i64, String)>),
    Due((i32, String)),
}

impl Place {
    fn of(order: &Order, (opened_at, due_day, id): (i64, i32, String)) -> Self {
        match order {
            Order::Newest(_) => Place::Newest(Reverse((opened_at, id))),
            Order::Due(_) => Place::Due((due_day, id)),
        }
    }

    fn id(&self) -> &str {
        match self {
            Place::Newest(Reverse((_, id))) | Place::Due((_, id)) => id,
        }
    }
}

/// The places of a kind's cases: what the index of the order holds, and no row.
fn places_of(
    connection: &mut DbConnection,
    kind: Kind,
    filter: &Filter,
    order: &Order,
    limit: i64,
) -> Result<Vec<Place>, StoreError> {
    let query = matching!(Some(kind), filter, order, limit);
    Ok(match order {
        Order::Newest(_) => {
            let found: Vec<(i64, String)> = query.select((cases::opened_at, cases::id)).load(connection)?;
            found.into_iter().map(|place| Place::Newest(Reverse(place))).collect()
        }
        Order::Due(_) => {
            let found: Vec<(i32, String)> = query.select((cases::due_day, cases::id)).load(connection)?;
            found.into_iter().map(Place::Due).collect()
        }
    })
}
