//! From a month's facts to what is published of it.

use credit_core::grade::Grade;
use credit_core::statistics::{CONTRIBUTORS_MIN, Cell, Relation, Withheld, permille, suppress};

use super::body::{By, MonthBody, OTHER, TradeFigure, Traded, UNKNOWN};
use super::counts::counts;
use super::gather::{Facts, MODES};
use super::matching::matching;

/// Countries named one by one, by amount; all others are one row.
const COUNTRIES_NAMED: usize = 10;
/// Chapters of the Harmonized System named one by one, by amount; all others are one row.
const CHAPTERS_NAMED: usize = 15;

/// What everybody may see.
#[must_use]
pub fn publish(facts: &Facts) -> MonthBody {
    let trade = trade(facts);
    let total = trade.first().and_then(|figure| figure.traded);
    // Either part gives the other away.
    let part = |[with, without]: &[Cell; 2]| {
        let all = total.filter(|_| with.is_safe() && without.is_safe())?.orders;
        let [orders, _] = with.totals();
        permille(orders, all)
    };
    let counts = counts(facts);
    let is_withheld = |mode: &str| {
        let of_mode = |figure: &&TradeFigure| figure.by == Some(By::Mode) && figure.code == mode;
        trade.iter().find(of_mode).is_some_and(|figure| figure.traded.is_none())
    };
    MonthBody {
        delivered_permille: part(&facts.delivered),
        returned_permille: part(&facts.returned),
        matching: matching(&facts.sales, is_withheld),
        trade,
        enterprises: counts.enterprises,
        moves: counts.moves,
        directions: counts.directions,
    }
}

/// One system: the total once, and a relation for each way to break it down.
fn trade(facts: &Facts) -> Vec<TradeFigure> {
    let mut cells = vec![(facts.total.clone(), Withheld::Open)];
    let mut places: Vec<(Option<By>, String)> = vec![(None, String::new())];
    let mut relations = Vec::new();
    for by in By::ALL {
        let first = cells.len();
        for (code, cell) in rows(by, facts) {
            cells.push((cell, Withheld::Open));
            places.push((Some(by), code));
        }
        relations.push(Relation { total: 0, parts: (first..cells.len()).collect() });
    }
    let hidden = suppress(&cells, &relations).unwrap_or_else(|| vec![true; cells.len()]);
    let total = hidden.first().is_some_and(|hidden| !hidden).then(|| facts.total.totals());
    let figures = places.into_iter().zip(cells).zip(hidden).map(|(((by, code), (cell, _)), hidden)| {
        let [amount, orders] = cell.totals();
        TradeFigure {
            by,
            code,
            traded: (!hidden).then_some(Traded { orders, amount }),
            permille: total.filter(|_| !hidden).and_then(|[all, _]| permille(amount, all)),
        }
    });
    figures.collect()
}

/// The rows of a table in their order. Codes that are not fixed and have few enterprises, or are far down, are one row.
fn rows(by: By, facts: &Facts) -> Vec<(String, Cell)> {
    let found = |code: &str| facts.trade.get(&(by, code.to_owned())).cloned().unwrap_or_default();
    let fixed = |codes: &[&str]| codes.iter().map(|code| ((*code).to_owned(), found(code))).collect();
    match by {
        By::Mode => fixed(&MODES),
        By::Direction => fixed(&["import", "export"]),
        By::Grade => {
            let mut codes: Vec<&str> = Grade::ALL.iter().map(|grade| grade.as_str()).collect();
            codes.push(UNKNOWN);
            fixed(&codes)
        }
        By::Country => named(by, facts, COUNTRIES_NAMED),
        By::HsChapter => named(by, facts, CHAPTERS_NAMED),
    }
}

fn named(by: By, facts: &Facts, most: usize) -> Vec<(String, Cell)> {
    let all =
        facts.trade.iter().filter(|((of, _), _)| *of == by).map(|((_, code), cell)| (code.clone(), cell));
    let (mut large, mut folded): (Vec<_>, Vec<_>) =
        all.partition(|(code, cell)| code != UNKNOWN && cell.contributors() >= CONTRIBUTORS_MIN);
    large.sort_by(|(one, a), (other, b)| b.totals().cmp(&a.totals()).then_with(|| one.cmp(other)));
    folded.extend(large.split_off(large.len().min(most)));
    let other = Cell::together(folded.into_iter().map(|(_, cell)| cell));
    let mut rows: Vec<(String, Cell)> = large.into_iter().map(|(code, cell)| (code, cell.clone())).collect();
    if !other.is_empty() {
        rows.push((OTHER.to_owned(), other));
    }
    rows
}
