//! Group commit: many threads submit, one thread writes, each gets its answer.
//!
//! A lone entry is sealed at once. When several come together the block waits for more, until 256 wait,
//! `max_wait_ms` have passed, or nothing came for a moment: under load blocks fill while the disk is
//! busy with the one before, so waiting longer would only add delay.
//!
//! All entries of a group share one answer. A submitter waits for it as a thread, or as a task: a thousand tasks
//! are told in a few microseconds each, a thousand threads cost the processor a change of thread each.

use crate::operator::{Appended, NewEntry, Operator, OperatorError, Prepared, Refusal};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Entries that may wait, and that are made durable together (16 blocks); past it a submitter waits before it
/// is queued.
pub const GROUP_ENTRIES_MAX: usize = 4096;
/// No entry for this long ends the wait for more.
const LULL: Duration = Duration::from_micros(300);
/// How often an idle sequencer looks whether a heartbeat is due.
const IDLE: Duration = Duration::from_secs(1);

/// Collects the entries of many threads into blocks. Dropping it finishes what is queued.
#[derive(Debug)]
pub struct Sequencer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// The answer to one submission, once it is there: waited for by [`Ticket::wait`] or by `.await`.
#[derive(Debug)]
pub struct Ticket {
    answers: Arc<Answers>,
    place: usize,
    /// Place of this ticket's waker among those of the group, once it has one.
    waker: Option<usize>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// As many wait as the writing thread asked for.
    arrived: Condvar,
    /// The group was taken, so there is room in the next.
    taken: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    entries: Vec<Result<Prepared, Refusal>>,
    answers: Arc<Answers>,
    /// The writing thread is woken when so many wait; 0 while it does not listen.
    wake_at: usize,
    is_closed: bool,
}

/// One result for each entry of a group, or one for all.
type Outcome = Result<Vec<Result<Appended, OperatorError>>, OperatorError>;

#[derive(Debug, Default)]
struct Answers {
    outcome: OnceLock<Outcome>,
    /// Tasks to be woken. Taken only together with the look whether the outcome is there.
    wakers: Mutex<Vec<Waker>>,
    ready: Condvar,
}

/// Nothing here panics while it holds a lock, so what a lock guards is whole even where a thread died.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Answers {
    /// Gives the first outcome; later ones are of no account.
    fn give(&self, outcome: Outcome) {
        let wakers = {
            let mut wakers = lock(&self.wakers);
            if self.outcome.set(outcome).is_err() {
                return;
            }
            std::mem::take(&mut *wakers)
        };
        self.ready.notify_all();
        for waker in wakers {
            waker.wake();
        }
    }

    fn of(&self, place: usize) -> Option<Result<Appended, OperatorError>> {
        Some(match self.outcome.get()? {
            Ok(results) => results.get(place).cloned().unwrap_or(Err(OperatorError::Stopped)),
            Err(error) => Err(error.clone()),
        })
    }
}

