//! Who asks, in which language, and what for: read once from the headers of a request.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use credit_core::records::Lang;
use credit_core::uscc::Uscc;

use super::problem::{Code, Problem, Words};
use super::state::{Shared, blocking};
use crate::access::{
    Ask, Audience, Block, Decision, Granted, Look, Looks, Outcome, Principal, Purpose, Reason, Rules,
    Subject, explain,
};
use crate::service::Service;

/// Header that states a purpose.
pub const PURPOSE: &str = "x-purpose";
/// Header that names a request.
pub const REQUEST_ID: &str = "x-request-id";
/// Longest request id taken over from the caller, characters.
const REQUEST_ID_CHARS_MAX: usize = 128;
/// Longest `Accept-Language` that is looked at, bytes.
const LANGUAGES_BYTES_MAX: usize = 1_024;

/// Who asks and what for; every question to the rule is asked through it, and noted.
#[derive(Debug, Clone)]
pub struct Caller {
    pub principal: Principal,
    pub purpose: Option<Purpose>,
    pub lang: Lang,
    /// What the request looked at so far.
    pub looks: Looks,
    rules: Rules,
    now_ms: i64,
    /// Of one enterprise to the caller's institution; nothing is known of any other.
    consents: Option<(Uscc, Arc<[Granted]>)>,
}

impl Caller {
    /// Reads what the headers of `principal`'s request say beside who it is.
    ///
    /// # Errors
    /// [`Code::UnknownPurpose`].
    pub fn read(
        headers: &HeaderMap,
        principal: Principal,
        service: &Service,
        looks: Looks,
    ) -> Result<Self, Problem> {
        let rules = service.rules.clone();
        let purpose = match headers.get(PURPOSE) {
            None => None,
            Some(value) => Some(purpose(value.to_str().unwrap_or_default(), &principal, &rules)?),
        };
        let now_ms = service.clock.now().0;
        Ok(Self { principal, purpose, lang: lang(headers), looks, rules, now_ms, consents: None })
    }

    /// With the consents of an enterprise, where the caller is one who needs them.
    ///
    /// # Errors
    /// The database's.
    pub async fn about(mut self, state: &Shared, uscc: Uscc) -> Result<Self, Problem> {
        if self.principal.audience == Audience::Financier {
            let (principal, now_ms) = (self.principal.clone(), self.now_ms);
            let granted = blocking(state, move |state| {
                Ok(state.service.consents.granted(&principal, uscc.as_str(), now_ms)?)
            });
            self.consents = Some((uscc, granted.await?.into()));
        }
        Ok(self)
    }

    /// The question whether this caller may see a block; its circumstances may be changed before it is asked.
    #[must_use]
    pub fn ask<'a>(&'a self, subject: Subject<'a>, block: Block) -> Ask<'a> {
        let consents: &[Granted] = match (&self.consents, subject) {
            (Some((uscc, granted)), Subject::One(asked)) if uscc.as_str() == asked => granted,
            _ => &[],
        };
        Ask { consents, now_ms: self.now_ms, ..Ask::new(&self.principal, block, self.purpose, subject) }
    }

    /// What the rule says of a block. Noted, unless it is somebody unknown who did not ask for it in particular.
    #[must_use]
    pub fn may(&self, subject: Subject<'_>, block: Block) -> Decision {
        self.may_ask(&self.ask(subject, block))
    }

    /// As [`Caller::may`], of a question with its circumstances.
    #[must_use]
    pub fn may_ask(&self, ask: &Ask<'_>) -> Decision {
        let decision = self.rules.decide(ask);
        if decision.is_allowed() || !self.principal.is_anonymous() {
            self.note(ask, &decision);
        }
        decision
    }

    /// With these consents of an enterprise.
    #[must_use]
    pub fn with_consents(&self, uscc: Uscc, granted: Arc<[Granted]>) -> Self {
        Self { consents: Some((uscc, granted)), ..self.clone() }
    }

