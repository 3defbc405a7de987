//! Keys as their holders have them: in files, and in the papers that change a log's keys.
//!
//! - [`file`]: seeds in files, encrypted or not;
//! - [`event`]: a change of keys on its way from hand to hand until both signatures are on it.

pub mod event;
pub mod file;
