//! Each consent against its text, and each grant and revocation against what was anchored: one that was invented,
//! changed, taken away or revived behind the service's back shows.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{DoctorError, FINDINGS_MAX, Report};
use crate::anchoring::outbox::{self, Draft};
use crate::consents::{Consent, statement, text};
use crate::store::schema::consents;
use crate::store::{DbConnection, StoreError, bulk};

/// Rows read at once.
const PAGE: i64 = 500;
const KIND: &str = "consent";

#[derive(QueryableByName)]
struct Subject {
    #[diesel(sql_type = Text)]
    uscc: String,
}

type Commitment = [u8; 32];
/// An act as it is anchored: whether it is a revocation, and its commitment.
type Act = (bool, Commitment);

/// Looks at every consent.
pub fn examine(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let (mut last, mut of_one): (_, Vec<Consent>) = ((String::new(), String::new()), Vec::new());
    loop {
        let page = page_after(connection, &last)?;
        for consent in &page {
            if of_one.first().is_some_and(|first| first.uscc != consent.uscc) {
                examine_enterprise(connection, &std::mem::take(&mut of_one), report)?;
            }
            report.consents += 1;
            of_one.push(consent.clone());
        }
        progress("consents", report.consents);
        let Some(end) = page.last().filter(|_| !report.is_full()) else { break };
        last = (end.uscc.clone(), end.id.clone());
    }
    examine_enterprise(connection, &of_one, report)?;
    name_lost(connection, report)
}

fn page_after(connection: &mut DbConnection, last: &(String, String)) -> Result<Vec<Consent>, StoreError> {
    let (uscc, id) = last;
    let later = consents::uscc.gt(uscc).or(consents::uscc.eq(uscc).and(consents::id.gt(id)));
    Ok(consents::table
        .filter(later)
        .order((consents::uscc.asc(), consents::id.asc()))
        .limit(PAGE)
        .select(Consent::as_select())
        .load(connection)?)
}

fn examine_enterprise(
    connection: &mut DbConnection,
    of_one: &[Consent],
    report: &mut Report,
) -> Result<(), DoctorError> {
    let Some(uscc) = of_one.first().map(|consent| consent.uscc.clone()) else { return Ok(()) };
    let mut anchored: BTreeSet<Act> = BTreeSet::new();
    for row in outbox::of_subject(connection, KIND, &uscc)? {
        if let Draft::Consent { revoked, commitment } = row.draft()? {
            anchored.insert((revoked, commitment));
        }
    }
    for consent in of_one {
        let place = format!("consents {}", consent.id);
        if text::digest(&consent.text_zh, &consent.text_en) != consent.text_digest {
            report.finding(&place, "its text is not the one of its digest");
        }
        for (revoked, act) in acts(consent)? {
            match act {
                Some(commitment) if anchored.remove(&(revoked, commitment)) => {}
                _ if revoked => report.finding(&place, "its revocation is not the one that was anchored"),
                _ => report.finding(&place, "its grant is not the one that was anchored"),
            }
        }
    }
    if let Some((revoked, _)) = anchored.first() {
        let what = if *revoked { "a revocation" } else { "a grant" };
        let what = format!("{what} was anchored that no consent speaks of");
        report.finding(format!("consents of {uscc}"), what);
    }
    Ok(())
}

/// What a consent says was done, with the commitment to it; none where it cannot be made.
fn acts(consent: &Consent) -> Result<Vec<(bool, Option<Commitment>)>, StoreError> {
    let granted = (consent.decision.as_deref() == Some("granted")).then_some((
        false,
        &consent.decided_by,
        consent.decided_at,
    ));
    let revoked = consent.revoked_at.map(|at| (true, &consent.revoked_by, Some(at)));
    let salt = consent.salt.as_deref().and_then(|salt| <[u8; 32]>::try_from(salt).ok());
    let mut found = Vec::new();
    for (revoked, by, at) in granted.into_iter().chain(revoked) {
        let commitment = match (salt, by, at) {
            (Some(salt), Some(by), Some(at)) => Some(statement::commitment(consent, by, at, salt)?),
            _ => None,
        };
        found.push((revoked, commitment));
    }
    Ok(found)
}

/// Enterprises with anchored consents of which none is left.
fn name_lost(connection: &mut DbConnection, report: &mut Report) -> Result<(), DoctorError> {
    let sql = format!(
        "SELECT DISTINCT uscc FROM outbox WHERE kind = $1 AND uscc NOT IN (SELECT uscc FROM consents) \
         ORDER BY uscc LIMIT {FINDINGS_MAX}"
    );
    let lost: Vec<Subject> = bulk::load(connection, &sql, [KIND.into()])?;
    for subject in lost {
        report
            .finding(format!("consents of {}", subject.uscc), "acts were anchored that no consent speaks of");
    }
    Ok(())
}
