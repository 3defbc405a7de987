//! A process that waits to take the active operator's place: it copies the log from the active one's tiles, block by
//! block and verified, so that little is missing when the time comes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use node::lease::Lease;
use node::rebuild::mirror::Follower;
use node::tiles::HttpTiles;

use super::notes::Recorded;
use super::rebuild::{Standing, causes_of, standing};
use super::{AnchorError, Role, Shared};
use crate::config::Config;
use crate::store::Database;

use ledger::store::{Store, StoreOptions};

/// How long an answer of the active process may take: a standby that waits for one that stands still takes over later.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// What a standby remembers from look to look.
#[derive(Default)]
pub(super) struct State {
    follower: Mutex<Option<Follower>>,
    trouble: Mutex<Option<String>>,
}

impl State {
    /// Remembers this; `true` when it is something else than before.
    pub(super) fn note_trouble(&self, now: Option<String>) -> bool {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = *trouble != now;
        *trouble = now;
        is_new
    }

    /// What keeps it from following.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shared {
    /// Copies what the holder of this lease has published since the last look.
    pub(super) fn follow(&self, lease: &Lease) {
        let role = self.role();
        let Role::Standby(state) = &*role else { return };
        let url = self.peer_url.as_deref().unwrap_or(&lease.url);
        let outcome = if url.is_empty() { Ok(()) } else { self.pull(state, url) };
        if state.note_trouble(outcome.err().map(|error| error.to_string())) {
            match state.trouble() {
                Some(error) => tracing::warn!(error, url, "this standby cannot follow the active operator"),
                None => tracing::info!(url, "this standby follows the active operator again"),
            }
        }
    }

    fn pull(&self, state: &State, url: &str) -> Result<(), AnchorError> {
        let mut follower = state.follower.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut connection, mut of_notes) = (self.database.connection()?, self.database.connection()?);
        let mut recorded = Recorded::after(&mut of_notes, self.view.published_size());
        // After an error the copy is read anew from the folder.
        let mut current = match follower.take() {
            Some(current) => current,
            None => Follower::resume(std::sync::Arc::clone(&self.view), self.settings.signers()?)?,
        };
        let tiles = HttpTiles::with_limit(url, ANSWER_LIMIT);
        let mut causes = |number, header: &_| causes_of(&mut connection, number, header);
        current.pull(&tiles, &mut causes, &mut |size| recorded.of(size))?;
        *follower = Some(current);
        Ok(())
    }
}

/// Moves away the folder of an operator that was fenced with blocks in it that nobody else has: they were never
/// published, and the log went on without them. Nothing is deleted.
pub(super) fn set_aside_what_was_fenced(config: &Config, database: &Database) -> Result<(), AnchorError> {
    let folder = config.ledger_dir();
    if !folder.exists() {
        return Ok(());
    }
    let found = {
        let store = Store::open(&folder, &StoreOptions::new(&config.log_origin))?;
        standing(&mut *database.connection()?, &store)?
    };
    if found == Standing::Within {
        return Ok(());
    }
    let aside = free_name(&folder);
    std::fs::rename(&folder, &aside)
        .map_err(|why| super::keys::KeyError::Io { path: folder.clone(), why })?;
    tracing::warn!(
        aside = %aside.display(),
        "this folder has blocks that were never published, from before this process was fenced; it is kept aside, and \
         the log is copied anew"
    );
    Ok(())
}

fn free_name(folder: &Path) -> PathBuf {
    let name = |number: u32| folder.with_extension(format!("fenced-{number}"));
    (1..u32::MAX).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(u32::MAX))
}
