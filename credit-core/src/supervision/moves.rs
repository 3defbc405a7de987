//! From what is due and what there is to what has to be done.

use super::due::{Cause, Due, Wait};
use super::life::{State, Verb};

/// A measure that there is: an open one, or the last one of its code that a person refused or lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub code: String,
    pub state: State,
    pub cause: Cause,
    /// Where a stayed one stood.
    pub before: Option<State>,
}

/// Something that has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// A new measure, by its place among those due.
    New { due: usize, verb: Verb },
    /// To one that there is, by its place.
    Old { held: usize, verb: Verb },
    /// What a person refused or lifted is not due any more: should it be due again, it is a new matter.
    Forget { held: usize },
}

/// What has to be done so that what there is agrees with what is due.
///
/// What ends needs nobody's leave. What a person refused or lifted is not proposed again for the same cause. What holds
/// goes on while it is due, whatever else becomes a cause of it and however old the lists are.
#[must_use]
pub fn moves(due: &[Due<'_>], held: &[Held]) -> Vec<Move> {
    let mut found = Vec::new();
    for (at, one) in held.iter().enumerate() {
        let wanted = due.iter().find(|due| due.measure.code == one.code);
        match (wanted, one.state.is_open()) {
            (None, true) => found.push(Move::Old { held: at, verb: Verb::End }),
            (None, false) => found.push(Move::Forget { held: at }),
            (Some(due), true) => {
                found.extend(goes_on(due, one).map(|verb| Move::Old { held: at, verb }));
            }
            (Some(_), false) => {}
        }
    }
    for (at, one) in due.iter().enumerate() {
        let mut same = held.iter().filter(|held| held.code == one.measure.code);
        let is_known = same.any(|held| held.state.is_open() || held.cause == one.cause);
        if is_known {
            continue;
        }
        let verb = match one.wait {
            // It begins when the appeal is over, if it is due then.
            Some(Wait::Appeal) => continue,
            Some(Wait::Feed) => Verb::Freeze,
            None => first(one),
        };
        found.push(Move::New { due: at, verb });
    }
    found
}

fn first(due: &Due<'_>) -> Verb {
    if due.measure.binds() { Verb::Propose } else { Verb::Begin }
}

/// What is done to an open measure that is still due.
fn goes_on(due: &Due<'_>, held: &Held) -> Option<Verb> {
    match (held.state, due.wait) {
        (State::Stayed, Some(Wait::Appeal)) => None,
        // A feed that has become stale keeps nothing from going on that held before.
        (State::Stayed, _) => Some(Verb::Resume),
        (_, Some(Wait::Appeal)) => Some(Verb::Stay),
        (State::Frozen, None) => Some(first(due)),
        _ => None,
    }
}
