//! A key file among the service's keys, of which secrets are made that nothing else stores.

use std::path::PathBuf;
use std::sync::OnceLock;

use node::keys::file::{self, KeyFileError, Passphrase};

/// The file, read once.
pub struct KeyFile {
    path: PathBuf,
    key: OnceLock<file::Seed>,
}

impl KeyFile {
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, key: OnceLock::new() }
    }

    /// The key. With `make` a file that is not there is made: only where a new secret is about to be given out, since
    /// what was made of a lost one does not come back.
    ///
    /// # Errors
    /// The file cannot be read or made.
    pub fn get(&self, make: bool) -> Result<&file::Seed, KeyFileError> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let read = self.read(make)?;
        Ok(self.key.get_or_init(|| read))
    }

    fn read(&self, make: bool) -> Result<file::Seed, KeyFileError> {
        let passphrase = Passphrase::find(None)?;
        if self.path.exists() || !make {
            return file::read_seed(&self.path, passphrase.as_ref());
        }
        let seed = file::random_seed()?;
        // A command may come before the first start.
        if let Some(folder) = self.path.parent() {
            let failed = |why| KeyFileError::Io { path: folder.to_path_buf(), why };
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        match file::write_new(&self.path, &seed, passphrase.as_ref()) {
            // Another process was first.
            Err(KeyFileError::Io { why, .. }) if why.kind() == std::io::ErrorKind::AlreadyExists => {
                file::read_seed(&self.path, passphrase.as_ref())
            }
            written => written.map(|()| seed),
        }
    }
}
