//! What is particular to repairs: the plan of an enterprise ([`plan`]), what the source says of a record ([`source`]),
//! the certificate that third parties verify ([`certificate`]), the case that is opened on the day on which repair may
//! be asked ([`eligible`]), and the steps that follow by themselves once the source has said it ([`tick`]).
//!
//! The path of one repair: `GET /enterprises/{uscc}/repair-plan` says when, where and with which papers → the
//! enterprise files with 信用中国; the case notes what happens there → the authority grants it → the source's next file
//! carries the repair: the fact is superseded, the case goes to `synced` with a certificate on the ledger, the
//! enterprise is evaluated, the case goes to `rescored`. Nothing here decides anything; the rules are
//! `credit_core::repair`.

pub mod certificate;
pub mod eligible;
pub mod plan;
pub mod source;
pub mod tick;
