//! Users: added by the zone's operator, disabled, given a new password; what they change of themselves.

use std::str::FromStr;

use credit_core::uscc::Uscc;
use diesel::prelude::*;

use super::{Actor, Identity, IdentityError, attempts, events, passwords, secrets, sessions};
use crate::access::Audience;
use crate::store::bulk::{self, Bind};
use crate::store::schema::users;
use crate::store::{DbConnection, StoreError};

/// Longest login, characters.
pub const LOGIN_CHARS_MAX: usize = 64;
/// Longest name of a person, a key or an organisation, characters.
pub const NAME_CHARS_MAX: usize = 100;

/// Whether somebody may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Disabled,
}

impl State {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Disabled => "disabled",
        }
    }
}

/// A user as stored; `password` is an argon2id hash and leaves this folder never.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct UserRow {
    pub id: String,
    pub login: String,
    pub name: String,
    pub audience: String,
    pub organisation: Option<String>,
    pub state: String,
    pub(super) password: Option<String>,
    pub must_change: i32,
    pub(super) totp_state: i32,
    pub(super) totp_seed: i64,
    pub issuer: Option<String>,
    pub created_at: i64,
    pub created_by: String,
    pub disabled_at: Option<i64>,
}

impl UserRow {
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn audience(&self) -> Result<Audience, StoreError> {
        Audience::of_code(&self.audience).ok_or_else(|| StoreError::Damaged {
            what: "audience",
            key: self.id.clone(),
            why: format!("{:?} is none", self.audience),
        })
    }

    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == State::Active.code()
    }

    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        self.totp_state == TOTP_ON
    }

    /// Whether somebody signs in with a password, and not at a provider.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.issuer.is_none()
    }
}

/// States of a second factor.
pub(super) const TOTP_OFF: i32 = 0;
pub(super) const TOTP_BEGUN: i32 = 1;
pub(super) const TOTP_ON: i32 = 2;

/// Somebody to be added.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub login: String,
    pub name: String,
    pub audience: Audience,
    /// Code of a department, USCC of an institution, or the id of a source.
    pub organisation: Option<String>,
    /// Nothing: one is made, to be changed at the first sign-in.
    pub password: Option<String>,
}

/// A login as it is compared: lower case, of letters, digits and `. _ - @`.
///
/// # Errors
/// [`IdentityError::Field`].
pub fn login(text: &str) -> Result<String, IdentityError> {
    let login = text.trim().to_lowercase();
    let good = (2..=LOGIN_CHARS_MAX).contains(&login.chars().count())
        && login.chars().all(|sign| sign.is_alphanumeric() || "._-@".contains(sign));
    if good {
        return Ok(login);
    }
    Err(IdentityError::field(
        "login",
        format!("应为 2 至 {LOGIN_CHARS_MAX} 个字符，可用文字、数字和 . _ - @"),
        format!("expected 2 to {LOGIN_CHARS_MAX} letters, digits or . _ - @"),
    ))
}

/// A text for people, on one line.
pub(super) fn line(field: &'static str, text: &str, max: usize) -> Result<String, IdentityError> {
    let tidied = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if (1..=max).contains(&tidied.chars().count()) && !tidied.chars().any(char::is_control) {
        return Ok(tidied);
    }
    Err(IdentityError::field(
        field,
        format!("应为 1 至 {max} 个字符"),
        format!("expected 1 to {max} characters"),
    ))
}

/// The organisation of an audience, as it is kept.
///
/// # Errors
/// [`IdentityError::Field`] where one is missing, superfluous, or none of its kind.
pub(super) fn organisation(audience: Audience, given: Option<&str>) -> Result<Option<String>, IdentityError> {
    let wrong = |zh: &str, en: &str| Err(IdentityError::field("organisation", zh, en));
    let given = given.map(str::trim).filter(|text| !text.is_empty());
    match (audience, given) {
        (Audience::Financier, Some(text)) => match Uscc::parse(text) {
            Ok(uscc) => Ok(Some(uscc.to_string())),
            Err(_) => wrong("应为金融机构的统一社会信用代码", "expected the institution's USCC"),
        },
        (Audience::Financier, None) => {
            wrong("金融机构须填统一社会信用代码", "a financier has its institution's USCC")
        }
        (Audience::Source, Some(crate::ceb::SOURCE)) => Ok(Some(crate::ceb::SOURCE.to_owned())),
        (Audience::Source, Some(text)) => match credit_core::records::SourceId::from_str(text) {
            Ok(source) => Ok(Some(source.as_str().to_owned())),
            Err(error) => Err(IdentityError::field("organisation", error.to_string(), error.to_string())),
        },
        (Audience::Source, None) => wrong("数据源须填来源代码", "a source has the id of what it delivers"),
        (Audience::Enterprise | Audience::Public, Some(_)) => wrong(
            "企业代理人由授权书绑定企业",
            "an agent is bound to enterprises by letters of authorisation",
        ),
        (_, Some(text)) => line("organisation", text, NAME_CHARS_MAX).map(Some),
        // A department's officer speaks for a department; without a code the one of the zone is meant.
        (audience, None) if audience.is_department() => Ok(Some(audience.code().to_owned())),
        (_, None) => Ok(None),
    }
}

