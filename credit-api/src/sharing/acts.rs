//! Asking, answering, withdrawing, correcting. Each act is one transaction with what it anchors.

use chrono::{Months, NaiveDate};
use credit_core::dates::{Moment, day_number};
use credit_core::records::Lang;

use super::requests::{
    BLOCKS, Cycle, MONTHS_MAX, Standing, StandingRequest, TEXT_CHARS_MAX, answer_due, correction_of, find,
};
use super::statement;
use crate::access::{Ask, Audience, Block, Principal, Purpose, Rules, Subject};
use crate::anchoring::outbox::{self, Draft};
use crate::service::Service;
use crate::store::bulk::Bind;
use crate::store::versioned::{self, Column, Versioned, random};
use crate::store::{DbConnection, Lane, StoreError, write};

const ID_BYTES: usize = 16;

/// What is written in the transaction of an act, such as its answer.
pub type Also<'a> = versioned::Also<'a, StandingRequest>;

/// What a department asks for.
#[derive(Debug, Clone)]
pub struct Terms {
    pub purpose: Purpose,
    pub blocks: Vec<Block>,
    pub basis: String,
    pub cycle: Cycle,
    /// The last day.
    pub until: NaiveDate,
}

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// These blocks of those asked for, and why not the others where some are missing.
    Grant {
        blocks: Vec<Block>,
        reason: Option<String>,
    },
    Refuse {
        reason: String,
    },
}

/// Why an act is not done.
#[derive(Debug, thiserror::Error)]
pub enum SharingError {
    #[error("only a department asks, in its own name")]
    NotDepartment,
    #[error("only the zone operator answers")]
    NotOperator,
    #[error("whoever asked does not answer")]
    SamePerson,
    #[error("no such request")]
    NotFound,
    #[error("the request has changed since: it has version {found}")]
    Changed { found: i64 },
    #[error("the request is {}", standing.code())]
    Standing { standing: Standing },
    #[error("a correction of this request waits for its answer already")]
    CorrectionWaits,
    #[error("{field}: {}", fault.words(Lang::En))]
    Field { field: &'static str, fault: Fault },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Purpose,
    NoBlock,
    Block,
    /// Not for this department in bulk.
    NotPermitted(Block),
    /// Was not asked for.
    NotAsked(Block),
    Text,
    ReasonNeeded,
    Decision,
    Cycle,
    Past,
    TooLong,
}

impl Fault {
    /// What was expected.
    #[must_use]
    pub fn words(self, lang: Lang) -> String {
        let blocks = || BLOCKS.map(Block::code).join(", ");
        match (self, lang) {
            (Fault::Purpose, Lang::Zh) => "不是本部门可用的用途".to_owned(),
            (Fault::Purpose, Lang::En) => "not a purpose that this department may name".to_owned(),
            (Fault::NoBlock, Lang::Zh) => "至少列出一项".to_owned(),
            (Fault::NoBlock, Lang::En) => "at least one is needed".to_owned(),
            (Fault::Block, Lang::Zh) => format!("应为 {} 之中的项目，每项一次", blocks()),
            (Fault::Block, Lang::En) => format!("expected some of {}, each once", blocks()),
            (Fault::NotPermitted(block), Lang::Zh) => {
                format!("披露规则不允许向该部门批量提供“{}”", block.title(lang))
            }
            (Fault::NotPermitted(block), Lang::En) => {
                format!("the rules of disclosure do not open {} to this department in bulk", block.code())
            }
            (Fault::NotAsked(block), Lang::Zh) => format!("申请中没有“{}”", block.title(lang)),
            (Fault::NotAsked(block), Lang::En) => format!("{} was not asked for", block.code()),
            (Fault::Text, Lang::Zh) => format!("应为 1 至 {TEXT_CHARS_MAX} 个字符"),
            (Fault::Text, Lang::En) => format!("has 1 to {TEXT_CHARS_MAX} characters"),
            (Fault::ReasonNeeded, Lang::Zh) => "未全部同意时须说明理由".to_owned(),
            (Fault::ReasonNeeded, Lang::En) => {
                "a reason is needed where not everything is granted".to_owned()
            }
            (Fault::Decision, Lang::Zh) => "应为 grant 或 refuse".to_owned(),
            (Fault::Decision, Lang::En) => "expected grant or refuse".to_owned(),
            (Fault::Cycle, Lang::Zh) => "应为 once、daily、weekly、monthly、event 之一".to_owned(),
            (Fault::Cycle, Lang::En) => "expected one of once, daily, weekly, monthly, event".to_owned(),
            (Fault::Past, Lang::Zh) => "不得早于今天".to_owned(),
            (Fault::Past, Lang::En) => "must not be before today".to_owned(),
            (Fault::TooLong, Lang::Zh) => format!("期限不得超过 {MONTHS_MAX} 个月"),
            (Fault::TooLong, Lang::En) => format!("it may hold for at most {MONTHS_MAX} months"),
        }
    }
}

impl SharingError {
    /// What is wrong, for whoever acted.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Self::NotDepartment => {
                ("只有政府部门可以以自己的名义申请。", "Only a department asks, in its own name.")
            }
            Self::NotOperator => ("只有平台运营人员可以答复。", "Only the zone operator answers."),
            Self::SamePerson => ("申请人不能自己答复。", "Whoever asked does not answer."),
            Self::NotFound => {
                ("没有此编号的申请，或与您无关。", "No request has this id, or it is not yours.")
            }
            Self::Changed { .. } => (
                "该申请在您打开之后已有变更，请核对后再试。",
                "The request has changed since you opened it; read it again.",
            ),
            Self::CorrectionWaits => {
                ("该申请已有一份更正待答复。", "A correction of this request waits for its answer already.")
            }
            Self::Standing { standing } => {
                return match lang {
                    Lang::Zh => format!("该申请目前的状态是“{}”，不能这样变更。", standing.title(lang)),
                    Lang::En => {
                        format!("The request is {}; this cannot be done to it.", standing.title(lang))
                    }
                };
            }
            Self::Field { field, fault } => {
                let separator = if lang == Lang::Zh { "：" } else { ": " };
                return format!("{field}{separator}{}", fault.words(lang));
            }
            Self::Store(_) => ("暂时无法办理。", "This cannot be done now."),
        };
        if lang == Lang::Zh { zh.to_owned() } else { en.to_owned() }
    }
}

