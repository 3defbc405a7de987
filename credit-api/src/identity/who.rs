//! Somebody who was recognised, and somebody who acts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::access::{Audience, Principal};

use super::scopes::Scopes;

/// How somebody was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// The administrator's token.
    Token,
    /// An API key, with what it may be used for.
    Key { id: Arc<str>, scopes: Scopes, per_second: Option<u32> },
    /// A certificate that was shown when the connection began, with what it may be used for.
    Certificate { id: Arc<str>, scopes: Scopes },
    /// The portal's cookie; a request that changes something must also bring the token.
    Session { digest: Arc<str>, csrf: Arc<str> },
}

/// Somebody who was recognised.
#[derive(Debug)]
pub struct SignedIn {
    pub principal: Principal,
    pub means: Means,
    /// `users.id`; nothing for the administrator and for keys of no person.
    pub user: Option<Arc<str>>,
    /// The login, or the key's name.
    pub name: Arc<str>,
    /// When it ends at the latest, milliseconds.
    pub ends_at: i64,
    /// Until when what stands here is as the database says, milliseconds: letters begin and end with a day.
    pub(super) fresh_until: i64,
    /// When it was last seen, and when that was last written down, milliseconds.
    pub(super) seen_at: AtomicI64,
    pub(super) noted_at: AtomicI64,
}

impl SignedIn {
    /// Whoever has the administrator's token.
    #[must_use]
    pub fn administrator() -> Self {
        Self {
            principal: Principal::administrator(),
            means: Means::Token,
            user: None,
            name: "administrator".into(),
            ends_at: i64::MAX,
            fresh_until: i64::MAX,
            seen_at: AtomicI64::new(0),
            noted_at: AtomicI64::new(i64::MAX),
        }
    }

    #[must_use]
    pub fn actor(&self) -> Actor {
        let person = match &self.user {
            Some(user) => format!("user:{user}"),
            None => self.principal.id.to_string(),
        };
        Actor {
            person,
            audience: self.principal.audience,
            organisation: self.principal.organisation.clone(),
            user: self.user.clone(),
        }
    }

    /// The token that a form or a changing request of this session must bring.
    #[must_use]
    pub fn csrf(&self) -> Option<&str> {
        match &self.means {
            Means::Session { csrf, .. } => Some(csrf),
            _ => None,
        }
    }

    /// Notes that it was seen; true when that should be written down, at most once in `every_ms`.
    pub(super) fn see(&self, now: i64, every_ms: i64) -> bool {
        self.seen_at.fetch_max(now, Ordering::Relaxed);
        let noted = self.noted_at.load(Ordering::Relaxed);
        now.saturating_sub(noted) >= every_ms
            && self.noted_at.compare_exchange(noted, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// Somebody who does something to an identity. Two signatures of one `person` are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `user:ID`, `key:ID`, `certificate:ID`, `administrator` or `terminal:NAME`.
    pub person: String,
    pub audience: Audience,
    pub organisation: Option<Arc<str>>,
    pub user: Option<Arc<str>>,
}

impl Actor {
    /// Somebody at the machine's command line, who says who it is.
    #[must_use]
    pub fn at_terminal(name: &str) -> Self {
        Self {
            person: format!("terminal:{name}"),
            audience: Audience::Operator,
            organisation: None,
            user: None,
        }
    }

    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.audience == Audience::Operator
    }

    /// Whether this person may bind agents to enterprises.
    #[must_use]
    pub fn binds_agents(&self) -> bool {
        matches!(self.audience, Audience::Operator | Audience::Reviewer)
    }
}
