//! What an answer leaves out or reduces, why, and how to come to see it.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Ask, Block, Outcome, Reason, Subject, explain};
use crate::http::caller::Caller;

/// A block of information that this caller is not shown, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Withheld {
    /// Code of the block.
    pub block: &'static str,
    pub title: &'static str,
    /// `sign_in_required`, `purpose_required`, `purpose_not_sufficient`, `consent_required`, `one_at_a_time`,
    /// `own_only` or `not_disclosed`.
    pub reason: &'static str,
    /// What to do to see it.
    pub how_to_ask: String,
}

/// A block that is shown in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reduced {
    /// Code of the block.
    pub block: &'static str,
    pub title: &'static str,
    /// `masked`, `aggregate` or `grade`.
    pub shown: &'static str,
    pub text: &'static str,
}

/// Asks the rule about the blocks of one answer, and takes note of what the reader does not get. A block is named even
/// when it is empty, so that the note itself tells nothing.
pub struct Sieve<'a> {
    caller: &'a Caller,
    subject: Subject<'a>,
    /// Where set: of what not everybody may see, nothing else.
    only: Option<&'a BTreeSet<Block>>,
    pub withheld: Vec<Withheld>,
    pub reduced: Vec<Reduced>,
}

impl<'a> Sieve<'a> {
    #[must_use]
    pub fn new(caller: &'a Caller, subject: Subject<'a>) -> Self {
        Self { caller, subject, only: None, withheld: Vec::new(), reduced: Vec::new() }
    }

    /// Within the blocks of a grant; what everybody may see is shown as well.
    #[must_use]
    pub fn within(self, only: Option<&'a BTreeSet<Block>>) -> Self {
        Self { only, ..self }
    }

    /// The question about a block, to change its circumstances.
    #[must_use]
    pub fn ask(&self, block: Block) -> Ask<'a> {
        self.caller.ask(self.subject, block)
    }

    /// How a block may be shown; nothing when it may not.
    pub fn shown(&mut self, block: Block) -> Option<Outcome> {
        self.shown_if(&self.ask(block))
    }

    /// Whether a block may be shown in some way; nothing is noted as withheld.
    #[must_use]
    pub fn ask_quietly(&self, block: Block) -> bool {
        self.caller.may_ask(&self.ask(block)).is_allowed()
    }

    /// As [`Sieve::shown`], of a question with its circumstances.
    pub fn shown_if(&mut self, ask: &Ask<'_>) -> Option<Outcome> {
        let (caller, block) = (self.caller, ask.block);
        let asked_for = self.only.is_none_or(|only| only.contains(&block)) || caller.rules().is_public(ask);
        let outcome = match asked_for {
            true => caller.may_ask(ask).outcome,
            false => Outcome::Refused(Reason::NotDisclosed),
        };
        let title = block.title(caller.lang);
        match outcome {
            Outcome::Full => {}
            Outcome::Refused(reason) => {
                let how_to_ask = caller.how_to_ask(ask.subject, block, reason);
                self.withheld.push(Withheld {
                    block: block.code(),
                    title,
                    reason: reason.code(),
                    how_to_ask,
                });
                return None;
            }
            Outcome::Masked | Outcome::Aggregate | Outcome::GradeOnly => self.reduced.push(Reduced {
                block: block.code(),
                title,
                shown: outcome.code(),
                text: explain::outcome_words(outcome, caller.lang),
            }),
        }
        Some(outcome)
    }
}
