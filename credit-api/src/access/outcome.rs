//! What the rule answers.

use std::sync::Arc;

use credit_core::records::Lang;

/// How much of a block is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    Full,
    /// Numbers of persons with most digits replaced ([`super::mask`]).
    Masked,
    /// Bands, and figures over at least five enterprises ([`super::aggregate`]).
    Aggregate,
    /// The grade, class or flag alone: no decision, date, amount or reason beside it.
    GradeOnly,
    Refused(Reason),
}

/// Why nothing is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The caller has to sign in.
    SignInNeeded,
    /// The caller may, once it says for which purpose.
    PurposeNeeded,
    /// Not for the purpose that was named; for another one the caller may.
    PurposeUnfit,
    /// The enterprise has to consent.
    ConsentNeeded,
    /// Only for one enterprise at a time.
    OneAtATime,
    /// Only what the caller's own organisation did.
    OwnOnly,
    /// Not to this caller.
    NotDisclosed,
}

impl Reason {
    pub const ALL: [Reason; 7] = [
        Reason::SignInNeeded,
        Reason::PurposeNeeded,
        Reason::PurposeUnfit,
        Reason::ConsentNeeded,
        Reason::OneAtATime,
        Reason::OwnOnly,
        Reason::NotDisclosed,
    ];

    /// The code in `withheld`; never changes.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Reason::SignInNeeded => "sign_in_required",
            Reason::PurposeNeeded => "purpose_required",
            Reason::PurposeUnfit => "purpose_not_sufficient",
            Reason::ConsentNeeded => "consent_required",
            Reason::OneAtATime => "one_at_a_time",
            Reason::OwnOnly => "own_only",
            Reason::NotDisclosed => "not_disclosed",
        }
    }
}

impl Outcome {
    #[must_use]
    pub fn is_allowed(self) -> bool {
        !matches!(self, Outcome::Refused(_))
    }

    /// How much is shown, in a reader's words; nothing for all of it.
    #[must_use]
    pub fn title(code: &str, lang: Lang) -> Option<&'static str> {
        let (zh, en) = match code {
            "masked" => ("脱敏", "masked"),
            "aggregate" => ("汇总", "in bands"),
            "grade" => ("仅等级", "grade alone"),
            _ => return None,
        };
        Some(if lang == Lang::Zh { zh } else { en })
    }

    /// The code in answers, in the access log and in policies.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Full => "full",
            Outcome::Masked => "masked",
            Outcome::Aggregate => "aggregate",
            Outcome::GradeOnly => "grade",
            Outcome::Refused(reason) => reason.code(),
        }
    }
}

/// The rule's answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decision {
    pub outcome: Outcome,
    /// `@id` of the policy that allowed it, or forbade it; nothing where no policy speaks.
    pub policy: Option<Arc<str>>,
    /// The consent that allowed it.
    pub consent: Option<Arc<str>>,
}

impl Decision {
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.outcome.is_allowed()
    }

    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self.outcome {
            Outcome::Refused(reason) => Some(reason),
            _ => None,
        }
    }

    /// The code of the reason in `withheld`; `None` when something is shown.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        self.reason().map(Reason::code)
    }
}
