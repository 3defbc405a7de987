//! Ratings onto the ledger: the outbox is drained in order, at least once; appending is idempotent by cause, so
//! exactly one leaf exists for each row however often a crash makes the drain repeat.
//!
//! The operator runs inside this process and is the only writer of the ledger folder; a second process finds the
//! folder locked and leaves its rows to the first.

pub mod blocks;
pub mod key_events;
pub mod keys;
pub mod outbox;
pub mod receipts;
mod tip;

use std::sync::Arc;

use ledger::bounded::Text;
use ledger::entry::{DigestKind, Entry, Env, cause};
use ledger::label::LabelKey;
use ledger::note::{KeyKind, Signer};
use ledger::store::Store;
use node::cosigning::Cosigning;
use node::log_policy::{LogPolicy, NO_WITNESS, POLICY_FILE_BYTES_MAX};
use node::operator::{NewEntry, Operator, OperatorConfig, OperatorError};
use node::view::LedgerView;
use rayon::prelude::*;

use crate::clock::{Clock, SharedClock};
use crate::config::{Config, ConfigError};
use crate::store::{Database, Lane, StoreError, write};
use keys::{KeyError, Keys};
use outbox::{Draft, Landed, OutboxRow};

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
}

impl AnchorError {
    /// Whether another process has the ledger folder.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Operator(OperatorError::Store(ledger::store::StoreError::InUse(_))))
    }
}

impl From<diesel::result::Error> for AnchorError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::from(error))
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

/// The embedded operator and what it needs to anchor.
pub struct Anchor {
    operator: Arc<Operator>,
    label: LabelKey,
    database: Database,
}

impl Anchor {
    /// Opens the ledger folder, finishing what a crash interrupted.
    ///
    /// # Errors
    /// [`AnchorError`]; among others when another process has the folder.
    pub fn open(config: &Config, database: &Database, clock: &SharedClock) -> Result<Self, AnchorError> {
        let folder = config.ledger_dir();
        let keys = Keys::open(&config.data.join("keys"), folder.exists())?;
        std::fs::create_dir_all(&folder).map_err(|why| KeyError::Io { path: folder.clone(), why })?;
        let mut settings = OperatorConfig::new(config.log_origin.clone(), config.zone.clone(), keys.log);
        settings.label_key = Some(keys.label.public());
        settings.policy = policy_text(config)?;
        settings.offline_root_key = keys.root;
        settings.more_keys = keys.more;
        let operator = Operator::open(
            &folder,
            settings,
            Arc::new(tip::DatabaseTip(database.clone())),
            Arc::new(OperatorClock(Arc::clone(clock))),
        )
        .map_err(|error| match &error {
            OperatorError::Store(ledger::store::StoreError::OtherOrigin { .. }) => {
                config.refuse_log_name(&error).into()
            }
            OperatorError::Policy(_) => config.refuse("policy", &error).into(),
            _ => AnchorError::from(error),
        })?;
        let vkey = format!("{}\n", operator.view().vkey());
        let published = std::fs::write(config.data.join("log.vkey"), vkey)
            .and_then(|()| node::known_logs::remember(operator.view().vkey()));
        if let Err(error) = published {
            tracing::warn!(%error, "the log's key could not be written where `node verify` looks for it");
        }
        Ok(Self { operator: Arc::new(operator), label: keys.label, database: database.clone() })
    }

    /// The ledger as a reader sees it beside the running operator; what comes later is not seen.
    ///
    /// # Errors
    /// [`AnchorError`] when there is no ledger or it shows damage.
    pub fn open_reader(config: &Config) -> Result<LedgerReader, AnchorError> {
        let keys = Keys::open(&config.data.join("keys"), true)?;
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

    /// What receipts are made from.
    #[must_use]
    pub fn reader(&self) -> LedgerReader {
        LedgerReader { view: Arc::clone(self.operator.view()), label: self.label.clone() }
    }

    /// Begins to ask the witnesses of the policy for cosignatures, for as long as what is returned is kept.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn start_cosigning(&self, clock: &SharedClock) -> std::io::Result<Cosigning> {
        let clock: Arc<dyn node::clock::Clock> = Arc::new(OperatorClock(Arc::clone(clock)));
        Cosigning::start(self.operator.view(), &clock)
    }

    #[must_use]
    pub fn operator(&self) -> &Arc<Operator> {
        &self.operator
    }

    /// Brings everything that waits onto the ledger; returns how many rows landed.
    ///
    /// # Errors
    /// [`AnchorError`]; what landed before stays, the rest waits.
    pub fn drain(&self, mut progress: impl FnMut(u64)) -> Result<u64, AnchorError> {
        let mut connection = self.database.connection()?;
        let mut total = 0;
        loop {
            let rows = outbox::pending(&mut connection, ROWS_AT_ONCE)?;
            if rows.is_empty() {
                return Ok(total);
            }
            let landed = self.append(&rows)?;
            write(&mut connection, Lane::Anchoring, |connection| outbox::mark(connection, &landed))?;
            total += u64::try_from(landed.len()).unwrap_or(0);
            progress(total);
        }
    }

    fn append(&self, rows: &[OutboxRow]) -> Result<Vec<Landed>, AnchorError> {
        // A label costs some tenths of a millisecond, so every core makes some.
        let entries = rows
            .par_iter()
            .map(|row| {
                let id =
                    u64::try_from(row.id).map_err(|error| AnchorError::Entry(row.id, error.to_string()))?;
                let cause = cause(id, &row.body);
                Ok(NewEntry { cause, entry: self.entry_of(row, cause)? })
            })
            .collect::<Result<Vec<_>, AnchorError>>()?;
        let causes: Vec<[u8; 32]> = entries.iter().map(|entry| entry.cause).collect();
        let appended = self.operator.append(entries)?;
        rows.iter()
            .zip(causes)
            .zip(appended)
            .map(|((row, cause), place)| {
                let hash = self.operator.view().store().leaf_hash(place.index);
                let leaf_hash = hash.map_err(|error| AnchorError::Entry(row.id, error.to_string()))?;
                Ok(Landed { id: row.id, cause, leaf_index: place.index, leaf_hash, block: place.block })
            })
            .collect()
    }

    fn entry_of(&self, row: &OutboxRow, cause: [u8; 32]) -> Result<Entry, AnchorError> {
        Ok(match row.draft()? {
            Draft::Rating { commitment, scorecard_digest } => {
                Entry::Rating { env: self.envelope(row, cause, commitment)?, scorecard_digest }
            }
            Draft::Scorecard { id, digest, effective_day } => Entry::Scorecard {
                id: Text::new(id).map_err(|error| AnchorError::Entry(row.id, error.to_string()))?,
                digest,
                effective_day,
            },
            Draft::Batch { day, digest } => Entry::Digest { kind: DigestKind::IntakeBatches, day, digest },
            Draft::Entry { bytes } => {
                Entry::decode_strict(&bytes).map_err(|error| AnchorError::Entry(row.id, error.to_string()))?
            }
        })
    }

    /// The operator sets `seq`, `previous` and `at_ms`.
    fn envelope(&self, row: &OutboxRow, cause: [u8; 32], commitment: [u8; 32]) -> Result<Env, AnchorError> {
        let label = self.label.prove(&row.uscc);
        let (subject, _) = label.map_err(|error| AnchorError::Entry(row.id, error.to_string()))?;
        Ok(Env {
            subject,
            seq: 0,
            previous: [0; 32],
            at_ms: 0,
            cause,
            commitment,
            author: 0,
            signature: None,
        })
    }
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
