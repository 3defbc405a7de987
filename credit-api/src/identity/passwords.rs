//! Passwords of local accounts: argon2id, with the parameters named here.

use std::sync::{Condvar, Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use super::{IdentityError, secrets};

/// Memory of one hash, KiB: the first choice of the OWASP Password Storage Cheat Sheet for argon2id (19 MiB, 2 passes,
/// 1 lane).
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes computed at the same time; others wait, so that a flood of sign-ins takes neither memory nor all cores.
const AT_ONCE: usize = 4;
/// Shortest password, characters (NIST SP 800-63B asks for 8, 15 where there is no second factor).
pub const CHARS_MIN: usize = 12;
/// Longest password, characters.
pub const CHARS_MAX: usize = 128;
/// Different characters that a password has at least.
const DIFFERENT_MIN: usize = 5;

/// Hashes passwords and checks them.
pub struct Passwords {
    /// Of a password that nobody knows: for logins that nobody has, so that they take as long.
    nobody: String,
    running: Mutex<usize>,
    free: Condvar,
}

fn argon2() -> Result<Argon2<'static>, IdentityError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| broken(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The library's errors never hold a password.
fn broken(error: &dyn std::fmt::Display) -> IdentityError {
    IdentityError::Hash(error.to_string())
}

impl Passwords {
    /// # Errors
    /// No randomness.
    pub fn new() -> Result<Self, IdentityError> {
        let passwords = Self { nobody: String::new(), running: Mutex::new(0), free: Condvar::new() };
        let nobody = passwords.hash(&secrets::secret()?)?;
        Ok(Self { nobody, ..passwords })
    }

    /// What is stored of a password, as a PHC string. Takes some 20 ms; not on a thread that must not wait.
    ///
    /// # Errors
    /// No randomness.
    pub fn hash(&self, password: &str) -> Result<String, IdentityError> {
        self.in_turn(|| {
            let hash = argon2()?.hash_password(password.as_bytes()).map_err(|error| broken(&error))?;
            Ok(hash.to_string())
        })
    }

    /// Whether this is the password of `stored`; without `stored` it is not, and takes as long to say so.
    #[must_use]
    pub fn is(&self, password: &str, stored: Option<&str>) -> bool {
        let hash = stored.unwrap_or(&self.nobody);
        let matches = self.in_turn(|| {
            let Ok(hash) = PasswordHash::new(hash) else { return false };
            argon2().is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), &hash).is_ok())
        });
        matches && stored.is_some()
    }

    fn in_turn<T>(&self, work: impl FnOnce() -> T) -> T {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        while *running >= AT_ONCE {
            running = self.free.wait(running).unwrap_or_else(PoisonError::into_inner);
        }
        *running += 1;
        drop(running);
        let outcome = work();
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.free.notify_one();
        outcome
    }
}

/// Whether a password may be chosen by the owner of `login`.
///
/// # Errors
/// [`IdentityError::WeakPassword`].
pub fn check(password: &str, login: &str) -> Result<(), IdentityError> {
    let weak = |zh: String, en: String| Err(IdentityError::WeakPassword { zh, en });
    let chars = password.chars().count();
    if !(CHARS_MIN..=CHARS_MAX).contains(&chars) {
        return weak(
            format!("口令应为 {CHARS_MIN} 至 {CHARS_MAX} 个字符。"),
            format!("A password has {CHARS_MIN} to {CHARS_MAX} characters."),
        );
    }
    let lower = password.to_lowercase();
    if lower.contains(&login.to_lowercase()) {
        return weak("口令不得包含登录名。".to_owned(), "A password must not hold the login.".to_owned());
    }
    let different: std::collections::BTreeSet<char> = lower.chars().collect();
    if different.len() < DIFFERENT_MIN {
        return weak(
            format!("口令至少应有 {DIFFERENT_MIN} 个不同字符。"),
            format!("A password has at least {DIFFERENT_MIN} different characters."),
        );
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash_alone() {
        let passwords = Passwords::new().unwrap();
        let stored = passwords.hash("correct horse battery").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, passwords.hash("correct horse battery").unwrap());
        assert!(passwords.is("correct horse battery", Some(&stored)));
        assert!(!passwords.is("correct horse batterz", Some(&stored)));
        assert!(!passwords.is("correct horse battery", None));
        assert!(!passwords.is("x", Some("no hash")));
    }

    #[test]
    fn a_weak_password_is_refused() {
        for weak in ["short", "aaaaaaaaaaaaaaaaaaaa", "my-name-is-zhang3", &"x1y2z".repeat(40)] {
            assert!(check(weak, "zhang3").is_err(), "{weak}");
        }
        assert!(check("correct horse battery", "zhang3").is_ok());
    }
}
