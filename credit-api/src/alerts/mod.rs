//! Risk alerts (采集→评估分析→预警处置→复查): what the rules of `credit_core::alerts` find when an enterprise is evaluated,
//! and the cases that are opened for it.
//!
//! - [`book`]: the rules in force, the program's or an operator's own;
//! - [`hits`]: in the transaction of the evaluation the rules are asked of each assessed enterprise; what is found and
//!   was not found within the rule's window is a row;
//! - [`raise`]: each such row is opened as a case of the kind `alert` in the name of the service, once, by the worker
//!   right after. Two steps, since a case takes its place in the enterprise's chain of entries, in which officers take
//!   steps at the same time: an evaluation does not wait for them, nor fail by them.
//!
//! An alert neither lists nor downgrades anybody. Where a finding is a ground for the watch list, the case carries the
//! text of a proposal; an officer makes it or does not.

pub mod book;
pub mod hits;
pub mod raise;
