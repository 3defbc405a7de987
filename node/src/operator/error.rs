//! Why an operator refuses, each with what to do about it.

use crate::guard::GuardError;
use crate::log_policy::LogPolicyError;
use crate::tip::TipError;
use ledger::authorship::AuthorshipError;
use ledger::bounded::BoundError;
use ledger::keyring::KeyEventError;
use ledger::note::NoteError;
use ledger::store::StoreError;

/// A refusal of the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    TipRow(#[from] TipError),
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error(transparent)]
    Policy(#[from] LogPolicyError),
    #[error("the log name: {0}")]
    Name(#[from] NoteError),
    #[error("the entries cannot be executed: {0}")]
    Replay(#[from] ledger::replay::ReplayError),
    #[error("the genesis: {0}")]
    Bound(#[from] BoundError),
    #[error("the setting {name} is {found}; it must be {allowed}")]
    Setting { name: &'static str, found: u64, allowed: &'static str },
    #[error(
        "another operator has taken this log over, so this one has stopped for good; \
         run only one, and restart this one only after the other has ended"
    )]
    Fenced,
    #[error(
        "the ledger folder has {have} leaves, but {witness} knows of {known}: the folder is an older copy. \
         Nothing was signed. Restore the newer folder, or rebuild this one from the outbox or from an agency's \
         verified copy, then start again"
    )]
    Behind { have: u64, known: u64, witness: &'static str },
    #[error(
        "the ledger folder and {witness} have different trees at {size} leaves: one of them is not of this log's \
         history. Nothing was signed. Keep both, audit the folder, compare with an agency's verified copy"
    )]
    Diverged { size: u64, witness: &'static str },
    #[error(
        "this folder has signed {signed} leaves, but the tip row is gone. If the credit database was lost and this \
         folder is known to be the newest copy, start once with the setting to adopt its tip; otherwise restore \
         the database"
    )]
    TipRowLost { signed: u64 },
    /// A step was left out or came twice; nothing was signed.
    #[error(
        "the tip row does not cover the tree of {size} leaves that was to be signed, or another of that size was; \
         nothing was signed. Restart, and report this"
    )]
    NotCovered { size: u64 },
    #[error("no log key is at hand")]
    NoKey,
    #[error(
        "the log is sealed with the key {0} now, which is not among those given; add its file, and keep the others \
         until they are revoked"
    )]
    KeyNotHeld(String),
    #[error("entry {position} of the call: {reason}")]
    Refused { position: usize, reason: Refusal },
    #[error("the operator was stopped between two steps of a block")]
    Interrupted,
    #[error("the operator has stopped")]
    Stopped,
}

/// Why one entry was refused; it is not in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    #[error("genesis and seals are made by the operator only")]
    Kind,
    #[error("its envelope names another cause than the call, or its author signed it without one")]
    OtherCause,
    #[error("it has {0} bytes, more than an entry may have")]
    TooLong(usize),
    #[error("its cause is already in the log with other content, at leaf {0}")]
    OtherContent(u64),
    #[error("its cause comes twice in one call with different content")]
    OtherContentInCall,
    #[error("the change of keys: {0}")]
    Key(#[from] KeyEventError),
    #[error(
        "the new log key {0} is not at hand; give its file to the operator, start it again, then submit this"
    )]
    NewKeyNotHeld(String),
    #[error("author {0} is not registered; register the key first")]
    UnknownAuthor(u32),
    #[error("its author: {0}")]
    Author(#[from] AuthorshipError),
}
