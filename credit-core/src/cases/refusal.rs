//! Why an act is refused, in words that say what would be allowed.

use chrono::NaiveDate;

use super::machine::Need;
use super::words::{Clock, Outcome, Role, State, SubjectKind, Verb};
use crate::dates::Moment;

/// Something that an act must bring and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    Reason,
    Basis,
    Attachment,
    /// One of these must be named.
    Subject(&'static [SubjectKind]),
    /// One of these must be chosen.
    Outcome(Vec<Outcome>),
}

/// Why an act is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else was faster; read the case again (If-Match).
    Stale { seen: u32, at: u32 },
    /// This verb is not for this role in this state.
    NotAllowed {
        state: State,
        verb: Verb,
        role: Role,
        /// What the actor may do now.
        own: Vec<Verb>,
        /// What others may do in this state.
        others: Vec<(Verb, &'static [Role])>,
    },
    /// The act lacks something; all of it.
    Incomplete { verb: Verb, missing: Vec<Missing> },
    /// Who did the step with this verb may not take this one; another person has to.
    OtherPerson { verb: Verb, done: Verb, roles: &'static [Role] },
    /// Only the outcome that was proposed can be confirmed; otherwise send it back.
    NotAsProposed { proposed: Option<Outcome> },
    /// The act is possible once in a case, and step `number` was it.
    Once { verb: Verb, number: u32 },
    /// Possible only after the end of a clock.
    TooEarly { verb: Verb, clock: Clock, end: NaiveDate },
    /// Possible only before the end of a clock; None when the clock does not run.
    TooLate { verb: Verb, clock: Clock, end: Option<NaiveDate> },
    /// There is no notice that waits to be read.
    NothingToRead,
    /// The verb has no outcome to choose.
    NoOutcome { verb: Verb },
    /// A text, an id or the number of attachments is above its limit.
    TooLong { what: &'static str, max: usize },
    /// The clock of the caller is behind the last step.
    BeforeLastStep { last: Moment },
    /// The rule pack has no term for a clock.
    NoTerm { clock: Clock },
}

impl Refusal {
    /// A stable code for the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Stale { .. } => "case_stale",
            Self::NotAllowed { .. } => "case_not_allowed",
            Self::Incomplete { .. } => "case_incomplete",
            Self::OtherPerson { .. } => "case_other_person",
            Self::NotAsProposed { .. } => "case_not_as_proposed",
            Self::Once { .. } => "case_once",
            Self::TooEarly { .. } => "case_too_early",
            Self::TooLate { .. } => "case_too_late",
            Self::NothingToRead => "case_nothing_to_read",
            Self::NoOutcome { .. } => "case_no_outcome",
            Self::TooLong { .. } => "case_too_long",
            Self::BeforeLastStep { .. } => "case_before_last_step",
            Self::NoTerm { .. } => "case_no_term",
        }
    }

    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Stale { seen, at } => {
                format!("案件已有变动：您看到第{seen}步，现为第{at}步，请刷新后再办。")
            }
            Self::NotAllowed { state, verb, role, own, others } => {
                let own = list(own.iter().map(|verb| verb.zh()), "、", "无");
                let others = list(others.iter().map(|(verb, who)| with_roles_zh(*verb, who)), "、", "无");
                format!(
                    "案件处于“{}”，{}不能“{}”。您可以：{own}。他人可以：{others}。",
                    state.zh(),
                    role.zh(),
                    verb.zh()
                )
            }
            Self::Incomplete { verb, missing } => {
                format!("“{}”还缺：{}。", verb.zh(), list(missing.iter().map(Missing::zh), "、", ""))
            }
            Self::OtherPerson { verb, done, roles } => format!(
                "“{}”须由另一人（{}）办理：“{}”是您本人办的。",
                verb.zh(),
                list(roles.iter().map(|role| role.zh()), "、", ""),
                done.zh()
            ),
            Self::NotAsProposed { proposed } => format!(
                "只能按拟定意见（{}）确认；不同意的，请退回重拟。",
                proposed.map_or("无", |outcome| outcome.zh())
            ),
            Self::Once { verb, number } => format!("“{}”只能办理一次，第{number}步已办理。", verb.zh()),
            Self::TooEarly { verb, clock, end } => {
                format!("“{}”须在“{}”期满（{end}）之后办理。", verb.zh(), clock.zh())
            }
            Self::TooLate { verb, clock, end } => format!(
                "“{}”须在“{}”期满（{}）之前办理。",
                verb.zh(),
                clock.zh(),
                end.map_or_else(|| "未起算".to_owned(), |day| day.to_string())
            ),
            Self::NothingToRead => "没有待签阅的告知书。".to_owned(),
            Self::NoOutcome { verb } => format!("“{}”不带结果。", verb.zh()),
            Self::TooLong { what, max } => format!("{what}超过上限{max}。"),
            Self::BeforeLastStep { last } => format!("时间早于上一步（{} ms）。", last.0),
            Self::NoTerm { clock } => format!("规则包未规定期限“{}”。", clock.zh()),
        }
    }

    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::Stale { seen, at } => {
                format!("The case has moved on: you saw step {seen}, it is at step {at}. Read it again.")
            }
            Self::NotAllowed { state, verb, role, own, others } => {
                let own = list(own.iter().map(|verb| verb.en()), ", ", "nothing");
                let others =
                    list(others.iter().map(|(verb, who)| with_roles_en(*verb, who)), ", ", "nothing");
                format!(
                    "The case is \"{}\"; \"{}\" is not for the {} now. You may: {own}. Others may: {others}.",
                    state.en(),
                    verb.en(),
                    role.en()
                )
            }
            Self::Incomplete { verb, missing } => {
                format!("\"{}\" lacks: {}.", verb.en(), list(missing.iter().map(Missing::en), ", ", ""))
            }
            Self::OtherPerson { verb, done, roles } => format!(
                "Another person ({}) has to \"{}\": you yourself did \"{}\".",
                list(roles.iter().map(|role| role.en()), ", ", ""),
                verb.en(),
                done.en()
            ),
            Self::NotAsProposed { proposed } => format!(
                "Only what was proposed ({}) can be confirmed; who disagrees sends it back.",
                proposed.map_or("nothing", |outcome| outcome.en())
            ),
            Self::Once { verb, number } => {
                format!("\"{}\" is possible once, and step {number} was it.", verb.en())
            }
            Self::TooEarly { verb, clock, end } => {
                format!("\"{}\" is possible after the end of \"{}\" ({end}).", verb.en(), clock.en())
            }
            Self::TooLate { verb, clock, end } => format!(
                "\"{}\" is possible until the end of \"{}\" ({}).",
                verb.en(),
                clock.en(),
                end.map_or_else(|| "which does not run".to_owned(), |day| day.to_string())
            ),
            Self::NothingToRead => "No notice waits to be read.".to_owned(),
            Self::NoOutcome { verb } => format!("\"{}\" has no outcome to choose.", verb.en()),
            Self::TooLong { what, max } => format!("{what} is above the limit of {max}."),
            Self::BeforeLastStep { last } => {
                format!("The time is before that of the last step ({} ms).", last.0)
            }
            Self::NoTerm { clock } => format!("The rule pack has no term for \"{}\".", clock.en()),
        }
    }
}

