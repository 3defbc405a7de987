//! Docking: our grades beside the classes of the departments, and where two sources disagree on a fact.
//!
//! - [`mapping`]: dated files that say which class of a receiver stands beside which grade. A recommendation: no class
//!   of a department follows from it, and the ones that take a finding of the department are never recommended;
//! - [`book`]: the files in force, of the program or of the operator's folder;
//! - [`disagree`]: what two sources say differently of one enterprise, a pure function of its records;
//! - [`report`]: the same for all enterprises, page by page;
//! - [`sight`]: what of it a reader is shown.
//!
//! Called by the routes `docking` and by the page of the same name. Nothing is written.

pub mod book;
pub mod disagree;
pub mod mapping;
pub mod report;
pub mod sight;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
