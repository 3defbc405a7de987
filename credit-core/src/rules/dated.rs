//! Dated rule packs: TOML files with an id, the first day on which they hold, and rules, each with its source. What the
//! rules are about is each pack's own. [`read`] is for all of them (also `repair::rules`, `supervision::catalogue`,
//! `alerts::rules`); a [`Pack`] has one rule for each of a closed list of keys: the terms of cases
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

/// Faults of a file as they are found.
pub struct Faults<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<Fault>,
}

impl Faults<'_> {
    /// The line on which something begins, from 1.
    #[must_use]
    pub fn line_of<T>(&self, of: &Spanned<T>) -> usize {
        let before = self.text.as_bytes().iter().take(of.span().start);
        before.filter(|byte| **byte == b'\n').count() + 1
    }

    pub fn add(&mut self, line: usize, field: &'static str, what: impl Into<String>) {
        self.found.push(Fault { file: self.file.to_owned(), line, field, what: what.into() });
    }

    /// That the id says which kind of pack it is.
    pub fn check_id(&mut self, id: &str, prefix: &str) {
        if !id.starts_with(prefix) {
            self.add(1, "id", format!("{id:?} does not begin with {prefix}"));
        }
    }
}

/// Reads a rule pack and has it checked; `file` is the name that errors give it.
///
/// # Errors
/// [`PackError`]: too large, not TOML of this form, or with the faults that `check` finds.
pub fn read<File: DeserializeOwned + Into<Content>, Content>(
    file: &str,
    text: &str,
    check: impl FnOnce(&Content, &mut Faults<'_>),
) -> Result<Content, PackError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(PackError::TooLarge { file: file.to_owned(), bytes: text.len() });
    }
    let content: File = toml::from_str(text).map_err(|error| PackError::Syntax {
        file: file.to_owned(),
        message: error.to_string().trim_end().to_owned(),
    })?;
    let content = content.into();
    let mut faults = Faults { file, text, found: Vec::new() };
    check(&content, &mut faults);
    if faults.found.is_empty() { Ok(content) } else { Err(PackError::Invalid(faults.found)) }
}

impl<R: DatedRule> Pack<R> {
    /// Reads and validates a rule pack; `file` is the name that errors give it.
    ///
    /// # Errors
    /// [`PackError`]: too large, not TOML of this form, or not valid.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        let content = read::<R::File, Contents<R>>(file, text, check)?;
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

fn check<R: DatedRule>(content: &Contents<R>, faults: &mut Faults<'_>) {
    faults.check_id(&content.id, R::PREFIX);
    let mut seen: Seen<'_, R> = BTreeMap::new();
    for spanned in &content.rules {
        let (line, rule) = (faults.line_of(spanned), spanned.get_ref());
        let code = R::code(rule.key());
        let mut of_rule = |field, what| faults.add(line, field, format!("{code}: {what}"));
        if seen.insert(rule.key(), (line, rule)).is_some() {
            of_rule(R::KEY_FIELD, "appears twice".to_owned());
        }
        rule.check(&mut of_rule);
        for (field, _) in rule.texts().into_iter().filter(|(_, text)| text.trim().is_empty()) {
            of_rule(field, "is empty".to_owned());
        }
    }
    R::check_together(&seen, &mut |line, field, what| faults.add(line, field, what));
    for key in R::KEYS.iter().filter(|key| !seen.contains_key(key)) {
        faults.add(1, R::TABLE, format!("{} has no rule", R::code(*key)));
    }
}
