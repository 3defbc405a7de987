//! Those whose signatures count: PEM files of a folder, read at the start and again when they change. A certificate
//! stands for its own key and, where it may issue, for those it issued. Lists of revoked certificates lie beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use x509_parser::pem::Pem;

use super::certificate::Certificate;
use super::revoked::Revoked;
use super::{MAX_CERTIFICATE_FILE_BYTES, MAX_CERTIFICATES};
use crate::folder::{FolderError, Kept, Kind, Text};

const KIND: Kind =
    Kind { what: "certificates of customs messages", ending: "pem", bytes_max: MAX_CERTIFICATE_FILE_BYTES };
/// What stands before a certificate in PEM, and before a list of revoked ones (RFC 7468).
const CERTIFICATE: &str = "CERTIFICATE";
const LIST: &str = "X509 CRL";

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

impl From<FolderError> for CertificatesError {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Empty { path, .. } => Self::Empty(path),
            other => Self::Folder(other),
        }
    }
}

/// The folder. Cheap to clone.
#[derive(Clone, Default)]
pub struct Certificates(Option<Arc<Kept<Trusted>>>);

impl Certificates {
    /// The certificates of a folder; none without one.
    ///
    /// # Errors
    /// [`CertificatesError`] names the file and what is wrong with it.
    pub fn open(folder: Option<&Path>) -> Result<Self, CertificatesError> {
        let Some(folder) = folder else { return Ok(Self::default()) };
        Ok(Self(Some(Arc::new(Kept::open(KIND, Some(folder), Vec::new, Trusted::read)?))))
    }

    /// Those that count now.
    #[must_use]
    pub fn now(&self) -> Arc<Trusted> {
        self.0.as_ref().map(|kept| kept.now()).unwrap_or_default()
    }

    /// Looks at the folder, and takes what is in it when it changed and can be used. Whether it is something else now.
    pub fn look(&self) -> bool {
        self.0.as_ref().is_some_and(|kept| kept.look(Trusted::read))
    }

    /// Why what the folder holds is not in force; nothing when it is.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.0.as_ref().and_then(|kept| kept.trouble())
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Certificates").field(&self.0.is_some()).finish()
    }
}

/// What the folder held when it was read.
#[derive(Debug, Default)]
pub struct Trusted {
    /// By fingerprint.
    certificates: BTreeMap<String, Certificate>,
    /// The newest of each issuer.
    lists: Vec<Revoked>,
}

impl Trusted {
    fn read(texts: &[Text]) -> Result<Self, CertificatesError> {
        let (mut certificates, mut lists) = (BTreeMap::new(), Vec::new());
        for text in texts {
            let refuse = |why: String| CertificatesError::File { file: text.name.clone(), why };
            let parts = parts(text).map_err(refuse)?;
            for part in parts {
                if part.label == LIST {
                    lists.push((&text.name, part.contents));
                } else {
                    let one = certificate(&part.contents).map_err(refuse)?;
                    certificates.insert(one.fingerprint.clone(), one);
                }
            }
        }
        if certificates.len() > MAX_CERTIFICATES {
            return Err(CertificatesError::TooMany);
        }
        let mut trusted = Self { certificates, lists: Vec::new() };
        for (file, der) in lists {
            let list = Revoked::read(&der, trusted.certificates.values());
            trusted.add_list(list.map_err(|why| CertificatesError::File { file: file.clone(), why })?);
        }
        Ok(trusted)
    }

    fn add_list(&mut self, list: Revoked) {
        if !self.lists.iter().any(|other| other.is_of_same(&list) && !list.replaces(other)) {
            self.lists.retain(|other| !list.replaces(other));
            self.lists.push(list);
        }
    }

    /// In the order of their fingerprints.
    pub(super) fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.values()
    }

    pub(super) fn issuers(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates().filter(|one| one.is_issuer())
    }

    pub(super) fn lists(&self) -> impl Iterator<Item = &Revoked> {
        self.lists.iter()
    }

    /// The subject of a configured certificate.
    #[must_use]
    pub fn subject(&self, fingerprint: &str) -> Option<&str> {
        self.certificates.get(fingerprint).map(|certificate| certificate.subject.as_str())
    }
}

/// The certificates and lists of a file.
fn parts(text: &Text) -> Result<Vec<Pem>, String> {
    let mut all = Vec::new();
    for pem in Pem::iter_from_buffer(text.body.as_bytes()) {
        let pem = pem.map_err(|error| format!("not PEM: {error}"))?;
        if pem.label != CERTIFICATE && pem.label != LIST {
            return Err(format!(
                "holds {:?}; expected certificates and lists of revoked ones alone",
                pem.label
            ));
        }
        all.push(pem);
    }
    if all.is_empty() { Err("holds no certificate in PEM".to_owned()) } else { Ok(all) }
}

fn certificate(der: &[u8]) -> Result<Certificate, String> {
    let one = Certificate::read(der).ok_or("a certificate cannot be read")?;
    match one.key {
        Some(_) => Ok(one),
        None => Err("a certificate's key is neither RSA nor, with the feature gm, SM2".to_owned()),
    }
}
