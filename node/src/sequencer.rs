//! Group commit: many threads submit, one thread writes, each gets its answer.
//!
//! A lone entry is sealed at once. When several come together the block waits for more, until 256 wait,
//! `max_wait_ms` have passed, or nothing came for a moment: under load blocks fill while the disk is
//! busy with the one before, so waiting longer would only add delay.

use crate::operator::{Appended, NewEntry, Operator, OperatorError};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Entries that may wait; past it a submitter waits before it is queued.
pub const QUEUE_MAX: usize = 8192;
/// Entries taken from the queue at once: 16 blocks, made durable together.
const GROUP_ENTRIES_MAX: usize = 4096;
/// No entry for this long ends the wait for more.
const LULL: Duration = Duration::from_micros(300);
/// How often an idle sequencer looks whether a heartbeat is due.
const IDLE: Duration = Duration::from_secs(1);

struct Submission {
    entry: NewEntry,
    answer: SyncSender<Result<Appended, OperatorError>>,
}

/// Collects the entries of many threads into blocks. Dropping it finishes what is queued.
#[derive(Debug)]
pub struct Sequencer {
    queue: Option<SyncSender<Submission>>,
    thread: Option<JoinHandle<()>>,
}

/// The answer to one submission, once it is there.
#[derive(Debug)]
pub struct Ticket {
    answer: Receiver<Result<Appended, OperatorError>>,
}

impl Ticket {
    /// Waits until the entry is durable and under a published checkpoint.
    ///
    /// # Errors
    /// As [`Operator::append`].
    pub fn wait(self) -> Result<Appended, OperatorError> {
        self.answer.recv().unwrap_or(Err(OperatorError::Stopped))
    }
}

impl Sequencer {
    /// Starts the writing thread.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn start(operator: Arc<Operator>) -> std::io::Result<Self> {
        let (queue, submissions) = mpsc::sync_channel(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("sequencer".to_owned())
            .spawn(move || run(&operator, &submissions))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues an entry and returns at once, unless the queue is full.
    ///
    /// # Errors
    /// [`OperatorError::Stopped`] when the writing thread has ended.
    pub fn enqueue(&self, entry: NewEntry) -> Result<Ticket, OperatorError> {
        let (answer, ticket) = mpsc::sync_channel(1);
        let queue = self.queue.as_ref().ok_or(OperatorError::Stopped)?;
        queue.send(Submission { entry, answer }).map_err(|_| OperatorError::Stopped)?;
        Ok(Ticket { answer: ticket })
    }

    /// Appends one entry and waits for it.
    ///
    /// # Errors
    /// As [`Operator::append`].
    pub fn submit(&self, entry: NewEntry) -> Result<Appended, OperatorError> {
        self.enqueue(entry)?.wait()
    }
}

impl Drop for Sequencer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the sequencer thread failed");
        }
    }
}

fn run(operator: &Operator, submissions: &Receiver<Submission>) {
    let max_wait = Duration::from_millis(operator.config().max_wait_ms);
    let block = operator.config().max_block;
    let mut last_group = 1;
    loop {
        match submissions.recv_timeout(IDLE) {
            Ok(first) => {
                let group = gather(submissions, first, block, max_wait, last_group > 1);
                last_group = group.len();
                write(operator, group);
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Err(error) = operator.heartbeat_if_due() {
                    tracing::warn!(%error, "the heartbeat block failed");
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Takes what waits; if that is more than one and less than a block, gives others a moment to come.
fn gather(
    submissions: &Receiver<Submission>,
    first: Submission,
    block: usize,
    max_wait: Duration,
    is_busy: bool,
) -> Vec<Submission> {
    let mut group = vec![first];
    let deadline = Instant::now() + max_wait;
    loop {
        while group.len() < GROUP_ENTRIES_MAX {
            match submissions.try_recv() {
                Ok(submission) => group.push(submission),
                Err(_) => break,
            }
        }
        let is_alone = group.len() == 1 && !is_busy;
        let left = deadline.saturating_duration_since(Instant::now());
        if group.len() >= block || is_alone || left.is_zero() {
            return group;
        }
        match submissions.recv_timeout(LULL.min(left)) {
            Ok(submission) => group.push(submission),
            Err(_) => return group,
        }
    }
}

fn write(operator: &Operator, group: Vec<Submission>) {
    let (entries, answers): (Vec<_>, Vec<_>) =
        group.into_iter().map(|submission| (submission.entry, submission.answer)).unzip();
    let results = match operator.append_each(entries) {
        Ok(results) => results,
        Err(error) => vec![Err(error); answers.len()],
    };
    for (answer, result) in answers.into_iter().zip(results) {
        // Whoever has gone away will ask again with the same cause.
        let _ = answer.send(result);
    }
}
