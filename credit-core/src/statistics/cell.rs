//! What is behind one figure, and whether it may be shown by itself.

use std::collections::BTreeMap;

use super::{CONTRIBUTORS_MIN, LARGEST_PERCENT_MAX};

/// Something that enterprises add up to, such as 分 or orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Measure {
    total: u64,
    /// What the enterprise with the most has of it.
    largest: u64,
}

impl Measure {
    fn is_dominated(self) -> bool {
        u128::from(self.largest) * 100 > u128::from(self.total) * u128::from(LARGEST_PERCENT_MAX)
    }
}

/// One cell of a table: how many enterprises are behind it and what they add up to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    contributors: u64,
    /// Amount and orders, or enterprises and nothing.
    measures: [Measure; 2],
    /// What each has, while they are fewer than [`CONTRIBUTORS_MIN`]: two small cells may have the same ones.
    few: BTreeMap<u64, [u64; 2]>,
    /// Its enterprises are in no other cell of a table, so that who they are does not matter.
    apart: bool,
}

impl Cell {
    /// So many enterprises, each of which is in one cell of a table.
    #[must_use]
    pub fn counted(enterprises: u64) -> Self {
        let measure = Measure { total: enterprises, largest: enterprises.min(1) };
        Self {
            contributors: enterprises,
            measures: [measure, Measure::default()],
            apart: true,
            ..Self::default()
        }
    }

    /// Adds all that one enterprise has in this cell. `who` is any number of it that it has in every cell.
    pub fn add(&mut self, who: u64, parts: [u64; 2]) {
        self.contributors += 1;
        for (measure, part) in self.measures.iter_mut().zip(parts) {
            measure.total = measure.total.saturating_add(part);
            measure.largest = measure.largest.max(part);
        }
        if self.contributors < CONTRIBUTORS_MIN {
            self.few.insert(who, parts);
        } else {
            self.few.clear();
        }
    }

    /// All of these as one. Who is in two small ones counts once; of larger ones it is not known who is behind them, so
    /// they count as the largest of them, and their largest parts as one enterprise's: rather too much is withheld than
    /// too little.
    #[must_use]
    pub fn together<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Self {
        let mut all = Self::default();
        let (mut apart, mut most) = (0_u64, 0);
        let mut apart_largest = [0; 2];
        let mut few: BTreeMap<u64, [u64; 2]> = BTreeMap::new();
        for cell in cells {
            let is_small = !cell.few.is_empty();
            for (at, (sum, measure)) in all.measures.iter_mut().zip(cell.measures).enumerate() {
                sum.total = sum.total.saturating_add(measure.total);
                match apart_largest.get_mut(at) {
                    Some(largest) if cell.apart => *largest = measure.largest.max(*largest),
                    _ if is_small => {}
                    _ => sum.largest = sum.largest.saturating_add(measure.largest),
                }
            }
            if cell.apart {
                apart = apart.saturating_add(cell.contributors);
            } else if !is_small {
                most = cell.contributors.max(most);
            }
            for (who, parts) in &cell.few {
                let kept = few.entry(*who).or_default();
                kept.iter_mut().zip(parts).for_each(|(kept, part)| *kept = kept.saturating_add(*part));
            }
        }
        for (at, (sum, apart)) in all.measures.iter_mut().zip(apart_largest).enumerate() {
            let named = few.values().filter_map(|parts| parts.get(at)).max().copied().unwrap_or(0);
            sum.largest = sum.largest.saturating_add(named).max(apart);
        }
        all.contributors = most.max(u64::try_from(few.len()).unwrap_or(u64::MAX)).max(apart);
        all.apart = apart > 0;
        if all.contributors < CONTRIBUTORS_MIN {
            all.few = few;
        }
        all
    }

    #[must_use]
    pub fn contributors(&self) -> u64 {
        self.contributors
    }

    /// The sums, in the order in which they were added.
    #[must_use]
    pub fn totals(&self) -> [u64; 2] {
        self.measures.map(|measure| measure.total)
    }

    /// Nobody is behind it. A zero tells of no enterprise.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contributors == 0
    }

    /// Whether the figure may be shown, as far as it alone is concerned.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        let dominated = self.measures.iter().any(|measure| measure.is_dominated());
        self.is_empty() || (self.contributors >= CONTRIBUTORS_MIN && !dominated)
    }

    /// In which order cells are given up: the least is lost first.
    pub(super) fn weight(&self) -> (u64, u64) {
        (self.measures.first().map_or(0, |measure| measure.total), self.contributors)
    }
}
