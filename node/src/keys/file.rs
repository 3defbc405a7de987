//! Key files. One seed of 32 bytes each, in one of three forms:
//!
//! - 64 hexadecimal digits;
//! - PKCS#8 in PEM (RFC 5958, RFC 8410), as `openssl genpkey -algorithm ed25519` writes it;
//! - the same encrypted with a passphrase (PBES2, RFC 8018), with scrypt and AES-256-CBC, which OpenSSL 3 reads and
//!   writes too (it may also be PBKDF2).
//!
//! The encryption does not tell a changed file from another key. So the public key stands in clear before it, where
//! OpenSSL passes over it, and the key that comes out must be that one's.
//!
//! A file that others than its owner can read is refused. A passphrase comes from a file or from the environment,
//! never from an argument: arguments are seen by everybody on the machine.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{SigningKey, VerifyingKey};
use pkcs8::der::pem::{LineEnding, PemLabel};
use pkcs8::pkcs5::{EncryptionScheme, pbes2, scrypt};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

/// Length of a seed, in bytes.
pub const SEED_BYTES: usize = 32;
/// Longest file with a public key, in bytes.
pub const PUBLIC_FILE_BYTES_MAX: u64 = 256;
/// Longest key file, and longest passphrase file, in bytes.
pub const KEY_FILE_BYTES_MAX: u64 = 4096;
/// Environment variable that holds the passphrase of encrypted key files.
pub const PASSPHRASE: &str = "XINJI_KEY_PASSPHRASE";
/// Environment variable that names the file whose first line is the passphrase.
pub const PASSPHRASE_FILE: &str = "XINJI_KEY_PASSPHRASE_FILE";
/// Shortest passphrase with which a file is encrypted, in characters.
pub const PASSPHRASE_CHARS_MIN: usize = 12;

const OWNER_ONLY: u32 = 0o600;
const PEM_START: &str = "-----BEGIN ";
/// Begins the line before an encrypted key.
const PUBLIC_LINE: &str = "Ed25519 public key: ";
/// Environment variable with which systemd names the folder of a service's credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
const ENCRYPTED: &str = EncryptedPrivateKeyInfoRef::PEM_LABEL;
const PLAIN: &str = PrivateKeyInfoRef::PEM_LABEL;

/// scrypt: N = 2^14, r = 8, p = 5: 16 MiB and about 200 ms. A greater N is more than OpenSSL reads.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;
/// What is read at most, so that a file cannot take a machine's memory or an hour.
const SCRYPT_BYTES_MAX: u64 = 256 * 1024 * 1024;
const SCRYPT_P_MAX: u16 = 32;
const PBKDF2_ROUNDS_MAX: u32 = 10_000_000;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("key file {path}: {why}")]
    Io { path: PathBuf, why: io::Error },
    #[error(
        "key file {path} may be read by others (mode {mode:o}); run: chmod 600 {path}, and consider a new key"
    )]
    Open { path: PathBuf, mode: u32 },
    #[error("key file {path} has {found} bytes, at most {KEY_FILE_BYTES_MAX} are read")]
    TooLong { path: PathBuf, found: u64 },
    #[error(
        "key file {0}: expected 64 hexadecimal digits, or an Ed25519 private key in PKCS#8 PEM, encrypted or not"
    )]
    Content(PathBuf),
    #[error(
        "key file {0}: it is encrypted in a way that is not supported, or costs too much to open; expected PBES2"
    )]
    Scheme(PathBuf),
    #[error(
        "key file {0} is encrypted; put its passphrase in the file that {PASSPHRASE_FILE} names, or in {PASSPHRASE}"
    )]
    PassphraseMissing(PathBuf),
    #[error("key file {0}: the passphrase is wrong")]
    PassphraseWrong(PathBuf),
    #[error(
        "key file {0} is damaged: it holds another key than the public key in its first line; restore it"
    )]
    OtherKey(PathBuf),
    #[error(
        "the passphrase has {0} characters; expected at least {PASSPHRASE_CHARS_MIN} without a line break"
    )]
    PassphraseShort(usize),
    #[error("the passphrase in {PASSPHRASE} is not UTF-8")]
    PassphraseText,
    #[error("no random numbers from the system: {0}")]
    Random(getrandom::Error),
    #[error("{0}: expected a public key as 64 hexadecimal digits, or a file that holds them")]
    Public(String),
    #[error("the key cannot be put into PKCS#8: {0}")]
    Encode(String),
}

/// A seed, wiped when dropped.
pub type Seed = Zeroizing<[u8; SEED_BYTES]>;

