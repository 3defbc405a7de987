//! The worker's part: the newest finished month that is not kept, or whose facts changed since.

use std::time::Duration;

use super::{gather, keep, marks, month::Month, publish};
use crate::service::Service;
use crate::store::{DbConnection, Lane, StoreError, read_only, write};

/// Finished months that are kept up to date; older ones stay as they were published last.
pub const MONTHS_KEPT: i32 = 24;
/// A month whose facts change all the time is not made anew more often.
const AGAIN_AFTER: Duration = Duration::from_secs(900);

/// Makes at most one month, so that nothing else waits for a year of them. Returns which.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn look(service: &Service) -> Result<Option<Month>, StoreError> {
    let last = Month::of(service.clock.today()).before(1);
    let now = service.clock.now().0;
    let mut connection = service.database.connection()?;
    let Some(month) = due(&mut connection, last, now)? else { return Ok(None) };
    // Version and facts of one state: what comes meanwhile has another version.
    let (version, facts) = service.in_parallel(|| {
        read_only(&mut connection, |connection| {
            Ok::<_, StoreError>((marks::version(connection, month)?, gather::facts(connection, month)?))
        })
    })?;
    let body = publish::publish(&facts);
    write(&mut connection, Lane::Bookkeeping, |connection| {
        keep::put(connection, month, (version, now), &body)
    })?;
    tracing::info!(%month, "statistics made");
    Ok(Some(month))
}

fn due(connection: &mut DbConnection, last: Month, now: i64) -> Result<Option<Month>, StoreError> {
    let Some(first) = marks::first(connection)? else { return Ok(None) };
    let first = first.max(last.before(MONTHS_KEPT - 1));
    let made = keep::made_since(connection, first)?;
    for month in (first.0..=last.0).rev().map(Month) {
        let kept = made.iter().find(|(of, ..)| *of == month);
        let is_due = match kept {
            None => true,
            Some((_, version, made_at)) => {
                let is_old =
                    now.saturating_sub(*made_at) >= i64::try_from(AGAIN_AFTER.as_millis()).unwrap_or(0);
                is_old && marks::version(connection, month)? != *version
            }
        };
        if is_due {
            return Ok(Some(month));
        }
    }
    Ok(None)
}
