//! Wrong sign-ins: after some, an account and an address wait, longer each time.
//!
//! An attempt is counted before the password is looked at and forgiven when it was right: a hundred at the same time
//! count as a hundred. An account is known here by the SHA-256 of what was typed, whether it exists or not.

use std::net::IpAddr;

use diesel::prelude::*;

use super::{IdentityError, secrets};
use crate::store::schema::sign_in_attempts;
use crate::store::{DbConnection, bulk};

/// Wrong attempts of an account without a delay.
pub(super) const FREE_OF_ACCOUNT: i64 = 5;
/// Wrong attempts of an address without a delay: many people may sit behind one.
const FREE_OF_ADDRESS: i64 = 30;
/// The first delay, milliseconds; each further attempt doubles it.
pub(super) const FIRST_DELAY_MS: i64 = 30_000;
/// The longest delay, milliseconds: whoever is shut out by a stranger is in again after it.
const LONGEST_DELAY_MS: i64 = 15 * 60_000;
const DOUBLINGS_MAX: i64 = 10;
/// After so long without an attempt all is forgotten, milliseconds.
const FORGOTTEN_MS: i64 = 24 * 60 * 60_000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = sign_in_attempts)]
struct Row {
    failures: i64,
    blocked_until: i64,
}

/// The subjects that an attempt counts for.
pub(super) struct Subjects {
    account: Option<String>,
    address: Option<String>,
}

impl Subjects {
    pub(super) fn of(login: &str, address: Option<IpAddr>) -> Self {
        let account = format!("account:{}", secrets::digest_hex(&login.to_lowercase()));
        Self { account: Some(account), ..Self::of_address(address) }
    }

    /// Of nobody's account: somebody comes back from a provider.
    pub(super) fn of_address(address: Option<IpAddr>) -> Self {
        Self { account: None, address: address.map(|address| format!("address:{}", network(address))) }
    }

    fn all(&self) -> impl Iterator<Item = (&str, i64)> {
        let address = self.address.as_deref().map(|address| (address, FREE_OF_ADDRESS));
        self.account.as_deref().map(|account| (account, FREE_OF_ACCOUNT)).into_iter().chain(address)
    }
}

/// An IPv6 subscriber has a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let prefix = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(prefix.into())
        }
        v4 => v4,
    }
}

/// Counts an attempt as wrong, or says how long to wait.
pub(super) fn begin(
    connection: &mut DbConnection,
    subjects: &Subjects,
    now: i64,
) -> Result<(), IdentityError> {
    bulk::execute(
        connection,
        "DELETE FROM sign_in_attempts WHERE last_at < $1",
        [(now - FORGOTTEN_MS).into()],
    )?;
    for (subject, free) in subjects.all() {
        // The row is locked by this on PostgreSQL; on SQLite there is one writer.
        bulk::execute(
            connection,
            "INSERT INTO sign_in_attempts (subject, failures, last_at, blocked_until) VALUES ($1, 1, $2, 0) \
             ON CONFLICT (subject) DO UPDATE SET failures = sign_in_attempts.failures + 1, last_at = excluded.last_at",
            [subject.into(), now.into()],
        )?;
        let row: Row = sign_in_attempts::table
            .filter(sign_in_attempts::subject.eq(subject))
            .select(Row::as_select())
            .first(connection)?;
        if now < row.blocked_until {
            // Rolled back: knocking at a closed door does not keep it closed for longer.
            let seconds = (row.blocked_until - now + 999) / 1_000;
            return Err(IdentityError::Blocked { seconds });
        }
        if row.failures >= free {
            let until = now + delay(row.failures - free);
            bulk::execute(
                connection,
                "UPDATE sign_in_attempts SET blocked_until = $1 WHERE subject = $2",
                [until.into(), subject.into()],
            )?;
        }
    }
    Ok(())
}

/// The attempt was right: the account starts anew, the address has this one back.
pub(super) fn forgive(connection: &mut DbConnection, subjects: &Subjects) -> Result<(), IdentityError> {
    if let Some(account) = &subjects.account {
        let sql = "DELETE FROM sign_in_attempts WHERE subject = $1";
        bulk::execute(connection, sql, [account.clone().into()])?;
    }
    if let Some(address) = &subjects.address {
        bulk::execute(
            connection,
            "UPDATE sign_in_attempts SET failures = failures - 1, blocked_until = 0 \
             WHERE subject = $1 AND failures > 0",
            [address.clone().into()],
        )?;
    }
    Ok(())
}

/// Forgets what was typed wrong for an account.
pub(super) fn clear(connection: &mut DbConnection, login: &str) -> Result<(), IdentityError> {
    forgive(connection, &Subjects::of(login, None))
}

fn delay(beyond: i64) -> i64 {
    let doublings = u32::try_from(beyond.clamp(0, DOUBLINGS_MAX)).unwrap_or(0);
    FIRST_DELAY_MS.saturating_mul(1 << doublings).min(LONGEST_DELAY_MS)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_to_an_end() {
        assert_eq!([0, 1, 2].map(delay), [30_000, 60_000, 120_000]);
        assert_eq!(delay(1_000), LONGEST_DELAY_MS);
    }

    #[test]
    fn an_address_of_version_six_is_its_network() {
        let one: IpAddr = "2001:db8:1:2:3:4:5:6".parse().unwrap();
        assert_eq!(network(one), "2001:db8:1:2::".parse::<IpAddr>().unwrap());
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(network(mapped), "192.0.2.1".parse::<IpAddr>().unwrap());
    }
}
