//! A business document as it is stored: the field table's values and, of a buyer, tokens alone.

use std::collections::BTreeMap;

use credit_core::ceb::{self, Document, MessageKind, Values};
use credit_core::dates::Moment;
use serde::{Deserialize, Serialize};

use super::buyer::{self, Tokens};
use super::keys::BuyerKeys;

/// Fields of a head or a line: name and canonical text.
pub type Fields = BTreeMap<String, String>;

/// A document without a buyer's values and without free text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredDocument {
    pub kind: MessageKind,
    #[serde(rename = "h")]
    pub head: Fields,
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Fields>,
    /// By the personal field's name.
    #[serde(rename = "t", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tokens: BTreeMap<String, Tokens>,
}

impl StoredDocument {
    /// What is kept of a document.
    #[must_use]
    pub fn of(document: &Document, keys: &BuyerKeys) -> Self {
        let mut tokens = BTreeMap::new();
        let head = fields(document.kind, &document.head, |name, value| {
            let kind = buyer::Kind::of_field(name);
            tokens.insert(name.to_owned(), buyer::tokens(keys, kind, value));
        });
        let lines = document.lines.iter().map(|line| fields(document.kind, line, |_, _| ())).collect();
        Self { kind: document.kind, head, lines, tokens }
    }

    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.head.get(name).map(String::as_str)
    }

    /// A code of an enterprise, in upper case as registrations have it.
    #[must_use]
    pub fn code(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_ascii_uppercase)
    }

    #[must_use]
    pub fn moment(&self, name: &str) -> Option<Moment> {
        ceb::moment(self.text(name)?)
    }

    /// When the enterprise, or customs, sent it.
    #[must_use]
    pub fn sent_at(&self) -> Moment {
        self.moment("appTime").or_else(|| self.moment("returnTime")).unwrap_or(Moment(0))
    }

    #[must_use]
    pub fn guid(&self) -> &str {
        self.text("guid").unwrap_or_default()
    }

    /// `appType` 3: the sender takes the document back.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        self.text("appType") == Some("3")
    }

    /// The tokens of a personal field.
    #[must_use]
    pub fn tokens(&self, name: &str) -> Option<&Tokens> {
        self.tokens.get(name)
    }
}

/// The fields that may be kept; of personal ones `personal` is told.
fn fields(kind: MessageKind, values: &Values, mut personal: impl FnMut(&str, &str)) -> Fields {
    let mut kept = Fields::new();
    for (name, text) in values.iter() {
        match ceb::field(kind, name) {
            Some(field) if field.personal => personal(name, &text),
            Some(field) if field.free_text => {}
            Some(_) => drop(kept.insert(name.to_owned(), text.to_string())),
            None => {}
        }
    }
    kept
}
