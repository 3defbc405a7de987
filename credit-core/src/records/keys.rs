//! What identifies a record and what it is about: natural key, enterprise, date, event (ruling E4).

use chrono::NaiveDate;

use super::error::FieldError;
use super::row::Row;
use super::{Record, RecordSource, SourceId};
use super::{
    changes, complaints, events, holdings, penalties, permits, registration, reviews, standings, transactions,
};
use crate::document_no::normalize_document_no as doc_no;
use crate::uscc::Uscc;

/// Between the parts of a key: U+001F, which no accepted cell can hold.
const SEPARATOR: char = '\u{1f}';

/// Reads a row as a record of its layout's source.
///
/// # Errors
/// Everything that is wrong with the row, one error per field.
pub fn parse(row: &Row<'_>) -> Result<Record, Vec<FieldError>> {
    match row.layout.source() {
        SourceId::Registration => registration::parse(row).map(Box::new).map(Record::Registration),
        SourceId::RegistrationChanges => changes::parse(row).map(Record::RegistrationChanges),
        SourceId::Penalties => penalties::parse(row).map(Box::new).map(Record::Penalties),
        SourceId::Permits => permits::parse(row).map(Box::new).map(Record::Permits),
        SourceId::Lists => standings::parse_list(row).map(Record::Lists),
        SourceId::Classes => standings::parse_class(row).map(Record::Classes),
        SourceId::Commitments => events::parse_commitment(row).map(Record::Commitments),
        SourceId::Inspections => events::parse_inspection(row).map(Record::Inspections),
        SourceId::Judgments => events::parse_judgment(row).map(Record::Judgments),
        SourceId::Arrears => events::parse_arrear(row).map(Record::Arrears),
        SourceId::Holdings => holdings::parse(row).map(Record::Holdings),
        SourceId::Transactions => transactions::parse(row).map(Box::new).map(Record::Transactions),
        SourceId::Reviews => reviews::parse(row).map(Box::new).map(Record::Reviews),
        SourceId::Complaints => complaints::parse(row).map(Record::Complaints),
    }
}

fn join(parts: &[&str]) -> String {
    let mut key = String::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            key.push(SEPARATOR);
        }
        key.push_str(part);
    }
    key
}

/// The authority's code, or its name when the file gives no code.
fn authority<'a>(code: &'a str, name: &'a str) -> &'a str {
    if code.is_empty() { name } else { code }
}

fn record_source(source: Option<RecordSource>) -> &'static str {
    match source {
        None => "",
        Some(RecordSource::Samr) => "samr",
        Some(RecordSource::Zone) => "zone",
        Some(RecordSource::Customs) => "customs",
    }
}

impl Record {
    #[must_use]
    pub fn source(&self) -> SourceId {
        match self {
            Record::Registration(_) => SourceId::Registration,
            Record::RegistrationChanges(_) => SourceId::RegistrationChanges,
            Record::Penalties(_) => SourceId::Penalties,
            Record::Permits(_) => SourceId::Permits,
            Record::Lists(_) => SourceId::Lists,
            Record::Classes(_) => SourceId::Classes,
            Record::Commitments(_) => SourceId::Commitments,
            Record::Inspections(_) => SourceId::Inspections,
            Record::Judgments(_) => SourceId::Judgments,
            Record::Arrears(_) => SourceId::Arrears,
            Record::Holdings(_) => SourceId::Holdings,
            Record::Transactions(_) => SourceId::Transactions,
            Record::Reviews(_) => SourceId::Reviews,
            Record::Complaints(_) => SourceId::Complaints,
        }
    }

