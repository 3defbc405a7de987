//! How far the log is final: what the policy's quorum has cosigned, this size or a later one.
//!
//! It fails closed: a witness counts for what it was seen to cosign, with a line that verifies, and for nothing
//! else. After a start the stored lines are verified again.

use crate::log_policy::LogPolicy;
use ledger::note::{Note, SignatureLine};
use ledger::policy::{Policy, Witness};
use ledger::store::{Store, StoreError};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Stored cosignatures looked through at a start for the last checkpoint that the whole quorum cosigned; with
/// three witnesses, more blocks than a zone seals in a week.
const ROWS_SEARCHED_MAX: usize = 1 << 20;

/// Cosignatures looked through for the first of each witness; one that is far behind is then not shown, though
/// it counts.
const COSIGNER_ROWS_MAX: usize = 1024;
/// Longest sleep of a thread that has nothing to ask.
const IDLE: Duration = Duration::from_secs(1);

/// What is known of each witness, and what follows from it.
#[derive(Debug)]
pub(crate) struct Finality {
    state: Mutex<State>,
    changed: Condvar,
    final_size: AtomicU64,
    note_size: AtomicU64,
    /// Cosignatures that came since the start.
    count: AtomicU64,
}

#[derive(Debug)]
struct State {
    published: u64,
    /// Checkpoint that all witnesses are being asked for.
    target: u64,
    target_since: Instant,
    /// One for each witness of the policy, in its order.
    witnesses: Vec<WitnessState>,
}

#[derive(Debug, Clone, Default)]
struct WitnessState {
    /// Largest size cosigned.
    size: u64,
    last_seen_ms: Option<u64>,
    behind_since_ms: Option<u64>,
    /// For how long, when it was looked at last.
    behind_ms: u64,
    /// The alarm for this time behind was given.
    is_alarmed: bool,
    error: Option<String>,
}

/// How one witness is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WitnessStatus {
    /// Name in the policy.
    pub name: String,
    /// Whether it is asked, or only counted.
    pub is_asked: bool,
    /// Leaves of the largest checkpoint it cosigned.
    pub size: u64,
    /// Published leaves that it has not cosigned.
    pub lag: u64,
    /// How long it has not cosigned what is published, milliseconds; looked at every second.
    pub behind_ms: u64,
    /// When it cosigned last, milliseconds since 1970-01-01 UTC.
    pub last_seen_ms: Option<u64>,
    /// Why it could not be asked last time.
    pub error: Option<String>,
}

/// A witness that has been behind for too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alarm {
    pub(crate) name: String,
    pub(crate) lag: u64,
    pub(crate) behind_ms: u64,
}

/// A witness that stands for an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cosigner {
    /// Name in the policy.
    pub name: String,
    /// Leaves of the checkpoint it cosigned.
    pub size: u64,
    /// Seconds since 1970-01-01 UTC, as the witness signed it.
    pub time: u64,
}

impl Finality {
    /// What the stored cosignatures say, each verified again.
    pub(crate) fn of(store: &Store, policy: &LogPolicy, published: u64) -> Result<Self, StoreError> {
        let policy = policy.policy();
        let mut witnesses = Vec::with_capacity(policy.witnesses().len());
        for witness in policy.witnesses() {
            witnesses.push(last_of(store, witness)?);
        }
        let state = State { published, target: 0, target_since: Instant::now(), witnesses };
        let finality = Self {
            final_size: AtomicU64::new(final_size(policy, &state)),
            note_size: AtomicU64::new(0),
            count: AtomicU64::new(0),
            state: Mutex::new(state),
            changed: Condvar::new(),
        };
        let note_size = last_whole_quorum(store, policy, finality.final_size())?;
        finality.note_size.store(note_size, Ordering::Release);
        Ok(finality)
    }

