//! The scores of a zone, recomputed from its source files as an outsider would: from the published rulings alone.
//!
//! Naive on purpose: everything is in memory, every indicator is written as its ruling reads, every ratio is an exact
//! fraction. Where a ruling leaves something open, a comment starting with "Reading:" names what was chosen.

pub mod bins;
pub mod check;
pub mod complaints;
pub mod credit;
pub mod days;
pub mod facts;
pub mod files;
pub mod fraction;
pub mod grade;
pub mod listed;
pub mod parse;
pub mod peers;
pub mod penalties;
pub mod registration;
pub mod reviews;
pub mod text;
pub mod trade;
pub mod view;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_trade;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;

pub use facts::Zone;
pub use files::{FileReport, Reject};
pub use fraction::Fraction;
pub use grade::{Indicator, Rating, State, Value};

/// The zone that results from importing `files` in this order, with what each file lost on the way.
pub fn read_files<P: AsRef<Path>>(files: &[P]) -> (Zone, Vec<FileReport>) {
    let mut zone = Zone::default();
    let reports = files.iter().map(|path| zone.import(path.as_ref())).collect();
    (zone, reports)
}

/// Every CSV and NDJSON file of a folder, in the order of their names.
pub fn read_folder(folder: &Path) -> (Zone, Vec<FileReport>) {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| matches!(path.extension().and_then(|e| e.to_str()), Some("csv" | "ndjson" | "jsonl")))
        .collect();
    files.sort();
    read_files(&files)
}

/// The rating of every enterprise that is registered on `as_of`, by USCC.
pub fn rate_all(zone: &Zone, as_of: NaiveDate) -> BTreeMap<String, Rating> {
    let view = view::View::new(zone, as_of);
    view.enterprises.keys().map(|uscc| ((*uscc).to_owned(), grade::rate(&view, uscc))).collect()
}