impl Missing {
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Reason => "理由".to_owned(),
            Self::Basis => "依据".to_owned(),
            Self::Attachment => "附件".to_owned(),
            Self::Subject(kinds) => format!("所涉{}", list(kinds.iter().map(|kind| kind.zh()), "或", "")),
            Self::Outcome(outcomes) => {
                format!("结果（{}）", list(outcomes.iter().map(|outcome| outcome.zh()), "、", ""))
            }
        }
    }

    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::Reason => "a reason".to_owned(),
            Self::Basis => "a basis".to_owned(),
            Self::Attachment => "an attachment".to_owned(),
            Self::Subject(kinds) => {
                format!("what it is about ({})", list(kinds.iter().map(|kind| kind.en()), " or ", ""))
            }
            Self::Outcome(outcomes) => {
                format!("an outcome ({})", list(outcomes.iter().map(|outcome| outcome.en()), ", ", ""))
            }
        }
    }
}

impl Need {
    /// In a reader's words.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::Reason => Missing::Reason.en(),
            Self::Basis => Missing::Basis.en(),
            Self::Attachment => Missing::Attachment.en(),
            Self::Names(kinds) => Missing::Subject(kinds).en(),
            Self::OtherThan(verbs) => {
                format!("another person than did {}", list(verbs.iter().map(|verb| verb.en()), " or ", ""))
            }
            Self::AsProposed => "the proposed outcome".to_owned(),
            Self::Once => "once in a case".to_owned(),
            Self::Before(clock) => format!("until the end of `{}`", clock.code()),
            Self::After(clock) => format!("after the end of `{}`", clock.code()),
            Self::Unread => "a notice unread".to_owned(),
        }
    }
}

fn with_roles_zh(verb: Verb, who: &[Role]) -> String {
    format!("{}（{}）", verb.zh(), list(who.iter().map(|role| role.zh()), "、", ""))
}

fn with_roles_en(verb: Verb, who: &[Role]) -> String {
    format!("{} ({})", verb.en(), list(who.iter().map(|role| role.en()), ", ", ""))
}

fn list<T: AsRef<str>>(items: impl Iterator<Item = T>, between: &str, none: &str) -> String {
    let items: Vec<String> = items.map(|item| item.as_ref().to_owned()).collect();
    if items.is_empty() { none.to_owned() } else { items.join(between) }
}