/// What opens encrypted key files.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// A passphrase; a line break at its end is not part of it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Reads the file given, else the one that [`PASSPHRASE_FILE`] names, else [`PASSPHRASE`]; `None` when none of
    /// them is set.
    ///
    /// # Errors
    /// When the file cannot be read or is open to others.
    pub fn find(file: Option<&Path>) -> Result<Option<Self>, KeyFileError> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let named = file.map(Path::to_path_buf).or_else(|| set(PASSPHRASE_FILE).map(PathBuf::from));
        if let Some(path) = named {
            let text = read_private(&path)?;
            return Ok(Some(Self::new(text.lines().next().unwrap_or_default())));
        }
        match set(PASSPHRASE) {
            None => Ok(None),
            Some(text) => Ok(Some(Self::new(text.to_str().ok_or(KeyFileError::PassphraseText)?))),
        }
    }

    /// # Errors
    /// When it is too short to encrypt a key with.
    pub fn check_strength(&self) -> Result<(), KeyFileError> {
        let found = self.0.chars().count();
        if found < PASSPHRASE_CHARS_MIN { Err(KeyFileError::PassphraseShort(found)) } else { Ok(()) }
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// A seed from the system's random source.
///
/// # Errors
/// When it gives none.
pub fn random_seed() -> Result<Seed, KeyFileError> {
    let mut seed = Seed::default();
    getrandom::fill(&mut *seed).map_err(KeyFileError::Random)?;
    Ok(seed)
}

/// Reads a signing key.
///
/// # Errors
/// As [`read_seed`].
pub fn read_signing_key(path: &Path, passphrase: Option<&Passphrase>) -> Result<SigningKey, KeyFileError> {
    Ok(SigningKey::from_bytes(&*read_seed(path, passphrase)?))
}

/// A public key: 64 hexadecimal digits, or the name of a file that holds them.
///
/// # Errors
/// [`KeyFileError::Public`] for what is neither, and for a key under which anything is signed.
pub fn read_public_key(text: &str) -> Result<VerifyingKey, KeyFileError> {
    let path = Path::new(text);
    let io = |why| KeyFileError::Io { path: path.to_path_buf(), why };
    let wrong = || KeyFileError::Public(text.to_owned());
    let content = if path.is_file() {
        if fs::metadata(path).map_err(io)?.len() > PUBLIC_FILE_BYTES_MAX {
            return Err(wrong());
        }
        String::from_utf8(fs::read(path).map_err(io)?).map_err(|_| wrong())?
    } else {
        text.to_owned()
    };
    let mut key = [0; 32];
    hex::decode_to_slice(content.trim(), &mut key).map_err(|_| wrong())?;
    VerifyingKey::from_bytes(&key).ok().filter(|key| !key.is_weak()).ok_or_else(wrong)
}

/// Reads the seed in a key file of any form. The passphrase is used only where the file is encrypted.
///
/// # Errors
/// [`KeyFileError`] names the file and says what to do.
pub fn read_seed(path: &Path, passphrase: Option<&Passphrase>) -> Result<Seed, KeyFileError> {
    let text = read_private(path)?;
    let text = text.trim();
    let content = || KeyFileError::Content(path.to_path_buf());
    let Some(start) = text.find(PEM_START) else {
        let mut seed = Seed::default();
        hex::decode_to_slice(text, &mut *seed).map_err(|_| content())?;
        return Ok(seed);
    };
    let (before, pem) = text.split_at(start);
    let (label, document) = SecretDocument::from_pem(pem).map_err(|_| content())?;
    let document = match label {
        PLAIN => document,
        ENCRYPTED => {
            let info: EncryptedPrivateKeyInfoRef<'_> =
                document.as_bytes().try_into().map_err(|_| content())?;
            if !is_affordable(&info.encryption_algorithm) {
                return Err(KeyFileError::Scheme(path.to_path_buf()));
            }
            let passphrase = passphrase.ok_or_else(|| KeyFileError::PassphraseMissing(path.to_path_buf()))?;
            info.decrypt(passphrase.0.as_bytes())
                .map_err(|_| KeyFileError::PassphraseWrong(path.to_path_buf()))?
        }
        _ => return Err(content()),
    };
    // A public key inside the file must be the private key's own.
    let key = SigningKey::from_pkcs8_der(document.as_bytes()).map_err(|_| content())?;
    let named = before.lines().find_map(|line| line.strip_prefix(PUBLIC_LINE));
    if named.is_some_and(|named| named.trim() != hex::encode(key.verifying_key().as_bytes())) {
        return Err(KeyFileError::OtherKey(path.to_path_buf()));
    }
    Ok(Zeroizing::new(key.to_bytes()))
}

/// Whether opening the file stays within the limits above.
fn is_affordable(scheme: &EncryptionScheme) -> bool {
    let EncryptionScheme::Pbes2(parameters) = scheme else { return false };
    match &parameters.kdf {
        pbes2::Kdf::Pbkdf2(parameters) => parameters.iteration_count <= PBKDF2_ROUNDS_MAX,
        pbes2::Kdf::Scrypt(parameters) => {
            let block_bytes = u64::from(parameters.block_size).saturating_mul(128);
            let bytes = parameters.cost_parameter.saturating_mul(block_bytes);
            bytes <= SCRYPT_BYTES_MAX && parameters.parallelization <= SCRYPT_P_MAX
        }
        _ => false,
    }
}

/// The text of a new key file: encrypted PKCS#8 PEM with a passphrase, 64 hexadecimal digits without.
///
/// # Errors
/// When the passphrase is too short, or the system gives no random numbers.
pub fn key_text(
    seed: &[u8; SEED_BYTES],
    passphrase: Option<&Passphrase>,
) -> Result<Zeroizing<String>, KeyFileError> {
    let Some(passphrase) = passphrase else { return Ok(Zeroizing::new(hex::encode(seed) + "\n")) };
    passphrase.check_strength()?;
    let failed = |error: String| KeyFileError::Encode(error);
    // Without the public key: OpenSSL does not read the form of the key that holds it.
    let document = KeypairBytes { secret_key: *seed, public_key: None }
        .to_pkcs8_der()
        .map_err(|error| failed(error.to_string()))?;
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    getrandom::fill(&mut salt).and_then(|()| getrandom::fill(&mut iv)).map_err(KeyFileError::Random)?;
    let cost = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P).map_err(|e| failed(e.to_string()))?;
    let parameters = pbes2::Parameters::generate_scrypt_aes256cbc(cost, &salt, iv)
        .map_err(|error| failed(error.to_string()))?;
    let pem = PrivateKeyInfoRef::try_from(document.as_bytes())
        .and_then(|info| info.encrypt_with_params(parameters, passphrase.0.as_bytes()))
        .map_err(|error| failed(error.to_string()))?
        .to_pem(ENCRYPTED, LineEnding::LF)
        .map_err(|error| failed(error.to_string()))?;
    let public = hex::encode(SigningKey::from_bytes(seed).verifying_key().as_bytes());
    Ok(Zeroizing::new(format!("{PUBLIC_LINE}{public}\n{}", *pem)))
}

