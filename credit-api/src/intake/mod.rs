//! Intake: files become records.

pub mod readers;
