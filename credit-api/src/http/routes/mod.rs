//! The handlers, one file per resource: parse, ask the access rule, call, render.

pub mod access_alerts;
pub mod access_log;
pub mod activity;
pub mod advice;
pub mod batches;
pub mod consents;
pub mod disclosure;
pub mod docking;
pub mod enterprise;
pub mod enterprises;
pub mod health;
pub mod jobs;
pub mod keys;
pub mod letters;
pub mod me;
pub mod partial;
pub mod rating;
pub mod ratings;
pub mod receipt;
pub mod scorecards;
pub mod sessions;
pub mod sign_off;
pub mod simulations;
pub mod upload;
pub mod users;
pub mod withheld;
