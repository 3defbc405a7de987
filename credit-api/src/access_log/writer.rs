//! Group commit: many requests hand in rows, one thread writes them, each waits until its own are on the disk.
//!
//! On PostgreSQL that is one statement, which ends with one line at the end of its own log. On SQLite a transaction
//! rewrites pages, so rows go to the end of a [`Journal`] first, and a second thread puts them into the table.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::Connection;
use tokio::sync::oneshot;

use super::behind::Log;
use super::journal::{self, Journal, Numbered};
use super::{Row, put, store};
use crate::store::{Database, PooledConnection, StoreError};

/// Requests that may wait; past it a request is told that the service is busy.
pub const WAITING_MAX: usize = 4_096;
/// Requests written with one commit.
const GROUP_MAX: usize = 512;
/// Rows put into the table with one commit.
const KEPT_AT_ONCE: usize = 4_096;
/// How long rows gather for one commit into the table, while nobody wants to read them.
const GATHER: Duration = Duration::from_millis(200);
/// Longest wait for a journal file whose rows are not in the table yet; then nothing is shown.
const ROOM_WAIT: Duration = Duration::from_secs(2);
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

type Outcome = Result<(), LogError>;

/// Rows, and who waits for them to be on the disk.
pub(super) struct Waiting {
    rows: Vec<Row>,
    done: Done,
}

enum Done {
    Task(oneshot::Sender<Outcome>),
    Thread(SyncSender<Outcome>),
}

impl Waiting {
    fn of_task(rows: Vec<Row>) -> (Self, oneshot::Receiver<Outcome>) {
        let (done, answer) = oneshot::channel();
        (Self { rows, done: Done::Task(done) }, answer)
    }

    pub(super) fn of_thread(rows: Vec<Row>) -> (Self, Receiver<Outcome>) {
        let (done, answer) = sync_channel(1);
        (Self { rows, done: Done::Thread(done) }, answer)
    }

    /// Who gave up waiting is not told.
    fn tell(self, outcome: Outcome) {
        match self.done {
            Done::Task(done) => drop(done.send(outcome)),
            Done::Thread(done) => drop(done.send(outcome)),
        }
    }
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
        log.lead_to(Some(queue.clone()));
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
        let (waiting, answer) = Waiting::of_task(rows);
        let queue = self.queue.as_ref().ok_or(LogError::Failed)?;
        queue.try_send(waiting).map_err(|error| match error {
            TrySendError::Full(_) => LogError::Full,
            TrySendError::Disconnected(_) => LogError::Failed,
        })?;
        answer.await.unwrap_or(Err(LogError::Failed))
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        self.queue = None;
        self.log.lead_to(None);
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
        group.into_iter().for_each(|waiting| waiting.tell(outcome));
    }
}

fn commit(database: &Database, rows: Vec<Row>) -> Result<(), StoreError> {
    // Nobody waits for anybody.
    put::insert(&mut *database.connection()?, rows)
}

/// Starts the two threads of a log with a journal.
fn journalled(log: &Log, folder: &Path, taken: Receiver<Waiting>) -> io::Result<Vec<JoinHandle<()>>> {
    let (mut journal, left) = Journal::open(folder)?;
    let last = keep_left_over(log, &left).map_err(io::Error::other)?;
    journal.begin()?;
    let behind = log.behind();
    behind.promise(last);
    behind.keep(last);
    behind.give_file();
    let connection = store::unsynced(log.database()).map_err(io::Error::other)?;
    let ahead = folder.join(store::AHEAD_NAME);
    let mut keeper = Keeper { log: log.clone(), connection, files: journal.files()?, ahead };
    let (to_keep, given) = channel();
    let mut appender = Appender { log: log.clone(), journal, last, to_keep };
    Ok(vec![
        spawn("access log", move || run(&taken, |rows| appender.append(rows)))?,
        spawn("access log table", move || keeper.run(&given))?,
    ])
}

/// Puts into the table what an earlier process left, and gives the number of the last row there ever was.
fn keep_left_over(log: &Log, left: &[Numbered]) -> Result<i64, StoreError> {
    let mut connection = log.database().connection()?;
    connection.transaction(|connection| put::keep(connection, left))?;
    let in_journal = left.last().map_or(0, |row| row.id);
    Ok(store::last_number(&mut connection)?.max(in_journal))
}

