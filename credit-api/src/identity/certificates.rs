//! Certificates of clients: whoever proves in the handshake to have the key of one is the department or institution
//! that its row names, as with a key of no person.
//!
//! The server's TLS has verified that the certificate was issued under `tls_client_ca` and holds. Who that is stands in
//! a row, by the SHA-256 of the certificate (`x5t#S256` of RFC 8705), so that another certificate of the same name is
//! nobody. What is not in the rows, has ended or was revoked is no credential.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::keys::{self, DAYS_MAX};
use super::scopes::Scopes;
use super::users::{self, NAME_CHARS_MAX, line, needs_operator};
use super::{Actor, Identity, IdentityError, Means, SignedIn, events, secrets};
use crate::access::{Audience, Principal};
use crate::store::bulk::{self, Bind};
use crate::store::schema::client_certificates;
use crate::store::{DbConnection, StoreError};

const DAY_MS: i64 = 24 * 60 * 60_000;
/// Bytes of a fingerprint.
const FINGERPRINT_BYTES: usize = 32;

/// The SHA-256 of a certificate in DER, in base64url without padding: `x5t#S256` of RFC 8705.
#[must_use]
pub fn fingerprint(der: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(der))
}

/// A fingerprint as somebody types it: `x5t#S256`, or the hexadecimal digits that OpenSSL prints, with or without
/// colons. Nothing for anything else.
#[must_use]
pub fn read_fingerprint(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.replace(':', "");
    let bytes = match hex::decode(&digits) {
        Ok(bytes) => bytes,
        Err(_) => URL_SAFE_NO_PAD.decode(text).ok()?,
    };
    (bytes.len() == FINGERPRINT_BYTES).then(|| URL_SAFE_NO_PAD.encode(bytes))
}

/// A certificate as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = client_certificates)]
pub struct CertificateRow {
    pub id: String,
    pub fingerprint: String,
    pub name: String,
    pub audience: String,
    pub organisation: Option<String>,
    pub scopes: String,
    pub created_at: i64,
    pub created_by: String,
    pub expires_at: i64,
    pub used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

impl CertificateRow {
    /// `active`, `expired` or `revoked`.
    #[must_use]
    pub fn state(&self, now: i64) -> &'static str {
        match self.revoked_at {
            Some(_) => "revoked",
            None if self.expires_at <= now => "expired",
            None => "active",
        }
    }
}

/// A certificate to be let in.
#[derive(Debug, Clone)]
pub struct NewCertificate {
    pub name: String,
    /// As [`read_fingerprint`] takes it.
    pub fingerprint: String,
    pub audience: Audience,
    pub organisation: Option<String>,
    pub scopes: Scopes,
    /// 1 to 366.
    pub days: i64,
}

impl Identity {
    /// Whose certificate this is, by its fingerprint.
    ///
    /// # Errors
    /// The database's; one that is none, has ended or was revoked is `None`.
    pub fn certificate(&self, fingerprint: &str) -> Result<Option<Arc<SignedIn>>, IdentityError> {
        let now = self.now();
        let known = self.look_up_in(&self.certificates, fingerprint, |connection, _| {
            let query = client_certificates::table.filter(client_certificates::fingerprint.eq(fingerprint));
            let row: Option<CertificateRow> =
                query.select(CertificateRow::as_select()).first(connection).optional()?;
            row.filter(|row| row.state(now) == "active").map(of_row).transpose()
        })?;
        Ok(known.filter(|known| now < known.ends_at))
    }

    /// Whose certificate this is, where that is known and may be relied on.
    #[must_use]
    pub fn recall_certificate(&self, fingerprint: &str) -> Option<Arc<SignedIn>> {
        self.certificates.recall(&secrets::digest(fingerprint), self.trust, self.now())
    }

    /// Lets a certificate in.
    ///
    /// # Errors
    /// [`IdentityError`] says which value cannot be used; for the operator alone.
    pub fn add_certificate(
        &self,
        actor: &Actor,
        new: &NewCertificate,
        also: impl FnOnce(&mut DbConnection, &CertificateRow) -> Result<(), StoreError>,
    ) -> Result<CertificateRow, IdentityError> {
        needs_operator(actor)?;
        let fingerprint = read_fingerprint(&new.fingerprint).ok_or_else(|| {
            IdentityError::field(
                "fingerprint",
                "应为证书的 SHA-256（64 位十六进制，或 x5t#S256）",
                "expected the SHA-256 of the certificate: 64 hexadecimal digits, or x5t#S256",
            )
        })?;
        if !(new.audience.is_department() || matches!(new.audience, Audience::Financier | Audience::Source)) {
            return Err(IdentityError::field(
                "audience",
                "证书须属于部门、金融机构或数据源",
                "a certificate belongs to a department, a financier or a source",
            ));
        }
        let allowed = keys::scopes_of(new.audience);
        if new.scopes.is_empty() || new.scopes.iter().any(|scope| !allowed.has(scope)) {
            return Err(IdentityError::field(
                "scopes",
                format!("该主体的证书可用范围：{allowed}"),
                format!("certificates of this audience may be for: {allowed}"),
            ));
        }
        keys::within("expires_in_days", new.days, 1, DAYS_MAX)?;
        let now = self.now();
        let row = CertificateRow {
            id: secrets::id("crt_")?,
            fingerprint,
            name: line("name", &new.name, NAME_CHARS_MAX)?,
            audience: new.audience.code().to_owned(),
            organisation: users::organisation(new.audience, new.organisation.as_deref())?,
            scopes: new.scopes.to_string(),
            created_at: now,
            created_by: actor.person.clone(),
            expires_at: now + new.days * DAY_MS,
            used_at: None,
            revoked_at: None,
        };
        // What was nobody until now may be remembered as nobody.
        self.change(|connection| {
            let known = client_certificates::table
                .filter(client_certificates::fingerprint.eq(&row.fingerprint))
                .count()
                .get_result::<i64>(connection)?;
            if known > 0 {
                return Err(IdentityError::State {
                    zh: "该证书已登记；撤销过的证书不能再用。",
                    en: "the certificate is on record already; one that was revoked stays so",
                });
            }
            insert(connection, &row)?;
            events::note(connection, now, (&actor.person, "certificate_added", &row.id), &row.scopes)?;
            also(connection, &row)?;
            Ok(())
        })?;
        Ok(row)
    }

