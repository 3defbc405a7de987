//! The second factor: codes of six digits that change every 30 seconds (RFC 6238), made by an app.
//!
//! An account's secret is HMAC-SHA256 of one key file over the account and the number of its seed. The database has
//! the number alone: whoever reads it, or a backup of it, has nobody's second factor.

use std::path::PathBuf;

use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::key_file::KeyFile;
use super::{IdentityError, secrets};

/// The file in the folder of keys.
const FILE_NAME: &str = "second-factor.key";
/// Seconds that a code holds; one step before and after is taken as well, for clocks that are not right.
pub const STEP_SECONDS: i64 = 30;
const DIGITS: u8 = 6;
const STEPS_ASIDE: u16 = 1;
/// Bytes of a secret (RFC 4226 recommends 160 bits).
const SECRET_BYTES: usize = 20;

/// Makes the accounts' secrets.
pub struct SecondFactor(KeyFile);

impl SecondFactor {
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self(KeyFile::new(folder.join(FILE_NAME)))
    }

    /// The secret of an account, as an app takes it (base32). The key file is made when there is none.
    ///
    /// # Errors
    /// The key file cannot be read or made.
    pub fn secret(&self, user: &str, seed: i64) -> Result<String, IdentityError> {
        Ok(Secret::from(self.bytes(user, seed, true)?).to_base32())
    }

    /// The step whose code this is, if it is one. A code may be used once: the caller remembers the step.
    ///
    /// # Errors
    /// The key file cannot be read.
    pub fn step_of(
        &self,
        user: &str,
        seed: i64,
        code: &str,
        now_ms: i64,
    ) -> Result<Option<i64>, IdentityError> {
        let code: String = code.chars().filter(|sign| !sign.is_whitespace()).collect();
        if code.len() != usize::from(DIGITS) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let seconds = u64::try_from(now_ms / 1_000).unwrap_or(0);
        let step = codes(self.bytes(user, seed, false)?)?.check(&code, seconds);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    fn bytes(&self, user: &str, seed: i64, make: bool) -> Result<Vec<u8>, IdentityError> {
        let key = self.0.get(make).map_err(|error| IdentityError::Key(error.to_string()))?;
        let text = format!("xinji second factor 1\n{user}\n{seed}");
        let mac = secrets::mac(&key[..], text.as_bytes());
        Ok(mac.get(..SECRET_BYTES).unwrap_or(&mac).to_vec())
    }
}

fn codes(secret: Vec<u8>) -> Result<Totp, IdentityError> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(STEPS_ASIDE)
        .with_step_duration(u64::try_from(STEP_SECONDS).unwrap_or(30))
        .with_secret(secret)
        .build()
        .map_err(|error| IdentityError::Key(error.to_string()))
}

/// The address that an app reads from a picture or takes from a link.
#[must_use]
pub fn address(secret: &str, login: &str, zone: &str) -> String {
    let login = crate::portal::render::encoded(login);
    format!("otpauth://totp/Xinji-{zone}:{login}?secret={secret}&issuer=Xinji-{zone}")
}

/// The code of a secret, for tests.
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
pub(crate) fn code_of(secret: &str, now_ms: i64) -> String {
    let bytes = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(bytes).build().unwrap();
    totp.generate(u64::try_from(now_ms / 1_000).unwrap()).to_string()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_399_200_000;

    #[test]
    fn a_code_holds_for_its_step_and_the_ones_beside() {
        let folder = tempfile::tempdir().unwrap();
        let factor = SecondFactor::new(folder.path().to_path_buf());
        let secret = factor.secret("u1", 1).unwrap();
        let code = code_of(&secret, NOW);
        let step = |now| factor.step_of("u1", 1, &code, now).unwrap();
        assert_eq!(step(NOW), Some(NOW / 30_000));
        assert!(step(NOW + 30_000).is_some() && step(NOW - 30_000).is_some());
        assert_eq!((step(NOW + 90_000), step(NOW - 90_000)), (None, None));
        assert_eq!(factor.step_of("u2", 1, &code, NOW).unwrap(), None);
        assert_eq!(factor.step_of("u1", 2, &code, NOW).unwrap(), None);
        assert_eq!(factor.step_of("u1", 1, "", NOW).unwrap(), None);
    }

    #[test]
    fn a_key_that_was_lost_is_not_made_again_behind_ones_back() {
        let folder = tempfile::tempdir().unwrap();
        let code = {
            let factor = SecondFactor::new(folder.path().to_path_buf());
            code_of(&factor.secret("u1", 1).unwrap(), NOW)
        };
        let again = SecondFactor::new(folder.path().to_path_buf());
        assert!(again.step_of("u1", 1, &code, NOW).unwrap().is_some());
        std::fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
        let lost = SecondFactor::new(folder.path().to_path_buf());
        assert!(matches!(lost.step_of("u1", 1, &code, NOW), Err(IdentityError::Key(_))));
    }
}