impl Identity {
    /// Adds a local user; gives the password that was made, if one was.
    ///
    /// # Errors
    /// [`IdentityError`] says which value cannot be used.
    pub fn add_user(&self, actor: &Actor, new: &NewUser) -> Result<(UserRow, Option<String>), IdentityError> {
        needs_operator(actor)?;
        let login = login(&new.login)?;
        let name = line("name", &new.name, NAME_CHARS_MAX)?;
        if new.audience == Audience::Public {
            return Err(IdentityError::field("audience", "公众无须登录", "the public does not sign in"));
        }
        let organisation = organisation(new.audience, new.organisation.as_deref())?;
        let made = if new.password.is_some() { None } else { Some(secrets::password()?) };
        let password = new.password.as_deref().or(made.as_deref()).unwrap_or_default();
        passwords::check(password, &login)?;
        let hash = self.passwords()?.hash(password)?;
        let (id, now) = (secrets::id("u")?, self.now());
        let user = self.write(|connection| {
            if find_by_login(connection, &login)?.is_some() {
                return Err(IdentityError::LoginTaken);
            }
            bulk::execute(
                connection,
                "INSERT INTO users (id, login, name, audience, organisation, state, password, password_at, \
                 must_change, totp_state, totp_seed, totp_step, created_at, created_by) \
                 VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, 0, 0, 0, $9, $10)",
                [
                    id.clone().into(),
                    login.clone().into(),
                    name.into(),
                    new.audience.code().into(),
                    Bind::OptionalText(organisation),
                    hash.into(),
                    now.into(),
                    i32::from(made.is_some()).into(),
                    now.into(),
                    actor.person.clone().into(),
                ],
            )?;
            events::note(connection, now, (&actor.person, "user_added", &id), new.audience.code())?;
            needed(connection, &id)
        });
        Ok((taken(user)?, made))
    }

