//! `GET /disclosure`, `GET /enterprises/{uscc}/disclosure`: what the rule would answer this caller, block by block. It
//! reads nothing of any enterprise, so it says the same whether or not there is one.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Ask, Block, Outcome, Purpose, Subject};
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::params;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::Shared;

/// What this caller may see, for the purpose it named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DisclosureBody {
    /// The caller's column of the matrix.
    pub audience: &'static str,
    pub purpose: Option<Purpose>,
    /// Purposes that this caller may name.
    pub purposes: Vec<Purpose>,
    /// Names the policies that answered.
    pub policies_version: String,
    pub blocks: Vec<BlockDisclosure>,
}

/// What the rule says of a block.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BlockDisclosure {
    pub block: &'static str,
    pub title: &'static str,
    /// `full`, `masked`, `aggregate` or `grade`; `null` when it is withheld.
    pub shown: Option<&'static str>,
    /// Why it is withheld, as in `withheld` of other answers.
    pub reason: Option<&'static str>,
    pub how_to_ask: Option<String>,
    /// The policy that answered; `null` when none permits it.
    pub policy: Option<String>,
    /// Circumstances under which the answer is another one.
    pub otherwise: Vec<Otherwise>,
}

/// Another answer, under a circumstance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Otherwise {
    /// `unpublished`: the enterprise opted out, or the figure is not among those published. `closed`: the matter is
    /// closed. `notified`: the enterprise was given notice of it. `own_organisation`: only what the caller's own
    /// organisation did. `zone`: a figure of the zone.
    pub when: &'static str,
    pub shown: Option<&'static str>,
    pub reason: Option<&'static str>,
}

/// What this caller may see of many enterprises at once: in lists, extracts and feeds.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/disclosure",
    tag = "access",
    params(("X-Purpose" = Option<String>, Header, description = "Purpose code")),
    responses(
        (status = 200, body = DisclosureBody, description = "The rule's answers"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Unknown purpose"),
    ),
    security((), ("token" = []))
)]
pub async fn many(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    answer::json(&request, &body(&caller, Subject::Many))
}

/// What this caller may see of one enterprise. Answers alike for an enterprise that is not on record.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}/disclosure",
    tag = "access",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = DisclosureBody, description = "The rule's answers"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid USCC or unknown purpose"),
    ),
    security((), ("token" = []))
)]
pub async fn one(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    let caller = caller.about(&state, uscc).await?;
    answer::json(&request, &body(&caller, Subject::One(uscc.as_str())))
}

fn body(caller: &Caller, subject: Subject<'_>) -> DisclosureBody {
    DisclosureBody {
        audience: caller.principal.audience.code(),
        purpose: caller.purpose,
        purposes: caller.rules().purposes_of(&caller.principal),
        policies_version: caller.rules().engine().version().to_owned(),
        blocks: Block::ALL.into_iter().map(|block| block_of(caller, subject, block)).collect(),
    }
}

fn block_of(caller: &Caller, subject: Subject<'_>, block: Block) -> BlockDisclosure {
    let ask = caller.ask(subject, block);
    let decision = caller.rules().decide(&ask);
    let reason = decision.reason();
    let circumstances = [
        ("unpublished", Ask { published: false, ..ask }),
        ("closed", Ask { closed: true, ..ask }),
        ("notified", Ask { notified: true, ..ask }),
        ("own_organisation", Ask { own_organisation: true, ..ask }),
        ("zone", Ask { subject: Subject::Zone, ..ask }),
    ];
    let otherwise = circumstances.into_iter().filter_map(|(when, changed)| {
        let other = caller.rules().decide(&changed).outcome;
        let (shown, reason) = (shown(other), refused(other));
        // A zone has no figure of what is told of enterprises alone; only what is shown then is worth saying.
        let worth_saying = other != decision.outcome && (when != "zone" || shown.is_some());
        worth_saying.then_some(Otherwise { when, shown, reason })
    });
    BlockDisclosure {
        block: block.code(),
        title: block.title(caller.lang),
        shown: shown(decision.outcome),
        reason: refused(decision.outcome),
        how_to_ask: reason.map(|reason| caller.how_to_ask(subject, block, reason)),
        policy: decision.policy.as_deref().map(str::to_owned),
        otherwise: otherwise.collect(),
    }
}

fn shown(outcome: Outcome) -> Option<&'static str> {
    outcome.is_allowed().then(|| outcome.code())
}

fn refused(outcome: Outcome) -> Option<&'static str> {
    (!outcome.is_allowed()).then(|| outcome.code())
}
