//! Tests of the machines, the engine, the clocks and the chain.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod chain;
mod clocks;
mod document;
mod flows;
mod machines;
mod pack;
mod random;
mod watch;

use chrono::{NaiveDate, NaiveTime};

use super::*;
use crate::calendar::WorkingDays;
use crate::dates::{Moment, SHANGHAI_OFFSET_MS};

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Ten in the morning in Shanghai.
pub(super) fn at(text: &str) -> Moment {
    let ten = day(text).and_time(NaiveTime::from_hms_opt(10, 0, 0).unwrap());
    Moment(ten.and_utc().timestamp_millis() - SHANGHAI_OFFSET_MS)
}

pub(super) fn rules() -> Rules<'static> {
    Rules { calendar: WorkingDays::embedded(), deadlines: Deadlines::embedded() }
}

pub(super) fn actor(role: Role, id: &str) -> Actor {
    Actor { id: id.to_owned(), role }
}

pub(super) fn act(verb: Verb, role: Role) -> Act {
    Act::new(verb, actor(role, role.code()))
}

/// An act that brings everything a transition can ask for.
pub(super) fn full(verb: Verb, role: Role, outcome: Option<Outcome>, subject: SubjectKind) -> Act {
    Act {
        outcome,
        reason: Some("因为".to_owned()),
        basis: Some("依据".to_owned()),
        attachments: vec![Digest::of(b"a file")],
        subject: Some(Subject { kind: subject, id: "7".to_owned() }),
        ..act(verb, role)
    }
}

/// A case that grows.
pub(super) struct Story {
    pub kind: Kind,
    pub steps: Vec<Step>,
    pub subject: SubjectKind,
}

impl Story {
    pub fn of(kind: Kind, subject: SubjectKind) -> Self {
        Self { kind, steps: Vec::new(), subject }
    }

    pub fn case(&self) -> Case<'_> {
        Case { id: "c-1", kind: self.kind, steps: &self.steps }
    }

    pub fn attempt(&self, act: &Act, date: &str) -> Result<Step, Refusal> {
        self.case().apply(act, at(date), &rules())
    }

    pub fn go(&mut self, verb: Verb, role: Role, outcome: Option<Outcome>, date: &str) {
        let step = self.attempt(&full(verb, role, outcome, self.subject), date).unwrap();
        self.steps.push(step);
    }

    pub fn view(&self, clock: Clock, date: &str) -> ClockView {
        let views = clocks_of(&self.steps, WorkingDays::embedded(), at(date));
        views.into_iter().rev().find(|view| view.clock == clock).unwrap()
    }

    /// An objection that waits for its source since `date`, asked on the day of its submission.
    pub fn with_source(date: &str) -> Self {
        let mut story = Self::of(Kind::Objection, SubjectKind::Record);
        story.go(Verb::Submit, Role::Enterprise, None, date);
        story.go(Verb::Receive, Role::System, None, date);
        story.go(Verb::Accept, Role::Officer, None, date);
        story.go(Verb::AskSource, Role::Officer, None, date);
        story
    }

    pub fn proposed(date: &str, outcome: Outcome) -> Self {
        let mut story = Self::with_source(date);
        story.go(Verb::Answer, Role::Source, Some(outcome), date);
        story.go(Verb::Propose, Role::Officer, Some(outcome), date);
        story
    }
}
