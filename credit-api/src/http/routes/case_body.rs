//! A case as its readers see it: steps, terms, what the reader may do.

use credit_core::calendar::WorkingDays;
use credit_core::cases::{
    Case, ClockState, ClockView, Missing, Outcome, Role, Step, clocks_of, is_disputed, stays_consequences,
};
use credit_core::dates::Moment;
use credit_core::records::Lang;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access;
use crate::cases::parties::{self, Party};
use crate::cases::rules;
use crate::cases::store::{self, CaseRow};
use crate::cases::subject::About;
use crate::evaluation::view::rfc3339;
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::identity::Means;

/// A step that was taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepBody {
    pub number: u32,
    pub verb: &'static str,
    pub title: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    /// In what capacity it was taken.
    pub role: &'static str,
    /// Who took it; for an enterprise only its own agents.
    pub by: Option<String>,
    pub at: String,
    pub outcome: Option<&'static str>,
    pub reason: Option<String>,
    pub basis: Option<String>,
    pub attachments: Vec<String>,
    /// SHA-256 of the step, which holds that of the one before; the ledger commits to it.
    pub digest: String,
}

/// A term that runs or ran.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClockBody {
    pub clock: &'static str,
    pub title: &'static str,
    /// In what capacity it is owed.
    pub owed_by: &'static str,
    /// The day from which it runs, itself not counted.
    pub runs_from: chrono::NaiveDate,
    /// The last day: with the outer bound, the earlier of both.
    pub ends_on: chrono::NaiveDate,
    /// The calendar of a year that it reaches into is not published, or a notice was not read yet.
    pub provisional: bool,
    /// `running`, `reminder`, `overdue`, `escalated`, `over`, `met`, `met_late` or `ended`.
    #[schema(value_type = String)]
    pub state: ClockState,
    pub stopped_on: Option<chrono::NaiveDate>,
}

/// Something this caller may do now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OfferBody {
    pub verb: &'static str,
    pub title: &'static str,
    /// What the step must bring: `reason`, `basis`, `attachments`, `about`, or outcomes to choose from.
    pub brings: Vec<String>,
    /// It decides on somebody, as the second person.
    pub binds: bool,
}

/// A case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseBody {
    pub id: String,
    pub kind: &'static str,
    pub uscc: String,
    pub state: &'static str,
    pub state_title: &'static str,
    /// What `If-Match` of the next step names; also the `ETag`.
    pub version: i64,
    /// `null` for whoever is told of the case alone, and not what it is about.
    pub about: Option<About>,
    /// The department that was asked.
    pub asked: Option<String>,
    pub opened_at: String,
    /// The record is marked as disputed.
    pub disputed: bool,
    /// What a downgrade entails waits.
    pub stays_consequences: bool,
    pub clocks: Vec<ClockBody>,
    pub steps: Vec<StepBody>,
    pub allowed: Vec<OfferBody>,
}

/// A case in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseItem {
    pub id: String,
    pub kind: String,
    pub uscc: String,
    pub state: String,
    pub version: i64,
    pub opened_at: String,
    pub changed_at: String,
    pub open: bool,
    /// The day on which the first of its running terms ends.
    pub due_on: Option<chrono::NaiveDate>,
    pub overdue: bool,
}

impl CaseItem {
    pub(super) fn of(row: CaseRow, now: Moment) -> Self {
        let due_on = (row.due_day != store::NO_DAY).then(|| credit_core::dates::from_day_number(row.due_day));
        Self {
            overdue: row.open != 0 && due_on.is_some_and(|day| day < now.shanghai_date()),
            due_on,
            id: row.id,
            kind: row.kind,
            uscc: row.uscc,
            state: row.state,
            version: row.version,
            opened_at: rfc3339(row.opened_at),
            changed_at: rfc3339(row.changed_at),
            open: row.open != 0,
        }
    }
}

/// Who asks, and in which language.
pub(super) struct Here {
    pub(super) party: Party,
    pub(super) lang: Lang,
}

