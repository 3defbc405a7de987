//! The limits of a source file, by name.

/// Bytes in a line, and in a quoted record that spans lines (ruling E3).
pub const MAX_LINE_BYTES: usize = 1024 * 1024;
/// Columns in a file.
pub const MAX_COLUMNS: usize = 512;
/// Bytes of a rejected row that are kept for its correction. A longer row is kept cut.
pub const MAX_RAW_BYTES: usize = 64 * 1024;
/// Nesting of a JSON value.
pub const MAX_JSON_DEPTH: usize = 32;
/// Lines of an NDJSON file within which some object must show what source it is.
pub const MAX_LINES_TO_RECOGNISE: usize = 1000;
/// Bytes of all parts of an XLSX file after unzipping.
pub const MAX_XLSX_BYTES: u64 = 1024 * 1024 * 1024;
/// Bytes of an XLSX part that must be held in memory (shared strings, styles, workbook).
pub const MAX_XLSX_PART_BYTES: u64 = 256 * 1024 * 1024;
/// Bytes read a second time after unclosed quotes; beyond it a quoted record may no longer span lines.
/// Without it a file of stray quotes would take quadratic time.
pub const MAX_REREAD_BYTES: usize = 32 * 1024 * 1024;
