//! The only writer of a log.
//!
//! Order of a block (03-ledger §6), each step finished before the next begins: idempotency check →
//! entries and seal → one synced `WriteBatch` → compare-and-swap of the tip row → sign guard →
//! signature → publication. A crash between any two is repaired by the same code that runs after each
//! block: what the store has and the tip row has not is swapped in, guarded, signed and published.
//!
//! - [`plan`]: what of a call is new, what was already there, what is refused;
//! - [`held`]: which of the log's keys are at hand, and what a change of keys needs;
//! - [`block`]: entries and seal;
//! - [`settle`]: from written to published, and recovery at start-up.

mod block;
mod error;
mod held;
mod plan;
mod settle;

pub use error::{OperatorError, Refusal};
pub use plan::Prepared;

use crate::clock::Clock;
use crate::guard::{Guarded, SignGuard};
use crate::log_policy::{LogPolicy, NO_WITNESS};
use crate::tip::{SealedBlock, Tip, TipRow};
use crate::view::LedgerView;
use block::{Chains, Draft};
use ed25519_dalek::SigningKey;
use held::HeldKeys;
use ledger::entry::Entry;
use ledger::merkle::Hash;
use ledger::note::Signer;
use ledger::replay::Replay;
use ledger::store::{BLOCK_ENTRIES_MAX, FREE_BYTES_MIN, Store, StoreOptions};
use plan::Plan;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Blocks written before they are made durable together; a limit on what one crash can make repeat.
const GROUP_BLOCKS_MAX: usize = 16;
/// Longest wait that may be set for a batch.
const MAX_WAIT_MS_LIMIT: u64 = 10_000;

/// Settings of an operator.
#[derive(Clone)]
pub struct OperatorConfig {
    /// Name of the log and of its key, such as `xinji.example/yibin`; fixed by the genesis.
    pub origin: String,
    /// Zone code; fixed by the genesis.
    pub zone: String,
    /// The key that a new log is begun with.
    pub signing_key: SigningKey,
    /// Keys held besides: the next one before a rotation, the old one until it is revoked.
    pub more_keys: Vec<SigningKey>,
    /// Keys of extra lines on checkpoints.
    #[cfg(any(feature = "pq", feature = "gm"))]
    pub extra_keys: Vec<ledger::extra::ExtraSigner>,
    /// Key kept offline that signs key events; zeroes in the genesis where there is none.
    pub offline_root_key: Option<[u8; 32]>,
    /// Public key of labels ([`ledger::label`]), fixed by the genesis; zeroes there where no entry has a label.
    pub label_key: Option<[u8; 32]>,
    /// Text of the witness policy, see [`LogPolicy::read`]; by default the log alone, without witnesses.
    pub policy: Option<String>,
    /// After this long without a block an empty one is sealed.
    pub heartbeat: Duration,
    /// Entries in one block, 1 to 256.
    pub max_block: usize,
    /// How long a block may wait for more entries, milliseconds.
    pub max_wait_ms: u64,
    /// Accepts this folder's tip when the tip row is gone; for one start only.
    pub adopt_tip: bool,
    /// Writing stops when the disk has less free.
    pub free_bytes_min: u64,
    /// The epoch to which this process itself has just raised the tip row ([`crate::lease::fence`]); without it the
    /// operator raises the epoch by one.
    pub epoch: Option<u64>,
}

impl OperatorConfig {
    /// The usual settings: blocks of 256 or 50 ms, a heartbeat a day.
    #[must_use]
    pub fn new(origin: impl Into<String>, zone: impl Into<String>, signing_key: SigningKey) -> Self {
        Self {
            origin: origin.into(),
            zone: zone.into(),
            signing_key,
            more_keys: Vec::new(),
            #[cfg(any(feature = "pq", feature = "gm"))]
            extra_keys: Vec::new(),
            offline_root_key: None,
            label_key: None,
            policy: None,
            heartbeat: Duration::from_secs(24 * 60 * 60),
            max_block: BLOCK_ENTRIES_MAX,
            max_wait_ms: 50,
            adopt_tip: false,
            free_bytes_min: FREE_BYTES_MIN,
            epoch: None,
        }
    }

