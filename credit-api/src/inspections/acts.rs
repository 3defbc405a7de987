//! Making a plan, drawing it, entering what was found.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use credit_core::dates::{Moment, day_number};
use credit_core::records::Lang;
use credit_core::supervision::plan::{PERIOD_DAYS_MAX, Period, Plan, PlanFault, Root};
use credit_core::supervision::{Catalogue, Class, class_of, draw};

use super::KIND;
use super::store::{self, PlanRow, TaskRow, damaged};
use crate::access::Audience;
use crate::anchoring::Anchor;
use crate::anchoring::outbox::{self, Draft, NewRow};
use crate::cases::parties::Party;
use crate::jobs::Jobs;
use crate::jobs::store::BatchTask;
use crate::service::Service;
use crate::store::bulk::{self, Bind};
use crate::store::versioned::{self, random};
use crate::store::{DbConnection, Lane, StoreError, write};

const ID_BYTES: usize = 16;
/// Longest title and note, characters.
pub const TEXT_CHARS_MAX: usize = 1_000;

/// What an officer plans.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub title: String,
    /// Nothing: the plan has no days of its own.
    pub period: Option<Period>,
    /// Percent of each class; nothing: the least of each that the catalogue has.
    pub rates: Option<BTreeMap<Class, u8>>,
    pub inspectors: Vec<String>,
    pub secret_commitment: [u8; 32],
}

/// What inspectors found.
#[derive(Debug, Clone)]
pub struct Finding {
    pub inspected_on: NaiveDate,
    pub passed: bool,
    pub note: Option<String>,
}

/// Why something is not done.
#[derive(Debug, thiserror::Error)]
pub enum InspectionError {
    #[error("no such plan, or no such task")]
    NotFound,
    #[error("an officer of the zone office does this, in person")]
    NotOfficer,
    #[error(transparent)]
    Fault(PlanFault),
    #[error("title and note have at most {TEXT_CHARS_MAX} characters, and a title has one")]
    Text,
    #[error("the plan is drawn already")]
    Drawn,
    #[error("no block follows the one with the plan yet; try again once something else is on the ledger")]
    TooEarly,
    #[error("the plan committed to another secret")]
    OtherSecret,
    #[error("the day is before the draw, before the plan's first day or after today")]
    Day,
    #[error("it has changed since")]
    Changed,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for InspectionError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl InspectionError {
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let zh = match self {
            Self::NotFound => "没有此抽查计划或任务。",
            Self::NotOfficer => "须由综试办工作人员本人办理。",
            Self::Fault(PlanFault::Rate(_)) => "抽查比例不在措施目录规定的范围内。",
            Self::Fault(PlanFault::NoClass) => "没有列出任何类别。",
            Self::Fault(PlanFault::Inspectors) => {
                "检查人员应为 2 至 200 人，姓名各不相同，每个 1 至 60 个字符。"
            }
            Self::Fault(PlanFault::Population) => "抽查对象超过上限。",
            Self::Fault(PlanFault::Period) => {
                return match lang {
                    Lang::Zh => format!(
                        "抽查期间的末日不得早于首日或今日，首日应在 {PERIOD_DAYS_MAX} 日之内，期间不超过 {PERIOD_DAYS_MAX} 日。"
                    ),
                    Lang::En => self.to_string(),
                };
            }
            Self::Text => "标题和说明不超过 1000 个字符，标题不得为空。",
            Self::Drawn => "该计划已经抽取。",
            Self::TooEarly => "该计划之后的区块尚未产生；待账本有新内容后再抽取。",
            Self::OtherSecret => "与计划所承诺的密数不符。",
            Self::Day => "检查日期不得早于抽取日期和计划首日，不得晚于今日。",
            Self::Changed => "在您读取之后内容已变更。",
            Self::Store(_) => "暂时无法办理。",
        };
        if lang == Lang::Zh { zh.to_owned() } else { self.to_string() }
    }
}

fn officer(who: &Party) -> Result<(), InspectionError> {
    match who.is_person && who.principal.audience == Audience::Commerce {
        true => Ok(()),
        false => Err(InspectionError::NotOfficer),
    }
}

fn text(text: &str) -> Result<String, InspectionError> {
    let text = text.trim();
    let good = text.chars().count() <= TEXT_CHARS_MAX && !text.chars().any(|one| one == '\0');
    if good { Ok(text.to_owned()) } else { Err(InspectionError::Text) }
}

