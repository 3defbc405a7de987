//! 重点关注名单列入: the zone's own watch list W1–W5. Written notice, five working days to be heard, decision by a
//! second officer, service, effect; expiry by itself, renewed once at most and by two people. Mirrors of statutory
//! lists have no case: they come and go with their source.

use super::*;
use Clock::{ListDecide, ListHearing, NoticePost, ServiceDeemed, WatchExpiry};
use Role::{Enterprise, Officer, Reviewer, System};
use State::{
    Closed, Decided, Draft, Effective, Expired, Heard, NotEntered, Notified, Proposed, ReleaseProposed,
    Released, RenewalProposed, Served,
};

const EXPIRED: &[Need] = &[Need::After(WatchExpiry)];

pub const MACHINE: Machine = Machine {
    kind: Kind::ListEntry,
    transitions: &[
        row(Draft, Verb::Propose, &[Officer], Proposed)
            .needs(&[Need::Reason, Need::Basis, Need::Attachment, Need::Names(&[SubjectKind::Entry])])
            .starts(&[NoticePost]),
        // Facts, evidence, basis, effect and remedy.
        row(Proposed, Verb::Notify, &[Officer], Notified)
            .needs(&[Need::Reason, Need::Basis])
            .stops(&[NoticePost])
            .posts()
            .starts(&[ListHearing]),
        row(Proposed, Verb::Drop, &[Officer], Closed).needs(&[Need::Reason]).stops(&[NoticePost]),
        row(Notified, Verb::Read, &[Enterprise, System], Notified).needs(&[Need::Unread]),
        row(Notified, Verb::State, &[Enterprise], Heard)
            .needs(&[Need::Reason])
            .stops(&[ListHearing])
            .starts(&[ListDecide]),
        row(Notified, Verb::Waive, &[Enterprise], Heard).stops(&[ListHearing]).starts(&[ListDecide]),
        row(Notified, Verb::EndHearing, &[Officer, System], Heard)
            .needs(&[Need::After(ListHearing)])
            .stops(&[ListHearing])
            .starts(&[ListDecide]),
        row(Notified, Verb::Drop, &[Officer], Closed).needs(&[Need::Reason]).stops(&[ListHearing]),
        row(Heard, Verb::State, &[Enterprise], Heard).needs(&[Need::Reason]),
        Transition::choice(
            Heard,
            Verb::Decide,
            &[Reviewer],
            &[way(Outcome::Enter, Decided, &[]), way(Outcome::NotEnter, NotEntered, &[])],
        )
        .needs(&[Need::Reason, Need::Basis, Need::OtherThan(&[Verb::Propose, Verb::Notify])])
        .stops(&[ListDecide])
        .starts(&[NoticePost])
        .binds(),
        row(Heard, Verb::Drop, &[Officer], Closed).needs(&[Need::Reason]).stops(&[ListDecide]),
        row(NotEntered, Verb::Notify, &[Officer, System], Closed).stops(&[NoticePost]).posts(),
        row(Decided, Verb::Serve, &[Officer, System], Served)
            .stops(&[NoticePost])
            .posts()
            .starts(&[ServiceDeemed]),
        row(Served, Verb::Read, &[Enterprise, System], Effective)
            .needs(&[Need::Unread])
            .stops(&[ServiceDeemed])
            .starts(&[WatchExpiry]),
        row(Served, Verb::DeemServed, &[System], Effective)
            .needs(&[Need::After(ServiceDeemed)])
            .stops(&[ServiceDeemed])
            .starts(&[WatchExpiry]),
        row(Effective, Verb::ProposeRenewal, &[Officer], RenewalProposed).needs(&[
            Need::Reason,
            Need::Basis,
            Need::Before(WatchExpiry),
        ]),
        row(Effective, Verb::ProposeRelease, &[Officer], ReleaseProposed).needs(&[Need::Reason]),
        row(Effective, Verb::Expire, &[System], Expired).needs(EXPIRED).stops(&[WatchExpiry]),
        row(RenewalProposed, Verb::Extend, &[Reviewer], Effective)
            .needs(&[
                Need::Reason,
                Need::Once,
                Need::Before(WatchExpiry),
                Need::OtherThan(&[Verb::ProposeRenewal]),
            ])
            .extends(WatchExpiry)
            .posts()
            .binds(),
        row(RenewalProposed, Verb::SendBack, &[Reviewer], Effective).needs(&[Need::Reason]),
        row(RenewalProposed, Verb::Expire, &[System], Expired).needs(EXPIRED).stops(&[WatchExpiry]),
        row(ReleaseProposed, Verb::Confirm, &[Reviewer], Released)
            .needs(&[Need::Reason, Need::OtherThan(&[Verb::ProposeRelease])])
            .stops(&[WatchExpiry])
            .posts()
            .binds(),
        row(ReleaseProposed, Verb::SendBack, &[Reviewer], Effective).needs(&[Need::Reason]),
        row(ReleaseProposed, Verb::Expire, &[System], Expired).needs(EXPIRED).stops(&[WatchExpiry]),
    ],
    finals: &[Closed, Released, Expired],
    unhurried: &[DRAFT],
};
