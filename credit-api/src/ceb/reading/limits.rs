//! The limits of a file of customs messages, by name.

/// Bytes of a message, as it stands in the file or out of its envelope.
pub const MAX_MESSAGE_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of a file or of an archive's part after unpacking: a message, or an envelope whose Base64 makes the
/// message a third larger.
pub const MAX_PART_BYTES: usize = 48 * 1024 * 1024;
/// Nesting of the elements of a message; business messages need five.
pub const MAX_DEPTH: usize = 32;
/// Elements of a message. A hundred declarations of 99 goods lines with 26 fields are a quarter of a million.
pub const MAX_ELEMENTS: usize = 500_000;
/// Attributes of one element.
pub const MAX_ATTRIBUTES: usize = 64;
/// Bytes of the value of one attribute; a schema's location is the longest that is needed.
pub const MAX_ATTRIBUTE_BYTES: usize = 64 * 1024;
/// Namespace declarations that hold at one place; each name is looked up among them.
pub const MAX_NAMESPACES: usize = 64;
/// Bytes of the text of one element.
pub const MAX_TEXT_BYTES: usize = 1024 * 1024;
/// Parts in an archive, folders included.
pub const MAX_ARCHIVE_PARTS: usize = 1_000_000;
/// Bytes of all parts of an archive after unpacking.
pub const MAX_ARCHIVE_BYTES: u64 = 64 * 1024 * 1024 * 1024;
/// Times that a part, and all parts together, may grow in unpacking; XML of messages grows five to fifty times.
pub const MAX_GROWTH: u64 = 200;
/// Bytes to which a part, and all parts together, may grow whatever their size in the archive was.
pub const FREE_GROWTH_BYTES: u64 = 1024 * 1024;
/// Characters of a part's name that are kept.
pub const MAX_PART_NAME_CHARS: usize = 120;

/// What a file of messages may hold. The default is for production; tests take less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a message.
    pub message_bytes: usize,
    /// Bytes of a file or part after unpacking, envelope included.
    pub part_bytes: usize,
    /// Nesting of the elements; the root is 1.
    pub depth: usize,
    /// Elements of a message.
    pub elements: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Bytes of the value of one attribute.
    pub attribute_bytes: usize,
    /// Namespace declarations that hold at one place.
    pub namespaces: usize,
    /// Bytes of the text of one element.
    pub text_bytes: usize,
    /// Parts in an archive, folders included.
    pub archive_parts: usize,
    /// Bytes of all parts of an archive after unpacking.
    pub archive_bytes: u64,
    /// Times that a part, and all parts together, may grow in unpacking.
    pub growth: u64,
    /// Bytes to which anything may grow whatever its size in the archive was.
    pub free_growth_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: MAX_MESSAGE_BYTES,
            part_bytes: MAX_PART_BYTES,
            depth: MAX_DEPTH,
            elements: MAX_ELEMENTS,
            attributes: MAX_ATTRIBUTES,
            attribute_bytes: MAX_ATTRIBUTE_BYTES,
            namespaces: MAX_NAMESPACES,
            text_bytes: MAX_TEXT_BYTES,
            archive_parts: MAX_ARCHIVE_PARTS,
            archive_bytes: MAX_ARCHIVE_BYTES,
            growth: MAX_GROWTH,
            free_growth_bytes: FREE_GROWTH_BYTES,
        }
    }
}
