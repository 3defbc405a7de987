//! Where a node stands, for people and monitors.

use super::Refusal;
use super::disclosed::{Checked, SyncStatus};
use serde::Serialize;
use std::path::PathBuf;

/// In one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing was read yet.
    #[default]
    Starting,
    /// Behind the checkpoint, and on the way.
    Replaying,
    /// Everything that the log signed is replayed.
    Following,
    /// The log cannot be read, or a disclosed score is wrong.
    Alarm,
    /// The log did wrong.
    Refused,
}

/// Where a node stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Status {
    pub phase: Phase,
    pub origin: String,
    /// Where the log is read.
    pub log: String,
    /// Leaves of the last checkpoint whose signature and consistency were proven.
    pub seen: u64,
    /// When that was, milliseconds since 1970-01-01 UTC.
    pub seen_ms: u64,
    /// Leaves that were re-executed and are stored.
    pub replayed: u64,
    pub blocks: u32,
    /// Time of the last block, milliseconds since 1970-01-01 UTC.
    pub sealed_ms: u64,
    pub witness_key: String,
    pub replay_key: String,
    /// Leaves that the witness key cosigned last.
    pub witness_cosigned: u64,
    pub replay_cosigned: u64,
    /// When each did, milliseconds since 1970-01-01 UTC.
    pub witness_cosigned_ms: u64,
    pub replay_cosigned_ms: u64,
    /// Disclosed statements whose score was recomputed.
    pub right_scores: usize,
    pub wrong_scores: usize,
    /// Disclosed files that cannot be checked yet, or at all.
    pub unchecked_scores: usize,
    /// Where fetching them stands, where they are fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statements: Option<SyncStatus>,
    /// Failures one after the other.
    pub failures: u32,
    pub last_error: Option<String>,
    #[serde(serialize_with = "digest")]
    pub refusal: Option<Refusal>,
    pub now_ms: u64,
}

impl Status {
    /// Another phase, unless the node refuses, which only a person ends.
    pub(super) fn enter(&mut self, phase: Phase) {
        if self.refusal.is_none() {
            self.phase = phase;
        }
    }

    pub(super) fn take_scores(&mut self, found: &Checked) {
        self.right_scores = found.right;
        self.wrong_scores = found.wrong.len();
        self.unchecked_scores = found.unchecked;
    }

    /// All is well: what the log signed is replayed, and nothing was wrong.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        matches!(self.phase, Phase::Following | Phase::Replaying | Phase::Starting)
    }

    /// File name of the evidence, where the node refuses.
    #[must_use]
    pub fn evidence(&self) -> Option<&PathBuf> {
        self.refusal.as_ref().map(|refusal| &refusal.evidence)
    }
}

fn digest<S: serde::Serializer>(refusal: &Option<Refusal>, serializer: S) -> Result<S::Ok, S::Error> {
    refusal.as_ref().map(|refusal| &refusal.digest).serialize(serializer)
}
