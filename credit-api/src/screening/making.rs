//! A screening of many names: read row by row, answered a part at a time, written as JSON lines and as CSV. Who was
//! found on the watch list is in the access log before the files can be had.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use credit_core::records::names::{self, DIALECT, NameRow};
use credit_core::records::{ErrorCode, Lang};
use credit_core::screening::Uses;
use credit_core::uscc::Uscc;

use super::acts::{FILES, INPUT, folder_of};
use super::matching::{Screened, Screening, ScreeningError, TakenApart};
use super::names::Names;
use super::store::{self, Counts, ScreeningRow};
use super::{Asked, FILE_ROWS_MAX, JOB_MATCHES_MAX, reviews};
use crate::access::{Ask, Block, Outcome, Subject};
use crate::access_log::Row;
use crate::intake::readers::{FileError, Input, RowError, RowStream, Wanted, open_as};
use crate::intake::rejected_csv::neutral;
use crate::service::Service;
use crate::store::StoreError;

/// Names that are answered together.
const PART: usize = 500;
/// The head of the table of results; a row for each match, and one for each name without any.
const HEAD: [&str; 14] = [
    "reference",
    "name",
    "uscc",
    "error",
    "matched_uscc",
    "matched_name",
    "closest_name",
    "score",
    "verdict",
    "lists",
    "watch_list",
    "review",
    "explanation",
    "registered",
];

