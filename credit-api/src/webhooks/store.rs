//! Subscriptions, secrets and deliveries as stored.

use diesel::prelude::*;

use crate::store::bulk::{self, Bind};
use crate::store::schema::{subscriptions, webhook_deliveries, webhook_secrets};
use crate::store::{DbConnection, StoreError};

/// A subscription that is being sent changes.
pub const ACTIVE: &str = "active";
/// One that is not, until somebody enables it again.
pub const DISABLED: &str = "disabled";
const DELETED: &str = "deleted";

/// A delivery that is still tried.
pub const WAITING: &str = "waiting";
pub const DELIVERED: &str = "delivered";
/// What was to be sent is not the subscriber's to see any more.
pub const WITHHELD: &str = "withheld";
/// Somebody asked for another attempt.
pub const AGAIN: &str = "again";
/// Another attempt that somebody asked for was not taken.
pub const FAILED: &str = "failed";

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = subscriptions)]
pub struct Subscription {
    pub id: String,
    pub name: String,
    pub url: String,
    pub audience: String,
    pub organisation: Option<String>,
    pub user_id: Option<String>,
    pub uscc: Option<String>,
    pub purpose: String,
    pub kinds: String,
    pub state: String,
    pub reason: Option<String>,
    pub cursor: i64,
    pub attempts: i32,
    pub failing_since: Option<i64>,
    pub next_at: i64,
    pub created_at: i64,
    pub created_by: String,
    pub ended_at: Option<i64>,
}

impl Subscription {
    /// Whether changes of this kind are wanted.
    #[must_use]
    pub fn wants(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.split(';').any(|wanted| wanted == kind)
    }
}

/// A signing secret, without the secret.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_secrets)]
pub struct SecretRow {
    pub id: String,
    pub subscription_id: String,
    pub created_at: i64,
    pub created_by: String,
    pub ends_at: Option<i64>,
}

/// A change that was sent, with what came of the last attempt.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhook_deliveries)]
#[diesel(treat_none_as_null = true)]
pub struct Delivery {
    pub subscription_id: String,
    pub seq: i64,
    pub uscc: String,
    pub kind: String,
    pub state: String,
    pub attempts: i32,
    pub first_at: i64,
    pub last_at: i64,
    pub status: Option<i32>,
    pub latency_ms: Option<i64>,
    pub answer: String,
    pub trouble: Option<String>,
}

/// Whose subscriptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// Of this audience and organisation.
    Organisation(String, Option<String>),
    /// Of these enterprises.
    Enterprises(Vec<String>),
    All,
}

impl Of {
    /// Whether this one is among them.
    #[must_use]
    pub fn holds(&self, one: &Subscription) -> bool {
        match self {
            Of::All => true,
            Of::Organisation(audience, organisation) => {
                one.audience == *audience && one.organisation == *organisation
            }
            Of::Enterprises(codes) => one.uscc.as_ref().is_some_and(|uscc| codes.contains(uscc)),
        }
    }
}

/// # Errors
/// The database's.
pub fn insert(connection: &mut DbConnection, row: &Subscription) -> Result<(), StoreError> {
    diesel::insert_into(subscriptions::table).values(row).execute(connection)?;
    Ok(())
}

/// One that is not deleted.
///
/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<Subscription>, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::id.eq(id))
        .filter(subscriptions::state.ne(DELETED))
        .select(Subscription::as_select())
        .first(connection)
        .optional()?)
}

