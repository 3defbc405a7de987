//! A file of customs messages into documents, sales and orders: one transaction, as with every file.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::ceb::{self, MessageKind};
use credit_core::records::{ErrorCode, Expected, FieldError};

use super::keep::{self, Placed};
use super::keys::BuyerKeys;
use super::reading::{self, Broken, Limits, Message};
use super::signatures::{self, Trusted};
use super::stored::StoredDocument;
use super::{SOURCE, joins, judge};
use crate::clock::Clock;
use crate::intake::evidence::{Evidence, Stored};
use crate::intake::keep::{Kept, Provenance};
use crate::intake::quarantine::Quarantine;
use crate::intake::readers::FileError;
use crate::intake::receive::{Progress, ReceiveError, Summary, mark_dirty};
use crate::intake::recording::{self, Counts};
use crate::intake::rollup::Touched;
use crate::single_window::receipts::Receipts;
use crate::store::{DbConnection, Lane, write};

/// Documents taken to the database together.
const CHUNK_DOCUMENTS: usize = 2_000;
/// Join keys of documents whose sales are not judged yet. A sale whose documents come farther apart than that is judged
/// more than once; memory does not grow with the file.
const TOUCHED_MAX: usize = 50_000;

/// Receives a sealed file.
///
/// # Errors
/// [`ReceiveError`]; nothing of the file is then in the database, but a refusal is on record.
pub fn receive(
    connection: &mut DbConnection,
    evidence: &Evidence,
    clock: &dyn Clock,
    stored: &Stored,
    name: &str,
    progress: Progress<'_>,
) -> Result<Summary, ReceiveError> {
    let keys = &evidence.buyer_keys(clock.now())?;
    let trusted = evidence.certificates().now();
    let file = Box::new(evidence.open(stored)?);
    let opened = reading::open(file, stored.bytes, Limits::default()).map_err(|error| FileError::Messages {
        code: error.code(),
        zh: error.zh(),
        en: error.en(),
    });
    let outcome = opened.map_err(ReceiveError::from).and_then(|messages| {
        write(connection, Lane::Intake, |connection| {
            if let Some(same) = recording::same(connection, stored)? {
                return Ok(same);
            }
            take_file(connection, clock, (keys, &trusted), messages, (stored, name), progress)
        })
    });
    match &outcome {
        Err(ReceiveError::Refused(error)) => {
            recording::refuse(connection, clock, stored, name, error)?;
            evidence.remove(stored)?;
        }
        Ok(_) => evidence.done_with(stored)?,
        // The job, or whoever sent it, may try again.
        Err(_) => {}
    }
    outcome
}

/// State of a file while its messages go in.
struct Taking<'a> {
    connection: &'a mut DbConnection,
    keys: &'a BuyerKeys,
    trusted: &'a Trusted,
    from: Provenance,
    chunk: Vec<Placed>,
    touched: BTreeSet<String>,
    orders: Touched,
    kept: Kept,
    total: u64,
    quarantine: Quarantine,
    seq: i64,
    unknown: BTreeMap<String, u64>,
    /// Of a batch whose sender is told what became of each message.
    receipts: Option<Receipts>,
}

fn take_file(
    connection: &mut DbConnection,
    clock: &dyn Clock,
    (keys, trusted): (&BuyerKeys, &Trusted),
    mut messages: reading::Messages,
    (stored, name): (&Stored, &str),
    progress: Progress<'_>,
) -> Result<Summary, ReceiveError> {
    let from = recording::begin(connection, clock, stored, (SOURCE, SOURCE), name)?;
    let receipts = Receipts::wanted(connection, &stored.digest)?;
    let mut taking = Taking {
        receipts,
        connection,
        keys,
        trusted,
        quarantine: Quarantine::of(&from),
        from,
        chunk: Vec::new(),
        touched: BTreeSet::new(),
        orders: Touched::default(),
        kept: Kept::default(),
        total: 0,
        seq: 0,
        unknown: BTreeMap::new(),
    };
    let mut readable = Readable::default();
    while let Some(message) = messages.next() {
        match message {
            Ok(message) => {
                readable.any = true;
                taking.message(&message);
            }
            Err(broken) => {
                // A file that is one message is refused as a whole (ruling E8).
                readable.or_refused(&broken)?;
                taking.broken(&broken);
            }
        }
        if taking.chunk.len() >= CHUNK_DOCUMENTS || taking.quarantine.is_full() {
            taking.flush()?;
        }
        if taking.touched.len() >= TOUCHED_MAX {
            taking.judge()?;
        }
        if !progress(messages.bytes_read(), messages.total_bytes(), taking.total) {
            return Err(ReceiveError::Cancelled);
        }
    }
    // Each message of a pushed batch has its own receipt, whatever is wrong with the others.
    if taking.receipts.is_none() {
        readable.check()?;
    }
    taking.flush()?;
    taking.judge()?;
    finish(taking, stored, name)
}

/// Whether a file holds a message at all.
#[derive(Default)]
struct Readable {
    any: bool,
    /// What is wrong with the first part of an archive.
    first: Option<(String, String)>,
}

impl Readable {
    fn or_refused(&mut self, broken: &Broken) -> Result<(), FileError> {
        if broken.part().is_none() {
            return Err(FileError::Messages { code: broken.code(), zh: broken.zh(), en: broken.en() });
        }
        self.first.get_or_insert_with(|| (broken.zh(), broken.en()));
        Ok(())
    }

