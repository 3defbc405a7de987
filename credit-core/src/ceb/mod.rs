//! Customs messages (CEB): what a business document may say, field by field, and what of it is a buyer's.
//!
//! [`read`] turns an element tree into a [`Document`] by the field table (`data/ceb/messages-2018-05.txt`), [`write`]
//! turns it back in the table's order. Nothing here knows XML, and nothing here keeps a document.

pub mod joins;
mod kind;
mod rank;
mod read;
mod stored;
mod tables;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod values;

use std::collections::BTreeMap;
use std::fmt;

pub use kind::MessageKind;
pub use rank::rank;
pub use read::{read, write};
pub use stored::{Fields, Personal, StoredDocument, Tokens};
pub use tables::{Field, Type, field, fields, item, title};
pub use values::{Decimal5, Value, Values, moment};

/// An XML element without its namespace, which was checked. It may hold a buyer's data: its text is not shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Element {
    pub name: String,
    /// Physical line of the start tag, from 1.
    pub line: u64,
    pub text: String,
    pub children: Vec<Element>,
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}> line {} {:?}", self.name, self.line, self.children)
    }
}

/// A business document: one order, payment, waybill, declaration list, or receipt of one. It holds a buyer's data.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    pub kind: MessageKind,
    /// Physical line of its start tag in the message.
    pub line: u64,
    pub head: Values,
    /// The goods, or the waybills of an arrival or departure.
    pub lines: Vec<Values>,
    /// Elements that the table does not know, with how often they stand there. Their values are not kept.
    pub unknown: BTreeMap<String, u64>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} line {} with {} lines", self.kind, self.line, self.lines.len())
    }
}
