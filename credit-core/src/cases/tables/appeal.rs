//! 评级申诉: an enterprise says that its rating is wrong. It is computed again with the same scorecard and corrected
//! facts, looked at by people if that does not settle it, decided by two. While it is pending, what a downgrade
//! entails is stayed.

use super::*;
use Clock::{AppealAccept, AppealDecide, AppealMend, NoticePost, Reconsideration};
use Role::{Enterprise, Officer, Operator, Reviewer, System};
use State::{
    Accepted, Closed, Decided, Draft, Notified, Panel, Proposed, Recomputed, Returned, Submitted, Withdrawn,
};

const ASKED: &[Need] =
    &[Need::Reason, Need::Names(&[SubjectKind::Rating, SubjectKind::Indicator, SubjectKind::Record])];
const LONGER: &[Need] = &[Need::Reason, Need::Once, Need::Before(AppealDecide)];
const PROPOSAL: &[Need] = &[Need::Reason, Need::Basis];
const PROPOSALS: &[super::super::machine::Way] =
    &[way(Outcome::Maintained, Proposed, &[]), way(Outcome::Changed, Proposed, &[])];

pub const MACHINE: Machine = Machine {
    kind: Kind::Appeal,
    transitions: &[
        row(Draft, Verb::Submit, &[Enterprise], Submitted).needs(ASKED).starts(&[AppealAccept]),
        row(Submitted, Verb::Accept, &[Officer], Accepted).stops(&[AppealAccept]).starts(&[AppealDecide]),
        row(Submitted, Verb::Return, &[Officer], Returned)
            .needs(&[Need::Reason])
            .stops(&[AppealAccept])
            .posts()
            .starts(&[AppealMend]),
        row(Submitted, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[AppealAccept]),
        row(Returned, Verb::Read, &[Enterprise, System], Returned).needs(&[Need::Unread]),
        row(Returned, Verb::Submit, &[Enterprise], Submitted)
            .needs(ASKED)
            .stops(&[AppealMend])
            .starts(&[AppealAccept]),
        row(Returned, Verb::Lapse, &[System], Closed).needs(&[Need::After(AppealMend)]).stops(&[AppealMend]),
        row(Returned, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[AppealMend]),
        Transition::choice(
            Accepted,
            Verb::Recompute,
            &[Officer, Operator, System],
            &[way(Outcome::Maintained, Recomputed, &[]), way(Outcome::Changed, Recomputed, &[])],
        )
        // The statement of the recomputed rating.
        .needs(&[Need::Attachment]),
        row(Accepted, Verb::Extend, &[Officer], Accepted).needs(LONGER).extends(AppealDecide),
        row(Accepted, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[AppealDecide]),
        row(Recomputed, Verb::Contest, &[Enterprise, Officer], Panel).needs(&[Need::Reason]),
        Transition::choice(Recomputed, Verb::Propose, &[Officer], PROPOSALS).needs(PROPOSAL),
        row(Recomputed, Verb::Extend, &[Officer], Recomputed).needs(LONGER).extends(AppealDecide),
        row(Recomputed, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[AppealDecide]),
        Transition::choice(Panel, Verb::Propose, &[Officer], PROPOSALS).needs(PROPOSAL),
        row(Panel, Verb::Extend, &[Officer], Panel).needs(LONGER).extends(AppealDecide),
        row(Panel, Verb::Withdraw, &[Enterprise], Withdrawn).stops(&[AppealDecide]),
        Transition::choice(
            Proposed,
            Verb::Confirm,
            &[Reviewer],
            &[
                way(Outcome::Maintained, Decided, &[NoticePost]),
                way(Outcome::Changed, Decided, &[NoticePost]),
            ],
        )
        .needs(&[Need::Reason, Need::AsProposed, Need::OtherThan(&[Verb::Propose])])
        .stops(&[AppealDecide])
        .binds(),
        row(Proposed, Verb::SendBack, &[Reviewer], Panel)
            .needs(&[Need::Reason, Need::OtherThan(&[Verb::Propose])]),
        // With the reason codes of the rating, and the hint at reconsideration.
        row(Decided, Verb::Notify, &[Officer, System], Notified)
            .needs(&[Need::Reason])
            .stops(&[NoticePost])
            .posts()
            .starts(&[Reconsideration]),
        row(Notified, Verb::Read, &[Enterprise, System], Notified).needs(&[Need::Unread]),
        row(Notified, Verb::Close, &[System], Closed)
            .needs(&[Need::After(Reconsideration)])
            .stops(&[Reconsideration]),
    ],
    finals: &[Withdrawn, Closed],
    unhurried: &[DRAFT],
};
