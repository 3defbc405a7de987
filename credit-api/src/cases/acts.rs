//! Opening a case, and each further step. A step, where the case stands by it and what is anchored of it are one
//! transaction; two who act at once cannot both take the same step.

use std::collections::BTreeSet;

use credit_core::cases::{
    Act, Actor, Case, Digest, Kind, Outcome, Refusal, Role, Rules, Step, Verb, machine,
};
use credit_core::dates::Moment;
use credit_core::uscc::Uscc;
use ledger::commitment::{Field, RecordSalt, Statement};
use parity_scale_codec::Encode;

use super::parties::{self, Party};
use super::store::{self, CaseRow};
use super::subject::About;
use super::{appeals, files, particular, rules};
use crate::access::Audience;
use crate::anchoring::outbox::{self, Draft, NewRow};
use crate::intake::receive::mark_dirty;
use crate::registry;
use crate::service::Service;
use crate::sharing::feed::{self, CaseChange, NewChange, What};
use crate::store::versioned::random;
use crate::store::{DbConnection, Lane, StoreError, write};

const ID_BYTES: usize = 16;
/// The `kind` of the outbox.
pub const KIND: &str = "case";

/// What is written in the transaction of a step, such as its answer.
pub type Also<'a> = &'a mut dyn FnMut(&mut DbConnection, &Taken) -> Result<(), StoreError>;

/// A case after a step: where it stands, and all its steps.
pub type Taken = (CaseRow, Vec<Step>);

/// The hour of a step, and the rules that it is taken by.
pub type By<'a> = (Moment, &'a Rules<'a>);

/// What somebody brings to a step.
#[derive(Debug, Clone, Default)]
pub struct Brought {
    pub outcome: Option<Outcome>,
    pub reason: Option<String>,
    pub basis: Option<String>,
    /// SHA-256 of files that the same person brought before.
    pub attachments: Vec<Digest>,
    /// What it is about, where it is another thing than the case was opened for.
    pub about: Option<About>,
    /// The department that is asked as the source of the record.
    pub asked: Option<Audience>,
}

/// Why a step is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    #[error("no such case")]
    NotFound,
    #[error("a case of this kind is opened by others")]
    NotOpener,
    #[error("no such enterprise")]
    NoEnterprise,
    #[error(
        "no case of this kind is about it, the enterprise has no such thing, or the case is about another"
    )]
    NoSuchThing,
    #[error("name the department that is asked")]
    AskWhom,
    #[error("file {digest} was not brought by whoever attaches it")]
    NoSuchFile { digest: String },
    #[error(
        "the record has not been superseded since the objection was accepted; its source sends the right one"
    )]
    NotSuperseded,
    #[error("the source has not sent the record as repaired; its next file does")]
    NotRepaired,
    #[error("the enterprise waits to be evaluated with what was received")]
    NotEvaluated,
    #[error("the outcome follows from the recomputation: {}", outcome.code())]
    Computed { outcome: Outcome },
    #[error("there is no rating to compute again")]
    NoRating,
    #[error("the rating was made with the scorecard {model}, which is not at hand")]
    OtherScorecard { model: String },
    #[error("{}", .0.en())]
    Refused(Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for CaseError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Opens a case: whoever the table of its kind names for the first step. A department that opens one is its source.
///
/// # Errors
/// [`CaseError`].
pub fn open(
    service: &Service,
    who: &Party,
    (kind, uscc): (Kind, Uscc),
    brought: &Brought,
    also: Also<'_>,
) -> Result<Taken, CaseError> {
    let role = parties::role_to_open(who, kind, uscc.as_str()).ok_or(CaseError::NotOpener)?;
    let asked = Some(who.principal.audience).filter(|_| role == Role::Source);
    let brought = Brought { asked, ..brought.clone() };
    let (now, calendar) = (service.clock.now(), service.calendars.now());
    let rules = rules(&calendar);
    write(&mut *service.database.connection()?, Lane::Bookkeeping, |connection| {
        let actor = parties::actor(who, role);
        let taken = begin(connection, (kind, uscc.as_str()), actor, &brought, (None, (now, &rules)))?;
        also(connection, &taken)?;
        Ok(taken)
    })
}

/// What the service finds by itself and opens a case for.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    pub kind: Kind,
    pub uscc: &'a str,
    pub about: &'a About,
    pub reason: &'a str,
    /// The department that is to see it beside the officers of the zone.
    pub asked: Option<Audience>,
    /// What makes two findings the same, such as rule, enterprise and month: for one there is one case, for ever.
    pub once_for: &'a str,
}

