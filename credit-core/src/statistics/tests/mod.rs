//! What is withheld, and that nobody can compute it.

mod attack;
mod rules;