    /// How the caller sees a block that it did not name; noted when it is shown, since a refusal answers nobody.
    #[must_use]
    pub fn sees(&self, subject: Subject<'_>, block: Block) -> Option<Outcome> {
        self.sees_ask(&self.ask(subject, block))
    }

    /// As [`Caller::sees`], of a question with its circumstances.
    #[must_use]
    pub fn sees_ask(&self, ask: &Ask<'_>) -> Option<Outcome> {
        let decision = self.rules.decide(ask);
        if !decision.is_allowed() {
            return None;
        }
        self.note(ask, &decision);
        Some(decision.outcome)
    }

    /// Goes on only when the caller may see something of the block; noted in any case.
    ///
    /// # Errors
    /// The problem that says what is missing.
    pub fn needs(&self, subject: Subject<'_>, block: Block) -> Result<Decision, Problem> {
        self.needs_asked(&self.ask(subject, block))
    }

    /// As [`Caller::needs`], of a question with its circumstances.
    ///
    /// # Errors
    /// The problem that says what is missing.
    pub fn needs_asked(&self, ask: &Ask<'_>) -> Result<Decision, Problem> {
        let decision = self.rules.decide(ask);
        self.note(ask, &decision);
        match decision.reason() {
            None => Ok(decision),
            Some(reason) => Err(self.problem(ask, reason)),
        }
    }

    /// Notes that the caller asked for what is not for it, by whatever narrower rule than the policies.
    pub fn refuse(&self, subject: Subject<'_>, block: Block) {
        let outcome = Outcome::Refused(Reason::NotDisclosed);
        self.note(&self.ask(subject, block), &Decision { outcome, policy: None, consent: None });
    }

    /// With a purpose, where none was named: that of an act that says itself what it is for.
    #[must_use]
    pub fn for_purpose(&self, purpose: Option<Purpose>) -> Self {
        Self { purpose: self.purpose.or(purpose), ..self.clone() }
    }

    /// Goes on only when the caller may see the block in full.
    ///
    /// # Errors
    /// The problem that says what is missing.
    pub fn needs_full(&self, subject: Subject<'_>, block: Block) -> Result<Decision, Problem> {
        let decision = self.needs(subject, block)?;
        match decision.outcome {
            Outcome::Full => Ok(decision),
            _ => Err(self.problem(&self.ask(subject, block), Reason::NotDisclosed)),
        }
    }

    /// How the caller may come to see what it was refused.
    #[must_use]
    pub fn how_to_ask(&self, subject: Subject<'_>, block: Block, reason: Reason) -> String {
        let purposes = self.rules.purposes_for(&self.ask(subject, block));
        explain::how_to_ask(reason, &purposes, block, self.lang)
    }

    /// The rule itself, for questions that are no looks at anything.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    fn note(&self, ask: &Ask<'_>, decision: &Decision) {
        self.looks.note(Look::of(ask, decision.clone(), self.rules.is_public(ask)));
    }

    /// Says what is missing, and the same whether or not there is such an enterprise.
    fn problem(&self, ask: &Ask<'_>, reason: Reason) -> Problem {
        let code = match reason {
            Reason::SignInNeeded => return Problem::new(Code::SignInRequired),
            Reason::PurposeNeeded => Code::PurposeRequired,
            Reason::PurposeUnfit => Code::PurposeNotSufficient,
            Reason::ConsentNeeded => Code::ConsentRequired,
            Reason::OneAtATime => Code::OneAtATime,
            Reason::OwnOnly => Code::OwnOnly,
            Reason::NotDisclosed => Code::NotDisclosed,
        };
        let purposes = self.rules.purposes_for(ask);
        let words = |lang| explain::how_to_ask(reason, &purposes, ask.block, lang);
        let problem = Problem::new(code).detail(Words::new(words(Lang::Zh), words(Lang::En)));
        match reason {
            Reason::PurposeNeeded | Reason::PurposeUnfit => {
                problem.purposes(self.rules.purposes_of(&self.principal))
            }
            _ => problem,
        }
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Result<Caller, Problem>>().cloned();
        // The envelope reads the headers of every request; without it there is nobody to trust.
        ready(found.unwrap_or_else(|| Err(Problem::new(Code::SignInRequired))))
    }
}

