//! Sessions: a random id in a cookie, its SHA-256 in the database, the same for pages and API.
//!
//! A session ends after some time without a request, after a longer time in any case, when its user signs out,
//! changes the password, is disabled, and, for the administrator, when the token is another.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use diesel::prelude::*;

use super::{Actor, Identity, IdentityError, Means, SignedIn, cache, events, letters, secrets, users};
use crate::access::{Audience, Principal};
use crate::store::DbConnection;
use crate::store::bulk::{self, Bind};
use crate::store::schema::sessions;

/// How long a session holds without a request, milliseconds: one hour.
pub const IDLE_MS: i64 = 60 * 60_000;
/// How long a session holds at most, milliseconds: twelve hours.
pub const LONGEST_MS: i64 = 12 * 60 * 60_000;
/// How often it is written down that a session or key was used, milliseconds.
pub(super) const NOTED_EACH_MS: i64 = 60_000;
/// Sessions of one user at once; a further one ends the oldest.
const OF_ONE_USER_MAX: i64 = 20;
/// Characters of a session's id.
pub const ID_CHARS: usize = 64;
/// Characters of a digest that name a session to its owner.
const NAME_CHARS: usize = 16;

/// How a session was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Password,
    Token,
    Provider,
}

impl Method {
    pub(super) fn code(self) -> &'static str {
        match self {
            Method::Password => "password",
            Method::Token => "token",
            Method::Provider => "provider",
        }
    }
}

/// A session as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    pub(super) digest: String,
    user_id: Option<String>,
    /// `password`, `token` or `provider`.
    pub method: String,
    credential: Option<String>,
    pub address: Option<String>,
    pub created_at: i64,
    pub seen_at: i64,
    pub ends_at: i64,
}

impl SessionRow {
    /// What its owner calls it; it opens nothing.
    #[must_use]
    pub fn name(&self) -> &str {
        self.digest.get(..NAME_CHARS).unwrap_or(&self.digest)
    }
}

/// A session that was opened just now. The id goes into a cookie and nowhere else.
pub struct Opened {
    pub id: String,
    pub csrf: String,
    /// Milliseconds.
    pub ends_at: i64,
}

/// Opens a session of a user, or of the administrator.
pub(super) fn open(
    connection: &mut DbConnection,
    user: Option<&str>,
    (method, credential): (Method, Option<String>),
    address: Option<IpAddr>,
    now: i64,
) -> Result<Opened, IdentityError> {
    let id = secrets::secret()?;
    let ends_at = now + LONGEST_MS;
    bulk::execute(
        connection,
        "DELETE FROM sessions WHERE ends_at <= $1 OR seen_at <= $2",
        [now.into(), (now - IDLE_MS - NOTED_EACH_MS).into()],
    )?;
    if let Some(user) = user {
        bulk::execute(
            connection,
            "DELETE FROM sessions WHERE user_id = $1 AND digest NOT IN \
             (SELECT digest FROM sessions WHERE user_id = $1 ORDER BY created_at DESC, digest LIMIT $2)",
            [user.into(), (OF_ONE_USER_MAX - 1).into()],
        )?;
    }
    bulk::execute(
        connection,
        "INSERT INTO sessions (digest, user_id, method, credential, address, created_at, seen_at, ends_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            secrets::digest_hex(&id).into(),
            Bind::OptionalText(user.map(str::to_owned)),
            method.code().into(),
            Bind::OptionalText(credential),
            Bind::OptionalText(address.map(|address| address.to_string())),
            now.into(),
            now.into(),
            ends_at.into(),
        ],
    )?;
    Ok(Opened { csrf: secrets::csrf(&id), id, ends_at })
}

pub(super) fn end_all(connection: &mut DbConnection, user: &str) -> Result<(), IdentityError> {
    end_others(connection, user, None)
}

/// Ends the sessions of a user but the one with this digest.
pub(super) fn end_others(
    connection: &mut DbConnection,
    user: &str,
    but: Option<&str>,
) -> Result<(), IdentityError> {
    bulk::execute(
        connection,
        "DELETE FROM sessions WHERE user_id = $1 AND digest <> $2",
        [user.into(), but.unwrap_or_default().into()],
    )?;
    Ok(())
}