/// Opens a case in the name of the service, in the caller's transaction, which is to be one of the lane
/// [`Lane::Bookkeeping`]. The case that was opened for the same before is returned as it stands, with `false`.
///
/// # Errors
/// [`CaseError`].
pub fn open_by_system(
    connection: &mut DbConnection,
    found: &Found<'_>,
    by: By<'_>,
) -> Result<(CaseRow, bool), CaseError> {
    if let Some(row) = store::opened_for(connection, found.kind, found.once_for)? {
        return Ok((row, false));
    }
    let brought = Brought {
        reason: Some(found.reason.to_owned()),
        about: Some(found.about.clone()),
        asked: found.asked,
        ..Brought::default()
    };
    let once_for = Some(found.once_for.to_owned());
    let of = (found.kind, found.uscc);
    let (row, _) = begin(connection, of, parties::system(), &brought, (once_for, by))?;
    Ok((row, true))
}

/// Takes the first step of a case, by whichever row of its table begins it for this actor and this thing.
fn begin(
    connection: &mut DbConnection,
    (kind, uscc): (Kind, &str),
    actor: Actor,
    brought: &Brought,
    (opened_for, (now, rules)): (Option<String>, By<'_>),
) -> Result<Taken, CaseError> {
    let about = brought.about.as_ref().ok_or(CaseError::NoSuchThing)?;
    let opening = machine(kind).opening(actor.role, about.subject().kind).filter(|_| about.suits(kind));
    let verb = opening.ok_or(CaseError::NoSuchThing)?.verb;
    if registry::find(connection, uscc)?.is_none() {
        return Err(CaseError::NoEnterprise);
    }
    let row = CaseRow {
        id: hex::encode(random::<ID_BYTES>()?),
        kind: kind.code().to_owned(),
        uscc: uscc.to_owned(),
        state: String::new(),
        version: 0,
        about: serde_json::to_string(about).map_err(|error| store::damaged("new", error.to_string()))?,
        asked: brought.asked.map(|audience| audience.code().to_owned()),
        opened_at: now.0,
        changed_at: now.0,
        open: 1,
        due_day: store::NO_DAY,
        told: 0,
        effective_day: None,
        opened_for,
        due_by: None,
        severity: None,
    };
    let mut act = Act::new(verb, actor);
    act.seen = Some(0);
    take(connection, row, Vec::new(), act, brought, (now, rules))
}

/// Somebody who is a party to a case takes a step in it, having seen `version` of it.
///
/// # Errors
/// [`CaseError`].
pub fn step(
    service: &Service,
    who: &Party,
    (id, kind, version): (&str, Kind, i64),
    verb: Verb,
    brought: &Brought,
    also: Also<'_>,
) -> Result<Taken, CaseError> {
    let (now, calendar) = (service.clock.now(), service.calendars.now());
    let rules = rules(&calendar);
    let brought = &appeals::recomputed(service, who, (id, kind, verb), brought)?;
    write(&mut *service.database.connection()?, Lane::Bookkeeping, |connection| {
        let row = store::find(connection, id)?.filter(|row| row.kind == kind.code());
        let row = row.ok_or(CaseError::NotFound)?;
        let role = parties::role_of(who, &row).ok_or(CaseError::NotFound)?;
        let steps = store::steps_of(connection, id)?;
        let mut act = Act::new(verb, parties::actor(who, role));
        act.seen = Some(u32::try_from(version).unwrap_or(u32::MAX));
        let taken = take(connection, row, steps, act, brought, (now, &rules))?;
        also(connection, &taken)?;
        Ok(taken)
    })
}

/// Takes one step in the transaction at hand.
pub(crate) fn take(
    connection: &mut DbConnection,
    row: CaseRow,
    mut steps: Vec<Step>,
    mut act: Act,
    brought: &Brought,
    (now, rules): By<'_>,
) -> Result<Taken, CaseError> {
    let kind = row.kind()?;
    let is_new = steps.is_empty();
    let about = subject_of(connection, &row, (kind, act.verb, is_new), brought)?;
    act.outcome = brought.outcome;
    act.reason = brought.reason.clone();
    act.basis = brought.basis.clone();
    act.attachments = brought.attachments.clone();
    act.subject = Some(about.subject());
    // A clock that was set back does not stop a case.
    let now = steps.last().map_or(now, |last| Moment(last.at.0.max(now.0)));
    let step =
        Case { id: &row.id, kind, steps: &steps }.apply(&act, now, rules).map_err(CaseError::Refused)?;
    files::check(connection, &act.actor.id, &act.attachments)?;
    if act.verb == Verb::AskSource && brought.asked.is_none() {
        return Err(CaseError::AskWhom);
    }
    particular::before(connection, &row, &about, &step, &steps)?;
    let (seen, step_verb) = (row.version, step.verb);
    let (from, to, posts, outcome) = (step.from, step.to, step.posts, step.outcome);
    anchor(connection, &row.uscc, &step)?;
    if matches!(kind, Kind::Appeal | Kind::ListEntry) {
        // An appeal stays what a downgrade entails, and its end lets it go on; an entry of the watch list entails
        // something too.
        mark_dirty(connection, now.0, &BTreeSet::from([row.uscc.clone()]))?;
    }
    steps.push(step);
    particular::after(connection, &row, &about, &steps)?;
    let about = serde_json::to_string(&about).map_err(|error| store::damaged(&row.id, error.to_string()))?;
    // Whoever is asked sees the case: only who asks lets somebody in.
    let asked = brought.asked.filter(|_| step_verb == Verb::AskSource);
    let asked = asked.map(|audience| audience.code().to_owned()).or_else(|| row.asked.clone());
    let row = CaseRow { about, asked, ..row }.after(&steps, kind, (now, rules.calendar));
    if is_new {
        store::insert(connection, &row)?;
    } else if !store::update(connection, &row, seen)? {
        let at = u32::try_from(row.version).unwrap_or(u32::MAX);
        let seen = u32::try_from(seen).unwrap_or(u32::MAX);
        return Err(CaseError::Refused(Refusal::Stale { seen, at }));
    }
    let kinds = [(from != to || is_new).then_some(false), posts.then_some(true)];
    let told = kinds.into_iter().flatten().map(|notice| NewChange {
        uscc: row.uscc.clone(),
        at_ms: now.0,
        block: super::block(kind),
        since_ms: None,
        what: What::Case(CaseChange {
            id: row.id.clone(),
            kind: row.kind.clone(),
            step: row.version,
            verb: step_verb.code().to_owned(),
            state: row.state.clone(),
            outcome: outcome.map(|outcome| outcome.code().to_owned()),
            notice,
            told: row.told != 0,
            closed: row.open == 0,
            asked: row.asked.clone(),
        }),
        cause: "case".to_owned(),
    });
    feed::append(connection, &told.collect::<Vec<_>>())?;
    Ok((row, steps))
}

/// What a step is about. It is named when the case is opened, or submitted anew; every other step is about the same.
fn subject_of(
    connection: &mut DbConnection,
    row: &CaseRow,
    (kind, verb, is_new): (Kind, Verb, bool),
    brought: &Brought,
) -> Result<About, CaseError> {
    let named = row.about()?;
    let Some(about) = &brought.about else { return Ok(named) };
    if *about == named && !is_new {
        return Ok(named);
    }
    let may_name = is_new || matches!(verb, Verb::Submit | Verb::Reopen);
    if may_name && about.suits(kind) && about.is_of(connection, &row.uscc)? {
        Ok(about.clone())
    } else {
        Err(CaseError::NoSuchThing)
    }
}

/// Keeps a step with the commitment that goes onto the ledger.
fn anchor(connection: &mut DbConnection, uscc: &str, step: &Step) -> Result<(), StoreError> {
    let (salt, seq) = (random()?, outbox::next_seq(connection, KIND, uscc)?);
    let draft = Draft::Case { commitment: commitment(step, salt)? };
    store::insert_step(connection, step, seq, salt)?;
    outbox::insert(connection, vec![NewRow { subject: uscc.to_owned(), seq, at_ms: step.at.0, draft }])
}

/// Fields of a step as the ledger commits to it.
pub mod field {
    /// Text: id of the case.
    pub const CASE: u16 = 1;
    /// Text: kind of the case.
    pub const KIND: u16 = 2;
    /// `u32`: number of the step.
    pub const NUMBER: u16 = 3;
    /// Text: the verb.
    pub const VERB: u16 = 4;
    /// Text: the state after it.
    pub const TO: u16 = 5;
    /// Option of text: the outcome.
    pub const OUTCOME: u16 = 6;
    /// 32 bytes: the digest of the step, which holds that of the one before.
    pub const DIGEST: u16 = 7;
    /// `i64`, milliseconds.
    pub const AT: u16 = 8;
}

/// The commitment to a step with this salt.
///
/// # Errors
/// When the fields cannot be committed to.
pub fn commitment(step: &Step, salt: [u8; 32]) -> Result<[u8; 32], StoreError> {
    let fields = [
        (field::CASE, step.case.encode()),
        (field::KIND, step.kind.code().encode()),
        (field::NUMBER, step.number.encode()),
        (field::VERB, step.verb.code().encode()),
        (field::TO, step.to.code().encode()),
        (field::OUTCOME, step.outcome.map(|outcome| outcome.code().to_owned()).encode()),
        (field::DIGEST, step.digest.0.encode()),
        (field::AT, step.at.0.encode()),
    ];
    let fields = fields.into_iter().map(|(id, value)| Field { id, value }).collect();
    let statement = Statement::new(fields).map_err(|error| store::damaged(&step.case, error.to_string()))?;
    Ok(statement.commitment(&RecordSalt::new(salt)))
}
