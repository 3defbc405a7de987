//! What a running service does by itself: evaluates what changed, anchors what waits, runs the month.
//!
//! One thread. It wakes when told that something changed, and every second, since another process may have
//! imported a file into the same database.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::access_log;
use crate::alerts;
use crate::anchoring::{Anchor, AnchorError};
use crate::cases;
use crate::ceb;
use crate::evaluation::gather::Who;
use crate::evaluation::{history, run};
use crate::negative_list;
use crate::repair;
use crate::screening;
use crate::service::Service;
use crate::sharing::{ends, fetching};
use crate::single_window;
use crate::statistics;
use crate::store::{Lane, StoreError, write};
use crate::supervision;

/// Longest sleep between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two looks at the access log, and at what was kept long enough.
const KEEP_EVERY: Duration = Duration::from_secs(60);
/// After an error the next look waits this long, so that a broken disk does not fill the log.
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(10);
/// Changed enterprises evaluated together.
const CHANGED_AT_ONCE: i64 = 10_000;

/// Why a look did not end well.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Anchor(#[from] AnchorError),
}

/// The running worker. Dropping it stops the thread and waits for its last look to end.
pub struct Worker {
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(service: Service, anchor: Arc<Anchor>) -> std::io::Result<Self> {
        let (wake, woken) = channel();
        let thread = std::thread::Builder::new()
            .name("worker".to_owned())
            .spawn(move || work(&service, &anchor, &woken))?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }

    /// Something changed; look at once.
    pub fn wake(&self) {
        if let Some(wake) = &self.wake {
            let _ = wake.send(());
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(service: &Service, anchor: &Anchor, woken: &Receiver<()>) {
    let mut kept: Option<Instant> = None;
    loop {
        let done = look(service, anchor).and_then(|()| keep(service, anchor, &mut kept));
        let pause = match done {
            Ok(()) => LOOK_EVERY,
            Err(error) => {
                tracing::error!(%error, "the worker's look failed; it tries again");
                PAUSE_AFTER_ERROR
            }
        };
        match woken.recv_timeout(pause) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => while woken.try_recv().is_ok() {},
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// One look: the month if it is due, what changed, what waits. A standby only follows the active process, whose worker
/// does the rest.
///
/// # Errors
/// [`WorkError`]; what was done before stays done.
pub fn look(service: &Service, anchor: &Anchor) -> Result<(), WorkError> {
    anchor.look()?;
    if !anchor.is_active() {
        return Ok(());
    }
    let today = service.clock.today();
    let mut connection = service.database.connection()?;
    let known = run::anything_registered(&mut connection)?;
    if known && !history::has_run_in_month(&mut connection, today)? {
        evaluate(service, Who::All, true)?;
    }
    negative_list::due::mark(&service.database, service.clock.as_ref())?;
    cases::tick::look(service)?;
    cases::calendar::look(service)?;
    cases::disputes::receive_rows(service)?;
    supervision::thaw::mark(&service.database, service.clock.as_ref())?;
    // Hardly ever is there one, and an import may have the lane for minutes.
    if !ceb::sales::unsigned(&mut connection, 1)?.is_empty() {
        write(&mut connection, Lane::Intake, ceb::judge::catch_up)?;
    }
    let changed = run::dirty(&mut connection, CHANGED_AT_ONCE)?;
    drop(connection);
    if !changed.is_empty() {
        evaluate(service, Who::These(changed), false)?;
    }
    repair::tick::look(service)?;
    repair::eligible::look(service)?;
    cases::appeals::look(service)?;
    alerts::raise::look(service)?;
    statistics::tick::look(service)?;
    ceb::traces::left::look(&service.database)?;
    ends::tell(&service.database, service.clock.as_ref())?;
    access_log::digest::anchor_days(&service.database, &service.access_log, service.clock.as_ref())?;
    anchor.drain(|_| {})?;
    Ok(anchor.heartbeat_if_due()?)
}

/// What is needed now and then: in the access log a place for the months to come and a look at the day's reading, and
/// that files which were kept long enough go.
fn keep(service: &Service, anchor: &Anchor, last: &mut Option<Instant>) -> Result<(), WorkError> {
    if !anchor.is_active() || last.is_some_and(|last| last.elapsed() < KEEP_EVERY) {
        return Ok(());
    }
    access_log::partitions::make(&service.database, service.clock.today())?;
    access_log::habit::look(&service.database, &service.access_log, service.clock.as_ref())?;
    fetching::remove_old(service)?;
    screening::acts::remove_old(service)?;
    single_window::old::remove(&service.database, service.clock.now().0)?;
    *last = Some(Instant::now());
    Ok(())
}

fn evaluate(service: &Service, who: Who, monthly: bool) -> Result<(), StoreError> {
    let order = run::Order { who, as_of: service.clock.today(), known_at: None, monthly };
    let outcome = service.in_parallel(|| {
        run::run(
            &service.database,
            service.clock.as_ref(),
            service.by(&service.alerts.now(), &service.calendars.now()),
            &order,
            &|_, _| {},
        )
    })?;
    tracing::info!(evaluated = outcome.evaluated, changed = outcome.changed, monthly, "evaluated");
    Ok(())
}
