//! An agency's node: its own copy of a log, re-executed from the first entry, and two keys to say so with.
//!
//! The way of a checkpoint: fetched and its signature checked → proven to continue the last one seen → remembered →
//! entries fetched piece by piece, each piece proven to lie in the signed tree → re-executed → stored → cosigned when
//! the operator asks. What a bad line does is tried again; what only the operator can have done is refused for good,
//! with evidence.
//!
//! - [`round`]: one look at the log;
//! - [`intake`]: the same for a log that is pushed;
//! - [`conflict`]: what is done when the log contradicts itself;
//! - [`remote`]: proofs from the log's tiles;
//! - [`refusal`]: evidence kept, and that this node refuses;
//! - [`disclosed`]: statements that the zone discloses to this agency, fetched and their scores recomputed;
//! - [`status`]: what people and monitors see;
//! - [`http`]: that, the copy and both witnesses, over HTTP;
//! - [`mirror`]: the copy as a C2SP mirror;
//! - [`record`]: who cosigned when.

mod conflict;
pub mod disclosed;
pub mod http;
mod intake;
pub mod mirror;
mod page;
mod record;
pub mod refusal;
mod remote;
mod round;
pub mod status;

use disclosed::Around;
pub use disclosed::{Disclosed, Syncing, Zone};
pub use intake::{EXCESS_ENTRIES_MAX, RECENT_CHECKPOINTS};
pub use refusal::Refusal;
pub use status::{Phase, Status};

use crate::clock::Clock;
use crate::log_policy::LogPolicy;
use crate::slots::SlotFile;
use crate::tiles::Tiles;
use crate::view::LedgerView;
use crate::witness::{Conflict, Mode, OnConflict, Replayed, ReplayedTo, Witness, WitnessConfig};
use intake::Intake;
use ledger::checkpoint::Checkpoint;
use ledger::note::{Note, Signer, Vkey};
use ledger::replay::Replay;
use ledger::store::{Store, StoreError, StoreOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often the log is looked at when nobody says that there is something new.
pub const POLL: Duration = Duration::from_secs(1);
/// Longest wait between two tries of a log that does not answer.
pub const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// Tries that fail one after the other before it is an alarm.
pub const FAILURES_BEFORE_ALARM: u32 = 5;

const LEDGER_FOLDER: &str = "ledger";
const SEEN_FILE: &str = "seen";
const WITNESS_FOLDER: &str = "witness";
const REPLAY_FOLDER: &str = "replay";
const PENDING_FOLDER: &str = "pending";
/// How a node that fetches nothing names the place of its log.
const PUSHED_ONLY: &str = "what is pushed";

/// What a node needs to follow a log.
pub struct FollowConfig {
    pub folder: PathBuf,
    /// The log's name, and what it signs with, of [`LogPolicy::policy`].
    pub origin: String,
    pub policy: LogPolicy,
    pub log_key: Vkey,
    /// Both of kind cosignature; neither is the other's.
    pub witness_key: Signer,
    pub replay_key: Signer,
    pub clock: Arc<dyn Clock>,
    pub poll: Duration,
    /// Bytes that must stay free on the disk.
    pub free_bytes_min: u64,
    pub disclosed: Option<Disclosed>,
    /// Whether entries may be pushed (C2SP `tlog-mirror`).
    pub accept_entries: bool,
}

/// Why a node does not follow.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    #[error(
        "this node refuses the log since it found evidence {digest}, kept in {evidence}. Show it to the operator and \
         to the other agencies; `node verify` says what it proves. To follow again after a person has looked into \
         it: --accept-after-review {digest}"
    )]
    Refused { digest: String, evidence: PathBuf },
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    #[error("the witness: {0}")]
    Witness(#[from] crate::witness::WitnessError),
    #[error("the node's folder: {0}")]
    Folder(#[from] std::io::Error),
    #[error("the witness key and the replay key must be two keys")]
    SameKey,
}

/// A node that follows one log.
pub struct Follower {
    config: FollowConfig,
    /// None where the log is pushed only.
    tiles: Option<Box<dyn Tiles>>,
    intake: Option<Arc<Intake>>,
    store: Arc<Store>,
    view: Arc<LedgerView>,
    pub(crate) progress: Arc<Progress>,
    witness: Arc<Witness>,
    replay_witness: Arc<Witness>,
    seen_file: SlotFile,
    /// No key is trusted any more. Trusting and refusing are one after the other, never side by side: a round that is
    /// just ending must not give back what a refusal took.
    is_refused: Mutex<bool>,
    work: Mutex<Work>,
}

/// What one round needs, and nobody else.
struct Work {
    replay: Replay,
    /// The last checkpoint whose signature and consistency were proven.
    seen: Option<Seen>,
    /// Sizes of a pushed and of a fetched checkpoint that were compared.
    compared: Option<(u64, u64)>,
}

/// The way on which a log comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Fetched,
    Pushed,
}

