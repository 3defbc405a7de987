//! The append-only signed ledger of a zone: what is anchored, the log that holds it, and the receipts that prove it.
//!
//! Everything listed below is pure: no store, no network, no clock, no panic on hostile bytes.
//! Reading order: [`merkle`] (the tree), then what a leaf holds, then what is signed over the tree.

pub mod merkle;
