//! The domain, pure: no I/O, no clock, no float in a score.
//!
//! A score is a pure function of (scorecard version, indicator values), and the indicator values are a
//! pure function of (facts as known at T, as-of date D). This crate holds both functions and the types
//! they speak; where facts come from and where ratings go is the business of `credit-api`.

pub mod advice;
pub mod alerts;
pub mod calendar;
pub mod cases;
pub mod ceb;
pub mod country;
pub mod customs_code;
pub mod dates;
pub mod document_no;
pub mod evaluate;
pub mod facts;
pub mod grade;
pub mod indicator;
pub mod matching;
pub mod money;
pub mod negative_list;
pub mod observe;
pub mod records;
pub mod region;
pub mod repair;
pub mod reviews;
pub mod rules;
pub mod scorecard;
pub mod screening;
pub mod signals;
pub mod standing;
pub mod statement;
pub mod statistics;
pub mod supervision;
pub mod text_map;
pub mod traces;
pub mod trade;
pub mod uscc;