    /// An archive without any message is no file of this source.
    fn check(self) -> Result<(), FileError> {
        let Some((zh, en)) = self.first.filter(|_| !self.any) else { return Ok(()) };
        Err(FileError::Messages {
            code: ErrorCode::Type,
            zh: format!("压缩包内没有工作簿，也没有可读的海关报文。其中第一个文件：{zh}"),
            en: format!(
                "The archive holds neither a workbook nor a readable customs message. Its first file: {en}"
            ),
        })
    }
}

impl Taking<'_> {
    fn message(&mut self, message: &Message) {
        if let (Some(receipts), Some(part)) = (&mut self.receipts, &message.part) {
            receipts.seen(part);
        }
        let Some(kind) = MessageKind::of_root(&message.root) else {
            self.total += 1;
            let error = FieldError::new("", ErrorCode::Enum, &message.root, known_messages());
            return self.reject(message, message.line, &[error]);
        };
        // What is wrong with a signature costs nothing else: it is kept as what it is (ADR 44).
        let signature = signatures::check(message, self.trusted);
        for item in &message.items {
            self.total += 1;
            match ceb::read(kind, item) {
                Ok(document) => {
                    for (name, count) in &document.unknown {
                        *self.unknown.entry(name.clone()).or_insert(0) += count;
                    }
                    self.seq += 1;
                    let stored = StoredDocument::of(&document, self.keys);
                    let sent_at = stored.sent_at();
                    self.chunk.push(Placed {
                        document: stored,
                        signature: signature.as_ref().map(|signature| signature.at(sent_at)),
                        part: message.part.clone().unwrap_or_default(),
                        line: line_of(document.line),
                        seq: self.seq,
                    });
                }
                Err(errors) => self.reject(message, item.line, &errors),
            }
        }
    }

    /// A message that cannot be read costs itself.
    fn broken(&mut self, broken: &Broken) {
        self.total += 1;
        let expected = Expected::Stated { zh: broken.zh().into(), en: broken.en().into() };
        let error = FieldError::new("", broken.code(), "", expected);
        self.reject_at(broken.part().unwrap_or_default(), "", broken.line(), &[error]);
    }

    fn reject(&mut self, message: &Message, line: u64, errors: &[FieldError]) {
        self.reject_at(message.part.as_deref().unwrap_or_default(), &message.root, line, errors);
    }

    /// The quarantine names the place; the element itself may hold a buyer's data.
    fn reject_at(&mut self, part: &str, root: &str, line: u64, errors: &[FieldError]) {
        let raw: Vec<&str> = [part, root].into_iter().filter(|text| !text.is_empty()).collect();
        self.quarantine.reject(line_of(line), &raw.join(" "), errors);
        if let Some(receipts) = &mut self.receipts {
            receipts.refused(part, line_of(line), errors);
        }
    }

    fn flush(&mut self) -> Result<(), ReceiveError> {
        let chunk = std::mem::take(&mut self.chunk);
        let receipts = &mut self.receipts;
        let mut told = |placed: &Placed, fate| {
            if let Some(receipts) = receipts {
                receipts.kept(&placed.part, fate, joins::of(&placed.document));
            }
        };
        self.kept.add(keep::keep(self.connection, &self.from, chunk, &mut self.touched, &mut told)?);
        self.quarantine.flush(self.connection)?;
        Ok(())
    }

    /// Judges the sales of what was kept since.
    fn judge(&mut self) -> Result<(), ReceiveError> {
        let touched = std::mem::take(&mut self.touched);
        Ok(judge::touched(self.connection, &self.from, &touched, &mut self.orders)?)
    }
}

fn finish(taking: Taking<'_>, stored: &Stored, name: &str) -> Result<Summary, ReceiveError> {
    let Taking { connection, from, mut orders, kept, total, quarantine, unknown, receipts, .. } = taking;
    let rejected = quarantine.rejected;
    orders.write(connection)?;
    let dirty: BTreeSet<String> = orders.enterprises.iter().map(ToString::to_string).collect();
    mark_dirty(connection, from.known_from, &dirty)?;
    if let Some(receipts) = receipts {
        receipts.write(connection, from.known_from)?;
    }
    recording::close(connection, &from, stored, &Counts { total, rejected, kept, extra: &unknown })?;
    Ok(Summary {
        batch_id: from.batch_id,
        source: SOURCE.to_owned(),
        dialect: SOURCE.to_owned(),
        file_name: name.to_owned(),
        file_digest: stored.digest.clone(),
        bytes: stored.bytes,
        rows_total: total,
        rows_new: kept.new,
        rows_superseding: kept.superseding,
        rows_unchanged: kept.unchanged,
        rows_rejected: rejected,
        extra_columns: unknown,
        same_as: None,
    })
}

fn known_messages() -> Expected {
    let known: Vec<&str> = MessageKind::ALL.iter().map(|kind| kind.root()).collect();
    let known = known.join(", ");
    Expected::Stated { zh: format!("应为 {known} 之一").into(), en: format!("one of {known}").into() }
}

fn line_of(line: u64) -> i64 {
    i64::try_from(line).unwrap_or(i64::MAX)
}
