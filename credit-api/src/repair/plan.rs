//! The plan of an enterprise: its records that weigh, each with its dates, the case that is open about it, and what the
//! rating would be had the source repaired it today.

use chrono::NaiveDate;
use credit_core::cases::Kind;
use credit_core::records::Record;
use credit_core::repair::{Item, RepairRules, plan, tried};
use credit_core::uscc::Uscc;

use crate::cases::store::{self, CaseRow};
use crate::cases::subject::{About, RecordName};
use crate::evaluation::assess::Assessed;
use crate::evaluation::knowledge::{self, Question};
use crate::evaluation::variants::ask_each;
use crate::registry;
use crate::service::Service;
use crate::store::{DbConnection, StoreError};

/// Between the parts of a natural key.
const SEPARATOR: char = '\u{1f}';

/// A record of the plan.
#[derive(Debug, Clone)]
pub struct Planned {
    pub item: Item<'static>,
    pub record: Record,
    /// The case of its repair that is open.
    pub case: Option<CaseRow>,
    /// What would be had its source repaired it today.
    pub after: Option<Assessed>,
}

impl Planned {
    /// As a case names it.
    #[must_use]
    pub fn name(&self) -> RecordName {
        name_of(&self.item)
    }
}

/// A record of a plan as a case names it.
#[must_use]
pub fn name_of(item: &Item<'_>) -> RecordName {
    RecordName {
        source: item.source.as_str().to_owned(),
        key: item.key.split(SEPARATOR).map(str::to_owned).collect(),
    }
}

/// The plan, and the rating as it is where it was asked for and there is one.
#[derive(Debug, Clone)]
pub struct Plan {
    pub today: NaiveDate,
    pub before: Option<Assessed>,
    pub items: Vec<Planned>,
}

/// The plan of an enterprise today. What each repair would change is computed from facts that are read once.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn of_enterprise(
    service: &Service,
    connection: &mut DbConnection,
    uscc: Uscc,
    with_score: bool,
) -> Result<Plan, StoreError> {
    let today = service.clock.today();
    let records = registry::records(connection, uscc.as_str())?;
    let items = plan(&records, today, RepairRules::embedded());
    let known_at = service.clock.now().0.max(knowledge::latest_knowledge(connection)?);
    let question = Question { as_of: today, known_at };
    let asked = if with_score {
        service.in_parallel(|| {
            ask_each(
                connection,
                (question, uscc),
                (&service.card, &service.medians),
                &items,
                |facts, item| tried(facts, item.source, &item.key),
            )
        })?
    } else {
        None
    };
    let (before, mut after) = asked.map_or((None, Vec::new()), |(before, after)| (Some(before), after));
    let cases = store::open_of(connection, Kind::Repair, uscc.as_str())?;
    after.resize(items.len(), None);
    let mut planned = Vec::with_capacity(items.len());
    for (item, after) in items.into_iter().zip(after) {
        let key = &item.key;
        let Some(record) =
            records.iter().find(|one| one.source() == item.source && one.natural_key() == *key).cloned()
        else {
            continue;
        };
        let mut one = Planned { item, record, case: None, after };
        let about = About::Record(one.name());
        one.case = cases.iter().find(|row| row.about().is_ok_and(|named| named == about)).cloned();
        planned.push(one);
    }
    Ok(Plan { today, before, items: planned })
}
