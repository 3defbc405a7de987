//! From what the policies permit to an answer, with what is missing.

use std::sync::Arc;

use super::engine::{Engine, is_service};
use crate::access::ask::{Question, Scope};
use crate::access::{Audience, Outcome, Purpose, Reason};

/// The answer to a question without names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub outcome: Outcome,
    pub policy: Option<Arc<str>>,
    /// Whether it is allowed because of a consent, and would not be without.
    pub by_consent: bool,
}

impl Answer {
    fn refused(reason: Reason, policy: Option<Arc<str>>) -> Self {
        Self { outcome: Outcome::Refused(reason), policy, by_consent: false }
    }
}

impl Engine {
    /// Denied unless a policy permits, and without a purpose only what everybody sees.
    pub(super) fn answer_anew(&self, question: Question) -> Answer {
        let public = self.public(question);
        if let Some(Answer { outcome: Outcome::Full, .. }) = &public {
            return public.unwrap_or_else(|| Answer::refused(Reason::NotDisclosed, None));
        }
        let own = self.own(question);
        match public {
            // Whoever has signed in never sees less than everybody.
            Some(public) if !own.outcome.is_allowed() => public,
            _ => own,
        }
    }

    /// What everybody sees.
    fn public(&self, question: Question) -> Option<Answer> {
        let asked = Question {
            audience: Audience::Public,
            purpose: None,
            own: false,
            own_organisation: false,
            consent: false,
            ..question
        };
        let (outcome, policy) = self.permitted(asked).ok()?;
        Some(Answer { outcome, policy: Some(policy), by_consent: false })
    }

    fn own(&self, question: Question) -> Answer {
        if question.audience == Audience::Public {
            return Answer::refused(Reason::SignInNeeded, None);
        }
        let question =
            if is_service(question.block) { Question { purpose: None, ..question } } else { question };
        match self.admitted(question) {
            Ok((outcome, policy)) => {
                let without = Question { consent: false, ..question };
                let by_consent = question.consent && self.admitted(without).is_err();
                Answer { outcome, policy: Some(policy), by_consent }
            }
            Err(policy) => Answer::refused(self.missing(question), policy),
        }
    }

    /// What the policies permit, if the purpose is one that this audience may name.
    fn admitted(&self, question: Question) -> Result<(Outcome, Arc<str>), Option<Arc<str>>> {
        let purpose_stands = match question.purpose {
            Some(purpose) => self.purposes_of(question.audience).contains(&purpose),
            None => is_service(question.block),
        };
        if purpose_stands { self.permitted(question) } else { Err(None) }
    }

    /// What would have to be otherwise: the first of these that would help.
    fn missing(&self, question: Question) -> Reason {
        let may = |changed: Question| self.admitted(changed).is_ok();
        let purposes = || self.purposes_of(question.audience).iter().map(|purpose| Some(*purpose));
        let by_purpose = |changed: Question| purposes().any(|purpose| may(Question { purpose, ..changed }));
        let with_consent = Question { consent: true, ..question };
        let alone = Question { scope: Scope::One, ..question };
        if by_purpose(question) || (question.purpose.is_none() && by_purpose(with_consent)) {
            match question.purpose {
                None => Reason::PurposeNeeded,
                Some(_) => Reason::PurposeUnfit,
            }
        } else if may(with_consent) {
            Reason::ConsentNeeded
        } else if may(alone) || may(Question { consent: true, ..alone }) {
            Reason::OneAtATime
        } else if may(Question { own_organisation: true, ..question }) {
            Reason::OwnOnly
        } else if question.purpose.is_some()
            && (by_purpose(with_consent)
                || by_purpose(alone)
                || by_purpose(Question { consent: true, ..alone }))
        {
            Reason::PurposeUnfit
        } else {
            Reason::NotDisclosed
        }
    }

    /// The purposes that would help; those for which a consent would have to be asked among them.
    #[must_use]
    pub fn purposes_for(&self, question: Question) -> Vec<Purpose> {
        let helps = |purpose: &Purpose| {
            let asked = Question { purpose: Some(*purpose), ..question };
            self.admitted(asked).is_ok() || self.admitted(Question { consent: true, ..asked }).is_ok()
        };
        self.purposes_of(question.audience).iter().copied().filter(helps).collect()
    }
}
