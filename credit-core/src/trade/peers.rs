//! T09 (B7): the zone's median return rate of each cell (HS chapter, mode).

use std::collections::BTreeMap;

use crate::trade::key::Cell;

/// A merchant counts as a peer from this many rows in the cell.
pub const MIN_ROWS: i64 = 30;
/// A cell counts from this many peers.
pub const MIN_PEERS: usize = 5;

/// Rows and returned rows of one merchant, or one population, in a cell over 365 days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CellCount {
    pub rows: i64,
    pub returned: i64,
}

impl CellCount {
    /// Compares return rates exactly; `rows` of both are positive.
    fn compare_rate(&self, other: &Self) -> std::cmp::Ordering {
        let own = i128::from(self.returned) * i128::from(other.rows);
        let theirs = i128::from(other.returned) * i128::from(self.rows);
        own.cmp(&theirs)
    }
}

/// The median return rates of the zone for one D.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeerMedians {
    cells: BTreeMap<Cell, CellCount>,
}

impl PeerMedians {
    /// From the counts of every merchant; those with too few rows are passed over here.
    #[must_use]
    pub fn from_counts(counts: impl IntoIterator<Item = (Cell, CellCount)>) -> Self {
        let mut peers: BTreeMap<Cell, Vec<CellCount>> = BTreeMap::new();
        for (cell, count) in counts.into_iter().filter(|(_, count)| count.rows >= MIN_ROWS) {
            peers.entry(cell).or_default().push(count);
        }
        let cells = peers.into_iter().filter_map(|(cell, rates)| Some((cell, median(rates)?))).collect();
        Self { cells }
    }

    /// Sets a cell's median, for medians that were kept.
    pub fn insert(&mut self, cell: Cell, rate: CellCount) {
        self.cells.insert(cell, rate);
    }

    /// The median of a cell as returned ÷ rows, or `None` when the cell is left out.
    #[must_use]
    pub fn rate(&self, cell: &Cell) -> Option<CellCount> {
        self.cells.get(cell).copied()
    }
}

/// The lower median, element ⌊(k−1)/2⌋ of the sorted rates.
fn median(mut rates: Vec<CellCount>) -> Option<CellCount> {
    let count = rates.len();
    if count < MIN_PEERS {
        return None;
    }
    let (_, median, _) = rates.select_nth_unstable_by((count - 1) / 2, CellCount::compare_rate);
    Some(*median)
}

/// What a population would have returned at its cells' medians.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    pub rows: i64,
    pub returned: i64,
    /// Σ rows·median as a fraction.
    pub num: i128,
    pub den: i128,
}

/// A common denominator above this is not used; terms are then taken in units of 2^−64.
const MAX_DENOMINATOR: i128 = 1_i128 << 64;

/// Σ over the cells that have a median. The fraction is exact while the common denominator is at most 2^64;
/// beyond it (many cells with large, coprime peer counts) each term is rounded down to 2^−64, which keeps
/// later products inside 128 bits and does not depend on the order of the cells.
#[must_use]
pub fn expected(own: &BTreeMap<Cell, CellCount>, medians: &PeerMedians) -> Expected {
    let terms: Vec<(CellCount, CellCount)> = own
        .iter()
        .filter(|(_, count)| count.rows > 0)
        .filter_map(|(cell, count)| Some((*count, reduced(medians.rate(cell)?))))
        .collect();
    let common = terms.iter().try_fold(1_i128, |common, (_, rate)| {
        let rows = i128::from(rate.rows);
        let next = common / gcd(common, rows) * rows;
        (next <= MAX_DENOMINATOR).then_some(next)
    });
    let den = common.unwrap_or(MAX_DENOMINATOR);
    let num = terms
        .iter()
        .map(|(count, rate)| {
            let weight = i128::from(count.rows) * i128::from(rate.returned);
            let rows = i128::from(rate.rows);
            if common.is_some() { weight.saturating_mul(den / rows) } else { scaled(weight, rows) }
        })
        .fold(0_i128, i128::saturating_add);
    Expected {
        rows: terms.iter().map(|(count, _)| count.rows).sum(),
        returned: terms.iter().map(|(count, _)| count.returned).sum(),
        num,
        den,
    }
}

/// ⌊weight·2^64 ÷ rows⌋ without leaving 128 bits: the whole part first, then the rest.
fn scaled(weight: i128, rows: i128) -> i128 {
    let (whole, rest) = (weight / rows, weight % rows);
    whole.saturating_mul(MAX_DENOMINATOR).saturating_add(rest.saturating_mul(MAX_DENOMINATOR) / rows)
}

fn reduced(rate: CellCount) -> CellCount {
    let divisor = gcd(i128::from(rate.returned), i128::from(rate.rows));
    let divide = |value: i64| i64::try_from(i128::from(value) / divisor).unwrap_or(value);
    CellCount { rows: divide(rate.rows), returned: divide(rate.returned) }
}

/// The greatest common divisor; of (0, n) it is n. At least 1.
fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
