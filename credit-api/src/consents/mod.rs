//! Consents: a financier asks to see blocks of an enterprise for a purpose and a period, the enterprise reads the
//! exact text and grants, declines, revokes (`domain.md` 7.5, 7.7; PIPL Art. 14 to 16; 征信业管理条例 Art. 18).
//!
//! A consent is a record of two acts, so nothing is ever overwritten or deleted: who asked, which text, who decided,
//! who revoked. Granting and revoking are anchored as commitments in the transaction that records them. The rule of
//! `access` is handed what is in force ([`in_force`]); a consent that has ended or was revoked is not, from that
//! moment on.
//!
//! - [`text`]: the exact words, whose digest is what was agreed to;
//! - [`acts`]: asking, granting, declining, revoking;
//! - [`statement`]: what the ledger commits to.

pub mod acts;
pub mod statement;
pub mod text;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
mod tests;

use chrono::NaiveDate;
use credit_core::dates::{Moment, day_number, from_day_number};
use credit_core::records::Lang;
use diesel::prelude::*;

use crate::access::{Audience, Block, ConsentBook, Granted, Principal, Purpose};
use crate::store::bulk::{self, Bind};
use crate::store::schema::consents;
use crate::store::{Database, DbConnection, StoreError};

/// Longest period of a consent, months.
pub const MONTHS_MAX: u32 = 12;
/// A question that nobody answered in so many days has ended.
pub const ANSWER_DAYS: i32 = 30;
/// Longest name of a product, characters.
pub const PRODUCT_CHARS_MAX: usize = 100;

/// What a consent may open: the financier's column of the matrix, as far as it needs one.
pub const BLOCKS: [Block; 6] =
    [Block::Grade, Block::Score, Block::History, Block::Receipt, Block::SafeClass, Block::TaxClass];

/// What a consent may be for.
pub const PURPOSES: [Purpose; 3] = [Purpose::CreditApproval, Purpose::PostLoan, Purpose::Insurance];

/// How often the financier may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// On one day: the day of the first look.
    Single,
    /// Any time in the period.
    Continuous,
}

impl Kind {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Kind::Single => "single",
            Kind::Continuous => "continuous",
        }
    }

    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        [Kind::Single, Kind::Continuous].into_iter().find(|kind| kind.code() == code)
    }
}

/// Where a consent stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Asked,
    Declined,
    /// Asked, and not answered in time.
    Lapsed,
    Active,
    /// Granted, and its period or its one day is over.
    Expired,
    Revoked,
}

impl Standing {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Standing::Asked => "requested",
            Standing::Declined => "declined",
            Standing::Lapsed => "lapsed",
            Standing::Active => "active",
            Standing::Expired => "expired",
            Standing::Revoked => "revoked",
        }
    }

    /// What a reader calls it.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Standing::Asked => ("待答复", "waiting for an answer"),
            Standing::Declined => ("已拒绝", "declined"),
            Standing::Lapsed => ("逾期未答复", "not answered in time"),
            Standing::Active => ("有效", "in force"),
            Standing::Expired => ("已到期", "ended"),
            Standing::Revoked => ("已撤回", "revoked"),
        };
        if lang == Lang::Zh { zh } else { en }
    }
}

/// A consent as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = consents)]
pub struct Consent {
    pub id: String,
    pub uscc: String,
    /// USCC of the institution.
    pub financier: String,
    pub purpose: String,
    /// Codes of blocks, separated by `;`.
    pub blocks: String,
    pub product: String,
    pub kind: String,
    pub from_day: i32,
    /// The last day.
    pub until_day: i32,
    pub text_zh: String,
    pub text_en: String,
    /// SHA-256 of both texts, see [`text::digest`].
    pub text_digest: String,
    pub asked_by: String,
    pub asked_at: i64,
    /// `granted` or `declined`.
    pub decision: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
    pub revoked_by: Option<String>,
    pub revoked_at: Option<i64>,
    /// Day of the first look.
    pub read_day: Option<i32>,
    /// Counts the acts; what a writer has seen.
    pub version: i64,
    /// Opens the commitments to it.
    pub salt: Option<Vec<u8>>,
}

