//! Rows of screenings that are jobs.

use credit_core::records::Lang;
use diesel::prelude::*;

use super::{Against, Way};
use crate::access::{Audience, Principal, Purpose};
use crate::store::bulk::{self, Bind};
use crate::store::schema::{jobs, screenings};
use crate::store::versioned;
use crate::store::{DbConnection, StoreError};

/// A screening as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = screenings)]
pub struct ScreeningRow {
    pub id: String,
    pub job_id: String,
    pub asked_by: String,
    pub audience: String,
    pub organisation: Option<String>,
    pub purpose: Option<String>,
    pub lang: String,
    /// Name of the use.
    pub used_for: String,
    /// Codes, separated by spaces.
    pub against: String,
    pub include_reviewed: i32,
    pub asked_at: i64,
    /// When its results could be had; nothing before.
    pub made_at: Option<i64>,
    pub row_count: Option<i64>,
    pub matched: Option<i64>,
    pub failed: Option<i64>,
    pub files_removed_at: Option<i64>,
}

impl ScreeningRow {
    /// How its names are screened.
    #[must_use]
    pub fn way(&self) -> Way {
        Way {
            r#use: self.used_for.clone(),
            against: self.against.split(' ').filter_map(Against::of_code).collect(),
            include_reviewed: self.include_reviewed != 0,
        }
    }

    /// Who asked, as the rule is told; nothing where the audience is none any more.
    #[must_use]
    pub fn principal(&self) -> Option<Principal> {
        Some(Principal {
            id: self.asked_by.as_str().into(),
            audience: Audience::of_code(&self.audience)?,
            organisation: self.organisation.as_deref().map(Into::into),
            enterprises: [].into(),
        })
    }

    #[must_use]
    pub fn known_purpose(&self) -> Option<Purpose> {
        self.purpose.as_deref()?.parse().ok()
    }

    #[must_use]
    pub fn lang(&self) -> Lang {
        if self.lang == "en" { Lang::En } else { Lang::Zh }
    }

    /// Whether it is somebody's own: who asked, or the same department or institution.
    #[must_use]
    pub fn is_of(&self, who: &Principal) -> bool {
        if who.is_anonymous() {
            return false;
        }
        let same = self.organisation.is_some()
            && self.organisation.as_deref() == who.organisation.as_deref()
            && self.audience == who.audience.code();
        same || self.asked_by == *who.id
    }
}

/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<ScreeningRow>, StoreError> {
    Ok(screenings::table
        .filter(screenings::id.eq(id))
        .select(ScreeningRow::as_select())
        .first(connection)
        .optional()?)
}

/// Somebody's own screenings with the states of their jobs, the newest first: those of [`ScreeningRow::is_of`].
///
/// # Errors
/// The database's.
pub fn own(
    connection: &mut DbConnection,
    who: &Principal,
    after: Option<(i64, String)>,
    limit: i64,
) -> Result<Vec<(ScreeningRow, String)>, StoreError> {
    if who.is_anonymous() {
        return Ok(Vec::new());
    }
    let mut query =
        screenings::table.inner_join(jobs::table.on(jobs::id.eq(screenings::job_id))).into_boxed();
    let by_them = screenings::asked_by.eq(who.id.to_string());
    query = match who.organisation.as_deref() {
        None => query.filter(by_them),
        Some(organisation) => {
            let same = screenings::organisation.eq(organisation.to_owned());
            let same = same.and(screenings::audience.eq(who.audience.code()));
            // A column that may be empty makes a condition that may be so too.
            query.filter(by_them.nullable().or(same))
        }
    };
    if let Some((at, id)) = after {
        let same = screenings::asked_at.eq(at).and(screenings::id.lt(id));
        query = query.filter(screenings::asked_at.lt(at).or(same));
    }
    Ok(query
        .order((screenings::asked_at.desc(), screenings::id.desc()))
        .limit(limit)
        .select((ScreeningRow::as_select(), jobs::state))
        .load(connection)?)
}

/// The screening that a job makes.
///
/// # Errors
/// The database's.
pub fn of_job(connection: &mut DbConnection, job: &str) -> Result<Option<ScreeningRow>, StoreError> {
    Ok(screenings::table
        .filter(screenings::job_id.eq(job))
        .select(ScreeningRow::as_select())
        .first(connection)
        .optional()?)
}

/// Writes a new one; to be called in the transaction of its job.
///
/// # Errors
/// The database's.
pub fn insert(connection: &mut DbConnection, row: &ScreeningRow) -> Result<(), StoreError> {
    let row = row.clone();
    versioned::insert(
        connection,
        "screenings",
        [
            ("id", row.id.into()),
            ("job_id", row.job_id.into()),
            ("asked_by", row.asked_by.into()),
            ("audience", row.audience.into()),
            ("organisation", Bind::OptionalText(row.organisation)),
            ("purpose", Bind::OptionalText(row.purpose)),
            ("lang", row.lang.into()),
            ("used_for", row.used_for.into()),
            ("against", row.against.into()),
            ("include_reviewed", row.include_reviewed.into()),
            ("asked_at", row.asked_at.into()),
        ],
    )
}

/// What came of a screening.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub rows: u64,
    /// Rows with a match that is shown.
    pub matched: u64,
    /// Rows that could not be screened.
    pub failed: u64,
}

/// Says that the results can be had.
///
/// # Errors
/// The database's.
pub fn made(connection: &mut DbConnection, id: &str, counts: Counts, now: i64) -> Result<(), StoreError> {
    let big = |count: u64| Bind::Big(i64::try_from(count).unwrap_or(i64::MAX));
    bulk::execute(
        connection,
        "UPDATE screenings SET made_at = $1, row_count = $2, matched = $3, failed = $4 WHERE id = $5 AND made_at IS NULL",
        [now.into(), big(counts.rows), big(counts.matched), big(counts.failed), id.into()],
    )?;
    Ok(())
}
