//! Digests, signatures and keys by the names that XML Signature and E-port give them. The arithmetic is `ring`'s and
//! RustCrypto's.

use bergshamra_c14n::C14nMode;
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use ring::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RsaParameters, UnparsedPublicKey,
};

/// `rsaEncryption`, PKCS #1.
const RSA: &str = "1.2.840.113549.1.1.1";
/// `id-ecPublicKey`, RFC 5480.
#[cfg(feature = "gm")]
const EC: &str = "1.2.840.10045.2.1";
/// The curve of SM2, GM/T 0006.
#[cfg(feature = "gm")]
const SM2_CURVE: &str = "1.2.156.10197.1.301";
/// Bytes of a number of SM2.
#[cfg(feature = "gm")]
const SM2_BYTES: usize = 32;
/// The signer's identity that SM2 hashes in: the one that GM/T 0009 names where there is no other.
#[cfg(feature = "gm")]
const SM2_IDENTITY: &str = "1234567812345678";

/// How the covered bytes are digested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digest {
    Ring(Hash),
    #[cfg(feature = "gm")]
    Sm3,
}

/// A digest of `ring`'s. SHA-1 is what E-port's cards have, with RSA as with SM2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    pub(super) fn of_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2000/09/xmldsig#sha1" => Digest::Ring(Hash::Sha1),
            "http://www.w3.org/2001/04/xmlenc#sha256" => Digest::Ring(Hash::Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => Digest::Ring(Hash::Sha384),
            "http://www.w3.org/2001/04/xmlenc#sha512" => Digest::Ring(Hash::Sha512),
            #[cfg(feature = "gm")]
            "http://www.w3.org/2000/09/xmldsig#sm3" | "http://www.chinaport.gov.cn/2022/04/xmldsig#sm3" => {
                Digest::Sm3
            }
            _ => return None,
        })
    }

    pub(super) fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Digest::Ring(hash) => digest::digest(hash.algorithm(), bytes).as_ref().to_vec(),
            #[cfg(feature = "gm")]
            Digest::Sm3 => {
                use sm3::Digest as _;
                sm3::Sm3::digest(bytes).to_vec()
            }
        }
    }
}

impl Hash {
    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Hash::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => &SHA256,
            Hash::Sha384 => &SHA384,
            Hash::Sha512 => &SHA512,
        }
    }

    /// PKCS #1 v1.5 over this digest. Cards of RSA-SHA1 have keys of 1024 bits; nothing newer may.
    fn rsa(self) -> &'static RsaParameters {
        match self {
            Hash::Sha1 => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
            Hash::Sha384 => &RSA_PKCS1_2048_8192_SHA384,
            Hash::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
        }
    }
}

/// How the signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Rsa(Hash),
    #[cfg(feature = "gm")]
    Sm2Sm3,
}

