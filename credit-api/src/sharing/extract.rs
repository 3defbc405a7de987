//! Extracts: the granted blocks of all enterprises as files, with a signed manifest.
//!
//! One state of the database is read a page at a time, so that memory does not grow with the zone. What is in the files
//! is in the access log, a row for each enterprise, before the files can be had. The manifest is the text of a signed
//! note (C2SP signed-note) by the keys that sign the log's checkpoints: `manifest.json`, an empty line, `manifest.sig`.
//! No checkpoint begins with a brace, so that neither is ever taken for the other.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::extract_rows::{Open, Page, csv_cells, csv_header};
use super::feed;
use super::requests::StandingRequest;
use crate::access::{Ask, Subject};
use crate::access_log::Row;
use crate::evaluation::view::rfc3339;
use crate::service::Service;
use crate::store::bulk::{self, Bind};
use crate::store::schema::extracts;
use crate::store::{DbConnection, StoreError, read_only};

/// The folder in the data folder.
pub const FOLDER: &str = "extracts";
/// The files of an extract, in the order in which they are named.
pub const FILES: [&str; 4] = ["extract.ndjson", "extract.csv", "manifest.json", "manifest.sig"];
/// Form of the manifest.
pub const FORMAT: &str = "xinji-extract-1";
/// Longest manifest, bytes: it has no part that grows with the zone, and with its signatures it is a note that is read.
pub const MANIFEST_BYTES_MAX: usize = 112 * 1024;

/// An extract as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = extracts)]
pub struct Extract {
    pub id: String,
    pub request_id: String,
    pub audience: String,
    pub organisation: String,
    pub asked_by: String,
    pub asked_at: i64,
    pub job_id: String,
    /// When it could be had; nothing before.
    pub made_at: Option<i64>,
    /// Number of the last change that it holds.
    pub as_of: Option<i64>,
    pub enterprises: Option<i64>,
    pub files_removed_at: Option<i64>,
}

/// Why an extract is not made.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    #[error("nothing of what was granted is open to the department now")]
    NothingOpen,
    #[error("stopped")]
    Stopped,
    #[error("the files of the extract cannot be written: {0}")]
    Io(#[from] io::Error),
    #[error("the files of the extract cannot be written: {0}")]
    Csv(#[from] csv::Error),
    #[error("the manifest cannot be signed: {0}")]
    Sign(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for ExtractError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

impl From<serde_json::Error> for ExtractError {
    fn from(error: serde_json::Error) -> Self {
        Self::Io(error.into())
    }
}

/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<Extract>, StoreError> {
    Ok(extracts::table
        .filter(extracts::id.eq(id))
        .select(Extract::as_select())
        .first(connection)
        .optional()?)
}

/// Writes the row of an extract that is to be made; to be called in the transaction of its job.
///
/// # Errors
/// The database's.
pub fn insert(connection: &mut DbConnection, extract: &Extract) -> Result<(), StoreError> {
    let row = extract.clone();
    bulk::execute(
        connection,
        "INSERT INTO extracts (id, request_id, audience, organisation, asked_by, asked_at, job_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            row.id.into(),
            row.request_id.into(),
            row.audience.into(),
            row.organisation.into(),
            row.asked_by.into(),
            row.asked_at.into(),
            row.job_id.into(),
        ],
    )?;
    Ok(())
}

/// Where the files of an extract lie.
#[must_use]
pub fn folder_of(service: &Service, id: &str) -> PathBuf {
    service.config.data.join(FOLDER).join(id)
}

/// Where they lie while they are made.
#[must_use]
pub fn part_of(service: &Service, id: &str) -> PathBuf {
    folder_of(service, id).with_extension("part")
}

/// How a manifest is signed: its text to the lines of the signatures.
pub type Sign<'a> = &'a dyn Fn(&str) -> Result<String, String>;

#[derive(Serialize)]
struct Manifest<'a> {
    format: &'static str,
    origin: &'a str,
    extract: &'a str,
    request: &'a str,
    audience: &'a str,
    organisation: &'a str,
    purpose: &'a str,
    /// What is in the files, and how much of it.
    blocks: Vec<String>,
    made_at: String,
    /// Where to go on in the feed: everything up to there is in the files.
    as_of: String,
    enterprises: u64,
    scorecard: &'a str,
    scorecard_digest: String,
    files: Vec<FileEntry>,
    /// The log's newest checkpoint, with its signatures.
    checkpoint: Option<String>,
}

#[derive(Serialize)]
struct FileEntry {
    name: &'static str,
    sha256: String,
    bytes: u64,
    rows: u64,
}

/// What an extract is made with.
pub struct Making<'a> {
    pub service: &'a Service,
    pub extract: &'a Extract,
    pub request: &'a StandingRequest,
    pub sign: Sign<'a>,
    /// The log's newest checkpoint.
    pub checkpoint: Option<String>,
    /// The cursor of a change, as the feed gives it.
    pub cursor: &'a dyn Fn(i64) -> String,
    /// Told how many enterprises are done; answers whether to go on.
    pub progress: &'a dyn Fn(u64) -> bool,
}

