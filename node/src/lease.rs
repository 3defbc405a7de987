//! The lease: which of several operators of one log is the active one, and when another may take its place.
//!
//! A lease is advice. A process that was paused does not know that its lease ran out, so nothing is safe because of
//! it; the compare-and-swap of the tip row is what fences (see [`crate::tip`] and `docs/FENCE.md`). The lease only
//! keeps two operators from meeting there all the time, and lets a standby see that the active one is gone. Hence
//! the order of a takeover: lease, then [`fence`], then whatever the folder lacks, and only then an operator.

use crate::tip::{Tip, TipError, TipRow};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A lease that was not renewed for this long has run out.
pub const LEASE_TTL: Duration = Duration::from_secs(4);
/// How often the active operator renews its lease.
pub const LEASE_RENEW: Duration = Duration::from_secs(1);
/// How long a lease of somebody else must lie there unchanged after it ran out, before it is taken: its holder may
/// only have waited behind a long transaction of the same database.
pub const LEASE_GRACE: Duration = Duration::from_secs(1);
/// End of a lease that its holder gave up.
const RELEASED: u64 = 0;
/// Attempts to raise the epoch of a tip row that its old operator goes on moving.
const FENCE_ATTEMPTS: u32 = 100;

/// Who may write the log at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Name of a data folder; survives a restart of its process.
    pub holder: String,
    /// Rises with every taking.
    pub epoch: u64,
    /// Milliseconds by the clock of the row.
    pub expires_at_ms: u64,
    /// Where the holder's log is read; empty where it is not served.
    pub url: String,
}

/// The lease as it is, and the time by the same clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub lease: Option<Lease>,
    pub now_ms: u64,
}

/// Where the lease is kept: beside the tip row.
pub trait LeaseRow: Send + Sync {
    /// The row and the clock that it goes by.
    ///
    /// # Errors
    /// When the row cannot be read.
    fn look(&self) -> Result<Look, TipError>;

    /// Replaces the row if it is `expected`, in one step.
    ///
    /// # Errors
    /// When it is unknown whether the row was replaced.
    fn swap(&self, expected: Option<&Lease>, new: &Lease) -> Result<bool, TipError>;

    /// Returns once whoever held the database's only write lock has had its turn; at once where there is none.
    ///
    /// # Errors
    /// When the row cannot be used.
    fn await_writers(&self) -> Result<(), TipError>;
}

/// What became of asking for the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taking {
    Taken(Lease),
    /// It is somebody else's.
    Held(Lease),
    /// It was somebody else's and has run out; it is not taken yet, see [`LEASE_GRACE`].
    RunOut(Lease),
}

/// One process's side of the lease.
pub struct Candidate {
    row: Arc<dyn LeaseRow>,
    holder: String,
    url: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Lease>,
    /// A lease that had run out, and when that was seen.
    run_out: Option<(Lease, u64)>,
}

