//! What a signature says of itself: how it was made, over what, and by whose certificate. Only the one form that
//! E-port's clients write is read: the whole message, enveloped, in a canonical form without comments.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bergshamra_c14n::C14nMode;
use uppsala::{Document, NodeId};

use super::algorithms::{Digest, Method, canonical_form};
use super::verdict::{Feature, Flaw, Verdict};
use super::{MAX_BASE64_BYTES, MAX_NAMED_CERTIFICATES};

/// The namespace of XML Signature 1.0.
pub(super) const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Names of the attribute by which a reference may name the root.
const ID_ATTRIBUTES: [&str; 3] = ["Id", "ID", "id"];

/// What the reference covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covered {
    /// `URI=""`: everything, what stands around the root too.
    Document,
    /// `URI="#…"`, the root's own id.
    Root,
}

/// A signature as it describes itself.
#[derive(Debug)]
pub(super) struct Described {
    pub signed_info: NodeId,
    /// Of `SignedInfo`.
    pub canonical: C14nMode,
    pub method: Method,
    pub covered: Covered,
    /// Of what is covered.
    pub content_canonical: C14nMode,
    pub digest: Digest,
    pub digest_value: Vec<u8>,
    pub value: Vec<u8>,
    /// Certificates that it brings along, in DER.
    pub certificates: Vec<Vec<u8>>,
}

type Read<T> = Result<T, Verdict>;

const STRUCTURE: Verdict = Verdict::Invalid(Flaw::Structure);

impl Described {
    /// Reads the signature at this place.
    ///
    /// # Errors
    /// What is wrong with it, or is not supported.
    pub(super) fn of(document: &Document<'_>, signature: NodeId) -> Read<Self> {
        let parts = elements(document, signature)?;
        let [signed_info, value, rest @ ..] = &parts[..] else { return Err(STRUCTURE) };
        is(document, *signed_info, "SignedInfo")?;
        is(document, *value, "SignatureValue")?;
        let certificates = match rest {
            [] => Vec::new(),
            [key_info] if name_of(document, *key_info) == Some("KeyInfo") => named(document, *key_info)?,
            // An `Object` would be content of its own.
            _ => return Err(Verdict::Unsupported(Feature::Reference)),
        };
        let parts = elements(document, *signed_info)?;
        let [canonical, method, references @ ..] = &parts[..] else { return Err(STRUCTURE) };
        is(document, *canonical, "CanonicalizationMethod")?;
        is(document, *method, "SignatureMethod")?;
        let reference = match references {
            [] => return Err(STRUCTURE),
            [reference] => *reference,
            _ => return Err(Verdict::Unsupported(Feature::Reference)),
        };
        is(document, reference, "Reference")?;
        let covered = covered(document, reference)?;
        let [transforms, digest, digest_value] = elements(document, reference)?[..] else {
            // Without transforms the signature would cover itself.
            return Err(Verdict::Unsupported(Feature::Transform));
        };
        is(document, transforms, "Transforms")?;
        is(document, digest, "DigestMethod")?;
        is(document, digest_value, "DigestValue")?;
        let unsupported = Verdict::Unsupported(Feature::Algorithm);
        Ok(Self {
            signed_info: *signed_info,
            canonical: canonical_form(algorithm(document, *canonical)?).ok_or(unsupported.clone())?,
            method: Method::of_uri(algorithm(document, *method)?).ok_or(unsupported.clone())?,
            covered,
            content_canonical: content_canonical(document, transforms)?,
            digest: Digest::of_uri(algorithm(document, digest)?).ok_or(unsupported)?,
            digest_value: base64(document, digest_value)?,
            value: base64(document, *value)?,
            certificates,
        })
    }
}

/// The whole message, or nothing: no other document is fetched, no part of this one is looked for.
fn covered(document: &Document<'_>, reference: NodeId) -> Read<Covered> {
    let unsupported = Verdict::Unsupported(Feature::Reference);
    let uri = document.get_attribute(reference, "URI").ok_or(unsupported.clone())?;
    if uri.is_empty() {
        return Ok(Covered::Document);
    }
    let id = uri.strip_prefix('#').filter(|id| !id.is_empty()).ok_or(unsupported.clone())?;
    let root = document.document_element().ok_or(STRUCTURE)?;
    let plain = ID_ATTRIBUTES.iter().filter_map(|name| document.get_attribute(root, name));
    let ids: Vec<&str> = plain.chain(document.get_attribute_ns(root, XML, "id")).collect();
    if ids.contains(&id) { Ok(Covered::Root) } else { Err(unsupported) }
}

/// Enveloped signature, then a canonical form; without one it is Canonical XML 1.0 (XML Signature, 4.4.3.2).
fn content_canonical(document: &Document<'_>, transforms: NodeId) -> Read<C14nMode> {
    let unsupported = Verdict::Unsupported(Feature::Transform);
    let all = elements(document, transforms)?;
    let mut uris = Vec::with_capacity(all.len());
    for one in all {
        is(document, one, "Transform")?;
        uris.push(algorithm(document, one).map_err(|_| unsupported.clone())?);
    }
    match uris[..] {
        [ENVELOPED] => Ok(C14nMode::Inclusive),
        [ENVELOPED, form] => canonical_form(form).ok_or(unsupported),
        _ => Err(unsupported),
    }
}

/// The certificates in `KeyInfo`; what else is there does not count.
fn named(document: &Document<'_>, key_info: NodeId) -> Read<Vec<Vec<u8>>> {
    let data = document.child_elements_by_name_ns(key_info, XMLDSIG, "X509Data");
    let all = data
        .into_iter()
        .flat_map(|data| document.child_elements_by_name_ns(data, XMLDSIG, "X509Certificate"));
    all.take(MAX_NAMED_CERTIFICATES).map(|one| base64(document, one)).collect()
}

/// The children that are elements, between which nothing but white space may stand.
fn elements(document: &Document<'_>, parent: NodeId) -> Read<Vec<NodeId>> {
    let mut all = Vec::new();
    for child in document.children_iter(parent) {
        if document.element(child).is_some() {
            all.push(child);
        } else if document.text_content(child).is_some_and(|text| !text.trim().is_empty()) {
            return Err(STRUCTURE);
        }
    }
    Ok(all)
}

fn name_of<'d>(document: &'d Document<'_>, element: NodeId) -> Option<&'d str> {
    let name = &document.element(element)?.name;
    (name.namespace_uri.as_deref() == Some(XMLDSIG)).then_some(name.local_name.as_ref())
}

fn is(document: &Document<'_>, element: NodeId, name: &str) -> Read<()> {
    if name_of(document, element) == Some(name) { Ok(()) } else { Err(STRUCTURE) }
}

/// The algorithm that an element names; one with parameters is none that is supported.
fn algorithm<'d>(document: &'d Document<'_>, element: NodeId) -> Read<&'d str> {
    if !elements(document, element)?.is_empty() {
        return Err(Verdict::Unsupported(Feature::Algorithm));
    }
    document.get_attribute(element, "Algorithm").ok_or(STRUCTURE)
}

fn base64(document: &Document<'_>, element: NodeId) -> Read<Vec<u8>> {
    if document.children_iter(element).any(|child| document.element(child).is_some()) {
        return Err(STRUCTURE);
    }
    let mut text = document.text_content_deep(element);
    text.retain(|c| !c.is_ascii_whitespace());
    if text.len() > MAX_BASE64_BYTES {
        return Err(STRUCTURE);
    }
    STANDARD.decode(text).map_err(|_| STRUCTURE)
}
