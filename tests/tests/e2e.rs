//! End-to-end tests: the built programs, real files, real databases, nothing of the product's own code.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken assumption has to stop a test at once"
)]

#[path = "e2e/case_crash.rs"]
mod case_crash;
#[path = "e2e/crash.rs"]
mod crash;
#[path = "e2e/disclosed.rs"]
mod disclosed;
#[path = "e2e/doctor.rs"]
mod doctor;
#[path = "e2e/fence.rs"]
mod fence;
#[path = "e2e/fixtures.rs"]
mod fixtures;
#[path = "e2e/hostile.rs"]
mod hostile;
#[path = "e2e/hostile_books.rs"]
mod hostile_books;
#[path = "e2e/hostile_paths.rs"]
mod hostile_paths;
#[path = "e2e/hostile_text.rs"]
mod hostile_text;
#[path = "e2e/hostile_upload.rs"]
mod hostile_upload;
#[path = "e2e/identity.rs"]
mod identity;
#[path = "e2e/imports.rs"]
mod imports;
#[path = "e2e/integrity.rs"]
mod integrity;
#[path = "e2e/keys.rs"]
mod keys;
#[path = "e2e/looks.rs"]
mod looks;
#[path = "e2e/rebuild.rs"]
mod rebuild;
#[path = "e2e/repeats.rs"]
mod repeats;
#[path = "e2e/scores.rs"]
mod scores;
#[path = "e2e/settings.rs"]
mod settings;
#[path = "e2e/sign_off.rs"]
mod sign_off;
#[path = "e2e/snapshots.rs"]
mod snapshots;
#[path = "e2e/window.rs"]
mod window;