impl From<diesel::result::Error> for SharingError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

/// Whether the rules of disclosure open a block to somebody in bulk, for a purpose.
#[must_use]
pub fn is_open(rules: &Rules, who: &Principal, purpose: Purpose, block: Block) -> bool {
    // Of measures a department is told the recommendations that are addressed to it.
    let own_organisation = block == Block::Measures;
    let ask = Ask { own_organisation, ..Ask::new(who, block, Some(purpose), Subject::Many) };
    rules.decide(&ask).is_allowed()
}

/// Asks for a standing request.
///
/// # Errors
/// [`SharingError`]; `also` runs in the same transaction.
pub fn apply(
    service: &Service,
    who: &Principal,
    terms: &Terms,
    also: Also<'_>,
) -> Result<StandingRequest, SharingError> {
    let request = drawn_up(service, who, terms, None, service.clock.now())?;
    versioned::add(&service.database, request, also)
}

/// Asks for other terms in the place of a request that is in force or waits; it ends when these are granted.
///
/// # Errors
/// [`SharingError`].
pub fn correct(
    service: &Service,
    who: &Principal,
    place: (&str, i64),
    terms: &Terms,
    also: Also<'_>,
) -> Result<StandingRequest, SharingError> {
    let now = service.clock.now();
    let request = drawn_up(service, who, terms, Some(place.0), now)?;
    let mut connection = service.database.connection()?;
    write(&mut connection, Lane::Bookkeeping, |connection| {
        let mut earlier =
            versioned::seen(connection, place, |earlier: &StandingRequest| visible_if(earlier.is_of(who)))?;
        let standing = earlier.standing(now);
        if !matches!(standing, Standing::Asked | Standing::Active) {
            return Err(SharingError::Standing { standing });
        }
        if correction_of(connection, place.0)?.is_some() {
            return Err(SharingError::CorrectionWaits);
        }
        if standing == Standing::Asked {
            // Nothing was granted yet: the corrected text is the one to answer.
            end(connection, &mut earlier, who, ("corrected", None), now)?;
        }
        // Counted, so that two who correct it at once do not both.
        versioned::save(connection, &mut earlier)?;
        versioned::insert(connection, StandingRequest::TABLE, request.first())?;
        also(connection, &request)?;
        Ok(request)
    })
}

fn drawn_up(
    service: &Service,
    who: &Principal,
    terms: &Terms,
    corrects: Option<&str>,
    now: Moment,
) -> Result<StandingRequest, SharingError> {
    let organisation = match &who.organisation {
        Some(code) if who.audience.is_department() => code.to_string(),
        _ => return Err(SharingError::NotDepartment),
    };
    let today = now.shanghai_date();
    let basis = check(service, who, terms, today)?;
    let blocks: Vec<&str> = terms.blocks.iter().map(|block| block.code()).collect();
    let due = answer_due(&service.calendars.now(), today);
    Ok(StandingRequest {
        id: hex::encode(random::<ID_BYTES>()?),
        audience: who.audience.code().to_owned(),
        organisation,
        purpose: terms.purpose.code().to_owned(),
        blocks: blocks.join(";"),
        basis,
        cycle: terms.cycle.code().to_owned(),
        until_day: day_number(terms.until),
        corrects: corrects.map(str::to_owned),
        asked_by: who.id.to_string(),
        asked_at: now.0,
        due_day: day_number(due),
        decision: None,
        granted: None,
        reason: None,
        decided_by: None,
        decided_at: None,
        ended_why: None,
        ended_by: None,
        ended_at: None,
        end_reason: None,
        version: 1,
        salt: None,
    })
}