/// Writes a seed into a new file that only its owner can read. An existing file is never overwritten, and a file is
/// never half written: it gets its name when it is whole and on the disk.
///
/// # Errors
/// When the file exists or cannot be written; as [`key_text`].
pub fn write_new(
    path: &Path,
    seed: &[u8; SEED_BYTES],
    passphrase: Option<&Passphrase>,
) -> Result<(), KeyFileError> {
    let text = key_text(seed, passphrase)?;
    write_private(path, &text).map_err(|why| KeyFileError::Io { path: path.to_path_buf(), why })
}

/// Writes a new file that only its owner can read.
///
/// # Errors
/// When it exists, or the disk's.
pub fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = PathBuf::from(name);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER_ONLY).open(&temporary)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        // Unlike a renaming, a second name is refused where the first is taken.
        .and_then(|()| fs::hard_link(&temporary, path));
    fs::remove_file(&temporary)?;
    written?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Reads a small file that only its owner can read.
fn read_private(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let io = |why| KeyFileError::Io { path: path.to_path_buf(), why };
    let metadata = fs::metadata(path).map_err(io)?;
    let mode = metadata.permissions().mode() & 0o777;
    let credentials = std::env::var_os(CREDENTIALS).map(PathBuf::from);
    if metadata.is_file() && mode & others_bits(path, credentials.as_deref()) != 0 {
        return Err(KeyFileError::Open { path: path.to_path_buf(), mode });
    }
    if metadata.len() > KEY_FILE_BYTES_MAX {
        return Err(KeyFileError::TooLong { path: path.to_path_buf(), found: metadata.len() });
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(io)
}

/// Bits of a file's mode that show it to others. systemd lets one user read a credential by an access list, which
/// shows as a right of the group; the folder itself is closed to everybody else.
fn others_bits(path: &Path, credentials: Option<&Path>) -> u32 {
    if credentials.is_some_and(|folder| path.starts_with(folder)) { 0o037 } else { 0o077 }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
