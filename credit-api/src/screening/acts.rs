//! Asking for a screening of many names, fetching its results, and removing what was kept long enough: the names that
//! somebody screens are somebody's customers.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use credit_core::dates::Moment;
use credit_core::records::Lang;

use super::store::{self, ScreeningRow};
use super::{Against, Way};
use crate::access::{Principal, Purpose};
use crate::jobs::Jobs;
use crate::jobs::store::JobRow;
use crate::old_files;
use crate::service::Service;
use crate::store::versioned::random;
use crate::store::{DbConnection, StoreError};

/// The folder in the data folder.
pub const FOLDER: &str = "screenings";
/// The names as they were sent; never given out.
pub const INPUT: &str = "names";
/// The results.
pub const FILES: [&str; 2] = ["results.ndjson", "results.csv"];
const ID_BYTES: usize = 16;
const DAY_MS: i64 = 86_400_000;

/// Why results cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("no such screening, or not yet")]
    NotFound,
    #[error("the files are no longer kept")]
    FilesGone,
    #[error("the results cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A place for the names of a screening that is being asked for. What is not asked for in the end is removed when it is
/// dropped.
#[derive(Debug)]
pub struct Place {
    pub id: String,
    folder: PathBuf,
    is_kept: bool,
}

impl Place {
    /// # Errors
    /// The file system's, and when the machine gives no random bytes.
    pub fn new(service: &Service) -> io::Result<Self> {
        let id = hex::encode(random::<ID_BYTES>().map_err(io::Error::other)?);
        let folder = folder_of(service, &id);
        fs::create_dir_all(&folder)?;
        Ok(Self { id, folder, is_kept: false })
    }

    /// Where the names go.
    #[must_use]
    pub fn input(&self) -> PathBuf {
        self.folder.join(INPUT)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Where the files of a screening lie.
#[must_use]
pub fn folder_of(service: &Service, id: &str) -> PathBuf {
    service.config.data.join(FOLDER).join(id)
}

/// Who asks, what for, and in which language the results are.
pub struct Asker<'a> {
    pub who: &'a Principal,
    pub purpose: Option<Purpose>,
    pub lang: Lang,
}

/// Takes a screening of the names at a place as a job; `also` is written in the same transaction.
///
/// # Errors
/// The database's, and those of `also`.
pub fn ask(
    service: &Service,
    jobs: &Jobs,
    asker: &Asker<'_>,
    (mut place, way): (Place, &Way),
    also: impl FnOnce(&mut DbConnection, &ScreeningRow, &JobRow) -> Result<(), StoreError>,
) -> Result<(ScreeningRow, JobRow), StoreError> {
    let against: Vec<&str> = way.against.iter().map(|one| Against::code(*one)).collect();
    let mut row = ScreeningRow {
        id: place.id.clone(),
        job_id: String::new(),
        asked_by: asker.who.id.to_string(),
        audience: asker.who.audience.code().to_owned(),
        organisation: asker.who.organisation.as_deref().map(str::to_owned),
        purpose: asker.purpose.map(|purpose| purpose.code().to_owned()),
        lang: if asker.lang == Lang::En { "en" } else { "zh" }.to_owned(),
        used_for: way.r#use.clone(),
        against: against.join(" "),
        include_reviewed: i32::from(way.include_reviewed),
        asked_at: service.clock.now().0,
        made_at: None,
        row_count: None,
        matched: None,
        failed: None,
        files_removed_at: None,
    };
    let mut connection = service.database.connection()?;
    let id = row.id.clone();
    let job = jobs.submit_screening(&mut connection, &id, |connection, job| {
        row.job_id.clone_from(&job.id);
        store::insert(connection, &row)?;
        also(connection, &row, job)
    })?;
    place.is_kept = true;
    Ok((row, job))
}

/// Somebody's own screening.
///
/// # Errors
/// [`Refused`].
pub fn own(connection: &mut DbConnection, who: &Principal, id: &str) -> Result<ScreeningRow, Refused> {
    store::find(connection, id)?.filter(|row| row.is_of(who)).ok_or(Refused::NotFound)
}

/// Until when the results are kept; nothing while there are none.
#[must_use]
pub fn kept_until(row: &ScreeningRow, days: u16) -> Option<Moment> {
    row.made_at.map(|made_at| Moment(made_at + i64::from(days) * DAY_MS))
}

/// Whether the results can be had.
#[must_use]
pub fn has_files(row: &ScreeningRow, days: u16, now: Moment) -> bool {
    row.files_removed_at.is_none() && kept_until(row, days).is_some_and(|until| now.0 < until.0)
}

/// Opens the results of somebody's own screening: the file and its bytes.
///
/// # Errors
/// [`Refused`].
pub fn open(service: &Service, who: &Principal, id: &str, name: &str) -> Result<(File, u64), Refused> {
    let row = own(&mut *service.database.connection()?, who, id)?;
    if row.made_at.is_none() {
        return Err(Refused::NotFound);
    }
    if !has_files(&row, service.config.extract_days, service.clock.now()) {
        return Err(Refused::FilesGone);
    }
    match File::open(folder_of(service, &row.id).join(name)) {
        Ok(file) => {
            let bytes = file.metadata()?.len();
            Ok((file, bytes))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Refused::FilesGone),
        Err(error) => Err(error.into()),
    }
}

/// Removes names and results that were kept as long as extracts are; answers of how many.
///
/// # Errors
/// The database's.
pub fn remove_old(service: &Service) -> Result<usize, StoreError> {
    old_files::remove(service, "screenings", |id| vec![folder_of(service, id)])
}
