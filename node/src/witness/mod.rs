//! A witness (C2SP `tlog-witness`): it cosigns a log's checkpoint when that continues what it cosigned before.
//!
//! What it cosigned last is on the disk before the answer leaves, and checking and writing are one step for each
//! log: two requests at once cannot make it go back. A witness with [`Mode::Replay`] cosigns only what its own
//! node has re-executed, whose root it asks for.
//!
//! - [`answer`]: what is said, as a status and a body;
//! - [`stored`]: what is remembered;
//! - [`http`]: both over HTTP.

pub mod answer;
pub mod http;
mod stored;

pub use answer::Answer;
pub use http::witness_routes;

use crate::clock::Clock;
use ledger::checkpoint::{Checkpoint, CheckpointError};
use ledger::merkle::{self, Hash};
use ledger::note::{self, KeyKind, Note, SignatureLine, Signer, Vkey};
use ledger::store::{FolderLock, folder};
use ledger::witness::AddCheckpoint;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use stored::{Stored, StoredFile};

/// How long a request may wait for this node's own replay.
pub const REPLAY_PATIENCE: Duration = Duration::from_secs(2);
/// Requests that may wait for the replay at once; further ones are told to come back.
pub const REPLAY_WAITERS_MAX: usize = 32;
/// What a client is told to wait when the replay is not there yet, seconds.
pub const RETRY_AFTER_SECONDS: u32 = 1;
/// Logs that one witness can know.
pub const LOGS_MAX: usize = 1024;

const LOCK_FILE: &str = "witness.lock";

/// What a node's own re-execution says of a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// The root over the first leaves, computed from the entries themselves.
    Root(Hash),
    /// Not that far yet.
    NotYet,
}

/// Knows what this node has re-executed itself.
pub trait ReplayedTo: Send + Sync {
    /// The root over the first `size` leaves of `origin`; waits for it at most `patience`.
    fn root_at(&self, origin: &str, size: u64, patience: Duration) -> Replayed;
}

/// What a witness must know before it cosigns.
#[derive(Clone)]
pub enum Mode {
    /// That the tree continues the one cosigned before.
    Consistency,
    /// That, and that this node re-executed it and came to the same root.
    Replay(Arc<dyn ReplayedTo>),
    /// As [`Mode::Consistency`], and that this node did not re-execute anything else up to there. Nothing is signed:
    /// the checkpoint is only remembered, as the pending one of a mirror (C2SP `tlog-mirror`).
    Pending(Arc<dyn ReplayedTo>),
}

/// Two statements of one log key that one history cannot hold, or a request that did not prove the contrary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub kind: ConflictKind,
    pub origin: String,
    /// What was cosigned last; `None` when nothing was.
    pub stored: Option<Note>,
    /// What the log signed now.
    pub shown: Note,
}

/// How far a conflict proves anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictKind {
    /// Both notes are of one size with different roots: proof that the log forked. The log is no longer cosigned.
    Fork,
    /// The root shown is not the root of the entries that this node read. Proof together with a signed checkpoint
    /// over those entries. The log is no longer cosigned.
    OtherRootThanReplayed { replayed: Hash },
    /// The consistency proof does not hold. Proof of nothing, since anybody can send a signed checkpoint with a
    /// bad proof; a reason to compare the log's own tiles.
    Unproven,
}

/// Told of every [`Conflict`], before the answer is given.
pub type OnConflict = Arc<dyn Fn(&Conflict) + Send + Sync>;

/// What a witness needs.
pub struct WitnessConfig {
    /// Where it remembers what it cosigned; for this witness key alone.
    pub folder: PathBuf,
    /// Of kind [`KeyKind::CosignatureV1`]; not used with [`Mode::Pending`].
    pub signer: Signer,
    pub mode: Mode,
    pub clock: Arc<dyn Clock>,
    pub on_conflict: Option<OnConflict>,
}

/// Why a witness cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    #[error("the key {0} signs no cosignatures; a witness needs a key of type 0x04")]
    KeyKind(String),
    #[error("{path}: {reason}")]
    Folder { path: PathBuf, reason: String },
    #[error("the witness folder {0} is in use by another process; give each witness its own")]
    InUse(PathBuf),
    #[error(
        "what was cosigned of {origin} cannot be relied on ({reason}); a damaged {path} is to be restored, for without \
         it this witness could cosign a second history"
    )]
    Stored { origin: String, path: PathBuf, reason: String },
    #[error("a witness knows at most {LOGS_MAX} logs")]
    TooManyLogs,
}

/// One witness key and the logs it knows.
pub struct Witness {
    config: WitnessConfig,
    logs: RwLock<BTreeMap<String, Arc<Log>>>,
    waiting: AtomicUsize,
    _lock: FolderLock,
}

/// A log that is known.
struct Log {
    keys: RwLock<Vec<Vkey>>,
    state: Mutex<State>,
}

/// A refusal, and what it may prove.
struct Found {
    answer: Answer,
    conflict: Option<ConflictKind>,
}

impl From<Answer> for Found {
    fn from(answer: Answer) -> Self {
        Self { answer, conflict: None }
    }
}

