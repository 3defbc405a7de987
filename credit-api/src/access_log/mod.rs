//! The access log: every look at what is not public, allowed or refused, is on the disk before the answer leaves
//! (rule 6 of the architecture; kept at least five years). Rows are added and never changed.
//!
//! Called by `http::envelope`, which hands over what a request looked at ([`crate::access::Looks`]); read by the
//! enterprise, by organisations for what they did themselves, and by auditors.
//!
//! - [`writer`]: one thread, many requests, one sync;
//! - [`journal`]: on SQLite, where rows lie before they are in the table; [`behind`]: how far it is behind;
//! - [`store`]: where rows lie: on PostgreSQL a table by months, on SQLite a file of its own, so that no read waits for
//!   an import; how they are read;
//! - [`put`]: how rows get into the table;
//! - [`partitions`]: the months on PostgreSQL;
//! - [`digest`]: the Merkle root of each day, anchored once the day is over, so that a row that was changed or taken
//!   away shows;
//! - [`habit`]: who reads far beyond the habit of the role.

pub mod behind;
pub mod digest;
pub mod habit;
pub mod journal;
pub mod partitions;
pub mod put;
pub mod store;
pub mod writer;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

use std::sync::Arc;

use credit_core::dates::{Moment, day_number};
use parity_scale_codec::{Decode, Encode};

use crate::access::{Look, Principal};

/// Looks of one request at one enterprise, or at none in particular.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Row {
    /// Milliseconds.
    pub at_ms: i64,
    pub request: String,
    /// [`Principal::id`].
    pub who: String,
    pub audience: String,
    pub organisation: Option<String>,
    pub uscc: Option<String>,
    pub purpose: Option<String>,
    pub consent: Option<String>,
    /// `block:outcome` for each block of which something was shown, separated by `;`.
    pub shown: String,
    /// `block:reason` for each block that was refused.
    pub refused: String,
    /// SHA-256 of the answer's body, hexadecimal; nothing where it has none.
    pub result: Option<String>,
    pub status: i32,
}

impl Row {
    /// The day of Asia/Shanghai, counted from 1970-01-01.
    #[must_use]
    pub fn day(&self) -> i32 {
        day_number(Moment(self.at_ms).shanghai_date())
    }

    /// What a day's digest is over, with the row's number in front.
    #[must_use]
    pub fn bytes(&self, id: i64) -> Vec<u8> {
        let head = (id, self.at_ms, &self.request, &self.who, &self.audience, &self.organisation);
        let tail = (&self.uscc, &self.purpose, &self.consent, &self.shown, &self.refused, &self.result);
        (head, tail, self.status).encode()
    }
}

/// What a request did, beside what it looked at.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub at_ms: i64,
    pub id: &'a str,
    pub principal: &'a Principal,
    pub result: Option<String>,
    pub status: u16,
}

/// The rows of one request: one for each enterprise, and for each consent where several were used.
#[must_use]
pub fn rows(request: &Request<'_>, looks: &[Look]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for look in looks {
        let (uscc, consent) = (text(look.uscc.as_ref()), text(look.consent.as_ref()));
        let place = rows.iter().position(|row| {
            row.uscc == uscc && (consent.is_none() || row.consent.is_none() || row.consent == consent)
        });
        let at = place.unwrap_or_else(|| {
            rows.push(Row {
                at_ms: request.at_ms,
                request: request.id.to_owned(),
                who: request.principal.id.to_string(),
                audience: request.principal.audience.code().to_owned(),
                organisation: text(request.principal.organisation.as_ref()),
                uscc,
                purpose: look.purpose.map(|purpose| purpose.code().to_owned()),
                consent: None,
                shown: String::new(),
                refused: String::new(),
                result: request.result.clone(),
                status: i32::from(request.status),
            });
            rows.len() - 1
        });
        let Some(row) = rows.get_mut(at) else { continue };
        row.consent = row.consent.take().or(consent);
        let outcome = look.decision.outcome;
        let list = if outcome.is_allowed() { &mut row.shown } else { &mut row.refused };
        if !list.is_empty() {
            list.push(';');
        }
        list.push_str(look.block.code());
        list.push(':');
        list.push_str(outcome.code());
    }
    rows
}

fn text(shared: Option<&Arc<str>>) -> Option<String> {
    shared.map(|text| text.to_string())
}
