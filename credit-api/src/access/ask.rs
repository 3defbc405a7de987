//! One question to the rule.

use super::{Audience, Block, Principal, Purpose};
use crate::store::StoreError;

/// A consent as the rule is handed it: what one enterprise granted to the institution that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub id: String,
    pub blocks: Vec<Block>,
    pub purpose: Purpose,
    /// The first millisecond at which it no longer holds.
    pub until_ms: i64,
}

/// Where the consents in force are kept.
pub trait ConsentBook: Send + Sync {
    /// What `uscc` granted to the institution of `principal` and holds now. May wait for the database.
    ///
    /// # Errors
    /// The database's: then nothing is taken for granted.
    fn granted(&self, principal: &Principal, uscc: &str, now_ms: i64) -> Result<Vec<Granted>, StoreError>;
}

/// No consent was ever given.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoConsents;

impl ConsentBook for NoConsents {
    fn granted(&self, _: &Principal, _: &str, _: i64) -> Result<Vec<Granted>, StoreError> {
        Ok(Vec::new())
    }
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject<'a> {
    /// One enterprise, by its USCC.
    One(&'a str),
    /// One of many in one answer, by its USCC: asked as for many, looked at as one.
    Among(&'a str),
    /// Many in one answer: lists, extracts, feeds.
    Many,
    /// None: a figure of the zone, or the running of the service.
    Zone,
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    pub principal: &'a Principal,
    pub block: Block,
    /// As named in `X-Purpose`.
    pub purpose: Option<Purpose>,
    pub subject: Subject<'a>,
    /// Consents of the subject to the principal's institution; those that ended are passed over.
    pub consents: &'a [Granted],
    pub now_ms: i64,
    /// `grade_top`: the enterprise has not opted out. `complaints`: the figure is one that SAMR publishes.
    pub published: bool,
    /// `watch_list`: the matter is closed.
    pub closed: bool,
    /// `watch_list`: the enterprise was given notice of it.
    pub notified: bool,
    /// `access_log`: only rows of what the principal's own organisation read.
    pub own_organisation: bool,
}

impl<'a> Ask<'a> {
    /// A question without consents, about a published block.
    #[must_use]
    pub fn new(
        principal: &'a Principal,
        block: Block,
        purpose: Option<Purpose>,
        subject: Subject<'a>,
    ) -> Self {
        Self {
            principal,
            block,
            purpose,
            subject,
            consents: &[],
            now_ms: 0,
            published: true,
            closed: false,
            notified: false,
            own_organisation: false,
        }
    }

    /// The consent that covers the question now.
    #[must_use]
    pub fn consent(&self) -> Option<&'a Granted> {
        let purpose = self.purpose?;
        self.consents.iter().find(|granted| {
            granted.purpose == purpose
                && self.now_ms < granted.until_ms
                && granted.blocks.contains(&self.block)
        })
    }

    /// What of it the policies see.
    #[must_use]
    pub(super) fn question(&self) -> Question {
        Question {
            audience: self.principal.audience,
            block: self.block,
            purpose: self.purpose,
            scope: match self.subject {
                Subject::One(_) => Scope::One,
                Subject::Among(_) | Subject::Many => Scope::Many,
                Subject::Zone => Scope::Zone,
            },
            own: matches!(self.subject, Subject::One(uscc) if self.principal.speaks_for(uscc)),
            own_organisation: self.own_organisation,
            consent: self.principal.audience == Audience::Financier
                && matches!(self.subject, Subject::One(_))
                && self.consent().is_some(),
            published: self.published,
            closed: self.closed,
            notified: self.notified,
        }
    }
}

/// How many enterprises a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    One,
    Many,
    Zone,
}

impl Scope {
    pub const ALL: [Scope; 3] = [Scope::One, Scope::Many, Scope::Zone];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Scope::One => "one",
            Scope::Many => "many",
            Scope::Zone => "zone",
        }
    }
}

/// A question without names: two that are equal have the same answer under the same policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    pub audience: Audience,
    pub block: Block,
    pub purpose: Option<Purpose>,
    pub scope: Scope,
    /// The principal is an authorised agent of the enterprise.
    pub own: bool,
    pub own_organisation: bool,
    pub consent: bool,
    pub published: bool,
    pub closed: bool,
    pub notified: bool,
}
