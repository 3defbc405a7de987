//! A file of customs messages into documents, sales and orders: one transaction, as with every file.

use std::collections::BTreeSet;

use credit_core::records::{ErrorCode, Expected, FieldError};

use super::ahead::{self, Item, Unknown, Zone, line_of};
use super::keep::{self, Placed};
use super::reading::{self, Broken, Limits};
use super::unjudged::{Pace, Unjudged};
use super::{SOURCE, judge};
use crate::clock::Clock;
use crate::intake::evidence::{Evidence, Stored};
use crate::intake::keep::{Kept, Provenance};
use crate::intake::quarantine::Quarantine;
use crate::intake::readers::FileError;
use crate::intake::receive::{Progress, ReceiveError, Summary, mark_dirty};
use crate::intake::recording::{self, Counts};
use crate::intake::rollup::Touched;
use crate::single_window::receipts::Receipts;
use crate::store::{DbConnection, Lane, StoreError, write};

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
    receive_at(Pace::default(), connection, (evidence, clock), stored, name, progress)
}

/// As [`receive`], at a pace.
///
/// # Errors
/// [`ReceiveError`].
pub(super) fn receive_at(
    pace: Pace,
    connection: &mut DbConnection,
    (evidence, clock): (&Evidence, &dyn Clock),
    stored: &Stored,
    name: &str,
    progress: Progress<'_>,
) -> Result<Summary, ReceiveError> {
    let keys = &evidence.buyer_keys(clock.now())?;
    let trusted = &evidence.certificates().now();
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
            let zone = Zone { keys, trusted };
            let mut taking = Taking::begin(connection, clock, pace, (stored, name))?;
            let unknown = take_all(&mut taking, zone, messages, progress)?;
            finish(taking, unknown, stored, name)
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
    from: Provenance,
    pace: Pace,
    chunk: Vec<Placed>,
    unjudged: Unjudged,
    orders: Touched,
    kept: Kept,
    total: u64,
    quarantine: Quarantine,
    seq: i64,
    /// Of a batch whose sender is told what became of each message.
    receipts: Option<Receipts>,
}

impl<'a> Taking<'a> {
    fn begin(
        connection: &'a mut DbConnection,
        clock: &dyn Clock,
        pace: Pace,
        (stored, name): (&Stored, &str),
    ) -> Result<Self, StoreError> {
        let from = recording::begin(connection, clock, stored, (SOURCE, SOURCE), name)?;
        Ok(Self {
            receipts: Receipts::wanted(connection, &stored.digest)?,
            connection,
            quarantine: Quarantine::of(&from),
            from,
            pace,
            chunk: Vec::new(),
            unjudged: Unjudged::new(pace),
            orders: Touched::default(),
            kept: Kept::default(),
            total: 0,
            seq: 0,
        })
    }
}

/// Takes all messages of a file. Returns which elements no table knows.
fn take_all(
    taking: &mut Taking<'_>,
    zone: Zone<'_>,
    messages: reading::Messages,
    progress: Progress<'_>,
) -> Result<Unknown, ReceiveError> {
    let mut readable = Readable::default();
    let total_bytes = messages.total_bytes();
    let unknown = ahead::each_message(messages, zone, |message| {
        let bytes_read = message.bytes_read;
        match message.items {
            Ok(items) => {
                readable.any = true;
                taking.message(&message.part, &message.root, items);
            }
            Err(broken) => {
                // A file that is one message is refused as a whole (ruling E8).
                readable.or_refused(&broken)?;
                taking.broken(&broken);
            }
        }
        if taking.chunk.len() >= taking.pace.chunk || taking.quarantine.is_full() {
            taking.flush()?;
        }
        match progress(bytes_read, total_bytes, taking.total) {
            true => Ok(()),
            false => Err(ReceiveError::Cancelled),
        }
    })?;
    // Each message of a pushed batch has its own receipt, whatever is wrong with the others.
    if taking.receipts.is_none() {
        readable.check()?;
    }
    taking.flush()?;
    taking.judge()?;
    Ok(unknown)
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
    fn message(&mut self, part: &str, root: &str, items: Vec<Item>) {
        if let Some(receipts) = self.receipts.as_mut().filter(|_| !part.is_empty()) {
            receipts.seen(part);
        }
        for item in items {
            self.total += 1;
            match item {
                Item::Document(placed) => {
                    self.seq += 1;
                    self.chunk.push(Placed { seq: self.seq, ..*placed });
                }
                Item::Rejected { line, errors } => self.reject_at(part, root, line, &errors),
            }
        }
    }

    /// A message that cannot be read costs itself.
    fn broken(&mut self, broken: &Broken) {
        self.total += 1;
        let expected = Expected::Stated { zh: broken.zh().into(), en: broken.en().into() };
        let error = FieldError::new("", broken.code(), "", expected);
        self.reject_at(broken.part().unwrap_or_default(), "", line_of(broken.line()), &[error]);
    }

    /// The quarantine names the place; the element itself may hold a buyer's data.
    fn reject_at(&mut self, part: &str, root: &str, line: i64, errors: &[FieldError]) {
        let raw: Vec<&str> = [part, root].into_iter().filter(|text| !text.is_empty()).collect();
        self.quarantine.reject(line, &raw.join(" "), errors);
        if let Some(receipts) = &mut self.receipts {
            receipts.refused(part, line, errors);
        }
    }

    fn flush(&mut self) -> Result<(), ReceiveError> {
        let chunk = std::mem::take(&mut self.chunk);
        let receipts = &mut self.receipts;
        let mut told = |placed: &Placed, fate| {
            if let Some(receipts) = receipts {
                receipts.kept(&placed.part, fate, &placed.keys);
            }
        };
        self.kept.add(keep::keep(self.connection, &self.from, chunk, &mut self.unjudged, &mut told)?);
        self.quarantine.flush(self.connection)?;
        if self.unjudged.is_much() { self.judge() } else { Ok(()) }
    }

    /// Judges the sales of what was kept since.
    fn judge(&mut self) -> Result<(), ReceiveError> {
        let unjudged = std::mem::replace(&mut self.unjudged, Unjudged::new(self.pace));
        Ok(judge::unjudged(self.connection, &self.from, &unjudged, &mut self.orders)?)
    }
}

fn finish(
    taking: Taking<'_>,
    unknown: Unknown,
    stored: &Stored,
    name: &str,
) -> Result<Summary, ReceiveError> {
    let Taking { connection, from, mut orders, kept, total, quarantine, receipts, .. } = taking;
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