/// Makes a plan: every enterprise as it stands now, at these rates; its digest is on its way to the ledger.
///
/// # Errors
/// [`InspectionError`].
pub fn plan(
    service: &Service,
    who: &Party,
    wanted: &Wanted,
    also: &mut dyn FnMut(&mut DbConnection, &PlanRow) -> Result<(), StoreError>,
) -> Result<PlanRow, InspectionError> {
    officer(who)?;
    let title = text(&wanted.title)?;
    if title.is_empty() {
        return Err(InspectionError::Text);
    }
    let (now, catalogue) = (service.clock.now(), Catalogue::embedded());
    let least = || {
        let rates = Class::ALL.into_iter().map(|class| (class, catalogue.rate_of(class)));
        rates.filter_map(|(class, rate)| Some((class, rate?.at_least))).collect()
    };
    let mut plan = Plan {
        id: hex::encode(random::<ID_BYTES>()?),
        day: now.shanghai_date(),
        catalogue: catalogue.id().to_owned(),
        period: wanted.period,
        rates: wanted.rates.clone().unwrap_or_else(least),
        inspectors: wanted.inspectors.clone(),
        population: BTreeMap::new(),
        secret_commitment: wanted.secret_commitment,
    };
    plan.check(catalogue).map_err(InspectionError::Fault)?;
    write(&mut *service.database.connection()?, Lane::Bookkeeping, |connection| {
        for (uscc, grade) in store::registered(connection)? {
            let class = grade.map(|grade| grade.parse().map_err(|why| damaged(&plan.id, why))).transpose()?;
            let class = class.map_or(Class::II, class_of);
            if plan.rates.contains_key(&class) {
                plan.population.insert(uscc, class);
            }
        }
        plan.check(catalogue).map_err(InspectionError::Fault)?;
        let row = PlanRow {
            id: plan.id.clone(),
            title,
            body: store::body_of(&plan)?,
            version: 1,
            made_by: who.person.clone(),
            made_at: now.0,
            secret: None,
            log_size: None,
            log_root: None,
            drawn_by: None,
            drawn_at: None,
            from_day: plan.period.map(|period| day_number(period.from)),
            until_day: plan.period.map(|period| day_number(period.until)),
        };
        let columns = [
            ("id", row.id.clone().into()),
            ("title", row.title.clone().into()),
            ("body", row.body.clone().into()),
            ("version", row.version.into()),
            ("made_by", row.made_by.clone().into()),
            ("made_at", row.made_at.into()),
            ("from_day", Bind::OptionalInt(row.from_day)),
            ("until_day", Bind::OptionalInt(row.until_day)),
        ];
        versioned::insert(connection, "inspection_plans", columns)?;
        anchor(connection, &row.id, 1, plan.digest(), now)?;
        also(connection, &row)?;
        Ok(row)
    })
}

fn anchor(
    connection: &mut DbConnection,
    plan: &str,
    seq: i64,
    digest: [u8; 32],
    now: Moment,
) -> Result<(), StoreError> {
    let day = u32::try_from(day_number(now.shanghai_date())).unwrap_or(0);
    let draft = Draft::Draw { day, digest };
    outbox::insert(connection, vec![NewRow { subject: plan.to_owned(), seq, at_ms: now.0, draft }])
}

/// The root that a plan is drawn with: that of the log after the block that follows the one with the plan. Nothing
/// while there is none.
///
/// # Errors
/// The ledger's and the database's.
pub fn root_for(
    connection: &mut DbConnection,
    ledger: &ledger::store::Store,
    published: u64,
    plan: &str,
) -> Result<Option<Root>, InspectionError> {
    let Some(leaf) = outbox::find(connection, KIND, plan, 1)?.and_then(|row| row.leaf_index) else {
        return Ok(None);
    };
    let leaf = u64::try_from(leaf).map_err(|error| damaged(plan, error.to_string()))?;
    let unreadable = |error: ledger::store::StoreError| damaged(plan, error.to_string());
    let follows = ledger.span_of(leaf).map_err(unreadable)?.end();
    if published <= follows {
        return Ok(None);
    }
    let size = ledger.span_of(follows).map_err(unreadable)?.end();
    if published < size {
        return Ok(None);
    }
    Ok(Some(Root { size, hash: ledger.root_at(size).map_err(unreadable)? }))
}

/// Draws a plan with its secret.
///
/// # Errors
/// [`InspectionError`].
pub fn draw(
    (service, anchoring): (&Service, &Anchor),
    who: &Party,
    (id, version): (&str, i64),
    secret: &[u8; 32],
    also: &mut dyn FnMut(&mut DbConnection, &PlanRow) -> Result<(), StoreError>,
) -> Result<PlanRow, InspectionError> {
    officer(who)?;
    let now = service.clock.now();
    let view = anchoring.view();
    write(&mut *service.database.connection()?, Lane::Bookkeeping, |connection| {
        let mut row = store::find(connection, id)?.ok_or(InspectionError::NotFound)?;
        if row.version != version {
            return Err(InspectionError::Changed);
        }
        if row.secret.is_some() {
            return Err(InspectionError::Drawn);
        }
        let plan = row.plan()?;
        if draw::commitment(secret) != plan.secret_commitment {
            return Err(InspectionError::OtherSecret);
        }
        let root = root_for(connection, view.store(), view.published_size(), id)?;
        let root = root.ok_or(InspectionError::TooEarly)?;
        let tasks = plan.draw(secret, &root.hash);
        row.secret = Some(hex::encode(secret));
        row.log_size = i64::try_from(root.size).ok();
        row.log_root = Some(hex::encode(root.hash));
        row.drawn_by = Some(who.person.clone());
        row.drawn_at = Some(now.0);
        let columns = [
            ("secret", Bind::OptionalText(row.secret.clone())),
            ("log_size", Bind::OptionalBig(row.log_size)),
            ("log_root", Bind::OptionalText(row.log_root.clone())),
            ("drawn_by", Bind::OptionalText(row.drawn_by.clone())),
            ("drawn_at", Bind::OptionalBig(row.drawn_at)),
        ];
        if !versioned::update(connection, "inspection_plans", (&row.id, &mut row.version), columns)? {
            return Err(InspectionError::Changed);
        }
        let mut rows = Vec::with_capacity(tasks.len());
        for task in &tasks {
            let names = serde_json::to_string(&task.inspectors);
            let names = names.map_err(|error| damaged(id, error.to_string()))?;
            rows.push(vec![
                id.into(),
                task.uscc.clone().into(),
                task.class.code().into(),
                names.into(),
                Bind::Big(1),
            ]);
        }
        let sql = "INSERT INTO inspection_tasks (plan_id, uscc, class, inspectors, version)";
        bulk::execute_rows(connection, sql, 5, rows, "")?;
        anchor(connection, id, 2, plan.draw_digest(secret, root, &tasks), now)?;
        also(connection, &row)?;
        Ok(row)
    })
}

