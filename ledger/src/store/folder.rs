//! Folders and the names in them, on the disk.

use std::fs::File;
use std::io::{ErrorKind, Result};
use std::path::Path;

/// Makes a folder, and those above it, where they are missing; their names are on the disk when this returns.
///
/// # Errors
/// When one cannot be made, or its name not put on the disk.
pub fn make(path: &Path) -> Result<()> {
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing = path.ancestors().take_while(is_missing).count();
    std::fs::create_dir_all(path)?;
    // One that is there may come from an attempt that ended before its name was on the disk.
    for folder in path.ancestors().take(missing.max(1)) {
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        match sync(parent.unwrap_or_else(|| Path::new("."))) {
            // Whoever may not read the folder above did not make this one either.
            Err(error) if error.kind() == ErrorKind::PermissionDenied && missing == 0 => {}
            synced => synced?,
        }
    }
    Ok(())
}

/// Puts new names in a folder on the disk.
///
/// # Errors
/// When the folder cannot be read, or the disk did not take them.
pub fn sync(path: &Path) -> Result<()> {
    File::open(path)?.sync_all()
}