    /// The keys at hand as signers of this log, the one that it was begun with first.
    ///
    /// # Errors
    /// When the name is none.
    pub fn signers(&self) -> Result<Vec<Signer>, OperatorError> {
        Ok(HeldKeys::of(self)?.into_signers())
    }
}

/// An entry to be appended. The operator sets `seq`, `previous` and `at_ms` of its envelope, whatever they
/// hold, and `cause` where it is zero; what an author signs leaves the first three out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Idempotency key: the same cause is appended once, see [`ledger::entry::cause`].
    pub cause: Hash,
    pub entry: Entry,
}

/// Where an entry is. It is durable, and the checkpoint over it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    pub index: u64,
    pub block: u32,
    /// Size of the checkpoint that covers it.
    pub size: u64,
    /// It was there before this call, or twice in it.
    pub duplicate: bool,
}

/// A place between two steps of a block, where a test may stop the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Entries and seal are made, nothing is written.
    BlockBuilt,
    /// The block is in the store.
    BlockWritten,
    /// The tip row has the block.
    TipSwapped,
    /// The sign guard has the block.
    GuardWritten,
    /// The checkpoint is signed, not stored.
    Signed,
    /// The checkpoint is stored and shown, not yet answered.
    Published,
}

/// Asked at every [`Step`]; `false` stops the operator there as a crash would.
pub type FaultPoint = Arc<dyn Fn(Step) -> bool + Send + Sync>;

/// The operator of one log.
pub struct Operator {
    store: Arc<Store>,
    view: Arc<LedgerView>,
    keys: HeldKeys,
    config: OperatorConfig,
    tip_row: Arc<dyn TipRow>,
    guard: SignGuard,
    clock: Arc<dyn Clock>,
    faults: Option<FaultPoint>,
    state: Mutex<State>,
}

/// What changes from block to block.
#[derive(Debug)]
struct State {
    /// The log as its entries say, up to the last seal in the store.
    replay: Replay,
    epoch: u64,
    /// The tip row as last seen; `None` when it must be read again.
    row: Option<Option<Tip>>,
    /// Sealed blocks in the store that have no published checkpoint.
    unpublished: Vec<Unpublished>,
    /// Blocks in the store that the tip row does not cover yet, in order.
    unrecorded: Vec<SealedBlock>,
    /// The sign guard as last written.
    guarded: Option<Guarded>,
    /// The last blocks were written without waiting for the disk.
    is_unsynced: bool,
    stopped: Option<OperatorError>,
}

/// A block whose checkpoint is still to be signed.
#[derive(Debug, Clone, Copy)]
struct Unpublished {
    block: u32,
    size: u64,
    root: Hash,
}

impl State {
    fn new(replay: Replay) -> Self {
        Self {
            replay,
            epoch: 0,
            row: None,
            unpublished: Vec::new(),
            unrecorded: Vec::new(),
            guarded: None,
            is_unsynced: false,
            stopped: None,
        }
    }
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operator").field("log", &self.view.vkey().to_string()).finish_non_exhaustive()
    }
}

