//! Whose code a message names: a USCC is its own, a customs code that of the one enterprise registered with it.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::indicator::SubjectKind;
use credit_core::matching::Registered;
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    roles: String,
}

#[derive(QueryableByName)]
struct Code {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Nullable<Text>)]
    customs_code: Option<String>,
}

/// Who is registered under codes of messages.
#[derive(Debug, Clone, Default)]
pub struct Directory(BTreeMap<String, Registered>);

impl Directory {
    /// Looks up codes. One that two enterprises have is nobody's.
    ///
    /// # Errors
    /// The database's.
    pub fn of(connection: &mut DbConnection, codes: &BTreeSet<String>) -> Result<Self, StoreError> {
        let mut found = Vec::new();
        for column in ["uscc", "customs_code"] {
            let tail = format!(
                ") SELECT k.code, e.uscc, e.roles FROM k CROSS JOIN enterprises e WHERE e.{column} = k.code"
            );
            let binds = codes.iter().map(|code| Bind::Text(code.clone()));
            let rows: Vec<Row> = bulk::load_rows(connection, "WITH k (code) AS (", 1, binds, &tail)?;
            found.extend(rows);
        }
        let mut directory = BTreeMap::new();
        let mut shared = BTreeSet::new();
        for row in found {
            let Ok(uscc) = Uscc::parse(&row.uscc) else { continue };
            let held = |kind: &SubjectKind| row.roles.split(';').any(|role| role == kind.as_str());
            let roles = SubjectKind::ALL.into_iter().filter(held).collect();
            let earlier = directory.insert(row.code.clone(), Registered { uscc, roles });
            if earlier.is_some_and(|earlier| earlier.uscc != uscc) {
                shared.insert(row.code);
            }
        }
        directory.retain(|code, _| !shared.contains(code));
        Ok(Self(directory))
    }

    #[must_use]
    pub fn get(&self, code: &str) -> Option<Registered> {
        self.0.get(code).cloned()
    }
}

/// The codes by which messages may name these enterprises.
///
/// # Errors
/// The database's.
pub fn codes_of(
    connection: &mut DbConnection,
    enterprises: &BTreeSet<String>,
) -> Result<BTreeSet<String>, StoreError> {
    let rows: Vec<Code> = bulk::load_rows(
        connection,
        "WITH k (uscc) AS (",
        1,
        enterprises.iter().map(|uscc| Bind::Text(uscc.clone())),
        ") SELECT e.uscc, e.customs_code FROM k CROSS JOIN enterprises e WHERE e.uscc = k.uscc",
    )?;
    Ok(rows.into_iter().flat_map(|row| [Some(row.uscc), row.customs_code]).flatten().collect())
}
