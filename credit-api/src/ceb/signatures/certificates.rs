//! The certificates of those whose signatures count: PEM files of a folder, read at the start.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use credit_core::dates::Moment;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;
use x509_parser::pem::Pem;

use super::algorithms::Key;
use super::{MAX_CERTIFICATE_FILE_BYTES, MAX_CERTIFICATES, MAX_SUBJECT_CHARS};
use crate::folder::{FolderError, Kind, Text};

const KIND: Kind =
    Kind { what: "certificates of customs messages", ending: "pem", bytes_max: MAX_CERTIFICATE_FILE_BYTES };
/// What stands before a certificate in PEM (RFC 7468).
const LABEL: &str = "CERTIFICATE";

/// Why a folder of certificates is refused.
#[derive(Debug, thiserror::Error)]
pub enum CertificatesError {
    #[error(transparent)]
    Folder(FolderError),
    #[error("{0}: no file *.pem in it; leave the setting empty where no certificate is known")]
    Empty(PathBuf),
    #[error("more than {MAX_CERTIFICATES} certificates")]
    TooMany,
    #[error("{file}: {why}")]
    File { file: String, why: String },
}

/// A certificate that is trusted as it stands, without its issuer.
#[derive(Debug)]
pub(super) struct Certificate {
    /// SHA-256 of its bytes, hexadecimal.
    pub fingerprint: String,
    subject: String,
    /// Bytes of its public key with the algorithm's name.
    pub key_info: Vec<u8>,
    pub key: Key,
    /// First and last moment at which it holds.
    pub holds: (Moment, Moment),
}

/// Those that are configured. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Certificates(Arc<BTreeMap<String, Arc<Certificate>>>);

impl Certificates {
    /// The certificates of a folder; none without one.
    ///
    /// # Errors
    /// [`CertificatesError`] names the file and what is wrong with it.
    pub fn open(folder: Option<&Path>) -> Result<Self, CertificatesError> {
        let Some(folder) = folder else { return Ok(Self::default()) };
        let texts = KIND.read(folder).map_err(|error| match error {
            FolderError::Empty { path, .. } => CertificatesError::Empty(path),
            other => CertificatesError::Folder(other),
        })?;
        let mut all = BTreeMap::new();
        for text in &texts {
            for certificate in
                read(text).map_err(|why| CertificatesError::File { file: text.name.clone(), why })?
            {
                all.insert(certificate.fingerprint.clone(), Arc::new(certificate));
            }
        }
        if all.len() > MAX_CERTIFICATES { Err(CertificatesError::TooMany) } else { Ok(Self(Arc::new(all))) }
    }

    /// In the order of their fingerprints.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.0.values()
    }

    /// The subject of a configured certificate.
    #[must_use]
    pub fn subject(&self, fingerprint: &str) -> Option<&str> {
        self.0.get(fingerprint).map(|certificate| certificate.subject.as_str())
    }
}

fn read(text: &Text) -> Result<Vec<Certificate>, String> {
    let mut all = Vec::new();
    for pem in Pem::iter_from_buffer(text.body.as_bytes()) {
        let pem = pem.map_err(|error| format!("not PEM: {error}"))?;
        if pem.label != LABEL {
            return Err(format!("holds {:?}; expected certificates alone", pem.label));
        }
        all.push(certificate(&pem.contents)?);
    }
    if all.is_empty() { Err("holds no certificate in PEM".to_owned()) } else { Ok(all) }
}

/// What is needed of a certificate in DER.
fn certificate(der: &[u8]) -> Result<Certificate, String> {
    let x509 = parse(der).ok_or("a certificate cannot be read")?;
    let key = Key::of(&x509).ok_or("a certificate's key is neither RSA nor, with the feature gm, SM2")?;
    let holds = x509.validity();
    let moment = |seconds: i64| Moment(seconds.saturating_mul(1_000));
    Ok(Certificate {
        fingerprint: hex::encode(Sha256::digest(der)),
        subject: x509.subject().to_string().chars().take(MAX_SUBJECT_CHARS).collect(),
        key_info: x509.public_key().raw.to_vec(),
        key,
        holds: (moment(holds.not_before.timestamp()), moment(holds.not_after.timestamp())),
    })
}

/// The public key of a certificate that a message brings along: its bytes, and the key where a method takes it. Such
/// a certificate is nobody's word; it says only which of the configured ones is meant.
pub(super) fn key_of(der: &[u8]) -> Option<(Vec<u8>, Option<Key>)> {
    let x509 = parse(der)?;
    Some((x509.public_key().raw.to_vec(), Key::of(&x509)))
}

fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    parse_x509_certificate(der).ok().filter(|(rest, _)| rest.is_empty()).map(|(_, x509)| x509)
}
