//! `node keygen`, and how the commands read keys.

use super::{CommandError, print, read_file};
use ed25519_dalek::{SigningKey, VerifyingKey};
#[cfg(any(feature = "pq", feature = "gm"))]
use ledger::extra::ExtraSigner;
use ledger::keyring::author_name;
use ledger::label::LabelKey;
use ledger::note::{KeyKind, Vkey};
use node::keys::file::{self, KeyFileError, Passphrase, random_seed, write_private};
use std::path::{Path, PathBuf};

/// Longest file with a public key read, in bytes.
const PUBLIC_FILE_BYTES_MAX: usize = 4096;

/// Make a key
///
/// Writes 32 random bytes into a new file that only its owner can read: as hexadecimal text, or with --encrypt as
/// PKCS#8 PEM under a passphrase, which OpenSSL 3 reads too. Prints the public side, to be given to others.
///
///   log      signs seals and checkpoints; prints the verifier key (`name+id+key`)
///   root     signs changes of keys and is kept offline; prints the 64 digits for --offline-root
///   witness  cosigns checkpoints that are consistent; prints the cosigner's verifier key
///   replay   cosigns checkpoints whose entries were executed again; prints the cosigner's verifier key
///   author   signs statements as the author of a number; prints the verifier key to be registered
///   label    makes the labels of subjects; prints the 64 digits for the genesis
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What the key is for.
    #[arg(long, value_enum, default_value = "log")]
    kind: Kind,
    /// Name of the log, such as xinji.example/yibin; it is the first line of every checkpoint and cannot be
    /// changed later. For the kinds log and author.
    #[arg(long, required_if_eq_any([("kind", "log"), ("kind", "author")]))]
    origin: Option<String>,
    /// Number of the author among the authors of the log, from 1.
    #[arg(long, required_if_eq("kind", "author"), value_parser = clap::value_parser!(u32).range(1..))]
    number: Option<u32>,
    /// Name under which a witness or replay key cosigns, such as chengdu-customs.example/witness.
    #[arg(long, required_if_eq_any([("kind", "witness"), ("kind", "replay")]))]
    name: Option<String>,
    /// New file for the key; an existing file is never overwritten.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Encrypt the file with the passphrase in --passphrase-file, in the file that XINJI_KEY_PASSPHRASE_FILE names,
    /// or in XINJI_KEY_PASSPHRASE.
    #[arg(long)]
    encrypt: bool,
    /// File whose first line is the passphrase; only its owner may be able to read it.
    #[arg(long, value_name = "FILE", requires = "encrypt")]
    passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Log,
    Root,
    Witness,
    Replay,
    Author,
    Label,
    /// ML-DSA-44, for extra lines of checkpoints.
    #[cfg(feature = "pq")]
    MlDsa,
    /// SM2 over SM3, for extra lines of checkpoints.
    #[cfg(feature = "gm")]
    Sm2,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let passphrase = if arguments.encrypt {
        let found = Passphrase::find(arguments.passphrase_file.as_deref()).map_err(usage)?;
        let missing = || {
            CommandError::Usage(format!(
                "--encrypt needs a passphrase: give --passphrase-file, or set {} or {}",
                file::PASSPHRASE_FILE,
                file::PASSPHRASE
            ))
        };
        Some(found.ok_or_else(missing)?)
    } else {
        None
    };
    let seed = random_seed().map_err(refused)?;
    let key = SigningKey::from_bytes(&seed);
    let public = match arguments.kind {
        Kind::Log => vkey(arguments.origin.as_deref(), KeyKind::Ed25519, &key)?,
        Kind::Author => {
            let origin = arguments.origin.as_deref().unwrap_or_default();
            let name = author_name(origin, arguments.number.unwrap_or_default());
            vkey(Some(&name), KeyKind::Ed25519, &key)?
        }
        Kind::Witness | Kind::Replay => vkey(arguments.name.as_deref(), KeyKind::CosignatureV1, &key)?,
        #[cfg(feature = "pq")]
        Kind::MlDsa => extra(ExtraSigner::ml_dsa_44(arguments.origin.as_deref().unwrap_or_default(), &seed))?,
        #[cfg(feature = "gm")]
        Kind::Sm2 => extra(ExtraSigner::sm2_sm3(arguments.origin.as_deref().unwrap_or_default(), &seed))?,
        Kind::Root => hex::encode(key.verifying_key().as_bytes()),
        Kind::Label => {
            let label =
                LabelKey::from_seed(&seed).map_err(|error| CommandError::Refused(error.to_string()))?;
            hex::encode(label.public())
        }
    };
    file::write_new(&arguments.out, &seed, passphrase.as_ref()).map_err(refused)?;
    print(&format!("{public}\n"))
}

fn vkey(name: Option<&str>, kind: KeyKind, key: &SigningKey) -> Result<String, CommandError> {
    let vkey = Vkey::new(name.unwrap_or_default(), kind, key.verifying_key());
    vkey.map(|vkey| vkey.to_string()).map_err(|error| CommandError::Usage(error.to_string()))
}

#[cfg(any(feature = "pq", feature = "gm"))]
fn extra(signer: Result<ExtraSigner, ledger::note::NoteError>) -> Result<String, CommandError> {
    signer.map(|signer| signer.vkey().to_string()).map_err(|error| CommandError::Usage(error.to_string()))
}

fn usage(error: KeyFileError) -> CommandError {
    CommandError::Usage(error.to_string())
}

fn refused(error: KeyFileError) -> CommandError {
    CommandError::Refused(error.to_string())
}

pub(super) fn random() -> Result<[u8; 32], CommandError> {
    random_seed().map(|seed| *seed).map_err(refused)
}

/// Writes a new file that only its owner can read.
pub(super) fn write_secret(path: &Path, secret: &str) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| CommandError::Refused(format!("{}: {error}", path.display()));
    write_private(path, &format!("{secret}\n")).map_err(failed)
}

/// Reads a key file; refuses one that others can read. Where it is encrypted the environment has the passphrase.
pub(super) fn read_key(path: &Path) -> Result<SigningKey, CommandError> {
    Ok(SigningKey::from_bytes(&read_secret(path)?))
}

pub(super) fn read_secret(path: &Path) -> Result<[u8; 32], CommandError> {
    let passphrase = Passphrase::find(None).map_err(usage)?;
    file::read_seed(path, passphrase.as_ref()).map(|seed| *seed).map_err(usage)
}

/// A public key as 64 hexadecimal digits, or the file that holds them.
pub(super) fn public_key(text: &str) -> Result<VerifyingKey, CommandError> {
    file::read_public_key(text).map_err(|error| CommandError::Usage(error.to_string()))
}

/// A verifier key, or the file that holds it.
pub(super) fn verifier_key(text: &str) -> Result<Vkey, CommandError> {
    let path = Path::new(text);
    let content = if path.is_file() {
        String::from_utf8_lossy(&read_file(path, PUBLIC_FILE_BYTES_MAX)?).into_owned()
    } else {
        text.to_owned()
    };
    content.trim().parse().map_err(|error| CommandError::Usage(format!("{text}: {error}")))
}
