//! Standing requests: each grant, and each end of one.

use super::anchored::{Anchored, Said};
use super::{DoctorError, Report};
use crate::anchoring::outbox::Draft;
use crate::sharing::requests::{self, StandingRequest};
use crate::sharing::statement;
use crate::store::{DbConnection, StoreError};

pub struct StandingRequests;

impl Anchored for StandingRequests {
    const KIND: &'static str = "sharing";
    const TABLES: &'static [&'static str] = &["standing_requests"];
    const SUBJECT: &'static str = "id";
    const TITLE: &'static str = "standing requests";

    fn count(report: &mut Report) -> &mut u64 {
        &mut report.standing_requests
    }

    fn said(connection: &mut DbConnection, id: &str, report: &mut Report) -> Result<Vec<Said>, DoctorError> {
        let Some(request) = requests::find(connection, id)? else { return Ok(Vec::new()) };
        report.standing_requests += 1;
        Ok(acts(&request)?)
    }
}

/// What a request says was done.
fn acts(request: &StandingRequest) -> Result<Vec<Said>, StoreError> {
    if request.decision.as_deref() != Some("granted") {
        return Ok(Vec::new());
    }
    let granted = (false, "granted", &request.decided_by, request.decided_at);
    let ended = request.ended_why.as_deref().map(|why| (true, why, &request.ended_by, request.ended_at));
    let mut said = Vec::new();
    for (ended, act, by, at) in std::iter::once(granted).chain(ended) {
        let draft = match (statement::salt_of(request), by, at) {
            (Ok(salt), Some(by), Some(at)) => {
                Some(Draft::Sharing { ended, commitment: statement::commitment(request, act, by, at, salt)? })
            }
            _ => None,
        };
        let what = if ended { "its end" } else { "its grant" };
        said.push(Said { place: format!("standing_requests {}", request.id), what, seq: None, draft });
    }
    Ok(said)
}
