//! Standing requests: what a department asked to take, what it was granted, and where that stands on a day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use credit_core::calendar::WorkingDays;
use credit_core::dates::{Moment, day_number, from_day_number};
use credit_core::records::Lang;
use diesel::prelude::*;

use crate::access::{Audience, Block, Principal, Purpose};
use crate::store::schema::standing_requests;
use crate::store::{DbConnection, StoreError};

/// Longest time for which a request may hold, months: grounds of duty are looked at again every three years, the span
/// for which the operator's own letters and contracts run.
pub const MONTHS_MAX: u32 = 36;
/// Working days within which a request is answered (`domain.md` 7.7; the statute on sharing leaves the number open).
pub const ANSWER_WORKING_DAYS: u16 = 10;
/// Longest basis and reason, characters.
pub const TEXT_CHARS_MAX: usize = 1_000;

/// What can be asked for: the blocks that feed and extracts hold. What is seen on request alone is asked for one
/// enterprise at a time, and by no standing request.
pub const BLOCKS: [Block; 15] = [
    Block::Identity,
    Block::LegalRepresentative,
    Block::Contact,
    Block::Permits,
    Block::Penalties,
    Block::CustomsClass,
    Block::SafeClass,
    Block::TaxClassA,
    Block::TaxClass,
    Block::GradeTop,
    Block::Grade,
    Block::Score,
    Block::Lists,
    Block::Measures,
    Block::Cases,
];

/// How often a department takes an extract; with `event` it follows the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cycle {
    Once,
    Daily,
    Weekly,
    Monthly,
    Event,
}

impl Cycle {
    pub const ALL: [Cycle; 5] = [Cycle::Once, Cycle::Daily, Cycle::Weekly, Cycle::Monthly, Cycle::Event];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Cycle::Once => "once",
            Cycle::Daily => "daily",
            Cycle::Weekly => "weekly",
            Cycle::Monthly => "monthly",
            Cycle::Event => "event",
        }
    }

    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cycle| cycle.code() == code)
    }

    /// What a reader calls it.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Cycle::Once => ("一次", "once"),
            Cycle::Daily => ("每日", "every day"),
            Cycle::Weekly => ("每周", "every week"),
            Cycle::Monthly => ("每月", "every month"),
            Cycle::Event => ("有变更时", "with every change"),
        };
        if lang == Lang::Zh { zh } else { en }
    }

    /// Days that have to pass between two extracts; nothing where there is but one.
    #[must_use]
    pub fn days(self) -> Option<i32> {
        match self {
            Cycle::Once => None,
            Cycle::Daily | Cycle::Event => Some(1),
            Cycle::Weekly => Some(7),
            Cycle::Monthly => Some(28),
        }
    }
}

/// Where a request stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Asked,
    Refused,
    Active,
    /// Granted, and its last day is over.
    Expired,
    /// The department took it back.
    Withdrawn,
    /// The operator ended it.
    Revoked,
    /// Another one took its place.
    Corrected,
}

impl Standing {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Standing::Asked => "requested",
            Standing::Refused => "refused",
            Standing::Active => "active",
            Standing::Expired => "expired",
            Standing::Withdrawn => "withdrawn",
            Standing::Revoked => "revoked",
            Standing::Corrected => "corrected",
        }
    }

    /// What a reader calls it.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Standing::Asked => ("待答复", "waiting for an answer"),
            Standing::Refused => ("不予共享", "refused"),
            Standing::Active => ("有效", "in force"),
            Standing::Expired => ("已到期", "ended"),
            Standing::Withdrawn => ("已撤回", "withdrawn"),
            Standing::Revoked => ("已终止", "revoked"),
            Standing::Corrected => ("已由更正后的申请取代", "corrected by a later request"),
        };
        if lang == Lang::Zh { zh } else { en }
    }
}

