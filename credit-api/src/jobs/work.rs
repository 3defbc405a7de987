//! What a job does: a file into facts, the enterprises it touches evaluated, their ratings onto the ledger.

use std::sync::atomic::Ordering;
use std::time::Duration;

use credit_core::records::Lang;

use super::store::{self, BatchTask, Change, JobError, JobRow, State};
use super::{Inner, Live, Phase};
use crate::evaluation::gather::Who;
use crate::evaluation::run::{self, Order};
use crate::http::cursor::{self, List};
use crate::intake::leftover;
use crate::intake::receive::{Expected, ReceiveError, Summary, receive_stored};
use crate::screening::making::{Making, MakingError};
use crate::screening::store::Counts;
use crate::screening::{self, FILE_ROWS_MAX};
use crate::sharing::extract::{self, ExtractError};
use crate::sharing::requests::{self, Standing};
use crate::store::StoreError;

/// Enterprises whose facts changed that are evaluated together.
const CHANGED_AT_ONCE: i64 = 100_000;
/// Between two looks whether the names to screen against have been read.
const WAIT_FOR_NAMES: Duration = Duration::from_millis(50);

pub(super) fn run(inner: &Inner, id: &str, live: &Live) -> Result<(), StoreError> {
    let mut connection = inner.service.database.connection()?;
    let Some(row) = store::find(&mut connection, id)? else { return Ok(()) };
    if row.is_finished() {
        return Ok(());
    }
    let now = || inner.service.clock.now().0;
    if live.is_cancelled() || row.cancel_asked_at.is_some() {
        store::update(&mut connection, id, Change::to(State::Cancelled), now())?;
        let_go(inner, &row);
        return Ok(());
    }
    store::update(&mut connection, id, Change::to(State::Running), now())?;
    drop(connection);
    if row.kind == store::EXTRACT {
        let Some(change) = extracted(inner, &row.task, live) else { return Ok(()) };
        return store::update(&mut *inner.service.database.connection()?, id, change, now());
    }
    if row.kind == store::SCREENING {
        let Some(change) = screened(inner, &row.task, live) else { return Ok(()) };
        return store::update(&mut *inner.service.database.connection()?, id, change, now());
    }
    live.enter(Phase::Receiving);
    let change = match row.batch_task() {
        Err(error) => failed(&error),
        Ok(task) => match receive(inner, &task, live) {
            Err(ReceiveError::Cancelled) if !live.is_cancelled() => return Ok(()),
            Err(ReceiveError::Cancelled) => Change::to(State::Cancelled),
            Err(error) => not_received(&error),
            Ok(summary) => received(inner, &summary, live),
        },
    };
    let took_it = change.state == State::Succeeded;
    store::update(&mut *inner.service.database.connection()?, id, change, now())?;
    if !took_it {
        let_go(inner, &row);
    }
    Ok(())
}

/// A job that has ended is never done again: its sealed file goes.
fn let_go(inner: &Inner, row: &JobRow) {
    let Some(task) = row.batch_task().ok().filter(|_| row.kind == store::BATCH) else { return };
    let service = &inner.service;
    let stored = service.evidence.stored(&task.digest, task.bytes);
    leftover::ended(&service.database, &service.evidence, &stored);
}

fn receive(inner: &Inner, task: &BatchTask, live: &Live) -> Result<Summary, ReceiveError> {
    let service = &inner.service;
    let stored = service.evidence.stored(&task.digest, task.bytes);
    let mut progress = |done: u64, total: u64, rows: u64| {
        live.bytes_done.store(done, Ordering::Relaxed);
        live.bytes_total.store(total, Ordering::Relaxed);
        live.rows_done.store(rows, Ordering::Relaxed);
        !live.is_cancelled() && !inner.stopping.load(Ordering::Acquire)
    };
    let expected = task.source.parse::<Expected>().unwrap_or_default();
    let clock = service.clock.as_ref();
    let file = (task.file_name.as_str(), expected);
    receive_stored(&service.database, &service.evidence, clock, &stored, file, &mut progress)
}

/// Ratings and ledger follow. What fails here is no failure of the file: the enterprises stay marked and are
/// evaluated again, the outbox is drained again.
fn received(inner: &Inner, summary: &Summary, live: &Live) -> Change {
    if let Err(error) = evaluate_changed(inner, live) {
        tracing::error!(batch = %summary.batch_id, %error, "the enterprises of a batch could not be evaluated");
    }
    live.enter(Phase::Anchoring);
    if let Err(error) = inner.anchor.drain(|_| ()) {
        tracing::error!(batch = %summary.batch_id, %error, "ratings could not be brought onto the ledger");
    }
    let batch_id = summary.same_as.clone().unwrap_or_else(|| summary.batch_id.clone());
    Change {
        state: State::Succeeded,
        rows_done: summary.rows_total,
        rows_total: summary.rows_total,
        batch_id: Some(batch_id),
        error: None,
    }
}

/// Makes an extract; nothing when the process stops meanwhile.
fn extracted(inner: &Inner, id: &str, live: &Live) -> Option<Change> {
    live.enter(Phase::Extracting);
    let progress = |done: u64| {
        live.rows_done.store(done, Ordering::Relaxed);
        !live.is_cancelled() && !inner.stopping.load(Ordering::Acquire)
    };
    match make_extract(inner, id, &progress) {
        Ok(rows) => Some(Change { rows_done: rows, rows_total: rows, ..Change::to(State::Succeeded) }),
        Err(ExtractError::Stopped) if !live.is_cancelled() => None,
        Err(ExtractError::Stopped) => Some(Change::to(State::Cancelled)),
        Err(ExtractError::NothingOpen) => {
            let error = JobError {
                code: "not_disclosed".to_owned(),
                zh: "共享申请已不再有效，或披露规则现已不允许提供其中任何内容。".to_owned(),
                en: "The standing request is no longer in force, or the rules open nothing of it now."
                    .to_owned(),
            };
            Some(Change { error: Some(error), ..Change::to(State::Failed) })
        }
        Err(error) => Some(failed(&error)),
    }
}

