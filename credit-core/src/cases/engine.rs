//! The next step of a case, or why there is none.

use super::chain::digest_of;
use super::clocks::{due_now, extension_of};
use super::deadlines::Deadlines;
use super::machine::{Machine, Need, START, Transition, machine};
use super::refusal::{Missing, Refusal};
use super::step::{Act, Actor, Digest, Extended, Met, Started, Step, Told};
use super::words::{Clock, Kind, Outcome, Role, State, Verb};
use super::{ATTACHMENTS_MAX, ID_BYTES_MAX, STEPS_MAX, TEXT_BYTES_MAX};
use crate::calendar::WorkingDays;
use crate::dates::Moment;

/// The dated data that a step is taken by.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    pub calendar: &'a WorkingDays,
    pub deadlines: &'a Deadlines,
}

/// A case: its steps in order, as the store gives them.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub id: &'a str,
    pub kind: Kind,
    pub steps: &'a [Step],
}

/// Something an actor may do now, for a page to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub verb: Verb,
    /// What the act must bring.
    pub brings: Vec<Missing>,
    /// It decides on somebody, as the second person.
    pub binds: bool,
}

impl Case<'_> {
    #[must_use]
    pub const fn machine(&self) -> &'static Machine {
        machine(self.kind)
    }

    /// Where the case stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.steps.last().map_or(START, |step| step.to)
    }

    /// How many steps were taken: what If-Match compares.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.steps.last().map_or(0, |step| step.number)
    }

    /// What the actor may do now.
    #[must_use]
    pub fn allowed(&self, actor: &Actor, now: Moment, rules: &Rules<'_>) -> Vec<Offer> {
        self.machine()
            .leaving(self.state())
            .filter(|row| row.who.contains(&actor.role) && self.obstacle(row, actor, now, rules).is_none())
            .map(|row| Offer { verb: row.verb, brings: self.brings(row), binds: row.binds })
            .collect()
    }

    /// What others than the actor's role may do in this state, time and persons apart.
    #[must_use]
    pub fn for_others(&self, role: Role) -> Vec<(Verb, &'static [Role])> {
        let rows = self.machine().leaving(self.state());
        rows.filter(|row| !row.who.contains(&role)).map(|row| (row.verb, row.who)).collect()
    }

    /// The step that this act is, chained to the last one.
    ///
    /// # Errors
    /// [`Refusal`]: the case has moved on, the verb is not for this state or role (with those that are), something
    /// is missing, another person has to act, it is too early or too late.
    pub fn apply(&self, act: &Act, now: Moment, rules: &Rules<'_>) -> Result<Step, Refusal> {
        self.within_limits(act)?;
        let at = self.version();
        if let Some(seen) = act.seen.filter(|seen| *seen != at) {
            return Err(Refusal::Stale { seen, at });
        }
        if let Some(last) = self.steps.last().map(|step| step.at).filter(|last| now < *last) {
            return Err(Refusal::BeforeLastStep { last });
        }
        let state = self.state();
        let row = self
            .machine()
            .find(state, act.verb)
            .filter(|row| row.who.contains(&act.actor.role))
            .ok_or_else(|| self.not_allowed(act, now, rules))?;
        if let Some(refusal) = self.obstacle(row, &act.actor, now, rules) {
            return Err(refusal);
        }
        let (to, starts) = self.destination(row, act)?;
        let mut step = Step {
            case: self.id.to_owned(),
            kind: self.kind,
            number: at.saturating_add(1),
            from: state,
            verb: act.verb,
            to,
            actor: act.actor.clone(),
            at: now,
            outcome: act.outcome,
            reason: act.reason.as_deref().map(Told::new),
            basis: act.basis.as_deref().map(Told::new),
            attachments: act.attachments.clone(),
            subject: act.subject.clone(),
            posts: row.posts,
            stops: self.stopped(row, now, rules),
            extends: self.extended(row),
            starts: started(&starts, rules.deadlines)?,
            previous: self.steps.last().map_or(Digest::default(), |step| step.digest),
            digest: Digest::default(),
        };
        step.digest = digest_of(&step);
        Ok(step)
    }

    fn not_allowed(&self, act: &Act, now: Moment, rules: &Rules<'_>) -> Refusal {
        Refusal::NotAllowed {
            state: self.state(),
            verb: act.verb,
            role: act.actor.role,
            own: self.allowed(&act.actor, now, rules).into_iter().map(|offer| offer.verb).collect(),
            others: self.for_others(act.actor.role),
        }
    }

    fn within_limits(&self, act: &Act) -> Result<(), Refusal> {
        let texts = [
            ("reason", act.reason.as_ref().map_or(0, String::len), TEXT_BYTES_MAX),
            ("basis", act.basis.as_ref().map_or(0, String::len), TEXT_BYTES_MAX),
            ("case id", self.id.len(), ID_BYTES_MAX),
            ("actor id", act.actor.id.len(), ID_BYTES_MAX),
            ("subject id", act.subject.as_ref().map_or(0, |subject| subject.id.len()), ID_BYTES_MAX),
            ("attachments", act.attachments.len(), ATTACHMENTS_MAX),
            ("steps", self.steps.len().saturating_add(1), STEPS_MAX),
        ];
        match texts.into_iter().find(|(_, length, max)| length > max) {
            Some((what, _, max)) => Err(Refusal::TooLong { what, max }),
            None => Ok(()),
        }
    }

    /// What stands in the way, whatever the act brings: time, persons, what was done before.
    fn obstacle(&self, row: &Transition, actor: &Actor, now: Moment, rules: &Rules<'_>) -> Option<Refusal> {
        row.needs.iter().find_map(|need| match *need {
            Need::OtherThan(verbs) => {
                let own = |verb: &&Verb| self.last(**verb).is_some_and(|step| step.actor.id == actor.id);
                let done = *verbs.iter().find(own)?;
                Some(Refusal::OtherPerson { verb: row.verb, done, roles: row.who })
            }
            Need::Once => {
                let number = self.last(row.verb)?.number;
                Some(Refusal::Once { verb: row.verb, number })
            }
            Need::Before(clock) => {
                let end = self.end_of(clock, now, rules);
                let in_time = end.is_some_and(|end| now.shanghai_date() <= end);
                (!in_time).then_some(Refusal::TooLate { verb: row.verb, clock, end })
            }
            Need::After(clock) => {
                let end = self.end_of(clock, now, rules).filter(|end| now.shanghai_date() <= *end)?;
                Some(Refusal::TooEarly { verb: row.verb, clock, end })
            }
            Need::Unread => {
                let newest = self.steps.iter().rev().find(|step| step.posts || step.verb == Verb::Read);
                let unread = newest.is_some_and(|step| step.posts);
                (!unread).then_some(Refusal::NothingToRead)
            }
            Need::Reason | Need::Basis | Need::Attachment | Need::Names(_) | Need::AsProposed => None,
        })
    }

    /// Where the act leads and what clocks it starts, when it brings all that it must.
    fn destination(&self, row: &Transition, act: &Act) -> Result<(State, Vec<Clock>), Refusal> {
        let missing: Vec<Missing> =
            self.brings(row).into_iter().filter(|item| !is_brought(item, act)).collect();
        if row.ways.is_empty() && act.outcome.is_some() {
            return Err(Refusal::NoOutcome { verb: row.verb });
        }
        let proposed = self.proposed();
        if row.needs.contains(&Need::AsProposed) && act.outcome.is_some() && act.outcome != proposed {
            return Err(Refusal::NotAsProposed { proposed });
        }
        if !missing.is_empty() {
            return Err(Refusal::Incomplete { verb: row.verb, missing });
        }
        row.destinations()
            .find(|(outcome, ..)| *outcome == act.outcome)
            .map(|(_, to, starts)| (to, starts))
            .ok_or_else(|| Refusal::Incomplete { verb: row.verb, missing: self.brings(row) })
    }

    /// What an act with this verb must bring.
    fn brings(&self, row: &Transition) -> Vec<Missing> {
        let mut brings: Vec<Missing> = row
            .needs
            .iter()
            .filter_map(|need| match *need {
                Need::Reason => Some(Missing::Reason),
                Need::Basis => Some(Missing::Basis),
                Need::Attachment => Some(Missing::Attachment),
                Need::Names(kinds) => Some(Missing::Subject(kinds)),
                _ => None,
            })
            .collect();
        let as_proposed = row.needs.contains(&Need::AsProposed);
        let outcomes: Vec<Outcome> = row
            .ways
            .iter()
            .map(|way| way.outcome)
            .filter(|outcome| !as_proposed || Some(*outcome) == self.proposed())
            .collect();
        if !row.ways.is_empty() {
            brings.push(Missing::Outcome(outcomes));
        }
        brings
    }

    fn last(&self, verb: Verb) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.verb == verb)
    }

    /// The outcome proposed last.
    #[must_use]
    pub fn proposed(&self) -> Option<Outcome> {
        self.last(Verb::Propose).and_then(|step| step.outcome)
    }

    fn end_of(&self, clock: Clock, now: Moment, rules: &Rules<'_>) -> Option<chrono::NaiveDate> {
        due_now(self.steps, clock, rules.calendar, now).map(|due| due.end().date)
    }

    fn stopped(&self, row: &Transition, now: Moment, rules: &Rules<'_>) -> Vec<Met> {
        let due = |clock: &Clock| due_now(self.steps, *clock, rules.calendar, now);
        row.stops.iter().filter_map(|clock| Some(Met { clock: *clock, due: due(clock)? })).collect()
    }

    fn extended(&self, row: &Transition) -> Vec<Extended> {
        let clock = row.extends.into_iter();
        clock.filter_map(|clock| Some(Extended { clock, by: extension_of(self.steps, clock)? })).collect()
    }
}

fn is_brought(item: &Missing, act: &Act) -> bool {
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    match item {
        Missing::Reason => said(&act.reason),
        Missing::Basis => said(&act.basis),
        Missing::Attachment => !act.attachments.is_empty(),
        Missing::Subject(kinds) => act
            .subject
            .as_ref()
            .is_some_and(|subject| kinds.contains(&subject.kind) && !subject.id.trim().is_empty()),
        Missing::Outcome(outcomes) => act.outcome.is_some_and(|outcome| outcomes.contains(&outcome)),
    }
}

fn started(clocks: &[Clock], deadlines: &Deadlines) -> Result<Vec<Started>, Refusal> {
    let start = |clock: &Clock| deadlines.start(*clock).ok_or(Refusal::NoTerm { clock: *clock });
    clocks.iter().map(start).collect()
}
