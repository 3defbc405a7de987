//! Messages read, typed and stripped of what is a buyer's by a thread of their own, ahead of the database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use credit_core::ceb::{self, MessageKind};
use credit_core::records::{ErrorCode, Expected, FieldError};

use super::keep::Placed;
use super::keys::BuyerKeys;
use super::reading::{Broken, Message, Messages};
use super::signatures::{self, Trusted};
use super::stored;

/// Documents sent at a time, or those of one message when they are more; and batches that may wait.
const BATCH_DOCUMENTS: usize = 500;
const BATCHES: usize = 2;

/// A message as it was read.
pub(super) struct Read {
    /// The file's name in the archive; empty for a file of one message.
    pub part: Arc<str>,
    /// Local name of the root; empty for a message that cannot be read.
    pub root: String,
    pub items: Result<Vec<Item>, Broken>,
    /// How far reading had come, in bytes of the file.
    pub bytes_read: u64,
}

/// A business element of a message.
pub(super) enum Item {
    Document(Box<Placed>),
    Rejected { line: i64, errors: Vec<FieldError> },
}

/// What holds for all messages of a file.
#[derive(Clone, Copy)]
pub(super) struct Zone<'a> {
    pub keys: &'a BuyerKeys,
    pub trusted: &'a Trusted,
}

/// Elements that no table knows, with how often they stand in the file.
pub(super) type Unknown = BTreeMap<String, u64>;

/// Gives `take` all messages of a file in their order; its first error ends the reading.
///
/// # Errors
/// What `take` returns, or that no thread can be had.
pub(super) fn each_message<E: From<std::io::Error>>(
    messages: Messages,
    zone: Zone<'_>,
    mut take: impl FnMut(Read) -> Result<(), E>,
) -> Result<Unknown, E> {
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(BATCHES);
        let reader = std::thread::Builder::new()
            .name("messages".to_owned())
            .spawn_scoped(scope, move || read_all(messages, zone, &sender))?;
        // When `take` fails the receiver goes, which ends the reader.
        for batch in receiver {
            for message in batch {
                take(message)?;
            }
        }
        reader.join().map_err(|panic| std::panic::resume_unwind(panic))
    })
}

fn read_all(mut messages: Messages, zone: Zone<'_>, sender: &SyncSender<Vec<Read>>) -> Unknown {
    let (mut unknown, mut batch, mut documents) = (Unknown::new(), Vec::new(), 0);
    while let Some(message) = messages.next() {
        let bytes_read = messages.bytes_read();
        let read = match message {
            Ok(message) => read(message, zone, bytes_read, &mut unknown),
            Err(broken) => {
                let part = broken.part().unwrap_or_default().into();
                Read { part, root: String::new(), items: Err(broken), bytes_read }
            }
        };
        // A message that is no document is something to do, too.
        documents += read.items.as_ref().map_or(1, |items| items.len().max(1));
        batch.push(read);
        if documents >= BATCH_DOCUMENTS {
            documents = 0;
            if sender.send(std::mem::take(&mut batch)).is_err() {
                return unknown;
            }
        }
    }
    // Nobody waits for it where taking has failed.
    let _ = sender.send(batch);
    unknown
}

fn read(message: Message, zone: Zone<'_>, bytes_read: u64, unknown: &mut Unknown) -> Read {
    let part: Arc<str> = message.part.as_deref().unwrap_or_default().into();
    let items = match MessageKind::of_root(&message.root) {
        Some(kind) => items(&message, kind, zone, (&part, unknown)),
        None => {
            let error = FieldError::new("", ErrorCode::Enum, &message.root, known_messages());
            vec![Item::Rejected { line: line_of(message.line), errors: vec![error] }]
        }
    };
    Read { part, root: message.root, items: Ok(items), bytes_read }
}

fn items(
    message: &Message,
    kind: MessageKind,
    zone: Zone<'_>,
    (part, unknown): (&Arc<str>, &mut Unknown),
) -> Vec<Item> {
    // What is wrong with a signature costs nothing else: it is kept as what it is (ADR 44).
    let signature = signatures::check(message, zone.trusted);
    let mut items = Vec::with_capacity(message.items.len());
    for element in &message.items {
        items.push(match ceb::read(kind, element) {
            Ok(document) => {
                for (name, count) in &document.unknown {
                    *unknown.entry(name.clone()).or_insert(0) += count;
                }
                let line = line_of(document.line);
                let document = stored::of(&document, zone.keys);
                let signature = signature.as_ref().map(|one| one.at(document.sent_at()).to_string());
                Item::Document(Box::new(Placed::new(document, signature, Arc::clone(part), line)))
            }
            Err(errors) => Item::Rejected { line: line_of(element.line), errors },
        });
    }
    items
}

fn known_messages() -> Expected {
    let known: Vec<&str> = MessageKind::ALL.iter().map(|kind| kind.root()).collect();
    let known = known.join(", ");
    Expected::Stated { zh: format!("应为 {known} 之一").into(), en: format!("one of {known}").into() }
}

/// A line as rows have it.
pub(super) fn line_of(line: u64) -> i64 {
    i64::try_from(line).unwrap_or(i64::MAX)
}