/// A request as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = standing_requests)]
pub struct StandingRequest {
    pub id: String,
    /// Code of the department's audience.
    pub audience: String,
    /// Code of the department.
    pub organisation: String,
    pub purpose: String,
    /// Codes of the blocks asked for, separated by `;`.
    pub blocks: String,
    /// The duty that needs them, in the department's words.
    pub basis: String,
    pub cycle: String,
    /// The last day.
    pub until_day: i32,
    /// The request whose place this one takes once it is granted.
    pub corrects: Option<String>,
    pub asked_by: String,
    pub asked_at: i64,
    /// The last day for the answer, as known when it was asked.
    pub due_day: i32,
    /// `granted` or `refused`.
    pub decision: Option<String>,
    /// Codes of the blocks granted, separated by `;`.
    pub granted: Option<String>,
    pub reason: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
    /// `withdrawn`, `revoked` or `corrected`.
    pub ended_why: Option<String>,
    pub ended_by: Option<String>,
    pub ended_at: Option<i64>,
    pub end_reason: Option<String>,
    /// Counts the acts; what a writer has seen.
    pub version: i64,
    /// Opens the commitments to it.
    pub salt: Option<Vec<u8>>,
}

impl StandingRequest {
    /// The blocks asked for.
    #[must_use]
    pub fn asked_blocks(&self) -> Vec<Block> {
        blocks_of(&self.blocks)
    }

    /// The blocks granted; none before it is answered.
    #[must_use]
    pub fn granted_blocks(&self) -> Vec<Block> {
        blocks_of(self.granted.as_deref().unwrap_or_default())
    }

    /// The last day.
    #[must_use]
    pub fn until(&self) -> NaiveDate {
        from_day_number(self.until_day)
    }

    /// Where it stands at a moment. Days are those of Asia/Shanghai.
    #[must_use]
    pub fn standing(&self, now: Moment) -> Standing {
        match (self.ended_why.as_deref(), self.decision.as_deref()) {
            (Some("corrected"), _) => Standing::Corrected,
            (Some("revoked"), _) => Standing::Revoked,
            (Some(_), _) => Standing::Withdrawn,
            (None, Some("granted")) if day_number(now.shanghai_date()) > self.until_day => Standing::Expired,
            (None, Some("granted")) => Standing::Active,
            (None, Some(_)) => Standing::Refused,
            (None, None) => Standing::Asked,
        }
    }

    /// The last day for the answer, by the calendar at hand while it waits: that of a year whose notice was not out
    /// moves when it is.
    #[must_use]
    pub fn answer_due(&self, calendar: &WorkingDays) -> NaiveDate {
        let waits = self.decision.is_none() && self.ended_why.is_none();
        match waits {
            true => answer_due(calendar, Moment(self.asked_at).shanghai_date()),
            false => from_day_number(self.due_day),
        }
    }

    /// Whether it waits although the time for the answer is over.
    #[must_use]
    pub fn is_overdue(&self, calendar: &WorkingDays, now: Moment) -> bool {
        self.standing(now) == Standing::Asked && now.shanghai_date() > self.answer_due(calendar)
    }

    /// Whether it is a request of somebody's department.
    #[must_use]
    pub fn is_of(&self, who: &Principal) -> bool {
        self.audience == who.audience.code()
            && Some(self.organisation.as_str()) == who.organisation.as_deref()
    }

    /// Somebody of the department, for questions to the rule.
    #[must_use]
    pub fn department(&self) -> Option<Principal> {
        let audience = Audience::of_code(&self.audience)?;
        Some(Principal {
            organisation: Some(self.organisation.as_str().into()),
            ..Principal::of(&self.asked_by, audience)
        })
    }

    /// The purpose, where it is still one.
    #[must_use]
    pub fn known_purpose(&self) -> Option<Purpose> {
        self.purpose.parse().ok()
    }
}

/// The last day for the answer to what is asked on a day.
#[must_use]
pub fn answer_due(calendar: &WorkingDays, asked_on: NaiveDate) -> NaiveDate {
    calendar.add_working_days(asked_on, ANSWER_WORKING_DAYS).date
}

fn blocks_of(codes: &str) -> Vec<Block> {
    codes.split(';').filter_map(|code| BLOCKS.into_iter().find(|block| block.code() == code)).collect()
}

/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<StandingRequest>, StoreError> {
    Ok(standing_requests::table
        .filter(standing_requests::id.eq(id))
        .select(StandingRequest::as_select())
        .first(connection)
        .optional()?)
}

