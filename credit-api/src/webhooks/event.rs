//! What of a change may be said to a subscriber, and the CloudEvent that says it.

use std::collections::BTreeMap;

use serde_json::json;

use super::store::Subscription;
use crate::access::{Ask, Audience, Block, Granted, Look, Outcome, Principal, Purpose, Rules, Subject};
use crate::evaluation::view::rfc3339;
use crate::sharing::feed::{Change, Kind};
use crate::sharing::shown;

/// CloudEvents 1.0, structured content mode, JSON.
pub const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";
/// What the `type` of every event begins with; the rest is the kind of the change.
pub const TYPE_BASE: &str = "example.xinji.";

/// A subscriber, as the rule is asked about it at one moment.
#[derive(Debug, Clone)]
pub struct Subscriber {
    pub principal: Principal,
    pub purpose: Purpose,
    /// Of an institution: the continuous consents in force for the purpose, each with its enterprise and the moment
    /// since which it has held.
    pub consents: Vec<(String, Granted, i64)>,
    /// Of a department: the blocks of its standing requests in force for the purpose, each with that moment.
    pub requested: BTreeMap<Block, i64>,
    pub rules: Rules,
    pub now_ms: i64,
}

/// A body, and what it shows.
#[derive(Debug, Clone)]
pub struct Event {
    pub id: String,
    pub body: Vec<u8>,
    pub looks: Vec<Look>,
}

/// The id of a change's event for a subscription: the same at every attempt, so that a receiver knows it again.
#[must_use]
pub fn id(subscription: &str, seq: i64) -> String {
    format!("msg_{subscription}_{seq}")
}

impl Subscriber {
    /// What the rule says of a block of an enterprise. A feed is of many: what a department sees of one enterprise at a
    /// time alone, it is not sent, and nothing that no standing request of its names. Asked for by nobody, a refusal is
    /// no look.
    fn see(
        &self,
        change: &Change,
        granted: &[Granted],
        block: Block,
        looks: &mut Vec<Look>,
    ) -> Option<Outcome> {
        let uscc = change.uscc.as_str();
        if !change.what.may_reach(self.principal.audience) {
            return None;
        }
        let (closed, notified) = change.what.standing();
        let subject = match self.principal.audience {
            Audience::Enterprise | Audience::Financier => Subject::One(uscc),
            _ if self.requested.contains_key(&block) => Subject::Among(uscc),
            _ => return None,
        };
        let ask = Ask {
            consents: granted,
            now_ms: self.now_ms,
            closed,
            notified,
            own_organisation: change.what.is_addressed_to(self.principal.audience),
            ..Ask::new(&self.principal, block, Some(self.purpose), subject)
        };
        let decision = self.rules.decide(&ask);
        let outcome = decision.outcome;
        if !outcome.is_allowed() {
            return None;
        }
        looks.push(Look::of(&ask, decision, self.rules.is_public(&ask)));
        Some(outcome)
    }

    /// Whether the enterprise is one whose changes this subscriber is sent at all.
    fn concerns(&self, uscc: &str) -> bool {
        match self.principal.audience {
            Audience::Enterprise => self.principal.speaks_for(uscc),
            Audience::Financier => self.consents.iter().any(|(of, ..)| of == uscc),
            _ => true,
        }
    }

    /// The moment since which it may see the grade of an enterprise, milliseconds.
    fn sees_grades_since(&self, uscc: &str) -> i64 {
        let since = match self.principal.audience {
            Audience::Enterprise => Some(i64::MIN),
            Audience::Financier => {
                let of_one = self.consents.iter().filter(|(of, ..)| of == uscc);
                let of_grade = of_one
                    .filter(|(_, granted, _)| granted.blocks.iter().any(|block| shown::is_of_grade(*block)));
                of_grade.map(|(.., since)| *since).min()
            }
            _ => {
                let of_grade = self.requested.iter().filter(|(block, _)| shown::is_of_grade(**block));
                of_grade.map(|(_, since)| *since).min()
            }
        };
        since.unwrap_or(i64::MAX)
    }

    /// The event of a change; nothing where the subscriber is not to be told of it.
    #[must_use]
    pub fn event(&self, subscription: &Subscription, zone: &str, change: &Change) -> Option<Event> {
        let uscc = change.uscc.as_str();
        if !subscription.wants(change.kind.code()) || !self.concerns(uscc) {
            return None;
        }
        let granted: Vec<Granted> = self
            .consents
            .iter()
            .filter(|(of, ..)| of == uscc)
            .map(|(_, granted, _)| granted.clone())
            .collect();
        let mut looks = Vec::new();
        let mut may = |block| self.see(change, &granted, block, &mut looks);
        // A rating of before the grant is history, as in the feed; the one in force is read there.
        let is_open = !shown::is_of_rating(change) || self.sees_grades_since(uscc) <= change.at_ms;
        if !is_open && may(Block::History) != Some(Outcome::Full) {
            return None;
        }
        let values = shown::values(change, &mut may)?;
        let id = id(&subscription.id, change.seq);
        let body = json!({
            "specversion": "1.0",
            "id": id,
            "source": format!("/zones/{zone}/changes"),
            "type": format!("{TYPE_BASE}{}", change.kind.code()),
            "subject": uscc,
            "time": rfc3339(change.at_ms),
            "datacontenttype": "application/json",
            "data": {
                "seq": change.seq,
                "uscc": uscc,
                "block": change.block.code(),
                "wrong_since": change.since_ms.map(rfc3339),
                "values": values,
            },
        });
        Some(Event { id, body: body.to_string().into_bytes(), looks })
    }
}

/// What a kind is called on the page.
#[must_use]
pub fn kind_words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::RatingChanged => ("评级变动", "rating changed"),
        Kind::ListChanged => ("名单变动", "list changed"),
        Kind::ClassChanged => ("部门分类变动", "class changed"),
        Kind::RecordCorrected => ("数据更正", "record corrected"),
        Kind::MeasureChanged => ("监管措施变动", "supervision measure changed"),
        Kind::CaseChanged => ("案件状态变动", "case changed"),
        Kind::CaseNotice => ("案件通知送达", "notice in a case"),
    }
}
