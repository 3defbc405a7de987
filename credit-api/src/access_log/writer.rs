//! Group commit: many requests hand in rows, one thread writes them, each waits until its own are on the disk.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::{Row, store};
use crate::store::{Database, StoreError};
use diesel::Connection;

/// Requests that may wait; past it a request is told that the service is busy.
pub const WAITING_MAX: usize = 4_096;
/// Requests written with one commit.
const GROUP_MAX: usize = 512;

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
    database: Database,
    queue: Option<SyncSender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

impl AccessLog {
    /// Starts the writing thread.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn start(database: Database) -> std::io::Result<Self> {
        let (queue, taken) = sync_channel(WAITING_MAX);
        let of_thread = database.clone();
        let thread = std::thread::Builder::new()
            .name("access log".to_owned())
            .spawn(move || run(&of_thread, &taken))?;
        Ok(Self { database, queue: Some(queue), thread: Some(thread) })
    }

    /// Where the rows are read.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
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
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the access log failed");
        }
    }
}

fn run(database: &Database, taken: &Receiver<Waiting>) {
    while let Ok(first) = taken.recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX {
            let Ok(next) = taken.try_recv() else { break };
            group.push(next);
        }
        let rows = group.iter_mut().flat_map(|waiting| std::mem::take(&mut waiting.rows)).collect();
        let outcome = commit(database, rows).map_err(|error| {
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
    let mut connection = database.connection()?;
    // The file on SQLite has no other writer; on PostgreSQL nobody waits for anybody.
    connection.transaction(|connection| store::insert(connection, rows))
}
