//! Sessions of those who signed in: kept in memory, gone with the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

/// How long a session holds, milliseconds: twelve hours.
pub(super) const SESSION_MS: i64 = 12 * 60 * 60 * 1_000;
/// Random bytes of a session's id.
const ID_BYTES: usize = 32;
/// Sessions open at once; a further one ends the one that would expire first.
const SESSIONS_MAX: usize = 256;

/// Open sessions, by the SHA-256 of their id, with the time they end. Looking up a digest tells nothing about
/// how much of an id was guessed.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<[u8; 32], i64>>);

impl Sessions {
    /// Opens a session and gives its id.
    pub(super) fn open(&self, now_ms: i64) -> Result<String, getrandom::Error> {
        let mut bytes = [0u8; ID_BYTES];
        getrandom::fill(&mut bytes)?;
        let id = hex::encode(bytes);
        let mut open = self.lock();
        open.retain(|_, ends| now_ms < *ends);
        if open.len() >= SESSIONS_MAX {
            let first = open.iter().min_by_key(|(_, ends)| **ends).map(|(digest, _)| *digest);
            first.map(|digest| open.remove(&digest));
        }
        open.insert(digest(&id), now_ms.saturating_add(SESSION_MS));
        Ok(id)
    }

    pub(super) fn is_open(&self, id: &str, now_ms: i64) -> bool {
        id.len() == ID_BYTES * 2 && self.lock().get(&digest(id)).is_some_and(|ends| now_ms < *ends)
    }

    pub(super) fn close(&self, id: &str) {
        self.lock().remove(&digest(id));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], i64>> {
        // A map of times is whole whatever happened to the thread that held it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(id: &str) -> [u8; 32] {
    Sha256::digest(id.as_bytes()).into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_session_holds_until_its_end_or_until_it_is_closed() {
        let sessions = Sessions::default();
        let id = sessions.open(0).unwrap();
        assert!(sessions.is_open(&id, SESSION_MS - 1));
        assert!(!sessions.is_open(&id, SESSION_MS));
        assert!(!sessions.is_open("", 0) && !sessions.is_open(&"0".repeat(64), 0));
        sessions.close(&id);
        assert!(!sessions.is_open(&id, 0));
    }

    #[test]
    fn the_oldest_makes_room() {
        let sessions = Sessions::default();
        let first = sessions.open(0).unwrap();
        let others: Vec<String> = (0..SESSIONS_MAX).map(|_| sessions.open(1).unwrap()).collect();
        assert!(!sessions.is_open(&first, 1));
        assert!(others.iter().all(|id| sessions.is_open(id, 1)));
    }
}
