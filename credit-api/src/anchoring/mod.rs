//! Ratings onto the ledger: the outbox is drained in order, at least once; appending is idempotent by cause, so
//! exactly one leaf exists for each row however often a crash makes the drain repeat.
//!
//! Of all processes over one credit database one is active: it holds the lease and has the operator inside. The
//! others stand by, each with a copy of the log in its own folder ([`standby`]).
//!
//! - [`outbox`], [`entries`]: what waits, as entries;
//! - [`tip`], [`lease`], [`blocks`]: the fence, who is active, what each block was made of;
//! - [`notes`]: the checkpoints that were published;
//! - [`rebuild`]: a ledger made again from the last of these and the outbox;
//! - [`receipts`], [`keys`].

pub mod blocks;
pub mod entries;
pub mod key_events;
pub mod keys;
pub mod lease;
pub mod notes;
pub mod outbox;
pub mod policy;
pub mod rebuild;
pub mod receipts;
mod standby;
pub mod tip;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ledger::label::LabelKey;
use ledger::note::{KeyKind, Signer};
use ledger::store::Store;
use node::cosigning::{Cosigning, MayAsk, Patience};
use node::lease::{Candidate, Lease, LeaseKeeper, Taking, fence};
use node::log_policy::{LogPolicy, NO_WITNESS, POLICY_FILE_BYTES_MAX};
use node::operator::{NewEntry, Operator, OperatorConfig, OperatorError};
use node::rebuild::RebuildError;
use node::rebuild::mirror::Follower;
use node::tip::{TipError, TipRow};
use node::view::LedgerView;
use rayon::prelude::*;

use crate::clock::{Clock, SharedClock};
use crate::config::{Config, ConfigError};
use crate::store::{Database, Lane, StoreError, write};
use entries::Labels;
use keys::{KeyError, Keys};
use outbox::{Draft, Landed, OutboxRow};
use rebuild::Standing;

/// Outbox rows taken to the ledger together.
const ROWS_AT_ONCE: i64 = 4_096;

/// Why ratings are not reaching the ledger.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the ledger: {0}")]
    Operator(#[from] OperatorError),
    /// The ledger's genesis fixed a setting, and it is another now.
    #[error(transparent)]
    Setting(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("outbox row {0} cannot become an entry: {1}")]
    Entry(i64, String),
    #[error("{0}")]
    Lease(#[from] TipError),
    #[error("another process anchors for this database (its log: {0})")]
    Held(String),
    #[error(
        "the ledger folder {folder} is missing, but {size} leaves were published: mount the disk that it is on, or \
         run `credit-api ledger rebuild`"
    )]
    FolderLost { folder: PathBuf, size: u64 },
    #[error("the ledger is not rebuilt: {0}")]
    Rebuild(#[from] RebuildError),
    #[error("this process anchors no more: {0}")]
    Retired(String),
}

impl AnchorError {
    /// Whether another process has the ledger.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let in_use = |error: &OperatorError| {
            matches!(error, OperatorError::Store(ledger::store::StoreError::InUse(_)))
        };
        matches!(self, Self::Held(_)) || matches!(self, Self::Operator(error) if in_use(error))
    }
}

impl From<diesel::result::Error> for AnchorError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

impl From<ledger::store::StoreError> for AnchorError {
    fn from(error: ledger::store::StoreError) -> Self {
        Self::Operator(error.into())
    }
}

struct OperatorClock(SharedClock);

impl node::clock::Clock for OperatorClock {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.0.now().0).unwrap_or(0)
    }
}

/// The ledger as receipts are made from it, with the key that proves whose label is whose.
#[derive(Clone)]
pub struct LedgerReader {
    pub view: Arc<LedgerView>,
    pub label: LabelKey,
}

/// What a process does for the ledger at present.
#[expect(clippy::large_enum_variant, reason = "a process has one")]
enum Role {
    Active(Arc<Operator>),
    Standby(standby::State),
    /// Another took over, or the lease was lost; only a restart makes it a standby.
    Retired(String),
}

