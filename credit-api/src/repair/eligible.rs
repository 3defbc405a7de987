//! Opens the case of a repair on the day after which the least publicity of a record is over, so that its owner is told
//! and need not count; and takes back those that nobody took up, once their record weighs no more.
//!
//! Each day all enterprises with records are looked at once, a page in a transaction with the place that was reached: a
//! process that dies goes on from there. A record for which repair may be asked at once has no such day, and no case.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use credit_core::cases::{Act, Kind, State, Verb};
use credit_core::dates::day_number;
use credit_core::records::Record;
use credit_core::repair::{Item, RepairRules, Standing, plan};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::plan::name_of;
use crate::cases::acts::{self, Brought, By, CaseError, Found};
use crate::cases::store::{self, CaseRow};
use crate::cases::subject::About;
use crate::cases::{parties, rules};
use crate::evaluation::knowledge;
use crate::service::Service;
use crate::store::bulk::{self, Bind};
use crate::store::schema::repair_days;
use crate::store::{DbConnection, Lane, StoreError, write};

/// Enterprises looked at in one transaction.
const PAGE: i64 = 200;
/// Transactions of one look of the worker, which has other things to do.
const PAGES_A_LOOK: usize = 10;

#[derive(QueryableByName)]
struct CodeRow {
    #[diesel(sql_type = Text)]
    uscc: String,
}

/// Goes on with the day. Returns how many steps were taken.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn look(service: &Service) -> Result<usize, StoreError> {
    let (today, now, calendar) = (service.clock.today(), service.clock.now(), service.calendars.now());
    let rules = rules(&calendar);
    let mut taken = 0;
    for _ in 0..PAGES_A_LOOK {
        let mut connection = service.database.connection()?;
        if place(&mut connection, today)?.is_none() {
            break;
        }
        taken += write(&mut connection, Lane::Bookkeeping, |connection| {
            let Some(after) = place(connection, today)? else { return Ok(0) };
            let codes = enterprises(connection, &after)?;
            let taken = page(connection, &codes, (today, (now, &rules)))?;
            let next = codes.last().filter(|_| i64::try_from(codes.len()) == Ok(PAGE));
            bulk::execute(
                connection,
                "UPDATE repair_days SET day = $1, after = $2 WHERE id = 1",
                [day_number(today).into(), Bind::OptionalText(next.cloned())],
            )?;
            Ok::<_, StoreError>(taken)
        })?;
    }
    Ok(taken)
}

/// After which enterprise the look of this day goes on; nothing where it is done.
fn place(connection: &mut DbConnection, today: NaiveDate) -> Result<Option<String>, StoreError> {
    let (day, after): (i32, Option<String>) =
        repair_days::table.select((repair_days::day, repair_days::after)).first(connection)?;
    Ok(if day == day_number(today) { after } else { Some(String::new()) })
}

/// The next enterprises with records that a rule of repair may be for.
fn enterprises(connection: &mut DbConnection, after: &str) -> Result<Vec<String>, StoreError> {
    let rows: Vec<CodeRow> = bulk::load(
        connection,
        "SELECT DISTINCT uscc FROM facts WHERE uscc > $1 AND known_to IS NULL \
         AND source IN ('penalties', 'lists', 'classes') ORDER BY uscc LIMIT $2",
        [after.into(), PAGE.into()],
    )?;
    Ok(rows.into_iter().map(|row| row.uscc).collect())
}

fn page(
    connection: &mut DbConnection,
    codes: &[String],
    (today, by): (NaiveDate, By<'_>),
) -> Result<usize, StoreError> {
    if codes.is_empty() {
        return Ok(0);
    }
    let only: BTreeSet<Uscc> = codes.iter().filter_map(|code| Uscc::parse(code).ok()).collect();
    let known = knowledge::records(connection, i64::MAX - 1, Some(&only))?;
    let mut open: HashMap<String, Vec<CaseRow>> = HashMap::new();
    for row in store::open_of_all(connection, Kind::Repair, codes)? {
        open.entry(row.uscc.clone()).or_default().push(row);
    }
    let mut taken = 0;
    for uscc in &only {
        let empty: Vec<Record> = Vec::new();
        let items = plan(known.get(uscc).unwrap_or(&empty), today, RepairRules::embedded());
        let open = open.remove(uscc.as_str()).unwrap_or_default();
        let named = |row: &CaseRow, item: &Item<'_>| {
            row.about().is_ok_and(|about| about == About::Record(name_of(item)))
        };
        for item in items.iter().filter(|item| is_over(item)) {
            if !open.iter().any(|row| named(row, item)) {
                taken += usize::from(opened(connection, (uscc.as_str(), item), by)?);
            }
        }
        let waits = open.into_iter().filter(|row| row.state == State::Eligible.code());
        for row in waits.filter(|row| !items.iter().any(|item| named(row, item))) {
            let steps = store::steps_of(connection, &row.id)?;
            let act = Act::new(Verb::Withdraw, parties::system());
            taken += usize::from(done(acts::take(connection, row, steps, act, &Brought::default(), by))?);
        }
    }
    Ok(taken)
}

/// Whether there was a least publicity, and it is over.
fn is_over(item: &Item<'_>) -> bool {
    item.standing == Standing::Now && item.rule.min_months.is_some_and(|months| months > 0)
}

fn opened(
    connection: &mut DbConnection,
    (uscc, item): (&str, &Item<'_>),
    by: By<'_>,
) -> Result<bool, StoreError> {
    let name = name_of(item);
    let day = item.earliest_on.map_or_else(String::new, |day| day.to_string());
    let once_for = format!("{} {} {}", name.source, name.key.join(" "), item.from);
    let reason = format!(
        "最短公示期已满，自{day}起可以申请修复 · the least publicity is over; repair may be asked from {day} on"
    );
    let found = Found {
        kind: Kind::Repair,
        uscc,
        about: &About::Record(name),
        reason: &reason,
        asked: None,
        once_for: &once_for,
    };
    match acts::open_by_system(connection, &found, by) {
        Ok((_, is_new)) => Ok(is_new),
        Err(error) => done::<()>(Err(error)),
    }
}

/// Whether the step was taken; one that is refused is not, and leaves no trace.
fn done<T>(taken: Result<T, CaseError>) -> Result<bool, StoreError> {
    match taken {
        Ok(_) => Ok(true),
        Err(CaseError::Store(error)) => Err(error),
        Err(error) => {
            tracing::warn!(%error, "the case of a repair was left as it is");
            Ok(false)
        }
    }
}
