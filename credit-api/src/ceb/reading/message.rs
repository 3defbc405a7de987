//! A document's bytes to its message, out of its envelope if it has one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credit_core::ceb::Element;

use super::error::{Fault, Problem};
use super::limits::Limits;
use super::text::{decode, looks_like_xml};
use super::tree::{self, DATA, Document, Kind, TRANS_INFO, Wanted};
use super::{Envelope, Message};

/// How an archive begins: one with parts, an empty one, one of several volumes.
const ARCHIVE_MARKS: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];
/// The direct child of a message that names the sender of the transport.
const BASE_TRANSFER: &str = "BaseTransfer";

/// Whether bytes are a ZIP archive.
pub(super) fn looks_like_archive(bytes: &[u8]) -> bool {
    ARCHIVE_MARKS.iter().any(|mark| bytes.starts_with(mark))
}

/// The message that a file or a part is.
pub(super) fn read(bytes: Vec<u8>, limits: &Limits) -> Result<Message, Fault> {
    let (document, text) = document(bytes, limits, true)?;
    match document.kind {
        Kind::Message => Ok(message(document, text, None)),
        Kind::Envelope => {
            let signed_envelope = document.signed.then_some(text);
            let (envelope, bytes) = unwrap(document.root)?;
            let (document, text) = self::document(bytes, limits, false)?;
            Ok(Message { signed_envelope, ..message(document, text, Some(envelope)) })
        }
    }
}

/// A document and its decoded text.
fn document(bytes: Vec<u8>, limits: &Limits, envelope: bool) -> Result<(Document, String), Fault> {
    if looks_like_archive(&bytes) {
        return Err(Fault::whole(Problem::Nested));
    }
    if !looks_like_xml(&bytes) {
        return Err(Fault::whole(Problem::NotXml));
    }
    let wanted = Wanted { limits, bytes: bytes.len(), envelope };
    let text = decode(bytes)?;
    Ok((tree::read(&text, wanted)?, text))
}

fn message(document: Document, text: String, envelope: Option<Envelope>) -> Message {
    let Document { root, guid, version, signed, .. } = document;
    let signed = signed.then_some(text);
    let (mut items, mut transfer) = (root.children, None);
    items.retain_mut(|item| {
        let business = item.name != BASE_TRANSFER;
        if !business && transfer.is_none() {
            transfer = Some(std::mem::take(item));
        }
        business
    });
    let (line, root) = (root.line, root.name);
    let signed_envelope = None;
    Message { part: None, line, root, guid, version, items, transfer, envelope, signed, signed_envelope }
}

/// What an envelope says, and the bytes of the message in it.
fn unwrap(root: Element) -> Result<(Envelope, Vec<u8>), Fault> {
    let mut envelope = Envelope::default();
    let mut data = None;
    for child in root.children {
        if child.name == TRANS_INFO {
            envelope = origin(&child.children);
        } else if child.name == DATA {
            if data.is_some() || !child.children.is_empty() {
                return Err(Fault { line: child.line, problem: Problem::EnvelopeData });
            }
            data = Some(child);
        }
    }
    let data = data.ok_or(Fault { line: root.line, problem: Problem::EnvelopeData })?;
    let mut base64 = data.text.into_bytes();
    base64.retain(|byte| !byte.is_ascii_whitespace());
    if base64.is_empty() {
        return Err(Fault { line: data.line, problem: Problem::EnvelopeData });
    }
    let bytes =
        STANDARD.decode(&base64).map_err(|_| Fault { line: data.line, problem: Problem::EnvelopeBase64 })?;
    Ok((envelope, bytes))
}

fn origin(fields: &[Element]) -> Envelope {
    let field = |name: &str| {
        let field = fields.iter().find(|field| field.name == name)?;
        let text = field.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    Envelope {
        copy_message_id: field("CopMsgId"),
        sender_id: field("SenderId"),
        message_type: field("MsgType"),
    }
}
