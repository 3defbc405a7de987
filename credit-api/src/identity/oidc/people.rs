//! Who came back from the provider, as a user: found by issuer and subject, or added at the first sign-in.

use std::net::IpAddr;

use diesel::prelude::*;

use super::super::sessions::{self, Method, Opened};
use super::super::users::{LOGIN_CHARS_MAX, UserRow, find_by_login, needed, taken};
use super::super::{Identity, IdentityError, SignedIn, attempts, events, secrets};
use super::{Came, Leaving, Mapped, Provider, Vouched, WAY_MS};
use crate::store::DbConnection;
use crate::store::bulk::{self, Bind};
use crate::store::schema::users;

/// Who adds and changes users of a provider.
const ACTOR: &str = "provider";
/// Digits that tell two logins apart.
const DIGITS: usize = 8;

impl Identity {
    /// Where a browser goes to sign in at the provider.
    ///
    /// # Errors
    /// [`IdentityError::ProviderDown`]; there is none.
    pub fn leave_for_provider(&self) -> Result<Leaving, IdentityError> {
        self.provider()?.leave(self.now())
    }

    /// Where the browser of somebody who signed out here goes to sign out at the provider as well. Nothing where it was
    /// another provider, or none, and where it does not answer: signing out here does not wait for it.
    pub fn leave_for_good(&self, known: &SignedIn) -> Option<String> {
        let (provider, user) = (self.service.provider.as_deref()?, known.user.as_deref()?);
        let place = self.connection().map_err(IdentityError::from).and_then(|mut connection| {
            let issuer = needed(&mut connection, user)?.issuer;
            match issuer.as_deref() == Some(provider.issuer.as_str()) {
                true => provider.leave_for_good(self.now()),
                false => Ok(None),
            }
        });
        place.unwrap_or_else(|error| {
            tracing::warn!(why = %error, "somebody signed out here, and not at the provider");
            None
        })
    }

    /// Opens a session for whoever came back from the provider. A way ends in one session.
    ///
    /// # Errors
    /// [`IdentityError::NotVouched`], [`IdentityError::NoRule`], [`IdentityError::ProviderDown`],
    /// [`IdentityError::Blocked`]; [`IdentityError::State`] for a user who was disabled.
    pub fn return_from_provider(
        &self,
        came: &Came<'_>,
        address: Option<IpAddr>,
    ) -> Result<Opened, IdentityError> {
        let (provider, now) = (self.provider()?, self.now());
        let way = provider.way(came, now)?;
        let digest = way.digest.clone();
        // Counted as wrong before the provider is asked, as a password is.
        let subjects = attempts::Subjects::of_address(address);
        self.write(|connection| attempts::begin(connection, &subjects, now))?;
        let vouched = provider.exchange(way, came.code, now);
        if !matches!(vouched, Err(IdentityError::NotVouched)) {
            self.write(|connection| attempts::forgive(connection, &subjects))?;
        }
        let vouched = vouched?;
        match self.open_for(&vouched, &digest, address, now) {
            // The same person, or somebody of the same name, came in meanwhile: looked at anew, once.
            Err(IdentityError::LoginTaken) => self.open_for(&vouched, &digest, address, now),
            other => other,
        }
    }

    fn open_for(
        &self,
        vouched: &Vouched,
        way: &str,
        address: Option<IpAddr>,
        now: i64,
    ) -> Result<Opened, IdentityError> {
        let known = find(&mut *self.connection()?, vouched)?;
        let changes = known.is_some_and(|user| user.is_active() && differs(&user, &vouched.who));
        let open = |connection: &mut DbConnection| {
            use_way(connection, way, now)?;
            let user = settle(connection, vouched, changes, now)?;
            let person = format!("user:{}", user.id);
            events::note(connection, now, (&person, "signed_in", &user.id), Method::Provider.code())?;
            sessions::open(connection, Some(&user.id), (Method::Provider, None), address, now)
        };
        // Somebody who becomes another must be in nobody's memory any more, in no process.
        if changes { self.change(open) } else { taken(self.write(open)) }
    }

    fn provider(&self) -> Result<&Provider, IdentityError> {
        self.service.provider.as_deref().ok_or(IdentityError::NotFound("provider"))
    }
}