    /// Nothing here panics while it holds the lock, so what it guards is whole even where a thread died.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, longest: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, longest).unwrap_or_else(PoisonError::into_inner).0
    }

    pub(crate) fn publish(&self, size: u64) {
        let mut state = self.lock();
        state.published = state.published.max(size);
        drop(state);
        self.changed.notify_all();
    }

    /// Wakes whoever waits, to look whether it is to stop.
    pub(crate) fn wake(&self) {
        drop(self.lock());
        self.changed.notify_all();
    }

    pub(crate) fn final_size(&self) -> u64 {
        self.final_size.load(Ordering::Acquire)
    }

    /// The largest size at which the quorum cosigned one and the same checkpoint.
    pub(crate) fn note_size(&self) -> u64 {
        self.note_size.load(Ordering::Acquire)
    }

    /// Waits until `size` leaves are published and final; false when the time was over first.
    pub(crate) fn wait_final(&self, size: u64, longest: Duration) -> bool {
        let deadline = Instant::now() + longest;
        let mut state = self.lock();
        while self.final_size() < size {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.wait(state, left);
        }
        true
    }

    /// Waits until there is a checkpoint that this witness has not cosigned; `None` once `stop` is set.
    ///
    /// All witnesses are asked for the same checkpoint until the quorum has cosigned it or `round` is over, so
    /// that there are checkpoints with the whole quorum under them even while many are published.
    pub(crate) fn next_target(
        &self,
        policy: &Policy,
        witness: usize,
        round: Duration,
        stop: &AtomicBool,
    ) -> Option<u64> {
        let mut state = self.lock();
        loop {
            if stop.load(Ordering::Acquire) {
                return None;
            }
            if state.target < state.published {
                let target = state.target;
                let is_over = target == 0 || state.target_since.elapsed() >= round;
                if is_over || policy.is_quorum(&cosigned(&state, target)) {
                    state.target = state.published;
                    state.target_since = Instant::now();
                    self.changed.notify_all();
                }
            }
            if state.witnesses.get(witness).is_none_or(|known| known.size < state.target) {
                return Some(state.target);
            }
            let longest = if state.target < state.published { round } else { IDLE };
            state = self.wait(state, longest);
        }
    }

    /// Sleeps; false as soon as `stop` is set.
    pub(crate) fn pause(&self, time: Duration, stop: &AtomicBool) -> bool {
        let deadline = Instant::now() + time;
        let mut state = self.lock();
        loop {
            if stop.load(Ordering::Acquire) {
                return false;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            state = self.wait(state, left);
        }
    }

    /// Takes a cosignature over that is stored and was verified; true when more is final than before.
    pub(crate) fn cosigned(
        &self,
        store: &Store,
        policy: &Policy,
        witness: usize,
        size: u64,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let is_whole = size > self.note_size() && has_quorum(store, policy, size)?;
        let mut state = self.lock();
        if let Some(known) = state.witnesses.get_mut(witness) {
            known.size = known.size.max(size);
            known.last_seen_ms = Some(now_ms);
            known.error = None;
        }
        if is_whole {
            self.note_size.fetch_max(size, Ordering::AcqRel);
        }
        let now_final = final_size(policy, &state);
        let is_more = self.final_size.fetch_max(now_final, Ordering::AcqRel) < now_final;
        drop(state);
        self.count.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_all();
        Ok(is_more)
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    pub(crate) fn failed(&self, witness: usize, error: String) {
        if let Some(known) = self.lock().witnesses.get_mut(witness) {
            known.error = Some(error);
        }
    }

    /// Notes who is behind and since when; gives each alarm once.
    pub(crate) fn watch(&self, policy: &Policy, now_ms: u64, alarm_ms: u64) -> Vec<Alarm> {
        let mut state = self.lock();
        let published = state.published;
        let mut alarms = Vec::new();
        for (known, witness) in state.witnesses.iter_mut().zip(policy.witnesses()) {
            let lag = published.saturating_sub(known.size);
            if lag == 0 || witness.url.is_none() {
                (known.behind_since_ms, known.behind_ms, known.is_alarmed) = (None, 0, false);
                continue;
            }
            let behind_ms = now_ms.saturating_sub(*known.behind_since_ms.get_or_insert(now_ms));
            known.behind_ms = behind_ms;
            if behind_ms >= alarm_ms && !known.is_alarmed {
                known.is_alarmed = true;
                alarms.push(Alarm { name: witness.name.clone(), lag, behind_ms });
            }
        }
        alarms
    }

    pub(crate) fn status(&self, policy: &Policy) -> Vec<WitnessStatus> {
        let state = self.lock();
        let known = state.witnesses.iter().zip(policy.witnesses());
        known
            .map(|(known, witness)| WitnessStatus {
                name: witness.name.clone(),
                is_asked: witness.url.is_some(),
                size: known.size,
                lag: state.published.saturating_sub(known.size),
                behind_ms: known.behind_ms,
                last_seen_ms: known.last_seen_ms,
                error: known.error.clone(),
            })
            .collect()
    }
}

/// The witnesses that cosigned this size or a later one.
fn cosigned(state: &State, size: u64) -> BTreeSet<usize> {
    let places = state.witnesses.iter().enumerate();
    places.filter(|(_, known)| known.size > 0 && known.size >= size).map(|(place, _)| place).collect()
}

/// The largest published size that the quorum has reached. Without a quorum nothing is final.
fn final_size(policy: &Policy, state: &State) -> u64 {
    if policy.quorum().is_none() {
        return 0;
    }
    let sizes = state.witnesses.iter().map(|known| known.size).filter(|size| *size <= state.published);
    sizes.filter(|size| policy.is_quorum(&cosigned(state, *size))).max().unwrap_or(0)
}

/// What the last stored cosignature of a witness says, if it holds.
fn last_of(store: &Store, witness: &Witness) -> Result<WitnessState, StoreError> {
    let mut known = WitnessState::default();
    let Some(size) = store.last_cosigned(witness.vkey.id())? else { return Ok(known) };
    let Some(note) = store.note(size)? else { return Ok(known) };
    match time_of(store, witness, &note, size)? {
        Some(time) => {
            known.size = size;
            known.last_seen_ms = Some(time.saturating_mul(1000));
        }
        None => {
            tracing::error!(
                witness = witness.name,
                size,
                "a stored cosignature does not hold; it is not counted"
            );
        }
    }
    Ok(known)
}

/// The time of a witness's stored cosignature over a stored note, if it holds.
fn time_of(store: &Store, witness: &Witness, note: &str, size: u64) -> Result<Option<u64>, StoreError> {
    let Some(line) = store.cosignature(size, witness.vkey.id())? else { return Ok(None) };
    let Ok(note) = Note::parse(note.as_bytes()) else { return Ok(None) };
    Ok(witness.vkey.verify(&note.text, &line).ok().flatten())
}

/// Whether the quorum's lines over the checkpoint of this size are stored and hold.
fn has_quorum(store: &Store, policy: &Policy, size: u64) -> Result<bool, StoreError> {
    if policy.quorum().is_none() {
        return Ok(false);
    }
    let Some(note) = store.note(size)? else { return Ok(false) };
    let mut places = BTreeSet::new();
    for (place, witness) in policy.witnesses().iter().enumerate() {
        if time_of(store, witness, &note, size)?.is_some() {
            places.insert(place);
        }
    }
    Ok(policy.is_quorum(&places))
}

fn last_whole_quorum(store: &Store, policy: &Policy, final_size: u64) -> Result<u64, StoreError> {
    let mut last = None;
    for row in store.cosignatures_down_from(final_size)?.take(ROWS_SEARCHED_MAX) {
        let size = row?.size;
        if last != Some(size) && has_quorum(store, policy, size)? {
            return Ok(size);
        }
        last = Some(size);
    }
    Ok(0)
}

/// The stored cosignatures of the policy's witnesses over a checkpoint, in the policy's order.
pub(crate) fn known_lines(
    store: &Store,
    policy: &Policy,
    size: u64,
) -> Result<Vec<SignatureLine>, StoreError> {
    let mut lines = Vec::new();
    for witness in policy.witnesses() {
        let line = store.cosignature(size, witness.vkey.id())?;
        lines.extend(line.filter(|line| witness.vkey.claims(line)));
    }
    Ok(lines)
}

/// For each witness of the policy its first cosignature over leaf `index`, if it has one.
pub(crate) fn cosigners(store: &Store, policy: &Policy, index: u64) -> Result<Vec<Cosigner>, StoreError> {
    let mut found: Vec<Option<Cosigner>> = vec![None; policy.witnesses().len()];
    let from = index.saturating_add(1);
    let mut note: Option<(u64, Option<String>)> = None;
    for row in store.cosignatures_from(from)?.take(COSIGNER_ROWS_MAX) {
        let row = row?;
        let claimed = policy.witnesses().iter().position(|witness| witness.vkey.claims(&row.line));
        let Some((place, slot)) = claimed.and_then(|at| Some((at, found.get_mut(at)?))) else { continue };
        if slot.is_some() {
            continue;
        }
        if note.as_ref().is_none_or(|(size, _)| *size != row.size) {
            note = Some((row.size, store.note(row.size)?));
        }
        let text = note.as_ref().and_then(|(_, note)| Note::parse(note.as_deref()?.as_bytes()).ok());
        let witness = policy.witnesses().get(place);
        let time = witness.zip(text).and_then(|(w, note)| w.vkey.verify(&note.text, &row.line).ok()?);
        if let (Some(witness), Some(time)) = (witness, time) {
            *slot = Some(Cosigner { name: witness.name.clone(), size: row.size, time });
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    Ok(found.into_iter().flatten().collect())
}

#[cfg(test)]
#[path = "finality_tests.rs"]
mod tests;
