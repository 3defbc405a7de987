//! From orders to [`TradeFacts`](crate::facts::TradeFacts): rulings A6, A7, A9, A10, B and G of the scorecard.
//!
//! Two roads lead there and give the same numbers, because both add the same [`DayCounters`] into the same
//! [`Tally`]:
//!
//! - the **row road** ([`exact`]) reads the orders themselves, merchant by merchant, and answers any question
//!   about the past;
//! - the **rollup road** stores one [`DayCounters`] per [`DayKey`] with full knowledge, reads the days of the
//!   windows, and corrects the few rows [`adjust::in_flight`] at D with [`adjust::in_flight_deltas`].
//!
//! What depends on other rows of the merchant is computed once per row: [`marks`] (stored beside the row) and
//! [`windows`] (for a D). What depends on the zone comes in as [`PeerMedians`] and [`PriceBook`].
//!
//! Where the rulings leave a reading open, this is the one taken, and where it is decided:
//!
//! - Waybills without a carrier are of one carrier ([`marks::waybill_group`]).
//! - Above 5 000 元 without a quantity M10's first half has no input and passes ([`day`]).
//! - A held row is also an examined one, whatever its last status ([`day`]).
//! - T15 counts reused waybills only: an order carries no weights ([`day`]).

pub mod adjust;
pub mod against;
pub mod counters;
pub mod day;
pub mod exact;
pub mod key;
pub mod marks;
pub mod peers;
pub mod prices;
pub mod shipment;
pub mod tally;
pub mod view;
pub mod windows;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

pub use adjust::{Deltas, exclusion, in_flight, in_flight_deltas, last_event_on};
pub use day::{DayCounters, contribution};
pub use exact::{SubjectPass, Subjects, Zone, ZonePass};
pub use key::{Cell, DayKey, Hs2, Parties, ShipmentKey};
pub use marks::{Marks, mark_merchant, marks_at};
pub use peers::PeerMedians;
pub use prices::PriceBook;
pub use shipment::{ShipmentCounters, shipments};
pub use tally::Tally;
pub use windows::{WindowCounts, WindowRow, window_rows};