/// Those that are not deleted, the newest first; `before` is time and id of the last one of the page before.
///
/// # Errors
/// The database's.
pub fn list(
    connection: &mut DbConnection,
    of: &Of,
    before: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<Subscription>, StoreError> {
    let mut query = subscriptions::table.filter(subscriptions::state.ne(DELETED)).into_boxed();
    match of {
        Of::Organisation(audience, organisation) => {
            query = query.filter(subscriptions::audience.eq(audience));
            query = match organisation {
                Some(code) => query.filter(subscriptions::organisation.eq(code)),
                None => query.filter(subscriptions::organisation.is_null()),
            };
        }
        Of::Enterprises(codes) => query = query.filter(subscriptions::uscc.eq_any(codes)),
        Of::All => {}
    }
    if let Some((at, id)) = before {
        let same = subscriptions::created_at.eq(at).and(subscriptions::id.lt(id.to_owned()));
        query = query.filter(subscriptions::created_at.lt(at).or(same));
    }
    Ok(query
        .order((subscriptions::created_at.desc(), subscriptions::id.desc()))
        .limit(limit)
        .select(Subscription::as_select())
        .load(connection)?)
}

/// Those that are to be looked at: active ones whose time has come, and those of which another attempt was asked for.
///
/// # Errors
/// The database's.
pub fn due(connection: &mut DbConnection, now: i64, limit: i64) -> Result<Vec<String>, StoreError> {
    let asked = webhook_deliveries::table
        .filter(webhook_deliveries::state.eq(AGAIN))
        .select(webhook_deliveries::subscription_id);
    let in_time = subscriptions::state.eq(ACTIVE).and(subscriptions::next_at.le(now));
    Ok(subscriptions::table
        .filter(subscriptions::state.ne(DELETED))
        .filter(in_time.or(subscriptions::id.eq_any(asked)))
        .order((subscriptions::next_at.asc(), subscriptions::id.asc()))
        .limit(limit)
        .select(subscriptions::id)
        .load(connection)?)
}

/// Ends one: it is sent nothing any more, and not shown.
///
/// # Errors
/// The database's.
pub fn delete(connection: &mut DbConnection, id: &str, now: i64) -> Result<(), StoreError> {
    let row = subscriptions::table.filter(subscriptions::id.eq(id));
    diesel::update(row)
        .set((subscriptions::state.eq(DELETED), subscriptions::ended_at.eq(now)))
        .execute(connection)?;
    Ok(())
}

/// Stops one, with the reason that its owner is shown.
///
/// # Errors
/// The database's.
pub fn disable(connection: &mut DbConnection, id: &str, reason: &str) -> Result<(), StoreError> {
    let row = subscriptions::table.filter(subscriptions::id.eq(id)).filter(subscriptions::state.eq(ACTIVE));
    diesel::update(row)
        .set((subscriptions::state.eq(DISABLED), subscriptions::reason.eq(reason)))
        .execute(connection)?;
    Ok(())
}

/// Goes on with one, at the change where it stopped.
///
/// # Errors
/// The database's.
pub fn enable(connection: &mut DbConnection, id: &str, now: i64) -> Result<(), StoreError> {
    let row = subscriptions::table.filter(subscriptions::id.eq(id)).filter(subscriptions::state.eq(DISABLED));
    diesel::update(row)
        .set((
            subscriptions::state.eq(ACTIVE),
            subscriptions::reason.eq(None::<String>),
            subscriptions::attempts.eq(0),
            subscriptions::failing_since.eq(None::<i64>),
            subscriptions::next_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// Moves the cursor on; what is after it has not been tried.
///
/// # Errors
/// The database's.
pub fn advance(connection: &mut DbConnection, id: &str, cursor: i64, now: i64) -> Result<(), StoreError> {
    bulk::execute(
        connection,
        "UPDATE subscriptions SET cursor = $1, attempts = 0, failing_since = NULL, next_at = $2 \
         WHERE id = $3 AND cursor <= $1",
        [cursor.into(), now.into(), id.into()],
    )?;
    Ok(())
}

/// Notes that the change after the cursor was not taken, and when it is tried again.
///
/// # Errors
/// The database's.
pub fn retry(
    connection: &mut DbConnection,
    id: &str,
    (attempts, since, next_at): (i32, i64, i64),
) -> Result<(), StoreError> {
    bulk::execute(
        connection,
        "UPDATE subscriptions SET attempts = $1, failing_since = $2, next_at = $3 WHERE id = $4",
        [Bind::Int(attempts), since.into(), next_at.into(), id.into()],
    )?;
    Ok(())
}

/// How many subscriptions of an owner are not deleted.
///
/// # Errors
/// The database's.
pub fn live(connection: &mut DbConnection, of: &Of) -> Result<usize, StoreError> {
    Ok(list(connection, of, None, super::LIVE_MAX + 1)?.len())
}

/// # Errors
/// The database's.
pub fn insert_secret(connection: &mut DbConnection, row: &SecretRow) -> Result<(), StoreError> {
    diesel::insert_into(webhook_secrets::table).values(row).execute(connection)?;
    Ok(())
}

/// The secrets that sign at `now`, the newest first.
///
/// # Errors
/// The database's.
pub fn secrets(
    connection: &mut DbConnection,
    subscription: &str,
    now: i64,
) -> Result<Vec<SecretRow>, StoreError> {
    let live = webhook_secrets::ends_at.is_null().or(webhook_secrets::ends_at.gt(now));
    Ok(webhook_secrets::table
        .filter(webhook_secrets::subscription_id.eq(subscription))
        .filter(live)
        .order((webhook_secrets::created_at.desc(), webhook_secrets::id.desc()))
        .select(SecretRow::as_select())
        .load(connection)?)
}

/// Lets all secrets end at `ends_at` that would not have ended before.
///
/// # Errors
/// The database's.
pub fn end_secrets(
    connection: &mut DbConnection,
    subscription: &str,
    ends_at: i64,
) -> Result<(), StoreError> {
    let later = webhook_secrets::ends_at.is_null().or(webhook_secrets::ends_at.gt(ends_at));
    let rows = webhook_secrets::table.filter(webhook_secrets::subscription_id.eq(subscription)).filter(later);
    diesel::update(rows).set(webhook_secrets::ends_at.eq(ends_at)).execute(connection)?;
    Ok(())
}

/// Deliveries of a subscription, the last change first, before the one with this number.
///
/// # Errors
/// The database's.
pub fn deliveries(
    connection: &mut DbConnection,
    subscription: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    Ok(webhook_deliveries::table
        .filter(webhook_deliveries::subscription_id.eq(subscription))
        .filter(webhook_deliveries::seq.lt(before))
        .order(webhook_deliveries::seq.desc())
        .limit(limit)
        .select(Delivery::as_select())
        .load(connection)?)
}

/// # Errors
/// The database's.
pub fn delivery(
    connection: &mut DbConnection,
    subscription: &str,
    seq: i64,
) -> Result<Option<Delivery>, StoreError> {
    Ok(webhook_deliveries::table
        .find((subscription, seq))
        .select(Delivery::as_select())
        .first(connection)
        .optional()?)
}

/// The deliveries of which another attempt was asked for, in the order of the feed.
///
/// # Errors
/// The database's.
pub fn asked_again(connection: &mut DbConnection, subscription: &str) -> Result<Vec<Delivery>, StoreError> {
    Ok(webhook_deliveries::table
        .filter(webhook_deliveries::subscription_id.eq(subscription))
        .filter(webhook_deliveries::state.eq(AGAIN))
        .order(webhook_deliveries::seq.asc())
        .select(Delivery::as_select())
        .load(connection)?)
}

/// Asks for another attempt at a delivery.
///
/// # Errors
/// The database's.
pub fn ask_again(connection: &mut DbConnection, subscription: &str, seq: i64) -> Result<(), StoreError> {
    let row = webhook_deliveries::table.find((subscription, seq));
    diesel::update(row).set(webhook_deliveries::state.eq(AGAIN)).execute(connection)?;
    Ok(())
}

/// Writes what came of an attempt, in place of what came of the one before.
///
/// # Errors
/// The database's.
pub fn keep(connection: &mut DbConnection, row: &Delivery) -> Result<(), StoreError> {
    let known = webhook_deliveries::table.find((&row.subscription_id, row.seq));
    if diesel::update(known).set(row).execute(connection)? == 0 {
        diesel::insert_into(webhook_deliveries::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// Takes away rows of deliveries that were last tried before `before`.
///
/// # Errors
/// The database's.
pub fn prune(connection: &mut DbConnection, before: i64) -> Result<usize, StoreError> {
    let old = webhook_deliveries::table
        .filter(webhook_deliveries::last_at.lt(before))
        .filter(webhook_deliveries::state.ne_all([WAITING, AGAIN]));
    Ok(diesel::delete(old).execute(connection)?)
}
