//! 信用修复 as rules: for each record that weighs on an enterprise when its repair may be asked, when its publicity ends
//! by itself, where and with which papers it is asked, and which rule said so.
//!
//! The rules are dated data (`data/repair-2026.1.toml`), each with its source and what of it is uncertain. A term runs
//! from the date of the document, which itself is not counted (Civil Code art. 201), and ends with the corresponding
//! day of the month, or its last (art. 202); a record may be repaired from the day after the least publicity. Publicity
//! runs through holidays: its end is not moved by them. The answers that are due after an application are in working
//! days of [`crate::calendar`], provisional in a year whose calendar is not published.
//!
//! What an authority holds the authority repairs, through 信用中国, free of charge. Here nobody decides anything.

pub mod certificate;
mod plan;
mod rules;
#[cfg(test)]
mod tests;

pub use plan::{Item, ItemClass, Repaired, Standing, Until, answer_by, plan, repaired, tried};
pub use rules::{Answer, Channel, Of, Paper, RepairRules, Rule};
