//! Facts into ratings: gather (what was known at T, as of D) → assess (pure) → record what changed.
//!
//! Called by intake for what a file touched, by `evaluate --all` for the monthly run, and by every question with
//! an `as_of` or `known_at` of its own, which records nothing.

pub mod ask;
pub mod assess;
pub mod gather;
pub mod history;
pub mod knowledge;
pub mod register;
pub mod rollup;
pub mod run;
pub mod sign_off;
pub mod statement;
pub mod suppose;
pub mod variants;
pub mod view;