/// Takes a way, once. Those that have ended are forgotten when they would be refused by their age.
fn use_way(connection: &mut DbConnection, digest: &str, now: i64) -> Result<(), IdentityError> {
    bulk::execute(connection, "DELETE FROM provider_ways WHERE used_at < $1", [(now - WAY_MS).into()])?;
    let taken = bulk::execute(
        connection,
        "INSERT INTO provider_ways (digest, used_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
        [digest.into(), now.into()],
    )?;
    if taken == 1 { Ok(()) } else { Err(IdentityError::NotVouched) }
}

fn find(connection: &mut DbConnection, vouched: &Vouched) -> Result<Option<UserRow>, IdentityError> {
    let query = users::table.filter(users::issuer.eq(&vouched.issuer));
    let query = query.filter(users::subject.eq(&vouched.subject)).select(UserRow::as_select());
    Ok(query.first(connection).optional()?)
}

/// Whether the provider's claims make somebody of another audience or organisation than they were.
fn differs(user: &UserRow, who: &Mapped) -> bool {
    user.audience != who.audience.code() || user.organisation != who.organisation
}

/// The user, as the claims of today have it; with [`IdentityError::LoginTaken`] where another sign-in was faster and
/// this one would change what it found.
fn settle(
    connection: &mut DbConnection,
    vouched: &Vouched,
    may_change: bool,
    now: i64,
) -> Result<UserRow, IdentityError> {
    let Some(user) = find(connection, vouched)? else { return add(connection, vouched, now) };
    if !user.is_active() {
        return Err(IdentityError::State { zh: "用户已停用。", en: "the user is disabled" });
    }
    let who = &vouched.who;
    if differs(&user, who) && !may_change {
        return Err(IdentityError::LoginTaken);
    }
    let name = who.name.clone().unwrap_or_else(|| user.name.clone());
    if !differs(&user, who) && user.name == name {
        return Ok(user);
    }
    bulk::execute(
        connection,
        "UPDATE users SET name = $1, audience = $2, organisation = $3 WHERE id = $4",
        [
            name.into(),
            who.audience.code().into(),
            Bind::OptionalText(who.organisation.clone()),
            user.id.clone().into(),
        ],
    )?;
    if differs(&user, who) {
        sessions::end_all(connection, &user.id)?;
        events::note(connection, now, (ACTOR, "user_changed", &user.id), who.audience.code())?;
    }
    needed(connection, &user.id)
}

fn add(connection: &mut DbConnection, vouched: &Vouched, now: i64) -> Result<UserRow, IdentityError> {
    let (id, who) = (secrets::id("u")?, &vouched.who);
    let login = free_login(connection, vouched)?;
    let name = who.name.clone().unwrap_or_else(|| login.clone());
    bulk::execute(
        connection,
        "INSERT INTO users (id, login, name, audience, organisation, state, must_change, totp_state, totp_seed, \
         totp_step, issuer, subject, created_at, created_by) \
         VALUES ($1, $2, $3, $4, $5, 'active', 0, 0, 0, 0, $6, $7, $8, $9)",
        [
            id.clone().into(),
            login.into(),
            name.into(),
            who.audience.code().into(),
            Bind::OptionalText(who.organisation.clone()),
            vouched.issuer.clone().into(),
            vouched.subject.clone().into(),
            now.into(),
            ACTOR.into(),
        ],
    )?;
    events::note(connection, now, (ACTOR, "user_added", &id), who.audience.code())?;
    needed(connection, &id)
}

/// The login that the provider names; with some digits where somebody else has it, who may be anybody.
fn free_login(connection: &mut DbConnection, vouched: &Vouched) -> Result<String, IdentityError> {
    let digest = secrets::digest_hex(&format!("{}\n{}", vouched.issuer, vouched.subject));
    let digits: String = digest.chars().take(DIGITS).collect();
    let Some(login) = &vouched.who.login else { return Ok(format!("user-{digits}")) };
    if find_by_login(connection, login)?.is_none() {
        return Ok(login.clone());
    }
    let login: String = login.chars().take(LOGIN_CHARS_MAX - DIGITS - 1).collect();
    Ok(format!("{login}-{digits}"))
}
