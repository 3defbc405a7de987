//! Where enterprises moved, without from which grade to which: for months whose moves cannot be published.
//!
//! The grades of both months are published, and the moves between them add up to them. Directions are sums of moves as
//! well: together with the grades they could fix one. So they are published only where every move of fewer
//! enterprises than may be shown could be another one with the same grades and the same directions
//! ([`small_cells_are_open`]), and small directions are withheld by the same rule as everything else.

use credit_core::grade::Grade;
use credit_core::statistics::{Cell, Relation, Withheld, small_cells_are_open, suppress};

use super::body::{Direction, DirectionFigure};
use super::gather::Facts;

/// Nothing when they cannot be protected beside the grades. `is_total_shown`: how many enterprises there are now is
/// published.
pub(super) fn directions(facts: &Facts, is_total_shown: bool) -> Option<Vec<DirectionFigure>> {
    let table = moves(facts);
    let is_open = small_cells_are_open(&table, |row, column| {
        GRADES.get(column).map(|to| Direction::between(GRADES.get(row).copied(), *to))
    });
    if !is_open {
        return None;
    }
    let counts = Direction::ALL.map(|direction| (direction, count(&table, direction)));
    let total = counts.iter().map(|(_, count)| count).sum();
    // Nobody is told how many are new, but it may be known.
    let known = |is_known: bool| if is_known { Withheld::Shown } else { Withheld::Open };
    let mut cells =
        vec![(Cell::counted(total), if is_total_shown { Withheld::Shown } else { Withheld::Yes })];
    cells.extend(counts.map(|(direction, count)| (Cell::counted(count), known(direction == Direction::New))));
    let parts = (1..cells.len()).collect();
    let hidden = suppress(&cells, &[Relation { total: 0, parts }])?;
    let figures =
        counts.into_iter().zip(hidden.into_iter().skip(1)).filter(|((one, _), _)| *one != Direction::New);
    let figures: Vec<DirectionFigure> = figures
        .map(|((direction, count), hidden)| DirectionFigure {
            direction,
            enterprises: (!hidden).then_some(count),
        })
        .collect();
    figures.iter().any(|one| one.enterprises.is_some_and(|count| count > 0)).then_some(figures)
}

const GRADES: [Grade; 7] = Grade::ALL;

/// Rows: the grades of the month before, then those that had none; columns: the grades of this one.
fn moves(facts: &Facts) -> Vec<Vec<u64>> {
    let mut table = vec![vec![0; GRADES.len()]; GRADES.len() + 1];
    let place = |grade: &str| GRADES.iter().position(|one| one.as_str() == grade);
    for (uscc, now) in &facts.now {
        let row = facts.before.get(uscc).map_or(Some(GRADES.len()), |before| place(&before.grade));
        let cell = row.zip(place(&now.grade)).and_then(|(row, column)| table.get_mut(row)?.get_mut(column));
        if let Some(count) = cell {
            *count += 1;
        }
    }
    table
}

fn count(table: &[Vec<u64>], direction: Direction) -> u64 {
    let rows = table.iter().enumerate().map(|(row, counts)| (GRADES.get(row).copied(), counts));
    let cells =
        rows.flat_map(|(from, counts)| GRADES.iter().zip(counts).map(move |(to, count)| (from, *to, count)));
    cells.filter(|(from, to, _)| Direction::between(*from, *to) == direction).map(|(.., count)| count).sum()
}