/// How a process stands to the ledger, for people and monitors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `active`, `standby` or `fenced`.
    pub role: &'static str,
    /// What keeps a standby from following, or why an operator was fenced.
    pub trouble: Option<String>,
}

/// The ledger of this process, and the operator while it is the active one.
pub struct Anchor {
    shared: Arc<Shared>,
    /// Renews the lease while this process is active; releases it when it is dropped.
    keeper: Mutex<Option<LeaseKeeper>>,
}

/// What the lease's thread and a standby's looks share.
struct Shared {
    view: Arc<LedgerView>,
    role: RwLock<Role>,
    labels: Labels,
    database: Database,
    tip: Arc<tip::DatabaseTip>,
    candidate: Arc<Candidate>,
    settings: OperatorConfig,
    clock: SharedClock,
    /// Where the active operator's log is read, when its lease is not to be asked.
    peer_url: Option<String>,
    notes: notes::Recorder,
}

impl Anchor {
    /// Opens the ledger folder as its operator, finishing what a crash interrupted.
    ///
    /// # Errors
    /// [`AnchorError`]; among others when another process is the active one.
    pub fn open(config: &Config, database: &Database, clock: &SharedClock) -> Result<Self, AnchorError> {
        let parts = Parts::read(config, database)?;
        if let Some(lease) = parts.foreign_lease()? {
            return Err(AnchorError::Held(lease.url));
        }
        parts.refuse_lost_folder(config)?;
        let anchor = Self::assemble(config, database, clock, parts)?;
        match anchor.shared.take()? {
            Taking::Held(lease) | Taking::RunOut(lease) => Err(AnchorError::Held(lease.url)),
            Taking::Taken(lease) => anchor.promote_or_release(&lease).map(|()| anchor),
        }
    }

    /// As [`Anchor::open`], but where another process is active this one stands by, to take its place when its lease
    /// runs out; see [`Anchor::look`].
    ///
    /// # Errors
    /// [`AnchorError`]; among others when another process of this machine has the folder.
    pub fn open_or_stand_by(
        config: &Config,
        database: &Database,
        clock: &SharedClock,
    ) -> Result<Self, AnchorError> {
        let parts = Parts::read(config, database)?;
        if parts.foreign_lease()?.is_none() {
            match Self::open(config, database, clock) {
                Err(AnchorError::Held(_)) => {}
                opened => return opened,
            }
        }
        standby::set_aside_what_was_fenced(config, database)?;
        Self::assemble(config, database, clock, Parts::read(config, database)?)
    }

    fn assemble(
        config: &Config,
        database: &Database,
        clock: &SharedClock,
        parts: Parts,
    ) -> Result<Self, AnchorError> {
        let folder = config.ledger_dir();
        std::fs::create_dir_all(&folder).map_err(|why| KeyError::Io { path: folder.clone(), why })?;
        let Parts { tip, candidate, settings, labels } = parts;
        let view = Operator::view_of(&folder, &settings).map_err(|error| match &error {
            OperatorError::Store(ledger::store::StoreError::OtherOrigin { .. }) => {
                config.refuse_log_name(&error).into()
            }
            OperatorError::Policy(_) => config.refuse("policy", &error).into(),
            _ => AnchorError::from(error),
        })?;
        refuse_other_root(config, view.store())?;
        let published = std::fs::write(config.data.join("log.vkey"), format!("{}\n", view.vkey()))
            .and_then(|()| node::known_logs::remember(view.vkey()));
        if let Err(error) = published {
            tracing::warn!(%error, "the log's key could not be written where `node verify` looks for it");
        }
        let shared = Shared {
            view,
            role: RwLock::new(Role::Standby(standby::State::default())),
            labels,
            database: database.clone(),
            tip,
            candidate,
            settings,
            clock: Arc::clone(clock),
            peer_url: config.ledger_peer_url.clone(),
            notes: notes::Recorder::default(),
        };
        Ok(Self { shared: Arc::new(shared), keeper: Mutex::default() })
    }

