//! What somebody asks for ([`Act`]) and what is kept of it ([`Step`]).

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::clocks::Due;
use super::deadlines::{Nature, Unit};
use super::words::{Clock, Kind, Outcome, Role, State, SubjectKind, Verb};
use crate::dates::Moment;

/// SHA-256; hex in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        hex::encode(digest.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes).map_err(|_| "a digest is 64 hexadecimal digits")?;
        Ok(Self(bytes))
    }
}

/// Who acts: the id of a person or a program, and in what capacity. That the person has the role is for the caller
/// to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub id: String,
    pub role: Role,
}

/// What a step is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub kind: SubjectKind,
    pub id: String,
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    pub verb: Verb,
    pub actor: Actor,
    /// How many steps the actor had seen (If-Match); None where the caller vouches for it.
    pub seen: Option<u32>,
    pub outcome: Option<Outcome>,
    pub reason: Option<String>,
    pub basis: Option<String>,
    /// SHA-256 of the files.
    pub attachments: Vec<Digest>,
    pub subject: Option<Subject>,
}

impl Act {
    /// An act with nothing but its verb.
    #[must_use]
    pub const fn new(verb: Verb, actor: Actor) -> Self {
        Self {
            verb,
            actor,
            seen: None,
            outcome: None,
            reason: None,
            basis: None,
            attachments: Vec::new(),
            subject: None,
        }
    }
}

/// Words and their digest. The chain holds the digest alone, so that words about a person can be erased and the
/// chain still verifies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub digest: Digest,
    /// None once erased.
    pub text: Option<String>,
}

impl Told {
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { digest: Digest::of(text.as_bytes()), text: Some(text.to_owned()) }
    }
}

/// From which day a clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// The day of the step.
    Step,
    /// The day on which the notice of the step is read, or this many working days after, when it is deemed served.
    Service { deemed_after: u16 },
}

/// A clock that a step started, with the rule as it was that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    pub clock: Clock,
    /// The rule pack, such as `deadlines-2026.1`.
    pub pack: String,
    pub count: u16,
    pub unit: Unit,
    pub from: Since,
    /// Whether a last day that is a holiday moves to the next working day.
    pub rolls: bool,
    /// What an extension adds, in the same unit; 0 where there is none.
    pub extension: u16,
    /// The outer bound, which counts when it is earlier.
    pub within: Option<Clock>,
    pub nature: Nature,
    pub owed_by: Role,
    /// Reminder so many working days before the end.
    pub remind: u16,
    /// Escalation so many working days after it.
    pub escalate: u16,
}

/// A clock that a step lengthened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extended {
    pub clock: Clock,
    /// In the unit of the clock.
    pub by: u16,
}

/// A clock that a step stopped, and when it was due as known then; no later calendar moves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    pub clock: Clock,
    pub due: Due,
}

/// One row of a case, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub case: String,
    pub kind: Kind,
    /// From 1.
    pub number: u32,
    pub from: State,
    pub verb: Verb,
    pub to: State,
    pub actor: Actor,
    pub at: Moment,
    pub outcome: Option<Outcome>,
    pub reason: Option<Told>,
    pub basis: Option<Told>,
    pub attachments: Vec<Digest>,
    pub subject: Option<Subject>,
    /// It posted a notice.
    pub posts: bool,
    pub stops: Vec<Met>,
    pub extends: Vec<Extended>,
    pub starts: Vec<Started>,
    /// The digest of the step before; zeroes at number 1.
    pub previous: Digest,
    /// [`super::chain::digest_of`] this step.
    pub digest: Digest,
}