    /// What makes two rows the same fact within a source: a later row of the same key supersedes.
    /// Document numbers are normalised, for their brackets and spaces vary.
    #[must_use]
    pub fn natural_key(&self) -> String {
        match self {
            Record::Registration(r) => join(&[r.uscc.as_str(), record_source(r.record_source)]),
            Record::RegistrationChanges(r) => join(&[r.uscc.as_str(), &r.changed_on.to_string(), &r.item]),
            Record::Penalties(r) => {
                join(&[authority(&r.authority_code, &r.authority), &doc_no(&r.doc_no), r.uscc.as_str()])
            }
            Record::Permits(r) => {
                join(&[authority(&r.authority_code, &r.authority), &doc_no(&r.doc_no), r.uscc.as_str()])
            }
            Record::Lists(r) => {
                join(&[r.uscc.as_str(), super::value::list_code(r.list), &doc_no(&r.decision_no)])
            }
            Record::Classes(r) => join(&[
                r.uscc.as_str(),
                super::value::class_authority(r.authority),
                &r.valid_from.to_string(),
            ]),
            Record::Commitments(r) => join(&[r.uscc.as_str(), &r.commitment_id]),
            Record::Inspections(r) => join(&[r.uscc.as_str(), &r.inspection_id]),
            Record::Judgments(r) => join(&[r.uscc.as_str(), &doc_no(&r.case_no)]),
            Record::Arrears(r) => join(&[r.uscc.as_str(), &r.kind, &r.due_on.to_string()]),
            Record::Holdings(r) => join(&[r.uscc.as_str(), &r.holder, &r.valid_from.to_string()]),
            Record::Transactions(r) => join(&[r.uscc.as_str(), &r.order_no]),
            Record::Reviews(r) => join(&[r.platform_uscc.as_str(), &r.review_id]),
            Record::Complaints(r) => r.complaint_id.clone(),
        }
    }

    /// The enterprise the record is about (of an order, the merchant; of a review, the reviewed one).
    #[must_use]
    pub fn uscc(&self) -> Uscc {
        match self {
            Record::Registration(r) => r.uscc,
            Record::RegistrationChanges(r) => r.uscc,
            Record::Penalties(r) => r.uscc,
            Record::Permits(r) => r.uscc,
            Record::Lists(r) => r.uscc,
            Record::Classes(r) => r.uscc,
            Record::Commitments(r) => r.uscc,
            Record::Inspections(r) => r.uscc,
            Record::Judgments(r) => r.uscc,
            Record::Arrears(r) => r.uscc,
            Record::Holdings(r) => r.uscc,
            Record::Transactions(r) => r.uscc,
            Record::Reviews(r) => r.uscc,
            Record::Complaints(r) => r.uscc,
        }
    }

    /// The date from which the fact exists; `None` for `registration`, which holds without one (ruling A7).
    #[must_use]
    pub fn occurred_on(&self) -> Option<NaiveDate> {
        match self {
            Record::Registration(_) => None,
            Record::RegistrationChanges(r) => Some(r.changed_on),
            Record::Penalties(r) => Some(r.decided_on),
            Record::Permits(r) => Some(r.decided_on),
            Record::Lists(r) => Some(r.effective_on),
            Record::Classes(r) => Some(r.valid_from),
            Record::Commitments(r) => Some(r.due_on),
            Record::Inspections(r) => Some(r.inspected_on),
            Record::Judgments(r) => Some(r.decided_on),
            Record::Arrears(r) => Some(r.due_on),
            Record::Holdings(r) => Some(r.valid_from),
            Record::Transactions(r) => Some(r.ordered_at.shanghai_date()),
            Record::Reviews(r) => Some(r.created_at.shanghai_date()),
            Record::Complaints(r) => Some(r.accepted_on),
        }
    }

    /// The number under which one event is counted once across sources (ruling C12).
    #[must_use]
    pub fn event_id(&self) -> Option<&str> {
        match self {
            Record::Registration(r) => r.event_id.as_deref(),
            Record::RegistrationChanges(r) => r.event_id.as_deref(),
            Record::Penalties(r) => r.event_id.as_deref(),
            Record::Permits(r) => r.event_id.as_deref(),
            Record::Lists(r) => r.event_id.as_deref(),
            Record::Classes(r) => r.event_id.as_deref(),
            Record::Commitments(r) => r.event_id.as_deref(),
            Record::Inspections(r) => r.event_id.as_deref(),
            Record::Judgments(r) => r.event_id.as_deref(),
            Record::Arrears(r) => r.event_id.as_deref(),
            Record::Holdings(r) => r.event_id.as_deref(),
            Record::Transactions(r) => r.event_id.as_deref(),
            Record::Reviews(r) => r.event_id.as_deref(),
            Record::Complaints(r) => r.event_id.as_deref(),
        }
    }
}
