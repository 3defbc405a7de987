//! Compares what the service holds with what was anchored and received, and names every row that differs.
//!
//! - [`ratings`]: each rating against its statement, its commitment, its outbox row and its leaf;
//! - [`evidence`]: each received file against its digest, and each stored row against the file it came from.
//!
//! The ledger itself is verified from genesis by `node::audit`.

mod evidence;
mod ratings;

use node::audit::audit_store;
use node::view::LedgerView;

use crate::anchoring::AnchorError;
use crate::service::Service;
use crate::store::StoreError;

/// Something that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Table and key of the row, or the file.
    pub place: String,
    pub what: String,
}

impl Finding {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

/// What an examination looked at and found.
#[derive(Debug, Default)]
pub struct Report {
    pub ratings: u64,
    pub files: u64,
    pub rows: u64,
    pub leaves: u64,
    pub findings: Vec<Finding>,
}

/// Findings kept; a damaged database may have millions.
pub const FINDINGS_MAX: usize = 200;

/// Why an examination could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Anchor(#[from] AnchorError),
}

impl From<diesel::result::Error> for DoctorError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

/// Examines everything. `progress` is told what is looked at and how far it is.
///
/// # Errors
/// When the database or the ledger cannot be read at all; what differs is a finding, not an error.
pub fn examine(
    service: &Service,
    ledger: &LedgerView,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<Report, DoctorError> {
    let mut report = Report::default();
    let audit = audit_store(ledger.store(), &mut |_| {});
    match &audit.result {
        Ok(verified) => report.leaves = verified.leaves,
        Err(difference) => report.findings.push(Finding::new("ledger", difference.to_string())),
    }
    let mut connection = service.database.connection()?;
    ratings::examine(&mut connection, ledger, &mut report, progress)?;
    evidence::examine(service, &mut connection, &mut report, progress)?;
    report.findings.truncate(FINDINGS_MAX);
    Ok(report)
}