    fn promote_or_release(&self, lease: &Lease) -> Result<(), AnchorError> {
        self.promote(lease).inspect_err(|_| {
            if let Err(error) = self.shared.candidate.release() {
                tracing::warn!(%error, "the lease could not be released; it runs out by itself");
            }
        })
    }

    /// From the lease to an operator. The order is what makes it safe: the lease is advice, the fence is the tip row;
    /// only once no earlier operator can move that row is it known where the log ends, and only when the folder has
    /// everything up to there may anything be signed. An operator that wakes up in the middle of a write after this
    /// finds the row moved, and has neither signed nor shown what it wrote.
    fn promote(&self, lease: &Lease) -> Result<(), AnchorError> {
        let shared = &self.shared;
        let row = match fence(shared.tip.as_ref(), lease.epoch)? {
            Ok(row) => row,
            Err(_) => return Err(AnchorError::Held("a later operator's".to_owned())),
        };
        let mut connection = shared.database.connection()?;
        let store = shared.view.store();
        if let Some(row) = row.filter(|row| store.tip().is_ok_and(|tip| tip.size < row.size)) {
            if let Standing::Apart { block } = rebuild::standing(&mut connection, store)? {
                let what = "the folder has another block there than the credit database records".to_owned();
                return Err(RebuildError::Source { block, what }.into());
            }
            tracing::warn!(
                known = row.size,
                "the ledger folder is behind; the missing blocks are made again"
            );
            let mut copy = Follower::resume(Arc::clone(&shared.view), shared.settings.signers()?)?;
            rebuild::from_record(&mut connection, &shared.labels, copy.builder(), row, &mut |_| {})?;
            let mut recorded = notes::Recorded::after(&mut connection, shared.view.published_size());
            copy.show(row.size, &mut |size| recorded.of(size))?;
        }
        drop(connection);
        let settings = OperatorConfig { epoch: Some(lease.epoch), ..shared.settings.clone() };
        let clock = Arc::new(OperatorClock(Arc::clone(&shared.clock)));
        let tip: Arc<dyn TipRow> = shared.tip.clone();
        let operator = Operator::over(Arc::clone(&shared.view), settings, tip, clock, None)?;
        shared.set_role(Role::Active(Arc::new(operator)));
        shared.notes.catch_up(&shared.database, &shared.view);
        let of_thread = Arc::downgrade(shared);
        let keeper = LeaseKeeper::start(Arc::clone(&shared.candidate), move || {
            if let Some(shared) = of_thread.upgrade() {
                shared.retire("another process has taken the lease");
            }
        });
        let keeper =
            keeper.map_err(|error| TipError(format!("the thread that renews the lease: {error}")))?;
        *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(keeper);
        Ok(())
    }

