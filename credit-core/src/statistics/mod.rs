//! Figures of the zone in which no single enterprise can be told: which cells of linked tables are withheld.
//!
//! [`Cell`] says what is behind a figure, [`suppress`] which figures of tables that share totals are not shown:
//! first those that would tell of an enterprise (primary), then as many more as are needed so that none of those can
//! be computed from what is shown (secondary). What the tables are about is the business of `credit-api`.
//!
//! 统计法：能够识别或者推断单个统计调查对象身份的资料不得对外提供 (data from which a single subject can be told or
//! inferred are not given out). Method: Hundepool et al., *Statistical Disclosure Control*, Wiley 2012, chapter 4.

mod cell;
mod linear;
mod share;
mod suppress;
mod swaps;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

pub use cell::Cell;
pub use share::permille;
pub use suppress::{Relation, Withheld, suppress};
pub use swaps::small_cells_are_open;

/// The least number of enterprises behind a figure (minimum frequency rule, k = 5).
pub const CONTRIBUTORS_MIN: u64 = 5;
/// The largest share of a figure that one enterprise may have, percent: the (n, k) dominance rule with n = 1, k = 75.
/// Above it the figure is nearly that of the enterprise. Stricter than what the access rule asks of a total (80).
pub const LARGEST_PERCENT_MAX: u64 = 75;
