//! Files that steps attach: kept by their digest, of a kind that is told from their first bytes, never served inline.

use credit_core::cases::{ATTACHMENTS_MAX, Digest, Step};
use diesel::prelude::*;

use super::acts::CaseError;
use super::parties::Party;
use super::store::{self, CaseRow};
use crate::identity::letters::media_type;
use crate::service::Service;
use crate::store::bulk;
use crate::store::schema::case_files;
use crate::store::{DbConnection, Lane, StoreError, write};

/// Largest file, bytes.
pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Longest name kept, characters; it is shown and means nothing.
pub const NAME_CHARS_MAX: usize = 200;

/// A file as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = case_files)]
pub struct FileRow {
    pub digest: String,
    pub brought_by: String,
    pub name: String,
    pub media_type: String,
    pub bytes: i64,
    pub brought_at: i64,
}

/// Keeps a file that somebody brings. `None`: it is no PDF, PNG or JPEG.
///
/// # Errors
/// The disk's and the database's.
pub fn keep(service: &Service, who: &Party, name: &str, file: &[u8]) -> Result<Option<FileRow>, StoreError> {
    match media_type(file) {
        None => Ok(None),
        Some(media_type) => keep_as(service, &who.person, name, (media_type, file)).map(Some),
    }
}

/// Keeps a file of a kind that is known, in the name of whoever it is brought or made for.
///
/// # Errors
/// The disk's and the database's.
pub(super) fn keep_as(
    service: &Service,
    person: &str,
    name: &str,
    (media_type, file): (&str, &[u8]),
) -> Result<FileRow, StoreError> {
    let stored = service.evidence.keep(file).map_err(|error| StoreError::Open(error.to_string()))?;
    let name: String = name.chars().filter(|one| !one.is_control()).take(NAME_CHARS_MAX).collect();
    let row = FileRow {
        digest: stored.digest,
        brought_by: person.to_owned(),
        name,
        media_type: media_type.to_owned(),
        bytes: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
        brought_at: service.clock.now().0,
    };
    write(&mut *service.database.connection()?, Lane::Bookkeeping, |connection| {
        let row = row.clone();
        bulk::execute(
            connection,
            "INSERT INTO case_files (digest, brought_by, name, media_type, bytes, brought_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (digest, brought_by) DO NOTHING",
            [
                row.digest.into(),
                row.brought_by.into(),
                row.name.into(),
                row.media_type.into(),
                row.bytes.into(),
                row.brought_at.into(),
            ],
        )?;
        Ok::<_, StoreError>(())
    })?;
    Ok(row)
}

/// A file that somebody brought.
///
/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, digest: &str) -> Result<Option<FileRow>, StoreError> {
    Ok(case_files::table
        .filter(case_files::digest.eq(digest))
        .order(case_files::brought_at.asc())
        .select(FileRow::as_select())
        .first(connection)
        .optional()?)
}

/// The files that these steps attach.
///
/// # Errors
/// The database's.
pub fn named(connection: &mut DbConnection, steps: &[Step]) -> Result<Vec<FileRow>, StoreError> {
    let digests: Vec<String> =
        steps.iter().flat_map(|step| &step.attachments).map(|one| String::from(*one)).collect();
    if digests.is_empty() {
        return Ok(Vec::new());
    }
    Ok(case_files::table
        .filter(case_files::digest.eq_any(digests))
        .order(case_files::brought_at.asc())
        .select(FileRow::as_select())
        .load(connection)?)
}

/// A file that a step of this case attaches, and its bytes.
///
/// # Errors
/// The disk's and the database's.
pub fn attached(
    service: &Service,
    case: &CaseRow,
    digest: &str,
) -> Result<Option<(FileRow, Vec<u8>)>, StoreError> {
    let mut connection = service.database.connection()?;
    let steps = store::steps_of(&mut connection, &case.id)?;
    let is_there = steps.iter().flat_map(|step| &step.attachments).any(|one| String::from(*one) == digest);
    let Some(row) = find(&mut connection, digest)?.filter(|_| is_there) else { return Ok(None) };
    let bytes = std::fs::read(service.evidence.path_of(digest));
    Ok(Some((row, bytes.map_err(|error| StoreError::Open(error.to_string()))?)))
}

/// Whether each was brought by whoever attaches it: a digest alone opens nobody else's file.
pub(super) fn check(
    connection: &mut DbConnection,
    who: &str,
    attachments: &[Digest],
) -> Result<(), CaseError> {
    let asked: Vec<String> =
        attachments.iter().take(ATTACHMENTS_MAX).map(|digest| String::from(*digest)).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = case_files::table
        .filter(case_files::digest.eq_any(&asked))
        .filter(case_files::brought_by.eq(who))
        .select(case_files::digest)
        .load(connection)?;
    match asked.into_iter().find(|digest| !known.contains(digest)) {
        Some(digest) => Err(CaseError::NoSuchFile { digest }),
        None => Ok(()),
    }
}
