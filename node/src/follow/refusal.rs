//! A refusal on the disk: once a log has done wrong, this node stays with that, also after a restart, until a person
//! says otherwise.

use ledger::evidence::Wrong;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The refusal, as two lines: digest of the evidence, name of its file.
const REFUSAL_FILE: &str = "refused";
/// Where a refusal goes that a person has lifted.
const LIFTED_FILE: &str = "refused.lifted";

/// What this node refuses for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// SHA-256 of the evidence file, in hexadecimal.
    pub digest: String,
    pub evidence: PathBuf,
}

/// The refusal that stands in this folder.
///
/// # Errors
/// When it cannot be read; then it must be taken for standing.
pub fn standing(folder: &Path) -> io::Result<Option<Refusal>> {
    let text = match fs::read_to_string(folder.join(REFUSAL_FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut lines = text.lines();
    let (digest, name) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    Ok(Some(Refusal { digest: digest.to_owned(), evidence: folder.join(name) }))
}

/// Keeps the evidence in a file of its own and refuses from now on. Both are on the disk when this returns.
///
/// # Errors
/// When they cannot be written.
pub fn refuse(folder: &Path, wrong: &Wrong) -> io::Result<Refusal> {
    let json = wrong.to_json().map_err(io::Error::other)?;
    let digest = Wrong::digest(&json);
    let short = digest.get(..16).unwrap_or(&digest);
    let name = format!("evidence-{}-{short}.json", wrong.kind());
    write_synced(folder, &name, &json)?;
    write_synced(folder, REFUSAL_FILE, &format!("{digest}\n{name}\n"))?;
    Ok(Refusal { digest, evidence: folder.join(name) })
}

/// Lifts the refusal for this evidence, and keeps what was refused for.
///
/// # Errors
/// When another refusal stands, or none, or the folder cannot be written.
pub fn lift(folder: &Path, digest: &str) -> io::Result<()> {
    match standing(folder)? {
        Some(refusal) if refusal.digest == digest => {
            fs::rename(folder.join(REFUSAL_FILE), folder.join(LIFTED_FILE))?;
            File::open(folder)?.sync_all()
        }
        Some(refusal) => Err(io::Error::other(format!(
            "the refusal that stands is for evidence {}, not for {digest}",
            refusal.digest
        ))),
        None => Err(io::Error::other("no refusal stands")),
    }
}

fn write_synced(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    let mut file = File::create(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(name))?;
    File::open(folder)?.sync_all()
}