#[derive(Debug, Clone)]
struct Seen {
    checkpoint: Checkpoint,
    note: Note,
}

/// What other threads wait for and look at.
#[derive(Default)]
pub(crate) struct Progress {
    state: Mutex<Shared>,
    moved: Condvar,
}

#[derive(Default)]
struct Shared {
    status: Status,
    is_woken: bool,
    is_stopped: bool,
}

impl Progress {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> Status {
        self.lock().status.clone()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.lock().status);
        self.moved.notify_all();
    }

    /// Waits this long or until the node is stopped; says whether it is.
    fn is_stopped_after(&self, wait: Duration) -> bool {
        let state = self.lock();
        let waited = self.moved.wait_timeout_while(state, wait, |state| !state.is_stopped);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_stopped
    }

    fn wake(&self) {
        self.lock().is_woken = true;
        self.moved.notify_all();
    }
}

/// The replay as the witness with the replay key asks for it.
struct Waits {
    store: Arc<Store>,
    progress: Arc<Progress>,
}

impl ReplayedTo for Waits {
    fn root_at(&self, _: &str, size: u64, patience: Duration) -> Replayed {
        let deadline = Instant::now() + patience;
        let mut shared = self.progress.lock();
        while shared.status.replayed < size {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || shared.is_stopped || shared.status.refusal.is_some() {
                return Replayed::NotYet;
            }
            shared.is_woken = true;
            self.progress.moved.notify_all();
            let waited = self.progress.moved.wait_timeout(shared, left);
            shared = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        // Also what was replayed is not cosigned when a disclosed score was wrong.
        if shared.status.refusal.is_some() || shared.status.wrong_scores > 0 {
            return Replayed::NotYet;
        }
        drop(shared);
        self.store.root_at(size).map_or(Replayed::NotYet, Replayed::Root)
    }
}

impl Follower {
    /// Opens the node's folder and goes on where it stood. Without tiles nothing is fetched.
    ///
    /// # Errors
    /// [`FollowError::Refused`] when it refused the log before; damage.
    pub fn open(config: FollowConfig, tiles: Option<Box<dyn Tiles>>) -> Result<Arc<Self>, FollowError> {
        std::fs::create_dir_all(&config.folder)?;
        if config.witness_key.vkey().key() == config.replay_key.vkey().key() {
            return Err(FollowError::SameKey);
        }
        if let Some(refusal) = refusal::standing(&config.folder)? {
            return Err(FollowError::Refused { digest: refusal.digest, evidence: refusal.evidence });
        }
        let options = StoreOptions {
            is_mirror: true,
            free_bytes_min: config.free_bytes_min,
            ..StoreOptions::new(&config.origin)
        };
        let store = Arc::new(Store::open(&config.folder.join(LEDGER_FOLDER), &options)?);
        let view = LedgerView::new(Arc::clone(&store), config.log_key.clone(), config.policy.clone())?;
        let replay = store.replay()?;
        let seen_file = SlotFile::large(config.folder.join(SEEN_FILE));
        let seen = seen_file.read_kept().map_err(|error| round::not_kept(&seen_file, &error))?;
        let seen = seen.and_then(|text| Seen::parse(text.as_bytes()));
        let progress = Arc::new(Progress::default());
        let tip = store.tip()?;
        progress.change(|status| {
            status.replayed = tip.size;
            status.blocks = tip.blocks;
            status.sealed_ms = replay.parent().map_or(0, |parent| parent.body.batch.at_ms);
            status.seen = seen.as_ref().map_or(0, |seen| seen.checkpoint.size);
        });
        Self::assemble(
            config,
            tiles,
            store,
            view,
            (progress, seen_file),
            Work { replay, seen, compared: None },
        )
    }

