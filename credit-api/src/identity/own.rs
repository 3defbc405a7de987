//! What users change of themselves: the password, and the second factor.

use super::users::{self, TOTP_BEGUN, TOTP_OFF, UserRow, only_local, set_password, set_totp};
use super::{Actor, Identity, IdentityError, attempts, events, passwords, sessions};
use crate::store::bulk;

impl Identity {
    /// A user changes the password; all other sessions end.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] when the old one is wrong, [`IdentityError::WeakPassword`].
    pub fn change_password(
        &self,
        actor: &Actor,
        session: Option<&str>,
        (old, new): (&str, &str),
    ) -> Result<(), IdentityError> {
        let user = self.own(actor)?;
        self.check_own(&user, old)?;
        passwords::check(new, &user.login)?;
        if old == new {
            return Err(IdentityError::WeakPassword {
                zh: "新口令须不同于旧口令。".to_owned(),
                en: "The new password must not be the old one.".to_owned(),
            });
        }
        let hash = self.passwords()?.hash(new)?;
        let now = self.now();
        self.change(|connection| {
            set_password(connection, &user, &hash, now)?;
            sessions::end_others(connection, &user.id, session)?;
            events::note(connection, now, (&actor.person, "password_changed", &user.id), "")
        })
    }

    /// The password of somebody who has signed in, asked for again; wrong ones count as at signing in.
    pub(super) fn check_own(&self, user: &UserRow, password: &str) -> Result<(), IdentityError> {
        only_local(user)?;
        let (now, subjects) = (self.now(), attempts::Subjects::of(&user.login, None));
        self.write(|connection| attempts::begin(connection, &subjects, now))?;
        if password.chars().count() > passwords::CHARS_MAX
            || !self.passwords()?.is(password, user.password.as_deref())
        {
            return Err(IdentityError::Refused);
        }
        self.write(|connection| attempts::forgive(connection, &subjects))
    }

    /// The user who acts.
    pub(super) fn own(&self, actor: &Actor) -> Result<UserRow, IdentityError> {
        let id = actor.user.as_deref().ok_or(IdentityError::NotAllowed("a user who signed in"))?;
        users::needed(&mut *self.connection()?, id)
    }

    /// Begins a second factor: the secret for an app, and the address that has it. Asked for only once a code of it
    /// was confirmed.
    ///
    /// # Errors
    /// One is in use; the key file.
    pub fn begin_second_factor(&self, actor: &Actor) -> Result<(String, String), IdentityError> {
        let user = self.own(actor)?;
        only_local(&user)?;
        if user.has_second_factor() {
            return Err(IdentityError::State {
                zh: "已启用动态验证码；须先停用。",
                en: "a second factor is in use; remove it first",
            });
        }
        let seed = user.totp_seed + 1;
        let secret = self.second_factor.secret(&user.id, seed)?;
        self.write(|connection| {
            bulk::execute(
                connection,
                "UPDATE users SET totp_seed = $1, totp_state = 1, totp_step = 0 WHERE id = $2 AND totp_state <> 2",
                [seed.into(), user.id.clone().into()],
            )?;
            Ok(())
        })?;
        let address = super::totp::address(&secret, &user.login, &self.service.config.zone);
        Ok((secret, address))
    }

    /// Confirms a second factor with a code of it; from then on signing in takes one.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] for a wrong code; none was begun.
    pub fn confirm_second_factor(&self, actor: &Actor, code: &str) -> Result<(), IdentityError> {
        let user = self.own(actor)?;
        if user.totp_state != TOTP_BEGUN {
            return Err(IdentityError::State {
                zh: "没有待确认的动态验证码。", en: "none was begun"
            });
        }
        let now = self.now();
        let step = self.second_factor.step_of(&user.id, user.totp_seed, code, now)?;
        let step = step.ok_or(IdentityError::Refused)?;
        self.write(|connection| {
            bulk::execute(
                connection,
                "UPDATE users SET totp_state = 2, totp_step = $1 WHERE id = $2 AND totp_seed = $3",
                [step.into(), user.id.clone().into(), user.totp_seed.into()],
            )?;
            events::note(connection, now, (&actor.person, "second_factor_added", &user.id), "")
        })
    }

    /// Signing in takes the password alone again.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] for a wrong password.
    pub fn remove_second_factor(&self, actor: &Actor, password: &str) -> Result<(), IdentityError> {
        let user = self.own(actor)?;
        self.check_own(&user, password)?;
        let now = self.now();
        self.write(|connection| {
            set_totp(connection, &user.id, TOTP_OFF)?;
            events::note(connection, now, (&actor.person, "second_factor_removed", &user.id), "")
        })
    }
}
