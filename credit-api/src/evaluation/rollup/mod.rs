//! Facts from the rollups, when the question is about everything received so far.
//!
//! Read are the days of the windows of D, the orders of the last 90 days (and of the year, where a buyer's quota
//! can be used up at all), and the orders in flight at D, each by key: the cost does not grow with the length of
//! the history. The row path ([`super::knowledge`]) gives the same facts for any knowledge time and is what the
//! tests compare with.

mod medians;
mod memo;
mod plan;
mod population;
mod reviews;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions, reason = "tests")]
mod tests;
mod trade;

use credit_core::uscc::Uscc;

pub use memo::{Medians, orders_changed};
pub use population::{all_merchants, dealt_with};
pub use reviews::review_facts;
pub use trade::trade_facts;

/// Whether everyone is asked for or few are: then only what concerns them is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Zone,
    Few,
}

/// In order, each once.
fn sorted(mut codes: Vec<Uscc>) -> Vec<Uscc> {
    codes.sort_unstable();
    codes.dedup();
    codes
}
