//! What can be wrong with a row: the codes of ruling E2, and one text for each in Chinese and English.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How much of a bad value a message repeats, in characters.
pub const MAX_FOUND_CHARS: usize = 60;

/// The error codes of ruling E2; users' scripts compare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    UsccCheckDigit,
    UsccAlphabet,
    Date,
    Number,
    Negative,
    Enum,
    TooLong,
    Missing,
    ColumnCount,
    Encoding,
    ControlChar,
    LineTooLong,
    Json,
    Type,
    Quote,
    Namespace,
    Xml,
    Entity,
    EmptyFile,
}

impl ErrorCode {
    pub const ALL: [ErrorCode; 19] = [
        ErrorCode::UsccCheckDigit,
        ErrorCode::UsccAlphabet,
        ErrorCode::Date,
        ErrorCode::Number,
        ErrorCode::Negative,
        ErrorCode::Enum,
        ErrorCode::TooLong,
        ErrorCode::Missing,
        ErrorCode::ColumnCount,
        ErrorCode::Encoding,
        ErrorCode::ControlChar,
        ErrorCode::LineTooLong,
        ErrorCode::Json,
        ErrorCode::Type,
        ErrorCode::Quote,
        ErrorCode::Namespace,
        ErrorCode::Xml,
        ErrorCode::Entity,
        ErrorCode::EmptyFile,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorCode::UsccCheckDigit => "uscc_check_digit",
            ErrorCode::UsccAlphabet => "uscc_alphabet",
            ErrorCode::Date => "date",
            ErrorCode::Number => "number",
            ErrorCode::Negative => "negative",
            ErrorCode::Enum => "enum",
            ErrorCode::TooLong => "too_long",
            ErrorCode::Missing => "missing",
            ErrorCode::ColumnCount => "column_count",
            ErrorCode::Encoding => "encoding",
            ErrorCode::ControlChar => "control_char",
            ErrorCode::LineTooLong => "line_too_long",
            ErrorCode::Json => "json",
            ErrorCode::Type => "type",
            ErrorCode::Quote => "quote",
            ErrorCode::Namespace => "namespace",
            ErrorCode::Xml => "xml",
            ErrorCode::Entity => "entity",
            ErrorCode::EmptyFile => "empty_file",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The language of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    #[default]
    Zh,
    En,
}

/// What should have stood there. The texts are in `messages`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// 18 characters of the USCC alphabet.
    Uscc,
    /// The computed check character.
    CheckDigit(char),
    Date,
    Moment,
    Bool,
    /// One of a closed set of words.
    Words(Vec<Cow<'static, str>>),
    /// A whole number within bounds, both included.
    Whole {
        min: i64,
        max: i64,
    },
    /// A decimal number, not negative, with at most so many places.
    Decimal {
        places: u8,
    },
    Hex16,
    Currency,
    MaxChars(usize),
    /// Any value at all.
    Value,
    Columns {
        header: usize,
        row: usize,
    },
    /// A line that is valid in the file's encoding.
    Encoded(Cow<'static, str>),
    NoControlChar,
    MaxLineBytes(usize),
    JsonObject(Cow<'static, str>),
    /// A JSON value of the matching type.
    JsonType,
    ClosedQuote,
    /// For readers of other formats: their own words.
    Stated {
        zh: Cow<'static, str>,
        en: Cow<'static, str>,
    },
}

/// One thing wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The header name; empty when the whole row is meant.
    pub column: Cow<'static, str>,
    pub code: ErrorCode,
    /// What was found, cut to [`MAX_FOUND_CHARS`].
    pub found: String,
    pub expected: Expected,
}

impl FieldError {
    #[must_use]
    pub fn new(
        column: impl Into<Cow<'static, str>>,
        code: ErrorCode,
        found: &str,
        expected: Expected,
    ) -> Self {
        Self { column: column.into(), code, found: shorten(found), expected }
    }

    /// An error of the whole row.
    #[must_use]
    pub fn of_row(code: ErrorCode, found: &str, expected: Expected) -> Self {
        Self::new("", code, found, expected)
    }
}

/// The first [`MAX_FOUND_CHARS`] characters, with `…` when something was cut. What cannot be seen, or would move
/// what stands around it, is written as `<U+FEFF>`, so that the reader sees what is wrong.
#[must_use]
pub fn shorten(text: &str) -> String {
    let mut chars = text.chars();
    let mut short = String::new();
    for c in chars.by_ref().take(MAX_FOUND_CHARS) {
        if is_invisible(c) {
            short.push_str(&format!("<U+{:04X}>", u32::from(c)));
        } else {
            short.push(c);
        }
    }
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

/// Control characters, zero-width characters, marks of direction and of byte order.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::shorten;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(shorten("名称 a\u{1f600}"), "名称 a\u{1f600}");
        assert_eq!(shorten("\u{feff}9\u{200b}1\u{202e}\u{1b}["), "<U+FEFF>9<U+200B>1<U+202E><U+001B>[");
        assert_eq!(shorten(&"字".repeat(60)), "字".repeat(60));
        assert_eq!(shorten(&"字".repeat(61)), "字".repeat(60) + "…");
    }
}
