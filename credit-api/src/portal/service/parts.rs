//! Forms that bring files along (`multipart/form-data`, RFC 7578).

use std::collections::HashMap;

use actix_multipart::{Field, Multipart};
use actix_web::web::BytesMut;
use futures_util::StreamExt;

use super::forms::Fields;
use crate::cases::files::FILE_BYTES_MAX;

/// Most parts of a form, most files among them, and the longest text field in bytes.
const PARTS_MAX: usize = 40;
const FILES_MAX: usize = 5;
const FIELD_BYTES_MAX: usize = 32 * 1024;

/// A file as it was brought; its name means nothing.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What a form brought.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub fields: Fields,
    pub uploads: Vec<Upload>,
    /// A file, a text or the form as a whole is over its limit, or ends in the middle. What came after is not here.
    pub is_too_large: bool,
}

/// Most of a form that is over its limits and is read all the same, bytes: a browser that is cut off while it sends
/// shows no answer.
const DRAINED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Reads a form to its end; what is over a limit is not kept.
pub(super) async fn read(mut form: Multipart) -> Parts {
    let (parts, rest) = read_parts(&mut form).await;
    if rest == Rest::Unread {
        drain(&mut form).await;
    }
    parts
}

async fn drain(form: &mut Multipart) {
    let mut bytes = 0_usize;
    while let Some(Ok(mut part)) = form.next().await {
        while let Some(Ok(piece)) = part.next().await {
            bytes = bytes.saturating_add(piece.len());
            if bytes > DRAINED_BYTES_MAX {
                return;
            }
        }
    }
}

/// What is behind the parts that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// The end, or an error, after which a form must not be asked again.
    Nothing,
    Unread,
}

async fn read_parts(form: &mut Multipart) -> (Parts, Rest) {
    let (mut fields, mut uploads) = (HashMap::new(), Vec::new());
    let too_large = |fields, uploads| (Parts { fields, uploads, is_too_large: true }, Rest::Unread);
    for _ in 0..PARTS_MAX {
        let mut part = match form.next().await {
            Some(Ok(part)) => part,
            // A form that ends in the middle has lost what came after.
            Some(Err(_)) => return (too_large(fields, uploads).0, Rest::Nothing),
            None => return (Parts { fields, uploads, is_too_large: false }, Rest::Nothing),
        };
        let disposition = part.content_disposition();
        let name = disposition.and_then(|told| told.get_name()).unwrap_or_default().to_owned();
        let file = disposition.and_then(|told| told.get_filename()).map(str::to_owned);
        let limit = if file.is_some() { FILE_BYTES_MAX } else { FIELD_BYTES_MAX };
        let Some(bytes) = bytes_of(&mut part, limit).await else { return too_large(fields, uploads) };
        match file {
            // A browser sends an empty part for a field in which no file was chosen.
            Some(_) if bytes.is_empty() => {}
            Some(_) if uploads.len() == FILES_MAX => return too_large(fields, uploads),
            Some(name) => uploads.push(Upload { name, bytes: bytes.to_vec() }),
            None => {
                fields.insert(name, String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
            }
        }
    }
    too_large(fields, uploads)
}

/// The bytes of a part; nothing when they are more than the limit or end too soon.
async fn bytes_of(part: &mut Field, limit: usize) -> Option<BytesMut> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = part.next().await {
        let piece = piece.ok()?;
        if bytes.len().saturating_add(piece.len()) > limit {
            return None;
        }
        bytes.extend_from_slice(&piece);
    }
    Some(bytes)
}
