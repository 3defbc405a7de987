//! The hash chain of a case.
//!
//! The digest of a step is SHA-256 over the 19 bytes `xinji/case-step/v1\n` and then, in SCALE, in this order:
//! previous digest (32 bytes); case id; kind; number (u32); state left; verb; state reached; actor id; role;
//! moment (i64, milliseconds since 1970 UTC); outcome (option); digest of the reason (option); digest of the
//! basis (option); digests of the attachments (vector); subject (option of kind and id); whether a notice was
//! posted (bool); clocks stopped (vector of clock, own end, outer bound (option of clock and end), service
//! (option of day posted, day served, read)), each end a day (i32, since 1970) and whether it is provisional;
//! clocks lengthened (vector of clock and u16); clocks started (vector of clock, pack, count (u16), unit,
//! deemed-served days (option of u16), rolls (bool), extension (u16), outer bound (option), nature, role that owes
//! it, reminder (u16), escalation (u16)). Words of the closed lists are their codes. SCALE puts the length before
//! every text and vector, so that no two steps have the same bytes.

use parity_scale_codec::Encode;

use super::clocks::Due;
use super::step::{Digest, Since, Step, Told};
use crate::calendar::Deadline;
use crate::dates::day_number;

const CONTEXT: &[u8] = b"xinji/case-step/v1\n";

/// Why steps are no chain; the number is that of the first wrong step, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    #[error("step {0} is missing, or out of its place")]
    Number(u32),
    #[error("step {0} does not follow the one before")]
    Link(u32),
    #[error("step {0} was changed")]
    Digest(u32),
    #[error("the words of step {0} are not those that were digested")]
    Words(u32),
    #[error("step {0} is of another case")]
    Case(u32),
}

/// The digest that belongs to a step; `step.digest` itself has no part in it.
#[must_use]
pub fn digest_of(step: &Step) -> Digest {
    let mut bytes = CONTEXT.to_vec();
    step.previous.0.encode_to(&mut bytes);
    step.case.encode_to(&mut bytes);
    step.kind.code().encode_to(&mut bytes);
    step.number.encode_to(&mut bytes);
    step.from.code().encode_to(&mut bytes);
    step.verb.code().encode_to(&mut bytes);
    step.to.code().encode_to(&mut bytes);
    step.actor.id.encode_to(&mut bytes);
    step.actor.role.code().encode_to(&mut bytes);
    step.at.0.encode_to(&mut bytes);
    step.outcome.map(|outcome| outcome.code()).encode_to(&mut bytes);
    step.reason.as_ref().map(|told| told.digest.0).encode_to(&mut bytes);
    step.basis.as_ref().map(|told| told.digest.0).encode_to(&mut bytes);
    step.attachments.iter().map(|file| file.0).collect::<Vec<_>>().encode_to(&mut bytes);
    step.subject.as_ref().map(|subject| (subject.kind.code(), &subject.id)).encode_to(&mut bytes);
    step.posts.encode_to(&mut bytes);
    let stops = step.stops.iter().map(|met| (met.clock.code(), due_parts(&met.due)));
    stops.collect::<Vec<_>>().encode_to(&mut bytes);
    let extends = step.extends.iter().map(|extended| (extended.clock.code(), extended.by));
    extends.collect::<Vec<_>>().encode_to(&mut bytes);
    let starts = step.starts.iter().map(|started| {
        let deemed = match started.from {
            Since::Step => None,
            Since::Service { deemed_after } => Some(deemed_after),
        };
        (
            (started.clock.code(), &started.pack, started.count, started.unit.code(), deemed),
            (started.rolls, started.extension, started.within.map(|clock| clock.code())),
            (started.nature.code(), started.owed_by.code(), started.remind, started.escalate),
        )
    });
    starts.collect::<Vec<_>>().encode_to(&mut bytes);
    Digest::of(&bytes)
}

/// A day and whether it is provisional.
type End = (i32, bool);

/// Own end; outer bound; service: day posted, day served, read.
type DueParts = (End, Option<(&'static str, End)>, Option<(i32, i32, bool)>);

fn end(deadline: Deadline) -> End {
    (day_number(deadline.date), deadline.provisional)
}

fn due_parts(due: &Due) -> DueParts {
    let outer = due.outer.map(|(clock, deadline)| (clock.code(), end(deadline)));
    let service =
        due.service.map(|service| (day_number(service.posted_on), day_number(service.on), service.read));
    (end(due.own), outer, service)
}

/// Checks numbers, links, digests and the words that are still there.
///
/// # Errors
/// [`ChainFault`] names the first step that is wrong. Steps cut off at the end are found by nobody who does not
/// know the head; compare the digest of the last step with the anchored one.
pub fn verify_chain(steps: &[Step]) -> Result<(), ChainFault> {
    let mut previous = Digest::default();
    let mut expected = 0u32;
    for step in steps {
        expected = expected.saturating_add(1);
        if step.number != expected {
            return Err(ChainFault::Number(expected));
        }
        if steps.first().is_some_and(|first| first.case != step.case || first.kind != step.kind) {
            return Err(ChainFault::Case(expected));
        }
        if step.previous != previous {
            return Err(ChainFault::Link(expected));
        }
        if !words_hold(step.reason.as_ref()) || !words_hold(step.basis.as_ref()) {
            return Err(ChainFault::Words(expected));
        }
        if digest_of(step) != step.digest {
            return Err(ChainFault::Digest(expected));
        }
        previous = step.digest;
    }
    Ok(())
}

fn words_hold(told: Option<&Told>) -> bool {
    told.and_then(|told| Some((told.digest, told.text.as_ref()?)))
        .is_none_or(|(digest, text)| Digest::of(text.as_bytes()) == digest)
}
