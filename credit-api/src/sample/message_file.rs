//! The archive of customs messages, and beside it the labels of what is planted.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use credit_core::ceb::{self, Element, MessageKind};
use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

use super::SampleError;
use super::sheet::{Encoding, Line, Sheet};
use crate::ceb::reading::write_message;

/// Business documents of one message (the XSD allows a hundred).
const ITEMS: usize = 100;
const LABELS: [&str; 4] = ["uscc", "order_no", "pattern", "shows"];

/// The document as the field table has it, fields in its order.
fn valid(kind: MessageKind, item: &Element) -> Result<Element, SampleError> {
    let document = ceb::read(kind, item)
        .map_err(|errors| SampleError::Message { kind: kind.code(), why: format!("{errors:?}") })?;
    Ok(ceb::write(&document))
}

/// Messages in the making.
pub(super) struct MessageFile {
    path: PathBuf,
    archive: ZipWriter<BufWriter<File>>,
    labels: Sheet,
    written: u32,
}

impl MessageFile {
    pub fn create(folder: &Path) -> Result<Self, SampleError> {
        let path = folder.join("messages.zip");
        let file = File::create(&path).map_err(|source| SampleError::at(&path, source))?;
        // Apart from the files that are imported.
        let beside = folder.join("labels");
        std::fs::create_dir_all(&beside).map_err(|source| SampleError::at(&beside, source))?;
        let labels = Sheet::create(beside.join("planted.csv"), Encoding::Utf8, &LABELS)?;
        Ok(Self { path, archive: ZipWriter::new(BufWriter::new(file)), labels, written: 0 })
    }

    /// Writes documents of one kind, a hundred to a message, by the field table.
    pub fn messages(&mut self, kind: MessageKind, items: &[Element]) -> Result<(), SampleError> {
        for part in items.chunks(ITEMS) {
            self.written += 1;
            let name = format!("{}-{:06}.xml", kind.code(), self.written);
            let guid = format!("{:0>8}-0000-4000-8000-{:0>12}", kind.code(), self.written);
            // The moment of writing would make two runs differ.
            let options = SimpleFileOptions::default().last_modified_time(DateTime::default());
            self.archive.start_file(name, options).map_err(|source| self.failed(source))?;
            let items = part.iter().map(|item| valid(kind, item)).collect::<Result<Vec<_>, _>>()?;
            write_message(kind.root(), &guid, "1.0", &items, &mut self.archive)
                .map_err(|source| SampleError::at(&self.path, source))?;
        }
        Ok(())
    }

    pub fn label(&mut self, fill: impl FnOnce(&mut Line)) -> Result<(), SampleError> {
        self.labels.row(fill)
    }

    fn failed(&self, source: zip::result::ZipError) -> SampleError {
        SampleError::Archive { path: self.path.clone(), source }
    }

    /// Closes both; the paths of the archive and of the labels.
    pub fn finish(self) -> Result<(PathBuf, PathBuf), SampleError> {
        let path = self.path;
        let failed = |source| SampleError::Archive { path: path.clone(), source };
        let out = self.archive.finish().map_err(failed)?;
        out.into_inner().map_err(|error| SampleError::at(&path, error.into_error()))?;
        Ok((path, self.labels.finish()?))
    }
}
