//! An attacker who knows every shown cell, every total and how tables add up, and tries all whole numbers.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::statistics::{CONTRIBUTORS_MIN, Cell, Relation, Withheld, suppress};

/// A table of counts with row totals, column totals and the total of all: cells and how they add up.
pub(super) fn grid(inner: &[Vec<u64>]) -> (Vec<(Cell, Withheld)>, Vec<Relation>) {
    let (rows, columns) = (inner.len(), inner[0].len());
    let row_sum = |row: usize| inner[row].iter().sum::<u64>();
    let column_sum = |column: usize| inner.iter().map(|row| row[column]).sum::<u64>();
    let mut counts: Vec<u64> = inner.iter().flatten().copied().collect();
    counts.extend((0..rows).map(row_sum));
    counts.extend((0..columns).map(column_sum));
    counts.push((0..rows).map(row_sum).sum());
    let (first_row, first_column) = (rows * columns, rows * columns + rows);
    let all = first_column + columns;
    let mut relations: Vec<Relation> = (0..rows)
        .map(|row| Relation {
            total: first_row + row,
            parts: (0..columns).map(|column| row * columns + column).collect(),
        })
        .collect();
    relations.extend((0..columns).map(|column| Relation {
        total: first_column + column,
        parts: (0..rows).map(|row| row * columns + column).collect(),
    }));
    relations.push(Relation { total: all, parts: (first_row..first_column).collect() });
    relations.push(Relation { total: all, parts: (first_column..all).collect() });
    (counts.into_iter().map(|count| (Cell::counted(count), Withheld::Open)).collect(), relations)
}

/// The values that each inner cell may have, given what is shown: all ways to fill the table are tried.
fn possible(inner: &[Vec<u64>], hidden: &[bool]) -> Vec<BTreeSet<u64>> {
    let (rows, columns) = (inner.len(), inner[0].len());
    let truth: Vec<u64> = inner.iter().flatten().copied().collect();
    let all: u64 = truth.iter().sum();
    let mut seen = vec![BTreeSet::new(); truth.len()];
    let mut filled = truth.clone();
    let unknown: Vec<usize> = (0..truth.len()).filter(|at| hidden[*at]).collect();
    fill(&unknown, 0, &mut filled, all + 1, &mut |filled| {
        let row = |at: usize| (0..columns).map(|column| filled[at * columns + column]).sum::<u64>();
        let column = |at: usize| (0..rows).map(|row| filled[row * columns + at]).sum::<u64>();
        let rows_fit =
            (0..rows).all(|at| hidden[rows * columns + at] || row(at) == inner[at].iter().sum::<u64>());
        let columns_fit = (0..columns).all(|at| {
            hidden[rows * columns + rows + at] || column(at) == inner.iter().map(|row| row[at]).sum::<u64>()
        });
        let all_fits = hidden[hidden.len() - 1] || filled.iter().sum::<u64>() == all;
        if rows_fit && columns_fit && all_fits {
            filled.iter().zip(seen.iter_mut()).for_each(|(value, seen)| {
                seen.insert(*value);
            });
        }
    });
    seen
}

fn fill(unknown: &[usize], at: usize, filled: &mut Vec<u64>, most: u64, each: &mut impl FnMut(&[u64])) {
    let Some(place) = unknown.get(at).copied() else { return each(filled) };
    let used: u64 = unknown[..at].iter().map(|at| filled[*at]).sum();
    for value in 0..=most.saturating_sub(used) {
        filled[place] = value;
        fill(unknown, at + 1, filled, most, each);
    }
    filled[place] = 0;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_withheld_cell_can_be_computed(inner in proptest::collection::vec(proptest::collection::vec(0_u64..8, 2), 2..3)) {
        let (cells, relations) = grid(&inner);
        let hidden = suppress(&cells, &relations).unwrap();
        for (at, seen) in possible(&inner, &hidden).iter().enumerate().filter(|(at, _)| hidden[*at]) {
            prop_assert!(seen.len() > 1, "cell {at} of {inner:?} is {seen:?}; {hidden:?}");
        }
    }

    #[test]
    fn nothing_shown_is_of_fewer_than_five(inner in proptest::collection::vec(proptest::collection::vec(0_u64..12, 5), 4)) {
        let (cells, relations) = grid(&inner);
        let hidden = suppress(&cells, &relations).unwrap();
        for ((cell, _), hidden) in cells.iter().zip(&hidden) {
            prop_assert!(*hidden || cell.is_empty() || cell.contributors() >= CONTRIBUTORS_MIN);
            prop_assert!(!(*hidden && cell.is_empty()));
        }
        // What a line leaves open together is of five or more.
        for relation in relations.iter().filter(|relation| !hidden[relation.total]) {
            let left: u64 = relation.parts.iter().filter(|at| hidden[**at]).map(|at| cells[*at].0.contributors()).sum();
            prop_assert!(left == 0 || left >= CONTRIBUTORS_MIN);
        }
    }

    /// In a table of any size a withheld cell is open when it lies on a round of withheld ones: then one may be larger
    /// and the next smaller all the way round.
    #[test]
    fn every_withheld_cell_lies_on_a_round(inner in proptest::collection::vec(proptest::collection::vec(0_u64..15, 5), 5)) {
        let (cells, relations) = grid(&inner);
        let hidden = suppress(&cells, &relations).unwrap();
        let (rows, columns) = (5, 5);
        // Nodes: rows 0..=5 and columns 6..=11, the last of each being that of the totals.
        let edges: Vec<(usize, usize)> = (0..cells.len())
            .filter(|at| hidden[*at])
            .map(|at| match at {
                at if at < rows * columns => (at / columns, 6 + at % columns),
                at if at < rows * columns + rows => (at - rows * columns, 11),
                at if at < rows * columns + rows + columns => (5, 6 + at - rows * columns - rows),
                _ => (5, 11),
            })
            .collect();
        for (at, (from, to)) in edges.iter().enumerate() {
            let mut reached = BTreeSet::from([*from]);
            while let Some(next) = edges.iter().enumerate().filter(|(other, _)| *other != at).find_map(|(_, (a, b))| {
                match (reached.contains(a), reached.contains(b)) {
                    (true, false) => Some(*b),
                    (false, true) => Some(*a),
                    _ => None,
                }
            }) {
                reached.insert(next);
            }
            prop_assert!(reached.contains(to), "{from}–{to} of {inner:?} is no part of a round");
        }
    }
}
