//! Single records that rules look at, each with its figures.

use chrono::NaiveDate;

use super::figures::Figure;
use super::rules::Each;
use crate::facts::Facts;
use crate::records::{
    Class, ClassAuthority, Commitment, Inspection, ListCode, Listing, Penalty, Permit, Record,
};
use crate::rules::listing::list_in_force;
use crate::rules::penalty::{counts_at, severity};

/// A record of an enterprise.
#[derive(Debug, Clone, Copy)]
pub enum Looked<'a> {
    Penalty(&'a Penalty),
    Permit(&'a Permit),
    Class(&'a Class),
    Listing(&'a Listing),
    Inspection(&'a Inspection),
    Commitment(&'a Commitment),
}

/// The records of a kind that count on the day of the facts: penalties in effect, permits and classes that have begun,
/// entries in force, inspections that were failed, commitments that were determined not to have been kept.
pub fn all(facts: &Facts, each: Each) -> Vec<Looked<'_>> {
    let day = facts.as_of;
    match each {
        Each::Enterprise => Vec::new(),
        Each::Penalties => {
            facts.penalties.iter().filter(|one| counts_at(one, day)).map(Looked::Penalty).collect()
        }
        Each::Permits => {
            let has_begun =
                |one: &&Permit| one.decided_on <= day && one.valid_from.is_none_or(|from| from <= day);
            facts.permits.iter().filter(has_begun).map(Looked::Permit).collect()
        }
        Each::Classes => {
            facts.classes.iter().filter(|one| one.valid_from <= day).map(Looked::Class).collect()
        }
        Each::Lists => {
            facts.listings.iter().filter(|one| list_in_force(one, day)).map(Looked::Listing).collect()
        }
        Each::Inspections => {
            let is_failed = |one: &&Inspection| one.inspected_on <= day && !one.passed;
            facts.inspections.iter().filter(is_failed).map(Looked::Inspection).collect()
        }
        Each::Commitments => {
            let is_broken = |one: &&Commitment| one.breach_determined_on.is_some_and(|on| on <= day);
            facts.commitments.iter().filter(is_broken).map(Looked::Commitment).collect()
        }
    }
}

/// When each record of a kind begins and ends, those that are to begin included.
pub fn dates(facts: &Facts, each: Each) -> Vec<(NaiveDate, Option<NaiveDate>)> {
    match each {
        Each::Enterprise => Vec::new(),
        Each::Penalties => facts.penalties.iter().map(|one| (one.decided_on, None)).collect(),
        Each::Permits => {
            let start = |one: &Permit| one.valid_from.map_or(one.decided_on, |from| from.max(one.decided_on));
            facts.permits.iter().map(|one| (start(one), one.valid_until)).collect()
        }
        Each::Classes => facts.classes.iter().map(|one| (one.valid_from, one.valid_to)).collect(),
        Each::Lists => facts.listings.iter().map(|one| (one.effective_on, one.expires_on)).collect(),
        Each::Inspections => facts.inspections.iter().map(|one| (one.inspected_on, None)).collect(),
        Each::Commitments => {
            facts.commitments.iter().filter_map(|one| Some((one.breach_determined_on?, None))).collect()
        }
    }
}

impl Looked<'_> {
    /// A figure of the record; nothing where it has none.
    pub fn figure(&self, name: &str, day: NaiveDate) -> Option<Figure> {
        let since = |from: NaiveDate| Figure::Number((day - from).num_days());
        let left = |until: NaiveDate| Figure::Number((until - day).num_days());
        Some(match (name, *self) {
            ("record_days", Looked::Penalty(one)) => since(one.decided_on),
            ("record_days", Looked::Permit(one)) => since(one.decided_on),
            ("record_days", Looked::Class(one)) => since(one.valid_from),
            ("record_days", Looked::Listing(one)) => since(one.effective_on),
            ("record_days", Looked::Inspection(one)) => since(one.inspected_on),
            ("record_days", Looked::Commitment(one)) => since(one.breach_determined_on?),
            ("record_days_left", Looked::Permit(one)) => left(one.valid_until?),
            ("record_days_left", Looked::Class(one)) => left(one.valid_to?),
            ("record_days_left", Looked::Listing(one)) => left(one.expires_on?),
            ("record_severity", Looked::Penalty(one)) => {
                Figure::Number(i64::try_from(severity(one).load()).unwrap_or(i64::MAX))
            }
            ("record_authority", Looked::Class(one)) => Figure::Word(authority(one.authority)),
            ("record_class", Looked::Class(one)) => Figure::Word(class(&one.class)),
            ("record_list", Looked::Listing(one)) => Figure::Word(list(one.list)),
            _ => return None,
        })
    }

    /// Source and natural key, as everywhere.
    pub fn reference(&self) -> (&'static str, String) {
        let record = match *self {
            Looked::Penalty(one) => Record::Penalties(Box::new(one.clone())),
            Looked::Permit(one) => Record::Permits(Box::new(one.clone())),
            Looked::Class(one) => Record::Classes(one.clone()),
            Looked::Listing(one) => Record::Lists(one.clone()),
            Looked::Inspection(one) => Record::Inspections(one.clone()),
            Looked::Commitment(one) => Record::Commitments(one.clone()),
        };
        (record.source().as_str(), record.natural_key())
    }
}

fn authority(authority: ClassAuthority) -> &'static str {
    match authority {
        ClassAuthority::Customs => "customs",
        ClassAuthority::Safe => "safe",
        ClassAuthority::Tax => "tax",
        ClassAuthority::PublicCredit => "public_credit",
    }
}

fn class(text: &str) -> &'static str {
    const KNOWN: [&str; 16] = [
        "ADV", "CERT", "REG", "DIS", "SDIS", "A", "B", "C", "D", "M", "GUIDANCE", "EXEMPT", "优", "良", "中",
        "差",
    ];
    KNOWN.into_iter().find(|known| *known == text).unwrap_or("")
}

fn list(list: ListCode) -> &'static str {
    list.as_str()
}