    fn assemble(
        config: FollowConfig,
        tiles: Option<Box<dyn Tiles>>,
        store: Arc<Store>,
        view: LedgerView,
        (progress, seen_file): (Arc<Progress>, SlotFile),
        work: Work,
    ) -> Result<Arc<Self>, FollowError> {
        let waits = Arc::new(Waits { store: Arc::clone(&store), progress: Arc::clone(&progress) });
        let caught: Arc<Mutex<Option<std::sync::Weak<Self>>>> = Arc::new(Mutex::new(None));
        let on_conflict: OnConflict = {
            let (caught, progress) = (Arc::clone(&caught), Arc::clone(&progress));
            Arc::new(move |conflict: &Conflict| {
                let node = caught.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(node) = node.and_then(|node| node.upgrade()) {
                    node.on_conflict(conflict);
                }
                progress.wake();
            })
        };
        let witness = |folder: &str, signer: &Signer, mode: Mode| {
            Witness::open(WitnessConfig {
                folder: config.folder.join(folder),
                signer: signer.clone(),
                mode,
                clock: Arc::clone(&config.clock),
                on_conflict: Some(Arc::clone(&on_conflict)),
            })
        };
        let fast = witness(WITNESS_FOLDER, &config.witness_key, Mode::Consistency)?;
        let replay: Arc<dyn ReplayedTo> = waits;
        let slow = Arc::new(witness(REPLAY_FOLDER, &config.replay_key, Mode::Replay(Arc::clone(&replay)))?);
        let intake = if config.accept_entries {
            let folder = config.folder.join(PENDING_FOLDER);
            Some(Arc::new(Intake::open(intake::Parts {
                folder: &folder,
                signer: config.replay_key.clone(),
                clock: Arc::clone(&config.clock),
                on_conflict,
                store: Arc::clone(&store),
                progress: Arc::clone(&progress),
                replay,
                mirror_key: Arc::clone(&slow),
            })?))
        } else {
            None
        };
        let node = Arc::new(Self {
            tiles,
            intake,
            store,
            view: Arc::new(view),
            progress,
            witness: Arc::new(fast),
            replay_witness: slow,
            seen_file,
            is_refused: Mutex::new(false),
            work: Mutex::new(work),
            config,
        });
        *caught.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::downgrade(&node));
        node.trust(node.keys_before_replay())?;
        Ok(node)
    }

    /// Keys that both witnesses accept from now on; none after a refusal.
    fn trust(&self, keys: Vec<Vkey>) -> Result<(), FollowError> {
        let is_refused = self.is_refused.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_refused {
            return Ok(());
        }
        if let Some(intake) = &self.intake {
            intake.pending_checkpoint().trust(&self.config.origin, keys.clone())?;
        }
        self.witness.trust(&self.config.origin, keys.clone())?;
        self.replay_witness.trust(&self.config.origin, keys)?;
        Ok(())
    }

    fn keys_before_replay(&self) -> Vec<Vkey> {
        let ring = self.work().replay.ring().cloned();
        self.keys(ring.as_ref())
    }

