//! What of a change may be said to a subscriber, and the CloudEvent that says it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::store::Subscription;
use crate::access::{
    Ask, Audience, Block, Granted, Look, Outcome, Principal, Purpose, Rules, Subject, grade_block,
};
use crate::evaluation::view::rfc3339;
use crate::sharing::feed::{Change, Kind, RatingChange, What};

/// CloudEvents 1.0, structured content mode, JSON.
pub const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";
/// What the `type` of every event begins with; the rest is the kind of the change.
pub const TYPE_BASE: &str = "example.xinji.";

/// A subscriber, as the rule is asked about it at one moment.
#[derive(Debug, Clone)]
pub struct Subscriber {
    pub principal: Principal,
    pub purpose: Purpose,
    /// Continuous consents in force, of all enterprises; each by its code.
    pub consents: Vec<(String, Granted)>,
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
    /// time alone, it is not sent. The look is of the one whose change it is all the same.
    fn see(&self, uscc: &str, block: Block, looks: &mut Vec<Look>) -> Option<Outcome> {
        let granted: Vec<Granted> =
            self.consents.iter().filter(|(of, _)| of == uscc).map(|(_, granted)| granted.clone()).collect();
        let subject = match self.principal.audience {
            Audience::Enterprise | Audience::Financier => Subject::One(uscc),
            _ => Subject::Many,
        };
        let ask = Ask {
            consents: &granted,
            now_ms: self.now_ms,
            ..Ask::new(&self.principal, block, Some(self.purpose), subject)
        };
        let decision = self.rules.decide(&ask);
        let outcome = decision.outcome;
        if !outcome.is_allowed() {
            return None;
        }
        let public = self.rules.is_public(&ask);
        looks.push(Look { uscc: Some(Arc::from(uscc)), ..Look::of(&ask, decision, public) });
        Some(outcome)
    }

    /// Whether the enterprise is one whose changes this subscriber is sent at all.
    fn concerns(&self, uscc: &str) -> bool {
        match self.principal.audience {
            Audience::Enterprise => self.principal.speaks_for(uscc),
            Audience::Financier => self.consents.iter().any(|(of, _)| of == uscc),
            _ => true,
        }
    }

    /// The event of a change; nothing where the subscriber is not to be told of it.
    #[must_use]
    pub fn event(&self, subscription: &Subscription, zone: &str, change: &Change) -> Option<Event> {
        if !subscription.wants(change.kind.code()) || !self.concerns(&change.uscc) {
            return None;
        }
        let mut looks = Vec::new();
        let outcome = self.see(&change.uscc, change.block, &mut looks)?;
        let said = self.said(change, outcome, &mut looks);
        let id = id(&subscription.id, change.seq);
        let body = json!({
            "specversion": "1.0",
            "id": id,
            "source": format!("/zones/{zone}/changes"),
            "type": format!("{TYPE_BASE}{}", change.kind.code()),
            "subject": change.uscc,
            "time": rfc3339(change.at_ms),
            "datacontenttype": "application/json",
            "data": said,
        });
        Some(Event { id, body: body.to_string().into_bytes(), looks })
    }

    /// The values of a change, as far as they are the subscriber's to see. Of a grade or class that is shown alone stands
    /// neither date nor decision nor commitment beside it.
    fn said(&self, change: &Change, outcome: Outcome, looks: &mut Vec<Look>) -> Value {
        let whole = outcome == Outcome::Full;
        let mut data = Map::new();
        let mut put = |name: &str, value: Value| drop(data.insert(name.to_owned(), value));
        put("seq", json!(change.seq));
        put("uscc", json!(change.uscc));
        put("shown", json!(outcome.code()));
        match &change.what {
            What::Rating(rating) => self.rating(change, rating, outcome, looks, &mut put),
            What::List(list) => put("list", json!(list)),
            What::Class(class) if whole => put("class", json!(class)),
            What::Class(class) => {
                put(
                    "class",
                    json!({ "event": class.event, "authority": class.authority, "class": class.class }),
                );
            }
            What::Record(record) => {
                put("source", json!(record.source));
                put("known_since", json!(change.since_ms.map(rfc3339)));
                if whole {
                    put("key", json!(record.key));
                }
            }
            What::RatingCorrected(rating) => {
                put("known_since", json!(change.since_ms.map(rfc3339)));
                if whole {
                    put("rating", json!(rating));
                }
            }
        }
        Value::Object(data)
    }

    fn rating(
        &self,
        change: &Change,
        rating: &RatingChange,
        outcome: Outcome,
        looks: &mut Vec<Look>,
        put: &mut impl FnMut(&str, Value),
    ) {
        put("grade", json!(rating.grade));
        // The two best grades are public; what stands beside them is not, and follows the other grades.
        let beside = self.see(&change.uscc, Block::Grade, looks);
        let whole = outcome == Outcome::Full && beside == Some(Outcome::Full);
        if let Some(previous) = &rating.previous
            && self.see(&change.uscc, grade_block(previous.grade), looks).is_some()
        {
            put("previous_grade", json!(previous.grade));
        }
        if whole {
            put("as_of", json!(rating.as_of));
            put("rating_seq", json!(rating.seq));
            put("commitment", json!(rating.commitment));
        }
        if self.see(&change.uscc, Block::Score, looks) == Some(Outcome::Full) {
            put("score", json!(rating.score));
            put("previous_score", json!(rating.previous.as_ref().map(|previous| previous.score)));
        }
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
    }
}
