//! Customs messages to trees of elements: XML files, or ZIP archives of them, with or without transport envelope.
//!
//! [`open`] tells XML from ZIP by the content. Then each message is read by itself: its bytes, its text (`text`), its
//! elements (`tree`), out of its envelope (`message`); one that cannot be read costs itself. Nothing here knows which
//! elements a message should have.

mod archive;
mod error;
mod limits;
mod message;
mod names;
mod namespaces;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod text;
mod tree;
mod write;

use std::io::{Read, SeekFrom};

use credit_core::ceb::Element;

use crate::intake::readers::ReadSeek;
use archive::Archive;
pub use error::{Broken, OpenError};
use error::{Fault, Problem};
pub use limits::{Limits, MAX_DEPTH};
pub use write::write_message;

/// Bytes by which a file's kind is told.
const HEAD_BYTES: u64 = 4096;

/// A message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The file's name in the archive, cleaned: for people, not for paths.
    pub part: Option<String>,
    /// Physical line of the root's start tag in the decoded message.
    pub line: u64,
    /// Local name of the root, such as `CEB311Message`.
    pub root: String,
    /// The root's attribute `guid`.
    pub guid: Option<String>,
    /// The root's attribute `version`.
    pub version: Option<String>,
    /// The business elements.
    pub items: Vec<Element>,
    /// `BaseTransfer`; of several the first.
    pub transfer: Option<Element>,
    /// What the envelope said, if there was one.
    pub envelope: Option<Envelope>,
    /// The decoded text of a message that holds an XML signature, as it was read; `ceb::signatures` verifies it.
    pub signed: Option<String>,
    /// The same of an envelope that holds an XML signature of its own.
    pub signed_envelope: Option<String>,
}

/// What `DxpMsg/TransInfo` says of a message's transport.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// `CopMsgId`
    pub copy_message_id: Option<String>,
    /// `SenderId`
    pub sender_id: Option<String>,
    /// `MsgType`
    pub message_type: Option<String>,
}

enum Source {
    Plain(Option<Box<dyn ReadSeek>>),
    Archive(Box<Archive>),
}

/// The messages of a file, of which one at a time is held.
pub struct Messages {
    source: Source,
    total_bytes: u64,
    limits: Limits,
}

/// Opens a file of messages: one XML document, or a ZIP archive with a message in each file. `total_bytes` is its size.
///
/// # Errors
/// The file is refused whole: it is empty, unreadable, neither XML nor ZIP, or its list of parts is damaged, too long
/// or ambiguous.
pub fn open(mut file: Box<dyn ReadSeek>, total_bytes: u64, limits: Limits) -> Result<Messages, OpenError> {
    let head = head_of(&mut file).map_err(|_| OpenError::Io)?;
    let source = match head.as_slice() {
        [] => return Err(OpenError::Empty),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => return Err(OpenError::Utf16),
        head if message::looks_like_archive(head) => {
            Source::Archive(Box::new(Archive::open(file, total_bytes, &limits)?))
        }
        head if text::looks_like_xml(head) => Source::Plain(Some(file)),
        _ => return Err(OpenError::Kind),
    };
    Ok(Messages { source, total_bytes, limits })
}

fn head_of(file: &mut Box<dyn ReadSeek>) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(HEAD_BYTES).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(head)
}

impl Messages {
    /// How far reading has come, of [`Messages::total_bytes`].
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        match &self.source {
            Source::Plain(Some(_)) => 0,
            Source::Plain(None) => self.total_bytes,
            Source::Archive(archive) => archive.bytes_read(),
        }
    }

    /// Bytes of the file.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }
}

/// Whether the bytes that a signature covers are read as this message. On which lines it stands does not count.
#[must_use]
pub fn reads_as(bytes: Vec<u8>, message: &Message) -> bool {
    message::read(bytes, &Limits::default()).is_ok_and(|covered| {
        let head = |message: &Message| (message.root.clone(), message.guid.clone(), message.version.clone());
        head(&covered) == head(message)
            && covered.envelope.is_none_or(|envelope| Some(envelope) == message.envelope)
            && same_all(&covered.items, &message.items)
            && same_all(covered.transfer.as_slice(), message.transfer.as_slice())
    })
}

fn same_all(left: &[Element], right: &[Element]) -> bool {
    let same = |(left, right): (&Element, &Element)| {
        left.name == right.name && left.text == right.text && same_all(&left.children, &right.children)
    };
    left.len() == right.len() && left.iter().zip(right).all(same)
}

impl Iterator for Messages {
    type Item = Result<Message, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let (part, bytes) = match &mut self.source {
            Source::Plain(file) => match whole(file.take()?, &self.limits) {
                Ok(bytes) => (None, bytes),
                Err(problem) => return Some(Err(Broken::new(None, Fault::whole(problem)))),
            },
            Source::Archive(archive) => match archive.next(&self.limits)? {
                Ok(part) => part,
                Err(broken) => return Some(Err(broken)),
            },
        };
        Some(match message::read(bytes, &self.limits) {
            Ok(message) => Ok(Message { part, ..message }),
            Err(fault) => Err(Broken::new(part, fault)),
        })
    }
}

/// A file's bytes, unless they are too many.
fn whole(file: Box<dyn ReadSeek>, limits: &Limits) -> Result<Vec<u8>, Problem> {
    let most = u64::try_from(limits.part_bytes).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| Problem::Io)?;
    if bytes.len() > limits.part_bytes { Err(Problem::PartBytes(limits.part_bytes)) } else { Ok(bytes) }
}
