//! File once: which departments take what of an enterprise from here, so that they need not ask it again.

use std::collections::HashMap;

use credit_core::dates::Moment;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::requests::{self, StandingRequest};
use crate::service::Service;
use crate::store::{StoreError, bulk};

/// A standing request in force, and when its department was shown something of the enterprise last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub request: StandingRequest,
    /// Milliseconds; nothing while nothing was shown to it.
    pub last_ms: Option<i64>,
}

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = Text)]
    audience: String,
    #[diesel(sql_type = Nullable<Text>)]
    organisation: Option<String>,
    #[diesel(sql_type = BigInt)]
    at_ms: i64,
}

/// What departments may take of every enterprise, and when each took something of this one last: by the access log's
/// index by enterprise.
///
/// # Errors
/// The database's.
pub fn of_enterprise(service: &Service, uscc: &str, now: Moment) -> Result<Vec<Taken>, StoreError> {
    let in_force = requests::in_force(&mut *service.database.connection()?, now)?;
    let rows: Vec<Last> = bulk::load(
        &mut *service.access_log.connection()?,
        "SELECT audience, organisation, MAX(at_ms) AS at_ms FROM access_looks \
         WHERE uscc = $1 AND shown <> '' GROUP BY audience, organisation",
        [uscc.into()],
    )?;
    let last: HashMap<(String, String), i64> = rows
        .into_iter()
        .map(|row| ((row.audience, row.organisation.unwrap_or_default()), row.at_ms))
        .collect();
    Ok(in_force
        .into_iter()
        .map(|request| Taken {
            // What it was shown before the grant it was not shown under it.
            last_ms: last
                .get(&(request.audience.clone(), request.organisation.clone()))
                .copied()
                .filter(|at| request.decided_at.is_some_and(|since| since <= *at)),
            request,
        })
        .collect())
}
