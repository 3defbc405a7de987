//! The policy that a log serves: the file of a person, with the log's own key in it.

use ledger::note::Vkey;
use ledger::policy::{Policy, PolicyError};

/// Longest policy file read, in bytes.
pub const POLICY_FILE_BYTES_MAX: usize = ledger::policy::MAX_POLICY_BYTES;

/// The policy of a log that asks for no witness, before its own lines.
pub const NO_WITNESS: &str = "quorum none\n";

/// A policy, with its text as it is served and digested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPolicy {
    text: String,
    policy: Policy,
}

/// Why a text is no policy of this log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogPolicyError {
    #[error("the witness policy: {0}")]
    Policy(#[from] PolicyError),
    #[error("the witness policy names other logs only; write this line into it, or leave `log` out: log {0}")]
    OtherLog(String),
}

impl LogPolicy {
    /// The log alone: no witness, no quorum, so that nothing is ever final.
    #[must_use]
    pub fn of_log(vkey: &Vkey) -> Self {
        let text = format!("log {vkey}\n{NO_WITNESS}");
        Self { policy: Policy::parse(text.as_bytes()).unwrap_or_default(), text }
    }

    /// Reads a policy of the log that these keys sign, the one in force first. Where it names no log, their lines
    /// are put before it, since a person who writes the first policy of a log does not know its key yet.
    ///
    /// # Errors
    /// When it is no policy, or one of other logs.
    pub fn read(text: &str, keys: &[Vkey]) -> Result<Self, LogPolicyError> {
        let policy = Policy::parse(text.as_bytes())?;
        if policy.logs().is_empty() {
            let lines: String = keys.iter().map(|vkey| format!("log {vkey}\n")).collect();
            let text = lines + text;
            let policy = Policy::parse(text.as_bytes())?;
            return Ok(Self { text, policy });
        }
        if !policy.logs().iter().any(|log| keys.contains(&log.vkey)) {
            let key = keys.first().map(ToString::to_string).unwrap_or_default();
            return Err(LogPolicyError::OtherLog(key));
        }
        Ok(Self { text: text.to_owned(), policy })
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use ledger::note::KeyKind;
    use std::slice;

    #[test]
    fn the_log_of_a_policy_is_this_one() {
        let vkey = |seed| {
            let key = SigningKey::from_bytes(&[seed; 32]).verifying_key();
            Vkey::new("ledger.example/test", KeyKind::Ed25519, key).unwrap()
        };
        let (ours, other) = (vkey(1), vkey(2));
        let alone = LogPolicy::of_log(&ours);
        assert_eq!((alone.policy().logs().len(), alone.policy().quorum()), (1, None));
        assert_eq!(LogPolicy::read(NO_WITNESS, slice::from_ref(&ours)).unwrap(), alone);
        let both = format!("log {other}\nlog {ours}\nquorum none\n");
        assert_eq!(LogPolicy::read(&both, slice::from_ref(&ours)).unwrap().text(), both);
        let refused = LogPolicy::read(&format!("log {other}\nquorum none\n"), slice::from_ref(&ours));
        assert_eq!(refused, Err(LogPolicyError::OtherLog(ours.to_string())));
        assert!(matches!(LogPolicy::read("quorum all\n", &[ours]), Err(LogPolicyError::Policy(_))));
    }
}
