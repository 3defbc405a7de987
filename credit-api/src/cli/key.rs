//! `credit-api key`: API keys of users, departments, institutions and sources. A key is printed once.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::user::{audience, identity, root};
use super::{Outcome, output};
use crate::access::Audience;
use crate::evaluation::view::rfc3339;
use crate::identity::Identity;
use crate::identity::keys::{DAYS_DEFAULT, KeyRow, NewKey, OVERLAP_HOURS_DEFAULT, Owner};
use crate::identity::scopes::{Scope, Scopes};
use crate::service::Service;

/// Rows read at once.
const ROWS_AT_ONCE: i64 = 200;

#[derive(Subcommand)]
pub enum Key {
    /// Makes a key and prints it; it is shown this once.
    Create(Create),
    /// Lists the keys, newest first, without their secrets.
    List,
    /// Makes the key that replaces another and prints it; the old one still holds for a while.
    Rotate(Rotate),
    /// Revokes a key; when this ends, no running service takes it.
    Revoke(Named),
}

#[derive(Args)]
pub struct Create {
    /// What it is for.
    #[arg(value_name = "NAME")]
    name: String,
    /// Login or id of the user whose key it is.
    #[arg(long, value_name = "USER", conflicts_with = "audience", required_unless_present = "audience")]
    user: Option<String>,
    /// Of no person: customs and the other departments, financier, source.
    #[arg(long, value_name = "CODE", value_parser = audience)]
    audience: Option<Audience>,
    /// Code of the department, USCC of the institution, or id of the source.
    #[arg(long, value_name = "CODE", requires = "audience")]
    organisation: Option<String>,
    /// What it may be used for: read, intake, share, decide, identity, cases; may be given again.
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scope)]
    scopes: Vec<Scope>,
    /// Days that it holds, 1 to 366.
    #[arg(long, value_name = "DAYS", default_value_t = DAYS_DEFAULT)]
    days: i64,
    /// Requests a second, 1 to 10000; default the service's own number.
    #[arg(long, value_name = "NUMBER")]
    per_second: Option<i64>,
}

#[derive(Args)]
pub struct Named {
    /// Id, or what the key begins with.
    #[arg(value_name = "KEY")]
    key: String,
}

#[derive(Args)]
pub struct Rotate {
    /// Id, or what the key begins with.
    #[arg(value_name = "KEY")]
    key: String,
    /// Hours that the old key still holds, 0 to 720.
    #[arg(long, value_name = "HOURS", default_value_t = OVERLAP_HOURS_DEFAULT)]
    overlap_hours: i64,
}

pub(super) fn scope(text: &str) -> Result<Scope, String> {
    Scope::of_code(text).ok_or_else(|| {
        let known: Vec<&str> = Scope::ALL.iter().map(|scope| scope.code()).collect();
        format!("expected one of {}", known.join(", "))
    })
}

pub fn run(service: &Service, command: Key) -> Outcome {
    let identity = identity(service);
    let now = service.clock.now().0;
    match command {
        Key::Create(create) => {
            let owner = match (create.user, create.audience) {
                (Some(user), _) => Owner::User(user),
                (None, Some(audience)) => Owner::Organisation { audience, organisation: create.organisation },
                (None, None) => Owner::Own,
            };
            let scopes: Scopes = create.scopes.into_iter().collect();
            let new =
                NewKey { name: create.name, owner, scopes, days: create.days, per_second: create.per_second };
            let (row, secret) = identity.create_key(&root(), &new, |_, _| Ok(()))?;
            print_new(&row, &secret, now);
        }
        Key::List => list(&identity, now)?,
        Key::Rotate(rotate) => {
            let (row, secret) =
                identity.rotate_key(&root(), &rotate.key, rotate.overlap_hours, |_, _| Ok(()))?;
            print_new(&row, &secret, now);
        }
        Key::Revoke(named) => print(&identity.revoke_key(&root(), &named.key)?, now),
    }
    Ok(ExitCode::SUCCESS)
}

fn list(identity: &Identity, now: i64) -> Result<(), Box<dyn std::error::Error>> {
    let mut before: Option<(i64, String)> = None;
    loop {
        let after = before.as_ref().map(|(at, id)| (*at, id.as_str()));
        let keys = identity.list_keys(&root(), after, ROWS_AT_ONCE)?;
        keys.iter().for_each(|key| print(key, now));
        match keys.last() {
            Some(last) => before = Some((last.created_at, last.id.clone())),
            None => return Ok(()),
        }
    }
}

fn print(key: &KeyRow, now: i64) {
    let of = match (&key.user_id, &key.organisation) {
        (Some(user), _) => user.as_str(),
        (None, Some(organisation)) => organisation.as_str(),
        (None, None) => "-",
    };
    output::say(&format!(
        "{}  {:8}  {:16} {of}  [{}]  until {}  last used {}  {}",
        key.prefix(),
        key.state(now),
        key.audience,
        key.scopes,
        rfc3339(key.expires_at),
        key.used_at.map_or_else(|| "never".to_owned(), rfc3339),
        key.name
    ));
}

fn print_new(key: &KeyRow, secret: &str, now: i64) {
    print(key, now);
    output::say(&format!("key, shown once: {secret}"));
}
