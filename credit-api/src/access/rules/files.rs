//! Policy files: those of the program, those of a folder, and what is wrong with them.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Most policy files of a folder.
pub const FILES_MAX: usize = 64;
/// Longest policy file, bytes.
pub const FILE_BYTES_MAX: u64 = 256 * 1024;
/// How the name of a policy file ends.
const ENDING: &str = "cedar";
/// Bytes of a digest that name a version.
const VERSION_BYTES: usize = 8;

/// What can be asked of the policies.
pub const SCHEMA: &str = include_str!("../../../policies/schema.cedarschema");

const EMBEDDED: [(&str, &str); 6] = [
    ("10-public.cedar", include_str!("../../../policies/10-public.cedar")),
    ("20-self.cedar", include_str!("../../../policies/20-self.cedar")),
    ("30-departments.cedar", include_str!("../../../policies/30-departments.cedar")),
    ("40-financier.cedar", include_str!("../../../policies/40-financier.cedar")),
    ("50-roles.cedar", include_str!("../../../policies/50-roles.cedar")),
    ("60-purposes.cedar", include_str!("../../../policies/60-purposes.cedar")),
];

/// One policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub name: String,
    pub body: String,
}

/// Why policies cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("policies {path}: {why}")]
    Io { path: PathBuf, why: std::io::Error },
    #[error("policies {0}: no file *.cedar in it; without policies nobody would see anything")]
    Empty(PathBuf),
    #[error("policies {0}: more than {FILES_MAX} files *.cedar")]
    TooMany(PathBuf),
    #[error("policy file {0}: longer than {FILE_BYTES_MAX} bytes")]
    TooLong(PathBuf),
    #[error("policy file {0}: not UTF-8")]
    Encoding(PathBuf),
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

/// The files `*.cedar` of a folder, in the order of their names.
///
/// # Errors
/// [`PolicyError`].
pub fn read(folder: &Path) -> Result<Vec<Text>, PolicyError> {
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |why| PolicyError::Io { path, why }
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(io(folder))? {
        let path = entry.map_err(io(folder))?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) {
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            return Err(PolicyError::TooMany(folder.to_path_buf()));
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(PolicyError::Empty(folder.to_path_buf()));
    }
    let mut texts = Vec::with_capacity(paths.len());
    for path in paths {
        let mut bytes = Vec::new();
        let file = fs::File::open(&path).map_err(io(&path))?;
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(io(&path))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
            return Err(PolicyError::TooLong(path));
        }
        let body = String::from_utf8(bytes).map_err(|_| PolicyError::Encoding(path.clone()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        texts.push(Text { name, body });
    }
    Ok(texts)
}

/// Names these texts: others have another version.
#[must_use]
pub fn version(texts: &[Text]) -> String {
    let mut digest = Sha256::new();
    for part in texts.iter().flat_map(|text| [&text.name, &text.body]) {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part.as_bytes());
    }
    hex::encode(digest.finalize().get(..VERSION_BYTES).unwrap_or_default())
}

/// The line, from 1, of a place in a text.
#[must_use]
pub fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}
