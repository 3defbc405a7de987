//! 信用修复, two ways. An item of an authority is repaired by the authority through 信用中国: we guide, note what
//! happens there and carry out the result, and never decide. An entry of the zone's own watch list is decided here
//! by two people.

use super::*;
use Clock::{RepairAgency, RepairAnswer, RepairElsewhere, RepairLift, RepairRescore, RepairSync, RepairZone};
use Role::{Enterprise, Officer, Operator, Reviewer, Source, System};
use State::{
    Closed, Draft, Eligible, Filed, Forwarded, Granted, Guided, Lifted, Proposed, Released, Rescored,
    Submitted, Synced, TakenUp, Verified, Withdrawn,
};

const RECORD: &[Need] = &[Need::Names(&[SubjectKind::Record])];

pub const MACHINE: Machine = Machine {
    kind: Kind::Repair,
    transitions: &[
        row(Draft, Verb::FindEligible, &[System], Eligible).needs(RECORD),
        row(Draft, Verb::Guide, &[Enterprise, Officer, System], Guided).needs(RECORD),
        row(Draft, Verb::Submit, &[Enterprise], Submitted)
            .needs(&[Need::Reason, Need::Attachment, Need::Names(&[SubjectKind::Entry])])
            .starts(&[RepairZone]),
        // An item of an authority.
        row(Eligible, Verb::Guide, &[Enterprise, Officer, System], Guided),
        row(Eligible, Verb::Withdraw, &[Enterprise, System], Withdrawn),
        row(Guided, Verb::ReportFiled, &[Enterprise, Officer, Source], Filed)
            .needs(&[Need::Attachment])
            .starts(&[RepairAnswer]),
        row(Guided, Verb::Withdraw, &[Enterprise, System], Withdrawn),
        row(Filed, Verb::NoteForwarded, &[Officer, Source, System], Forwarded).starts(&[RepairAgency]),
        row(Filed, Verb::Extend, &[Officer, Source], Filed)
            .needs(&[Need::Reason, Need::Once])
            .extends(RepairAnswer),
        row(Filed, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[RepairAnswer]),
        row(Forwarded, Verb::NoteTakenUp, &[Officer, Source, System], TakenUp).stops(&[RepairAgency]),
        row(Forwarded, Verb::Extend, &[Officer, Source], Forwarded)
            .needs(&[Need::Reason, Need::Once])
            .extends(RepairAnswer),
        row(Forwarded, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[RepairAnswer, RepairAgency]),
        row(TakenUp, Verb::Extend, &[Officer, Source], TakenUp)
            .needs(&[Need::Reason, Need::Once])
            .extends(RepairAnswer),
        Transition::choice(
            TakenUp,
            Verb::RecordDecision,
            &[Officer, Source],
            &[way(Outcome::Granted, Granted, &[RepairSync]), way(Outcome::Refused, Closed, &[])],
        )
        .needs(&[Need::Attachment])
        .stops(&[RepairAnswer]),
        row(TakenUp, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[RepairAnswer]),
        row(Granted, Verb::Sync, &[Operator, Source, System], Synced)
            .stops(&[RepairSync])
            .starts(&[RepairRescore]),
        // An entry of the zone's own watch list.
        Transition::choice(
            Submitted,
            Verb::Verify,
            &[Officer],
            &[
                way(Outcome::True, Verified, &[]),
                way(Outcome::False, Verified, &[]),
                way(Outcome::Unclear, Verified, &[]),
            ],
        )
        .needs(&[Need::Reason]),
        row(Submitted, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[RepairZone]),
        Transition::choice(
            Verified,
            Verb::Propose,
            &[Officer],
            &[way(Outcome::Granted, Proposed, &[]), way(Outcome::Refused, Proposed, &[])],
        )
        .needs(&[Need::Reason, Need::Basis]),
        row(Verified, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[RepairZone]),
        Transition::choice(
            Proposed,
            Verb::Confirm,
            &[Reviewer],
            &[way(Outcome::Granted, Released, &[RepairLift]), way(Outcome::Refused, Closed, &[])],
        )
        .needs(&[Need::Reason, Need::AsProposed, Need::OtherThan(&[Verb::Propose, Verb::Verify])])
        .stops(&[RepairZone])
        .posts()
        .binds(),
        row(Proposed, Verb::SendBack, &[Reviewer], Verified)
            .needs(&[Need::Reason, Need::OtherThan(&[Verb::Propose])]),
        // It counts in no score and is shown to nobody outside, so that lifting is all there is to do.
        row(Released, Verb::Read, &[Enterprise, System], Released).needs(&[Need::Unread]),
        row(Released, Verb::Lift, &[Officer, System], Closed).stops(&[RepairLift]),
        // What the repair of an authority's item brings with it.
        row(Synced, Verb::Rescore, &[Operator, System], Rescored)
            .stops(&[RepairRescore])
            .starts(&[RepairLift]),
        row(Rescored, Verb::Lift, &[Officer, System], Lifted).stops(&[RepairLift]).starts(&[RepairElsewhere]),
        Transition::choice(
            Lifted,
            Verb::CheckElsewhere,
            &[Officer, System],
            &[way(Outcome::Clean, Closed, &[]), way(Outcome::Stale, Lifted, &[RepairElsewhere])],
        )
        .needs(&[Need::Reason])
        .stops(&[RepairElsewhere]),
    ],
    finals: &[Withdrawn, Closed],
    unhurried: &[
        DRAFT,
        Unhurried {
            state: State::Eligible,
            zh: "何时申请由企业决定",
            en: "the enterprise chooses when to apply",
        },
        Unhurried {
            state: State::Guided,
            zh: "材料由企业自行准备，不收费、不限时",
            en: "the enterprise prepares its papers; there is neither fee nor term",
        },
    ],
};
