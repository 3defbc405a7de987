//! Group commit: many requests hand in rows, one thread writes them, each waits until its own are on the disk.
//!
//! On PostgreSQL that is a transaction, which ends with one line at the end of its own log. On SQLite a transaction
//! rewrites pages, so rows go to the end of a [`Journal`] first, and a second thread puts them into the table.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::Connection;
use tokio::sync::oneshot;

use super::behind::Log;
use super::journal::{Journal, Numbered};
use super::{Row, store};
use crate::store::{Database, StoreError};

/// Requests that may wait; past it a request is told that the service is busy.
pub const WAITING_MAX: usize = 4_096;
/// Requests written with one commit.
const GROUP_MAX: usize = 512;
/// Rows put into the table with one commit.
const KEPT_AT_ONCE: usize = 4_096;
/// How long rows gather for one commit into the table, while nobody wants to read them.
const GATHER: Duration = Duration::from_millis(50);
/// Rows that may be in the journal and not in the table; past it requests wait for so long, and then nothing is shown.
const BEHIND_MAX: i64 = 50_000;
const ROOM_WAIT: Duration = Duration::from_secs(2);
/// A journal file of this size is left for the other one, once that is empty.
const JOURNAL_BYTES: u64 = 1024 * 1024;
/// How long a table that cannot be written is left alone.
const RETRY: Duration = Duration::from_millis(200);

/// Why rows are not on the disk; nothing that is not public may leave then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    #[error("too many requests wait for the access log")]
    Full,
    #[error("the access log cannot be written")]
    Failed,
}

struct Waiting {
    rows: Vec<Row>,
    done: oneshot::Sender<Result<(), LogError>>,
}

/// The access log of this process. Dropping it writes what waits.
pub struct AccessLog {
    log: Log,
    queue: Option<SyncSender<Waiting>>,
    threads: Vec<JoinHandle<()>>,
}

impl AccessLog {
    /// Starts the writing threads. On SQLite, what an earlier process left in the journal is put into the table first.
    ///
    /// # Errors
    /// When another process writes this log, the disk's, or when the machine gives no thread.
    pub fn start(log: Log) -> io::Result<Self> {
        let (queue, taken) = sync_channel(WAITING_MAX);
        let threads = match log.journal() {
            None => {
                let database = log.database().clone();
                vec![spawn("access log", move || run(&taken, |rows| commit(&database, rows)))?]
            }
            Some(folder) => journalled(&log, folder, taken)?,
        };
        Ok(Self { log, queue: Some(queue), threads })
    }

    /// Where the rows are read.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Returns once the rows are on the disk.
    ///
    /// # Errors
    /// [`LogError`]; some of the rows may be there all the same.
    pub async fn write(&self, rows: Vec<Row>) -> Result<(), LogError> {
        if rows.is_empty() {
            return Ok(());
        }
        let (done, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(LogError::Failed)?;
        queue.try_send(Waiting { rows, done }).map_err(|error| match error {
            TrySendError::Full(_) => LogError::Full,
            TrySendError::Disconnected(_) => LogError::Failed,
        })?;
        answer.await.unwrap_or(Err(LogError::Failed))
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        self.queue = None;
        self.log.behind().close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the access log failed");
            }
        }
    }
}

fn spawn(name: &str, job: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(job)
}

/// Takes groups of requests and answers each, until nobody hands in any more.
fn run<E: std::fmt::Display>(taken: &Receiver<Waiting>, mut write: impl FnMut(Vec<Row>) -> Result<(), E>) {
    while let Ok(first) = taken.recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX {
            let Ok(next) = taken.try_recv() else { break };
            group.push(next);
        }
        let rows = group.iter_mut().flat_map(|waiting| std::mem::take(&mut waiting.rows)).collect();
        let outcome = write(rows).map_err(|error| {
            tracing::error!(%error, requests = group.len(), "the access log cannot be written; nothing is shown");
            LogError::Failed
        });
        for waiting in group {
            // Who gave up waiting is not told.
            let _ = waiting.done.send(outcome);
        }
    }
}

fn commit(database: &Database, rows: Vec<Row>) -> Result<(), StoreError> {
    // Nobody waits for anybody.
    database.connection()?.transaction(|connection| store::insert(connection, rows))
}

