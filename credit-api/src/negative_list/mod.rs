//! The negative list: its lawful mirror, who is on which statutory list, on which day, and proof of it on the ledger.
//!
//! An entry comes from an authenticated source alone (`lists`, with its decision number), and leaves when the source
//! says so or its last day is over. Nobody here enters or strikes anybody.
//!
//! The path of one record: a row of `lists` → the enterprise is dirty → the transaction of its evaluation finds, with
//! the same facts, on which lists it stands today ([`standing`]) → where that differs from the last row of `listings`,
//! a row and an outbox row are written ([`record`]) → an entry of the ledger names list and code in clear, as the law
//! publishes them → the state map proves *listed*, *left* and *never listed* to anybody
//! ([`crate::anchoring::receipts`]). An entry that begins or ends by its own date makes the enterprise dirty on that
//! day ([`due`]), so that rating and list change on the same day though nothing is received.
//!
//! - [`lists`]: the lists, and their numbers on the ledger;
//! - [`standing`]: on which an enterprise stands on a day; pure;
//! - [`record`], [`statement`]: what is written and committed to;
//! - [`due`]: the days to come;
//! - [`register`]: who was listed on a day, as known at a time;
//! - [`classes`], [`watch`]: the same of what is not public: SAFE class C (N7) and the zone's own watch list (W1 to
//!   W5), whose entries are cases.

pub mod classes;
pub mod due;
pub mod lists;
pub mod record;
pub mod register;
pub mod standing;
pub mod statement;
pub mod watch;
