//! A business document as it is stored: the field table's values and, of a buyer, tokens alone.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::values::moment;
use super::{Document, MessageKind, Values};
use crate::dates::Moment;
use crate::text_map::TextMap;

/// Fields of a head or a line: name and canonical text.
pub type Fields = TextMap;

/// One value's tokens, by the id of the key.
pub type Tokens = TextMap;

/// A document without a buyer's values and without free text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredDocument {
    pub kind: MessageKind,
    #[serde(rename = "h")]
    pub head: Fields,
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Fields>,
    #[serde(rename = "t", default, skip_serializing_if = "Personal::is_empty")]
    pub tokens: Personal,
}

impl StoredDocument {
    /// What is kept of a document; `tokens` makes those of a personal field's value.
    #[must_use]
    pub fn of(document: &Document, mut tokens: impl FnMut(&str, &str) -> Tokens) -> Self {
        let mut personal = Personal::default();
        let head = fields(&document.head, |name, value| personal.insert(name, tokens(name, value)));
        let lines = document.lines.iter().map(|line| fields(line, |_, _| ())).collect();
        Self { kind: document.kind, head, lines, tokens: personal }
    }

    /// As it stands in the database.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// # Errors
    /// What is wrong with the text.
    pub fn of_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.head.get(name)
    }

    /// A code of an enterprise, in upper case as registrations have it.
    #[must_use]
    pub fn code(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_ascii_uppercase)
    }

    #[must_use]
    pub fn moment(&self, name: &str) -> Option<Moment> {
        moment(self.text(name)?)
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
fn fields(values: &Values, mut personal: impl FnMut(&str, &str)) -> Fields {
    let mut kept = Fields::with_capacity(values.0.len(), values.0.len() * BYTES_OF_A_FIELD);
    for (field, value) in &values.0 {
        if field.personal {
            personal(field.name, &value.text());
        } else if !field.free_text {
            kept.insert(field.name, &value.text());
        }
    }
    kept
}

/// Bytes of a field's name and text for which room is made.
const BYTES_OF_A_FIELD: usize = 24;

/// Tokens by the personal field's name, in the order of the names. Written and read as a map.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Personal(Vec<(Box<str>, Tokens)>);

impl Personal {
    fn insert(&mut self, name: &str, tokens: Tokens) {
        match self.place(name) {
            Ok(at) => {
                if let Some((_, old)) = self.0.get_mut(at) {
                    *old = tokens;
                }
            }
            Err(at) => self.0.insert(at, (name.into(), tokens)),
        }
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| (**other).cmp(name))
    }

    fn get(&self, name: &str) -> Option<&Tokens> {
        self.0.get(self.place(name).ok()?).map(|(_, tokens)| tokens)
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, tokens)| (name, tokens))).finish()
    }
}

impl Serialize for Personal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, tokens)| (name, tokens)))
    }
}

impl<'de> Deserialize<'de> for Personal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Personal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tokens by field")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Personal, A::Error> {
                let mut personal = Personal::default();
                while let Some((name, tokens)) = fields.next_entry::<Box<str>, Tokens>()? {
                    personal.insert(&name, tokens);
                }
                Ok(personal)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_written_as_it_always_was() {
        let json = concat!(
            r#"{"kind":"CEB311","h":{"appTime":"20261101090000","guid":"G"},"#,
            r#""l":[{"gnum":"1","itemName":"甲"}],"t":{"buyerName":{"b1":"0a","b2":"0b"},"consignee":{"b1":"0a"}}}"#
        );
        let document = StoredDocument::of_json(json).unwrap();
        assert_eq!(document.to_json(), json);
        assert_eq!(document.tokens("buyerName").unwrap().get("b2"), Some("0b"));
        assert_eq!(document.tokens("buyerIdNumber"), None);
        assert_eq!(document.tokens.names().collect::<Vec<_>>(), ["buyerName", "consignee"]);
        let bare = r#"{"kind":"CEB622","h":{}}"#;
        assert_eq!(StoredDocument::of_json(bare).unwrap().to_json(), bare);
    }
}
