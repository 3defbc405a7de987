//! Asking for extracts, and fetching and keeping their files: the same rules for the interface and the pages.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind};

use chrono::NaiveDate;
use credit_core::dates::{Moment, day_number, from_day_number};
use credit_core::records::Lang;
use diesel::prelude::*;

use super::extract::{self, Extract, folder_of, part_of};
use super::requests::{self, Cycle, Standing, StandingRequest};
use crate::access::Principal;
use crate::jobs::Jobs;
use crate::old_files;
use crate::service::Service;
use crate::store::schema::{extracts, jobs};
use crate::store::versioned::random;
use crate::store::{DbConnection, StoreError};

const ID_BYTES: usize = 16;
const DAY_MS: i64 = 86_400_000;

/// Why an extract is not made, or a file not had.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("only a department asks, in its own name")]
    NotDepartment,
    #[error("no such standing request")]
    NoRequest,
    #[error("the standing request is {}", .0.code())]
    NotInForce(Standing),
    #[error("the next extract can be made on {0}")]
    NotBefore(NaiveDate),
    #[error("the request was for one extract, which was made")]
    Once,
    #[error("no such extract, or not yet")]
    NotFound,
    #[error("the files are no longer kept")]
    FilesGone,
    #[error("a file of an extract cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Refused {
    /// What is wrong, for whoever asked.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Refused::NotDepartment => (
                "只有部门以本单位的名义提取。".to_owned(),
                "Only a department takes extracts, in its own name.".to_owned(),
            ),
            Refused::NoRequest => (
                "没有这项共享申请，或与您无关。".to_owned(),
                "No such standing request, or it is not yours.".to_owned(),
            ),
            Refused::NotInForce(standing) => (
                format!("该共享申请{}，不能提取。", standing.title(Lang::Zh)),
                format!("The standing request is not in force ({}).", standing.title(Lang::En)),
            ),
            Refused::NotBefore(day) => (
                format!("按共享申请的周期，下一次提取最早在 {day}。"),
                format!("By the cycle of the standing request the next extract can be made on {day}."),
            ),
            Refused::Once => (
                "该共享申请只可提取一次，已经提取。".to_owned(),
                "The standing request is for one extract, which was made.".to_owned(),
            ),
            Refused::NotFound => (
                "没有这份提取文件，或尚未生成，或与您无关。".to_owned(),
                "No such extract, or it is not made yet, or it is not yours.".to_owned(),
            ),
            Refused::FilesGone => (
                "提取文件已过保存期，不再提供。请按共享申请的周期重新提取；单次申请须重新申请共享。".to_owned(),
                "The files of this extract are no longer kept. Ask for another extract as the cycle of the standing \
                 request allows; where it was for one extract, ask for sharing again."
                    .to_owned(),
            ),
            Refused::Io(_) | Refused::Store(_) => {
                ("内部错误。".to_owned(), "An internal error.".to_owned())
            }
        };
        if lang == Lang::Zh { zh } else { en }
    }
}

/// What is written in the transaction in which an extract is asked for, such as its answer.
pub type Also<'a> = &'a mut dyn FnMut(&mut DbConnection, &Extract) -> Result<(), StoreError>;

/// Has an extract made under a standing request of the asker's own department that is in force.
///
/// # Errors
/// [`Refused`]; `also` runs in the same transaction.
pub fn ask(
    service: &Service,
    jobs: &Jobs,
    who: &Principal,
    request: &str,
    also: Also<'_>,
) -> Result<Extract, Refused> {
    if !who.audience.is_department() {
        return Err(Refused::NotDepartment);
    }
    let now = service.clock.now();
    let mut connection = service.database.connection()?;
    let request = in_force(&mut connection, who, request, now)?;
    let last = last_asked(&mut connection, std::slice::from_ref(&request.id))?.remove(&request.id);
    match next_day(last, &request, now.shanghai_date()) {
        Some(day) if day <= now.shanghai_date() => {}
        Some(day) => return Err(Refused::NotBefore(day)),
        None => return Err(Refused::Once),
    }
    let mut made = Extract {
        id: hex::encode(random::<ID_BYTES>()?),
        request_id: request.id,
        audience: request.audience,
        organisation: request.organisation,
        asked_by: who.id.to_string(),
        asked_at: now.0,
        job_id: String::new(),
        made_at: None,
        as_of: None,
        enterprises: None,
        files_removed_at: None,
    };
    let task = made.id.clone();
    jobs.submit_extract(&mut connection, &task, |connection, job| {
        made.job_id.clone_from(&job.id);
        extract::insert(connection, &made)?;
        also(connection, &made)
    })?;
    Ok(made)
}

