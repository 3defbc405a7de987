//! XML signatures of customs messages (XML Signature 1.0, W3C 2000/09): verified against the certificates of a
//! configured folder. What comes of it is a fact about the message and no gate. `docs/adr/0044-xml-signatures.md` has
//! what is verified and what is not.
//!
//! [`certificates`] are those that are trusted, [`certificate`] is one of them, [`revoked`] a list of what no longer
//! counts, [`issued`] the way from a signer to one that is trusted; [`described`] reads what a signature says of
//! itself; [`check`] makes the covered bytes canonical and compares; [`algorithms`] have digests and keys;
//! [`verdict`] is the outcome, and [`kept`] finds it again.

mod algorithms;
mod certificate;
mod certificates;
mod check;
mod described;
mod issued;
pub mod kept;
mod revoked;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod verdict;

pub use certificates::{Certificates, CertificatesError, Trusted};
pub use check::{Checked, check};
pub use verdict::{Feature, Flaw, Layer, Signed, Verdict};

/// Bytes of a signed message that is verified; it is held as a tree. Messages of a hundred orders have up to five
/// million.
pub const MAX_SIGNED_BYTES: usize = 8 * 1024 * 1024;
/// Certificates of the folder. A signature that names none is tried with each.
pub const MAX_CERTIFICATES: usize = 256;
/// Bytes of a file of certificates; a list of revoked ones of a large issuer has some million.
pub const MAX_CERTIFICATE_FILE_BYTES: u64 = 8 * 1024 * 1024;
/// Issuers between who signed and one that is configured.
pub const MAX_ISSUERS_BETWEEN: usize = 3;
/// Certificates in a signature that are looked at: the signer's own and those of its issuers.
pub const MAX_NAMED_CERTIFICATES: usize = 8;
/// Bytes of a certificate, a digest or a signature in its Base64.
pub const MAX_BASE64_BYTES: usize = 64 * 1024;
/// Characters of a certificate's subject that are shown.
pub const MAX_SUBJECT_CHARS: usize = 200;
