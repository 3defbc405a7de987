//! The embedded scorecard from outside: its document, its bins, the worked examples.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod bins;
mod document;
mod examples;
mod faults;