/// A department's own standing request, while it is in force.
fn in_force(
    connection: &mut DbConnection,
    who: &Principal,
    id: &str,
    now: Moment,
) -> Result<StandingRequest, Refused> {
    let request = requests::find(connection, id)?.filter(|request| request.is_of(who));
    let request = request.ok_or(Refused::NoRequest)?;
    match request.standing(now) {
        Standing::Active => Ok(request),
        standing => Err(Refused::NotInForce(standing)),
    }
}

/// When an extract was asked for last under each of these requests, milliseconds; what failed does not count.
///
/// # Errors
/// The database's.
pub fn last_asked(
    connection: &mut DbConnection,
    requests: &[String],
) -> Result<HashMap<String, i64>, StoreError> {
    let rows: Vec<(String, Option<i64>)> = extracts::table
        .inner_join(jobs::table.on(jobs::id.eq(extracts::job_id)))
        .filter(extracts::request_id.eq_any(requests))
        .filter(jobs::state.ne_all(["failed", "cancelled"]))
        .group_by(extracts::request_id)
        .select((extracts::request_id, diesel::dsl::max(extracts::asked_at)))
        .load(connection)?;
    Ok(rows.into_iter().filter_map(|(id, at)| Some((id, at?))).collect())
}

/// The first day on which another extract may be made under a request; nothing where there was the only one.
#[must_use]
pub fn next_day(last: Option<i64>, request: &StandingRequest, today: NaiveDate) -> Option<NaiveDate> {
    let Some(last) = last else { return Some(today) };
    let days = Cycle::of_code(&request.cycle).and_then(Cycle::days)?;
    Some(from_day_number(day_number(Moment(last).shanghai_date()) + days).max(today))
}

/// An extract of the asker's own department.
///
/// # Errors
/// [`Refused`].
pub fn own(connection: &mut DbConnection, who: &Principal, id: &str) -> Result<Extract, Refused> {
    let is_own = |found: &Extract| {
        found.audience == who.audience.code()
            && Some(found.organisation.as_str()) == who.organisation.as_deref()
    };
    extract::find(connection, id)?.filter(is_own).ok_or(Refused::NotFound)
}

/// Extracts under these requests with the states of their jobs, the newest first.
///
/// # Errors
/// The database's.
pub fn under(
    connection: &mut DbConnection,
    requests: &[String],
    limit: i64,
) -> Result<Vec<(Extract, String)>, StoreError> {
    Ok(extracts::table
        .inner_join(jobs::table.on(jobs::id.eq(extracts::job_id)))
        .filter(extracts::request_id.eq_any(requests))
        .order((extracts::asked_at.desc(), extracts::id.desc()))
        .limit(limit)
        .select((Extract::as_select(), jobs::state))
        .load(connection)?)
}

/// Until when the files of an extract are kept; nothing while they are not made.
#[must_use]
pub fn kept_until(extract: &Extract, days: u16) -> Option<Moment> {
    extract.made_at.map(|made_at| Moment(made_at + i64::from(days) * DAY_MS))
}

/// Whether the files of an extract can be had.
#[must_use]
pub fn has_files(extract: &Extract, days: u16, now: Moment) -> bool {
    extract.files_removed_at.is_none() && kept_until(extract, days).is_some_and(|until| now.0 < until.0)
}

/// Opens a file of an extract of the asker's own department, while the standing request is in force: the file and its
/// bytes.
///
/// # Errors
/// [`Refused`].
pub fn open(service: &Service, who: &Principal, id: &str, name: &str) -> Result<(File, u64), Refused> {
    let now = service.clock.now();
    let mut connection = service.database.connection()?;
    let found = own(&mut connection, who, id)?;
    in_force(&mut connection, who, &found.request_id, now)?;
    if found.made_at.is_none() {
        return Err(Refused::NotFound);
    }
    if !has_files(&found, service.config.extract_days, now) {
        return Err(Refused::FilesGone);
    }
    match File::open(folder_of(service, &found.id).join(name)) {
        Ok(file) => {
            let bytes = file.metadata()?.len();
            Ok((file, bytes))
        }
        // Somebody removed them by hand, or the database was restored without them.
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Refused::FilesGone),
        Err(error) => Err(error.into()),
    }
}

/// Removes the files of extracts that were kept long enough, and what attempts left that came to nothing; answers of
/// how many.
///
/// # Errors
/// The database's.
pub fn remove_old(service: &Service) -> Result<usize, StoreError> {
    old_files::remove(service, "extracts", |id| vec![folder_of(service, id), part_of(service, id)])
}
