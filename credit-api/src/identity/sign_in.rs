//! Signing in: with login, password and code, or with the administrator's token.

use std::net::IpAddr;

use super::sessions::{self, Method, Opened};
use super::users::{self, UserRow};
use super::{Identity, IdentityError, attempts, events, passwords};
use crate::store::{DbConnection, bulk};

/// Longest code that is looked at, bytes.
const CODE_BYTES_MAX: usize = 32;

/// What somebody typed.
pub struct Typed<'a> {
    pub login: &'a str,
    pub password: &'a str,
    /// Of the second factor; ignored where there is none.
    pub code: &'a str,
    /// In place of a password that an administrator gave.
    pub new_password: Option<&'a str>,
}

impl Identity {
    /// Opens a session. Whether the login, the password or the code was wrong, and whether there is such a login, is
    /// told neither by the answer nor by the time it takes.
    ///
    /// # Errors
    /// [`IdentityError::Refused`], [`IdentityError::Blocked`], [`IdentityError::NewPasswordNeeded`],
    /// [`IdentityError::WeakPassword`] of the new one.
    pub fn sign_in(&self, typed: &Typed<'_>, address: Option<IpAddr>) -> Result<Opened, IdentityError> {
        let now = self.now();
        let login = typed.login.trim().to_lowercase();
        let subjects = attempts::Subjects::of(&login, address);
        self.write(|connection| attempts::begin(connection, &subjects, now))?;
        let user = self.recognised(&login, typed, now)?;
        let hash = match (typed.new_password, user.must_change != 0) {
            (None, true) => {
                self.write(|connection| attempts::forgive(connection, &subjects))?;
                return Err(IdentityError::NewPasswordNeeded);
            }
            (Some(new), true) => {
                passwords::check(new, &user.login)?;
                if new == typed.password {
                    return Err(IdentityError::NewPasswordNeeded);
                }
                Some(self.passwords()?.hash(new)?)
            }
            (_, false) => None,
        };
        self.write(|connection| {
            attempts::forgive(connection, &subjects)?;
            if let Some(hash) = &hash {
                users::set_password(connection, &user, hash, now)?;
            }
            let person = format!("user:{}", user.id);
            events::note(connection, now, (&person, "signed_in", &user.id), Method::Password.code())?;
            sessions::open(connection, Some(&user.id), (Method::Password, None), address, now)
        })
    }

    /// The user whose login, password and code these are.
    fn recognised(&self, login: &str, typed: &Typed<'_>, now: i64) -> Result<UserRow, IdentityError> {
        let user = users::find_by_login(&mut *self.connection()?, login)?;
        let user = user.filter(|user| user.is_local() && user.is_active());
        let stored = user.as_ref().and_then(|user| user.password.as_deref());
        // As many bytes are hashed for a login that nobody has.
        let too_long = typed.password.len() > passwords::CHARS_MAX * 4;
        let password = if too_long { "" } else { typed.password };
        let right = self.passwords()?.is(password, stored);
        match user.filter(|_| right) {
            Some(user) if !user.has_second_factor() => Ok(user),
            Some(user) if typed.code.len() <= CODE_BYTES_MAX => {
                self.use_code(&user, typed.code, now)?;
                Ok(user)
            }
            _ => Err(IdentityError::Refused),
        }
    }

    /// Takes a code of the second factor, once.
    fn use_code(&self, user: &UserRow, code: &str, now: i64) -> Result<(), IdentityError> {
        let step = self.second_factor.step_of(&user.id, user.totp_seed, code, now)?;
        let step = step.ok_or(IdentityError::Refused)?;
        let used = |connection: &mut DbConnection| {
            let sql = "UPDATE users SET totp_step = $1 WHERE id = $2 AND totp_step < $1 AND totp_seed = $3";
            let binds = [step.into(), user.id.clone().into(), user.totp_seed.into()];
            Ok(bulk::execute(connection, sql, binds)?)
        };
        if self.write(used)? == 1 { Ok(()) } else { Err(IdentityError::Refused) }
    }

    /// Opens a session for whoever has the administrator's token.
    ///
    /// # Errors
    /// [`IdentityError::Refused`], [`IdentityError::Blocked`].
    pub fn sign_in_with_token(&self, token: &str, address: Option<IpAddr>) -> Result<Opened, IdentityError> {
        let now = self.now();
        let subjects = attempts::Subjects::of("", address);
        // 256 random bits need no delay; an address that guesses does.
        if !self.is_administrator(token) {
            self.write(|connection| attempts::begin(connection, &subjects, now))?;
            return Err(IdentityError::Refused);
        }
        let credential = self.token.as_ref().map(crate::access::token::AdminToken::tag);
        self.write(|connection| {
            events::note(connection, now, ("administrator", "signed_in", "administrator"), "token")?;
            sessions::open(connection, None, (Method::Token, credential), address, now)
        })
    }
}
