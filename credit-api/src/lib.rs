//! The credit service: intake, store, evaluation, anchoring, HTTP API, portal, command line.

pub mod intake;
pub mod sample;
