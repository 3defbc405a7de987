//! What an API key may be used for: a closed list, beside what its audience may see.

use std::fmt;

use crate::jobs::SCREENING_LETTER;

/// One use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Reading: enterprises, ratings, receipts, lists, what-if.
    Read,
    /// Sending source files, and seeing what became of them.
    Intake,
    /// Consents, subscriptions, the feed of changes, extracts.
    Share,
    /// Signing, binding agents.
    Decide,
    /// Users and keys.
    Identity,
    /// Opening cases and taking steps in them.
    Cases,
}

impl Scope {
    pub const ALL: [Scope; 6] =
        [Scope::Read, Scope::Intake, Scope::Share, Scope::Decide, Scope::Identity, Scope::Cases];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Intake => "intake",
            Scope::Share => "share",
            Scope::Decide => "decide",
            Scope::Identity => "identity",
            Scope::Cases => "cases",
        }
    }

    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.code() == code)
    }

    fn bit(self) -> u8 {
        match self {
            Scope::Read => 1,
            Scope::Intake => 2,
            Scope::Share => 4,
            Scope::Decide => 8,
            Scope::Identity => 16,
            Scope::Cases => 32,
        }
    }

    /// What a request needs a key to be for. `path` begins with `/api/v1/`. What no line names is only read.
    ///
    /// `None`: no key is for it.
    #[must_use]
    pub fn needed(method: &str, path: &str) -> Option<Self> {
        let path = path.strip_prefix("/api/v1/").unwrap_or_default();
        let mut steps = path.split('/');
        let (first, last) = (steps.next().unwrap_or_default(), path.rsplit('/').next().unwrap_or_default());
        let reads = matches!(method, "GET" | "HEAD" | "OPTIONS");
        match first {
            // Whoever screens names asks how far that is.
            "jobs" if last.starts_with(SCREENING_LETTER) => Some(Scope::Read),
            "sources" | "batches" | "jobs" | "single-window" => Some(Scope::Intake),
            "consents" | "subscriptions" | "changes" | "extracts" | "standing-requests" => Some(Scope::Share),
            "objections" | "appeals" | "repairs" | "list-entries" | "alerts" | "disputes" | "cases"
            | "case-files" => Some(Scope::Cases),
            "measures" | "inspection-plans" if !reads => Some(Scope::Cases),
            "letters" if !reads => Some(Scope::Decide),
            "users" | "keys" | "letters" | "certificates" => Some(Scope::Identity),
            "me" if reads => Some(Scope::Read),
            // A key neither signs in nor changes its owner's password.
            "me" | "sessions" => None,
            _ if reads => Some(Scope::Read),
            "enterprises" if last == "simulations" => Some(Scope::Read),
            // What an officer finds of a pair is an act of the officer's, as a step in a case is.
            "screenings" if last == "reviews" => Some(Scope::Cases),
            "screenings" => Some(Scope::Read),
            _ => Some(Scope::Decide),
        }
    }
}

/// Some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Scopes(u8);

impl Scopes {
    #[must_use]
    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes named, separated by spaces or commas; `None` when one is no scope, or there is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        let scopes = words.map(Scope::of_code).collect::<Option<Self>>()?;
        (!scopes.is_empty()).then_some(scopes)
    }

    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |all, scope| all | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<&str> = self.iter().map(Scope::code).collect();
        f.write_str(&codes.join(" "))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_a_closed_list() {
        assert_eq!(Scopes::parse("read, intake").unwrap().to_string(), "read intake");
        assert_eq!(Scopes::parse("read everything"), None);
        assert_eq!(Scopes::parse(" "), None);
    }

    #[test]
    fn a_request_needs_one_scope() {
        for (method, path, expected) in [
            ("GET", "/api/v1/enterprises/X/rating", Some(Scope::Read)),
            ("POST", "/api/v1/enterprises/X/simulations", Some(Scope::Read)),
            ("POST", "/api/v1/enterprises/X/rating/sign-off", Some(Scope::Decide)),
            ("POST", "/api/v1/sources/registration/batches", Some(Scope::Intake)),
            ("GET", "/api/v1/batches", Some(Scope::Intake)),
            ("POST", "/api/v1/single-window/batches", Some(Scope::Intake)),
            ("GET", "/api/v1/single-window/classes", Some(Scope::Intake)),
            ("POST", "/api/v1/users", Some(Scope::Identity)),
            ("POST", "/api/v1/letters/L/approve", Some(Scope::Decide)),
            ("POST", "/api/v1/me/password", None),
            ("POST", "/api/v1/sessions", None),
            ("POST", "/api/v1/consents", Some(Scope::Share)),
            ("POST", "/api/v1/objections", Some(Scope::Cases)),
            ("GET", "/api/v1/appeals/X", Some(Scope::Cases)),
            ("POST", "/api/v1/list-entries/X/decide", Some(Scope::Cases)),
            ("POST", "/api/v1/measures/X/confirm", Some(Scope::Cases)),
            ("GET", "/api/v1/measures", Some(Scope::Read)),
            ("POST", "/api/v1/anything", Some(Scope::Decide)),
        ] {
            assert_eq!(Scope::needed(method, path), expected, "{method} {path}");
        }
    }
}
