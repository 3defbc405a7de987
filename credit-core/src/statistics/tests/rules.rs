//! The rules one by one.

use crate::statistics::{Cell, Relation, Withheld, permille, small_cells_are_open, suppress};

fn cell(parts: &[(u64, u64)]) -> Cell {
    let mut cell = Cell::default();
    for (who, amount) in parts {
        cell.add(*who, [*amount, 1]);
    }
    cell
}

fn even(from: u64, enterprises: u64, each: u64) -> Cell {
    cell(&(from..from + enterprises).map(|who| (who, each)).collect::<Vec<_>>())
}

/// One table: its total first.
fn table(cells: Vec<Cell>) -> Option<Vec<bool>> {
    let parts = (1..cells.len()).collect();
    let cells: Vec<_> = cells.into_iter().map(|cell| (cell, Withheld::Open)).collect();
    suppress(&cells, &[Relation { total: 0, parts }])
}

#[test]
fn five_enterprises_and_none_of_them_three_quarters() {
    assert!(!even(0, 4, 10).is_safe());
    assert!(even(0, 5, 10).is_safe());
    assert!(Cell::default().is_safe(), "none is no one");
    // 75 of 100 is allowed, 76 of 101 is more.
    assert!(cell(&[(1, 75), (2, 10), (3, 5), (4, 5), (5, 5)]).is_safe());
    assert!(!cell(&[(1, 76), (2, 10), (3, 5), (4, 5), (5, 5)]).is_safe());
    assert!(Cell::counted(5).is_safe() && !Cell::counted(4).is_safe());
    // Of orders the same as of amounts.
    let mut orders = Cell::default();
    (0..5).for_each(|who| orders.add(who, [10, if who == 0 { 100 } else { 1 }]));
    assert!(!orders.is_safe());
}

#[test]
fn one_withheld_cell_takes_the_smallest_other_with_it() {
    let total = even(0, 40, 10);
    let hidden =
        table(vec![total, even(0, 4, 10), even(4, 20, 10), even(24, 16, 10), Cell::default()]).unwrap();
    assert_eq!(hidden, [false, true, false, true, false], "the smaller of the two, never the empty one");
}

#[test]
fn two_small_ones_of_the_same_enterprises_are_not_enough() {
    // Enterprises 1 to 4 are all there is behind both: the sum is theirs.
    let (a, b) = (even(1, 4, 10), even(1, 4, 20));
    let hidden = table(vec![even(1, 30, 30), a.clone(), b, even(5, 20, 50)]).unwrap();
    assert_eq!(hidden, [false, true, true, true]);
    // Of others the sum is of eight.
    let hidden = table(vec![even(1, 30, 30), a, even(11, 4, 20), even(15, 20, 50)]).unwrap();
    assert_eq!(hidden, [false, true, true, false]);
}

#[test]
fn what_one_enterprise_has_nearly_all_of_stays_unknown_in_a_sum() {
    // 900 of 1000 in the withheld sum of two is one enterprise's.
    let big = cell(&[(1, 900), (2, 1), (3, 1), (4, 1), (5, 1)]);
    let small = even(6, 5, 10);
    let hidden = table(vec![even(1, 60, 100), big, small, even(11, 5, 400)]).unwrap();
    assert_eq!(hidden, [false, true, true, true]);
}

#[test]
fn cells_are_folded_into_one() {
    let folded = |cells: &[Cell]| Cell::together(cells);
    // Ten countries of one merchant each, all another: ten enterprises, none of them large.
    let ones: Vec<Cell> = (0..10).map(|who| even(who, 1, 10)).collect();
    let all = folded(&ones);
    assert_eq!((all.contributors(), all.totals(), all.is_safe()), (10, [100, 10], true));
    // Ten countries of one and the same merchant.
    let same: Vec<Cell> = (0..10).map(|_| even(7, 1, 10)).collect();
    assert_eq!((folded(&same).contributors(), folded(&same).is_safe()), (1, false));
    assert!(folded(&[]).is_empty());
}

#[test]
fn a_total_that_is_withheld_is_not_the_sum_of_shown_parts() {
    // Dominated as a whole, while no part is.
    let total = cell(&[(1, 800), (2, 50), (3, 50), (4, 50), (5, 50)]);
    let hidden = table(vec![total, even(1, 5, 100), even(1, 6, 90)]).unwrap();
    assert_eq!(hidden, [true, true, false]);
}

#[test]
fn tables_that_share_a_total_lose_it_together() {
    // The first table has one part alone, of four enterprises: it can be hidden by its total only.
    let cells = [even(0, 4, 10), even(0, 4, 10), even(0, 4, 5), even(0, 4, 5)];
    let cells = cells.map(|cell| (cell, Withheld::Open));
    let relations = [Relation { total: 0, parts: vec![1] }, Relation { total: 0, parts: vec![2, 3] }];
    assert_eq!(suppress(&cells, &relations).unwrap(), [true, true, true, true]);
}

