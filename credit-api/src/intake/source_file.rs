//! Opens what a person named as a source file, and says in their language why it cannot be one.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use credit_core::records::Lang;

/// Why a path is no source file.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    #[error("there is no such file")]
    Missing,
    #[error("this user may not read it")]
    Forbidden,
    #[error("it is a folder")]
    Folder,
    #[error("it is a device or a socket")]
    Device,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Opens a file, or a pipe such as a shell makes of `<(zcat orders.csv.gz)`.
///
/// # Errors
/// [`PathError`].
pub fn open(path: &Path) -> Result<File, PathError> {
    let kind = std::fs::metadata(path).map_err(told)?.file_type();
    if kind.is_dir() {
        return Err(PathError::Folder);
    }
    if kind.is_socket() || kind.is_char_device() || kind.is_block_device() {
        return Err(PathError::Device);
    }
    File::open(path).map_err(told)
}

fn told(error: io::Error) -> PathError {
    match error.kind() {
        io::ErrorKind::NotFound => PathError::Missing,
        io::ErrorKind::PermissionDenied => PathError::Forbidden,
        _ => PathError::Io(error),
    }
}

impl PathError {
    /// What is wrong and what to do.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            PathError::Missing => ("文件不存在。请检查路径。", "There is no such file. Check the path."),
            PathError::Forbidden => (
                "当前用户无权读取该文件。请先授予读取权限。",
                "This user may not read it. Grant read permission first.",
            ),
            PathError::Folder => {
                ("该路径是文件夹。请逐个给出其中的文件。", "It is a folder. Name the files in it.")
            }
            PathError::Device => (
                "该路径是设备或套接字，不是文件。请给出文件。",
                "It is a device or a socket and no file. Name a file.",
            ),
            PathError::Io(error) => {
                return match lang {
                    Lang::Zh => format!("文件无法打开：{error}。"),
                    Lang::En => format!("It cannot be opened: {error}."),
                };
            }
        };
        match lang {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_named_for_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "x").unwrap();
        assert!(open(&file).is_ok());
        assert!(matches!(open(folder.path()), Err(PathError::Folder)));
        assert!(matches!(open(&folder.path().join("none")), Err(PathError::Missing)));
        assert!(matches!(open(&socket), Err(PathError::Device)));
        assert!(matches!(open(Path::new("/dev/zero")), Err(PathError::Device)));
        assert!(matches!(open(&file.join("below")), Err(PathError::Io(_))));
    }
}