struct State {
    file: StoredFile,
    /// As on the disk.
    stored: Option<Stored>,
    /// A write failed, so nobody knows what the disk holds.
    is_unsure: bool,
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Witness").field("key", &self.config.signer.vkey().to_string()).finish_non_exhaustive()
    }
}

/// A lock that guards nothing half-done.
fn whole<T>(lock: Result<T, PoisonError<T>>) -> T {
    lock.unwrap_or_else(PoisonError::into_inner)
}

impl Witness {
    /// A witness that knows no log yet.
    ///
    /// # Errors
    /// When the key is of another kind, or the folder cannot be used by this process alone.
    pub fn open(config: WitnessConfig) -> Result<Self, WitnessError> {
        if config.signer.vkey().kind() != KeyKind::CosignatureV1 {
            return Err(WitnessError::KeyKind(config.signer.vkey().name().to_owned()));
        }
        let lock = lock_folder(&config.folder)?;
        Ok(Self { config, logs: RwLock::default(), waiting: AtomicUsize::new(0), _lock: lock })
    }

    /// Makes a log known, or replaces its keys: any of them may have signed a checkpoint. Without keys none is
    /// cosigned any more.
    ///
    /// # Errors
    /// When what was cosigned of it before cannot be read.
    pub fn trust(&self, origin: &str, keys: Vec<Vkey>) -> Result<(), WitnessError> {
        let mut logs = whole(self.logs.write());
        if let Some(log) = logs.get(origin) {
            *whole(log.keys.write()) = keys;
            return Ok(());
        }
        if logs.len() >= LOGS_MAX {
            return Err(WitnessError::TooManyLogs);
        }
        let file = StoredFile::of(&self.config.folder, origin);
        let stored = file.read().map_err(|error| WitnessError::Stored {
            origin: origin.to_owned(),
            path: file.path().to_path_buf(),
            reason: error.to_string(),
        })?;
        let state = Mutex::new(State { file, stored, is_unsure: false });
        logs.insert(origin.to_owned(), Arc::new(Log { keys: RwLock::new(keys), state }));
        Ok(())
    }

    /// Cosigns this log no more until [`Witness::trust`] names keys again.
    pub fn distrust(&self, origin: &str) {
        if let Some(log) = self.log(origin) {
            whole(log.keys.write()).clear();
        }
    }

    /// Key of this witness.
    #[must_use]
    pub fn vkey(&self) -> &Vkey {
        self.config.signer.vkey()
    }

    /// Size of the last checkpoint of this log that was cosigned; 0 when none was.
    #[must_use]
    pub fn cosigned_size(&self, origin: &str) -> u64 {
        let size =
            |log: Arc<Log>| whole(log.state.lock()).stored.as_ref().map(|stored| stored.checkpoint.size);
        self.log(origin).and_then(size).unwrap_or(0)
    }

    /// The last checkpoint cosigned of the log with this SHA-256 of its origin in hexadecimal, with the log's
    /// signatures and the cosignature (the monitoring interface).
    #[must_use]
    pub fn cosigned_note(&self, origin_hash: &str) -> Option<String> {
        let logs = whole(self.logs.read());
        let log = logs.iter().find(|(origin, _)| stored::origin_hash(origin) == origin_hash);
        let log = log.map(|(_, log)| Arc::clone(log))?;
        drop(logs);
        whole(log.state.lock()).stored.as_ref().map(|stored| stored.note.to_string())
    }

    /// Answers the body of an `add-checkpoint` request. Blocks: for the disk, and with [`Mode::Replay`] for
    /// [`REPLAY_PATIENCE`].
    #[must_use]
    pub fn add_checkpoint(&self, body: &[u8]) -> Answer {
        match self.try_add(body) {
            Ok(line) => Answer::cosigned(line.as_ref()),
            Err(refusal) => refusal,
        }
    }

    /// The checks in the order of the specification.
    fn try_add(&self, body: &[u8]) -> Result<Option<SignatureLine>, Answer> {
        let request = AddCheckpoint::parse(body).map_err(|error| Answer::malformed(&error))?;
        let origin = request.checkpoint.text.split('\n').next().unwrap_or_default();
        let log = self.log(origin).ok_or_else(|| Answer::unknown_log(origin))?;
        let keys = whole(log.keys.read()).clone();
        note::open(&request.checkpoint, &keys).map_err(|error| Answer::unsigned(&error))?;
        let checkpoint: Checkpoint = request.checkpoint.text.parse().map_err(|error| match error {
            CheckpointError::EmptyRoot => Answer::inconsistent(&error),
            error => Answer::malformed(&error),
        })?;
        if request.old > checkpoint.size {
            return Err(Answer::old_above_new(request.old, checkpoint.size));
        }
        // Waited for without the lock, so that others are not held up; what is found does not change any more.
        self.check_replayed(&checkpoint).map_err(|found| self.refuse(&log, &request, found))?;
        let mut state = whole(log.state.lock());
        if let Err(found) = check_continues(&state, &request, &checkpoint) {
            drop(state);
            return Err(self.refuse(&log, &request, found));
        }
        self.cosign(&mut state, checkpoint, &request.checkpoint, &keys)
    }