impl Here {
    pub(super) fn of(caller: &Caller, who: &Who) -> Self {
        let actor = who.actor();
        let is_person = actor.user.is_some() || matches!(who.0.means, Means::Token);
        let party = Party { principal: caller.principal.clone(), person: actor.person, is_person };
        Self { party, lang: caller.lang }
    }
}

fn say(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    if lang == Lang::Zh { zh } else { en }
}

/// A case as this caller sees it; with the flag alone there is neither what it is about nor who did what.
pub(super) fn body_of(
    row: &CaseRow,
    steps: &[Step],
    (here, outcome): (&Here, access::Outcome),
    (now, calendar): (Moment, &WorkingDays),
) -> Result<CaseBody, Problem> {
    let (lang, kind) = (here.lang, row.kind()?);
    let case = Case { id: &row.id, kind, steps };
    let is_whole = outcome == access::Outcome::Full;
    let shown = if is_whole { steps } else { &[] };
    let role = parties::role_of(&here.party, row).filter(|_| is_whole);
    let allowed = role.map(|role| case.allowed(&parties::actor(&here.party, role), now, &rules(calendar)));
    let state = case.state();
    Ok(CaseBody {
        id: row.id.clone(),
        kind: kind.code(),
        uscc: row.uscc.clone(),
        state: state.code(),
        state_title: say(lang, state.zh(), state.en()),
        version: row.version,
        about: if is_whole { Some(row.about()?) } else { None },
        asked: row.asked.clone().filter(|_| is_whole),
        opened_at: rfc3339(row.opened_at),
        disputed: is_disputed(&case),
        stays_consequences: stays_consequences(&case),
        clocks: clocks_of(shown, calendar, now).into_iter().map(|clock| clock_body(&clock, lang)).collect(),
        steps: shown.iter().map(|step| step_body(step, role, lang)).collect(),
        allowed: allowed
            .into_iter()
            .flatten()
            .map(|offer| OfferBody {
                verb: offer.verb.code(),
                title: say(lang, offer.verb.zh(), offer.verb.en()),
                brings: offer.brings.iter().flat_map(brings).collect(),
                binds: offer.binds,
            })
            .collect(),
    })
}

fn brings(missing: &Missing) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match missing {
        Missing::Reason => one("reason"),
        Missing::Basis => one("basis"),
        Missing::Attachment => one("attachments"),
        Missing::Subject(_) => one("about"),
        Missing::Outcome(outcomes) => {
            outcomes.iter().map(|outcome| format!("outcome:{}", outcome.code())).collect()
        }
    }
}

fn clock_body(clock: &ClockView, lang: Lang) -> ClockBody {
    ClockBody {
        clock: clock.clock.code(),
        title: say(lang, clock.clock.zh(), clock.clock.en()),
        owed_by: clock.owed_by.code(),
        runs_from: clock.runs_from,
        ends_on: clock.end.date,
        provisional: clock.end.provisional,
        state: clock.state,
        stopped_on: clock.stopped_on,
    }
}

/// Officers are named to those who answer for them, not to the enterprise.
fn step_body(step: &Step, reader: Option<Role>, lang: Lang) -> StepBody {
    let is_named = reader != Some(Role::Enterprise) || step.actor.role == Role::Enterprise;
    StepBody {
        number: step.number,
        verb: step.verb.code(),
        title: say(lang, step.verb.zh(), step.verb.en()),
        from: step.from.code(),
        to: step.to.code(),
        role: step.actor.role.code(),
        by: is_named.then(|| step.actor.id.clone()),
        at: rfc3339(step.at.0),
        outcome: step.outcome.map(Outcome::code),
        reason: step.reason.as_ref().and_then(|told| told.text.clone()),
        basis: step.basis.as_ref().and_then(|told| told.text.clone()),
        attachments: step.attachments.iter().map(|digest| String::from(*digest)).collect(),
        digest: String::from(step.digest),
    }
}
