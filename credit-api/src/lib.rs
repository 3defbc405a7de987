//! The credit service: source files in, ratings with reasons out, every change on the ledger.
//!
//! A folder is a capability. Data goes one way: `intake` → facts → `evaluation` → ratings → `anchoring`;
//! `registry` answers questions, `http` and `portal` show the answers. `docs/ARCHITECTURE.md` walks one record.

pub mod access;
pub mod access_log;
pub mod alerts;
pub mod anchoring;
pub mod cases;
pub mod ceb;
pub mod cli;
pub mod clock;
pub mod config;
pub mod consents;
pub mod docking;
pub mod doctor;
pub mod evaluation;
pub mod folder;
pub mod http;
pub mod identity;
pub mod inspections;
pub mod intake;
pub mod jobs;
pub mod negative_list;
pub mod old_files;
pub mod portal;
pub mod registry;
pub mod repair;
pub mod sample;
pub mod screening;
pub mod service;
pub mod sharing;
pub mod signals;
pub mod single_window;
pub mod statistics;
pub mod store;
pub mod supervision;
pub mod webhooks;
pub mod worker;
