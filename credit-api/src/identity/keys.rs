//! API keys: `xj_` and 16 digits that are shown, then a secret of which only the SHA-256 of the whole is stored.
//!
//! A key of a user is that user, with fewer uses; a key of a department, an institution or a source is of no person.
//! It ends by itself, is rotated with an overlap, and revoked at once.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use diesel::prelude::*;

use super::scopes::{Scope, Scopes};
use super::users::{self, NAME_CHARS_MAX, line, needs_operator};
use super::{Actor, Identity, IdentityError, Means, SignedIn, events, letters, secrets};
use crate::access::{Audience, Principal};
use crate::store::bulk::{self, Bind};
use crate::store::schema::api_keys;
use crate::store::{DbConnection, StoreError};

/// What every key begins with, so that one that leaked is found by looking for it.
pub const PREFIX: &str = "xj_";
/// Characters of a key.
pub const KEY_CHARS: usize = 3 + 16 + 1 + 64;
/// Days that a key holds unless another number is asked for, and at most.
pub const DAYS_DEFAULT: i64 = 180;
pub const DAYS_MAX: i64 = 366;
/// Hours that a rotated key still holds unless another number is asked for, and at most.
pub const OVERLAP_HOURS_DEFAULT: i64 = 24;
pub const OVERLAP_HOURS_MAX: i64 = 30 * 24;
/// Requests a second that may be asked for, at most.
pub const PER_SECOND_MAX: i64 = 10_000;
/// Keys of one user, or of one organisation, that hold at once.
const LIVE_MAX: i64 = 50;
const DAY_MS: i64 = 24 * 60 * 60_000;
const HOUR_MS: i64 = 60 * 60_000;

/// A key as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct KeyRow {
    pub id: String,
    pub name: String,
    pub user_id: Option<String>,
    pub audience: String,
    pub organisation: Option<String>,
    pub scopes: String,
    pub per_second: Option<i64>,
    pub created_at: i64,
    pub created_by: String,
    pub expires_at: i64,
    pub used_at: Option<i64>,
    pub rotated_to: Option<String>,
    pub revoked_at: Option<i64>,
}

impl KeyRow {
    /// What is shown of the key.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("{PREFIX}{}", self.id)
    }

    /// `active`, `rotated` (holds until it ends, another replaces it), `expired` or `revoked`.
    #[must_use]
    pub fn state(&self, now: i64) -> &'static str {
        match (self.revoked_at, &self.rotated_to) {
            (Some(_), _) => "revoked",
            _ if self.expires_at <= now => "expired",
            (None, Some(_)) => "rotated",
            (None, None) => "active",
        }
    }
}

/// Whose key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Of the user who asks.
    Own,
    /// Of this user, by id or login.
    User(String),
    /// Of no person.
    Organisation { audience: Audience, organisation: Option<String> },
}

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub name: String,
    pub owner: Owner,
    pub scopes: Scopes,
    pub days: i64,
    /// Requests a second; nothing for the service's own number.
    pub per_second: Option<i64>,
}

/// What keys of an audience may be for.
#[must_use]
pub fn scopes_of(audience: Audience) -> Scopes {
    let scopes: &[Scope] = match audience {
        Audience::Public => &[],
        Audience::Source => &[Scope::Intake],
        Audience::Enterprise => &[Scope::Read, Scope::Share, Scope::Cases],
        Audience::Financier => &[Scope::Read, Scope::Share],
        Audience::Operator => &Scope::ALL,
        Audience::Reviewer | Audience::Auditor => &[Scope::Read, Scope::Decide, Scope::Cases],
        _ => &[Scope::Read, Scope::Share, Scope::Intake, Scope::Cases],
    };
    scopes.iter().copied().collect()
}

/// Of whom a key is, once that is known.
struct Holder {
    user: Option<String>,
    audience: Audience,
    organisation: Option<String>,
}

