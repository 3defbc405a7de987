//! The credit database: one code over SQLite (bundled, the default) and PostgreSQL (by URL).
//!
//! [`Database`] hands out pooled connections; [`write`] is the one way to a transaction that writes.
//! Tables are in `migrations/`, the same names in both folders; [`schema`] is their Rust side.

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
pub mod both;
pub mod bulk;
mod case_tables;
pub mod codec;
mod connection;
pub mod groups;
pub mod packs;
mod repair_tables;
pub mod schema;
mod supervision_tables;
pub mod trade_days;
pub mod versioned;
mod window_tables;

pub use connection::{
    Database, DatabaseUrl, DbConnection, PooledConnection, StoreError, commit_in_order, read_only, write,
};

/// What a writing transaction does. Two of one lane never run at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Files into facts.
    Intake,
    /// Facts into ratings.
    Evaluation,
    /// Ratings onto the ledger.
    Anchoring,
    /// Partitions of the access log.
    LogMonths,
    /// Jobs, idempotency and other small bookkeeping; on PostgreSQL these do run side by side.
    Bookkeeping,
}
