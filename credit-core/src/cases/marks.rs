//! What the state of a case means for others.

use super::engine::Case;
use super::words::{Kind, State};

/// The case has begun and has not come to its end.
#[must_use]
pub fn is_open(case: &Case<'_>) -> bool {
    !case.steps.is_empty() && !case.machine().is_final(case.state())
}

/// States of an objection in which the record is marked "异议中": it was accepted and is not settled.
pub const DISPUTED: [State; 6] = [
    State::Accepted,
    State::SourceCheck,
    State::Checked,
    State::Proposed,
    State::Upheld,
    State::Undetermined,
];

/// The record is to be marked "异议中".
#[must_use]
pub fn is_disputed(case: &Case<'_>) -> bool {
    case.kind == Kind::Objection && DISPUTED.contains(&case.state())
}

/// What a downgrade entails waits: an appeal is pending, from its submission until its decision is posted.
#[must_use]
pub fn stays_consequences(case: &Case<'_>) -> bool {
    case.kind == Kind::Appeal
        && matches!(
            case.state(),
            State::Submitted
                | State::Accepted
                | State::Recomputed
                | State::Panel
                | State::Proposed
                | State::Decided
        )
}

/// The enterprise may know of the case: of an entry of the watch list once it was given notice, of an alert once that
/// is closed, of everything else from the beginning.
#[must_use]
pub fn is_told(case: &Case<'_>) -> bool {
    match case.kind {
        Kind::ListEntry => case.steps.iter().any(|step| step.posts),
        Kind::Alert => !is_open(case),
        Kind::Objection | Kind::Appeal | Kind::Repair | Kind::Dispute => true,
    }
}