    /// Gives the lease up, so that a standby need not wait until it runs out. To be called when nothing is anchored
    /// any more.
    pub fn resign(&self) {
        drop(self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// The ledger as a reader sees it beside the running operator; what comes later is not seen.
    ///
    /// # Errors
    /// [`AnchorError`] when there is no ledger or it shows damage.
    pub fn open_reader(config: &Config) -> Result<LedgerReader, AnchorError> {
        let keys = Keys::open(&config.keys_dir(), true, None)?;
        let store = Store::open_read_only(&config.ledger_dir()).map_err(OperatorError::from)?;
        let ring = store.key_ring().map_err(OperatorError::from)?;
        let signer =
            Signer::new(&config.log_origin, KeyKind::Ed25519, keys.log).map_err(OperatorError::from)?;
        let vkeys = ring.map_or_else(|| vec![signer.vkey().clone()], |ring| ring.checkpoint_keys());
        let text = policy_text(config)?.unwrap_or_else(|| NO_WITNESS.to_owned());
        let policy = LogPolicy::read(&text, &vkeys).map_err(|error| config.refuse("policy", error))?;
        let vkey = vkeys.into_iter().next().ok_or(OperatorError::NoKey)?;
        let view = LedgerView::new(Arc::new(store), vkey, policy);
        Ok(LedgerReader { view: Arc::new(view.map_err(OperatorError::from)?), label: keys.label })
    }

    /// Begins to ask the witnesses of the policy for cosignatures, for as long as what is returned is kept and this
    /// process is the active one. A standby copies what the active one was told ([`standby`]), and asks from the moment
    /// on when it takes over.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn start_cosigning(&self, clock: &SharedClock) -> std::io::Result<Cosigning> {
        let clock: Arc<dyn node::clock::Clock> = Arc::new(OperatorClock(Arc::clone(clock)));
        let shared = Arc::downgrade(&self.shared);
        let may_ask: MayAsk = Arc::new(move || {
            shared.upgrade().is_some_and(|shared| matches!(&*shared.role(), Role::Active(_)))
        });
        Cosigning::start_while(self.view(), &clock, Patience::default(), &may_ask)
    }

    /// Lines of a signed note (C2SP signed-note) over a text that ends with a newline and is no checkpoint.
    ///
    /// # Errors
    /// When a reader could take the text for a checkpoint, or no key that signs checkpoints is at hand.
    pub fn sign_text(&self, text: &str) -> Result<String, AnchorError> {
        let settings = &self.shared.settings;
        if !text.ends_with('\n') || text.lines().next() == Some(settings.origin.as_str()) {
            return Err(AnchorError::Entry(0, "only a text that is no checkpoint is signed so".to_owned()));
        }
        let ring = self.view().store().key_ring().map_err(OperatorError::from)?;
        let known = ring.map(|ring| ring.checkpoint_keys());
        let signers = settings.signers()?.into_iter();
        let signers =
            signers.filter(|signer| known.as_ref().is_none_or(|known| known.contains(signer.vkey())));
        let lines: String = signers.map(|signer| format!("{}\n", signer.sign(text, 0))).collect();
        if lines.is_empty() { Err(OperatorError::NoKey.into()) } else { Ok(lines) }
    }

    /// What receipts are made from.
    #[must_use]
    pub fn reader(&self) -> LedgerReader {
        LedgerReader { view: Arc::clone(self.view()), label: self.shared.labels.key().clone() }
    }

    /// What may be shown of the log, whether this process writes it or follows.
    #[must_use]
    pub fn view(&self) -> &Arc<LedgerView> {
        &self.shared.view
    }

    /// The operator, while this process is the active one.
    #[must_use]
    pub fn operator(&self) -> Option<Arc<Operator>> {
        match &*self.shared.role() {
            Role::Active(operator) => Some(Arc::clone(operator)),
            Role::Standby(_) | Role::Retired(_) => None,
        }
    }

    /// Whether this process writes the log.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(&*self.shared.role(), Role::Active(_))
    }

    /// Seals an empty block when none was sealed for long.
    ///
    /// # Errors
    /// The operator's.
    pub fn heartbeat_if_due(&self) -> Result<(), AnchorError> {
        let Some(operator) = self.operator() else { return Ok(()) };
        operator.heartbeat_if_due().inspect_err(|error| self.shared.notice(error))?;
        self.shared.notes.catch_up(&self.shared.database, self.view());
        Ok(())
    }

    /// How this process stands to the ledger.
    #[must_use]
    pub fn status(&self) -> Status {
        match &*self.shared.role() {
            Role::Active(_) => Status { role: "active", trouble: None },
            Role::Standby(state) => Status { role: "standby", trouble: state.trouble() },
            Role::Retired(why) => Status { role: "fenced", trouble: Some(why.clone()) },
        }
    }