/// Why a screening is not made.
#[derive(Debug, thiserror::Error)]
pub enum MakingError {
    #[error("stopped")]
    Stopped,
    #[error("the file cannot be read: {0}")]
    File(FileError),
    #[error("more than {FILE_ROWS_MAX} rows")]
    TooManyRows,
    #[error("the results cannot be written: {0}")]
    Io(#[from] io::Error),
    #[error("the results cannot be written: {0}")]
    Csv(#[from] csv::Error),
    #[error("whoever asked, or the use, is not known any more")]
    Unknown,
    #[error(transparent)]
    Screening(#[from] ScreeningError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<serde_json::Error> for MakingError {
    fn from(error: serde_json::Error) -> Self {
        Self::Io(error.into())
    }
}

/// What a screening is made with.
pub struct Making<'a> {
    pub service: &'a Service,
    pub names: &'a Names,
    pub row: &'a ScreeningRow,
    /// Told how many rows are done; answers whether to go on.
    pub progress: &'a dyn Fn(u64) -> bool,
}

/// One line of the file: a name, or why there is none.
type Line = Result<Asked, String>;

impl Making<'_> {
    /// Writes the results, the looks, and last that they can be had. What an attempt that was stopped left is made
    /// anew.
    ///
    /// # Errors
    /// [`MakingError`]; nothing can be had then.
    pub fn make(&self) -> Result<Counts, MakingError> {
        let folder = folder_of(self.service, &self.row.id);
        let mut counts = Counts::default();
        let mut output = Output::create(&folder)?;
        let stream = open_as(&Input::Path(folder.join(INPUT)), Wanted::Dialect(&DIALECT));
        let lang = self.row.lang();
        let mut part: Vec<Line> = Vec::new();
        let before = TakenApart::default();
        for line in stream.map_err(MakingError::File)?.named(lang) {
            part.push(line?);
            if part.len() >= PART {
                self.write(&mut part, &before, &mut output, &mut counts)?;
            }
        }
        self.write(&mut part, &before, &mut output, &mut counts)?;
        output.finish()?;
        let now = self.service.clock.now().0;
        store::made(&mut *self.service.database.connection()?, &self.row.id, counts, now)?;
        Ok(counts)
    }

    fn write(
        &self,
        part: &mut Vec<Line>,
        before: &TakenApart,
        output: &mut Output,
        counts: &mut Counts,
    ) -> Result<(), MakingError> {
        if counts.rows + u64::try_from(part.len()).unwrap_or(u64::MAX) > FILE_ROWS_MAX {
            return Err(MakingError::TooManyRows);
        }
        let lines = std::mem::take(part);
        let asked: Vec<Asked> = lines.iter().filter_map(|line| line.as_ref().ok().cloned()).collect();
        let mut answered = self.answered(&asked, before)?.into_iter();
        for line in lines {
            let screened = match line {
                Ok(_) => answered.next().ok_or(MakingError::Unknown)?,
                Err(why) => Screened::failed(why),
            };
            counts.rows += 1;
            counts.matched += u64::from(!screened.matches.is_empty());
            counts.failed += u64::from(screened.error.is_some());
            output.add(&screened)?;
        }
        if (self.progress)(counts.rows) { Ok(()) } else { Err(MakingError::Stopped) }
    }

    /// Some names, with a look for each enterprise of which the watch list was shown or refused.
    fn answered(&self, asked: &[Asked], before: &TakenApart) -> Result<Vec<Screened>, MakingError> {
        let way = self.row.way();
        let who = self.row.principal().ok_or(MakingError::Unknown)?;
        let purpose = Uses::embedded().get(&way.r#use).ok_or(MakingError::Unknown)?;
        let (shown, refused) = (RefCell::new(BTreeSet::new()), RefCell::new(BTreeSet::new()));
        let sees_watch = |uscc: &Uscc| {
            let subject = Subject::Among(uscc.as_str());
            let ask = Ask::new(&who, Block::WatchList, self.row.known_purpose(), subject);
            let sees = self.service.rules.decide(&ask).outcome == Outcome::Full;
            let list = if sees { &shown } else { &refused };
            list.borrow_mut().insert(*uscc);
            sees
        };
        let screening = Screening {
            names: self.names,
            way: &way,
            purpose,
            today: self.service.clock.today(),
            lang: self.row.lang(),
            owner: &reviews::owner_of(&who),
            most: JOB_MATCHES_MAX,
            taken_apart: before,
            sees_watch: &sees_watch,
        };
        let answered = screening.answer(&mut *self.service.database.connection()?, asked)?;
        self.log(&shown.into_inner(), &refused.into_inner())?;
        Ok(answered)
    }

    fn log(&self, shown: &BTreeSet<Uscc>, refused: &BTreeSet<Uscc>) -> Result<(), StoreError> {
        let at_ms = self.service.clock.now().0;
        let row = |uscc: &Uscc, is_shown: bool| Row {
            at_ms,
            request: self.row.id.clone(),
            who: self.row.asked_by.clone(),
            audience: self.row.audience.clone(),
            organisation: self.row.organisation.clone(),
            uscc: Some(uscc.to_string()),
            purpose: self.row.purpose.clone(),
            consent: None,
            shown: if is_shown { "watch_list:full".to_owned() } else { String::new() },
            refused: if is_shown { String::new() } else { "watch_list:not_disclosed".to_owned() },
            result: None,
            status: 200,
        };
        let rows: Vec<Row> = shown
            .iter()
            .map(|uscc| row(uscc, true))
            .chain(refused.iter().map(|uscc| row(uscc, false)))
            .collect();
        if rows.is_empty() { Ok(()) } else { self.service.access_log.write(rows) }
    }
}

/// Rows of a file as names.
struct NameLines {
    rows: RowStream,
    lang: Lang,
}

impl RowStream {
    fn named(self, lang: Lang) -> NameLines {
        NameLines { rows: self, lang }
    }
}

impl Iterator for NameLines {
    type Item = Result<Line, MakingError>;

    fn next(&mut self) -> Option<Self::Item> {
        let lang = self.lang;
        Some(match self.rows.next()? {
            Err(RowError::File(error)) => Err(MakingError::File(error)),
            Err(RowError::Rejected(rejected)) => {
                Ok(Err(rejected.errors.first().map_or_else(String::new, |error| error.message(lang))))
            }
            Ok(raw) => Ok(match names::parse(&raw.row()) {
                Ok(NameRow { name, uscc, reference }) => Ok(Asked { name, uscc, reference }),
                Err(errors) => Err(errors
                    .first()
                    .map_or_else(|| ErrorCode::Missing.as_str().to_owned(), |error| error.message(lang))),
            }),
        })
    }
}

/// Both files of results.
struct Output {
    lines: BufWriter<File>,
    table: csv::Writer<File>,
}

impl Output {
    fn create(folder: &Path) -> Result<Self, MakingError> {
        fs::create_dir_all(folder)?;
        let lines = BufWriter::new(File::create(folder.join(FILES[0]))?);
        let mut table = File::create(folder.join(FILES[1]))?;
        // Spreadsheets take UTF-8 for the local encoding unless told.
        table.write_all("\u{feff}".as_bytes())?;
        let mut table = csv::Writer::from_writer(table);
        table.write_record(HEAD)?;
        Ok(Self { lines, table })
    }

    fn add(&mut self, screened: &Screened) -> Result<(), MakingError> {
        serde_json::to_writer(&mut self.lines, screened)?;
        self.lines.write_all(b"\n")?;
        for cells in cells(screened) {
            self.table.write_record(cells.iter().map(|cell| neutral(cell)))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), MakingError> {
        self.lines.flush()?;
        self.lines.get_ref().sync_all()?;
        let table = self.table.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        table.sync_all()?;
        Ok(())
    }
}

fn cells(screened: &Screened) -> Vec<[String; 14]> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let head =
        || [text(&screened.reference), text(&screened.name), text(&screened.uscc), text(&screened.error)];
    if screened.matches.is_empty() {
        let [a, b, c, d] = head();
        let mut none: [String; 14] = Default::default();
        for (cell, text) in none.iter_mut().zip([a, b, c, d]) {
            *cell = text;
        }
        return vec![none];
    }
    let row = |one: &super::matching::Match| {
        let [a, b, c, d] = head();
        let lists: Vec<String> =
            one.lists.iter().map(|entry| format!("{} {}", entry.title, entry.decision_no)).collect();
        let parts: Vec<&str> = one.parts.iter().map(|part| part.text.as_str()).collect();
        [
            a,
            b,
            c,
            d,
            one.uscc.clone(),
            text(&one.name),
            text(&one.matched_name),
            one.score.to_string(),
            one.verdict.to_owned(),
            lists.join("; "),
            one.watch_list.map_or_else(String::new, |is_on| is_on.to_string()),
            one.review.as_ref().map_or_else(String::new, |review| review.verdict.clone()),
            parts.join("; "),
            one.registered.to_string(),
        ]
    };
    screened.matches.iter().map(row).collect()
}
