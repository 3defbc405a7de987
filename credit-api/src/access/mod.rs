//! Who may read what, and for which purpose: the one rule, asked by every handler and page.
//!
//! - [`principal`], [`purpose`], [`block`]: who asks, what for, and for what: columns and rows of the disclosure matrix
//!   (`domain.md` 7.5);
//! - [`rules`]: the policies (Cedar, in `credit-api/policies` or a folder of the operator's) and the one function that
//!   decides, [`Rules::decide`]; how they are replaced while the service runs;
//! - [`mask`], [`aggregate`]: what becomes of data that are not shown in full;
//! - [`looks`]: what a request looked at, for the access log;
//! - [`explain`], [`table`]: the rule in words, and the whole matrix as the policies have it.
//!
//! Nobody else decides: a handler asks, and shows what the [`Outcome`] says.

pub mod aggregate;
pub mod ask;
pub mod block;
pub mod explain;
pub mod looks;
pub mod mask;
pub mod outcome;
pub mod principal;
pub mod purpose;
pub mod rules;
pub mod table;
pub mod token;

pub use ask::{Ask, ConsentBook, Granted, NoConsents, Subject};
pub use block::{Block, grade_block};
pub use looks::{Look, Looks};
pub use outcome::{Decision, Outcome, Reason};
pub use principal::{Audience, Principal};
pub use purpose::Purpose;
pub use rules::{PolicyError, Rules};
