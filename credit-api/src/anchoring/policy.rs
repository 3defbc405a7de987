//! The witness policy on the ledger: the genesis holds the digest of the first one, an entry that of each later one.
//! So agencies that replay the log see when the quorum was changed, and to what.

use diesel::prelude::*;
use node::view::LedgerView;
use sha2::{Digest as _, Sha256};

use super::AnchorError;
use super::outbox::{self, Draft, NewRow};
use crate::clock::Clock;
use crate::store::schema::outbox::dsl;
use crate::store::{Database, DbConnection, Lane, StoreError, write};

/// Kind of the outbox rows, and their subject.
pub(super) const KIND: &str = "policy";

/// Puts the policy in force into the outbox when it is not the one that the ledger knows; `true` when it did.
///
/// # Errors
/// The database's, and the ledger's.
pub fn publish(database: &Database, clock: &dyn Clock, view: &LedgerView) -> Result<bool, AnchorError> {
    let digest: [u8; 32] = Sha256::digest(view.policy()).into();
    let first = view.store().genesis()?.policy_digest;
    let day = credit_core::dates::day_number(clock.today());
    let mut connection = database.connection()?;
    let is_new = write(&mut connection, Lane::Anchoring, |connection| {
        let last = last(connection)?;
        let (seq, known) = last.map_or((0, first), |(seq, digest)| (seq, digest));
        if known == digest {
            return Ok::<_, StoreError>(false);
        }
        let draft = Draft::Policy { day: u32::try_from(day).unwrap_or(0), digest };
        let row =
            NewRow { subject: KIND.to_owned(), seq: seq.saturating_add(1), at_ms: clock.now().0, draft };
        outbox::insert(connection, vec![row])?;
        Ok(true)
    })?;
    if is_new {
        tracing::info!(
            digest = hex::encode(digest),
            "the witness policy has changed; its digest is anchored"
        );
    }
    Ok(is_new)
}

/// Number and digest of the last policy that was put into the outbox.
fn last(connection: &mut DbConnection) -> Result<Option<(i64, [u8; 32])>, StoreError> {
    let row = dsl::outbox
        .filter(dsl::kind.eq(KIND))
        .order(dsl::seq.desc())
        .select(outbox::OutboxRow::as_select())
        .first(connection)
        .optional()?;
    row.map(|row| match row.draft()? {
        Draft::Policy { digest, .. } => Ok((row.seq, digest)),
        _ => Err(StoreError::Damaged {
            what: "outbox row",
            key: row.id.to_string(),
            why: "it is of another kind than it says".to_owned(),
        }),
    })
    .transpose()
}
