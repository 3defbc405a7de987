//! Sealed files of which nothing was taken. A job that was cancelled or failed is never done again, so that its file
//! goes with it, unless another job waits for the same file, somebody is just sending it, or it is kept with its batch.

use std::io::{self, Read};

use super::batches;
use super::evidence::{Evidence, Stored};
use super::receive::ReceiveError;
use crate::jobs;
use crate::store::{Database, DbConnection};

/// After the last try at a file of which nothing was taken.
///
/// # Errors
/// The database's, and I/O errors; the file stays then.
fn let_go(connection: &mut DbConnection, evidence: &Evidence, stored: &Stored) -> Result<(), ReceiveError> {
    if !stored.sealed {
        return Ok(());
    }
    evidence.remove_unless(stored, || {
        let kept = evidence.keeps_sealed() && batches::by_digest(connection, &stored.digest)?.is_some();
        Ok(kept || jobs::store::is_waited_for(connection, &stored.digest)?)
    })
}

/// A file that is received just now. Until this is dropped no end of another job removes it.
#[derive(Debug)]
pub struct Arriving {
    evidence: Evidence,
    pub stored: Stored,
}

impl Arriving {
    /// Keeps a source file; see [`Evidence::keep_source`].
    ///
    /// # Errors
    /// I/O errors.
    pub fn keep(evidence: &Evidence, input: impl Read) -> io::Result<Self> {
        Ok(Self { stored: evidence.keep_source(input)?, evidence: evidence.clone() })
    }

    /// It is on a job's record, or nobody's: what was sent again needs no job. A file that stays is no failure of the
    /// act that left it.
    pub fn arrived(self, database: &Database) {
        let (evidence, stored) = (self.evidence.clone(), self.stored.clone());
        drop(self);
        ended(database, &evidence, &stored);
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.evidence.has_arrived(&self.stored);
    }
}

/// As [`let_go`]; what goes wrong is logged.
pub fn ended(database: &Database, evidence: &Evidence, stored: &Stored) {
    let connection = database.connection().map_err(ReceiveError::from);
    if let Err(error) = connection.and_then(|mut connection| let_go(&mut connection, evidence, stored)) {
        tracing::error!(%error, digest = %stored.digest, "a sealed file of which nothing was taken could not be removed");
    }
}