impl Identity {
    /// Whose key this is. May wait for the database when [`Identity::recall`] does not know.
    ///
    /// # Errors
    /// The database's; a key that is none, has ended or was revoked is `None`.
    pub fn key(&self, presented: &str) -> Result<Option<Arc<SignedIn>>, IdentityError> {
        if presented.len() != KEY_CHARS || !presented.starts_with(PREFIX) {
            return Ok(None);
        }
        let now = self.now();
        let known = self.look_up(presented, |connection, digest| {
            let query = api_keys::table.filter(api_keys::digest.eq(digest));
            let row: Option<KeyRow> = query.select(KeyRow::as_select()).first(connection).optional()?;
            match row.filter(|row| row.revoked_at.is_none() && now < row.expires_at) {
                Some(row) => self.of_key(connection, row, now),
                None => Ok(None),
            }
        })?;
        Ok(known.filter(|known| now < known.ends_at))
    }

    fn of_key(
        &self,
        connection: &mut DbConnection,
        row: KeyRow,
        now: i64,
    ) -> Result<Option<SignedIn>, IdentityError> {
        let damaged = |what: &'static str, found: &str| StoreError::Damaged {
            what,
            key: row.id.clone(),
            why: format!("{found:?} is none"),
        };
        let scopes = Scopes::parse(&row.scopes).ok_or_else(|| damaged("scopes", &row.scopes))?;
        let id: Arc<str> = format!("key:{}", row.id).into();
        let principal = match &row.user_id {
            Some(user) => match self.principal_of(connection, user, now)? {
                Some((principal, _)) => Principal { id, ..principal },
                None => return Ok(None),
            },
            None => Principal {
                id,
                audience: Audience::of_code(&row.audience)
                    .ok_or_else(|| damaged("audience", &row.audience))?,
                organisation: row.organisation.as_deref().map(Arc::from),
                enterprises: Arc::new([]),
            },
        };
        // What the user may was narrowed since the key was made.
        let allowed = scopes_of(principal.audience);
        let scopes: Scopes = scopes.iter().filter(|scope| allowed.has(*scope)).collect();
        Ok(Some(SignedIn {
            principal,
            means: Means::Key {
                id: row.id.as_str().into(),
                scopes,
                per_second: row.per_second.and_then(|number| u32::try_from(number).ok()),
            },
            user: row.user_id.as_deref().map(Arc::from),
            name: row.name.as_str().into(),
            ends_at: row.expires_at,
            fresh_until: row.expires_at.min(letters::end_of_day(now)),
            seen_at: AtomicI64::new(row.used_at.unwrap_or(0)),
            noted_at: AtomicI64::new(row.used_at.unwrap_or(0)),
        }))
    }

    /// Makes a key; its text is given here and never again. `also` is written in the same transaction.
    ///
    /// # Errors
    /// [`IdentityError`] says which value cannot be used, or who may.
    pub fn create_key(
        &self,
        actor: &Actor,
        new: &NewKey,
        also: impl FnOnce(&mut DbConnection, &KeyRow) -> Result<(), StoreError>,
    ) -> Result<(KeyRow, String), IdentityError> {
        let holder = self.holder(actor, &new.owner)?;
        let name = line("name", &new.name, NAME_CHARS_MAX)?;
        let allowed = scopes_of(holder.audience);
        if new.scopes.is_empty() || new.scopes.iter().any(|scope| !allowed.has(scope)) {
            return Err(IdentityError::field(
                "scopes",
                format!("该主体的密钥可用范围：{allowed}"),
                format!("keys of this audience may be for: {allowed}"),
            ));
        }
        within("expires_in_days", new.days, 1, DAYS_MAX)?;
        if let Some(number) = new.per_second {
            needs_operator(actor)?;
            within("per_second", number, 1, PER_SECOND_MAX)?;
        }
        let now = self.now();
        let row = KeyRow {
            id: secrets::id("")?,
            name,
            user_id: holder.user,
            audience: holder.audience.code().to_owned(),
            organisation: holder.organisation,
            scopes: new.scopes.to_string(),
            per_second: new.per_second,
            created_at: now,
            created_by: actor.person.clone(),
            expires_at: now + new.days * DAY_MS,
            used_at: None,
            rotated_to: None,
            revoked_at: None,
        };
        let text = text_of(&row)?;
        self.write(|connection| {
            room(connection, &row, now)?;
            insert(connection, &row, &text)?;
            events::note(connection, now, (&actor.person, "key_created", &row.id), &row.scopes)?;
            Ok(also(connection, &row)?)
        })?;
        Ok((row, text))
    }

    fn holder(&self, actor: &Actor, owner: &Owner) -> Result<Holder, IdentityError> {
        let user = match owner {
            Owner::Own => self.own(actor)?,
            Owner::User(user) => {
                needs_operator(actor)?;
                self.user(actor, user)?
            }
            Owner::Organisation { audience, organisation } => {
                needs_operator(actor)?;
                let holds =
                    audience.is_department() || matches!(audience, Audience::Financier | Audience::Source);
                if !holds {
                    return Err(IdentityError::field(
                        "audience",
                        "部门、金融机构或数据源以外的密钥须属于某一用户",
                        "a key of no user belongs to a department, a financier or a source",
                    ));
                }
                let organisation = users::organisation(*audience, organisation.as_deref())?;
                return Ok(Holder { user: None, audience: *audience, organisation });
            }
        };
        Ok(Holder { audience: user.audience()?, organisation: user.organisation, user: Some(user.id) })
    }

    /// Keys that the one who acts may see, newest first, after the id and time of `after`: one's own, for the operator
    /// and the auditor all.
    ///
    /// # Errors
    /// The database's.
    pub fn list_keys(
        &self,
        actor: &Actor,
        before: Option<(i64, &str)>,
        limit: i64,
    ) -> Result<Vec<KeyRow>, IdentityError> {
        let mut query = api_keys::table.select(KeyRow::as_select()).into_boxed();
        if !sees_all(actor) {
            let user = actor.user.as_deref().ok_or(IdentityError::NotAllowed("a user who signed in"))?;
            query = query.filter(api_keys::user_id.eq(user.to_owned()));
        }
        if let Some((at, id)) = before {
            let same = api_keys::created_at.eq(at).and(api_keys::id.lt(id.to_owned()));
            query = query.filter(api_keys::created_at.lt(at).or(same));
        }
        let query = query.order((api_keys::created_at.desc(), api_keys::id.desc())).limit(limit);
        Ok(query.load(&mut *self.connection()?)?)
    }

    /// Revokes a key. When this returns, no process takes it any more.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`], also for a key of others; revoked already.
    pub fn revoke_key(&self, actor: &Actor, id: &str) -> Result<KeyRow, IdentityError> {
        let now = self.now();
        self.change(|connection| {
            let row = own_key(connection, actor, id)?;
            if row.revoked_at.is_some() {
                return Err(IdentityError::State {
                    zh: "密钥已撤销。", en: "the key is revoked already"
                });
            }
            bulk::execute(
                connection,
                "UPDATE api_keys SET revoked_at = $1, revoked_by = $2 WHERE id = $3",
                [now.into(), actor.person.clone().into(), row.id.clone().into()],
            )?;
            events::note(connection, now, (&actor.person, "key_revoked", &row.id), "")?;
            Ok(KeyRow { revoked_at: Some(now), ..row })
        })
    }

    /// Makes the key that replaces another, which holds for `overlap_hours` longer.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; a key that has ended, or was rotated, is not rotated.
    pub fn rotate_key(
        &self,
        actor: &Actor,
        id: &str,
        overlap_hours: i64,
        also: impl FnOnce(&mut DbConnection, &KeyRow) -> Result<(), StoreError>,
    ) -> Result<(KeyRow, String), IdentityError> {
        within("overlap_hours", overlap_hours, 0, OVERLAP_HOURS_MAX)?;
        let now = self.now();
        self.change(|connection| {
            let old = own_key(connection, actor, id)?;
            if old.state(now) != "active" {
                return Err(IdentityError::State {
                    zh: "密钥已失效或已轮换，不能再轮换。",
                    en: "the key has ended or was rotated already",
                });
            }
            let days = (old.expires_at - old.created_at).clamp(DAY_MS, DAYS_MAX * DAY_MS);
            let row = KeyRow {
                id: secrets::id("")?,
                created_at: now,
                created_by: actor.person.clone(),
                expires_at: now + days,
                used_at: None,
                ..old.clone()
            };
            let text = text_of(&row)?;
            insert(connection, &row, &text)?;
            let ends = old.expires_at.min(now + overlap_hours * HOUR_MS);
            bulk::execute(
                connection,
                "UPDATE api_keys SET expires_at = $1, rotated_to = $2 WHERE id = $3",
                [ends.into(), row.id.clone().into(), old.id.clone().into()],
            )?;
            events::note(connection, now, (&actor.person, "key_rotated", &old.id), &row.id)?;
            also(connection, &row)?;
            Ok((row, text))
        })
    }
}

