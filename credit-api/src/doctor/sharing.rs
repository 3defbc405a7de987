//! Each standing request against what was anchored of it: a grant that was invented, changed, taken away or revived
//! behind the service's back shows.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{DoctorError, FINDINGS_MAX, Report};
use crate::anchoring::outbox::{self, Draft};
use crate::sharing::requests::StandingRequest;
use crate::sharing::statement;
use crate::store::schema::standing_requests;
use crate::store::{DbConnection, StoreError, bulk};

/// Rows read at once.
const PAGE: i64 = 500;
const KIND: &str = "sharing";

#[derive(QueryableByName)]
struct Subject {
    #[diesel(sql_type = Text)]
    uscc: String,
}

/// An act as it is anchored: whether it is an end, and its commitment.
type Act = (bool, [u8; 32]);
/// An act as the request has it; no commitment where none can be made.
type Said = (bool, Option<[u8; 32]>);

/// Looks at every standing request.
pub fn examine(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let mut last = String::new();
    loop {
        let page: Vec<StandingRequest> = standing_requests::table
            .filter(standing_requests::id.gt(&last))
            .order(standing_requests::id.asc())
            .limit(PAGE)
            .select(StandingRequest::as_select())
            .load(connection)?;
        for request in &page {
            examine_one(connection, request, report)?;
        }
        report.standing_requests += u64::try_from(page.len()).unwrap_or(0);
        progress("standing requests", report.standing_requests);
        match page.last().filter(|_| !report.is_full()) {
            Some(end) => last = end.id.clone(),
            None => return name_lost(connection, report),
        }
    }
}

fn examine_one(
    connection: &mut DbConnection,
    request: &StandingRequest,
    report: &mut Report,
) -> Result<(), DoctorError> {
    let mut anchored: BTreeSet<Act> = BTreeSet::new();
    for row in outbox::of_subject(connection, KIND, &request.id)? {
        if let Draft::Sharing { ended, commitment } = row.draft()? {
            anchored.insert((ended, commitment));
        }
    }
    let place = format!("standing_requests {}", request.id);
    for (ended, commitment) in acts(request)? {
        match commitment {
            Some(commitment) if anchored.remove(&(ended, commitment)) => {}
            _ if ended => report.finding(&place, "its end is not the one that was anchored"),
            _ => report.finding(&place, "its grant is not the one that was anchored"),
        }
    }
    if let Some((ended, _)) = anchored.first() {
        let what = if *ended { "an end" } else { "a grant" };
        report.finding(&place, format!("{what} was anchored that it does not speak of"));
    }
    Ok(())
}

/// What a request says was done, with the commitment to it; none where it cannot be made.
fn acts(request: &StandingRequest) -> Result<Vec<Said>, StoreError> {
    if request.decision.as_deref() != Some("granted") {
        return Ok(Vec::new());
    }
    let granted = (false, "granted", &request.decided_by, request.decided_at);
    let ended = request.ended_why.as_deref().map(|why| (true, why, &request.ended_by, request.ended_at));
    let mut found = Vec::new();
    for (is_end, act, by, at) in std::iter::once(granted).chain(ended) {
        let commitment = match (statement::salt_of(request), by, at) {
            (Ok(salt), Some(by), Some(at)) => Some(statement::commitment(request, act, by, at, salt)?),
            _ => None,
        };
        found.push((is_end, commitment));
    }
    Ok(found)
}

/// Requests of which something was anchored and that are gone.
fn name_lost(connection: &mut DbConnection, report: &mut Report) -> Result<(), DoctorError> {
    let sql = format!(
        "SELECT DISTINCT uscc FROM outbox WHERE kind = $1 AND uscc NOT IN (SELECT id FROM standing_requests) \
         ORDER BY uscc LIMIT {FINDINGS_MAX}"
    );
    let lost: Vec<Subject> = bulk::load(connection, &sql, [KIND.into()])?;
    for subject in lost {
        report.finding(format!("standing_requests {}", subject.uscc), "it was anchored, and is gone");
    }
    Ok(())
}
