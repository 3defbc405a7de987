//! Ratings onto the ledger: the outbox is drained in order, at least once; appending is idempotent.

pub mod outbox;
