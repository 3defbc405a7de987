//! Sharing between departments (`domain.md` 7.7, the statute on sharing of government data): what an enterprise filed
//! once, and what departments hold of it, is taken from here by those whose duty needs it.
//!
//! - [`feed`]: what changed, in the order in which it was committed;
//! - [`notice`]: what a received file changed.

pub mod feed;
pub mod notice;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
