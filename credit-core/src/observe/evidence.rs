//! The records behind an indicator: what the page shows as evidence and what the evidence digest covers.
//!
//! Every function selects with the same code the indicator counts with, so that page and score cannot
//! disagree. Trade and review indicators have no list: their evidence is their counts.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::events::Events;
use super::{public_credit, record_text, registration, reviews};
use crate::facts::Facts;
use crate::indicator::IndicatorId;
use crate::records::{
    Arrear, Class, ClassAuthority, Commitment, Complaint, Inspection, InspectionKind, Judgment, ListCode,
    Listing, Penalty, Permit, Record, Registration, RegistrationChange, SourceId,
};
use crate::rules::class_in_force;
use crate::scorecard::Text;

/// One record that counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRef {
    pub source: SourceId,
    /// [`Record::natural_key`] (ruling E4).
    pub key: String,
    /// The day the fact happened or began.
    pub occurred_on: NaiveDate,
    /// One line for a reader.
    pub text: Text,
}

/// The records of S1, S2 and the complaint indicators that counted at `facts.as_of`, by date and key.
#[must_use]
pub fn evidence(facts: &Facts, id: IndicatorId) -> Vec<EvidenceRef> {
    let events = Events::of(facts);
    let mut found = select(facts, &events, id);
    found.sort_by(|left, right| (left.occurred_on, &left.key).cmp(&(right.occurred_on, &right.key)));
    found.dedup();
    found
}

fn select(facts: &Facts, events: &Events<'_>, id: IndicatorId) -> Vec<EvidenceRef> {
    use IndicatorId as I;
    match id {
        I::R01 if facts.registration_sources.is_empty() => vec![of_registration(&facts.registration)],
        I::R01 => facts.registration_sources.iter().map(of_registration).collect(),
        I::R02 | I::R03 | I::R04 => vec![of_registration(&facts.registration)],
        I::R05 => registration::changes(facts).into_iter().map(of_change).collect(),
        I::R06 => registration::premises_check(facts)
            .map(|_| of_premises(&facts.registration))
            .into_iter()
            .collect(),
        I::R07 => {
            let class = classes(facts, ClassAuthority::Safe);
            std::iter::once(of_registration(&facts.registration)).chain(class).collect()
        }
        I::R08 => registration::permits(facts).into_iter().map(of_permit).collect(),
        I::R09 => relatives(facts),
        I::P01 | I::P02 => public_credit::penalties(facts, events).into_iter().map(of_penalty).collect(),
        I::P03 => {
            let lists = [ListCode::CustomsDishonest, ListCode::CustomsSeriouslyDishonest];
            classes(facts, ClassAuthority::Customs).into_iter().chain(listed(facts, events, &lists)).collect()
        }
        I::P04 => classes(facts, ClassAuthority::Safe),
        I::P05 => classes(facts, ClassAuthority::Tax),
        I::P06 => {
            let removed = public_credit::recently_removed(facts, events).into_iter().map(of_listing);
            listed(facts, events, &[ListCode::AbnormalOperation]).into_iter().chain(removed).collect()
        }
        I::P07 => {
            let rows = public_credit::enforcements(events).into_iter().map(of_judgment);
            listed(facts, events, &[ListCode::JudgmentDefaulter]).into_iter().chain(rows).collect()
        }
        I::P08 => public_credit::commitments_due(facts, events).into_iter().map(of_commitment).collect(),
        I::P09 => {
            let rows = public_credit::open_arrears(facts, events).into_iter().map(of_arrear);
            let lists = [ListCode::TaxSerious, ListCode::WageArrears];
            listed(facts, events, &lists).into_iter().chain(rows).collect()
        }
        I::P10 => inspections(facts, events, &[InspectionKind::ProductSampling, InspectionKind::Recall]),
        I::P11 => public_credit::ip_findings(facts, events).into_iter().map(of_judgment).collect(),
        I::P12 => classes(facts, ClassAuthority::PublicCredit),
        I::P13 => inspections(facts, events, &[InspectionKind::Random, InspectionKind::Special]),
        I::C03 => reviews::complaints(facts, events).into_iter().map(of_complaint).collect(),
        I::C04 => reviews::complaints_to_judge(facts, events).into_iter().map(of_complaint).collect(),
        I::C05 => reviews::complaints_became_case(facts, events).into_iter().map(of_complaint).collect(),
        _ => Vec::new(),
    }
}