    /// A standby's look: takes the active operator's place if its lease has run out, else copies what it published
    /// since. Nothing for the active one. `true` when this process has just become active.
    ///
    /// # Errors
    /// When the credit database cannot be used, or the takeover failed; a standby that cannot follow says so in
    /// [`Anchor::status`] alone.
    pub fn look(&self) -> Result<bool, AnchorError> {
        if !matches!(&*self.shared.role(), Role::Standby(_)) {
            return Ok(false);
        }
        match self.shared.take()? {
            Taking::Taken(lease) => {
                tracing::warn!(epoch = lease.epoch, "the lease has run out; this process takes the log over");
                self.promote_or_release(&lease).inspect_err(|error| {
                    if let Role::Standby(state) = &*self.shared.role() {
                        state.note_trouble(Some(format!("the takeover failed: {error}")));
                    }
                })?;
                tracing::warn!(leaves = self.view().published_size(), "this process is the active one now");
                Ok(true)
            }
            // Its holder is gone or stands still: who waited for its answer would only take over later.
            Taking::RunOut(_) => Ok(false),
            Taking::Held(lease) => {
                self.shared.follow(&lease);
                Ok(false)
            }
        }
    }

    /// Brings everything that waits onto the ledger; returns how many rows landed. A standby leaves it to the active
    /// process.
    ///
    /// # Errors
    /// [`AnchorError`]; what landed before stays, the rest waits.
    pub fn drain(&self, mut progress: impl FnMut(u64)) -> Result<u64, AnchorError> {
        let operator = match &*self.shared.role() {
            Role::Active(operator) => Arc::clone(operator),
            Role::Standby(_) => return Ok(0),
            Role::Retired(why) => return Err(AnchorError::Retired(why.clone())),
        };
        let mut connection = self.shared.database.connection()?;
        let mut total = 0;
        loop {
            let rows = outbox::pending(&mut connection, ROWS_AT_ONCE)?;
            if rows.is_empty() {
                return Ok(total);
            }
            let landed = self.append(&operator, &rows)?;
            let published = self.shared.notes.waiting(self.view());
            write(&mut connection, Lane::Anchoring, |connection| {
                outbox::mark(connection, &landed)?;
                notes::insert(connection, &published)
            })?;
            self.shared.notes.recorded(&published);
            total += u64::try_from(landed.len()).unwrap_or(0);
            progress(total);
        }
    }

    fn append(&self, operator: &Operator, rows: &[OutboxRow]) -> Result<Vec<Landed>, AnchorError> {
        // A label costs some tenths of a millisecond, so every core makes some.
        let entries = rows
            .par_iter()
            .map(|row| entries::entry_of(&self.shared.labels, row))
            .collect::<Result<Vec<NewEntry>, AnchorError>>()?;
        let causes: Vec<[u8; 32]> = entries.iter().map(|entry| entry.cause).collect();
        let appended = operator.append(entries).inspect_err(|error| self.shared.notice(error))?;
        rows.iter()
            .zip(causes)
            .zip(appended)
            .map(|((row, cause), place)| {
                let hash = self.view().store().leaf_hash(place.index);
                let leaf_hash = hash.map_err(|error| AnchorError::Entry(row.id, error.to_string()))?;
                Ok(Landed { id: row.id, cause, leaf_index: place.index, leaf_hash, block: place.block })
            })
            .collect()
    }
}

impl Shared {
    fn role(&self) -> std::sync::RwLockReadGuard<'_, Role> {
        self.role.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_role(&self, role: Role) {
        *self.role.write().unwrap_or_else(PoisonError::into_inner) = role;
    }

    fn take(&self) -> Result<Taking, AnchorError> {
        let floor = self.tip.read()?.map_or(0, |row| row.epoch);
        Ok(self.candidate.take(floor)?)
    }

    /// Retires when this error says that another operator has the log.
    fn notice(&self, error: &OperatorError) {
        if *error == OperatorError::Fenced {
            self.retire("another operator has moved the tip row");
        }
    }

    /// Ends this process's part in the log. What the operator wrote and could not publish stays unseen.
    fn retire(&self, why: &str) {
        tracing::error!(why, "this process is fenced: it anchors no more; restarted it becomes a standby");
        self.set_role(Role::Retired(why.to_owned()));
    }
}

/// What is needed before the folder is opened.
struct Parts {
    tip: Arc<tip::DatabaseTip>,
    candidate: Arc<Candidate>,
    settings: OperatorConfig,
    labels: Labels,
}