impl Ticket {
    /// Waits until the entry is durable and under a published checkpoint.
    ///
    /// # Errors
    /// As [`Operator::append`].
    pub fn wait(self) -> Result<Appended, OperatorError> {
        let mut wakers = lock(&self.answers.wakers);
        loop {
            if let Some(answer) = self.answers.of(self.place) {
                return answer;
            }
            wakers = self.answers.ready.wait(wakers).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Future for Ticket {
    type Output = Result<Appended, OperatorError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answers = Arc::clone(&self.answers);
        let mut wakers = lock(&answers.wakers);
        if let Some(answer) = answers.of(self.place) {
            return Poll::Ready(answer);
        }
        match self.waker.and_then(|at| wakers.get_mut(at)) {
            Some(waker) => waker.clone_from(context.waker()),
            None => {
                self.waker = Some(wakers.len());
                wakers.push(context.waker().clone());
            }
        }
        Poll::Pending
    }
}

impl Sequencer {
    /// Starts the writing thread.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn start(operator: Arc<Operator>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let writer = Writer { shared: Arc::clone(&shared) };
        let thread =
            std::thread::Builder::new().name("sequencer".to_owned()).spawn(move || writer.run(&operator))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Queues an entry and returns at once, unless the queue is full.
    ///
    /// # Errors
    /// [`OperatorError::Stopped`] when the writing thread has ended.
    pub fn enqueue(&self, entry: NewEntry) -> Result<Ticket, OperatorError> {
        // Hashed here, on the submitter's thread: the writing thread is the one that everybody waits for.
        let entry = Prepared::new(entry);
        let mut queue = lock(&self.shared.queue);
        while queue.entries.len() >= GROUP_ENTRIES_MAX && !queue.is_closed {
            queue = self.shared.taken.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if queue.is_closed {
            return Err(OperatorError::Stopped);
        }
        let ticket = Ticket { answers: Arc::clone(&queue.answers), place: queue.entries.len(), waker: None };
        queue.entries.push(entry);
        if queue.entries.len() == queue.wake_at {
            self.shared.arrived.notify_one();
        }
        Ok(ticket)
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
        lock(&self.shared.queue).is_closed = true;
        self.shared.arrived.notify_one();
        self.shared.taken.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the sequencer thread failed");
        }
    }
}

/// The writing thread's end of the queue. Whatever ends it, nobody is left waiting.
struct Writer {
    shared: Arc<Shared>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        let mut queue = lock(&self.shared.queue);
        queue.is_closed = true;
        queue.answers.give(Err(OperatorError::Stopped));
        self.shared.taken.notify_all();
    }
}

/// A group on its way; dropped without an answer, it says that the operator has stopped.
struct Group {
    entries: Vec<Result<Prepared, Refusal>>,
    answers: Arc<Answers>,
}

impl Drop for Group {
    fn drop(&mut self) {
        self.answers.give(Err(OperatorError::Stopped));
    }
}

impl Writer {
    fn run(&self, operator: &Operator) {
        let max_wait = Duration::from_millis(operator.config().max_wait_ms);
        let block = operator.config().max_block;
        let mut is_busy = false;
        while let Some(group) = self.next_group(operator, block, max_wait, is_busy) {
            is_busy = group.entries.len() > 1;
            write(operator, group);
        }
    }

    /// Waits for a first entry, then a moment for others unless it came alone; `None` once the queue is closed and
    /// empty.
    fn next_group(
        &self,
        operator: &Operator,
        block: usize,
        max_wait: Duration,
        is_busy: bool,
    ) -> Option<Group> {
        let mut queue = lock(&self.shared.queue);
        while queue.entries.is_empty() {
            if queue.is_closed {
                return None;
            }
            queue = self.listen(queue, 1, IDLE);
            if queue.entries.is_empty() && !queue.is_closed {
                drop(queue);
                heartbeat(operator);
                queue = lock(&self.shared.queue);
            }
        }
        let deadline = Instant::now() + max_wait;
        loop {
            let waiting = queue.entries.len();
            let is_alone = waiting == 1 && !is_busy;
            let left = deadline.saturating_duration_since(Instant::now());
            if waiting >= block || is_alone || left.is_zero() || queue.is_closed {
                break;
            }
            queue = self.listen(queue, block, LULL.min(left));
            if queue.entries.len() == waiting {
                break;
            }
        }
        let group = Group {
            entries: std::mem::take(&mut queue.entries),
            answers: std::mem::take(&mut queue.answers),
        };
        self.shared.taken.notify_all();
        Some(group)
    }

    /// Sleeps until `count` entries wait or the time is over.
    fn listen<'a>(
        &'a self,
        mut queue: MutexGuard<'a, Queue>,
        count: usize,
        longest: Duration,
    ) -> MutexGuard<'a, Queue> {
        queue.wake_at = count;
        let (mut queue, _) =
            self.shared.arrived.wait_timeout(queue, longest).unwrap_or_else(PoisonError::into_inner);
        queue.wake_at = 0;
        queue
    }
}

fn heartbeat(operator: &Operator) {
    if let Err(error) = operator.heartbeat_if_due() {
        tracing::warn!(%error, "the heartbeat block failed");
    }
}

fn write(operator: &Operator, mut group: Group) {
    let entries = std::mem::take(&mut group.entries);
    group.answers.give(operator.append_each(entries));
}