fn listed(facts: &Facts, events: &Events<'_>, lists: &[ListCode]) -> Vec<EvidenceRef> {
    public_credit::listed(facts, events, lists).into_iter().map(of_listing).collect()
}

fn classes(facts: &Facts, authority: ClassAuthority) -> Vec<EvidenceRef> {
    class_in_force(&facts.classes, authority, facts.as_of).map(of_class).into_iter().collect()
}

fn inspections(facts: &Facts, events: &Events<'_>, kinds: &[InspectionKind]) -> Vec<EvidenceRef> {
    public_credit::inspections(facts, events, kinds).into_iter().map(of_inspection).collect()
}

/// The related enterprise's registration and, when listed, the rows that make it bad.
fn relatives(facts: &Facts) -> Vec<EvidenceRef> {
    let bad = registration::bad_relatives(facts);
    bad.into_iter()
        .flat_map(|(_, relative)| {
            let lists = crate::rules::relation::bad_listings(relative, facts.as_of).map(of_listing);
            std::iter::once(of_registration(&relative.registration)).chain(lists)
        })
        .collect()
}

fn of_registration(row: &Registration) -> EvidenceRef {
    refer(Record::Registration(Box::new(row.clone())), row.established_on, record_text::of_registration(row))
}

fn of_premises(row: &Registration) -> EvidenceRef {
    let day = row.premises_checked_on.unwrap_or(row.established_on);
    refer(Record::Registration(Box::new(row.clone())), day, record_text::of_premises())
}

fn of_change(row: &RegistrationChange) -> EvidenceRef {
    refer(Record::RegistrationChanges(row.clone()), row.changed_on, record_text::of_change(row))
}

fn of_permit(row: &Permit) -> EvidenceRef {
    refer(Record::Permits(Box::new(row.clone())), row.decided_on, record_text::of_permit(row))
}

fn of_penalty(row: &Penalty) -> EvidenceRef {
    refer(Record::Penalties(Box::new(row.clone())), row.decided_on, record_text::of_penalty(row))
}

fn of_listing(row: &Listing) -> EvidenceRef {
    refer(Record::Lists(row.clone()), row.effective_on, record_text::of_listing(row))
}

fn of_class(row: &Class) -> EvidenceRef {
    refer(Record::Classes(row.clone()), row.valid_from, record_text::of_class(row))
}

fn of_judgment(row: &Judgment) -> EvidenceRef {
    refer(Record::Judgments(row.clone()), row.decided_on, record_text::of_judgment(row))
}

fn of_commitment(row: &Commitment) -> EvidenceRef {
    refer(Record::Commitments(row.clone()), row.due_on, record_text::of_commitment(row))
}

fn of_arrear(row: &Arrear) -> EvidenceRef {
    refer(Record::Arrears(row.clone()), row.due_on, record_text::of_arrear(row))
}

fn of_inspection(row: &Inspection) -> EvidenceRef {
    refer(Record::Inspections(row.clone()), row.inspected_on, record_text::of_inspection(row))
}

fn of_complaint(row: &Complaint) -> EvidenceRef {
    refer(Record::Complaints(row.clone()), row.accepted_on, record_text::of_complaint(row))
}

/// The key is the one the record is stored under, so that a page can link to it.
fn refer(record: Record, occurred_on: NaiveDate, text: Text) -> EvidenceRef {
    EvidenceRef { source: record.source(), key: record.natural_key(), occurred_on, text }
}
