//! Screening: whether two names may be those of one enterprise, how sure that is, and why.
//!
//! A name is folded ([`fold`]: full width, traditional script, brackets, case), then taken apart ([`name`])
//! into region, brand (字号), trade, form and branch, with the words of a dated file ([`words`]). Two names are
//! compared part by part ([`score`]): the brand decides, the other parts agree, are missing or contradict, and
//! each takes something away from the score, in whole thousandths. Two USCCs decide alone, whatever the names
//! say. What a score means for a purpose stands in another dated file ([`uses`]). [`index`] finds, among some
//! millions of subjects, those worth comparing. [`verdict`] gives the digest of all that a comparison looked
//! at: a false positive that a person has reviewed stays silent as long as that digest is the same.
//!
//! Everything here is pure and the same on every machine: no clock, no float, no order of a hash table. How the
//! thresholds were set and what this cannot do is in `docs/SCREENING.md`.

mod brand;
pub mod fold;
pub mod index;
mod latin;
mod looks;
pub mod name;
pub mod pasted;
mod reading;
pub mod score;
mod slips;
pub mod uses;
pub mod verdict;
pub mod words;

#[cfg(test)]
mod tests;

pub use index::{Found, Index, IndexError, Search};
pub use name::{MAX_NAME_CHARS, MAX_NAMES, Name, NameError, Subject};
pub use score::{Comparison, Outcome, Part, PartScore, compare, compare_names};
pub use uses::{Finding, Use, Uses, UsesError};
pub use verdict::{Digest, Reviewed, digest};
