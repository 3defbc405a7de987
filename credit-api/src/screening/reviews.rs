//! Pairs that an officer has looked at: a false positive stays silent, for the officer's own organisation, until
//! something about either side changes. Reviews are kept with who made them, when and why; the newest of a pair counts.

use std::collections::{BTreeSet, HashMap};

use credit_core::screening::{Digest, NameError, Subject, digest};
use credit_core::uscc::Uscc;
use diesel::prelude::*;

use super::Asked;
use super::matching::ReviewMark;
use super::names::Names;
use crate::access::{Audience, Principal};
use crate::cases::parties::Party;
use crate::evaluation::view::rfc3339;
use crate::service::Service;
use crate::store::schema::screening_reviews;
use crate::store::versioned::{self, random};
use crate::store::{DbConnection, Lane, StoreError, write};

const ID_BYTES: usize = 16;
/// Longest reason, characters.
pub const REASON_CHARS_MAX: usize = 1_000;
/// Pairs looked up in one query.
const PAIRS_AT_ONCE: usize = 500;
/// Two bodies.
pub const FALSE_POSITIVE: &str = "false_positive";
/// One body.
pub const TRUE_MATCH: &str = "true_match";

/// A review as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = screening_reviews)]
pub struct Reviewed {
    pub id: String,
    pub owner: String,
    pub digest: String,
    pub name: Option<String>,
    pub uscc: Option<String>,
    pub matched: String,
    pub verdict: String,
    pub reason: String,
    pub reviewed_by: String,
    pub reviewed_at: i64,
}

impl Reviewed {
    #[must_use]
    pub fn is_false_positive(&self) -> bool {
        self.verdict == FALSE_POSITIVE
    }

    #[must_use]
    pub fn mark(&self) -> ReviewMark {
        ReviewMark {
            id: self.id.clone(),
            verdict: self.verdict.clone(),
            reviewed_at: rfc3339(self.reviewed_at),
        }
    }

    /// Whether the pair is still the one that was looked at; nothing while names are read.
    #[must_use]
    pub fn holds(&self, names: &Names) -> Option<bool> {
        let asked = Asked {
            name: self.name.clone(),
            uscc: self.uscc.as_deref().and_then(|code| Uscc::parse(code).ok()),
            reference: None,
        };
        let matched = Uscc::parse(&self.matched).ok()?;
        let held = names.held()?;
        Some(pair(&held, &asked, &matched).ok().flatten().is_some_and(|now| hex::encode(now) == self.digest))
    }
}

/// Why a review is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error("only people of departments, institutions and the operator review")]
    NotOfficer,
    #[error("no such enterprise")]
    NoEnterprise,
    #[error("{0}")]
    Name(NameError),
    #[error("the names to screen against are not read yet")]
    NotReady,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for ReviewError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Whose reviews somebody's are, and whose screenings they silence.
#[must_use]
pub fn owner_of(who: &Principal) -> String {
    match &who.organisation {
        Some(organisation) => format!("{}:{organisation}", who.audience.code()),
        // The zone office has no code of its own.
        None => who.audience.code().to_owned(),
    }
}

/// Whether somebody reviews at all.
#[must_use]
pub fn may_review(who: &Party) -> bool {
    let audience = who.principal.audience;
    who.is_person
        && (audience.is_department() || matches!(audience, Audience::Operator | Audience::Financier))
}

fn pair(held: &super::names::Held, asked: &Asked, matched: &Uscc) -> Result<Option<Digest>, NameError> {
    let names: Vec<&str> = asked.name.as_deref().into_iter().collect();
    let subject = Subject::new(&names, asked.uscc)?;
    Ok(held.subject(matched).map(|other| digest(&subject, other)))
}

/// What an officer found.
#[derive(Debug, Clone)]
pub struct Finding {
    pub asked: Asked,
    pub matched: Uscc,
    pub is_false_positive: bool,
    pub reason: String,
}

/// What is written in the transaction of a review, such as its answer.
pub type Also<'a> = &'a mut dyn FnMut(&mut DbConnection, &Reviewed) -> Result<(), StoreError>;

