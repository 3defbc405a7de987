//! Long work behind a 202: taken durably, done one after the other on a thread of its own, cancellable.
//!
//! A job's row is written before it is acknowledged; what a crash interrupts is done again at the next start,
//! which is safe because the same file sent twice changes nothing.

pub mod store;
mod work;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::anchoring::Anchor;
use crate::screening::names::Names;
use crate::service::Service;
use crate::store::{DbConnection, Lane, StoreError, write};
use store::{BatchTask, JobRow};

const ID_BYTES: usize = 12;
/// What the ids of screenings begin with.
pub const SCREENING_LETTER: char = 's';

/// What a running job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Waiting,
    /// Rows into the database; may still be cancelled.
    Receiving,
    Evaluating,
    Anchoring,
    /// Rows into files; may still be cancelled.
    Extracting,
    /// Names against the enterprises; may still be cancelled.
    Screening,
}

impl Phase {
    const ALL: [Phase; 6] = [
        Phase::Waiting,
        Phase::Receiving,
        Phase::Evaluating,
        Phase::Anchoring,
        Phase::Extracting,
        Phase::Screening,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Waiting => "waiting",
            Phase::Receiving => "receiving",
            Phase::Evaluating => "evaluating",
            Phase::Anchoring => "anchoring",
            Phase::Extracting => "extracting",
            Phase::Screening => "screening",
        }
    }
}

/// A job's progress in this process. The database has one writer, so it is not told of every row.
#[derive(Debug, Default)]
pub struct Live {
    cancelled: AtomicBool,
    phase: AtomicU8,
    pub rows_done: AtomicU64,
    pub bytes_done: AtomicU64,
    pub bytes_total: AtomicU64,
    pub enterprises_done: AtomicU64,
    pub enterprises_total: AtomicU64,
}

impl Live {
    #[must_use]
    pub fn phase(&self) -> Phase {
        let at = usize::from(self.phase.load(Ordering::Acquire));
        Phase::ALL.get(at).copied().unwrap_or(Phase::Waiting)
    }

    fn enter(&self, phase: Phase) {
        let at = Phase::ALL.iter().position(|known| *known == phase).unwrap_or(0);
        self.phase.store(u8::try_from(at).unwrap_or(0), Ordering::Release);
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }
}

/// How often a standby looks whether it has become the active process.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What came of a wish to cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    Asked,
    /// The job is finished, or its rows are committed already.
    TooLate,
    Unknown,
}

struct Inner {
    service: Service,
    anchor: Arc<Anchor>,
    names: Names,
    live: Mutex<HashMap<String, Arc<Live>>>,
    stopping: AtomicBool,
    /// What an earlier process left was queued.
    took_up: AtomicBool,
    /// Counts finished jobs, so that caches of this process learn of them at once.
    finished: AtomicU64,
}

/// The jobs of this process.
pub struct Jobs {
    inner: Arc<Inner>,
    queue: Mutex<Option<Sender<String>>>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Jobs {
    /// Starts the worker and takes up what an earlier process left unfinished; a standby does so when it becomes the
    /// active process.
    ///
    /// # Errors
    /// The database's, and that no thread can be started.
    pub fn start(service: Service, anchor: Arc<Anchor>) -> Result<Self, StoreError> {
        Self::start_with(service, anchor, Names::default())
    }

    /// As [`Jobs::start`], with the names that screenings compare with.
    ///
    /// # Errors
    /// As [`Jobs::start`].
    pub fn start_with(service: Service, anchor: Arc<Anchor>, names: Names) -> Result<Self, StoreError> {
        let inner = Arc::new(Inner {
            service,
            anchor,
            names,
            live: Mutex::default(),
            stopping: AtomicBool::new(false),
            took_up: AtomicBool::new(false),
            finished: AtomicU64::new(0),
        });
        let (queue, work) = channel();
        inner.take_up_left(&queue)?;
        let (for_worker, left) = (Arc::clone(&inner), queue.clone());
        let worker = std::thread::Builder::new()
            .name("jobs".to_owned())
            .spawn(move || for_worker.work(&work, left))
            .map_err(|error| StoreError::Open(format!("the thread of jobs: {error}")))?;
        Ok(Self { inner, queue: Mutex::new(Some(queue)), worker: Mutex::new(Some(worker)) })
    }

    /// Takes a job that receives a file; it is on record when this returns. `also` is written in the same
    /// transaction.
    ///
    /// # Errors
    /// The database's, and those of `also`; the job is not taken then.
    pub fn submit(
        &self,
        connection: &mut DbConnection,
        task: &BatchTask,
        also: impl FnOnce(&mut DbConnection, &JobRow) -> Result<(), StoreError>,
    ) -> Result<JobRow, StoreError> {
        self.submit_as(connection, store::BATCH, serde_json::to_string(task).unwrap_or_default(), also)
    }

    /// As [`Jobs::submit`], a job that makes an extract.
    ///
    /// # Errors
    /// The database's, and those of `also`.
    pub fn submit_extract(
        &self,
        connection: &mut DbConnection,
        extract: &str,
        also: impl FnOnce(&mut DbConnection, &JobRow) -> Result<(), StoreError>,
    ) -> Result<JobRow, StoreError> {
        self.submit_as(connection, store::EXTRACT, extract.to_owned(), also)
    }

    /// As [`Jobs::submit`], a job that screens names.
    ///
    /// # Errors
    /// The database's, and those of `also`.
    pub fn submit_screening(
        &self,
        connection: &mut DbConnection,
        screening: &str,
        also: impl FnOnce(&mut DbConnection, &JobRow) -> Result<(), StoreError>,
    ) -> Result<JobRow, StoreError> {
        self.submit_as(connection, store::SCREENING, screening.to_owned(), also)
    }

    /// The names that screenings compare with.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.inner.names
    }