fn purpose(text: &str, principal: &Principal, rules: &Rules) -> Result<Purpose, Problem> {
    text.trim().parse().map_err(|_| {
        let known: Vec<&str> = Purpose::ALL.iter().map(|purpose| purpose.code()).collect();
        let known = known.join(", ");
        Problem::new(Code::UnknownPurpose)
            .fault(
                "#/header/x-purpose",
                Words::new(format!("应为 {known} 之一"), format!("expected one of {known}")),
            )
            .purposes(rules.purposes_of(principal))
    })
}

/// The better of zh and en by `Accept-Language`; zh when neither is named.
#[must_use]
pub fn lang(headers: &HeaderMap) -> Lang {
    let Some(wanted) = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) else {
        return Lang::Zh;
    };
    if wanted.len() > LANGUAGES_BYTES_MAX {
        return Lang::Zh;
    }
    let mut best = (0u32, Lang::Zh);
    for range in wanted.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1_000, thousandths);
        let lang = match tag.split('-').next() {
            Some("zh" | "*") => Lang::Zh,
            Some("en") => Lang::En,
            _ => continue,
        };
        if weight > best.0 {
            best = (weight, lang);
        }
    }
    best.1
}

/// A weight of RFC 9110, times 1000; what is no weight counts as 0.
fn thousandths(text: &str) -> u32 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{part:0<3}");
    let part = digits.get(..3).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0);
    whole.parse::<u32>().map_or(0, |whole| whole.saturating_mul(1_000).saturating_add(part).min(1_000))
}

/// The caller's name for the request if it is usable, else a fresh one.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let usable = |id: &&str| {
        (1..=REQUEST_ID_CHARS_MAX).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    if let Some(id) = given.filter(usable) {
        return id.to_owned();
    }
    let mut bytes = [0u8; 16];
    // Without randomness the id is all zeros: still an answer, and the log says the time.
    let _ = getrandom::fill(&mut bytes);
    hex::encode(bytes)
}

/// `traceparent` of the caller, when it has the form of W3C Trace Context.
#[must_use]
pub fn traceparent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    let parts: Vec<&str> = value.split('-').collect();
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    match parts.as_slice() {
        [version, trace, parent, flags] => {
            let good = is_hex(version, 2) && is_hex(trace, 32) && is_hex(parent, 16) && is_hex(flags, 2);
            let zero = |text: &str| text.bytes().all(|b| b == b'0');
            (good && *version != "ff" && !zero(trace) && !zero(parent)).then(|| value.to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HeaderName::from_static(name), value.parse().unwrap());
        headers
    }

    #[test]
    fn the_language_is_the_one_liked_best() {
        for (wanted, expected) in [
            ("en", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("fr, en-GB;q=0.7, zh;q=0.3", Lang::En),
            ("de", Lang::Zh),
            ("en;q=0", Lang::Zh),
            ("en;q=x", Lang::Zh),
        ] {
            assert_eq!(lang(&headers("accept-language", wanted)), expected, "{wanted}");
        }
        assert_eq!(lang(&HeaderMap::new()), Lang::Zh);
    }

    #[test]
    fn a_request_id_is_taken_over_only_when_it_is_harmless() {
        assert_eq!(request_id(&headers("x-request-id", "a-1_2.b")), "a-1_2.b");
        for bad in ["a b", "<x>", &"a".repeat(129)] {
            let made = request_id(&headers("x-request-id", bad));
            assert_eq!(made.len(), 32, "{bad}");
        }
    }

    #[test]
    fn a_trace_is_passed_on_only_when_it_is_one() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(traceparent(&headers("traceparent", good)).unwrap(), good);
        for bad in ["00-1-2-3", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ""] {
            assert!(traceparent(&headers("traceparent", bad)).is_none());
        }
    }
}
