//! One enterprise, assessed as it is and with each of some changes to its facts: read once, assessed often.

use std::collections::BTreeSet;

use credit_core::facts::Facts;
use credit_core::scorecard::Scorecard;
use credit_core::uscc::Uscc;

use super::assess::{Assessed, assess};
use super::gather::{Who, gather};
use super::history;
use super::knowledge::Question;
use super::rollup::Medians;
use crate::store::{DbConnection, StoreError, read_only};

/// As it is, and as it would be with each change that applies.
pub type Variants = (Assessed, Vec<Option<Assessed>>);

/// As it is, and as it would be with each change that applies, in the order of `changes`. `None` when the enterprise is
/// not registered at that date. Orders and reviews stay as they were counted: a change must not add or take away an
/// event that they share with a record.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn ask_each<C>(
    connection: &mut DbConnection,
    (question, uscc): (Question, Uscc),
    (card, medians): (&Scorecard, &Medians),
    changes: &[C],
    changed: impl Fn(&Facts, &C) -> Option<Facts>,
) -> Result<Option<Variants>, StoreError> {
    let who = Who::These(BTreeSet::from([uscc]));
    let (facts, previous) = read_only(connection, |connection| {
        let facts = gather(connection, question, &who, medians)?;
        let previous = history::predecessors(connection, question, who.named())?;
        Ok::<_, StoreError>((facts.into_iter().next(), previous))
    })?;
    let Some(facts) = facts else { return Ok(None) };
    let previous = previous.get(&uscc);
    let each =
        changes.iter().map(|change| changed(&facts, change).map(|facts| assess(&facts, previous, card)));
    Ok(Some((assess(&facts, previous, card), each.collect())))
}
