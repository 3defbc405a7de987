//! A signed message, or a signed envelope, against the certificates: what is covered, its digest, and whose key made
//! the signature.

use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use credit_core::dates::Moment;
use uppsala::parser::Parser;
use uppsala::{Document, NodeId};

use super::MAX_SIGNED_BYTES;
use super::certificate::Certificate;
use super::certificates::Trusted;
use super::described::{Covered, Described, XMLDSIG};
use super::issued::{self, Way};
use super::verdict::{Feature, Flaw, Layer, Signed, Verdict};
use crate::ceb::reading::{MAX_DEPTH, Message, reads_as};

/// What is known of a message's signature before its documents' times are looked at.
#[derive(Debug)]
pub struct Checked {
    layer: Layer,
    found: Found,
}

#[derive(Debug)]
enum Found {
    /// Made with a key for which somebody stands.
    By(Vec<Way>),
    Settled(Verdict),
}

/// Verifies the signature of a message, or else that of its envelope; `None` where there is neither.
#[must_use]
pub fn check(message: &Message, trusted: &Trusted) -> Option<Checked> {
    let of = |layer, text: &str| {
        let found = by_whom(text, message, trusted).unwrap_or_else(Found::Settled);
        Checked { layer, found }
    };
    match (&message.signed, &message.signed_envelope) {
        (Some(text), _) => Some(of(Layer::Message, text)),
        (None, Some(text)) => Some(of(Layer::Envelope, text)),
        (None, None) => None,
    }
}

impl Checked {
    /// The verdict on a document of the message, sent at this moment.
    #[must_use]
    pub fn at(&self, moment: Moment) -> Signed {
        let verdict = match &self.found {
            Found::Settled(verdict) => verdict.clone(),
            Found::By(ways) => issued::best_at(ways, moment),
        };
        Signed { layer: self.layer, verdict }
    }
}

fn by_whom(text: &str, message: &Message, trusted: &Trusted) -> Result<Found, Verdict> {
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
    signer(&described, &signed_info, trusted)
}

/// The only signature of a document, right below its root.
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

/// For whom it was made: configured certificates with its key, and issuers of the certificate that the message brings
/// along. That one is nobody's word by itself; it says which of the configured ones is meant.
fn signer(described: &Described, bytes: &[u8], trusted: &Trusted) -> Result<Found, Verdict> {
    let made = |one: &Certificate| {
        one.key.as_ref().is_some_and(|key| described.method.verifies(key, bytes, &described.value))
    };
    let brought: Vec<Certificate> =
        described.certificates.iter().filter_map(|der| Certificate::read(der)).collect();
    let meant =
        |one: &&Certificate| brought.is_empty() || brought.iter().any(|other| other.key_info == one.key_info);
    let by_key: Vec<&Certificate> = brought.iter().filter(|one| made(one)).collect();
    let configured = trusted.certificates().filter(meant).filter(|one| made(one));
    let mut ways: Vec<Way> = configured.map(|one| issued::configured(one, trusted)).collect();
    ways.extend(by_key.iter().filter_map(|one| issued::issued(one, &brought, trusted)));
    if !ways.is_empty() {
        return Ok(Found::By(ways));
    }
    let is_sound = brought.is_empty() || !by_key.is_empty();
    Err(if is_sound { Verdict::UnknownKey } else { Verdict::Invalid(Flaw::Signature) })
}