    /// Keys whose signature counts on a checkpoint: those in force as far as this node has replayed, and those of
    /// the policy that the log does not know yet. One that the log revoked does not count any more.
    fn keys(&self, ring: Option<&ledger::keyring::KeyRing>) -> Vec<Vkey> {
        let logs = self.config.policy.policy().logs().iter().map(|log| log.vkey.clone());
        let named: Vec<Vkey> = logs.filter(|vkey| vkey.name() == self.config.origin).collect();
        let Some(ring) = ring else { return named };
        let known = ring.all_log_keys();
        let mut keys = ring.checkpoint_keys();
        keys.extend(named.into_iter().filter(|vkey| !known.contains(vkey)));
        keys
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the log again and again until [`Follower::stop`], or until it refuses.
    ///
    /// # Errors
    /// [`FollowError::Refused`]; a store that cannot be used.
    pub fn run(&self) -> Result<(), FollowError> {
        let mut failures = 0_u32;
        loop {
            if let Some(refusal) = self.progress.status().refusal {
                let Refusal { digest, evidence } = refusal;
                return Err(FollowError::Refused { digest, evidence });
            }
            if self.progress.lock().is_stopped {
                return Ok(());
            }
            match self.look() {
                Ok(()) => {
                    failures = 0;
                    self.wait(self.config.poll);
                }
                Err(round::RoundError::Refused) => {}
                Err(round::RoundError::Store(error)) => return Err(error.into()),
                Err(round::RoundError::Line(why)) => {
                    failures = failures.saturating_add(1);
                    self.note_failure(failures, &why);
                    self.wait(backoff(self.config.poll, failures));
                }
            }
        }
    }

    /// Takes over what was pushed, then what can be fetched.
    fn look(&self) -> Result<(), round::RoundError> {
        if let Some(intake) = &self.intake {
            match intake.each_complete(|pushed| self.round(pushed, Way::Pushed)) {
                Err(round::RoundError::Line(why)) => intake.start_over(&why),
                other => other?,
            }
        }
        match &self.tiles {
            Some(tiles) => self.round(tiles.as_ref(), Way::Fetched),
            None => Ok(()),
        }
    }

    /// Ends [`Follower::run`] after the round at hand.
    pub fn stop(&self) {
        self.progress.lock().is_stopped = true;
        self.progress.moved.notify_all();
    }

    fn wait(&self, longest: Duration) {
        let deadline = Instant::now() + longest;
        let mut shared = self.progress.lock();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if shared.is_woken || shared.is_stopped || left.is_zero() {
                break;
            }
            let waited = self.progress.moved.wait_timeout(shared, left);
            shared = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        shared.is_woken = false;
    }

    fn note_failure(&self, failures: u32, why: &str) {
        if failures == FAILURES_BEFORE_ALARM {
            tracing::error!(why, failures, "the log cannot be followed");
        } else {
            tracing::warn!(why, failures, "the log could not be read; it is tried again");
        }
        metrics::counter!("follow_failures_total").increment(1);
        self.progress.change(|status| {
            status.failures = failures;
            status.last_error = Some(why.to_owned());
            if status.phase != Phase::Refused && failures >= FAILURES_BEFORE_ALARM {
                status.phase = Phase::Alarm;
            }
        });
    }

    /// Fetches what the zone discloses, until [`Follower::stop`]; returns at once where nothing is to be fetched.
    pub fn sync_statements(&self) {
        let Some(syncing) = self.config.disclosed.as_ref().and_then(Disclosed::syncing) else { return };
        syncing.run(&Around {
            clock: self.config.clock.as_ref(),
            is_stopped_after: &|wait| self.progress.is_stopped_after(wait),
            on_new: &|| self.progress.wake(),
        });
    }

    /// What may be shown of the copy.
    #[must_use]
    pub fn view(&self) -> &Arc<LedgerView> {
        &self.view
    }

    /// The witness with the fast key.
    #[must_use]
    pub fn witness(&self) -> &Arc<Witness> {
        &self.witness
    }

    /// The witness with the slow key.
    #[must_use]
    pub fn replay_witness(&self) -> &Arc<Witness> {
        &self.replay_witness
    }

    /// What takes pushed entries, where they are accepted.
    fn intake(&self) -> Option<&Arc<Intake>> {
        self.intake.as_ref()
    }

    /// Where this node stands.
    #[must_use]
    pub fn status(&self) -> Status {
        let mut status = self.progress.status();
        status.origin.clone_from(&self.config.origin);
        status.log = self.tiles.as_ref().map_or_else(|| PUSHED_ONLY.to_owned(), |tiles| tiles.place());
        status.witness_key = self.config.witness_key.vkey().to_string();
        status.replay_key = self.config.replay_key.vkey().to_string();
        status.witness_cosigned = self.witness.cosigned_size(&self.config.origin);
        status.replay_cosigned = self.replay_witness.cosigned_size(&self.config.origin);
        let last_ms = |witness: &Witness| {
            record::Cosigned::last(witness, &self.config.origin).map_or(0, |last| last.at_ms())
        };
        status.witness_cosigned_ms = last_ms(&self.witness);
        status.replay_cosigned_ms = last_ms(&self.replay_witness);
        status.statements = self.config.disclosed.as_ref().and_then(Disclosed::syncing).map(Syncing::status);
        status.now_ms = self.config.clock.now_ms();
        status
    }

    /// The node's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.config.folder
    }
}

impl Seen {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let note = Note::parse(bytes).ok()?;
        Some(Self { checkpoint: note.text.parse().ok()?, note })
    }
}

/// Twice as long after each failure.
fn backoff(poll: Duration, failures: u32) -> Duration {
    poll.saturating_mul(1 << failures.min(10)).min(BACKOFF_MAX)
}
