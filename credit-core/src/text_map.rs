//! A few texts by name, in one piece of memory: a document has some forty of them, and a file has a million documents.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a name and its value stand in the text.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    name_end: usize,
    end: usize,
}

/// Texts by name, in the order of the names. Written and read as a map.
#[derive(Clone, Default)]
pub struct TextMap {
    text: String,
    /// In the order of the names.
    places: Vec<Place>,
}

impl TextMap {
    /// With room for so many texts and bytes.
    #[must_use]
    pub fn with_capacity(texts: usize, bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), places: Vec::with_capacity(texts) }
    }

    /// Puts a text in; one of the same name makes way.
    pub fn insert(&mut self, name: &str, value: &str) {
        let start = self.text.len();
        self.text.push_str(name);
        let name_end = self.text.len();
        self.text.push_str(value);
        self.put(Place { start, name_end, end: self.text.len() });
    }

    /// Takes a name and a value that stand at the end of the text.
    fn put(&mut self, place: Place) {
        let name = self.name(place);
        match self.places.binary_search_by(|other| self.name(*other).cmp(name)) {
            Ok(at) => {
                if let Some(old) = self.places.get_mut(at) {
                    *old = place;
                }
            }
            Err(at) => self.places.insert(at, place),
        }
    }

    fn name(&self, place: Place) -> &str {
        self.text.get(place.start..place.name_end).unwrap_or_default()
    }

    fn value(&self, place: Place) -> &str {
        self.text.get(place.name_end..place.end).unwrap_or_default()
    }

    /// The text of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self.places.binary_search_by(|place| self.name(*place).cmp(name)).ok()?;
        self.places.get(at).map(|place| self.value(*place))
    }

    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Names and texts, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.places.iter().map(|place| (self.name(*place), self.value(*place)))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for TextMap {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(pairs: T) -> Self {
        let mut map = Self::default();
        pairs.into_iter().for_each(|(name, value)| map.insert(name.as_ref(), value.as_ref()));
        map
    }
}

impl PartialEq for TextMap {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for TextMap {}

impl fmt::Debug for TextMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for TextMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for TextMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Texts)
    }
}

struct Texts;

impl<'de> Visitor<'de> for Texts {
    type Value = TextMap;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<TextMap, A::Error> {
        let mut map = TextMap::default();
        loop {
            let start = map.text.len();
            if pairs.next_key_seed(Onto(&mut map.text))?.is_none() {
                return Ok(map);
            }
            let name_end = map.text.len();
            pairs.next_value_seed(Onto(&mut map.text))?;
            let end = map.text.len();
            map.put(Place { start, name_end, end });
        }
    }
}

/// Writes a text behind what is there.
struct Onto<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Onto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Onto<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Another map of texts says the same of everything, and both write and read the same JSON.
        #[test]
        fn it_is_a_map(pairs in prop::collection::vec(("[a-cé\"\\\\]{0,3}", ".{0,5}"), 0..12)) {
            let map: TextMap = pairs.iter().cloned().collect();
            let plain: BTreeMap<String, String> = pairs.iter().cloned().collect();
            prop_assert!(map.iter().eq(plain.iter().map(|(name, value)| (name.as_str(), value.as_str()))));
            for (name, value) in &plain {
                prop_assert_eq!(map.get(name), Some(value.as_str()));
            }
            prop_assert_eq!(map.get("d"), None);
            let json = serde_json::to_string(&map).unwrap();
            prop_assert_eq!(&json, &serde_json::to_string(&plain).unwrap());
            prop_assert_eq!(&serde_json::from_str::<TextMap>(&json).unwrap(), &map);
        }
    }

    #[test]
    fn texts_alone_are_read_and_a_later_one_of_a_name_holds() {
        assert_eq!(serde_json::from_str::<TextMap>(r#"{"a":"1","a":"2"}"#).unwrap().get("a"), Some("2"));
        assert!(serde_json::from_str::<TextMap>(r#"{"a":1}"#).is_err());
        assert!(serde_json::from_str::<TextMap>(r#"["a"]"#).is_err());
    }
}
