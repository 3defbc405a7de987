//! When the lists are fresh again, what waited for them begins: the enterprises are evaluated anew.

use diesel::prelude::*;

use credit_core::supervision::State;

use crate::clock::Clock;
use crate::intake::receive::mark_dirty;
use crate::negative_list::register;
use crate::store::schema::measures;
use crate::store::{Database, Lane, StoreError, write};

/// Enterprises that are marked in one look.
const AT_ONCE: i64 = 1_000;

/// Marks the enterprises with measures that wait for the lists, once those are fresh. Returns how many.
///
/// # Errors
/// The database's.
pub fn mark(database: &Database, clock: &dyn Clock) -> Result<usize, StoreError> {
    let mut connection = database.connection()?;
    let waiting: Vec<String> = measures::table
        .filter(measures::state.eq(State::Frozen.code()))
        .select(measures::uscc)
        .distinct()
        .limit(AT_ONCE)
        .load(&mut connection)?;
    let now_ms = clock.now().0;
    if waiting.is_empty() || register::is_stale(register::last_received(&mut connection)?, now_ms) {
        return Ok(0);
    }
    write(&mut connection, Lane::Evaluation, |connection| {
        mark_dirty(connection, now_ms, &waiting.iter().cloned().collect())
    })?;
    Ok(waiting.len())
}
