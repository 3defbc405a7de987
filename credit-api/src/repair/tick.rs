//! What follows a granted repair by itself: `sync` once the source's row says that the record was repaired, `rescore`
//! once the enterprise was evaluated with it. Each is taken once, whenever a process died in between: what is to be
//! done is read from where the cases stand. Until the source has sent it the clock `repair_sync` runs, and is overdue
//! on the board after its day.

use std::collections::{BTreeSet, HashMap};

use credit_core::cases::{Act, Kind, State, Verb};
use credit_core::repair::repaired;
use credit_core::uscc::Uscc;

use crate::cases::acts::{self, Brought, CaseError};
use crate::cases::store::{self, CaseRow};
use crate::cases::subject::About;
use crate::cases::{parties, rules};
use crate::evaluation::knowledge;
use crate::service::Service;
use crate::store::{Lane, StoreError, write};

/// Cases looked at together.
const PAGE: i64 = 200;
/// Between the parts of a natural key.
const SEPARATOR: &str = "\u{1f}";

/// Takes the steps that follow. Returns how many.
///
/// # Errors
/// The database's.
pub fn look(service: &Service) -> Result<usize, StoreError> {
    Ok(each(service, State::Granted, Verb::Sync)? + each(service, State::Synced, Verb::Rescore)?)
}

fn each(service: &Service, state: State, verb: Verb) -> Result<usize, StoreError> {
    let (mut taken, mut after) = (0, String::new());
    loop {
        let mut connection = service.database.connection()?;
        let page = store::open_in(&mut connection, (Kind::Repair, state), &after, PAGE)?;
        let Some(last) = page.last() else { return Ok(taken) };
        after = last.id.clone();
        let ready = match verb {
            Verb::Sync => said(service, &mut connection, page)?,
            _ => page,
        };
        drop(connection);
        for row in ready {
            taken += usize::from(take(service, &row.id, verb)?);
        }
    }
}

/// Those whose source says it, with one look at the records of all.
fn said(
    service: &Service,
    connection: &mut crate::store::DbConnection,
    page: Vec<CaseRow>,
) -> Result<Vec<CaseRow>, StoreError> {
    let today = service.clock.today();
    let codes: BTreeSet<Uscc> = page.iter().filter_map(|row| Uscc::parse(&row.uscc).ok()).collect();
    let known = knowledge::records(connection, i64::MAX, Some(&codes))?;
    let mut gone: HashMap<String, BTreeSet<(String, String)>> = HashMap::new();
    for (uscc, records) in known {
        let of = gone.entry(uscc.to_string()).or_default();
        let repaired = records.iter().filter(|record| repaired(record, today).is_some());
        of.extend(repaired.map(|one| (one.source().as_str().to_owned(), one.natural_key())));
    }
    let is_gone = |row: &CaseRow| match row.about() {
        Ok(About::Record(record)) => {
            let name = (record.source.clone(), record.key.join(SEPARATOR));
            gone.get(&row.uscc).is_some_and(|of| of.contains(&name))
        }
        _ => false,
    };
    Ok(page.into_iter().filter(is_gone).collect())
}

fn take(service: &Service, id: &str, verb: Verb) -> Result<bool, StoreError> {
    let (now, calendar) = (service.clock.now(), service.calendars.now());
    let rules = rules(&calendar);
    let done = write(&mut *service.database.connection()?, Lane::Bookkeeping, |connection| {
        let Some(row) = store::find(connection, id)? else { return Ok(false) };
        let steps = store::steps_of(connection, id)?;
        let act = Act::new(verb, parties::system());
        acts::take(connection, row, steps, act, &Brought::default(), (now, &rules)).map(|_| true)
    });
    match done {
        Ok(done) => Ok(done),
        Err(CaseError::Store(error)) => Err(error),
        // Somebody was faster, or the enterprise waits for its evaluation.
        Err(_) => Ok(false),
    }
}
