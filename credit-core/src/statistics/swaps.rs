//! Whether a table that nobody is shown stays unknown beside its margins and sums of its cells by class.

use super::CONTRIBUTORS_MIN;

/// Whether for each cell of `table` that has somebody and is too small to be shown there is another table of whole
/// numbers with the same sums of rows, of columns and of classes, in which that cell has one less. `class` says in
/// which class the cell of a row and column is.
///
/// Looked for is a rectangle: one fewer in the cell and in the opposite corner, one more in the two others, the corners
/// that lose being of the same classes as those that gain. Where there is one, no margin and no sum fixes the cell;
/// where none is found it may still be open, so that this says rather too often that it is not.
#[must_use]
pub fn small_cells_are_open<C: PartialEq>(table: &[Vec<u64>], class: impl Fn(usize, usize) -> C) -> bool {
    let cells = || {
        let rows = table.iter().enumerate();
        rows.flat_map(|(row, counts)| {
            counts.iter().enumerate().map(move |(column, count)| (row, column, *count))
        })
    };
    let is_open = |row: usize, column: usize| {
        cells().filter(|(.., count)| *count > 0).any(|(other, across, _)| {
            let (one, opposite) = (class(row, column), class(other, across));
            let (right, left) = (class(row, across), class(other, column));
            let is_same = (one == right && opposite == left) || (one == left && opposite == right);
            other != row && across != column && is_same
        })
    };
    cells()
        .filter(|(.., count)| (1..CONTRIBUTORS_MIN).contains(count))
        .all(|(row, column, _)| is_open(row, column))
}