impl Parts {
    fn read(config: &Config, database: &Database) -> Result<Self, AnchorError> {
        let tip = Arc::new(tip::DatabaseTip(database.clone()));
        // Keys are made for a log that has not begun anywhere; a second machine is given those of the first.
        let has_begun = config.ledger_dir().exists() || tip.read()?.is_some();
        let keys = Keys::open(&config.keys_dir(), has_begun, config.offline_root);
        let keys = keys.map_err(|error| match error {
            KeyError::OtherRoot { .. } => config.refuse("offline_root", &error).into(),
            error => AnchorError::from(error),
        })?;
        let holder =
            lease::holder_id(&config.data).map_err(|why| KeyError::Io { path: config.data.clone(), why })?;
        let row = Arc::new(lease::DatabaseLease(database.clone()));
        let candidate = Arc::new(Candidate::new(row, holder, config.ledger_url_for_others()));
        let mut settings = OperatorConfig::new(config.log_origin.clone(), config.zone.clone(), keys.log);
        settings.label_key = Some(keys.label.public());
        settings.policy = policy_text(config)?;
        settings.offline_root_key = keys.root;
        settings.more_keys = keys.more;
        Ok(Self { tip, candidate, settings, labels: Labels::new(keys.label) })
    }

    /// The lease, while it is another's that has not been given up.
    fn foreign_lease(&self) -> Result<Option<Lease>, AnchorError> {
        Ok(self.candidate.foreign()?)
    }

    /// A folder that should be there and is not is not begun anew.
    fn refuse_lost_folder(&self, config: &Config) -> Result<(), AnchorError> {
        let folder = config.ledger_dir();
        match self.tip.read()? {
            Some(row) if !folder.exists() => Err(AnchorError::FolderLost { folder, size: row.size }),
            _ => Ok(()),
        }
    }
}

/// The root is fixed by the genesis: whoever names another one would find out when keys must be changed.
fn refuse_other_root(config: &Config, store: &Store) -> Result<(), AnchorError> {
    let (Some(given), Some(ring)) = (config.offline_root, store.key_ring()?) else { return Ok(()) };
    let in_genesis = ring.root().map(|root| root.to_bytes());
    if in_genesis == Some(given) {
        return Ok(());
    }
    let in_genesis = in_genesis.map_or_else(|| "none".to_owned(), hex::encode);
    Err(config.refuse("offline_root", format!("the genesis of this ledger names {in_genesis}")).into())
}

/// The witness policy's file, where the settings name one.
fn policy_text(config: &Config) -> Result<Option<String>, ConfigError> {
    let Some(path) = &config.policy else { return Ok(None) };
    let refused = |why: std::io::Error| config.refuse("policy", why);
    let length = std::fs::metadata(path).map_err(refused)?.len();
    if usize::try_from(length).map_or(true, |length| length > POLICY_FILE_BYTES_MAX) {
        let why = format!("the file has {length} bytes, at most {POLICY_FILE_BYTES_MAX} are read");
        return Err(config.refuse("policy", why));
    }
    std::fs::read_to_string(path).map(Some).map_err(refused)
}

/// Puts the scorecard in force on the ledger, once.
///
/// # Errors
/// The database's.
pub fn publish_scorecard(
    database: &Database,
    clock: &dyn Clock,
    card: &credit_core::scorecard::Scorecard,
) -> Result<(), StoreError> {
    let mut connection = database.connection()?;
    if outbox::find(&mut connection, "scorecard", &card.id, 1)?.is_some() {
        return Ok(());
    }
    let day = credit_core::dates::day_number(card.effective_on);
    let draft = Draft::Scorecard {
        id: card.id.clone(),
        digest: card.digest(),
        effective_day: u32::try_from(day).unwrap_or(0),
    };
    let row = outbox::NewRow { subject: card.id.clone(), seq: 1, at_ms: clock.now().0, draft };
    write(&mut connection, Lane::Anchoring, |connection| {
        if outbox::find(connection, "scorecard", &card.id, 1)?.is_none() {
            outbox::insert(connection, vec![row])?;
        }
        Ok(())
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
