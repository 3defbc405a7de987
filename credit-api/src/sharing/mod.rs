//! Sharing between departments (`domain.md` 7.7, the statute on sharing of government data): what an enterprise filed
//! once, and what departments hold of it, is taken from here by those whose duty needs it.
//!
//! - [`feed`]: what changed, in the order in which it was committed;
//! - [`notice`]: what a received file changed; [`ends`]: what ended by its own last day;
//! - [`shown`]: what of a change a reader sees;
//! - [`requests`], [`acts`]: what a department asks to take as a standing matter, and how that is answered;
//! - [`statement`]: what the ledger commits to;
//! - [`extract`], [`extract_rows`]: the granted blocks of all enterprises as files, with a signed manifest;
//! - [`fetching`]: asking for them, and fetching and keeping the files, which leave by [`attachment`];
//! - [`taken`]: which departments take what of an enterprise from here;
//! - [`corrections`]: who saw what has been corrected since.
//!
//! Called by `intake`, `evaluation` and the worker, which tell what changed, and by `http::routes` and `portal`, which
//! show it.

pub mod acts;
pub mod attachment;
pub mod corrections;
pub mod ends;
pub mod extract;
pub mod extract_rows;
pub mod feed;
pub mod fetching;
pub mod notice;
pub mod requests;
pub mod shown;
pub mod statement;
pub mod taken;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
mod tests;
