//! Policy files: those of the program, and what may be wrong with those of a folder.

use crate::folder::{FolderError, Kind, Text};

/// Longest policy file, bytes.
pub const FILE_BYTES_MAX: u64 = 256 * 1024;
/// The folder of policies.
pub const KIND: Kind = Kind { what: "policies", ending: "cedar", bytes_max: FILE_BYTES_MAX };

/// What can be asked of the policies.
pub const SCHEMA: &str = include_str!("../../../policies/schema.cedarschema");

const EMBEDDED: [(&str, &str); 7] = [
    ("10-public.cedar", include_str!("../../../policies/10-public.cedar")),
    ("20-self.cedar", include_str!("../../../policies/20-self.cedar")),
    ("30-departments.cedar", include_str!("../../../policies/30-departments.cedar")),
    ("40-financier.cedar", include_str!("../../../policies/40-financier.cedar")),
    ("50-roles.cedar", include_str!("../../../policies/50-roles.cedar")),
    ("55-cases.cedar", include_str!("../../../policies/55-cases.cedar")),
    ("60-purposes.cedar", include_str!("../../../policies/60-purposes.cedar")),
];

/// Why policies cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{file}, line {line}: {why}")]
    Syntax { file: String, line: usize, why: String },
    #[error("{file}, line {line}: a policy without @{annotation}(\"…\")")]
    Annotation { file: String, line: usize, annotation: &'static str },
    #[error("{file}: @id(\"{id}\") twice; it is in {other} too")]
    SameId { file: String, id: String, other: String },
    #[error("{file}: templates (?principal, ?resource) are not used here")]
    Template { file: String },
    #[error("{file}, policy {id}: {why}")]
    Invalid { file: String, id: String, why: String },
    #[error("the schema of the program: {0}")]
    Schema(String),
}

/// The program's own policies.
#[must_use]
pub fn embedded() -> Vec<Text> {
    EMBEDDED.iter().map(|(name, body)| Text { name: (*name).to_owned(), body: (*body).to_owned() }).collect()
}
