//! What a machine is: transitions as data.

use super::tables;
use super::words::{Clock, Kind, Outcome, Role, State, SubjectKind, Verb};

/// What an act must bring, or how the case must stand, for a transition to be possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Words that say why.
    Reason,
    /// The rule on which the act stands.
    Basis,
    /// At least one attachment.
    Attachment,
    /// The record, indicator, … that it is about, of one of these kinds.
    Names(&'static [SubjectKind]),
    /// Somebody else than who took the last step with one of these verbs.
    OtherThan(&'static [Verb]),
    /// The outcome that was proposed last.
    AsProposed,
    /// Once in the life of a case.
    Once,
    /// Before the clock has run out.
    Before(Clock),
    /// After the clock has run out.
    After(Clock),
    /// The last notice was not read so far.
    Unread,
}

/// Where an outcome leads, and the clocks it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub outcome: Outcome,
    pub to: State,
    pub starts: &'static [Clock],
}

/// One row of a machine's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    pub from: State,
    pub verb: Verb,
    pub who: &'static [Role],
    /// Where it leads, when it has no outcome.
    pub to: State,
    /// The outcomes to choose from; none where there is nothing to choose.
    pub ways: &'static [Way],
    pub needs: &'static [Need],
    /// The clocks it starts, whatever the outcome.
    pub starts: &'static [Clock],
    /// The clocks it stops, where they run.
    pub stops: &'static [Clock],
    /// The clock it lengthens, by the extension of the rule pack.
    pub extends: Option<Clock>,
    /// It posts a notice, from whose service clocks may run.
    pub posts: bool,
    /// It decides on somebody; then another person has proposed it.
    pub binds: bool,
}

impl Transition {
    pub(super) const fn row(from: State, verb: Verb, who: &'static [Role], to: State) -> Self {
        Self {
            from,
            verb,
            who,
            to,
            ways: &[],
            needs: &[],
            starts: &[],
            stops: &[],
            extends: None,
            posts: false,
            binds: false,
        }
    }

    pub(super) const fn choice(from: State, verb: Verb, who: &'static [Role], ways: &'static [Way]) -> Self {
        let mut row = Self::row(from, verb, who, from);
        row.ways = ways;
        row
    }

    pub(super) const fn needs(mut self, needs: &'static [Need]) -> Self {
        self.needs = needs;
        self
    }

    pub(super) const fn starts(mut self, clocks: &'static [Clock]) -> Self {
        self.starts = clocks;
        self
    }

    pub(super) const fn stops(mut self, clocks: &'static [Clock]) -> Self {
        self.stops = clocks;
        self
    }

    pub(super) const fn extends(mut self, clock: Clock) -> Self {
        self.extends = Some(clock);
        self
    }

    pub(super) const fn posts(mut self) -> Self {
        self.posts = true;
        self
    }

    pub(super) const fn binds(mut self) -> Self {
        self.binds = true;
        self
    }

    /// Every state it may lead to, with the outcome and all clocks it starts on that way.
    pub fn destinations(&self) -> impl Iterator<Item = (Option<Outcome>, State, Vec<Clock>)> + '_ {
        let plain = self.ways.is_empty().then(|| (None, self.to, self.starts.to_vec()));
        let by_outcome = self
            .ways
            .iter()
            .map(|way| (Some(way.outcome), way.to, self.starts.iter().chain(way.starts).copied().collect()));
        plain.into_iter().chain(by_outcome)
    }
}

pub(super) const fn way(outcome: Outcome, to: State, starts: &'static [Clock]) -> Way {
    Way { outcome, to, starts }
}

/// A state without a clock of its own, and why it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unhurried {
    pub state: State,
    pub zh: &'static str,
    pub en: &'static str,
}

/// A case begins here, before its first step.
pub const START: State = State::Draft;

/// The machine of one kind of case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    pub kind: Kind,
    pub transitions: &'static [Transition],
    pub finals: &'static [State],
    /// States in which no clock need run, each with the reason.
    pub unhurried: &'static [Unhurried],
}

impl Machine {
    /// The row for a verb in a state.
    #[must_use]
    pub fn find(&self, from: State, verb: Verb) -> Option<&'static Transition> {
        self.transitions.iter().find(|row| row.from == from && row.verb == verb)
    }

    /// The rows that leave a state.
    pub fn leaving(&self, from: State) -> impl Iterator<Item = &'static Transition> + use<> {
        self.transitions.iter().filter(move |row| row.from == from)
    }

    /// The row by which somebody in this role begins a case about a thing of this kind.
    #[must_use]
    pub fn opening(&self, role: Role, about: SubjectKind) -> Option<&'static Transition> {
        let names = |need: &Need| matches!(need, Need::Names(kinds) if kinds.contains(&about));
        self.leaving(START).find(|row| row.who.contains(&role) && row.needs.iter().any(names))
    }

    /// The rows that the service takes by itself: they wait for nothing but the end of a clock.
    pub fn by_itself(&self) -> impl Iterator<Item = &'static Transition> {
        let waits = |need: &Need| matches!(need, Need::After(_));
        self.transitions.iter().filter(move |row| {
            row.who.contains(&Role::System) && row.needs.iter().all(waits) && !row.needs.is_empty()
        })
    }

    #[must_use]
    pub fn is_final(&self, state: State) -> bool {
        self.finals.contains(&state)
    }

    /// The states in the order in which the table first names them.
    #[must_use]
    pub fn states(&self) -> Vec<State> {
        let mut states = vec![START];
        for row in self.transitions {
            let named = std::iter::once(row.from).chain(row.destinations().map(|(_, to, _)| to));
            for state in named {
                if !states.contains(&state) {
                    states.push(state);
                }
            }
        }
        states
    }
}

/// The machine of a kind.
#[must_use]
pub const fn machine(kind: Kind) -> &'static Machine {
    match kind {
        Kind::Objection => &tables::objection::MACHINE,
        Kind::Appeal => &tables::appeal::MACHINE,
        Kind::Repair => &tables::repair::MACHINE,
        Kind::ListEntry => &tables::list_entry::MACHINE,
        Kind::Alert => &tables::alert::MACHINE,
        Kind::Dispute => &tables::dispute::MACHINE,
    }
}
