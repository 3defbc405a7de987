//! Receipts from making to verification, and the parsers on their corpora, through the public surface.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod corpus;
mod fixture;
mod mutation;
mod refusal;
mod report;
mod shared;
