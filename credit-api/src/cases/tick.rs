//! What the service does by itself in cases whose day is over: a returned objection that nobody mended lapses, a
//! hearing ends, a decision that nobody read is deemed served, an entry of the watch list expires, a closed case is
//! archived. It is whatever the tables give the system once a clock has run out, and nothing that asks for judgement.

use credit_core::cases::{Act, Case, Kind, State, Verb, machine};

use super::acts::{self, Brought, CaseError};
use super::{parties, rules, store};
use crate::service::Service;
use crate::store::{Lane, StoreError, write};

/// Cases of a kind and state looked at in one look.
const AT_ONCE: i64 = 200;

/// Takes the steps that are due. Returns how many.
///
/// # Errors
/// The database's.
pub fn look(service: &Service) -> Result<usize, StoreError> {
    let today = service.clock.today();
    let mut taken = 0;
    for kind in Kind::ALL {
        for state in states(*kind) {
            let over = store::over(&mut *service.database.connection()?, (*kind, state), today, AT_ONCE)?;
            for row in over {
                taken += usize::from(one(service, &row.id)?);
            }
        }
    }
    Ok(taken)
}

/// Where something runs out by itself; what waits for a person is not looked at.
#[must_use]
pub fn states(kind: Kind) -> Vec<State> {
    machine(kind).by_itself().map(|row| row.from).collect()
}

fn one(service: &Service, id: &str) -> Result<bool, StoreError> {
    let (now, calendar) = (service.clock.now(), service.calendars.now());
    let rules = rules(&calendar);
    let done = write(&mut *service.database.connection()?, Lane::Bookkeeping, |connection| {
        let Some(row) = store::find(connection, id)? else { return Ok(false) };
        let (kind, steps) = (row.kind()?, store::steps_of(connection, id)?);
        let offers = Case { id, kind, steps: &steps }.allowed(&parties::system(), now, &rules);
        let at = machine(kind).by_itself().filter(|its| its.from.code() == row.state);
        let verbs: Vec<Verb> = at.map(|its| its.verb).collect();
        let Some(offer) = offers.into_iter().find(|offer| verbs.contains(&offer.verb)) else {
            return Ok(false);
        };
        let act = Act::new(offer.verb, parties::system());
        acts::take(connection, row, steps, act, &Brought::default(), (now, &rules)).map(|_| true)
    });
    match done {
        Ok(done) => Ok(done),
        Err(CaseError::Store(error)) => Err(error),
        // Somebody was faster, or it is not the service's to do.
        Err(error) => {
            tracing::warn!(id, %error, "a step of a case that was due was not taken");
            Ok(false)
        }
    }
}
