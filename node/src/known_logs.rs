//! The logs this user already knows: verifier keys in one file of the user's configuration, one a line.
//!
//! As an ssh client's known hosts: whoever runs a log, or was handed its key once, need not name it again. The
//! file is trusted like the user's other settings; a key gets into it only on this machine, never from a receipt.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use ledger::note::Vkey;

/// Keys kept; the oldest go first.
const KEYS_MAX: usize = 256;
/// Longest file read, bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// Where the keys are, or nothing for a user without a home.
#[must_use]
pub fn path() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")))?;
    Some(config.join("xinji").join("known-logs"))
}

/// The known keys, oldest first. A line that is no key is passed over.
#[must_use]
pub fn all() -> Vec<Vkey> {
    let Some(path) = path() else { return Vec::new() };
    let small = fs::metadata(&path).is_ok_and(|meta| meta.len() <= FILE_BYTES_MAX);
    let text = if small { fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
    text.lines().filter_map(|line| line.trim().parse().ok()).collect()
}

/// Remembers a key; a known one changes nothing.
///
/// # Errors
/// When the file cannot be written.
pub fn remember(vkey: &Vkey) -> io::Result<()> {
    let Some(path) = path() else { return Ok(()) };
    let mut keys: Vec<String> = all().iter().map(ToString::to_string).collect();
    if keys.contains(&vkey.to_string()) {
        return Ok(());
    }
    keys.push(vkey.to_string());
    let surplus = keys.len().saturating_sub(KEYS_MAX);
    keys.drain(..surplus);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Under a name of its own first, so that two processes never leave half a file.
    let temporary = path.with_extension(std::process::id().to_string());
    let mut file = File::create(&temporary)?;
    file.write_all((keys.join("\n") + "\n").as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, &path)
}
