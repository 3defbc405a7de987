//! The life of a measure.

use super::catalogue::Measure;

/// Where a measure stands; the codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Due, and waits for a feed that is not stale.
    Frozen,
    /// Waits for an officer.
    Proposed,
    /// An officer has confirmed it; waits for a reviewer.
    Confirmed,
    InForce,
    /// Waits for the end of an appeal.
    Stayed,
    /// Not confirmed.
    Refused,
    /// Its cause is gone.
    Ended,
    /// Ended by hand.
    Lifted,
}

impl State {
    pub const ALL: [Self; 8] = [
        Self::Frozen,
        Self::Proposed,
        Self::Confirmed,
        Self::InForce,
        Self::Stayed,
        Self::Refused,
        Self::Ended,
        Self::Lifted,
    ];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::Proposed => "proposed",
            Self::Confirmed => "confirmed",
            Self::InForce => "in_force",
            Self::Stayed => "stayed",
            Self::Refused => "refused",
            Self::Ended => "ended",
            Self::Lifted => "lifted",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether something may still become of it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Refused | Self::Ended | Self::Lifted)
    }
}

/// What is done to a measure; the codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    Freeze,
    Propose,
    Begin,
    Confirm,
    Refuse,
    Stay,
    Resume,
    End,
    Lift,
}

impl Verb {
    pub const ALL: [Self; 9] = [
        Self::Freeze,
        Self::Propose,
        Self::Begin,
        Self::Confirm,
        Self::Refuse,
        Self::Stay,
        Self::Resume,
        Self::End,
        Self::Lift,
    ];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::Propose => "propose",
            Self::Begin => "begin",
            Self::Confirm => "confirm",
            Self::Refuse => "refuse",
            Self::Stay => "stay",
            Self::Resume => "resume",
            Self::End => "end",
            Self::Lift => "lift",
        }
    }

    /// The verb of a code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.code() == code)
    }

    /// Whether a person does it; the rest the service does by itself.
    #[must_use]
    pub const fn is_a_persons(self) -> bool {
        matches!(self, Self::Confirm | Self::Refuse | Self::Lift)
    }
}

/// The state after a verb; nothing where the verb is not allowed. `from` is none for a measure that is not there yet;
/// `before` is where a stayed one stood.
#[must_use]
pub fn next(from: Option<State>, verb: Verb, measure: &Measure, before: Option<State>) -> Option<State> {
    let may_wait = matches!(from, None | Some(State::Frozen));
    match (verb, from) {
        (Verb::Freeze, None) if measure.effect.is_burden() => Some(State::Frozen),
        (Verb::Propose, _) if may_wait && measure.binds() => Some(State::Proposed),
        (Verb::Begin, _) if may_wait && !measure.binds() => Some(State::InForce),
        (Verb::Confirm, Some(State::Proposed)) if measure.takes_two() => Some(State::Confirmed),
        (Verb::Confirm, Some(State::Proposed | State::Confirmed)) => Some(State::InForce),
        (Verb::Refuse, Some(State::Proposed | State::Confirmed)) => Some(State::Refused),
        (Verb::Stay, Some(State::Frozen | State::Proposed | State::Confirmed | State::InForce)) => {
            Some(State::Stayed)
        }
        (Verb::Resume, Some(State::Stayed)) => before.filter(|before| before.is_open()),
        (Verb::End, Some(state)) if state.is_open() => Some(State::Ended),
        (Verb::Lift, Some(State::InForce | State::Stayed)) => Some(State::Lifted),
        _ => None,
    }
}