impl Method {
    pub(super) fn of_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1" => Method::Rsa(Hash::Sha1),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Method::Rsa(Hash::Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Method::Rsa(Hash::Sha384),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Method::Rsa(Hash::Sha512),
            #[cfg(feature = "gm")]
            "http://www.w3.org/2000/09/xmldsig#sm2-sm3"
            | "http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3" => Method::Sm2Sm3,
            _ => return None,
        })
    }

    /// The methods by which an issuer signs certificates and lists (RFC 4055, GM/T 0006). Not SHA-1: who issues
    /// certificates signs what others ask for, and two requests with one digest can be made.
    pub(super) fn of_certificate(oid: &str) -> Option<Self> {
        Some(match oid {
            "1.2.840.113549.1.1.11" => Method::Rsa(Hash::Sha256),
            "1.2.840.113549.1.1.12" => Method::Rsa(Hash::Sha384),
            "1.2.840.113549.1.1.13" => Method::Rsa(Hash::Sha512),
            #[cfg(feature = "gm")]
            "1.2.156.10197.1.501" => Method::Sm2Sm3,
            _ => return None,
        })
    }

    /// As [`Method::verifies`], of a signature as certificates have it.
    pub(super) fn verifies_der(self, key: &Key, bytes: &[u8], signature: &[u8]) -> bool {
        match self {
            Method::Rsa(_) => self.verifies(key, bytes, signature),
            #[cfg(feature = "gm")]
            Method::Sm2Sm3 => {
                r_and_s(signature).is_some_and(|signature| self.verifies(key, bytes, &signature))
            }
        }
    }

    /// Whether the key made this signature over these bytes.
    pub(super) fn verifies(self, key: &Key, bytes: &[u8], signature: &[u8]) -> bool {
        match (self, key) {
            (Method::Rsa(hash), Key::Rsa(key)) => {
                UnparsedPublicKey::new(hash.rsa(), key).verify(bytes, signature).is_ok()
            }
            #[cfg(feature = "gm")]
            (Method::Sm2Sm3, Key::Sm2(key)) => verifies_sm2(key, bytes, signature),
            #[cfg(feature = "gm")]
            _ => false,
        }
    }
}

/// `r ‖ s` of 32 bytes each, as cards write it.
#[cfg(feature = "gm")]
fn verifies_sm2(key: &sm2::dsa::VerifyingKey, bytes: &[u8], signature: &[u8]) -> bool {
    use sm2::dsa::signature::Verifier as _;
    sm2::dsa::Signature::from_slice(signature).is_ok_and(|signature| key.verify(bytes, &signature).is_ok())
}

/// `SEQUENCE { r INTEGER, s INTEGER }`, as certificates have it (GM/T 0009), to `r ‖ s`.
#[cfg(feature = "gm")]
fn r_and_s(der: &[u8]) -> Option<Vec<u8>> {
    use x509_parser::asn1_rs::{FromDer, Integer, Sequence};
    let (after, sequence) = Sequence::from_der(der).ok()?;
    let (rest, r) = Integer::from_der(sequence.content.as_ref()).ok()?;
    let (rest, s) = Integer::from_der(rest).ok()?;
    let mut both = Vec::with_capacity(2 * SM2_BYTES);
    for number in [&r, &s] {
        let digits: &[u8] = number.as_ref();
        let first = digits.iter().position(|byte| *byte != 0).unwrap_or(digits.len());
        let digits = digits.get(first..).unwrap_or_default();
        both.resize(both.len() + SM2_BYTES.checked_sub(digits.len())?, 0);
        both.extend_from_slice(digits);
    }
    (after.is_empty() && rest.is_empty()).then_some(both)
}

/// A public key.
#[derive(Debug, Clone)]
pub(super) enum Key {
    /// `RSAPublicKey` in DER.
    Rsa(Vec<u8>),
    #[cfg(feature = "gm")]
    Sm2(Box<sm2::dsa::VerifyingKey>),
}

impl Key {
    /// The key of a certificate; `None` for one that no method takes.
    pub(super) fn of(certificate: &x509_parser::certificate::X509Certificate<'_>) -> Option<Self> {
        let info = certificate.public_key();
        let bits = info.subject_public_key.data.as_ref();
        match info.algorithm.algorithm.to_id_string().as_str() {
            RSA => Some(Key::Rsa(bits.to_vec())),
            #[cfg(feature = "gm")]
            EC => {
                let curve = info.algorithm.parameters.as_ref()?.as_oid().ok()?;
                if curve.to_id_string() != SM2_CURVE {
                    return None;
                }
                let key = sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_IDENTITY, bits).ok()?;
                Some(Key::Sm2(Box::new(key)))
            }
            _ => None,
        }
    }
}

/// The canonical forms that are made: those without comments, which no reader sees.
pub(super) fn canonical_form(uri: &str) -> Option<C14nMode> {
    C14nMode::from_uri(uri).filter(|mode| !mode.with_comments())
}
