//! Rows of plans and tasks.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use credit_core::dates::from_day_number;
use credit_core::supervision::Class;
use credit_core::supervision::plan::{Plan, Root, Task};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use serde::{Deserialize, Serialize};

use crate::store::bulk;
use crate::store::schema::{inspection_plans, inspection_tasks};
use crate::store::{DbConnection, StoreError};

/// A plan as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = inspection_plans)]
pub struct PlanRow {
    pub id: String,
    pub title: String,
    pub body: String,
    pub version: i64,
    pub made_by: String,
    pub made_at: i64,
    pub secret: Option<String>,
    pub log_size: Option<i64>,
    pub log_root: Option<String>,
    pub drawn_by: Option<String>,
    pub drawn_at: Option<i64>,
}

/// A plan as it is kept.
#[derive(Serialize, Deserialize)]
struct Body {
    day: NaiveDate,
    catalogue: String,
    rates: BTreeMap<Class, u8>,
    inspectors: Vec<String>,
    population: BTreeMap<String, Class>,
    secret_commitment: String,
}

/// The text of a plan's columns.
///
/// # Errors
/// [`StoreError::Damaged`]: it cannot be written.
pub fn body_of(plan: &Plan) -> Result<String, StoreError> {
    let body = Body {
        day: plan.day,
        catalogue: plan.catalogue.clone(),
        rates: plan.rates.clone(),
        inspectors: plan.inspectors.clone(),
        population: plan.population.clone(),
        secret_commitment: hex::encode(plan.secret_commitment),
    };
    serde_json::to_string(&body).map_err(|error| damaged(&plan.id, error.to_string()))
}

/// 32 bytes in hexadecimal.
#[must_use]
pub fn bytes_of(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok().map(|()| bytes)
}

impl PlanRow {
    /// The plan.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn plan(&self) -> Result<Plan, StoreError> {
        let body: Body =
            serde_json::from_str(&self.body).map_err(|error| damaged(&self.id, error.to_string()))?;
        let secret_commitment = bytes_of(&body.secret_commitment);
        Ok(Plan {
            id: self.id.clone(),
            day: body.day,
            catalogue: body.catalogue,
            rates: body.rates,
            inspectors: body.inspectors,
            population: body.population,
            secret_commitment: secret_commitment.ok_or_else(|| damaged(&self.id, "no digest".to_owned()))?,
        })
    }

    /// The secret and the root of its draw, once it is drawn.
    #[must_use]
    pub fn drawn(&self) -> Option<([u8; 32], Root)> {
        let secret = bytes_of(self.secret.as_deref()?)?;
        let hash = bytes_of(self.log_root.as_deref()?)?;
        Some((secret, Root { size: u64::try_from(self.log_size?).ok()?, hash }))
    }
}

/// A task as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = inspection_tasks)]
pub struct TaskRow {
    pub plan_id: String,
    pub uscc: String,
    pub class: String,
    pub inspectors: String,
    pub version: i64,
    pub inspected_day: Option<i32>,
    pub passed: Option<i32>,
    pub note: Option<String>,
    pub entered_by: Option<String>,
    pub entered_at: Option<i64>,
    pub job_id: Option<String>,
}

impl TaskRow {
    /// As it was drawn.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn task(&self) -> Result<Task, StoreError> {
        let wrong = |why: String| damaged(&self.plan_id, why);
        Ok(Task {
            uscc: self.uscc.clone(),
            class: Class::of(&self.class).ok_or_else(|| wrong(format!("no class {}", self.class)))?,
            inspectors: serde_json::from_str(&self.inspectors).map_err(|error| wrong(error.to_string()))?,
        })
    }

    /// The day of the inspection, once a result is entered.
    #[must_use]
    pub fn inspected_on(&self) -> Option<NaiveDate> {
        self.inspected_day.map(from_day_number)
    }
}

/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<PlanRow>, StoreError> {
    Ok(inspection_plans::table
        .filter(inspection_plans::id.eq(id))
        .select(PlanRow::as_select())
        .first(connection)
        .optional()?)
}

/// Plans, the newest first, before this time and id.
///
/// # Errors
/// The database's.
pub fn list(
    connection: &mut DbConnection,
    before: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<PlanRow>, StoreError> {
    let mut query = inspection_plans::table.into_boxed();
    if let Some((at, id)) = before {
        let same = inspection_plans::made_at.eq(at).and(inspection_plans::id.lt(id.to_owned()));
        query = query.filter(inspection_plans::made_at.lt(at).or(same));
    }
    Ok(query
        .order((inspection_plans::made_at.desc(), inspection_plans::id.desc()))
        .limit(limit)
        .select(PlanRow::as_select())
        .load(connection)?)
}

/// The tasks of a plan after this enterprise, by enterprise.
///
/// # Errors
/// The database's.
pub fn tasks(
    connection: &mut DbConnection,
    plan: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<TaskRow>, StoreError> {
    Ok(inspection_tasks::table
        .filter(inspection_tasks::plan_id.eq(plan))
        .filter(inspection_tasks::uscc.gt(after))
        .order(inspection_tasks::uscc.asc())
        .limit(limit)
        .select(TaskRow::as_select())
        .load(connection)?)
}

/// # Errors
/// The database's.
pub fn task(connection: &mut DbConnection, plan: &str, uscc: &str) -> Result<Option<TaskRow>, StoreError> {
    Ok(inspection_tasks::table
        .filter(inspection_tasks::plan_id.eq(plan))
        .filter(inspection_tasks::uscc.eq(uscc))
        .select(TaskRow::as_select())
        .first(connection)
        .optional()?)
}

#[derive(QueryableByName)]
struct Registered {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Nullable<Text>)]
    grade: Option<String>,
}

/// Every registered enterprise with its grade in force.
///
/// # Errors
/// The database's.
pub fn registered(connection: &mut DbConnection) -> Result<Vec<(String, Option<String>)>, StoreError> {
    let sql = "SELECT uscc, grade FROM enterprises ORDER BY uscc";
    let rows: Vec<Registered> = bulk::load(connection, sql, std::iter::empty())?;
    Ok(rows.into_iter().map(|row| (row.uscc, row.grade)).collect())
}

pub(super) fn damaged(id: &str, why: String) -> StoreError {
    StoreError::Damaged { what: "inspection plan", key: id.to_owned(), why }
}
