//! Whose certificates are taken: issued under `tls_client_ca`, and on no list of `tls_client_crl`, which is read again
//! while the service runs.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use node::tls::{self, TlsError};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use crate::clock::SharedClock;
use crate::config::TlsFiles;

type Lists = Vec<CertificateRevocationListDer<'static>>;

/// Checks certificates with the lists that were read last and could be used.
pub struct Clients {
    ca: PathBuf,
    crl: Option<PathBuf>,
    clock: SharedClock,
    /// Of the authorities, which stay those of the start.
    hints: Vec<DistinguishedName>,
    verifier: RwLock<Arc<dyn ClientCertVerifier>>,
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    /// Those in force.
    lists: Lists,
    /// Why the file could not be used when it was read last.
    unusable: Option<String>,
    /// What was said last.
    said: Option<String>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").field("ca", &self.ca).field("crl", &self.crl).finish_non_exhaustive()
    }
}

impl Clients {
    /// Nothing where no client is asked for a certificate.
    ///
    /// # Errors
    /// [`TlsError`] names the file. A list that is out of date is none: it is said, and refuses every certificate.
    pub fn open(files: &TlsFiles, clock: &SharedClock) -> Result<Option<Self>, TlsError> {
        let Some(ca) = files.client_ca.clone() else { return Ok(None) };
        let crl = files.client_crl.clone();
        let lists = crl.as_deref().map(tls::revoked).transpose()?.unwrap_or_default();
        let verifier = tls::clients(&ca, crl.as_deref().map(|path| (path, lists.as_slice())))?;
        let hints = verifier.root_hint_subjects().to_vec();
        let last = Mutex::new(Last { lists, ..Last::default() });
        let clients = Self { ca, crl, clock: clock.clone(), hints, verifier: RwLock::new(verifier), last };
        clients.say(&mut clients.last());
        Ok(Some(clients))
    }

    /// Reads the lists again, and takes them when they changed and can be used; else those before hold.
    pub fn look(&self) {
        let Some(path) = self.crl.as_deref() else { return };
        let mut last = self.last();
        match tls::revoked(path) {
            Ok(lists) if lists == last.lists => last.unusable = None,
            Ok(lists) => match tls::clients(&self.ca, Some((path, &lists))) {
                Ok(verifier) => {
                    *self.verifier.write().unwrap_or_else(PoisonError::into_inner) = verifier;
                    tracing::info!(lists = lists.len(), "the lists of revoked certificates were replaced");
                    *last = Last { lists, unusable: None, said: last.said.take() };
                }
                Err(error) => last.unusable = Some(error.to_string()),
            },
            Err(error) => last.unusable = Some(error.to_string()),
        }
        self.say(&mut last);
    }

    /// Why certificates of clients are not checked with the lists of the file, or none is taken.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble_of(&self.last())
    }

    fn trouble_of(&self, last: &Last) -> Option<String> {
        let now = self.clock.now().0;
        let ended = last.lists.iter().filter_map(|list| next_update(list)).min();
        let ended = ended.filter(|ended| ended.timestamp_millis() <= now);
        let old = ended.map(|ended| {
            let ended = ended.to_rfc3339_opts(SecondsFormat::Secs, true);
            format!("a list of revoked certificates is out of date since {ended}: no certificate under it is taken")
        });
        let both: Vec<String> = last.unusable.clone().into_iter().chain(old).collect();
        (!both.is_empty()).then(|| both.join("; "))
    }

    /// The same trouble is told once.
    fn say(&self, last: &mut Last) {
        let trouble = self.trouble_of(last);
        if last.said != trouble {
            match &trouble {
                Some(trouble) => {
                    tracing::error!(%trouble, "certificates of clients are NOT checked as they should be")
                }
                None => tracing::info!("the lists of revoked certificates are good again"),
            }
            last.said = trouble;
        }
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn verifier(&self) -> Arc<dyn ClientCertVerifier> {
        Arc::clone(&self.verifier.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ClientCertVerifier for Clients {
    fn client_auth_mandatory(&self) -> bool {
        self.verifier().client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.verifier().verify_client_cert(end_entity, intermediates, now);
        verified.inspect_err(|why| tracing::warn!(%why, "a client's certificate was refused"))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier().verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier().verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier().supported_verify_schemes()
    }
}

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Until when a list holds (RFC 5280, 5.1.2.5): the second time among the parts of what is signed.
fn next_update(list: &[u8]) -> Option<DateTime<Utc>> {
    let (SEQUENCE, list, _) = element(list)? else { return None };
    let (SEQUENCE, mut rest, _) = element(list)? else { return None };
    let mut times = Vec::new();
    while times.len() < 2 {
        let (tag, content, after) = element(rest)?;
        if tag == UTC_TIME || tag == GENERALIZED_TIME {
            times.push((tag, content));
        }
        rest = after;
    }
    let (tag, text) = times.pop()?;
    let text = std::str::from_utf8(text).ok()?;
    let text = match tag {
        // Two digits of the year: 1950 to 2049.
        UTC_TIME if text.get(..1)? < "5" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        _ => text.to_owned(),
    };
    NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok().map(|time| time.and_utc())
}

/// Tag, content, and what follows, of DER.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