    /// Certificates, the newest first, after the id and time of `before`; for the operator and the auditor.
    ///
    /// # Errors
    /// [`IdentityError::NotAllowed`]; the database's.
    pub fn list_certificates(
        &self,
        actor: &Actor,
        before: Option<(i64, &str)>,
        limit: i64,
    ) -> Result<Vec<CertificateRow>, IdentityError> {
        if !matches!(actor.audience, Audience::Operator | Audience::Auditor) {
            return Err(IdentityError::NotAllowed("the operator"));
        }
        let mut query = client_certificates::table.select(CertificateRow::as_select()).into_boxed();
        if let Some((at, id)) = before {
            let same = client_certificates::created_at.eq(at).and(client_certificates::id.lt(id.to_owned()));
            query = query.filter(client_certificates::created_at.lt(at).or(same));
        }
        let order = (client_certificates::created_at.desc(), client_certificates::id.desc());
        Ok(query.order(order).limit(limit).load(&mut *self.connection()?)?)
    }

    /// Revokes a certificate. When this returns, no process lets it in any more.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; revoked already.
    pub fn revoke_certificate(&self, actor: &Actor, id: &str) -> Result<CertificateRow, IdentityError> {
        needs_operator(actor)?;
        let now = self.now();
        self.change(|connection| {
            let query = client_certificates::table.filter(client_certificates::id.eq(id));
            let row: Option<CertificateRow> =
                query.select(CertificateRow::as_select()).first(connection).optional()?;
            let row = row.ok_or(IdentityError::NotFound("certificate"))?;
            if row.revoked_at.is_some() {
                return Err(IdentityError::State {
                    zh: "证书已撤销。",
                    en: "the certificate is revoked already",
                });
            }
            bulk::execute(
                connection,
                "UPDATE client_certificates SET revoked_at = $1, revoked_by = $2 WHERE id = $3",
                [now.into(), actor.person.clone().into(), row.id.clone().into()],
            )?;
            events::note(connection, now, (&actor.person, "certificate_revoked", &row.id), "")?;
            Ok(CertificateRow { revoked_at: Some(now), ..row })
        })
    }
}

fn of_row(row: CertificateRow) -> Result<SignedIn, IdentityError> {
    let damaged = |what: &'static str, found: &str| StoreError::Damaged {
        what,
        key: row.id.clone(),
        why: format!("{found:?} is none"),
    };
    let scopes = Scopes::parse(&row.scopes).ok_or_else(|| damaged("scopes", &row.scopes))?;
    let audience = Audience::of_code(&row.audience).ok_or_else(|| damaged("audience", &row.audience))?;
    let principal = Principal {
        id: format!("certificate:{}", row.id).into(),
        audience,
        organisation: row.organisation.as_deref().map(Arc::from),
        enterprises: Arc::new([]),
    };
    let seen = row.used_at.unwrap_or(0);
    Ok(SignedIn {
        principal,
        means: Means::Certificate { id: row.id.as_str().into(), scopes },
        user: None,
        name: row.name.as_str().into(),
        ends_at: row.expires_at,
        fresh_until: row.expires_at,
        seen_at: AtomicI64::new(seen),
        noted_at: AtomicI64::new(seen),
    })
}

fn insert(connection: &mut DbConnection, row: &CertificateRow) -> Result<(), IdentityError> {
    bulk::execute(
        connection,
        "INSERT INTO client_certificates (id, fingerprint, name, audience, organisation, scopes, created_at, \
         created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            row.id.clone().into(),
            row.fingerprint.clone().into(),
            row.name.clone().into(),
            row.audience.clone().into(),
            Bind::OptionalText(row.organisation.clone()),
            row.scopes.clone().into(),
            row.created_at.into(),
            row.created_by.clone().into(),
            row.expires_at.into(),
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_in_the_spellings_that_tools_print() {
        let wanted = fingerprint(b"a certificate");
        let hex = hex::encode(Sha256::digest(b"a certificate"));
        let pairs: Vec<String> = hex
            .to_uppercase()
            .as_bytes()
            .chunks(2)
            .map(|two| String::from_utf8_lossy(two).into_owned())
            .collect();
        for text in [wanted.clone(), format!(" {hex} "), pairs.join(":")] {
            assert_eq!(read_fingerprint(&text).as_ref(), Some(&wanted), "{text}");
        }
        for text in ["", "00", &"0".repeat(62), "no fingerprint", &"A".repeat(44)] {
            assert_eq!(read_fingerprint(text), None, "{text}");
        }
    }
}
