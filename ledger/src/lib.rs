//! The append-only signed ledger of a zone: what is anchored, the log that holds it, and the receipts that prove it.
//!
//! Everything here but the store is pure: no files, no network, no clock, no panic on hostile bytes.
//! Reading order: [`merkle`] (the tree), [`entry`] and [`header`] (what a leaf holds), [`note`] and
//! [`checkpoint`] (what is signed over the tree), [`policy`] (whom to believe), [`commitment`] and [`receipt`]
//! (what is shown), [`verify`] (what it proves).

pub mod authorship;
pub mod bounded;
pub mod checkpoint;
pub mod codes;
pub mod commitment;
pub mod cosignature;
mod encoding;
pub mod entry;
pub mod evidence;
#[cfg(any(feature = "pq", feature = "gm"))]
pub mod extra;
pub mod header;
pub mod keyring;
pub mod label;
pub mod merkle;
pub mod mirror;
pub mod note;
pub mod policy;
pub mod proof;
pub mod receipt;
#[cfg(feature = "store")]
pub mod replay;
pub mod state;
#[cfg(feature = "store")]
pub mod store;
pub mod subtree;
pub mod texts;
pub mod tile;
pub mod types;
pub mod verify;
pub mod witness;
