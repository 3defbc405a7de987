//! Signs of trade that did not happen as it is told (`domain.md` 5.4): what one sale shows, and what the sales of an
//! enterprise show together.
//!
//! [`Signs`] says of a sale which signs were looked for and which were found; it is a function of its documents and
//! verdicts. [`Tally`] adds up the sales of an enterprise, and says of a sign what share of its sales shows it at
//! least, so that few sales prove little. What follows from a share is a rule of `alerts`; a sign is evidence for an
//! inspection and is never counted in a score.

mod goods;
mod pack;
mod payers;
mod sign;
mod tally;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

pub use goods::{Compared, is_elsewhere, is_trade_item};
pub use pack::Pack;
pub use payers::{Payers, Paying};
pub use sign::{Sign, Signs};
pub use tally::{PARTS, Peers, Tally, share_at_least, share_at_most};

/// Days whose sales are looked at, by the order's own time.
pub const WINDOW_DAYS: i32 = 90;