/// A task, and the days of its plan.
pub type Entered = (TaskRow, Option<Period>);

/// Enters what was found, or corrects it: the record of `inspections` that says so is taken in by a job.
///
/// # Errors
/// [`InspectionError`].
pub fn enter(
    (service, jobs): (&Service, &Jobs),
    who: &Party,
    (plan, uscc, version): (&str, &str, i64),
    finding: &Finding,
    also: &mut dyn FnMut(&mut DbConnection, &Entered) -> Result<(), StoreError>,
) -> Result<Entered, InspectionError> {
    officer(who)?;
    let now = service.clock.now();
    let note = finding.note.as_deref().map(text).transpose()?;
    let result = if finding.passed { "pass" } else { "fail" };
    // The order of entries is in the file too, so that a correction back to what was first is another file.
    let file = format!(
        "uscc,inspection_id,kind,inspected_on,result,entry\n{uscc},{plan},random,{},{result},{version}\n",
        finding.inspected_on
    );
    let stored =
        service.evidence.keep(file.as_bytes()).map_err(|error| StoreError::Open(error.to_string()))?;
    let batch = BatchTask {
        digest: stored.digest.clone(),
        bytes: stored.bytes,
        file_name: format!("inspection-{plan}-{uscc}.csv"),
        source: "inspections".to_owned(),
    };
    let mut connection = service.database.connection()?;
    let mut entered = Err(InspectionError::NotFound);
    // The job begins once this is committed, and what is refused here leaves no job.
    let submitted = jobs.submit(&mut connection, &batch, |connection, job| {
        let about = (plan, uscc, version);
        entered = keep(connection, about, (finding, note, who), &job.id, now).and_then(|task| {
            also(connection, &task)?;
            Ok(task)
        });
        match &entered {
            Ok(_) => Ok(()),
            Err(_) => Err(StoreError::Query(diesel::result::Error::RollbackTransaction)),
        }
    });
    match (entered, submitted) {
        (Ok(task), submitted) => submitted.map(|_| task).map_err(InspectionError::Store),
        (Err(refused), _) => Err(refused),
    }
}

fn keep(
    connection: &mut DbConnection,
    (plan, uscc, version): (&str, &str, i64),
    (finding, note, who): (&Finding, Option<String>, &Party),
    job: &str,
    now: Moment,
) -> Result<Entered, InspectionError> {
    let of = store::find(connection, plan)?.ok_or(InspectionError::NotFound)?;
    let task = store::task(connection, plan, uscc)?.zip(of.first_day());
    let (mut task, first_day) = task.ok_or(InspectionError::NotFound)?;
    if task.version != version {
        return Err(InspectionError::Changed);
    }
    if !(first_day..=now.shanghai_date()).contains(&finding.inspected_on) {
        return Err(InspectionError::Day);
    }
    task.version += 1;
    task.inspected_day = Some(day_number(finding.inspected_on));
    task.passed = Some(i32::from(finding.passed));
    task.note = note;
    task.entered_by = Some(who.person.clone());
    task.entered_at = Some(now.0);
    task.job_id = Some(job.to_owned());
    let row = task.clone();
    let changed = bulk::execute(
        connection,
        "UPDATE inspection_tasks SET version = $1, inspected_day = $2, passed = $3, note = $4, entered_by = $5, \
         entered_at = $6, job_id = $7 WHERE plan_id = $8 AND uscc = $9 AND version = $10",
        [
            row.version.into(),
            Bind::Int(day_number(finding.inspected_on)),
            Bind::Int(i32::from(finding.passed)),
            Bind::OptionalText(row.note),
            Bind::OptionalText(row.entered_by),
            Bind::OptionalBig(row.entered_at),
            Bind::OptionalText(row.job_id),
            row.plan_id.into(),
            row.uscc.into(),
            version.into(),
        ],
    )?;
    if changed == 1 { Ok((task, of.period())) } else { Err(InspectionError::Changed) }
}
