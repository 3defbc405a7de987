//! How far the table is behind what was promised, and a connection that sees all of it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Row;
use super::writer::Waiting;
use crate::store::{Database, PooledConnection, StoreError};

/// Longest wait of a reader for rows that are on the disk and not in the table yet.
const SETTLE_MAX: Duration = Duration::from_secs(10);

/// Numbers of the last row promised and of the last in the table, and how many readers wait for them to be one.
#[derive(Debug, Default)]
struct Marks {
    promised: i64,
    kept: i64,
    readers: u32,
    /// The journal's file that is not written may be.
    free: bool,
    /// Nobody writes any more.
    closing: bool,
}

impl Marks {
    fn rows(&self) -> i64 {
        self.promised.saturating_sub(self.kept)
    }
}

/// Shared by the threads that write and whoever reads.
#[derive(Debug, Default)]
pub(super) struct Behind {
    marks: Mutex<Marks>,
    changed: Condvar,
}

impl Behind {
    /// Nothing here panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the condition holds; false when the time was over first.
    fn wait(&self, longest: Duration, holds: impl FnMut(&mut Marks) -> bool) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), longest, holds);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// The last row that is on the disk.
    pub(super) fn promise(&self, id: i64) {
        self.lock().promised = id;
    }

    /// The last row that is in the table.
    pub(super) fn keep(&self, id: i64) {
        self.lock().kept = id;
        self.changed.notify_all();
    }

    /// The journal's other file may be written.
    pub(super) fn give_file(&self) {
        self.lock().free = true;
        self.changed.notify_all();
    }

    /// Waits for the journal's other file, and takes it.
    pub(super) fn take_file(&self, longest: Duration) -> bool {
        self.wait(longest, |marks| !marks.free) && std::mem::take(&mut self.lock().free)
    }

    /// Lets rows gather, unless a reader waits for them.
    pub(super) fn gather(&self, longest: Duration) {
        self.wait(longest, |marks| marks.readers == 0 && !marks.closing);
    }

    /// Waits; false as soon as nobody writes any more.
    pub(super) fn rest(&self, time: Duration) -> bool {
        !self.wait(time, |marks| !marks.closing)
    }

    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
    }

    /// Waits until what is promised now is in the table.
    fn settle(&self) -> bool {
        let promised = {
            let mut marks = self.lock();
            if marks.rows() <= 0 {
                return true;
            }
            marks.readers += 1;
            marks.promised
        };
        self.changed.notify_all();
        let is_settled = self.wait(SETTLE_MAX, |marks| marks.kept < promised);
        self.lock().readers -= 1;
        is_settled
    }
}

/// The access log, to be read; and to be written by work that is no request, while this process serves.
#[derive(Clone)]
pub struct Log {
    database: Database,
    /// To the thread that writes, while there is one.
    queue: Arc<Mutex<Option<SyncSender<Waiting>>>>,
    /// Where rows lie until they are in the table; nothing on PostgreSQL.
    journal: Option<PathBuf>,
    behind: Arc<Behind>,
}

impl Log {
    pub(super) fn new(database: Database, journal: Option<PathBuf>) -> Self {
        Self { database, queue: Arc::default(), journal, behind: Arc::default() }
    }

    /// The same table, written by each commit as on PostgreSQL.
    #[cfg(test)]
    #[must_use]
    pub fn without_journal(&self) -> Self {
        Self::new(self.database.clone(), None)
    }

    /// A connection that sees every row whose answer has left this process.
    ///
    /// # Errors
    /// The database's, and when the rows do not come in time.
    pub fn connection(&self) -> Result<PooledConnection, StoreError> {
        if !self.behind.settle() {
            return Err(StoreError::Pool("the access log's table is behind its journal".to_owned()));
        }
        self.database.connection()
    }

    /// Returns once the rows are on the disk. For threads that may wait; requests write through
    /// [`super::writer::AccessLog::write`].
    ///
    /// # Errors
    /// When they cannot be written, or when this process does not serve.
    pub fn write(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (waiting, answer) = Waiting::of_thread(rows);
        let sent = queue.and_then(|queue| queue.send(waiting).ok());
        let written = sent.and_then(|()| answer.recv().ok()).and_then(Result::ok);
        written.ok_or_else(|| StoreError::Pool("the access log cannot be written".to_owned()))
    }

    /// While `act` runs, nobody writes.
    #[cfg(test)]
    pub fn unwritten<T>(&self, act: impl FnOnce() -> T) -> T {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let acted = act();
        self.lead_to(queue);
        acted
    }

    /// Whoever writes from now on.
    pub(super) fn lead_to(&self, queue: Option<SyncSender<Waiting>>) {
        *self.queue.lock().unwrap_or_else(PoisonError::into_inner) = queue;
    }

    /// Where rows are written.
    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Folder of the journal.
    pub(super) fn journal(&self) -> Option<&Path> {
        self.journal.as_deref()
    }

    pub(super) fn behind(&self) -> &Behind {
        &self.behind
    }
}