impl Consent {
    /// The blocks it names.
    #[must_use]
    pub fn block_list(&self) -> Vec<Block> {
        self.blocks.split(';').filter_map(block_of).collect()
    }

    /// The first day.
    #[must_use]
    pub fn from(&self) -> NaiveDate {
        from_day_number(self.from_day)
    }

    /// The last day.
    #[must_use]
    pub fn until(&self) -> NaiveDate {
        from_day_number(self.until_day)
    }

    /// Where it stands at a moment. Days are those of Asia/Shanghai.
    #[must_use]
    pub fn standing(&self, now: Moment) -> Standing {
        let today = day_number(now.shanghai_date());
        if self.revoked_at.is_some() {
            return Standing::Revoked;
        }
        match self.decision.as_deref() {
            Some("granted") if today > self.until_day => Standing::Expired,
            Some("granted") if self.kind == "single" && self.read_day.is_some_and(|day| day < today) => {
                Standing::Expired
            }
            Some("granted") => Standing::Active,
            Some(_) => Standing::Declined,
            None if today > day_number(Moment(self.asked_at).shanghai_date()) + ANSWER_DAYS => {
                Standing::Lapsed
            }
            None => Standing::Asked,
        }
    }

    /// What the rule of `access` is handed; nothing where its purpose is one that is no longer known.
    #[must_use]
    pub fn granted(&self) -> Option<Granted> {
        Some(Granted {
            id: self.id.clone(),
            purpose: self.purpose.parse().ok()?,
            blocks: self.block_list(),
            until_ms: end_of_day_ms(self.until_day),
        })
    }

    /// Whether a look would begin the one day of a consent for a single look.
    #[must_use]
    pub fn is_spent_by_a_look(&self) -> bool {
        self.kind == Kind::Single.code() && self.read_day.is_none()
    }

    /// Whether it opens its blocks at a moment.
    #[must_use]
    pub fn is_in_force(&self, now: Moment) -> bool {
        self.standing(now) == Standing::Active && self.from_day <= day_number(now.shanghai_date())
    }
}

/// The block of this code that a consent may name.
fn block_of(code: &str) -> Option<Block> {
    BLOCKS.into_iter().find(|block| block.code() == code)
}

/// The consents under which a financier may look at an enterprise now.
///
/// # Errors
/// The database's.
pub fn in_force(
    connection: &mut DbConnection,
    financier: &str,
    uscc: &str,
    now: Moment,
) -> Result<Vec<Consent>, StoreError> {
    let rows: Vec<Consent> = consents::table
        .filter(consents::financier.eq(financier))
        .filter(consents::uscc.eq(uscc))
        .filter(consents::decision.eq("granted"))
        .filter(consents::revoked_at.is_null())
        .filter(consents::until_day.ge(day_number(now.shanghai_date())))
        .order(consents::asked_at.asc())
        .select(Consent::as_select())
        .load(connection)?;
    Ok(rows.into_iter().filter(|consent| consent.is_in_force(now)).collect())
}

/// All consents under which a financier may look now, those that end first in front; at most `limit` are read.
///
/// # Errors
/// The database's.
pub fn of_financier(
    connection: &mut DbConnection,
    financier: &str,
    now: Moment,
    limit: i64,
) -> Result<Vec<Consent>, StoreError> {
    let rows: Vec<Consent> = consents::table
        .filter(consents::financier.eq(financier))
        .filter(consents::decision.eq("granted"))
        .filter(consents::revoked_at.is_null())
        .filter(consents::until_day.ge(day_number(now.shanghai_date())))
        .order((consents::until_day.asc(), consents::uscc.asc(), consents::id.asc()))
        .limit(limit)
        .select(Consent::as_select())
        .load(connection)?;
    Ok(rows.into_iter().filter(|consent| consent.is_in_force(now)).collect())
}

/// The consents of the credit database, for the rule of `access`.
pub struct Book(Database);

impl Book {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(database)
    }
}

