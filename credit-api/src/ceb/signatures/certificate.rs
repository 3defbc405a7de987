//! One certificate (X.509, RFC 5280): what is read of it, and what it may do.

use credit_core::dates::Moment;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::parse_x509_certificate;
use x509_parser::time::ASN1Time;

use super::MAX_SUBJECT_CHARS;
use super::algorithms::{Key, Method};

/// What is needed of a certificate.
#[derive(Debug)]
pub(super) struct Certificate {
    /// SHA-256 of its bytes, hexadecimal.
    pub fingerprint: String,
    /// For people.
    pub subject: String,
    /// Bytes of the subject's name.
    pub name: Vec<u8>,
    /// Bytes of the issuer's name.
    pub issuer_name: Vec<u8>,
    pub serial: Vec<u8>,
    /// Bytes of its public key with the algorithm's name.
    pub key_info: Vec<u8>,
    /// Nothing for a key that no method takes.
    pub key: Option<Key>,
    /// First and last moment at which it holds.
    pub holds: (Moment, Moment),
    uses: Uses,
    by_issuer: Signed,
}

/// What a key may be used for (RFC 5280, 4.2.1.3 and 4.2.1.9).
#[derive(Debug)]
struct Uses {
    sign: bool,
    /// How many issuers may stand between it and who signs; nothing where it may not issue.
    issue: Option<u32>,
    sign_lists: bool,
}

/// Bytes with their issuer's signature.
#[derive(Debug)]
pub(super) struct Signed {
    pub bytes: Vec<u8>,
    /// Nothing for one that is not taken.
    pub method: Option<Method>,
    pub value: Vec<u8>,
}

impl Signed {
    /// Whether this key made the signature.
    pub(super) fn is_by(&self, key: &Key) -> bool {
        self.method.is_some_and(|method| method.verifies_der(key, &self.bytes, &self.value))
    }
}

impl Certificate {
    /// Reads a certificate in DER; `None` for what is none.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (rest, x509) = parse_x509_certificate(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let holds = x509.validity();
        Some(Self {
            fingerprint: hex::encode(Sha256::digest(der)),
            subject: x509.subject().to_string().chars().take(MAX_SUBJECT_CHARS).collect(),
            name: x509.subject().as_raw().to_vec(),
            issuer_name: x509.issuer().as_raw().to_vec(),
            serial: x509.raw_serial().to_vec(),
            key_info: x509.public_key().raw.to_vec(),
            key: Key::of(&x509),
            holds: (moment(holds.not_before), moment(holds.not_after)),
            uses: Uses::of(&x509),
            by_issuer: Signed {
                bytes: x509.tbs_certificate.as_ref().to_vec(),
                method: Method::of_certificate(&x509.signature_algorithm.algorithm.to_id_string()),
                value: x509.signature_value.data.to_vec(),
            },
        })
    }

    /// Whether its key may sign a message.
    pub(super) fn may_sign(&self) -> bool {
        self.uses.sign
    }

    /// Whether its key may sign lists of revoked certificates.
    pub(super) fn may_sign_lists(&self) -> bool {
        self.uses.sign_lists
    }

    /// Whether it may issue certificates at all.
    pub(super) fn is_issuer(&self) -> bool {
        self.uses.issue.is_some()
    }

    /// Whether it was issued by this one, with so many issuers between that one and who signs.
    pub(super) fn is_issued_by(&self, issuer: &Certificate, between: usize) -> bool {
        let most = issuer.uses.issue.map_or(0, |most| usize::try_from(most).unwrap_or(usize::MAX));
        issuer.is_issuer()
            && between <= most
            && self.issuer_name == issuer.name
            && issuer.key.as_ref().is_some_and(|key| self.by_issuer.is_by(key))
    }
}

impl Uses {
    /// A certificate with a critical extension that is not understood may nothing (RFC 5280, 4.2).
    fn of(x509: &X509Certificate<'_>) -> Self {
        let nothing = Self { sign: false, issue: None, sign_lists: false };
        let (Ok(constraints), Ok(usage)) = (x509.basic_constraints(), x509.key_usage()) else {
            return nothing;
        };
        let mut extensions = x509.iter_extensions();
        if !extensions.all(|one| !one.critical || is_understood(one.parsed_extension())) {
            return nothing;
        }
        let usage = usage.map(|found| found.value);
        let issue = constraints.map(|found| found.value).filter(|found| found.ca);
        Self {
            sign: usage.is_none_or(|usage| usage.digital_signature() || usage.non_repudiation()),
            issue: issue
                .filter(|_| usage.is_none_or(|usage| usage.key_cert_sign()))
                .map(|found| found.path_len_constraint.unwrap_or(u32::MAX)),
            sign_lists: usage.is_none_or(|usage| usage.crl_sign()),
        }
    }
}

/// Constraints of names and policies, for example, are not looked at.
fn is_understood(extension: &ParsedExtension<'_>) -> bool {
    matches!(
        extension,
        ParsedExtension::BasicConstraints(_)
            | ParsedExtension::KeyUsage(_)
            | ParsedExtension::ExtendedKeyUsage(_)
    )
}

pub(super) fn moment(time: ASN1Time) -> Moment {
    Moment(time.timestamp().saturating_mul(1_000))
}