    /// All users in the order of their logins, after `after`.
    ///
    /// # Errors
    /// Not the operator's; the database's.
    pub fn list_users(
        &self,
        actor: &Actor,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<UserRow>, IdentityError> {
        needs_reader(actor)?;
        let mut query = users::table.select(UserRow::as_select()).into_boxed();
        if let Some(after) = after {
            query = query.filter(users::login.gt(after.to_owned()));
        }
        Ok(query.order(users::login.asc()).limit(limit).load(&mut *self.connection()?)?)
    }

    /// A user by id or login.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; not the operator's.
    pub fn user(&self, actor: &Actor, id_or_login: &str) -> Result<UserRow, IdentityError> {
        let is_self = actor.user.as_deref() == Some(id_or_login);
        if !is_self {
            needs_reader(actor)?;
        }
        let mut connection = self.connection()?;
        let found = match find(&mut connection, id_or_login)? {
            Some(user) => Some(user),
            None => find_by_login(&mut connection, &id_or_login.to_lowercase())?,
        };
        found.ok_or(IdentityError::NotFound("user"))
    }

    /// Nobody signs in as this user any more: sessions end, keys are revoked.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`], or disabled already.
    pub fn disable_user(&self, actor: &Actor, id: &str) -> Result<UserRow, IdentityError> {
        needs_operator(actor)?;
        let now = self.now();
        self.change(|connection| {
            let user = needed(connection, id)?;
            if !user.is_active() {
                return Err(IdentityError::State {
                    zh: "用户已停用。",
                    en: "the user is disabled already",
                });
            }
            bulk::execute(
                connection,
                "UPDATE users SET state = 'disabled', disabled_at = $1 WHERE id = $2",
                [now.into(), id.into()],
            )?;
            sessions::end_all(connection, id)?;
            bulk::execute(
                connection,
                "UPDATE api_keys SET revoked_at = $1, revoked_by = $2 WHERE user_id = $3 AND revoked_at IS NULL",
                [now.into(), actor.person.clone().into(), id.into()],
            )?;
            events::note(connection, now, (&actor.person, "user_disabled", id), "")?;
            needed(connection, id)
        })
    }

    /// A disabled user may sign in again; sessions and keys stay ended.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`], or not disabled.
    pub fn enable_user(&self, actor: &Actor, id: &str) -> Result<UserRow, IdentityError> {
        needs_operator(actor)?;
        let now = self.now();
        self.change(|connection| {
            if needed(connection, id)?.is_active() {
                return Err(IdentityError::State {
                    zh: "用户未停用。", en: "the user is not disabled"
                });
            }
            bulk::execute(
                connection,
                "UPDATE users SET state = 'active', disabled_at = NULL WHERE id = $1",
                [id.into()],
            )?;
            events::note(connection, now, (&actor.person, "user_enabled", id), "")?;
            needed(connection, id)
        })
    }

    /// Gives a user a new password, to be changed at the next sign-in; the second factor goes as well when asked for.
    /// Sessions end.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; somebody of a provider has no password here.
    pub fn reset_user(&self, actor: &Actor, id: &str, second_factor: bool) -> Result<String, IdentityError> {
        needs_operator(actor)?;
        let password = secrets::password()?;
        let hash = self.passwords()?.hash(&password)?;
        let now = self.now();
        self.change(|connection| {
            let user = needed(connection, id)?;
            only_local(&user)?;
            bulk::execute(
                connection,
                "UPDATE users SET password = $1, password_at = $2, must_change = 1 WHERE id = $3",
                [hash.into(), now.into(), id.into()],
            )?;
            if second_factor {
                set_totp(connection, id, TOTP_OFF)?;
            }
            sessions::end_all(connection, id)?;
            attempts::clear(connection, &user.login)?;
            let detail = if second_factor { "password, second factor" } else { "password" };
            events::note(connection, now, (&actor.person, "user_reset", id), detail)
        })?;
        Ok(password)
    }
}

/// A password of the user's own choice.
pub(super) fn set_password(
    connection: &mut DbConnection,
    user: &UserRow,
    hash: &str,
    now: i64,
) -> Result<(), IdentityError> {
    bulk::execute(
        connection,
        "UPDATE users SET password = $1, password_at = $2, must_change = 0 WHERE id = $3",
        [hash.into(), now.into(), user.id.clone().into()],
    )?;
    Ok(())
}

pub(super) fn set_totp(connection: &mut DbConnection, id: &str, state: i32) -> Result<(), IdentityError> {
    bulk::execute(
        connection,
        "UPDATE users SET totp_state = $1, totp_step = 0 WHERE id = $2",
        [state.into(), id.into()],
    )?;
    Ok(())
}

pub(super) fn only_local(user: &UserRow) -> Result<(), IdentityError> {
    if user.is_local() {
        return Ok(());
    }
    Err(IdentityError::State {
        zh: "该用户由统一身份认证登录，这里没有口令。",
        en: "the user signs in at a provider and has no password here",
    })
}

/// Only the zone's operator manages identities.
pub(super) fn needs_operator(actor: &Actor) -> Result<(), IdentityError> {
    if actor.is_operator() { Ok(()) } else { Err(IdentityError::NotAllowed("the zone operator")) }
}

/// Operators, reviewers and auditors see who there is.
pub(super) fn needs_reader(actor: &Actor) -> Result<(), IdentityError> {
    match actor.audience {
        Audience::Operator | Audience::Reviewer | Audience::Auditor => Ok(()),
        _ => Err(IdentityError::NotAllowed("the zone operator or a reviewer")),
    }
}

pub(super) fn find(connection: &mut DbConnection, id: &str) -> Result<Option<UserRow>, StoreError> {
    let query = users::table.filter(users::id.eq(id)).select(UserRow::as_select());
    Ok(query.first(connection).optional()?)
}

pub(super) fn find_by_login(
    connection: &mut DbConnection,
    login: &str,
) -> Result<Option<UserRow>, StoreError> {
    let query = users::table.filter(users::login.eq(login)).select(UserRow::as_select());
    Ok(query.first(connection).optional()?)
}

pub(super) fn needed(connection: &mut DbConnection, id: &str) -> Result<UserRow, IdentityError> {
    find(connection, id)?.ok_or(IdentityError::NotFound("user"))
}

/// Another process may have added the login between the look and the row.
pub(super) fn taken<T>(outcome: Result<T, IdentityError>) -> Result<T, IdentityError> {
    use diesel::result::{DatabaseErrorKind, Error};
    match outcome {
        Err(IdentityError::Store(StoreError::Query(Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation,
            _,
        )))) => Err(IdentityError::LoginTaken),
        other => other,
    }
}
