//! The ledger server: one operator that writes the log, and what lets others check it.
//!
//! - [`operator`]: the only writer of a log: order of a block, fences, recovery;
//! - [`sequencer`]: many threads, one block;
//! - [`view`]: what may be shown: everything up to the last published checkpoint;
//! - [`proofs`]: what receipts are made of;
//! - [`http`]: that, as C2SP tiles over HTTP;
//! - [`cosigning`], [`finality`]: asks the witnesses of the policy, and what their quorum has cosigned;
//! - [`follow`]: an agency's node: its own copy, re-executed, and two keys to cosign it;
//! - [`scores`]: recomputing a score whose statement is shown;
//! - [`witness`]: cosigns other logs' checkpoints, and refuses;
//! - [`known_logs`], [`log_policy`]: keys this user need not name again, witnesses to believe;
//! - [`keys`]: key files, and events that change the keys of a log;
//! - [`audit`]: everything read again from genesis, as a report;
//! - [`lease`]: which of several operators is the active one, and the order of a takeover;
//! - [`rebuild`]: a lost folder made again bit for bit, and a standby's copy;
//! - [`tiles`]: reading somebody else's log;
//! - [`tls`]: what is asked and served over HTTPS;
//! - [`tip`], [`guard`], [`clock`]: the three things an operator is given or keeps beside the log.

pub mod audit;
pub mod clock;
pub mod cosigning;
pub mod finality;
pub mod follow;
pub mod guard;
pub mod http;
pub mod keys;
pub mod known_logs;
pub mod lease;
pub mod log_policy;
pub mod operator;
pub mod proofs;
pub mod rebuild;
pub mod scores;
pub mod sequencer;
mod slots;
pub mod tiles;
pub mod tip;
pub mod tls;
pub mod view;
pub mod witness;

pub use clock::{Clock, SystemClock};
pub use operator::{Appended, NewEntry, Operator, OperatorConfig, OperatorError};
pub use sequencer::Sequencer;
pub use tip::{EntryRef, FileTip, SealedBlock, Tip, TipError, TipRow};
pub use view::LedgerView;
