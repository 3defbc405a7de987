//! The plan of an enterprise: its records that weigh, each with its dates.

use chrono::NaiveDate;

use super::rules::{RepairRules, Rule};
use crate::calendar::{Deadline, WorkingDays};
use crate::dates::add_months;
use crate::facts::Facts;
use crate::records::{Class, ClassAuthority, ListCode, Penalty, Record, SourceId};
use crate::rules::{Severity, class_in_force, counts_at, list_in_force, severity};

/// What a record is, as rules of repair tell records apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemClass {
    Penalty(Severity),
    Listing(ListCode),
    /// A class of a department, by its code.
    Class(ClassAuthority, String),
}

impl ItemClass {
    /// `minor`, `general` or `serious` of a penalty; the code of a list or of a class.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            ItemClass::Penalty(Severity::Minor) => "minor",
            ItemClass::Penalty(Severity::General) => "general",
            ItemClass::Penalty(Severity::Serious) => "serious",
            ItemClass::Listing(list) => list.as_str(),
            ItemClass::Class(_, class) => class,
        }
    }
}

/// Where the last day comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The record names it.
    Record,
    /// The longest publicity of the rule.
    Rule,
}

/// Whether repair may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The least publicity is not over.
    NotYet,
    /// Now, when the conditions are met: duties done, conduct corrected.
    Now,
    /// No term is known; the source says when.
    BySource,
}

impl Standing {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Standing::NotYet => "not_yet",
            Standing::Now => "now",
            Standing::BySource => "by_source",
        }
    }
}

/// A record that weighs, and what may be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'a> {
    pub source: SourceId,
    /// As [`Record::natural_key`] writes it.
    pub key: String,
    pub class: ItemClass,
    pub rule: &'a Rule,
    /// Date of the document, from which terms run; itself not counted.
    pub from: NaiveDate,
    /// The first day on which repair may be asked. None: only the source knows, or the record ends before.
    pub earliest_on: Option<NaiveDate>,
    /// The last day on which it is published; it ends by itself.
    pub latest_on: Option<(NaiveDate, Until)>,
    pub standing: Standing,
    /// The record says that it is published longer than the rule allows: that can be objected to.
    pub exceeds_rule: bool,
}

/// The records that weigh at `today` and that a rule of repair is for, in the order of the records.
#[must_use]
pub fn plan<'a>(records: &[Record], today: NaiveDate, rules: &'a RepairRules) -> Vec<Item<'a>> {
    let classes = records.iter().filter_map(|record| match record {
        Record::Classes(class) => Some(class.clone()),
        _ => None,
    });
    let classes: Vec<Class> = classes.collect();
    let weighs = |record: &Record| match record {
        Record::Penalties(penalty) => counts_at(penalty, today),
        Record::Lists(listing) => list_in_force(listing, today),
        Record::Classes(class) => class_in_force(&classes, class.authority, today) == Some(class),
        _ => false,
    };
    records
        .iter()
        .filter(|record| weighs(record))
        .filter_map(|record| {
            let (class, from, until) = read(record)?;
            let rule = rules.of(&class)?;
            Some(item(record, (class, from, until), rule, today))
        })
        .collect()
}

/// What a record is, the date of its document, and the last day that it names itself.
fn read(record: &Record) -> Option<(ItemClass, NaiveDate, Option<NaiveDate>)> {
    match record {
        Record::Penalties(row) => {
            Some((ItemClass::Penalty(severity(row)), row.decided_on, row.publicity_until))
        }
        Record::Lists(row) => Some((ItemClass::Listing(row.list), row.effective_on, row.expires_on)),
        Record::Classes(row) => {
            let class = ItemClass::Class(row.authority, row.class.trim().to_owned());
            Some((class, row.valid_from, row.valid_to))
        }
        _ => None,
    }
}

fn item<'a>(
    record: &Record,
    (class, from, named): (ItemClass, NaiveDate, Option<NaiveDate>),
    rule: &'a Rule,
    today: NaiveDate,
) -> Item<'a> {
    let after = |months: u16| add_months(from, i32::from(months));
    let longest = rule.max_months.map(after);
    let latest_on = named.map(|day| (day, Until::Record)).or(longest.map(|day| (day, Until::Rule)));
    let earliest = rule.min_months.map(|months| match months {
        0 => from,
        // The least publicity is over at the end of its last day.
        months => after(months).succ_opt().unwrap_or(NaiveDate::MAX),
    });
    let earliest_on = earliest.filter(|day| latest_on.is_none_or(|(last, _)| *day <= last));
    let standing = match (rule.min_months, earliest_on) {
        (None, _) => Standing::BySource,
        (Some(_), Some(day)) if day <= today => Standing::Now,
        _ => Standing::NotYet,
    };
    Item {
        source: record.source(),
        key: record.natural_key(),
        class,
        rule,
        from,
        earliest_on,
        latest_on,
        standing,
        exceeds_rule: named.zip(longest).is_some_and(|(named, longest)| named > longest),
    }
}

/// By when an application of this day is answered.
#[must_use]
pub fn answer_by(rules: &RepairRules, calendar: &WorkingDays, applied_on: NaiveDate) -> Deadline {
    calendar.add_working_days(applied_on, rules.answer.credit_china_days)
}

/// That a source says of a record that it weighs no more, and since which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repaired {
    /// The first day without effect.
    pub on: NaiveDate,
}

/// Whether the record, as it is known, says that it was repaired, revoked or taken off by its source on or before
/// `today`. An end that comes by itself is no repair.
#[must_use]
pub fn repaired(record: &Record, today: NaiveDate) -> Option<Repaired> {
    let on = match record {
        Record::Penalties(row) => row.repaired_on?,
        Record::Lists(row) => row.removed_on?,
        Record::Classes(row) => row.valid_to?.succ_opt()?,
        _ => return None,
    };
    (on <= today).then_some(Repaired { on })
}

/// The facts as they would be had the source repaired the record today: the other records stay, and so does what is
/// counted once with it (the same `event_id`). None when there is no such record.
#[must_use]
pub fn tried(facts: &Facts, source: SourceId, key: &str) -> Option<Facts> {
    let (today, mut facts) = (facts.as_of, facts.clone());
    match source {
        SourceId::Penalties => {
            let is_it =
                |row: &&mut Penalty| Record::Penalties(Box::new((**row).clone())).natural_key() == key;
            facts.penalties.iter_mut().find(is_it)?.repaired_on = Some(today);
        }
        SourceId::Lists => {
            let mut rows = facts.listings.iter_mut();
            rows.find(|row| Record::Lists((**row).clone()).natural_key() == key)?.removed_on = Some(today);
        }
        SourceId::Classes => {
            let mut rows = facts.classes.iter_mut();
            rows.find(|row| Record::Classes((**row).clone()).natural_key() == key)?.valid_to =
                today.pred_opt();
        }
        _ => return None,
    }
    Some(facts)
}