/// What the thread that answers works with.
struct Appender {
    log: Log,
    journal: Journal,
    /// Number of the last row.
    last: i64,
    to_keep: Sender<ToKeep>,
}

/// What the other thread is told, in order.
enum ToKeep {
    Rows(Vec<Numbered>),
    /// This file may be written again once what it holds is in the table.
    Left(usize),
}

impl Appender {
    fn append(&mut self, rows: Vec<Row>) -> io::Result<()> {
        let rows: Vec<Numbered> = (self.last + 1..).zip(rows).map(|(id, row)| Numbered { id, row }).collect();
        let frame = Journal::frame(&rows);
        if self.journal.is_full(&frame) {
            if !self.log.behind().take_file(ROOM_WAIT) {
                return Err(io::Error::other("the access log's table could not be written for too long"));
            }
            let left = self.journal.switch();
            self.tell(ToKeep::Left(left))?;
        }
        self.journal.append(&frame)?;
        self.last = rows.last().map_or(self.last, |row| row.id);
        self.log.behind().promise(self.last);
        self.tell(ToKeep::Rows(rows))
    }

    fn tell(&self, what: ToKeep) -> io::Result<()> {
        self.to_keep.send(what).map_err(|_| io::Error::other("the thread that keeps the table is gone"))
    }
}

/// What the thread that keeps the table works with.
struct Keeper {
    log: Log,
    /// Its commits do not wait for the disk: the journal has the rows until [`Keeper::is_safe`].
    connection: PooledConnection,
    files: [File; 2],
    /// SQLite's write-ahead log.
    ahead: PathBuf,
}

impl Keeper {
    fn run(&mut self, given: &Receiver<ToKeep>) {
        while let Ok(first) = given.recv() {
            self.log.behind().gather(GATHER);
            if !self.keep_all(first, given) {
                // The rows are in the journal, for the next process.
                return;
            }
        }
        // Nobody writes any more.
        if self.is_safe() {
            self.forget(0);
            self.forget(1);
        }
    }

    /// Keeps what was told up to now; false when the log was closed before the table took it.
    fn keep_all(&mut self, first: ToKeep, given: &Receiver<ToKeep>) -> bool {
        let (mut rows, mut next) = (Vec::new(), Some(first));
        while let Some(told) = next {
            match told {
                ToKeep::Rows(more) => rows.extend(more),
                ToKeep::Left(at) => {
                    if !self.keep(&std::mem::take(&mut rows)) || !self.leave(at) {
                        return false;
                    }
                }
            }
            next = if rows.len() < KEPT_AT_ONCE { given.try_recv().ok() } else { None };
        }
        self.keep(&rows)
    }

    /// Tries until the rows are in the table; false when the log is closed before.
    fn keep(&mut self, rows: &[Numbered]) -> bool {
        let Some(last) = rows.last().map(|row| row.id) else { return true };
        loop {
            match self.connection.transaction(|connection| put::keep(connection, rows)) {
                Ok(added) => {
                    if added < rows.len() {
                        let missing = rows.len() - added;
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
                    tracing::error!(%error, rows = rows.len(), "the access log's table cannot be written");
                }
            }
            if !self.log.behind().rest(RETRY) {
                return false;
            }
        }
    }

    /// Gives a file back, once what it held would survive a power cut in the table.
    fn leave(&self, at: usize) -> bool {
        while !self.is_safe() {
            if !self.log.behind().rest(RETRY) {
                return false;
            }
        }
        self.forget(at);
        self.log.behind().give_file();
        true
    }

    fn is_safe(&self) -> bool {
        // What is no longer in it was synced with the table, before SQLite began it anew.
        let synced = File::open(&self.ahead).and_then(|file| file.sync_data());
        match synced {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(%error, "the access log's table cannot be synced");
                false
            }
            _ => true,
        }
    }

    fn forget(&self, at: usize) {
        if let Some(Err(error)) = self.files.get(at).map(journal::forget) {
            // Its rows are in the table; they are passed over when they are read again.
            tracing::warn!(%error, "a journal file of the access log cannot be emptied");
        }
    }
}
