//! Source files into facts: kept as evidence, recognised by header, parsed, stored; bad rows to the quarantine.

mod ahead;
pub mod batches;
pub mod evidence;
pub mod keep;
pub mod leftover;
pub(crate) mod quarantine;
pub mod readers;
pub mod receive;
pub(crate) mod recording;
pub mod rejected_csv;
pub mod rollup;
pub mod source_file;
