//! The administrator's token: made on the first start, shown once, kept as its SHA-256.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const TOKEN_BYTES: usize = 32;
const OWNER_ONLY: u32 = 0o600;
/// The file in the data folder.
pub const FILE_NAME: &str = "admin-token";

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("administrator's token {path}: {why}")]
    Io { path: PathBuf, why: io::Error },
    #[error(
        "administrator's token {0}: expected 64 hexadecimal digits; remove the file to have a new one made"
    )]
    Content(PathBuf),
    #[error("administrator's token {path} may be read by others (mode {mode:o}); run: chmod 600 {path}")]
    Open { path: PathBuf, mode: u32 },
}

/// What a presented token is compared with.
#[derive(Clone)]
pub struct AdminToken {
    digest: [u8; 32],
}

impl AdminToken {
    /// Reads the token of the data folder, or makes one; the text is given only when it was made now.
    ///
    /// # Errors
    /// [`TokenError`] names the file.
    pub fn open(data: &Path) -> Result<(Self, Option<String>), TokenError> {
        let path = data.join(FILE_NAME);
        let io = |why| TokenError::Io { path: path.clone(), why };
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mode = fs::metadata(&path).map_err(io)?.permissions().mode() & 0o777;
                if mode & 0o077 != 0 {
                    return Err(TokenError::Open { path, mode });
                }
                let text = text.trim();
                if hex::decode(text).map_or(0, |bytes| bytes.len()) != TOKEN_BYTES {
                    return Err(TokenError::Content(path));
                }
                Ok((Self::of(text), None))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = make(&path).map_err(io)?;
                Ok((Self::of(&text), Some(text)))
            }
            Err(error) => Err(io(error)),
        }
    }

    /// What a token of this text is compared with.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self { digest: Sha256::digest(text.as_bytes()).into() }
    }

    /// Names the token without giving it away: another token has another tag.
    #[must_use]
    pub fn tag(&self) -> String {
        hex::encode(Sha256::digest(self.digest))
    }

    /// Whether this is the token; takes the same time whatever was presented.
    #[must_use]
    pub fn is(&self, presented: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(presented.as_bytes()).into();
        digest.ct_eq(&self.digest).into()
    }
}

/// Written under a temporary name first, so that half a token is never taken for one.
fn make(path: &Path) -> io::Result<String> {
    let mut bytes = [0u8; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let text = hex::encode(bytes);
    let temporary = path.with_extension("new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER_ONLY).open(&temporary)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    Ok(text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (token, text) = AdminToken::open(folder.path()).unwrap();
        let text = text.unwrap();
        assert_eq!(text.len(), 64);
        assert!(token.is(&text));
        assert!(!token.is(&text.to_uppercase()) || text == text.to_uppercase());
        assert!(!token.is(""));
        let file = folder.path().join(FILE_NAME);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

        let (again, shown) = AdminToken::open(folder.path()).unwrap();
        assert!(shown.is_none());
        assert!(again.is(&text));

        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(AdminToken::open(folder.path()), Err(TokenError::Open { .. })));
    }
}
