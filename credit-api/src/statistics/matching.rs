//! Sales of a month by mode and by what came of comparing their documents (三单比对).
//!
//! A sale is in the month in which its order was sent, or its first document while there is no order; only those of
//! merchants that are registered here are counted. The numbers of sales by mode are near those of orders in the table
//! of trade: a mode that is withheld there is withheld here.

use std::collections::BTreeMap;

use credit_core::dates::SHANGHAI_OFFSET_MS;
use credit_core::statistics::{Cell, Relation, Withheld, permille, suppress};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::body::{MatchFigure, MatchOutcome, UNKNOWN};
use super::gather::MODES;
use crate::store::bulk::{self, Bind};
use crate::store::packs::Days;
use crate::store::{DbConnection, StoreError};

/// Enterprises whose sales are counted in one query.
const CODES_AT_ONCE: usize = 500;
const MS_PER_DAY: i64 = 86_400_000;

/// By mode and outcome, by each of them and of all: the sales of each merchant, and nothing.
pub type Sales = BTreeMap<(Option<String>, Option<MatchOutcome>), Cell>;

#[derive(QueryableByName)]
struct Code {
    #[diesel(sql_type = Text)]
    uscc: String,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    outcome: String,
    #[diesel(sql_type = Text)]
    mode: String,
    #[diesel(sql_type = BigInt)]
    sales: i64,
}

/// The sales of some days, by one look at the index for each enterprise.
///
/// # Errors
/// The database's.
pub(super) fn sales(connection: &mut DbConnection, days: Days) -> Result<Sales, StoreError> {
    let begins = |day: i32| i64::from(day) * MS_PER_DAY - SHANGHAI_OFFSET_MS;
    let window = (begins(days.first), begins(days.last.saturating_add(1)));
    let codes: Vec<Code> = bulk::load(connection, "SELECT uscc FROM enterprises ORDER BY uscc", [])?;
    let mut found = Sales::new();
    let mut who = 0;
    for part in codes.chunks(CODES_AT_ONCE) {
        let rows = counted(connection, part, window)?;
        for of_one in rows.chunk_by(|one, other| one.uscc == other.uscc) {
            who += 1;
            add(&mut found, who, of_one);
        }
    }
    Ok(found)
}

/// The sales of one merchant.
fn add(found: &mut Sales, who: u64, rows: &[Counted]) {
    let mut own: BTreeMap<(Option<String>, Option<MatchOutcome>), u64> = BTreeMap::new();
    for row in rows {
        let outcome = MatchOutcome::ALL.into_iter().find(|one| one.code() == row.outcome);
        let (mode, count) = (Some(row.mode.clone()), u64::try_from(row.sales).unwrap_or(0));
        for place in [(mode.clone(), outcome), (mode, None), (None, outcome), (None, None)] {
            *own.entry(place).or_default() += count;
        }
    }
    for (place, count) in own {
        found.entry(place).or_default().add(who, [count, 0]);
    }
}

fn counted(
    connection: &mut DbConnection,
    part: &[Code],
    (from, to): (i64, i64),
) -> Result<Vec<Counted>, StoreError> {
    let places: Vec<String> = (3..part.len() + 3).map(|at| format!("${at}")).collect();
    // What `serde_json` writes of a mode; quotes inside a text are escaped, so that no text looks like it.
    let modes: String = MODES
        .iter()
        .map(|mode| format!("WHEN partial LIKE '%\"mode\":\"{mode}\"%' THEN '{mode}' "))
        .collect();
    // The first letter is of the rule that all documents are there.
    let sql = format!(
        "SELECT uscc, outcome, mode, CAST(COUNT(*) AS BIGINT) AS sales FROM (SELECT uscc, \
         CASE WHEN failed > 0 THEN 'differs' WHEN verdicts LIKE 'W%' THEN 'missing' \
         WHEN waiting > 0 THEN 'waiting' ELSE 'agrees' END AS outcome, \
         CASE {modes}ELSE '{UNKNOWN}' END AS mode \
         FROM ceb_sales WHERE uscc IN ({}) AND sent_at >= $1 AND sent_at < $2) AS s \
         GROUP BY uscc, outcome, mode ORDER BY uscc, outcome, mode",
        places.join(",")
    );
    let codes = part.iter().map(|code| Bind::Text(code.uscc.clone()));
    let binds: Vec<Bind> = [from.into(), to.into()].into_iter().chain(codes).collect();
    Ok(bulk::load(connection, &sql, binds)?)
}

/// Rows of modes, then of all; the last column is that of all outcomes. Nothing where there are no sales.
pub(super) fn matching(sales: &Sales, is_withheld: impl Fn(&str) -> bool) -> Vec<MatchFigure> {
    if sales.is_empty() {
        return Vec::new();
    }
    let modes = || MODES.iter().copied().chain([UNKNOWN]).map(Some).chain([None]);
    let outcomes = || MatchOutcome::ALL.into_iter().map(Some).chain([None]);
    let is_in = |mode: Option<&str>, outcome: Option<MatchOutcome>| {
        sales.get(&(mode.map(str::to_owned), outcome)).cloned().unwrap_or_default()
    };
    let places: Vec<(Option<&str>, Option<MatchOutcome>)> =
        modes().flat_map(|mode| outcomes().map(move |outcome| (mode, outcome))).collect();
    let cells: Vec<(Cell, Withheld)> = places
        .iter()
        .map(|(mode, outcome)| {
            let before = if mode.is_some_and(&is_withheld) { Withheld::Yes } else { Withheld::Open };
            (is_in(*mode, *outcome), before)
        })
        .collect();
    let (rows, columns) = (modes().count() - 1, outcomes().count());
    let place = |row: usize, column: usize| row * columns + column;
    let of_row = (0..=rows).map(|row| Relation {
        total: place(row, columns - 1),
        parts: (0..columns - 1).map(|at| place(row, at)).collect(),
    });
    let of_column = (0..columns)
        .map(|at| Relation { total: place(rows, at), parts: (0..rows).map(|row| place(row, at)).collect() });
    let relations: Vec<Relation> = of_row.chain(of_column).collect();
    let hidden = suppress(&cells, &relations).unwrap_or_else(|| vec![true; cells.len()]);
    let shown = |at: usize| {
        let (cell, _) = cells.get(at).filter(|_| hidden.get(at).is_some_and(|hidden| !hidden))?;
        let [count, _] = cell.totals();
        Some(count)
    };
    let figure = |(at, (mode, outcome)): (usize, (Option<&str>, Option<MatchOutcome>))| {
        let (sales, all) = (shown(at), shown(place(at / columns, columns - 1)));
        MatchFigure {
            mode: mode.map(str::to_owned),
            outcome,
            sales,
            permille: sales.zip(all).and_then(|(sales, all)| permille(sales, all)),
        }
    };
    places.into_iter().enumerate().map(figure).collect()
}
