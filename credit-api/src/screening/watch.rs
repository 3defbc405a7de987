//! Who is on the zone's own watch list, by the entries in effect. It is not public: whoever asks was let in before.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use credit_core::cases::{Kind, State};
use credit_core::dates::day_number;
use credit_core::screening::{Index, IndexError};
use credit_core::uscc::Uscc;
use diesel::prelude::*;

use super::names::Held;
use crate::store::schema::cases;
use crate::store::{DbConnection, StoreError};

/// The states in which an entry is in effect.
const IN_EFFECT: [State; 3] = [State::Effective, State::RenewalProposed, State::ReleaseProposed];

/// The enterprises on the watch list on a day. An entry ends with its last day, whether or not the service has looked
/// since.
///
/// # Errors
/// The database's.
pub fn on(connection: &mut DbConnection, day: NaiveDate) -> Result<BTreeSet<Uscc>, StoreError> {
    let codes: Vec<String> = cases::table
        .filter(cases::kind.eq(Kind::ListEntry.code()))
        .filter(cases::state.eq_any(IN_EFFECT.map(State::code)))
        .filter(cases::due_day.ge(day_number(day)))
        .select(cases::uscc)
        .distinct()
        .load(connection)?;
    Ok(codes.iter().filter_map(|code| Uscc::parse(code).ok()).collect())
}

/// An index of them alone, so that no namesake who is not on the list takes their place among the results.
///
/// # Errors
/// That there are too many.
pub fn index(held: &Held, codes: &BTreeSet<Uscc>) -> Result<Index, IndexError> {
    Index::build(codes.iter().filter_map(|uscc| Some((held.id(uscc)?, held.subject(uscc)?.clone()))))
}
