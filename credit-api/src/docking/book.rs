//! The mappings in force: those of the program, or those of the folder that the setting `mappings` names, which can be
//! replaced while the service runs. A folder that cannot be used stops the start; one that breaks later leaves the
//! mappings that were there.

use std::path::Path;
use std::sync::Arc;

use super::mapping::{FILE_BYTES_MAX, Mappings, MappingsError, embedded};
use crate::folder::{Kept, Kind};

/// The folder of mappings.
const KIND: Kind = Kind { what: "mappings", ending: "toml", bytes_max: FILE_BYTES_MAX };

/// The mappings, shared by everybody who reads them. Cheap to clone.
#[derive(Clone)]
pub struct Book(Arc<Kept<Mappings>>);

impl Book {
    /// The mappings of the folder, or those of the program.
    ///
    /// # Errors
    /// [`MappingsError`] names file, line or field, and what was expected.
    pub fn open(folder: Option<&Path>) -> Result<Self, MappingsError> {
        Ok(Self(Arc::new(Kept::open(KIND, folder, embedded, Mappings::of)?)))
    }

    /// The mappings in force.
    #[must_use]
    pub fn now(&self) -> Arc<Mappings> {
        self.0.now()
    }

    /// Looks at the folder, and takes its mappings when they changed and can be used. Whether they are others now.
    pub fn look(&self) -> bool {
        self.0.look(Mappings::of)
    }

    /// Why the files of the folder are not in force; nothing when they are.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.0.trouble()
    }
}

/// The mappings of a folder, as a start would take or refuse them.
///
/// # Errors
/// [`MappingsError`].
pub fn check(folder: &Path) -> Result<Mappings, MappingsError> {
    Mappings::of(&KIND.read(folder)?)
}