impl Candidate {
    /// A process that goes by the name of `holder` and serves its log at `url`.
    #[must_use]
    pub fn new(row: Arc<dyn LeaseRow>, holder: impl Into<String>, url: impl Into<String>) -> Self {
        Self { row, holder: holder.into(), url: url.into(), state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The row as it is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn look(&self) -> Result<Look, TipError> {
        self.row.look()
    }

    /// The lease, while it is somebody else's who has not given it up; it may have run out.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn foreign(&self) -> Result<Option<Lease>, TipError> {
        Ok(self.row.look()?.lease.filter(|lease| self.is_foreign(lease)))
    }

    fn is_foreign(&self, lease: &Lease) -> bool {
        lease.holder != self.holder && lease.expires_at_ms != RELEASED
    }

    /// Takes the lease if nobody else holds it: free, our own from before, or run out and left so for
    /// [`LEASE_GRACE`]. Whoever calls must have the ledger folder locked, so that of two processes of one folder
    /// only one asks. The epoch will be above `floor`, the tip row's.
    ///
    /// # Errors
    /// When the row cannot be used.
    pub fn take(&self, floor: u64) -> Result<Taking, TipError> {
        let mut state = self.lock();
        let look = self.row.look()?;
        if let Some(lease) = look.lease.as_ref().filter(|lease| self.is_foreign(lease)) {
            if lease.expires_at_ms > look.now_ms {
                state.run_out = None;
                return Ok(Taking::Held(lease.clone()));
            }
            let seen = state.run_out.as_ref().filter(|(seen, _)| seen == lease).map(|(_, at)| *at);
            let Some(at) = seen else {
                self.row.await_writers()?;
                let now_ms = self.row.look()?.now_ms;
                state.run_out = Some((lease.clone(), now_ms));
                return Ok(Taking::RunOut(lease.clone()));
            };
            if look.now_ms.saturating_sub(at) < millis(LEASE_GRACE) {
                return Ok(Taking::RunOut(lease.clone()));
            }
        }
        let before = look.lease.as_ref().map_or(0, |lease| lease.epoch);
        let new = Lease {
            holder: self.holder.clone(),
            epoch: before.max(floor).saturating_add(1),
            expires_at_ms: look.now_ms.saturating_add(millis(LEASE_TTL)),
            url: self.url.clone(),
        };
        if self.row.swap(look.lease.as_ref(), &new)? {
            state.held = Some(new.clone());
            state.run_out = None;
            return Ok(Taking::Taken(new));
        }
        let held = self.row.look()?.lease.unwrap_or(new);
        Ok(Taking::Held(held))
    }

    /// Puts the end of our lease off; `false` when it is ours no more.
    ///
    /// # Errors
    /// When it is unknown whether it was renewed.
    pub fn renew(&self) -> Result<bool, TipError> {
        let mut state = self.lock();
        let Some(held) = state.held.clone() else { return Ok(false) };
        let look = self.row.look()?;
        let is_ours = |lease: &Lease| lease.holder == held.holder && lease.epoch == held.epoch;
        let Some(current) = look.lease.filter(is_ours) else {
            state.held = None;
            return Ok(false);
        };
        let new = Lease { expires_at_ms: look.now_ms.saturating_add(millis(LEASE_TTL)), ..held };
        if self.row.swap(Some(&current), &new)? {
            state.held = Some(new);
            return Ok(true);
        }
        state.held = None;
        Ok(false)
    }

    /// Lets the lease run out now, so that another need not wait.
    ///
    /// # Errors
    /// When the row cannot be used.
    pub fn release(&self) -> Result<(), TipError> {
        let mut state = self.lock();
        let Some(held) = state.held.take() else { return Ok(()) };
        self.row.swap(Some(&held), &Lease { expires_at_ms: RELEASED, ..held.clone() }).map(drop)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Raises the epoch of the tip row to that of a lease just taken: from here on no earlier operator can move it, in
/// whatever step it wakes up. Gives the row as it then is, which is where the new operator has to begin.
///
/// # Errors
/// `Ok(Err(row))` when the row has that epoch or a later one: somebody came after us.
pub fn fence(row: &dyn TipRow, epoch: u64) -> Result<Result<Option<Tip>, Tip>, TipError> {
    for _ in 0..FENCE_ATTEMPTS {
        let Some(tip) = row.read()? else { return Ok(Ok(None)) };
        if tip.epoch >= epoch {
            return Ok(Err(tip));
        }
        let fenced = Tip { epoch, ..tip };
        if row.swap(Some(tip), fenced, &[])? {
            return Ok(Ok(Some(fenced)));
        }
    }
    Err(TipError(format!("another operator moved it {FENCE_ATTEMPTS} times while it was to be fenced")))
}

/// Renews a lease until it is lost or the keeper is dropped; then it is released.
pub struct LeaseKeeper {
    candidate: Arc<Candidate>,
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl LeaseKeeper {
    /// Starts renewing; `lost` is called once, when the lease is somebody else's.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn start(candidate: Arc<Candidate>, lost: impl FnOnce() + Send + 'static) -> std::io::Result<Self> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let (asked, renewed) = (Arc::clone(&stop), Arc::clone(&candidate));
        let thread = std::thread::Builder::new()
            .name("lease".to_owned())
            .spawn(move || keep(&renewed, &asked, lost))?;
        Ok(Self { candidate, stop, thread: Some(thread) })
    }
}

fn keep(candidate: &Candidate, stop: &(Mutex<bool>, Condvar), lost: impl FnOnce()) {
    let mut stopped = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
    while !*stopped {
        let waited = stop.1.wait_timeout(stopped, LEASE_RENEW).unwrap_or_else(PoisonError::into_inner);
        if *waited.0 {
            return;
        }
        drop(waited);
        match candidate.renew() {
            Ok(true) => {}
            Ok(false) => return lost(),
            // The database may come back; if somebody takes the lease meanwhile, the next renewal says so.
            Err(error) => tracing::warn!(%error, "the lease could not be renewed; it is tried again"),
        }
        stopped = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
    }
}

impl Drop for LeaseKeeper {
    fn drop(&mut self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that renews the lease failed");
        }
        if let Err(error) = self.candidate.release() {
            tracing::warn!(%error, "the lease could not be released; it runs out by itself");
        }
    }
}

#[cfg(test)]
#[path = "lease_tests.rs"]
mod tests;
