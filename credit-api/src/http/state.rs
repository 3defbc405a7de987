//! What every request works with.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::web;
use tokio::sync::Semaphore;

use super::cache::RatingCache;
use super::clients::Clients;
use super::metrics::Metrics;
use super::problem::{Code, Problem};
use super::rate_limit::{Quota, RateLimiter};
use crate::access::token::AdminToken;
use crate::access_log::writer::AccessLog;
use crate::anchoring::Anchor;
use crate::identity::{self, Identity};
use crate::intake::evidence::FILE_BYTES_MAX;
use crate::jobs::Jobs;
use crate::portal::service::ServiceData;
use crate::service::Service;
use crate::single_window::SingleWindow;
use crate::webhooks::Webhooks;

/// Named limits of the interface.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A file sent to a source, bytes.
    pub upload_bytes: u64,
    /// Any other body, bytes.
    pub body_bytes: usize,
    /// Requests of one address without a token.
    pub anonymous: Quota,
    /// Requests with the administrator's token.
    pub administrator: Quota,
    /// Requests with one API key, unless the key says otherwise.
    pub key: Quota,
    /// Requests of one user who signed in.
    pub session: Quota,
    /// See [`identity::TRUST`].
    pub identity_trust: Duration,
    /// Ratings kept in memory.
    pub cached_ratings: usize,
    /// Ratings computed at the same time; others wait without holding a thread.
    pub evaluations_at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            upload_bytes: FILE_BYTES_MAX,
            body_bytes: 256 * 1024,
            anonymous: Quota { burst: 3_000, per_second: 100 },
            administrator: Quota { burst: 200_000, per_second: 100_000 },
            key: Quota { burst: 5_000, per_second: 500 },
            session: Quota { burst: 1_000, per_second: 50 },
            identity_trust: identity::TRUST,
            cached_ratings: 4_096,
            evaluations_at_once: 2,
        }
    }
}

/// The opened service behind the interface.
pub struct State {
    pub service: Service,
    pub anchor: Arc<Anchor>,
    pub jobs: Arc<Jobs>,
    pub identity: Arc<Identity>,
    pub access_log: AccessLog,
    /// Whose certificates are taken; set by a service that asks for them.
    pub clients: OnceLock<Arc<Clients>>,
    pub limits: Limits,
    pub limiter: RateLimiter,
    pub ratings: RatingCache,
    pub evaluating: Semaphore,
    pub portal: Arc<ServiceData>,
    pub webhooks: Arc<Webhooks>,
    pub single_window: SingleWindow,
    pub metrics: Metrics,
}

impl State {
    #[must_use]
    pub fn new(
        service: Service,
        anchor: Arc<Anchor>,
        (jobs, access_log): (Jobs, AccessLog),
        token: AdminToken,
        limits: Limits,
    ) -> Self {
        let identity = Arc::new(Identity::new(service.clone(), Some(token), limits.identity_trust));
        let webhooks = Arc::new(Webhooks::new(service.clone()));
        let jobs = Arc::new(jobs);
        let portal = ServiceData::new(
            service.clone(),
            Arc::clone(&anchor),
            (Arc::clone(&identity), Arc::clone(&webhooks)),
            Arc::clone(&jobs),
        );
        Self {
            portal: Arc::new(portal),
            webhooks,
            single_window: SingleWindow::new(service.clone()),
            service,
            anchor,
            jobs,
            identity,
            access_log,
            clients: OnceLock::new(),
            limits,
            limiter: RateLimiter::default(),
            ratings: RatingCache::new(limits.cached_ratings),
            evaluating: Semaphore::new(limits.evaluations_at_once),
            metrics: Metrics::start(),
        }
    }
}

pub type Shared = web::Data<State>;

/// Runs work that may wait for the disk on a thread that may wait; connections are taken inside.
///
/// # Errors
/// What `work` returns, and [`Code::Busy`] when the service is stopping.
pub async fn blocking<T: Send + 'static>(
    state: &Shared,
    work: impl FnOnce(&State) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let state = state.clone();
    web::block(move || work(&state)).await.map_err(|_| Problem::new(Code::Busy))?
}
