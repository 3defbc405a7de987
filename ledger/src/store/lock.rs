//! A folder taken by one process.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// An advisory lock on a file (flock), given back when this is dropped. It spares an operator the accident of a
/// second process; it fences nothing on another machine.
#[derive(Debug)]
pub struct FolderLock(File);

impl FolderLock {
    /// Takes the lock `name` in `folder`; `None` when another process has it.
    ///
    /// # Errors
    /// When the file cannot be made or locked at all.
    pub fn take(folder: &Path, name: &str) -> io::Result<Option<Self>> {
        let file = File::options().create(true).truncate(false).write(true).open(folder.join(name))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for FolderLock {
    /// Closing alone is not enough: a child that was forked and has not yet called exec holds the file open too.
    fn drop(&mut self) {
        // The lock goes with the last descriptor, should this fail.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// A duplicated descriptor is what a forked child has: the same open file, and so the same lock.
    #[test]
    fn a_descriptor_that_somebody_else_still_has_does_not_keep_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let take = || FolderLock::take(folder.path(), "lock").unwrap();
        let lock = take().unwrap();
        let inherited = lock.0.try_clone().unwrap();
        assert!(take().is_none());
        drop(lock);
        let next = take().unwrap();
        // Nor does closing it take the lock from who has it then.
        drop(inherited);
        assert!(take().is_none());
        drop(next);
    }
}
