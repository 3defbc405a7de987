//! The portal: pages rendered on the server that work without JavaScript, in Chinese and English.
//!
//! [`view`] says what a page shows, [`render`] writes it, [`http`] answers requests. Where the views come from
//! is behind [`PortalData`]: the portal knows no database and no ledger.

pub mod assets;
pub mod case_texts;
mod data;
pub mod desk_texts;
pub mod http;
pub mod lang;
pub mod render;
pub mod sales_texts;
pub mod screening_texts;
pub mod service;
pub mod statistics_texts;
pub mod texts;
pub mod traces_texts;
pub mod view;

pub use data::{PortalData, PortalError, Reader, SearchAsk};
pub use http::configure;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