#[test]
fn what_was_shown_elsewhere_cannot_be_taken_back() {
    let cells = [
        (Cell::counted(12), Withheld::Shown),
        (Cell::counted(4), Withheld::Open),
        (Cell::counted(8), Withheld::Open),
        (Cell::counted(0), Withheld::Open),
    ];
    let relations = [Relation { total: 0, parts: vec![1, 2, 3] }];
    assert_eq!(suppress(&cells, &relations).unwrap(), [false, true, true, false]);
    let alone = [(Cell::counted(4), Withheld::Shown), (Cell::counted(4), Withheld::Open)];
    assert_eq!(suppress(&alone, &[Relation { total: 0, parts: vec![1] }]), None);
    // What was withheld elsewhere stays so, and is protected here too.
    let before = [(Cell::counted(20), Withheld::Yes), (Cell::counted(20), Withheld::Open)];
    assert_eq!(suppress(&before, &[Relation { total: 0, parts: vec![1] }]).unwrap(), [true, true]);
}

#[test]
fn two_in_every_line_may_still_be_too_few() {
    // Two blocks of four withheld cells, and one cell between them: every line of rows 0 to 3 and columns 0 to 3 has
    // two or more, and the one between is the difference of sums.
    let small = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 2), (2, 3), (3, 2), (3, 3)];
    let mut inner = [[20_u64; 4]; 4];
    small.iter().for_each(|(row, column)| inner[*row][*column] = 3);
    let (cells, relations) = super::attack::grid(&inner.map(|row| row.to_vec()));
    let hidden = suppress(&cells, &relations).unwrap();
    assert!(hidden.iter().filter(|hidden| **hidden).count() > small.len(), "{hidden:?}");
}

#[test]
fn shares_are_rounded_one_by_one() {
    assert_eq!((permille(1, 3), permille(2, 3), permille(1, 2000)), (Some(333), Some(667), Some(1)));
    assert_eq!((permille(0, 0), permille(0, 7), permille(7, 7)), (None, Some(0), Some(1000)));
    assert_eq!(permille(u64::MAX, u64::MAX), Some(1000));
}

/// Above the diagonal, on it, below it.
fn side(row: usize, column: usize) -> std::cmp::Ordering {
    row.cmp(&column)
}

#[test]
fn sums_by_class_may_fix_a_small_cell() {
    // Two of the first row and three of the second went to the third column: no other table has these margins and five
    // that went down.
    assert!(!small_cells_are_open(&[vec![18, 0, 2], vec![0, 17, 3], vec![0, 0, 30]], side));
    // Where the two of the first row and the three of the second went to columns further down, one of each may have
    // changed places.
    let open = [vec![18, 0, 2, 0], vec![0, 17, 0, 3], vec![0, 0, 30, 0], vec![0, 0, 0, 30]];
    assert!(small_cells_are_open(&open, side));
    // Cells that may be shown need no other table.
    assert!(small_cells_are_open(&[vec![18, 0, 7], vec![0, 17, 5], vec![0, 0, 30]], side));
}

/// Sums of rows, of columns and of sides.
fn sums(table: &[Vec<u64>]) -> [u64; 9] {
    let mut sums = [0; 9];
    for (row, column) in (0..3).flat_map(|row| (0..3).map(move |column| (row, column))) {
        let side = match side(row, column) {
            std::cmp::Ordering::Less => 6,
            std::cmp::Ordering::Equal => 7,
            std::cmp::Ordering::Greater => 8,
        };
        [row, 3 + column, side].into_iter().for_each(|at| sums[at] += table[row][column]);
    }
    sums
}

/// Calls `each` with every table of so many enterprises.
fn fill(table: &mut Vec<Vec<u64>>, at: usize, left: u64, each: &mut impl FnMut(&[Vec<u64>])) {
    let here = if at == 8 { left..=left } else { 0..=left };
    for count in here {
        table[at / 3][at % 3] = count;
        if at == 8 { each(table) } else { fill(table, at + 1, left - count, each) }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]

    /// By trying all tables: where the cells are said to be open, none of the small ones has one value alone.
    #[test]
    fn what_is_said_to_be_open_is(inner in proptest::collection::vec(proptest::collection::vec(0_u64..3, 3), 3)) {
        if small_cells_are_open(&inner, side) {
            let mut seen = vec![std::collections::BTreeSet::new(); 9];
            fill(&mut vec![vec![0; 3]; 3], 0, inner.iter().flatten().sum(), &mut |table| {
                if sums(table) == sums(&inner) {
                    seen.iter_mut().zip(table.iter().flatten()).for_each(|(seen, count)| { seen.insert(*count); });
                }
            });
            for (count, seen) in inner.iter().flatten().zip(seen) {
                proptest::prop_assert!(*count == 0 || *count >= 5 || seen.len() > 1, "{inner:?}");
            }
        }
    }
}