fn sees_all(actor: &Actor) -> bool {
    matches!(actor.audience, Audience::Operator | Audience::Auditor)
}

fn text_of(row: &KeyRow) -> Result<String, IdentityError> {
    Ok(format!("{}_{}", row.prefix(), secrets::secret()?))
}

/// A key that the one who acts may end: one's own, for the operator any. Others' are not found.
fn own_key(connection: &mut DbConnection, actor: &Actor, id: &str) -> Result<KeyRow, IdentityError> {
    let id = id.strip_prefix(PREFIX).unwrap_or(id);
    let query = api_keys::table.filter(api_keys::id.eq(id)).select(KeyRow::as_select());
    let row: Option<KeyRow> = query.first(connection).optional()?;
    let own = |row: &KeyRow| {
        actor.is_operator() || (row.user_id.is_some() && row.user_id.as_deref() == actor.user.as_deref())
    };
    row.filter(own).ok_or(IdentityError::NotFound("key"))
}

fn room(connection: &mut DbConnection, row: &KeyRow, now: i64) -> Result<(), IdentityError> {
    let live = api_keys::table
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::expires_at.gt(now))
        .filter(api_keys::audience.eq(&row.audience))
        .into_boxed();
    let live = match (&row.user_id, &row.organisation) {
        (Some(user), _) => live.filter(api_keys::user_id.eq(user.clone())),
        (None, Some(name)) => {
            live.filter(api_keys::user_id.is_null()).filter(api_keys::organisation.eq(name.clone()))
        }
        (None, None) => live.filter(api_keys::user_id.is_null()),
    };
    let count: i64 = live.count().get_result(connection)?;
    if count < LIVE_MAX {
        return Ok(());
    }
    Err(IdentityError::State {
        zh: "有效密钥已达上限，请先撤销不用的。",
        en: "there are as many keys as there may be; revoke one first",
    })
}

fn insert(connection: &mut DbConnection, row: &KeyRow, text: &str) -> Result<(), IdentityError> {
    bulk::execute(
        connection,
        "INSERT INTO api_keys (id, digest, name, user_id, audience, organisation, scopes, per_second, created_at, \
         created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [
            row.id.clone().into(),
            secrets::digest_hex(text).into(),
            row.name.clone().into(),
            Bind::OptionalText(row.user_id.clone()),
            row.audience.clone().into(),
            Bind::OptionalText(row.organisation.clone()),
            row.scopes.clone().into(),
            Bind::OptionalBig(row.per_second),
            row.created_at.into(),
            row.created_by.clone().into(),
            row.expires_at.into(),
        ],
    )?;
    Ok(())
}

/// A number within its limits.
pub(super) fn within(field: &'static str, number: i64, least: i64, most: i64) -> Result<(), IdentityError> {
    if (least..=most).contains(&number) {
        return Ok(());
    }
    Err(IdentityError::field(field, format!("应为 {least} 至 {most}"), format!("expected {least} to {most}")))
}
