//! Signing secrets of senders, and whether a body was signed with one, as Standard Webhooks has it.
//!
//! As with the webhooks that are sent, a secret is HMAC-SHA256 of one key file over its user and its id: whoever reads
//! the database, or a backup of it, can sign nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use node::keys::file::KeyFileError;
use subtle::ConstantTimeEq;

use super::store::{self, SecretRow};
use super::{SECRETS_MAX, SingleWindow};
use crate::access::Audience;
use crate::identity::secrets::mac;
use crate::identity::users::UserRow;
use crate::identity::{Actor, IdentityError, events, secrets};
use crate::store::{Lane, StoreError, write};
use crate::webhooks::OVERLAP_HOURS_MAX;
use crate::webhooks::secrets::{SCHEME, mac_over, shown};

const HOUR_MS: i64 = 60 * 60_000;

/// Why a secret was not made, or a signature not looked at.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("{0} is no user of the role source that delivers {source_id}; add one with --audience source --organisation {source_id}", source_id = crate::ceb::SOURCE)]
    NotASource(String),
    #[error("--overlap-hours: expected 0 to {OVERLAP_HOURS_MAX}")]
    Overlap,
    #[error(
        "there are as many live secrets as there may be ({SECRETS_MAX}); end them with --overlap-hours 0"
    )]
    TooMany,
    #[error("the key file of the single window: {0}")]
    Key(#[from] KeyFileError),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for SecretError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What a sender says beside the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub id: String,
    /// Unix time.
    pub seconds: i64,
    /// The header `webhook-signature`.
    pub signatures: String,
}

impl Signed {
    /// Whether one of the signatures is that of one of the secrets. Takes the same time whichever it is.
    #[must_use]
    pub fn is_of(&self, secrets: &[[u8; 32]], body: &[u8]) -> bool {
        let given = || {
            let first = self.signatures.split(' ').take(super::SIGNATURES_MAX);
            first.filter_map(|one| STANDARD.decode(one.strip_prefix(SCHEME)?).ok())
        };
        secrets.iter().fold(false, |found, secret| {
            let expected = mac_over(secret, &self.id, self.seconds, body);
            given().fold(found, |found, given| found | bool::from(given.ct_eq(&expected)))
        })
    }
}

impl SingleWindow {
    /// Makes a secret for a sender, which is shown here and never again. Those before still hold for `overlap_hours`.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn add_secret(
        &self,
        actor: &Actor,
        user: &UserRow,
        overlap_hours: i64,
    ) -> Result<(SecretRow, String), SecretError> {
        let is_source = user.audience == Audience::Source.code()
            && user.organisation.as_deref() == Some(crate::ceb::SOURCE);
        if !is_source {
            return Err(SecretError::NotASource(user.login.clone()));
        }
        if !(0..=OVERLAP_HOURS_MAX).contains(&overlap_hours) {
            return Err(SecretError::Overlap);
        }
        let now = self.now();
        let row = SecretRow {
            id: secrets::id("sw_")?,
            user_id: user.id.clone(),
            created_at: now,
            created_by: actor.person.clone(),
            ends_at: None,
        };
        let text = shown(&self.secret(&row, true)?);
        write(&mut *self.service.database.connection()?, Lane::Bookkeeping, |connection| {
            if overlap_hours > 0 && store::secrets(connection, &row.user_id, now)?.len() >= SECRETS_MAX {
                return Err(SecretError::TooMany);
            }
            store::end_secrets(connection, &row.user_id, now + overlap_hours * HOUR_MS)?;
            store::insert_secret(connection, &row)?;
            events::note(connection, now, (&actor.person, "signing_secret_created", &row.id), &row.user_id)?;
            Ok(())
        })?;
        Ok((row, text))
    }

    /// The secrets of a sender that hold now, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn live_secrets(&self, user: &str) -> Result<Vec<SecretRow>, StoreError> {
        store::secrets(&mut *self.service.database.connection()?, user, self.now())
    }

    /// The bytes that a sender may sign with now; none for one who has no secret.
    ///
    /// # Errors
    /// The database's, and those of the key file.
    pub fn signing(&self, user: &str) -> Result<Vec<[u8; 32]>, SecretError> {
        self.live_secrets(user)?.iter().map(|row| Ok(self.secret(row, false)?)).collect()
    }

    fn secret(&self, row: &SecretRow, make: bool) -> Result<[u8; 32], KeyFileError> {
        let text = format!("xinji single window 1\n{}\n{}", row.user_id, row.id);
        Ok(mac(&self.key.get(make)?[..], text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::secrets::signatures;

    const SECRET: [u8; 32] = [3; 32];
    const OTHER: [u8; 32] = [4; 32];

    fn signed(signatures: String) -> Signed {
        Signed { id: "m1".to_owned(), seconds: 1_795_399_200, signatures }
    }

    #[test]
    fn a_signature_is_good_for_its_secret_id_time_and_body_alone() {
        let good = signed(signatures(&[OTHER, SECRET], "m1", 1_795_399_200, b"body"));
        assert!(good.is_of(&[SECRET], b"body"));
        assert!(good.is_of(&[[9; 32], OTHER], b"body"));
        assert!(!good.is_of(&[[9; 32]], b"body"));
        assert!(!good.is_of(&[], b"body"));
        assert!(!good.is_of(&[SECRET], b"bodY"));
        assert!(!Signed { id: "m2".to_owned(), ..good.clone() }.is_of(&[SECRET], b"body"));
        assert!(!Signed { seconds: 1, ..good }.is_of(&[SECRET], b"body"));
    }

    #[test]
    fn what_is_no_signature_is_none() {
        let good = signatures(&[SECRET], "m1", 1_795_399_200, b"body");
        for bad in ["", "v1,", "v1,AAAA", "v1a,x", good.trim_start_matches("v1,"), &good.replace("v1", "v2")]
        {
            assert!(!signed((*bad).to_owned()).is_of(&[SECRET], b"body"), "{bad}");
        }
        let late = format!("{}{good}", "v1,AAAA ".repeat(super::super::SIGNATURES_MAX));
        assert!(!signed(late).is_of(&[SECRET], b"body"));
    }
}