impl Operator {
    /// Opens the log in `folder`, beginning it when the folder is empty, and brings to an end what a
    /// crash interrupted.
    ///
    /// # Errors
    /// Refuses before signing anything when the folder is older than the tip row or the sign guard, or
    /// has another history; the error says how to recover.
    pub fn open(
        folder: &Path,
        config: OperatorConfig,
        tip_row: Arc<dyn TipRow>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OperatorError> {
        Self::open_with_faults(folder, config, tip_row, clock, None)
    }

    /// As [`Operator::open`], asking `faults` between the steps of a block.
    ///
    /// # Errors
    /// As [`Operator::open`].
    pub fn open_with_faults(
        folder: &Path,
        config: OperatorConfig,
        tip_row: Arc<dyn TipRow>,
        clock: Arc<dyn Clock>,
        faults: Option<FaultPoint>,
    ) -> Result<Self, OperatorError> {
        let view = Self::view_of(folder, &config)?;
        Self::over(view, config, tip_row, clock, faults)
    }

    /// Opens the folder and what may be shown of it, as [`Operator::open`] does before it begins to write: for a
    /// standby, which shows the log before it may write it.
    ///
    /// # Errors
    /// Failures of the store; settings that cannot be used.
    pub fn view_of(folder: &Path, config: &OperatorConfig) -> Result<Arc<LedgerView>, OperatorError> {
        check_settings(config)?;
        let keys = HeldKeys::of(config)?;
        let options =
            StoreOptions { free_bytes_min: config.free_bytes_min, ..StoreOptions::new(&config.origin) };
        let store = Arc::new(Store::open(folder, &options)?);
        let vkeys = keys.check(store.key_ring()?.as_ref())?;
        let policy = LogPolicy::read(config.policy.as_deref().unwrap_or(NO_WITNESS), &vkeys)?;
        let vkey = vkeys.first().ok_or(OperatorError::NoKey)?.clone();
        Ok(Arc::new(LedgerView::new(store, vkey, policy)?))
    }

    /// As [`Operator::open_with_faults`], over a folder that is open already.
    ///
    /// # Errors
    /// As [`Operator::open`].
    pub fn over(
        view: Arc<LedgerView>,
        config: OperatorConfig,
        tip_row: Arc<dyn TipRow>,
        clock: Arc<dyn Clock>,
        faults: Option<FaultPoint>,
    ) -> Result<Self, OperatorError> {
        check_settings(&config)?;
        let keys = HeldKeys::of(&config)?;
        let store = Arc::clone(view.store());
        let replay = store.replay()?;
        keys.check(replay.ring())?;
        held::warn_of_other_root(&config, replay.ring());
        let operator = Self {
            guard: SignGuard::of(store.path()),
            view,
            state: Mutex::new(State::new(replay)),
            store,
            keys,
            config,
            tip_row,
            clock,
            faults,
        };
        {
            let mut state = operator.lock()?;
            operator.recover(&mut state)?;
        }
        Ok(operator)
    }

    /// Appends entries in their order and returns when all are durable and under a published
    /// checkpoint. All or none of the new ones are accepted; blocks are sealed at once.
    ///
    /// # Errors
    /// [`OperatorError::Refused`] when an entry is refused; then nothing was appended. After any other
    /// error the call is to be repeated: what did get in is then answered as a duplicate.
    pub fn append(&self, entries: Vec<NewEntry>) -> Result<Vec<Appended>, OperatorError> {
        let prepared = entries.into_iter().map(Prepared::new).collect();
        self.append_planned(prepared, true)?.into_iter().collect()
    }

    /// As [`Operator::append`], but a refused entry does not keep the others out.
    ///
    /// # Errors
    /// What concerns the whole call; each refusal stands in its entry's place.
    pub fn append_each(
        &self,
        entries: Vec<Result<Prepared, Refusal>>,
    ) -> Result<Vec<Result<Appended, OperatorError>>, OperatorError> {
        self.append_planned(entries, false)
    }

    fn append_planned(
        &self,
        entries: Vec<Result<Prepared, Refusal>>,
        is_all_or_none: bool,
    ) -> Result<Vec<Result<Appended, OperatorError>>, OperatorError> {
        let mut state = self.lock()?;
        self.settle(&mut state)?;
        let mut plans = self.plan(entries)?;
        self.check_keys(&state, &mut plans)?;
        if is_all_or_none && let Some(error) = plan::first_refusal(&plans) {
            return Err(error);
        }
        let mut drafts = Vec::new();
        let answers: Vec<plan::Answer> = plans
            .into_iter()
            .enumerate()
            .map(|(position, plan)| match plan {
                Plan::New(draft) => {
                    drafts.push(*draft);
                    plan::Answer::New(drafts.len() - 1)
                }
                Plan::Known(appended) => plan::Answer::Done(Ok(appended)),
                Plan::Same(first) => plan::Answer::Same(first),
                Plan::Refused(reason) => plan::Answer::Done(Err(OperatorError::Refused { position, reason })),
            })
            .collect();
        let placed = self.write(&mut state, drafts)?;
        Ok(plan::resolve(&answers, &placed))
    }

    /// Writes blocks, group by group, and publishes each group.
    fn write(&self, state: &mut State, drafts: Vec<Draft>) -> Result<Vec<Appended>, OperatorError> {
        let mut placed = Vec::with_capacity(drafts.len());
        let mut chains = self.chains(&drafts)?;
        let mut drafts = drafts.into_iter().peekable();
        while drafts.peek().is_some() {
            for number in 1..=GROUP_BLOCKS_MAX {
                let block = held::next_block(&mut drafts, self.config.max_block);
                let is_last = number == GROUP_BLOCKS_MAX || drafts.peek().is_none();
                placed.extend(self.write_block(state, block, &mut chains, is_last)?);
                if is_last {
                    break;
                }
            }
            self.settle(state)?;
        }
        Ok(placed)
    }

    /// Seals an empty block when none was sealed for as long as the heartbeat says.
    ///
    /// # Errors
    /// As [`Operator::append`].
    pub fn heartbeat_if_due(&self) -> Result<bool, OperatorError> {
        let mut state = self.lock()?;
        self.settle(&mut state)?;
        let last = state.replay.parent().map_or(0, |header| header.body.batch.at_ms);
        let waited_ms = u128::from(self.clock.now_ms().saturating_sub(last));
        if waited_ms < self.config.heartbeat.as_millis() {
            return Ok(false);
        }
        self.write_block(&mut state, Vec::new(), &mut Chains::new(), true)?;
        self.settle(&mut state)?;
        Ok(true)
    }

    /// Takes the state unless the operator has stopped.
    fn lock(&self) -> Result<MutexGuard<'_, State>, OperatorError> {
        let state = self.state.lock().map_err(|_| OperatorError::Stopped)?;
        match &state.stopped {
            Some(error) => Err(error.clone()),
            None => Ok(state),
        }
    }