    fn submit_as(
        &self,
        connection: &mut DbConnection,
        kind: &str,
        task: String,
        also: impl FnOnce(&mut DbConnection, &JobRow) -> Result<(), StoreError>,
    ) -> Result<JobRow, StoreError> {
        let mut bytes = [0u8; ID_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| StoreError::Open(error.to_string()))?;
        // What may be asked of a job is decided by its first letter, before its row is read.
        let letter = if kind == store::SCREENING { SCREENING_LETTER } else { 'j' };
        let id = format!("{letter}{}", hex::encode(bytes));
        let now = self.inner.service.clock.now().0;
        let row = write(connection, Lane::Bookkeeping, |connection| {
            let row = store::insert_as(connection, &id, kind, task, now)?;
            also(connection, &row)?;
            Ok::<_, StoreError>(row)
        })?;
        lock(&self.inner.live).insert(id.clone(), Arc::default());
        if let Some(queue) = lock(&self.queue).as_ref() {
            let _ = queue.send(id);
        }
        Ok(row)
    }

    /// The progress of a job that this process has not finished.
    #[must_use]
    pub fn live(&self, id: &str) -> Option<Arc<Live>> {
        lock(&self.inner.live).get(id).cloned()
    }

    /// How many jobs this process has finished.
    #[must_use]
    pub fn finished(&self) -> u64 {
        self.inner.finished.load(Ordering::Acquire)
    }

    /// Asks a job to stop. Nothing of its file is then taken. The wish is on record when this returns; `also` is
    /// written in the same transaction.
    ///
    /// # Errors
    /// The database's, and those of `also`.
    pub fn cancel(
        &self,
        id: &str,
        also: impl FnOnce(&mut DbConnection) -> Result<(), StoreError>,
    ) -> Result<Cancel, StoreError> {
        let mut connection = self.inner.service.database.connection()?;
        let Some(live) = self.live(id) else {
            let found = store::find(&mut connection, id)?;
            return Ok(if found.is_some() { Cancel::TooLate } else { Cancel::Unknown });
        };
        if matches!(live.phase(), Phase::Evaluating | Phase::Anchoring) {
            return Ok(Cancel::TooLate);
        }
        // First the flag: a job that is writing ends by it and lets this transaction have its turn.
        live.cancelled.store(true, Ordering::Release);
        let now = self.inner.service.clock.now().0;
        write(&mut connection, Lane::Bookkeeping, |connection| {
            store::ask_to_stop(connection, id, now)?;
            also(connection)
        })?;
        Ok(Cancel::Asked)
    }

    /// Stops the worker; a job under way is left for the next start.
    pub fn stop(&self) {
        self.inner.stopping.store(true, Ordering::Release);
        drop(lock(&self.queue).take());
        let worker = lock(&self.worker).take();
        if let Some(worker) = worker {
            let _ = worker.join();
        }
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Inner {
    /// Queues what an earlier process left, once, and only while this process is the active one: the other's jobs
    /// are not done twice.
    fn take_up_left(&self, queue: &Sender<String>) -> Result<(), StoreError> {
        if !self.anchor.is_active() || self.took_up.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let left = store::unfinished(&mut *self.service.database.connection()?)?;
        let mut live = lock(&self.live);
        for id in left {
            if live.insert(id.clone(), Arc::default()).is_none() {
                let _ = queue.send(id);
            }
        }
        Ok(())
    }

    /// Works until the last sender is gone. `left` is dropped once nothing of an earlier process can come any more.
    fn work(&self, queue: &Receiver<String>, left: Sender<String>) {
        let mut left = Some(left);
        loop {
            if self.took_up.load(Ordering::Acquire) || self.stopping.load(Ordering::Acquire) {
                left = None;
            }
            if let Some(queue) = &left
                && let Err(error) = self.take_up_left(queue)
            {
                tracing::error!(%error, "the jobs of an earlier process could not be taken up; it is tried again");
                self.took_up.store(false, Ordering::Release);
            }
            let id = match queue.recv_timeout(LOOK_EVERY) {
                Ok(id) => id,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if self.stopping.load(Ordering::Acquire) {
                return;
            }
            let live = lock(&self.live).get(&id).cloned().unwrap_or_default();
            if let Err(error) = work::run(self, &id, &live) {
                tracing::error!(job = %id, %error, "a job could not be kept on record; it is tried again at the next start");
            }
            self.finished.fetch_add(1, Ordering::AcqRel);
            lock(&self.live).remove(&id);
        }
    }
}