impl Identity {
    /// Whose session this is, without a query when that is known.
    #[must_use]
    pub fn recall(&self, secret: &str) -> Option<Arc<SignedIn>> {
        let now = self.now();
        self.cache.recall(&secrets::digest(secret), self.trust, now).filter(|known| is_open(known, now))
    }

    /// Whose session this is. May wait for the database.
    ///
    /// # Errors
    /// The database's; a session that is none is `None`.
    pub fn session(&self, id: &str) -> Result<Option<Arc<SignedIn>>, IdentityError> {
        if id.len() != ID_CHARS {
            return Ok(None);
        }
        let now = self.now();
        let known = self.look_up(id, |connection, digest| {
            let query = sessions::table.filter(sessions::digest.eq(digest));
            let row: Option<SessionRow> =
                query.select(SessionRow::as_select()).first(connection).optional()?;
            match row {
                Some(row) => self.of_session(connection, row, id, now),
                None => Ok(None),
            }
        })?;
        Ok(known.filter(|known| is_open(known, now)))
    }

    /// Remembers and reads: first what is known, then `read`, which is given the digest in hexadecimal.
    pub(super) fn look_up(
        &self,
        secret: &str,
        read: impl FnOnce(&mut DbConnection, &str) -> Result<Option<SignedIn>, IdentityError>,
    ) -> Result<Option<Arc<SignedIn>>, IdentityError> {
        self.look_up_in(&self.cache, secret, read)
    }

    /// As [`Identity::look_up`], in the memory of one kind of credential.
    pub(super) fn look_up_in(
        &self,
        cache: &cache::Cache,
        secret: &str,
        read: impl FnOnce(&mut DbConnection, &str) -> Result<Option<SignedIn>, IdentityError>,
    ) -> Result<Option<Arc<SignedIn>>, IdentityError> {
        let (digest, now) = (secrets::digest(secret), self.now());
        if let Some(known) = cache.recall(&digest, self.trust, now) {
            return Ok(Some(known));
        }
        let mut connection = self.connection()?;
        let asked_at = Instant::now();
        let epoch = cache::epoch(&mut connection)?;
        if let Some(known) = cache.confirm(epoch, asked_at, &digest, now) {
            return Ok(Some(known));
        }
        let Some(found) = read(&mut connection, &hex::encode(digest))? else { return Ok(None) };
        let found = Arc::new(found);
        cache.keep(epoch, digest, Arc::clone(&found));
        Ok(Some(found))
    }

    fn of_session(
        &self,
        connection: &mut DbConnection,
        row: SessionRow,
        id: &str,
        now: i64,
    ) -> Result<Option<SignedIn>, IdentityError> {
        let means = Means::Session { digest: row.digest.clone().into(), csrf: secrets::csrf(id).into() };
        let (principal, user, name) = match &row.user_id {
            None => {
                let token = self.token.as_ref().map(crate::access::token::AdminToken::tag);
                if token.is_none() || token != row.credential {
                    return Ok(None);
                }
                (Principal::administrator(), None, "administrator".into())
            }
            Some(user) => match self.principal_of(connection, user, now)? {
                Some((principal, login)) => (principal, Some(Arc::from(user.as_str())), login),
                None => return Ok(None),
            },
        };
        Ok(Some(SignedIn {
            principal,
            means,
            user,
            name,
            ends_at: row.ends_at,
            fresh_until: row.ends_at.min(letters::end_of_day(now)),
            seen_at: AtomicI64::new(row.seen_at),
            noted_at: AtomicI64::new(row.seen_at),
        }))
    }

