//! Dated rule packs: TOML files with an id, the first day on which they hold, and one rule for each of a closed list of
//! keys, each rule with its source. What the rules are about is each pack's own: the terms of cases
//! (`cases::deadlines`), the codes of the negative list (`negative_list::rules`).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use toml::Spanned;

/// Largest rule pack accepted, in bytes.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// A rule of a pack.
pub trait DatedRule: Sized {
    type Key: Copy + Ord + 'static;
    /// The file, with the name of its tables.
    type File: DeserializeOwned + Into<Contents<Self>>;
    /// With what the id of a pack begins, such as `deadlines-`.
    const PREFIX: &'static str;
    /// Names of the tables, and of the field that has the key.
    const TABLE: &'static str;
    const KEY_FIELD: &'static str;
    /// Every key; a pack has a rule for each.
    const KEYS: &'static [Self::Key];

    fn key(&self) -> Self::Key;
    fn code(key: Self::Key) -> &'static str;

    /// Fields that must say something, the source among them.
    fn texts(&self) -> Vec<(&'static str, &str)>;

    /// Names the faults of this rule alone: the field, and what is wrong.
    fn check(&self, fault: &mut dyn FnMut(&'static str, String));

    /// Names the faults of rules that do not go together: line, field, and what is wrong.
    fn check_together(_rules: &Seen<'_, Self>, _fault: &mut dyn FnMut(usize, &'static str, String)) {}
}

/// The rules of a file by key, each with the line of its table.
pub type Seen<'a, R> = BTreeMap<<R as DatedRule>::Key, (usize, &'a R)>;

/// What a file holds.
pub struct Contents<R> {
    pub id: String,
    pub effective_from: NaiveDate,
    pub rules: Vec<Spanned<R>>,
}

/// A rule pack that was read; every key has a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack<R: DatedRule> {
    id: String,
    effective_from: NaiveDate,
    rules: BTreeMap<R::Key, R>,
}

/// One fault of a rule pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {field}: {what}")]
pub struct Fault {
    pub file: String,
    /// Of the table that has the fault, from 1.
    pub line: usize,
    pub field: &'static str,
    pub what: String,
}

/// Why a file is no rule pack of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    #[error("{file}: a rule pack has at most {FILE_BYTES_MAX} bytes, this has {bytes}")]
    TooLarge { file: String, bytes: usize },
    /// The message names line, column and field.
    #[error("{file}: {message}")]
    Syntax { file: String, message: String },
    /// Every fault found, not only the first.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Fault>),
}

impl<R: DatedRule> Pack<R> {
    /// Reads and validates a rule pack; `file` is the name that errors give it.
    ///
    /// # Errors
    /// [`PackError`]: too large, not TOML of this form, or not valid.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        if text.len() > FILE_BYTES_MAX {
            return Err(PackError::TooLarge { file: file.to_owned(), bytes: text.len() });
        }
        let content: R::File = toml::from_str(text).map_err(|error| PackError::Syntax {
            file: file.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        let content: Contents<R> = content.into();
        let faults = faults(file, text, &content);
        if !faults.is_empty() {
            return Err(PackError::Invalid(faults));
        }
        let rules = content.rules.into_iter().map(Spanned::into_inner).map(|rule| (rule.key(), rule));
        Ok(Self { id: content.id, effective_from: content.effective_from, rules: rules.collect() })
    }

    /// Such as `deadlines-2026.1`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The first day on which these rules hold.
    #[must_use]
    pub const fn effective_from(&self) -> NaiveDate {
        self.effective_from
    }

    /// The rule of a key. A pack that was read has one for each.
    #[must_use]
    pub fn rule(&self, key: R::Key) -> Option<&R> {
        self.rules.get(&key)
    }

    /// The rules in the order of their keys.
    pub fn rules(&self) -> impl Iterator<Item = &R> {
        self.rules.values()
    }
}

fn faults<R: DatedRule>(file: &str, text: &str, content: &Contents<R>) -> Vec<Fault> {
    let line_of = |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    let mut found = Vec::new();
    let mut add = |line: usize, field: &'static str, what: String| {
        found.push(Fault { file: file.to_owned(), line, field, what });
    };
    if !content.id.starts_with(R::PREFIX) {
        add(1, "id", format!("{:?} does not begin with {}", content.id, R::PREFIX));
    }
    let mut seen: Seen<'_, R> = BTreeMap::new();
    for spanned in &content.rules {
        let (line, rule) = (line_of(spanned.span().start), spanned.get_ref());
        let code = R::code(rule.key());
        let mut of_rule = |field, what| add(line, field, format!("{code}: {what}"));
        if seen.insert(rule.key(), (line, rule)).is_some() {
            of_rule(R::KEY_FIELD, "appears twice".to_owned());
        }
        rule.check(&mut of_rule);
        for (field, _) in rule.texts().into_iter().filter(|(_, text)| text.trim().is_empty()) {
            of_rule(field, "is empty".to_owned());
        }
    }
    R::check_together(&seen, &mut add);
    for key in R::KEYS.iter().filter(|key| !seen.contains_key(key)) {
        add(1, R::TABLE, format!("{} has no rule", R::code(*key)));
    }
    found
}
