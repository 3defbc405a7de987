//! A signed message against the certificates: what is covered, its digest, and whose key made the signature.

use std::sync::Arc;

use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use credit_core::dates::Moment;
use uppsala::parser::Parser;
use uppsala::{Document, NodeId};

use super::MAX_SIGNED_BYTES;
use super::certificates::{Certificate, Certificates, key_of};
use super::described::{Covered, Described, XMLDSIG};
use super::verdict::{Feature, Flaw, Verdict};
use crate::ceb::reading::{MAX_DEPTH, Message, reads_as};

/// What is known of a message's signature before its documents' times are looked at.
#[derive(Debug)]
pub enum Checked {
    /// Made with the key of these certificates; a renewed certificate may have the key of the one before.
    By(Vec<ByCertificate>),
    Settled(Verdict),
}

/// A certificate that fits.
#[derive(Debug)]
pub struct ByCertificate(Arc<Certificate>);

/// Verifies the signature of a message; `None` for a message without one.
#[must_use]
pub fn check(message: &Message, certificates: &Certificates) -> Option<Checked> {
    let text = message.signed.as_deref()?;
    Some(by_whom(text, message, certificates).unwrap_or_else(Checked::Settled))
}

impl Checked {
    /// The verdict on a document of the message, sent at this moment.
    #[must_use]
    pub fn at(&self, moment: Moment) -> Verdict {
        match self {
            Checked::Settled(verdict) => verdict.clone(),
            Checked::By(all) => {
                let holding = all.iter().find(|one| one.0.holds.0 <= moment && moment <= one.0.holds.1);
                match holding {
                    Some(one) => Verdict::Valid(one.0.fingerprint.clone()),
                    None if all.iter().any(|one| one.0.holds.1 < moment) => Verdict::Invalid(Flaw::Expired),
                    None => Verdict::Invalid(Flaw::TooEarly),
                }
            }
        }
    }
}

fn by_whom(text: &str, message: &Message, certificates: &Certificates) -> Result<Checked, Verdict> {
    if text.len() > MAX_SIGNED_BYTES {
        return Err(Verdict::Unsupported(Feature::Size));
    }
    // The reader refused document types and depth before; this is another parser, and asked the same.
    let parser =
        Parser::new().with_max_depth(u32::try_from(MAX_DEPTH).unwrap_or(u32::MAX)).with_forbid_dtd(true);
    let document = parser.parse(text).map_err(|_| Verdict::Invalid(Flaw::Reading))?;
    let signature = the_one(&document)?;
    let described = Described::of(&document, signature)?;
    digest(&document, signature, &described, message)?;
    let signed_info = NodeSet::tree_without_comments(described.signed_info, &document);
    let signed_info = canonical(&document, described.canonical, &signed_info)?;
    signer(&described, &signed_info, certificates)
}

/// The only signature of a message, right below its root.
fn the_one(document: &Document<'_>) -> Result<NodeId, Verdict> {
    let root = document.document_element().ok_or(Verdict::Invalid(Flaw::Structure))?;
    let all = document.get_elements_by_tag_name_ns(XMLDSIG, "Signature");
    match all[..] {
        [one] if document.parent(one) == Some(root) => Ok(one),
        [_, _, ..] => Err(Verdict::Invalid(Flaw::Several)),
        _ => Err(Verdict::Invalid(Flaw::Structure)),
    }
}

/// The message without its signature has the digest that was signed, and reads as what was taken.
fn digest(
    document: &Document<'_>,
    signature: NodeId,
    described: &Described,
    message: &Message,
) -> Result<(), Verdict> {
    let root = document.document_element().ok_or(Verdict::Invalid(Flaw::Structure))?;
    let covered = match described.covered {
        Covered::Document => NodeSet::all_without_comments(document),
        Covered::Root => NodeSet::tree_without_comments(root, document),
    };
    let covered = covered.subtract(&NodeSet::tree_with_comments(signature, document));
    let bytes = canonical(document, described.content_canonical, &covered)?;
    if described.digest.of(&bytes) != described.digest_value {
        return Err(Verdict::Invalid(Flaw::Digest));
    }
    if reads_as(bytes, message) { Ok(()) } else { Err(Verdict::Invalid(Flaw::Reading)) }
}

fn canonical(document: &Document<'_>, form: C14nMode, nodes: &NodeSet) -> Result<Vec<u8>, Verdict> {
    canonicalize_doc::<&str>(document, form, Some(nodes), &[]).map_err(|_| Verdict::Invalid(Flaw::Structure))
}

/// The configured certificates whose key made it. One that the message brings along says which of them is meant.
fn signer(described: &Described, bytes: &[u8], certificates: &Certificates) -> Result<Checked, Verdict> {
    let verifies = |key| described.method.verifies(key, bytes, &described.value);
    let brought: Vec<_> = described.certificates.iter().filter_map(|der| key_of(der)).collect();
    let meant = |one: &&Arc<Certificate>| {
        brought.is_empty() || brought.iter().any(|(key_info, _)| *key_info == one.key_info)
    };
    let candidates: Vec<&Arc<Certificate>> = certificates.iter().filter(meant).collect();
    let fitting: Vec<ByCertificate> = candidates
        .iter()
        .filter(|one| verifies(&one.key))
        .map(|one| ByCertificate(Arc::clone(one)))
        .collect();
    if !fitting.is_empty() {
        return Ok(Checked::By(fitting));
    }
    let sound = brought.is_empty() || brought.iter().any(|(_, key)| key.as_ref().is_some_and(verifies));
    Err(if sound { Verdict::UnknownKey } else { Verdict::Invalid(Flaw::Signature) })
}