    fn check_replayed(&self, checkpoint: &Checkpoint) -> Result<(), Found> {
        let (replay, longest) = match &self.config.mode {
            Mode::Consistency => return Ok(()),
            Mode::Replay(replay) => (replay, REPLAY_PATIENCE),
            Mode::Pending(replay) => (replay, Duration::ZERO),
        };
        if checkpoint.size == 0 {
            return Ok(());
        }
        let is_room = self.waiting.fetch_add(1, Ordering::AcqRel) < REPLAY_WAITERS_MAX;
        let patience = if is_room { longest } else { Duration::ZERO };
        let replayed = replay.root_at(&checkpoint.origin, checkpoint.size, patience);
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        match replayed {
            Replayed::NotYet if self.signs_nothing() => Ok(()),
            Replayed::NotYet => Err(Answer::not_replayed(checkpoint.size).into()),
            Replayed::Root(root) if root == checkpoint.root => Ok(()),
            Replayed::Root(replayed) => Err(Found {
                answer: Answer::other_root(checkpoint.size),
                conflict: Some(ConflictKind::OtherRootThanReplayed { replayed }),
            }),
        }
    }

    fn signs_nothing(&self) -> bool {
        matches!(self.config.mode, Mode::Pending(_))
    }

    /// Remembers, then signs off.
    fn cosign(
        &self,
        state: &mut State,
        checkpoint: Checkpoint,
        shown: &Note,
        keys: &[Vkey],
    ) -> Result<Option<SignatureLine>, Answer> {
        let now_seconds = self.config.clock.now_ms() / 1000;
        if now_seconds == 0 {
            return Err(Answer::no_clock());
        }
        let line = (!self.signs_nothing()).then(|| self.config.signer.sign(&shown.text, now_seconds));
        let mut signatures: Vec<SignatureLine> = Vec::new();
        for key in keys {
            signatures.extend(shown.signatures.iter().find(|line| key.claims(line)).cloned());
        }
        signatures.extend(line.clone());
        let stored = Stored { checkpoint, note: Note { text: shown.text.clone(), signatures } };
        if let Err(error) = state.file.write(&stored) {
            tracing::error!(%error, path = %state.file.path().display(), "a cosigned checkpoint cannot be kept");
            state.is_unsure = true;
            return Err(Answer::unsure());
        }
        state.stored = Some(stored);
        Ok(line)
    }

    /// Says what is wrong to whoever is to know it. Holds no lock, so that they may ask this witness.
    fn refuse(&self, log: &Log, request: &AddCheckpoint, found: Found) -> Answer {
        let Some(kind) = found.conflict else { return found.answer };
        let shown = request.checkpoint.clone();
        let origin = shown.text.split('\n').next().unwrap_or_default().to_owned();
        if kind == ConflictKind::Unproven {
            tracing::warn!(origin, "a signed checkpoint came with a proof that does not hold");
        } else {
            tracing::error!(origin, "the log signed two histories; it is no longer cosigned");
            whole(log.keys.write()).clear();
        }
        if let Some(tell) = &self.config.on_conflict {
            let stored = whole(log.state.lock()).stored.as_ref().map(|stored| stored.note.clone());
            tell(&Conflict { kind, origin, stored, shown });
        }
        found.answer
    }

    fn log(&self, origin: &str) -> Option<Arc<Log>> {
        whole(self.logs.read()).get(origin).cloned()
    }
}

/// Whether a checkpoint continues what was cosigned; the checks in the order of the specification.
fn check_continues(state: &State, request: &AddCheckpoint, new: &Checkpoint) -> Result<(), Found> {
    if state.is_unsure {
        return Err(Answer::unsure().into());
    }
    let last = state.stored.as_ref().map(|stored| (stored.checkpoint.size, stored.checkpoint.root));
    let (size, root) = last.unwrap_or_else(|| (0, merkle::empty_root()));
    let fork = (new.size == size && new.root != root).then_some(ConflictKind::Fork);
    if request.old != size {
        return Err(Found { answer: Answer::other_size(size), conflict: fork });
    }
    if fork.is_some() {
        return Err(Found { answer: Answer::other_root(size), conflict: fork });
    }
    let proven = if request.old == 0 {
        // The empty tree is consistent with any; a proof is too much.
        let found = request.proof.len();
        if found == 0 { Ok(()) } else { Err(merkle::MerkleError::ProofLength { expected: 0, found }) }
    } else {
        merkle::verify_consistency(size, new.size, &request.proof, &root, &new.root)
    };
    proven.map_err(|error| Found {
        answer: Answer::inconsistent(&error),
        conflict: Some(ConflictKind::Unproven),
    })
}

fn lock_folder(folder: &Path) -> Result<FolderLock, WitnessError> {
    let wrong = |error: std::io::Error| WitnessError::Folder {
        path: folder.to_path_buf(),
        reason: error.to_string(),
    };
    folder::make(folder).map_err(wrong)?;
    FolderLock::take(folder, LOCK_FILE)
        .map_err(wrong)?
        .ok_or_else(|| WitnessError::InUse(folder.to_path_buf()))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
