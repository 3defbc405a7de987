//! `node keygen`, and how key files are read.

use super::{CommandError, print};
use ed25519_dalek::SigningKey;
use ledger::note::{KeyKind, Vkey};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Longest key file read, in bytes.
const KEY_FILE_BYTES_MAX: usize = 256;

/// Make a signing key for a log
///
/// Writes 32 random bytes as hexadecimal text into a new file that only its owner can read, and prints the
/// verifier key (`name+id+key`) to be given to everybody who checks this log. Keep a copy of the file offline.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Name of the log, such as xinji.example/yibin; it is the first line of every checkpoint and cannot be
    /// changed later.
    #[arg(long)]
    origin: String,
    /// New file for the key; an existing file is never overwritten.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let key = generate()?;
    let vkey = Vkey::new(&arguments.origin, KeyKind::Ed25519, key.verifying_key())
        .map_err(|error| CommandError::Usage(error.to_string()))?;
    write_secret(&arguments.out, &hex::encode(key.to_bytes()))?;
    print(&format!("{vkey}\n"))
}

/// A new signing key from the system's random source.
pub(super) fn generate() -> Result<SigningKey, CommandError> {
    Ok(SigningKey::from_bytes(&random()?))
}

pub(super) fn random() -> Result<[u8; 32], CommandError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| CommandError::Refused(format!("no random numbers from the system: {error}")))?;
    Ok(bytes)
}

/// Writes a new file that only its owner can read.
pub(super) fn write_secret(path: &Path, secret: &str) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| CommandError::Refused(format!("{}: {error}", path.display()));
    let mut file =
        std::fs::File::options().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    writeln!(file, "{secret}").and_then(|()| file.sync_all()).map_err(failed)
}

/// Reads a key file; refuses one that others can read.
pub(super) fn read_key(path: &Path) -> Result<SigningKey, CommandError> {
    Ok(SigningKey::from_bytes(&read_secret(path)?))
}

pub(super) fn read_secret(path: &Path) -> Result<[u8; 32], CommandError> {
    let usage = |reason: &str| CommandError::Usage(format!("{}: {reason}", path.display()));
    let text = super::read_file(path, KEY_FILE_BYTES_MAX)?;
    let mode = std::fs::metadata(path).map_err(|e| usage(&e.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(usage("others than its owner can read it; run chmod 600 on it, and consider a new key"));
    }
    let mut seed = [0; 32];
    hex::decode_to_slice(text.trim_ascii(), &mut seed)
        .map_err(|_| usage("it does not hold 64 hexadecimal digits"))?;
    Ok(seed)
}