/// Keeps what an officer found of a pair.
///
/// # Errors
/// [`ReviewError`].
pub fn review(
    service: &Service,
    names: &Names,
    who: &Party,
    found: &Finding,
    also: Also<'_>,
) -> Result<Reviewed, ReviewError> {
    if !may_review(who) {
        return Err(ReviewError::NotOfficer);
    }
    let digest = {
        let held = names.held().ok_or(ReviewError::NotReady)?;
        pair(&held, &found.asked, &found.matched)
            .map_err(ReviewError::Name)?
            .ok_or(ReviewError::NoEnterprise)?
    };
    let verdict = if found.is_false_positive { FALSE_POSITIVE } else { TRUE_MATCH };
    let row = Reviewed {
        id: hex::encode(random::<ID_BYTES>()?),
        owner: owner_of(&who.principal),
        digest: hex::encode(digest),
        name: found.asked.name.clone(),
        uscc: found.asked.uscc.map(|uscc| uscc.to_string()),
        matched: found.matched.to_string(),
        verdict: verdict.to_owned(),
        reason: found.reason.clone(),
        reviewed_by: who.person.clone(),
        reviewed_at: service.clock.now().0,
    };
    write(&mut *service.database.connection()?, Lane::Bookkeeping, |connection| {
        insert(connection, &row)?;
        also(connection, &row)?;
        Ok(row)
    })
}

fn insert(connection: &mut DbConnection, row: &Reviewed) -> Result<(), StoreError> {
    let row = row.clone();
    versioned::insert(
        connection,
        "screening_reviews",
        [
            ("id", row.id.into()),
            ("owner", row.owner.into()),
            ("digest", row.digest.into()),
            ("name", crate::store::bulk::Bind::OptionalText(row.name)),
            ("uscc", crate::store::bulk::Bind::OptionalText(row.uscc)),
            ("matched", row.matched.into()),
            ("verdict", row.verdict.into()),
            ("reason", row.reason.into()),
            ("reviewed_by", row.reviewed_by.into()),
            ("reviewed_at", row.reviewed_at.into()),
        ],
    )
}

/// Whether an organisation has reviewed any pair.
///
/// # Errors
/// The database's.
pub fn any_of(connection: &mut DbConnection, owner: &str) -> Result<bool, StoreError> {
    let one: Option<String> = screening_reviews::table
        .filter(screening_reviews::owner.eq(owner))
        .select(screening_reviews::id)
        .first(connection)
        .optional()?;
    Ok(one.is_some())
}

/// The newest review of each of these pairs by one organisation.
///
/// # Errors
/// The database's.
pub fn of_pairs(
    connection: &mut DbConnection,
    owner: &str,
    digests: &BTreeSet<Digest>,
) -> Result<HashMap<Digest, Reviewed>, StoreError> {
    let texts: HashMap<String, Digest> = digests.iter().map(|one| (hex::encode(one), *one)).collect();
    let all: Vec<&String> = texts.keys().collect();
    let mut found = HashMap::new();
    for part in all.chunks(PAIRS_AT_ONCE) {
        let rows: Vec<Reviewed> = screening_reviews::table
            .filter(screening_reviews::owner.eq(owner))
            .filter(screening_reviews::digest.eq_any(part.iter().copied()))
            .order((screening_reviews::reviewed_at.asc(), screening_reviews::id.asc()))
            .select(Reviewed::as_select())
            .load(connection)?;
        for row in rows {
            if let Some(digest) = texts.get(&row.digest) {
                found.insert(*digest, row);
            }
        }
    }
    Ok(found)
}

/// Reviews of one organisation, the newest first; of one enterprise where it is named.
///
/// # Errors
/// The database's.
pub fn list(
    connection: &mut DbConnection,
    owner: &str,
    matched: Option<&str>,
    after: Option<(i64, String)>,
    limit: i64,
) -> Result<Vec<Reviewed>, StoreError> {
    let mut query = screening_reviews::table.filter(screening_reviews::owner.eq(owner)).into_boxed();
    if let Some(matched) = matched {
        query = query.filter(screening_reviews::matched.eq(matched));
    }
    if let Some((at, id)) = after {
        let same = screening_reviews::reviewed_at.eq(at).and(screening_reviews::id.lt(id));
        query = query.filter(screening_reviews::reviewed_at.lt(at).or(same));
    }
    Ok(query
        .order((screening_reviews::reviewed_at.desc(), screening_reviews::id.desc()))
        .limit(limit)
        .select(Reviewed::as_select())
        .load(connection)?)
}
