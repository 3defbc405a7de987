//! Names of users, for readers to whom officers are named.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use crate::store::schema::users;
use crate::store::{DbConnection, StoreError};

/// How a user begins in what a step keeps of a person.
const USER: &str = "user:";

/// Names by what steps keep of persons; who is no user, as it is kept.
pub(super) struct Persons(HashMap<String, String>);

impl Persons {
    /// # Errors
    /// The database's.
    pub(super) fn of<'a>(
        connection: &mut DbConnection,
        kept: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, StoreError> {
        let ids: BTreeSet<&str> = kept.into_iter().filter_map(|one| one.strip_prefix(USER)).collect();
        let rows: Vec<(String, String)> =
            users::table.filter(users::id.eq_any(ids)).select((users::id, users::name)).load(connection)?;
        Ok(Self(rows.into_iter().collect()))
    }

    pub(super) fn name(&self, kept: &str) -> String {
        let found = kept.strip_prefix(USER).and_then(|id| self.0.get(id));
        found.cloned().unwrap_or_else(|| kept.to_owned())
    }
}
