//! The node through its public surfaces: as a library, as a program, over HTTP.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod commands;
mod common;
mod cosigning;
mod crash;
mod explorer;
mod extracts;
mod faults_bits;
mod faults_disk;
mod faults_restored;
mod faults_sync;
mod faults_wal;
mod files;
mod follow;
mod http;
mod key_commands;
mod keys;
mod operator;
#[path = "../../../tests/src/harness/ports.rs"]
mod ports;
mod tls;
