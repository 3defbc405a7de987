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
/// Bytes of an XLSX file as it comes. Larger ones are CSV's business: a sheet ends at 1 048 576 rows.
pub const MAX_XLSX_FILE_BYTES: u64 = 256 * 1024 * 1024;
/// Parts in the archive that an XLSX file is.
pub const MAX_XLSX_PARTS: usize = 4096;
/// Bytes of all parts of an XLSX file after unzipping.
pub const MAX_XLSX_BYTES: u64 = 1024 * 1024 * 1024;
/// Bytes of the shared strings of an XLSX file, which are held in memory.
pub const MAX_XLSX_STRINGS_BYTES: u64 = 256 * 1024 * 1024;
/// Shared strings of an XLSX file.
pub const MAX_XLSX_STRINGS: u64 = 8 * 1024 * 1024;
/// Bytes of any other XLSX part that is no sheet (styles, workbook), for those are held in memory many times over.
pub const MAX_XLSX_PART_BYTES: u64 = 16 * 1024 * 1024;
/// Times that an XLSX part may grow in unzipping; XML of tables grows five to fifty times.
pub const MAX_XLSX_GROWTH: u64 = 200;
/// Bytes to which a part may grow whatever its size in the archive was.
pub const FREE_XLSX_GROWTH_BYTES: u64 = 1024 * 1024;
/// Nesting of the elements in an XLSX part.
pub const MAX_XLSX_DEPTH: usize = 128;
/// Bytes of one cell's XML, or of one tag outside the cells. A spreadsheet stops at 32 767 characters.
pub const MAX_XLSX_CELL_BYTES: u64 = 16 * 1024 * 1024;
/// Bytes read a second time after unclosed quotes; beyond it a quoted record may no longer span lines.
/// Without it a file of stray quotes would take quadratic time.
pub const MAX_REREAD_BYTES: usize = 32 * 1024 * 1024;
