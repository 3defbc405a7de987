//! The handlers, one file per resource: parse, ask the access rule, call, render.

pub mod advice;
pub mod batches;
pub mod consents;
pub mod enterprise;
pub mod enterprises;
pub mod health;
pub mod jobs;
pub mod rating;
pub mod ratings;
pub mod receipt;
pub mod scorecards;
pub mod sign_off;
pub mod simulations;
pub mod upload;
