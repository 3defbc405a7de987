//! The calendar of working days in force: that of the program with the years of the folder that the setting `calendars`
//! names beside or in place of its own. A notice of the State Council appears in the autumn, and does not wait for a
//! release. The folder can change while the service runs; one that cannot be used stops the start, and one that breaks
//! later leaves the calendar that was there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use credit_core::calendar::WorkingDays;
use credit_core::rules::dated::PackError;

use crate::folder::{FolderError, Kept, Kind, Text};

/// Longest file of a calendar, bytes: what a dated pack has at most (`rules::dated`).
pub const FILE_BYTES_MAX: u64 = 1 << 20;
/// The folder of calendars.
const KIND: Kind = Kind { what: "calendars", ending: "toml", bytes_max: FILE_BYTES_MAX };

/// Why a folder of calendars is refused.
#[derive(Debug, thiserror::Error)]
pub enum CalendarsError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    File(#[from] PackError),
    /// Which of the two holds would hang on their names.
    #[error("{file}: {year} 年已在 {other} 中 · {year} is in {other} already")]
    YearTwice { file: String, year: i32, other: String },
}

/// The calendar, shared by everybody who reads it. Cheap to clone.
#[derive(Clone)]
pub struct Calendars(Arc<Kept<WorkingDays>>);

impl Calendars {
    /// The calendar of the program, with the years of the folder where there is one.
    ///
    /// # Errors
    /// [`CalendarsError`] names the file, the line and the day, in Chinese and English.
    pub fn open(folder: Option<&Path>) -> Result<Self, CalendarsError> {
        Ok(Self(Arc::new(Kept::open(KIND, folder, Vec::new, read)?)))
    }

    /// The calendar in force.
    #[must_use]
    pub fn now(&self) -> Arc<WorkingDays> {
        self.0.now()
    }

    /// Looks at the folder, and takes its years when they changed and can be used. Whether they are others now.
    pub fn look(&self) -> bool {
        self.0.look(read)
    }

    /// Why the files of the folder are not in force; nothing when they are.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.0.trouble()
    }
}

fn read(texts: &[Text]) -> Result<WorkingDays, CalendarsError> {
    let mut calendar = WorkingDays::embedded().clone();
    let mut seen: BTreeMap<i32, &str> = BTreeMap::new();
    for Text { name, body } in texts {
        let own = WorkingDays::parse(name, body)?;
        for year in own.published_years() {
            if let Some(other) = seen.insert(year, name) {
                return Err(CalendarsError::YearTwice { file: name.clone(), year, other: other.to_owned() });
            }
        }
        calendar.extend(own);
    }
    Ok(calendar)
}
