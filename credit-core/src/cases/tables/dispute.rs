//! 消费争议: a buyer and a trader of the zone. The zone mediates and decides nothing; what is agreed is performed
//! and confirmed, returns among it. What is not settled goes to court or arbitration.

use super::*;
use Clock::{DisputeAccept, DisputeAnswer, DisputeConfirm, DisputeMediate, DisputePerform};
use Role::{Consumer, Enterprise, Officer, System};
use State::{Accepted, Agreed, Closed, Draft, Mediation, Performed, Submitted, Withdrawn};

pub const MACHINE: Machine = Machine {
    kind: Kind::Dispute,
    transitions: &[
        row(Draft, Verb::Submit, &[Consumer, Officer], Submitted)
            .needs(&[Need::Reason, Need::Names(&[SubjectKind::Record, SubjectKind::Order])])
            .starts(&[DisputeAccept]),
        row(Submitted, Verb::Accept, &[Officer], Accepted)
            .stops(&[DisputeAccept])
            .posts()
            .starts(&[DisputeAnswer, DisputeMediate]),
        row(Submitted, Verb::Return, &[Officer], Closed)
            .needs(&[Need::Reason])
            .stops(&[DisputeAccept])
            .posts(),
        row(Submitted, Verb::Withdraw, &[Consumer], Withdrawn).stops(&[DisputeAccept]),
        row(Accepted, Verb::Read, &[Enterprise, System], Accepted).needs(&[Need::Unread]),
        Transition::choice(
            Accepted,
            Verb::Answer,
            &[Enterprise],
            &[way(Outcome::Agreed, Agreed, &[DisputePerform]), way(Outcome::Refused, Mediation, &[])],
        )
        .needs(&[Need::Reason])
        .stops(&[DisputeAnswer]),
        row(Accepted, Verb::NoteSilence, &[Officer, System], Mediation)
            .needs(&[Need::After(DisputeAnswer)])
            .stops(&[DisputeAnswer]),
        row(Accepted, Verb::Withdraw, &[Consumer], Withdrawn).stops(&[DisputeAnswer, DisputeMediate]),
        Transition::choice(
            Mediation,
            Verb::Settle,
            &[Officer],
            &[way(Outcome::Settled, Agreed, &[DisputePerform])],
        )
        .needs(&[Need::Reason])
        .posts(),
        Transition::choice(Mediation, Verb::Close, &[Officer], &[way(Outcome::NotSettled, Closed, &[])])
            .needs(&[Need::Reason])
            .stops(&[DisputeMediate])
            .posts(),
        row(Mediation, Verb::Withdraw, &[Consumer], Withdrawn).stops(&[DisputeMediate]),
        row(Agreed, Verb::Perform, &[Enterprise], Performed)
            .needs(&[Need::Attachment])
            .stops(&[DisputePerform])
            .starts(&[DisputeConfirm]),
        row(Agreed, Verb::NoteSilence, &[Officer, System], Mediation)
            .needs(&[Need::After(DisputePerform)])
            .stops(&[DisputePerform]),
        row(Agreed, Verb::Withdraw, &[Consumer], Withdrawn).stops(&[DisputePerform, DisputeMediate]),
        row(Performed, Verb::Close, &[Consumer, Officer], Closed).stops(&[DisputeConfirm, DisputeMediate]),
        row(Performed, Verb::Contest, &[Consumer], Mediation)
            .needs(&[Need::Reason, Need::Before(DisputeConfirm)])
            .stops(&[DisputeConfirm]),
        row(Performed, Verb::Lapse, &[System], Closed)
            .needs(&[Need::After(DisputeConfirm)])
            .stops(&[DisputeConfirm, DisputeMediate]),
    ],
    finals: &[Withdrawn, Closed],
    unhurried: &[DRAFT],
};
