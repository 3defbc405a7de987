//! 分类监管 as rules: what follows from a grade or an entry of the negative list, by whose power, on what basis, and how
//! a measure lives from its proposal to its end; and the draw of inspections. Pure.
//!
//! - [`catalogue`]: the measures, dated and cited (`data/measures-2026.1.toml`), refused where they go beyond what the
//!   law allows;
//! - [`due`]: which of them are due to an enterprise, and what keeps one from beginning;
//! - [`life`]: the states of a measure and the verbs between them;
//! - [`moves`]: from what is due and what there is to what has to be done;
//! - [`draw`], [`plan`]: who is inspected, and by whom, by a seed that nobody chose.

pub mod catalogue;
pub mod draw;
pub mod due;
pub mod life;
pub mod moves;
pub mod plan;
#[cfg(test)]
mod tests;

pub use catalogue::{Agency, Catalogue, Class, Effect, Every, Measure, Power, Rate, class_of};
pub use due::{Before, Cause, Due, Entry, Situation, Wait, due};
pub use life::{State, Verb, next};
pub use moves::{Held, Move, moves};
