//! The rules in force: those of the program, or the file of the folder that the setting `alert_rules` names. It can be
//! replaced while the service runs. A file that cannot be used stops the start; one that breaks later leaves the rules
//! that were there.

use std::path::Path;
use std::sync::Arc;

use credit_core::alerts::{AlertRules, PROGRAM_RULES};
use credit_core::rules::dated::PackError;

use crate::folder::{FolderError, Kept, Kind, Text};

/// Longest file of rules, bytes.
pub const FILE_BYTES_MAX: u64 = 256 * 1024;
/// The folder of rules.
const KIND: Kind = Kind { what: "alert rules", ending: "toml", bytes_max: FILE_BYTES_MAX };

/// Why a folder of rules is refused.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Two files would be two sets of rules, of which one holds.
    #[error("{0} and {1}: expected one file of rules, which replaces the program's own")]
    Two(String, String),
    #[error(transparent)]
    File(#[from] PackError),
    /// Cases name the version that they were found with.
    #[error("{file}: version {version:?} is the program's, with other rules; expected a version of its own")]
    Edited { file: String, version: String },
}

/// The rules, shared by everybody who reads them. Cheap to clone.
#[derive(Clone)]
pub struct Book(Arc<Kept<AlertRules>>);

impl Book {
    /// The rules of the folder, or those of the program.
    ///
    /// # Errors
    /// [`RulesError`] names the file and the first thing wrong.
    pub fn open(folder: Option<&Path>) -> Result<Self, RulesError> {
        let own = || vec![Text { name: "alerts.toml".to_owned(), body: PROGRAM_RULES.to_owned() }];
        Ok(Self(Arc::new(Kept::open(KIND, folder, own, read)?)))
    }

    /// The rules in force.
    #[must_use]
    pub fn now(&self) -> Arc<AlertRules> {
        self.0.now()
    }

    /// Looks at the folder, and takes its rules when they changed and can be used. Whether they are others now.
    pub fn look(&self) -> bool {
        self.0.look(read)
    }

    /// Why the file of the folder is not in force; nothing when it is.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.0.trouble()
    }
}

fn read(texts: &[Text]) -> Result<AlertRules, RulesError> {
    if let [one, other, ..] = texts {
        return Err(RulesError::Two(one.name.clone(), other.name.clone()));
    }
    let (name, body) = texts.first().map_or(("", ""), |text| (text.name.as_str(), text.body.as_str()));
    let rules = AlertRules::parse(name, body)?;
    if rules.version == AlertRules::embedded().version && body != PROGRAM_RULES {
        return Err(RulesError::Edited { file: name.to_owned(), version: rules.version });
    }
    Ok(rules)
}
