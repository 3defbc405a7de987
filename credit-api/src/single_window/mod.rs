//! Interconnection with the provincial single window (国际贸易“单一窗口”): its platform pushes signed batches of customs
//! messages, reads a receipt for each message, and pulls our grades beside the classes of customs.
//! `docs/adr/0041-single-window.md` has the path of one message.
//!
//! Called by `http::routes::single_window`, by `ceb::take`, which tells [`receipts`] what became of each message, and
//! by the command `credit-api user secret`.
//!
//! - [`secrets`]: signing secrets, of which nothing is stored, and the check of a signature;
//! - [`push`]: a signed body to an archive that the usual road of intake takes;
//! - [`receipts`]: what became of each message;
//! - [`old`]: what was kept long enough and goes;
//! - [`store`]: the rows of all of these.

pub mod old;
pub mod push;
pub mod receipts;
pub mod secrets;
pub mod store;

use crate::access::{Audience, Principal};
use crate::identity::key_file::KeyFile;
use crate::service::Service;

/// Messages of a batch.
pub const MESSAGES_MAX: usize = 1_000;
/// Bytes of a message, out of its Base64.
pub const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of a signed body.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Characters of a message's id: letters, digits, `-`, `_` and `.` of ASCII.
pub const MESSAGE_ID_CHARS_MAX: usize = 64;
/// Characters of `webhook-id`.
pub const WEBHOOK_ID_CHARS_MAX: usize = 128;
/// Signatures in one header; a sender in a change of secrets sends two.
pub const SIGNATURES_MAX: usize = 10;
/// By how much the time that was signed may differ from ours, seconds, as Standard Webhooks recommends.
pub const TOLERANCE_SECONDS: i64 = 5 * 60;
/// Live secrets of a sender.
pub const SECRETS_MAX: usize = 5;
/// Things wrong with one message that its receipt names; more are counted alone.
pub const ERRORS_MAX: usize = 20;
/// Sales that one receipt names. Of a message about more (collective waybills, departures) it names the first.
pub const SALES_MAX: usize = 20;

/// The file in the folder of keys.
const KEY_FILE: &str = "single-window.key";

/// The interconnection of one service. One for all threads.
pub struct SingleWindow {
    service: Service,
    key: KeyFile,
}

impl SingleWindow {
    #[must_use]
    pub fn new(service: Service) -> Self {
        let key = KeyFile::new(service.config.keys_dir().join(KEY_FILE));
        Self { service, key }
    }

    fn now(&self) -> i64 {
        self.service.clock.now().0
    }
}

/// Whether somebody is the machine source of customs messages.
#[must_use]
pub fn is_source(who: &Principal) -> bool {
    who.audience == Audience::Source && who.organisation.as_deref() == Some(crate::ceb::SOURCE)
}
