//! From reviews to [`ReviewFacts`](crate::facts::ReviewFacts): rulings A6, A7, D1 and D3.
//!
//! As with orders, the row road ([`exact`]) and the rollup road (stored [`ReviewCounters`] per [`ReviewKey`])
//! fill the same [`ReviewTally`]. Only the suspicious reviews (C06) need the rows: [`suspicion`].

pub mod exact;
pub mod peers;
pub mod signs;
pub mod similarity;
pub mod suspicion;
pub mod tally;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

pub use exact::{ReviewPass, ReviewSubjects, ReviewZone};
pub use peers::{ReviewPeers, Shape};
pub use signs::{ReviewLooks, ReviewSigns};
pub use suspicion::{BurstDays, KnownOrder, OrderIndex, Suspicion, suspicions};
pub use tally::{ReviewCounters, ReviewKey, ReviewTally, review_counters};
