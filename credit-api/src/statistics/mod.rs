//! Statistics of the zone by finished month: trade, enterprises by grade and kind, moves between grades, and how the
//! documents of sales compare.
//!
//! [`tick`] computes a month once, in one read of the credit database ([`gather`]), withholds what would tell of an
//! enterprise ([`publish`], by `credit_core::statistics`), and keeps the rest ([`keep`]): an answer or a page is one
//! read, and everybody is given the same figures. [`marks`] notices that facts of a month changed. [`figures`] and
//! [`sheet`] turn what is kept into rows and files. Callers: the worker, intake and evaluation (marks), HTTP, portal.

pub mod body;
mod counts;
mod directions;
pub mod figures;
pub mod gather;
pub mod keep;
pub mod marks;
pub mod matching;
pub mod month;
pub mod publish;
pub mod sheet;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
pub mod tick;