impl ConsentBook for Book {
    fn granted(&self, principal: &Principal, uscc: &str, now_ms: i64) -> Result<Vec<Granted>, StoreError> {
        let Some(financier) = &principal.organisation else { return Ok(Vec::new()) };
        let consents = in_force(&mut *self.0.connection()?, financier, uscc, Moment(now_ms))?;
        Ok(consents.iter().filter_map(Consent::granted).collect())
    }
}

/// The continuous consents under which an institution may look now, each with its enterprise and the moment from
/// which on it has held, milliseconds.
///
/// # Errors
/// The database's.
pub fn continuous(
    connection: &mut DbConnection,
    who: &Principal,
    now: Moment,
) -> Result<Vec<(String, Granted, i64)>, StoreError> {
    let Some(financier) = who.organisation.as_deref() else { return Ok(Vec::new()) };
    let rows: Vec<Consent> = consents::table
        .filter(consents::financier.eq(financier))
        .filter(consents::kind.eq(Kind::Continuous.code()))
        .filter(consents::decision.eq("granted"))
        .filter(consents::revoked_at.is_null())
        .filter(consents::until_day.ge(day_number(now.shanghai_date())))
        .select(Consent::as_select())
        .load(connection)?;
    let in_force = rows.into_iter().filter(|consent| consent.is_in_force(now));
    let with_start = in_force.filter_map(|consent| {
        let since = consent.decided_at.unwrap_or(i64::MAX).max(end_of_day_ms(consent.from_day - 1));
        Some((consent.uscc.clone(), consent.granted()?, since))
    });
    Ok(with_start.collect())
}

/// The first millisecond after a day of Asia/Shanghai.
fn end_of_day_ms(day: i32) -> i64 {
    (i64::from(day) + 1) * 86_400_000 - 8 * 3_600_000
}

/// Notes the first look under a consent: one for a single look holds for that day.
///
/// # Errors
/// The database's.
pub fn note_look(connection: &mut DbConnection, id: &str, now: Moment) -> Result<(), StoreError> {
    // Asked first: nearly always there is nothing to write, and a writer would have to wait its turn.
    if find(connection, id)?.is_none_or(|consent| consent.read_day.is_some()) {
        return Ok(());
    }
    bulk::execute(
        connection,
        "UPDATE consents SET read_day = $1 WHERE id = $2 AND read_day IS NULL",
        [Bind::Int(day_number(now.shanghai_date())), id.into()],
    )?;
    Ok(())
}

/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<Consent>, StoreError> {
    Ok(consents::table
        .filter(consents::id.eq(id))
        .select(Consent::as_select())
        .first(connection)
        .optional()?)
}

/// Whose consents a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// Of these enterprises.
    Enterprises(Vec<String>),
    /// Asked by this institution.
    Financier(String),
    All,
}

impl Of {
    /// Whose consents somebody sees; of nobody where it speaks for nobody.
    #[must_use]
    pub fn visible_to(who: &Principal) -> Self {
        match (who.audience, &who.organisation) {
            (Audience::Auditor, _) => Of::All,
            (Audience::Financier, Some(code)) => Of::Financier(code.to_string()),
            (Audience::Enterprise, _) => Of::Enterprises(who.enterprises.to_vec()),
            _ => Of::Enterprises(Vec::new()),
        }
    }
}

/// Consents, the last asked first; `before` is time and id of the last one of the page before.
///
/// # Errors
/// The database's.
pub fn list(
    connection: &mut DbConnection,
    of: &Of,
    before: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<Consent>, StoreError> {
    let mut query = consents::table.into_boxed();
    match of {
        Of::Enterprises(codes) => query = query.filter(consents::uscc.eq_any(codes)),
        Of::Financier(code) => query = query.filter(consents::financier.eq(code)),
        Of::All => {}
    }
    if let Some((at, id)) = before {
        let earlier = consents::asked_at.lt(at);
        query = query.filter(earlier.or(consents::asked_at.eq(at).and(consents::id.lt(id.to_owned()))));
    }
    Ok(query
        .order((consents::asked_at.desc(), consents::id.desc()))
        .limit(limit)
        .select(Consent::as_select())
        .load(connection)?)
}
