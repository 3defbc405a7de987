//! What of a call is new, what the log has already, what is refused. Nothing is written here.

use super::block::Draft;
use super::{Appended, NewEntry, Operator, OperatorError, Refusal};
use ledger::entry::{Entry, MAX_ENTRY_BYTES};
use ledger::merkle::Hash;
use ledger::store::IdemRow;
use ledger::store::rows::unplaced_bytes;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Bytes that the place in the subject's chain may take in SCALE beyond the one of place 0.
const SEQ_BYTES_MORE: usize = 8;

/// What is to be done with one entry.
pub(super) enum Plan {
    New(Box<Draft>),
    /// It is in the log.
    Known(Appended),
    /// It is the same as the entry at this position of the call.
    Same(usize),
    Refused(Refusal),
}

/// How one entry of a call is answered.
pub(super) enum Answer {
    /// As the new entry of this number.
    New(usize),
    Done(Result<Appended, OperatorError>),
    /// As the entry at this position, as a duplicate.
    Same(usize),
}

/// An entry as it enters the log, except for what only the sequencer knows: its place in its subject's chain and
/// its time. Making one needs no operator, so that many threads can do it for one that writes.
#[derive(Debug)]
pub struct Prepared {
    entry: Entry,
    cause: Hash,
    content: Hash,
}

impl Prepared {
    /// Checks and hashes an entry.
    ///
    /// # Errors
    /// [`Refusal`] for what no log would take.
    pub fn new(new: NewEntry) -> Result<Self, Refusal> {
        let NewEntry { cause, mut entry } = new;
        if matches!(entry, Entry::Genesis(_) | Entry::Seal(_)) {
            return Err(Refusal::Kind);
        }
        let mut room = 0;
        if let Some(env) = entry.env_mut() {
            let is_unset = env.cause == Hash::default() && env.signature.is_none();
            if env.cause != cause && !is_unset {
                return Err(Refusal::OtherCause);
            }
            env.cause = cause;
            room = SEQ_BYTES_MORE;
        }
        let bytes = unplaced_bytes(&mut entry);
        let length = bytes.len() + room;
        if length > MAX_ENTRY_BYTES {
            return Err(Refusal::TooLong(length));
        }
        Ok(Self { entry, cause, content: Sha256::digest(bytes).into() })
    }
}

impl Operator {
    /// Looks all causes up together, then decides entry by entry.
    pub(super) fn plan(&self, entries: Vec<Result<Prepared, Refusal>>) -> Result<Vec<Plan>, OperatorError> {
        let causes: Vec<&Hash> = entries.iter().flatten().map(|prepared| &prepared.cause).collect();
        let mut rows = self.store.find_causes(&causes)?.into_iter();
        let mut seen: HashMap<Hash, (usize, Hash)> = HashMap::with_capacity(entries.len());
        entries
            .into_iter()
            .enumerate()
            .map(|(position, prepared)| match prepared {
                Ok(prepared) => self.plan_one(position, prepared, rows.next().flatten(), &mut seen),
                Err(reason) => Ok(Plan::Refused(reason)),
            })
            .collect()
    }

    fn plan_one(
        &self,
        position: usize,
        prepared: Prepared,
        row: Option<IdemRow>,
        seen: &mut HashMap<Hash, (usize, Hash)>,
    ) -> Result<Plan, OperatorError> {
        let Prepared { entry, cause, content } = prepared;
        if let Some(row) = row {
            if row.content_hash != content {
                return Ok(Plan::Refused(Refusal::OtherContent(row.index)));
            }
            let span = self.store.span_of(row.index)?;
            return Ok(Plan::Known(Appended {
                index: row.index,
                block: span.number,
                size: span.end(),
                duplicate: true,
            }));
        }
        match seen.get(&cause) {
            Some((first, before)) if *before == content => Ok(Plan::Same(*first)),
            Some(_) => Ok(Plan::Refused(Refusal::OtherContentInCall)),
            None => {
                seen.insert(cause, (position, content));
                Ok(Plan::New(Box::new(Draft { entry, cause, content })))
            }
        }
    }
}

pub(super) fn first_refusal(plans: &[Plan]) -> Option<OperatorError> {
    plans.iter().enumerate().find_map(|(position, plan)| match plan {
        Plan::Refused(reason) => Some(OperatorError::Refused { position, reason: reason.clone() }),
        _ => None,
    })
}

/// Puts the places of the new entries into the answers.
pub(super) fn resolve(answers: &[Answer], placed: &[Appended]) -> Vec<Result<Appended, OperatorError>> {
    answers.iter().map(|answer| resolve_one(answers, placed, answer)).collect()
}

fn resolve_one(answers: &[Answer], placed: &[Appended], answer: &Answer) -> Result<Appended, OperatorError> {
    match answer {
        Answer::New(number) => placed.get(*number).copied().ok_or(OperatorError::Stopped),
        Answer::Done(result) => result.clone(),
        Answer::Same(first) => match answers.get(*first) {
            Some(Answer::New(number)) => placed
                .get(*number)
                .map(|appended| Appended { duplicate: true, ..*appended })
                .ok_or(OperatorError::Stopped),
            Some(Answer::Done(result)) => result.clone(),
            _ => Err(OperatorError::Stopped),
        },
    }
}
