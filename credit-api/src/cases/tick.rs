//! What the service does by itself in cases whose day is over: a returned objection that nobody mended lapses, a closed
//! one whose term for reopening is over is archived.

use credit_core::cases::{Act, Case, Kind, Role, State, Transition, Verb, machine};

use super::acts::{self, Brought, CaseError};
use super::{KINDS, RULES, parties, store};
use crate::service::Service;
use crate::store::{Lane, StoreError, write};

/// Cases looked at in one look.
const AT_ONCE: i64 = 200;
/// What needs no judgement once its day has come.
const VERBS: [Verb; 2] = [Verb::Lapse, Verb::Archive];

/// Takes the steps that are due. Returns how many.
///
/// # Errors
/// The database's.
pub fn look(service: &Service) -> Result<usize, StoreError> {
    let today = service.clock.today();
    let mut taken = 0;
    for kind in KINDS {
        let states = states(kind);
        let over = store::over(&mut *service.database.connection()?, (kind, &states), today, AT_ONCE)?;
        for row in over {
            taken += usize::from(one(service, &row.id)?);
        }
    }
    Ok(taken)
}

/// Where something runs out by itself; what waits for a person is not looked at.
#[must_use]
pub fn states(kind: Kind) -> Vec<State> {
    let is_its = |row: &&Transition| row.who.contains(&Role::System) && VERBS.contains(&row.verb);
    machine(kind).transitions.iter().filter(is_its).map(|row| row.from).collect()
}

fn one(service: &Service, id: &str) -> Result<bool, StoreError> {
    let now = service.clock.now();
    let done = write(&mut *service.database.connection()?, Lane::Bookkeeping, |connection| {
        let Some(row) = store::find(connection, id)? else { return Ok(false) };
        let (kind, steps) = (row.kind()?, store::steps_of(connection, id)?);
        let offers = Case { id, kind, steps: &steps }.allowed(&parties::system(), now, &RULES);
        let Some(offer) = offers.into_iter().find(|offer| VERBS.contains(&offer.verb)) else {
            return Ok(false);
        };
        let act = Act::new(offer.verb, parties::system());
        acts::take(connection, row, steps, act, &Brought::default(), now).map(|_| true)
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
