//! The tables, one file per kind of case. Flows: domain brief 7.7; what is ours and no law is marked in the rule
//! pack of the terms.

pub mod alert;
pub mod appeal;
pub mod dispute;
pub mod list_entry;
pub mod objection;
pub mod repair;

use super::machine::{Machine, Need, Transition, Unhurried, way};
use super::words::{Clock, Kind, Outcome, Role, State, SubjectKind, Verb};

const DRAFT: Unhurried =
    Unhurried { state: State::Draft, zh: "尚未提交", en: "nothing has been asked of anybody" };

const fn row(from: State, verb: Verb, who: &'static [Role], to: State) -> Transition {
    Transition::row(from, verb, who, to)
}
