//! Support for the end-to-end tests: an independent recomputation of every score, the comparison with what the
//! product says, and builders that make a zone out of source files and run the built programs on it.
//!
//! Nothing here depends on the product's crates: a test that shared their code would share their mistakes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::string_slice,
    reason = "this package is tests only: a broken assumption has to stop the test at once"
)]

pub mod compare;
pub mod harness;
pub mod oracle;
pub mod window;

#[cfg(test)]
mod tidy;
