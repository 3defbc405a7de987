//! How often one caller may ask: a bucket of tokens each, told in `RateLimit` and `RateLimit-Policy`.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::access::{Audience, Principal};

/// Callers remembered; full buckets are forgotten first when there are more.
const CALLERS_MAX: usize = 20_000;
const MILLI: i64 = 1_000;

/// What a caller may do: `burst` requests at once, `per_second` more each second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub burst: u32,
    pub per_second: u32,
}

impl Quota {
    /// Seconds in which an empty bucket is full again.
    fn window(self) -> u32 {
        self.burst.div_ceil(self.per_second.max(1))
    }
}

/// Whose bucket: everybody with the same token, or everybody at the same address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller {
    /// [`Principal::id`].
    pub id: Arc<str>,
    pub audience: Audience,
    pub address: Option<IpAddr>,
}

impl Caller {
    /// Callers without a name share a bucket by address.
    #[must_use]
    pub fn of(principal: &Principal, address: Option<IpAddr>) -> Self {
        let address = address.filter(|_| principal.is_anonymous());
        Self { id: Arc::clone(&principal.id), audience: principal.audience, address }
    }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Thousandths of a request.
    tokens: i64,
    at_ms: i64,
}

/// What is left after a request, or how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub allowed: bool,
    pub remaining: u32,
    /// Seconds until the bucket is full.
    pub reset: u32,
    /// Seconds until one request is possible.
    pub retry_after: u32,
    quota: Quota,
    name: &'static str,
}

impl Verdict {
    /// `RateLimit-Policy`.
    #[must_use]
    pub fn policy(&self) -> String {
        format!("\"{}\";q={};w={}", self.name, self.quota.burst, self.quota.window())
    }

    /// `RateLimit`.
    #[must_use]
    pub fn state(&self) -> String {
        format!("\"{}\";r={};t={}", self.name, self.remaining, self.reset)
    }
}

/// All buckets of this process.
#[derive(Debug, Default)]
pub struct RateLimiter {
    buckets: Mutex<HashMap<Caller, Bucket>>,
}

impl RateLimiter {
    /// Counts one request of `caller` at `now_ms`.
    pub fn take(&self, caller: Caller, quota: Quota, now_ms: i64) -> Verdict {
        let full = i64::from(quota.burst) * MILLI;
        let name = caller.audience.code();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= CALLERS_MAX && !buckets.contains_key(&caller) {
            forget_idle(&mut buckets, now_ms);
        }
        let bucket = buckets.entry(caller).or_insert(Bucket { tokens: full, at_ms: now_ms });
        let passed = now_ms.saturating_sub(bucket.at_ms).max(0);
        // A token per second is a thousandth per millisecond.
        let gained = passed.saturating_mul(i64::from(quota.per_second));
        bucket.tokens = bucket.tokens.saturating_add(gained).min(full);
        bucket.at_ms = now_ms;
        let allowed = bucket.tokens >= MILLI;
        if allowed {
            bucket.tokens -= MILLI;
        }
        let tokens = bucket.tokens;
        drop(buckets);
        let seconds = |missing: i64| {
            let rate = i64::from(quota.per_second.max(1)) * MILLI;
            u32::try_from((missing.max(0) + rate - 1) / rate).unwrap_or(u32::MAX)
        };
        Verdict {
            allowed,
            remaining: u32::try_from(tokens / MILLI).unwrap_or(0),
            reset: seconds(full - tokens),
            retry_after: seconds(MILLI - tokens).max(1),
            quota,
            name,
        }
    }
}

impl RateLimiter {
    /// Seconds until `caller` may ask again; nothing when it may now. Counts nothing.
    #[must_use]
    pub fn wait_of(&self, caller: &Caller, quota: Quota, now_ms: i64) -> Option<u32> {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.get(caller)?;
        let passed = now_ms.saturating_sub(bucket.at_ms).max(0);
        let tokens = bucket.tokens.saturating_add(passed.saturating_mul(i64::from(quota.per_second)));
        let rate = i64::from(quota.per_second.max(1)) * MILLI;
        let missing = MILLI - tokens;
        (missing > 0).then(|| u32::try_from((missing + rate - 1) / rate).unwrap_or(u32::MAX).max(1))
    }
}

/// Callers who asked nothing in the last minute start again with a full bucket; when all are busy, all do.
fn forget_idle(buckets: &mut HashMap<Caller, Bucket>, now_ms: i64) {
    buckets.retain(|_, bucket| now_ms.saturating_sub(bucket.at_ms) < 60 * MILLI);
    if buckets.len() >= CALLERS_MAX {
        buckets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { burst: 3, per_second: 2 };

    fn anybody() -> Caller {
        Caller::of(&Principal::anonymous(), None)
    }

    #[test]
    fn a_bucket_empties_and_fills() {
        let limiter = RateLimiter::default();
        let taken: Vec<(bool, u32)> = (0..4)
            .map(|_| limiter.take(anybody(), QUOTA, 1_000))
            .map(|verdict| (verdict.allowed, verdict.remaining))
            .collect();
        assert_eq!(taken, [(true, 2), (true, 1), (true, 0), (false, 0)]);

        assert_eq!(limiter.wait_of(&anybody(), QUOTA, 1_000), Some(1));
        assert_eq!(limiter.wait_of(&anybody(), QUOTA, 1_500), None);
        let refused = limiter.take(anybody(), QUOTA, 1_400);
        assert!(!refused.allowed);
        assert_eq!(refused.retry_after, 1);
        assert_eq!(refused.policy(), "\"public\";q=3;w=2");

        assert!(limiter.take(anybody(), QUOTA, 1_500).allowed);
        let rested = limiter.take(anybody(), QUOTA, 60_000);
        assert_eq!((rested.remaining, rested.state().as_str()), (2, "\"public\";r=2;t=1"));
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing_away() {
        let limiter = RateLimiter::default();
        for _ in 0..3 {
            assert!(limiter.take(anybody(), QUOTA, 5_000).allowed);
        }
        assert!(!limiter.take(anybody(), QUOTA, 4_000).allowed);
    }
}
