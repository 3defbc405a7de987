//! Plans of inspection, draws and tasks as they are asked for and read.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use credit_core::supervision::Class;
use credit_core::supervision::plan::{Period, Task};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evaluation::view::rfc3339;
use crate::inspections::store::{PlanRow, TaskRow};
use crate::store::StoreError;

/// The days of a plan, both among them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodBody {
    /// The first day.
    pub from: NaiveDate,
    /// The last day on which a task is in time.
    pub until: NaiveDate,
}

impl PeriodBody {
    pub(super) fn period(self) -> Period {
        Period { from: self.from, until: self.until }
    }

    fn of(period: Period) -> Self {
        Self { from: period.from, until: period.until }
    }
}

/// What an officer plans.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    pub title: String,
    /// The days within which those drawn are to be inspected, at most 366; without it the plan has none.
    pub period: Option<PeriodBody>,
    /// Percent of each class, such as `{"II": 5}`, within the ranges of the catalogue; without it the least of each.
    #[schema(value_type = Option<Object>)]
    pub rates: Option<BTreeMap<Class, u8>>,
    /// Names, 2 to 200; two of them are drawn for each enterprise.
    pub inspectors: Vec<String>,
    /// SHA-256 of 32 bytes that only the officer knows, hexadecimal.
    pub secret_commitment: String,
}

/// The secret that the plan committed to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawRequest {
    /// 32 bytes, hexadecimal.
    pub secret: String,
}

/// What inspectors found.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingRequest {
    pub inspected_on: NaiveDate,
    /// `pass` or `fail`.
    pub result: String,
    pub note: Option<String>,
}

/// A plan in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanItem {
    pub id: String,
    pub title: String,
    /// The day on which the population stood so.
    pub day: NaiveDate,
    /// Nothing of a plan that has none.
    pub period: Option<PeriodBody>,
    pub population: usize,
    pub drawn: bool,
    /// Tasks of which nothing is entered yet.
    pub open_tasks: i64,
    /// Whether there are such, and the period is over.
    pub overdue: bool,
    pub made_at: String,
}

/// What was anchored of a plan or its draw.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnchoredDigest {
    /// SHA-256 of its text, hexadecimal: `credit-core/src/supervision/plan.rs` has the form.
    pub digest: String,
    /// The leaf of the log; nothing while it waits.
    pub leaf_index: Option<i64>,
}

/// A draw.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DrawBody {
    /// Hexadecimal.
    pub secret: String,
    /// Leaves of the log after the block that follows the one with the plan.
    pub log_size: u64,
    /// Its root hash, hexadecimal: the seed is SHA-256 of secret and root.
    pub log_root: String,
    pub drawn_at: String,
    pub drawn_by: String,
    pub anchored: AnchoredDigest,
    /// By enterprise.
    pub tasks: Vec<DrawnTask>,
}

/// An enterprise that was drawn.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DrawnTask {
    pub uscc: String,
    pub class: &'static str,
    pub inspectors: Vec<String>,
}

/// A plan with all that is needed to make its draw again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanBody {
    pub id: String,
    pub title: String,
    /// Counts the acts; also the `ETag`.
    pub version: i64,
    pub day: NaiveDate,
    pub catalogue: String,
    /// Nothing of a plan that has none; the text that is anchored has no line of it then.
    pub period: Option<PeriodBody>,
    /// Percent of each class.
    #[schema(value_type = Object)]
    pub rates: BTreeMap<Class, u8>,
    pub inspectors: Vec<String>,
    /// Each enterprise with its class.
    #[schema(value_type = Object)]
    pub population: BTreeMap<String, Class>,
    pub secret_commitment: String,
    pub made_by: String,
    pub made_at: String,
    pub anchored: AnchoredDigest,
    pub draw: Option<DrawBody>,
}

/// A task.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TaskBody {
    pub plan: String,
    pub uscc: String,
    pub class: String,
    pub inspectors: Vec<String>,
    /// What `If-Match` of a result names.
    pub version: i64,
    /// The last day on which it is in time; nothing where the plan has no period.
    pub due_on: Option<NaiveDate>,
    /// Nothing is entered yet, and that day is over.
    pub overdue: bool,
    /// It was inspected after that day.
    pub late: bool,
    pub inspected_on: Option<NaiveDate>,
    /// `pass` or `fail`.
    pub result: Option<&'static str>,
    pub note: Option<String>,
    pub entered_by: Option<String>,
    pub entered_at: Option<String>,
    /// The job that takes the finding in: `GET /jobs/{id}`.
    pub job: Option<String>,
}

impl PlanItem {
    /// A plan that has so many open tasks.
    pub(super) fn of(row: &PlanRow, open_tasks: i64, today: NaiveDate) -> Result<Self, StoreError> {
        let plan = row.plan()?;
        Ok(Self {
            period: plan.period.map(PeriodBody::of),
            open_tasks,
            overdue: open_tasks > 0 && plan.period.is_some_and(|period| period.is_over(today)),
            id: row.id.clone(),
            title: row.title.clone(),
            day: plan.day,
            population: plan.population.len(),
            drawn: row.secret.is_some(),
            made_at: rfc3339(row.made_at),
        })
    }
}

impl TaskBody {
    /// A task of a plan with this period.
    pub(super) fn of(row: &TaskRow, period: Option<Period>, today: NaiveDate) -> Result<Self, StoreError> {
        let task = row.task()?;
        Ok(Self {
            due_on: period.map(|period| period.until),
            overdue: row.is_overdue(period, today),
            late: row.is_late(period),
            plan: row.plan_id.clone(),
            uscc: task.uscc,
            class: row.class.clone(),
            inspectors: task.inspectors,
            version: row.version,
            inspected_on: row.inspected_on(),
            result: row.passed.map(|passed| if passed == 0 { "fail" } else { "pass" }),
            note: row.note.clone(),
            entered_by: row.entered_by.clone(),
            entered_at: row.entered_at.map(rfc3339),
            job: row.job_id.clone(),
        })
    }
}

/// A plan; `leaves` are those of the plan and of its draw.
pub(super) fn plan_body(row: &PlanRow, leaves: [Option<i64>; 2]) -> Result<PlanBody, StoreError> {
    let plan = row.plan()?;
    let [of_plan, of_draw] = leaves;
    let made = AnchoredDigest { digest: hex::encode(plan.digest()), leaf_index: of_plan };
    let draw = match row.drawn() {
        None => None,
        Some((secret, root)) => {
            let tasks = plan.draw(&secret, &root.hash);
            let digest = hex::encode(plan.draw_digest(&secret, root, &tasks));
            let task = |task: Task| DrawnTask {
                uscc: task.uscc,
                class: task.class.code(),
                inspectors: task.inspectors,
            };
            Some(DrawBody {
                secret: hex::encode(secret),
                log_size: root.size,
                log_root: hex::encode(root.hash),
                drawn_at: rfc3339(row.drawn_at.unwrap_or_default()),
                drawn_by: row.drawn_by.clone().unwrap_or_default(),
                anchored: AnchoredDigest { digest, leaf_index: of_draw },
                tasks: tasks.into_iter().map(task).collect(),
            })
        }
    };
    Ok(PlanBody {
        id: row.id.clone(),
        title: row.title.clone(),
        version: row.version,
        day: plan.day,
        catalogue: plan.catalogue,
        period: plan.period.map(PeriodBody::of),
        rates: plan.rates,
        inspectors: plan.inspectors,
        population: plan.population,
        secret_commitment: hex::encode(plan.secret_commitment),
        made_by: row.made_by.clone(),
        made_at: rfc3339(row.made_at),
        anchored: made,
        draw,
    })
}
