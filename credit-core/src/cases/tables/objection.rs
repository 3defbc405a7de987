//! 数据异议: an enterprise says that a record about it is wrong. The source is asked; the record is marked as
//! disputed until it is decided; reopened once at most.

use super::*;
use Clock::{
    ObjectionAccept, ObjectionLive, ObjectionMend, ObjectionOuter, ObjectionPlatform, ObjectionReceipt,
    ObjectionReopen, ObjectionSource,
};
use Role::{Enterprise, Officer, Operator, Reviewer, Source, System};
use State::{
    Accepted, Archived, Checked, Closed, Draft, Proposed, Received, Returned, SourceCheck, Submitted,
    Undetermined, Upheld, Withdrawn,
};

const ASKED: &[Need] = &[Need::Reason, Need::Names(&[SubjectKind::Record])];
const AT_START: &[Clock] = &[ObjectionReceipt, ObjectionAccept, ObjectionOuter];

pub const MACHINE: Machine = Machine {
    kind: Kind::Objection,
    transitions: &[
        row(Draft, Verb::Submit, &[Enterprise], Submitted).needs(ASKED).starts(AT_START),
        row(Submitted, Verb::Receive, &[Officer, System], Received).stops(&[ObjectionReceipt]),
        row(Submitted, Verb::Withdraw, &[Enterprise], Withdrawn).stops(AT_START),
        row(Received, Verb::Accept, &[Officer], Accepted)
            .stops(&[ObjectionAccept])
            .starts(&[ObjectionPlatform]),
        row(Received, Verb::Return, &[Officer], Returned)
            .needs(&[Need::Reason])
            .stops(&[ObjectionAccept, ObjectionOuter])
            .posts()
            .starts(&[ObjectionMend]),
        row(Received, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[ObjectionAccept, ObjectionOuter]),
        row(Returned, Verb::Read, &[Enterprise, System], Returned).needs(&[Need::Unread]),
        row(Returned, Verb::Submit, &[Enterprise], Submitted)
            .needs(ASKED)
            .stops(&[ObjectionMend])
            .starts(AT_START),
        row(Returned, Verb::Lapse, &[System], Archived)
            .needs(&[Need::After(ObjectionMend)])
            .stops(&[ObjectionMend]),
        row(Returned, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[ObjectionMend]),
        row(Accepted, Verb::AskSource, &[Officer], SourceCheck)
            .stops(&[ObjectionPlatform])
            .starts(&[ObjectionSource]),
        // Only an error of the platform's own is settled without the source.
        Transition::choice(Accepted, Verb::Propose, &[Officer], &[way(Outcome::Upheld, Proposed, &[])])
            .needs(&[Need::Reason, Need::Basis])
            .stops(&[ObjectionPlatform]),
        row(Accepted, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[ObjectionPlatform, ObjectionOuter]),
        Transition::choice(
            SourceCheck,
            Verb::Answer,
            &[Source],
            &[
                way(Outcome::Upheld, Checked, &[]),
                way(Outcome::Rejected, Checked, &[]),
                way(Outcome::Undetermined, Checked, &[]),
            ],
        )
        .needs(&[Need::Reason])
        .stops(&[ObjectionSource]),
        row(SourceCheck, Verb::Extend, &[Officer, Source], SourceCheck)
            .needs(&[Need::Reason, Need::Once, Need::Before(ObjectionSource)])
            .extends(ObjectionSource),
        row(SourceCheck, Verb::NoteSilence, &[Officer], Checked)
            .needs(&[Need::Reason, Need::After(ObjectionSource)])
            .stops(&[ObjectionSource]),
        row(SourceCheck, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[ObjectionSource, ObjectionOuter]),
        Transition::choice(
            Checked,
            Verb::Propose,
            &[Officer],
            &[
                way(Outcome::Upheld, Proposed, &[]),
                way(Outcome::Rejected, Proposed, &[]),
                way(Outcome::Undetermined, Proposed, &[]),
            ],
        )
        .needs(&[Need::Reason, Need::Basis]),
        row(Checked, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[ObjectionOuter]),
        Transition::choice(
            Proposed,
            Verb::Confirm,
            &[Reviewer],
            &[
                way(Outcome::Upheld, Upheld, &[ObjectionLive]),
                way(Outcome::Rejected, Closed, &[ObjectionReopen]),
                way(Outcome::Undetermined, Undetermined, &[ObjectionLive]),
            ],
        )
        .needs(&[Need::Reason, Need::AsProposed, Need::OtherThan(&[Verb::Propose])])
        .stops(&[ObjectionOuter])
        .posts()
        .binds(),
        row(Proposed, Verb::SendBack, &[Reviewer], Checked)
            .needs(&[Need::Reason, Need::OtherThan(&[Verb::Propose])]),
        row(Upheld, Verb::Read, &[Enterprise, System], Upheld).needs(&[Need::Unread]),
        row(Upheld, Verb::Correct, &[Officer, Operator, System], Closed)
            .needs(&[Need::Names(&[SubjectKind::Record])])
            .stops(&[ObjectionLive])
            .posts()
            .starts(&[ObjectionReopen]),
        row(Undetermined, Verb::Read, &[Enterprise, System], Undetermined).needs(&[Need::Unread]),
        row(Undetermined, Verb::Annotate, &[Officer, Operator, System], Closed)
            .needs(&[Need::Names(&[SubjectKind::Record])])
            .stops(&[ObjectionLive])
            .posts()
            .starts(&[ObjectionReopen]),
        row(Closed, Verb::Read, &[Enterprise, System], Closed).needs(&[Need::Unread]),
        row(Closed, Verb::Reopen, &[Enterprise], Submitted)
            .needs(&[
                Need::Reason,
                Need::Attachment,
                Need::Names(&[SubjectKind::Record]),
                Need::Once,
                Need::Before(ObjectionReopen),
            ])
            .stops(&[ObjectionReopen])
            .starts(AT_START),
        row(Closed, Verb::Archive, &[System], Archived)
            .needs(&[Need::After(ObjectionReopen)])
            .stops(&[ObjectionReopen]),
    ],
    finals: &[Withdrawn, Archived],
    unhurried: &[DRAFT],
};