    /// Why the operator does nothing any more, if it has stopped. Waits while a block is being written.
    #[must_use]
    pub fn stopped(&self) -> Option<OperatorError> {
        self.state.lock().map_or(Some(OperatorError::Stopped), |state| state.stopped.clone())
    }

    /// A place where a test may stop the operator.
    fn pass(&self, state: &mut State, step: Step) -> Result<(), OperatorError> {
        if self.faults.as_ref().is_none_or(|faults| faults(step)) {
            return Ok(());
        }
        state.stopped = Some(OperatorError::Interrupted);
        Err(OperatorError::Interrupted)
    }

    /// What may be shown of the log.
    #[must_use]
    pub fn view(&self) -> &Arc<LedgerView> {
        &self.view
    }

    /// The settings in force.
    #[must_use]
    pub fn config(&self) -> &OperatorConfig {
        &self.config
    }
}

/// Stops the operator for good; only a restart helps.
fn stop(state: &mut State, error: OperatorError) -> OperatorError {
    tracing::error!(%error, "the operator has stopped");
    state.stopped = Some(error.clone());
    error
}

fn check_settings(config: &OperatorConfig) -> Result<(), OperatorError> {
    if config.max_block == 0 || config.max_block > BLOCK_ENTRIES_MAX {
        let found = u64::try_from(config.max_block).unwrap_or(u64::MAX);
        return Err(OperatorError::Setting { name: "max_block", found, allowed: "1 to 256" });
    }
    if config.max_wait_ms > MAX_WAIT_MS_LIMIT {
        return Err(OperatorError::Setting {
            name: "max_wait_ms",
            found: config.max_wait_ms,
            allowed: "at most 10000",
        });
    }
    Ok(())
}
