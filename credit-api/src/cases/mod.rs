//! Cases of all kinds as they are kept: steps that never change, chained and anchored, and where each case stands by
//! them.
//!
//! What may be done, by whom and until when is `credit_core::cases`; here is who somebody is in a case ([`parties`]),
//! what a case is about ([`subject`]), the transaction of a step ([`acts`]), the files that steps bring ([`files`]) and
//! what the service does by itself when a day has come ([`tick`]) or another calendar ([`calendar`], of
//! which there is one in a service: [`days`]), lists and the
//! board ([`lists`]).
//!
//! The path of one objection: `POST /objections` → the enterprise's agent, a record of the enterprise → step 1 with its
//! clocks, the row of the case, the commitment for the ledger, one transaction → officer, source and reviewer take
//! their steps, each with the version it has seen → upheld: the source sends the right record as a file, which
//! supersedes the wrong one, re-scores and tells who read it → `correct` closes the case, and is refused until then.
//!
//! A case is a block of the disclosure matrix ([`block`]): the rule of seeing is asked before anything of it is shown.
//! Its parties are the narrower circle: the enterprise once it may know of it, the zone office, reviewers, the
//! operator, auditors, and the department that was asked.

pub mod acts;
pub mod appeals;
pub mod calendar;
pub mod days;
pub mod disputes;
pub mod files;
pub mod lists;
mod particular;
pub mod parties;
pub mod store;
pub mod subject;
pub mod tick;
mod words;

pub use appeals::{Stay, stay_of, stays};

use credit_core::calendar::WorkingDays;
use credit_core::cases::{Deadlines, Kind, Rules};

use crate::access::{Audience, Block, Purpose};

/// What steps are taken by: the terms of the program, and the calendar at hand.
#[must_use]
pub fn rules(calendar: &WorkingDays) -> Rules<'_> {
    Rules { calendar, deadlines: Deadlines::embedded() }
}

/// The row of the disclosure matrix that a case belongs to.
#[must_use]
pub const fn block(kind: Kind) -> Block {
    match kind {
        Kind::ListEntry | Kind::Alert => Block::WatchList,
        Kind::Objection | Kind::Appeal | Kind::Repair | Kind::Dispute => Block::Cases,
    }
}

/// What somebody who works on cases of a kind looks at them for, where nothing else was named.
#[must_use]
pub fn purpose(audience: Audience, kind: Kind) -> Option<Purpose> {
    match audience {
        Audience::Enterprise => Some(Purpose::Own),
        Audience::Commerce | Audience::Operator => Some(match block(kind) {
            Block::WatchList => Purpose::Supervision,
            _ => Purpose::Appeal,
        }),
        Audience::Reviewer => Some(Purpose::Appeal),
        Audience::Auditor => Some(Purpose::Audit),
        audience if audience.is_department() => Some(Purpose::Supervision),
        _ => None,
    }
}

/// Where cases of a kind are, under `/api/v1/`.
#[must_use]
pub const fn folder(kind: Kind) -> &'static str {
    match kind {
        Kind::Objection => "objections",
        Kind::Appeal => "appeals",
        Kind::Repair => "repairs",
        Kind::ListEntry => "list-entries",
        Kind::Alert => "alerts",
        Kind::Dispute => "disputes",
    }
}
