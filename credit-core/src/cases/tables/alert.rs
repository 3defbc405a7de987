//! 风险预警: collection, assessment, handling, re-check, the four mechanisms of the zones' plans. An alert alone is
//! never a punishment; what is done about it is decided by somebody else than who verified it.

use super::*;
use Clock::{AlertHandle, AlertRecheck, AlertTriage, AlertVerify};
use Role::{Officer, Reviewer, Source, System};
use State::{Assigned, Closed, Draft, Handled, Raised, Triaged, Verified, Watching};

const RECHECKS: &[super::super::machine::Way] =
    &[way(Outcome::Clean, Closed, &[]), way(Outcome::Recurring, Assigned, &[AlertVerify])];

pub const MACHINE: Machine = Machine {
    kind: Kind::Alert,
    transitions: &[
        row(Draft, Verb::Raise, &[Officer, Source, System], Raised)
            .needs(&[
                Need::Reason,
                Need::Names(&[SubjectKind::Enterprise, SubjectKind::Indicator, SubjectKind::Record]),
            ])
            .starts(&[AlertTriage]),
        row(Raised, Verb::Triage, &[Officer], Triaged)
            .needs(&[Need::Reason])
            .stops(&[AlertTriage])
            .starts(&[AlertVerify]),
        row(Raised, Verb::Drop, &[Officer], Closed).needs(&[Need::Reason]).stops(&[AlertTriage]),
        row(Triaged, Verb::Assign, &[Officer, Reviewer], Assigned),
        Transition::choice(
            Assigned,
            Verb::Verify,
            &[Officer],
            &[
                way(Outcome::True, Verified, &[AlertHandle]),
                way(Outcome::False, Closed, &[]),
                way(Outcome::Unclear, Watching, &[AlertRecheck]),
            ],
        )
        .needs(&[Need::Reason, Need::Attachment])
        .stops(&[AlertVerify]),
        Transition::choice(
            Verified,
            Verb::Handle,
            &[Reviewer],
            &[way(Outcome::Measures, Handled, &[]), way(Outcome::NoMeasures, Handled, &[])],
        )
        .needs(&[Need::Reason, Need::Basis, Need::OtherThan(&[Verb::Verify])])
        .stops(&[AlertHandle])
        .starts(&[AlertRecheck])
        .binds(),
        Transition::choice(Handled, Verb::Recheck, &[Officer, Reviewer], RECHECKS)
            .needs(&[Need::Reason])
            .stops(&[AlertRecheck]),
        Transition::choice(Watching, Verb::Recheck, &[Officer, Reviewer], RECHECKS)
            .needs(&[Need::Reason])
            .stops(&[AlertRecheck]),
    ],
    finals: &[Closed],
    unhurried: &[DRAFT],
};
