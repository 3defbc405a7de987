//! Enterprises by kind and grade, and the moves between grades since the month before.
//!
//! What is withheld of a month's table of kinds and grades depends on that month alone. The rows of the moves add up
//! to the grades of the month before and their columns to those of this one, so that both tables stand in one system
//! with the moves, as they were published: of a grade that is withheld no move is shown, and where what was shown
//! leaves no way to protect the moves there are none. Then there are the directions, if they can be ([`directions`]);
//! never both.

use std::collections::BTreeMap;

use credit_core::grade::Grade;
use credit_core::indicator::SubjectKind;
use credit_core::statistics::{Cell, Relation, Withheld, suppress};
use credit_core::uscc::Uscc;

use super::body::{CountFigure, DirectionFigure, MoveFigure, NEW};
use super::directions::directions;
use super::gather::{Facts, Rated};

const KINDS: [SubjectKind; 4] = SubjectKind::ALL;
const GRADES: [Grade; 7] = Grade::ALL;

/// The tables of the month.
pub(super) struct Counts {
    pub enterprises: Vec<CountFigure>,
    pub moves: Vec<MoveFigure>,
    pub directions: Vec<DirectionFigure>,
}

pub(super) fn counts(facts: &Facts) -> Counts {
    let now = Table::of(&facts.now);
    let says_something =
        |moves: &Vec<MoveFigure>| moves.iter().any(|one| one.enterprises.is_some_and(|n| n > 0));
    let moves = if facts.before.is_empty() { None } else { moves(facts, &now).filter(says_something) };
    let directions = match moves {
        None if !facts.before.is_empty() => directions(facts, !now.is_withheld(Table::ALL)),
        _ => None,
    };
    Counts {
        enterprises: now.figures(),
        moves: moves.unwrap_or_default(),
        directions: directions.unwrap_or_default(),
    }
}

/// A month's table: rows of kinds, then the totals of grades; the last column is that of the totals.
struct Table {
    counts: Vec<u64>,
    hidden: Vec<bool>,
}

const COLUMNS: usize = GRADES.len() + 1;

impl Table {
    fn of(rated: &BTreeMap<Uscc, Rated>) -> Self {
        let kinds = KINDS.iter().map(|kind| Some(kind.as_str())).chain([None]);
        let count = |kind: Option<&str>, grade: Option<&str>| {
            let is_in = |one: &&Rated| {
                kind.is_none_or(|kind| one.kind == kind) && grade.is_none_or(|grade| one.grade == grade)
            };
            u64::try_from(rated.values().filter(is_in).count()).unwrap_or(u64::MAX)
        };
        let grades = || GRADES.iter().map(|grade| Some(grade.as_str())).chain([None]);
        let counts: Vec<u64> = kinds
            .flat_map(|kind| grades().map(move |grade| (kind, grade)))
            .map(|(k, g)| count(k, g))
            .collect();
        let cells: Vec<_> = counts.iter().map(|count| (Cell::counted(*count), Withheld::Open)).collect();
        let hidden = suppress(&cells, &Self::relations(0)).unwrap_or_else(|| vec![true; cells.len()]);
        Self { counts, hidden }
    }

    /// How the cells add up when the table begins at a place.
    fn relations(first: usize) -> Vec<Relation> {
        let rows = KINDS.len();
        let place = |row: usize, column: usize| first + row * COLUMNS + column;
        let of_row = (0..=rows).map(|row| Relation {
            total: place(row, GRADES.len()),
            parts: (0..GRADES.len()).map(|column| place(row, column)).collect(),
        });
        let of_column = (0..COLUMNS).map(|column| Relation {
            total: place(rows, column),
            parts: (0..rows).map(|row| place(row, column)).collect(),
        });
        of_row.chain(of_column).collect()
    }

    /// Place of the number of all.
    const ALL: usize = KINDS.len() * COLUMNS + GRADES.len();

    fn grade_total(grade: usize) -> usize {
        KINDS.len() * COLUMNS + grade
    }

    fn is_withheld(&self, at: usize) -> bool {
        self.hidden.get(at).copied().unwrap_or(true)
    }

    /// The cells as they were published.
    fn cells(&self) -> impl Iterator<Item = (Cell, Withheld)> + '_ {
        self.counts.iter().zip(&self.hidden).map(|(count, hidden)| {
            (Cell::counted(*count), if *hidden { Withheld::Yes } else { Withheld::Shown })
        })
    }

    fn figures(&self) -> Vec<CountFigure> {
        let kinds = KINDS.iter().map(|kind| Some(kind.as_str().to_owned())).chain([None]);
        let grades = || GRADES.iter().map(|grade| Some(grade.as_str().to_owned())).chain([None]);
        let places = kinds.flat_map(|kind| grades().map(move |grade| (kind.clone(), grade)));
        places
            .zip(self.counts.iter().zip(&self.hidden))
            .map(|((kind, grade), (count, hidden))| CountFigure {
                kind,
                grade,
                enterprises: (!hidden).then_some(*count),
            })
            .collect()
    }
}

/// Nothing when they cannot be protected beside what was shown.
fn moves(facts: &Facts, now: &Table) -> Option<Vec<MoveFigure>> {
    let before = Table::of(&facts.before);
    let mut cells: Vec<_> = before.cells().chain(now.cells()).collect();
    let first_now = before.counts.len();
    let mut relations = Table::relations(0);
    relations.extend(Table::relations(first_now));
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); GRADES.len()];
    let mut places = Vec::new();
    let rows = GRADES.iter().enumerate().map(|(at, grade)| (Some(at), grade.as_str())).chain([(None, NEW)]);
    for (row, from) in rows {
        let row_is_withheld = row.is_some_and(|at| before.is_withheld(Table::grade_total(at)));
        let mut parts = Vec::new();
        for (column, to) in GRADES.iter().enumerate() {
            let withheld = row_is_withheld || now.is_withheld(Table::grade_total(column));
            let count = moved(facts, from, to.as_str());
            parts.push(cells.len());
            if let Some(column) = columns.get_mut(column) {
                column.push(cells.len());
            }
            places.push((cells.len(), from, to.as_str(), count));
            cells.push((Cell::counted(count), if withheld { Withheld::Yes } else { Withheld::Open }));
        }
        let total = row.map_or(cells.len(), Table::grade_total);
        if row.is_none() {
            // Nobody is told how many are new, but it may be known.
            let new: u64 = places.iter().filter(|(_, from, ..)| *from == NEW).map(|(.., count)| count).sum();
            cells.push((Cell::counted(new), Withheld::Shown));
        }
        relations.push(Relation { total, parts });
    }
    relations.extend(
        columns
            .into_iter()
            .enumerate()
            .map(|(at, parts)| Relation { total: first_now + Table::grade_total(at), parts }),
    );
    let hidden = suppress(&cells, &relations)?;
    let figure = |(at, from, to, count): (usize, &str, &str, u64)| MoveFigure {
        from: from.to_owned(),
        to: to.to_owned(),
        enterprises: hidden.get(at).is_some_and(|hidden| !hidden).then_some(count),
    };
    Some(places.into_iter().map(figure).collect())
}

fn moved(facts: &Facts, from: &str, to: &str) -> u64 {
    let was = |uscc: &Uscc| facts.before.get(uscc).map_or(NEW, |rated| rated.grade.as_str());
    let found = facts.now.iter().filter(|(uscc, rated)| rated.grade == to && was(uscc) == from);
    u64::try_from(found.count()).unwrap_or(u64::MAX)
}
