//! One event counted once (ruling C12), and the records that exist at D (ruling A7).
//!
//! A record whose `event_id` also stands on a record of a source with higher precedence is dropped before
//! counting. Precedence: penalties, lists, judgments, arrears, inspections, commitments, complaints. Only
//! a record that exists at D hides another: a penalty decided tomorrow hides nothing today. Records of one
//! source never hide each other: their natural key already makes them one. Vetoes and caps read the whole
//! [`Facts`], never this view.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::facts::Facts;
use crate::records::{Arrear, Commitment, Complaint, Inspection, Judgment, Listing, Penalty};

/// The records of events that exist at D and are not the echo of another.
pub struct Events<'a> {
    pub penalties: Vec<&'a Penalty>,
    pub listings: Vec<&'a Listing>,
    pub judgments: Vec<&'a Judgment>,
    pub arrears: Vec<&'a Arrear>,
    pub inspections: Vec<&'a Inspection>,
    pub commitments: Vec<&'a Commitment>,
    pub complaints: Vec<&'a Complaint>,
}

impl<'a> Events<'a> {
    #[must_use]
    pub fn of(facts: &'a Facts) -> Self {
        let mut seen = BTreeSet::new();
        // Struct fields are evaluated in the order written: the order of precedence.
        Self {
            penalties: keep(&facts.penalties, facts.as_of, &mut seen),
            listings: keep(&facts.listings, facts.as_of, &mut seen),
            judgments: keep(&facts.judgments, facts.as_of, &mut seen),
            arrears: keep(&facts.arrears, facts.as_of, &mut seen),
            inspections: keep(&facts.inspections, facts.as_of, &mut seen),
            commitments: keep(&facts.commitments, facts.as_of, &mut seen),
            complaints: keep(&facts.complaints, facts.as_of, &mut seen),
        }
    }
}

/// The records of one source not hidden by `seen`; then their events are added to it.
fn keep<'a, R: Event>(records: &'a [R], as_of: NaiveDate, seen: &mut BTreeSet<&'a str>) -> Vec<&'a R> {
    let existing = || records.iter().filter(|record| record.date() <= as_of);
    let kept = existing().filter(|record| record.event().is_none_or(|id| !seen.contains(id))).collect();
    seen.extend(existing().filter_map(Event::event));
    kept
}

/// A record of something that happened on a day.
trait Event {
    fn date(&self) -> NaiveDate;
    fn event_id(&self) -> Option<&String>;

    /// The event id; an empty one is none.
    fn event(&self) -> Option<&str> {
        self.event_id().map(|id| id.trim()).filter(|id| !id.is_empty())
    }
}

macro_rules! event {
    ($record:ty, $date:ident) => {
        impl Event for $record {
            fn date(&self) -> NaiveDate {
                self.$date
            }

            fn event_id(&self) -> Option<&String> {
                self.event_id.as_ref()
            }
        }
    };
}

event!(Penalty, decided_on);
event!(Listing, effective_on);
event!(Judgment, decided_on);
event!(Arrear, due_on);
event!(Inspection, inspected_on);
event!(Commitment, due_on);
event!(Complaint, accepted_on);
