//! What persons decide on measures: an officer confirms what binds, a reviewer after the officer what takes something
//! away; either refuses or lifts.

use credit_core::records::Lang;
use credit_core::supervision::{State, Verb, next};

use super::store::{self, MeasureRow, Taken, Why, taken};
use crate::access::Audience;
use crate::cases::parties::Party;
use crate::negative_list::register;
use crate::service::Service;
use crate::store::{DbConnection, Lane, StoreError, commit_in_order, write};

/// Longest reason, characters.
pub const REASON_CHARS_MAX: usize = 1_000;

/// What is written in the transaction of a decision, such as its answer.
pub type Also<'a> = &'a mut dyn FnMut(&mut DbConnection, &Taken) -> Result<(), StoreError>;

/// Why a decision is not taken.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    #[error("no such measure")]
    NotFound,
    #[error("an officer of the zone or a reviewer decides, in person")]
    NotTheirs,
    #[error("it waits for {}", if *.officer { "an officer" } else { "a reviewer" })]
    NotYours { officer: bool },
    #[error("the officer who confirmed it does not confirm it again")]
    SamePerson,
    #[error("a reason has 1 to {REASON_CHARS_MAX} characters")]
    Reason,
    #[error("the measure is {}, which does not allow this", .0.code())]
    Standing(State),
    #[error("the lists are stale; nothing that rests on them begins until they are received again")]
    Stale,
    #[error("it has changed since")]
    Changed,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for MeasureError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl MeasureError {
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let zh = match self {
            Self::NotFound => "没有此措施。",
            Self::NotTheirs => "须由综试办工作人员或复核人员本人决定。",
            Self::NotYours { officer: true } => "此措施待综试办工作人员确认。",
            Self::NotYours { officer: false } => "此措施待复核人员确认。",
            Self::SamePerson => "确认人不得由同一人再次确认。",
            Self::Reason => "理由应为 1 至 1000 个字符。",
            Self::Standing(_) => "此措施当前的状态不允许此操作。",
            Self::Stale => "名单数据已过时效；在重新收到名单之前，不得新增以名单为据的措施。",
            Self::Changed => "在您读取之后内容已变更。",
            Self::Store(_) => "暂时无法办理。",
        };
        if lang == Lang::Zh { zh.to_owned() } else { self.to_string() }
    }
}

/// Somebody confirms, refuses or lifts a measure, having seen `version` of it.
///
/// # Errors
/// [`MeasureError`].
pub fn decide(
    service: &Service,
    who: &Party,
    (id, version): (&str, i64),
    verb: Verb,
    reason: &str,
    also: Also<'_>,
) -> Result<Taken, MeasureError> {
    let reason = reason.trim();
    let now = service.clock.now().0;
    write(&mut *service.database.connection()?, Lane::Bookkeeping, |connection| {
        commit_in_order(connection)?;
        let row = store::find(connection, id)?.ok_or(MeasureError::NotFound)?;
        may(who, &row, verb)?;
        if !(1..=REASON_CHARS_MAX).contains(&reason.chars().count()) || reason.contains('\0') {
            return Err(MeasureError::Reason);
        }
        if row.version != version {
            return Err(MeasureError::Changed);
        }
        let (state, measure) = (row.state()?, row.measure()?);
        let to = next(Some(state), verb, measure, row.stood()).filter(|_| verb.is_a_persons());
        let to = to.ok_or(MeasureError::Standing(state))?;
        let is_stale = verb == Verb::Confirm
            && measure.rests_on_lists()
            && register::is_stale(register::last_received(connection)?, now);
        if is_stale {
            return Err(MeasureError::Stale);
        }
        let why =
            Why { by: Some(who.person.clone()), reason: Some(reason.to_owned()), cause: row.cause.clone() };
        // A clock that was set back does not stop a measure.
        let at = now.max(row.changed_at);
        let step = taken(row, (verb, to), why, at);
        store::write(connection, std::slice::from_ref(&step), at)?;
        also(connection, &step)?;
        Ok(step)
    })
}

/// Whether this person may do it: an officer what was proposed, a reviewer who is another person what an officer has
/// confirmed.
fn may(who: &Party, row: &MeasureRow, verb: Verb) -> Result<(), MeasureError> {
    let is_officer = who.is_person && who.principal.audience == Audience::Commerce;
    let is_reviewer = who.is_person && who.principal.audience == Audience::Reviewer;
    if !is_officer && !is_reviewer {
        return Err(MeasureError::NotTheirs);
    }
    match (verb, row.state()?) {
        (Verb::Confirm | Verb::Refuse, State::Proposed) if !is_officer => {
            Err(MeasureError::NotYours { officer: true })
        }
        (Verb::Confirm, State::Confirmed) if row.confirmed_by.as_deref() == Some(who.person.as_str()) => {
            Err(MeasureError::SamePerson)
        }
        (Verb::Confirm, State::Confirmed) if !is_reviewer => Err(MeasureError::NotYours { officer: false }),
        _ => Ok(()),
    }
}