impl Making<'_> {
    /// Writes the files, the looks, and last that it is made. What an attempt that was stopped left is made anew.
    ///
    /// # Errors
    /// [`ExtractError`]; no file can be had then.
    pub fn make(&self) -> Result<u64, ExtractError> {
        let (service, place) = (self.service, folder_of(self.service, &self.extract.id));
        if place.exists() {
            return self.record(&place);
        }
        let part = part_of(self.service, &self.extract.id);
        if part.exists() {
            fs::remove_dir_all(&part)?;
        }
        fs::create_dir_all(&part)?;
        let open = self.open()?;
        let (entries, as_of, enterprises) = read_only(&mut *service.database.connection()?, |connection| {
            self.rows(connection, &part, &open)
        })?;
        let text = self.manifest(&open, entries, as_of, enterprises)?;
        let lines = (self.sign)(&text).map_err(ExtractError::Sign)?;
        for (name, content) in [(FILES[2], &text), (FILES[3], &lines)] {
            let mut file = File::create(part.join(name))?;
            file.write_all(content.as_bytes())?;
            file.sync_all()?;
        }
        fs::write(part.join("as_of"), format!("{as_of} {enterprises}"))?;
        File::open(&part)?.sync_all()?;
        fs::rename(&part, &place)?;
        File::open(service.config.data.join(FOLDER))?.sync_all()?;
        self.record(&place)
    }

    /// The granted blocks that the rules open now.
    fn open(&self) -> Result<Open, ExtractError> {
        let (Some(who), Some(purpose)) = (self.request.department(), self.request.known_purpose()) else {
            return Err(ExtractError::NothingOpen);
        };
        let decided = self.request.granted_blocks().into_iter().map(|block| {
            let ask = Ask::new(&who, block, Some(purpose), Subject::Many);
            (block, self.service.rules.decide(&ask).outcome, self.service.rules.is_public(&ask))
        });
        let open: Vec<_> = decided.filter(|(_, outcome, _)| outcome.is_allowed()).collect();
        if open.is_empty() { Err(ExtractError::NothingOpen) } else { Ok(Open::new(open)) }
    }

    fn rows(
        &self,
        connection: &mut DbConnection,
        part: &Path,
        open: &Open,
    ) -> Result<(Vec<FileEntry>, i64, u64), ExtractError> {
        let as_of = feed::last(connection)?;
        let mut lines = Counted::create(&part.join(FILES[0]))?;
        let mut table = Counted::create(&part.join(FILES[1]))?;
        // Spreadsheets take UTF-8 for the local encoding unless told.
        table.write_all("\u{feff}".as_bytes())?;
        let mut table = csv::Writer::from_writer(table);
        table.write_record(csv_header(open))?;
        let (mut last, mut done) = (String::new(), 0u64);
        let today = self.service.clock.today();
        loop {
            let page = Page::after(connection, &last, open, today)?;
            let Some(end) = page.rows.last() else { break };
            last = end.uscc.clone();
            for row in &page.rows {
                serde_json::to_writer(&mut lines, row)?;
                lines.write_all(b"\n")?;
                table.write_record(csv_cells(open, row))?;
            }
            done += u64::try_from(page.rows.len()).unwrap_or(0);
            self.log(&page, open)?;
            if !(self.progress)(done) {
                return Err(ExtractError::Stopped);
            }
        }
        let table = table.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        Ok((vec![lines.entry(FILES[0], done)?, table.entry(FILES[1], done)?], as_of, done))
    }

    /// One look at each enterprise of a page, in one commit.
    fn log(&self, page: &Page, open: &Open) -> Result<(), StoreError> {
        let at_ms = self.service.clock.now().0;
        let rows = page.rows.iter().filter_map(|row| {
            let shown = open.looks(row);
            (!shown.is_empty()).then(|| Row {
                at_ms,
                request: self.extract.id.clone(),
                who: self.extract.asked_by.clone(),
                audience: self.extract.audience.clone(),
                organisation: Some(self.extract.organisation.clone()),
                uscc: Some(row.uscc.clone()),
                purpose: Some(self.request.purpose.clone()),
                consent: None,
                shown,
                refused: String::new(),
                result: None,
                status: 200,
            })
        });
        let rows: Vec<Row> = rows.collect();
        self.service.access_log.write(rows)
    }

    fn manifest(
        &self,
        open: &Open,
        files: Vec<FileEntry>,
        as_of: i64,
        enterprises: u64,
    ) -> Result<String, ExtractError> {
        let card = &self.service.card;
        let manifest = Manifest {
            format: FORMAT,
            origin: &self.service.config.log_origin,
            extract: &self.extract.id,
            request: &self.request.id,
            audience: &self.request.audience,
            organisation: &self.request.organisation,
            purpose: &self.request.purpose,
            blocks: open.codes(),
            made_at: rfc3339(self.service.clock.now().0),
            as_of: (self.cursor)(as_of),
            enterprises,
            scorecard: &card.id,
            scorecard_digest: hex::encode(card.digest()),
            files,
            checkpoint: self.checkpoint.clone(),
        };
        let text = format!("{}\n", serde_json::to_string_pretty(&manifest)?);
        if text.len() > MANIFEST_BYTES_MAX {
            return Err(ExtractError::Io(io::Error::from(io::ErrorKind::FileTooLarge)));
        }
        Ok(text)
    }

    /// Says that the files are whole, by what they were made of.
    fn record(&self, place: &Path) -> Result<u64, ExtractError> {
        let text = fs::read_to_string(place.join("as_of"))?;
        let wrong = || io::Error::from(io::ErrorKind::InvalidData);
        let (as_of, enterprises) = text.split_once(' ').ok_or_else(wrong)?;
        let (as_of, enterprises): (i64, i64) =
            (as_of.parse().map_err(|_| wrong())?, enterprises.parse().map_err(|_| wrong())?);
        bulk::execute(
            &mut *self.service.database.connection()?,
            "UPDATE extracts SET made_at = $1, as_of = $2, enterprises = $3 WHERE id = $4 AND made_at IS NULL",
            [
                self.service.clock.now().0.into(),
                as_of.into(),
                enterprises.into(),
                Bind::Text(self.extract.id.clone()),
            ],
        )?;
        Ok(u64::try_from(enterprises).unwrap_or(0))
    }
}

/// A file that is hashed and counted as it is written.
struct Counted {
    file: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
}

impl Counted {
    fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(File::create(path)?), digest: Sha256::new(), bytes: 0 })
    }

    fn entry(mut self, name: &'static str, rows: u64) -> io::Result<FileEntry> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok(FileEntry { name, sha256: hex::encode(self.digest.finalize()), bytes: self.bytes, rows })
    }
}

impl Write for Counted {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.file.write(buffer)?;
        let written = buffer.get(..count).unwrap_or_default();
        self.digest.update(written);
        self.bytes += u64::try_from(count).unwrap_or(0);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
