//! Time is injected: the service asks a [`Clock`], tests give their own.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::NaiveDate;
use credit_core::dates::Moment;

/// Where "now" comes from.
pub trait Clock: Send + Sync {
    fn now(&self) -> Moment;

    /// Today in Asia/Shanghai.
    fn today(&self) -> NaiveDate {
        self.now().shanghai_date()
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

pub type SharedClock = Arc<dyn Clock>;