/// A request that waits to take the place of this one.
///
/// # Errors
/// The database's.
pub fn correction_of(connection: &mut DbConnection, id: &str) -> Result<Option<StandingRequest>, StoreError> {
    Ok(standing_requests::table
        .filter(standing_requests::corrects.eq(id))
        .filter(standing_requests::decision.is_null())
        .filter(standing_requests::ended_why.is_null())
        .select(StandingRequest::as_select())
        .first(connection)
        .optional()?)
}

/// The requests of somebody's department that are in force, the oldest first.
///
/// # Errors
/// The database's.
pub fn in_force_for(
    connection: &mut DbConnection,
    who: &Principal,
    now: Moment,
) -> Result<Vec<StandingRequest>, StoreError> {
    let Some(organisation) = who.organisation.as_deref() else { return Ok(Vec::new()) };
    Ok(standing_requests::table
        .filter(standing_requests::audience.eq(who.audience.code()))
        .filter(standing_requests::organisation.eq(organisation))
        .filter(standing_requests::decision.eq("granted"))
        .filter(standing_requests::ended_why.is_null())
        .filter(standing_requests::until_day.ge(day_number(now.shanghai_date())))
        .order((standing_requests::asked_at.asc(), standing_requests::id.asc()))
        .select(StandingRequest::as_select())
        .load(connection)?)
}

/// From when on a department has held each block of a request, milliseconds: a request that took the place of another
/// goes on with what that one held.
///
/// # Errors
/// The database's.
pub fn held_since(
    connection: &mut DbConnection,
    request: &StandingRequest,
) -> Result<BTreeMap<Block, i64>, StoreError> {
    let granted_at = |request: &StandingRequest| request.decided_at.unwrap_or(i64::MAX);
    let mut since: BTreeMap<Block, i64> =
        request.granted_blocks().into_iter().map(|block| (block, granted_at(request))).collect();
    let (mut open, mut earlier) = (request.granted_blocks(), request.corrects.clone());
    while let Some(id) = earlier.take().filter(|_| !open.is_empty()) {
        let Some(before) = find(connection, &id)? else { break };
        let held = before.granted_blocks();
        open.retain(|block| held.contains(block));
        for block in &open {
            since.insert(*block, granted_at(&before));
        }
        earlier = before.corrects;
    }
    Ok(since)
}

/// All requests in force, the oldest first; few, since there are few departments.
///
/// # Errors
/// The database's.
pub fn in_force(connection: &mut DbConnection, now: Moment) -> Result<Vec<StandingRequest>, StoreError> {
    Ok(standing_requests::table
        .filter(standing_requests::decision.eq("granted"))
        .filter(standing_requests::ended_why.is_null())
        .filter(standing_requests::until_day.ge(day_number(now.shanghai_date())))
        .order((standing_requests::asked_at.asc(), standing_requests::id.asc()))
        .select(StandingRequest::as_select())
        .load(connection)?)
}

/// Whose requests a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// Of this department.
    Department(Audience, String),
    All,
    Nobody,
}

impl Of {
    /// Whose requests somebody sees: a department its own, who answers and who audits all.
    #[must_use]
    pub fn visible_to(who: &Principal) -> Self {
        match (who.audience, &who.organisation) {
            (Audience::Operator | Audience::Auditor, _) => Of::All,
            (audience, Some(code)) if audience.is_department() => Of::Department(audience, code.to_string()),
            _ => Of::Nobody,
        }
    }
}

/// Requests, the last asked first; `before` is time and id of the last one of the page before.
///
/// # Errors
/// The database's.
pub fn list(
    connection: &mut DbConnection,
    of: &Of,
    before: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<StandingRequest>, StoreError> {
    let mut query = standing_requests::table.into_boxed();
    match of {
        Of::Department(audience, code) => {
            query = query
                .filter(standing_requests::audience.eq(audience.code()))
                .filter(standing_requests::organisation.eq(code));
        }
        Of::Nobody => return Ok(Vec::new()),
        Of::All => {}
    }
    if let Some((at, id)) = before {
        let earlier = standing_requests::asked_at.lt(at);
        let same = standing_requests::asked_at.eq(at).and(standing_requests::id.lt(id.to_owned()));
        query = query.filter(earlier.or(same));
    }
    Ok(query
        .order((standing_requests::asked_at.desc(), standing_requests::id.desc()))
        .limit(limit)
        .select(StandingRequest::as_select())
        .load(connection)?)
}
