//! Changes of the log's keys on their way to the ledger: checked against the keys that the ledger names, then put
//! into the outbox like everything else.

use std::path::PathBuf;

use diesel::prelude::*;
use ledger::entry::{Entry, EntryError};
use ledger::keyring::KeyEventError;
use ledger::store::Store;
use node::keys::event::{EventError, Paper};
use sha2::{Digest as _, Sha256};

use super::keys::{KeyError, Keys};
use super::outbox::{self, Draft, NewRow};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::schema::outbox::dsl;
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// Kind of the outbox rows.
const KIND: &str = "entry";

/// Why an event is not put into the outbox.
#[derive(Debug, thiserror::Error)]
pub enum KeyEventsError {
    #[error(transparent)]
    Event(#[from] EventError),
    #[error("the entry: {0}")]
    Entry(#[from] EntryError),
    #[error("the ledger: {0}")]
    Ledger(#[from] ledger::store::StoreError),
    #[error("the ledger is empty; it begins with the first import")]
    Empty,
    #[error("the ledger refuses the event: {0}")]
    Refused(#[from] KeyEventError),
    #[error(
        "the new log key {key} is not at hand: put its file into {folder} under a name log-….key, restart the \
         service, then try again"
    )]
    NotHeld { key: String, folder: PathBuf },
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error("another change of keys waits for the ledger; try again when it is there")]
    Waiting,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for KeyEventsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

/// Puts a signed event into the outbox; `false` when it is there already. `event` is the file that
/// `node key propose` and `node key sign` write.
///
/// # Errors
/// When the ledger would refuse it; nothing is written then.
pub fn queue(
    config: &Config,
    database: &Database,
    clock: &dyn Clock,
    event: &[u8],
) -> Result<bool, KeyEventsError> {
    let event = Paper::parse(event)?.event()?;
    let bytes = Entry::Key(event.clone()).encode_checked()?;
    let subject = hex::encode(Sha256::digest(&bytes));
    let mut connection = database.connection()?;
    if outbox::find(&mut connection, KIND, &subject, 1)?.is_some() {
        return Ok(false);
    }
    let mut ring = Store::open_read_only(&config.ledger_dir())?.key_ring()?.ok_or(KeyEventsError::Empty)?;
    ring.apply(&event, u64::try_from(clock.now().0).unwrap_or(0))?;
    let sealer = ring.log_key()?;
    let folder = config.keys_dir();
    let held = Keys::open(&folder, true, None)?;
    if std::iter::once(&held.log).chain(&held.more).all(|key| key.verifying_key() != sealer) {
        let key = hex::encode(sealer.as_bytes());
        return Err(KeyEventsError::NotHeld { key, folder });
    }
    let row = NewRow { subject, seq: 1, at_ms: clock.now().0, draft: Draft::Entry { bytes } };
    let is_new = write(&mut connection, Lane::Anchoring, |connection| -> Result<bool, StoreError> {
        // Checked one after the other only, so that none that waits can be refused once it is its turn.
        if waits(connection)? {
            return Ok(false);
        }
        outbox::insert(connection, vec![row])?;
        Ok(true)
    })?;
    if is_new { Ok(true) } else { Err(KeyEventsError::Waiting) }
}

fn waits(connection: &mut DbConnection) -> Result<bool, StoreError> {
    let waiting: i64 = dsl::outbox
        .filter(dsl::kind.eq(KIND))
        .filter(dsl::leaf_index.is_null())
        .count()
        .get_result(connection)?;
    Ok(waiting > 0)
}
