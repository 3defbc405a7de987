//! Compares what the service holds with what was anchored and received, and names every row that differs.
//!
//! - [`ratings`]: each rating against its statement, its commitment, its outbox row and its leaf;
//! - [`evidence`]: each received file against its digest, and each stored row against the file it came from;
//! - [`trade`], [`reviews`]: what is counted from orders and reviews against the rows;
//! - [`access_log`]: the looks of each day that is over against the digest that was anchored;
//! - [`anchored`]: the rows of [`consents`], standing requests ([`sharing`]), [`listings`], [`cases`],
//!   [`certificates`] and [`measures`] against what was anchored of them;
//! - [`sales`]: what is counted of customs messages against their documents;
//! - [`single_window`]: the receipts of pushed batches;
//! - [`inspections`]: each plan of inspection against what was anchored of it, its draw made again;
//! - [`months`]: monthly runs against the ratings that say the same;
//! - [`ledger`]: folder, sign guard, tip row, record of blocks, marks of the outbox, and mirrors.
//!
//! The ledger itself is verified from genesis by `node::audit`.

mod access_log;
mod anchored;
mod cases;
mod certificates;
mod consents;
mod evidence;
mod inspections;
mod ledger;
mod listings;
mod measures;
mod months;
mod ratings;
mod reviews;
mod sales;
mod sharing;
mod single_window;
mod trade;

use std::sync::Arc;

use node::audit::audit_store;
use node::view::LedgerView;

use crate::anchoring::{AnchorError, tip};
use crate::service::Service;
use crate::store::{StoreError, read_only};

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
    /// Rows of sums that were counted anew.
    pub days: u64,
    /// Rows of monthly runs.
    pub months: u64,
    /// Of these, rows of runs for a day before the rating in force: no rating says the same.
    pub months_unknown: u64,
    /// Mirrors of the ledger.
    pub mirrors: u64,
    /// Days of the access log that are over.
    pub access_days: u64,
    pub consents: u64,
    pub standing_requests: u64,
    /// Entries to lists and exits from them.
    pub listings: u64,
    pub case_steps: u64,
    /// Certificates of repairs.
    pub certificates: u64,
    /// Steps of measures of supervision.
    pub measure_steps: u64,
    /// Plans of inspection, each draw made again.
    pub plans: u64,
    /// Merchants with too many orders to decide the marks anew; their sums were counted with the stored ones.
    pub unmarked_merchants: u64,
    pub findings: Vec<Finding>,
}

impl Report {
    fn finding(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.findings.push(Finding::new(place, what));
    }

    /// Whether enough was found.
    fn is_full(&self) -> bool {
        self.findings.len() >= FINDINGS_MAX
    }
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

/// Examines everything. `open` gives the ledger; `progress` is told what is looked at and how far it is.
///
/// # Errors
/// When the database or the ledger cannot be read at all; what differs is a finding, not an error.
pub fn examine(
    service: &Service,
    open: &dyn Fn() -> Result<Arc<LedgerView>, AnchorError>,
    mirrors: &[String],
    progress: &mut dyn FnMut(&str, u64),
) -> Result<Report, DoctorError> {
    let mut report = Report::default();
    let mut connection = service.database.connection()?;
    // One state of the database for everything: the service may be writing beside this. The ledger is opened after that
    // state is fixed, so that it has at least what the database knows of.
    read_only(&mut connection, |connection| {
        let row = tip::read(connection)?;
        let ledger = open()?;
        let audit = audit_store(ledger.store(), &mut |_| {});
        match &audit.result {
            Ok(verified) => report.leaves = verified.leaves,
            Err(difference) => report.findings.push(Finding::new("ledger", difference.to_string())),
        }
        ledger::Ends { service, ledger: &ledger, row }.examine(connection, mirrors, &mut report, progress)?;
        ratings::examine(connection, &ledger, &mut report, progress)?;
        months::examine(connection, &mut report, progress)?;
        access_log::examine(service, connection, &mut report, progress)?;
        anchored::examine::<consents::Consents>(connection, &mut report, progress)?;
        anchored::examine::<sharing::StandingRequests>(connection, &mut report, progress)?;
        anchored::examine::<listings::Listings>(connection, &mut report, progress)?;
        anchored::examine::<cases::CaseSteps>(connection, &mut report, progress)?;
        anchored::examine::<certificates::Certificates>(connection, &mut report, progress)?;
        anchored::examine::<measures::Measures>(connection, &mut report, progress)?;
        inspections::examine(connection, &ledger, &mut report, progress)?;
        trade::examine(connection, &mut report, progress)?;
        reviews::examine(connection, &mut report, progress)?;
        sales::examine(connection, &mut report, progress)?;
        single_window::examine(connection, &mut report, progress)?;
        evidence::examine(service, connection, &mut report, progress)
    })?;
    report.findings.truncate(FINDINGS_MAX);
    Ok(report)
}
