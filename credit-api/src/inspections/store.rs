//! Rows of plans and tasks.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use credit_core::dates::{Moment, day_number, from_day_number};
use credit_core::supervision::Class;
use credit_core::supervision::plan::{Period, Plan, Root, Task};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
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
    pub from_day: Option<i32>,
    pub until_day: Option<i32>,
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
            period: self.period(),
            rates: body.rates,
            inspectors: body.inspectors,
            population: body.population,
            secret_commitment: secret_commitment.ok_or_else(|| damaged(&self.id, "no digest".to_owned()))?,
        })
    }

    /// The days within which those drawn are inspected.
    #[must_use]
    pub fn period(&self) -> Option<Period> {
        let (from, until) = self.from_day.zip(self.until_day)?;
        Some(Period { from: from_day_number(from), until: from_day_number(until) })
    }

    /// The first day on which one of those drawn can have been inspected, once there are such.
    #[must_use]
    pub fn first_day(&self) -> Option<NaiveDate> {
        let drawn = Moment(self.drawn_at?).shanghai_date();
        Some(self.period().map_or(drawn, |period| period.first_day(drawn)))
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

    /// Whether nothing was found here yet and the days of the plan are over.
    #[must_use]
    pub fn is_overdue(&self, period: Option<Period>, today: NaiveDate) -> bool {
        self.inspected_day.is_none() && period.is_some_and(|period| period.is_over(today))
    }

    /// Whether it was inspected after the days of the plan.
    #[must_use]
    pub fn is_late(&self, period: Option<Period>) -> bool {
        let late = |(period, day): (Period, i32)| day > day_number(period.until);
        period.zip(self.inspected_day).is_some_and(late)
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
struct Open {
    #[diesel(sql_type = Text)]
    plan_id: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many tasks of each of these plans nothing was found at yet; a plan that is not named has none.
///
/// # Errors
/// The database's.
pub fn open_tasks(
    connection: &mut DbConnection,
    plans: &[PlanRow],
) -> Result<BTreeMap<String, i64>, StoreError> {
    if plans.is_empty() {
        return Ok(BTreeMap::new());
    }
    let places: Vec<String> = (1..=plans.len()).map(|at| format!("${at}")).collect();
    let sql = format!(
        "SELECT plan_id, COUNT(*) AS count FROM inspection_tasks WHERE inspected_day IS NULL AND plan_id IN ({}) \
         GROUP BY plan_id",
        places.join(",")
    );
    let rows: Vec<Open> = bulk::load(connection, &sql, plans.iter().map(|row| row.id.as_str().into()))?;
    Ok(rows.into_iter().map(|row| (row.plan_id, row.count)).collect())
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
