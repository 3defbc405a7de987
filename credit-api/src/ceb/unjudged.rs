//! What a file brought whose sales are not judged yet. It is judged when it is much, so that memory does not grow with
//! the file.

use std::collections::HashSet;

use super::gather::{Found, Recent};

/// How much is done and held at a time. What comes of a file does not depend on it.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Documents taken to the database together.
    pub chunk: usize,
    /// Join keys of documents whose sales are not judged yet. A sale whose documents come farther apart than that is
    /// judged more than once.
    pub keys: usize,
    /// Documents that are held until their sales are judged, some two kilobytes each.
    pub documents: usize,
    /// Keys whose sales are looked for together.
    pub keys_at_once: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { chunk: 2_000, keys: 20_000, documents: 10_000, keys_at_once: 5_000 }
    }
}

/// Join keys by which changed documents are found, in the order in which they came, and the documents.
#[derive(Default)]
pub struct Unjudged {
    pace: Pace,
    keys: Vec<String>,
    seen: HashSet<String>,
    recent: Recent,
}

impl Unjudged {
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self { pace, ..Self::default() }
    }

    /// Notes by what a changed document is found.
    pub fn note<'k>(&mut self, keys: impl Iterator<Item = &'k String>) {
        for key in keys {
            if !self.seen.contains(key) {
                self.seen.insert(key.clone());
                self.keys.push(key.clone());
            }
        }
    }

    /// Holds a document that is current now.
    pub fn hold(&mut self, found: Found) {
        self.recent.put(found);
    }

    /// Whether it is time to judge.
    #[must_use]
    pub fn is_much(&self) -> bool {
        self.keys.len() >= self.pace.keys || self.recent.len() >= self.pace.documents
    }

    /// The keys, those together whose sales are looked for together.
    pub fn keys(&self) -> impl Iterator<Item = &[String]> {
        self.keys.chunks(self.pace.keys_at_once)
    }

    #[must_use]
    pub fn recent(&self) -> &Recent {
        &self.recent
    }
}
