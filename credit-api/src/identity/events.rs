//! Who did what to which identity, for the auditor. No secret stands here, and no login that nobody has.

use diesel::prelude::*;

use super::{IdentityError, secrets};
use crate::store::bulk;
use crate::store::schema::identity_events;
use crate::store::{DbConnection, StoreError};

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = identity_events)]
pub struct Event {
    pub id: String,
    /// Milliseconds.
    pub at: i64,
    /// The person, as in [`super::Actor::person`].
    pub actor: String,
    /// `user_added`, `user_disabled`, `signed_in`, `key_created` and the like.
    pub event: String,
    /// Id of the user, key or letter.
    pub subject: String,
    pub detail: String,
}

/// Writes an event, in the transaction of what happened.
pub(crate) fn note(
    connection: &mut DbConnection,
    at: i64,
    (actor, event, subject): (&str, &str, &str),
    detail: &str,
) -> Result<(), IdentityError> {
    // Ordered by time; 13 hexadecimal digits of milliseconds last for longer than this program.
    let id = format!("{at:013x}{}", secrets::id("")?);
    bulk::execute(
        connection,
        "INSERT INTO identity_events (id, at, actor, event, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)",
        [id.into(), at.into(), actor.into(), event.into(), subject.into(), detail.into()],
    )?;
    Ok(())
}

/// Events before the id `before`, newest first.
///
/// # Errors
/// The database's.
pub fn list(
    connection: &mut DbConnection,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let mut query = identity_events::table.select(Event::as_select()).into_boxed();
    if let Some(before) = before {
        query = query.filter(identity_events::id.lt(before.to_owned()));
    }
    Ok(query.order(identity_events::id.desc()).limit(limit).load(connection)?)
}
