//! What one request looked at, for the access log: gathered where the rule is asked, written before the answer leaves.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Ask, Block, Decision, Purpose, Subject};

/// One question to the rule, with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// USCC of the enterprise; nothing where the question is about none, or about many.
    pub uscc: Option<Arc<str>>,
    pub block: Block,
    pub purpose: Option<Purpose>,
    pub decision: Decision,
    /// The consent that allowed it.
    pub consent: Option<Arc<str>>,
    /// Whether everybody sees it: then it is no look at anything that is not public.
    pub public: bool,
}

impl Look {
    /// The look that a question and its answer are; `public`: whether everybody sees it.
    #[must_use]
    pub fn of(ask: &Ask<'_>, decision: Decision, public: bool) -> Self {
        Self {
            uscc: match ask.subject {
                Subject::One(uscc) | Subject::Among(uscc) => Some(uscc.into()),
                Subject::Many | Subject::Zone => None,
            },
            block: ask.block,
            purpose: ask.purpose,
            consent: decision.consent.clone(),
            decision,
            public,
        }
    }
}

/// The looks of one request. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Looks(Arc<Mutex<Vec<Look>>>);

impl Looks {
    /// Notes a look; the same one twice counts once.
    pub fn note(&self, look: Look) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !looks.contains(&look) {
            looks.push(look);
        }
    }

    /// Everything noted so far; nothing is left.
    #[must_use]
    pub fn take(&self) -> Vec<Look> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
