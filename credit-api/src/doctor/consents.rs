//! Consents: each against its text, and each grant and revocation.

use diesel::prelude::*;

use super::anchored::{Anchored, Said, salt};
use super::{DoctorError, Report};
use crate::anchoring::outbox::Draft;
use crate::consents::{Consent, statement, text};
use crate::store::schema::consents;
use crate::store::{DbConnection, StoreError};

pub struct Consents;

impl Anchored for Consents {
    const KIND: &'static str = "consent";
    const TABLES: &'static [&'static str] = &["consents"];
    const SUBJECT: &'static str = "uscc";
    const TITLE: &'static str = "consents";

    fn count(report: &mut Report) -> &mut u64 {
        &mut report.consents
    }

    fn said(
        connection: &mut DbConnection,
        uscc: &str,
        report: &mut Report,
    ) -> Result<Vec<Said>, DoctorError> {
        let of_one: Vec<Consent> = consents::table
            .filter(consents::uscc.eq(uscc))
            .order(consents::id.asc())
            .select(Consent::as_select())
            .load(connection)?;
        let mut said = Vec::new();
        for consent in &of_one {
            report.consents += 1;
            if text::digest(&consent.text_zh, &consent.text_en) != consent.text_digest {
                report.finding(format!("consents {}", consent.id), "its text is not the one of its digest");
            }
            said.extend(acts(consent)?);
        }
        Ok(said)
    }
}

/// What a consent says was done.
fn acts(consent: &Consent) -> Result<Vec<Said>, StoreError> {
    let was_granted = consent.decision.as_deref() == Some("granted");
    let granted = was_granted.then_some((false, &consent.decided_by, consent.decided_at));
    let revoked = consent.revoked_at.map(|at| (true, &consent.revoked_by, Some(at)));
    let mut said = Vec::new();
    for (revoked, by, at) in granted.into_iter().chain(revoked) {
        let draft = match (salt(consent.salt.as_deref()), by, at) {
            (Some(salt), Some(by), Some(at)) => {
                Some(Draft::Consent { revoked, commitment: statement::commitment(consent, by, at, salt)? })
            }
            _ => None,
        };
        let what = if revoked { "its revocation" } else { "its grant" };
        said.push(Said { place: format!("consents {}", consent.id), what, seq: None, draft });
    }
    Ok(said)
}