fn make_extract(inner: &Inner, id: &str, progress: &dyn Fn(u64) -> bool) -> Result<u64, ExtractError> {
    let service = &inner.service;
    let mut connection = service.database.connection()?;
    let made = extract::find(&mut connection, id)?.ok_or(ExtractError::NothingOpen)?;
    let request = requests::find(&mut connection, &made.request_id)?.ok_or(ExtractError::NothingOpen)?;
    drop(connection);
    if request.standing(service.clock.now()) != Standing::Active {
        return Err(ExtractError::NothingOpen);
    }
    let checkpoint =
        inner.anchor.view().checkpoint().map_err(|error| ExtractError::Sign(error.to_string()))?;
    let sign = |text: &str| inner.anchor.sign_text(text).map_err(|error| error.to_string());
    let cursor = |seq: i64| cursor::encode(List::Changes, &seq.to_string());
    let (extract, request) = (&made, &request);
    extract::Making { service, extract, request, sign: &sign, checkpoint, cursor: &cursor, progress }.make()
}

/// Screens names; nothing when the process stops meanwhile.
fn screened(inner: &Inner, id: &str, live: &Live) -> Option<Change> {
    live.enter(Phase::Screening);
    let goes_on = || !live.is_cancelled() && !inner.stopping.load(Ordering::Acquire);
    let progress = |done: u64| {
        live.rows_done.store(done, Ordering::Relaxed);
        goes_on()
    };
    // The service was started a moment ago, and reads the names.
    while inner.names.held().is_none() {
        if !goes_on() {
            return live.is_cancelled().then(|| Change::to(State::Cancelled));
        }
        std::thread::sleep(WAIT_FOR_NAMES);
    }
    match make_screening(inner, id, &progress) {
        Ok(counts) => {
            Some(Change { rows_done: counts.rows, rows_total: counts.rows, ..Change::to(State::Succeeded) })
        }
        Err(MakingError::Stopped) if !live.is_cancelled() => None,
        Err(MakingError::Stopped) => Some(Change::to(State::Cancelled)),
        Err(MakingError::File(file)) => {
            let error = JobError {
                code: file.code().as_str().to_owned(),
                zh: file.message(Lang::Zh),
                en: file.message(Lang::En),
            };
            Some(Change { error: Some(error), ..Change::to(State::Failed) })
        }
        Err(MakingError::TooManyRows) => {
            let error = JobError {
                code: "too_long".to_owned(),
                zh: format!("名称超过 {FILE_ROWS_MAX} 行；请分成几个文件。"),
                en: format!("More than {FILE_ROWS_MAX} rows; send several files."),
            };
            Some(Change { error: Some(error), ..Change::to(State::Failed) })
        }
        Err(error) => Some(failed(&error)),
    }
}

fn make_screening(inner: &Inner, id: &str, progress: &dyn Fn(u64) -> bool) -> Result<Counts, MakingError> {
    let row = screening::store::find(&mut *inner.service.database.connection()?, id)?;
    let row = row.ok_or(MakingError::Unknown)?;
    Making { service: &inner.service, names: &inner.names, row: &row, progress }.make()
}

fn evaluate_changed(inner: &Inner, live: &Live) -> Result<(), StoreError> {
    live.enter(Phase::Evaluating);
    let service = &inner.service;
    let dirty = run::dirty(&mut *service.database.connection()?, CHANGED_AT_ONCE)?;
    if dirty.is_empty() {
        return Ok(());
    }
    let order =
        Order { who: Who::These(dirty), as_of: service.clock.today(), known_at: None, monthly: false };
    let progress = |done: usize, total: usize| {
        live.enterprises_done.fetch_max(u64::try_from(done).unwrap_or(0), Ordering::Relaxed);
        live.enterprises_total.store(u64::try_from(total).unwrap_or(0), Ordering::Relaxed);
    };
    service.in_parallel(|| {
        run::run(
            &service.database,
            service.clock.as_ref(),
            service.by(&service.alerts.now(), &service.calendars.now()),
            &order,
            &progress,
        )
    })?;
    Ok(())
}

fn not_received(error: &ReceiveError) -> Change {
    let ReceiveError::Refused(file) = error else { return failed(error) };
    let error = JobError {
        code: file.code().as_str().to_owned(),
        zh: file.message(Lang::Zh),
        en: file.message(Lang::En),
    };
    Change { error: Some(error), ..Change::to(State::Failed) }
}

/// The cause goes to the log; the caller learns that it was ours.
fn failed(error: &dyn std::error::Error) -> Change {
    tracing::error!(%error, "a job failed");
    let error = JobError {
        code: "internal".to_owned(),
        zh: "系统内部错误，文件未被接收；原因已记入日志，请稍后重新提交。".to_owned(),
        en: "An internal error; nothing of the file was taken. The cause is in the log; send the file again later."
            .to_owned(),
    };
    Change { error: Some(error), ..Change::to(State::Failed) }
}
