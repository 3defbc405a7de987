//! What became of each message of a pushed batch, noted while intake takes the batch and written in its transaction.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::records::{ErrorCode, Expected, FieldError};
use serde::{Deserialize, Serialize};

use super::push;
use super::store::{self, BatchRow, ReceiptRow};
use super::{ERRORS_MAX, SALES_MAX};
use crate::ceb::gather::{self, Known, Shelf};
use crate::ceb::keep::Fate;
use crate::ceb::sales;
use crate::store::{DbConnection, StoreError};

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All its documents are in, and something of it is new.
    Taken,
    /// All its documents were here already.
    Unchanged,
    /// Some documents are in, others were refused.
    Partly,
    Refused,
}

impl State {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            State::Taken => "taken",
            State::Unchanged => "unchanged",
            State::Partly => "partly",
            State::Refused => "refused",
        }
    }
}

/// One thing wrong, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Physical line of the decoded message.
    pub line: i64,
    pub error: FieldError,
}

/// What is known of one message.
#[derive(Debug, Clone, Default)]
struct Tally {
    fresh: u32,
    superseding: u32,
    unchanged: u32,
    refused: u32,
    errors: Vec<Refusal>,
    /// By what its documents are found.
    keys: BTreeSet<String>,
}

impl Tally {
    fn state(&self) -> State {
        let kept = self.fresh + self.superseding + self.unchanged;
        match (self.refused, kept) {
            (0, 0) | (1.., 0) => State::Refused,
            (1.., _) => State::Partly,
            (0, _) if kept == self.unchanged => State::Unchanged,
            (0, _) => State::Taken,
        }
    }

    fn refuse(&mut self, line: i64, errors: &[FieldError]) {
        self.refused += 1;
        let room = ERRORS_MAX.saturating_sub(self.errors.len());
        self.errors.extend(errors.iter().take(room).map(|error| Refusal { line, error: error.clone() }));
    }
}

/// The receipts of one batch while it is taken.
#[derive(Debug)]
pub struct Receipts {
    batch: BatchRow,
    /// By the name of the part, which begins with the message's position.
    messages: BTreeMap<String, Tally>,
}

impl Receipts {
    /// Those of the archive with this digest; none for a file that nobody pushed.
    ///
    /// # Errors
    /// The database's.
    pub fn wanted(connection: &mut DbConnection, digest: &str) -> Result<Option<Self>, StoreError> {
        let batch = store::of_file(connection, digest)?;
        Ok(batch.map(|batch| Self { batch, messages: BTreeMap::new() }))
    }

    /// A message was looked at.
    pub fn seen(&mut self, part: &str) {
        self.messages.entry(part.to_owned()).or_default();
    }

    /// A document of a message is in; `keys` are what it is found by.
    pub fn kept(&mut self, part: &str, fate: Fate, keys: &[String]) {
        let message = self.messages.entry(part.to_owned()).or_default();
        match fate {
            Fate::New => message.fresh += 1,
            Fate::Superseding => message.superseding += 1,
            Fate::Unchanged => message.unchanged += 1,
        }
        message.keys.extend(keys.iter().cloned());
    }

    /// A document of a message, or all of it, was refused.
    pub fn refused(&mut self, part: &str, line: i64, errors: &[FieldError]) {
        self.messages.entry(part.to_owned()).or_default().refuse(line, errors);
    }

    /// Writes the receipts, once the sales that the batch touches are judged.
    ///
    /// # Errors
    /// The database's.
    pub fn write(self, connection: &mut DbConnection, known_from: i64) -> Result<(), StoreError> {
        let Self { batch, messages } = self;
        let mut rows = Vec::with_capacity(messages.len());
        for (part, mut message) in messages {
            let Some((position, id)) = push::message_of(&part) else { continue };
            let state = message.state();
            if state == State::Refused && message.refused == 0 {
                let error = FieldError::new("", ErrorCode::Missing, "", nothing_in_it());
                message.errors.push(Refusal { line: 1, error });
            }
            let sales = sales_of(connection, &message.keys)?;
            rows.push(ReceiptRow {
                seq: 0,
                user_id: batch.user_id.clone(),
                batch_id: batch.id.clone(),
                position,
                message_id: id.to_owned(),
                state: state.code().to_owned(),
                fresh: count(message.fresh),
                superseding: count(message.superseding),
                unchanged: count(message.unchanged),
                refused: count(message.refused),
                errors: serde_json::to_string(&message.errors).unwrap_or_default(),
                sales: serde_json::to_string(&sales).unwrap_or_default(),
                known_from,
            });
        }
        store::insert_receipts(connection, rows)
    }
}

fn count(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn nothing_in_it() -> Expected {
    Expected::Stated {
        zh: "报文内没有业务单证。请确认导出成功后重新推送。".into(),
        en: "The message holds no business document. Check the export and push it again.".into(),
    }
}

/// The ids of the sales that documents found by `keys` are part of.
fn sales_of(connection: &mut DbConnection, keys: &BTreeSet<String>) -> Result<Vec<String>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let found = gather::affected(connection, &mut Shelf::new(Known::Now), keys.iter())?;
    let ids: BTreeSet<String> = found.iter().take(SALES_MAX).map(|key| sales::id_of(key)).collect();
    Ok(sales::these(connection, &ids)?.into_keys().collect())
}

impl ReceiptRow {
    /// What was refused of it.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn refusals(&self) -> Result<Vec<Refusal>, StoreError> {
        serde_json::from_str(&self.errors).map_err(|error| self.damaged(&error))
    }

    /// The sales that it is about.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn sale_ids(&self) -> Result<Vec<String>, StoreError> {
        serde_json::from_str(&self.sales).map_err(|error| self.damaged(&error))
    }

    fn damaged(&self, error: &serde_json::Error) -> StoreError {
        StoreError::Damaged { what: "receipt", key: self.seq.to_string(), why: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stands_where_its_documents_do() {
        let tally = |fresh, superseding, unchanged, refused| {
            Tally { fresh, superseding, unchanged, refused, ..Tally::default() }.state()
        };
        assert_eq!(tally(1, 0, 0, 0), State::Taken);
        assert_eq!(tally(0, 1, 3, 0), State::Taken);
        assert_eq!(tally(0, 0, 3, 0), State::Unchanged);
        assert_eq!(tally(0, 0, 1, 1), State::Partly);
        assert_eq!(tally(2, 0, 0, 1), State::Partly);
        assert_eq!(tally(0, 0, 0, 2), State::Refused);
        assert_eq!(tally(0, 0, 0, 0), State::Refused);
    }
}