    /// A user as a principal, with the login; nothing for one who may not sign in.
    pub(super) fn principal_of(
        &self,
        connection: &mut DbConnection,
        user: &str,
        now: i64,
    ) -> Result<Option<(Principal, Arc<str>)>, IdentityError> {
        let Some(row) = users::find(connection, user)?.filter(users::UserRow::is_active) else {
            return Ok(None);
        };
        let audience = row.audience()?;
        let enterprises = match audience {
            Audience::Enterprise => letters::in_force(connection, user, now)?,
            _ => Vec::new(),
        };
        let principal = Principal {
            id: format!("user:{user}").into(),
            audience,
            organisation: row.organisation.as_deref().map(Arc::from),
            enterprises: enterprises.into(),
        };
        Ok(Some((principal, row.login.as_str().into())))
    }

    /// Notes that somebody asked; true when [`Identity::note_use`] is to be called, off the way of the answer.
    #[must_use]
    pub fn see(&self, known: &SignedIn) -> bool {
        known.see(self.now(), NOTED_EACH_MS)
    }

    /// Writes down when a session or key was used last.
    ///
    /// # Errors
    /// The database's.
    pub fn note_use(&self, known: &SignedIn) -> Result<(), IdentityError> {
        let seen_at = known.seen_at.load(Ordering::Relaxed);
        let (sql, id) = match &known.means {
            Means::Session { digest, .. } => ("UPDATE sessions SET seen_at = $1 WHERE digest = $2", digest),
            Means::Key { id, .. } => ("UPDATE api_keys SET used_at = $1 WHERE id = $2", id),
            Means::Certificate { id, .. } => {
                ("UPDATE client_certificates SET used_at = $1 WHERE id = $2", id)
            }
            Means::Token => return Ok(()),
        };
        self.write(|connection| {
            bulk::execute(connection, sql, [seen_at.into(), id.as_ref().into()])?;
            Ok(())
        })
    }

    /// The open sessions of the user who acts, newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn list_sessions(&self, actor: &Actor) -> Result<Vec<SessionRow>, IdentityError> {
        let now = self.now();
        let user = actor.user.as_deref().ok_or(IdentityError::NotAllowed("a user who signed in"))?;
        let query = sessions::table
            .filter(sessions::user_id.eq(user))
            .filter(sessions::ends_at.gt(now))
            .filter(sessions::seen_at.gt(now - IDLE_MS - NOTED_EACH_MS))
            .order((sessions::created_at.desc(), sessions::digest.asc()));
        Ok(query.select(SessionRow::as_select()).load(&mut *self.connection()?)?)
    }

    /// Signs out: the session is none any more, in no process.
    ///
    /// # Errors
    /// The database's.
    pub fn end_session(&self, known: &SignedIn) -> Result<(), IdentityError> {
        let Means::Session { digest, .. } = &known.means else { return Ok(()) };
        self.change(|connection| {
            bulk::execute(connection, "DELETE FROM sessions WHERE digest = $1", [digest.as_ref().into()])?;
            Ok(())
        })
    }

    /// Ends one session of the user who acts, by its [`SessionRow::name`].
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub fn end_own_session(&self, actor: &Actor, name: &str) -> Result<(), IdentityError> {
        let rows = self.list_sessions(actor)?;
        let row = rows.iter().find(|row| row.name() == name);
        let digest = row.ok_or(IdentityError::NotFound("session"))?.digest.clone();
        self.change(|connection| {
            bulk::execute(connection, "DELETE FROM sessions WHERE digest = $1", [digest.into()])?;
            Ok(())
        })
    }

    /// Signs the user who acts out everywhere.
    ///
    /// # Errors
    /// The database's.
    pub fn end_own_sessions(&self, actor: &Actor) -> Result<(), IdentityError> {
        let user = actor.user.as_deref().ok_or(IdentityError::NotAllowed("a user who signed in"))?;
        let now = self.now();
        self.change(|connection| {
            end_all(connection, user)?;
            events::note(connection, now, (&actor.person, "signed_out_everywhere", user), "")
        })
    }
}

fn is_open(known: &SignedIn, now: i64) -> bool {
    let idle = matches!(known.means, Means::Session { .. })
        && now.saturating_sub(known.seen_at.load(Ordering::Relaxed)) >= IDLE_MS;
    now < known.ends_at && !idle
}