/// The basis as it is kept, when everything can be asked for.
fn check(
    service: &Service,
    who: &Principal,
    terms: &Terms,
    today: NaiveDate,
) -> Result<String, SharingError> {
    let wrong = |field, fault| Err(SharingError::Field { field, fault });
    if !service.rules.purposes_of(who).contains(&terms.purpose) {
        return wrong("purpose", Fault::Purpose);
    }
    if terms.blocks.is_empty() {
        return wrong("blocks", Fault::NoBlock);
    }
    if !Block::each_once_of(&terms.blocks, &BLOCKS) {
        return wrong("blocks", Fault::Block);
    }
    for block in &terms.blocks {
        if !is_open(&service.rules, who, terms.purpose, *block) {
            return wrong("blocks", Fault::NotPermitted(*block));
        }
    }
    let basis = tidy(&terms.basis).ok_or(SharingError::Field { field: "basis", fault: Fault::Text })?;
    if terms.until < today {
        return wrong("valid_to", Fault::Past);
    }
    let end = today.checked_add_months(Months::new(MONTHS_MAX));
    if end.is_none_or(|end| terms.until >= end) {
        return wrong("valid_to", Fault::TooLong);
    }
    Ok(basis)
}

/// Without space around it; nothing where it is no text of its length.
fn tidy(text: &str) -> Option<String> {
    let text = text.trim();
    let is_clean = !text.chars().any(|c| c.is_control() && c != '\n');
    ((1..=TEXT_CHARS_MAX).contains(&text.chars().count()) && is_clean).then(|| text.to_owned())
}

/// Grants all or a part, or refuses; `version` is what the operator has seen.
///
/// # Errors
/// [`SharingError`].
pub fn answer(
    service: &Service,
    who: &Principal,
    place: (&str, i64),
    answer: &Answer,
    also: Also<'_>,
) -> Result<StandingRequest, SharingError> {
    if who.audience != Audience::Operator {
        return Err(SharingError::NotOperator);
    }
    let now = service.clock.now();
    let change = |connection: &mut DbConnection, request: &mut StandingRequest| {
        let standing = request.standing(now);
        if standing != Standing::Asked {
            return Err(SharingError::Standing { standing });
        }
        if request.asked_by == *who.id {
            return Err(SharingError::SamePerson);
        }
        request.decided_by = Some(who.id.to_string());
        request.decided_at = Some(now.0);
        match answer {
            Answer::Refuse { reason } => {
                request.decision = Some("refused".to_owned());
                request.reason = Some(reason_of(reason)?);
            }
            Answer::Grant { blocks, reason } => {
                let (granted, reason) = grantable(service, request, blocks, reason.as_deref())?;
                request.decision = Some("granted".to_owned());
                request.granted = Some(granted);
                request.reason = reason;
                request.salt = Some(random::<32>()?.to_vec());
                anchor(connection, request, ("granted", &who.id), now)?;
                if let Some(earlier) = request.corrects.clone() {
                    give_way(connection, &earlier, who, now)?;
                }
            }
        }
        Ok(())
    };
    versioned::act(&service.database, place, |_| Ok(()), change, also)
}

fn reason_of(text: &str) -> Result<String, SharingError> {
    tidy(text).ok_or(SharingError::Field { field: "reason", fault: Fault::Text })
}

/// The blocks as they are kept, with the reason for a part, when they can be granted.
fn grantable(
    service: &Service,
    request: &StandingRequest,
    blocks: &[Block],
    reason: Option<&str>,
) -> Result<(String, Option<String>), SharingError> {
    let wrong = |field, fault| Err(SharingError::Field { field, fault });
    let (asked, department) = (request.asked_blocks(), request.department());
    let (Some(department), Some(purpose)) = (department, request.known_purpose()) else {
        return wrong("purpose", Fault::Purpose);
    };
    let mut granted = blocks.to_vec();
    granted.sort_unstable();
    granted.dedup();
    if granted.is_empty() {
        return wrong("blocks", Fault::NoBlock);
    }
    for block in &granted {
        if !asked.contains(block) {
            return wrong("blocks", Fault::NotAsked(*block));
        }
        // The rules may have changed since it was asked.
        if !is_open(&service.rules, &department, purpose, *block) {
            return wrong("blocks", Fault::NotPermitted(*block));
        }
    }
    let reason = reason.map(reason_of).transpose()?;
    if granted.len() < asked.len() && reason.is_none() {
        return wrong("reason", Fault::ReasonNeeded);
    }
    let codes: Vec<&str> = granted.iter().map(|block| block.code()).collect();
    Ok((codes.join(";"), reason))
}