/// Starts the two threads of a log with a journal.
fn journalled(log: &Log, folder: &Path, taken: Receiver<Waiting>) -> io::Result<Vec<JoinHandle<()>>> {
    let (journal, left) = Journal::open(folder)?;
    let last = keep_left_over(log, &journal, left).map_err(io::Error::other)?;
    log.behind().promise(last);
    log.behind().keep(last);
    let keeper =
        Keeper { log: log.clone(), files: [journal.file(0)?, journal.file(1)?], free: Arc::default() };
    let (to_keep, given) = channel();
    keeper.free.store(true, Ordering::Release);
    let mut appender = Appender { log: log.clone(), journal, last, to_keep, free: Arc::clone(&keeper.free) };
    Ok(vec![
        spawn("access log", move || run(&taken, |rows| appender.append(rows)))?,
        spawn("access log table", move || keeper.run(&given))?,
    ])
}

/// Puts into the table what an earlier process left, and gives the number of the last row there ever was.
fn keep_left_over(log: &Log, journal: &Journal, left: Vec<Numbered>) -> Result<i64, StoreError> {
    let mut connection = log.database().connection()?;
    let in_journal = left.last().map_or(0, |row| row.id);
    connection.transaction(|connection| store::keep(connection, &left))?;
    for at in [0, 1] {
        let emptied = journal.file(at).and_then(|file| file.set_len(0));
        emptied.map_err(|error| StoreError::Open(error.to_string()))?;
    }
    Ok(store::last_number(&mut connection)?.max(in_journal))
}

/// What the thread that answers works with.
struct Appender {
    log: Log,
    journal: Journal,
    /// Number of the last row.
    last: i64,
    to_keep: Sender<ToKeep>,
    /// The file that is not appended to is empty.
    free: Arc<AtomicBool>,
}

/// What the other thread is told, in order.
enum ToKeep {
    Rows(Vec<Numbered>),
    /// Nothing more comes into this file until it is empty.
    Left(usize),
}

impl Appender {
    fn append(&mut self, rows: Vec<Row>) -> io::Result<()> {
        if !self.log.behind().has_room(BEHIND_MAX, ROOM_WAIT) {
            return Err(io::Error::other("its table could not be written for too long"));
        }
        let rows: Vec<Numbered> = (self.last + 1..).zip(rows).map(|(id, row)| Numbered { id, row }).collect();
        self.journal.append(&rows)?;
        self.last = rows.last().map_or(self.last, |row| row.id);
        self.log.behind().promise(self.last);
        self.tell(ToKeep::Rows(rows))?;
        if self.journal.len() >= JOURNAL_BYTES && self.free.swap(false, Ordering::AcqRel) {
            let full = self.journal.switch();
            self.tell(ToKeep::Left(full))?;
        }
        Ok(())
    }

    fn tell(&self, what: ToKeep) -> io::Result<()> {
        self.to_keep.send(what).map_err(|_| io::Error::other("the thread that keeps its table is gone"))
    }
}

/// What the thread that keeps the table works with.
struct Keeper {
    log: Log,
    files: [File; 2],
    free: Arc<AtomicBool>,
}

impl Keeper {
    fn run(&self, given: &Receiver<ToKeep>) {
        let mut rows = Vec::new();
        while let Ok(first) = given.recv() {
            self.log.behind().gather(GATHER);
            let mut next = Some(first);
            while let Some(told) = next.take() {
                match told {
                    ToKeep::Rows(more) => rows.extend(more),
                    ToKeep::Left(at) => {
                        if !self.keep(&mut rows) {
                            return;
                        }
                        self.empty(at);
                        self.free.store(true, Ordering::Release);
                    }
                }
                if rows.len() < KEPT_AT_ONCE {
                    next = given.try_recv().ok();
                }
            }
            if !self.keep(&mut rows) {
                return;
            }
        }
        // Everything is in the table, and nobody appends any more.
        self.empty(0);
        self.empty(1);
    }

    /// Until the rows are in the table; false when the log is closed before. They are in the journal then.
    fn keep(&self, rows: &mut Vec<Numbered>) -> bool {
        let Some(last) = rows.last().map(|row| row.id) else { return true };
        let taken = std::mem::take(rows);
        loop {
            let kept = self.log.database().connection().and_then(|mut connection| {
                connection.transaction(|connection| store::keep(connection, &taken))
            });
            match kept {
                Ok(added) => {
                    if added < taken.len() {
                        let missing = taken.len() - added;
                        tracing::error!(
                            missing,
                            last,
                            "numbers of the access log were taken by somebody else"
                        );
                    }
                    self.log.behind().keep(last);
                    return true;
                }
                Err(error) => {
                    tracing::error!(%error, rows = taken.len(), "the access log's table cannot be written");
                }
            }
            if !self.log.behind().rest(RETRY) {
                return false;
            }
        }
    }

    fn empty(&self, at: usize) {
        if let Some(Err(error)) = self.files.get(at).map(|file| file.set_len(0)) {
            // Its rows are in the table; they are passed over when they are read again.
            tracing::warn!(%error, "a journal file of the access log cannot be emptied");
        }
    }
}
