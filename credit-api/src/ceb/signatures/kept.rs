//! The verdicts of documents in the database.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Certificates, Layer, Signed, Verdict};
use crate::ceb::gather::Known;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// What is known of a document's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub layer: Layer,
    pub verdict: Verdict,
    /// SHA-256 of the certificate of a valid one, hexadecimal.
    pub certificate: Option<String>,
    /// Its subject, while the certificate is configured; it may be a person's name and is not stored.
    pub subject: Option<String>,
    /// SHA-256 of the configured certificate that issued it.
    pub issuer: Option<String>,
    /// The issuer's subject, while it is configured.
    pub issued_by: Option<String>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    doc_key: String,
    #[diesel(sql_type = Text)]
    signature: String,
}

/// Of the documents with these keys, in the version that is meant, those whose message was signed.
///
/// # Errors
/// The database's.
pub fn of_documents<'a>(
    connection: &mut DbConnection,
    certificates: &Certificates,
    keys: impl Iterator<Item = &'a str>,
    known: Known,
) -> Result<BTreeMap<String, Kept>, StoreError> {
    let keys = keys.map(Bind::from);
    let rows: Vec<Row> = match known {
        Known::Now => bulk::load_rows(
            connection,
            "WITH k (doc_key) AS (",
            1,
            keys,
            ") SELECT d.doc_key, d.signature FROM k CROSS JOIN ceb_documents d \
             WHERE d.doc_key = k.doc_key AND d.known_to IS NULL AND d.signature IS NOT NULL",
        ),
        Known::At(at) => bulk::load_rows(
            connection,
            "WITH k (doc_key, known_at) AS (",
            2,
            keys.flat_map(|key| [key, Bind::Big(at)]),
            ") SELECT d.doc_key, d.signature FROM k CROSS JOIN ceb_documents d \
             WHERE d.doc_key = k.doc_key AND d.known_from <= k.known_at \
             AND (d.known_to IS NULL OR d.known_to > k.known_at) AND d.signature IS NOT NULL",
        ),
    }?;
    let trusted = certificates.now();
    let subject = |one: Option<&String>| one.and_then(|one| trusted.subject(one)).map(str::to_owned);
    let kept = |row: Row| {
        let Signed { layer, verdict } = Signed::read(&row.signature)?;
        let (certificate, issuer) = match &verdict {
            Verdict::Valid { certificate, issuer } => (Some(certificate.clone()), issuer.clone()),
            _ => (None, None),
        };
        let (holder, issued_by) = (subject(certificate.as_ref()), subject(issuer.as_ref()));
        Some((row.doc_key, Kept { layer, verdict, certificate, subject: holder, issuer, issued_by }))
    };
    Ok(rows.into_iter().filter_map(kept).collect())
}