/// Ends the request whose place another one takes, if it still holds.
fn give_way(
    connection: &mut DbConnection,
    id: &str,
    who: &Principal,
    now: Moment,
) -> Result<(), SharingError> {
    let Some(mut earlier) = find(connection, id)? else { return Ok(()) };
    if earlier.standing(now) == Standing::Active {
        end(connection, &mut earlier, who, ("corrected", None), now)?;
        versioned::save(connection, &mut earlier)?;
    }
    Ok(())
}

/// Takes a request back, with effect at once: the department its own, the operator any with a reason.
///
/// # Errors
/// [`SharingError`].
pub fn withdraw(
    service: &Service,
    who: &Principal,
    place: (&str, i64),
    reason: Option<&str>,
    also: Also<'_>,
) -> Result<StandingRequest, SharingError> {
    let now = service.clock.now();
    let is_operator = who.audience == Audience::Operator;
    let reason = reason.map(reason_of).transpose()?;
    let may = |request: &StandingRequest| visible_if(is_operator || request.is_of(who));
    let change = |connection: &mut DbConnection, request: &mut StandingRequest| {
        let standing = request.standing(now);
        let ends = standing == Standing::Active || (standing == Standing::Asked && !is_operator);
        if !ends {
            return Err(SharingError::Standing { standing });
        }
        if is_operator && reason.is_none() {
            return Err(SharingError::Field { field: "reason", fault: Fault::Text });
        }
        let why = if is_operator { "revoked" } else { "withdrawn" };
        Ok(end(connection, request, who, (why, reason), now)?)
    };
    versioned::act(&service.database, place, may, change, also)
}

/// What somebody may not see does not exist.
fn visible_if(may: bool) -> Result<(), SharingError> {
    if may { Ok(()) } else { Err(SharingError::NotFound) }
}

/// Ends a request; what was granted is anchored as ended.
fn end(
    connection: &mut DbConnection,
    request: &mut StandingRequest,
    who: &Principal,
    (why, reason): (&str, Option<String>),
    now: Moment,
) -> Result<(), StoreError> {
    request.ended_why = Some(why.to_owned());
    request.ended_by = Some(who.id.to_string());
    request.ended_at = Some(now.0);
    request.end_reason = reason;
    if request.decision.as_deref() == Some("granted") {
        anchor(connection, request, (why, &who.id), now)?;
    }
    Ok(())
}

fn anchor(
    connection: &mut DbConnection,
    request: &StandingRequest,
    (act, by): (&str, &str),
    now: Moment,
) -> Result<(), StoreError> {
    let commitment = statement::commitment(request, act, by, now.0, statement::salt_of(request)?)?;
    outbox::append(connection, &request.id, now.0, Draft::Sharing { ended: act != "granted", commitment })
}

impl Versioned for StandingRequest {
    const TABLE: &'static str = "standing_requests";
    type Refused = SharingError;

    fn find(connection: &mut DbConnection, id: &str) -> Result<Option<Self>, StoreError> {
        find(connection, id)
    }

    fn first(&self) -> Vec<Column> {
        let row = self.clone();
        vec![
            ("id", row.id.into()),
            ("audience", row.audience.into()),
            ("organisation", row.organisation.into()),
            ("purpose", row.purpose.into()),
            ("blocks", row.blocks.into()),
            ("basis", row.basis.into()),
            ("cycle", row.cycle.into()),
            ("until_day", row.until_day.into()),
            ("corrects", Bind::OptionalText(row.corrects)),
            ("asked_by", row.asked_by.into()),
            ("asked_at", row.asked_at.into()),
            ("due_day", row.due_day.into()),
            ("version", row.version.into()),
        ]
    }

    fn later(&self) -> Vec<Column> {
        let row = self.clone();
        vec![
            ("decision", Bind::OptionalText(row.decision)),
            ("granted", Bind::OptionalText(row.granted)),
            ("reason", Bind::OptionalText(row.reason)),
            ("decided_by", Bind::OptionalText(row.decided_by)),
            ("decided_at", Bind::OptionalBig(row.decided_at)),
            ("ended_why", Bind::OptionalText(row.ended_why)),
            ("ended_by", Bind::OptionalText(row.ended_by)),
            ("ended_at", Bind::OptionalBig(row.ended_at)),
            ("end_reason", Bind::OptionalText(row.end_reason)),
            ("salt", Bind::OptionalBytes(row.salt)),
        ]
    }

    fn id(&self) -> String {
        self.id.clone()
    }

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }

    fn absent() -> SharingError {
        SharingError::NotFound
    }

    fn changed(found: i64) -> SharingError {
        SharingError::Changed { found }
    }
}
