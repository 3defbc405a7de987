//! Webhooks: departments, institutions and enterprises are sent the changes of the feed, to an address of theirs.
//!
//! A subscription keeps the number of the last change it was sent. What comes after it is tried in order, one at a
//! time, until the receiver takes it: at least once, and for each enterprise in the order of the feed. What stands in a
//! body is decided by the rule of `access` at the moment of the attempt, and the look is on the disk before the body
//! leaves. Bodies are CloudEvents 1.0 (structured JSON), signed as Standard Webhooks says.
//!
//! - [`store`]: subscriptions, secrets and deliveries as stored;
//! - [`acts`]: subscribing, ending, secrets, asking for another attempt;
//! - [`secrets`]: signing secrets, of which nothing is stored, and the signature;
//! - [`event`]: what of a change may be said to a subscriber, and the body that says it;
//! - [`wire`]: one POST, to an address that was looked at;
//! - [`worker`]: what is due, and what came of it.

pub mod acts;
pub mod event;
pub mod secrets;
pub mod store;
pub mod wire;
pub mod worker;

use crate::access::Audience;
use crate::identity::key_file::KeyFile;
use crate::service::Service;

/// The file in the folder of keys.
const KEY_FILE: &str = "webhook.key";
/// Longest address, characters.
pub const URL_CHARS_MAX: usize = 2_000;
/// Longest name of a subscription, characters.
pub const NAME_CHARS_MAX: usize = 100;
/// Subscriptions of one organisation or agent that are not deleted.
pub const LIVE_MAX: i64 = 20;
/// Live secrets of a subscription.
pub const SECRETS_MAX: usize = 5;
/// Hours that the secrets before still sign when a new one is made, unless another number is asked for, and at most.
pub const OVERLAP_HOURS_DEFAULT: i64 = 24;
pub const OVERLAP_HOURS_MAX: i64 = 30 * 24;

/// Waits before each further attempt at a change, milliseconds; after the last the subscription is disabled. Together
/// more than three days, as Standard Webhooks recommends.
pub const WAITS_MS: [i64; 9] = [
    5_000,
    5 * 60_000,
    30 * 60_000,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
];
/// By how much a wait may be longer, so that receivers that failed together are not asked together: a part of it.
const JITTER_PART: i64 = 10;
const HOUR_MS: i64 = 60 * 60_000;
/// Days that the row of a delivery is kept.
pub const KEPT_DAYS: i64 = 90;

/// Who may subscribe.
#[must_use]
pub fn subscribes(audience: Audience) -> bool {
    audience.is_department() || matches!(audience, Audience::Financier | Audience::Enterprise)
}

/// The webhooks of one service. One for all threads.
pub struct Webhooks {
    service: Service,
    key: KeyFile,
    wire: wire::Wire,
}

impl Webhooks {
    #[must_use]
    pub fn new(service: Service) -> Self {
        Self::waiting(service, wire::TIME_MAX)
    }

    /// With a patience with receivers that is not the usual one.
    #[must_use]
    pub fn waiting(service: Service, patience: std::time::Duration) -> Self {
        let key = KeyFile::new(service.config.keys_dir().join(KEY_FILE));
        let wire = wire::Wire::new(service.config.webhook_receivers, patience);
        Self { service, key, wire }
    }

    fn now(&self) -> i64 {
        self.service.clock.now().0
    }
}
